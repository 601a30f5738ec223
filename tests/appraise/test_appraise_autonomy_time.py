"""Stocks against time: time to survive, and outages day by day against a simulation in small steps."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.autonomy import SupplyGraph, disrupt, endurance, graph
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

AS_OF = date(2026, 11, 22)
SUPPLY = {"item": pl.String, "supplier": pl.String, "jurisdiction": pl.String, "share": pl.Float64,
          "lead_days": pl.Float64}  # fmt: skip
PART = {"item": pl.String, "component": pl.String, "route": pl.String}
SWAP = {"item": pl.String, "substitute": pl.String, "switch_days": pl.Float64, "qualified": pl.Boolean}
ITEM = {"item": pl.String, "stock_days": pl.Float64, "recovery_days": pl.Float64}
Rows = list[tuple[Any, ...]]


def made(supplies: Rows, parts: Rows = [], swaps: Rows = [], items: Rows = []) -> SupplyGraph:  # noqa: B006 read only
    return graph(
        pl.DataFrame([(*row, None)[:5] for row in supplies], SUPPLY, orient="row"),
        pl.DataFrame([(*row, None)[:3] for row in parts], PART, orient="row"),
        substitutes=pl.DataFrame([(*row, True) for row in swaps], SWAP, orient="row"),
        items=pl.DataFrame([(*row, None)[:3] for row in items], ITEM, orient="row"),
        as_of=AS_OF, strict=False,
    )  # fmt: skip


class World:
    """Drawn items with stocks, and their flows in steps of a quarter of a day."""

    STEP, END = 0.25, 80.0

    def __init__(self, seed: int, size: int = 5) -> None:
        chance = random.Random(seed)
        self.items = [f"i{k}" for k in range(size)]
        self.shares = {i: {"s": chance.choice([0.0, 0.25, 0.5, 1.0])} for i in self.items}
        self.stock = {i: float(chance.choice([0, 0, 2, 5, 9])) for i in self.items}
        self.parts = [
            (self.items[k], self.items[u], route)
            for k in range(1, size)
            for route in "xy"[: chance.choice([0, 1, 2])]
            for u in {chance.randrange(k), chance.randrange(k)}
        ]
        self.swaps = [("i1", "i0", float(chance.choice([3, 12])))] if chance.random() < 0.5 else []

    def graph(self, stock: dict[str, float] | None = None) -> SupplyGraph:
        rows = [(i, s, "X" if s == "s" else "Y", share) for i, of in self.shares.items()
                for s, share in (("s", of["s"]), ("t", 1 - of["s"])) if share]  # fmt: skip
        facts = [(i, days) for i, days in (stock or self.stock).items()]
        return made(rows, self.parts, self.swaps, facts)

    def stepped(self, start: float, days: float) -> dict[str, float]:
        """Days of need missed by each item's users."""
        left = dict(self.stock)
        lost = dict.fromkeys(self.items, 0.0)
        ticks = int(self.END / self.STEP)
        for tick in range(ticks):
            day = tick * self.STEP
            out = start <= day < start + days
            made_: dict[str, float] = {}
            given: dict[str, float] = {}
            for item in self.items:
                own = 1 - self.shares[item]["s"] if out else 1.0
                routes: dict[str, list[float]] = {}
                for i, u, r in self.parts:
                    if i == item:
                        routes.setdefault(r, []).append(given[u])
                rate = min(own, max((min(x) for x in routes.values()), default=1.0))
                take = min(left[item], (1 - rate) * self.STEP)
                left[item] -= take
                made_[item] = rate + take / self.STEP
                given[item] = made_[item]
                for i, s, switch in self.swaps:
                    if i == item and day >= start + switch:
                        given[item] = max(given[item], made_[s])
                lost[item] += (1 - given[item]) * self.STEP
        return lost


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 4.0]), st.sampled_from([1.0, 10.0, 30.0]))
def test_an_outage_runs_as_a_simulation_in_small_steps_does(seed: int, start: float, days: float) -> None:
    world = World(seed)
    made_ = world.graph()
    if "s" not in made_.supplies["supplier"]:
        return
    found = disrupt(made_, suppliers=["s"], start=start, days=days)
    lost = dict(found.select("item", "lost").iter_rows())
    for item, truth in world.stepped(start, days).items():
        assert lost.get(item, 0.0) == pytest.approx(truth, abs=0.3)
    assert found["sure"].all()
    assert (found["hit"].drop_nulls() >= start).all()
    assert (found["recovers"].drop_nulls() <= start + days).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 30), st.floats(0, 30), st.sampled_from([0.0, 5.0]))
