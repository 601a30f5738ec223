"""Herfindahl–Hirschman indices of many groups at once, with what rounding and unnamed partners leave open.

Values lie in boxes. The index is quasi-convex in them, so its least value is where all are clipped to one level (found
by halving), and its greatest at corners: the large high and the small low, of which every split is tried. The greatest
is exact where all boxes are equally wide. What no partner is named for counts thin for the least and as the
largest partner's for the greatest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

_GROUP = ["product", "year"]
_HALVINGS = 44
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def concentrated(sums: pl.DataFrame, unnamed: Sequence[str]) -> pl.DataFrame:
    """sums: product, year, exporter, value, unknown (rows without a value), width (half the box).

    A row per product and year: total, unknown, width (summed), n (partners), hhi (of what partners are named for; null
    where a value is unknown), low, high, largest, largest_share (of the total), largest_value.
    """
    named = ~pl.col("exporter").is_in(list(unnamed))
    order = sums.with_columns(named=named).sort(
        [*_GROUP, "named", "value", "exporter"], descending=[False, False, True, True, False]
    )
    totals = order.group_by(_GROUP, maintain_order=True).agg(
        pl.col("value").sum().alias("total"), pl.col("unknown").sum(), pl.col("width").sum(),
        pl.col("value").filter(~pl.col("named")).sum().alias("rest"),
    )  # fmt: skip
    kept = order.filter(pl.col("named"))
    firsts = kept.group_by(_GROUP, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("n"), pl.col("exporter").first().alias("largest"),
        pl.col("value").first().alias("largest_value"),
    )  # fmt: skip
    found = totals.join(firsts, on=_GROUP, how="left", maintain_order="left")
    indexed = found.filter(pl.col("n").is_not_null())
    hhi, low, high = _indices(kept, indexed)
    figures = indexed.select(_GROUP).with_columns(
        pl.Series("hhi", hhi, pl.Float64), pl.Series("low", low, pl.Float64), pl.Series("high", high, pl.Float64)
    )
    found = found.join(figures, on=_GROUP, how="left", maintain_order="left")
    sure = pl.col("unknown") == 0
    return found.with_columns(
        pl.when(sure).then(pl.col("hhi").fill_nan(None)).alias("hhi"),
        pl.when(sure).then(pl.col("low").fill_nan(0.0).fill_null(0.0)).otherwise(0.0).alias("low"),
        pl.when(sure).then(pl.col("high").fill_nan(1.0).fill_null(1.0)).otherwise(1.0).alias("high"),
        pl.when(sure & (pl.col("total") > 0)).then(pl.col("largest_value") / pl.col("total")).alias("largest_share"),
        pl.col("n").fill_null(0),
    ).drop("rest")


def _indices(kept: pl.DataFrame, groups: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """The index and its ends for every group; rows stand group by group, the largest first."""
    if groups.is_empty():
        empty = np.empty(0)
        return empty, empty, empty
    counts = groups["n"].to_numpy()
    start = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    value, width = kept["value"].to_numpy(), kept["width"].to_numpy()
    rest = groups["rest"].to_numpy()
    low, high = np.maximum(value - width, 0.0), value + width
    with np.errstate(invalid="ignore", divide="ignore"):
        point = np.add.reduceat(value**2, start) / np.add.reduceat(value, start) ** 2
        if not width.any() and not rest.any():
            return point, point, point
        most = _greatest(low, high, start, counts, rest)
        least = _least(low, high, start, counts, rest)
    return point, np.minimum(least, point), np.maximum(most, point)


def _greatest(low: Floats, high: Floats, start: Ints, counts: Ints, rest: Floats) -> Floats:
    """The best split of each group into those at their high and those at their low end."""
    low, high = low.copy(), high.copy()
    low[start] += rest
    high[start] += rest
    group = np.repeat(np.arange(len(start)), counts)
    all_low, all_low2 = np.add.reduceat(low, start), np.add.reduceat(low**2, start)
    gain, gain2 = _running(high - low, start, group), _running(high**2 - low**2, start, group)
    split = (all_low2[group] + gain2) / (all_low[group] + gain) ** 2
    most: Floats = np.fmax(np.fmax.reduceat(split, start), all_low2 / all_low**2)
    return most


def _running(values: Floats, start: Ints, group: Ints) -> Floats:
    """Sums from the first of its group on."""
    total = np.cumsum(values)
    before = np.concatenate([[0.0], total])[start]
    running: Floats = total - before[group]
    return running


def _least(low: Floats, high: Floats, start: Ints, counts: Ints, rest: Floats) -> Floats:
    """All values as near to one level as their boxes allow: the level at which it equals their mean square per sum."""
    bottom, top = np.zeros(len(start)), np.maximum.reduceat(high, start)
    for _ in range(_HALVINGS):
        level = (bottom + top) / 2
        at = np.clip(np.repeat(level, counts), low, high)
        rising = np.add.reduceat(at**2, start) > level * (np.add.reduceat(at, start) + rest)
        bottom, top = np.where(rising, level, bottom), np.where(rising, top, level)
    at = np.clip(np.repeat(top, counts), low, high)
    found: Floats = np.add.reduceat(at**2, start) / (np.add.reduceat(at, start) + rest) ** 2
    return found
