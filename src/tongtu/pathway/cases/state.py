"""Where a case stands. A state is derived from the log, never stored, and never changed: a step makes a new one.

A case has a main line and, in a tournament, a line for every answer. On each line stand tokens, one per stage being
worked: several where stages are worked side by side, or where a fast lane let work go on before a gate was decided.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from tongtu.pathway.cases.events import Event
from tongtu.pathway.cases.machine import Machine

#: What a token waits for: work, more papers, the gate's decision, its end as held, the cure of what was sent back.
WORKED, ASKED, SUBMITTED, HELD, RECYCLED = range(5)
PHASES: Final = ("worked", "asked", "submitted", "held", "recycled")


class Token(NamedTuple):
    """A stage being worked. `due` is the stage's stored date, `until` that of a hold; `round` counts its stays."""

    stage: int
    phase: int
    entered: date
    since: date
    due: date | None
    round: int
    until: date | None = None
    #: how many of the gate's approvals are signed
    signed: int = 0
    #: the decision was missed and has gone up
    raised: bool = False
    #: what a held token returns to
    back: int = WORKED
    role: str | None = None
    to: str | None = None

    @property
    def waited(self) -> date | None:
        """The stored date of what is waited for now."""
        return self.until if self.phase == HELD else self.due


class Line(NamedTuple):
    """The main line ("") or one answer to a call. `passed` is a set of stages, `owed` and `did` sets of steps."""

    name: str
    tokens: tuple[Token, ...]
    passed: int
    rounds: tuple[int, ...]
    owed: int = 0
    did: int = 0
    #: "", "eliminated" or "withdrawn"
    out: str = ""
    lead: str | None = None
    team: frozenset[str] = frozenset()


class State(NamedTuple):
    """A case as its log tells it. `before` and `since` allow a migration to be taken back."""

    key: str
    opened: date | None
    #: the day of the last event that changed anything; none may be put before it
    last: date | None
    lines: tuple[Line, ...]
    lane: str | None = None
    #: "", "killed" or "closed"
    ended: str = ""
    over: date | None = None
    before: State | None = None
    since: tuple[Event, ...] = ()

    @property
    def live(self) -> bool:
        return self.opened is not None and not self.ended


def start(machine: Machine, lane: str | None = None) -> State:
    """Nothing has happened yet; `lane` is the fast lane a case begins on."""
    return State(machine.key, None, None, (Line("", (), 0, (0,) * len(machine.stages)),), lane)


def held_by(line: Line) -> int:
    """The stages being worked on a line."""
    mask = 0
    for token in line.tokens:
        mask |= 1 << token.stage
    return mask


def satisfied(machine: Machine, state: State, line: Line) -> int:
    """The stages that no longer keep a line of a live case from what comes behind them.

    Passed on this line or the main one; or its gate may wait on the case's lane and its work has begun; or it is
    optional and was passed over; or, for the main line, a tournament whose answers are all decided.
    """
    main = state.lines[0]
    done = line.passed | main.passed
    if state.lane is not None:
        done |= machine.waived.get(state.lane, 0) & (held_by(line) | held_by(main))
    if machine.many and line is main:
        for n in range(len(machine.stages)):
            done |= 1 << n if machine.many >> n & 1 and settled(machine, state, n) else 0
    if machine.optional:
        busy = held_by(line) | held_by(main)
        for n, needs in enumerate(machine.needs):
            if machine.optional >> n & 1 and not busy >> n & 1 and not needs & ~done:
                done |= 1 << n
    return done


def settled(machine: Machine, state: State, stage: int) -> bool:
    """Whether every answer still in a tournament has passed this stage of it, and there is one."""
    contest = machine.contest[stage]
    inside = [line for line in state.lines[1:] if not line.out and reached(line) & contest]
    return bool(inside) and all(line.passed >> stage & 1 for line in inside)


def reached(line: Line) -> int:
    """The stages a line was ever in."""
    return sum(1 << n for n, rounds in enumerate(line.rounds) if rounds)


def unmet(machine: Machine, state: State, line: Line, stage: int) -> int:
    """The stages that keep a line from entering a stage; nothing on the plain path but one AND."""
    needs = machine.needs[stage]
    missing = needs & ~line.passed
    return missing & ~satisfied(machine, state, line) if missing else 0


def owing(machine: Machine, state: State, line: Line, stage: int) -> int:
    """The statutory steps that keep a line from entering a stage."""
    owed = (line.owed | state.lines[0].owed) & machine.holding
    if not owed:
        return 0
    mask = 0
    for n, steps in enumerate(machine.steps_of):
        mask |= steps if machine.above[stage] >> n & 1 else 0
    return owed & mask


def enterable(machine: Machine, state: State, line: Line) -> tuple[int, ...]:
    """The stages a line may enter now, in order; who may join a tournament is another question."""
    if not state.live or line.out:
        return ()
    behind = taken(state, line)
    found = []
    for n, below in enumerate(machine.below):
        fits = bool(machine.many >> n & 1) == bool(line.name)
        if fits and not behind & below and not unmet(machine, state, line, n):
            found.append(n)
    return tuple(n for n in found if not owing(machine, state, line, n))


def taken(state: State, line: Line) -> int:
    """The stages a line, or the main one, has passed or stands in: it cannot enter these, nor what lies before."""
    main = state.lines[0]
    return line.passed | main.passed | held_by(line) | held_by(main)


def finished(machine: Machine, state: State) -> bool:
    """Every stage that has to be passed is passed, and nothing is left open."""
    if any(line.tokens for line in state.lines if not line.out):
        return False
    return state.opened is not None and not machine.required & ~satisfied(machine, state, state.lines[0])


def standing(machine: Machine, state: State, token: Token | None = None) -> str:
    """The vocabulary's `case_state` of a case, or of one of its tokens. A case closed before its end was stopped."""
    if finished(machine, state) and state.ended != "killed":
        return "done"
    if state.ended:
        return "killed"
    return {HELD: "held", RECYCLED: "recycled"}.get(token.phase, "open") if token else "open"
