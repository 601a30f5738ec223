"""What may happen next to a case, and who is waited for: the law of `step` read the other way round.

Only what moves a case is listed; papers, meetings and payments are always possible while it is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.shown import waited_role
from tongtu.pathway.cases.state import (
    HELD,
    RECYCLED,
    SUBMITTED,
    Line,
    State,
    Token,
    enterable,
    start,
)


class Move(NamedTuple):
    """An event that would be taken now. `branch` "*" is an answer that is not there yet; `late` asks for a past due."""

    kind: str
    branch: str = ""
    stage: str | None = None
    gate: str | None = None
    decision: str | None = None
    role: str | None = None
    step: str | None = None
    late: bool = False


def moves(machine: Machine, state: State) -> tuple[Move, ...]:
    """The moves of a case in order of its lines and stages: kind, branch, stage, gate, decision, role, step, late.

    `role` is who would act: the holder who works, the next to sign, the owner who decides. Gates that a fast lane lets
    wait are listed beside the stages that went on without them.
    """
    return tuple(_moves(machine, state))


def _moves(machine: Machine, state: State) -> Iterator[Move]:
    if state.opened is None:
        yield Move("opened")
        return
    if state.before is not None:
        yield Move("reverted")
    if state.ended:
        yield Move("reopened")
        return
    for line in state.lines:
        if line.out:
            continue
        for token in line.tokens:
            yield from _of_token(machine, state, line, token)
        yield from _steps(machine, line)
        yield from _entries(machine, state, line)
        if line.name:
            yield Move("closed", line.name)
    yield from _newcomers(machine, state)
    yield Move("closed")


def _of_token(machine: Machine, state: State, line: Line, token: Token) -> Iterator[Move]:
    stage, gate = machine.stages[token.stage].id, machine.gates[token.stage]
    place = (line.name, stage)
    role = waited_role(machine, token)
    if token.phase == HELD:
        yield Move("resumed", *place, gate.id, role=role)
    else:
        yield Move("submitted", *place, role=token.role or "holder")
    if token.phase == RECYCLED:
        yield Move("entered", *place, role="holder")
    yield Move("extended", *place, gate.id)
    if token.signed < len(gate.approvals):
        if token.phase < HELD:
            yield Move("signed", *place, gate.id, role=gate.approvals[token.signed])
    else:
        yield from _decisions(machine, state, line, token)
    if gate.missed.then == "escalate" and not token.raised:
        yield Move("escalated", *place, gate.id, role=gate.missed.to, late=True)
    if gate.missed.then == "approve" and token.phase == SUBMITTED and may_pass(machine, state, line, token):
        yield Move("approved", *place, gate.id, role=gate.missed.to, late=True)


def _decisions(machine: Machine, state: State, line: Line, token: Token) -> Iterator[Move]:
    gate = machine.gates[token.stage]
    for decision in gate.decisions:
        if token.phase >= HELD and decision != "kill":
            continue
        if decision == "go" and not may_pass(machine, state, line, token):
            continue
        back = machine.recycle[token.stage]
        if decision == "recycle" and line.name and not machine.many >> back & 1:
            continue
        yield Move("decided", line.name, machine.stages[token.stage].id, gate.id, decision, gate.owner)


def may_pass(machine: Machine, state: State, line: Line, token: Token) -> bool:
    """In a tournament an answer passes only while there are enough answers and there is room."""
    limits = machine.stages[token.stage].parallel
    if limits is None or not line.name:
        return True
    came = sum(1 for other in state.lines[1:] if other.rounds[token.stage])
    on = sum(1 for other in state.lines[1:] if not other.out and other.passed >> token.stage & 1)
    return came >= limits.least and on < limits.keep


def _steps(machine: Machine, line: Line) -> Iterator[Move]:
    for n, step in enumerate(machine.steps):
        stage = next(k for k, steps in enumerate(machine.steps_of) if steps >> n & 1)
        if line.passed >> stage & 1 and not line.did >> n & 1:
            yield Move("completed", line.name, machine.stages[stage].id, role=step.responsible, step=step.id)


def _entries(machine: Machine, state: State, line: Line) -> Iterator[Move]:
    for n in enterable(machine, state, line):
        if not line.name or _place_left(machine, state, line, n):
            yield Move("entered", line.name, machine.stages[n].id, role="holder")


def _newcomers(machine: Machine, state: State) -> Iterator[Move]:
    """A new answer may still come to a stage of a tournament."""
    newcomer = start(machine).lines[0]._replace(name="*")
    for n in enterable(machine, state, newcomer):
        if _place_left(machine, state, newcomer, n):
            yield Move("entered", "*", machine.stages[n].id, role="holder")


def _place_left(machine: Machine, state: State, line: Line, stage: int) -> bool:
    limits = machine.stages[stage].parallel
    if limits is None or line.rounds[stage]:
        return True
    return sum(1 for other in state.lines[1:] if other.rounds[stage]) < limits.most
