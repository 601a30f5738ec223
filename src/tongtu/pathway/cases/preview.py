"""What another version of a pathway would change for a case, before anybody decides it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu.pathway.cases.events import Event, full, known
from tongtu.pathway.cases.finding import role_why
from tongtu.pathway.cases.machine import Machine, machine
from tongtu.pathway.cases.migrating import carried, hindrances, images
from tongtu.pathway.cases.refusal import CaseRefused, refused
from tongtu.pathway.cases.replay import begin, by_case, cases_of
from tongtu.pathway.cases.state import State, held_by, satisfied
from tongtu.pathway.cases.step import step
from tongtu.pathway.model import Gate, Missed, Pathway
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.faults import Fault
from tongtu.terms.why import Label, Why

ROWS: dict[str, pl.DataType] = {
    "case": pl.String(), "part": pl.String(), "item": pl.String(), "before": pl.String(), "after": pl.String(),
    "effect": pl.String(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change.

    rows   a row per thing that is or would be: case, part (stage | gate | decision | due | step), item, before, after,
           effect (carried, kept, renamed, added, removed, changed, credited, again, ahead, refused), why (JSON)
    why    in one sentence; where it is not possible, every hindrance below it
    """

    case: str
    old: str
    new: str
    possible: bool
    rows: pl.DataFrame
    why: Why


def preview(
    events: pl.DataFrame, case: Mapping[str, Any], old: Pathway, new: Pathway, *, as_of: date,
    pathways: Mapping[str, Pathway] | None = None,
) -> Preview:  # fmt: skip
    """What migrating one case (its row of the noun, its events) from `old` to `new` would change as of a day.

    `pathways` holds further versions that the log has been on. Raises CaseRefused where the log itself is broken.
    """
    machines = {key: machine(pathway) for key, pathway in {**(pathways or {}), old.key: old, new.key: new}.items()}
    row = next(cases_of(pl.DataFrame([dict(case)])))
    log = by_case(known(full(events), as_of, as_of).filter(pl.col("case") == row["case"])).get(row["case"], [])
    state = _told(row, log, machines)
    return _preview(str(row["case"]), machines[old.key], machines[new.key], state)


def preview_all(
    events: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway], to: Mapping[str, str], *, as_of: date
) -> pl.DataFrame:
    """Every case that stands on a version named in `to` (key left → key entered): case, old, new, possible, carried,
    credited, again, changed, removed (counts of rows by effect), why (JSON); sorted by case. A case whose log is broken
    is listed as not possible, with the fault.
    """
    machines = {key: machine(pathway) for key, pathway in pathways.items()}
    logs = by_case(known(full(events), as_of, as_of))
    rows = []
    for row in cases_of(cases):
        try:
            state = _told(row, logs.get(row["case"], []), machines)
        except CaseRefused as refusal:
            rows.append(_listed(row["case"], _broken(row, refusal.faults[0])))
            continue
        if to.get(state.key):
            rows.append(
                _listed(row["case"], _preview(row["case"], machines[state.key], machines[to[state.key]], state))
            )
    counts = dict.fromkeys(_COUNTED, pl.Int64())
    schema = {"case": pl.String(), "old": pl.String(), "new": pl.String(), "possible": pl.Boolean(), **counts,
              "why": pl.String()}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


_COUNTED = ("carried", "credited", "again", "changed", "removed")


def migrate(state: State, case: str, old: Pathway, new: Pathway, *, on: date, event: str, reason: str = "") -> Event:
    """The event that migrates a case. Raises CaseRefused, with every hindrance, where it may not."""
    told = Event(event, case, "migrated", on, version=new.version, reason=reason or None)
    step(machine(old), state, told, {new.key: machine(new)})
    return told


def revert(
    state: State, case: str, pathways: Mapping[str, Pathway], *, on: date, event: str, reason: str = ""
) -> Event:
    """The event that takes the last migration back. Raises CaseRefused where what happened since does not allow it."""
    machines = {key: machine(pathway) for key, pathway in pathways.items()}
    told = Event(event, case, "reverted", on, reason=reason or None)
    if state.before is None:
        raise refused("not-migrated", told, "kind")
    told = told._replace(version=state.before.key.partition("@")[2])
    step(machines[state.key], state, told, machines)
    return told


