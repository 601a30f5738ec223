"""The nouns' columns as pydantic models: what a record looks like, and what a draft may say.

A column that is hidden from the reader is absent from `values` and named in `hidden`; one that is open and unknown is
null. Amounts are whole numbers of the currency's smallest unit, references are uids, codes are those of the
vocabularies.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from tongtu.hub.api.both import SEPARATOR, both
from tongtu.hub.listings.counts import SINCE
from tongtu.hub.listings.kinds import Child, kinds
from tongtu.hub.listings.kinds import Field as Asked
from tongtu.hub.listings.reading import MOST_ROWS, STRICTEST
from tongtu.hub.listings.vocab import codes
from tongtu.hub.policy.tables import vocabulary
from tongtu.hub.records.generate import class_name
from tongtu.hub.records.keys import own_number
from tongtu.registry.columns import Column, Noun
from tongtu.registry.columns import noun as definition

TYPES: dict[str, Any] = {
    "int": int, "year": int, "money": int, "float": float, "ratio": float, "bool": bool, "date": date,
    "list": list[str], "refs": list[str], "codes": list[str],
}  # fmt: skip
#: numbers that every reader of JSON keeps exactly
_EXACT = 2**53 - 1
SENT = {**TYPES, **dict.fromkeys(("int", "year", "money"), Annotated[int, Field(ge=-_EXACT, le=_EXACT)])}
_EXAMPLES: dict[str, Any] = {
    "int": 5, "year": 2026, "money": 500_000_000, "float": 0.5, "ratio": 0.5, "bool": True, "date": "2026-12-31",
    "list": ["LTCC", "5G"], "currency": "CNY", "uscc": "91110000100000000X", "unit": "mm",
    "ref": "0b6c7a52-4a4e-4f0b-9d6e-6a7c1d2e3f40", "refs": ["0b6c7a52-4a4e-4f0b-9d6e-6a7c1d2e3f40"],
    "subject": "0b6c7a52-4a4e-4f0b-9d6e-6a7c1d2e3f40",
}  # fmt: skip
#: kinds of columns whose JSON needs a word of explanation
_NOTED = {"money": "money", "ratio": "ratio", "ref": "ref", "refs": "refs", "subject": "ref"}


_STATES = " ".join(vocabulary("states").rows)


class Open(BaseModel):
    """What we answer with: further fields may come with later versions."""


class Strict(BaseModel):
    """What is sent to us: an unknown field is a fault, not silence."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Hidden(Open):
    """Why a column is not shown."""

    code: str = Field(examples=["hub_policy.hidden-restricted"])
    why: str = Field(description=both("field-why"))


class Reason(Open):
    """A sentence in the reader's language with its code, and the sentences it rests on."""

    code: str
    said: str
    parts: list[Reason] = Field(default_factory=list)


class Fault(Open):
    field: str = Field(examples=["/values/title"], description="JSON pointer, or name of a parameter")
    code: str
    what: str
    repair: str | None = None


class ProblemBody(Open):
    """RFC 9457."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["/api/#problem-stale"])
    title: str
    status: int
    detail: str
    request: str = Field(description=both("field-request"))
    code: str | None = Field(default=None, description=both("field-code"))
    faults: list[Fault] = Field(default_factory=list)


class Paged(Strict):
    """Parameters of every list."""

    cursor: str = Field("", max_length=600, description=both("field-cursor"))
    limit: int = Field(20, ge=1, le=100)


@cache
def values_of(name: str) -> type[BaseModel]:
    """`NeedValues`: every column of a noun, none of them required."""
    found = definition(name)
    fields = {c.name: (_type(c) | None, _field(c)) for c in found.columns}
    return create_model(f"{class_name(name)}Values", __base__=Open, __doc__=_named(found), **fields)  # type: ignore[call-overload]


@cache
def record_of(name: str) -> type[BaseModel]:
    """`Need`: a record as one reader has it."""
    found = definition(name)
    return create_model(  # type: ignore[call-overload]
        class_name(name),
        __base__=Open,
        __doc__=_named(found),
        uid=(uuid.UUID, Field()),
        noun=(str, Field(examples=[name])),
        state=(
            str,
            Field(examples=["published"], description="draft review returned published expiring expired withdrawn"),
        ),
        own=(bool, Field(description=both("field-own"))),
        clearance=(
            str,
            Field(examples=["teaser"], description=both("field-clearance")),
        ),
        published_at=(datetime | None, Field(None)),
        expires_at=(datetime | None, Field(None)),
        values=(values_of(name), Field()),
        hidden=(
            dict[str, Hidden],
            Field(default_factory=dict, description=both("field-hidden")),
        ),
        names=(dict[str, str], Field(default_factory=dict, description=both("field-names"))),
        **_rows_of(name),
    )


@cache
def page_of(name: str) -> type[BaseModel]:
    """`NeedPage`: one page of a list."""
    return create_model(  # type: ignore[call-overload]
        f"{class_name(name)}Page",
        __base__=Open,
        items=(list[record_of(name)], Field()),  # type: ignore[misc, arg-type]
        next=(
            str | None,
            Field(None, description=both("field-next")),
        ),
    )


@cache
def draft_of(name: str) -> type[BaseModel]:
    """`NeedDraft`: what may be said of a listing; what is left out of a change stays as it is, null empties it."""
    kind = kinds()[name]
    fields = {f.name: (_sent(f.column) | None, _field(f.column, f)) for f in kind.asked}
    stem = class_name(name)
    values = create_model(f"{stem}DraftValues", __base__=Strict, **fields)  # type: ignore[call-overload]
    rows = create_model(  # type: ignore[call-overload]
        f"{stem}DraftRows",
        __base__=Strict,
        **{c.noun.name: (list[_row_of(c)] | None, Field(None, max_length=MOST_ROWS)) for c in kind.children},  # type: ignore[misc]
    )
    raised: Any = Field(default_factory=dict, json_schema_extra={"additionalProperties": {"enum": list(STRICTEST)}},
                   description=both("field-raised"))  # fmt: skip
    return create_model(  # type: ignore[call-overload]
        f"{stem}Draft",
        __base__=Strict,
        __doc__=_named(kind.noun),
        values=(values, Field(default_factory=values)),
        raised=(dict[str, str] | None, raised),
        rows=(
            rows,
            Field(
                default_factory=rows,
                description=both("field-rows"),
            ),
        ),
    )


@cache
def asked_of(name: str) -> type[BaseModel]:
    """Parameters of a noun's list: facets and words where it is a listing."""
    kind = kinds().get(name)
    fields: dict[str, Any] = {
        "scope": (str, Field("all", pattern="^(all|own)$", description=both("field-scope"))),
        "state": _choices(both("field-state"), _STATES.split()),
    }
    if kind is not None:
        since: Any = {"enum": [0, *SINCE]}
        fields["q"] = (str, Field("", max_length=200, description=both("field-q")))
        fields["since"] = (int, Field(0, json_schema_extra=since, description=both("field-since")))
        for facet in kind.facets:
            column = kind.noun.column(facet)
            fields[facet] = _choices(_label(column), _codes(column)["enum"])
    return create_model(f"{class_name(name)}Asked", __base__=Paged, **fields)  # type: ignore[call-overload]


