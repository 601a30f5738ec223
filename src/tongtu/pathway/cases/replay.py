"""From the log to the state of many cases: who stands where since when, every stay, every stored date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from tongtu.pathway.cases.events import Event, full, in_order, known, rows_of
from tongtu.pathway.cases.machine import Machine, machine
from tongtu.pathway.cases.refusal import CaseRefused
from tongtu.pathway.cases.shown import standings
from tongtu.pathway.cases.state import State, start
from tongtu.pathway.cases.stays import DATES, MARKS, Stays
from tongtu.pathway.cases.step import step
from tongtu.pathway.model import Pathway
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

_TEXT, _DAY, _WHOLE = pl.String(), pl.Date(), pl.Int64()
STATES: dict[str, pl.DataType] = {
    "case": _TEXT, "branch": _TEXT, "pathway": _TEXT, "version": _TEXT, "stage": _TEXT, "gate": _TEXT, "state": _TEXT,
    "since": _DAY, "due": _DAY, "waits_for": _TEXT, "waits_on": _TEXT, "lane": _TEXT, "overdue": pl.Boolean(),
    "round": _WHOLE, "next": pl.List(pl.String), "ended": _DAY, "why": _TEXT,
}  # fmt: skip
STAYS: dict[str, pl.DataType] = {
    "case": _TEXT, "branch": _TEXT, "pathway": _TEXT, "version": _TEXT, "stage": _TEXT, "phase": _TEXT,
    "round": _WHOLE, "entered": _DAY, "due": _DAY, "left": _DAY, "result": _TEXT, "decision": _TEXT,
}  # fmt: skip
DUES: dict[str, pl.DataType] = {
    "case": _TEXT, "branch": _TEXT, "stage": _TEXT, "gate": _TEXT, "event": _TEXT, "kind": _TEXT, "on": _DAY,
    "due": _DAY, "holds": pl.Boolean(),
}  # fmt: skip
FAULTS: dict[str, pl.DataType] = {
    "case": _TEXT, "event": _TEXT, "sheet": _TEXT, "field": _TEXT, "value": _TEXT, "severity": _TEXT, "what": _TEXT,
    "repair": _TEXT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a log says as of a day.

    states   a row per case × branch × open stage, one per branch where none is open: case, branch, pathway, version,
             stage, gate, state (`case_state`; null where the log is broken), since, due, waits_for (role), waits_on
             (organisation), lane, overdue, round, next (stages that may be entered), ended, why (JSON)
    stays    a row per stay in a stage: case, branch, pathway, version (of the day it was entered), stage, phase,
             round, entered, due, left, result, decision
    dues     every date ever stored: case, branch, stage, gate, event, kind, on, due, holds (still waited for)
    faults   of broken cases: case, event, sheet, field, value, severity, what, repair (JSON)
    of       the state itself, by case; broken ones are left out
    """

    states: pl.DataFrame
    stays: pl.DataFrame
    dues: pl.DataFrame
    faults: pl.DataFrame
    of: Mapping[str, State]


@dataclass(slots=True)
class _Told:
    """One case as told so far."""

    state: State
    machine: Machine
    stays: Stays
    dues: list[tuple[Any, ...]]


def replay(
    events: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway], *, as_of: date,
    known_at: date | None = None,
) -> Replayed:  # fmt: skip
    """The state of every case, told from its log.

    `events` and `cases` have the columns of their nouns, `pathways` the versions by key. Events after `as_of`, or
    recorded after `known_at` (default `as_of`), do not count. A case whose log breaks off at an event that is not
    allowed has an unknown state and a fault; the others are told as if it were not there. The order of the rows plays
    no part.
    """
    machines = {key: machine(pathway) for key, pathway in pathways.items()}
    told = known(full(events), as_of, known_at or as_of)
    states: list[tuple[Any, ...]] = []
    stays: list[tuple[Any, ...]] = []
    dues: list[tuple[Any, ...]] = []
    faults: list[tuple[Any, ...]] = []
    of: dict[str, State] = {}
    for row, log in _beside(cases_of(cases), _logs(told)):
        if row is None:
            faults.append(_fault_row(log[0].case, _no_case(log[0])))
            continue
        found = _tell(row, log, machines)
        if isinstance(found, CaseRefused):
            faults += [_fault_row(row["case"], fault) for fault in found.faults]
            states.append(_unknown(row, found.faults[0].what))
            continue
        of[row["case"]] = found.state
        states += standings(found.machine, found.state, row, log[-1].on if log else None, as_of)
        stays += found.stays.rows(row["case"])
        dues += _dues(found, as_of)
    return Replayed(_frame(states, STATES), _frame(stays, STAYS), _frame(dues, DUES), _frame(faults, FAULTS), of)


def _frame(rows: list[tuple[Any, ...]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), orient="row")


def by_case(events: pl.DataFrame) -> dict[str, list[Event]]:
    """Each case's log in order."""
    return {log[0].case: log for log in _logs(events)}