def test_a_longer_outage_never_costs_less_and_more_stock_never_stops_sooner(
    seed: int, days: float, more: float, switch: float
) -> None:
    world = World(seed)
    made_ = world.graph()
    if "s" not in made_.supplies["supplier"]:
        return
    short = disrupt(made_, suppliers=["s"], days=days, switch=switch)
    longer = disrupt(made_, suppliers=["s"], days=days + more, switch=switch)
    filled = world.graph({item: stock + more for item, stock in world.stock.items()})
    kept = disrupt(filled, suppliers=["s"], days=days, switch=switch)
    rows = {name: {row["item"]: row for row in frame.iter_rows(named=True)}
            for name, frame in (("short", short), ("longer", longer), ("kept", kept))}  # fmt: skip
    for item, row in rows["short"].items():
        assert rows["longer"][item]["lost"] >= row["lost"] - 1e-9
        better = rows["kept"].get(item)
        assert better is None or better["lost"] <= row["lost"] + 1e-9
        assert better is None or better["hit"] is None or better["hit"] >= row["hit"] - 1e-9


def test_stocks_run_down_along_the_chain_and_a_substitute_takes_over() -> None:
    chain = [("c", "b"), ("b", "a")]
    held = [("a", "s", "X", 1.0), ("b", "t", "Y", 1.0), ("c", "t", "Y", 1.0), ("z", "t", "Y", 1.0)]
    stocks = [("a", 10.0), ("b", 5.0), ("c", 0.0), ("z", 0.0)]
    found = disrupt(made(held, chain, items=stocks), jurisdictions=["X"], days=40)
    assert found.select("item", "hit", "stops", "recovers", "lost").rows() == [
        ("a", 10.0, 10.0, 40.0, 30.0), ("b", 15.0, 15.0, 40.0, 25.0), ("c", 15.0, 15.0, 40.0, 25.0),
    ]  # fmt: skip
    late = disrupt(made(held, chain, [("a", "z", 22.0)], stocks), jurisdictions=["X"], days=40)
    assert late.select("item", "hit", "recovers", "lost").rows()[-1] == ("c", 15.0, 22.0, 7.0)
    soon = disrupt(made(held, chain, [("a", "z", 8.0)], stocks), jurisdictions=["X"], days=40)
    assert soon["hit"].null_count() == 3 or soon.select("item", "hit").rows() == [("a", None)]


def test_until_another_route_is_switched_to_the_worst_hit_counts() -> None:
    held = [("a", "s", "X", 1.0), ("b", "t", "Y", 1.0), ("v", "t", "Y", 1.0)]
    world = made(held, [("v", "a", "one"), ("v", "b", "two")], items=[("a", 0.0), ("b", 0.0), ("v", 3.0)])
    assert disrupt(world, suppliers=["s"], days=30).filter(pl.col("item") == "v")["hit"].to_list() == [None]
    row = disrupt(world, suppliers=["s"], days=30, switch=7).filter(pl.col("item") == "v").row(0, named=True)
    assert (row["hit"], row["recovers"], row["lost"]) == (3.0, 7.0, 4.0)


def test_what_is_unknown_is_taken_the_worse_way_and_said() -> None:
    world = made([("a", "s", "X", 1.0), ("b", "t", "Y", 1.0)], [("b", "a")], items=[("a", None, 20.0), ("b", 5.0)])
    found = disrupt(world, suppliers=["s"], days=10)
    assert found.select("item", "hit", "sure").rows() == [("a", 0.0, False), ("b", 5.0, False)]
    own = disrupt(world, suppliers=["s"], days=None)
    assert own["recovers"].to_list() == [20.0, 20.0]
    endless = disrupt(made([("a", "s", "X", 1.0)], items=[("a", 1.0)]), suppliers=["s"], days=None).row(0, named=True)
    assert (endless["hit"], endless["recovers"], endless["lost"], endless["sure"]) == (1.0, None, None, False)


