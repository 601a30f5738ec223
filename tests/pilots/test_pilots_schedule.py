"""Slots never exceed capacity, the bound holds against brute force, and the reasons say what was busy."""

from __future__ import annotations

import csv
import itertools
import random
import warnings
from collections.abc import Sequence
from datetime import date, timedelta
from importlib import resources
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import REGIONS, line, network, platform

from tongtu import pilots
from tongtu.pilots.opening import Horizon, Span
from tongtu.pilots.timeline import Timeline
from tongtu.registry import Registry
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import Cancelled
from tongtu.terms.why import Label, Why
from tongtu.terms.words import entries, missing, say

MONDAY = date(2026, 11, 23)
CALENDAR = WorkCalendar(settled=frozenset({2026, 2027}))
Row = dict[str, Any]


def jobs(*rows: Row) -> pl.DataFrame:
    usual = {
        "case": None,
        "stage": "pilot",
        "direction": "d1",
        "region": None,
        "earliest": None,
        "latest": None,
    }
    kinds = {
        "hours": pl.Float64,
        "priority": pl.Float64,
        "earliest": pl.Date,
        "latest": pl.Date,
        "region": pl.String,
    }
    full = [{**usual, "hours": 40.0, "priority": None, "categories": None, **row} for row in rows]
    return pl.DataFrame(full, schema_overrides={**kinds, "categories": pl.List(pl.String), "direction": pl.String})


def schedule(registry: Registry, asked: pl.DataFrame, **options: Any) -> pilots.Schedule:
    return pilots.schedule(registry, asked, CALENDAR, MONDAY, **options)


def slot(found: pilots.Schedule, case: str) -> Row:
    (row,) = found.slots.filter(pl.col("case") == case).to_dicts()
    return row


def codes(row: Row) -> list[str]:
    why = Why.from_json(row["why"])
    return [why.code, *(part.code for part in why.parts)]


ONE = network(platforms=[platform(directions=["d1"])], lines=[line("L1", setup_days=2.0)])


def test_columns_are_those_of_the_chain() -> None:
    file = resources.files("tongtu.chain") / "tables.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [list(row.values()) for row in csv.DictReader(stream)]
    wanted = [column for name, column, *_ in rows if name == "slots" and column]
    assert schedule(ONE, jobs({"case": "C1"})).slots.columns == wanted


def test_a_week_of_work_by_hand() -> None:
    """40 hours a week are 8 a working day: two days to set up, five to run, over one weekend."""
    found = slot(schedule(ONE, jobs({"case": "C1", "hours": 40.0})), "C1")
    assert (found["start"], found["end"]) == (MONDAY, date(2026, 12, 1))
    assert codes(found)[:2] == ["pilots.slot-placed", "pilots.at-once"]


def test_holidays_and_make_up_days_count() -> None:
    calendar = WorkCalendar({MONDAY: Label("假日", "holiday")}, frozenset({date(2026, 11, 28)}), frozenset({2026}))
    bare = network(platforms=[platform()], lines=[line("L1")])
    found = pilots.schedule(bare, jobs({"case": "C1"}), calendar, MONDAY)
    assert slot(found, "C1")["start"] == date(2026, 11, 24)
    assert slot(found, "C1")["end"] == date(2026, 11, 28), "the Saturday is worked"


def test_round_the_clock_lines_run_through_the_weekend() -> None:
    registry = network(platforms=[platform()], lines=[line("L1", hours_week=168.0)])
    found = slot(schedule(registry, jobs({"case": "C1", "hours": 168.0})), "C1")
    assert (found["end"] - found["start"]).days == 6


def test_openings_override_the_week() -> None:
    closed = {"line": "L1", "date_from": MONDAY, "date_to": date(2026, 12, 6), "hours_week": 0.0}
    registry = network(platforms=[platform()], lines=[line("L1")], openings=[closed])
    assert slot(schedule(registry, jobs({"case": "C1"})), "C1")["start"] == date(2026, 12, 7)


def test_bookings_after_the_day_are_respected_and_past_ones_are_not() -> None:
    usage = [
        {
            "usage": "U1",
            "line": "L1",
            "platform": "P1",
            "date_from": date(2026, 11, 1),
            "date_to": date(2026, 11, 27),
        },
        {
            "usage": "U2",
            "line": "L1",
            "platform": "P1",
            "date_from": date(2026, 1, 1),
            "date_to": date(2026, 2, 1),
        },
    ]
    for row in usage:
        row["hours"] = 1.0
    registry = network(platforms=[platform()], lines=[line("L1")], usage=usage)
    found = slot(schedule(registry, jobs({"case": "C1"})), "C1")
    assert found["start"] == date(2026, 11, 30)
    assert "pilots.waited" in codes(found)


