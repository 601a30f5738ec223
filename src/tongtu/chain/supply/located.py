"""Faults of the graph at the rows they come from: file, sheet, row, column, as a person sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.registry.findings import Findings, Problem
from tongtu.registry.loading import examine
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits
    from tongtu.registry.validate import Table
    from tongtu.registry.vocabularies import Vocabularies

#: where a fault of each table is seen, if it does not say
_SEEN = {"components": "component", "supplies": "share", "substitutes": "substitute", "items": "item"}
_ARROW = " → "
#: the registry's fault of a key that its table lacks, and how many near ones are named
_STRANGE, _LIKE = "registry.reference", 3


def located(
    faults: Sequence[Fault], path: Path, *, vocabularies: Vocabularies | None = None, currency: str = "CNY",
    limits: Limits | None = None,
) -> list[Fault]:  # fmt: skip
    """The faults, each at the first row of its table that it speaks of; one whose row cannot be told names the file.

    Reads the files again: they are small where a fault is to be mended, and a registry does not remember rows.
    """
    strange = any(fault.what.code == _STRANGE for fault in faults)
    if not strange and all(fault.row is not None or not fault.sheet for fault in faults):
        return list(faults)
    tables, _ = examine(path, vocabularies=vocabularies, currency=currency, limits=limits, references=False)
    ids = tables["items"].values()["item"].drop_nulls().to_list() if "items" in tables else []
    return [_near(_placed(fault, tables.get(fault.sheet), path), ids) for fault in faults]


def _near(fault: Fault, ids: Sequence[str]) -> Fault:
    """An id that the items lack, with those that look like it."""
    near = get_close_matches(fault.value, ids, _LIKE) if fault.what.code == _STRANGE else []
    if not near:
        return fault
    return replace(
        fault, repair=Why("supply.near-item", {"near": tuple(near)}, (fault.repair,) if fault.repair else ())
    )


def _placed(fault: Fault, table: Table | None, path: Path) -> Fault:
    if fault.row is not None or table is None:
        return fault
    columns = {column.name: column for column in table.noun.columns}
    seen = fault.column if fault.column in columns else _SEEN.get(fault.sheet, table.noun.columns[0].name)
    mask = _mask(table.frame, fault, seen)
    if mask is None or not mask.any():
        return replace(fault, file=fault.file or path.name)
    first = pl.Series([k == mask.arg_max() for k in range(len(mask))], dtype=pl.Boolean)
    findings = Findings()
    table.report(findings, columns[seen], first, Problem(fault.what, fault.repair))
    return findings.faults[0]


def _mask(frame: pl.DataFrame, fault: Fault, seen: str) -> pl.Series | None:
    """Rows that a fault speaks of: those with the names among its arguments, or the first step of a circle."""
    wanted = _names(fault.what, frame.columns)
    if not wanted and fault.value and frame.schema[seen] == pl.String:
        wanted = {seen: fault.value}
    if not wanted:
        return None
    tests = [pl.col(name) == value for name, value in wanted.items()]
    return frame.select(pl.all_horizontal(tests)).to_series()


def _names(what: Why, columns: Sequence[str]) -> dict[str, Any]:
    circle = what.args.get("cycle")
    if isinstance(circle, str) and "component" in columns:
        item, component, *_ = circle.split(_ARROW)
        return {"item": item, "component": component}
    texts = {"item", "component", "substitute", "supplier", "jurisdiction", "route"} & set(columns)
    return {name: value for name, value in what.args.items() if name in texts and isinstance(value, str)}
