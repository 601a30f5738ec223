"""Listings: drafts, changes and the steps of their life, through the functions of the pages.

The models are made at start-up, so annotations here are values and not texts.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from pydantic import Field

from tongtu.hub.api import given
from tongtu.hub.api.door import sight_of
from tongtu.hub.api.operations.reads import about, label, read, read_rows, said
from tongtu.hub.api.problems import Problem, invalid, of_faults
from tongtu.hub.api.records import fetch, heeds, mark, whole
from tongtu.hub.api.routes import route
from tongtu.hub.api.schemas import Strict, draft_of, record_of
from tongtu.hub.listings.kinds import Kind, kinds
from tongtu.hub.listings.lifecycle import GONE, after
from tongtu.hub.listings.moves import move, permitted
from tongtu.hub.listings.saving import Conflict, change, create, may_create
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.policy import Decision
from tongtu.hub.records.permit import may
from tongtu.hub.records.visible import shown
from tongtu.terms.faults import DataRefused

#: the steps that need nothing but the listing itself
STEPS = ("submit", "publish", "renew", "withdraw")
#: what stands in the way of a step or of keeping; what a draft merely lacks does not
_REQUIRED = "registry.required"


class Remarks(Strict):
    """What is to be corrected: a remark by column or noun of rows, "" for the whole."""

    remarks: dict[str, str] = Field(min_length=1, examples=[{"": "请补充指标", "title": "请写明对象"}])


def write(kind: Kind) -> None:
    """Registers drafting, changing and deleting of a kind of listing."""
    name, group, draft, model = kind.name, label(kind.noun), draft_of(kind.name), record_of(kind.name)

    @route("POST", f"/{name}", f"{name}_create", scope=["create"], group=group, about=about("create", kind.noun),
           answers={201: model})  # fmt: skip
    def make(request: HttpRequest, draft: draft) -> HttpResponse:  # type: ignore[valid-type]
        sight = sight_of(request)
        _must(may_create(sight, kind))
        made = _keeping(kind, lambda: create(sight, kind, given.new(kind, draft)))
        response = said(request, made, 201)
        response["Location"] = f"/api/v1/{name}/{made.pk}"
        return response

    @route("PATCH", f"/{name}/{{uuid:uid}}", f"{name}_change", scope=["edit", "reclassify"], group=group,
           about=about("change", kind.noun), answers={200: model}, conditional=True)  # fmt: skip
    def patch(request: HttpRequest, uid: uuid.UUID, draft: draft) -> HttpResponse:  # type: ignore[valid-type]
        sight = sight_of(request)
        record = fetch(sight, name, uid)
        _must(may(sight, "edit", record=record))
        _as_read(request, record)
        form = given.changed(sight, kind, record, draft, lang())
        _keeping(kind, lambda: change(sight, kind, record, form, record.revision))
        return said(request, fetch(sight, name, uid))

    @route("DELETE", f"/{name}/{{uuid:uid}}", f"{name}_delete", scope=["delete"], group=group,
           about=about("delete", kind.noun), answers={204: None}, conditional=True)  # fmt: skip
    def delete(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        return _step(request, kind, uid, "delete")


def walk(kind: Kind) -> None:
    """Registers the steps of a listing's life."""
    for action in STEPS:
        _register(kind, action)
    group, model = label(kind.noun), record_of(kind.name)

    @route("POST", f"/{kind.name}/{{uuid:uid}}/return", f"{kind.name}_return", scope=["return"], group=group,
           about=about("return", kind.noun), answers={200: model, 204: None}, conditional=True)  # fmt: skip
    def send_back(request: HttpRequest, uid: uuid.UUID, remarks: Remarks) -> HttpResponse:
        places = ["", *(f.name for f in kind.asked), *(c.noun.name for c in kind.children)]
        texts = {name: text.replace("\0", "").strip()[:500] for name, text in remarks.remarks.items()}
        if set(texts) - set(places) or not all(texts.values()):
            raise invalid("/remarks", "remarks")
        return _step(request, kind, uid, "return", texts)


def _register(kind: Kind, action: str) -> None:
    @route("POST", f"/{kind.name}/{{uuid:uid}}/{action}", f"{kind.name}_{action}", scope=[action],
           group=label(kind.noun), about=about(action, kind.noun),
           answers={200: record_of(kind.name), 204: None}, conditional=True)  # fmt: skip
    def step(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        return _step(request, kind, uid, action)


def _step(
    request: HttpRequest, kind: Kind, uid: uuid.UUID, action: str, remarks: dict[str, str] | None = None
) -> HttpResponse:
    """Takes a step; answers with the record as it stands, or 204 where it no longer exists for who took it."""
    sight = sight_of(request)
    record = fetch(sight, kind.name, uid)
    _must(permitted(sight, action, record))
    _as_read(request, record)
    if after(record.lifecycle, action) is None:
        raise Problem("wrong-state")
    state = _keeping(kind, lambda: move(sight, record, action, record.revision, remarks), lacks=True)
    if state == GONE:
        return HttpResponse(status=204)
    try:
        return said(request, fetch(sight, kind.name, uid))
    except Http404:
        return HttpResponse(status=204)


def _as_read(request: HttpRequest, record: Any) -> None:
    sight = sight_of(request)
    assert shown(sight, record) is not None
    heeds(request, mark(sight, record, whole(sight, record, lang())))


def _must(decision: Decision) -> None:
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


def _keeping(kind: Kind, keep: Callable[[], Any], lacks: bool = False) -> Any:
    """What `keep` gives; its refusals as problems. `lacks`: what is missing is a fault too."""
    try:
        return keep()
    except DataRefused as refused:
        faults = [f for f in refused.faults if lacks or f.what.code != _REQUIRED]
        raise Problem("invalid", faults=of_faults(faults, kind.name)) from None
    except Conflict:
        raise Problem("stale") from None


for _kind in kinds().values():
    read(_kind.noun)
    write(_kind)
    walk(_kind)
    for _child in _kind.children:
        read_rows(_kind, _child.noun.name)