def _logs(events: pl.DataFrame) -> Iterator[list[Event]]:
    """One case's log after another, so that no more than one is held at a time."""
    for _, log in groupby(rows_of(in_order(events)), key=itemgetter(Event._fields.index("case"))):
        yield list(log)


def _beside(
    cases: Iterable[dict[str, Any]], logs: Iterator[list[Event]]
) -> Iterator[tuple[dict[str, Any] | None, list[Event]]]:
    """Cases with their logs, both by id; a log whose case is not there comes alone, a case without a log with none."""
    log = next(logs, None)
    for row in cases:
        while log and log[0].case < row["case"]:
            yield None, log
            log = next(logs, None)
        if log and log[0].case == row["case"]:
            yield row, log
            log = next(logs, None)
        else:
            yield row, []
    while log:
        yield None, log
        log = next(logs, None)


def cases_of(cases: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The cases' rows by id; columns the frame lacks are blank."""
    wanted = ("pathway", "pathway_version", "lane", "demander", "holder", "lead", "platform", "risk_owner")
    blank = [pl.lit(None, pl.String).alias(name) for name in wanted if name not in cases.columns]
    yield from cases.with_columns(blank).select("case", *wanted).sort("case").iter_rows(named=True)


def begin(row: Mapping[str, Any], log: list[Event], machines: Mapping[str, Machine]) -> tuple[Machine, State]:
    """The machine a case is pinned to and its state before anything happened. Raises CaseRefused for an unknown one.

    The log tells when a case was put on a lane; the case's own row says it only where the log is silent.
    """
    key = pinned(row, log)
    found = machines.get(key)
    if found is None:
        args = {"case": row["case"], "pathway": key, "known": tuple(sorted(machines))}
        what, repair = Why("pathway_cases.pathway-unknown", args), Why("pathway_cases.pathway-unknown-repair", args)
        raise CaseRefused(Fault(what, repair, sheet="cases", column="pathway_version", value=key))
    silent = not any(event.lane for event in log) and row["lane"] in found.waived
    return found, start(found, row["lane"] if silent else None)


def pinned(row: Mapping[str, Any], log: list[Event]) -> str:
    """The version a case was opened on: as its first event says, else as its row does."""
    first = log[0].version if log and log[0].kind == "opened" else None
    return f"{row['pathway']}@{first or row['pathway_version']}"


def _tell(row: Mapping[str, Any], log: list[Event], machines: Mapping[str, Machine]) -> _Told | CaseRefused:
    try:
        runs, state = begin(row, log, machines)
        told = _Told(state, runs, Stays(), [])
        for event in log:
            new = step(told.machine, told.state, event, machines)
            if event.kind in MARKS:
                told.stays.follow(told.machine, told.state, machines[new.key], new, event)
            if event.due is not None:
                if event.kind in DATES:
                    told.stays.redate(machines[new.key], new, event)
                told.dues.append((event, told.machine))
            told.state, told.machine = new, machines[new.key]
    except CaseRefused as refusal:
        return refusal
    return told


def _dues(told: _Told, as_of: date) -> Iterator[tuple[Any, ...]]:
    """Stored dates; one holds while a token waits for it and no later event has replaced it."""
    waited = {
        (line.name, told.machine.stages[token.stage].id): token.waited
        for line in told.state.lines for token in line.tokens if told.state.live
    }  # fmt: skip
    held: dict[tuple[str, str], int] = {}
    rows: list[list[Any]] = []
    for event, runs in told.dues:
        at = runs.stage_at.get(event.stage or "", runs.gate_at.get(event.gate or "", -1))
        stage, gate = (runs.stages[at].id, runs.gates[at].id) if at >= 0 else (event.stage, event.gate)
        place = (event.branch or "", stage or "")
        rows.append([event.case, place[0], stage, gate, event.event, event.kind, event.on, event.due, False])
        if waited.get(place) == event.due:
            held[place] = len(rows) - 1
    for k in held.values():
        rows[k][-1] = True
    return (tuple(row) for row in rows)


def _unknown(row: Mapping[str, Any], what: Why) -> tuple[Any, ...]:
    why = Why("pathway_cases.state-unknown", {}, (what,)).to_json()
    known = (row["case"], "", row["pathway"], row["pathway_version"])
    return (*known, *[None] * (len(STATES) - len(known) - 1), why)


def _no_case(event: Event) -> Fault:
    args = {"event": event.event, "case": event.case}
    what, repair = Why("pathway_cases.case-unknown", args), Why("pathway_cases.case-unknown-repair", args)
    return Fault(what, repair, sheet="events", column="case", value=event.case)


def _fault_row(case: str, fault: Fault) -> tuple[Any, ...]:
    named = fault.what.args.get("event")
    repair = fault.repair.to_json() if fault.repair else None
    return (case, named, fault.sheet, fault.column, fault.value, fault.severity, fault.what.to_json(), repair)
