"""Autonomy: published concentrations, propagation against brute force, unknown supply, cycles by name."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise import autonomy
from tongtu.appraise.autonomy import Autonomy, graph, holdings, propagate
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import say

AS_OF = date(2026, 11, 22)
CHIPS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "supply_chain" / "chips_2026"

Part = tuple[str, str, str | None, bool | None]
Graph = Mapping[str, Mapping[str, tuple[str, ...]]]


def supplies(*rows: tuple[Any, ...], **also: Iterable[Any]) -> pl.DataFrame:
    """Rows of item, supplier, jurisdiction, share; further columns by name."""
    schema = Registry()["supplies"].schema
    names = ["item", "supplier", "jurisdiction", "share"]
    frame = pl.DataFrame(list(rows), schema={name: schema[name] for name in names}, orient="row")
    return frame.with_columns(pl.Series(name, list(values), schema[name]) for name, values in also.items())


def parts(*rows: Part) -> pl.DataFrame:
    types = {"item": pl.String, "component": pl.String, "route": pl.String, "required": pl.Boolean}
    return pl.DataFrame(list(rows), schema=types, orient="row")


def whole(**home: float) -> pl.DataFrame:
    """Items with this share at home and the rest abroad."""
    return supplies(*[r for i, s in home.items() for r in ((i, "own", "CN", s), (i, "other", "US", 1 - s))])


def judged(item: str, **tables: pl.DataFrame) -> dict[str, Any]:
    cases = pl.DataFrame({"case": ["c1"], "need": ["n1"], "achievement": ["a1"], "direction": [None], "region": [None]})
    needs = pl.DataFrame({"need": ["n1"], "item": [item]})
    frame = autonomy(cases, Registry({"needs": needs, **tables}), home="CN", as_of=AS_OF)
    return frame.row(0, named=True)


def interval(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(None if row[k] is None else round(row[k], 9) for k in ("autonomy", "low", "high"))


# --- published figures ---


@pytest.mark.skipif(not CHIPS.exists(), reason="the chips data is not on this machine")
def test_concentration_of_the_chip_inputs_is_as_published() -> None:
    providers = pl.read_csv(CHIPS / "providers.csv")
    countries = providers.filter(pl.col("provider_type") == "country").select("provider_id").unique()
    provision = pl.read_csv(CHIPS / "provision.csv", infer_schema_length=None)
    known = pl.col("share_provided").is_not_null() & (pl.col("year") == 2025)
    shares = provision.filter(known).join(countries, on="provider_id").select(
        pl.col("provided_id").alias("item"), pl.col("provider_name").alias("supplier"),
        pl.col("provider_name").alias("jurisdiction"), pl.col("share_provided") / 100, "year",
    )  # fmt: skip
    frame = Registry({"supplies": shares.rename({"share_provided": "share"})})["supplies"]
    found = holdings(graph(frame, parts(), as_of=AS_OF).supplies, "CHN")
    hhi = dict(found.select("item", "hhi").iter_rows())
    assert found.height == 84
    assert round(hhi["N19"], 4) == 0.6871
    assert hhi["N20"] == 1.0
    assert round(found["hhi"].median(), 3) == 0.580  # type: ignore[arg-type]
    assert found.filter(pl.col("hhi") > 0.25).height == 81
    assert frame.group_by("item").agg(pl.col("share").max()).filter(pl.col("share") >= 0.7).height == 47
    assert found.filter(pl.col("own") == 0).height == 33
    assert round(found["own"].mean(), 4) == 0.0518  # type: ignore[arg-type]


@pytest.mark.skipif(not CHIPS.exists(), reason="the chips data is not on this machine")
def test_the_chip_graph_stands_on_its_edges() -> None:
    """A kind of something is a route to it, what goes into something is needed for it."""
    edges = pl.read_csv(CHIPS / "sequence.csv")
    into = edges.drop_nulls("goes_into_id").select(item="goes_into_id", component="input_id")
    kinds = edges.drop_nulls("is_type_of_id").select(item="is_type_of_id", component="input_id", route="input_id")
    frame = pl.concat([into, kinds], how="diagonal").with_columns(pl.lit(True).alias("required"))
    made = graph(supplies(), frame.unique(), as_of=AS_OF)
    depth = {item: n for n, level in enumerate(made.net.levels, 1) for item in (made.items[k] for k in level.nodes)}
    assert all(depth.get(component, 0) < depth[item] for item, component in frame.select("item", "component").rows())
    assert [made.items[k] for k in made.net.levels[-1].nodes] == ["N99"]
    assert len(made.cone("N99")) == len(made.items) == 126


# --- the propagation ---


def drawn(chance: random.Random, n: int) -> tuple[dict[str, float], dict[str, dict[str, tuple[str, ...]]]]:
    names = [f"i{k}" for k in range(n)]
    own = {name: round(chance.random(), 3) for name in names}
    ways: dict[str, dict[str, tuple[str, ...]]] = {}
    for k in range(1, n):
        inputs = [set(chance.choices(names[:k], k=chance.randint(1, 3))) for _ in range(chance.randint(0, 2))]
        if inputs:
            ways[names[k]] = {f"r{m}": tuple(sorted(needed)) for m, needed in enumerate(inputs)}
    return own, ways


def brute(item: str, own: Mapping[str, float], ways: Graph) -> float:
    """Every choice of routes; under each, the smallest product along any chain from the item down."""
    choosers = sorted(ways)
    best = 0.0
    for choice in itertools.product(*(sorted(ways[i]) for i in choosers)):
        taken = dict(zip(choosers, choice, strict=True))
        best = max(best, min(_chains(item, own, ways, taken)))
    return best


def _chains(item: str, own: Mapping[str, float], ways: Graph, taken: Mapping[str, str]) -> list[float]:
    if item not in taken:
        return [own[item]]
    return [own[item] * rest for u in ways[item][taken[item]] for rest in _chains(u, own, ways, taken)]


def carried(own: Mapping[str, float], ways: Graph) -> Autonomy:
    """Through the front door: shares at home as suppliers, routes as components."""
    made = [(v, u, r, True) for v, named in ways.items() for r, needed in named.items() for u in needed]
    return propagate(graph(whole(**own), parts(*made), as_of=AS_OF), "CN")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 7))
def test_propagation_equals_brute_force_and_its_path_is_a_proof(seed: int, n: int) -> None:
    own, ways = drawn(random.Random(seed), n)
    found = carried(own, ways)
    for item in found.graph.items:
        node = found.of(item)
        assert math.isclose(node.autonomy.point or 0.0, brute(item, own, ways), abs_tol=1e-12)
        assert node.autonomy.low == node.autonomy.high == node.autonomy.point
        steps = found.path(item)
        assert steps[-1] == node.weakest
        assert all(u in ways[v][found.of(v).route] for v, u in itertools.pairwise(steps))
        assert node.floor == own[steps[-1]] == min(own[step] for step in steps)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_more_supply_at_home_never_lowers_autonomy(seed: int, more: float) -> None:
    own, ways = drawn(random.Random(seed), 8)
    before = carried(own, ways)
    raised = f"i{seed % 8}"
    after = carried({**own, raised: max(own[raised], more)}, ways)
    assert (after.point >= before.point - 1e-12).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sets(st.integers(0, 7)))
def test_what_is_unknown_lies_within_the_interval(seed: int, hidden: set[int]) -> None:
    own, ways = drawn(random.Random(seed), 8)
    full = carried(own, ways)
    seen = carried({i: s for i, s in own.items() if int(i[1:]) not in hidden}, ways)
    for item in ways:
        node, truth = seen.of(item), full.of(item).autonomy.point or 0.0
        assert node.autonomy.low - 1e-12 <= truth <= node.autonomy.high + 1e-12
        assert node.autonomy.point is None or node.autonomy.low <= node.autonomy.point <= node.autonomy.high


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_never_matters(chance: random.Random) -> None:
    own, ways = drawn(chance, 7)
    made = [(v, u, r, True) for v, named in ways.items() for r, needed in named.items() for u in needed]
    bought = list(whole(**own).iter_rows())
    first = judged("i6", components=parts(*made), supplies=supplies(*bought))
    chance.shuffle(made)
    chance.shuffle(bought)
    assert first == judged("i6", components=parts(*made), supplies=supplies(*bought))


def test_the_weakest_item_may_be_the_step_itself() -> None:
    row = judged("v", components=parts(("v", "u", None, True)), supplies=whole(v=0.1, u=0.5))
    assert interval(row) == (0.05, 0.05, 0.05)
    assert row["weakest"] == "v"


def test_routes_are_alternatives_a_common_part_is_not_and_the_optional_gates_nothing() -> None:
    made = parts(
        ("v", "a", "x", True), ("v", "b", "y", None), ("v", "c", None, True), ("v", "d", "y", False)
    )  # fmt: skip
    row = judged("v", components=made, supplies=whole(v=1, a=0.2, b=0.8, c=0.7, d=0))
    assert interval(row) == (0.7, 0.7, 0.7)
    assert row["weakest"] == "c"
    assert "“y”" in say(Why.from_json(row["why"]))


# --- one item's suppliers ---


def test_an_item_without_suppliers_stands_on_its_inputs_and_says_so() -> None:
    row = judged("v", components=parts(("v", "u", None, True)), supplies=whole(u=0.4))
    assert interval(row) == (0.4, 0.0, 0.4)
    assert (row["hhi"], row["weakest"]) == (None, "u")
    assert "仅按其组成计算" in say(Why.from_json(row["why"]))


def test_an_input_nobody_knows_opens_the_interval() -> None:
    made = parts(("v", "u", None, True), ("v", "w", None, True))
    row = judged("v", components=made, supplies=whole(v=1, u=0.4))
    assert interval(row) == (0.4, 0.0, 0.4)
    assert "供应未知的物项：w" in say(Why.from_json(row["why"]))


@pytest.mark.parametrize("tables", [{}, {"components": parts(("v", "u", None, True))}])
def test_nothing_known_is_null_with_a_reason(tables: dict[str, pl.DataFrame]) -> None:
    row = judged("v", **tables)
    assert interval(row) == (None, None, None)
    assert (row["weakest"], row["hhi"], row["item"]) == (None, None, "v")
    assert "unknown" in say(Why.from_json(row["why"]), "en")


def test_a_case_without_item_or_need_is_unknown() -> None:
    cases = pl.DataFrame({"case": ["c2", "c1"], "need": ["n9", None]}, schema={"case": pl.String, "need": pl.String})
    frame = autonomy(cases, Registry(), home="CN", as_of=AS_OF)
    assert frame["case"].to_list() == ["c1", "c2"]
    assert frame["autonomy"].null_count() == 2
    assert autonomy(cases.clear(), Registry(), home="CN", as_of=AS_OF).schema == frame.schema


def test_what_is_attributed_to_nobody_counts_in_the_upper_end() -> None:
    row = judged("v", supplies=supplies(("v", "a", "CN", 0.3), ("v", "b", "US", 0.5)))
    assert interval(row) == (0.3, 0.3, 0.5)
    assert round(row["hhi"], 9) == 0.34


def test_bounds_of_shares_become_bounds_of_autonomy() -> None:
    bought = supplies(("v", "a", "CN", None), ("v", "b", "US", 0.8), share_low=[0.1, None], share_high=[0.3, None])
    assert interval(judged("v", supplies=bought)) == (0.2, 0.1, 0.3)


def test_a_home_share_that_is_unknown_leaves_the_point_open() -> None:
    row = judged("v", supplies=supplies(("v", "a", "CN", None), ("v", "b", "US", 0.6)))
    assert interval(row) == (None, 0.0, 0.4)
    assert row["hhi"] is None


def test_only_the_qualified_part_counts() -> None:
    bought = supplies(("v", "a", "cn ", 0.5), ("v", "b", "US", 0.5), qualified=[0.4, 1.0])
    row = judged("v", supplies=bought)
    assert interval(row) == (0.2, 0.2, 0.2)
    assert row["hhi"] == 0.5


def test_the_latest_year_with_figures_up_to_the_date_counts() -> None:
    rows = [("v", "a", "CN", s) for s in (0.1, 0.2, None, 0.9)]
    bought = supplies(*rows, year=[2023, 2024, 2025, 2027])
    assert judged("v", supplies=bought)["autonomy"] == 0.2


# --- refused ---


def faults(**tables: pl.DataFrame) -> list[str]:
    with pytest.raises(DataRefused) as refused:
        judged("v", **tables)
    return [fault.say("en") for fault in refused.value.faults]


def test_shares_above_one_are_refused_all_together() -> None:
    rows = [(item, s, "CN", share) for item in ("v", "w") for s, share in (("a", 0.6), ("b", 0.43))]
    said = faults(supplies=supplies(*rows, ("x", "a", "CN", 1.0), ("x", "b", "US", 0.02)))
    assert [("item v" in text, "103%" in text) for text in said] == [(True, True), (False, True)]


def test_bounds_that_contradict_a_share_are_refused() -> None:
    said = faults(supplies=supplies(("v", "a", "CN", 0.5), share_low=[0.6], share_high=[0.9]))
    assert len(said) == 1
    assert "supplier a" in said[0]


@pytest.mark.parametrize(
    ("edges", "named"),
    [
        ([("v", "v")], ["v → v"]),
        ([("a", "b"), ("b", "a")], ["a → b → a"]),
        ([("c", "a"), ("a", "b"), ("b", "c"), ("v", "c"), ("a", "z")], ["a → b → c → a"]),
        ([("a", "b"), ("b", "a"), ("b", "x"), ("x", "y"), ("y", "x")], ["a → b → a", "x → y → x"]),
        ([("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")], ["a → b → a"]),
        ([("a", "b"), ("b", "a"), ("a", "c"), ("c", "a")], ["a → b → a"]),
        ([("t", "a"), ("a", "b"), ("b", "c"), ("c", "b")], ["b → c → b"]),
    ],
)
def test_cycles_are_named(edges: list[tuple[str, str]], named: list[str]) -> None:
    said = faults(components=parts(*[(item, part, None, True) for item, part in edges]))
    assert len(said) == len(named)
    assert all(f": {cycle}." in text for cycle, text in zip(named, said, strict=True)), said


def test_a_cycle_through_an_optional_part_is_none() -> None:
    made = parts(("v", "u", None, True), ("u", "v", None, False))
    assert judged("v", components=made, supplies=whole(v=1, u=0.5))["autonomy"] == 0.5


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_a_graph_is_refused_exactly_when_it_has_a_cycle(edges: list[tuple[int, int]]) -> None:
    made = parts(*[(f"i{a}", f"i{b}", None, True) for a, b in edges])
    reach = {(a, b) for a, b in edges}
    for k, a, b in itertools.product(range(7), repeat=3):
        if (a, k) in reach and (k, b) in reach:
            reach.add((a, b))
    if not any((a, a) in reach for a in range(7)):
        graph(supplies(), made, as_of=AS_OF)
        return
    with pytest.raises(DataRefused) as refused:
        graph(supplies(), made, as_of=AS_OF)
    for fault in refused.value.faults:
        steps = fault.what.args["cycle"].split(" → ")
        assert all((int(a[1]), int(b[1])) in edges for a, b in itertools.pairwise(steps))


def test_a_long_cycle_is_cut_short_in_words() -> None:
    ring = [(f"i{k:03}", f"i{(k + 1) % 500:03}", None, True) for k in range(500)]
    (said,) = faults(components=parts(*ring))
    assert "items: 500" in said
    assert len(said) < 400
