"""A draft in JSON as the form would have sent it, so that a value is understood, or refused, the same way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from tongtu.hub.listings import reading
from tongtu.hub.listings.form import of_record
from tongtu.hub.listings.kinds import Field, Kind
from tongtu.hub.listings.reading import Given
from tongtu.hub.listings.saving import children_of
from tongtu.hub.listings.showing import as_uuid, typed
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.sight import Sight
from tongtu.terms.words import Lang

Sent = tuple[dict[str, str], dict[str, list[str]]]


def new(kind: Kind, draft: BaseModel) -> Given:
    """A draft of a listing that is not kept yet."""
    return _read(kind, Given({}, {}, {}), {}, draft)


def changed(sight: Sight, kind: Kind, record: Any, draft: BaseModel, lang: Lang) -> Given:
    """A kept listing with what a draft says differently; rows of a noun that the draft names are replaced by its."""
    base = of_record(sight, kind, record.row(), record.raised, children_of(kind, record), lang)
    return _read(kind, base, record.row(), draft)


def _read(kind: Kind, base: Given, row: Mapping[str, Any], draft: Any) -> Given:
    said = _set(draft.values)
    texts = {**base.typed, **_typed(kind.asked, said, {**row, **said})}
    raised = base.raised if "raised" not in draft.model_fields_set else draft.raised or {}
    sent, many = _form("", kind.asked, texts)
    sent |= {f"class-{name}": wish for name, wish in raised.items()}
    for child in kind.children:
        name = child.noun.name
        given = getattr(draft.rows, name) if name in draft.rows.model_fields_set else None
        kept = [(r.uid, r.typed) for r in base.rows.get(name, ())] if given is None else _rows(child.ask, given)
        sent[f"{name}-rows"] = str(len(kept))
        for n, (uid, held) in enumerate(kept):
            more, several = _form(f"{name}-{n}-", child.ask, held)
            sent |= {**more, f"{name}-{n}-uid": uid}
            many |= several
    return reading.read(kind, sent, many)


def _rows(asked: Sequence[Field], given: Sequence[Any]) -> list[tuple[str, dict[str, str]]]:
    return [(str(row.uid or ""), _typed(asked, said := _set(row), said)) for row in given]


def _set(model: BaseModel) -> dict[str, Any]:
    """What was said, and not what merely has a default."""
    return {name: getattr(model, name) for name in model.model_fields_set}


def _typed(asked: Sequence[Field], said: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, str]:
    """The fields that were said, as the form holds them; amounts are read in the row's currency."""
    held = {**row, "currency": row.get("currency") or None}
    return {f.name: _organisation(f, typed(f, held)) for f in asked if f.name in said}


def _organisation(asked: Field, text: str) -> str:
    """An organisation by its uid, as the form names it; whether it may be named is decided where forms are kept."""
    uid: uuid.UUID | None = as_uuid(text) if asked.column.of == "organisations" else None
    found = Organisation.objects.filter(pk=uid).first() if uid else None
    return (found.uscc or found.name) if found else text


def _form(prefix: str, asked: Sequence[Field], texts: Mapping[str, str]) -> Sent:
    sent = {prefix + f.name: texts.get(f.name, "") for f in asked}
    many = {prefix + f.name: [texts.get(f.name, "")] for f in asked if f.column.kind == "codes"}
    return sent, many
