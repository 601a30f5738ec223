"""What a brief looks like to a printer: every text in both languages, every passage with the words around it.

    Told      a brief: title, scores, fields, timeline, sources     Field   a heading, lines, grids, or nothing found
    Line      a sentence, its label, its passages, how it was made  Grid    a table; each row with its passages
    Passage   words of a source, a little before and after them, and where they stand

The page, the terminal and the feed print this one shape, so all of them say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongtu.chain.dossier.document import Cell, Column
from tongtu.chain.report.spoken import Pair


@dataclass(frozen=True, slots=True)
class Passage:
    """`quote` stands in the source exactly so; `before` and `after` are what surrounds it, shortened by `…`."""

    document: str
    source: str
    outlet: str
    day: date | None
    address: str
    language: str
    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence. `how`: its derivation in words."""

    id: str
    text: Pair
    label: str  # quoted | computed | drafted
    passages: tuple[Passage, ...] = ()
    how: Pair | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of a reworded passage: what stayed, went or came."""

    op: str  # keep | delete | insert
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, or for a reworded passage its edits in one cell; where it is said, and why it holds."""

    cells: Sequence[Cell | Sequence[Edit]]
    passages: tuple[Passage, ...] = ()
    how: Pair | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of rows that open to their sources, the telling ones in front: `first` of them are shown at once."""

    title: Pair
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: Pair | None = None
    first: int = 12


@dataclass(frozen=True, slots=True)
class Field:
    """A part of the brief. Without lines and rows nothing was found, and the printer says so."""

    name: str
    title: Pair
    lines: Sequence[Line] = ()
    grids: Sequence[Grid] = ()
    note: Pair | None = None

    @property
    def empty(self) -> bool:
        return not self.lines and not self.grids


@dataclass(frozen=True, slots=True)
class Part:
    """What a score is made of. `value` in 0..1 or None where it is unknown; `weight` its share of the score."""

    name: Pair
    value: float | None
    weight: float | None
    why: Pair


@dataclass(frozen=True, slots=True)
class Score:
    """A score of 0..100, None where no part is known."""

    name: str
    title: Pair
    value: float | None
    why: Pair
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the timeline, with the precision in which it is known."""

    day: date | None
    written: Pair
    kind: Pair
    line: Line


@dataclass(frozen=True, slots=True)
class Source:
    """A report the brief stands on, and what part it plays."""

    role: str
    title: str
    outlet: str
    day: date | None
    address: str
    language: str
    official: bool
    grade: str
    why: Pair


@dataclass(frozen=True, slots=True)
class Related:
    """Another brief that shares something with this one, and what."""

    id: str
    title: Pair
    why: Pair


@dataclass(frozen=True, slots=True)
class Told:
    """A brief in words. `stamp`: outlet, day, number of sources; `facts`: what was read; `foot`: what it is not."""

    id: str
    as_of: date
    title: Line
    stamp: Sequence[Pair]
    scores: Sequence[Score]
    fields: Sequence[Field]
    timeline: Sequence[Moment]
    sources: Sequence[Source]
    facts: Sequence[Grid]
    foot: Sequence[Pair]
    related: Sequence[Related] = ()

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)
