"""The log of what happened as pages, and its check."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.care import chain, reading
from tongtu.hub.care.log import readable, record, visible_to, whole
from tongtu.hub.care.models import Checkpoint
from tongtu.hub.jobs.models import Job
from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.permit import may, require


def _may_read(asker: Asker) -> None:
    decision = readable(asker)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Newest first; auditors also see the checkpoints."""
    asker = request.asker
    _may_read(asker)
    everything = whole(asker).allowed
    lines, more = reading.page(visible_to(asker), reading.cursor_of(request.GET.get("after", "")))
    context = {
        "lines": [
            (line, reading.action_word(line.action, lang()), reading.kind_word(line.kind, lang())) for line in lines
        ],
        "more": more,
        "whole": everything,
        "may_export": _exportable(asker),
        "checkpoints": Checkpoint.objects.order_by("-size")[:5] if everything else (),
    }
    return render(request, "care/log.html", context)


def _exportable(asker: Asker) -> bool:
    """Everybody's log leaves the house only with a second factor; one's own goes with the right to read it."""
    return may(asker, "export_log", kind="log").allowed if whole(asker) else True


@require_GET
def log_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The lines of the page as a file; that it was taken is a line itself."""
    asker = request.asker
    _may_read(asker)
    if whole(asker):
        require(asker, "export_log", kind="log")
    record(asker, "export_log", kind="log", tenant=asker.organisation)
    name = f"log-{timezone.localdate().isoformat()}.csv"
    return StreamingHttpResponse(
        reading.as_csv(visible_to(asker), lang()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Starts the walk along the whole log; its verdict is the job's end."""
    require(request.asker, "see_log", kind="log")
    with transaction.atomic():
        chain.seal()
        job = enqueue("care.verify", by=request.asker.user, organisation=request.asker.organisation)
        record(request.asker, "verify_log", kind="log")
    return redirect("care:verdict", pk=job.pk)


@require_GET
def verdict(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the walk along the log found, or that it is still under way."""
    require(request.asker, "see_log", kind="log")
    return render(request, "care/verdict.html", {"job": get_object_or_404(Job, pk=pk, task="care.verify")})
