"""A dossier in a terminal: columns that line up where a Chinese character takes two places."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence

from tongtu.chain.dossier.charts.spark import rows as drawn
from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Facts,
    Map,
    Paragraph,
    Section,
    Table,
    Tone,
)
from tongtu.terms.words import Lang

#: a column is never narrower than this, however little room there is
_LEAST = 6
#: a column of days, verdicts or figures up to this wide is broken only when nothing else can give way
_KEPT = 14
#: a column of sentences narrower than this is not worth having
_SENTENCE = 28
_GAP = "  "
Paint = Callable[[str, Tone], str]


def text(document: Document, lang: Lang, width: int = 100, paint: Paint = lambda said, tone: said) -> str:
    """The dossier as lines of at most `width` places; `paint` may colour a piece by its tone."""
    return "\n".join(_Printer(0 if lang == "zh" else 1, width, paint).document(document))


class _Printer:
    def __init__(self, side: int, width: int, paint: Paint) -> None:
        self.side, self.width, self.paint = side, max(width, 40), paint

    def document(self, document: Document) -> Iterator[str]:
        yield document.title[self.side]
        for line in document.stamp:
            yield from self.wrapped(line[self.side], "soft")
        for section in document.sections:
            yield from self.section(section, 0)
        yield ""
        for line in document.foot:
            yield from self.wrapped(line[self.side], "soft")

    def section(self, section: Section, depth: int) -> Iterator[str]:
        mark = "  ▸ " if depth else "■ "
        badge = "" if section.badge is None else _GAP + self.paint(*self.said(section.badge))
        yield ""
        yield mark + section.title[self.side] + badge
        for block in section.blocks:
            yield from self.block(block, depth)

    def block(self, block: Block, depth: int) -> Iterator[str]:
        indent = _GAP * (depth + 1)
        match block:
            case Paragraph(said, tone):
                yield from self.wrapped(said[self.side], tone, indent)
            case Facts(rows):
                names = max((wide(name[self.side]) for name, _ in rows), default=0)
                for name, found in rows:
                    value, tone = self.said(found)
                    head, *rest = broken(value, max(self.width - names - wide(indent) - 2, _LEAST)) or [""]
                    yield indent + filled(name[self.side], names) + _GAP + self.paint(head, tone)
                    yield from (indent + " " * (names + 2) + self.paint(line, tone) for line in rest)
            case Table():
                yield from self.table(block, indent)
            case Map(tiles, legend):
                for tone, said in legend:
                    mine = [tile.name[self.side] for tile in tiles if tile.tone == tone]
                    told = ": " + ("、" if self.side == 0 else ", ").join(mine) if tone and mine else ""
                    yield from self.wrapped(f"{said[self.side]} ({len(mine)}){told}", tone, indent)
            case Chart():
                yield from self.chart(block, indent)
            case Section():
                yield from self.section(block, depth + 1)

    def chart(self, chart: Chart, indent: str) -> Iterator[str]:
        """Names, shapes and figures side by side; a name gives way before a shape does."""
        yield indent + chart.title[self.side]
        lines = [[said[self.side] for said in row] for row in drawn(chart.picture)]
        if not lines:
            return
        widths = [max(wide(row[i]) for row in lines) for i in range(len(lines[0]))]
        widths[0] = max(min(widths[0], self.width - wide(indent) - sum(widths[1:]) - 2 * len(widths)), _LEAST)
        for name, *rest in lines:
            head, *more = broken(name, widths[0]) or [""]
            pieces = [filled(head, widths[0]), *(filled(one, w) for one, w in zip(rest, widths[1:], strict=True))]
            yield (indent + _GAP + _GAP.join(pieces)).rstrip()
            yield from (indent + _GAP + line for line in more)

    def table(self, table: Table, indent: str) -> Iterator[str]:
        heads = [c.head[self.side] for c in table.columns]
        body = [[self.said(found) for found in row] for row in table.rows]
        widths = self.widths(heads, body, table.columns, indent)
        under = table.columns[-1].kind == "long" and len(heads) > 1 and widths[-1] < min(_SENTENCE, self.longest(body))
        if under:  # a sentence in a column that narrow would be a tower: it stands below its row
            widths = self.widths(heads[:-1], body, table.columns[:-1], indent)
        titles: list[tuple[str, Tone]] = [(head, "soft") for head in heads]
        for row in [titles, *body]:
            lines = [broken(said, w) or [""] for (said, _), w in zip(row, widths, strict=not under)]
            for i in range(max(map(len, lines))):
                pieces: list[str] = []
                for pieces_of, (_, tone), w, column in zip(lines, row, widths, table.columns, strict=not under):
                    said = pieces_of[i] if i < len(pieces_of) else ""
                    room = " " * (w - wide(said))
                    shown = self.paint(said, tone)
                    pieces.append(room + shown if column.kind == "n" else shown + room)
                yield (indent + _GAP.join(pieces)).rstrip()
            if under and row is not titles:
                yield from self.wrapped(row[-1][0], row[-1][1] or "soft", indent + _GAP * 2)

    def widths(
        self, heads: Sequence[str], body: Sequence[Sequence[tuple[str, Tone]]], columns: Sequence[Column], indent: str
    ) -> list[int]:  # fmt: skip
        natural = [max(wide(t) for t in (head, *(row[i][0] for row in body))) for i, head in enumerate(heads)]
        floors = [min(most, _KEPT) if c.kind in ("day", "n") else _LEAST
                  for most, c in zip(natural, columns, strict=True)]  # fmt: skip
        return fitted(natural, self.width - wide(indent) - len(_GAP) * (len(heads) - 1), floors)

    @staticmethod
    def longest(body: Sequence[Sequence[tuple[str, Tone]]]) -> int:
        return max((wide(row[-1][0]) for row in body), default=0)

    def wrapped(self, said: str, tone: Tone = "", indent: str = "") -> Iterator[str]:
        for line in broken(said, self.width - wide(indent)):
            yield indent + self.paint(line, tone)

    def said(self, found: Cell) -> tuple[str, Tone]:
        return found.text[self.side], found.tone


def wide(said: str) -> int:
    """Places a text takes on screen."""
    return sum(_places(c) for c in said)


def _places(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def filled(said: str, width: int) -> str:
    return said + " " * (width - wide(said))


def fitted(natural: Sequence[int], room: int, floors: Sequence[int]) -> list[int]:
    """Widths that fit the room: the widest columns give way first, none below its floor while others can."""
    widths = list(natural)
    for lowest in (floors, [_LEAST] * len(widths)):
        while sum(widths) > room:
            wide_ones = [i for i, w in enumerate(widths) if w > lowest[i]]
            if not wide_ones:
                break
            widths[max(wide_ones, key=lambda i: widths[i])] -= 1
    return widths


def broken(said: str, width: int) -> list[str]:
    """A text in lines: between words where it has them, between any two Chinese characters."""
    lines, line, taken = [], "", 0
    for piece in _pieces(said, width):
        if line and taken + wide(piece) > width and piece.strip():
            lines.append(line.rstrip())
            line, taken = piece.lstrip(), wide(piece.lstrip())
        else:
            line, taken = line + piece, taken + wide(piece)
    return [*lines, line.rstrip()] if line.strip() else lines


def _parts(last: str, character: str, alone: bool) -> bool:
    """Whether a line may end between two characters."""
    if character in _NOT_FIRST or last in _NOT_LAST:
        return False
    return alone or _places(last) == 2 or last == " "


#: characters no line should begin with
_NOT_FIRST = frozenset("，。；：、）》〕」”％？！),.;:%")
#: characters no line should end with
_NOT_LAST = frozenset("（《〔「“(")


def _pieces(said: str, width: int) -> Iterator[str]:
    """What must not be broken: Latin words, Chinese characters with the stop after them."""
    held = ""
    for character in " ".join(said.split()):
        alone = _places(character) == 2 or character == " "
        if (held and _parts(held[-1], character, alone)) or wide(held) >= width:
            yield held
            held = ""
        held += character
    if held:
        yield held
