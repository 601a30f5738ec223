"""A call and its answers: who may join, how many, who goes on and who is out.

An answer is a branch of the case, named in `branch`: its lead is whoever entered it, its partners are assigned to it.
"""

from __future__ import annotations

from tongtu.pathway.cases.deciding import may_decide, rule
from tongtu.pathway.cases.events import Event
from tongtu.pathway.cases.finding import find, place_of, with_line
from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.refusal import refused
from tongtu.pathway.cases.state import Line, State


def line_for(machine: Machine, state: State, event: Event, at: int) -> tuple[int, Line]:
    """The line that enters a stage: the main one, or an answer, new ones while there is room."""
    limits = machine.stages[at].parallel
    label = machine.stages[at].label
    if limits is None:
        if event.branch:
            raise refused("branch-not-here", event, "branch", stage=label)
        return 0, state.lines[0]
    if not event.branch:
        raise refused("branch-needed", event, "branch", stage=label)
    known = any(line.name == event.branch for line in state.lines)
    place = place_of(state, event) if known else len(state.lines)
    line = state.lines[place] if known else Line(event.branch, (), 0, (0,) * len(machine.stages), lead=event.by)
    if not line.rounds[at] and sum(1 for other in state.lines[1:] if other.rounds[at]) >= limits.most:
        raise refused("too-many-answers", event, "branch", stage=label, most=limits.most)
    return place, line


def line_named(state: State, event: Event) -> tuple[int, Line]:
    """The line an event names; the main one where it names none."""
    place = place_of(state, event) if event.branch else 0
    return place, state.lines[place]


def joined(machine: Machine, state: State, event: Event) -> State:
    """A partner joins an answer, as far as its stage takes partners."""
    place, line = line_named(state, event)
    if event.to is None or event.to == line.lead or event.to in line.team:
        return state
    limits = [stage.parallel for token in line.tokens if (stage := machine.stages[token.stage]).parallel]
    most = min((limit.partners for limit in limits if limit), default=None)
    if most is not None and len(line.team) >= most:
        raise refused("too-many-partners", event, "to", branch=line.name, most=most)
    return with_line(state, place, line._replace(team=line.team | {event.to}), event)


def ruled(machine: Machine, state: State, event: Event) -> State:
    """Shortlisted or awarded: the answer goes on. Eliminated: it is out. As its gate's owner decides."""
    if not event.branch:
        raise refused("branch-needed-here", event, "branch")
    place, line = line_named(state, event)
    if event.kind == "awarded" and not line.tokens and line.passed & machine.many:
        return state  # said again of the answer that already won
    place, line, k = find(machine, state, event)
    token = line.tokens[k]
    gate = machine.gates[token.stage]
    decision = "kill" if event.kind == "eliminated" else "go"
    may_decide(machine, gate, token, event, decision)
    follows = any(needs >> token.stage & 1 and machine.many >> n & 1 for n, needs in enumerate(machine.needs))
    if decision == "go" and follows != (event.kind == "shortlisted"):
        raise refused("award-too-early" if follows else "shortlist-too-late", event, "kind", gate=gate.label)
    return rule(machine, state, place, k, event, decision)
