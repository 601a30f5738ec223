"""The plan of the chain as pages: its report under its own policy, and its workbook."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.matches import plans
from tongtu.hub.matches.models import Plan
from tongtu.hub.records.permit import may, require


def _plan(request: HttpRequest) -> Plan:
    """The plan that stands, for whoever reads its class: signed in for a verified organisation."""
    plan = plans.current() if request.asker.verified else None
    if plan is None or not (plans.folder(plan) / plans.PAGE).is_file():
        raise Http404
    return plan


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What the plan stands on, its links, and the ways to it."""
    if not request.asker.verified:
        raise Http404
    context = {"plan": plans.current(), "may_make": may(request.asker, "run_round", kind="plan")}
    return render(request, "matches/plan.html", context)


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """The report: one page that carries its scripts, so it is answered under its own hashes."""
    page = (plans.folder(_plan(request)) / plans.PAGE).read_text(encoding="utf-8")
    answer = HttpResponse(page)
    answer["Content-Security-Policy"] = plans.policy(page)
    return answer


@require_GET
def workbook(request: HttpRequest) -> FileResponse:
    """The plan's tables as a workbook."""
    plan = _plan(request)
    path = plans.folder(plan) / plans.BOOK
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"plan-{plan.as_of}.xlsx")


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Asks the worker for a new plan; whoever runs rounds may."""
    require(request.asker, "run_round", kind="plan")
    enqueue("matches.plan", {}, by=request.asker.user, organisation=request.asker.organisation)
    return redirect("matches:plan")
