"""The gates: who may decide, what each decision does, approvals before it, and what a missed deadline brings."""

from __future__ import annotations

from datetime import date

from tongtu.pathway.cases.events import Event
from tongtu.pathway.cases.finding import changed, find, new_tuple, role_why, with_line
from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.refusal import refused
from tongtu.pathway.cases.state import HELD, RECYCLED, SUBMITTED, Line, State, Token
from tongtu.pathway.model import Gate


def decided(machine: Machine, state: State, event: Event) -> State:
    """go, hold, recycle or kill, by the gate's owner once every approval is signed."""
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    gate = machine.gates[token.stage]
    decision = event.decision
    if decision is None or decision not in gate.decisions:
        raise refused("decision-unknown", event, "decision", decision=decision or "", known=gate.decisions)
    if event.role != gate.owner or token.phase >= HELD or token.signed < len(gate.approvals):
        may_decide(machine, gate, token, event, decision)
    if decision != "go" and not (event.reason and event.reason.strip()):
        raise refused("reason-missing", event, "reason", gate=gate.label)
    if decision == "go":
        return passed(machine, state, place, k, event)
    return rule(machine, state, place, k, event, decision)


def may_decide(machine: Machine, gate: Gate, token: Token, event: Event, decision: str) -> None:
    """The owner, or the role a missed decision went up to; after all approvals; nothing held, nothing uncured."""
    if event.role is not None and event.role != gate.owner and not (token.raised and event.role == gate.missed.to):
        args = {"gate": gate.label, "owner": role_why(gate.owner), "role": role_why(event.role)}
        raise refused("not-owner", event, "role", **args)
    if token.signed < len(gate.approvals):
        raise refused("approval-missing", event, "gate", gate=gate.label, role=role_why(gate.approvals[token.signed]))
    if token.phase >= HELD and decision != "kill":
        _may_go_on(machine, token, event)


def rule(machine: Machine, state: State, place: int, k: int, event: Event, decision: str) -> State:
    """What a decision does, once it may be taken."""
    match decision:
        case "go":
            return passed(machine, state, place, k, event)
        case "hold":
            return _hold(state, place, k, event)
        case "recycle":
            return _recycle(machine, state, place, k, event)
    return _kill(state, place, event)


def passed(machine: Machine, state: State, place: int, k: int, event: Event) -> State:
    """The gate is passed; the statutory steps in force on that day are owed from now on."""
    name, tokens, before, rounds, owed, did, out, lead, team = state.lines[place]
    at = tokens[k].stage
    if place:
        _room(machine, state, at, event)
    steps = machine.steps_of[at]
    if steps:
        owed |= _in_force(machine, steps, event.on)
    left = tokens[:k] + tokens[k + 1 :]
    gone = (name, left, before | 1 << at, rounds, owed, did, out, lead, team)
    return with_line(state, place, new_tuple(Line, gone), event)


def approve(machine: Machine, state: State, event: Event) -> State:
    """The next role signs: in the gate's own order, and only what was handed in."""
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    gate = machine.gates[token.stage]
    if token.signed >= len(gate.approvals):
        raise refused("approval-unasked", event, "gate", gate=gate.label)
    turn = gate.approvals[token.signed]
    if event.role != turn:
        raise refused("approval-order", event, "role", gate=gate.label, role=role_why(turn))
    if token.phase >= HELD:
        _may_go_on(machine, token, event)
    return with_line(state, place, changed(line, k, token._replace(signed=token.signed + 1, since=event.on)), event)


def by_silence(machine: Machine, state: State, event: Event) -> State:
    """Counts as passed because nobody decided in time: only where the pathway says so, only what was handed in."""
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    gate = machine.gates[token.stage]
    if gate.missed.then != "approve":
        raise refused("silence-not-here", event, "kind", gate=gate.label)
    if token.phase != SUBMITTED:
        raise refused("silence-unsubmitted", event, "kind", gate=gate.label)
    _late(gate, token, event)
    return passed(machine, state, place, k, event)


