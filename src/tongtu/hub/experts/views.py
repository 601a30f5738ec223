"""The pages of experts: what they judge, one listing to judge, and for the secretariat who judges what and how."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tongtu.hub.experts import judging
from tongtu.hub.listings import detail
from tongtu.hub.listings.kinds import kind
from tongtu.hub.listings.saving import Conflict
from tongtu.hub.listings.showing import as_uuid, title_of
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.look.views import conflict
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.permit import may, require
from tongtu.hub.records.sight import Sight, sight_for
from tongtu.hub.records.visible import shown
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import word


def open_to(asker: Asker) -> bool:
    """Experts have something to judge, and whoever assigns them reads what they said."""
    return asker.signed_in and ("expert" in asker.roles or may(asker, "see_opinions", kind="case").allowed)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """An expert's tasks and conflicts; for the secretariat all assignments with what was said."""
    sight = sight_for(request.asker)
    if not open_to(request.asker):
        raise PermissionDenied(may(sight, "judge_case", kind="case").reason)
    results = may(sight, "see_opinions", kind="case")
    rows, after = judging.assignments(sight, lang(), request.GET.get("after", "")) if results else ([], "")
    context = {
        "tasks": judging.mine(sight, lang()), "conflicts": judging.declared(sight),
        "judges": "expert" in request.asker.roles, "results": results, "rows": rows, "after": after,
    }  # fmt: skip
    return render(request, "experts/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def judge(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """A listing that this expert is assigned to: a score and a comment, or the conflict that closes it."""
    sight = sight_for(request.asker)
    record, title = _found(sight, noun, uid)
    if sight.relation(record.tenant_id, record.pk) != "assigned_expert":
        raise Http404  # and no reason: it could tell whom an organisation calls its rival
    require(sight, "judge_case", record=record)
    against: list[str] = []
    if request.method == "POST":
        try:
            return _said(request, record)
        except UsageFault as fault:
            against = sentences(fault)
        except Conflict:
            return conflict(request)
    said = judging.opinion(request.asker, record)
    context: dict[str, Any] = {
        "record": record, "title": title, "label": kind(noun).noun.label(lang()), "said": said, "against": against,
        "score": request.POST.get("score") or (str(said.score) if said else ""),
        "comment": request.POST.get("comment") or (said.comment if said else ""),
        "scale": [(str(n), word(f"hub_experts.score-{n}", lang())) for n in judging.SCALE],
    }  # fmt: skip
    return render(request, "experts/judge.html", context, status=422 if against else 200)


def _said(request: HttpRequest, record: Any) -> HttpResponse:
    given = request.POST
    if given.get("do") == "conflict":
        judging.declare_conflict(request.asker, record)
        messages.success(request, word("hub_experts.conflict-declared", lang()))
    else:
        judging.judge(
            request.asker, record, given.get("score", ""), given.get("comment", ""), given.get("revision", "")
        )
        messages.success(request, word("hub_experts.opinion-kept", lang()))
    return redirect("experts:index")


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """Who judges a listing: the secretariat assigns an expert or ends an assignment."""
    sight = sight_for(request.asker)
    record, title = _found(sight, noun, uid)
    require(sight, "assign_expert", record=record)
    if request.method == "POST":
        step = judging.release if request.POST.get("do") == "end" else judging.assign
        try:
            step(request.asker, record, as_uuid(request.POST.get("expert", "")))
        except UsageFault as fault:
            messages.error(request, " ".join(sentences(fault)))
        return redirect("experts:assign", noun=noun, uid=uid)
    now = list(judging.of_record(record))
    context = {
        "record": record, "title": title, "label": kind(noun).noun.label(lang()), "assigned": now,
        "experts": judging.experts().exclude(pk__in=[e.user_id for e in now]),
    }  # fmt: skip
    return render(request, "experts/assign.html", context)


def _found(sight: Sight, noun: str, uid: uuid.UUID) -> tuple[Any, str]:
    """The listing, where it exists for the asker, and what they know it by."""
    record = detail.fetch(sight, kind(noun), uid)
    read = shown(sight, record) if record is not None else None
    if read is None:
        raise Http404
    return record, title_of(read.values, lang())
