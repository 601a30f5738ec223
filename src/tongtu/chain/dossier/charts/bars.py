"""Rows of bars: tornado, waterfall, contributions, shares of a whole."""

from __future__ import annotations

from tongtu.chain.dossier.charts.canvas import Canvas, breadth, clipped
from tongtu.chain.dossier.charts.lines import upright
from tongtu.chain.dossier.charts.model import Bar, Bars
from tongtu.chain.dossier.charts.ticks import Axis, axis
from tongtu.chain.report.spoken import Pair

_ROW, _THICK = 27.0, 15.0
#: the most that names and notes may take of the picture
_NAMES, _NOTES = 250.0, 170.0


def draw(picture: Bars, canvas: Canvas) -> float:
    """Draws the picture; returns its height."""
    ends = [v for bar in picture.bars for s in bar.segments for v in (s.start, s.end)]
    ends += [] if picture.base is None else [picture.base]
    x = axis(picture.x, ends, 6)
    left = 10 + min(_NAMES, max((breadth(t) for bar in picture.bars for t in bar.name), default=0))
    right = canvas.width - 18 - min(_NOTES, max((breadth(t) for bar in picture.bars for t in bar.note), default=0))
    right -= 8 if any(any(bar.note) for bar in picture.bars) else 0
    named = [(name, colour, "box") for name, colour in picture.legend if any(name)]
    top = canvas.legend(named, 4, 16) if named else 8.0
    top += 16 if picture.base_name else 0
    bottom = top + _ROW * len(picture.bars) + 4
    for value, _ in x.ticks:
        at = x.at(value, left, right)
        canvas.line(at, top, at, bottom, "grid")
    for row, bar in enumerate(picture.bars):
        _bar(canvas, picture, bar, top + row * _ROW, x, (left, right))
    if picture.linked:
        _links(canvas, picture, top, x, (left, right))
    upright(canvas, x, left, right, bottom)
    if picture.base is not None:
        at = x.at(picture.base, left, right)
        canvas.line(at, top - 2, at, bottom, "ink", 1.2)
        if picture.base_name:
            half = max(breadth(t) for t in picture.base_name) / 2
            canvas.text(min(max(at, half), canvas.width - half), top - 6, picture.base_name, anchor="middle",
                        name="soft")  # fmt: skip
    return bottom + 40


def _bar(canvas: Canvas, picture: Bars, bar: Bar, top: float, x: Axis, ends: tuple[float, float]) -> None:
    left, right = ends
    middle = top + _ROW / 2
    canvas.text(left - 8, middle + 4, _short(bar.name, left - 10), anchor="end", note=_full(bar, left - 10))
    for segment in bar.segments:
        a, b = sorted((x.at(segment.start, left, right), x.at(segment.end, left, right)))
        name, colour = picture.legend[segment.kind]
        told = [" · ".join(filter(None, parts)) for parts in zip(bar.name, name, bar.note, strict=True)]
        canvas.rect(a, middle - _THICK / 2, max(b - a, 0.8), _THICK, colour, note=told, opacity=0.9)
    if bar.tick is not None:
        at = x.at(bar.tick, left, right)
        canvas.line(at, middle - _THICK / 2 - 3, at, middle + _THICK / 2 + 3, "ink", 2.2)
    if any(bar.note):
        canvas.text(right + 8, middle + 4, _short(bar.note, canvas.width - right - 8), name="soft")


def _links(canvas: Canvas, picture: Bars, top: float, x: Axis, ends: tuple[float, float]) -> None:
    """Thin lines that lead the end of each bar to the next."""
    for row, bar in enumerate(picture.bars[:-1]):
        if bar.segments:
            at = x.at(bar.segments[-1].end, *ends)
            canvas.line(at, top + row * _ROW + _ROW / 2 + _THICK / 2, at, top + (row + 1.5) * _ROW - _THICK / 2, "soft")


def _short(said: Pair, room: float) -> Pair:
    return [clipped(one, room) for one in said]


def _full(bar: Bar, room: float) -> Pair | None:
    return None if _short(bar.name, room) == list(bar.name) else bar.name
