"""Shares of cases that leave a stage each way by a month, and the hazards behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.odds.beliefs import LEAST
from tongtu.risk.odds.competing import Curve, Worth, curve, share_of
from tongtu.risk.odds.counting import OPEN, RESULTS, known
from tongtu.risk.special import beta_quantile
from tongtu.terms.why import Label, Why

#: days of a mean month
MONTH = 365.25 / 12
#: what the intervals cover
COVERAGE = 0.8
_STILL = (*RESULTS, "open")

_SCHEMA = {
    "stage": pl.String(), "months": pl.Int64(), "result": pl.String(), "p": pl.Float64(), "low": pl.Float64(),
    "high": pl.Float64(), "entered": pl.Int64(), "events": pl.Int64(), "n_eff": pl.Float64(), "why": pl.String(),
}  # fmt: skip
_HAZARDS = {
    "stage": pl.String(), "month": pl.Int64(), "result": pl.String(), "at_risk": pl.Int64(), "events": pl.Int64(),
    "hazard": pl.Float64(),
}  # fmt: skip


def incidence(
    outcomes: pl.DataFrame, *, as_of: date, months: Sequence[int] = (12, 24, 36), by: Sequence[str] = ("direction",),
    stages: Sequence[str] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Of all cases that enter a stage, the share that has left it each way within so many months.

    `by` columns (null in all of them: every case together), stage, months (null: ever, as far as anybody was
    followed), result (passed, failed, withdrawn, open), p, low, high (80 %), entered, events, n_eff, why. A result
    competes with the others: a case that failed cannot pass later. Where the effective sample is below 20, `p` is
    null; where nobody was followed so long and some are still open, the range is null as well.
    """
    records = known(outcomes, as_of, by)
    rows = []
    for stage in stages or vocabularies()["stage"]:
        here = records.filter(pl.col("stage") == stage)
        for key, cell in [((None,) * len(by), here), *_cells(here, by)]:
            found = _curve(cell)
            for month in (*months, None):
                rows += [(*key, *_row(stage, month, found, r)) for r in range(len(_STILL))]
    keys = {name: records.schema.get(name, pl.String()) for name in by}
    return pl.DataFrame(rows, {**keys, **_SCHEMA}, orient="row")


def hazards(outcomes: pl.DataFrame, *, as_of: date, stages: Sequence[str] | None = None) -> pl.DataFrame:
    """Cause-specific hazards by month since entry: of the cases still there when the month begins, the share that
    leaves with the result in it. stage, month (0: the first), result, at_risk, events, hazard (null: none at risk)."""
    records = known(outcomes, as_of)
    rows: list[tuple[object, ...]] = []
    for stage in stages or vocabularies()["stage"]:
        found = _curve(records.filter(pl.col("stage") == stage))
        place = np.floor(found.days / MONTH).astype(int)
        for month in range(int(place[-1]) + 1 if len(place) else 0):
            risk = int(found.left[:, place >= month].sum())
            for r, name in enumerate(RESULTS):
                events = int(found.left[r, place == month].sum())
                rows.append((stage, month, name, risk, events, events / risk if risk else None))
    return pl.DataFrame(rows, _HAZARDS, orient="row")


def _cells(rows: pl.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[object, ...], pl.DataFrame]]:
    if by:
        told = rows.drop_nulls(list(by)).sort(list(by))
        yield from told.group_by(list(by), maintain_order=True)


def _curve(rows: pl.DataFrame) -> Curve:
    return curve(rows["days"].to_numpy(), rows["result"].to_numpy().astype(np.int64))


def _row(stage: str, month: int | None, found: Curve, result: int) -> tuple[object, ...]:
    day = None if month is None else month * MONTH
    worth = share_of(found, result, day) if found.told(day) else Worth(0.0, 0.0)
    low, high = interval(worth)
    events = 0 if result == OPEN else int(found.left[result, : found.until(day)].sum())
    p = worth.share if worth.closed >= LEAST else None
    why = _why(stage, month, result, found, worth)
    return stage, month, _STILL[result], p, low, high, int(found.entered), events, worth.closed, why.to_json()


def interval(worth: Worth, coverage: float = COVERAGE) -> tuple[float | None, float | None]:
    """Equal tails of the Beta that Jeffreys' prior and so many results leave; never beyond what was seen."""
    if not worth.closed:
        return None, None
    a, b, tail = worth.passed + 0.5, worth.closed - worth.passed + 0.5, (1 - coverage) / 2
    low, high = beta_quantile(a, b, [tail, 1 - tail])
    seen = worth.passed / worth.closed
    return min(float(low), seen), max(float(high), seen)


def _why(stage: str, month: int | None, result: int, found: Curve, worth: Worth) -> Why:
    label = vocabularies()["stage"].get(stage, Label(stage))
    words = vocabularies()["stage_result"]
    told = {"stage": label, "result": words.get("censored" if result == OPEN else _STILL[result], Label("")),
            "n": int(found.entered), "open": int(found.left[OPEN].sum())}  # fmt: skip
    parts = [Why("risk.odds-few", {"n_eff": round(worth.closed, 1), "least": LEAST})] if worth.closed < LEAST else []
    if month is None:
        return Why("risk_odds.incidence-ever", told, tuple(parts))
    if not worth.closed and found.entered:
        parts = [Why("risk_odds.not-followed", {"months": month})]
    return Why("risk_odds.incidence", {**told, "months": month}, tuple(parts))
