"""The book: what it holds, what it refuses, and what it leaves out and why."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import cases, drawn, stages

from tongtu.risk.book import book
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.words import LANGUAGES, missing

TWO = (("A", 1, "lab", 0.5, 100.0), ("A", 2, "pilot", 0.6, 200.0), ("B", 1, "lab", 0.5, 300.0))


def refused(code: str, case_table: pl.DataFrame, stage_table: pl.DataFrame, **more: object) -> DataRefused:
    """The refusal, which must hold this fault, spoken whole in both languages."""
    with pytest.raises(DataRefused) as caught:
        book(case_table, stage_table, **{"currency": "CNY", **more})  # type: ignore[arg-type]
    codes = [fault.what.code for fault in caught.value.faults]
    assert f"risk_simulation.{code}" in codes
    for fault in caught.value.faults:
        assert fault.repair is not None
        assert missing(fault.what.code) == missing(fault.repair.code) == []
        assert not any("{" in fault.say(lang) for lang in LANGUAGES)
    return caught.value


def test_rows_come_in_order_of_ids_and_stages_whatever_the_order_given():
    found = book(cases("B", "A"), stages(*TWO[::-1]), currency="CNY")
    assert found.cases == ("A", "B")
    assert list(found.start) == [0, 2, 3]
    assert [found.stages[k] for k in found.stage] == ["lab", "pilot", "lab"]
    np.testing.assert_allclose(found.success, [0.3, 0.5])


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_never_matters(random):
    table = stages(*TWO)
    order = list(range(3))
    random.shuffle(order)
    one, two = (book(cases("A", "B"), t, currency="CNY") for t in (table, table[order]))
    np.testing.assert_array_equal(one.p, two.p)
    np.testing.assert_array_equal(one.cost, two.cost)


def test_beliefs_give_the_odds_and_costs_their_spread():
    table = stages(*TWO, a=[5.0, 6.0, 5.0], b=[5.0, 4.0, 5.0], cost_low=[50.0, 100.0, None],
                   cost_high=[200.0, 400.0, None])  # fmt: skip
    found = book(cases("A", "B"), table.with_columns(p=pl.lit(None, pl.Float64)), currency="CNY")
    np.testing.assert_allclose(found.p, [0.5, 0.6, 0.5])
    np.testing.assert_allclose(found.cost_sigma[:2], np.log(4) / 2 / 1.2815515655446004)
    assert found.cost_sigma[2] == 0
    assert found.cost_mean[0] > found.cost[0]


def test_what_must_come_first_orders_the_stages():
    table = stages(*TWO).drop("order").with_columns(after=pl.Series(["pilot", None, None]))
    found = book(cases("A", "B"), table, currency="CNY")
    assert [found.stages[k] for k in found.stage[:2]] == ["pilot", "lab"]


def test_unknown_odds_and_costs_are_left_out_with_their_reason():
    table = stages(*TWO, ("C", 1, "lab", None, 1.0), ("E", 1, "lab", 0.5, None))
    found = book(cases("A", "B", "C", "D", "E"), table, currency="CNY")
    assert found.cases == ("A", "B")
    reasons = dict(found.left.iter_rows())
    assert "left-odds" in reasons["C"]
    assert "left-no-stage" in reasons["D"]
    assert "left-costs" in reasons["E"]


def test_money_of_another_currency_needs_a_dated_rate():
    table, foreign = stages(*TWO), cases("A", "B", currency=["USD", "CNY"])
    error = refused("no-rate", foreign, table)
    assert "USD" in error.say("zh")
    rates = pl.DataFrame({"currency": ["USD"], "quote": ["CNY"], "date": [date(2026, 1, 1)], "rate": [7.0]})
    found = book(foreign, table, currency="CNY", rates=rates, as_of=date(2026, 6, 1))
    np.testing.assert_allclose(found.cost, [700, 1400, 300])
    with pytest.raises(UsageFault):
        book(foreign, table, currency="CNY", rates=rates)


def test_certainty_from_three_cases_is_refused_with_a_better_figure():
    error = refused("odds-certain", cases("A"), stages(("A", 1, "lab", 1.0, 1.0), n_eff=3.0))
    assert "0.875" in error.say("en")
    assert "3" in error.say("zh")
    refused("odds-certain-of-nothing", cases("A"), stages(("A", 1, "lab", 0.0, 1.0)))


ZOO = {
    "odds-outside": (cases("A"), stages(("A", 1, "lab", 1.2, 1.0))),
    "belief-none": (cases("A"), stages(("A", 1, "lab", 0.5, 1.0), a=-1.0, b=1.0)),
    "belief-apart": (cases("A"), stages(("A", 1, "lab", 0.5, 1.0), a=9.0, b=1.0)),
    "below-zero": (cases("A"), stages(("A", 1, "lab", 0.5, -1.0))),
    "points-fall": (cases("A"), stages(("A", 1, "lab", 0.5, 10.0), cost_low=20.0)),
    "stage-twice": (cases("A"), stages(("A", 1, "lab", 0.5, 1.0), ("A", 2, "lab", 0.6, 1.0))),
    "circle": (cases("A"), stages(("A", 1, "x", 0.5, 1.0), ("A", 2, "y", 0.6, 1.0), after=["y", "x"])),
    "no-place": (cases("A"), stages(("A", None, "x", 0.5, 1.0), ("A", 1, "y", 0.5, 1.0))),
    "stage-missing": (cases("A"), stages(("A", 1, None, 0.5, 1.0))),
    "case-unknown": (cases("A"), stages(("Z", 1, "lab", 0.5, 1.0))),
    "case-twice": (cases("A", "A"), stages(("A", 1, "lab", 0.5, 1.0))),
    "case-missing": (cases("A"), stages((None, 1, "lab", 0.5, 1.0), ("A", 1, "lab", 0.5, 1.0))),
    "no-currency": (cases("A", currency=[""]), stages(("A", 1, "lab", 0.5, 1.0))),
    "no-price-year": (cases("A", price_year=None), stages(("A", 1, "lab", 0.5, 1.0))),
    "weight-wrong": (cases("A", weight=-1.0), stages(("A", 1, "lab", 0.5, 1.0))),
    "column-missing": (cases("A"), stages(("A", 1, "lab", 0.5, 1.0)).drop("stage")),
    "unreadable": (cases("A"), stages(("A", 1, "lab", 0.5, 1.0)).with_columns(cost=pl.lit("dear"))),
}


@pytest.mark.parametrize("code", ZOO)
def test_bad_input_is_named_with_its_repair(code):
    refused(code, *ZOO[code])


def test_a_wrong_payoff_is_refused():
    paid = pl.DataFrame({"case": ["A", "Z"], "payoff": [1.0, 1.0], "payoff_sd": [-1.0, 0.0]})
    error = refused("payoff-wrong", cases("A"), stages(TWO[0]), payoffs=paid)
    assert len(error.faults) == 2


def test_all_faults_come_at_once():
    rows = ((("A", 1, "lab", 1.2, -1.0)), ("A", 2, "lab", 0.5, 1.0), ("Z", 1, "lab", 0.5, 1.0))
    error = refused("odds-outside", cases("A", price_year=None, weight=-2.0), stages(*rows))
    assert len({fault.what.code for fault in error.faults}) >= 6


def test_different_price_years_are_said():
    found = book(cases("A", "B", price_year=[2024, 2026]), stages(*TWO), currency="CNY")
    assert found.price_years == (2024, 2026)
    assert [note.code for note in found.notes] == ["risk_simulation.price-years"]


def test_some_cases_of_a_book_are_a_book():
    whole = drawn(9, belief=20.0)
    part = whole.take([7, 2])
    assert part.cases == (whole.cases[2], whole.cases[7])
    rows = np.r_[whole.start[2] : whole.start[3], whole.start[7] : whole.start[8]]
    np.testing.assert_array_equal(part.p, whole.p[rows])
    np.testing.assert_array_equal(part.payoff, whole.payoff[[2, 7]])


def test_present_value_counts_the_days_before():
    paid = pl.DataFrame({"case": ["A", "B"], "payoff": [1000.0, 1000.0]})
    found = book(cases("A", "B"), stages(*TWO, days=[365.25, 730.5, None]), paid, currency="CNY").discounted(0.1)
    np.testing.assert_allclose(found.cost, [100, 200 / 1.1, 300])
    np.testing.assert_allclose(found.payoff, [1000 / 1.1**3, np.nan])
