"""The pages of import and export: thin over this room's functions."""

from __future__ import annotations

import tempfile
import uuid
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongtu.hub.exchange import files, importing, ordering
from tongtu.hub.exchange.files import KEPT_DAYS, MARKED
from tongtu.hub.exchange.lists import lists
from tongtu.hub.exchange.models import Batch, Export, for_others, may_import
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.permit import may
from tongtu.hub.records.sight import sight_for
from tongtu.registry.columns import nouns
from tongtu.registry.templates import template as write_template
from tongtu.terms.faults import DataRefused, FileRefused
from tongtu.terms.words import word

SIZE = 30
FAULTS = 100
_FIRST = ("needs", "achievements")
_WORKING = ("reading", "storing")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _home(request)


def _home(request: HttpRequest, faults: list[str] | None = None) -> HttpResponse:
    """Templates, the upload, and the batches so far, newest first; `after` is the last one of the page before."""
    asker = _belonging(request)
    rows = Batch.objects.visible_to(asker).select_related("user")
    last = _named(rows, request.GET.get("after", ""))
    found = _behind(rows, last)
    context = {
        "may_import": may_import(asker), "for_others": for_others(asker), "faults": faults or [],
        "own": Organisation.objects.get(pk=asker.organisation).title(lang()),
        "nouns": [(name, noun.label(lang())) for name, noun in nouns().items() if name not in _FIRST],
        "first": [(name, nouns()[name].label(lang())) for name in _FIRST],
        "taken": ",".join(files.TAKEN), "limit": files.limits().bytes >> 20,
        "batches": [(b, sum(_whole(t) for t in b.counts.values())) for b in found[:SIZE]],
        "more": found[SIZE - 1].pk if len(found) > SIZE else None, "paged": last is not None,
    }  # fmt: skip
    return render(request, "exchange/home.html", context, status=422 if faults else 200)


@require_safe
def template(request: HttpRequest, noun: str) -> HttpResponse:
    """An empty workbook in the reader's language, with the lists of this hub."""
    asker = _belonging(request)
    if noun != "all" and noun not in nouns():
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        path = write_template(noun, Path(folder) / f"{noun}.xlsx", lang=lang(), vocabularies=lists(sight_for(asker)))
        content = BytesIO(path.read_bytes())
    return FileResponse(content, as_attachment=True, filename=f"{noun}.xlsx")


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    importing.allowed(request.asker)
    given = request.FILES.get("file")
    try:
        if given is None:
            raise FileRefused.because("hub_exchange.no-file", "hub_exchange.no-file-repair")
        batch = importing.begin(request.asker, given.name, given.chunks())
    except FileRefused as refusal:
        return _home(request, sentences(refusal))
    return redirect("exchange:batch", pk=batch.pk)


@require_safe
def batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _batch(request, _found(request, pk))


def _batch(request: HttpRequest, found: Batch, against: list[str] | None = None) -> HttpResponse:
    """What a batch holds and what is wrong with it; asked for by htmx, only the part that changes."""
    kind, after = request.GET.get("kind", ""), request.GET.get("after", "")
    kinds = [("", found.errors + found.warnings), ("error", found.errors), ("warning", found.warnings)]
    rows = found.faults.filter(severity=kind) if kind in ("error", "warning") else found.faults.all()
    listed = list(rows.filter(number__gt=int(after) if after.isdecimal() and len(after) < 8 else -1)[: FAULTS + 1])
    wrong = sum(tally.get("wrong", 0) + tally.get("left", 0) for tally in found.counts.values())
    stuck = found.state in _WORKING and found.job is not None and found.job.state in ("failed", "cancelled")
    counts = [(nouns()[name].label(lang()), tally) for name, tally in found.counts.items() if name in nouns()]
    context = {
        "batch": found, "counts": counts,
        "wrong": wrong, "storable": sum(t.get("new", 0) + t.get("changed", 0) for t in found.counts.values()),
        "rows": [{"fault": row.fault, "place": row.fault.place(lang())} for row in listed[:FAULTS]],
        "kind": kind, "kinds": kinds, "stuck": stuck,
        "more": listed[FAULTS - 1].number if len(listed) > FAULTS else None,
        "marked": bool(_marked(found)), "against": against or [],
        "may_undo": found.state == "stored" and importing.undoable(request.asker, found).allowed,
        "second": found.state == "ready" and found.organisation.is_operator and not found.others,
        "same": _same(request, found), "working": found.state in _WORKING and not stuck,
    }  # fmt: skip
    part = request.headers.get("HX-Request") and context["working"]
    name = "exchange/_working.html" if part else "exchange/batch.html"
    response = render(request, name, context, status=422 if against else 200)
    if request.headers.get("HX-Request") and not context["working"]:
        response["HX-Refresh"] = "true"  # the work is done: the whole page has something new to say
    return response


