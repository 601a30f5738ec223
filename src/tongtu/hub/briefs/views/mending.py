"""Corrections, the register of claims, and draft rule files."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongtu.hub.briefs import claiming, mending, page
from tongtu.hub.briefs.models import Brief, Claim, Correction, Draft, of_own
from tongtu.hub.briefs.views.common import brief_of, reader
from tongtu.hub.care.log import record as log
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import word

SIZE = 50
STATES = ("open", "true", "false", "undecidable")


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: uuid.UUID, sentence: str) -> HttpResponse:
    """A sentence with its places, and the form for another wording of it."""
    row = brief_of(request, pk)
    found = page.sentence_of(row, sentence)
    if found is None:
        raise Http404
    decision = row.allows(request.asker, "propose_correction")
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    against: list[str] = []
    if request.method == "POST":
        given = request.POST
        try:
            mending.propose(request.asker, row, sentence, given.get("wording", ""), given.get("reason", ""), lang())
            messages.success(request, word("hub_briefs.proposed", lang()))
            return redirect("briefs:brief", pk=row.pk)
        except UsageFault as fault:
            against = sentences(fault)
    context = {
        "row": row, "said": found[1], "against": against, "most": mending.LONGEST, "typed": request.POST,
        "past": row.corrections.filter(sentence=found[1].origin),
    }  # fmt: skip
    return render(request, "briefs/correct.html", context, status=422 if against else 200)


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """What readers proposed for the briefs of this organisation, what waits first."""
    asker = reader(request)
    decision = of_own(asker, "decide_correction")
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    rows = mending.waiting(asker)
    context = {
        "rows": rows.filter(state="proposed")[:SIZE],
        "decided": rows.exclude(state="proposed").select_related("decided_by").order_by("-decided_at", "id")[:SIZE],
    }
    return render(request, "briefs/corrections.html", context)


@require_POST
def decide(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Accepts or declines a proposal on a brief that this asker sees."""
    visible = Brief.objects.visible_to(request.asker)
    found = get_object_or_404(Correction.objects.select_related("brief"), pk=pk, brief__in=visible)
    done = mending.decide(request.asker, found, request.POST.get("do") == "accept")
    said = "decided" if done else "decided-already"
    messages.info(request, word(f"hub_briefs.{said}", lang()))
    return redirect("briefs:corrections")


@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """The register of forecasts: what sources said would come, until when, and what became of it."""
    asker = reader(request)
    state = request.GET.get("state", "")
    rows = Claim.objects.filter(brief__in=Brief.objects.visible_to(asker)).select_related("brief").defer("brief__body")
    if state in STATES:
        rows = rows.filter(state=state)
    page_number = int(n) if (n := request.GET.get("page", "")).isdecimal() and 0 < len(n) < 5 else 1
    start = (max(page_number, 1) - 1) * SIZE
    found = list(rows.order_by(F("due").asc(nulls_last=True), "brief", "number")[start : start + SIZE + 1])
    context = {
        "rows": found[:SIZE], "state": state if state in STATES else "",
        "tabs": [(name, f"hub_briefs.claims-{name or 'all'}") for name in ("", *STATES)],
        "following": page_number + 1 if len(found) > SIZE else None,
        "sources": claiming.sources(asker) if page_number == 1 and not state else [],
    }  # fmt: skip
    return render(request, "briefs/claims.html", context)


@require_safe
def draft(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A rule file drawn up from a document: its lines with their places, and the questions it leaves."""
    found = _draft(request, pk)
    context = {
        "draft": found, "row": found.brief, "lines": found.text.splitlines(),
        "questions": [{**q, "why": Why.from_json(q["why"]) if q.get("why") else None} for q in found.questions],
        "may_approve": found.brief.allows(request.asker, "approve_draft_rule"),
    }  # fmt: skip
    return render(request, "briefs/draft.html", context)


@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hands the file to a person with the right role, and notes who took it: nothing is applied here."""
    found = _draft(request, pk)
    decision = found.brief.allows(request.asker, "approve_draft_rule")
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    with transaction.atomic():
        first = Draft.objects.filter(pk=found.pk, approved_at=None)
        first.update(approved_by=request.asker.user, approved_at=timezone.now())
        log(request.asker, "approve_draft_rule", kind="brief", thing=found.brief_id, tenant=found.brief.organisation_id)
    answer = HttpResponse(found.text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.pk.hex[:8]}.yaml"'
    return answer


def _draft(request: HttpRequest, pk: uuid.UUID) -> Draft:
    visible = Brief.objects.visible_to(request.asker)
    return get_object_or_404(Draft.objects.select_related("brief", "approved_by"), pk=pk, brief__in=visible)
