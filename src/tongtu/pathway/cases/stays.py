"""Every stay of a case in a stage, read off its states: compared before and after each event that can move a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tongtu.pathway.cases.events import Event
from tongtu.pathway.cases.machine import Machine
from tongtu.pathway.cases.state import Line, State

#: Kinds of events that can begin or end a stay.
MARKS = frozenset({
    "entered", "decided", "approved", "shortlisted", "awarded", "eliminated", "closed", "reopened", "migrated",
    "reverted",
})  # fmt: skip
_ENDS = {"approved": ("passed", "go"), "shortlisted": ("passed", "go"), "awarded": ("passed", "go"),
         "eliminated": ("failed", "kill")}  # fmt: skip
#: Kinds whose stored date is that of the stay.
DATES = frozenset({"entered", "submitted", "asked", "extended", "resumed", "reopened"})
_Key = tuple[str, int, int]


class Stays:
    """Rows of stays; an open one is known by its branch, stage and round."""

    __slots__ = ("_closed", "_open")

    def __init__(self) -> None:
        self._open: dict[_Key, list[Any]] = {}
        self._closed: list[list[Any]] = []

    def follow(self, old: Machine, before: State, new: Machine, after: State, event: Event) -> None:
        """What began and what ended with this event."""
        if old is not new:
            self._renumber(before, after)
            return
        was, is_ = _live(before), _live(after)
        for key in was:
            if key not in is_:
                self._leave(key, event, _ruled(old, before, event, key))
        for key in is_:
            if key not in was:
                self._enter(new, key, event)

    def redate(self, machine: Machine, state: State, event: Event) -> None:
        """A stored date of a stay that goes on."""
        at = machine.stage_at.get(event.stage or "", machine.gate_at.get(event.gate or "", -1))
        for (branch, stage, _), row in self._open.items():
            if branch == (event.branch or "") and (stage == at or at < 0):
                row[5] = event.due if _dates(machine, state, branch, stage, event) else row[5]

    def rows(self, case: str) -> Iterator[tuple[Any, ...]]:
        """As `STAYS` asks, by the day they began."""
        rows = [*self._closed, *self._open.values()]
        rows.sort(key=lambda row: (row[4], row[0], row[11], row[3]))
        for branch, stage, phase, round_, entered, due, left, result, decision, pathway, version, _ in rows:
            yield case, branch, pathway, version, stage, phase, round_, entered, due, left, result, decision

    def _enter(self, machine: Machine, key: _Key, event: Event) -> None:
        branch, at, round_ = key
        stage = machine.stages[at]
        self._open[key] = [
            branch, stage.id, stage.phase, round_, event.on, event.due, None, "censored", None, machine.pathway.id,
            machine.pathway.version, at,
        ]  # fmt: skip

    def _leave(self, key: _Key, event: Event, ruled: bool) -> None:
        row = self._open.pop(key)
        result, decision = ("withdrawn", None)
        if ruled and event.kind == "decided":
            result, decision = ("passed" if event.decision == "go" else "failed"), event.decision
        elif ruled and event.kind in _ENDS:
            result, decision = _ENDS[event.kind]
        row[6:9] = event.on, result, decision
        self._closed.append(row)

    def _renumber(self, before: State, after: State) -> None:
        """On another version stays go on: tokens keep their order on each line."""
        moved: dict[_Key, list[Any]] = {}
        for was, is_ in zip(before.lines, after.lines, strict=False):
            for old, new in zip(was.tokens, is_.tokens, strict=False):
                row = self._open.pop((was.name, old.stage, old.round), None)
                if row is not None:
                    moved[was.name, new.stage, new.round] = row
        self._open |= moved


def _live(state: State) -> list[_Key]:
    if state.ended:
        return []
    return [(line.name, token.stage, token.round) for line in state.lines for token in line.tokens]


def _ruled(machine: Machine, before: State, event: Event, key: _Key) -> bool:
    """Whether the event decided on this very stay, and did not only sweep it away."""
    branch, stage, _ = key
    if branch != (event.branch or ""):
        return False
    at = machine.stage_at.get(event.stage or "", machine.gate_at.get(event.gate or "", -1))
    return at in (stage, -1)


def _dates(machine: Machine, state: State, branch: str, stage: int, event: Event) -> bool:
    """Whether the token of this stay now carries the date; an extended hold dates only the hold."""
    line: Line | None = next((line for line in state.lines if line.name == branch), None)
    return line is not None and any(t.stage == stage and t.due == event.due for t in line.tokens)
