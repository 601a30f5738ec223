"""Dates of what is asked: reckoned once, when the event is written, and facts from then on.

Nobody moves a stored date but an `extended` event: a new calendar or a new version of the pathway does not. What is
past its date is proposed here as the event that the pathway foresees; a person appends it, the engine never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from tongtu.pathway.cases.events import Event
from tongtu.pathway.cases.finding import role_why
from tongtu.pathway.cases.machine import Machine, machine
from tongtu.pathway.cases.moves import may_pass
from tongtu.pathway.cases.replay import Replayed
from tongtu.pathway.cases.state import SUBMITTED, Line, State, Token
from tongtu.pathway.model import Lane, Pathway
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.terms.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Proposed:
    """An event that the pathway foresees for a missed date, and why; its id is left to whoever appends it."""

    event: Event
    why: Why


def dues_for(
    pathway: Pathway, event: Event, calendar: WorkCalendar, *, trl: int | None = None, lane: str | None = None
) -> Event:
    """The event with its `due` filled in, where it has none and the pathway sets a clock.

    In working days, the day of the event not counted: `entered` the stage's typical days at the TRL and the gate's own;
    `submitted` the gate's; a decision to recycle the time to cure and the gate's; to hold, the longest hold. A fast
    lane shortens the stage's and the gate's. The stage is the event's own or its gate's; an event that names neither is
    given back as it is.
    """
    days = _days(pathway, event, trl, lane)
    if event.due is not None or days is None:
        return event
    return event._replace(due=calendar.add_working_days(event.on, days))


def _days(pathway: Pathway, event: Event, trl: int | None, lane: str | None) -> int | None:
    stage = next(
        (s for s in pathway.stages if event.stage == s.id or (not event.stage and event.gate == s.gate.id)), None
    )
    if stage is None:
        return None
    fast = next((given for given in pathway.lanes if given.id == lane), None)
    gate = stage.gate
    match event.kind, event.decision:
        case "entered", _:
            return _shorter(stage.days_at(trl), fast) + _within(gate.decide_within, fast)
        case "submitted", _:
            return _within(gate.decide_within, fast)
        case "decided", "recycle":
            return None if gate.cure_within is None else gate.cure_within + _within(gate.decide_within, fast)
        case "decided", "hold":
            return gate.hold_at_most
    return None


def _shorter(days: int, lane: Lane | None) -> int:
    """Typical days on a fast lane, rounded up, at least one."""
    return days if lane is None else max(1, -int(-days * lane.days_factor // 1))


def _within(days: int, lane: Lane | None) -> int:
    return days if lane is None or lane.decide_within is None else min(days, lane.decide_within)


def overdue(replayed: Replayed, pathways: Mapping[str, Pathway], *, as_of: date) -> tuple[Proposed, ...]:
    """What the pathways foresee for every decision missed by `as_of`: escalated, approved by silence, or held.

    By case, branch and stage; each event is dated `as_of`, carries no id, and would be taken by `step`. A date on the
    day itself is not missed yet. Where a pathway foresees nothing more (it has gone up already), nothing is proposed.
    """
    found = []
    for case, state in sorted(replayed.of.items()):
        runs = machine(pathways[state.key])
        for line in state.lines if state.live else ():
            for token in line.tokens:
                if not line.out and token.waited is not None and token.waited < as_of:
                    found += _foreseen(runs, state, line, token, case, as_of)
    return tuple(found)


def _foreseen(runs: Machine, state: State, line: Line, token: Token, case: str, as_of: date) -> list[Proposed]:
    stage, gate = runs.stages[token.stage], runs.gates[token.stage]
    event = Event("", case, "escalated", as_of, stage.id, gate.id, line.name or None)
    args = {"gate": gate.label, "due": token.waited, "owner": role_why(gate.owner)}
    then = gate.missed.then
    if then == "escalate" and not token.raised:
        why = Why("pathway_cases.missed-escalate", {**args, "to": role_why(gate.missed.to)})
        return [Proposed(event._replace(role=gate.missed.to, reason=why.to_json()), why)]
    if token.phase != SUBMITTED:
        return []
    if then == "approve" and may_pass(runs, state, line, token):
        why = Why("pathway_cases.missed-approve", {**args, "to": role_why(gate.missed.to)})
        return [Proposed(event._replace(kind="approved", role=gate.missed.to, reason=why.to_json()), why)]
    if then == "hold" and "hold" in gate.decisions and token.signed == len(gate.approvals):
        why = Why("pathway_cases.missed-hold", args)
        return [Proposed(event._replace(kind="decided", decision="hold", reason=why.to_json()), why)]
    return []


def waiting(states: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Who waits for whom: role, organisation, cases, branches, overdue, oldest_due, since, days, longest.

    A row per role and organisation that open cases wait for (organisation null where the case does not say);
    `branches` counts open stages, `days` is the sum of calendar days waited so far, `longest` the most of one.
    Sorted by what is overdue, then by days.
    """
    open_ = states.filter(pl.col("waits_for").is_not_null() & pl.col("ended").is_null())
    waited = (pl.lit(as_of) - pl.col("since")).dt.total_days()
    return (
        open_.group_by(role=pl.col("waits_for"), organisation=pl.col("waits_on"))
        .agg(
            cases=pl.col("case").n_unique().cast(pl.Int64),
            branches=pl.len().cast(pl.Int64),
            overdue=pl.col("overdue").fill_null(False).sum().cast(pl.Int64),
            oldest_due=pl.col("due").min(),
            since=pl.col("since").min(),
            days=waited.sum(),
            longest=waited.max(),
        )
        .sort("overdue", "days", "role", "organisation", descending=[True, True, False, False], nulls_last=True)
    )
