"""Value by stage: arithmetic by hand, options never negative, more odds never worth less, unknown stays
unknown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import spoken
from value_tables import TODAY, cases, flows, other_ids, stages

from tongtu.risk.sensitivity import tornado
from tongtu.risk.value import Rights, drivers, payoffs, simulated, value
from tongtu.risk.value.closed import call, call_on_call
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Why

RATE = 0.08
YEAR = 365 / 365.25


def row(frame: pl.DataFrame) -> dict[str, Any]:
    return frame.row(0, named=True)


def worth(
    *odds: float, change: dict[str, Any] | None = None, sold: pl.DataFrame | None = None, **more: Any
) -> dict[str, Any]:  # fmt: skip
    found = value(
        cases(), stages(*odds, **(change or {})), flows() if sold is None else sold, rate=RATE, as_of=TODAY, **more
    )
    return row(found.values)


# ---------------------------------------------------------------------------------------------- cash flows


def test_success_is_discounted_to_its_day() -> None:
    found = row(payoffs(cases(), flows(), rate=RATE, as_of=TODAY))
    years = 1.08 ** -np.arange(1, 6)
    assert found["gross"] == pytest.approx(5 * 70e6)
    assert found["payoff"] == pytest.approx(70e6 * years.sum())
    spread = np.hypot(100e6, 30e6) * 0.4 * np.sqrt(0.6) * years.sum()  # years together, kinds apart
    assert found["payoff_sd"] == pytest.approx(spread)
    assert (found["currency"], found["price_year"], found["years"]) == ("CNY", 2026, 5)


def test_rows_belong_by_case_then_pair_then_need_or_achievement() -> None:
    own = flows()
    pair = flows(revenue=50_000_000, case=None, need="n1", achievement="a1").with_columns(
        pl.format("p{}", "cashflow").alias("cashflow")
    )
    other = flows(revenue=1, case=None, need="n1", achievement="zz").with_columns(
        pl.format("z{}", "cashflow").alias("cashflow")
    )
    need = other_ids("n", flows(revenue=7, case=None, need="n1"))
    assert row(payoffs(cases(), pl.concat([need, pair, own, other]), rate=0, as_of=TODAY))["gross"] == 350e6
    assert row(payoffs(cases(), pl.concat([need, pair, other]), rate=0, as_of=TODAY))["gross"] == 100e6
    assert row(payoffs(cases(), need, rate=0, as_of=TODAY))["gross"] == pytest.approx(5 * (7 - 30e6))
    assert row(payoffs(cases(), other, rate=0, as_of=TODAY))["gross"] is None


def test_what_was_recorded_later_does_not_count() -> None:
    late = flows().with_columns(recorded_at=pl.lit(TODAY + timedelta(days=1)))
    assert row(payoffs(cases(), late, rate=RATE, as_of=TODAY))["payoff"] is None
    corrected = pl.concat(
        [
            flows().with_columns(recorded_at=pl.lit(date(2026, 1, 1))),
            flows(1, 1).with_columns(recorded_at=pl.lit(TODAY)),
        ]
    )
    assert row(payoffs(cases(), corrected, rate=0, as_of=TODAY))["gross"] == 0


def test_currencies_need_a_rate_and_price_years_an_index() -> None:
    dollars = flows(currency="USD")
    with pytest.raises(DataRefused) as caught:
        payoffs(cases(), dollars, rate=RATE, as_of=TODAY)
    assert caught.value.faults[0].what.code == "risk_value.mixed-currency"
    rates = pl.DataFrame({"currency": ["USD"], "quote": ["CNY"], "rate": [7.0], "date": [date(2026, 1, 1)]})
    assert row(payoffs(cases(), dollars, rate=0, as_of=TODAY, rates=rates))["gross"] == pytest.approx(7 * 350e6)
    old = flows(price_year=2020)
    unknown = row(payoffs(cases(), old, rate=0, as_of=TODAY))
    assert unknown["payoff"] is None
    assert Why.from_json(unknown["why"]).code == "risk_value.price-years"
    lifted = row(payoffs(cases(), old, rate=0, as_of=TODAY, index={2020: 100.0, 2026: 120.0}))
    assert lifted["gross"] == pytest.approx(1.2 * 350e6)


# ---------------------------------------------------------------------------------------------- risk-adjusted value


def test_value_by_hand() -> None:
    d = 1.08**-YEAR
    prize = 70e6 * (1.08 ** -np.arange(1, 6)).sum()
    by_hand = -20e6 - 20e6 * d * 0.5 - 20e6 * d**2 * 0.3 + prize * d**3 * 0.24
    found = worth()
    assert found["rnpv"] == pytest.approx(by_hand, abs=1)
    assert found["gross"] == 350_000_000
    certain = worth(1, 1, 1, change={"cost": 0, "days": 0})
    assert certain["rnpv"] == pytest.approx(prize, abs=1)


def test_the_steps_lead_from_gross_to_whole() -> None:
    rights = Rights(wait_years=2.0, expand=0.5, expand_cost=1.0)
    found = value(cases(), stages(), flows(), rate=RATE, as_of=TODAY, rights=rights)
    steps, whole = found.steps, row(found.values)
    assert steps["step"].to_list() == [
        "gross", "odds", "odds", "odds", "cost", "time", "rnpv", "abandon", "expand", "wait", "whole",
    ]  # fmt: skip
    changes = steps.filter(pl.col("change").is_not_null())
    assert changes["change"].sum() == whole["whole"]
    assert steps.filter(pl.col("step") == "rnpv")["total"].item() == whole["rnpv"]
    assert steps["change"].to_list()[1:4] == [-175_000_000, -70_000_000, -21_000_000]
    assert steps.filter(pl.col("step") == "cost")["change"].item() == -round(20e6 * (1 + 0.5 + 0.3))


def test_gates_say_whether_to_go_on() -> None:
    found = value(cases(), stages(cost=60_000_000), flows(), rate=RATE, as_of=TODAY).gates
    assert found["stage"].to_list() == ["pilot", "scale_up", "first_order"]
    assert found["value"].is_sorted()
    assert found["go"].to_list() == [False, True, True]
    assert found["start"].to_list() == [TODAY + timedelta(days=365 * k) for k in range(3)]
    assert (found["value_with_stop"] >= found["value"]).all()
    spoken(found["why"])


def test_a_later_start_is_worth_less() -> None:
    later = worth(change={"start": TODAY + timedelta(days=730)})
    assert later["rnpv"] == pytest.approx(worth()["rnpv"] * 1.08 ** -(730 / 365.25), abs=1)


def test_doubt_about_the_value_beside_simulation() -> None:
    """Low and high are 10 and 90 % of the expected value over what is not known of odds, costs and cash flows."""
    doubt = {"a": 12.0, "b": 8.0, "cost_low": 12e6, "cost": 20e6, "cost_high": 20e6 * 20 / 12}
    found = worth(0.6, 0.6, 0.6, change=doubt)
    rng, n = np.random.default_rng(3), 400_000
    p, z = rng.beta(12, 8, (3, n)), rng.standard_normal((3, n))
    cost = 20e6 * np.exp(np.log(20 / 12) / 1.2815516 * z)
    paid = row(payoffs(cases(), flows(), rate=RATE, as_of=TODAY))
    v = paid["payoff"] + paid["payoff_sd"] * rng.standard_normal(n)
    for k in (2, 1, 0):
        v = 1.08**-YEAR * p[k] * v - cost[k]
    assert found["rnpv"] == pytest.approx(v.mean(), rel=0.02)
    assert (found["high"] - found["low"]) / 2 / 1.2815516 == pytest.approx(v.std(), rel=0.01)
    low, high = np.quantile(v, (0.1, 0.9))
    assert found["low"] == pytest.approx(low, abs=0.06 * (high - low))
    assert found["high"] == pytest.approx(high, abs=0.06 * (high - low))


@given(st.tuples(*[st.floats(0.01, 0.99)] * 3), st.integers(0, 2), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_more_odds_are_never_worth_less_with_the_right_to_stop(
    odds: tuple[float, float, float], place: int, up: float
) -> None:
    better = list(odds)
    better[place] += (1 - better[place]) * up
    less, more = (worth(*p, rights=Rights(), volatility=0.4) for p in (odds, better))
    assert more["whole"] >= less["whole"] - 2
    if place == 2:  # the last odds cost nothing more to have
        assert more["rnpv"] >= less["rnpv"] - 2


@given(st.tuples(*[st.floats(0.05, 1)] * 3), st.floats(0, 1.0), st.integers(0, 150_000_000))
@settings(max_examples=25, deadline=None)
def test_rights_are_never_a_burden(odds: tuple[float, float, float], volatility: float, cost: int) -> None:
    rights = Rights(wait_years=1.0, decay=0.05, expand=0.5, expand_cost=1.0)
    found = worth(*odds, change={"cost": cost}, rights=rights, volatility=volatility)
    tolerance = 2e-3 * 280e6
    assert all(found[f"option_{name}"] >= -tolerance for name in ("abandon", "expand", "wait"))
    assert found["whole"] >= max(found["rnpv"], 0) - tolerance


def test_more_doubt_makes_rights_worth_more() -> None:
    several = [worth(change={"cost": 60_000_000}, volatility=v)["option_abandon"] for v in (0.0, 0.2, 0.4, 0.8)]
    assert several == sorted(several)
    assert several[-1] > several[0]


# ---------------------------------------------------------------------------------------------- options on stages


def two_stages(first: float, last: float) -> pl.DataFrame:
    """Nothing to pay at first and a year to wait, then `first`, a year later `last` at once before success."""
    days = pl.Series([365.25, 365.25, 0.0])
    return stages(1.0, 1.0, 1.0).with_columns(cost=pl.Series([0.0, first, last]), days=days)


def test_the_right_to_stop_is_a_call_on_a_call() -> None:
    """Two gates with certain odds: Geske's closed form."""
    prize = row(payoffs(cases(), flows(), rate=RATE, as_of=TODAY))["payoff"]
    log_rate = np.log(1 + RATE)
    exact = call_on_call(prize * np.exp(-2 * log_rate), 40e6, 1.0, 250e6, 2.0, log_rate, 0.5)
    found = value(cases(), two_stages(40e6, 250e6), flows(), rate=RATE, as_of=TODAY, volatility=0.5, steps=400)
    assert row(found.values)["whole"] == pytest.approx(exact, rel=2e-3)


