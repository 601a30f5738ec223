"""One pass over the log equals the machine's replay, event by event, on every log the machine allows."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tongtu.chain.law import pathways
from tongtu.packs import load
from tongtu.pathway.cases import CaseRefused, Event, frame_of, machine, moves, replay, start, step
from tongtu.pathway.model import Pathway
from tongtu.pathway.progress import stays

FIRST = date(2024, 1, 1)


@cache
def known() -> dict[str, Pathway]:
    return pathways(load("cn"))


def walk(case: str, key: str, draw: random.Random, steps: int) -> list[Event]:
    """A log the machine takes: what it lists as possible, with papers, dates and late records between."""
    runs = machine(known()[key])
    state, day, log = start(runs), FIRST, []
    for n in range(steps):
        if draw.random() < 0.8:
            day += timedelta(days=draw.randint(0, 30))
        wanted = draw.choice(moves(runs, state))
        if wanted.kind in ("reopened", "reverted") and draw.random() < 0.9:
            break  # what the machine itself is asked for must not crowd out the one pass
        if (wanted.kind == "closed" or wanted.decision == "kill") and draw.random() < 0.8:
            continue
        kind = draw.choice(["asked", "extended", "submitted"]) if draw.random() < 0.2 else wanted.kind
        branch = f"B{draw.randint(1, 4)}" if wanted.branch == "*" else wanted.branch
        event = Event(
            f"{case}-{n:04}", case, kind, day, stage=wanted.stage, gate=wanted.gate, branch=branch or None,
            decision=wanted.decision if kind == "decided" else None, role=None, reason="说明", step=wanted.step,
            due=day + timedelta(days=draw.randint(0, 90)) if draw.random() < 0.5 else None,
            by="ORG1", asked=("检测报告",) if kind == "asked" else None,
            recorded_at=day + timedelta(days=draw.randint(0, 3)) if draw.random() < 0.1 else None,
        )  # fmt: skip
        try:
            state = step(runs, state, event)
        except CaseRefused:
            continue
        log.append(event)
    return log


def compared(logs: dict[str, tuple[str, list[Event]]], as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    events = frame_of([event for _, log in logs.values() for event in log])
    keys = [key.split("@") for key, _ in logs.values()]
    cases = pl.DataFrame({"case": list(logs), "pathway": [k for k, _ in keys], "pathway_version": [v for _, v in keys]})
    told = replay(events, cases, known(), as_of=as_of)
    sound = cases.filter(~pl.col("case").is_in(told.faults["case"].to_list()))
    mine = stays(events, sound, known(), as_of=as_of)
    columns = mine.columns
    return mine, told.stays.select(columns).sort("case", "branch", "stage", "round")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_visits_of_random_lawful_logs_are_the_machines(seed: int) -> None:
    draw = random.Random(seed)
    logs = {}
    for i in range(6):
        key = draw.choice(sorted(known()))
        logs[f"K{i}"] = (key, walk(f"K{i}", key, draw, draw.randint(1, 60)))
    as_of = FIRST + timedelta(days=draw.randint(0, 900))
    mine, theirs = compared(logs, as_of)
    assert_frame_equal(mine, theirs, check_row_order=True)


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_does_not_matter(seed: int) -> None:
    draw = random.Random(seed)
    log = [event for i in range(8) for event in walk(f"K{i}", "standard@2026.1", draw, 40)]
    cases = pl.DataFrame({"case": [f"K{i}" for i in range(8)], "pathway": "standard", "pathway_version": "2026.1"})
    mixed = list(log)
    draw.shuffle(mixed)
    as_of = FIRST + timedelta(days=500)
    one, two = (stays(frame_of(rows), cases.sample(8, shuffle=True, seed=seed), known(), as_of=as_of)
                for rows in (log, mixed))  # fmt: skip
    assert_frame_equal(one, two)


def test_events_after_the_day_or_recorded_later_do_not_count() -> None:
    cases = pl.DataFrame({"case": ["K"], "pathway": ["standard"], "pathway_version": ["2026.1"]})
    log = frame_of([
        Event("1", "K", "opened", FIRST),
        Event("2", "K", "entered", FIRST, stage="disclosure", recorded_at=FIRST + timedelta(days=30)),
        Event("3", "K", "decided", FIRST + timedelta(days=20), gate="G1", decision="go"),
    ])  # fmt: skip
    told = {"as_of": FIRST + timedelta(days=10)}
    assert stays(log, cases, known(), **told).is_empty()
    late = stays(log, cases, known(), as_of=told["as_of"], known_at=FIRST + timedelta(days=40))
    assert late.select("stage", "result", "left").rows() == [("disclosure", "censored", None)]


def test_no_events_and_unknown_pathways_are_no_error() -> None:
    cases = pl.DataFrame({"case": ["K"], "pathway": ["elsewhere"], "pathway_version": ["1"]})
    assert stays(frame_of([]), cases, known(), as_of=FIRST).is_empty()
    log = frame_of([Event("1", "K", "entered", FIRST, stage="pilot")])
    found = stays(log, cases, known(), as_of=FIRST)
    assert found.select("stage", "phase", "result").rows() == [("pilot", None, "censored")]