def _told(row: Mapping[str, Any], log: list[Event], machines: Mapping[str, Machine]) -> State:
    runs, state = begin(row, log, machines)
    for event in log:
        state = step(runs, state, event, machines)
        runs = machines[state.key]
    return state


#: Effects that change nothing for the case.
_STAYS = ("kept", "carried", "ahead")


def _preview(case: str, old: Machine, new: Machine, state: State) -> Preview:
    obstacles = hindrances(old, new, state)
    rows = [
        (case, part, item, before, after, effect, why.to_json())
        for part, item, before, after, effect, why in (_rows(old, new, state, not obstacles) if state.live else ())
    ]
    rows += [(case, "stage", None, old.key, new.key, "refused", why.to_json()) for why in obstacles]
    frame = pl.DataFrame(rows, schema=ROWS, orient="row")
    args = {"case": case, "old": old.key, "new": new.key, "n": frame.filter(~pl.col("effect").is_in(_STAYS)).height}
    why = Why(f"pathway_cases.preview-{'refused' if obstacles else 'possible'}", args, obstacles)
    return Preview(case, old.key, new.key, not obstacles, frame, why)


_Row = tuple[str, str | None, str | None, str | None, str, Why]


def _rows(old: Machine, new: Machine, state: State, possible: bool) -> Iterator[_Row]:
    at = images(old, new)
    yield from _stages(old, new, at)
    for n, to in enumerate(at):
        if to is not None and not state.lines[0].passed >> n & 1:  # what is decided is not asked again
            yield from _gate(old, new, n, to)
    yield from _steps(old, new)
    if possible:
        yield from _of_case(old, new, state, at)


def _stages(old: Machine, new: Machine, at: tuple[int | None, ...]) -> Iterator[_Row]:
    """How the stages of one version are found on the other."""
    for stage, to in zip(old.stages, at, strict=True):
        args = {"stage": stage.label}
        if to is None:
            yield "stage", stage.id, stage.id, None, "removed", Why("pathway_cases.stage-removed", args)
        elif new.stages[to].id != stage.id:
            why = Why("pathway_cases.stage-renamed", {**args, "to": new.stages[to].label})
            yield "stage", stage.id, stage.id, new.stages[to].id, "renamed", why
    for n, stage in enumerate(new.stages):
        if n not in at:
            yield "stage", stage.id, None, stage.id, "added", Why("pathway_cases.stage-added", {"stage": stage.label})


_FIELDS = ("owner", "decide_within", "missed", "approvals", "decisions", "recycle_to", "cure_within", "hold_at_most")


def _gate(left: Machine, right: Machine, n: int, to: int) -> Iterator[_Row]:
    """What a gate would ask otherwise: its id, owner, deadline, approvals, decisions, criteria."""
    old, new = left.gates[n], right.gates[to]
    if old.id != new.id:
        yield (
            "gate",
            old.id,
            old.id,
            new.id,
            "renamed",
            Why("pathway_cases.gate-renamed", {"gate": old.label, "to": new.id}),
        )
    for name in (
        "owner",
        "decide_within",
        "missed",
        "approvals",
        "decisions",
        "recycle_to",
        "cure_within",
        "hold_at_most",
    ):
        before, after = _text(getattr(old, name)), _text(getattr(new, name))
        if before != after:
            args = {"gate": new.label, "field": Why(f"pathway_cases.field-{name.replace('_', '-')}"),
                    "before": _said(left, old, name), "after": _said(right, new, name)}  # fmt: skip
            yield "gate", new.id, before, after, "changed", Why("pathway_cases.gate-changed", args)
    asked, asks = {c.name for c in old.criteria}, {c.name for c in new.criteria}
    for name in sorted(asked - asks):
        why = Why("pathway_cases.criterion-removed", {"gate": new.label, "criterion": name})
        yield "gate", new.id, name, None, "removed", why
    for name in sorted(asks - asked):
        why = Why("pathway_cases.criterion-added", {"gate": new.label, "criterion": name})
        yield "gate", new.id, None, name, "added", why


def _steps(old: Machine, new: Machine) -> Iterator[_Row]:
    had, has = ({step.id: step for step in runs.steps} for runs in (old, new))
    for id in sorted(had.keys() - has.keys()):
        yield "step", id, id, None, "removed", Why("pathway_cases.step-removed", {"step": had[id].label})
    for id in sorted(has.keys() - had.keys()):
        yield "step", id, None, id, "added", Why("pathway_cases.step-added", {"step": has[id].label})