def test_waiting_is_a_call_when_nothing_is_lost_meanwhile() -> None:
    """One certain stage that takes no time and no discounting: never begin before the last day (Merton 1973)."""
    at_once, wait = stages(1.0, cost=300_000_000, days=0), Rights(wait_years=2.0)
    prize = row(payoffs(cases(), flows(), rate=0.0, as_of=TODAY))["payoff"]
    found = value(cases(), at_once, flows(), rate=0.0, as_of=TODAY, volatility=0.4, rights=wait, steps=400)
    assert row(found.values)["whole"] == pytest.approx(call(prize, 300e6, 2.0, 0.0, 0.4), rel=2e-3)


@pytest.mark.parametrize(
    ("price", "years", "decay", "volatility", "expected"),
    [(300, 3, 0.05, 0.4, 45.504098), (250, 2, 0.1, 0.3, 39.160206), (300, 2, 0.0, 0.4, 48.933915)],
)
def test_waiting_is_an_american_call(
    price: float, years: float, decay: float, volatility: float, expected: float
) -> None:  # fmt: skip
    """QuantLib 1.44, finite differences: spot 279.4897026 (the prize), rate ln 1.08, dividend yield ln 1.08 - ln(1 -
    decay)."""
    at_once = stages(1.0, cost=round(price * 1e6), days=0)
    rights = Rights(wait_years=years, decay=decay)
    found = value(cases(), at_once, flows(), rate=RATE, as_of=TODAY, volatility=volatility, rights=rights, steps=300)
    assert row(found.values)["whole"] == pytest.approx(expected * 1e6, rel=1e-3)


