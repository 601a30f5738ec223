"""What the clearinghouse's documents are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tongtu.chain.clearing.ground import Clearing
from tongtu.chain.dossier.document import Cell, Document, Section, Tone, cell, joined, same
from tongtu.chain.dossier.room import Room
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.terms.why import Label, Why

#: the least class that may know why a pair was refused, where that tells who holds what or what binds whom
_RESERVED = {
    "match.refused-own": "teaser",
    "match.refused-group": "teaser",
    "match.refused-conflict": "restricted",
    "match.refused-conflict-until": "restricted",
    "match.refused-ownership": "restricted",
    "match.refused-rule": "restricted",
}
#: a score from which a pair is marked as good, and from which it is worth a look (ours)
GOOD, SOME = 0.5, 0.1

_ROOM = Room("clearing")
columns, table, section = _ROOM.columns, _ROOM.table, _ROOM.section


def document(
    clearing: Clearing, title: Pair, sections: Sequence[Section], *stamp: Pair, scored: bool = True
) -> Document:
    return Document(title, clearing.stamp(*stamp), sections, clearing.foot(scored=scored), words("clearing.brand"))


def listed(parts: Iterable[Pair]) -> Pair:
    """Sentences one after another."""
    return joined(list(parts), "；", "; ")


def below(why: Why, *left_out: str) -> Pair:
    """The finer reasons of a reason, without those of these codes."""
    return listed(both(part) for part in why.parts if part.code not in left_out)


def refusal(clearing: Clearing, why: Why) -> Pair:
    """One reason of a refusal, as far as the viewer may know it."""
    return both(why) if clearing.covers(_RESERVED.get(why.code, "public")) else words("clearing.not-disclosed")


def tone_of(score: float) -> Tone:
    return "good" if score >= GOOD else "warn" if score >= SOME else "soft"


def with_id(name: Pair, own: str) -> Pair:
    """A title with the id behind it, once."""
    return name if own in name else [f"{name[0]}（{own}）", f"{name[1]} ({own})"]


def label(said: Pair) -> Label:
    """A pair as an argument of a sentence."""
    return Label(*said)


def number(value: float | None) -> Cell:
    """A figure, or a dash where there is none."""
    return cell(same("—") if value is None else shown(value))
