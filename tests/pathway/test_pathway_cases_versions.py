"""Another version of the pathway: previewed, entered, taken back; nothing that was decided or dated is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from cases_given import BEGIN, CALL, WIDE, gate, listed, notice, pathway, stage

from tongtu.pathway import Pathway
from tongtu.pathway.cases import (
    CaseRefused,
    Event,
    frame_of,
    machine,
    migrate,
    moves,
    preview,
    preview_all,
    replay,
    revert,
    start,
    step,
)
from tongtu.pathway.cases.migrating import hindrances
from tongtu.pathway.cases.state import State
from tongtu.terms.why import Why
from tongtu.terms.words import say

#: WIDE a year on: b is called bb, the optional stage is gone, a test comes before j, other roles sign.
NEXT = pathway(
    "wide",
    stage("s", gated=gate("S"), statutory=(notice("public"),)),
    stage("a", "s", gated=gate("A", "approve", approvals=("platform", "regulator"), cure_within=20)),
    stage("bb", "s", gated=gate("BB", "hold")),
    stage("test", "a", "bb", gated=gate("X")),
    stage("j", "test", gated=gate("J", recycle_to="a")),
    version="2",
    lanes=WIDE.lanes,
    migrates={"1": {"b": "bb"}},
)
LATER_CALL = replace(CALL, version="2")
RUNS = {p.key: machine(p) for p in (WIDE, NEXT, CALL, LATER_CALL)}


def walked(of: Pathway, rng: Random, steps: int) -> tuple[State, list[Event]]:
    state, log, day = start(machine(of)), [], BEGIN
    for n in range(steps):
        options = [m for m in moves(machine(of), state) if not m.late and m.kind not in ("closed", "extended")]
        event = listed(of, rng.choice(options or moves(machine(of), state)), rng.choice, day)._replace(event=f"E{n:03}")
        try:
            state = step(machine(of), state, event)
        except CaseRefused:
            continue
        log.append(event)
        day += timedelta(rng.choice((0, 3)))
    return state, log


def told(state: State, *events: Event) -> State:
    for event in events:
        state = step(RUNS[state.key], state, event, RUNS)
    return state


@pytest.mark.parametrize(("old", "new"), [(WIDE, NEXT), (CALL, LATER_CALL)], ids=["wide", "call"])
def test_there_and_back_is_where_one_began(old: Pathway, new: Pathway) -> None:
    rng, moved = Random(4), 0
    for _ in range(150):
        state, log = walked(old, rng, rng.randrange(1, 30))
        day = log[-1].on
        go = Event("M", "K", "migrated", day, version="2")
        if hindrances(RUNS[old.key], RUNS[new.key], state):
            with pytest.raises(CaseRefused):
                told(state, go)
            continue
        there = told(state, go)
        moved += 1
        assert there.key == new.key
        dates = [t.waited for line in state.lines for t in line.tokens]
        assert [t.waited for line in there.lines for t in line.tokens] == dates
        assert told(there, Event("R", "K", "reverted", day)) == state._replace(last=day)
        lawful(RUNS[new.key].pathway, there)
    assert moved > 30


def lawful(of: Pathway, state: State) -> None:
    """On the new version too, nothing is open whose predecessors are not passed or allowed to wait."""
    ids = [s.id for s in of.stages]
    main = state.lines[0]
    waived = {g for lane in of.lanes if lane.id == state.lane for g in lane.waives}
    for token in main.tokens:
        for before in of.stages[token.stage].after:
            n = ids.index(before)
            waiting = any(t.stage == n for t in main.tokens) and of.stages[n].gate.id in waived
            tournament = of.stages[n].parallel and any(line.passed >> n & 1 for line in state.lines[1:])
            assert main.passed >> n & 1 or waiting or tournament or of.stages[n].optional


def test_what_happened_since_is_kept_and_carried_back() -> None:
    state = told(
        start(RUNS["wide@1"]), Event("1", "K", "opened", BEGIN), Event("2", "K", "entered", BEGIN, "s"),
        Event("3", "K", "decided", BEGIN, "s", "S", None, "go"),
        Event("4", "K", "completed", BEGIN, "s", step="public"),
        Event("5", "K", "entered", BEGIN, "b", due=date(2026, 4, 1)),
    )  # fmt: skip
    there = told(state, migrate(state, "K", WIDE, NEXT, on=BEGIN, event="6"), Event("7", "K", "submitted", BEGIN, "bb"))
    back = told(there, revert(there, "K", {p.key: p for p in (WIDE, NEXT)}, on=BEGIN, event="8"))
    assert back == told(state, Event("7", "K", "submitted", BEGIN, "b"))
    on = told(there, Event("7b", "K", "decided", BEGIN, "bb", "BB", None, "go"))
    assert told(on, Event("8", "K", "reverted", BEGIN)) == told(
        state, Event("7", "K", "submitted", BEGIN), Event("7b", "K", "decided", BEGIN, "b", "B", None, "go")
    )


def test_what_only_the_new_version_knows_cannot_be_taken_back() -> None:
    state = told(start(RUNS["wide@1"]), Event("1", "K", "opened", BEGIN, "j"), Event("2", "K", "entered", BEGIN, "j"))
    there = told(state, Event("3", "K", "migrated", BEGIN, version="2"))
    assert RUNS["wide@2"].ids(there.lines[0].passed) == ("s", "a", "bb", "test")  # nobody goes back for the new test
    back = told(there, Event("4", "K", "decided", BEGIN, "j", "J", None, "recycle", reason="again"))
    back = told(back, Event("5", "K", "submitted", BEGIN, "a"),
                Event("6", "K", "signed", BEGIN, "a", "A", role="platform"),
                Event("7", "K", "signed", BEGIN, "a", "A", role="regulator"))  # fmt: skip
    with pytest.raises(CaseRefused, match="signs next"):  # the older version asks another role to sign second
        told(back, Event("8", "K", "reverted", BEGIN))


def row(**more: Any) -> dict[str, Any]:
    return {"case": "K", "pathway": "wide", "pathway_version": "1", **more}


def test_a_preview_says_what_carries_over_and_what_has_to_be_done_again() -> None:
    log = [
        Event("1", "K", "opened", BEGIN), Event("2", "K", "entered", BEGIN, "s"),
        Event("3", "K", "decided", BEGIN, "s", "S", None, "go"),
        Event("4", "K", "completed", BEGIN, "s", step="public"),
        Event("5", "K", "entered", BEGIN, "a", due=date(2026, 4, 1)), Event("6", "K", "entered", BEGIN, "b"),
        Event("7", "K", "submitted", BEGIN, "a"), Event("8", "K", "signed", BEGIN, "a", "A", role="platform"),
        Event("9", "K", "signed", BEGIN, "a", "A", role="assessor"),
    ]  # fmt: skip
    shown = preview(frame_of(log), row(), WIDE, NEXT, as_of=BEGIN)
    assert shown.possible
    effects = {(part, item, effect) for part, item, effect in shown.rows.select("part", "item", "effect").iter_rows()}
    assert {
        ("stage", "b", "renamed"), ("stage", "o", "removed"), ("stage", "test", "added"), ("gate", "B", "renamed"),
        ("gate", "A", "changed"), ("step", "filed", "removed"), ("decision", "S", "carried"), ("due", "a", "kept"),
        ("decision", "A", "again"), ("stage", "test", "ahead"), ("stage", "bb", "carried"),
    } <= effects  # fmt: skip
    for text in shown.rows["why"]:
        assert "{" not in say(Why.from_json(text), "zh") + say(Why.from_json(text), "en")
    open_ = [
        *log[:4],
        Event("5", "K", "entered", BEGIN, "a"),
        Event("6", "K", "decided", BEGIN, "a", "A", None, "kill"),
    ]
    opened_at_o = preview(frame_of([Event("1", "K", "opened", BEGIN, "o"), Event("2", "K", "entered", BEGIN, "o")]),
                          row(), WIDE, NEXT, as_of=BEGIN)  # fmt: skip
    assert not opened_at_o.possible
    assert [part.code for part in opened_at_o.why.parts] == ["pathway_cases.migrate-no-stage"]
    logs = pl.concat([frame_of(log), frame_of([e._replace(case="L", event=f"L{e.event}") for e in open_])])
    cases = pl.DataFrame([row(), row(case="L"), row(case="N")])
    listed_ = preview_all(logs, cases, {p.key: p for p in (WIDE, NEXT)}, {"wide@1": "wide@2"}, as_of=BEGIN)
    assert listed_.select("case", "possible").rows() == [("K", True), ("L", False), ("N", False)]


def test_stages_that_become_one_are_worked_until_the_last_of_them_is_passed() -> None:
    one = pathway("wide", stage("s", gated=gate("S")), stage("ab", "s", gated=gate("AB")), version="3",
                  migrates={"1": {"a": "ab", "b": "ab"}})  # fmt: skip
    runs = {**RUNS, one.key: machine(one)}
    state = told(start(RUNS["wide@1"]), Event("1", "K", "opened", BEGIN, "a"), Event("2", "K", "entered", BEGIN, "a"),
                 Event("3", "K", "entered", BEGIN, "b"))  # fmt: skip
    go = Event("5", "K", "migrated", BEGIN, version="3")
    with pytest.raises(CaseRefused, match="would both become"):
        step(RUNS["wide@1"], state, go, runs)
    passed = told(state, Event("4", "K", "decided", BEGIN, "b", "B", None, "go"))
    there = step(RUNS["wide@1"], passed, go, runs)
    assert [t.stage for t in there.lines[0].tokens] == [1]
    assert runs[one.key].ids(there.lines[0].passed) == ("s",)
    assert step(runs[one.key], there, Event("6", "K", "reverted", BEGIN), runs) == passed


def test_stays_and_stored_dates_go_on_through_a_migration() -> None:
    due = date(2026, 4, 1)
    log = [
        Event("1", "K", "opened", BEGIN, "b"), Event("2", "K", "entered", BEGIN, "b", due=due),
        Event("3", "K", "migrated", BEGIN + timedelta(1), version="2"),
        Event("4", "K", "decided", BEGIN + timedelta(2), "bb", "BB", None, "go"),
    ]  # fmt: skip
    found = replay(frame_of(log), pl.DataFrame([row()]), {p.key: p for p in (WIDE, NEXT)}, as_of=date(2027, 1, 1))
    assert found.faults.is_empty()
    assert found.stays.select("stage", "version", "due", "left", "result").rows() == [
        ("b", "1", due, BEGIN + timedelta(2), "passed")
    ]
    assert found.states["version"].to_list() == ["2"]
    assert found.dues.select("event", "due", "holds").rows() == [("2", due, False)]