def _choices(label: str, values: list[str]) -> Any:
    """A parameter that takes several of these values."""
    extra: Any = {"items": {"type": "string", "enum": values}}
    return list[str], Field(default_factory=list, description=label, json_schema_extra=extra)


def _rows_of(name: str) -> dict[str, Any]:
    kind = kinds().get(name)
    if kind is None or not kind.children:
        return {}
    rows = create_model(  # type: ignore[call-overload]
        f"{class_name(name)}Rows",
        __base__=Open,
        **{c.noun.name: (list[record_of(c.noun.name)], Field(default_factory=list)) for c in kind.children},  # type: ignore[misc]
    )
    return {
        "rows": (
            rows | None,
            Field(None, description=both("field-belonging")),
        )
    }


@cache
def _row_model(name: str) -> type[BaseModel]:
    child = next(c for k in kinds().values() for c in k.children if c.noun.name == name)
    fields: dict[str, Any] = {f.name: (_sent(f.column) | None, _field(f.column, f)) for f in child.ask}
    fields["uid"] = (uuid.UUID | None, Field(None, description=both("field-row-uid")))
    return create_model(f"{class_name(name)}Draft", __base__=Strict, **fields)  # type: ignore[call-overload]


def _row_of(child: Child) -> type[BaseModel]:
    return _row_model(child.noun.name)


def _type(column: Column) -> Any:
    return TYPES.get(column.kind, str)


def _sent(column: Column) -> Any:
    return SENT.get(column.kind, str)


def _field(column: Column, asked: Asked | None = None) -> Any:
    extra: dict[str, Any] = {"x-zh": column.zh, "x-en": column.en, "x-disclosure": column.disclosure}
    if asked is not None:
        extra |= _bounds(column)
        if column.kind in ("code", "codes"):
            extra |= (
                {"items": {"type": "string", **_codes(column)}}
                if column.many
                else {"enum": [*_codes(column)["enum"], None]}
            )
        if asked.most and not column.many:
            extra["maxLength"] = asked.most
    example = (
        next(iter(codes().labels(column.of)), "") if column.kind in ("code", "codes") else _EXAMPLES.get(column.kind)
    )
    if example is not None:
        extra["examples"] = [[example] if column.kind == "codes" else example]
    return Field(None, title=_label(column), description=_description(column) or None, json_schema_extra=extra)


def _bounds(column: Column) -> dict[str, Any]:
    """Constraints on the value alone; those between columns stand in the description."""
    low, dots, high = column.constraint.partition("..")
    if dots:
        return {"minimum": float(low), "maximum": float(high)}
    number = column.constraint.lstrip(">=")
    if not number.replace(".", "").isdigit():
        return {}
    return {"minimum" if column.constraint.startswith(">=") else "exclusiveMinimum": float(number)}


def _codes(column: Column, *more: Any) -> dict[str, Any]:
    """The values to choose from; a number of a scale is asked for as a facet."""
    found = map(str, range(1, 11)) if column.kind == "int" else codes().labels(column.of)
    return {"enum": [*found, *more]}


def _label(column: Column) -> str:
    return f"{column.zh}{SEPARATOR}{column.en}"


def _description(column: Column) -> str:
    notes = [note for note in (column.note_zh, column.note_en) if note]
    said = [SEPARATOR.join(notes)] if notes else []
    said += [both(f"kind-{_NOTED[column.kind]}")] if column.kind in _NOTED else []
    said += [f"→ {column.of}"] if column.kind in ("ref", "refs") else []
    said += [column.constraint] if column.constraint else []
    return "\n".join(said)


def _named(found: Noun) -> str:
    own = own_number(found)
    kept = f" ({both('field-number', name=own.name)})" if own else ""
    return f"{found.zh}{SEPARATOR}{found.en}{kept}"
