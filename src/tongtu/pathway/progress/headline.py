"""The figures at the top: outcomes, counted by year; and apart from them what is merely activity. Goals, projected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from tongtu.lifetimes import poisson_rate
from tongtu.pathway.progress.grouping import COVERAGE, Row, figure, frame, why
from tongtu.pathway.progress.outcomes import OUTCOMES, reached
from tongtu.pathway.progress.visits import known
from tongtu.terms.why import Ratio

#: what people do, whether or not anything comes of it
ACTIVITY = {"met": "met", "offered": "offered", "submitted": "submitted"}
HEADLINE = {"measure": pl.String(), "outcome": pl.Boolean(), "year": pl.Int64(), "n": pl.Int64(),
            "years": pl.Float64(), "rate": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
            "why": pl.String()}  # fmt: skip
PROJECTED = {"goal": pl.String(), "measure": pl.String(), "target": pl.Float64(), "deadline": pl.Date(),
             "now": pl.Float64(), "value": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
             "chance": pl.Float64(), "why": pl.String()}  # fmt: skip
#: a trend needs so many events, or so many yearly values
_LEAST_EVENTS, _LEAST_YEARS = 3, 4
_WINDOW = 3  # years back that a rate is taken from
_DRAWN = 4001  # points of the predictive law


def headline(
    events: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, known_at: date | None = None,
    stages: Mapping[str, str] | None = None, coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`HEADLINE`: each measure in each year since the first case, with the yearly rate and its interval (Garwood: what
    another such year might bring). `outcome`: a line in production, a first order, a repeat order, counted once for a
    case. Everything else (cases opened, meetings, offers, papers handed in) is activity. The current year counts for
    the part of it that has passed.
    """
    log = known(events, as_of, known_at)
    opened = cases.filter(pl.col("opened") <= as_of)
    done = reached(log, stages)
    dates: list[tuple[str, bool, pl.Series]] = [
        (name, True, done.filter(pl.col("outcome") == name)["on"]) for name in OUTCOMES
    ]
    dates.append(("opened", False, opened["opened"]))
    dates += [(name, False, log.filter(pl.col("kind") == kind)["on"]) for kind, name in ACTIVITY.items()]
    first = min((one.year for _, _, days in dates for one in [days.min()] if isinstance(one, date)), default=as_of.year)
    rows: list[Row] = []
    for name, outcome, days in dates:
        by_year = days.dt.year().value_counts().rows()
        counts = dict(by_year)
        for year in range(first, as_of.year + 1):
            n, span = int(counts.get(year, 0)), _part(year, as_of)
            ends = poisson_rate(n, span, coverage)
            rows.append({
                "measure": name, "outcome": outcome, "year": year, "n": n, "years": span, "rate": n / span,
                "low": figure(ends.low), "high": figure(ends.high),
                "why": why("counted" if outcome else "activity", n=n, year=year, coverage=Ratio(coverage)),
            })  # fmt: skip
    return frame(rows, HEADLINE)


def _part(year: int, as_of: date) -> float:
    if year < as_of.year:
        return 1.0
    return ((as_of - date(year, 1, 1)).days + 1) / 365.25


