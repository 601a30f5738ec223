"""What was worked out, as tables: values, the steps from gross to whole, and the gates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.multipliers import Floats
from tongtu.risk.value.rights import Rights, Worth
from tongtu.risk.value.staged import YEAR, Ladders, low_high
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Ratio, Why

_VALUES = {
    "case": pl.String(), "currency": pl.String(), "price_year": pl.Int64(), "gross": pl.Int64(), "rnpv": pl.Int64(),
    "low": pl.Int64(), "high": pl.Int64(), "option_abandon": pl.Int64(), "option_expand": pl.Int64(),
    "option_wait": pl.Int64(), "whole": pl.Int64(), "volatility": pl.Float64(), "why": pl.String(),
}  # fmt: skip
_STEPS = {
    "case": pl.String(), "order": pl.Int64(), "step": pl.String(), "stage": pl.String(), "change": pl.Int64(),
    "total": pl.Int64(),
}  # fmt: skip
_GATES = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "start": pl.Date(), "p": pl.Float64(),
    "cost": pl.Int64(), "value": pl.Int64(), "value_with_stop": pl.Int64(), "go": pl.Boolean(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Valued:
    """Everything worked out, in the order of `cases`."""

    cases: pl.DataFrame
    ladders: Ladders
    gates: Floats
    rnpv: Floats
    sd: Floats
    volatility: Floats
    stated: bool
    worth: Worth
    rights: Rights


def values(done: Valued) -> pl.DataFrame:
    low, high = low_high(done.rnpv, done.sd)
    rights = done.rights
    gains = {
        "option_abandon": done.worth.stop - done.rnpv if rights.abandon else None,
        "option_expand": done.worth.expand - done.worth.stop if rights.expand is not None else None,
        "option_wait": done.worth.wait - done.worth.expand if rights.wait_years is not None else None,
    }
    n = len(done.rnpv)
    figures = {"rnpv": done.rnpv, "low": low, "high": high, **gains, "whole": done.worth.wait}
    columns = {name: _whole(x, n) for name, x in figures.items()}
    whys = [_why(done, k, row).to_json() for k, row in enumerate(done.cases.rows(named=True))]
    known = np.isfinite(done.rnpv)
    return done.cases.select(
        "case",
        *(pl.when(pl.Series(known)).then(c).alias(c) for c in ("currency", "price_year")),
        pl.col("gross").round().cast(pl.Int64),
        *(s.alias(name) for name, s in columns.items()),
        pl.Series("volatility", np.where(known, done.volatility, np.nan)).fill_nan(None),
        pl.Series("why", whys, dtype=pl.String),
    ).select(pl.col(name).cast(kind) for name, kind in _VALUES.items())  # fmt: skip


def _whole(x: Floats | None, n: int) -> pl.Series:
    values = np.full(n, np.nan) if x is None else np.asarray(x)
    return pl.Series(values, dtype=pl.Float64).fill_nan(None).round().cast(pl.Int64)


def _why(done: Valued, k: int, row: dict[str, Any]) -> Why:
    unknown = list(_unknown(row))
    if unknown:
        return Why("risk_value.unknown", {}, tuple(unknown))
    money = Money(round(done.rnpv[k]), row["currency"])
    whole = Ratio(round(float(done.ladders.reached[k, -1]), 4))
    parts = [Why.from_json(row["why"])]
    moving = done.volatility[k]
    if np.isnan(moving):
        parts.append(Why("risk_value.no-volatility"))
    else:
        code = "risk_value.volatility-stated" if done.stated else "risk_value.volatility-flows"
        parts.append(Why(code, {"volatility": Ratio(round(float(moving), 3))}))
    if row["certain_cost"]:
        parts.append(Why("risk_value.cost-certain"))
    if done.rights.expand is None:
        parts.append(Why("risk_value.no-expand"))
    if done.rights.wait_years is None:
        parts.append(Why("risk_value.no-wait"))
    return Why("risk_value.rnpv", {"value": money, "p": whole}, tuple(parts))


def _unknown(row: dict[str, Any]) -> Iterable[Why]:
    if row["payoff"] is None:
        yield Why.from_json(row["why"])
    if row["ahead"] is None:
        yield Why("risk_value.no-stages")
        return
    for what in ("odds", "cost", "days"):
        if row[f"missing_{what}"]:
            yield Why(f"risk_value.no-{what}")
    if row["unlike"]:
        yield Why("risk_value.price-years")


def waterfall(done: Valued, stages: pl.DataFrame) -> pl.DataFrame:
    names = dict(stages.group_by("case", maintain_order=True).agg("stage").rows())
    rows: list[tuple[Any, ...]] = []
    laid, rnpv = done.ladders, done.rnpv
    for k, case in enumerate(done.cases.rows(named=True)):
        if np.isnan(done.rnpv[k]):
            continue
        drops: list[tuple[str, str | None, float | None]] = [("gross", None, float(case["gross"]))]
        for j, stage in enumerate(names[case["case"]]):
            drops.append(("odds", stage, case["gross"] * laid.reached[k, j] * (laid.p[k, j] - 1)))
        drops.append(("cost", None, -float(laid.reached[k, :-1] @ laid.cost[k])))
        drops.append(("time", None, rnpv[k] - sum(d or 0.0 for _, _, d in drops)))
        drops.append(("rnpv", None, None))
        if np.isfinite(done.worth.wait[k]):
            drops += [*_added(done, k), ("whole", None, None)]
        total = 0.0
        for order, (step, stage, change) in enumerate(drops):
            before, total = total, total + (change or 0.0)
            moved = None if change is None else round(total) - round(before)  # so that whole figures add up
            rows.append((case["case"], order, step, stage, moved, round(total)))
    return pl.DataFrame(rows, _STEPS, orient="row")


def _added(done: Valued, k: int) -> list[tuple[str, None, float]]:
    """What each right adds; one that is not there adds no bar."""
    worth, rights = done.worth, done.rights
    marks = [
        ("abandon", rights.abandon, done.rnpv[k], worth.stop[k]),
        ("expand", rights.expand is not None, worth.stop[k], worth.expand[k]),
        ("wait", rights.wait_years is not None, worth.expand[k], worth.wait[k]),
    ]
    return [(name, None, after - before) for name, there, before, after in marks if there]


def gates(done: Valued, stages: pl.DataFrame, as_of: date) -> pl.DataFrame:
    place = {case: k for k, case in enumerate(done.cases["case"])}
    begin = done.ladders.entered
    rows, column, last = [], 0, None
    for row in stages.select("case", "order", "stage", "p").rows(named=True):
        column = column + 1 if row["case"] == last else 0
        last, k = row["case"], place[row["case"]]
        rows.append(_gate(done, k, column, row, begin[k, column], as_of))
    return pl.DataFrame(rows, _GATES, orient="row")


def _gate(done: Valued, k: int, j: int, row: dict[str, Any], years: float, as_of: date) -> tuple[Any, ...]:
    start = None if np.isnan(years) or years > 200 else as_of + timedelta(days=round(years * YEAR))
    cost, worth, stop = (_minor(x[k, j]) for x in (done.ladders.cost, done.gates, done.worth.gates))
    known = row["case"], row["order"], row["stage"], start, row["p"], cost
    if worth is None:
        why = Why("risk_value.unknown", {}, tuple(_unknown(done.cases.row(k, named=True))))
        return *known, None, None, None, why.to_json()
    best = worth if stop is None else stop
    stage = vocabularies()["stage"].get(row["stage"], Label(row["stage"]))
    facts = {"stage": stage, "value": Money(best, done.cases["currency"][k])}
    why = Why("risk_value.gate-go" if best > 0 else "risk_value.gate-stop", facts)
    return *known, worth, stop, best > 0, why.to_json()


def _minor(x: float) -> int | None:
    return None if np.isnan(x) else round(float(x))
