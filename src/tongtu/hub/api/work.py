"""What the worker does for this room."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tongtu.hub.api.once import forget
from tongtu.hub.jobs.running import Running
from tongtu.hub.jobs.tasks import task


@task("api.tidy", every=timedelta(hours=6))
def tidy(running: Running) -> int:
    """Forgets answers that are no longer kept."""
    return forget(timezone.now())