@require_POST
def store(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _found(request, pk)
    try:
        partial, lifecycle = request.POST.get("how") == "rows", request.POST.get("lifecycle", "draft")
        importing.decide_to_store(request.asker, found, lifecycle, partial)
    except DataRefused as refusal:
        return _batch(request, found, sentences(refusal))
    return redirect("exchange:batch", pk=pk)


@require_POST
def undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _found(request, pk)
    importing.may_undo(request.asker, found)
    from tongtu.hub.exchange import undoing

    try:
        undoing.undo(found, request.asker)
    except DataRefused as refusal:
        return _batch(request, found, [word("hub_exchange.undo-refused", lang()), *sentences(refusal)])
    return redirect("exchange:batch", pk=pk)


@require_safe
def marked(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The uploaded file with its faulty cells marked; several files as a zip."""
    paths = _marked(_found(request, pk))
    if not paths:
        raise Http404
    if len(paths) == 1:
        return FileResponse(paths[0].open("rb"), as_attachment=True, filename=paths[0].name)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
    packed.seek(0)
    return FileResponse(packed, as_attachment=True, filename=f"{word('registry.marked', lang())}.zip")


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """What may be exported, and the exports so far; a POST makes another one."""
    asker = _belonging(request)
    if request.method == "POST":
        given = request.POST
        ordering.order(asker, given.getlist("nouns"), given.get("scope", ""), given.get("form", ""), lang())
        return redirect("exchange:export")
    rows = Export.objects.visible_to(asker).select_related("job")
    last = _named(rows, request.GET.get("after", ""))
    found = _behind(rows, last)
    context = {
        "exports": [(e, sum(e.counts.values())) for e in found[:SIZE]], "after": request.GET.get("after", ""),
        "making": any(e.standing == "making" for e in found[:SIZE]), "days": KEPT_DAYS,
        "more": found[SIZE - 1].pk if len(found) > SIZE else None, "paged": last is not None,
        "nouns": [(name, noun.label(lang())) for name, noun in nouns().items()],
        "scopes": ordering.SCOPES, "forms": ordering.FORMS,
    }  # fmt: skip
    part = request.headers.get("HX-Request")
    return render(request, "exchange/_exports.html" if part else "exchange/export.html", context)


@require_POST
def remake(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Has a failed export made once more."""
    found = get_object_or_404(Export.objects.visible_to(request.asker).select_related("job"), pk=pk)
    ordering.again(request.asker, found)
    return redirect("exchange:export")


@require_safe
def exported(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The file of an export, for the person who made it, as long as they still act for the same organisation."""
    found = get_object_or_404(Export.objects.visible_to(request.asker), pk=pk, state="ready")
    path = files.workplace("exports", found.pk) / found.name
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=found.name)


def _belonging(request: HttpRequest) -> Any:
    """Somebody who acts for an organisation; others have nothing to exchange."""
    asker = request.asker
    if asker.organisation is None:
        raise PermissionDenied(may(asker, "import", kind="batch").reason)
    return asker


def _found(request: HttpRequest, pk: uuid.UUID) -> Batch:
    rows: Any = Batch.objects.visible_to(request.asker).select_related("user", "organisation", "job")
    return get_object_or_404(rows, pk=pk)  # type: ignore[no-any-return]


def _behind(rows: Any, last: Any) -> list[Any]:
    """The next page of a list, newest first, behind the row that stood last; one more where there is another page."""
    rows = rows.order_by("-created_at", "-id")
    if last is not None:
        rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, id__lt=last.pk))
    return list(rows[: SIZE + 1])


def _named(rows: Any, text: str) -> Any:
    try:
        return rows.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        return None


def _marked(found: Batch) -> list[Path]:
    folder = files.place("imports", found.pk) / MARKED
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _same(request: HttpRequest, found: Batch) -> str:
    """When the same file was stored before, in this house."""
    rows = Batch.objects.visible_to(request.asker).filter(digest=found.digest, state="stored").exclude(pk=found.pk)
    before = rows.filter(created_at__lt=found.created_at).first() if found.state == "ready" else None
    return timezone.localtime(before.stored_at).strftime("%Y-%m-%d %H:%M") if before and before.stored_at else ""


def _whole(tally: dict[str, int]) -> int:
    return sum(tally.get(name, 0) for name in ("new", "changed", "unchanged"))
