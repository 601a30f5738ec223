"""Eligibility is a filter with a reason: the failures that made others lose trust, one by one."""

from datetime import date
from typing import Any

import pytest
from market import NEED, OFFER, ORGANISATIONS, codes, indicator, registry, run

from tongtu.terms.why import Why
from tongtu.terms.words import say


def _refused(**tables: Any) -> list[str]:
    found = run(registry(**tables))
    assert found.pairs.is_empty()
    assert found.refusals.select("need", "achievement").rows() == [("N1", "A1")]
    return codes(found.refusals["why"][0])


def _allowed(**tables: Any) -> bool:
    found = run(registry(**tables))
    return found.refusals.is_empty() and found.pairs.height == 1


def _owns(holder: str, share: float | None, **more: Any) -> dict[str, Any]:
    return {"achievement": "A1", "step": 1, "holder": holder, "right": "owner", "share": share, **more}


def test_an_owner_is_never_matched_with_its_own_listing() -> None:
    assert _refused(achievements=[{**OFFER, "organisation": "F1"}]) == ["match.refused-own"]


def test_nor_with_one_it_owns_a_share_of() -> None:
    shares = [_owns("U", 0.7), _owns("F1", 0.3, step=2)]
    assert _refused(ownership=shares) == ["match.refused-own"]


@pytest.mark.parametrize("holder", ["G", "H", "I"])
def test_nor_within_one_group_however_many_levels_up(holder: str) -> None:
    """F1 belongs to H, H to G; I belongs to G."""
    assert _refused(achievements=[{**OFFER, "organisation": holder}]) == ["match.refused-group"]


def test_a_ring_of_owners_ends() -> None:
    ring = [
        {"organisation": a, "name": a, "kind": "private", "owner_group": b}
        for a, b in (("F1", "X"), ("X", "Y"), ("Y", "X"), ("U", "Y"))
    ]
    assert _refused(organisations=ring) == ["match.refused-group"]


def test_an_organisation_that_is_its_own_group_is_no_stranger_to_nobody() -> None:
    alone = [{**row, "owner_group": row["organisation"]} for row in ORGANISATIONS]
    assert _allowed(organisations=alone)


@pytest.mark.parametrize(("a", "b"), [("F1", "U"), ("U", "F1")])
def test_a_declared_conflict_bars_both_ways_even_where_scores_are_low(a: str, b: str) -> None:
    far = {**OFFER, "title": "拖拉机", "text": "用于农田"}
    conflict = {"conflict": "C1", "a": a, "b": b, "kind": "declared", "until": date(2027, 1, 1)}
    assert _refused(achievements=[far], conflicts=[conflict]) == ["match.refused-conflict-until"]


def test_a_conflict_that_has_ended_or_not_begun_bars_nobody() -> None:
    ended = {
        "conflict": "C1",
        "a": "F1",
        "b": "U",
        "kind": "family",
        "since": None,
        "until": date(2026, 4, 30),
    }
    ahead = {
        "conflict": "C2",
        "a": "F1",
        "b": "U",
        "kind": "family",
        "since": date(2026, 5, 2),
        "until": None,
    }
    assert _allowed(conflicts=[ended, ahead])


@pytest.mark.parametrize("state", ["draft", "review", "expired", "withdrawn"])
def test_only_published_listings_answer(state: str) -> None:
    assert _refused(achievements=[{**OFFER, "state": state}]) == ["match.refused-state"]


def test_a_listing_not_yet_posted_does_not_answer() -> None:
    assert _refused(achievements=[{**OFFER, "posted": date(2026, 5, 2)}]) == ["match.refused-not-posted"]


@pytest.mark.parametrize(
    ("need", "code"),
    [
        ({"state": "withdrawn"}, "match.need-state"),
        ({"posted": date(2026, 6, 1)}, "match.need-not-posted"),
        ({"deadline": date(2026, 4, 30)}, "match.need-past"),
    ],
)
def test_a_need_that_does_not_ask_gets_no_answer_but_a_reason(need: dict[str, Any], code: str) -> None:
    found = run(registry(needs=[{**NEED, **need}]))
    assert found.pairs.is_empty()
    assert Why.from_json(found.closed["why"][0]).code == code


def test_too_low_a_level_is_refused_and_an_unknown_one_is_not() -> None:
    need = {**NEED, "trl_min": 5}
    assert _refused(needs=[need], achievements=[{**OFFER, "trl": 4}]) == ["match.refused-trl"]
    assert _allowed(needs=[need], achievements=[OFFER])


def test_an_ownership_chain_must_account_for_the_whole() -> None:
    assert _refused(ownership=[_owns("U", 0.6)]) == ["match.refused-ownership"]
    assert _refused(ownership=[{**_owns("U", 1.0), "right": "licensee"}]) == ["match.refused-ownership"]
    assert _refused(ownership=[_owns("U", 1.0, until=date(2020, 1, 1))]) == ["match.refused-ownership"]


def test_a_whole_chain_an_unstated_share_and_no_chain_are_allowed() -> None:
    assert _allowed(ownership=[_owns("U", 0.1), _owns("I", 0.9, step=2)], organisations=ORGANISATIONS[1:2])
    assert _allowed(ownership=[_owns("U", None)])
    assert _allowed()


def test_a_must_that_is_not_met_refuses_and_shows_both_values() -> None:
    rows = [indicator("I1", "N1", "le", 0.002, must=True), indicator("I2", "A1", "eq", 0.004, must=None)]
    found = run(registry(indicators=rows))
    assert codes(found.refusals["why"][0]) == ["match.indicator-unmet"]
    assert "0.002" in say(Why.from_json(found.refusals["why"][0]), "zh")
    assert "0.004" in say(Why.from_json(found.refusals["why"][0]), "en")


def test_a_must_that_nobody_can_judge_refuses_nobody() -> None:
    assert _allowed(indicators=[indicator("I1", "N1", "le", 0.002, must=True)])


def test_all_reasons_are_kept() -> None:
    offer = {**OFFER, "organisation": "F1", "state": "expired", "trl": 2}
    found = _refused(needs=[{**NEED, "trl_min": 5}], achievements=[offer])
    assert found == ["match.refused-own", "match.refused-state", "match.refused-trl"]
