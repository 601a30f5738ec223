"""Pathways that have everything a pathway may have, and moves told as events."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tongtu.pathway import Pathway, Stage
from tongtu.pathway.cases import Event, Move
from tongtu.pathway.model import Gate, Lane, Missed, Parallel, StatutoryStep
from tongtu.terms.why import Label

BEGIN = date(2026, 3, 2)


def gate(id: str, then: str = "escalate", **more: Any) -> Gate:
    to = {"escalate": "secretariat", "approve": "capital", "hold": ""}[then]
    return Gate(id, Label(id), "demander", 10, Missed(then, to), (), (), **more)


def stage(id: str, *after: str, gated: Gate, **more: Any) -> Stage:
    return Stage(id, after, ((1, 20),), gated, **more)


def pathway(id: str, *stages: Stage, version: str = "1", **more: Any) -> Pathway:
    return Pathway(id, version, Label(id), date(2000, 1, 1), None, "", "ours", False, (), stages, **more)


def notice(id: str, waits: bool = True, **more: Any) -> StatutoryStep:
    return StatutoryStep(id, Label(id), 15, "secretariat", waits, (), "", "A", **more)


#: Side by side and together again, signatures, a step that waits, one passed over, sent back further, a fast lane.
WIDE = pathway(
    "wide",
    stage("s", gated=gate("S"), statutory=(notice("public"), notice("filed", waits=False))),
    stage("a", "s", gated=gate("A", "approve", approvals=("platform", "assessor"))),
    stage("b", "s", gated=gate("B", "hold", decisions=("go", "recycle", "kill"))),
    stage("o", "a", gated=gate("O"), optional=True),
    stage("j", "a", "b", "o", gated=gate("J", recycle_to="a")),
    lanes=(
        Lane("fast", Label("fast"), "capital", waives=("A", "B")),
        Lane("half", Label("half"), "capital", waives=("A",)),
    ),
)
#: A call: up to three answers, two go on, one is awarded and delivers.
CALL = pathway(
    "call",
    stage("c", gated=gate("C")),
    stage("t", "c", gated=gate("T"), parallel=Parallel(2, 3, 1, 2), statutory=(notice("shown"),)),
    stage("u", "t", gated=gate("U", "approve", recycle_to="t"), parallel=Parallel(1, 2, 1, 1)),
    stage("d", "u", gated=gate("D", recycle_to="u")),
)


def listed(of: Pathway, move: Move, draw: Any, day: date) -> Event:
    """A move as an event; an answer's gate is often told as a shortlist or an award."""
    branch = draw("abcde") if move.branch == "*" else move.branch or None
    kind, decision, due = move.kind, move.decision, 60 if move.kind == "extended" else draw((None, 1, 6))
    if move.branch and kind == "decided" and decision in ("go", "kill") and draw((True, False)):
        goes_on = any(move.stage in s.after and s.parallel for s in of.stages)
        kind, decision = ("shortlisted" if goes_on else "awarded") if decision == "go" else "eliminated", None
    return Event(
        "", "K", kind, day, move.stage, move.gate, branch, decision, move.role, "because",
        None if due is None else day + timedelta(due), step=move.step,
    )  # fmt: skip
