"""One event after another: `step` is the whole law of a case.

The state is a value; a refused event leaves nothing behind. What a kind of event means stands in one function each,
here and in `deciding` (gates), `contest` (answers to a call) and `migrating` (versions of the pathway).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tongtu.pathway.cases import contest, deciding, migrating
from tongtu.pathway.cases.events import AFTERWARDS, REMARKS, Event
from tongtu.pathway.cases.finding import changed, find, labels, new_tuple, role_why, stage_of, with_line
from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.refusal import refused
from tongtu.pathway.cases.state import (
    ASKED,
    HELD,
    RECYCLED,
    SUBMITTED,
    WORKED,
    Line,
    State,
    Token,
    owing,
    taken,
    unmet,
)

_NONE: Mapping[str, Machine] = MappingProxyType({})


def step(machine: Machine, state: State, event: Event, machines: Mapping[str, Machine] = _NONE) -> State:
    """The state after one more event of the log.

    `machine` is that of the version the state stands on (`state.key`); `machines`, by key, holds the versions a case
    may migrate to and back. Raises CaseRefused, with what is wrong and what would be in order, for every event that the
    state does not allow.
    """
    handle = _HANDLERS.get(event.kind)
    if handle is None:
        return _rare(machine, state, event, machines)
    if state.last is None or state.ended or event.on < state.last:
        _begun(state, event)
    new = handle(machine, state, event)
    if state.before is not None:
        new = new._replace(since=(*state.since, event))
    return new


def _rare(machine: Machine, state: State, event: Event, machines: Mapping[str, Machine]) -> State:
    """What changes no stage, opens or reopens a case, or puts it on another version."""
    if event.kind not in _RARE:
        raise refused("kind-unknown", event, "kind", kind=event.kind)
    if event.kind == "opened":
        return _opened(machine, state, event)
    _begun(state, event)
    match event.kind:
        case "migrated":
            return migrating.migrated(machine, state, event, machines)
        case "reverted":
            return migrating.reverted(state, event, machines, step)
    new = _reopened(state, event) if event.kind == "reopened" else state
    return new if state.before is None else new._replace(since=(*state.since, event))


_RARE = REMARKS | {"opened", "reopened", "migrated", "reverted"}


def _begun(state: State, event: Event) -> None:
    """A case must be open, but for what may come after its end."""
    if state.opened is None:
        raise refused("not-opened", event, "kind")
    if state.ended and event.kind not in AFTERWARDS and (state.ended, event.kind) != ("killed", "closed"):
        raise refused("after-end", event, "kind", over=state.over)
    if event.on < state.opened:
        raise refused("before-opened", event, "on", on=event.on, opened=state.opened)
    if state.last is not None and event.on < state.last and event.kind not in REMARKS:
        raise refused("before-last", event, "on", on=event.on, last=state.last)


def _opened(machine: Machine, state: State, event: Event) -> State:
    """A case may enter where its evidence puts it: what lies before counts as passed."""
    if state.opened is not None:
        raise refused("opened-twice", event, "kind", opened=state.opened)
    lane = event.lane or state.lane
    if lane is not None and lane not in machine.waived:
        raise refused("lane-unknown", event, "lane", lane=lane, known=tuple(machine.waived))
    at = stage_of(machine, event)
    credited = 0 if at is None else machine.above[at]
    return state._replace(opened=event.on, last=event.on, lane=lane, lines=(state.lines[0]._replace(passed=credited),))


def _entered(machine: Machine, state: State, event: Event) -> State:
    at = stage_of(machine, event)
    if at is None:
        raise refused("stage-missing", event, "stage")
    main = state.lines[0]
    asked, wanted = machine.plain[at]
    if main.passed & asked == wanted and not main.tokens and not main.owed and not event.branch:
        return _begin(state, 0, main, at, event)  # one stage after another: all the checks below would say yes
    place, line = contest.line_for(machine, state, event, at)
    for k, token in enumerate(line.tokens):
        if token.stage == at:
            return with_line(state, place, _entered_again(machine, line, k, event), event)
    if taken(state, line) & machine.below[at]:
        raise refused("gone-past", event, "stage", stage=machine.stages[at].label)
    missing = unmet(machine, state, line, at)
    if missing:
        args = {"stage": machine.stages[at].label, "missing": labels(machine, missing)}
        raise refused("not-yet", event, "stage", **args)
    if line.owed or state.lines[0].owed:
        _no_step_owed(machine, state, line, at, event)
    return _begin(state, place, line, at, event)


def _begin(state: State, place: int, line: Line, at: int, event: Event) -> State:
    """A new stay, the first or a further one of this line in this stage."""
    name, tokens, passed, rounds, owed, did, out, lead, team = line
    again = rounds[at] + 1
    rounds = (*rounds[:at], again, *rounds[at + 1 :])
    on = event.on
    token: Token = new_tuple(Token, (at, WORKED, on, on, event.due, again, None, 0, False, WORKED, None, None))
    tokens = (*tokens, token)
    entered = (name, tokens, passed, rounds, owed, did, out, lead or event.by, team)
    return with_line(state, place, new_tuple(Line, entered), event)


def _entered_again(machine: Machine, line: Line, k: int, event: Event) -> Line:
    """What was sent back is taken up: the stay goes on, its work has begun."""
    token = line.tokens[k]
    if token.phase != RECYCLED:
        raise refused("entered-twice", event, "stage", stage=machine.stages[token.stage].label, since=token.entered)
    return changed(line, k, token._replace(phase=WORKED, since=event.on, due=event.due or token.due))


def _no_step_owed(machine: Machine, state: State, line: Line, at: int, event: Event) -> None:
    owed = owing(machine, state, line, at)
    if owed:
        steps = tuple(step.label for n, step in enumerate(machine.steps) if owed >> n & 1)
        raise refused("step-owed", event, "stage", stage=machine.stages[at].label, steps=steps)


def _submitted(machine: Machine, state: State, event: Event) -> State:
    return _turned(machine, state, event, SUBMITTED)


def _asked(machine: Machine, state: State, event: Event) -> State:
    return _turned(machine, state, event, ASKED)


def _turned(machine: Machine, state: State, event: Event, phase: int) -> State:
    """Papers handed in, or more of them asked for: whose turn it is changes, the stored date only if a new one came."""
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    if token.phase == HELD:
        raise refused("held", event, "kind", stage=machine.stages[token.stage].label, since=token.since)
    if phase == ASKED and token.phase == RECYCLED:
        phase = RECYCLED
    turned = token._replace(phase=phase, since=event.on, due=event.due or token.due, role=None, to=None)
    return with_line(state, place, changed(line, k, turned), event)


def _assigned(machine: Machine, state: State, event: Event) -> State:
    """Somebody else is waited for; in a branch, `to` joins the team of that answer."""
    if event.kind == "handed" and event.to is None:
        raise refused("handed-to-nobody", event, "to")
    if event.branch and event.to is not None:
        state = contest.joined(machine, state, event)
    open_ = [token for line in state.lines for token in line.tokens if line.name == (event.branch or "")]
    if not event.stage and not event.gate and len(open_) != 1:
        return state
    at = stage_of(machine, event)
    if at is not None and not any(token.stage == at for token in open_):
        return state
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    role = token.role if event.kind == "handed" else event.role or token.role
    return with_line(state, place, changed(line, k, token._replace(role=role, to=event.to)), event)


def _extended(machine: Machine, state: State, event: Event) -> State:
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    if event.due is None:
        raise refused("extended-without-due", event, "due")
    if token.waited is not None and event.due <= token.waited:
        raise refused("extended-not-later", event, "due", due=event.due, before=token.waited)
    later = token._replace(until=event.due) if token.phase == HELD else token._replace(due=event.due, raised=False)
    return with_line(state, place, changed(line, k, later), event)


def _resumed(machine: Machine, state: State, event: Event) -> State:
    place, line, k = find(machine, state, event, phase=HELD)
    token = line.tokens[k]
    if token.phase != HELD:
        raise refused("not-held", event, "kind", stage=machine.stages[token.stage].label)
    resumed = token._replace(phase=token.back, since=event.on, due=event.due or token.due, until=None)
    return with_line(state, place, changed(line, k, resumed), event)


def _completed(machine: Machine, state: State, event: Event) -> State:
    """A statutory step is done: it belongs to a stage whose gate was passed, and is done once."""
    place, line = contest.line_named(state, event)
    at = stage_of(machine, event)
    stages = range(len(machine.stages)) if at is None else (at,)
    found = [(n, stage) for stage in stages if (n := machine.step_of(stage, event.step or "")) is not None]
    if not found:
        raise refused("step-unknown", event, "step", step=event.step or "")
    done = [(n, stage) for n, stage in found if line.passed >> stage & 1]
    step, stage = next(((n, stage) for n, stage in done if not line.did >> n & 1), [*done, *found][0])
    label = machine.steps[step].label
    if not done:
        raise refused("step-early", event, "step", step=label, gate=machine.gates[stage].label)
    if line.did >> step & 1:
        raise refused("step-twice", event, "step", step=label)
    return with_line(state, place, line._replace(owed=line.owed & ~(1 << step), did=line.did | 1 << step), event)


def _lane(machine: Machine, state: State, event: Event) -> State:
    """Onto a fast lane, or off it (blank) while nothing relies on it."""
    if event.lane is not None and event.lane not in machine.waived:
        raise refused("lane-unknown", event, "lane", lane=event.lane, known=tuple(machine.waived))
    if event.lane is not None:
        owner = machine.pathway.lane(event.lane).risk_owner
        if event.role is not None and event.role != owner:
            raise refused("lane-owner", event, "role", owner=role_why(owner), role=role_why(event.role))
    _nothing_relies(machine, state, event)
    return state._replace(lane=event.lane, last=event.on)


def _nothing_relies(machine: Machine, state: State, event: Event) -> None:
    """A lane may be left only where no work went on before a gate that it let wait."""
    lost = machine.waived.get(state.lane or "", 0) & ~machine.waived.get(event.lane or "", 0)
    for line in state.lines:
        for token in line.tokens:
            beyond = machine.below[token.stage] & ~(1 << token.stage)
            if lost >> token.stage & 1 and taken(state, line) & beyond:
                raise refused("lane-relied-on", event, "lane", stage=machine.stages[token.stage].label)


def _signed(machine: Machine, state: State, event: Event) -> State:
    """With a gate, the next approval it asks for; otherwise an agreement, which moves no stage."""
    return deciding.approve(machine, state, event) if event.gate and not event.agreement else state


def _closed(machine: Machine, state: State, event: Event) -> State:
    """The case is over; with a branch, only that answer is withdrawn."""
    if state.ended:
        return state  # a stopped case is filed: it stays stopped
    if not event.branch:
        return state._replace(ended="closed", over=event.on, last=event.on)
    place, line = contest.line_named(state, event)
    return with_line(state, place, line._replace(tokens=(), out="withdrawn"), event)


def _reopened(state: State, event: Event) -> State:
    """What was open at the end is open again, as new stays; a gate that stopped the case decides anew."""
    if not state.ended:
        raise refused("not-over", event, "kind")
    lines = tuple(_again(line, event) for line in state.lines)
    return state._replace(lines=lines, ended="", over=None, last=event.on)


def _again(line: Line, event: Event) -> Line:
    tokens, rounds = [], list(line.rounds)
    for token in line.tokens:
        rounds[token.stage] += 1
        phase = SUBMITTED if token.phase == HELD else token.phase
        tokens.append(Token(token.stage, phase, event.on, event.on, event.due, rounds[token.stage]))
    return line._replace(tokens=tuple(tokens), rounds=tuple(rounds))


_HANDLERS: dict[str, Callable[[Machine, State, Event], State]] = {
    "decided": deciding.decided,
    "entered": _entered,
    "submitted": _submitted,
    "asked": _asked,
    "assigned": _assigned,
    "handed": _assigned,
    "approved": deciding.by_silence,
    "escalated": deciding.escalated,
    "signed": _signed,
    "extended": _extended,
    "resumed": _resumed,
    "completed": _completed,
    "shortlisted": contest.ruled,
    "awarded": contest.ruled,
    "eliminated": contest.ruled,
    "lane": _lane,
    "closed": _closed,
}
