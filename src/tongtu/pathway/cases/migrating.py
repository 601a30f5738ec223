"""Another version of the pathway, and back.

A case keeps the version it was opened on until somebody migrates it. The state is carried over stage by stage; what a
newer version asks before the point a case has reached counts as passed (nobody goes back for it), and stored dates stay
as they are. Taking a migration back tells the rest of the log again on the version before, so there and back is where
one began, and what happened in between is kept as far as the older version knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tongtu.pathway.cases.events import Event
from tongtu.pathway.cases.finding import stage_of
from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.refusal import CaseRefused, refused
from tongtu.pathway.cases.state import Line, State, Token, held_by
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

Step = Callable[[Machine, State, Event, Mapping[str, Machine]], State]
#: For each stage of the version left, its number in the version entered.
Images = tuple[int | None, ...]


def migrated(machine: Machine, state: State, event: Event, machines: Mapping[str, Machine]) -> State:
    to = _target(machine, event, machines)
    obstacles = hindrances(machine, to, state)
    if obstacles:
        raise CaseRefused([_fault(event, why) for why in obstacles])
    return carried(machine, to, state)._replace(before=state, since=(), last=event.on)


def reverted(state: State, event: Event, machines: Mapping[str, Machine], step: Step) -> State:
    before = state.before
    if before is None:
        raise refused("not-migrated", event, "kind")
    old, new = _one(machines, before.key, event), _one(machines, state.key, event)
    if event.version and f"{old.pathway.id}@{event.version}" != before.key:
        raise refused("revert-elsewhere", event, "version", version=event.version, back=before.key)
    back = {image: n for n, image in enumerate(images(old, new)) if image is not None}
    for told in state.since:
        before = step(old, before, _renamed(told, new, old, back, event), machines)
    return before._replace(last=event.on)


def images(old: Machine, new: Machine) -> Images:
    """Where each stage of one version is found on another: as the pathway maps it, else under its own id."""
    if old.pathway.version not in new.pathway.migrates and new.pathway.version in old.pathway.migrates:
        back = {to: stage for stage, to in old.pathway.migrates[new.pathway.version].items()}
        return tuple(new.stage_at.get(back.get(stage.id, stage.id)) for stage in old.stages)
    named = new.pathway.migrates.get(old.pathway.version, {})
    return tuple(new.stage_at.get(named.get(stage.id, stage.id)) for stage in old.stages)


def hindrances(old: Machine, new: Machine, state: State) -> tuple[Why, ...]:
    """What keeps a case from migrating; nothing where it may."""
    if state.opened is None:
        return (Why("pathway_cases.not-begun"),)
    if state.ended:
        return (Why(f"pathway_cases.was-{state.ended}", {"over": state.over}),)
    found: list[Why] = []
    at = images(old, new)
    if state.lane is not None and state.lane not in new.waived:
        found.append(Why("pathway_cases.migrate-lane", {"lane": state.lane, "version": new.key}))
    waived = new.waived.get(state.lane or "", 0)
    for line in state.lines:
        places = [at[token.stage] for token in line.tokens]
        for token, to in zip(line.tokens, places, strict=True):
            label = old.stages[token.stage].label
            if to is None:
                found.append(Why("pathway_cases.migrate-no-stage", {"stage": label, "version": new.key}))
            elif places.count(to) > 1:
                found.append(Why("pathway_cases.migrate-merged", {"stage": label, "to": new.stages[to].label}))
            elif bool(new.many >> to & 1) != bool(line.name):
                found.append(Why("pathway_cases.migrate-branches", {"stage": label, "to": new.stages[to].label}))
            elif any(p is not None and p != to and new.below[to] >> p & 1 for p in places) and not waived >> to & 1:
                found.append(Why("pathway_cases.migrate-relied-on", {"stage": label, "version": new.key}))
    return tuple(found)


def carried(old: Machine, new: Machine, state: State) -> State:
    """The state on another version; `hindrances` has found none."""
    at = images(old, new)
    lines = [_line(old, new, line, at) for line in state.lines]
    reached = [line.passed | held_by(line) for line in lines]
    behind = _behind(new, sum_of(reached))
    won = sum_of([line.passed for line in lines[1:]]) & new.many
    main = lines[0]._replace(passed=lines[0].passed | _credit(new, reached[0], lines[0], ~won) | behind & ~new.many)
    answers = [
        line._replace(passed=line.passed | _credit(new, reach, line, new.many))
        for line, reach in zip(lines[1:], reached[1:], strict=True)
    ]
    # stages that became one are passed when the last of them is
    whole = tuple(line._replace(passed=line.passed & ~held_by(line)) for line in (main, *answers))
    return state._replace(key=new.key, lines=whole)


def sum_of(masks: list[int]) -> int:
    """All sets in one."""
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def _credit(new: Machine, reach: int, line: Line, among: int) -> int:
    """What the new version puts before the point a line has reached: it counts as passed."""
    return _behind(new, reach) & among & ~held_by(line)


def _behind(new: Machine, reach: int) -> int:
    return sum_of([above for n, above in enumerate(new.above) if reach >> n & 1])


def _line(old: Machine, new: Machine, line: Line, at: Images) -> Line:
    passed, rounds = 0, [0] * len(new.stages)
    for n, to in enumerate(at):
        if to is None:
            continue
        passed |= 1 << to if line.passed >> n & 1 else 0
        rounds[to] = max(rounds[to], line.rounds[n])
    tokens = tuple(_token(old, new, token, to) for token in line.tokens if (to := at[token.stage]) is not None)
    steps = {n: _step(old, new, n, at) for n in range(len(old.steps))}
    owed, did = (sum_of([1 << to for n, to in steps.items() if mask >> n & 1 and to is not None])
                 for mask in (line.owed, line.did))  # fmt: skip
    return line._replace(tokens=tokens, passed=passed, rounds=tuple(rounds), owed=owed, did=did)


def _token(old: Machine, new: Machine, token: Token, to: int) -> Token:
    """Signatures carry over as far as the same roles sign in the same order."""
    same = 0
    for a, b in zip(old.gates[token.stage].approvals[: token.signed], new.gates[to].approvals, strict=False):
        if a != b:
            break
        same += 1
    return token._replace(stage=to, signed=same)


def _step(old: Machine, new: Machine, step: int, at: Images) -> int | None:
    stage = next(n for n, steps in enumerate(old.steps_of) if steps >> step & 1)
    to = at[stage]
    return None if to is None else new.step_of(to, old.steps[step].id)


def _renamed(told: Event, new: Machine, old: Machine, back: Mapping[int, int], event: Event) -> Event:
    """An event of the newer version in the older one's words."""
    at = stage_of(new, told)
    if at is None:
        return told
    if at not in back:
        raise refused("revert-moved-on", event, "kind", stage=new.stages[at].label, told=told.event)
    stage = old.stages[back[at]]
    return told._replace(stage=told.stage and stage.id, gate=told.gate and stage.gate.id)


def _target(machine: Machine, event: Event, machines: Mapping[str, Machine]) -> Machine:
    if not event.version:
        raise refused("version-missing", event, "version")
    if event.version == machine.pathway.version:
        raise refused("version-same", event, "version", version=event.version)
    return _one(machines, f"{machine.pathway.id}@{event.version}", event)


def _one(machines: Mapping[str, Machine], key: str, event: Event) -> Machine:
    found = machines.get(key)
    if found is None:
        raise refused("version-unknown", event, "version", version=key, known=tuple(sorted(machines)))
    return found


def _fault(event: Event, why: Why) -> Fault:
    args = {"event": event.event}
    what = Why("pathway_cases.migrate-hindered", args, (why,))
    return Fault(what, Why("pathway_cases.migrate-hindered-repair", args), sheet="events", column="version",
                 value=event.version or "")  # fmt: skip
