"""Funding: brute force on small books, money exact, limits kept, and a reason for every case left out."""

from __future__ import annotations

import itertools
import time
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import TODAY, spoken, table

from tongtu.risk import choose
from tongtu.terms.faults import DataRefused, Infeasible
from tongtu.terms.why import Why

_CASE = {
    "case": pl.String, "direction": pl.String, "region": pl.String, "track": pl.String, "start_stage": pl.String,
    "p": pl.Float64, "low": pl.Float64, "cost_ask": pl.Int64, "currency": pl.String,
}  # fmt: skip


def cases(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {"direction": "a", "track": "industrialisation", "p": 0.5, "low": 0.4, "cost_ask": 100, "currency": "CNY"}
    return pl.DataFrame([{"case": f"c{k}", **base, **row} for k, row in enumerate(rows)], schema=_CASE)


def funds(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {"kind": "ministry", "directions": None, "tracks": None, "stages": None}
    return table("funds", [{"fund": f"f{k}", "name": f"F{k}", **base, **row} for k, row in enumerate(rows or [{}])])


def budgets(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {
        "fund": "f0", "period_from": date(2026, 1, 1), "period_to": date(2026, 12, 31), "amount": 150,
        "currency": "CNY", "direction": None, "region": None, "track": None,
    }  # fmt: skip
    return table("budgets", [{"budget": f"b{k}", **base, **row} for k, row in enumerate(rows)])


PRIORITIES = table("priorities", [])


def reasons(found: pl.DataFrame) -> dict[str, str]:
    spoken(found["why"])
    return {case: Why.from_json(why).code.removeprefix("risk.") for case, why in found.select("case", "why").rows()}


def test_why_and_why_not() -> None:
    book = cases(
        {"p": 0.9}, {"p": 0.2}, {"cost_ask": None}, {"p": None, "low": None}, {"currency": "USD"},
        {"direction": "x"}, {"direction": None}, {"cost_ask": 1000}, {"p": None, "low": 0.85, "cost_ask": 50},
    )  # fmt: skip
    found = choose(book, funds(), budgets({"direction": "a"}), PRIORITIES, as_of=TODAY)
    assert reasons(found.funding) == {
        "c0": "chosen", "c1": "displaced", "c2": "no-cost", "c3": "no-odds", "c4": "no-currency",
        "c5": "not-eligible", "c6": "not-eligible", "c7": "too-large", "c8": "chosen",
    }  # fmt: skip
    assert found.solution.status == "optimal"
    assert found.solution.value == pytest.approx(0.9 + 0.85)
    assert found.budgets.row(0, named=True)["committed"] == 150
    out = found.funding.filter(~pl.col("chosen"))
    assert out["amount"].to_list() == [0] * 7
    assert out["expected"].to_list() == [0.0] * 7
    assert any("lower limit" in s for s in spoken(found.funding["why"]))


@pytest.mark.parametrize(
    ("begins", "ends", "counts"),
    [
        (date(2026, 1, 1), TODAY, True),
        (date(2025, 1, 1), date(2026, 6, 29), False),
        (date(2027, 6, 30), date(2028, 1, 1), True),
        (date(2027, 7, 1), date(2028, 1, 1), False),
    ],
)
def test_a_budget_counts_while_open_and_a_year_ahead(begins: date, ends: date, counts: bool) -> None:
    found = choose(cases({}), funds(), budgets({"period_from": begins, "period_to": ends}), PRIORITIES, as_of=TODAY)
    assert found.funding["chosen"].to_list() == [counts]
    assert reasons(found.funding)["c0"] == ("chosen" if counts else "no-budget")
    assert found.solution.status == ("optimal" if counts else "empty")


def test_limits_of_the_fund_and_of_the_budget_both_hold() -> None:
    two = funds({"directions": ["a", "b"], "stages": ["concept", "pilot"]}, {"tracks": ["pure_basic"]})
    money = budgets({"direction": "b", "amount": 1000}, {"fund": "f1", "amount": 1000})
    early, past = {"direction": "b", "start_stage": "disclosure"}, {"direction": "b", "start_stage": "scale_up"}
    book = cases({}, early, past, {"direction": "b"}, {"track": "pure_basic"})
    found = choose(book, two, money, PRIORITIES, as_of=TODAY).funding
    assert found["budget"].to_list() == [None, "b0", None, "b0", "b1"]
    assert "limited by stage" in " ".join(spoken(found["why"]))


def test_priorities_in_force_multiply() -> None:
    day, blank = date(2026, 1, 1), {"direction": None, "track": None, "since": None, "until": None, "source": "s"}
    rows = [
        {"priority": "p1", "direction": "b", "weight": 1.5, "since": day},
        {"priority": "p2", "track": "pure_basic", "weight": 2.0},
        {"priority": "p3", "direction": "b", "weight": 9.0, "until": day},
    ]
    weights = table("priorities", [{**blank, **row} for row in rows])
    book = cases({}, {"direction": "b"}, {"direction": "b", "track": "pure_basic"})
    found = choose(book, funds(), budgets({}), weights, as_of=TODAY).funding
    assert found["weight"].to_list() == [1.0, 1.5, 3.0]
    assert found["chosen"].to_list() == [False, False, True]
    assert found["expected"].to_list() == [0.0, 0.0, 1.5]


def test_currencies_meet_only_by_the_latest_rate() -> None:
    book = cases({"currency": "JPY", "cost_ask": 1000})  # 1000 yen, which have no minor unit
    rates = pl.DataFrame(
        {
            "currency": ["JPY", "CNY", "JPY"], "quote": ["CNY", "JPY", "CNY"], "rate": [0.06, 20.0, 0.09],
            "date": [date(2026, 1, 1), date(2026, 6, 1), date(2026, 7, 1)], "source": ["x"] * 3,
        }
    )  # fmt: skip
    money = budgets({"amount": 6000})
    assert not choose(book, funds(), money, PRIORITIES, as_of=TODAY).funding["chosen"][0]
    row = choose(book, funds(), money, PRIORITIES, as_of=TODAY, rates=rates).funding.row(0, named=True)
    assert (row["amount"], row["currency"]) == (5000, "CNY")  # 1000 / 20 = 50 yuan = 5000 fen


def test_minimums_are_kept_or_named_with_what_they_lack() -> None:
    book = cases({"p": 0.9}, {"direction": "b", "p": 0.1, "cost_ask": 90}, {"direction": "b", "cost_ask": 900})
    money = budgets({"amount": 150})
    least = pl.DataFrame({"minimum": ["base"], "direction": ["b"], "cases": [1]})
    found = choose(book, funds(), money, PRIORITIES, as_of=TODAY, minimums=least)
    assert found.funding["chosen"].to_list() == [False, True, False]
    with pytest.raises(Infeasible) as caught:
        choose(book, funds(), money, PRIORITIES, as_of=TODAY, minimums=least.with_columns(cases=pl.lit(3)))
    assert caught.value.faults[0].what.args["by"] == 2
    assert "base" in caught.value.say("en")
    amount = pl.DataFrame({"minimum": ["sum"], "direction": ["b"], "amount": [120], "currency": ["CNY"]})
    with pytest.raises(Infeasible) as caught:
        choose(book, funds(), money, PRIORITIES, as_of=TODAY, minimums=amount)
    assert caught.value.faults[0].what.args["by"].minor == 30


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"case": "c0"}, "case-twice"), ({"case": None}, "case-twice"), ({"p": 1.2}, "p-refused"),
        ({"p": float("nan")}, "p-refused"), ({"low": -0.1}, "p-refused"), ({"cost_ask": -1}, "ask-refused"),
        ({"currency": None}, "ask-refused"),
    ],
)  # fmt: skip
def test_cases_that_cannot_be_read_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(DataRefused) as caught:
        choose(cases({}, change), funds(), budgets({}), PRIORITIES, as_of=TODAY)
    assert [f.what.code for f in caught.value.faults] == [f"risk.{code}"]
    assert "{" not in caught.value.say("zh") + caught.value.say("en")


