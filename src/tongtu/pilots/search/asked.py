"""Requests and their requirements as they are given: checked, every fault told at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any

import polars as pl

from tongtu.pilots.search.stated import FACTS, Stated
from tongtu.pilots.search.values import OPERATORS, Value, value
from tongtu.registry import written
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Label, Why

REQUEST: Mapping[str, Any] = {
    "request": pl.String, "direction": pl.String, "categories": pl.List(pl.String), "process": pl.String,
    "batch": pl.Float64, "batch_unit": pl.String, "region": pl.String, "hours": pl.Float64, "earliest": pl.Date,
}  # fmt: skip
REQUIREMENT: Mapping[str, Any] = {
    "request": pl.String, "requirement": pl.String, "quantity": pl.String, "quantity_en": pl.String,
    "operator": pl.String, "low": pl.Float64, "high": pl.Float64, "unit": pl.String, "conditions": pl.String,
    "must": pl.Boolean,
}  # fmt: skip
_AMOUNTS = ("batch", "hours")
_RELATED = re.compile(r"[≥≤<>=≈±~～]")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement; `keys`: the names its quantity goes by, `row`: as it was given."""

    id: str
    label: Label
    keys: tuple[str, ...]
    value: Value
    under: str
    must: bool
    row: Row


@dataclass(frozen=True, slots=True)
class Request:
    """One request; null is not said."""

    request: str
    direction: str | None
    categories: tuple[str, ...]
    process: str | None
    batch: float | None
    batch_unit: str | None
    region: str | None
    hours: float | None
    earliest: date | None
    step: int | None = None
    requirements: tuple[Requirement, ...] = field(default=())


def read(
    requests: pl.DataFrame, requirements: pl.DataFrame | None, stated: Stated, batch_units: frozenset[str]
) -> list[Request]:
    """Requests by id, each with its requirements by id. Raises DataRefused with every fault.

    Refused are: no request at all, one without id or with another's, an amount that is none, a unit that is no unit
    and that nobody's line uses, a requirement without request, quantity, operator or value, and a reversed range.
    """
    asked, faults = _rows(requests, {**REQUEST, "step": pl.Int64}, "requests", ("request",))
    needed, more = _rows(requirements, REQUIREMENT, "requirements", ("request", "quantity", "operator"))
    faults += more
    if not faults and not asked:
        faults.append(_fault("no-request", "", "requests", None))
    known = Counter(row["request"] for row in asked)
    for place, row in enumerate(asked, start=2):
        faults += _request_faults(row, place, stated, batch_units)
    for place, row in enumerate(needed, start=2):
        faults += _requirement_faults(row, place, stated, known)
    faults += [_fault("twice", "request", "requests", None, name) for name, n in known.items() if name and n > 1]
    named = Counter((row["request"], row["requirement"]) for row in needed)
    faults += [_fault("twice", "requirement", "requirements", None, id) for (_, id), n in named.items() if id and n > 1]
    if faults:
        raise DataRefused(faults)
    of: dict[str, list[Requirement]] = {}
    for row in sorted(needed, key=lambda row: [(cell is None, cell) for cell in row.values()]):
        mine = of.setdefault(row["request"], [])
        mine.append(_requirement(row, stated, len(mine) + 1))
    return [_request(row, of) for row in sorted(asked, key=lambda row: str(row["request"]))]


def _rows(
    frame: pl.DataFrame | None, schema: Mapping[str, Any], sheet: str, needed: Sequence[str]
) -> tuple[list[Row], list[Fault]]:
    """Rows with all columns in their types; what cannot be read as its type is a fault."""
    if frame is None:
        return [], []
    faults = [_fault("no-column", name, sheet, None) for name in needed if name not in frame.columns]
    given = {name: frame[name].cast(kind, strict=False) for name, kind in schema.items() if name in frame.columns}
    for name, column in given.items():
        if column.null_count() > frame[name].null_count():
            lost = (column.is_null() & frame[name].is_not_null()).arg_true()
            faults += [_fault("no-value", name, sheet, row + 2, str(frame[name][row])) for row in lost]
    values = [given[name].to_list() if name in given else [None] * frame.height for name in schema]
    return [dict(zip(schema, row, strict=True)) for row in zip(*values, strict=True)], faults


