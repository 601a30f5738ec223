"""Boxes in layers and the arrows between them: a bill of materials, a pathway, what waits for what.

Few layers run from left to right, as text does; many run downwards. Arrows that close a circle are dashed and run
outside. A lit path is drawn above all others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tongtu.chain.dossier.charts.canvas import SIZE, Canvas, breadth, clipped, f
from tongtu.chain.dossier.charts.layers import Layers, Node, layered, places
from tongtu.chain.dossier.charts.model import Arrow, Box, Colour, Flow
from tongtu.chain.report.spoken import Pair
from tongtu.rules.exchange.markup import Inside, tag

#: layers that fit beside one another, boxes that fit into a row
_ACROSS, _ROW = 5, 5
_LINE, _SMALL, _SMALL_LINE, _PAD = 15.0, 10.5, 13.0, 9.0
_NAME_LINES, _NOTE_LINES = 3, 2
#: the most a box is broad, the gaps between boxes and between layers, what a bend takes, what all bends may take
_BROAD, _GAP, _BETWEEN, _BEND, _BENDS = 176.0, 14.0, 38.0, 10.0, 230.0
_MARGIN, _OUTSIDE = 8.0, 30.0

#: a word may be broken behind these
_BREAKS = "-/–"

Point = tuple[float, float]


def draw(picture: Flow, canvas: Canvas) -> float:
    """Draws the picture; returns its height."""
    used = sorted({box.kind for box in picture.boxes})
    named: list[tuple[Pair, str, str]] = [(*picture.legend[k], "box") for k in used if any(picture.legend[k][0])]
    named += [(picture.lit_name, picture.lit_colour, "line")] if any(picture.lit_name) else []
    top = canvas.legend(named, 4, 16) + 2 if named else 8.0
    if not picture.boxes:
        return top + 20
    return _Drawing(picture, canvas, top).draw()


class _Drawing:
    """One picture on its way to paper: sizes, places, arrows, boxes."""

    def __init__(self, picture: Flow, canvas: Canvas, top: float) -> None:
        self.picture, self.canvas, self.top = picture, canvas, top
        self.boxes = {box.id: box for box in picture.boxes}
        edges = [(arrow.start, arrow.end) for arrow in picture.arrows]
        wrong = sorted({end for edge in edges for end in edge} - self.boxes.keys())
        if wrong:
            raise KeyError(f"arrows at boxes that do not exist: {wrong}")
        self.layers = layered([*self.boxes], edges)
        self.down = len(self.layers.rows) > _ACROSS
        if self.down:
            self.layers = layered([*self.boxes], edges, _ROW)
        self.outside = _OUTSIDE if self.layers.back else 0.0
        self.broad = self._breadth()
        self.high: dict[Node, float] = {box.id: self._height(box) for box in picture.boxes}
        self.middle = self._middles()

    # -------------------------------------------------------------------------------------------- sizes

    def _breadth(self) -> float:
        """How broad a box is."""
        room = self.canvas.width - 2 * _MARGIN
        if not self.down:
            count = len(self.layers.rows)
            return min(_BROAD, (room - (count - 1) * _BETWEEN) / count)
        room -= self.outside
        return min([_BROAD, *(self._share(row, room) for row in self.layers.rows)])

    def _share(self, row: Sequence[Node], room: float) -> float:
        """What is left for each box of a row, bends and gaps taken away."""
        boxes = sum(isinstance(node, str) for node in row)
        if not boxes:
            return room
        return (room - (len(row) - 1) * _GAP - (len(row) - boxes) * self._bend(row)) / boxes

    def _bend(self, row: Sequence[Node]) -> float:
        """The room of a bend; its gaps give way where many pass a row."""
        bends = sum(isinstance(node, tuple) for node in row)
        return min(_BEND, _BENDS / bends - _GAP) if bends else _BEND

    def _height(self, box: Box) -> float:
        names = max(len(_wrapped(one, self.room, _NAME_LINES)) for one in box.name)
        notes = max(len(_wrapped(one, self.room, _NOTE_LINES, _SMALL)) for one in box.note)
        return 2 * _PAD + names * _LINE + notes * _SMALL_LINE - 3

    @property
    def room(self) -> float:
        """What a box leaves for its text."""
        return self.broad - 20

    def _middles(self) -> dict[Node, Point]:
        """The middle of every box and bend."""
        along = {node: self._along(node, row) for row in self.layers.rows for node in row}
        bounds = (_MARGIN, self.canvas.width - _MARGIN - self.outside) if self.down else None
        found = places(self.layers, along, _GAP, bounds)
        if self.down:
            return self._rows(found)
        least = min(found[node] - along[node] / 2 for node in found)
        count = len(self.layers.rows)
        free = self.canvas.width - 2 * _MARGIN - count * self.broad
        gap = min(free / (count - 1), 3 * _BETWEEN) if count > 1 else 0.0
        left = (self.canvas.width - count * self.broad - (count - 1) * gap) / 2
        return {
            node: (left + self.broad / 2 + k * (self.broad + gap), self.top + found[node] - least)
            for k, row in enumerate(self.layers.rows) for node in row
        }  # fmt: skip

    def _along(self, node: Node, row: Sequence[Node]) -> float:
        if isinstance(node, tuple):
            return self._bend(row) if self.down else _BEND
        return self.broad if self.down else self.high[node]

    def _rows(self, found: Mapping[Node, float]) -> dict[Node, Point]:
        middles: dict[Node, Point] = {}
        y = self.top
        for row in self.layers.rows:
            high = max((self.high[node] for node in row if isinstance(node, str)), default=0.0)
            middles |= {node: (found[node], y + high / 2) for node in row}
            self.high |= dict.fromkeys(row, high)
            y += high + _BETWEEN
        return middles

    # -------------------------------------------------------------------------------------------- shapes

    def draw(self) -> float:
        bottom = max(y + self.high.get(node, 0.0) / 2 for node, (_, y) in self.middle.items())
        for lit in (False, True):
            for arrow in self.picture.arrows:
                if arrow.lit == lit and arrow.start != arrow.end:
                    self._arrow(arrow, bottom)
        for box in self.boxes.values():
            self._box(box)
        return bottom + 10 + (0.0 if self.down else self.outside)

    def _port(self, node: Node, sign: int) -> Point:
        """Where an arrow leaves (1) or reaches (-1) a node; a bend is straight beside the boxes of its layer."""
        x, y = self.middle[node]
        return (x, y + sign * self.high[node] / 2) if self.down else (x + sign * self.broad / 2, y)

    def _arrow(self, arrow: Arrow, bottom: float) -> None:
        edge = (arrow.start, arrow.end)
        colour, width = (self.picture.lit_colour, 2.6) if arrow.lit else ("soft", 1.1)
        dash = "5 4" if arrow.dashed or edge in self.layers.back else None
        note = [" → ".join(names) + (f" · {said}" if said else "")
                for *names, said in zip(self.boxes[arrow.start].name, self.boxes[arrow.end].name, arrow.name,
                                        strict=True)]  # fmt: skip
        d, tip, way = self._around(arrow, bottom) if edge in self.layers.back else self._through(arrow)
        told: Inside = tag("title", self.canvas.one(note))
        self.canvas.parts.append(tag("path", told, d=d, fill="none", stroke_width=f(width), stroke_dasharray=dash,
                                     **self.canvas.colour(colour, "stroke")))  # fmt: skip
        self._head(tip, way, colour, 5.0 if arrow.lit else 4.0)

    def _through(self, arrow: Arrow) -> tuple[str, Point, Point]:
        """The way of an arrow that goes forward: its path, its end and the direction it arrives in."""
        nodes = self.layers.ways[arrow.start, arrow.end]
        at = self._port(nodes[0], 1)
        d = f"M{f(at[0])} {f(at[1])}"
        for node in nodes[1:]:
            to = self._port(node, -1)
            if isinstance(node, str):
                to = (to[0], to[1] - 3) if self.down else (to[0] - 3, to[1])
            d += _curve(at, to, self.down)
            at = to
            if isinstance(node, tuple):
                at = self._port(node, 1)
                d += f"L{f(at[0])} {f(at[1])}"
        return d, (at[0] + (0 if self.down else 3), at[1] + (3 if self.down else 0)), (0, 1) if self.down else (1, 0)

    def _around(self, arrow: Arrow, bottom: float) -> tuple[str, Point, Point]:
        """An arrow back: outside all boxes, at the right of rows or below columns."""
        (x, y), (u, v) = self.middle[arrow.start], self.middle[arrow.end]
        if self.down:
            x, u = x + self.broad / 2, u + self.broad / 2
            out = min(max(x, u) + 1.6 * _OUTSIDE, self.canvas.width - _MARGIN)
            return f"M{f(x)} {f(y)}C{f(out)} {f(y)} {f(out)} {f(v)} {f(u + 3)} {f(v)}", (u, v), (-1, 0)
        y, v = y + self.high[arrow.start] / 2, v + self.high[arrow.end] / 2
        out = bottom + _OUTSIDE
        return f"M{f(x)} {f(y)}C{f(x)} {f(out)} {f(u)} {f(out)} {f(u)} {f(v + 3)}", (u, v), (0, -1)

    def _head(self, tip: Point, way: Point, colour: str, half: float) -> None:
        (x, y), (dx, dy) = tip, way
        back, side = 1.7 * half, half
        ends = [(x - dx * back - s * dy * side, y - dy * back - s * dx * side) for s in (1, -1)]
        d = f"M{f(x)} {f(y)}" + "".join(f"L{f(a)} {f(b)}" for a, b in ends) + "Z"
        self.canvas.parts.append(tag("path", d=d, **self.canvas.colour(colour, "fill")))

    def _box(self, box: Box) -> None:
        x, y = self.middle[box.id]
        left, high = x - self.broad / 2, self.high[box.id]
        top = y - high / 2
        kind, colour = self.picture.legend[box.kind]
        told = [" · ".join(filter(None, parts)) for parts in zip(box.name, kind, box.note, strict=True)]
        self.canvas.rect(left, top, self.broad, high, "paper", round_=4)
        self.canvas.rect(left, top, self.broad, high, colour, round_=4, opacity=0.14, note=told)
        self.canvas.rect(left, top, 5, high, colour, round_=2)
        if box.lit:
            self._frame(left, top, high, self.picture.lit_colour)
        for side in (0, 1):
            self._texts(box, side, x + 2, y)

    def _frame(self, left: float, top: float, high: float, colour: Colour) -> None:
        self.canvas.parts.append(tag("rect", x=f(left), y=f(top), width=f(self.broad), height=f(high), rx="4",
                                     fill="none", stroke_width="2.2",
                                     **self.canvas.colour(colour, "stroke")))  # fmt: skip

    def _texts(self, box: Box, side: int, x: float, y: float) -> None:
        """Name and note of a box in one language, in its middle; once where both languages say the same."""
        if side and box.name[0] == box.name[1] and box.note[0] == box.note[1]:
            return
        same = box.name[0] == box.name[1] and box.note[0] == box.note[1]
        name = _wrapped(box.name[side], self.room, _NAME_LINES)
        note = _wrapped(box.note[side], self.room, _NOTE_LINES, _SMALL)
        at = y - (len(name) * _LINE + len(note) * _SMALL_LINE) / 2 + 11.5
        for line in name:
            self.canvas.text(x, at, [line, line] if same else _only(line, side), anchor="middle", bold=box.lit)
            at += _LINE
        for line in note:
            self.canvas.text(x, at - 1, [line, line] if same else _only(line, side), anchor="middle", name="soft",
                             size=_SMALL)  # fmt: skip
            at += _SMALL_LINE


def _only(line: str, side: int) -> Pair:
    return ["", line] if side else [line, ""]


def _curve(at: Point, to: Point, down: bool) -> str:
    """A bend from one point to another that leaves and arrives along the layers' direction."""
    (x, y), (u, v) = at, to
    if (x == u) if down else (y == v):
        return f"L{f(u)} {f(v)}"
    c, d = ((x, (y + v) / 2), (u, (y + v) / 2)) if down else (((x + u) / 2, y), ((x + u) / 2, v))
    return f"C{f(c[0])} {f(c[1])} {f(d[0])} {f(d[1])} {f(u)} {f(v)}"