def test_a_prize_that_melts_is_not_waited_for() -> None:
    melts, keeps = (
        worth(volatility=0.0, change={"cost": 90_000_000}, rights=Rights(wait_years=3.0, decay=d)) for d in (0.3, 0.0)
    )
    assert melts["whole"] == 0  # never begun
    assert keeps["whole"] == 0
    good = [worth(volatility=0.3, rights=Rights(wait_years=3.0, decay=d))["option_wait"] for d in (0.0, 0.1, 0.3)]
    assert good == sorted(good, reverse=True)


def test_lattice_and_simulation_agree_on_stages() -> None:
    prize = row(payoffs(cases(), flows(), rate=RATE, as_of=TODAY))["payoff"]
    found = worth(change={"cost": 40_000_000}, volatility=0.6)
    beside = simulated.staged(
        prize, 0.6, np.array([0.5, 0.6, 0.8]), np.full(3, 40e6), np.full(3, YEAR), RATE, paths=200_000, seed=5
    )
    assert found["whole"] == pytest.approx(beside.value, abs=3.5 * beside.error)


def test_expanding_by_hand() -> None:
    """Growing by half for nothing adds half the prize."""
    plain, grown = worth(volatility=0.3), worth(volatility=0.3, rights=Rights(expand=0.5, expand_cost=0.0))
    prize = row(payoffs(cases(), flows(), rate=RATE, as_of=TODAY))["payoff"]
    assert grown["option_expand"] == pytest.approx(0.5 * 0.24 * prize * 1.08 ** (-3 * YEAR), rel=0.01)
    assert plain["option_expand"] is None


