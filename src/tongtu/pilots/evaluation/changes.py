"""The smallest change that lifts a platform, told in the rubric's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.pilots.evaluation.evaluate import Survey
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.sorting import Move

CHANGES: Mapping[str, Any] = {
    "platform": pl.String, "tier": pl.String, "goal": pl.String, "target": pl.String, "option": pl.Int64,
    "size": pl.Int64, "indicator": pl.String, "value": pl.Float64, "wanted": pl.Float64, "by": pl.Float64,
    "unit": pl.String, "how": pl.String, "why": pl.String,
}  # fmt: skip
#: no share can be more than whole, no answer more than yes
_BOUNDED = ("ratio", "bool")
_UNBOUNDED = "growth"


def moves(rubric: Rubric) -> dict[str, Move]:
    """Every scored indicator can change, on the scale of its profiles."""
    found = {}
    for indicator in rubric.scored:
        ends = list(indicator.at.values())
        scale = max(ends) - min(ends) or max(abs(end) for end in ends) or 1.0
        bounded = indicator.unit in _BOUNDED and indicator.figure != _UNBOUNDED and not indicator.falling
        step = 1.0 if indicator.unit == "bool" else None
        found[indicator.indicator] = Move(scale, step, max(1.0, *ends) if bounded else None)
    return found


def table(rubric: Rubric, found: Survey, smallest: pl.DataFrame) -> pl.DataFrame:
    """Columns as in `CHANGES`: `how` is `raise`, `show` (the figure is missing) or `prove` (what the platform states
    would do, had it evidence)."""
    names = {"category": "tier", "criterion": "indicator", "from": "value", "to": "wanted", "change": "by"}
    rows = smallest.rename(names).drop("relative", "total")
    stated = [
        frame.select("platform", pl.lit(name).alias("indicator"), "source", "declared")
        for name, frame in found.counted.items()
    ]
    if not stated:
        return pl.DataFrame(schema=CHANGES)
    units = {i.indicator: i.unit or None for i in rubric.indicators}
    falling = [i.indicator for i in rubric.indicators if i.falling]
    rows = rows.join(pl.concat(stated), on=["platform", "indicator"], how="left", maintain_order="left")
    less, more = pl.col("declared") <= pl.col("wanted"), pl.col("declared") >= pl.col("wanted")
    enough = pl.when(pl.col("indicator").is_in(falling)).then(less).otherwise(more)
    how = (
        pl.when(pl.col("indicator").is_null()).then(None)
        .when((pl.col("source") == "declared") & enough).then(pl.lit("prove"))
        .when(pl.col("value").is_null()).then(pl.lit("show"))
        .otherwise(pl.lit("raise"))
    )  # fmt: skip
    unit = pl.col("indicator").replace_strict(units, default=None, return_dtype=pl.String)
    return rows.with_columns(how=how, unit=unit).select(pl.col(name).cast(kind) for name, kind in CHANGES.items())