def _wrapped(said: str, room: float, most: int, size: float = SIZE) -> list[str]:
    """The text in at most so many lines; what does not fit is cut."""
    lines: list[str] = []
    line = ""
    rest = list(_pieces(said))
    for i, piece in enumerate(rest):
        if line.strip() and breadth((line + piece).rstrip(), size) > room:
            if len(lines) == most - 1:
                return [*lines, clipped(line + "".join(rest[i:]), room, size)]
            lines.append(line.strip())
            line = ""
        line += piece
    return [one if breadth(one, size) <= room else clipped(one, room, size)
            for one in [*lines, line.strip()] if one]  # fmt: skip


def _pieces(said: str) -> Iterator[str]:
    """What is not broken: words with the space after them, and single Chinese characters with what closes them."""
    piece = ""
    for one, following in pairwise([*said, ""]):
        piece += one
        closing = bool(following) and unicodedata.category(following) in ("Pe", "Pf", "Po")
        ideograph = _ideograph(one) or _ideograph(following)
        if one.isspace() or one in _BREAKS or (ideograph and not closing):
            yield piece
            piece = ""
    if piece:
        yield piece


def _ideograph(one: str) -> bool:
    return bool(one) and unicodedata.east_asian_width(one) in "WF"


def layers_of(picture: Flow) -> Layers:
    """The layers of the picture, however they are drawn."""
    return layered([box.id for box in picture.boxes], [(arrow.start, arrow.end) for arrow in picture.arrows])
