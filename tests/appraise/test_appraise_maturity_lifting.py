"""The cheapest next evidence: enough, minimal, cheapest; who offers it, and what nobody offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.maturity import OFFERS, maturity, maturity_scale, next_evidence, ways
from tongtu.appraise.maturity.rule import Rule
from tongtu.registry import Registry
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

AS_OF = date(2026, 11, 22)
SCALE = maturity_scale()
CODES = [d.code for d in SCALE.dimensions]
CASES = pl.DataFrame({"case": ["c1"], "achievement": ["a1"]})
SCALES = [SCALE, replace(SCALE, tolerance=1)]


def evidence(levels: dict[str, int], grade: str = "E4") -> pl.DataFrame:
    schema = Registry()["evidence"].schema
    blank = {"subject_kind": "achievement", "subject": "a1", "kind": "document", "grade": grade}
    rows = [{**blank, "evidence": f"e-{code}", "dimension": code, "level": at} for code, at in levels.items()]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def offers(*rows: dict[str, Any]) -> pl.DataFrame:
    blank = {"seller": "p1", "price": 100, "currency": "CNY", "days": 10}
    return pl.DataFrame([{**blank, "offer": f"o{n}", **row} for n, row in enumerate(rows)], schema=dict(OFFERS))


def table(levels: dict[str, int], scale: Any = SCALE) -> pl.DataFrame:
    return maturity(CASES, Registry({"evidence": evidence(levels)}), AS_OF, scale=scale)


LEVELS = st.dictionaries(st.sampled_from(CODES), st.integers(1, 9), min_size=3)


@settings(max_examples=8, deadline=None)
@given(LEVELS, st.sampled_from(SCALES))
def test_every_set_is_enough_and_no_piece_of_it_can_go(levels: dict[str, int], scale: Any) -> None:
    """By the table itself: with the evidence of a set the level stands, without any one piece it does not."""
    before = table(levels, scale)
    whole = before.row(-1, named=True)
    found = next_evidence(before, offers(), scale=scale, most=2)
    for (goal, target, _), rows in found.group_by("goal", "target", "option"):
        column = "level" if goal == "next" else "low"
        lifted = dict(zip(rows["dimension"], rows["to"], strict=True))
        after = table({**levels, **lifted}, scale).row(-1, named=True)
        assert (after[column] or 0) >= target
        if goal == "next":
            assert target == whole["level"] + 1
        for gone in lifted:
            less = {code: to for code, to in lifted.items() if code != gone}
            short = table({**levels, **less}, scale).row(-1, named=True)
            assert (short[column] or 0) < target


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(2, 6), min_size=10, max_size=10), st.lists(st.integers(1, 9), min_size=10, max_size=10))
def test_the_first_set_is_the_cheapest_there_is(levels: list[int], prices: list[int]) -> None:
    """Against every way of raising some dimensions to the next level; a service that two of them use is paid once."""
    known = dict(zip(CODES, levels, strict=True))
    before = table(known)
    target = before["level"][-1] + 1
    grade = SCALE.asked(target)
    served = {d: list(s) for d, g, _, s in ways().iter_rows() if g == grade}
    services = sorted({service for code in CODES for service in served[code]})
    price = {service: prices[n % 10] for n, service in enumerate(services)}
    shop = offers(*({"serves": service, "price": paid} for service, paid in price.items()))
    source = {
        code: min(served[code], key=lambda one: (price[one], f"o{services.index(one)}"))
        for code in CODES
        if served[code]
    }
    found = next_evidence(before, shop).filter(pl.col("goal") == "next", pl.col("option") == 1)
    taken = np.array(list(product([False, True], repeat=10)))
    raised = np.where(taken, np.maximum(levels, target), levels)
    enough = raised[Rule(SCALE).levels(raised) >= target] > np.array(levels)
    paid = [
        sum(price[one] for one in {source[code] for code, up in zip(CODES, row, strict=True) if up and code in source})
        for row in enough
    ]
    assert found["total"][0] == min(paid)


ALL_FIVE = dict.fromkeys(CODES, 5)


def test_only_the_lagging_gate_is_asked_and_by_the_grade_its_level_needs() -> None:
    found = next_evidence(table({**ALL_FIVE, "market": 4}), offers({"serves": "market"}))
    row = found.row(0, named=True)
    assert found.height == 1
    assert (row["dimension"], row["from"], row["to"], row["grade"], row["kind"]) == ("market", 4, 5, "E1", "document")
    assert (row["status"], row["price"], row["total"], row["offer"]) == ("own", 0, 0, None)


def test_a_bought_test_is_routed_near_first_then_cheap_then_quick_then_by_id() -> None:
    at = table({**dict.fromkeys(CODES, 6), "function": 5})
    shop = [
        {"serves": "third_party_test", "region": "BJ", "price": 10},
        {"serves": "function", "region": "GD", "price": 300, "days": 9},
        {"serves": "function", "region": "GD", "price": 300, "days": 8},
        {"serves": "third_party_test", "region": "GD", "price": None},
        {"serves": "function", "region": "GD", "price": 300, "days": 8},
    ]
    near = next_evidence(at, offers(*shop), near={"c1": "GD"}).row(0, named=True)
    assert (near["offer"], near["near"], near["total"], near["total_days"]) == ("o2", True, 300, 8)
    anywhere = next_evidence(at, offers(*shop)).row(0, named=True)
    assert (anywhere["offer"], anywhere["near"], anywhere["total"]) == ("o0", False, 10)
    shuffled = next_evidence(at, offers(*shop).reverse(), near={"c1": "GD"})
    assert shuffled.row(0, named=True) == near


def test_what_nobody_offers_is_said() -> None:
    row = next_evidence(
        table({**dict.fromkeys(CODES, 6), "safety": 5, "ip": 5, "cost": 5, "supply_chain": 5}), offers()
    ).row(0, named=True)
    assert row["status"] == "nobody"
    assert row["total"] is None
    assert "无人提供" in say(Why.from_json(row["why"]))
    for lang in LANGUAGES:
        assert "appraise_maturity" not in say(Why.from_json(row["why"]), lang)


def test_sets_with_an_offer_come_before_sets_without() -> None:
    """Of six beside the gates, weight four of eight must agree: safety and supply chain can do it, or others."""
    at = table({**dict.fromkeys(CODES, 6), "safety": 5, "supply_chain": 5, "ip": 5})
    found = next_evidence(at, offers({"serves": "patent_search", "price": 500}))
    assert found["dimension"].to_list()[0] == "ip"
    assert found["status"].to_list()[0] == "offered"


def test_unpriced_offers_and_two_currencies_leave_the_total_unknown() -> None:
    at = table({**dict.fromkeys(CODES, 6), "function": 5, "pilot": 5})
    mixed = next_evidence(at, offers({"serves": "third_party_test"}, {"serves": "pilot_run", "currency": "EUR"}))
    assert mixed["total"].null_count() == mixed.height == 2
    bare = next_evidence(at, offers({"serves": "third_party_test", "price": None}, {"serves": "pilot_run"}))
    assert bare["status"].to_list() == ["unpriced", "offered"]
    assert bare["total"].null_count() == 2


def test_what_is_unknown_is_to_be_secured_first() -> None:
    found = next_evidence(table({code: 5 for code in CODES if code != "pilot"}), offers())
    assert found["goal"].unique(maintain_order=True).to_list() == ["secure", "next"]
    secure = found.filter(pl.col("goal") == "secure", pl.col("option") == 1)
    assert secure.select("dimension", "from", "to").rows() == [("pilot", None, 5)]
    assert "pilot" not in found.filter(pl.col("goal") == "next")["dimension"].to_list()


def test_a_case_without_a_level_is_told_how_to_prove_its_claims() -> None:
    achievements = pl.DataFrame({"achievement": ["a1"], "trl": [3], "mrl": [4]})
    bare = maturity(CASES, Registry({"achievements": achievements}), AS_OF)
    found = next_evidence(bare, offers())
    assert found["goal"].unique().to_list() == ["prove"]
    assert found["target"].unique().to_list() == [3]
    assert {"function", "manufacturing", "pilot", "market"} <= set(found["dimension"])


def test_at_the_top_nothing_is_asked() -> None:
    assert next_evidence(table(dict.fromkeys(CODES, 9)), offers()).is_empty()


@pytest.mark.parametrize("most", [1, 2])
def test_further_sets_are_better_in_something(most: int) -> None:
    at = table({**dict.fromkeys(CODES, 6), "safety": 5, "supply_chain": 5, "ip": 5, "cost": 5, "standards": 5})
    shop = offers(
        {"serves": "safety_environment", "price": 50, "days": 90},
        {"serves": "technology_assessment", "price": 900, "days": 3},
        {"serves": "patent_search", "price": 40, "days": 200}, {"serves": "valuation", "price": 1, "days": 200},
    )  # fmt: skip
    found = next_evidence(at, shop, most=most)
    sets = found.unique("option", keep="first", maintain_order=True)
    assert sets.height == most
    if most == 2:
        first, second = sets.iter_rows(named=True)
        assert first["total"] <= second["total"]
        assert second["total_days"] < first["total_days"] or second["size"] < first["size"]


def test_a_service_that_produces_two_pieces_is_paid_once() -> None:
    at = table({**dict.fromkeys(CODES, 6), "manufacturing": 5, "pilot": 5})
    found = next_evidence(at, offers({"serves": "pilot_run", "price": 700}))
    assert found["offer"].to_list() == ["o0", "o0"]
    assert found["total"].unique().to_list() == [700]
