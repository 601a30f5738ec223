"""How long something takes when many are still waiting: the Kaplan–Meier estimate.

    S(t) = Π over event times s ≤ t of (1 - d(s) / n(s))      d answered at s, n still waiting just before

A need that is still waiting, or closed unanswered, is censored: it counts as long as it waited. At one time events
come before censorings. The median is the first time at which S is at most one half; its interval is Brookmeyer and
Crowley's (1982) with the log-minus-log transformation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import polars as pl

LEAST = 5  # answered and waiting together, below which nothing is said (ours)
_NORMAL = 1.959964
_EQUAL = 1e-12

#: one row for each time at which something was answered
CURVE = {
    "time": pl.Float64, "waiting": pl.Int64, "answered": pl.Int64, "share": pl.Float64, "low": pl.Float64,
    "high": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Median:
    """`value` is null where more than half still wait (or too few were seen); `high` is null where it has no end."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    answered: int


def curve(times: Sequence[float], answered: Sequence[bool]) -> pl.DataFrame:
    """The share still waiting after each time: frame of `CURVE`; `low` and `high` at 95 %, null where undefined."""
    order = sorted(zip(times, answered, strict=True), key=lambda pair: pair[0])
    rows: list[tuple[float, int, int, float, float | None, float | None]] = []
    share, spread, waiting, k = 1.0, 0.0, len(order), 0
    while k < len(order):
        time, done, gone = order[k][0], 0, 0
        while k < len(order) and order[k][0] == time:
            done, gone, k = done + order[k][1], gone + 1, k + 1
        if done:
            share *= 1 - done / waiting
            spread += done / (waiting * (waiting - done)) if waiting > done else 0.0
            rows.append((time, waiting, done, share, *_limits(share, spread)))
        waiting -= gone
    return pl.DataFrame(rows, schema=CURVE, orient="row")


def median(times: Sequence[float], answered: Sequence[bool]) -> Median:
    """The median time until an answer."""
    n, done = len(times), sum(map(bool, answered))
    if n < LEAST:
        return Median(None, None, None, n, done)
    told = curve(times, answered)
    return Median(_first(told, "share"), _first(told, "low"), _first(told, "high"), n, done)


def _limits(share: float, spread: float) -> tuple[float | None, float | None]:
    """95 % limits of S by Greenwood's variance on the scale of log(-log S)."""
    if share <= _EQUAL or share >= 1:
        return None, None
    width = _NORMAL * sqrt(spread) / abs(log(share))
    return share ** exp(width), share ** exp(-width)


def _first(told: pl.DataFrame, column: str) -> float | None:
    """The first time at which a column is at most one half; past the last answer nothing is known."""
    # where S has come to 0 its limits are undefined, and it has passed one half whatever they are
    down = told.filter((pl.col(column) <= 0.5 + _EQUAL) | (pl.col("share") <= _EQUAL))
    return None if down.is_empty() else float(down["time"][0])