def _of_case(old: Machine, new: Machine, state: State, at: tuple[int | None, ...]) -> Iterator[_Row]:
    """What carries over for this very case: decisions taken, dates stored, signatures, what counts as passed."""
    moved = carried(old, new, state)
    for line, after in zip(state.lines, moved.lines, strict=True):
        taken = sum(1 << to for n, to in enumerate(at) if line.passed >> n & 1 and to is not None)
        for n, to in enumerate(at):
            if line.passed >> n & 1:
                yield _decision(old, new, n, to, line.name)
        for to in range(len(new.stages)):
            if after.passed >> to & 1 and not taken >> to & 1:
                why = Why("pathway_cases.credited", {"stage": new.stages[to].label, "gate": new.gates[to].label})
                yield "decision", new.gates[to].id, None, "go", "credited", why
        for token, then in zip(line.tokens, after.tokens, strict=True):
            yield from _open_stage(old, new, token.waited, token.stage, token.signed, then.stage, then.signed)
    yield from _ahead(new, moved)


def _decision(old: Machine, new: Machine, n: int, to: int | None, branch: str) -> _Row:
    args = {"gate": old.gates[n].label, "branch": branch or Label("—")}
    if to is None:
        return "decision", old.gates[n].id, "go", None, "removed", Why("pathway_cases.decision-dropped", args)
    return "decision", old.gates[n].id, "go", new.gates[to].id, "carried", Why("pathway_cases.decision-carried", args)


def _open_stage(
    old: Machine, new: Machine, due: date | None, n: int, signed: int, to: int, kept: int
) -> Iterator[_Row]:
    stage = new.stages[to]
    yield ("stage", stage.id, old.stages[n].id, stage.id, "carried",
           Why("pathway_cases.stage-carried", {"stage": old.stages[n].label, "to": stage.label}))  # fmt: skip
    day = due.isoformat() if due else None
    yield "due", stage.id, day, day, "kept", Why("pathway_cases.due-kept", {"stage": stage.label, "due": due})
    if kept < signed:
        why = Why("pathway_cases.sign-again", {"gate": stage.gate.label, "n": signed - kept})
        yield "decision", stage.gate.id, str(signed), str(kept), "again", why


def _ahead(new: Machine, moved: State) -> Iterator[_Row]:
    """The stages the case would still have to pass."""
    main = moved.lines[0]
    left = new.required & ~satisfied(new, moved, main) & ~held_by(main)
    for n, stage in enumerate(new.stages):
        if left >> n & 1:
            why = Why("pathway_cases.stage-ahead", {"stage": stage.label, "gate": stage.gate.label})
            yield "stage", stage.id, None, stage.id, "ahead", why


def _said(runs: Machine, gate: Gate, name: str) -> object:
    """A gate's field as a sentence shows it: roles, decisions and stages by their names."""
    match name, getattr(gate, name):
        case _, None | "" | ():
            return Label("—")
        case "owner", str(role):
            return role_why(role)
        case "approvals", tuple(roles):
            return tuple(role_why(role) for role in roles)
        case "decisions", tuple(codes):
            return tuple(vocabularies()["decision"].get(code, Label(code)) for code in codes)
        case "recycle_to", str(id):
            return runs.stages[runs.stage_at[id]].label
        case "missed", Missed(then, to):
            return Why(f"pathway.missed-{then}", {"to": role_why(to)} if to else {})
        case _, value:
            return value


def _text(value: object) -> str | None:
    """A gate's field as a cell shows it."""
    match value:
        case None | "" | ():
            return None
        case tuple():
            return "; ".join(map(str, value))
        case str() | int():
            return str(value)
    then, to = getattr(value, "then", ""), getattr(value, "to", "")
    return f"{then} → {to}" if to else str(then)


def _listed(case: str, shown: Preview) -> tuple[Any, ...]:
    effects = shown.rows["effect"].to_list()
    return (case, shown.old, shown.new, shown.possible, *(effects.count(e) for e in _COUNTED), shown.why.to_json())


def _broken(row: Mapping[str, Any], fault: Fault) -> Preview:
    key = f"{row['pathway']}@{row['pathway_version']}"
    why = Why("pathway_cases.preview-broken", {"case": row["case"]}, (fault.what,))
    return Preview(str(row["case"]), key, key, False, pl.DataFrame(schema=ROWS), why)
