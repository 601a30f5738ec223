"""How many cases came to each stage and what became of them; how long they stay; where time and cases pile up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from tongtu.lifetimes import poisson_rate, survival, wilson
from tongtu.lifetimes.special import two_sided
from tongtu.pathway.progress.grouping import (
    COVERAGE,
    LEAST,
    By,
    Row,
    coded,
    figure,
    frame,
    grouped,
    parts,
    spells,
    why,
)
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Ratio

_COUNT, _SHARE, _TEXT = pl.Int64(), pl.Float64(), pl.String()
_RESULTS = ("passed", "failed", "withdrawn", "censored")
FUNNEL = {"group": _TEXT, "at": _TEXT, "entered": _COUNT, "passed": _COUNT, "failed": _COUNT, "withdrawn": _COUNT,
          "open": _COUNT, "conversion": _SHARE, "low": _SHARE, "high": _SHARE, "why": _TEXT}  # fmt: skip
TIMES = {"group": _TEXT, "at": _TEXT, "n": _COUNT, "left": _COUNT, "open": _COUNT, "median": _SHARE, "low": _SHARE,
         "high": _SHARE, "lower": _SHARE, "upper": _SHARE, "why": _TEXT}  # fmt: skip
QUEUES = {"group": _TEXT, "at": _TEXT, "rank": _COUNT, "queue": _COUNT, "share": _SHARE, "low": _SHARE,
          "high": _SHARE, "days": _SHARE, "came": _COUNT, "went": _COUNT, "rate_low": _SHARE, "rate_high": _SHARE,
          "clears": _SHARE, "why": _TEXT}  # fmt: skip


def order(level: str, found: pl.Series) -> list[str]:
    """Phases and stages as they follow one another; stages of a pathway's own after those all share."""
    shared = list(vocabularies()["stage"])
    seen = set(found.drop_nulls().unique().to_list())
    return [at for at in shared if at in seen] + sorted(seen - set(shared))


