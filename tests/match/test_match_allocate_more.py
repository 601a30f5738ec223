"""Loads, conflicts, floors, draws, taken places, orders, chains and repair, by ids and with reasons."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market import AS_OF, ORGANISATIONS, registry

from tongtu.match.allocate import (
    Live,
    accept,
    agree,
    allocate,
    chains,
    declared,
    meeting,
    open_cases,
    related,
    stability,
)
from tongtu.registry import Registry
from tongtu.terms.faults import Cancelled, DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say


def _pairs(*rows: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"need": pl.String, "achievement": pl.String, "score": pl.Float64}, orient="row")


def _market(needs: dict[str, Any], offers: dict[str, Any], **more: Any) -> Registry:
    """id → capacity, or (capacity, organisation)."""

    def rows(key: str, side: dict[str, Any], owner: str) -> list[dict[str, Any]]:
        told = {own: c if isinstance(c, tuple) else (c, owner) for own, c in side.items()}
        return [{key: own, "organisation": o, "title": own, "text": "", "capacity": c} for own, (c, o) in told.items()]

    return registry(needs=rows("need", needs, "F1"), achievements=rows("achievement", offers, "U"), **more)


def _codes(why: str) -> list[str]:
    reason = Why.from_json(why)
    return [reason.code, *(part.code for part in reason.parts)]


def _loads(*rows: tuple[str, str, int | None, int | None, date | None]) -> pl.DataFrame:
    schema = {"kind": pl.String, "id": pl.String, "least": pl.Int64, "most": pl.Int64, "until": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


# ------------------------------------------------------------------------------------------------ loads


@pytest.mark.parametrize("mode", [{}, {"floor": 0.8}, {"cap": 0.5, "seed": "1"}])
def test_a_minimum_of_one_who_stands_in_no_pair_is_not_ignored(mode: dict[str, Any]) -> None:
    """A minimum load ignored once cost a platform its trust."""
    reg, loads = _market({"N1": 1}, {"A1": 1, "A2": 1}), _loads(("achievement", "A2", 1, None, None))
    found = allocate(_pairs(("N1", "A1", 0.9)), reg, as_of=AS_OF, loads=loads, **mode)
    assert (found.solution.status, found.allocation.height) == ("infeasible", 0)
    assert any("A2" in say(relax.limit, "en") for relax in found.solution.relax)
    with pytest.raises(UsageFault):
        Live(_pairs(("N1", "A1", 0.9)), reg, loads=loads)


def test_a_minimum_load_is_held_though_it_costs_score() -> None:
    pairs = _pairs(("N1", "A1", 0.9), ("N1", "A2", 0.2), ("N2", "A1", 0.8), ("N2", "A2", 0.1))
    reg = _market({"N1": 1, "N2": 1}, {"A1": 2, "A2": 1})
    found = allocate(pairs, reg, as_of=AS_OF, loads=_loads(("achievement", "A2", 1, None, None)))
    assert found.allocation["achievement"].sort().to_list() == ["A1", "A2"]
    assert found.solution.value == pytest.approx(1.0)


def test_minima_out_of_reach_are_named_with_figures_and_nothing_is_allocated() -> None:
    pairs = _pairs(("N1", "A1", 0.9), ("N2", "A1", 0.8))
    reg = _market({"N1": 1, "N2": 1}, {"A1": 5})
    found = allocate(pairs, reg, as_of=AS_OF, loads=_loads(("achievement", "A1", 3, None, None)))
    assert (found.solution.status, found.allocation.height) == ("infeasible", 0)
    (relax,) = found.solution.relax
    assert relax.by == 1
    assert "A1" in say(relax.limit, "zh")
    assert (relax.limit.args["now"], relax.limit.args["then"]) == (3, 2)
    assert [_codes(w)[0] for w in found.unfilled["why"]] == ["match_allocation.nothing-allocated"] * 2


def test_loads_that_contradict_themselves_are_refused_all_at_once() -> None:
    reg = _market({"N1": 1}, {"A1": 1, "A2": 1})
    pairs = _pairs(("N1", "A1", 0.9), ("N1", "A2", 0.9))
    with pytest.raises(DataRefused) as refused:
        allocate(
            pairs, reg, as_of=AS_OF, loads=_loads(("achievement", "A1", 3, 2, None), ("achievement", "A2", 2, 1, None))
        )
    assert len(refused.value.faults) == 2
    with pytest.raises(DataRefused, match="A1"):
        allocate(
            pairs, reg, as_of=AS_OF, loads=_loads(("achievement", "A1", 0, 2, None), ("achievement", "A1", 0, 1, None))
        )


def test_full_until_a_date_and_what_one_more_place_is_worth() -> None:
    pairs = _pairs(("N1", "A1", 0.9), ("N2", "A1", 0.4))
    reg = _market({"N1": 1, "N2": 1}, {"A1": 1})
    loads = _loads(("achievement", "A1", None, None, date(2026, 9, 1)))
    found = allocate(pairs, reg, as_of=AS_OF, loads=loads)
    reason = Why.from_json(found.unfilled["why"][0]).parts[0]
    assert reason.code == "match_allocation.full-until"
    assert "2026" in say(reason, "zh")
    assert "0.4" in say(reason, "en")
    assert found.full.select("kind", "id", "capacity", "price").rows() == [("achievement", "A1", 1, 0.4)]


def test_pairs_below_the_least_score_are_left_out_and_say_so() -> None:
    pairs = _pairs(("N1", "A1", 0.2), ("N2", "A2", 0.7))
    found = allocate(pairs, _market({"N1": 1, "N2": 1}, {"A1": 1, "A2": 1}), as_of=AS_OF, least=0.5)
    assert found.allocation["need"].to_list() == ["N2"]
    assert found.left_out.select("need", "achievement").rows() == [("N1", "A1")]
    assert _codes(found.left_out["why"][0]) == ["match_allocation.below"]


def test_open_cases_keep_their_places_and_count_as_given() -> None:
    cases = [
        {"case": f"C{k}", "need": n, "achievement": a, "pathway": "p", "pathway_version": "1", "state": s,
         "opened": date(2026, 1, 1)}
        for k, (n, a, s) in enumerate([("N1", "A1", "open"), ("N2", "A2", "killed"), (None, "A3", "held")])
    ]  # fmt: skip
    reg = _market({"N1": 2, "N2": 1}, {"A1": 1, "A2": 1, "A3": 1}, cases=cases)
    pairs = _pairs(("N1", "A1", 0.9), ("N1", "A2", 0.8), ("N2", "A1", 0.9), ("N2", "A3", 0.7), ("N2", "A2", 0.1))
    taken = open_cases(reg)
    assert taken["case"].to_list() == ["C0", "C2"]
    found = allocate(pairs, reg, as_of=AS_OF, taken=taken)
    assert found.allocation.select("need", "achievement").rows() == [("N1", "A2")]
    assert found.unfilled.select("need", "missing").rows() == [("N2", 1)]
    assert _codes(found.left_out["why"][0]) == ["match_allocation.already"]
    assert set(found.full["id"]) == {"A1", "A2", "A3"}


# -------------------------------------------------------------------------------------------- conflicts


def test_an_owner_is_never_matched_with_its_own_listing() -> None:
    """The failure that cost a platform its trust: an owner got its own listing back."""
    reg = _market({"N1": (1, "F1"), "N2": (1, "U")}, {"A1": (1, "F1"), "A2": (1, "U"), "A3": (1, "I")})
    pairs = _pairs(*((n, a, 0.9) for n in ("N1", "N2") for a in ("A1", "A2", "A3")))
    removed = meeting(pairs, reg, related(reg, as_of=AS_OF), as_of=AS_OF)
    reasons = {(n, a): _codes(w)[1:] for n, a, w in removed.iter_rows()}
    assert reasons == {
        ("N1", "A1"): ["match_allocation.own"],
        ("N1", "A3"): ["match_allocation.group"],
        ("N2", "A2"): ["match_allocation.own"],
    }
    found = allocate(pairs, reg, as_of=AS_OF, conflicts=removed)
    assert not found.allocation.join(removed, on=["need", "achievement"], how="semi").height
    assert found.allocation.height == 2
    assert found.left_out.select("need", "achievement").equals(removed.select("need", "achievement"))


def test_a_conflict_is_not_chosen_though_all_scores_are_zero() -> None:
    """openreview-matcher: with all affinities zero, pairs in conflict came out of the solver."""
    conflicts = [{"conflict": "X", "a": "U", "b": "F1", "kind": "family"}]
    reg = _market({"N1": 1}, {"A1": 1}, conflicts=conflicts)
    pairs = _pairs(("N1", "A1", 0.0))
    removed = meeting(pairs, reg, related(reg, as_of=AS_OF), as_of=AS_OF)
    assert _codes(removed["why"][0])[1:] == ["match_allocation.declared"]
    found = allocate(pairs, reg, as_of=AS_OF, conflicts=removed)
    assert (found.allocation.height, found.unfilled["need"].to_list()) == (0, ["N1"])
    forced = allocate(pairs, reg, as_of=AS_OF, conflicts=removed, loads=_loads(("need", "N1", 1, None, None)))
    assert (forced.solution.status, forced.allocation.height) == ("infeasible", 0)


def test_past_co_operation_is_a_conflict_only_where_asked_for_and_within_the_window() -> None:
    projects = [
        {"project": "P1", "title": "共同项目", "lead": "F1", "end": date(2025, 6, 1)},
        {"project": "P2", "title": "旧项目", "lead": "F2", "end": date(2015, 6, 1)},
    ]
    participants = [{"project": p, "organisation": "U", "role": "participant"} for p in ("P1", "P2")]
    platforms = [{"platform": "L", "organisation": "U", "name": "中试线", "kind": "pilot"}]
    usage = [{"usage": "X", "platform": "L", "user": "F2", "date_from": date(2026, 4, 1), "hours": 1.0}]
    reg = _market({"N1": (1, "F1"), "N2": (1, "F2")}, {"A1": 2}, projects=projects, participants=participants,
                  platforms=platforms, usage=usage)  # fmt: skip
    pairs = _pairs(("N1", "A1", 0.9), ("N2", "A1", 0.8))
    assert meeting(pairs, reg, related(reg, as_of=AS_OF), as_of=AS_OF).is_empty()
    removed = meeting(pairs, reg, related(reg, as_of=AS_OF, past="forbidden"), as_of=AS_OF)
    assert {n: _codes(w)[1:] for n, _, w in removed.iter_rows()} == {
        "N1": ["match_allocation.past-project-until"],
        "N2": ["match_allocation.past-usage-until"],
    }
    short = meeting(pairs, reg, related(reg, as_of=AS_OF, past="forbidden", window=3), as_of=AS_OF)
    assert short["need"].to_list() == ["N2"]
    assert all(say(Why.from_json(w), lang) for w in removed["why"] for lang in ("zh", "en"))


def test_what_is_declared_for_a_round_keeps_organisations_and_single_listings_apart() -> None:
    reg = _market({"N1": (1, "F1"), "N2": (1, "F1"), "N3": (1, "F2")}, {"A1": 3, "A2": (3, "I")})
    pairs = _pairs(*((n, a, 0.9) for n in ("N1", "N2", "N3") for a in ("A1", "A2")))
    rows = [
        ("need", "N1", "achievement", "A1", "family", None, None),
        ("organisation", "U", "need", "N2", None, None, None),
        ("organisation", "I", "organisation", "F2", "rivalry", None, date(2030, 1, 1)),
        ("need", "N2", "achievement", "A2", None, None, date(2020, 1, 1)),
        ("need", "N1", "achievement", "A2", None, date(2030, 1, 1), None),
    ]
    columns = ["a_kind", "a", "b_kind", "b", "kind", "since", "until"]
    given = pl.DataFrame(rows, schema=columns, orient="row")
    removed = meeting(pairs, reg, declared(given, AS_OF), as_of=AS_OF)
    assert removed.select("need", "achievement").rows() == [("N1", "A1"), ("N2", "A1"), ("N3", "A2")]
    assert [say(Why.from_json(w), "en").count("registered conflict") for w in removed["why"]] == [1, 1, 1]
    assert "Family" in say(Why.from_json(removed["why"][0]), "en")


def test_a_side_called_organisation_is_not_taken_for_the_others_owner() -> None:
    """The column of the answers was once read as that of the owners, and everybody was in conflict with everybody."""
    reg = _market({"N1": 1}, {"A1": (1, "U"), "A2": (1, "F1")})
    pairs = pl.DataFrame({"achievement": ["A1", "A2", "A1"], "organisation": ["F1", "F1", "F2"], "score": [0.5] * 3})
    removed = meeting(pairs, reg, related(reg, as_of=AS_OF), as_of=AS_OF, ask="achievement", answer="organisation")
    assert removed.select("achievement", "organisation").rows() == [("A2", "F1")]
    own = meeting(pairs, reg, related(reg, as_of=AS_OF).clear(), as_of=AS_OF, ask="achievement",
                  answer="organisation", itself=True)  # fmt: skip
    assert own.is_empty()


def test_cases_together_are_co_operation_too() -> None:
    cases = [{"case": "C", "need": "N1", "achievement": "A1", "pathway": "p", "pathway_version": "1", "state": "open",
              "opened": date(2026, 1, 1), "lead": "F2", "partners": ["G"]}]  # fmt: skip
    reg = _market({"N1": 1}, {"A1": 1}, cases=cases)
    found = related(reg, as_of=AS_OF, past="forbidden").filter(pl.col("rule") == "match_allocation.past-case")
    members = {"F1", "F2", "G", "U"}
    assert set(found.select("organisation", "party").iter_rows()) == {(a, b) for a in members for b in members - {a}}


# ---------------------------------------------------------------------------------------- floors, draws


def test_a_floor_gives_everyone_something_and_says_what_it_cost() -> None:
    pairs = _pairs(("N1", "A1", 1.0), ("N1", "A2", 0.9), ("N2", "A1", 0.5), ("N2", "A2", 0.1))
    reg = _market({"N1": 1, "N2": 1}, {"A1": 1, "A2": 1})
    free, fair = (allocate(pairs, reg, as_of=AS_OF, floor=f) for f in (None, 1.0))
    assert free.allocation["achievement"].to_list() == fair.allocation["achievement"].to_list() == ["A2", "A1"]
    uneven = _pairs(("N1", "A1", 1.0), ("N1", "A2", 0.45), ("N2", "A1", 0.5), ("N2", "A2", 0.04))
    free, fair = (allocate(uneven, reg, as_of=AS_OF, floor=f) for f in (None, 0.8))
    assert free.allocation["achievement"].to_list() == ["A1", "A2"]
    assert fair.allocation["achievement"].to_list() == ["A2", "A1"]
    assert fair.notes[0].code == "match_allocation.floored"
    assert "91.3" in say(fair.notes[0], "en")


def test_a_draw_shows_its_odds_and_its_seed() -> None:
    pairs = _pairs(*((f"N{n}", f"A{a}", 0.5) for n in range(4) for a in range(4)))
    reg = _market({f"N{k}": 1 for k in range(4)}, {f"A{k}": 1 for k in range(4)})
    found, again = (allocate(pairs, reg, as_of=AS_OF, cap=0.5, seed="2026-05-01") for _ in range(2))
    assert found.allocation.equals(again.allocation)
    assert found.marginals is not None
    assert found.marginals["probability"].max() <= 0.5
    assert found.marginals["probability"].sum() == pytest.approx(4)
    assert _codes(found.allocation["why"][0]) == ["match_allocation.given-by-lot"]
    assert "2026-05-01" in say(found.notes[0], "zh")


@pytest.mark.parametrize(
    "wrong", [{"floor": 1.5}, {"cap": 0.5}, {"cap": 0.5, "seed": "x", "floor": 0.5}, {"cap": 0.0, "seed": "x"}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageFault):
        allocate(_pairs(), _market({"N1": 1}, {}), as_of=AS_OF, **wrong)


def test_it_can_be_stopped_between_phases() -> None:
    def stop(done: int, total: int, what: Why | None = None) -> None:
        raise Cancelled

    for mode in ({}, {"floor": 0.8}, {"cap": 0.5, "seed": "1"}):
        with pytest.raises(Cancelled):
            allocate(_pairs(("N1", "A1", 0.5)), _market({"N1": 1}, {"A1": 1}), as_of=AS_OF, progress=stop, **mode)


# ----------------------------------------------------------------------------------------------- orders


def _rankings(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"kind": pl.String, "id": pl.String, "other": pl.String, "rank": pl.Int64}, orient="row"
    )


def test_both_sides_orders_lead_to_a_stable_allocation_and_the_greatest_total_need_not_be() -> None:
    reg = _market({"N1": 1, "N2": 1}, {"A1": 1, "A2": 1})
    pairs = _pairs(("N1", "A1", 0.9), ("N1", "A2", 0.8), ("N2", "A1", 0.85), ("N2", "A2", 0.1))
    best = allocate(pairs, reg, as_of=AS_OF)
    told = stability(best.allocation, pairs, reg)
    assert told.blocking.select("need", "achievement").rows() == [("N1", "A1")]
    assert (told.count, told.why.code) == (1, "match_allocation.unstable")
    rankings = _rankings(
        ("need", "N1", "A1", 1), ("need", "N1", "A2", 2), ("need", "N2", "A1", 1), ("need", "N2", "A2", 2),
        ("achievement", "A1", "N1", 1), ("achievement", "A1", "N2", 2), ("achievement", "A2", "N1", 2),
        ("achievement", "A2", "N2", 1),
    )  # fmt: skip
    stable = accept(rankings, reg)
    assert stable.select("need", "achievement").rows() == [("N1", "A1"), ("N2", "A2")]
    assert stability(stable, pairs, reg, rankings=rankings).why.code == "match_allocation.stable"
    assert accept(rankings, reg, pairs=pairs.head(2))["need"].to_list() == ["N1"]
    with pytest.raises(DataRefused, match="A1"):
        accept(_rankings(("need", "N1", "A1", 1), ("need", "N1", "A1", 2)), reg)


def test_agreeing_says_who_is_short_and_what_the_orders_cost() -> None:
    reg = _market({"N1": 1, "N2": 1, "N3": 1, "N4": 1}, {"A1": 1, "A2": 1})
    pairs = _pairs(("N1", "A1", 0.9), ("N1", "A2", 0.8), ("N2", "A1", 0.85), ("N2", "A2", 0.1), ("N3", "A1", 0.2))
    rankings = _rankings(
        ("need", "N1", "A1", 1), ("need", "N1", "A2", 2), ("need", "N2", "A1", 1), ("need", "N2", "A2", 2),
        ("need", "N3", "A1", 1), ("need", "N4", "A1", 1),
        ("achievement", "A1", "N1", 1), ("achievement", "A1", "N2", 2), ("achievement", "A1", "N3", 3),
        ("achievement", "A2", "N1", 2), ("achievement", "A2", "N2", 1), ("achievement", "A1", "N4", 1),
    )  # fmt: skip
    found = agree(rankings, pairs, reg, as_of=AS_OF)
    assert found.allocation.select("need", "achievement").rows() == [("N1", "A1"), ("N2", "A2")]
    assert (found.solution.status, found.solution.value) == ("feasible", pytest.approx(1.0))
    assert found.solution.bound == pytest.approx(1.65)
    assert {n: _codes(w) for n, w in found.unfilled.select("need", "why").iter_rows()} == {
        "N3": ["match_allocation.ranked-full", "match_allocation.full"], "N4": ["match_allocation.ranked-alone"],
    }  # fmt: skip
    turned = agree(rankings.reverse(), pairs.reverse(), reg, as_of=AS_OF)
    assert turned.allocation.equals(found.allocation)
    least = _loads(("achievement", "A2", 1, None, None), ("need", "N3", 1, None, None))
    short = agree(rankings, pairs, reg, as_of=AS_OF, loads=least)
    assert (short.solution.status, short.allocation.height) == ("infeasible", 0)
    assert [(r.limit.args["now"], r.limit.args["then"]) for r in short.solution.relax] == [(1, 0)]
    assert "N3" in say(short.solution.relax[0].limit, "en")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nobody_who_agreed_would_rather_have_each_other(data: st.DataObject) -> None:
    reg = _market({f"N{k}": 1 for k in range(4)}, {f"A{k}": 2 for k in range(3)})
    cells = data.draw(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1))
    score = st.sampled_from([0.1, 0.5, 0.9])
    pairs = _pairs(*((f"N{n}", f"A{a}", data.draw(score)) for n, a in sorted(cells)))
    rank = st.integers(1, 4)
    rankings = _rankings(
        *(("need", f"N{n}", f"A{a}", data.draw(rank)) for n, a in sorted(cells)),
        *(("achievement", f"A{a}", f"N{n}", data.draw(rank)) for n, a in sorted(cells) if data.draw(st.booleans())),
    )
    found = agree(rankings, pairs, reg, as_of=AS_OF)
    assert not stability(found.allocation, pairs, reg, rankings=rankings).count
    assert found.solution.value is None or found.solution.value <= found.solution.bound + 1e-9


# ----------------------------------------------------------------------------------------------- chains


def _chain_pairs(**frames: list[tuple[str, str, float]]) -> dict[tuple[str, str], pl.DataFrame]:
    found = {}
    for name, rows in frames.items():
        source, target = name.split("__")
        schema = {source: pl.String, target: pl.String, "score": pl.Float64}
        found[source, target] = pl.DataFrame(rows, schema=schema, orient="row")
    return found


KINDS = ("need", "achievement", "platform", "organisation", "fund")


def test_the_whole_chain_is_cleared_at_once_and_says_what_is_full() -> None:
    reg = _market({"N1": 1, "N2": 1}, {"A1": 1, "A2": 1})
    pairs = _chain_pairs(
        need__achievement=[("N1", "A1", 0.9), ("N1", "A2", 0.6), ("N2", "A1", 0.5)],
        achievement__platform=[("A1", "L1", 0.5), ("A2", "L1", 0.7)],
        achievement__organisation=[("A2", "F2", 0.2)],
        platform__organisation=[("L1", "F2", 0.8)],
        organisation__fund=[("F2", "K1", 0.4)],
    )
    loads = pl.DataFrame({"kind": ["organisation", "fund"], "id": ["F2", "K1"], "most": [2, 2]})
    found = chains(pairs, reg, kinds=KINDS, loads=loads)
    assert found.chains.select(*KINDS).rows() == [("N1", "A2", None, "F2", "K1"), ("N2", "A1", "L1", "F2", "K1")]
    assert found.chains["skipped"].to_list() == [["platform"], []]
    assert found.solution.value == pytest.approx(0.6 + 0.2 + 0.4 + 0.5 + 0.5 + 0.8 + 0.4)
    assert found.chains["score"].sum() == pytest.approx(found.solution.value)
    price = dict(found.full.select("id", "price").iter_rows())
    assert set(price) == {"A1", "A2", "L1", "F2", "K1"}
    wider = pl.concat([loads, pl.DataFrame({"kind": ["platform"], "id": ["L1"], "most": [2]})])
    again = chains(pairs, reg, kinds=KINDS, loads=wider)
    assert again.solution.value - found.solution.value == pytest.approx(price["L1"])
    assert all(say(Why.from_json(w), lang) for w in found.chains["why"] for lang in ("zh", "en"))
    assert "platform" in say(Why.from_json(found.chains["why"][0]).parts[1], "en")


def test_who_finds_no_way_is_named_and_a_chain_may_end_early_where_allowed() -> None:
    reg = _market({"N1": 1, "N2": 1}, {"A1": 1})
    pairs = _chain_pairs(need__achievement=[("N1", "A1", 0.9), ("N2", "A1", 0.8)], achievement__platform=[])
    nothing = chains(pairs, reg, kinds=KINDS[:3])
    assert (nothing.chains.height, nothing.unfilled["need"].to_list()) == (0, ["N1", "N2"])
    early = chains(pairs, reg, kinds=KINDS[:3], ends=["achievement", "platform"])
    assert early.chains["need"].to_list() == ["N1"]
    assert early.unfilled["need"].to_list() == ["N2"]
    for wrong in ({"kinds": KINDS[:2]}, {"kinds": KINDS[:3], "ends": ["need"]}):
        with pytest.raises(UsageFault):
            chains(pairs, reg, **wrong)
    assert chains({}, reg, kinds=KINDS).solution.status == "empty"


def test_chains_do_not_depend_on_the_order_of_rows() -> None:
    reg = _market({f"N{k}": 1 for k in range(4)}, {f"A{k}": 2 for k in range(3)})
    rows = [(f"N{n}", f"A{a}", 0.5) for n in range(4) for a in range(3)]
    more = [(f"A{a}", f"L{p}", 0.5) for a in range(3) for p in range(3)]
    one = chains(_chain_pairs(need__achievement=rows, achievement__platform=more), reg, kinds=KINDS[:3])
    two = chains(_chain_pairs(achievement__platform=more[::-1], need__achievement=rows[::-1]), reg, kinds=KINDS[:3])
    assert one.chains.equals(two.chains)


def test_a_minimum_on_any_layer_is_held_or_named_with_figures() -> None:
    reg = _market({"N1": 1, "N2": 1}, {"A1": 2, "A2": 1})
    pairs = _chain_pairs(
        need__achievement=[("N1", "A1", 0.9), ("N2", "A1", 0.8), ("N2", "A2", 0.1)],
        achievement__platform=[("A1", "L1", 0.5), ("A2", "L2", 0.1)],
    )
    most = {"kind": ["platform"] * 2, "id": ["L1", "L2"], "most": [2, 2]}
    free = chains(pairs, reg, kinds=KINDS[:3], loads=pl.DataFrame(most))
    assert free.chains["platform"].to_list() == ["L1", "L1"]
    held = chains(pairs, reg, kinds=KINDS[:3], loads=pl.DataFrame({**most, "least": [0, 1]}))
    assert held.chains.select("need", "platform").rows() == [("N1", "L1"), ("N2", "L2")]
    assert held.solution.value == pytest.approx(0.9 + 0.5 + 0.1 + 0.1)
    stuck = chains(pairs, reg, kinds=KINDS[:3], loads=pl.DataFrame({**most, "least": [0, 2]}))
    assert (stuck.solution.status, stuck.chains.height) == ("infeasible", 0)
    (relax,) = stuck.solution.relax
    assert (relax.limit.args["now"], relax.limit.args["then"], relax.by) == (2, 1, 1)
    assert "L2" in say(relax.limit, "zh")
    assert [_codes(w)[0] for w in stuck.unfilled["why"]] == ["match_allocation.nothing-allocated"] * 2
    nobody = chains(pairs, reg, kinds=KINDS[:3], loads=pl.DataFrame({"kind": ["platform"], "id": ["L9"], "least": [1]}))
    assert [r.by for r in nobody.solution.relax] == [1], "who stands in no pair is not forgotten"


# ----------------------------------------------------------------------------------------------- repair


def test_a_new_need_takes_its_place_and_the_change_is_told() -> None:
    reg = _market({"N1": 1}, {"A1": 1, "A2": 1})
    live = Live(_pairs(("N1", "A1", 0.6), ("N1", "A2", 0.5)), reg)
    changed = live.add("N2", pl.DataFrame({"achievement": ["A1"], "score": [0.9]}))
    assert changed.rows() == [("N1", "A1", 0.6, False), ("N1", "A2", 0.5, True), ("N2", "A1", 0.9, True)]
    assert live.price("A1") == pytest.approx(0.1)
    gone = live.remove(_pairs(("N2", "A1", 0.0), ("N9", "A1", 0.0)))
    assert gone.filter("given").select("need", "achievement").rows() == [("N1", "A1")]
    assert live.allocation().rows() == [("N1", "A1", 0.6)]
    live.asks_for("N1", 2)
    assert live.allocation().height == 2
    live.offers("A1", 0)
    assert live.allocation()["achievement"].to_list() == ["A2"]
    live.offer("A3", pl.DataFrame({"need": ["N2"], "score": [0.3]}))
    assert live.allocation()["achievement"].to_list() == ["A2", "A3"]
    assert live.solution().status == "optimal"
    with pytest.raises(UsageFault):
        live.add("N1", _pairs().drop("need"))
    with pytest.raises(UsageFault):
        live.offers("A9", 1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.sampled_from([0.2, 0.5, 0.9])), max_size=16), st.data()
)
def test_needs_coming_in_one_by_one_end_where_allocating_all_at_once_does(rows, data) -> None:
    every = _pairs(*((f"N{n}", f"A{a}", s) for n, a, s in rows)).unique(["need", "achievement"], maintain_order=True)
    reg = _market({f"N{k}": 1 for k in range(6)}, {f"A{k}": 2 for k in range(5)})
    known = _pairs(*((f"N{9}", f"A{a}", 0.0) for a in range(5)))
    live = Live(known, _market({"N9": 1}, {f"A{k}": 2 for k in range(5)}))
    live.asks_for("N9", 0)
    for need in data.draw(st.permutations(range(6))):
        live.add(f"N{need}", every.filter(pl.col("need") == f"N{need}").drop("need"))
    assert live.solution().value == pytest.approx(allocate(every, reg, as_of=AS_OF).solution.value or 0.0)


def test_any_two_kinds_can_be_cleared() -> None:
    platforms = [{"platform": k, "organisation": "U", "name": k, "kind": "pilot"} for k in ("L1", "L2")]
    reg = Registry({"organisations": pl.DataFrame(ORGANISATIONS), "platforms": pl.DataFrame(platforms)})
    pairs = pl.DataFrame({"platform": ["L1", "L2"], "organisation": ["F1", "F1"], "score": [0.5, 0.6]})
    found = allocate(pairs, reg, as_of=AS_OF, ask="platform", answer="organisation")
    assert found.allocation.select("platform", "organisation").rows() == [("L2", "F1")]
    assert found.unfilled["platform"].to_list() == ["L1"]
