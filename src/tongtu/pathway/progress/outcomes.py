"""What counts: a line in production, a first order, a repeat order; how soon cases reach it, and how many never do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from tongtu.lifetimes import ways_out
from tongtu.pathway.progress.grouping import COVERAGE, LEAST, By, Row, figure, frame, grouped, parts, why
from tongtu.pathway.progress.visits import known
from tongtu.terms.why import Ratio

Outcome = Literal["produced", "first_order", "repeat_order"]
OUTCOMES: tuple[Outcome, ...] = ("produced", "first_order", "repeat_order")
_REACHED, _STOPPED, _OPEN = 0, 1, -1
_REPEATED = "repeat_order"
REACH = {"group": pl.String(), "outcome": pl.String(), "day": pl.Int64(), "reached": pl.Float64(),
         "low": pl.Float64(), "high": pl.Float64(), "stopped": pl.Float64(), "under_way": pl.Float64(),
         "at_risk": pl.Int64()}  # fmt: skip
TOLD = {"group": pl.String(), "outcome": pl.String(), "n": pl.Int64(), "reached": pl.Int64(), "stopped": pl.Int64(),
        "open": pl.Int64(), "median": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
        "within": pl.Int64(), "share": pl.Float64(), "share_low": pl.Float64(), "share_high": pl.Float64(),
        "why": pl.String()}  # fmt: skip


def reached(events: pl.DataFrame, stages: Mapping[str, str] | None = None) -> pl.DataFrame:
    """case, outcome, on: the first day of each outcome of each case.

    An order is a repeat order where it is placed in a stage of the phase repeat_order, or is not the case's first.
    `stages`: stage id -> phase, where a pathway's stages have names of their own.
    """
    found = [_reached(events, outcome, stages).with_columns(outcome=pl.lit(outcome)) for outcome in OUTCOMES]
    return pl.concat(found).select("case", "outcome", "on").sort("case", "outcome")


def _reached(events: pl.DataFrame, outcome: str, stages: Mapping[str, str] | None) -> pl.DataFrame:
    """case, on: the first day of one outcome."""
    if outcome == "produced":
        return events.filter(pl.col("kind") == "produced").group_by("case").agg(pl.col("on").min())
    phase = pl.col("stage").replace(dict(stages or {})) if "stage" in events.columns else pl.lit(None, pl.String)
    again = (phase == _REPEATED).fill_null(False)
    orders = events.filter(pl.col("kind") == "ordered").select("case", "on", again=again).sort("case", "on", "again")
    first = (pl.col("case") != pl.col("case").shift()).fill_null(True)
    named = orders.with_columns(again=pl.col("again") | ~first)
    wanted = named.filter(pl.col("again") if outcome == _REPEATED else ~pl.col("again"))
    return wanted.select("case", "on").unique("case", keep="first", maintain_order=True)


def ended(events: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """case, ended: the day a case that is not under way came to an end, stopped or closed. In no order."""
    shut = events.filter(pl.col("kind") == "closed")
    if "branch" in shut.columns:
        shut = shut.filter(pl.col("branch").is_null() | (pl.col("branch") == ""))
    over = stays.filter((pl.col("decision") == "kill") & (pl.col("branch") == "")).select("case", on="left")
    days = pl.concat([shut.select("case", "on"), over]).group_by("case").agg(ended=pl.col("on").max())
    again = stays.filter(pl.col("result") == "censored").select("case").unique()
    return days.join(again, on="case", how="anti")


def histories(
    events: pl.DataFrame, cases: pl.DataFrame, stays: pl.DataFrame, *, as_of: date, outcome: Outcome,
    known_at: date | None = None, stages: Mapping[str, str] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """case, opened, days, way (0 reached, 1 came to an end without it, -1 still under way), sorted by case.

    Days from the day the case was opened to whichever came first: the outcome, the end, or `as_of`.
    """
    log = known(events, as_of, known_at)
    got = _reached(log, outcome, stages).rename({"on": "got"})
    over = ended(log, stays)
    joined = (
        cases.filter(pl.col("opened") <= as_of)
        .select("case", "opened")
        .join(got, on="case", how="left")
        .join(over, on="case", how="left")
        .sort("case")
    )
    first = pl.col("got").is_not_null()
    way = pl.when(first).then(_REACHED).when(pl.col("ended").is_not_null()).then(_STOPPED).otherwise(_OPEN)
    until = pl.coalesce("got", "ended", pl.lit(as_of))
    days = (until - pl.col("opened")).dt.total_days().clip(0)
    return joined.select("case", "opened", days=days, way=way.cast(pl.Int64))


def passages(spells: pl.DataFrame, at: str) -> pl.DataFrame:
    """case, opened, days, way (0 passed, 1 left without passing, -1 still there): the visits to one stage, told as
    histories that begin when it was entered. `spells`: see `grouping.spells`."""
    way = pl.col("result").replace_strict({"passed": 0, "censored": -1}, default=1, return_dtype=pl.Int64)
    return spells.filter(pl.col("at") == at).select("case", opened="entered", days=pl.col("days").clip(0), way=way)


def reach(
    histories: pl.DataFrame, cases: pl.DataFrame, *, outcome: Outcome, by: By | None = None,
    coverage: float = COVERAGE, points: int = 120,
) -> pl.DataFrame:  # fmt: skip
    """`REACH`: of all cases opened, the share that has reached the outcome by each day after its opening.

    Aalen-Johansen: a case that came to an end never will, one under way still may. At most `points` days a group.
    """
    rows: list[Row] = []
    for group, mine in _groups(histories, cases, by):
        made = ways_out(mine["days"].to_numpy(), mine["way"].to_numpy(), ways=2)
        counted = made.counted
        low, high = (side[0] for side in made.interval(coverage))
        for i in _thinned(len(counted.times), points):
            rows.append({
                "group": group, "outcome": outcome, "day": int(counted.times[i]),
                "reached": float(made.share[0, i]), "low": float(low[i]), "high": float(high[i]),
                "stopped": float(made.share[1, i]), "under_way": float(made.stay[i]),
                "at_risk": int(counted.at_risk[i]),
            })  # fmt: skip
    return frame(rows, REACH)


def told(
    histories: pl.DataFrame, cases: pl.DataFrame, *, outcome: Outcome, within: int = 3 * 365, by: By | None = None,
    coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`TOLD`: the share of opened cases that reaches the outcome `within` so many days, and by which day half have.

    `median` and its ends are days by which half of all opened cases have reached it; null where fewer ever do, or
    nobody was followed so long.
    """
    rows: list[Row] = []
    for group, mine in _groups(histories, cases, by):
        made = ways_out(mine["days"].to_numpy(), mine["way"].to_numpy(), ways=2)
        share, low, high = (figure(side[0, 0]) for side in made.at(within, coverage))
        low_curve, high_curve = (side[0] for side in made.interval(coverage))
        days = [_half(made.counted.times, values) for values in (made.share[0], high_curve, low_curve)]
        n, got, over = mine.height, int((mine["way"] == _REACHED).sum()), int((mine["way"] == _STOPPED).sum())
        enough = n >= LEAST
        rows.append({
            "group": group, "outcome": outcome, "n": n, "reached": got, "stopped": over, "open": n - got - over,
            "median": days[0] if enough else None, "low": days[1] if enough else None,
            "high": days[2] if enough else None, "within": within, "share": share if enough else None,
            "share_low": low if enough else None, "share_high": high if enough else None,
            "why": _said(n, got, over, share, within, coverage),
        })  # fmt: skip
    return frame(rows, TOLD)


def _said(n: int, got: int, over: int, share: float | None, within: int, coverage: float) -> str:
    if n < LEAST:
        return why("too-few", n=n, least=LEAST)
    if share is None:
        return why("not-followed", within=within, n=n)
    return why("reached-within", n=n, reached=got, stopped=over, open=n - got - over, within=within,
               coverage=Ratio(coverage))  # fmt: skip


def _groups(histories: pl.DataFrame, cases: pl.DataFrame, by: By | None) -> list[tuple[str | None, pl.DataFrame]]:
    if by is None:
        return [(None, histories)]
    return parts(histories.join(grouped(cases, by), on="case", how="left", maintain_order="left"), by)


def _thinned(n: int, most: int) -> Sequence[int]:
    if n <= most:
        return range(n)
    return sorted({round(i * (n - 1) / (most - 1)) for i in range(most)})


def _half(times: np.ndarray, share: np.ndarray) -> float | None:
    met = np.flatnonzero(share >= 0.5 - 1e-12)
    return float(times[met[0]]) if len(met) else None
