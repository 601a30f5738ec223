"""How good a score is: as an order (nDCG, recall) and as a probability (calibration error, Brier, log loss).

Intervals come from drawing whole questions again (bootstrap, Efron 1979): pairs of one question are not independent.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.match.learning.judged import USEFUL_FROM, Floats, Ints
from tongtu.match.learning.model import Figure

_DRAWS = 500
_TAILS = (2.5, 97.5)
_LEAST = 1e-12
BINS = 15

RELIABILITY = pl.Schema({
    "bin": pl.Int64, "pairs": pl.Int64, "low": pl.Float64, "high": pl.Float64,
    "predicted": pl.Float64, "observed": pl.Float64,
})  # fmt: skip


def ndcg(ranked: pl.DataFrame, by: str = "score", at: int = 10) -> pl.DataFrame:
    """question, ndcg: normalised discounted cumulative gain of the first `at` (Järvelin & Kekäläinen 2002).

    `ranked`: question, useful (the gain, as it stands), and the column `by`, best first, null last. Equal values share
    the discounts of the places they take (McSherry & Najork 2008), so the figure owes nothing to the order of rows.
    Questions without any useful degree above 0 have nothing to find and are left out.
    """
    place = pl.col(by).rank("ordinal", descending=True).over("question")
    discount = pl.when(pl.col("place") <= at).then(1 / (pl.col("place") + 1).log(2)).otherwise(0.0)
    known = ranked.select("question", pl.col("useful").cast(pl.Float64), pl.col(by).fill_null(float("-inf")).alias(by))
    best = pl.col("useful").rank("ordinal", descending=True).over("question")
    ideal = pl.when(best <= at).then(pl.col("useful") / (best + 1).log(2)).otherwise(0.0)
    shared = known.with_columns(place=place, ideal=ideal)
    shared = shared.with_columns(gain=pl.col("useful") * discount.mean().over("question", by))
    sums = shared.group_by("question").agg(pl.col("gain").sum(), pl.col("ideal").sum()).filter(pl.col("ideal") > 0)
    return sums.select("question", ndcg=pl.col("gain") / pl.col("ideal")).sort("question")


def recall(ranked: pl.DataFrame, by: str = "score", at: int = 100) -> pl.DataFrame:
    """question, recall: the share of its useful pairs that stand among the first `at`; ties share their places."""
    known = ranked.select("question", y=pl.col("useful") >= USEFUL_FROM, s=pl.col(by).fill_null(float("-inf")))
    place = pl.col("s").rank("ordinal", descending=True).over("question")
    found = known.with_columns(within=(place <= at).cast(pl.Float64))
    found = found.with_columns(within=pl.col("within").mean().over("question", "s"))
    sums = found.group_by("question").agg(n=pl.col("y").sum(), got=pl.col("within").filter("y").sum())
    return sums.filter(pl.col("n") > 0).select("question", recall=pl.col("got") / pl.col("n")).sort("question")


def brier(p: Floats, y: Floats) -> float:
    """Mean squared distance (Brier 1950)."""
    return float(np.mean((p - y) ** 2))


def log_loss(p: Floats, y: Floats) -> float:
    """Mean −log of the probability given to what happened."""
    return float(losses(p, y).mean())


def losses(p: Floats, y: Floats) -> Floats:
    """−log of the probability given to what happened, by pair."""
    return np.asarray(-np.log(np.where(y > 0, p, 1 - p).clip(_LEAST)))


def ece(p: Floats, y: Floats, bins: int = BINS) -> float:
    """Expected calibration error: mean |observed − predicted| over bins of equally many pairs.

    Equal mass rather than equal width (Nguyen & O'Connor 2015): most pairs of a market are poor, and equal
    width would put nearly all of them into one bin. Few pairs make the error look larger than it is, never smaller.
    """
    where = _bins(p, bins)
    gaps = np.bincount(where, weights=p - y)
    return float(np.abs(gaps).sum() / p.size)


def reliability(p: Floats, y: Floats, bins: int = BINS) -> pl.DataFrame:
    """What was predicted beside what was observed, bin by bin: frame of `RELIABILITY`, the lowest first."""
    frame = pl.DataFrame({"bin": _bins(p, bins), "p": p, "y": y})
    return (
        frame.group_by("bin")
        .agg(pairs=pl.len(), low=pl.col("p").min(), high=pl.col("p").max(), predicted=pl.col("p").mean(),
             observed=pl.col("y").mean())
        .sort("bin").cast(RELIABILITY)
    )  # fmt: skip


def mean_of(values: Floats, seed: int) -> Figure:
    """The mean of one value a question, with its interval."""
    counts = _draws(values.size, seed)
    return _figure(float(values.mean()), counts @ values / values.size)


def by_pair(question: Ints, p: Floats, y: Floats, seed: int) -> dict[str, Figure]:
    """`ece`, `brier`, `log_loss` with intervals; bins stay as they are from draw to draw."""
    _, of = np.unique(question, return_inverse=True)
    size = np.bincount(of).astype(float)
    counts = _draws(size.size, seed)
    pairs = counts @ size

    def drawn(values: Floats) -> Floats:
        return np.asarray(counts @ np.bincount(of, weights=values) / pairs)

    where = _bins(p, BINS)
    gaps = [np.abs(drawn(np.where(where == b, p - y, 0.0))) for b in np.unique(where)]
    return {
        "ece": _figure(ece(p, y), np.sum(gaps, axis=0)),
        "brier": _figure(brier(p, y), drawn((p - y) ** 2)),
        "log_loss": _figure(log_loss(p, y), drawn(losses(p, y))),
    }


def _figure(value: float, draws: Floats) -> Figure:
    low, high = np.percentile(draws, _TAILS)
    return Figure(round(value, 6), round(float(low), 6), round(float(high), 6))


def _draws(questions: int, seed: int) -> Floats:
    """How often each question stands in each draw: draws × questions."""
    return np.random.default_rng(seed).multinomial(questions, np.full(questions, 1 / questions), _DRAWS).astype(float)


def _bins(p: Floats, bins: int) -> Ints:
    """Bins of equal mass; equal probabilities are never parted."""
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, p, side="left").astype(np.int64)
