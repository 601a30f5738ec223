"""Changeovers, cleaning, precedence, improving and putting right: against a walk day by day and against all orders."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import line, network, platform

from tongtu import pilots
from tongtu.pilots.scheduling import replan
from tongtu.registry import Registry
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import Cancelled, DataRefused, UsageFault
from tongtu.terms.why import Label, Why
from tongtu.terms.words import say

MONDAY = date(2026, 11, 23)
CALENDAR = WorkCalendar(settled=frozenset({2026, 2027}))
Row = dict[str, Any]
_KINDS = {
    "direction": pl.String, "categories": pl.List(pl.String), "region": pl.String, "earliest": pl.Date,
    "latest": pl.Date, "hours": pl.Float64, "priority": pl.Float64, "after": pl.List(pl.String),
}  # fmt: skip


def jobs(*rows: Row) -> pl.DataFrame:
    """8 hours are one working day of a line that is open 40 a week."""
    usual = {"stage": "pilot", "direction": "d1", "hours": 8.0}
    return pl.DataFrame(
        [{**dict.fromkeys(_KINDS), **usual, **row} for row in rows],
        {"case": pl.String, "stage": pl.String, **_KINDS},
    )


def schedule(registry: Registry, asked: pl.DataFrame, **options: Any) -> pilots.Schedule:
    return pilots.schedule(registry, asked, CALENDAR, MONDAY, horizon_days=400, **options)


def day(n: int) -> date:
    return MONDAY + timedelta(days=n)


def days(found: pl.DataFrame) -> dict[str, tuple[str, int, int]]:
    """Line, first and last day by case (and stage where there are several)."""
    return {
        row["case"] + ("" if row["stage"] == "pilot" else row["stage"]): (
            row["line"], (row["start"] - MONDAY).days, (row["end"] - MONDAY).days,
        )
        for row in found.filter(pl.col("status") == "placed").iter_rows(named=True)
    }  # fmt: skip


def parts(found: pl.DataFrame, case: str) -> list[str]:
    (why,) = found.filter(pl.col("case") == case)["why"]
    told = Why.from_json(why)
    assert "{" not in say(told, "zh") + say(told, "en")
    return [part.code.partition(".")[2] for part in told.parts]


def one_line(**said: Any) -> Registry:
    return network(platforms=[platform()], lines=[line("L1", **said)])


# ---------------------------------------------------------------------- what lies around a job


def test_cleaning_keeps_the_line_and_not_the_job() -> None:
    found = schedule(one_line(cleaning_days=2.0), jobs({"case": "A"}, {"case": "B"})).slots
    assert days(found) == {"A": ("L1", 0, 0), "B": ("L1", 3, 3)}
    assert "around" in parts(found, "A")


def test_changeovers_where_the_direction_differs() -> None:
    asked = jobs({"case": "A"}, {"case": "B"}, {"case": "C", "direction": "d2"}, {"case": "D", "direction": None})
    found = days(schedule(one_line(changeover_days=1.0), asked).slots)
    assert found["A"] == ("L1", 0, 0)
    assert found["B"] == ("L1", 1, 1), "the same direction follows at once"
    assert found["C"] == ("L1", 2, 3), "a day of changing over within the slot"
    assert found["D"] == ("L1", 4, 7), "an unknown direction counts as another; over the weekend"


def test_a_job_put_before_a_booking_leaves_room_for_its_changeover() -> None:
    booked = {"usage": "U", "line": "L1", "platform": "P1", "date_from": day(2), "date_to": day(2), "hours": 8.0}
    base = {"platforms": [platform()], "usage": [booked]}
    plain = network(lines=[line("L1")], **base)
    assert days(schedule(plain, jobs({"case": "A", "hours": 16.0})).slots)["A"] == ("L1", 0, 1)
    careful = network(lines=[line("L1", changeover_days=1.0)], **base)
    assert days(schedule(careful, jobs({"case": "A", "hours": 16.0})).slots)["A"] == ("L1", 3, 7)
    assert days(schedule(careful, jobs({"case": "A"})).slots)["A"] == ("L1", 0, 0)


def test_stages_wait_for_each_other() -> None:
    registry = network(platforms=[platform()], lines=[line("L1"), line("L2")])
    asked = jobs({"case": "A", "stage": "2", "after": ["1", "nowhere"]}, {"case": "A", "stage": "1", "hours": 24.0})
    found = schedule(registry, asked).slots
    assert days(found)["A1"][1:] == (0, 2)
    assert days(found)["A2"][1:] == (3, 3)
    why = Why.from_json(found.filter(pl.col("stage") == "2")["why"][0])
    assert why.parts[0].code == "pilots_scheduling.after"


def test_a_stage_without_a_slot_leaves_those_behind_it_without() -> None:
    asked = jobs(
        {"case": "A", "stage": "2", "after": ["1"]}, {"case": "A", "stage": "1", "direction": None, "hours": None}
    )
    found = schedule(one_line(), asked).slots
    assert found["status"].to_list() == ["unknown", "unknown"]
    assert Why.from_json(found["why"][1]).code == "pilots_scheduling.after-none"


def test_a_reason_names_who_has_the_line() -> None:
    found = schedule(one_line(hourly_price=1000, currency="CNY"), jobs({"case": "A"}, {"case": "B"})).slots
    assert parts(found, "B")[:2] == ["waited", "behind"]
    assert "cost" in parts(found, "B")


# ---------------------------------------------------------------------- faults


def test_circles_names_and_numbers_are_refused_together() -> None:
    circle = jobs({"case": "A", "stage": "1", "after": ["2"]}, {"case": "A", "stage": "2", "after": ["1"]})
    with pytest.raises(DataRefused, match=r"wait for each other: (1 → 2 → 1|2 → 1 → 2)"):
        schedule(one_line(), circle)
    with pytest.raises(DataRefused) as refused:
        schedule(one_line(), jobs({"case": None}, {"case": "A", "hours": -1.0}))
    assert len(refused.value.faults) == 2
    with pytest.raises(UsageFault):
        pilots.schedule(one_line(), jobs({"case": "A"}), CALENDAR, MONDAY, horizon_days=0)


def test_a_calendar_without_working_days_gives_no_slots() -> None:
    never = WorkCalendar({day(n): Label("假日") for n in range(60)}, settled=frozenset({2026}))
    for improve in (0.0, 0.2):
        found = pilots.schedule(one_line(), jobs({"case": "A"}), never, MONDAY, horizon_days=60, improve=improve)
        assert found.slots["status"].to_list() == ["full_until"]


def test_a_horizon_too_short() -> None:
    for improve in (0.0, 0.2):
        found = pilots.schedule(
            one_line(), jobs({"case": "A", "hours": 80.0}), CALENDAR, MONDAY, horizon_days=5, improve=improve
        )
        assert found.slots["status"].to_list() == ["full_until"]


# ---------------------------------------------------------------------- improving


def test_a_short_job_goes_first_where_that_helps() -> None:
    asked = jobs({"case": "A", "hours": 80.0}, {"case": "B"}, {"case": "C"})
    first = schedule(one_line(), asked)
    better = schedule(one_line(), asked, improve=2.0)
    assert days(first.slots)["A"][1] == 0
    assert days(better.slots)["A"] == ("L1", 2, 15)
    assert better.solution.problem == "pilots_scheduling.flow"
    assert (better.solution.status, better.solution.value) == ("optimal", 1 + 2 + 16)


def test_weights_and_cost() -> None:
    heavy = jobs({"case": "A", "hours": 16.0}, {"case": "B", "priority": 9.0})
    assert days(schedule(one_line(), heavy, improve=1.0).slots)["B"][1] == 0
    dear = network(
        platforms=[platform()],
        lines=[line("L1", hourly_price=900, currency="CNY"), line("L2", hourly_price=100, currency="CNY")],
    )
    assert days(schedule(dear, jobs({"case": "A"}), improve=1.0).slots)["A"][0] == "L2"


def test_directions_are_gathered() -> None:
    asked = jobs(*({"case": f"C{i}", "direction": f"d{i % 2}"} for i in range(6)))
    registry = one_line(changeover_days=2.0)
    first, better = (schedule(registry, asked, improve=work) for work in (0.0, 3.0))
    assert max(end for *_, end in days(better.slots).values()) < max(end for *_, end in days(first.slots).values())
    order = [int(case[1]) % 2 for case, _ in sorted(days(better.slots).items(), key=lambda one: one[1][1])]
    assert order in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])


def test_a_job_that_found_no_place_may_find_one() -> None:
    asked = jobs({"case": "A", "hours": 40.0, "priority": 1.0}, {"case": "B", "hours": 8.0, "latest": day(0)})
    assert days(schedule(one_line(), asked).slots).keys() == {"A"}
    assert days(schedule(one_line(), asked, improve=2.0).slots).keys() == {"A", "B"}


def tangle(seed: int, n: int, lines: int) -> tuple[Registry, pl.DataFrame]:
    draw = random.Random(seed)
    made = [
        line(
            f"L{i}", parallel=draw.choice([1, 1, 2]), hours_week=draw.choice([40.0, 168.0]),
            setup_days=draw.choice([0.0, 1.0]), cleaning_days=draw.choice([None, 1.0]),
            changeover_days=draw.choice([None, None, 2.0]), directions=draw.choice([None, ["d0", "d1"]]),
        )
        for i in range(lines)
    ]  # fmt: skip
    usage = [
        {
            "usage": f"U{i}", "line": f"L{draw.randrange(lines)}", "platform": "P1", "hours": 1.0,
            "date_from": day(at := draw.randrange(-3, 40)), "date_to": day(at + draw.randrange(4)),
        }
        for i in range(lines * 2)
    ]  # fmt: skip
    closed = [{"line": "L0", "date_from": day(10), "date_to": day(16), "hours_week": draw.choice([0.0, 20.0])}]
    registry = network(platforms=[platform()], lines=made, usage=usage, openings=closed)
    asked = [
        {
            "case": f"C{i // 2:03}", "stage": str(i % 2), "after": ["0"] if i % 2 else None,
            "direction": draw.choice(["d0", "d1", "d2", None]), "hours": float(draw.randint(1, 60)),
            "earliest": day(draw.randrange(30)), "priority": draw.choice([None, 1.0]),
            "latest": draw.choice([None, None, day(90)]),
        }
        for i in range(n)
    ]  # fmt: skip
    return registry, jobs(*asked)


def broken(registry: Registry, asked: pl.DataFrame, slots: pl.DataFrame) -> list[str]:
    """What a plan breaks, walked day by day and slot by slot; nothing of the engine is used."""
    said = {row["line"]: row for row in registry["lines"].iter_rows(named=True)}
    wanted = {(row["case"], row["stage"]): row for row in asked.iter_rows(named=True)}
    placed = slots.filter(pl.col("status") == "placed").to_dicts()
    taken: dict[str, list[int]] = {name: [0] * 500 for name in said}
    for row in registry["usage"].iter_rows(named=True):
        end = clean(registry, said[row["line"]], row["date_to"])
        for n in range(max((row["date_from"] - MONDAY).days, 0), (end - MONDAY).days + 1):
            taken[row["line"]][n] = min(taken[row["line"]][n] + 1, said[row["line"]]["parallel"])
    wrong = []
    has = {(row["case"], row["stage"]) for row in placed}
    for row in placed:
        job = wanted[row["case"], row["stage"]]
        before = {(row["case"], stage) for stage in job["after"] or []}
        wrong += ["alone"] if before & wanted.keys() - has else []
        end = clean(registry, said[row["line"]], row["end"])
        for n in range((row["start"] - MONDAY).days, (end - MONDAY).days + 1):
            taken[row["line"]][n] += 1
        late = job["latest"] is not None and row["end"] > job["latest"]
        wrong += ["days"] if row["start"] < max(job["earliest"], MONDAY) or late else []
        wrong += ["hours"] if worked(registry, said[row["line"]], row) < job["hours"] - 1e-6 else []
        for other in placed:
            if other["case"] == row["case"] and other["stage"] in (job["after"] or []):
                wrong += ["after"] if other["end"] >= row["start"] else []
    wrong += [f"overlap {name}" for name, row in taken.items() if max(row) > said[name]["parallel"]]
    return wrong


def hours_on(registry: Registry, said: Row, at: date) -> float:
    week = said["hours_week"]
    for row in registry["openings"].filter(pl.col("line") == said["line"]).iter_rows(named=True):
        if row["date_from"] <= at <= row["date_to"]:
            week = row["hours_week"]
    return week / 7 if week > 120 else (week / 5 if at.weekday() < 5 else 0.0)


def clean(registry: Registry, said: Row, end: date) -> date:
    left = int(said["cleaning_days"] or 0)
    while left:
        end += timedelta(days=1)
        left -= hours_on(registry, said, end) > 0
    return end


def worked(registry: Registry, said: Row, row: Row) -> float:
    """Hours a slot has once its days of setting up are over."""
    total = (row["end"] - row["start"]).days + 1
    opened = [hours_on(registry, said, row["start"] + timedelta(days=n)) for n in range(total)]
    return sum([one for one in opened if one > 0][int(said["setup_days"] or 0) :])


@pytest.mark.parametrize("seed", range(3))
def test_better_plans_break_nothing(seed: int) -> None:
    registry, asked = tangle(seed, 20, 4)
    first, better = (schedule(registry, asked, improve=work) for work in (0.0, 0.2))
    for found in (first, better):
        assert broken(registry, asked, found.slots) == []
        assert found.solution.bound is not None
        assert found.solution.value is not None
        assert found.solution.bound <= found.solution.value
    assert days(better.slots).keys() >= days(first.slots).keys()
    assert schedule(registry, asked.reverse(), improve=0.2).slots.equals(better.slots)


def test_many_jobs_are_improved_in_windows() -> None:
    registry, asked = tangle(7, 70, 6)
    first, better = (schedule(registry, asked, improve=work) for work in (0.0, 0.5))
    assert broken(registry, asked, better.slots) == []
    assert flow(asked, better.slots) <= flow(asked, first.slots)


def flow(asked: pl.DataFrame, slots: pl.DataFrame) -> float:
    both = asked.join(slots.select("case", "stage", "end"), on=["case", "stage"])
    return sum(
        (1 + (row["priority"] or 0)) * ((row["end"] - row["earliest"]).days + 1 if row["end"] else 400)
        for row in both.iter_rows(named=True)
    )


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4), st.sampled_from(["d1", "d2"])), min_size=1, max_size=4),
    st.sampled_from([0, 1, 2]), st.sampled_from([0, 1]), st.integers(1, 2),
)  # fmt: skip
def test_improved_plans_are_the_best_of_all_orders(
    asked: list[tuple[int, int, str]], changeover: int, cleaning: int, parallel: int
) -> None:
    """Active schedules suffice: some order, each job as soon as it can, on some place."""
    registry = one_line(changeover_days=changeover, cleaning_days=cleaning, parallel=parallel, hours_week=168.0)
    rows = [
        {"case": f"C{i}", "earliest": day(r), "hours": 24.0 * length, "direction": d}
        for i, (r, length, d) in enumerate(asked)
    ]
    found = schedule(registry, jobs(*rows), improve=3.0).solution
    best = min(
        total(order, seats, changeover, cleaning, parallel)
        for order in itertools.permutations(asked)
        for seats in itertools.product(range(parallel), repeat=len(asked))
    )
    assert (found.status, found.value) == ("optimal", best)


def total(order: Sequence[Any], seats: Sequence[int], changeover: int, cleaning: int, parallel: int) -> int:
    free, last, flow_days = [0] * parallel, [""] * parallel, 0
    for (ready, length, direction), seat in zip(order, seats, strict=True):
        extra = changeover if last[seat] not in ("", direction) else 0
        end = max(free[seat], ready) + extra + length
        free[seat], last[seat] = end + cleaning, direction
        flow_days += end - ready
    return flow_days


def test_cancelling_an_improvement() -> None:
    calls = []

    def stop(done: int, all_: int, what: Why | None = None) -> None:
        calls.append(what)
        if what is not None:
            raise Cancelled

    registry, asked = tangle(3, 40, 4)
    with pytest.raises(Cancelled):
        schedule(registry, asked, improve=30.0, progress=stop)


# ---------------------------------------------------------------------- putting a plan right


def again(registry: Registry, asked: pl.DataFrame, before: pl.DataFrame, on: date = MONDAY, **options: Any) -> Any:
    return replan(registry, asked, before, CALENDAR, on, horizon_days=400, **options)


def changes(found: Any) -> dict[str, str]:
    for why in found.moves["why"]:
        told = Why.from_json(why)
        assert "{" not in say(told, "zh") + say(told, "en")
    return {
        row["case"] + ("" if row["stage"] == "pilot" else row["stage"]): row["change"] for row in found.moves.to_dicts()
    }


def test_nothing_changed_nothing_moves() -> None:
    registry, asked = tangle(2, 30, 4)
    asked = asked.filter(pl.col("latest").is_null())
    before = schedule(registry, asked).slots
    found = again(registry, asked, before, MONDAY - timedelta(days=1))
    assert set(changes(found).values()) <= {"kept", "unplaced"}
    assert found.slots.select("case", "stage", "line", "start", "end").equals(
        before.select("case", "stage", "line", "start", "end")
    )


def test_what_has_begun_stays_and_the_rest_moves_a_little() -> None:
    asked = jobs(
        {"case": "A", "hours": 24.0},
        {"case": "B"},
        {"case": "C", "earliest": day(7)},
        {"case": "D", "earliest": day(9)},
    )
    before = schedule(one_line(), asked).slots
    closed = {"line": "L1", "date_from": day(3), "date_to": day(3), "hours_week": 0.0}
    shut = network(platforms=[platform()], lines=[line("L1")], openings=[closed])
    found = again(shut, asked, before)
    assert changes(found) == {"A": "begun", "B": "moved", "C": "kept", "D": "kept"}
    (moved,) = found.moves.filter(pl.col("change") == "moved").to_dicts()
    assert (moved["days"], moved["start"]) == (1, day(4))
    assert Why.from_json(moved["why"]).parts[0].code == "pilots_scheduling.line-taken"
    assert found.solution.status == "optimal"


def test_new_and_dropped_jobs() -> None:
    before = schedule(one_line(), jobs({"case": "A", "earliest": day(1)}, {"case": "B", "earliest": day(1)})).slots
    found = again(one_line(), jobs({"case": "B", "earliest": day(1)}, {"case": "N"}), before)
    assert changes(found) == {"A": "dropped", "B": "kept", "N": "added"}
    assert days(found.slots)["N"][1] == 0


def test_the_lighter_job_moves() -> None:
    asked = jobs(
        {"case": "A", "hours": 16.0, "earliest": day(1)},
        {"case": "B", "hours": 16.0, "earliest": day(1), "priority": -0.9},
    )
    before = schedule(one_line(), asked).slots
    assert days(before)["A"][1] == 1
    closed = {"line": "L1", "date_from": day(1), "date_to": day(2), "hours_week": 0.0}
    shut = network(platforms=[platform()], lines=[line("L1")], openings=[closed])
    found = again(shut, asked, before)
    assert days(found.slots)["A"][1] == 3, "the heavier moves two days and the lighter makes room"
    assert changes(found) == {"A": "moved", "B": "moved"}


def test_a_stage_behind_a_moved_one_moves_too() -> None:
    registry = network(platforms=[platform()], lines=[line("L1"), line("L2")])
    asked = jobs({"case": "A", "stage": "1", "earliest": day(1)}, {"case": "A", "stage": "2", "after": ["1"]})
    before = schedule(registry, asked).slots
    late = jobs({"case": "A", "stage": "1", "earliest": day(2)}, {"case": "A", "stage": "2", "after": ["1"]})
    found = again(registry, late, before)
    assert days(found.slots)["A1"][1] == 2
    assert days(found.slots)["A2"][1] == 3
    codes = {row["stage"]: Why.from_json(row["why"]).parts[0].code for row in found.moves.to_dicts()}
    assert codes == {"1": "pilots_scheduling.not-ready", "2": "pilots_scheduling.after"}


def test_a_stage_behind_a_begun_one_waits_for_its_end() -> None:
    registry = network(platforms=[platform()], lines=[line("L1"), line("L2")])
    one, two = {"case": "A", "stage": "1", "hours": 24.0}, {"case": "A", "stage": "2", "after": ["1"]}
    found = again(registry, jobs(one, two), schedule(registry, jobs(one)).slots)
    assert changes(found) == {"A1": "begun", "A2": "added"}
    assert days(found.slots)["A2"][1] == 3


def test_twice_the_same_stage_is_refused() -> None:
    before = schedule(one_line(), jobs({"case": "A"})).slots
    with pytest.raises(DataRefused):
        again(one_line(), jobs({"case": "A"}, {"case": "A"}), before)


@pytest.mark.parametrize("seed", range(2))
def test_repairs_break_nothing(seed: int) -> None:
    registry, asked = tangle(seed, 30, 4)
    before = schedule(registry, asked).slots
    shut = [{"line": "L1", "date_from": day(12), "date_to": day(25), "hours_week": 0.0}]
    changed = registry.replace(openings=network(openings=shut)["openings"])
    found = again(changed, asked, before, MONDAY - timedelta(days=1), work=0.15)
    assert broken(changed, asked, found.slots) == []
    assert found.slots.equals(
        again(changed, asked.reverse(), before.reverse(), MONDAY - timedelta(days=1), work=0.15).slots
    )
    assert found.solution.bound <= found.solution.value


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1]))
def test_no_stage_goes_where_the_one_before_it_cannot(seed: int, work: float) -> None:
    """First stages lose their line, their time or their hours: those behind stay without a slot and say why."""
    draw = random.Random(seed)
    registry, asked = tangle(seed, 24, 3)
    before = schedule(registry, asked).slots
    hit = {row["case"]: draw.choice(["hours", "latest", "direction", None, None]) for row in asked.to_dicts()}
    rows = [row | _lost(row, hit[row["case"]]) for row in asked.to_dicts()]
    found = again(registry, jobs(*rows), before, MONDAY - timedelta(days=1), work=work, seed=seed)
    assert broken(registry, jobs(*rows), found.slots) == []
    state = {(row["case"], row["stage"]): row for row in found.slots.to_dicts()}
    for (case, stage), row in state.items():
        first = state[case, "0"]
        if stage == "1" and first["status"] != "placed":
            assert row["status"] != "placed"
            told = Why.from_json(row["why"])
            assert told.code != "pilots_scheduling.after-none" or told.args["stage"] == "0"
            assert told.code.partition(".")[2] in ("after-none", "no-line", "hours-unknown", "capacity-unknown")


def _lost(row: Row, how: str | None) -> Row:
    worse = {"hours": None, "latest": row["earliest"] - timedelta(days=1), "direction": "d9"}
    return {how: worse[how]} if how and row["stage"] == "0" else {}
