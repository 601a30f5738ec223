"""Placing budgets: exact money by period, floors and caps, risk, reasons, unknown odds, and the second look."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import TODAY, spoken, table

from tongtu.risk.allocation import Allocation, allocate
from tongtu.risk.allocation.fresh import shrunk
from tongtu.risk.book import Book, book
from tongtu.risk.simulation import Scenarios, scenarios
from tongtu.solve.tail import Effort, cvar
from tongtu.terms.faults import Cancelled, DataRefused, Infeasible, TongtuError, UsageFault
from tongtu.terms.why import Why

NONE = table("priorities", [])


def cases(n: int, **columns: list[Any]) -> pl.DataFrame:
    base = {
        "case": [f"c{k:03}" for k in range(n)], "direction": ["a"] * n, "region": ["r"] * n,
        "track": ["industrialisation"] * n, "kind": ["emerging"] * n, "start_stage": ["pilot"] * n,
        "currency": ["CNY"] * n, "price_year": [2026] * n,
    }  # fmt: skip
    return pl.DataFrame({**base, **columns})


def stages(ids: list[str], p: list[float | None], cost: list[float], days: float | None = 300.0) -> pl.DataFrame:
    """Two stages each: `p` and `cost` of the first, the second the same; costs certain."""
    rows = [
        {"case": c, "order": k, "stage": s, "p": q, "n_eff": 30.0, "cost": x, "days": days}
        for c, q, x in zip(ids, p, cost, strict=True)
        for k, s in enumerate(["pilot", "scale_up"])
    ]
    return pl.DataFrame(rows, {"case": pl.String, "order": pl.Int64, "stage": pl.String, "p": pl.Float64,
                               "n_eff": pl.Float64, "cost": pl.Float64, "days": pl.Float64})  # fmt: skip


def funds(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {"kind": "ministry", "directions": None, "tracks": None, "stages": None}
    return table("funds", [{"fund": f"f{k}", "name": f"F{k}", **base, **row} for k, row in enumerate(rows or [{}])])


def budgets(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {"fund": "f0", "amount": 1000, "currency": "CNY", "direction": None, "region": None, "track": None,
            "year": 2026}  # fmt: skip
    spelt = []
    for k, row in enumerate(rows):
        one = {**base, **row}
        year = one.pop("year")
        spelt.append({"budget": f"b{k}", "period_from": date(year, 1, 1), "period_to": date(year, 12, 31), **one})
    return table("budgets", spelt)


def asked(attributes: pl.DataFrame, given_stages: pl.DataFrame, n: int = 200, seed: int = 1) -> tuple[Book, Scenarios]:
    made = book(attributes, given_stages, currency="CNY")
    return made, scenarios(made, n, seed=seed, costs=False, doubt=False)


def allocated(
    attributes: pl.DataFrame, given_stages: pl.DataFrame, money: pl.DataFrame, n: int = 200, **more: Any
) -> Allocation:
    made, worlds = asked(attributes, given_stages, n)
    options: dict[str, Any] = {"funds": funds(), "priorities": NONE, "as_of": TODAY, "stages": given_stages, **more}
    return allocate(made, worlds, budgets=money, attributes=attributes, **options)


def reasons(found: Allocation) -> dict[str, str]:
    spoken(found.cases["why"])
    return {case: Why.from_json(why).code.split(".")[1] for case, why in found.cases.select("case", "why").rows()}


# --------------------------------------------------------------------------------------- money by period


@pytest.mark.parametrize(("committed", "now", "later"), [("stage", 100, 100), ("whole", 200, 0)])
def test_later_stages_are_held_in_the_period_in_which_they_begin(committed: str, now: int, later: int) -> None:
    one = cases(1)
    found = allocated(one, stages(["c000"], [0.5], [100.0]), budgets({}, {"year": 2027}), committed=committed)
    row = found.cases.row(0, named=True)
    assert (row["chosen"], row["committed"], row["reserved"], row["uncovered"]) == (True, now, later, 0)
    second = found.stages.row(1, named=True)
    begins = date(2027, 4, 26) if committed == "stage" else TODAY  # 300 days later, or all at once
    assert (second["start"], second["budget"]) == (begins, "b1" if committed == "stage" else "b0")
    assert second["chance"] == pytest.approx(0.5)
    by_budget = found.budgets.select("committed", "reserved", "left").rows()
    assert by_budget == ([(100, 0, 900), (0, 100, 900)] if committed == "stage" else [(200, 0, 800), (0, 0, 1000)])


def test_expected_reserves_hold_less_and_fund_more() -> None:
    ids = [f"c{k:03}" for k in range(4)]
    plan = stages(ids, [0.5] * 4, [100.0] * 4)
    money = budgets({"amount": 400}, {"year": 2027, "amount": 200})
    full, expected = (allocated(cases(4), plan, money, reserve=r) for r in ("full", "expected"))
    assert (full.cases["chosen"].sum(), expected.cases["chosen"].sum()) == (2, 4)
    assert expected.budgets["reserved"].to_list() == [0, 200]
    assert full.budgets["expected"].to_list() == [200.0, 100.0]


def test_money_no_known_budget_covers_is_told() -> None:
    found = allocated(cases(1), stages(["c000"], [0.5], [100.0]), budgets({}))
    row = found.cases.row(0, named=True)
    assert (row["chosen"], row["committed"], row["reserved"], row["uncovered"]) == (True, 100, 0, 100)
    assert found.stages["state"].to_list() == ["committed", "uncovered"]
    assert any("no known budget period covers" in s for s in spoken(found.cases["why"]))


def test_unknown_days_are_held_at_once() -> None:
    found = allocated(cases(1), stages(["c000"], [0.5], [100.0], days=None), budgets({}, {"year": 2027}))
    assert found.budgets["left"].to_list() == [800, 1000]


def test_a_case_waits_only_where_waiting_has_a_price() -> None:
    plan = stages(["c000"], [0.5], [100.0], days=10.0)
    money = budgets({"amount": 0}, {"year": 2028, "amount": 500})
    assert not allocated(cases(1), plan, money).cases["chosen"][0]
    found = allocated(cases(1), plan, money, rate=0.08)
    row = found.cases.row(0, named=True)
    assert row["start"] == date(2028, 1, 1)
    assert row["value"] == pytest.approx(0.25 * 1.08 ** (-(date(2028, 1, 1) - TODAY).days / 365.25))


def test_each_stage_asks_for_what_suffices_with_confidence() -> None:
    plan = stages(["c000"], [0.5], [100.0]).with_columns(cost_low=pl.lit(50.0), cost_high=pl.lit(200.0))
    low, high = (allocated(cases(1), plan, budgets({}), confidence=c).stages["amount"][0] for c in (0.5, 0.9))
    assert (low, high) == (100, 200)


# ----------------------------------------------------------------------------- floors, caps, unknown odds


def test_a_case_without_odds_serves_a_floor_and_nothing_else() -> None:
    attributes = cases(3, track=["pure_basic", "pure_basic", "industrialisation"])
    plan = stages(["c000", "c001", "c002"], [None, None, 0.5], [100.0, 60.0, 50.0])
    money = budgets({}, {"year": 2027})
    without = allocated(attributes, plan, money)
    assert reasons(without) == {"c000": "unrated", "c001": "unrated", "c002": "chosen"}
    least = pl.DataFrame({"minimum": ["basic"], "track": ["pure_basic"], "share": [0.2]})
    found = allocated(attributes, plan, money, minimums=least, loss_cap=1000)
    assert sorted(reasons(found).values()) == ["chosen", "chosen-by-floor", "floor-served"], "one is enough"
    row = found.cases.filter(pl.col("chosen") & pl.col("p").is_null()).row(0, named=True)
    assert (row["p"], row["value"], row["tail"]) == (None, None, None)
    assert found.limits.row(0, named=True)["reached"] >= 0.2
    assert found.solution.value == pytest.approx(0.25)


def test_a_stable_floor_holds_in_every_year() -> None:
    attributes = cases(4, track=["pure_basic"] * 2 + ["industrialisation"] * 2)
    plan = stages([f"c00{k}" for k in range(4)], [None, None, 0.5, 0.5], [100.0] * 4)
    money = budgets({"amount": 300}, {"year": 2027, "amount": 300})
    each = pl.DataFrame({"minimum": ["basic"], "track": ["pure_basic"], "amount": [150.0], "currency": ["CNY"],
                         "each_year": [True]})  # fmt: skip
    found = allocated(attributes, plan, money, minimums=each)
    assert found.cases["chosen"].sum() == 3
    assert found.limits.select("year", "reached").rows() == [(2026, 200.0), (2027, 200.0)]


def test_caps_by_kind_of_direction_hold() -> None:
    attributes = cases(4, kind=["future", "future", "traditional", "emerging"])
    plan = stages([f"c00{k}" for k in range(4)], [0.9, 0.8, 0.5, 0.5], [100.0] * 4)
    cap = pl.DataFrame({"cap": ["future"], "kind": ["future"], "cases": [1]})
    found = allocated(attributes, plan, budgets({}), caps=cap)
    assert found.cases["chosen"].to_list() == [True, False, True, True]
    assert reasons(found)["c001"] in ("displaced", "no-room")
    assert any("cap “future”" in s for s in spoken(found.cases["why"]))


def test_a_floor_out_of_reach_is_named_with_what_it_lacks() -> None:
    plan = stages(["c000", "c001"], [0.5, 0.5], [100.0, 100.0])
    least = pl.DataFrame({"minimum": ["many"], "cases": [3]})
    with pytest.raises(Infeasible) as caught:
        allocated(cases(2), plan, budgets({}), minimums=least)
    assert "many" in caught.value.say("en")
    assert caught.value.faults[0].what.args["by"] == 1


def test_a_cap_too_tight_is_answered_with_the_least_that_can_be_kept() -> None:
    plan = stages(["c000", "c001", "c002"], [0.5] * 3, [100.0, 120.0, 300.0])
    least = pl.DataFrame({"minimum": ["two"], "cases": [2]})
    found = allocated(cases(3), plan, budgets({}), minimums=least, loss_cap=10)
    assert found.solution.status == "infeasible"
    assert found.least is not None
    assert not found.cases["chosen"].any()
    assert set(reasons(found).values()) == {"none-chosen"}
    assert [why.args["name"] for why, _ in found.least.floors] == ["two"]
    told = found.solution.relax[0]
    assert told.limit.code == "risk_allocation.cap-too-tight"
    assert (told.by, told.unit) == (pytest.approx(found.least.tail - 10), "CNY")
    assert "two" in spoken(pl.Series([told.limit.to_json()]))[0]
    kept = allocated(cases(3), plan, budgets({}), minimums=least, loss_cap=found.least.tail)
    assert kept.cases["chosen"].to_list() == [True, True, False]
    assert kept.tail == pytest.approx(found.least.tail)


# ---------------------------------------------------------------------------------------- risk, reasons


@st.composite
def instances(draw: st.DrawFn) -> tuple[list[float], list[float], list[int], float]:
    n = draw(st.integers(1, 6))
    p = [draw(st.sampled_from([0.2, 0.5, 0.8])) for _ in range(n)]
    cost = [float(draw(st.integers(1, 6)) * 10) for _ in range(n)]
    return p, cost, [draw(st.sampled_from([0, 40, 90, 150])) for _ in range(2)], draw(st.floats(0.2, 1.2))


@given(instances())
@settings(max_examples=30, deadline=None)
def test_equals_brute_force_whatever_the_order_of_rows(
    instance: tuple[list[float], list[float], list[int], float],
) -> None:
    p, cost, rooms, share = instance
    n = len(p)
    ids = [f"c{k:03}" for k in range(n)]
    plan, attributes = stages(ids, list(p), cost, days=1.0), cases(n)
    money = budgets(*({"amount": room, "fund": f"f{k}"} for k, room in enumerate(rooms)))
    made, worlds = asked(attributes, plan, 40)
    cap = share * cvar(worlds.loss.astype(np.float64).sum(axis=0), 0.95)
    args: dict[str, Any] = {"as_of": TODAY, "loss_cap": cap, "effort": Effort(gap=0.0, nodes=3000)}
    found = allocate(made, worlds, funds({}, {}), money, NONE, attributes=attributes, stages=plan, **args)
    best = 0.0
    for taken in itertools.product((-1, 0, 1), repeat=n):
        spent = [sum(2 * c for c, t in zip(cost, taken, strict=True) if t == k) for k in (0, 1)]
        chosen = [t >= 0 for t in taken]
        tail = cvar(worlds.loss[chosen].astype(np.float64).sum(axis=0), 0.95)
        if all(s <= room for s, room in zip(spent, rooms, strict=True)) and tail <= cap * (1 + 1e-9) + 1e-9:
            best = max(best, sum(q * q for q, c in zip(p, chosen, strict=True) if c))
    assert found.solution.value == pytest.approx(best)
    assert (found.budgets["left"] >= 0).all()
    assert found.tail <= cap + 1e-6
    assert found.cases.filter("chosen")["tail"].sum() == pytest.approx(found.tail, abs=1e-6), "Euler: parts add up"
    spoken(found.cases["why"])
    again = allocate(made, worlds, funds({}, {}).reverse(), money.reverse(), NONE, attributes=attributes.reverse(),
                     stages=plan.reverse(), **args)  # fmt: skip
    assert found.cases.equals(again.cases)
    assert found.solution == again.solution


def test_why_not_is_data() -> None:
    n = 30
    ids = [f"c{k:03}" for k in range(n)]
    odds: list[float | None] = [0.9 - 0.02 * k for k in range(n)]
    odds[3], cost = None, [100.0] * n
    cost[5] = 9e6
    attributes = cases(n, direction=["x" if k == 4 else "a" for k in range(n)])
    plan = stages(ids[:-1], odds[:-1], cost[:-1])
    found = allocated(attributes, plan, budgets({"amount": 2100, "direction": "a"}), committed="whole")
    told = reasons(found)
    assert [told[ids[k]] for k in (3, 4, 5, 29)] == ["unrated", "not-eligible", "too-large", "unrated"]
    assert [case for case in ids if told[case] == "chosen"] == [ids[k] for k in (0, 1, 2, 6, 7, 8, 9, 10, 11, 12)]
    assert {told[case] for case in ids[14:29]} == {"displaced"}
    row = found.cases.row(20, named=True)
    assert row["margin"] == pytest.approx(row["value"] - row["money"] + row["floor"] - row["risk"])
    assert row["margin"] < 0
    assert any("it would have to bring" in s for s in spoken(found.cases["why"]))
    assert found.budgets["per_million"][0] > 0
    assert found.limits.is_empty()


def test_risk_alone_keeps_a_case_out_and_says_how_much_less_would_do() -> None:
    ids = [f"c{k:03}" for k in range(30)]
    plan = stages(ids, [0.6] * 30, [100.0 + k for k in range(30)])
    free = allocated(cases(30), plan, budgets({"amount": 10**6}), committed="whole")
    found = allocated(cases(30), plan, budgets({"amount": 10**6}), committed="whole", loss_cap=0.5 * free.tail)
    left = found.cases.filter(~pl.col("chosen"))
    codes = set(reasons(found).values())
    assert codes <= {"chosen", "raises-tail", "no-room"}
    assert "raises-tail" in codes
    assert (left["tail"] > 0).all()
    assert found.risk_price > 0
    assert found.limits.row(0, named=True)["kind"] == "loss_cap"
    parts = [p for why in left["why"] for p in Why.from_json(why).parts if p.code.endswith("would-bear")]
    assert all(0 <= part.args["share"].value < 1 for part in parts)


def test_priorities_multiply_and_value_is_money() -> None:
    weight = table("priorities", [{"priority": "p", "direction": "b", "weight": 3.0, "since": None, "until": None,
                                   "source": "s"}])  # fmt: skip
    attributes = cases(2, direction=["a", "b"])
    plan = stages(["c000", "c001"], [0.6, 0.5], [100.0, 100.0])
    found = allocated(attributes, plan, budgets({"amount": 200}), committed="whole", priorities=weight)
    assert found.cases["chosen"].to_list() == [False, True]
    payoffs = pl.DataFrame({"case": ["c000"], "payoff": [10_000.0]})
    made = book(attributes, plan, payoffs, currency="CNY")
    worlds = scenarios(made, 100, seed=1)
    worth = allocate(made, worlds, funds(), budgets({}), NONE, as_of=TODAY, attributes=attributes, stages=plan,
                     objective="value", rate=0.0)  # fmt: skip
    assert reasons(worth) == {"c000": "chosen", "c001": "no-value"}
    assert worth.solution.value == pytest.approx(0.36 * 10_000 - 100 - 0.6 * 100)
    assert worth.solution.unit == "CNY"


# ------------------------------------------------------------------------------- the second look, the frontier


def test_fresh_scenarios_show_what_the_choice_flattered() -> None:
    n = 60
    rng = np.random.default_rng(3)
    ids = [f"c{k:03}" for k in range(n)]
    plan = stages(ids, list(rng.uniform(0.3, 0.9, n)), list(rng.integers(50, 200, n).astype(float)))
    made, worlds = asked(cases(n), plan, 100)
    other = scenarios(made, 4000, seed=99, costs=False, doubt=False)
    money = budgets({"amount": 10**6})
    free = allocate(made, worlds, funds(), money, NONE, as_of=TODAY, attributes=cases(n), stages=plan)
    cap = 0.5 * free.tail
    found = allocate(made, worlds, funds(), money, NONE, as_of=TODAY, attributes=cases(n), stages=plan, loss_cap=cap,
                     other=other, steps=3, effort=Effort(nodes=5))  # fmt: skip
    by = {row["measure"]: row for row in found.fresh.rows(named=True)}
    assert by["tail"]["inside"] <= cap < by["tail"]["fresh"], "a tail chosen on 100 scenarios is flattered"
    assert by["tail"]["low"] <= by["tail"]["fresh"] <= by["tail"]["high"]
    assert by["outcome"]["fresh"] == pytest.approx(found.solution.value, rel=0.05)
    frontier = found.frontier
    assert frontier["value"].is_sorted()
    assert (frontier["value"] <= frontier["bound"]).all()
    assert (frontier["tail"] <= frontier["cap"] * (1 + 1e-9)).all()


def test_shrinking_recovers_what_selection_flatters() -> None:
    """Many equal cases, each judged on ten results: the best tenth looks good by luck alone."""
    rng = np.random.default_rng(0)
    n, truth = 2_000, 0.4
    passed = rng.binomial(10, truth, n) + 0.5
    ids = [f"c{k:04}" for k in range(n)]
    attributes = cases(n, case=ids)
    plan = pl.DataFrame({"case": ids, "order": [0] * n, "stage": ["pilot"] * n, "a": passed, "b": 11 - passed,
                         "cost": [1.0] * n})  # fmt: skip
    made = book(attributes, plan, currency="CNY")
    best = np.argsort(-made.success)[: n // 10]
    assert made.success[best].mean() > 0.6
    assert shrunk(made)[best].mean() == pytest.approx(truth, abs=0.03)


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"level": 1.0}, "out-of-range"), ({"confidence": 0.0}, "out-of-range"), ({"loss_cap": -1.0}, "cap-negative"),
        ({"objective": "value"}, "rate-missing"), ({"rate": -2.0}, "rate-wrong"), ({"level": 0.999}, "scenarios-few"),
        ({"minimums": pl.DataFrame({"minimum": ["m"]})}, "limit-unit"),
        ({"minimums": pl.DataFrame({"minimum": ["m"], "cases": [1], "share": [0.1]})}, "limit-unit"),
        ({"minimums": pl.DataFrame({"minimum": ["m"], "share": [1.5]})}, "limit-size"),
        ({"minimums": pl.DataFrame({"minimum": ["m"], "cases": [-1]})}, "limit-size"),
        ({"minimums": pl.DataFrame({"minimum": ["m"], "amount": [5]})}, "limit-currency"),
        ({"minimums": pl.DataFrame({"minimum": ["m"], "amount": [5], "currency": ["USD"]})}, "limit-no-rate"),
        ({"minimums": pl.DataFrame({"minimum": ["m", "m"], "cases": [1, 1]})}, "limit-name"),
        ({"caps": pl.DataFrame({"cap": ["m"], "cases": [1], "trak": ["x"]})}, "limit-columns"),
        ({"attributes": pl.DataFrame({"id": ["c000"]})}, "no-case-column"),
        ({"attributes": pl.DataFrame({"case": ["other"]})}, "case-missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_in_both_languages(more: dict[str, Any], code: str) -> None:
    attributes, plan = cases(1), stages(["c000"], [0.5], [100.0])
    made, worlds = asked(attributes, plan)
    options = {"attributes": attributes, **more}
    with pytest.raises(TongtuError) as caught:
        allocate(made, worlds, funds(), budgets({}), NONE, as_of=TODAY, stages=plan, **options)
    assert isinstance(caught.value, DataRefused | UsageFault)
    assert code in [f.what.code.removeprefix("risk_allocation.") for f in caught.value.faults]
    assert "{" not in caught.value.say("zh") + caught.value.say("en")


def test_scenarios_of_another_book_are_refused() -> None:
    plan = stages(["c000", "c001"], [0.5, 0.5], [100.0, 100.0])
    made, _ = asked(cases(2), plan)
    _, others = asked(cases(1), plan.filter(pl.col("case") == "c000"))
    with pytest.raises(UsageFault):
        allocate(made, others, funds(), budgets({}), NONE, as_of=TODAY, attributes=cases(2))


def test_no_budget_and_no_case() -> None:
    found = allocated(cases(1), stages(["c000"], [0.5], [100.0]), budgets({"year": 2020}))
    assert reasons(found) == {"c000": "no-budget"}
    empty = allocated(cases(1).clear(), stages([], [], []), budgets({}))
    assert empty.solution.status == "empty"
    assert empty.cases.is_empty()


def test_can_be_stopped() -> None:
    def stop(*_: Any) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        allocated(cases(2), stages(["c000", "c001"], [0.5, 0.5], [100.0, 100.0]), budgets({}), progress=stop)
