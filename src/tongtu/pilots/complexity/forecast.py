"""How well density foretold which advantages came: the back-test of relatedness on two periods of one table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.pilots.complexity.drawn import interval
from tongtu.pilots.complexity.measures import advantage, density, has, proximity
from tongtu.pilots.complexity.table import Bools, Floats, Table, read
from tongtu.terms.why import Why


@dataclass(frozen=True, slots=True)
class Backtest:
    """`auc`: the chance that of two pairs without advantage before, one with it after and one without, the one with it
    had the greater density before (ties count a half); None where there are not both. `low`, `high`: the central
    0.9 of 200 resamples of places. `entries`, `others`: how many pairs of each there are."""

    auc: float | None
    low: float | None
    high: float | None
    entries: int
    others: int
    why: Why


def backtest(before: pl.DataFrame, after: pl.DataFrame, threshold: float = 1.0, seed: int = 0) -> Backtest:
    """Both frames: place, product, value. Places and products that both have are compared; density leaves the product
    itself out, since it is not there yet. Raises DataRefused as `complexity` does."""
    first, last = _alike(read(before), read(after))
    had, came = (has(advantage(one), threshold) for one in (first, last))
    dense = density(had, proximity(had), itself=False)
    return judged(dense, came > 0, (had == 0) & np.isfinite(dense), seed)


def judged(dense: Floats, came: Bools, asked: Bools, seed: int) -> Backtest:
    """The test of densities (places × products) on the pairs `asked`, of which some `came`."""
    entries, others = int((came & asked).sum()), int((~came & asked).sum())
    if not entries or not others:
        return Backtest(None, None, None, entries, others, Why("pilots_complexity.backtest-none", {"n": entries}))
    place = np.nonzero(asked)[0]
    scores, hits = dense[asked], came[asked]
    draws = _draws(place, scores, hits, len(asked), seed)
    low, high = (float(end[0]) for end in interval(draws, 0.9))
    value = auc(scores, hits)
    args = {"value": round(value, 3), "low": round(low, 3), "high": round(high, 3), "n": entries, "others": others}
    return Backtest(value, low, high, entries, others, Why("pilots_complexity.backtest", args))


def auc(scores: Floats, hits: Bools, weights: Floats | None = None) -> float:
    """The area under the curve of Mann and Whitney, ties a half; NaN without hits or without others."""
    weight = np.ones(len(scores)) if weights is None else weights
    _, at = np.unique(scores, return_inverse=True)
    hit = np.bincount(at, weight * hits)
    other = np.bincount(at, weight * ~hits, minlength=len(hit))
    below = np.cumsum(other) - other
    total = hit.sum() * other.sum()
    return float((hit * (below + other / 2)).sum() / total) if total > 0 else float("nan")


def _draws(place: np.ndarray, scores: Floats, hits: Bools, places: int, seed: int, draws: int = 200) -> Floats:
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(places, np.full(places, 1.0 / places), size=draws).astype(np.float64)
    return np.array([[auc(scores, hits, one[place])] for one in weights])


def _alike(first: Table, last: Table) -> tuple[Floats, Floats]:
    """The values of both on the places and products they share."""
    sides = [sorted(set(a) & set(b)) for a, b in ((first.places, last.places), (first.products, last.products))]
    found = []
    for table in (first, last):
        rows, columns = ({name: i for i, name in enumerate(names)} for names in (table.places, table.products))
        at = np.ix_([rows[name] for name in sides[0]], [columns[name] for name in sides[1]])
        found.append(table.known[at])
    return found[0], found[1]
