"""Cost and time: multipliers recovered, coverage of the ask, unknown where nothing is planned or past."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from risk_tables import TODAY, spoken, table

from tongtu.risk import estimates
from tongtu.risk.multipliers import fit, joint


def past(cost: np.ndarray, days: np.ndarray, direction: list[str], **extra: Any) -> pl.DataFrame:
    entered = date(2020, 1, 1)
    rows = [
        {
            "outcome": f"o{k:04}", "stage": "pilot", "entered": entered, "result": "passed",
            "left": entered + timedelta(days=round(100 * float(d))), "days_planned": 100, "direction": direction[k],
            "cost_planned": 1_000_000, "cost_actual": round(1_000_000 * float(c)), "currency": "CNY", **extra,
        }
        for k, (c, d) in enumerate(zip(cost, days, strict=True))
    ]  # fmt: skip
    return table("outcomes", rows)


def case(planned: int | None = 10_000_000, direction: str = "a") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "case": ["c1"], "direction": [direction], "planned_cost": [planned],
            "currency": ["CNY"], "price_year": [2026], "basis": ["budget"],
        },
        schema_overrides={"planned_cost": pl.Int64},
    )  # fmt: skip


STEPS = pl.DataFrame(
    {
        "case": ["c1", "c1"],
        "start": [date(2026, 7, 1), date(2026, 9, 1)],
        "due": [date(2026, 8, 1), date(2027, 7, 1)],
    }
)
NO_STEPS = STEPS.clear()


def lognormals(n: int, seed: int = 1, rho: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    both = np.random.default_rng(seed).multivariate_normal([0.3, 0.2], [[0.09, rho * 0.06], [rho * 0.06, 0.04]], n)
    return np.exp(both[:, 0]), np.exp(both[:, 1])


def test_known_multipliers_are_recovered() -> None:
    cost, days = lognormals(400)
    found = estimates(past(cost, days, ["a", "b"] * 200), case(), STEPS, as_of=TODAY)
    row = found.row(0, named=True)
    assert row["cost"] / 10_000_000 == pytest.approx(np.exp(0.3), rel=0.05)
    assert row["cost_low"] / 10_000_000 == pytest.approx(np.exp(0.3 - 1.2816 * 0.3), rel=0.07)
    assert row["cost_ask"] / 10_000_000 == pytest.approx(np.exp(0.3 + 0.5244 * 0.3), rel=0.05)
    assert row["days"] / 365 == pytest.approx(np.exp(0.2), rel=0.05)
    assert row["cost_low"] < row["cost"] < row["cost_ask"] < row["cost_high"]
    assert (row["currency"], row["price_year"]) == ("CNY", 2026)
    assert any("held together" in s for s in spoken(found["why"]))


def test_the_ask_suffices_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = []
    for _ in range(150):
        effect = rng.normal(0.2, 0.2, 6)
        cell = [f"d{k % 6}" for k in range(48)]
        log = np.array([effect[k % 6] for k in range(48)]) + rng.normal(0, 0.3, 48)
        spreads = fit(np.exp(log), cell)
        held += [np.log(spreads[f"d{k}"].at(0.7)) >= effect[k] + rng.normal(0, 0.3) for k in range(6)]
    assert 0.66 <= np.mean(held) <= 0.74


def test_little_past_gives_no_middle_and_none_asks_as_planned() -> None:
    cost, days = lognormals(6)
    row = estimates(past(cost, days, ["a"] * 6), case(), STEPS, as_of=TODAY).row(0, named=True)
    assert row["cost"] is None
    assert row["days"] is None
    assert row["cost_low"] < row["cost_ask"] < row["cost_high"]
    none = estimates(past(cost, days, ["a"] * 6, recorded_at=date(2027, 1, 1)), case(), STEPS, as_of=TODAY)
    row = none.row(0, named=True)
    assert row["cost_ask"] == 10_000_000
    assert [row[c] for c in ("cost_low", "cost", "cost_high", "days_low", "days", "days_high")] == [None] * 6
    spoken(none["why"])


def test_nothing_planned_is_unknown() -> None:
    cost, days = lognormals(60)
    row = estimates(past(cost, days, ["a"] * 60), case(None), NO_STEPS, as_of=TODAY).row(0, named=True)
    assert all(row[c] is None for c in row if c not in ("case", "why"))


def test_the_order_of_rows_never_matters() -> None:
    cost, days = lognormals(60)
    outcomes = past(cost, days, ["a", "b", "c"] * 20)
    cases = pl.concat([case(direction=d).with_columns(case=pl.lit(f"c{d}")) for d in "cab"])
    once = estimates(outcomes, cases, STEPS, as_of=TODAY)
    assert once.equals(estimates(outcomes.reverse(), cases.reverse(), STEPS.reverse(), as_of=TODAY))


def test_joint_confidence_is_not_two_marginals() -> None:
    assert joint(0.7, 0.0) == pytest.approx(0.49)
    assert joint(0.7, 0.999999) == pytest.approx(0.7, abs=1e-3)
    draws = np.random.default_rng(2).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 400_000)
    assert joint(0.7, 0.6) == pytest.approx((draws < 0.5244).all(axis=1).mean(), abs=0.003)
