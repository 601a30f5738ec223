"""Which of the figures known of a platform counts: contested before recorded, recorded before stated.

Every source has a certain end and an open one. Of the ledger the certain end is the lower (the upper, where less is
better); of a statement it is the statement up to its cap, and the open end is the statement itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.pilots.evaluation.rubric import Indicator, Rubric
from tongtu.registry import vocabularies

#: the certain and the open end of each source
_ENDS: Mapping[str, tuple[str, str]] = {
    "contested": ("_claim", "contested"),
    "ledger": ("shown", "_open"),
    "evidence": ("_said", "declared"),
    "declared": ("_said", "declared"),
}


def counted(rubric: Rubric, indicator: Indicator, frame: pl.DataFrame, disputed: pl.DataFrame) -> pl.DataFrame:
    """`frame` (platform, low, high, n, gap, declared, grade) with `source`, `value`, `shown` (what the ledger shows for
    certain), `unsure`, and low, high and grade of what counts; `contested` and `struck` as in `disputed`."""
    certain, open_ = ("high", "low") if indicator.falling else ("low", "high")
    mine = disputed.filter(pl.col("indicator") == indicator.indicator).drop("indicator")
    frame = frame.join(mine, on="platform", how="left", maintain_order="left")
    caps = {grade: rubric.cap(indicator, grade) for grade in (None, *vocabularies()["evidence_grade"])}
    worse = pl.max_horizontal if indicator.falling else pl.min_horizontal  # a null cap is no cap
    proved = pl.when(pl.col("contested_grade").is_not_null()).then(_cap("contested_grade", caps))
    frame = frame.with_columns(
        shown=certain,
        _open=open_,
        _said=worse("declared", _cap("grade", caps)),
        _claim=worse("contested", proved),
    ).with_columns(source=_source(_cap("grade", caps)))
    value, other = (_chosen({source: ends[n] for source, ends in _ENDS.items()}) for n in (0, 1))
    grade = _chosen({"contested": "contested_grade", "evidence": "grade", "declared": "grade"})
    frame = frame.with_columns(value=value, _other=other, grade=grade)
    ends = {certain: pl.col("value"), open_: pl.col("_other")}
    unsure = pl.col("value").ne_missing(pl.col("_other"))
    return frame.with_columns(**ends, unsure=unsure).drop("_said", "_claim", "_open", "_other")


def _source(cap: pl.Expr) -> pl.Expr:
    uncapped = cap.is_null() & pl.col("grade").is_not_null()
    return (
        pl.when(pl.col("struck").fill_null(False)).then(pl.lit(None, pl.String))
        .when(pl.col("contested").is_not_null()).then(pl.lit("contested"))
        .when(pl.col("shown").is_not_null()).then(pl.lit("ledger"))
        .when(pl.col("declared").is_null()).then(pl.lit(None, pl.String))
        .when(uncapped).then(pl.lit("evidence"))
        .otherwise(pl.lit("declared"))
    )  # fmt: skip


def _cap(grade: str, caps: Mapping[str | None, float | None]) -> pl.Expr:
    """The cap by the grade in a column; null where a value counts in full."""
    found: Any = pl.when(pl.col(grade).is_null()).then(pl.lit(caps[None], pl.Float64))
    for name, cap in caps.items():
        if name is not None:
            found = found.when(pl.col(grade) == name).then(pl.lit(cap, pl.Float64))
    chosen: pl.Expr = found
    return chosen


def _chosen(columns: Mapping[str, str]) -> pl.Expr:
    """The column that the row's source names."""
    found: Any = pl
    for source, column in columns.items():
        found = found.when(pl.col("source") == source).then(pl.col(column))
    chosen: pl.Expr = found
    return chosen
