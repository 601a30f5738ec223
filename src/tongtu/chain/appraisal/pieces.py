"""What the documents of an appraisal are put together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tongtu.chain.dossier.document import Cell, Document, Section, Tone, cell, joined, same
from tongtu.chain.dossier.room import Room
from tongtu.chain.network import Network
from tongtu.chain.network.pieces import because, cost, day, label, number, sentence, share
from tongtu.chain.report.spoken import Pair, words
from tongtu.terms.why import Why

__all__ = [
    "DASH", "ROOM", "Row", "because", "between", "cell", "chance", "cost", "day", "document", "facts", "joined",
    "label", "level", "note", "number", "same", "section", "sentence", "share", "table", "tell", "words",
]  # fmt: skip

Row = dict[str, Any]
ROOM = Room("appraisal")
table, section, note, facts = ROOM.table, ROOM.section, ROOM.note, ROOM.facts
DASH = same("—")


def document(network: Network, title: Pair, sections: Sequence[Section], *stamp: Pair) -> Document:
    end = [words("appraisal.ours"), words("appraisal.not-decided")]
    return Document(title, network.stamp(*stamp), sections, end, words("appraisal.brand"))


def tell(network: Network, code: str) -> None:
    """Names the work that begins, where somebody watches."""
    if network.progress is not None:
        network.progress(0, 1, Why(f"appraisal.{code}"))


def level(value: int | None, tone: Tone = "") -> Cell:
    """A level, or that it is unknown."""
    return cell(words("terms.unknown"), "soft") if value is None else cell(words("appraisal.level", level=value), tone)


def between(low: int | None, high: int | None) -> Cell:
    """The levels a case can have, as far as is known."""
    if low is None and high is None:
        return cell(words("terms.unknown"), "soft")
    if low == high:
        return level(low)
    code = (
        "appraisal.between"
        if low is not None and high is not None
        else "appraisal.at-most"
        if low is None
        else "appraisal.at-least"
    )
    return cell(words(code, low=low, high=high))


def chance(p: float | None, tone: Tone = "") -> Cell:
    return cell(DASH, "soft") if p is None else cell(same(f"{p:.0%}"), tone)
