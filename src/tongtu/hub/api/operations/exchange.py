"""Workbooks in and out: what is uploaded is read by a job, and stored when its dry run has been looked at."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from ninja import File, Query, UploadedFile
from pydantic import Field

from tongtu.hub.api.both import both
from tongtu.hub.api.operations.paging import recent
from tongtu.hub.api.operations.reads import known
from tongtu.hub.api.problems import Problem, Wrong, invalid
from tongtu.hub.api.records import answer
from tongtu.hub.api.routes import route
from tongtu.hub.api.schemas import Open, Paged, Strict
from tongtu.hub.exchange import files, importing, ordering
from tongtu.hub.exchange.models import Batch
from tongtu.hub.exchange.models import Export as Row
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.records.permit import may
from tongtu.registry.columns import nouns
from tongtu.terms.faults import TongtuError
from tongtu.terms.why import Why
from tongtu.terms.words import say

GROUP = Why("hub_api.group-exchange")
#: faults of an import that one answer names; `errors` and `warnings` count all of them
FAULTS = 200


class Cell(Open):
    """One fault of an import at its place in the file."""

    severity: str = Field(examples=["error"])
    place: str
    file: str
    sheet: str
    row: int | None
    column: str
    code: str
    what: str
    repair: str | None


class Import(Open):
    """An import: `ready` after its dry run, to be stored or left."""

    uid: uuid.UUID
    name: str
    state: str = Field(examples=["ready"], description="reading refused ready storing stored undone")
    job: uuid.UUID | None
    counts: dict[str, dict[str, int]] = Field(examples=[{"needs": {"new": 12, "changed": 3, "wrong": 0}}])
    choices: list[str] = Field(description=both("field-choices"))
    errors: int
    warnings: int
    reason: str | None
    created_at: datetime
    stored_at: datetime | None
    undone_at: datetime | None
    faults: list[Cell] = Field(default_factory=list, description=both("field-faults"))


class Imports(Open):
    items: list[Import]
    next: str | None


class Store(Strict):
    """`partial`: rows without fault are stored although others have one."""

    lifecycle: str = Field("draft", max_length=12, examples=["draft"])
    partial: bool = False


class Export(Open):
    """A file made for one person; `ready` when it can be downloaded, and thrown away after some days."""

    uid: uuid.UUID
    state: str = Field(examples=["ready"], description="making ready failed")
    form: str
    scope: str
    nouns: list[str]
    counts: dict[str, int]
    name: str
    size: int
    job: uuid.UUID | None
    created_at: datetime
    made_at: datetime | None


class Exports(Open):
    items: list[Export]
    next: str | None


class Order(Strict):
    """Which nouns (all unless given), whose records, in which form."""

    nouns: list[str] = Field(default_factory=list, max_length=100, examples=[["needs", "indicators"]])
    scope: Literal["own", "all"] = "own"
    form: Literal["xlsx", "csv", "json"] = "json"


@route("GET", "/imports", "imports_list", scope=["import", "import_for_others"], group=GROUP,
       about=Why("hub_api.op-imports"), answers={200: Imports}, problems=["refused"])  # fmt: skip
def imports(request: HttpRequest, asked: Annotated[Paged, Query(...)]) -> HttpResponse:
    known(request, asked)
    importing.allowed(request.asker)
    page = recent("imports", Batch.objects.visible_to(request.asker), asked)
    return answer(Imports, {"items": [_import(batch) for batch in page.records], "next": page.next})


@route("POST", "/imports", "imports_create", scope=["import", "import_for_others"], group=GROUP,
       about=Why("hub_api.op-import-new"), answers={202: Import})  # fmt: skip
def upload(request: HttpRequest, file: Annotated[UploadedFile, File(...)]) -> HttpResponse:
    importing.allowed(request.asker)
    batch = _taken("file", lambda: importing.begin(request.asker, file.name or "", file.chunks()))
    batch.refresh_from_db()
    response = answer(Import, _import(batch), 202)
    response["Location"] = f"/api/v1/imports/{batch.pk}"
    return response


@route("GET", "/imports/{uuid:uid}", "imports_see", scope=["import", "import_for_others"], group=GROUP,
       about=Why("hub_api.op-import"), answers={200: Import})  # fmt: skip
def one_import(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    batch = _batch(request, uid)
    faults = [_cell(row.fault) for row in batch.faults.all()[:FAULTS]]
    return answer(Import, {**_import(batch), "faults": faults})


@route("POST", "/imports/{uuid:uid}/store", "imports_store", scope=["import", "import_for_others"], group=GROUP,
       about=Why("hub_api.op-import-store"), answers={202: Import}, problems=["wrong-state"])  # fmt: skip
def store(request: HttpRequest, uid: uuid.UUID, how: Store) -> HttpResponse:
    batch = _batch(request, uid)
    if batch.state != "ready":
        raise Problem("wrong-state", batch.reason)
    _taken("/", lambda: importing.decide_to_store(request.asker, batch, how.lifecycle, how.partial))
    return answer(Import, _import(batch), 202)


@route("POST", "/imports/{uuid:uid}/undo", "imports_undo", scope=["undo_import"], group=GROUP,
       about=Why("hub_api.op-import-undo"), answers={200: Import}, problems=["wrong-state"])  # fmt: skip
def undo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    batch = _batch(request, uid)
    importing.may_undo(request.asker, batch)
    if batch.state != "stored":
        raise Problem("wrong-state")
    from tongtu.hub.exchange import undoing

    _taken("/", lambda: undoing.undo(batch, request.asker))
    return answer(Import, _import(_batch(request, uid)))


@route("GET", "/exports", "exports_list", scope=["export"], group=GROUP, about=Why("hub_api.op-exports"),
       answers={200: Exports}, problems=["refused"])  # fmt: skip
def exports(request: HttpRequest, asked: Annotated[Paged, Query(...)]) -> HttpResponse:
    known(request, asked)
    _belongs(request)
    page = recent("exports", Row.objects.visible_to(request.asker).select_related("job"), asked)
    return answer(Exports, {"items": [_export(made) for made in page.records], "next": page.next})


@route("POST", "/exports", "exports_create", scope=["export"], group=GROUP, about=Why("hub_api.op-export-new"),
       answers={202: Export})  # fmt: skip
def export(request: HttpRequest, order: Order) -> HttpResponse:
    _belongs(request)
    if set(order.nouns) - nouns().keys():
        raise invalid("/nouns", "fault-choice")
    made = ordering.order(request.asker, order.nouns, order.scope, order.form, lang())
    response = answer(Export, _export(made), 202)
    response["Location"] = f"/api/v1/exports/{made.pk}"
    return response


@route("GET", "/exports/{uuid:uid}", "exports_see", scope=["export"], group=GROUP, about=Why("hub_api.op-export"),
       answers={200: Export})  # fmt: skip
def one_export(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    return answer(Export, _export(_made(request, uid)))


@route("GET", "/exports/{uuid:uid}/file", "exports_file", scope=["export"], group=GROUP,
       about=Why("hub_api.op-export-file"), answers={200: None})  # fmt: skip
def download(request: HttpRequest, uid: uuid.UUID) -> Any:
    made = _made(request, uid)
    path = files.workplace("exports", made.pk) / made.name
    if made.state != "ready" or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=made.name)


def _belongs(request: HttpRequest) -> None:
    """Whoever acts for no organisation has nothing to exchange."""
    if request.asker.organisation is None:
        raise PermissionDenied(may(request.asker, "import", kind="batch").reason)


def _batch(request: HttpRequest, uid: uuid.UUID) -> Batch:
    found = Batch.objects.visible_to(request.asker).select_related("user", "organisation", "job").filter(pk=uid).first()
    if found is None:
        raise Http404
    return found


def _made(request: HttpRequest, uid: uuid.UUID) -> Row:
    found = Row.objects.visible_to(request.asker).select_related("job").filter(pk=uid).first()
    if found is None:
        raise Http404
    return found


def _taken(field: str, step: Any) -> Any:
    """A step of the exchange; its refusal with every fault."""
    try:
        return step()
    except TongtuError as refused:
        raise Problem("invalid", faults=[Wrong(field, f.what, f.repair) for f in refused.faults]) from None


def _import(batch: Batch) -> dict[str, Any]:
    return {
        "uid": batch.pk, "name": batch.name, "state": batch.state, "job": batch.job_id, "counts": batch.counts,
        "choices": batch.choices, "errors": batch.errors, "warnings": batch.warnings,
        "reason": say(batch.reason, lang()) if batch.reason else None, "created_at": batch.created_at,
        "stored_at": batch.stored_at, "undone_at": batch.undone_at,
    }  # fmt: skip


def _cell(fault: Any) -> dict[str, Any]:
    return {
        "severity": fault.severity, "place": fault.place(lang()), "file": fault.file, "sheet": fault.sheet,
        "row": fault.row, "column": fault.column, "code": fault.what.code, "what": say(fault.what, lang()),
        "repair": say(fault.repair, lang()) if fault.repair else None,
    }  # fmt: skip


def _export(made: Row) -> dict[str, Any]:
    return {
        "uid": made.pk, "state": made.standing, "form": made.form, "scope": made.scope, "nouns": made.nouns,
        "counts": made.counts, "name": made.name, "size": made.size, "job": made.job_id,
        "created_at": made.created_at, "made_at": made.made_at,
    }  # fmt: skip