# ---------------------------------------------------------------------------------------------- unknown and wrong


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"p": None}, "odds of a stage"), ({"cost": None}, "cost of a stage"), ({"days": None}, "time of a stage"),
        ({"price_year": 2020}, "different years"),
    ],
)  # fmt: skip
def test_unknown_stays_unknown(change: dict[str, Any], said: str) -> None:
    found = value(cases(), stages(**change), flows(), rate=RATE, as_of=TODAY)
    assert row(found.values)["rnpv"] is None
    assert row(found.values)["whole"] is None
    assert found.steps.is_empty()
    assert found.gates["go"].null_count() == 3
    assert any(said in s for s in spoken(found.values["why"]))


def test_no_cash_flows_and_no_range() -> None:
    found = value(cases(), stages(), flows().clear(), rate=RATE, as_of=TODAY)
    assert row(found.values)["gross"] is None
    assert any("现金流" in s for s in spoken(found.values["why"]))
    flat = row(value(cases(), stages(), flows(low=None, high=None), rate=RATE, as_of=TODAY).values)
    assert flat["rnpv"] is not None
    assert [flat[c] for c in ("low", "high", "volatility", "option_abandon", "whole")] == [None] * 5
    stated = row(value(cases(), stages(), flows(low=None, high=None), rate=RATE, as_of=TODAY, volatility=0.3).values)
    assert stated["option_abandon"] is not None


def test_order_of_rows_never_matters() -> None:
    many, laid = pl.concat([cases(), cases(case="c0")]), pl.concat([stages(), stages(case="c0")])
    sold = pl.concat([flows(), other_ids("x", flows(case="c0"))])
    once = value(many, laid, sold, rate=RATE, as_of=TODAY, rights=Rights(wait_years=1.0))
    again = value(many.reverse(), laid.reverse(), sold.reverse(), rate=RATE, as_of=TODAY, rights=Rights(wait_years=1.0))
    for name in ("values", "steps", "gates"):
        assert getattr(once, name).equals(getattr(again, name))