@st.composite
def books(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    some = st.sampled_from
    listed = [
        {
            "direction": draw(some(["a", "b", None])), "currency": draw(some(["CNY", "USD"])),
            "p": draw(some([None, 0.1, 0.3, 0.5, 0.9])), "low": draw(some([None, 0.05])),
            "cost_ask": draw(some([None, 0, 10, 30, 45, 70])),
        }
        for _ in range(draw(st.integers(0, 6)))
    ]  # fmt: skip
    pots = [
        {
            "amount": draw(some([0, 40, 75, 100])), "currency": draw(some(["CNY", "USD"])),
            "direction": draw(some(["a", "b", None])),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    return cases(*listed), budgets(*pots)


@given(books())
@settings(max_examples=60, deadline=None)
def test_equals_brute_force_and_keeps_every_limit(book: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    listed, money = book
    found = choose(listed, funds(), money, PRIORITIES, as_of=TODAY)
    pots = money.rows(named=True)
    best = 0.0
    rows = listed.rows(named=True)
    for taken in itertools.product(range(-1, len(pots)), repeat=len(rows)):
        left, value = [pot["amount"] for pot in pots], 0.0
        for row, k in zip(rows, taken, strict=True):
            chance = row["p"] if row["p"] is not None else row["low"]
            if k < 0:
                continue
            pot = pots[k]
            payable = row["cost_ask"] is not None and chance is not None and row["currency"] == pot["currency"]
            if not payable or pot["direction"] not in (None, row["direction"]):
                left = [-1]
                break
            left[k] -= row["cost_ask"]
            value += chance
        if min(left, default=0) >= 0:
            best = max(best, value)
    assert found.solution.value == pytest.approx(best)
    assert found.funding["expected"].sum() == pytest.approx(best)
    assert (found.budgets["committed"] <= found.budgets["amount"]).all()
    spoken(found.funding["why"])
    again = choose(listed.reverse(), funds(), money.reverse(), PRIORITIES, as_of=TODAY)
    assert found.funding.equals(again.funding)


def test_ten_thousand_cases_over_fifty_budgets() -> None:
    rng = np.random.default_rng(5)
    n = 10_000
    listed = pl.DataFrame(
        {
            "case": [f"c{k:05}" for k in range(n)],
            "direction": [f"d{k}" for k in rng.integers(0, 37, n)],
            "region": [f"r{k}" for k in rng.integers(0, 31, n)],
            "track": rng.choice(["industrialisation", "applied_basic"], n),
            "p": rng.uniform(0.02, 0.4, n),
            "cost_ask": (rng.lognormal(13, 1, n).astype(np.int64) + 1) * 100,
            "currency": ["CNY"] * n,
        }
    )
    total = int(listed["cost_ask"].sum())
    money = budgets(*({"amount": int(total * 0.3 / 50), "direction": f"d{k}" if k < 37 else None} for k in range(50)))
    began = time.process_time()
    found = choose(listed, funds(), money, PRIORITIES, as_of=TODAY)
    assert time.process_time() - began < 60
    assert found.solution.gap is not None
    assert found.solution.gap < 0.001
    assert (found.budgets["committed"] <= found.budgets["amount"]).all()
