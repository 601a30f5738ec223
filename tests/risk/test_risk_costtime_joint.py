"""Cost and date together: 70 % jointly is not 70 % each; sums beside moments and simulation; working days."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import TODAY, spoken

from tongtu.risk.costtime import Together, curves, expected, isolines, joint, moment_matched, spread_of
from tongtu.risk.costtime.sums import normals, total
from tongtu.risk.special import TENTH
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Label

APART = Together(0.0, 0.0)
CALENDAR = WorkCalendar({date(2027, 10, d): Label("国庆") for d in range(1, 8)}, settled=frozenset({2026, 2027}))


def stages(*rows: tuple[float, float, float, float], case: str = "c1", **change: Any) -> pl.DataFrame:
    """Rows of (cost, its log sd, days, their log sd)."""
    table = []
    for k, (cost, s, days, t) in enumerate(rows):
        at = {
            **{f"cost{n}": round(cost * np.exp(z * s)) for n, z in (("_low", -TENTH), ("", 0), ("_high", TENTH))},
            **{f"days{n}": round(days * np.exp(z * t)) for n, z in (("_low", -TENTH), ("", 0), ("_high", TENTH))},
        }
        base = {"case": case, "order": k, "stage": f"s{k}", "currency": "CNY", "price_year": 2026}
        table.append(base | at | {"start": date(2026, 7, 1)} | change)
    return pl.DataFrame(table)


def test_two_independent_seventies_make_forty_nine() -> None:
    found = joint(stages((1e8, 0.3, 1000, 0.2)), together=APART, as_of=TODAY).row(0, named=True)
    assert found["together"] == pytest.approx(0.49, abs=0.003)
    assert found["marginal"] == pytest.approx(np.sqrt(0.7), abs=0.003)
    assert found["cost_joint"] == pytest.approx(1e8 * np.exp(0.3 * 0.978), rel=0.01)
    assert abs(found["rho"]) < 0.02


def test_errors_that_go_together_make_seventy_again() -> None:
    close = joint(stages((1e8, 0.3, 1000, 0.2)), together=Together(1.0, 0.0), as_of=TODAY).row(0, named=True)
    assert close["together"] == pytest.approx(0.7, abs=0.002)
    assert close["rho"] == pytest.approx(1.0, abs=1e-3)


@given(st.lists(st.tuples(st.floats(0.05, 0.8), st.floats(1, 9)), min_size=2, max_size=5), st.floats(0, 0.8))
@settings(max_examples=25, deadline=None)
def test_points_agree_with_moments(rows: list[tuple[float, float]], rho: float) -> None:
    """The matched lognormal has the mean and variance of the sum; its median is near that of the points."""
    spread, middle = np.array([s for s, _ in rows]), np.array([m for _, m in rows])
    points = np.stack([middle * np.exp(z * spread) for z in (-TENTH, 0, TENTH)], axis=1)
    drawn = normals(len(rows), Together(0.5, rho), points=8192)
    cost = total(points, points, drawn).cost
    across = np.full((len(rows), len(rows)), rho) + (1 - rho) * np.eye(len(rows))
    median, log_sd = moment_matched(middle, spread, across)
    assert cost.mean() == pytest.approx(median * np.exp(log_sd**2 / 2), rel=0.01)
    assert cost.std() == pytest.approx(cost.mean() * np.sqrt(np.expm1(log_sd**2)), rel=0.15)
    assert np.median(cost) == pytest.approx(median, rel=0.05)


def test_a_sum_beside_plain_simulation() -> None:
    table = stages((1e8, 0.5, 100, 0.3), (3e8, 0.3, 300, 0.4), (5e7, 0.9, 200, 0.2))
    found = joint(table, together=Together(0.5, 0.3), as_of=TODAY).row(0, named=True)
    rng = np.random.default_rng(7)
    z = rng.multivariate_normal(np.zeros(6), Together(0.5, 0.3).matrix(3), 400_000).reshape(-1, 3, 2)
    cost = (np.array([1e8, 3e8, 5e7]) * np.exp(z[:, :, 0] * [0.5, 0.3, 0.9])).sum(axis=1)
    days = (np.array([100, 300, 200]) * np.exp(z[:, :, 1] * [0.3, 0.4, 0.2])).sum(axis=1)
    assert [found[f"cost{n}"] for n in ("_low", "", "_high")] == pytest.approx(
        list(np.quantile(cost, (0.1, 0.5, 0.9))), rel=0.01
    )
    assert [found[f"days{n}"] for n in ("_low", "", "_high")] == pytest.approx(
        list(np.quantile(days, (0.1, 0.5, 0.9))), rel=0.01
    )
    both = ((cost <= np.quantile(cost, 0.7)) & (days <= np.quantile(days, 0.7))).mean()
    assert found["together"] == pytest.approx(both, abs=0.006)
    held = ((cost <= found["cost_joint"]) & (days <= found["days_joint"])).mean()
    assert held == pytest.approx(0.7, abs=0.01)


def test_three_points_that_lean_are_all_kept() -> None:
    low, middle, high = 80.0, 100.0, 200.0
    drawn = normals(1, APART, points=8192)
    cost = total(np.array([[low, middle, high]]), np.array([[1.0, 1.0, 1.0]]), drawn).cost
    assert list(np.quantile(cost, (0.1, 0.5, 0.9))) == pytest.approx([low, middle, high], rel=0.005)
    assert cost.mean() == pytest.approx(float(expected(low, middle, high)), rel=0.005)
    below, above = spread_of(low, middle, high)
    assert below < above
    assert float(expected(np.nan, 100.0, np.nan)) == 100.0


def test_isolines_fall_and_hold() -> None:
    table = stages((1e8, 0.4, 300, 0.3), (2e8, 0.2, 500, 0.3))
    lines = isolines(table, together=Together(), as_of=TODAY, calendar=CALENDAR)
    assert lines["level"].unique().sort().to_list() == [0.5, 0.7, 0.8]
    sums = total(
        *(table.select(f"{w}_low", w, f"{w}_high").cast(pl.Float64).to_numpy() for w in ("cost", "days")),
        normals(2, Together()),
    )
    for (level,), line in lines.group_by("level", maintain_order=True):
        assert line["cost"].is_sorted(descending=True)
        assert line["finish"].is_sorted()
        for days, cost in line.select("days", "cost").rows()[::8]:
            assert sums.confidence(cost + 1, days) == pytest.approx(level, abs=0.001)
    ends = {level: line["cost"][-1] for (level,), line in lines.group_by("level")}
    assert ends[0.5] < ends[0.7] < ends[0.8]


def test_curves_rise_through_the_three_points() -> None:
    found = curves(stages((1e8, 0.3, 400, 0.2)), together=APART, as_of=TODAY, calendar=CALENDAR)
    money = found.filter(pl.col("what") == "cost")
    assert money["cost"].is_sorted()
    assert money.filter(pl.col("chance").is_close(0.1))["cost"].item() == pytest.approx(
        1e8 * np.exp(-TENTH * 0.3), rel=0.01
    )
    time = found.filter(pl.col("what") == "days")
    assert time["finish"].is_sorted()
    assert all(CALENDAR.is_working(day) for day in time["finish"])


def test_dates_land_on_working_days_and_start_today_at_the_earliest() -> None:
    row = joint(stages((1e8, 0.0, 457, 0.0)), together=APART, as_of=TODAY, calendar=CALENDAR).row(0, named=True)
    assert row["days"] == 457  # 2027-10-01, the first day of a holiday that lasts until the 7th
    assert row["finish"] == date(2027, 10, 8)
    late = joint(stages((1e8, 0.1, 10, 0.0), start=None), together=APART, as_of=date(2026, 7, 4)).row(0, named=True)
    assert late["finish"] == date(2026, 7, 14)
    spoken(pl.Series([row["why"], late["why"]]))


def test_what_is_not_known_stays_unknown() -> None:
    whole = stages((1e8, 0.3, 100, 0.2), (1e8, 0.3, 100, 0.2))
    blank = whole.with_columns(cost=pl.when(pl.col("order") == 0).then("cost"))
    row = joint(blank, together=APART, as_of=TODAY).row(0, named=True)
    assert [row[c] for c in ("currency", "cost", "together", "cost_joint", "rho")] == [None] * 5
    assert row["days"] is not None
    flat = whole.with_columns(pl.lit(None, pl.Int64).alias(c) for c in ("cost_low", "cost_high"))
    row = joint(flat, together=APART, as_of=TODAY).row(0, named=True)
    assert (row["cost_low"], row["cost"], row["together"]) == (None, 200_000_000, None)
    assert isolines(flat, together=APART, as_of=TODAY).is_empty()
    assert set(curves(flat, together=APART, as_of=TODAY)["what"]) == {"days"}
    said = spoken(pl.Series([row["why"]]))
    assert any("无从得知" in s for s in said)


def test_time_out_of_mind_gives_no_date() -> None:
    row = joint(
        stages((1e8, 0.3, 20_000, 0.4), (1e8, 0.3, 20_000, 0.4), (1e8, 0.3, 20_000, 0.4)),
        together=APART,
        as_of=TODAY,
        calendar=CALENDAR,
    ).row(0, named=True)
    assert row["finish_high"] is None
    assert any("beyond the years" in s for s in spoken(pl.Series([row["why"]])))


def test_rows_in_any_order_give_the_same_and_wrong_levels_are_refused() -> None:
    table = pl.concat([stages((1e8, 0.3, 100, 0.2), (2e8, 0.1, 50, 0.5), case=c) for c in "ab"])
    args: dict[str, Any] = {"together": Together(), "as_of": TODAY}
    assert joint(table, **args).equals(joint(table.reverse(), **args))
    with pytest.raises(UsageFault):
        joint(table, **args, confidence=1.0)
    with pytest.raises(DataRefused) as caught:
        joint(pl.concat([table, table.head(1)]).with_columns(cost=-pl.col("cost")), **args)
    codes = {fault.what.code for fault in caught.value.faults}
    assert codes == {"risk_value.stage-twice", "risk_value.stage-cost-negative", "risk_value.cost-order"}
    with pytest.raises(UsageFault):
        joint(table, **args, points=1000)