@pytest.mark.parametrize(
    "wrong", [{"days": -1.0}, {"days": 1.0, "start": -2.0}, {"days": 1.0, "suppliers": ["nobody"]}]
)
def test_an_outage_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((DataRefused, UsageFault)):
        disrupt(made([("a", "s", "X", 1.0)]), **wrong)


# --- time to survive, time to recover ---


def test_the_first_stock_to_run_out_decides_and_its_chain_is_told() -> None:
    held = [("a", "s", "X", 1.0, 30.0), ("b", "t", "Y", 0.5, 20.0), ("b", "u", "Y", 0.5, 90.0), ("c", "t", "Y", 1.0),
            ("v", "t", "Y", 1.0)]  # fmt: skip
    stocks = [("a", 10.0, 60.0), ("b", 40.0, None), ("c", 2.0, 30.0), ("v", 1.0, 5.0)]
    world = made(held, [("v", "a"), ("v", "b"), ("a", "c")], [("c", "b", 14.0)], stocks)
    rows = {row["item"]: row for row in endurance(world, "v").iter_rows(named=True)}
    assert [(rows[i]["survives"], rows[i]["recovers"], rows[i]["by"]) for i in "abc"] == [
        (10.0, 60.0, "recovery"), (40.0, 90.0, "supplier"), (2.0, 14.0, "substitute"),
    ]  # fmt: skip
    assert [(rows[i]["reach"], rows[i]["target_gap"], rows[i]["short"]) for i in "abc"] == [
        (11.0, -49.0, True), (41.0, -49.0, True), (13.0, -1.0, True),
    ]  # fmt: skip
    assert (rows["c"]["chain"], rows["c"]["target_short"]) == (["v", "a", "c"], True)
    assert "13" in say(Why.from_json(rows["c"]["why"]), "en")
    sooner = made(held, [("v", "a"), ("v", "b"), ("a", "c")], [("c", "b", 12.0)], stocks)
    row = endurance(sooner, "v").filter(pl.col("item") == "c").row(0, named=True)
    assert (row["reach"], row["target_short"], row["chain"]) == (None, False, [])  # ten days missed, ten in stock


def test_unknown_stays_unknown_between_its_bounds() -> None:
    held = [("a", "s", "X", 1.0), ("b", "t", "Y", 1.0), ("v", "t", "Y", 1.0)]
    world = made(held, [("v", "a"), ("v", "b")], items=[("a", None, 20.0), ("b", 9.0), ("v", 5.0, 3.0)])
    rows = {row["item"]: row for row in endurance(world, "v").iter_rows(named=True)}
    a, b = rows["a"], rows["b"]
    assert (a["survives"], a["gap"], a["short"]) == (None, None, None)
    assert (a["reach_low"], a["reach"], a["reach_high"], a["target_short"]) == (5.0, None, None, None)
    assert (b["reach"], b["recovers"], b["target_gap"], b["target_short"]) == (14.0, None, None, None)
    alone = endurance(world).row(0, named=True)
    assert (alone["reach_low"], alone["chain"]) == (None, None)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_time_to_survive_is_the_first_day_of_an_endless_outage(seed: int) -> None:
    """Each item's own supply ended for good, by the table and by the simulation."""
    world = World(seed)
    top = world.items[-1]
    for row in endurance(made_ := world.graph(), top).iter_rows(named=True):
        alone = made([(i, f"own {i}", "X", 1.0) for i in made_.items], world.parts, world.swaps,
                     list(world.stock.items()))  # fmt: skip
        found = disrupt(alone, suppliers=[f"own {row['item']}"], days=1e6)
        hit = dict(found.select("item", "hit").iter_rows()).get(top)
        assert row["reach"] == hit
        assert (row["chain"][0], row["chain"][-1]) == (top, row["item"]) if hit is not None else row["chain"] == []