def test_priority_goes_first_then_the_earlier_then_the_id() -> None:
    asked = jobs(
        {"case": "C3"}, {"case": "C2"}, {"case": "C4", "priority": 1.0},
        {"case": "C1", "earliest": MONDAY + timedelta(days=1)},
    )  # fmt: skip
    found = schedule(ONE, asked)
    assert [row["case"] for row in found.slots.sort("start").to_dicts()] == ["C4", "C2", "C3", "C1"]


def test_statuses_and_their_reasons() -> None:
    mute = network(platforms=[platform(directions=["d1"])], lines=[line("L1", hours_week=None)])
    assert codes(slot(schedule(mute, jobs({"case": "C"})), "C")) == ["pilots.capacity-unknown"]
    for row, status, code in (
        ({"hours": None}, "unknown", "hours-unknown"),
        ({"direction": "d9"}, "no_line", "no-line"),
        ({"categories": ["design"]}, "no_line", "no-line"),
        ({"latest": MONDAY + timedelta(days=3)}, "full_until", "full-until"),
        ({"hours": 1e6}, "full_until", "full-horizon"),
    ):
        found = slot(schedule(ONE, jobs({"case": "C", **row})), "C")
        assert (found["status"], codes(found)) == (status, [f"pilots.{code}"])
        assert found["line"] is None
        assert found["start"] is None


def test_full_until_names_the_first_free_day() -> None:
    found = slot(schedule(ONE, jobs({"case": "C1"}, {"case": "C2", "latest": MONDAY + timedelta(days=9)})), "C2")
    assert Why.from_json(found["why"]).args["free"] == date(2026, 12, 2)


def test_nobody_travels_for_a_day() -> None:
    registry = network(
        regions=REGIONS,
        platforms=[platform("P1", region="jn"), platform("P2", region="js")],
        lines=[line("L1", "P1"), line("L2", "P2", hours_week=168.0)],
    )
    home = schedule(registry, jobs({"case": "C1", "region": "sd"}))
    assert slot(home, "C1")["line"] == "L1", "Jinan lies in Shandong"
    away = schedule(registry, jobs({"case": "C1", "region": "sd"}), away_days=0)
    assert slot(away, "C1")["line"] == "L2"
    assert "pilots.away" in codes(slot(away, "C1"))


def test_reason_names_the_next_best_line() -> None:
    registry = network(platforms=[platform()], lines=[line("L1", hours_week=80.0), line("L2")])
    why = Why.from_json(slot(schedule(registry, jobs({"case": "C1"})), "C1")["why"])
    (otherwise,) = [part for part in why.parts if part.code == "pilots.otherwise"]
    assert otherwise.args["line"] == Label("产线L2")


def test_no_tables_no_jobs() -> None:
    assert slot(schedule(Registry(), jobs({"case": "C1"})), "C1")["status"] == "no_line"
    empty = schedule(ONE, jobs({"case": "C1"}).clear())
    assert (empty.slots.height, empty.lines.height, empty.solution.status) == (0, 0, "empty")


