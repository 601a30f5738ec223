"""The market cleared: capacities held, refused pairs stay away, and those left over are told why."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market import AS_OF, registry

from tongtu.match import Allocation, allocate
from tongtu.terms.why import Why
from tongtu.terms.words import say


def _pairs(*rows: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"need": pl.String, "achievement": pl.String, "score": pl.Float64}, orient="row")


def _clear(pairs: pl.DataFrame, needs: dict[str, Any], offers: dict[str, Any]) -> Allocation:
    """`needs`, `offers`: id → capacity."""
    reg = registry(
        needs=[{"need": k, "organisation": "F1", "title": k, "text": "", "capacity": c} for k, c in needs.items()],
        achievements=[
            {"achievement": k, "organisation": "U", "title": k, "text": "", "capacity": c} for k, c in offers.items()
        ],
    )
    return allocate(pairs, reg, as_of=AS_OF)


def _code(why: str) -> str:
    return Why.from_json(why).code


def test_the_whole_market_does_better_than_each_for_itself() -> None:
    pairs = _pairs(("N1", "A1", 0.9), ("N1", "A2", 0.8), ("N2", "A1", 0.85))
    found = _clear(pairs, {"N1": None, "N2": None}, {"A1": None, "A2": None})
    assert found.allocation.select("need", "achievement").rows() == [("N1", "A2"), ("N2", "A1")]
    assert (found.solution.status, found.solution.value, found.solution.gap) == (
        "optimal",
        pytest.approx(1.65),
        0.0,
    )
    assert [_code(w) for w in found.allocation["why"]] == ["match.given-instead", "match.given"]
    assert found.unfilled.is_empty()


def test_who_is_left_over_hears_what_was_full_and_what_a_place_is_worth() -> None:
    pairs = _pairs(("N1", "A1", 0.9), ("N2", "A1", 0.4))
    found = _clear(pairs, {"N1": 1, "N2": 1}, {"A1": 1})
    assert found.unfilled.select("need", "missing").rows() == [("N2", 1)]
    why = Why.from_json(found.unfilled["why"][0])
    assert (why.code, why.parts[0].code, why.parts[0].args["gain"]) == (
        "match.unfilled-full",
        "match.full",
        0.4,
    )
    assert "0.4" in say(why, "zh")


def test_a_need_nobody_may_answer_says_so() -> None:
    found = _clear(_pairs(("N1", "A1", 0.9)), {"N1": 3, "N2": 1}, {"A1": 5})
    assert dict(zip(found.unfilled["need"], map(_code, found.unfilled["why"]), strict=True)) == {
        "N1": "match.unfilled-few", "N2": "match.unfilled-none",
    }  # fmt: skip
    assert found.unfilled["missing"].to_list() == [2, 1]


def test_a_pair_that_was_refused_never_comes_back_though_all_scores_are_zero() -> None:
    found = _clear(_pairs(("N1", "A2", 0.0), ("N2", "A2", 0.0)), {"N1": 1, "N2": 1}, {"A1": 1, "A2": 1})
    assert found.allocation["achievement"].to_list() == ["A2"]
    assert found.unfilled.height == 1


def test_nothing_to_allocate_is_empty_and_needs_are_still_named() -> None:
    found = _clear(_pairs(), {"N1": 1}, {})
    assert found.allocation.is_empty()
    assert found.allocation.columns == ["need", "achievement", "score", "why"]
    assert found.solution.status == "empty"
    assert found.unfilled["need"].to_list() == ["N1"]


def test_a_closed_need_is_not_called_unfilled() -> None:
    reg = registry(needs=[{"need": "N1", "organisation": "F1", "title": "", "text": "", "deadline": date(2026, 1, 1)}])
    assert allocate(_pairs(), reg, as_of=AS_OF).unfilled.is_empty()


def test_equal_scores_go_to_the_lower_id() -> None:
    pairs = _pairs(*(("N1", f"A{k}", 0.5) for k in (3, 1, 2)))
    found = _clear(pairs, {"N1": 2}, {f"A{k}": 1 for k in (1, 2, 3)})
    assert found.allocation["achievement"].to_list() == ["A1", "A2"]


EDGES = st.dictionaries(
    st.tuples(st.sampled_from(["N1", "N2", "N3"]), st.sampled_from(["A1", "A2", "A3"])),
    st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.9]),
)
ROOM = st.none() | st.integers(1, 3)


@settings(max_examples=60, deadline=None)
@given(EDGES, st.lists(ROOM, min_size=3, max_size=3), st.lists(ROOM, min_size=3, max_size=3), st.randoms())
def test_loads_hold_books_balance_and_order_is_no_matter(edges, wants, rooms, random) -> None:
    needs, offers = (
        dict(zip(("N1", "N2", "N3"), wants, strict=True)),
        dict(zip(("A1", "A2", "A3"), rooms, strict=True)),
    )
    rows = [(need, offer, score) for (need, offer), score in edges.items()]
    found = _clear(_pairs(*rows), needs, offers)
    given_to = found.allocation["need"].value_counts()
    got = dict(given_to.iter_rows())
    assert all(got.get(need, 0) <= (room or 1) for need, room in needs.items())
    assert all(n <= (offers[a] or 1) for a, n in found.allocation["achievement"].value_counts().iter_rows())
    missing = dict(found.unfilled.select("need", "missing").iter_rows())
    assert all(got.get(need, 0) + missing.get(need, 0) == (room or 1) for need, room in needs.items())
    random.shuffle(rows)
    again = _clear(_pairs(*rows), needs, offers)
    assert again.allocation.equals(found.allocation)
    assert again.unfilled.equals(found.unfilled)