def projected(
    goals: pl.DataFrame, counts: Mapping[str, pl.Series], values: Mapping[str, pl.DataFrame], *, as_of: date,
    coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`PROJECTED`: what each goal's measure will be at its deadline if things go on as they have.

    `counts`: for a measure that counts, the dates of what is counted (a goal's baseline counts besides, from its day
    on). The number until then is drawn from the predictive law of a Poisson rate (gamma-Poisson, Jeffreys' prior) over
    the last three years. `values`: for a measure that is read each year, a frame year, value: a straight line with its
    prediction interval. `chance` that the target is reached; null, with the reason, where nothing can be said.
    """
    return frame([_goal(row, counts, values, as_of, coverage) for row in goals.sort("goal").iter_rows(named=True)],
                 PROJECTED)  # fmt: skip


def _goal(
    row: Row, counts: Mapping[str, pl.Series], values: Mapping[str, pl.DataFrame], as_of: date, coverage: float
) -> Row:  # fmt: skip
    told: Row = {name: row[name] for name in ("goal", "measure", "target", "deadline")}
    measure = row["measure"]
    if row["target"] is None or measure == "qualitative":
        return told | {"why": why("goal-in-words")}
    if row["deadline"] is None:
        return told | {"why": why("goal-without-deadline")}
    if measure in counts:
        return told | _counted(row, counts[measure], as_of, coverage)
    if measure in values:
        return told | _line(row, values[measure], as_of, coverage)
    return told | {"why": why("goal-not-measured")}


def _counted(row: Row, days: pl.Series, as_of: date, coverage: float) -> Row:
    base, since = row["baseline"] or 0.0, row["baseline_on"]
    mine = days.drop_nulls().filter(days.drop_nulls() <= as_of)
    now = float(base) + float((mine > since).sum() if since else len(mine))
    if row["deadline"] <= as_of:
        return {"now": now, "value": now, "chance": float(now >= row["target"]), "why": why("goal-past", now=now)}
    first = mine.min()
    start = max(as_of - timedelta(days=round(_WINDOW * 365.25)), first) if isinstance(first, date) else as_of
    recent, years = int((mine > start).sum()), (as_of - start).days / 365.25
    if recent < _LEAST_EVENTS or years <= 0:
        return {"now": now, "why": why("goal-too-few", n=recent, least=_LEAST_EVENTS)}
    ahead = (row["deadline"] - as_of).days / 365.25
    more = predictive(recent, years, ahead)
    tail = (1 - coverage) / 2
    low, value, high = (now + float(np.searchsorted(np.cumsum(more), q)) for q in (tail, 0.5, 1 - tail))
    needed = int(np.ceil(row["target"] - now))
    chance = 1.0 if needed <= 0 else float(max(1 - more[:needed].sum(), 0.0))
    return {"now": now, "value": value, "low": low, "high": high, "chance": chance,
            "why": why("goal-rate", n=recent, years=round(years, 1), coverage=Ratio(coverage))}  # fmt: skip


def predictive(n: int, years: float, ahead: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """[count] Chance of each number of further events in `ahead` years, after `n` in `years`: negative binomial."""
    from scipy.special import gammaln  # type: ignore[import-untyped]

    k, shape, p = np.arange(_DRAWN), n + 0.5, years / (years + ahead)
    log = gammaln(k + shape) - gammaln(shape) - gammaln(k + 1) + shape * np.log(p) + k * np.log1p(-p)
    return np.asarray(np.exp(log), np.float64)


def _line(row: Row, told: pl.DataFrame, as_of: date, coverage: float) -> Row:
    mine = told.drop_nulls(["year", "value"]).filter(pl.col("year") <= as_of.year).sort("year")
    n = mine.height
    now = float(mine["value"][-1]) if n else None
    there = mine.filter(pl.col("year") == row["deadline"].year)["value"].to_list()
    if row["deadline"] <= as_of and there:
        return {"now": now, "value": there[0], "chance": float(there[0] >= row["target"]),
                "why": why("goal-past", now=Ratio(there[0]) if row["unit"] == "ratio" else there[0])}  # fmt: skip
    if n < _LEAST_YEARS:
        return {"now": now, "why": why("goal-too-few-years", n=n, least=_LEAST_YEARS)}
    from scipy.special import stdtr, stdtrit

    x, y = mine["year"].to_numpy().astype(float), mine["value"].to_numpy()
    middle, spread = x.mean(), float(((x - x.mean()) ** 2).sum())
    slope = float(((x - middle) * (y - y.mean())).sum() / spread)
    at = row["deadline"].year - middle
    value = float(y.mean() + slope * at)
    rest = y - y.mean() - slope * (x - middle)
    error = float(np.sqrt((rest**2).sum() / (n - 2) * (1 + 1 / n + at**2 / spread)))
    reach = float(stdtrit(n - 2, (1 + coverage) / 2)) * error
    chance = float(stdtr(n - 2, (value - row["target"]) / error)) if error else float(value >= row["target"])
    return {"now": now, "value": value, "low": value - reach, "high": value + reach, "chance": chance,
            "why": why("goal-line", n=n, coverage=Ratio(coverage))}  # fmt: skip
