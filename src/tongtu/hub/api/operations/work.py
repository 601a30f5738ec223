"""Work in the background: its list, one job, cancel and retry."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from tongtu.hub.api.door import sight_of
from tongtu.hub.api.operations.paging import recent
from tongtu.hub.api.operations.reads import known
from tongtu.hub.api.records import answer
from tongtu.hub.api.routes import route
from tongtu.hub.api.schemas import Open, Paged
from tongtu.hub.care.log import record as log
from tongtu.hub.jobs import queue, seeing
from tongtu.hub.jobs.models import Job as Row
from tongtu.hub.jobs.tasks import tasks
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.records.permit import require
from tongtu.terms.why import Why
from tongtu.terms.words import say, word

GROUP = Why("hub_api.group-jobs")


class Job(Open):
    """What the worker does; the reason and the result only for those whose job it is."""

    uid: uuid.UUID
    task: str = Field(examples=["exchange.read"])
    label: str
    state: str = Field(examples=["waiting"], description="waiting running done failed cancelled")
    done: int
    total: int | None
    created_at: datetime
    ended_at: datetime | None
    message: str | None = None
    result: Any = None


class Jobs(Open):
    items: list[Job]
    next: str | None


class JobsAsked(Paged):
    state: str = Field("", pattern="^(|open|failed|done)$")


@route("GET", "/jobs", "jobs_list", scope=["see_jobs"], group=GROUP, about=Why("hub_api.op-jobs"), answers={200: Jobs},
       problems=["refused"])  # fmt: skip
def many(request: HttpRequest, asked: Annotated[JobsAsked, Query(...)]) -> HttpResponse:
    known(request, asked)
    rows = seeing.visible_to(request.asker)
    if not rows.exists():
        require(sight_of(request), "see_jobs", kind="job", tenant=request.asker.organisation)
    if asked.state:
        rows = rows.filter(state__in=seeing.FILTERS[asked.state])
    page = recent("jobs", rows, asked)
    return answer(Jobs, {"items": [_said(request, job) for job in page.records], "next": page.next})


@route("GET", "/jobs/{uuid:uid}", "jobs_see", scope=["see_jobs"], group=GROUP, about=Why("hub_api.op-job"),
       answers={200: Job})  # fmt: skip
def one(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    return answer(Job, _said(request, _fetch(request, uid)))


@route("POST", "/jobs/{uuid:uid}/cancel", "jobs_cancel", scope=["cancel_job"], group=GROUP,
       about=Why("hub_api.op-cancel"), answers={200: Job})  # fmt: skip
def cancel(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    return _change(request, uid, "cancel_job")


@route("POST", "/jobs/{uuid:uid}/retry", "jobs_retry", scope=["retry_job"], group=GROUP, about=Why("hub_api.op-retry"),
       answers={200: Job})  # fmt: skip
def retry(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    return _change(request, uid, "retry_job")


def _change(request: HttpRequest, uid: uuid.UUID, action: str) -> HttpResponse:
    """A job that ended meanwhile is answered as it is: there is nothing left to decide."""
    job = _fetch(request, uid)
    require(sight_of(request), action, kind="job", tenant=job.organisation_id)
    change = queue.cancel if action == "cancel_job" else queue.retry
    with transaction.atomic():
        if change(job):
            log(request.asker, action, kind="job", thing=job.pk, tenant=job.organisation_id)
    return answer(Job, _said(request, _fetch(request, uid)))


def _fetch(request: HttpRequest, uid: uuid.UUID) -> Row:
    found = seeing.visible_to(request.asker).filter(pk=uid).first()
    if found is None:
        raise Http404
    return found


def _said(request: HttpRequest, job: Row) -> dict[str, Any]:
    seen, task = seeing.seen(sight_of(request), job), tasks().get(job.task)
    said = {
        "uid": job.pk, "task": job.task, "label": word(task.label, lang()) if task else job.task, "state": job.state,
        "done": job.done, "total": job.total, "created_at": job.created_at, "ended_at": job.ended_at,
    }  # fmt: skip
    inner = {"message": say(job.why, lang()) if job.why else None, "result": job.result}
    return said | (inner if seen.whole else {})
