"""Burden, gates, bypass, headline and goals, worked by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tongtu.chain.law import pathways
from tongtu.packs import load
from tongtu.pathway import progress
from tongtu.pathway.model import Pathway
from tongtu.registry import noun

DAY = date(2024, 1, 1)
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def known() -> dict[str, Pathway]:
    return pathways(load("cn"))


def rows_of(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = noun(name).schema()
    return pl.DataFrame([{key: row.get(key) for key in schema} for row in rows], schema=schema, orient="row")


def log(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Rows (case, kind, day, {more})."""
    made = []
    for i, (case, kind, day, *rest) in enumerate(rows):
        more = rest[0] if rest else {}
        made.append({"event": f"E{i:05}", "case": case, "kind": kind, "on": DAY + timedelta(days=day), **more})
    return rows_of("events", made)


def cases(*ids: str) -> pl.DataFrame:
    return rows_of("cases", [
        {"case": one, "pathway": "standard", "pathway_version": "2026.1", "opened": DAY, "holder": "H", "demander": "D",
         "lead": "H", "direction": "ic", "achievement": f"A-{one}", "state": "open"} for one in ids
    ])  # fmt: skip


def story(one: str) -> list[tuple[Any, ...]]:
    """30 days of work, asked twice, 10 days with the buyer, 8 days for a decision, sent back, 5 days, 2 days."""
    papers = {"asked": ["检测报告", "查新报告"]}
    at = {"stage": "concept"}
    return [
        (one, "opened", 0), (one, "entered", 0, at), (one, "asked", 10, at | papers),
        (one, "asked", 15, at | {"asked": ["检测报告"]}), (one, "handed", 20, at | {"to": "D"}),
        (one, "submitted", 30, at), (one, "decided", 38, at | {"gate": "G2", "decision": "recycle"}),
        (one, "submitted", 43, at), (one, "decided", 45, at | {"gate": "G2", "decision": "go"}),
        (one, "closed", 60),
    ]  # fmt: skip


def test_every_day_is_somebodys(known: dict[str, Pathway]) -> None:
    parts = progress.segments(log(*story("A")), cases("A"), known, as_of=AS_OF)
    assert parts.group_by("state").agg(pl.col("days").sum()).sort("state").rows() == [("decision", 10), ("work", 35)]
    roles = parts.group_by("role").agg(pl.col("days").sum()).sort("role").rows()
    assert roles == [("demander", 20), ("holder", 25)]  # ten of work were handed to the buyer, ten are decisions
    assert set(parts["organisation"]) == {"H", "D"}
    waits = progress.waits(parts, by="version").row(0, named=True)
    assert waits["share"] == pytest.approx(10 / 45)
    assert waits["low"] is None  # one case tells nothing of others


def test_papers_asked_twice_and_hand_overs(known: dict[str, Pathway]) -> None:
    ids = [f"K{i}" for i in range(6)]
    events = log(*(row for one in ids[:3] for row in story(one)))
    parts = progress.segments(events, cases(*ids), known, as_of=AS_OF)
    found = progress.burden(events, cases(*ids), parts, as_of=AS_OF).row(0, named=True)
    assert (found["cases"], found["asked"], found["asked_twice"]) == (6, 9, 3)
    assert found["twice"] == pytest.approx(1 / 3)
    assert found["handed"] == pytest.approx(0.5)  # three cases were never handed on and count
    assert found["handed_low"] < 0.5 < found["handed_high"]


@pytest.mark.parametrize(("n", "changed", "remove"), [(25, 0, True), (25, 1, False), (12, 0, False)])
def test_gates_that_never_changed_anything(known: dict[str, Pathway], n: int, changed: int, remove: bool) -> None:
    ids, rows = [f"K{i:02}" for i in range(n)], []
    for i, one in enumerate(ids):
        at = {"stage": "disclosure"}
        verdict = {"gate": "G1", "decision": "kill" if i < changed else "go", "reason": "因"}
        rows += [(one, "entered", 0, at), (one, "submitted", 10, at), (one, "decided", 14, at | verdict)]
    parts = progress.segments(log(*rows), cases(*ids), known, as_of=AS_OF)
    found = progress.gates(log(*rows), cases(*ids), known, parts, as_of=AS_OF).row(0, named=True)
    assert (found["decisions"], found["changed"], found["remove"]) == (n, changed, remove)
    assert found["days"] == pytest.approx(4)
    if not changed:
        assert found["high"] == pytest.approx(1 - 0.05 ** (1 / n))  # near 3 / n
        assert abs(found["high"] - 3 / n) < 0.04