def funnel(
    stays: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, by: By | None = None, level: str = "phase",
    coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`FUNNEL`: of the cases that came to a stage, how many passed, failed, withdrew or are in it still. `stays` may be
    the `spells` made of them.

    `conversion`: of those that have left, the share that passed, with Wilson's interval; null below `LEAST` that have
    left. Those still there are not counted as lost nor as won. A case sent back and come again counts once.
    """
    made = spells(stays, level, as_of)
    at = order(level, made["at"])
    rows: list[Row] = []
    for group, mine in _parts(made, cases, by):
        place, result = coded(mine["at"], at), coded(mine["result"], _RESULTS)
        tally = np.bincount(place * 4 + result, minlength=len(at) * 4).reshape(-1, 4)
        gone = tally[:, :3].sum(axis=1)
        low, high = wilson(tally[:, 0], gone, coverage)
        for i, name in enumerate(at):
            passed, failed, withdrawn, still = (int(n) for n in tally[i])
            if not tally[i].sum():
                continue
            told = gone[i] >= LEAST
            rows.append({
                "group": group, "at": name, "entered": int(tally[i].sum()), "passed": passed, "failed": failed,
                "withdrawn": withdrawn, "open": still,
                "conversion": passed / int(gone[i]) if told else None,
                "low": figure(low[i]) if told else None, "high": figure(high[i]) if told else None,
                "why": why("conversion", n=int(gone[i]), open=still, coverage=Ratio(coverage)) if told
                else why("too-few", n=int(gone[i]), least=LEAST),
            })  # fmt: skip
    return frame(rows, FUNNEL)


def _parts(made: pl.DataFrame, cases: pl.DataFrame, by: By | None) -> list[tuple[str | None, pl.DataFrame]]:
    if by is None:
        return [(None, made)]
    return parts(made.join(grouped(cases, by), on="case", how="left", maintain_order="left"), by)


def time_in_stage(
    stays: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, by: By | None = None, level: str = "phase",
    coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`TIMES`: days from first entry to last exit: median with its interval, and the quartiles `lower`, `upper`.
    `stays` may be the `spells` made of them.

    Kaplan-Meier over all that came: those still there count for the days they have been there. Leaving is leaving
    either way. Null where so many have not left while anybody was followed.
    """
    made = spells(stays, level, as_of)
    at = order(level, made["at"])
    rows: list[Row] = []
    for group, mine in _parts(made, cases, by):
        place, gone = coded(mine["at"], at), (mine["result"] != "censored").to_numpy()
        curves = survival(mine["days"].to_numpy().clip(0), gone, group=place, groups=len(at))
        median = curves.median(coverage)
        quarters = [curves.quantile(q, coverage).time for q in (0.25, 0.75)]
        left, n = curves.counted.events(), curves.counted.entered
        for i, name in enumerate(at):
            if not n[i]:
                continue
            told = left[i] >= LEAST
            ends = (median.time[i], median.low[i], median.high[i], quarters[0][i], quarters[1][i])
            values = [figure(value) if told else None for value in ends]
            rows.append({
                "group": group, "at": name, "n": int(n[i]), "left": int(left[i]), "open": int(n[i] - left[i]),
                **dict(zip(("median", "low", "high", "lower", "upper"), values, strict=True)),
                "why": _timed(int(n[i]), int(left[i]), values[0], coverage),
            })  # fmt: skip
    return frame(rows, TIMES)


def _timed(n: int, left: int, median: float | None, coverage: float) -> str:
    if left < LEAST:
        return why("too-few", n=left, least=LEAST)
    if median is None:
        return why("median-not-reached", n=n, open=n - left)
    return why("days-in-stage", n=n, open=n - left, coverage=Ratio(coverage))


def bottlenecks(
    stays: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, by: By | None = None, level: str = "phase",
    window: int = 365, coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`QUEUES`: of all days that cases spent in stages within the last `window` days, the share spent in each.

    `queue`: there now; `came`, `went` within the window, `rate_low`/`rate_high` the interval (Garwood) of how many go
    in a year; `clears`: years until those who are there have gone at the present rate (Little 1961). Ranked by the
    share; its interval takes cases as drawn independently (ratio estimator: Cochran 1977, section 6.4).
    """
    since = as_of - timedelta(days=window)
    made = spells(stays, level, as_of).with_columns(until=pl.col("left").fill_null(as_of))
    at = order(level, made["at"])
    rows: list[Row] = []
    for group, mine in _parts(made, cases, by):
        inside = mine.with_columns(
            spent=(pl.min_horizontal("until", pl.lit(as_of)) - pl.max_horizontal("entered", pl.lit(since)))
            .dt.total_days()
            .clip(0)
        )
        rows += _ranked(_queues(group, inside, at, since, window, coverage))
    return frame(rows, QUEUES)


def _queues(
    group: str | None, inside: pl.DataFrame, at: Sequence[str], since: date, window: int, coverage: float
) -> list[Row]:
    share, low, high = shares(inside["case"], coded(inside["at"], at), inside["spent"].to_numpy(), len(at), coverage)
    years = window / 365
    rows: list[Row] = []
    for i, name in enumerate(at):
        here = inside.filter(pl.col("at") == name)
        queue = int(here["left"].is_null().sum())
        came, went = int((here["entered"] > since).sum()), int((here["left"] > since).sum())
        rate = poisson_rate(went, years, coverage)
        days = float(here["spent"].sum())
        if here.is_empty():
            continue
        rows.append({
            "group": group, "at": name, "queue": queue, "share": figure(share[i]), "low": figure(low[i]),
            "high": figure(high[i]), "days": days, "came": came, "went": went, "rate_low": figure(rate.low),
            "rate_high": figure(rate.high), "clears": queue / (went / years) if went else None,
        })  # fmt: skip
    return rows


def _ranked(rows: list[Row]) -> list[Row]:
    """Most of the time first; ties in the order of stages. The reason says what makes the place: time, or a queue
    that grows."""
    placed = sorted(rows, key=lambda row: -(row["share"] or 0.0))
    for rank, row in enumerate(placed, start=1):
        code = "queue-grows" if row["came"] > row["went"] else "queue-holds"
        row["rank"] = rank
        part = None if row["share"] is None else Ratio(round(row["share"], 3))
        row["why"] = why(code, share=part, queue=row["queue"], came=row["came"], went=row["went"])
    return placed


def shares(
    case: pl.Series, place: np.ndarray, spent: np.ndarray, places: int, coverage: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """[place] Share of all that was spent, and its ends: cases are the units, so that one long case is one case."""
    of = case.rank("dense").cast(pl.Int64).to_numpy() - 1 if len(case) else np.zeros(0, np.int64)
    n = int(of.max()) + 1 if len(of) else 0
    total = float(spent.sum())
    if not total or n < LEAST:
        nothing = np.full(places, np.nan)
        spread = np.bincount(place, spent, places) / total if total else nothing
        return spread, nothing, nothing
    whole = np.bincount(of, spent, n)
    share = np.bincount(place, spent, places) / total
    # the sum over cases of (x - R y)^2, opened up: only cases that came to a place have an x
    cell, which = np.unique(of * places + place, return_inverse=True)
    x = np.bincount(which, spent)
    y, at = whole[cell // places], cell % places
    square = np.bincount(at, x * x - 2 * share[at] * x * y, places) + share**2 * float((whole**2).sum())
    error = np.sqrt(square.clip(0) * n / (n - 1)) / total
    reach = two_sided(coverage) * error
    return share, (share - reach).clip(0), (share + reach).clip(0, 1)
