"""Where and when: distances on the globe, next slots as the schedule gives them, the order that follows from both."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import line, network, platform

from tongtu import packs, pilots
from tongtu.pilots.search import prepare
from tongtu.pilots.search.places import EARTH_KM, great_circle
from tongtu.registry import Registry

DAY = date(2026, 7, 6)
#: degrees, and kilometres as an ellipsoid gives them (a sphere is within half a per cent)
CITIES = {"bj": (39.9042, 116.4074), "gz": (23.1291, 113.2644), "sh": (31.2304, 121.4737)}
APART = {("bj", "gz"): 1_889.0, ("bj", "sh"): 1_067.0, ("gz", "sh"): 1_213.0}


@pytest.fixture(scope="module")
def pack() -> Any:
    return packs.load("cn")


def cities() -> list[dict[str, Any]]:
    return [{"region": code, "name": code, "latitude": x, "longitude": y} for code, (x, y) in CITIES.items()]


def spread() -> Registry:
    return network(
        regions=[*cities(), {"region": "nowhere", "name": "?"}],
        platforms=[platform(f"P-{code}", region=code) for code in (*CITIES, "nowhere")],
        lines=[line(f"L-{code}", f"P-{code}") for code in (*CITIES, "nowhere")],
    )


@pytest.mark.parametrize("pair", APART)
def test_cities_lie_as_far_apart_as_they_do(pair: tuple[str, str]) -> None:
    here, there = (np.radians(np.array(CITIES[code])) for code in pair)
    km = float(great_circle(here, there[None, :])[0])
    assert km == pytest.approx(APART[pair], rel=0.005)
    assert float(great_circle(there, here[None, :])[0]) == pytest.approx(km)


@settings(max_examples=50, deadline=None)
@given(*[st.tuples(st.floats(-90, 90), st.floats(-180, 180))] * 3)
def test_great_circles_are_distances(a: Any, b: Any, c: Any) -> None:
    points = np.radians(np.array([a, b, c]))
    ab, bc, ac = (float(great_circle(points[i], points[[j]])[0]) for i, j in ((0, 1), (1, 2), (0, 2)))
    assert ac <= ab + bc + 1e-3
    assert 0 <= ab <= np.pi * EARTH_KM + 1e-6


def test_the_nearer_line_comes_first_and_the_unknown_between(pack: Any) -> None:
    found = prepare(spread(), DAY, pack).search(pl.DataFrame({"request": ["R"], "region": ["bj"]}), top=9).lines
    assert found["line"].to_list() == ["L-bj", "L-sh", "L-gz", "L-nowhere"]
    assert found["km"][0] == 0.0
    assert found["km"][3] is None
    assert found["near"][1] == pytest.approx(1 / (1 + found["km"][1] / 500), abs=1e-3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_next_slot_is_the_one_that_the_schedule_gives(pack: Any, seed: int) -> None:
    """One job alone is placed on the line that ends first: the best of the slots that a search tells."""
    random = np.random.default_rng(seed)
    lines = [
        line(f"L{n}", hours_week=float(random.choice([8.0, 40.0, 168.0])), setup_days=float(random.integers(0, 6)),
             parallel=int(random.integers(1, 3)), cleaning_days=float(random.integers(0, 2)))
        for n in range(4)
    ]  # fmt: skip
    usage = []
    for n in range(8):
        start = DAY + timedelta(int(random.integers(0, 60)))
        usage.append({"usage": f"U{n}", "line": f"L{n % 4}", "platform": "P1", "hours": 1.0, "date_from": start,
                      "date_to": start + timedelta(int(random.integers(0, 25)))})  # fmt: skip
    registry = network(platforms=[platform("P1")], lines=lines, usage=usage)
    earliest, hours = DAY + timedelta(int(random.integers(0, 40))), float(random.integers(1, 200))
    request = pl.DataFrame({"request": ["R"], "hours": [hours], "earliest": [earliest]})
    told = prepare(registry, DAY, pack).search(request, top=9).lines
    job = pl.DataFrame({"case": ["C"], "stage": ["S"], "hours": [hours], "earliest": [earliest]})
    placed = pilots.schedule(registry, job, pack.calendar, DAY).slots.row(0, named=True)
    own = told.filter(pl.col("line") == placed["line"]).row(0, named=True)
    assert (own["start"], own["end"]) == (placed["start"], placed["end"])
    assert told["end"].min() == placed["end"]


def test_without_a_calendar_or_stated_hours_nobody_knows(pack: Any) -> None:
    registry = network(platforms=[platform("P1")], lines=[line("L1"), line("L2", hours_week=None)])
    request = pl.DataFrame({"request": ["R"], "hours": [10.0]})
    told = prepare(registry, DAY, pack).search(request).lines
    assert dict(told.select("line", "free").iter_rows()) == {"L1": 1.0, "L2": None}
    assert prepare(registry).search(request).lines["start"].null_count() == 2
