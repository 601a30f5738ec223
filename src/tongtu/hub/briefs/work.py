"""The jobs of briefs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tongtu.hub.briefs import claiming, desk, reading
from tongtu.hub.briefs.models import Reading
from tongtu.hub.jobs.tasks import task

_UNREAD = timedelta(days=7)


@task("briefs.read", most_tries=2)
def read(running: Any, *, reading: str) -> dict[str, Any]:
    """Documents that somebody uploaded, to briefs on the shelf."""
    found = Reading.objects.select_related("user", "organisation").get(pk=reading)
    if found.state != "reading":
        return {"state": found.state}
    made = _read(found, running)
    found.refresh_from_db()
    return {"state": found.state, "briefs": made}


def _read(found: Reading, running: Any) -> int:
    return len(reading.read(found, running))


@task("briefs.tell", every=timedelta(hours=6))
def tell(running: Any) -> int:
    """Digests for readers whose day or week is over."""
    return desk.tell(timezone.now())


@task("briefs.follow", every=timedelta(days=1))
def follow(running: Any) -> int:
    """Holds open forecasts against what has been measured since."""
    return claiming.follow(timezone.localdate(), running)


@task("briefs.tidy", every=timedelta(days=1))
def tidy(running: Any) -> int:
    """Throws away uploads whose reading was given up."""
    old = Reading.objects.filter(state="reading", created_at__lt=timezone.now() - _UNREAD)
    rows = list(old)
    for found in rows:
        reading.forget(found)
    Reading.objects.filter(pk__in=[found.pk for found in rows]).update(state="refused")
    return len(rows)
