"""Writing: the form, the steps of a listing's life, files."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tongtu.hub.listings import files, form
from tongtu.hub.listings.kinds import Kind, kind
from tongtu.hub.listings.lifecycle import GONE
from tongtu.hub.listings.models import Attachment
from tongtu.hub.listings.moves import move, permitted
from tongtu.hub.listings.reading import Given
from tongtu.hub.listings.saving import change, children_of, create, may_create
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
from tongtu.hub.records.permit import may
from tongtu.terms.faults import DataRefused, FileRefused
from tongtu.terms.words import word


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, noun: str) -> HttpResponse:
    """An empty form, and the draft that comes of it."""
    of, sight = kind(noun), sight_of(request)
    must(may_create(sight, of))
    given = sent(request, of) if request.method == "POST" else Given({}, {}, {})
    if request.method == "POST" and "add" not in request.POST:
        try:
            made = create(sight, of, given)
        except DataRefused as refused:
            given.faults = list(refused.faults)
        else:
            messages.success(request, word("hub_listings.created", lang()))
            return redirect("listings:detail", noun=noun, uid=made.pk)
    return _form(request, of, given, None)


@require_http_methods(["GET", "HEAD", "POST"])
@heeds_conflict
def edit(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """The record in a form, and the change that comes of it."""
    of, record = record_or_404(request, noun, uid)
    sight = sight_of(request)
    must(may(sight, "edit", record=record))
    if request.method != "POST":
        given = form.of_record(sight, of, record.row(), record.raised, children_of(of, record), lang())
        return _form(request, of, given, record)
    given = sent(request, of)
    if "add" not in request.POST:
        try:
            change(sight, of, record, given, revision_of(request))
        except DataRefused as refused:
            given.faults = list(refused.faults)
        else:
            messages.success(request, word("hub_listings.changed", lang()))
            return redirect("listings:detail", noun=noun, uid=uid)
    return _form(request, of, given, record)


def _form(request: HttpRequest, of: Kind, given: Given, record: Any) -> HttpResponse:
    if "add" in request.POST:
        given.faults = []  # a row more was asked for: nothing is judged yet
    page = form.page(sight_of(request), of, given, lang(), request.POST.get("add", ""))
    context = {"of": of, "label": of.noun.label(lang()), "form": page, "record": record,
               "revision": request.POST.get("revision") or (record.revision if record else "")}  # fmt: skip
    return render(request, "listings/form.html", context, status=422 if given.faults else 200)


def _step(action: str) -> Any:
    @require_POST
    @heeds_conflict
    def step(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
        of, record = record_or_404(request, noun, uid)
        try:
            state = move(sight_of(request), record, action, revision_of(request))
        except DataRefused as refused:
            return _lacking(request, of, record, action, refused)
        messages.success(request, word(f"hub_listings.done-{action}", lang()))
        if state == GONE:
            return redirect("listings:mine")
        return redirect("listings:detail", noun=noun, uid=uid)

    step.__doc__ = f"Takes the step `{action}`."
    return step


submit, publish, withdraw, renew, delete = (_step(a) for a in ("submit", "publish", "withdraw", "renew", "delete"))


def _lacking(request: HttpRequest, of: Kind, record: Any, action: str, refused: DataRefused) -> HttpResponse:
    """Everything that is lacking: at its fields for those who can fill them in, as a list for a reviewer."""
    sight = sight_of(request)
    if may(sight, "edit", record=record):
        given = form.of_record(sight, of, record.row(), record.raised, children_of(of, record), lang())
        given.faults = list(refused.faults)
        return _form(request, of, given, record)
    labels = {(of.name, f.name): f.column.label(lang()) for f in of.asked}
    labels |= {
        (c.noun.name, f.name): f"{c.noun.label(lang())} {f.column.label(lang())}" for c in of.children for f in c.ask
    }
    faults = [(labels.get((f.file, f.column), ""), f.what, f.repair) for f in refused.faults]
    context = {"of": of, "record": record, "faults": faults, "label": of.noun.label(lang()), "action": action}
    return render(request, "listings/lacking.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@heeds_conflict
def send_back(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """Remarks by field, and the draft goes back for correction."""
    of, record = record_or_404(request, noun, uid)
    sight = sight_of(request)
    must(permitted(sight, "return", record))
    remarks = {name: request.POST.get(f"remark-{name}", "").replace("\0", "").strip()[:500] for name in _places(of)}
    remarks = {name: text for name, text in remarks.items() if text}
    if request.method == "POST" and remarks:
        move(sight, record, "return", revision_of(request), remarks)
        messages.success(request, word("hub_listings.done-return", lang()))
        return redirect("listings:review_queue")
    labels = {"": word("hub_listings.remark-whole", lang())}
    labels |= {f.name: f.column.label(lang()) for f in of.asked} | {
        c.noun.name: c.noun.label(lang()) for c in of.children
    }
    context = {"of": of, "record": record, "label": of.noun.label(lang()), "title": title_of(record.row(), lang()),
               "places": [(name, labels[name]) for name in _places(of)],
               "empty": request.method == "POST"}  # fmt: skip
    return render(request, "listings/return.html", context, status=422 if request.method == "POST" else 200)


def _places(of: Kind) -> list[str]:
    return ["", *(f.name for f in of.short), *(c.noun.name for c in of.children)]


@require_POST
def attach(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """Keeps a file of the record."""
    _, record = record_or_404(request, noun, uid)
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, word("hub_listings.file-none", lang()))
    else:
        try:
            files.attach(sight_of(request), record, upload, request.POST.get("class", ""))
        except FileRefused as refused:
            messages.error(request, refused.say(lang()))
        else:
            messages.success(request, word("hub_listings.file-kept", lang()))
    return redirect("listings:detail", noun=noun, uid=uid)


@require_POST
def detach(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Takes a file off its record."""
    sight = sight_of(request)
    found = Attachment.objects.filter(pk=uid, tenant=sight.asker.organisation).first()
    record = found and files.record_of(found)
    if found is None or record is None:
        raise Http404
    files.detach(sight, found, record)
    messages.success(request, word("hub_listings.file-gone", lang()))
    return redirect("listings:detail", noun=record.noun, uid=record.pk)
