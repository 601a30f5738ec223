"""The jobs about jobs."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tongtu.hub.jobs.models import Job, Worker
from tongtu.hub.jobs.running import Running
from tongtu.hub.jobs.tasks import task

KEPT = timedelta(days=90)


@task("jobs.tidy", every=timedelta(days=1))
def tidy(running: Running) -> int:
    """Forgets work that ended long ago; what failed is kept until somebody has seen to it."""
    old = timezone.now() - KEPT
    Worker.objects.filter(seen_at__lt=old).delete()
    count, _ = Job.objects.filter(state__in=("done", "cancelled"), ended_at__lt=old).delete()
    return count