def test_cancelling_leaves_through_progress() -> None:
    def stop(done: int, total: int, what: Why | None = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        schedule(ONE, jobs({"case": "C1"}), progress=stop)


def crowd(n: int, lines: int, seed: int) -> tuple[Registry, pl.DataFrame]:
    rng = random.Random(seed)
    directions = ["d1", "d2", "d3", "d4"]
    registry = network(
        platforms=[platform(f"P{i}", region=rng.choice(["sd", "js", None])) for i in range(6)],
        lines=[
            line(
                f"L{i:02}", f"P{rng.randrange(6)}", parallel=rng.randint(1, 3),
                setup_days=rng.choice([0, 0.5, 2]),
                hours_week=rng.choice([20.0, 40.0, 120.0, 168.0, None]),
                stage=rng.choice(["process", "production", None]),
                directions=rng.choice([None, rng.sample(directions, 2)]),
            )
            for i in range(lines)
        ],
        usage=[
            {
                "usage": f"U{i}", "line": f"L{rng.randrange(lines):02}", "platform": "P0", "hours": 8.0,
                "date_from": (start := MONDAY + timedelta(days=rng.randrange(-20, 200))),
                "date_to": start + timedelta(days=rng.randrange(20)),
            }
            for i in range(30)
        ],
    )  # fmt: skip
    asked = jobs(
        *(
            {
                "case": f"C{i:05}", "direction": rng.choice([*directions, None]),
                "region": rng.choice(["sd", "js"]),
                "categories": rng.choice([None, ["process"], ["production"]]), "hours": rng.uniform(1, 300),
                "earliest": MONDAY + timedelta(days=rng.randrange(400)), "priority": rng.choice([None, 1.0]),
            }
            for i in range(n)
        )
    )  # fmt: skip
    return registry, asked


@pytest.mark.parametrize("seed", range(2))
def test_thousands_of_jobs_never_overlap_beyond_the_places(seed: int) -> None:
    registry, asked = crowd(1000, 25, seed)
    found = schedule(registry, asked)
    days = 6 * 366
    places = dict(registry["lines"].select("line", "parallel").iter_rows())
    booked = {name: np.zeros(days, int) for name in places}
    for name, first, last in registry["usage"].select("line", "date_from", "date_to").iter_rows():
        span = [(day - MONDAY).days for day in (first, last)]
        booked[name][max(span[0], 0) : max(span[1] + 1, 0)] += 1
    placed = found.slots.filter(pl.col("status") == "placed")
    assert placed.height > 700
    ready = dict(asked.select("case", "earliest").iter_rows())
    total = {name: taken.copy() for name, taken in booked.items()}
    for case, name, first, last in placed.select("case", "line", "start", "end").iter_rows():
        assert ready[case] <= first <= last
        total[name][(first - MONDAY).days : (last - MONDAY).days + 1] += 1
    for name, taken in total.items():
        assert (taken <= np.maximum(places[name], booked[name])).all()
    assert found.solution.bound is not None
    assert found.solution.value is not None
    assert found.solution.bound <= found.solution.value
    again = schedule(registry, asked.reverse())
    assert again.slots.equals(found.slots)
    assert again.lines.equals(found.lines)
    assert found.lines["share"].max() <= 1.0  # type: ignore[operator]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(1, 40)), min_size=1, max_size=4),
    st.integers(1, 2),
    st.integers(1, 2),
)
def test_bound_holds_against_brute_force(asked: list[tuple[int, int]], lines: int, parallel: int) -> None:
    """The best of all orders of jobs over all assignments to places is the optimum for this objective."""
    registry = network(platforms=[platform()], lines=[line(f"L{i}", parallel=parallel) for i in range(lines)])
    found = schedule(
        registry,
        jobs(
            *(
                {"case": f"C{i}", "hours": float(h), "earliest": MONDAY + timedelta(days=r)}
                for i, (r, h) in enumerate(asked)
            )
        ),
        horizon_days=200,
    ).solution
    best = optimum(asked, lines * parallel)
    assert found.bound is not None
    assert found.value is not None
    assert found.bound <= best <= found.value


def optimum(asked: Sequence[tuple[int, int]], places: int) -> float:
    horizon = Horizon.of(CALENDAR, MONDAY, 200)
    best = np.inf
    for order in itertools.permutations(asked):
        for seats in itertools.product(range(places), repeat=len(asked)):
            if list(seats) != sorted(seats):
                continue  # the order within a place is what matters
            timelines = [Timeline(horizon.opening(40.0), 1, 0) for _ in range(places)]
            total, after = 0, [0] * places
            for (ready, hours), seat in zip(order, seats, strict=True):
                span = timelines[seat].find(max(ready, after[seat]), hours)
                assert span is not None
                after[seat] = span.end + 1
                total = max(total, span.end + 1)
            best = min(best, total)
    return best


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=8),
    st.integers(0, 30),
    st.integers(1, 60),
    st.integers(1, 2),
    st.sampled_from([0, 1, 3]),
    st.sampled_from([15.0, 40.0, 140.0]),
)
def test_the_gap_found_is_the_first_one(
    booked: list[tuple[int, int]], earliest: int, hours: int, parallel: int, setup: int, week: float
) -> None:
    """Against a search that walks day by day."""
    horizon = Horizon.of(CALENDAR, MONDAY, 150)
    timeline = Timeline(horizon.opening(week), parallel, setup, [Span(a, a + n) for a, n in booked])
    open_hours = horizon.opening(week).hours

    def ends(start: int) -> int | None:
        left, to_set_up = float(hours), setup
        for day in range(start, horizon.days):
            if open_hours[day] <= 0:
                continue
            if to_set_up:
                to_set_up -= 1
                continue
            left -= open_hours[day]
            if left <= 1e-9:
                return day
        return None

    expected = None
    for start in range(earliest, horizon.days):
        end = ends(start) if open_hours[start] > 0 else None
        if end is not None and (timeline.taken[start : end + 1] < parallel).all():
            expected = Span(start, end)
            break
    assert timeline.find(earliest, float(hours)) == expected


def test_every_word_stands_in_both_languages() -> None:
    assert [wrong for name in entries("pilots") for wrong in missing(f"pilots.{name}")] == []
    registry, asked = crowd(60, 8, 9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in schedule(registry, asked).slots["why"]:
            assert "{" not in say(Why.from_json(text), "zh") + say(Why.from_json(text), "en")
