"""Reasons of a diagnosis, in words' codes and typed arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongtu.pilots.diagnosis.binding import Factor, why
from tongtu.pilots.diagnosis.cheapest import Level
from tongtu.pilots.diagnosis.measures import Activation, Measure
from tongtu.pilots.evaluation.reasons import gap
from tongtu.terms.money import Money
from tongtu.terms.why import Quantity, Ratio, Why

Row = Mapping[str, Any]


def step(measure: Measure, level: Level, unit: str, currency: str) -> Why:
    """One measure of a plan: how much of it, what it is meant to bring, what it costs."""
    units = (
        Money.of(round(level.units), currency)
        if measure.unit == currency
        else Quantity(round(level.units, 2), measure.unit)
    )
    gain = Ratio(round(level.gain, 4)) if unit == "weight" else Quantity(round(level.gain, 1), "h")
    args = {"name": measure.label, "units": units, "gain": gain}
    if level.cost is None:
        return Why("pilots_diagnosis.step-unpriced", args)
    return Why("pilots_diagnosis.step", {**args, "cost": Money.of(round(level.cost), currency)})


def weak(row: Row, main: Factor | None, unknown: str | None, activation: Activation) -> Why:
    """Why a platform is weak, what binds, and what the plan comes to."""
    idle = Ratio(activation.idle)
    if row["state"] == "unknown":
        head = Why("pilots_diagnosis.use-unknown", {"because": gap(unknown), "idle": idle})
    else:
        head = Why("pilots_diagnosis.weak", {"use": Ratio(round(row["use"], 4)), "idle": idle})
    return Why(head.code, head.args, tuple(_parts(row, main, activation)))


def _parts(row: Row, main: Factor | None, activation: Activation) -> Iterator[Why]:
    if not row["peers"]:
        yield Why("pilots_diagnosis.no-peers")
    elif main is None:
        yield Why("pilots_diagnosis.none-binds")
    else:
        yield why(main, activation.currency)
    if row["status"] is not None:
        yield _plan(row, activation)
    yield Why("pilots_diagnosis.ours", {"name": activation.name})


def _plan(row: Row, activation: Activation) -> Why:
    kind = "tier" if row["target"] == "tier" else "use"
    after = None if row["after"] is None else Ratio(round(row["after"], 4))
    if row["status"] == "empty":
        return Why("pilots_diagnosis.plan-none")
    if row["status"] == "infeasible":
        return Why(f"pilots_diagnosis.plan-short-{kind}", {"after": after})
    if row["cost"] is None:
        return Why(f"pilots_diagnosis.plan-unpriced-{kind}", {"after": after})
    return Why(f"pilots_diagnosis.plan-{kind}", {"after": after, "cost": Money(row["cost"], activation.currency)})
