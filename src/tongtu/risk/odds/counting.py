"""Which stage results were known on a day, and how long each was followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

#: how a case leaves a stage; what is none of these is still there
RESULTS = ("passed", "failed", "withdrawn")
OPEN = len(RESULTS)


def known(outcomes: pl.DataFrame, as_of: date, keys: Sequence[str] = ()) -> pl.DataFrame:
    """outcome, stage, direction, `keys`, days (followed), result (0 passed, 1 failed, 2 withdrawn, 3 open), dated.

    What was entered or recorded later is not there, a corrected record counts as it stood last, and a case that left
    after the day is still open. A result without its date is put at the median time of its stage's dated results.
    """
    rows = outcomes.filter(
        pl.col("entered") <= as_of, pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= as_of)
    )
    rows = rows.sort("outcome", "recorded_at", nulls_last=False).unique("outcome", keep="last")
    closed = pl.col("result").is_in(RESULTS) & (pl.col("left").is_null() | (pl.col("left") <= as_of))
    until = pl.min_horizontal(pl.coalesce("left", pl.lit(as_of)), pl.lit(as_of))
    dated = pl.col("left").is_not_null() | ~closed
    followed = (until - pl.col("entered")).dt.total_days().clip(lower_bound=0).cast(pl.Float64)
    codes = {name: code for code, name in enumerate(RESULTS)}
    result = pl.when(closed).then(pl.col("result").replace_strict(codes, default=OPEN, return_dtype=pl.Int8))
    return (
        rows.select(
            "outcome", "stage", "direction", *(name for name in keys if name != "direction"),
            days=pl.when(dated).then(followed), result=result.otherwise(pl.lit(OPEN, pl.Int8)), dated=dated,
        )
        .with_columns(pl.col("days").fill_null(pl.col("days").filter(pl.col("result") < OPEN).median().over("stage")))
        .with_columns(pl.col("days").fill_null(0.0))
        .sort("stage", "direction", "outcome", nulls_last=True)
    )  # fmt: skip
