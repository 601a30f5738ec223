"""Whose jobs somebody sees, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tongtu.hub.jobs.models import Job
from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Thing, decide
from tongtu.hub.records.permit import may
from tongtu.hub.records.sight import Sight, sight_for

#: what a list can be narrowed to -> the states
FILTERS = {"open": ("waiting", "running"), "failed": ("failed",), "done": ("done", "cancelled")}


def visible_to(asker: Asker) -> QuerySet[Job]:
    """Every job for those who keep the house, and one's own organisation's for who may see those."""
    sight = sight_for(asker)
    if may(sight, "see_jobs", kind="job"):
        return Job.objects.all()
    if asker.organisation and may(sight, "see_jobs", kind="job", tenant=asker.organisation):
        return Job.objects.filter(organisation=asker.organisation)
    return Job.objects.none()


def after(rows: QuerySet[Job], last: Job | None, size: int) -> list[Job]:
    """The next page of a list, newest first, behind the job that stood last; one more where there is another page."""
    if last is not None:
        rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))
    return list(rows.select_related("by").order_by("-created_at", "-pk")[: size + 1])


@dataclass(frozen=True)
class Seen:
    """A job as one asker sees it: its kind and state, and `whole` with whose it is, its reasons and its result."""

    job: Job
    whole: bool
    may_cancel: bool
    may_retry: bool

    @property
    def badge(self) -> str:
        return "queued" if self.job.state == "waiting" else self.job.state

    @property
    def open(self) -> bool:
        return not self.job.ended

    @property
    def share(self) -> int | None:
        """Hundredths done of a job at work that knows how much there is to do."""
        job = self.job
        return round(100 * min(job.done / job.total, 1)) if job.total and job.state == "running" else None


def seen(sight: Sight, job: Job) -> Seen:
    owner = job.organisation_id
    whole = decide(
        sight.subject, "see_jobs", Thing("job", "restricted", owner=str(owner) if owner else None), sight.context(owner)
    )
    return Seen(
        job,
        whole.allowed,
        may_cancel=not job.ended and may(sight, "cancel_job", kind="job", tenant=owner).allowed,
        may_retry=job.state in ("failed", "cancelled") and may(sight, "retry_job", kind="job", tenant=owner).allowed,
    )
