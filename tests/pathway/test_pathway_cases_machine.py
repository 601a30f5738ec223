"""No order of events reaches a state that the pathway does not know; what is refused changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from cases_given import BEGIN, CALL, WIDE, listed
from cases_slow import Slow
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tongtu.pathway import Pathway
from tongtu.pathway.cases import CaseRefused, Event, frame_of, machine, moves, replay, start, step
from tongtu.pathway.cases.state import PHASES, State

KINDS = (
    "entered", "submitted", "asked", "decided", "signed", "approved", "escalated", "extended", "resumed", "completed",
    "shortlisted", "awarded", "eliminated", "lane", "closed", "reopened", "note", "opened",
)  # fmt: skip


class Both:
    """Every event goes to the machine and to the slow model: both take it or both refuse it, and then agree."""

    def __init__(self, of: Pathway) -> None:
        self.pathway, self.runs, self.slow = of, machine(of), Slow(of)
        self.state: State = start(self.runs)
        self.log: list[Event] = []
        self.day = BEGIN
        self.taken: Counter[str] = Counter()

    def tell(self, event: Event) -> bool:
        event = event._replace(event=f"E{len(self.log):04}")
        if not self.slow.may(event):
            with pytest.raises(CaseRefused) as told:
                step(self.runs, self.state, event)
            assert all(fault.repair for fault in told.value.faults)
            return False
        self.state = step(self.runs, self.state, event)
        self.slow.do(event)
        self.log.append(event)
        self.day = max(self.day, event.on)
        self.taken[event.decision or event.kind] += 1
        return True

    def agree(self) -> None:
        ids = [s.id for s in self.pathway.stages]
        at = {
            (line.name, ids[t.stage]): (PHASES[t.phase], t.since, t.due, t.until, t.signed, t.raised)
            for line in self.state.lines for t in line.tokens
        }  # fmt: skip
        slow = self.slow.at.items()
        assert at == {
            place: (now.phase, now.since, now.due, now.until, now.signed, now.raised) for place, now in slow
        }  # fmt: skip
        passed = {(line.name, id) for line in self.state.lines for n, id in enumerate(ids) if line.passed >> n & 1}
        out = self.slow.out
        assert {p for p in passed if p[0] not in out} == {p for p in self.slow.passed if p[0] not in out}
        assert (self.state.ended, self.state.lane) == (self.slow.ended, self.slow.lane)

    def lawful(self) -> None:
        """What holds of every state, said without either model's rules of change."""
        for line in self.state.lines:
            open_ = [token.stage for token in line.tokens]
            assert len(open_) == len(set(open_))
            assert not any(line.passed >> n & 1 for n in open_)
            assert all(bool(self.pathway.stages[n].parallel) == bool(line.name) for n in open_)
            assert not (line.out and line.tokens)
            for token in line.tokens:
                assert token.signed <= len(self.pathway.stages[token.stage].gate.approvals)
                assert token.entered <= token.since <= self.day
        for n, stage_ in enumerate(self.pathway.stages):
            if stage_.parallel:
                kept = [line for line in self.state.lines[1:] if not line.out and line.passed >> n & 1]
                assert len(kept) <= stage_.parallel.keep
                assert sum(1 for line in self.state.lines[1:] if line.rounds[n]) <= stage_.parallel.most

    def told_at_once(self) -> None:
        """The log told at once, its rows in another order, gives the same state; and so does its first half."""
        # some events were dated back on purpose: a log told in another order is another log
        if self.log != sorted(self.log, key=lambda event: (event.on, event.event)):
            return
        cases = pl.DataFrame({"case": ["K"], "pathway": [self.pathway.id], "pathway_version": [self.pathway.version]})
        pathways = {self.pathway.key: self.pathway}
        told = replay(frame_of(self.log[::-1]), cases, pathways, as_of=self.day)
        assert told.of["K"] == self.state
        assert told.faults.is_empty()
        half, state = self.log[: len(self.log) // 2], start(self.runs)
        for event in half:
            state = step(self.runs, state, event)
        assert replay(frame_of(half), cases, pathways, as_of=self.day).of["K"] == state
        _stays_are_whole(told.stays, self.state)


def _stays_are_whole(stays: pl.DataFrame, state: State) -> None:
    """Rounds count up from one, no stay ends before it began, and what is open in the state is what is censored."""
    rounds = stays.sort("entered", "round").group_by("branch", "stage", maintain_order=True).agg("round")["round"]
    assert all(row.to_list() == list(range(1, len(row) + 1)) for row in rounds)
    assert (stays["left"].is_null() == (stays["result"] == "censored")).all()
    assert stays.filter(pl.col("left") < pl.col("entered")).is_empty()
    open_ = sum(len(line.tokens) for line in state.lines) if state.live else 0
    assert stays.filter(pl.col("result") == "censored").height == open_


def something(of: Pathway, draw: Any, day: date) -> Event:
    """Whatever somebody might write; `draw` chooses one of a list."""
    stages = dict(enumerate(of.stages))
    at, gated, on = draw(range(-1, 6)), draw((True, False)), day + timedelta(draw(range(-1, 9)))
    stage = stages[at].id if at in stages else "nowhere" if at == 5 else None
    other = stages[at if gated else at - 1].gate.id if at in stages and (gated or at) else None
    kind, due, word = draw(KINDS), draw((None, -1, 6)), draw((None, "public", "shown", "fast"))
    return Event(
        "", "K", kind, on, stage, other if gated or kind == "signed" else None, draw((None, None, *"abcde")),
        draw(("go", "hold", "recycle", "kill", None)), draw((None, "demander", "platform", "secretariat", "capital")),
        draw((None, "because")), None if due is None else on + timedelta(due), step=word, lane=word,
        to=draw((None, "o1")),
    )  # fmt: skip


def bold(both: Both, draw: Any) -> Event:
    """Something about a stage that is open, at its own gate: often allowed, often just not."""
    here = [(line.name, token) for line in both.state.lines for token in line.tokens]
    if not here:
        return something(both.pathway, draw, both.day)
    if both.pathway.lanes and draw(range(8)) == 0:
        return Event("", "K", "lane", both.day, lane=draw((None, "fast", "half")))
    branch, token = draw(here)
    stage = both.pathway.stages[token.stage]
    kind = draw(
        ("decided", "decided", "approved", "shortlisted", "awarded", "signed", "submitted", "entered", "resumed")
    )
    return Event(
        "", "K", kind, both.day + timedelta(draw((0, 0, 7))), stage.id, stage.gate.id, branch or None,
        draw(("go", "go", "recycle", "hold")), draw((None, "demander", "platform", "assessor")), "because",
    )  # fmt: skip


class Cases(RuleBasedStateMachine):
    @initialize(of=st.sampled_from([WIDE, CALL]), lane=st.sampled_from([None, "fast"]), at=st.sampled_from([None, 1]))
    def open(self, of: Pathway, lane: str | None, at: int | None) -> None:
        self.both = Both(of)
        self.both.tell(Event("", "K", "opened", BEGIN, of.stages[at].id if at else None))
        if lane and of.lanes:
            self.both.tell(Event("", "K", "lane", BEGIN, lane=lane))

    @rule(pick=st.integers(0, 99), days=st.integers(0, 9))
    def move(self, pick: int, days: int) -> None:
        """What `moves` lists is taken, whichever it is."""
        both = self.both
        options = moves(both.runs, both.state)
        move = options[pick % len(options)]
        event = listed(both.pathway, move, Random(pick).choice, both.day + timedelta(days))
        assert both.tell(event) or move.late or move.branch == "*" or move.kind == "extended"

    @rule(seed=st.integers(0, 9999))
    def anything(self, seed: int) -> None:
        self.both.tell(something(self.both.pathway, Random(seed).choice, self.both.day))

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "both"):
            self.both.agree()
            self.both.lawful()

    def teardown(self) -> None:
        if hasattr(self, "both"):
            self.both.told_at_once()


