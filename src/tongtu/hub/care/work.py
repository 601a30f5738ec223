"""The jobs of care."""

from __future__ import annotations

from datetime import timedelta

from tongtu.hub.care import chain
from tongtu.hub.jobs.running import Running
from tongtu.hub.jobs.tasks import task
from tongtu.terms.faults import DataRefused, Fault


@task("care.checkpoint", every=timedelta(hours=6))
def checkpoint(running: Running) -> str | None:
    """Notes the root of the log, for auditors to hold it to."""
    noted = chain.checkpoint()
    return noted.root if noted else None


@task("care.verify", most_tries=2)
def verify(running: Running) -> int:
    """Walks along the whole log; returns how many lines are sound. A line that is not ends the job with its fault."""
    verdict = chain.verify()
    if verdict.fault is not None:
        raise DataRefused(Fault(verdict.fault))
    return verdict.lines
