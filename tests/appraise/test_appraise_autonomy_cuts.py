"""Cut sets, reliability and percolation against every world tried one by one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.autonomy import SupplyGraph, collapse, cuts, graph, percolate, reliability
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

AS_OF = date(2026, 11, 22)
SUPPLY = {"item": pl.String, "supplier": pl.String, "jurisdiction": pl.String, "share": pl.Float64}
PART = {"item": pl.String, "component": pl.String, "route": pl.String}
SWAP = {"item": pl.String, "substitute": pl.String, "performance": pl.Float64, "qualified": pl.Boolean}
OUTAGE = {"kind": pl.String, "id": pl.String, "probability": pl.Float64}


class World:
    """A few items as plain rows, and what can be had by reading them again for every question."""

    def __init__(self, seed: int, size: int = 6) -> None:
        chance = random.Random(seed)
        items = [f"i{k}" for k in range(size)]
        self.top = items[-1]
        self.supplies: list[tuple[str, str, str | None, float]] = []
        self.parts: list[tuple[str, str, str]] = []
        self.swaps: list[tuple[str, str, float, bool]] = []
        for k, item in enumerate(items):
            holders = chance.sample(range(6), chance.choice([0, 1, 1, 2, 2, 3]))
            weights = [chance.randint(1, 4) for _ in holders]
            for holder, weight in zip(holders, weights, strict=True):
                place = chance.choice([None, "A", "B", "C"]) if chance.random() < 0.3 else "ABC"[holder % 3]
                self.supplies.append((item, f"s{holder}", place, round(weight / sum(weights), 6)))
            for route in "xy"[: chance.choice([0, 1, 2]) if k else 0]:
                needed = {chance.randrange(k) for _ in range(chance.randint(1, 2))}
                self.parts += [(item, items[u], route) for u in sorted(needed)]
            if k and chance.random() < 0.3:
                self.swaps.append((items[k - 1], items[chance.randrange(k)], 0.8, chance.random() < 0.7))
        self.swaps = [row for row in self.swaps if row[0] != row[1] and row[1] < row[0]]

    def graph(self) -> SupplyGraph:
        return graph(
            pl.DataFrame(self.supplies, SUPPLY, orient="row"),
            pl.DataFrame(self.parts, PART, orient="row"),
            substitutes=pl.DataFrame(self.swaps, SWAP, orient="row"),
            as_of=AS_OF,
        )

    def has(self, item: str, out: Collection[str], enough: float = 0.0, made: bool = False) -> bool:
        """Whether an item can be had when these suppliers and places are out."""
        if not made and any(i == item and q and self.has(s, out, enough, True) for i, s, _, q in self.swaps):
            return True
        rows = [row for row in self.supplies if row[0] == item]
        left = sum(share for _, s, place, share in rows if s not in out and place not in out)
        if rows and left < max(1e-9, min(enough, sum(row[3] for row in rows)) - 1e-9):
            return False
        routes = {r: [u for i, u, q in self.parts if i == item and q == r] for i, _, r in self.parts if i == item}
        return not routes or any(all(self.has(u, out, enough) for u in needed) for needed in routes.values())

    def holders(self, by: str) -> list[str]:
        return sorted({row[1 if by == "supplier" else 2] or "" for row in self.supplies} - {""})


def cut_by_trying(world: World, by: str, enough: float) -> set[tuple[str, ...]]:
    holders = world.holders(by)
    ones = {(e,) for e in holders if not world.has(world.top, {e}, enough)}
    twos = {
        pair
        for pair in itertools.combinations(holders, 2)
        if not world.has(world.top, set(pair), enough) and not any((e,) in ones for e in pair)
    }
    return ones | twos


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["supplier", "jurisdiction"]), st.sampled_from([0.0, 0.3, 0.8]))
def test_cuts_are_all_and_only_the_minimal_ones(seed: int, by: Any, enough: float) -> None:
    world = World(seed)
    made = world.graph()
    if world.top not in made:
        return
    found = cuts(made, world.top, by=by, enough=enough)
    sets = [tuple(x for x in row if x) for row in found.select("first", "second").iter_rows()]
    assert len(sets) == len(set(sets))
    assert set(sets) == cut_by_trying(world, by, enough)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_cut_names_supplies_that_end_and_a_way_down_to_one(seed: int) -> None:
    world = World(seed)
    made = world.graph()
    if world.top not in made:
        return
    for row in cuts(made, world.top).iter_rows(named=True):
        out = {row["first"], row["second"]}
        for item in row["killed"]:
            mine = [s for i, s, _, _ in world.supplies if i == item]
            assert mine
            assert set(mine) <= out
        assert (row["path"][0], row["path"][-1]) == (world.top, row["killed"][0])
        edges = {(i, u) for i, u, _ in world.parts} | {(i, s) for i, s, _, q in world.swaps if q}
        assert all(pair in edges for pair in itertools.pairwise(row["path"]))
        assert row["first"] in say(Why.from_json(row["why"]))


def test_two_routes_die_together_or_not_at_all() -> None:
    made = graph(
        pl.DataFrame([("a", "s", "X", 1.0), ("b", "t", "Y", 1.0), ("b", "u", "X", 0.0)], SUPPLY, orient="row"),
        pl.DataFrame([("v", "a", "one"), ("v", "b", "two")], PART, orient="row"),
        as_of=AS_OF,
    )
    found = cuts(made, "v")
    assert found.select("order", "first", "second").rows() == [(2, "s", "t")]
    assert found["killed"].to_list() == [["a", "b"]]


# --- reliability ---


def worlds(chances: dict[str, float]) -> Iterator[tuple[set[str], float]]:
    names = sorted(chances)
    for states in itertools.product([False, True], repeat=len(names)):
        weight = 1.0
        for name, out in zip(names, states, strict=True):
            weight *= chances[name] if out else 1 - chances[name]
        yield {name for name, out in zip(names, states, strict=True) if out}, weight


def drawn_outages(world: World, seed: int) -> tuple[pl.DataFrame, dict[str, float]]:
    chance = random.Random(seed)
    rows = [(kind, name, round(chance.choice([0.0, 1.0, *[chance.random()] * 6]), 3))
            for kind in ("supplier", "jurisdiction") for name in world.holders(kind)]  # fmt: skip
    return pl.DataFrame(rows, OUTAGE, orient="row"), {name: p for _, name, p in rows}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.5]))
def test_reliability_equals_every_world_added_up(seed: int, enough: float) -> None:
    world = World(seed)
    made = world.graph()
    if world.top not in made:
        return
    outages, chances = drawn_outages(world, seed)
    truth = sum(weight for out, weight in worlds(chances) if weight and world.has(world.top, out, enough))
    found = reliability(made, [world.top], outages, enough=enough, method="exact").row(0, named=True)
    assert found["available"] == pytest.approx(truth, abs=1e-9)
    drawn = reliability(made, [world.top], outages, enough=enough, method="drawn", draws=4096, seed=1)
    assert drawn["available"][0] == pytest.approx(truth, abs=5 * drawn["se"][0] + 1e-3)
    assert drawn["low"][0] <= drawn["available"][0] <= drawn["high"][0]


def test_a_jurisdiction_takes_its_suppliers_out_together() -> None:
    rows = [("v", "s", "X", 0.5), ("v", "t", "X", 0.5)]
    made = graph(pl.DataFrame(rows, SUPPLY, orient="row"), pl.DataFrame([], PART), as_of=AS_OF)
    place = pl.DataFrame([("jurisdiction", "X", 0.1)], OUTAGE, orient="row")
    firms = pl.DataFrame([("supplier", "s", 0.1), ("supplier", "t", 0.1)], OUTAGE, orient="row")
    assert reliability(made, ["v"], place)["available"][0] == pytest.approx(0.9)
    assert reliability(made, ["v"], firms)["available"][0] == pytest.approx(0.99)
    assert reliability(made, ["v"], pl.concat([place, firms]))["available"][0] == pytest.approx(0.9 * 0.99)


def test_outages_that_cannot_be_are_named_together() -> None:
    made = World(3).graph()
    rows = [("planet", "s1", 0.1), ("supplier", "s1", 1.1), ("supplier", "s2", None)]
    with pytest.raises(DataRefused) as refused:
        reliability(made, [made.items[0]], pl.DataFrame(rows, OUTAGE, orient="row"))
    assert len(refused.value.faults) == 3
    with pytest.raises(DataRefused, match="Nobody"):
        reliability(made, [made.items[0]], pl.DataFrame([("supplier", "Nobody", 0.1)], OUTAGE, orient="row"))
    with pytest.raises(DataRefused, match="no item nowhere"):
        cuts(made, "nowhere")


@pytest.mark.parametrize(
    "work",
    [
        lambda made: cuts(made, "i5", by="planet"),
        lambda made: cuts(made, "i5", enough=1.5),
        lambda made: percolate(made, order="size"),
        lambda made: percolate(made, orders=0),
        lambda made: reliability(made, ["i5"], pl.DataFrame([], OUTAGE), draws=0),
        lambda made: reliability(made, ["i5"], pl.DataFrame([], OUTAGE), method="guess"),
    ],
)
def test_an_argument_out_of_its_range_is_named(work: Any) -> None:
    with pytest.raises(UsageFault) as refused:
        work(World(12).graph())
    assert all(fault.say(lang) for fault in refused.value.faults for lang in ("zh", "en"))


# --- percolation ---


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["supplier", "jurisdiction"]))
def test_percolation_removes_the_largest_first_and_counts_what_is_left(seed: int, by: Any) -> None:
    world = World(seed)
    made = world.graph()
    if world.top not in made:
        return
    found = percolate(made, target=world.top, by=by)
    out: set[str] = set()
    inside = made.cone(world.top)
    for row in found.iter_rows(named=True):
        out |= {row["last"]} - {None}
        assert row["target"] == world.has(world.top, out)
        assert row["items"] == pytest.approx(sum(world.has(i, out) for i in inside) / len(inside))
    assert found["items"].is_sorted(descending=True)
    lost = found.filter(pl.col("target") == 0)
    assert collapse(found) == (None if lost.is_empty() else lost["fraction"][0])


def test_random_orders_are_those_of_the_seed_and_end_where_all_are_gone() -> None:
    made = World(12).graph()
    first = percolate(made, target="i5", order="random", orders=30, seed=5)
    assert first.equals(percolate(made, target="i5", order="random", orders=30, seed=5))
    by_share = percolate(made, target="i5")
    assert first["items"][-1] == by_share["items"][-1]
    assert (first["items_low"] <= first["items_high"]).all()