def test_signatures_before_a_decision_are_levels(known: dict[str, Pathway]) -> None:
    at = {"stage": "disclosure", "gate": "G1"}
    events = log(("A", "entered", 0, at), ("A", "signed", 5, at), ("A", "signed", 6, at),
                 ("A", "decided", 9, at | {"decision": "go"}))  # fmt: skip
    parts = progress.segments(events, cases("A"), known, as_of=AS_OF)
    assert progress.gates(events, cases("A"), known, parts, as_of=AS_OF)["levels"].to_list() == [3]


# --------------------------------------------------------------------------------------------------- bypass


def contract(n: int, **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {"contract": f"C{n:03}", "kind": "licence", "signed": DAY + timedelta(days=200),
                             "source_register": "R", "reporter": "S", "order": "first", "amount": 100,
                             "currency": "CNY"}  # fmt: skip
    return known | more


def test_contracts_match_by_parties_and_achievement_and_nothing_is_guessed() -> None:
    same = {"seller_organisation": "H", "buyer_organisation": "D", "achievement": "A-K1"}
    found = progress.traced(rows_of("contracts", [
        contract(1, case="K1"), contract(2, **same), contract(3, **(same | {"achievement": None})),
        contract(4, **(same | {"buyer_organisation": "E"})),
        contract(5, **same, signed=date(2023, 1, 1)),
        contract(6, signed=date(2027, 1, 1)), contract(7, recorded_at=date(2027, 1, 1)),
    ]), cases("K1"), as_of=AS_OF)  # fmt: skip
    assert found.select("contract", "how", "by_case").rows() == [
        ("C001", "given", "K1"), ("C002", "matched", "K1"), ("C003", "outside", None), ("C004", "outside", None),
        ("C005", "outside", None),
    ]  # fmt: skip


def test_shares_by_count_and_by_money() -> None:
    rows = [contract(i, case="K1" if i < 6 else None, amount=300 if i < 6 else 100,
                     currency="CNY" if i < 9 else "USD", order="first" if i < 8 else "repeat")
            for i in range(12)]  # fmt: skip
    found = progress.traced(rows_of("contracts", rows), cases("K1"), as_of=AS_OF)
    cny, usd = progress.share(found).iter_rows(named=True)
    assert cny["share"] == usd["share"] == 0.5  # the count is one whatever the currency
    assert cny["amount_share"] == pytest.approx(1800 / 2100)
    assert cny["amount_low"] < cny["amount_share"] < cny["amount_high"] <= 1
    assert (usd["currency"], usd["amount"], usd["amount_share"]) == ("USD", 300, None)  # three contracts tell no share
    by_order = progress.share(found, by="order").drop_nulls("group").unique("group").sort("group")
    assert by_order.select("group", "n", "share").rows() == [("first", 8, 0.75), ("repeat", 4, None)]


def test_the_groups_differ_in_days_and_the_direction_is_the_registers_own() -> None:
    rows = [contract(i, case="K1" if i < 20 else None, direction="ic" if i % 2 else None,
                     first_contact=DAY + timedelta(days=(150 if i < 20 else 50) - i)) for i in range(40)]  # fmt: skip
    found = progress.traced(rows_of("contracts", rows), cases("K1"), as_of=AS_OF)
    inside, outside = progress.differences(found).iter_rows(named=True)
    assert inside["median"] == 59
    assert outside["median"] == 179
    assert inside["p"] < 1e-6
    assert "signed-only" in inside["why"]
    by_direction = progress.share(found, by="direction").drop_nulls("group").row(0, named=True)
    assert (by_direction["n"], by_direction["through"]) == (20, 10)  # not filled in from our own cases
    assert progress.mix(found)["through"].sum() == 20


def test_no_contracts_is_no_error() -> None:
    found = progress.traced(rows_of("contracts", []), cases("K1"), as_of=AS_OF)
    assert progress.share(found)["share"].to_list() == [None]
    assert progress.differences(found)["median"].to_list() == [None, None]
    assert progress.mix(found).is_empty()


# --------------------------------------------------------------------------------------------------- headline and goals


def test_outcomes_count_once_a_case_and_meetings_never() -> None:
    events = log(*[("A", "met", d) for d in range(50)], ("A", "produced", 10), ("A", "produced", 20),
                 ("B", "produced", 400), ("B", "ordered", 500), ("B", "ordered", 600))  # fmt: skip
    found = progress.headline(events, cases("A", "B"), as_of=AS_OF)
    by = {(row["measure"], row["year"]): row for row in found.iter_rows(named=True)}
    assert by["produced", 2024]["n"] == 1
    assert by["produced", 2025]["n"] == 1
    assert by["first_order", 2025]["n"] == by["repeat_order", 2025]["n"] == 1
    assert by["met", 2024]["n"] == 50
    assert not by["met", 2024]["outcome"]
    assert by["produced", 2026]["years"] == pytest.approx(0.4956, abs=1e-3)
    assert found.filter("outcome")["measure"].unique().sort().to_list() == ["first_order", "produced", "repeat_order"]
    assert (by["produced", 2024]["low"], by["produced", 2024]["high"]) == pytest.approx((0.1054, 3.8897), abs=1e-4)


def goal(**more: Any) -> pl.DataFrame:
    return rows_of("goals", [{"goal": "G", "name": "目标", "measure": "cases_done", "target": 30.0, "source": "我",
                              "deadline": date(2028, 6, 30), "grade": "ours", **more}])  # fmt: skip


def test_a_goal_that_counts_is_projected_at_its_rate() -> None:
    days = pl.Series([AS_OF - timedelta(days=73 * i) for i in range(1, 16)])  # five a year for three years
    row = progress.projected(goal(), {"cases_done": days}, {}, as_of=AS_OF).row(0, named=True)
    assert row["now"] == 15
    assert row["value"] == pytest.approx(25, abs=1)
    assert 18 < row["low"] < row["value"] < row["high"] < 33
    assert 0.05 < row["chance"] < 0.35
    met = progress.projected(goal(target=10.0), {"cases_done": days}, {}, as_of=AS_OF)
    assert met["chance"].to_list() == [1.0]


def test_the_predictive_law_is_one_and_has_the_right_mean() -> None:
    from tongtu.pathway.progress.headline import predictive

    law = predictive(12, 3.0, 2.0)
    assert law.sum() == pytest.approx(1)
    assert (law * range(len(law))).sum() == pytest.approx(12.5 / 3 * 2)


def test_a_share_read_each_year_is_projected_by_a_line() -> None:
    values = pl.DataFrame({"year": range(2016, 2026), "value": [0.05 + 0.002 * i for i in range(10)]})
    row = progress.projected(goal(measure="basic_share", target=0.08), {}, {"basic_share": values},
                             as_of=AS_OF).row(0, named=True)  # fmt: skip
    assert row["value"] == pytest.approx(0.074)
    assert row["chance"] == pytest.approx(0, abs=1e-6)
    past = progress.projected(goal(measure="basic_share", target=0.08, deadline=date(2025, 12, 31)), {},
                              {"basic_share": values}, as_of=AS_OF).row(0, named=True)  # fmt: skip
    assert (past["value"], past["chance"]) == (pytest.approx(0.068), 0.0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"target": None}, "goal-in-words"),
        ({"deadline": None}, "goal-without-deadline"),
        ({"measure": "standards"}, "goal-not-measured"),
        ({}, "goal-too-few"),
        ({"measure": "basic_share"}, "goal-too-few-years"),
    ],
)
def test_what_cannot_be_said_of_a_goal_is_said(more: dict[str, Any], code: str) -> None:
    two = pl.DataFrame({"year": [2024, 2025], "value": [0.07, 0.0708]})
    row = progress.projected(goal(**more), {"cases_done": pl.Series([DAY])}, {"basic_share": two}, as_of=AS_OF)
    assert row["value"].to_list() == row["chance"].to_list() == [None]
    assert f'"pathway_progress.{code}"' in row["why"][0]
