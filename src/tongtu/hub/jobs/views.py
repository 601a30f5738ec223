"""The list of work in the background, one job with its progress, cancel, retry."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.care.log import record
from tongtu.hub.jobs import queue, seeing
from tongtu.hub.jobs.models import Job
from tongtu.hub.jobs.tasks import tasks
from tongtu.hub.records.permit import require
from tongtu.hub.records.sight import sight_for

SIZE = 50


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Newest first; `state` narrows the list, `after` is the job that stood last on the page before."""
    asker = request.asker
    rows = seeing.visible_to(asker)
    if not rows.exists():
        require(asker, "see_jobs", kind="job", tenant=asker.organisation)
    wanted = request.GET.get("state", "")
    last = _named(rows, request.GET.get("after", ""))
    if wanted in seeing.FILTERS:
        rows = rows.filter(state__in=seeing.FILTERS[wanted])
    found = seeing.after(rows, last, SIZE)
    sight = sight_for(asker)
    context = {
        "jobs": [_shown(seeing.seen(sight, job)) for job in found[:SIZE]],
        "more": found[SIZE - 1].pk if len(found) > SIZE else None,
        "wanted": wanted if wanted in seeing.FILTERS else "",
        "filters": [(name, f"hub_jobs.filter-{name or 'all'}") for name in ("", *seeing.FILTERS)],
    }
    return render(request, "jobs/index.html", context)


@require_GET
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One job; asked for by htmx, only the part that changes while it runs."""
    found = get_object_or_404(seeing.visible_to(request.asker).select_related("by"), pk=pk)
    name = "jobs/_job.html" if request.headers.get("HX-Request") else "jobs/job.html"
    return render(request, name, _shown(seeing.seen(sight_for(request.asker), found)))


@require_POST
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _change(request, pk, "cancel_job")


@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _change(request, pk, "retry_job")


def _change(request: HttpRequest, pk: uuid.UUID, action: str) -> HttpResponse:
    """A job that ended meanwhile is shown as it is: there is nothing left to decide."""
    found = get_object_or_404(seeing.visible_to(request.asker), pk=pk)
    require(request.asker, action, kind="job", tenant=found.organisation_id)
    change = queue.cancel if action == "cancel_job" else queue.retry
    with transaction.atomic():
        if change(found):
            record(request.asker, action, kind="job", thing=found.pk, tenant=found.organisation_id)
    return redirect("jobs:job", pk=pk)


def _named(rows: Any, text: str) -> Job | None:
    try:
        return rows.filter(pk=uuid.UUID(text)).first()  # type: ignore[no-any-return]
    except ValueError:
        return None


def _shown(seen: seeing.Seen) -> dict[str, Any]:
    known = tasks().get(seen.job.task)
    return {"seen": seen, "job": seen.job, "label": known.label if known else seen.job.task}
