"""Past results as multipliers: what stages passed by a day really cost and took, over what was planned."""

from __future__ import annotations

from datetime import date

import polars as pl


def multipliers(outcomes: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """`outcome, case, stage, direction, cost, days` of stages passed by `as_of` and recorded by then, by outcome.

    `cost` and `days` are actual / planned, null where they cannot be told. Days run from entering to leaving.
    """
    known = outcomes.filter(
        pl.col("result") == "passed",
        pl.col("left") <= as_of,
        pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= as_of),
    ).sort("outcome", "recorded_at", nulls_last=False)
    took = (pl.col("left") - pl.col("entered")).dt.total_days()
    ratios = known.unique("outcome", keep="last", maintain_order=True).select(
        "outcome", "case", "stage", "direction",
        cost=pl.col("cost_actual") / pl.col("cost_planned"),
        days=took / pl.col("days_planned"),
    )  # fmt: skip
    usable = (pl.when(pl.col(c).is_finite() & (pl.col(c) > 0)).then(pl.col(c)).alias(c) for c in ("cost", "days"))
    return ratios.with_columns(*usable)
