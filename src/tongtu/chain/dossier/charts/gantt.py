"""Spans over lanes and days: who runs where, and when."""

from __future__ import annotations

from datetime import date
from itertools import accumulate, pairwise

from tongtu.chain.dossier.charts.canvas import Canvas, breadth, clipped
from tongtu.chain.dossier.charts.model import Gantt, Lane, Scale, Span
from tongtu.chain.dossier.charts.ticks import Axis, axis
from tongtu.chain.report.spoken import Pair, words

_ROW, _THICK, _NAMES = 24.0, 16.0, 230.0
_SMALL = 10.5


def draw(picture: Gantt, canvas: Canvas) -> float:
    """Draws the picture; returns its height."""
    x = days_of(picture)
    left = 12 + min(_NAMES, max((breadth(t) for lane in picture.lanes for t in lane.name), default=60))
    right = canvas.width - 16
    named: list[tuple[Pair, str, str]] = [(name, colour, "box") for name, colour in picture.legend if any(name)]
    named += [] if picture.now is None else [(words("dossier.chart-now"), "bad", "dashed")]
    top = (canvas.legend(named, 4, 16) if named else 8.0) + 16
    placed = [tracks(lane) for lane in picture.lanes]
    tops = list(accumulate((_ROW * (1 + max(levels, default=0)) for levels in placed), initial=top))
    bottom = tops[-1]
    canvas.text(left - 8, top - 6, picture.lane_title, anchor="end", name="soft")
    for above, below in list(pairwise(tops))[::2]:
        canvas.rect(0, above, canvas.width, below - above, "grid", opacity=0.35, round_=0)
    _days(canvas, x, (left, top, right, bottom))
    for lane, levels, above in zip(picture.lanes, placed, tops, strict=False):
        short = [clipped(one, left - 12) for one in lane.name]
        whole = lane.name if short != list(lane.name) else None
        canvas.text(left - 8, above + _ROW / 2 + 4, short, anchor="end", note=whole)
        for span, level in zip(lane.spans, levels, strict=True):
            _span(canvas, picture, span, above + (level + 0.5) * _ROW, x, (left, right))
    if picture.now is not None:
        at = x.at(float(picture.now.toordinal()), left, right)
        canvas.line(at, top - 3, at, bottom, "bad", 1.4, "3 3")
    return bottom + 8


def tracks(lane: Lane) -> list[int]:
    """How far below the lane's first line each span stands, so that none covers another."""
    ends: list[date] = []
    found = [0] * len(lane.spans)
    for i in sorted(range(len(lane.spans)), key=lambda i: (lane.spans[i].start, lane.spans[i].end, i)):
        span = lane.spans[i]
        level = next((k for k, end in enumerate(ends) if end < span.start), len(ends))
        ends[level : level + 1] = [span.end]
        found[i] = level
    return found


def days_of(picture: Gantt, about: int = 8) -> Axis:
    """The axis of days; a span ends with the end of its last day."""
    days = [
        float(v) for lane in picture.lanes for s in lane.spans for v in (s.start.toordinal(), s.end.toordinal() + 1)
    ]
    days += [] if picture.now is None else [float(picture.now.toordinal())]
    return axis(Scale(["", ""], "day"), days, about)


def _days(canvas: Canvas, x: Axis, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    last = -1e9
    for value, text in x.ticks:
        at = x.at(value, left, right)
        canvas.line(at, top, at, bottom, "grid")
        half = breadth(text[0]) / 2
        middle = min(max(at, left + half), canvas.width - half)
        if middle - half > last + 6:
            canvas.text(middle, top - 6, text, anchor="middle", name="soft")
            last = middle + half
    canvas.line(left, top, left, bottom, "soft")


def _span(canvas: Canvas, picture: Gantt, span: Span, middle: float, x: Axis, ends: tuple[float, float]) -> None:
    a = x.at(float(span.start.toordinal()), *ends)
    b = x.at(float(span.end.toordinal() + 1), *ends)
    name, colour = picture.legend[span.kind]
    days = f"{span.start.isoformat()} – {span.end.isoformat()}"
    told: Pair = [" · ".join(filter(None, (one, kind, days, note)))
                  for one, kind, note in zip(span.name, name, span.note, strict=True)]  # fmt: skip
    canvas.rect(a, middle - _THICK / 2, max(b - a - 1, 2.0), _THICK, colour, note=told, opacity=0.92, round_=3)
    room = b - a - 8
    short = [clipped(one, room, _SMALL) if breadth(one, _SMALL) > room else one for one in span.name]
    if all(len(one) > 2 or one == whole for one, whole in zip(short, span.name, strict=True)) and room > 24:
        canvas.text(a + 4, middle + 4, short, name="paper", size=_SMALL)
