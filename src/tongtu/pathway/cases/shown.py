"""A state as rows: who is waited for, since when, until when, what may come next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tongtu.pathway.cases.finding import labels, role_why
from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.state import HELD, PHASES, SUBMITTED, Line, State, Token, enterable, owing, standing
from tongtu.terms.why import Why


def standings(
    machine: Machine, state: State, row: Mapping[str, Any], last: date | None, as_of: date
) -> Iterator[tuple[Any, ...]]:
    """One row per open stage of each line, else one for the line; columns as `STATES` says."""
    for line in state.lines:
        tokens: tuple[Token | None, ...] = line.tokens if state.live else ()
        for token in tokens or (None,):
            yield _row(machine, state, line, token, row, last, as_of)


def waited_role(machine: Machine, token: Token) -> str:
    """Who is waited for in a stage: the one asked to work, the next to sign, the owner, or whom it went up to."""
    gate = machine.gates[token.stage]
    if token.phase == SUBMITTED:
        if token.raised:
            return gate.missed.to
        return token.role or (gate.approvals[token.signed] if token.signed < len(gate.approvals) else gate.owner)
    if token.phase == HELD:
        return gate.missed.to if token.raised else gate.owner
    return token.role or "holder"


def organisation(row: Mapping[str, Any], line: Line, role: str | None) -> str | None:
    """Which organisation plays a role in this case, as far as its row tells."""
    if role == "holder":
        found = line.lead if line.name else row.get("holder") or row.get("lead")
    else:
        found = row.get(role) if role in ("demander", "platform") else None
    return None if found is None else str(found)


def _row(
    machine: Machine, state: State, line: Line, token: Token | None, row: Mapping[str, Any], last: date | None,
    as_of: date,
) -> tuple[Any, ...]:  # fmt: skip
    role, why = _waits(machine, state, line, token)
    due = token.waited if token else None
    overdue = due < as_of if due is not None and token else (None if token else False)
    place = (machine.stages[token.stage].id, machine.gates[token.stage].id) if token else (None, None)
    on = (token.to if token else None) or organisation(row, line, role)
    since = token.since if token else state.over or last
    return (
        row["case"], line.name, machine.pathway.id, machine.pathway.version, *place,
        _standing(machine, state, line, token), since, due, role, on, state.lane, overdue,
        token.round if token else None,
        list(machine.ids(sum(1 << n for n in enterable(machine, state, line)))), state.over, why.to_json(),
    )  # fmt: skip


def _standing(machine: Machine, state: State, line: Line, token: Token | None) -> str | None:
    if state.opened is None:
        return None
    if line.out:
        return "killed"
    if line.name and token is None and state.live:
        return "done" if line.passed & machine.many else "open"
    return standing(machine, state, token)


def _waits(machine: Machine, state: State, line: Line, token: Token | None) -> tuple[str | None, Why]:
    """The role waited for, and the reason as data."""
    if state.opened is None:
        return None, Why("pathway_cases.not-begun")
    if line.out:
        return None, Why(f"pathway_cases.branch-{line.out}", {"branch": line.name})
    if state.ended:
        return None, Why(f"pathway_cases.was-{state.ended}", {"over": state.over})
    if token is not None:
        role = waited_role(machine, token)
        args = {"stage": machine.stages[token.stage].label, "gate": machine.gates[token.stage].label,
                "role": role_why(role)}  # fmt: skip
        return role, Why(f"pathway_cases.waits-{PHASES[token.phase]}", args)
    return _between(machine, state, line)


def _between(machine: Machine, state: State, line: Line) -> tuple[str | None, Why]:
    """No stage is open: a step the law asks for, the next stage, the answers to a call, or nothing any more."""
    owed = 0
    for n in range(len(machine.stages)):
        owed |= owing(machine, state, line, n)
    if owed:
        step = next(step for n, step in enumerate(machine.steps) if owed >> n & 1)
        args = {"step": step.label, "role": role_why(step.responsible)}
        return step.responsible, Why("pathway_cases.waits-step", args)
    following = enterable(machine, state, line)
    if following:
        stages = labels(machine, sum(1 << n for n in following))
        return "holder", Why("pathway_cases.waits-entry", {"stages": stages})
    if standing(machine, state) == "done":
        return None, Why("pathway_cases.all-passed")
    return None, Why("pathway_cases.waits-others")
