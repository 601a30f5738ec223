"""Revisions of published listings: the form, and the page on which one is taken, sent back or dropped."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tongtu.hub.listings import form, revising
from tongtu.hub.listings.kinds import Kind
from tongtu.hub.listings.models import Revision
from tongtu.hub.listings.moves import permitted
from tongtu.hub.listings.reading import Given
from tongtu.hub.listings.showing import title_of
from tongtu.hub.listings.views.common import (
    heeds_conflict,
    lang,
    must,
    record_or_404,
    revision_of,
    sent,
    sight_of,
)  # fmt: skip
from tongtu.hub.look.faults import sentences
from tongtu.hub.records.permit import may
from tongtu.hub.records.visible import shown
from tongtu.terms.faults import DataRefused, TongtuError
from tongtu.terms.words import word


@require_http_methods(["GET", "HEAD", "POST"])
@heeds_conflict
def write(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """The listing in a form, and the revision that comes of it; the listing stays as it is until that is taken."""
    of, record = record_or_404(request, noun, uid)
    sight = sight_of(request)
    must(may(sight, "revise", record=record))
    if request.method != "POST":
        kept = revising.pending(sight, record)
        return _form(request, of, revising.prefilled(sight, of, record, kept, lang()), record)
    given = sent(request, of)
    if "add" not in request.POST:
        revision_of(request)
        try:
            revising.propose(sight, of, record, given)
        except DataRefused as refused:
            given.faults = list(refused.faults)
        else:
            messages.success(request, word("hub_listings.revision-sent", lang()))
            return redirect("listings:revision", noun=noun, uid=uid)
    else:
        given.faults = []
    return _form(request, of, given, record)


def _form(request: HttpRequest, of: Kind, given: Given, record: Any) -> HttpResponse:
    page = form.page(sight_of(request), of, given, lang(), request.POST.get("add", ""))
    context = {"of": of, "label": of.noun.label(lang()), "form": page, "record": record, "revision": record.revision,
               "revising": True}  # fmt: skip
    return render(request, "listings/form.html", context, status=422 if given.faults else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@heeds_conflict
def review(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """What a revision changes; a reviewer takes it or sends it back, its own people drop it."""
    of, record = record_or_404(request, noun, uid)
    sight = sight_of(request)
    revision = revising.pending(sight, record)
    if revision is None:
        raise Http404
    against: list[str] = []
    if request.method == "POST":
        try:
            said = _decided(request, of, record, revision)
        except TongtuError as fault:
            against = sentences(fault)
        else:
            messages.success(request, word(said, lang()))
            return redirect("listings:detail", noun=noun, uid=uid)
    read = shown(sight, record)
    context = {
        "of": of, "label": of.noun.label(lang()), "record": record, "pending": revision, "against": against,
        "title": title_of(read.values, lang()) if read else "",
        "differences": revising.differences(sight, of, record, revision, lang()),
        "approve": permitted(sight, "approve_revision", record), "own": record.tenant_id == sight.asker.organisation,
        "revise": may(sight, "revise", record=record),
    }  # fmt: skip
    return render(request, "listings/revision.html", context, status=422 if against else 200)


def _decided(request: HttpRequest, of: Kind, record: Any, revision: Revision) -> str:
    """Does what was decided; the word that says so."""
    sight, how = sight_of(request), request.POST.get("decision", "")
    if how == "approve":
        revising.approve(sight, of, record, revision)
        return "hub_listings.revision-taken"
    if how == "return":
        revising.send_back(sight, of, record, revision, request.POST.get("remark", ""))
        return "hub_listings.done-return"
    if how == "drop":
        revising.drop(sight, of, record, revision)
        return "hub_listings.revision-dropped"
    raise Http404