def test_all_faults_come_at_once() -> None:
    bad = pl.concat([
        flows(years=1, low=-5), other_ids("a", flows(years=1, kind="gift")),
        other_ids("b", flows(years=1, currency=None, price_year=None)),
        other_ids("c", flows(years=1, high=1)),
        other_ids("d", flows(years=1, case=None)),
        other_ids("e", flows(years=1, year=0, likely=None)),
    ])  # fmt: skip
    laid = pl.concat([stages(1.5, 0.5), stages(0.5, cost=-1, days=-1), stages(0.5, case="zz", a=-1.0)])
    with pytest.raises(DataRefused) as caught:
        value(cases(), laid, bad, rate=RATE, as_of=TODAY)
    codes = {fault.what.code.removeprefix("risk_value.") for fault in caught.value.faults}
    assert codes >= {
        "flow-negative", "flow-kind", "cashflow-currency", "cashflow-price-year", "flow-order", "flow-nowhere",
        "flow-year", "flow-likely", "odds-refused", "stage-cost-negative", "stage-days-negative", "stage-twice",
        "unknown-case", "belief-refused",
    }  # fmt: skip
    assert all("{" not in fault.say(lang) for fault in caught.value.faults for lang in ("zh", "en"))


def test_nothing_to_value_gives_empty_tables() -> None:
    none = value(cases().clear(), stages().clear(), flows(), rate=RATE, as_of=TODAY)
    assert [frame.height for frame in (none.values, none.steps, none.gates)] == [0, 0, 0]
    passed = value(cases(), stages().clear(), flows(), rate=RATE, as_of=TODAY)
    assert row(passed.values)["rnpv"] is None
    assert any("no stage is left" in s for s in spoken(passed.values["why"]))


def test_costs_without_cash_flows_need_no_currency_of_theirs() -> None:
    bare = cases(currency=None, price_year=None)
    assert row(value(bare, stages(), flows().clear(), rate=RATE, as_of=TODAY).values)["rnpv"] is None
    assert row(value(bare, stages(), flows(), rate=RATE, as_of=TODAY).values)["currency"] == "CNY"
    with pytest.raises(DataRefused) as caught:
        value(bare, stages(currency=None, price_year=None), flows().clear(), rate=RATE, as_of=TODAY)
    assert {f.what.code for f in caught.value.faults} == {"risk_value.no-currency", "risk_value.no-price-year"}


def test_drivers_give_the_value_and_feed_a_tornado() -> None:
    laid = stages(a=12.0, b=8.0, cost_low=10e6, cost_high=40e6, days_low=300, days_high=500)
    found = drivers("c1", cases(), laid, flows(), rate=RATE, as_of=TODAY)
    assert found is not None
    figure, inputs = found
    assert inputs["name"].to_list()[:3] == ["odds:pilot", "cost:pilot", "days:pilot"]
    middle = {name: np.array([x]) for name, x in inputs.select("name", "middle").rows()}
    sure = value(cases(), stages(), flows(), rate=RATE, as_of=TODAY)
    assert float(figure(middle)[0]) == pytest.approx(row(sure.values)["rnpv"], abs=1)
    bars = tornado(figure, inputs)
    assert bars["name"][0] in ("payoff", "odds:pilot")
    assert bars.height == inputs.height
    assert drivers("c1", cases(), stages(cost=None), flows(), rate=RATE, as_of=TODAY) is None


def test_options_that_cannot_be_are_refused_together() -> None:
    with pytest.raises(UsageFault) as caught:
        worth(volatility=-1.0, rights=Rights(wait_years=-1, decay=2, expand=0.5))
    assert {f.what.code for f in caught.value.faults} == {"risk_value.volatility", "risk_value.right"}
    with pytest.raises(UsageFault, match="8 is not a yearly rate"):
        value(cases(), stages(), flows(), rate=8, as_of=TODAY)
    with pytest.raises(DataRefused):
        worth(change={"currency": "USD"})
