"""Every fault of a log at once: what each row says that cannot be, then what its order does not allow.

Rows are judged one by one first (dates, roles, ids, reasons, papers). Then each case is told by `step`, going on past
what was named already; the first event that the order itself does not allow ends the telling of its case, since what
follows would only repeat it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from tongtu.pathway.cases.events import Event, full, rows_of
from tongtu.pathway.cases.finding import role_why
from tongtu.pathway.cases.machine import Machine, machine
from tongtu.pathway.cases.refusal import CaseRefused, fault
from tongtu.pathway.cases.replay import begin, by_case, cases_of, pinned
from tongtu.pathway.cases.state import State
from tongtu.pathway.cases.step import step
from tongtu.pathway.model import Pathway
from tongtu.terms.faults import Fault

#: Kinds that speak of a gate's decision, and cite the papers it rests on.
_DECIDES = frozenset({"decided", "approved", "shortlisted", "awarded", "eliminated"})
_ID, _PLACE, _SOFT = "event", ("stage", "gate"), ("role", "reason")


@dataclass(slots=True)
class _Known:
    """What the rows may refer to. A table that was not given is None: nothing can be said against it."""

    as_of: date
    machines: Mapping[str, Machine]
    cases: frozenset[str]
    evidence: Mapping[str, tuple[date | None, date | None]] | None
    offers: Mapping[str, str] | None
    agreements: Mapping[str, str] | None
    seen: set[str] = field(default_factory=set)


def check(
    events: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway], evidence: pl.DataFrame | None = None,
    *, as_of: date, offers: pl.DataFrame | None = None, agreements: pl.DataFrame | None = None, file: str = "",
) -> tuple[Fault, ...]:  # fmt: skip
    """All faults of a log as of a day, by case and in the order of the log; empty where there is none.

    The frames have the columns of their nouns; `evidence`, `offers` and `agreements` are asked about only where given.
    Each fault names the event, its field and what would be in order; `file` is put before the sheet's name.
    """
    machines = {key: machine(pathway) for key, pathway in pathways.items()}
    known = _Known(
        as_of, machines, frozenset(cases["case"].to_list()), _papers(evidence), _owners(offers, "offer"),
        _owners(agreements, "agreement"),
    )  # fmt: skip
    logs = by_case(full(events).filter(pl.col("on").is_not_null()))
    found = [fault("date-missing", event, "on") for event in _undated(full(events))]
    for row in cases_of(cases):
        found += _case(row, logs.pop(row["case"], []), known)
    for case, log in sorted(logs.items()):
        found += [fault("case-unknown", event, "case", "error", case=case) for event in log]
    return tuple(replace(one, file=file) for one in found)


def _undated(events: pl.DataFrame) -> Iterator[Event]:
    yield from rows_of(events.filter(pl.col("on").is_null()).sort("event"))


def _case(row: Mapping[str, Any], log: list[Event], known: _Known) -> list[Fault]:
    """The faults of one case: of its rows, then of their order."""
    try:
        runs, state = begin(row, log, known.machines)
    except CaseRefused as refusal:
        return list(refusal.faults)
    found: list[Fault] = []
    telling = True
    for event in log:
        faults = list(_of_row(event, runs, known))
        found += faults
        if not telling or any(one.column == _ID for one in faults):
            continue
        try:
            state = step(runs, state, _mended(event, faults), known.machines)
        except CaseRefused as refusal:
            telling = False
            found += [one for one in refusal.faults if not any(one.column == named.column for named in faults)]
        runs = known.machines[state.key]
    return found + _pinned(row, log, state)


def _mended(event: Event, faults: list[Fault]) -> Event:
    """The event without what was named already, so that the telling goes on."""
    fields = {one.column for one in faults}
    changes: dict[str, Any] = {}
    if "role" in fields:
        changes["role"] = None
    if "reason" in fields:
        changes["reason"] = "?"
    return event._replace(**changes) if changes else event


def _of_row(event: Event, runs: Machine, known: _Known) -> Iterator[Fault]:
    yield from _twice(event, known)
    yield from _dates(event, known.as_of)
    yield from _names(event, runs)
    yield from _ruling(event, runs)
    yield from _papers_cited(event, known)
    yield from _belongs(event, known)


def _twice(event: Event, known: _Known) -> Iterator[Fault]:
    if event.event in known.seen:
        yield fault("duplicate", event, _ID)
    known.seen.add(event.event)


def _dates(event: Event, as_of: date) -> Iterator[Fault]:
    if event.on > as_of:
        yield fault("from-future", event, "on", "error", on=event.on, as_of=as_of)
    if event.recorded_at is not None and event.recorded_at < event.on:
        yield fault("recorded-before", event, "recorded_at", "error", recorded=event.recorded_at, on=event.on)
    if event.recorded_at is not None and event.recorded_at > as_of >= event.on:
        yield fault("recorded-in-future", event, "recorded_at", "error", recorded=event.recorded_at, as_of=as_of)
    if event.due is not None and event.due < event.on:
        yield fault("due-before", event, "due", "error", due=event.due, on=event.on)


def _names(event: Event, runs: Machine) -> Iterator[Fault]:
    """Stages and gates of the version the case stands on."""
    if event.stage and event.stage not in runs.stage_at:
        yield fault("stage-unknown", event, "stage", "error", stage=event.stage, pathway=runs.key)
    if event.gate and event.gate not in runs.gate_at:
        yield fault("gate-unknown", event, "gate", "error", gate=event.gate, pathway=runs.key)


def _ruling(event: Event, runs: Machine) -> Iterator[Fault]:
    """A decision has an owner, a reason and a gate that may take it."""
    at = runs.gate_at.get(event.gate or "", runs.stage_at.get(event.stage or "", -1))
    if event.kind != "decided" or at < 0:
        return
    gate = runs.gates[at]
    if event.role is not None and event.role not in (gate.owner, gate.missed.to):
        args = {"gate": gate.label, "owner": role_why(gate.owner), "role": role_why(event.role)}
        yield fault("not-owner", event, "role", "error", **args)
    if event.decision not in (None, "go") and not (event.reason or "").strip():
        yield fault("reason-missing", event, "reason", "error", gate=gate.label)


def _papers_cited(event: Event, known: _Known) -> Iterator[Fault]:
    """What an event cites must exist, and a decision can only rest on what there was on its day."""
    if known.evidence is None:
        return
    for id in event.documents or ():
        if id not in known.evidence:
            yield fault("evidence-unknown", event, "documents", "error", evidence=id)
            continue
        dated, recorded = known.evidence[id]
        if event.kind not in _DECIDES and event.kind != "submitted":
            continue
        if dated is not None and dated > event.on:
            yield fault("evidence-later", event, "documents", "error", evidence=id, dated=dated, on=event.on)
        elif event.kind in _DECIDES and recorded is not None and recorded > event.on:
            yield fault(
                "evidence-recorded-later", event, "documents", "error", evidence=id, recorded=recorded, on=event.on
            )


def _belongs(event: Event, known: _Known) -> Iterator[Fault]:
    """An offer or agreement of another case, or of none."""
    for name, owners in (("offer", known.offers), ("agreement", known.agreements)):
        id = getattr(event, name)
        if id is None or owners is None:
            continue
        if id not in owners:
            yield fault(f"{name}-unknown", event, name, id=id)
        elif owners[id] != event.case:
            yield fault(f"{name}-of-other", event, name, id=id, case=event.case, owner=owners[id])


def _pinned(row: Mapping[str, Any], log: list[Event], state: State) -> list[Fault]:
    """A case's row says the version it was opened on, or the one its log has brought it to."""
    key = f"{row['pathway']}@{row['pathway_version']}"
    if not log or key in (pinned(row, log), state.key):
        return []
    args = {"case": row["case"], "row": key, "log": state.key}
    return [fault("version-differs", log[0], "version", "warning", **args)]


def _papers(evidence: pl.DataFrame | None) -> dict[str, tuple[date | None, date | None]] | None:
    """When each paper was dated and recorded."""
    if evidence is None:
        return None
    columns = [pl.col(n) if n in evidence.columns else pl.lit(None, pl.Date).alias(n) for n in ("dated", "recorded_at")]
    return {id: (dated, recorded) for id, dated, recorded in evidence.select("evidence", *columns).iter_rows()}


def _owners(frame: pl.DataFrame | None, name: str) -> dict[str, str] | None:
    return None if frame is None else dict(frame.select(name, "case").iter_rows())
