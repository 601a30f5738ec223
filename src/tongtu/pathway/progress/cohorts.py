"""How much the passage was compressed: cases opened in one period against those opened in another, within one window.

Later cases have had less time, so the average of those already there says that things grow faster even where nothing
has changed (only the fast ones are there yet). Here every case opened in a period counts: each is followed for the same
`tau` days from its opening and no longer, those still under way count for the days they were followed, and a period
whose last case has not been followed that long is not compared: it cannot be said yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.lifetimes import Curves, difference, log_rank, survival
from tongtu.lifetimes.special import two_sided
from tongtu.pathway.progress.grouping import COVERAGE, Row, figure, frame, why
from tongtu.terms.why import Ratio

Unit = Literal["quarter", "year", "halves"]
#: a period with fewer cases, or fewer that got there, is not compared
LEAST_CASES, LEAST_REACHED = 10, 5
_STEP = 90  # tau is rounded up to quarters of a year

COHORTS = {
    "cohort": pl.String(), "since": pl.Date(), "until": pl.Date(), "n": pl.Int64(), "reached": pl.Int64(),
    "stopped": pl.Int64(), "open": pl.Int64(), "told": pl.Boolean(), "mean": pl.Float64(), "mean_low": pl.Float64(),
    "mean_high": pl.Float64(), "median": pl.Float64(), "median_low": pl.Float64(), "median_high": pl.Float64(),
    "gained": pl.Float64(), "gained_low": pl.Float64(), "gained_high": pl.Float64(), "compressed": pl.Float64(),
    "compressed_low": pl.Float64(), "compressed_high": pl.Float64(), "naive": pl.Float64(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compression:
    """`cohorts` (`COHORTS`), all within `tau` days.

    `mean`: mean days within tau until the outcome (tau for those not there by then), of cases that are not stopped;
    `gained`: days by which that mean is shorter than the first period's; `compressed`: 1 - median / first median.
    `yearly`, with its ends: days gained with each later year, by a line through the periods; `p`: the chance of curves
    so different (log-rank) were all periods alike. Null where it cannot be said. `naive` is what an average over those
    already there would say, and is shown to warn of it.
    """

    tau: int
    cohorts: pl.DataFrame
    yearly: float | None
    yearly_low: float | None
    yearly_high: float | None
    p: float | None
    why: str


def horizon(histories: pl.DataFrame, *, as_of: date, share: float = 0.6) -> int:
    """A window that most who get there need: days by which `share` of those not stopped have, in whole quarters.

    Never longer than what leaves the younger half of the cases followed.
    """
    days, got = histories["days"].to_numpy(), (histories["way"] == 0).to_numpy()
    found = survival(days, got).quantile(share).time
    age = np.sort([(as_of - one).days for one in histories["opened"].to_list()]) if histories.height else np.zeros(0)
    most = float(np.quantile(age, 0.4)) if len(age) else float(_STEP)
    reach = (
        float(found[0])
        if len(found) and np.isfinite(found[0])
        else float(np.quantile(days[got], 0.9))
        if got.any()
        else most
    )
    return max(_STEP, min(_STEP * math.ceil(reach / _STEP), _STEP * math.floor(most / _STEP)))


def compression(
    histories: pl.DataFrame, *, as_of: date, unit: Unit = "year", tau: int | None = None, coverage: float = COVERAGE
) -> Compression:  # fmt: skip
    """Compares periods of opening: quarters, years, or (`halves`) the earlier and the later half of the cases that
    were followed through the window, and those too recent. `histories`: opened, days, way, as of `outcomes.histories`
    or `outcomes.passages`.

    Stopped cases leave at the day they were stopped (cause-specific: had they gone on, they are taken to have been as
    fast as the others), so that stopping more does not look like going faster; how many were stopped stands beside.
    """
    window = tau or horizon(histories, as_of=as_of)
    cohorts = _periods(histories, unit, window, as_of)
    days, way = histories["days"].to_numpy(), histories["way"].to_numpy()
    place = _placed(histories, cohorts)
    inside = np.minimum(days, window)
    got = (way == 0) & (days <= window)
    curves = survival(inside, got, group=place, groups=len(cohorts))
    told = [_told(i, cohort, curves, window, as_of) for i, cohort in enumerate(cohorts)]
    rows = [_row(i, cohort, curves, way[place == i], days[place == i], window, told[i], coverage)
            for i, cohort in enumerate(cohorts)]  # fmt: skip
    said = [i for i, reason in enumerate(told) if reason is None]
    _compared(rows, said, curves, window, coverage)
    kept = np.isin(place, said)
    ranks = np.searchsorted(said, place[kept]) if said else place[kept]
    p = figure(log_rank(inside[kept], got[kept], ranks).p) if len(said) > 1 else None
    slope = _slope([cohorts[i] for i in said], curves, said, window, coverage)
    return Compression(window, frame(rows, COHORTS), *slope, p, _whole(said, slope, window, coverage, len(cohorts)))


@dataclass(frozen=True, slots=True)
class _Cohort:
    name: str
    since: date
    until: date  # the last day of it

    @property
    def middle(self) -> float:
        return (self.since.toordinal() + self.until.toordinal()) / 2


def _periods(histories: pl.DataFrame, unit: Unit, window: int, as_of: date) -> list[_Cohort]:
    if histories.is_empty():
        return []
    days = histories["opened"].sort()
    first, last = days[0], days[-1]
    if unit == "halves":
        return _halves(days, as_of - timedelta(days=window))
    found: list[_Cohort] = []
    year, quarter = first.year, (first.month - 1) // 3
    while True:
        since = date(year, quarter * 3 + 1, 1) if unit == "quarter" else date(year, 1, 1)
        if since > last:
            return found
        year, quarter = (year + 1, 0) if unit == "year" or quarter == 3 else (year, quarter + 1)
        after = date(year, quarter * 3 + 1, 1) if unit == "quarter" else date(year, 1, 1)
        name = f"{since.year}Q{(since.month - 1) // 3 + 1}" if unit == "quarter" else str(since.year)
        found.append(_Cohort(name, since, min(after - timedelta(days=1), as_of)))


def _halves(days: pl.Series, ready: date) -> list[_Cohort]:
    """The earlier and the later half of those followed through the window, and those opened since."""
    followed = days.filter(days <= ready)
    cuts = [days[0], *([followed[len(followed) // 2], ready + timedelta(days=1)] if len(followed) else [])]
    starts = sorted({cut for cut in cuts if cut <= days[-1]})
    ends = [*(start - timedelta(days=1) for start in starts[1:]), days[-1] if days[-1] > ready else ready]
    return [_Cohort(_months(since, until), since, until) for since, until in zip(starts, ends, strict=True)]


def _months(first: date, last: date) -> str:
    return f"{first:%Y-%m} – {last:%Y-%m}"


def _placed(histories: pl.DataFrame, cohorts: Sequence[_Cohort]) -> npt.NDArray[np.int64]:
    starts = np.array([one.since.toordinal() for one in cohorts], np.int64)
    opened = histories["opened"].to_physical().cast(pl.Int64).to_numpy() + date(1970, 1, 1).toordinal()
    return np.searchsorted(starts, opened, "right").astype(np.int64) - 1


def _told(i: int, cohort: _Cohort, curves: Curves, window: int, as_of: date) -> str | None:
    """Why nothing can be said of a period; nothing where it can."""
    n, reached = int(curves.counted.entered[i]), int(curves.counted.events()[i])
    ready = cohort.until + timedelta(days=window)
    if ready > as_of:
        return why("not-yet", ready=ready, tau=window)
    if n < LEAST_CASES or reached < LEAST_REACHED:
        return why("cohort-too-few", n=n, reached=reached, least=LEAST_CASES, least_reached=LEAST_REACHED)
    return None


def _row(
    i: int, cohort: _Cohort, curves: Curves, way: Any, days: Any, window: int, reason: str | None, coverage: float
) -> Row:  # fmt: skip
    got = way == 0
    row: Row = {
        "cohort": cohort.name, "since": cohort.since, "until": cohort.until, "n": len(way),
        "reached": int((got & (days <= window)).sum()), "stopped": int(((way == 1) & (days <= window)).sum()),
        "told": reason is None, "naive": figure(days[got].mean()) if got.any() else None, "why": reason,
    }  # fmt: skip
    row["open"] = row["n"] - row["reached"] - row["stopped"]
    if reason is None:
        means, median = curves.mean(window), curves.median(coverage)
        z = two_sided(coverage)
        mean, error = figure(means.mean[i]), figure(means.error[i])
        row |= {"mean": mean, "median": figure(median.time[i]), "median_low": figure(median.low[i]),
                "median_high": figure(median.high[i])}  # fmt: skip
        if mean is not None and error is not None:
            row |= {"mean_low": mean - z * error, "mean_high": mean + z * error}
    return row


def _compared(rows: list[Row], said: Sequence[int], curves: Curves, window: int, coverage: float) -> None:
    """Each period that can be told against the first one."""
    if not said:
        return
    base = said[0]
    rows[base]["why"] = why("first-cohort", tau=window)
    means = curves.mean(window)
    for i in said[1:]:
        gap = difference(means, i, base, coverage)
        rows[i] |= {"gained": figure(gap.value), "gained_low": figure(gap.low), "gained_high": figure(gap.high)}
        rows[i] |= _ratio(rows[base], rows[i])
        code = "no-change-shown" if gap.low <= 0 <= gap.high else "faster" if gap.value > 0 else "slower"
        rows[i]["why"] = why(code, first=rows[base]["cohort"], tau=window, days=abs(round(float(gap.value), 1)),
                             coverage=Ratio(coverage))  # fmt: skip


def _ratio(first: Row, later: Row) -> Row:
    """1 - the ratio of medians, its ends recovered from theirs on the logarithmic scale (Zou and Donner 2008)."""
    names = ("median", "median_low", "median_high")
    values = [row[name] for row in (first, later) for name in names]
    if any(value is None or value <= 0 for value in values):
        return {}
    m1, l1, u1, m2, l2, u2 = (math.log(value) for value in values)
    gap = m2 - m1
    low = gap - math.hypot(m2 - l2, u1 - m1)
    high = gap + math.hypot(u2 - m2, m1 - l1)
    return {"compressed": -math.expm1(gap), "compressed_low": -math.expm1(high), "compressed_high": -math.expm1(low)}


def _slope(
    cohorts: Sequence[_Cohort], curves: Curves, said: Sequence[int], window: int, coverage: float
) -> tuple[float | None, float | None, float | None]:
    """Days gained a year: a line through the periods' means, each weighted by how sure it is."""
    means = curves.mean(window)
    use = [(one.middle / 365.25, means.mean[i], means.error[i]) for one, i in zip(cohorts, said, strict=True)
           if means.error[i] > 0]  # fmt: skip
    if len(use) < 2:
        return None, None, None
    x, y, error = (np.array(side) for side in zip(*use, strict=True))
    weight = 1 / error**2
    x = x - (weight * x).sum() / weight.sum()
    spread = (weight * x * x).sum()
    if not spread:
        return None, None, None
    value = -float((weight * x * y).sum() / spread)
    reach = two_sided(coverage) / math.sqrt(spread)
    return value, value - reach, value + reach


def _whole(
    said: Sequence[int], slope: tuple[float | None, float | None, float | None], window: int, coverage: float, n: int
) -> str:
    value, low, high = slope
    if len(said) < 2 or value is None or low is None or high is None:
        return why("cannot-be-said-yet", told=len(said), n=n, tau=window)
    code = "no-trend-shown" if low <= 0 <= high else "compressed-yearly" if value > 0 else "stretched-yearly"
    return why(code, days=abs(round(value, 1)), low=round(low, 1), high=round(high, 1), tau=window, told=len(said),
               coverage=Ratio(coverage))  # fmt: skip
