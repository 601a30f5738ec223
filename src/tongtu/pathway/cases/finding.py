"""Which token an event speaks of, and how a new state is put together from an old one."""

from __future__ import annotations

from tongtu.pathway.cases.events import Event
from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.refusal import refused
from tongtu.pathway.cases.state import Line, State, Token
from tongtu.terms.why import Label, Why

#: Makes a named tuple without its slower constructor; used where every gate decision passes.
new_tuple = tuple.__new__


def role_why(role: str) -> Why:
    return Why(f"pathway.role-{role}")


def labels(machine: Machine, mask: int) -> tuple[Label, ...]:
    return tuple(stage.label for n, stage in enumerate(machine.stages) if mask >> n & 1)


def stage_of(machine: Machine, event: Event) -> int | None:
    """The stage an event names, itself or by its gate; None where it names neither."""
    if event.stage:
        at = machine.stage_at.get(event.stage)
        if at is None:
            raise refused("stage-unknown", event, "stage", stage=event.stage, pathway=machine.key)
        if event.gate and machine.gates[at].id != event.gate:
            args = {"gate": event.gate, "stage": machine.stages[at].label, "own": machine.gates[at].id}
            raise refused("gate-elsewhere", event, "gate", **args)
        return at
    if event.gate:
        at = machine.gate_at.get(event.gate)
        if at is None:
            raise refused("gate-unknown", event, "gate", gate=event.gate, pathway=machine.key)
        return at
    return None


def find(machine: Machine, state: State, event: Event, phase: int | None = None) -> tuple[int, Line, int]:
    """The line and the token an event speaks of: the stage it names, else the only one open (in that phase)."""
    place = place_of(state, event) if event.branch else 0
    line = state.lines[place]
    at = stage_of(machine, event)
    for k, token in enumerate(line.tokens):
        if token.stage == at:
            return place, line, k
    if at is not None:
        raise refused("not-in-stage", event, "stage" if event.stage else "gate", stage=machine.stages[at].label)
    return place, line, _only(machine, line, event, phase)


def _only(machine: Machine, line: Line, event: Event, phase: int | None) -> int:
    """The one token meant by an event that names no stage."""
    fits = [k for k, token in enumerate(line.tokens) if phase is None or token.phase == phase]
    if not fits:
        raise refused("nothing-open", event, "stage")
    if len(fits) > 1:
        stages = tuple(machine.stages[line.tokens[k].stage].label for k in fits)
        raise refused("which-stage", event, "stage", stages=stages)
    return fits[0]


def place_of(state: State, event: Event) -> int:
    """Which line a branch is. Raises CaseRefused where there is none, or it is out."""
    for place, line in enumerate(state.lines):
        if place and line.name == event.branch:
            if line.out:
                raise refused("branch-out", event, "branch", branch=line.name)
            return place
    raise refused("branch-unknown", event, "branch", branch=event.branch)


def changed(line: Line, k: int, token: Token) -> Line:
    """The line with one token put in place of another."""
    return line._replace(tokens=(*line.tokens[:k], token, *line.tokens[k + 1 :]))


def with_line(state: State, place: int, line: Line, event: Event) -> State:
    """The state after an event that put one line in place of another, or a new one behind the others."""
    key, opened, _, lines, lane, ended, over, before, since = state
    lines = (line,) if len(lines) == 1 and not place else (*lines[:place], line, *lines[place + 1 :])
    return new_tuple(State, (key, opened, event.on, lines, lane, ended, over, before, since))