def escalated(machine: Machine, state: State, event: Event) -> State:
    """A missed decision goes up: from now on the role named by the pathway may take it too."""
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    gate = machine.gates[token.stage]
    if gate.missed.then != "escalate":
        raise refused("escalation-not-here", event, "kind", gate=gate.label)
    if token.raised:
        raise refused("escalated-twice", event, "kind", gate=gate.label)
    _late(gate, token, event)
    return with_line(state, place, changed(line, k, token._replace(raised=True, role=None, to=event.to)), event)


def _late(gate: Gate, token: Token, event: Event) -> None:
    due = token.waited
    if due is None:
        raise refused("due-unknown", event, "on", gate=gate.label)
    if event.on <= due:
        raise refused("not-late", event, "on", gate=gate.label, due=due)


def _may_go_on(machine: Machine, token: Token, event: Event) -> None:
    """What is held must be resumed first, and what was sent back must come in again."""
    code = "held" if token.phase == HELD else "not-cured"
    raise refused(code, event, "kind", stage=machine.stages[token.stage].label, since=token.since)


def _room(machine: Machine, state: State, at: int, event: Event) -> None:
    """In a tournament, as many answers as were asked for at least, and no more go on than may."""
    limits = machine.stages[at].parallel
    if limits is None:
        return
    came = sum(1 for line in state.lines[1:] if line.rounds[at])
    if came < limits.least:
        raise refused("too-few-answers", event, "branch", came=came, least=limits.least)
    on = sum(1 for line in state.lines[1:] if not line.out and line.passed >> at & 1)
    if on >= limits.keep:
        raise refused("too-many-kept", event, "branch", keep=limits.keep)


def _in_force(machine: Machine, steps: int, day: date) -> int:
    mask = 0
    for n, step in enumerate(machine.steps):
        if steps >> n & 1 and (step.since or day) <= day <= (step.until or day):
            mask |= 1 << n
    return mask


def _hold(state: State, place: int, k: int, event: Event) -> State:
    line = state.lines[place]
    token = line.tokens[k]
    held = token._replace(phase=HELD, since=event.on, until=event.due, back=token.phase)
    return with_line(state, place, changed(line, k, held), event)


def _kill(state: State, place: int, event: Event) -> State:
    """The case is stopped where it stands; in a tournament, only the answer."""
    if place:
        return with_line(state, place, state.lines[place]._replace(tokens=(), out="eliminated"), event)
    return state._replace(ended="killed", over=event.on, last=event.on)


def _recycle(machine: Machine, state: State, place: int, k: int, event: Event) -> State:
    """Back to be cured: what lies behind the stage it returns to is undone, and its next stay begins today."""
    at = state.lines[place].tokens[k].stage
    to = machine.recycle[at]
    branched = bool(machine.many >> to & 1)
    if place:
        if not branched:
            raise refused("recycle-leaves-branch", event, "decision", stage=machine.stages[to].label)
        return with_line(state, place, _sent_back(machine, state.lines[place], to, event, True), event)
    main, *answers = state.lines
    kept = [_sent_back(machine, line, to, event, bool(line.passed >> to & 1) and branched) for line in answers]
    return state._replace(lines=(_sent_back(machine, main, to, event, not branched), *kept), last=event.on)


def _sent_back(machine: Machine, line: Line, to: int, event: Event, here: bool) -> Line:
    """A line without all that lies at or behind a stage; `here` the stage is worked again."""
    if line.out:
        return line
    undone = machine.below[to]
    tokens = tuple(token for token in line.tokens if not undone >> token.stage & 1)
    rounds = line.rounds
    if here:
        again = rounds[to] + 1
        rounds = (*rounds[:to], again, *rounds[to + 1 :])
        tokens = (*tokens, Token(to, RECYCLED, event.on, event.on, event.due, again))
    steps = 0
    for n, owed in enumerate(machine.steps_of):
        steps |= owed if undone >> n & 1 else 0
    return line._replace(
        tokens=tokens, passed=line.passed & ~undone, rounds=rounds, owed=line.owed & ~steps, did=line.did & ~steps
    )
