"""The jobs of the market."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from tongtu.hub.jobs.running import Running
from tongtu.hub.jobs.tasks import task
from tongtu.hub.matches import market, plans, rounds
from tongtu.hub.matches.models import Round

#: the classes that have a market: what members read of each other. Anonymous readers search, they are not matched.
CLASSES = ("teaser",)


@task("matches.compute", every=timedelta(minutes=10))
def compute(running: Running, as_of: str = "") -> list[str]:
    """Computes the market anew where anything that it stands on has changed."""
    day = date.fromisoformat(as_of) if as_of else timezone.localdate()
    made = [market.compute(disclosure, day, running) for disclosure in CLASSES]
    return [str(one.pk) for one in made if one is not None]


@task("matches.round", most_tries=2)
def clear(running: Running, found: str, as_of: str = "") -> str:
    """Clears the market of a round; its page shows the result as a preview."""
    row = Round.objects.get(pk=found)
    day = date.fromisoformat(as_of) if as_of else timezone.localdate()
    result = rounds.clear(row, day, running)
    Round.objects.filter(pk=row.pk, state="preview").update(result=result)
    return str(result["status"])


@task("matches.plan", most_tries=2)
def plan(running: Running, as_of: str = "") -> str | None:
    """Runs the whole chain over what members read of each other."""
    made = plans.make(date.fromisoformat(as_of) if as_of else timezone.localdate(), running)
    return str(made.pk) if made else None
