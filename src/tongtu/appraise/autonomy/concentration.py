"""How concentrated each item's supply is, by supplier or by jurisdiction, exact between what is known of the shares.

The Herfindahl–Hirschman index Σ s² lies in [1/n, 1]; its inverse is the number of equal suppliers that would be as
concentrated. Published shares are rounded, given as ranges, or do not add up to one; so beside the index of the
shares as printed stand the smallest and the largest that any truth within them can have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from tongtu.appraise.autonomy.asked import one_of, within
from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.states import KINDS, By

_SCHEMA = {
    "item": pl.String, "hhi": pl.Float64, "hhi_normalised": pl.Float64, "hhi_low": pl.Float64, "hhi_high": pl.Float64,
    "effective": pl.Float64, "largest": pl.String, "share": pl.Float64, "share_low": pl.Float64,
    "share_high": pl.Float64, "single": pl.Boolean, "n": pl.Int64, "stated": pl.Float64,
}  # fmt: skip
#: steps of the exact search; beyond them its bound is given, which is an outer one
_STEPS = 20_000
_DIGITS = 12
_EPS = 1e-12


def concentration(graph: SupplyGraph, *, by: By = "jurisdiction", single: float = 0.7) -> pl.DataFrame:
    """By item with suppliers: the columns of `_SCHEMA`.

    hhi: of the shares as printed (null while one, or the jurisdiction of one, is unknown); hhi_normalised: of the
    shares divided by their sum `stated`; hhi_low and hhi_high: over every truth within the bounds whose shares add up
    to one. What is attributed to nobody may be spread so thin that it adds nothing, or belong to one holder: an
    unnamed supplier, or, by jurisdiction, any place, also a named one. effective: 1 / hhi_normalised. largest, share
    and its bounds: the largest holder (first id on a tie). single: whether one holds at least `single`; null where the
    bounds leave it open. n: named holders.

    0.7 is an argument, not a norm: the EU Parliament's research service counts choke points from 0.65 (2022).
    """
    one_of(KINDS, by=by)
    within(0.0, 1.0, single=single)
    rows = graph.supplies.with_columns(
        pl.coalesce("share_low", "share", pl.lit(0.0)).alias("low"),
        pl.coalesce("share_high", "share").alias("high"),
    )
    # holders that nobody has placed are kept apart: each may sit in a place of its own
    apart = pl.when(pl.col(by).is_null()).then(pl.col("supplier")).alias("apart")
    held = rows.group_by("item", pl.col(by).alias("holder"), apart).agg(
        pl.when(pl.col("share").is_not_null().all()).then(pl.col("share").sum()).alias("share"),
        pl.col("low").sum(),
        pl.when(pl.col("high").is_not_null().all()).then(pl.col("high").sum()).alias("high"),
    )
    lists = (
        held.sort("item", "holder", "apart", nulls_last=True)
        .group_by("item", maintain_order=True)
        .agg("holder", "share", "low", "high")
    )
    made = [_measured(*row, firms=by == "supplier", single=single) for row in lists.iter_rows()]
    return pl.DataFrame(made, schema=_SCHEMA, orient="row")


def _measured(
    item: str,
    holders: Sequence[str | None],
    shares: Sequence[float | None],
    low: Sequence[float],
    high: Sequence[float | None],
    *,
    firms: bool,
    single: float,
) -> tuple[Any, ...]:
    named = [k for k, holder in enumerate(holders) if holder is not None]
    stated = sum(s for s in shares if s is not None)
    whole = None if len(named) < len(holders) or None in shares else sum(s * s for s in shares if s is not None)
    normal = whole / stated**2 if whole is not None and stated > 0 else None
    most = max(1.0, sum(low))
    least = [x / most for x in low]
    rest = max(0.0, 1.0 - sum(least))
    tops = [min(x + rest, _or(h, 1.0) / most) for x, h in zip(least, high, strict=True)]
    bounds = [sum(x * x for x in least), _highest(least, tops, named, firms)]
    if whole is not None:  # as printed, shares may add up to a little more than one
        bounds = [min(bounds[0], whole), max(bounds[1], whole)]
    best = max(named, key=lambda k: (_or(shares[k], (low[k] + _or(high[k], 1.0)) / 2), -k), default=None)
    leader: tuple[Any, ...] = (None, None, 0.0, rest)
    if best is not None:
        leader = (holders[best], shares[best], low[best], _or(high[best], min(1.0, low[best] + rest)))
    surely = max((low[k] for k in named), default=0.0) >= single - _EPS
    possibly = max([rest, *(tops[k] if firms else least[k] + rest for k in named)]) >= single - _EPS
    return (
        item, _round(whole), _round(normal), _round(bounds[0]), _round(bounds[1]),
        _round(1.0 / normal) if normal else None, *leader, True if surely else None if possibly else False,
        len(named), _round(stated),
    )  # fmt: skip


def _highest(low: list[float], high: list[float], named: list[int], firms: bool) -> float:
    """Largest Σ x² of shares within bounds that add up to one, the rest in one pair of hands."""
    if firms:
        return largest_squares([*low, 0.0], [*high, 1.0])
    lows, highs = [low[k] for k in named], [high[k] for k in named]
    joined = [largest_squares(lows, [*highs[:k], 1.0, *highs[k + 1 :]]) for k in range(len(named))]
    return max(joined, default=1.0)


def largest_squares(low: Sequence[float], high: Sequence[float]) -> float:
    """Largest Σ x² with low ≤ x ≤ high and Σ x = 1, for bounds that leave room for it.

    A convex function is largest at a corner: all shares but one stand on a bound. For each share that may stand
    between, the others are searched by branch and bound; the bound lets gains grow along their chords, which never
    lie below. After a number of steps that bound is given instead of the maximum.
    """
    left = max(0.0, 1.0 - sum(low))
    base = sum(x * x for x in low)
    width = [min(h - x, left) for x, h in zip(low, high, strict=True)]
    order = sorted(range(len(low)), key=lambda k: (-(2 * low[k] + width[k]), k))
    order = [k for k in order if width[k] > _EPS]
    if left <= _EPS or not order:
        return base
    search = _Search([low[k] for k in order], [width[k] for k in order], left)
    return base + search.best()


class _Search:
    def __init__(self, low: list[float], width: list[float], left: float) -> None:
        self.low, self.width, self.left = low, width, left
        self.found = 0.0
        self.steps = 0

    def best(self) -> float:
        for between in range(len(self.low)):
            self._fill(0, between, self.left, 0.0)
        return self.found if self.steps <= _STEPS else self._chord(0, -1, self.left)

    def _gain(self, k: int, much: float) -> float:
        return much * (2 * self.low[k] + much)

    def _chord(self, k: int, skip: int, left: float) -> float:
        gain = 0.0
        for j in range(k, len(self.low)):
            if j != skip and left > 0:
                much = min(left, self.width[j])
                gain += much * (2 * self.low[j] + self.width[j])
                left -= much
        return gain

    def _fill(self, k: int, between: int, left: float, value: float) -> None:
        """Shares from k on are filled or not; the one `between` takes what is left at the end."""
        self.steps += 1
        if left <= self.width[between] + _EPS:
            self.found = max(self.found, value + self._gain(between, max(0.0, left)))
        if k == len(self.low) or left <= _EPS or self.steps > _STEPS:
            return
        if value + self._chord(k, between, left) + self._gain(between, self.width[between]) <= self.found + _EPS:
            return
        if k != between and self.width[k] <= left + _EPS:
            self._fill(k + 1, between, left - self.width[k], value + self._gain(k, self.width[k]))
        self._fill(k + 1, between, left, value)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _round(value: float | None) -> float | None:
    return None if value is None else round(min(value, 1.0) if value <= 1.0 + _EPS else value, _DIGITS)
