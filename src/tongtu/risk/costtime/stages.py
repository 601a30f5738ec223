"""Cost and time of every stage ahead: what is planned, times the multiplier of its reference class."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.risk.costtime.checks import FARTHEST, LARGEST, LONGEST
from tongtu.risk.costtime.plans import planned
from tongtu.risk.costtime.reference import Reference
from tongtu.risk.multipliers import Spread
from tongtu.terms.why import Why

#: Below this effective sample the reason says that the middle rests on little.
LEAST = 20.0

_FAR = 0.99 * FARTHEST
_POINTS = (("low", 0.1), ("", 0.5), ("high", 0.9))
_CLASS = {
    "stage": pl.String(), "direction": pl.String(),
    **{f"{what}{at and '_' + at}_times": pl.Float64() for what in ("cost", "days") for at, _ in _POINTS},
    "cost_n_eff": pl.Float64(), "days_n_eff": pl.Float64(),
}  # fmt: skip
_ORDER = [
    "case", "order", "stage", "currency", "price_year", "cost_low", "cost", "cost_high", "cost_n_eff",
    "days_low", "days", "days_high", "days_n_eff", "start", "why",
]  # fmt: skip


def by_stage(
    reference: Reference, cases: pl.DataFrame, steps: pl.DataFrame, *, shares: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The stage frame's cost and time: one row per case and stage not yet met, by case and order.

    `cases`: `case, direction, planned_cost` (minor units, for all the stages in `steps` together), `currency,
    price_year` and `basis`; `steps`: `case, order, stage, start, due, verdict` (stages with the verdict `met`
    take their share of the plan and are left out; several gates of one stage are one stage); `shares`: `stage,
    share`, with `case` where they are one case's own. Without shares for all of a case's stages, cost is split by
    planned days, and evenly where those are not known either; the reason says which. Absent columns are unknown.

    Low, middle and high are the 10, 50 and 90 % points: minor units, and calendar days. The middle stands even
    where the past tells little (`cost_n_eff`, `days_n_eff` beside it); without any past it is the plan and low
    and high are null. What is not planned is null. Raises DataRefused with all faults.
    """
    rows = planned(cases, steps, shares)
    classes = rows.select("stage", "direction").unique().sort("stage", "direction", nulls_last=True)
    rated = pl.DataFrame([_class(reference, *key) for key in classes.rows()], _CLASS, orient="row")
    joined = rows.join(rated, on=["stage", "direction"], how="left", nulls_equal=True, maintain_order="left")
    figures = [_figure(what, at) for what in ("cost", "days") for at, _ in _POINTS]
    currency = (
        pl.when(pl.col("planned_cost").is_not_null()).then(pl.col(c)).alias(c) for c in ("currency", "price_year")
    )
    return _reasons(joined.with_columns(*figures, *currency)).select(_ORDER)


def _class(reference: Reference, stage: str, direction: str | None) -> tuple[Any, ...]:
    cost, days = reference.cost_of(stage, direction), reference.days_of(stage, direction)
    return stage, direction, *_times(cost), *_times(days), _n_eff(cost), _n_eff(days)


def _times(spread: Spread | None) -> tuple[float | None, ...]:
    """Low, middle and high; a class so wide that it says nothing is cut to what a stage frame may hold."""
    if spread is None:
        return None, 1.0, None
    low, middle, high = (spread.at(chance) for _, chance in _POINTS)
    return max(low, middle / _FAR), middle, min(high, middle * _FAR)


def _n_eff(spread: Spread | None) -> float:
    return 0.0 if spread is None else spread.n_eff


def _figure(what: str, at: str) -> pl.Expr:
    name = f"{what}_{at}" if at else what
    amount = pl.col(f"planned_{what}") * pl.col(f"{name}_times")
    whole = amount.round().clip(upper_bound=LARGEST) if what == "cost" else amount.ceil().clip(upper_bound=LONGEST)
    return whole.cast(pl.Int64).alias(name)


def _reasons(rows: pl.DataFrame) -> pl.DataFrame:
    """The reason of each row; rows with equal facts share one."""
    facts = ["split", "basis", "cost_times", "cost_n_eff", "days_times", "days_n_eff"]
    known = [pl.col(f"planned_{what}").is_not_null().alias(f"has_{what}") for what in ("cost", "days")]
    rows = rows.with_columns(*known)
    keys = [*facts, "has_cost", "has_days"]
    kinds = rows.select(keys).unique(maintain_order=True)
    whys = [_why(row).to_json() for row in kinds.rows(named=True)]
    return rows.join(
        kinds.with_columns(why=pl.Series(whys, dtype=pl.String)), on=keys, how="left", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip


def _why(row: dict[str, Any]) -> Why:
    cost, days = (_past(row, what) if row[f"has_{what}"] else Why(f"risk.{what}-unknown") for what in ("cost", "days"))
    split = (Why(f"risk_value.split-{row['split']}"),) if row["has_cost"] else ()
    basis = (Why(f"risk.basis-{row['basis']}"),) if row["has_cost"] and row["basis"] else ()
    return Why("risk_value.stage", {}, (cost, *basis, *split, days))


def _past(row: dict[str, Any], what: str) -> Why:
    n_eff = row[f"{what}_n_eff"]
    if not n_eff:
        return Why(f"risk_value.{what}-no-past")
    code = f"risk_value.{what}-past" if n_eff >= LEAST else f"risk_value.{what}-few"
    return Why(code, {"times": round(row[f"{what}_times"], 2), "n_eff": round(n_eff, 1)})
