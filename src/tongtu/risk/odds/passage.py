"""By when a case that enters one stage has come through another: the stages' times, one after the other.

A stage's clock starts when it is entered (semi-Markov), so the chance to have come through in t months is the
convolution of the stages' Aalen–Johansen shares along every way from here to there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.odds.beliefs import LEAST, few, label
from tongtu.risk.odds.competing import Curve, Worth, curve, passing
from tongtu.risk.odds.counting import known
from tongtu.risk.odds.graph import StageGraph
from tongtu.risk.odds.incidence import MONTH, interval
from tongtu.terms.why import Why

#: steps of a month
_STEPS = 4
_SCHEMA = {
    "stage": pl.String(), "months": pl.Int64(), "p": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "n_eff": pl.Float64(), "why": pl.String(),
}  # fmt: skip


def passage(
    outcomes: pl.DataFrame, *, as_of: date, start: str, graph: StageGraph | None = None,
    months: Sequence[int] = (12, 24, 36, 60), direction: str | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Of the cases that enter `start`, the share that has passed each later stage within so many months of that.

    stage, months (null: ever), p, low, high (80 %), n_eff, why. Results of `direction` alone, or of all. Failed and
    withdrawn cases never come through; times in different stages are taken as independent. The effective sample is
    the least of the stages on the way; `p` is null below 20, and all is null where a stage has no result or was not
    followed so long. Raises DataRefused for a start that is no stage.
    """
    graph = graph or StageGraph.line(list(vocabularies()["stage"]))
    records = known(outcomes, as_of)
    if direction is not None:
        records = records.filter(pl.col("direction") == direction)
    span = max(months, default=0)
    ahead = graph.from_(start)
    mass = {stage: np.zeros(span * _STEPS + 1) for stage in ahead}  # entering in each step
    mass[start][0] = 1.0
    ever, least = {stage: float(stage == start) for stage in ahead}, dict.fromkeys(ahead, np.inf)
    longest = dict.fromkeys(ahead, np.inf)
    rows = []
    for stage in ahead:
        here = records.filter(pl.col("stage") == stage)
        found = curve(here["days"].to_numpy(), here["result"].to_numpy().astype(np.int64))
        least[stage] = min(least[stage], passing(found).closed)
        longest[stage] = min(longest[stage], np.inf if found.told(np.inf) else _last(found) / MONTH)
        through = np.convolve(mass[stage], _steps(found, span))[: len(mass[stage])]
        whole = ever[stage] * float(found.at()[0])
        rows += [_row(start, stage, m, _by(through, m, whole), least[stage], longest[stage]) for m in (*months, None)]
        for after, share in graph.shares.get(stage, {}).items():
            mass[after] += share * through
            ever[after] += share * whole
            least[after], longest[after] = min(least[after], least[stage]), min(longest[after], longest[stage])
    return pl.DataFrame(rows, _SCHEMA, orient="row")


def _steps(found: Curve, span: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The share that passes in each quarter of a month since entry."""
    ends = (np.arange(span * _STEPS + 1) + 0.5) * MONTH / _STEPS
    shares = np.array([found.at(day)[0] for day in ends])
    return np.diff(shares, prepend=0.0)


def _last(found: Curve) -> float:
    return float(found.days[-1]) if len(found.days) else 0.0


def _by(through: np.ndarray[tuple[int], np.dtype[np.float64]], months: int | None, ever: float) -> float:
    return ever if months is None else float(through[: months * _STEPS + 1].sum())


def _row(start: str, stage: str, months: int | None, p: float, n: float, longest: float) -> tuple[object, ...]:
    told = {"start": label(start), "stage": label(stage)}
    seen = n > 0 and (months is None or months <= longest + 1 / _STEPS)
    worth = Worth(p * n, n) if seen else Worth(0.0, 0.0)
    low, high = interval(worth)
    parts = [few(n)] if n < LEAST else []
    if n > 0 and not seen:
        parts = [Why("risk_odds.not-followed", {"months": months})]
    code = "risk_odds.passage-ever" if months is None else "risk_odds.passage"
    why = Why(code, told if months is None else {**told, "months": months}, tuple(parts))
    return stage, months, p if seen and n >= LEAST else None, low, high, worth.closed, why.to_json()
