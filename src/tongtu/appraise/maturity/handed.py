"""Readings that other engines hand in, so that one proof serves several appraisals: frames of `standing.GIVEN`."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.appraise.maturity.scale import MaturityScale, maturity_scale
from tongtu.appraise.maturity.standing import GIVEN, subjects

_SUPPLY_CHAIN = "supply_chain"
#: what a level of a checklist weighs as
_GRADES = {"supported": "E1", "verified": "E2"}


def supply_readings(autonomy: pl.DataFrame, as_of: date, *, scale: MaturityScale | None = None) -> pl.DataFrame:
    """The autonomy of a case's item as a reading of its supply chain.

    `autonomy` needs `case`, `item`, `low`: what is surely one's own counts, by the thresholds of the scale (ours).
    Where the lower end is unknown or reaches no level nothing is said.
    """
    scale = scale or maturity_scale()
    reached = pl.sum_horizontal(pl.col("low") >= threshold for threshold in scale.supply).cast(pl.Int64)
    rows = autonomy.drop_nulls("low").with_columns(level=reached).filter(pl.col("level") > 0)
    told = rows.with_columns(
        dimension=pl.lit(_SUPPLY_CHAIN), grade=pl.lit(scale.supply_grade), source="item", on=pl.lit(as_of)
    )
    return _given(told)


def readiness_readings(
    cases: pl.DataFrame, standing: pl.DataFrame, *, scale: MaturityScale | None = None
) -> pl.DataFrame:
    """What the answers to checklists show, as readings of the dimensions their scales speak of.

    `standing`: the readiness room's frame of that name. A supported level weighs as a document, a verified one as a
    third party's test; levels that were only said as such are read from the assessments themselves, not from here.
    """
    scale = scale or maturity_scale()
    spoken = {d.scale: d.code for d in scale.dimensions if d.scale}
    answered = standing.filter(pl.col("scale").is_in(list(spoken)), pl.col("answered") > 0)
    rows = subjects(cases).join(answered, on=["subject_kind", "subject"]).with_columns(
        dimension=pl.col("scale").replace_strict(spoken, return_dtype=pl.String),
        source=pl.format("{}:{}", "subject", "scale"),
    )  # fmt: skip
    parts = [rows.with_columns(level=pl.col(name), grade=pl.lit(grade)) for name, grade in _GRADES.items()]
    return _given(pl.concat([part.filter(pl.col("level") > 0) for part in parts]))


def _given(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in GIVEN.items()).sort(
        "case", "dimension", "source", "grade"
    )
