"""What a case is likely to cost and take, from what is planned and how past plans turned out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np
import polars as pl

from tongtu.risk.costtime.past import multipliers
from tongtu.risk.multipliers import Spread, fit, joint
from tongtu.risk.odds import LEAST
from tongtu.terms.why import Ratio, Why

_SCHEMA = {
    "case": pl.String(), "currency": pl.String(), "price_year": pl.Int64(), "cost_low": pl.Int64(),
    "cost": pl.Int64(), "cost_high": pl.Int64(), "cost_ask": pl.Int64(), "days_low": pl.Int64(),
    "days": pl.Int64(), "days_high": pl.Int64(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Past:
    cost: dict[str | None, Spread]
    days: dict[str | None, Spread]
    correlation: float | None


def estimates(
    outcomes: pl.DataFrame, cases: pl.DataFrame, steps: pl.DataFrame, *, as_of: date, confidence: float = 0.7
) -> pl.DataFrame:
    """One row per case; columns of the table `estimates`.

    `outcomes` is the noun; `cases` has `case`, `direction`, `planned_cost` (minor units), `currency`,
    `price_year` and `basis` (what was planned: budget, fees or price); `steps` has `case`, `start` and `due`.
    Low, middle and high are the 10, 50 and 90 % points; `cost_ask` is the amount that suffices with
    `confidence`. Multipliers come from stages passed by `as_of`, by direction. Days are calendar days from
    the first start to the last due date of the steps (already laid on working days) times their multiplier.

    Where nothing is planned all figures of that kind are null. Where past work cannot tell, the planned
    cost is asked as it stands and low, middle and high stay null; where it tells little (effective sample
    below 20), only the middle does. Amounts keep three significant figures, the ask rounded up.
    """
    past = _past(outcomes, as_of)
    spans = steps.group_by("case").agg(planned_days=(pl.col("due").max() - pl.col("start").min()).dt.total_days())
    wanted = ["case", "direction", "planned_cost", "currency", "price_year", "basis"]
    have = [pl.col(c) if c in cases.columns else pl.lit(None).alias(c) for c in wanted]
    rows = cases.select(have).sort("case").join(spans, on="case", how="left", maintain_order="left")
    return pl.DataFrame([_row(r, past, confidence) for r in rows.rows(named=True)], _SCHEMA, orient="row")


def _past(outcomes: pl.DataFrame, as_of: date) -> _Past:
    ratios = multipliers(outcomes, as_of)
    usable = {c: ratios.filter(pl.col(c).is_not_null()) for c in ("cost", "days")}
    cost, days = (fit(f[c].to_numpy(), f["direction"].to_list()) for c, f in usable.items())
    both = usable["cost"].filter(pl.col("days").is_not_null())
    together = None
    if both.height >= LEAST:
        logs = np.log(both.select("cost", "days").to_numpy())
        if (logs.std(axis=0) > 0).all():
            together = float(np.corrcoef(logs, rowvar=False)[0, 1])
    return _Past(cost, days, together)


def _row(row: dict[str, object], past: _Past, confidence: float) -> tuple[object, ...]:
    direction = row["direction"]
    cost, days = (p.get(direction) or p.get(None) for p in (past.cost, past.days))  # type: ignore[call-overload]
    money, why_cost = _cost(row, cost, confidence)
    time, why_days = _days(row["planned_days"], days)  # type: ignore[arg-type]
    parts = [why_cost, why_days]
    if past.correlation is not None and cost and days and None not in (money[3], time[2]):
        both = Ratio(round(joint(confidence, past.correlation), 3))
        alone = Ratio(confidence)
        parts.append(Why("risk.joint", {"both": both, "alone": alone, "rho": round(past.correlation, 2) + 0.0}))
    why = Why("risk.estimate", {}, tuple(parts))
    known = row["planned_cost"] is not None
    place = (row["currency"], row["price_year"]) if known else (None, None)
    return row["case"], *place, *money, *time, why.to_json()


def _cost(row: dict[str, object], spread: Spread | None, confidence: float) -> tuple[tuple[int | None, ...], Why]:
    amount = row["planned_cost"]
    if not isinstance(amount, int):
        return (None, None, None, None), Why("risk.cost-unknown")
    basis = (Why(f"risk.basis-{row['basis']}"),) if row["basis"] else ()
    if spread is None:
        return (None, None, None, _rounded(amount, up=True)), Why("risk.cost-no-past", {}, basis)
    low, middle, high = (_rounded(amount * spread.at(q)) for q in (0.1, 0.5, 0.9))
    ask = _rounded(amount * spread.at(confidence), up=True)
    facts = {"times": round(spread.at(0.5), 2), "n_eff": round(spread.n_eff, 1), "chance": Ratio(confidence)}
    if spread.n_eff < LEAST:
        return (low, None, high, ask), Why("risk.cost-few", facts, basis)
    return (low, middle, high, ask), Why("risk.cost-past", facts, basis)


def _days(span: int | None, spread: Spread | None) -> tuple[tuple[int | None, ...], Why]:
    if span is None:
        return (None, None, None), Why("risk.days-unknown")
    if spread is None:
        return (None, None, None), Why("risk.days-no-past", {"days": span})
    low, middle, high = (ceil(span * spread.at(q)) for q in (0.1, 0.5, 0.9))
    facts = {"times": round(spread.at(0.5), 2), "n_eff": round(spread.n_eff, 1), "days": span}
    if spread.n_eff < LEAST:
        return (low, None, high), Why("risk.days-few", facts)
    return (low, middle, high), Why("risk.days-past", facts)


def _rounded(amount: float, up: bool = False) -> int:
    """Three significant figures: more would pretend to know."""
    step: int = 10 ** max(0, len(str(int(amount))) - 3)
    return (ceil(amount / step) if up else round(amount / step)) * step