TestCases = Cases.TestCase
TestCases.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)

#: Walks that end a case at once tell little: what goes on is drawn more often.
_OFTEN = {"go": 9, "kill": 1, "closed": 1, "entered": 6, "submitted": 3, "signed": 4, "completed": 4}


@pytest.mark.parametrize("of", [WIDE, CALL], ids=["wide", "call"])
def test_long_walks_agree_with_the_slow_model(of: Pathway) -> None:
    """Deep into both pathways, through every kind of event, half of them written at random."""
    rng, taken = Random(8), Counter[str]()
    for walk in range(80):
        both = Both(of)
        both.tell(Event("", "K", "opened", BEGIN, lane=(None, "fast", "half", "fast")[walk % 4] if of.lanes else None))
        for _ in range(60):
            if rng.random() < 0.4:
                both.tell(rng.choice((something(of, rng.choice, both.day), bold(both, rng.choice))))
            else:
                options = moves(both.runs, both.state)
                move = rng.choices(options, [_OFTEN.get(m.decision or m.kind, 2) for m in options])[0]
                both.tell(listed(of, move, rng.choice, both.day + timedelta(rng.choice((0, 1, 8)))))
            both.agree()
            both.lawful()
        if walk % 5 == 0:
            both.told_at_once()
        taken += both.taken
    expected = {"go", "hold", "recycle", "kill", "entered", "submitted", "extended", "resumed", "reopened", "escalated"}
    expected |= {"signed", "lane", "approved"} if of is WIDE else {"shortlisted", "awarded", "eliminated", "completed"}
    assert {kind for kind in expected if taken[kind] < 5} == set()


@pytest.mark.parametrize("of", [WIDE, CALL], ids=["wide", "call"])
def test_every_move_listed_is_taken(of: Pathway) -> None:
    """Down a pathway by moves alone, on days late enough for those that ask for a past due."""
    rng = Random(8)
    for _ in range(40):
        runs, state, day = machine(of), start(machine(of)), BEGIN
        for n in range(25):
            for move in moves(runs, state):
                dates = [t.waited for line in state.lines for t in line.tokens]
                if move.late and None in dates:
                    continue
                on = max([day, *(due for due in dates if due)]) + timedelta(30)
                event = listed(of, move, lambda options: options[-1], on)
                step(runs, state, event._replace(event=str(n), branch=move.branch or None))
            options = [m for m in moves(runs, state) if not m.late and m.kind != "closed"] or moves(runs, state)
            day += timedelta(7)
            event = listed(of, rng.choice(options), rng.choice, day)._replace(event=str(n))
            try:
                state = step(runs, state, event)
            except CaseRefused:
                assert event.kind in ("extended", "entered")  # no later than before; an answer that is there already
