"""Points as intervals, ranks with ties, and what became of a project between two rankings."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl

Move = Literal["rises", "falls", "holds", "open"]
#: points that differ by less are the same points
_TIE = 1e-9


def ranked(points: pl.DataFrame) -> pl.DataFrame:
    """`points` (project, low, high) with `best` and `worst`: the ranks it can have. Equal points share a rank, and the
    next rank counts them all."""
    low, high = points["low"].to_numpy(), points["high"].to_numpy()
    lows, highs = np.sort(low), np.sort(high)
    ahead = len(low) - np.searchsorted(lows, high + _TIE, side="right")
    perhaps = len(high) - np.searchsorted(highs, low + _TIE, side="right") - (high > low + _TIE)
    return points.with_columns(best=pl.Series(ahead + 1, dtype=pl.Int64), worst=pl.Series(perhaps + 1, dtype=pl.Int64))


def moved() -> pl.Expr:
    """Which way a project went, from `old_best … new_worst`; `open` where the ranks it can have overlap."""
    exact = (pl.col("old_best") == pl.col("old_worst")) & (pl.col("new_best") == pl.col("new_worst"))
    return (
        pl.when(pl.col("new_worst") < pl.col("old_best")).then(pl.lit("rises"))
        .when(pl.col("new_best") > pl.col("old_worst")).then(pl.lit("falls"))
        .when(exact).then(pl.lit("holds"))
        .otherwise(pl.lit("open"))
    )  # fmt: skip
