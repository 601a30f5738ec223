"""Taking the lease of a job, keeping it, giving it back. Every write names the try that it belongs to.

PostgreSQL: `SELECT … FOR UPDATE SKIP LOCKED`, so that workers never wait for one another. SQLite: the same lines under
`BEGIN IMMEDIATE`, which lets one writer in at a time. Times are PostgreSQL's own, so that machines need not agree.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from tongtu.hub.jobs.models import Job
from tongtu.hub.jobs.queue import stored
from tongtu.terms.why import Why

LEASE = timedelta(seconds=30)


def _now() -> Any:
    """PostgreSQL's clock, or this machine's, which SQLite shares and whose milliseconds it would cut off."""
    return Now() if connection.vendor == "postgresql" else timezone.now()


def claim(holder: str) -> Job | None:
    """The job that has been due longest, now leased to `holder`; first those whose worker fell silent.

    A job that took its worker down `most_tries` times is failed here instead of being tried for ever.
    """
    while _due().exists():  # a plain read: an idle worker takes no write lock
        with transaction.atomic():
            job = _due().select_for_update(skip_locked=True).order_by("due_at").first()
            if job is None:
                return None
            if job.tries >= job.most_tries:
                _end(job, "failed", Why("hub_jobs.worker-lost", {"tries": job.tries}))
                continue
            mine = held(job).update(
                state="running",
                tries=F("tries") + 1,
                holder=holder,
                leased_until=_now() + LEASE,
                started_at=_now(),
                ended_at=None,
            )
            if mine:
                return Job.objects.select_related("by").get(pk=job.pk)
    return None


def _due() -> QuerySet[Job]:
    silent = Q(state="running", leased_until__lt=_now())
    return Job.objects.filter(silent | Q(state="waiting", due_at__lte=_now()))


def held(job: Job) -> QuerySet[Job]:
    """The job's row, if it is still in the state and the try that this copy of it tells."""
    return Job.objects.filter(pk=job.pk, tries=job.tries, state=job.state)


def renew(job: Job, **progress: Any) -> bool:
    """Keeps the lease, and writes how far the work is. False: another try has it, this one must stop."""
    return bool(held(job).update(leased_until=_now() + LEASE, **progress))


def finish(job: Job, result: Any) -> bool:
    """Notes the result; False where the try is a past one, whose result nobody wants."""
    return _end(job, "done", None, result=result)


def fail(job: Job, why: Why) -> bool:
    return _end(job, "failed", why)


def stop(job: Job, why: Why) -> bool:
    return _end(job, "cancelled", why)


def put_back(job: Job, why: Why | None = None, after: timedelta = timedelta(), counts: bool = True) -> bool:
    """Back to waiting; with `counts` False the try does not count (the worker was asked to stop)."""
    extra = {} if counts else {"most_tries": F("most_tries") + 1}
    return bool(
        held(job).update(
            state="waiting", due_at=_now() + after, leased_until=None, holder="", message=stored(why), **extra
        )
    )


def release(holder: str) -> int:
    """Leases of a worker that is known to be dead run out at once instead of at their time."""
    return Job.objects.filter(state="running", holder=holder).update(leased_until=_now() - LEASE)


def _end(job: Job, state: str, why: Why | None, **more: Any) -> bool:
    return bool(
        held(job).update(state=state, ended_at=_now(), leased_until=None, holder="", message=stored(why), **more)
    )
