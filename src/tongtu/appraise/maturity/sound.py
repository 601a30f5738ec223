"""Readings that no scale can hold are refused, all of them at once."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from tongtu.appraise.maturity.scale import MaturityScale
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

#: faults told of one kind; the rest are counted by their number
_MOST = 20


def refuse_unsound(registry: Registry, scale: MaturityScale, given: pl.DataFrame | None) -> None:
    """Raises DataRefused, naming each reading of an unknown dimension or grade, or of a level outside its scale."""
    evidence = registry["evidence"].select(id="evidence", dimension="dimension", level="level", grade="grade")
    found = list(_faults(evidence, scale, "evidence"))
    if given is not None:
        rows = given.select(id=pl.coalesce("source", "case"), dimension="dimension", level="level", grade="grade")
        found += _faults(rows, scale, "given")
    if found:
        raise DataRefused(found)


def _faults(rows: pl.DataFrame, scale: MaturityScale, sheet: str) -> Iterator[Fault]:
    highest = max(d.top for d in scale.dimensions)
    codes = [d.code for d in scale.dimensions]
    wrong = {
        "dimension": pl.col("dimension").is_in(codes).not_(),
        "grade": pl.col("grade").is_in(list(scale.caps)).not_(),
        "level": pl.col("level").is_between(1, highest).not_(),
    }
    spoken = pl.col("dimension").is_not_null() & pl.col("level").is_not_null()
    bad = rows.filter(spoken & pl.any_horizontal(test.fill_null(True) for test in wrong.values()))
    if bad.is_empty():
        return
    known = {"dimension": tuple(codes), "grade": tuple(scale.caps), "level": (1, highest)}
    for column, test in wrong.items():
        for row in bad.filter(spoken & test.fill_null(True)).sort("id").head(_MOST).iter_rows(named=True):
            value = "" if row[column] is None else str(row[column])
            args = {"id": row["id"], "value": value, "known": known[column]}
            what = Why(f"appraise_maturity.bad-{column}", args)
            yield Fault(
                what, Why(f"appraise_maturity.bad-{column}-repair", args), sheet=sheet, column=column, value=value
            )
