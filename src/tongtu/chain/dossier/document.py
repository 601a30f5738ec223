"""What a dossier is made of: sections of paragraphs, facts and tables, every text in both languages.

The shell, the page, the PDF and the workbook are four printers of this one shape, so all of them say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tongtu.chain.report.spoken import Pair

if TYPE_CHECKING:
    from tongtu.chain.dossier.charts.model import Picture

Tone = Literal["", "good", "warn", "bad", "soft"]
#: How a column is set: `n` for figures, `day` for what is not broken, `long` for sentences, which take what is left.
Kind = Literal["", "n", "day", "long"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and the tone it is shown in."""

    text: Pair
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Pair
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what stands beside each."""

    rows: Sequence[tuple[Pair, Cell]]


@dataclass(frozen=True, slots=True)
class Column:
    head: Pair
    kind: Kind = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Tile:
    """A region's square: column and row of the pattern from 0, its short name, how it fares and in which words."""

    x: int
    y: int
    name: Pair
    note: Pair
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Map:
    """Regions as equal squares, which says nothing about area or borders. `legend`: what each tone stands for."""

    tiles: Sequence[Tile]
    legend: Sequence[tuple[Tone, Pair]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, perhaps with a verdict beside it, and what stands below; sections may stand in one another once."""

    title: Pair
    blocks: Sequence[Block]
    badge: Cell | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of figures (see `charts`), its title, and in words what it shows; its table comes with it."""

    title: Pair
    picture: Picture
    told: Pair = field(default_factory=lambda: ["", ""])


Block = Paragraph | Facts | Table | Map | Chart | Section


@dataclass(frozen=True, slots=True)
class Document:
    """A dossier. `stamp` says of whom, as of when and by which rules; `foot` what it is not; `brand` what it is of."""

    title: Pair
    stamp: Sequence[Pair]
    sections: Sequence[Section]
    foot: Sequence[Pair] = ()
    brand: Pair | None = None


def plain(value: object, side: int) -> object:
    """The document, or a piece of it, as JSON in one language (0 Chinese, 1 English)."""
    match value:
        case [str() as zh, str() as en]:
            return en if side else zh
        case list() | tuple():
            return [plain(part, side) for part in value]
        case Chart(title, picture, told):
            from tongtu.chain.dossier.charts import drawn

            shape = drawn(picture, title, told, side)
            return {"is": "chart", "title": title[side], "told": told[side], "svg": str(shape)}
        case Paragraph() | Facts() | Table() | Map() | Tile() | Section() | Cell() | Column() | Document():
            named = {name: plain(getattr(value, name), side) for name in value.__slots__}
            return {"is": type(value).__name__.lower(), **named}
    return value


def cell(text: Pair, tone: Tone = "") -> Cell:
    return Cell(text, tone)


def same(text: str) -> Pair:
    """A text that is the same in both languages: a number, a date, a code."""
    return [text, text]


def joined(parts: Sequence[Pair], zh: str = "、", en: str = ", ") -> Pair:
    return [zh.join(p[0] for p in parts if p[0]), en.join(p[1] for p in parts if p[1])]


def lean(table: Table) -> Table:
    """The table without the columns in which nothing stands."""
    kept = [i for i in range(len(table.columns)) if any(any(row[i].text) for row in table.rows)]
    return Table([table.columns[i] for i in kept], [[row[i] for i in kept] for row in table.rows])
