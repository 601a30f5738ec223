"""The market of two boards: found among all that stands, judged on the few that were found.

What signals read of each listing stands on its board, so that a question reads its own alone; statistics, vectors
and the space are those of the boards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tongtu.match import eligible, signals
from tongtu.match.market import Market, Terms
from tongtu.match.nearness import Nearness
from tongtu.match.standing.board import Board, Read
from tongtu.registry import concepts
from tongtu.terms.why import Label
from tongtu.text.vectors import Space


@dataclass(frozen=True, slots=True)
class Fixed:
    """What does not change while listings come and go. `standing`: who is bound to whom; its listings are not used."""

    known: concepts.Glossary
    standing: eligible.Standing
    space: Space
    organisations: Mapping[str, Label]
    scene: signals.Scene


def readers(scene: signals.Scene) -> tuple[Read, Read]:
    """What reads listings that ask, and listings that answer."""
    every = signals.ALL.items()
    return (
        lambda frame: {name: signal.asking(frame, scene) for name, signal in every},
        lambda frame: {name: signal.offering(frame, scene) for name, signal in every},
    )


def market(terms: Terms, fixed: Fixed, questions: Board, answers: Board) -> Market:
    """The market as both boards are now."""
    demanded, claimed = (questions, answers) if fixed.standing.ask_demands else (answers, questions)
    asked, offered = questions.vectors(), answers.vectors()
    return Market(
        terms, questions.side.kind, answers.side.kind, fixed.known,
        needs=questions.side,
        offers=answers.side,
        demanded=demanded.sheet,
        claimed=claimed.sheet,
        standing=replace(fixed.standing, holders=answers.holders, offers=answers.offers),
        shelf=answers.shelf,
        near=Nearness(fixed.space, {name: (asked[name], offered[name]) for name in asked}),
        quantities=questions.spoken,
        measures=[
            signal.between(questions.told[name], answers.told[name], fixed.scene)
            for name, signal in signals.ALL.items()
        ],
        organisations=fixed.organisations,
    )  # fmt: skip
