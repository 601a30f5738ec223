"""Routes of several steps: exactly the k best, whatever counts first, as plain enumeration finds them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from math import ceil
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import line, network, platform

from tongtu import packs
from tongtu.pilots.search import Routes, Searcher, prepare
from tongtu.pilots.search.labels import Label, best, front
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

DAY = date(2026, 7, 6)
REGIONS = [
    {"region": "bj", "name": "北京", "latitude": 39.9, "longitude": 116.4},
    {"region": "tj", "name": "天津", "latitude": 39.1, "longitude": 117.2},
    {"region": "gz", "name": "广州", "latitude": 23.1, "longitude": 113.3},
    {"region": "xx", "name": "某地"},
]


@pytest.fixture(scope="module")
def pack() -> Any:
    return packs.load("cn")


def steps(*rows: dict[str, Any]) -> pl.DataFrame:
    full = [
        {"request": f"S{n}", "step": n, "categories": ["process"], "hours": 40.0, **row}
        for n, row in enumerate(rows, 1)
    ]
    return pl.DataFrame(full, infer_schema_length=None)


def drawn(seed: int) -> Registry:
    """Three steps (directions d0 to d2), four or so lines for each, in three places, with bookings."""
    random = np.random.default_rng(seed)
    places = ["bj", "tj", "gz"]
    lines, usage = [], []
    for n in range(int(random.integers(8, 13))):
        id = f"L{n:02}"
        lines.append(line(id, f"P{random.integers(5)}", directions=[f"d{n % 3}"], currency="CNY",
                          setup_days=float(random.integers(0, 4)), hours_week=float(random.choice([20.0, 40.0, 80.0])),
                          hourly_price=int(random.integers(1, 9)) * 10_000))  # fmt: skip
        for m in range(int(random.integers(0, 3))):
            start = DAY + timedelta(int(random.integers(0, 40)))
            usage.append({"usage": f"U{n}-{m}", "line": id, "platform": lines[-1]["platform"], "hours": 1.0,
                          "date_from": start, "date_to": start + timedelta(int(random.integers(1, 20)))})  # fmt: skip
    sites = [platform(f"P{i}", region=places[int(random.integers(3))]) for i in range(5)]
    return network(regions=REGIONS, platforms=sites, lines=lines, usage=usage)


def enumerated(searcher: Searcher, home: str | None) -> list[tuple[float, int, float]]:
    """Cost, days and kilometres of every way through d0, d1, d2, found one by one."""
    ground = searcher.ground
    layers = [[i for i, row in enumerate(ground.lines) if row["directions"] == [f"d{n}"]] for n in range(3)]
    found = []
    for path in product(*layers):
        cost, end, far, here = 0.0, -1, 0.0, home
        site = None
        for n, i in enumerate(path):
            row = ground.lines[i]
            days = 0
            if here is not None and row["platform"] != site:
                km = float(ground.distance(here)[i])
                far, days = far + km, max(1, ceil(km / 500))
            slot = ground.slots.find(i, end + 1 + days, 40.0, f"d{n}")
            if slot is None:
                break
            end, here, site = slot.end, row["region"], row["platform"]
            cost += row["hourly_price"] * 40
        else:
            found.append((cost, end + 1, far))
    return found


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["cost", "days", "km"]), st.sampled_from([None, "bj"]))
def test_the_k_best_are_those_of_plain_enumeration(pack: Any, seed: int, by: str, home: str | None) -> None:
    searcher = prepare(drawn(seed), DAY, pack)
    found = searcher.routes(steps({"direction": "d0"}, {"direction": "d1"}, {"direction": "d2"}), k=4, by=by,
                            region=home, width=20)  # fmt: skip
    every = enumerated(searcher, home)
    place = {"cost": (0, 1, 2), "days": (1, 0, 2), "km": (2, 0, 1)}[by]
    expected = sorted(tuple(way[i] for i in place) for way in every)[:4]
    ranked = found.routes.filter(pl.col("rank").is_not_null()).sort("rank")
    names = ["cost", "days", "km"]
    got = [tuple(row[names[i]] for i in place) for row in ranked.iter_rows(named=True)]
    assert [way[0] for way in got] == pytest.approx([way[0] for way in expected], abs=0.06)
    beaten = {way for way in every if any(all(a <= b for a, b in zip(o, way, strict=True)) and o != way for o in every)}
    for row in found.routes.iter_rows(named=True):
        near = [way for way in every if way[:2] == (row["cost"], row["days"]) and abs(way[2] - row["km"]) < 0.06]
        assert near, "no way has these totals"
        if row["pareto"]:
            assert any(way not in beaten for way in near)
    alternatives = found.routes.filter(pl.col("rank").is_null())
    assert alternatives["pareto"].all()
    assert found.solution.status == "optimal"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 5))
def test_labels_keep_the_k_best_by_any_measure(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    layers = [list(range(int(random.integers(1, 5)))) for _ in range(3)]
    price, wait, far = (random.integers(0, 4, (3, 5)) for _ in range(3))

    def step(layer: int) -> Any:
        def onward(label: Label, choice: int) -> Label:
            end = max(label.end, int(wait[layer, choice]) * 3) + 1
            return Label(0, label.cost + price[layer, choice], 0, end, 0, label.km + far[layer, choice],
                         (*label.path, choice))  # fmt: skip

        return onward

    start = Label(0, 0.0, 0, 0, 0, 0.0, ())
    found = best(start, layers, [step(n) for n in range(3)], k)
    every = [start]
    for n, layer in enumerate(layers):
        every = [step(n)(label, choice) for label in every for choice in layer]
    for name in ("cost", "end", "km"):
        expected = sorted(float(getattr(one, name)) for one in every)[:k]
        assert sorted(float(getattr(one, name)) for one in found)[:k] == expected
    totals = {(one.cost, one.end, one.km) for one in every}
    beaten = {a for a in totals for b in totals if a != b and all(y <= x for x, y in zip(a, b, strict=True))}
    assert {(one.cost, one.end, one.km) for one in front(found)} == totals - beaten


def test_legs_follow_each_other_and_add_up(pack: Any) -> None:
    found = prepare(drawn(7), DAY, pack).routes(
        steps({"direction": "d0"}, {"direction": "d1"}, {"direction": "d2", "earliest": date(2026, 9, 1)}), region="gz"
    )
    assert found.routes.height
    for (route,), legs in found.legs.group_by("route", maintain_order=True):
        total = found.routes.row(by_predicate=pl.col("route") == route, named=True)
        assert legs["cost"].sum() == total["cost"]
        assert legs["km"].sum() == pytest.approx(total["km"], abs=0.2)
        assert legs["end"].max() == total["end"]
        assert legs["start"][2] >= date(2026, 9, 1)
        ends, starts, days = legs["end"], legs["start"], legs["transport_days"]
        for n in range(2):
            assert starts[n + 1] > ends[n] + timedelta(days[n + 1]), "the goods must be there first"
    for text in [*found.routes["why"], *found.legs["why"]]:
        why = Why.from_json(text)
        assert [wrong for part in (why, *why.parts) for wrong in missing(part.code)] == []
        assert "{" not in say(why, "zh") + say(why, "en")


def test_what_is_not_known_makes_a_total_unknown_and_ranks_last(pack: Any) -> None:
    registry = network(
        regions=REGIONS, platforms=[platform("P1", region="bj"), platform("P2", region="xx")],
        lines=[
            line("L1", "P1", directions=["d0"], hourly_price=900_000, currency="CNY"),
            line("L2", "P2", directions=["d0"]),
            line("L3", "P1", directions=["d1"], hourly_price=100_000, currency="CNY", hours_week=None),
        ],
    )  # fmt: skip
    asked = steps({"direction": "d0"}, {"direction": "d1"})
    searcher = prepare(registry, DAY, pack)
    rows = searcher.routes(asked, by="cost").routes.sort("rank").rows(named=True)
    assert [row["cost"] for row in rows] == [40_000_000, None]
    assert [row["days"] for row in rows] == [None, None], "L3 does not say its hours"
    near = searcher.routes(asked, by="km").routes.sort("rank").rows(named=True)
    assert [row["km"] for row in near] == [0.0, None], "nobody knows where xx lies"
    without = prepare(registry).routes(asked)
    assert without.routes["days"].null_count() == without.routes.height, "no day, no calendar: no slots"


def test_no_way_is_said_with_its_reason(pack: Any) -> None:
    found = prepare(drawn(1), DAY, pack).routes(steps({"direction": "d0"}, {"direction": "d9"}))
    assert isinstance(found, Routes)
    assert found.routes.height == 0
    assert found.solution.status == "infeasible"
    assert found.refused.filter(pl.col("request") == "S2")["reason"].to_list() == ["direction"]


def test_lines_that_are_booked_out_are_counted(pack: Any) -> None:
    registry = network(
        regions=REGIONS, platforms=[platform("P1", region="bj")], lines=[line("L1", "P1", directions=["d0"])],
        usage=[{"usage": "U1", "line": "L1", "platform": "P1", "hours": 1.0, "date_from": DAY,
                "date_to": DAY + timedelta(900)}],
    )  # fmt: skip
    found = prepare(registry, DAY, pack).routes(steps({"direction": "d0"}))
    assert found.routes.height == 0
    assert found.refused.select("reason", "lines").rows() == [("full", 1)]
    assert "1" in say(Why.from_json(found.refused["why"][0]), "zh")


def test_an_unknown_distance_takes_a_stated_number_of_days(pack: Any) -> None:
    registry = network(
        regions=[*REGIONS, {"region": "yy", "name": "另一地", "parent": "xx"}],
        platforms=[platform("P1", region="xx"), platform("P2", region="yy"), platform("P3", region="bj")],
        lines=[line("L1", "P1", directions=["d0"]), line("L2", "P2", directions=["d1"]),
               line("L3", "P3", directions=["d2"])],
    )  # fmt: skip
    found = prepare(registry, DAY, pack).routes(steps({"direction": "d0"}, {"direction": "d1"}, {"direction": "d2"}))
    assert found.legs["transport_days"].to_list() == [0, 1, 3], "within an area, to another"
    assert found.routes["days"][0] is not None
    assert found.routes["km"][0] is None


def test_order_of_rows_never_matters(pack: Any) -> None:
    registry = drawn(11)
    mixed = registry.replace(lines=registry["lines"].reverse(), usage=registry["usage"].reverse())
    asked = steps({"direction": "d0"}, {"direction": "d1"}, {"direction": "d2"})
    first = prepare(registry, DAY, pack).routes(asked, by="days")
    again = prepare(mixed, DAY, pack).routes(asked.reverse(), by="days")
    assert first.routes.equals(again.routes)
    assert first.legs.equals(again.legs)


def test_bad_options_and_steps_are_told_at_once(pack: Any) -> None:
    searcher = prepare(drawn(1), DAY, pack)
    with pytest.raises(UsageFault) as refused:
        searcher.routes(steps({"step": 1}, {"step": 1}), k=0, by="beauty", width=0, km_per_day=0.0)
    assert len(refused.value.faults) == 5
    assert all("{" not in fault.say(lang) for fault in refused.value.faults for lang in ("zh", "en"))
    with pytest.raises(DataRefused):
        searcher.routes(steps({"hours": float("nan")}))