def _request_faults(row: Row, place: int, stated: Stated, batch_units: frozenset[str]) -> Iterable[Fault]:
    if not row["request"]:
        yield _fault("no-id", "request", "requests", place)
    for name in _AMOUNTS:
        if row[name] is not None and not (isfinite(row[name]) and row[name] >= 0):
            yield _fault("no-amount", name, "requests", place, str(row[name]))
    if row["batch_unit"] is not None and not _is_unit(row["batch_unit"], stated, batch_units):
        yield _fault("no-unit", "batch_unit", "requests", place, row["batch_unit"])


def _requirement_faults(row: Row, place: int, stated: Stated, known: Mapping[str, int]) -> Iterable[Fault]:
    sheet = "requirements"
    if row["request"] not in known:
        yield _fault("no-such-request", "request", sheet, place, row["request"] or "")
    if not stated.concepts.keys(row["quantity"], row["quantity_en"]):
        yield _fault("no-quantity", "quantity", sheet, place)
    if row["operator"] not in OPERATORS:
        yield _fault("no-operator", "operator", sheet, place, row["operator"] or "")
        return
    ends = [row[end] for end in ("low", "high")]
    for name, end in zip(("low", "high"), ends, strict=True):
        if end is not None and not isfinite(end):
            yield _fault("no-amount", name, sheet, place, str(end))
    stands = [end for end in ends if end is not None]
    if row["operator"] != "has" and len(stands) < (2 if row["operator"] == "between" else 1):
        yield _fault("no-bound", "low", sheet, place)
    if len(stands) == 2 and stands[0] > stands[1]:
        yield _fault("reversed", "high", sheet, place, f"{stands[0]:g} > {stands[1]:g}")
    if row["unit"] and not _is_unit(row["unit"], stated, stated.used):
        yield _fault("no-unit", "unit", sheet, place, row["unit"])


def _is_unit(unit: str, stated: Stated, used: frozenset[str]) -> bool:
    """A unit anybody knows, or one that somebody's line uses for itself."""
    return unit in used or "=" not in stated.scale(unit).dimension or unit in stated.names


def _fault(code: str, column: str, sheet: str, row: int | None, value: str = "") -> Fault:
    args = {"column": column, "value": value}
    what, repair = Why(f"pilots_search.{code}", args), Why(f"pilots_search.repair-{code}", args)
    return Fault(what, repair, sheet=sheet, row=row, column=column, value=value)


def _requirement(row: Row, stated: Stated, number: int) -> Requirement:
    label = Label(row["quantity"] or "", row["quantity_en"] or "")
    return Requirement(
        row["requirement"] or f"{row['request']}-{number:02}",
        label,
        stated.concepts.keys(row["quantity"], row["quantity_en"]),
        value(row["operator"], row["low"], row["high"], stated.scale(row["unit"])),
        stated.under(row["conditions"]),
        bool(row["must"]),
        row,
    )


def _request(row: Row, of: Mapping[str, list[Requirement]]) -> Request:
    needs = tuple(sorted(of.get(row["request"], ()), key=lambda one: one.id))
    return Request(**{**row, "categories": tuple(row["categories"] or ()), "requirements": needs})


def in_words(texts: Sequence[str], request: str, must: bool, stated: Stated) -> pl.DataFrame:
    """Requirements as people write them; a text without a relation or a figure with a unit is a thing to have."""
    rows: list[Row] = []
    faults = []
    for place, text in enumerate(texts, start=1):
        found, _ = written.found(text, stated.known, written.REQUIRING)
        if not found and (_RELATED.search(text) or not text.strip()):
            faults.append(_fault("not-understood", "requirement", "", place, text))
        things = [dict(zip(FACTS, one.facts(), strict=True)) for one in found]
        things = things or [{"quantity": text.strip(), "operator": "has"}]
        rows += [{"request": request, "must": must, **thing} for thing in things]
    if faults:
        raise DataRefused(faults)
    return pl.DataFrame(rows, schema={name: kind for name, kind in REQUIREMENT.items() if name != "requirement"})


def option_fault(option: str, value: object) -> Fault:
    what = Why("pilots_search.option", {"option": option, "value": value})
    return Fault(what, Why(f"pilots_search.repair-{option}"))


def positive(option: str, value: int) -> None:
    """Raises UsageFault for a number of answers below one."""
    if value < 1:
        raise UsageFault(option_fault(option, value))
