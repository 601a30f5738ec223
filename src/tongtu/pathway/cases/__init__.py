"""The case machine: an append-only log of events, and the state that is read off it.

    events      a row of the log, and the one order it counts in
    machine     a pathway compiled into small integers
    state       tokens on lines: where a case stands
    step        what each event does, or why it is refused;  deciding, contest, migrating, finding: its parts
    moves       what may happen next, and who is waited for
    replay      states, stays and stored dates of many cases;  stays, shown: its parts
    clock       dates reckoned once; what a missed one brings; who waits for whom
    checking    every fault of a log at once
    preview     what another version of the pathway would change
    talks       offers and counter-offers

A case pins the version of its pathway. Nothing here writes: whoever appends an event asks `step` first.
"""

from tongtu.pathway.cases.checking import check
from tongtu.pathway.cases.clock import Proposed, dues_for, overdue, waiting
from tongtu.pathway.cases.events import Event, events_of, frame_of
from tongtu.pathway.cases.machine import Machine, machine
from tongtu.pathway.cases.moves import Move, moves
from tongtu.pathway.cases.preview import Preview, migrate, preview, preview_all, revert
from tongtu.pathway.cases.refusal import CaseRefused
from tongtu.pathway.cases.replay import Replayed, replay
from tongtu.pathway.cases.state import Line, State, Token, standing, start
from tongtu.pathway.cases.step import step
from tongtu.pathway.cases.talks import Talks, negotiation

__all__ = [
    "CaseRefused", "Event", "Line", "Machine", "Move", "Preview", "Proposed", "Replayed", "State", "Talks", "Token",
    "check", "dues_for", "events_of", "frame_of", "machine", "migrate", "moves", "negotiation", "overdue", "preview",
    "preview_all", "replay", "revert", "standing", "start", "step", "waiting",
]  # fmt: skip
