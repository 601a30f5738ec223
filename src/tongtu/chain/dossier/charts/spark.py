"""A picture in a terminal: bars of blocks, sparklines, lanes of days. Figures stand beside, shapes are for the eye."""

from __future__ import annotations

from collections.abc import Iterator

from tongtu.chain.dossier.charts.canvas import clipped
from tongtu.chain.dossier.charts.data import grid, joined_names
from tongtu.chain.dossier.charts.flow import layers_of
from tongtu.chain.dossier.charts.gantt import days_of
from tongtu.chain.dossier.charts.model import Bars, Flow, Gantt, Heat, Lines, Picture
from tongtu.chain.dossier.charts.ticks import axis, said
from tongtu.chain.report.spoken import Pair

_STEPS = "▁▂▃▄▅▆▇█"
_BAR, _LANE, _NOTE = 36, 48, 26


def rows(picture: Picture) -> Iterator[list[Pair]]:
    """Rows of texts: a name, the shape, and what it amounts to. Heat maps are their table."""
    match picture:
        case Lines():
            yield from _lines(picture)
        case Bars():
            yield from _bars(picture)
        case Heat():
            found = grid(picture)
            yield [list(head) for head in found.heads]
            yield from found.texts()
        case Gantt():
            yield from _gantt(picture)
        case Flow():
            yield from _flow(picture)


def _lines(picture: Lines) -> Iterator[list[Pair]]:
    ys = [y for one in picture.series for _, y in one.points]
    scale = axis(picture.y, ys, 5)
    for one in picture.series:
        if one.points:
            kept = _thinned([y for _, y in one.points], _BAR)
            shape = "".join(_STEPS[min(int(scale.at(y, 0, len(_STEPS))), len(_STEPS) - 1)] for y in kept)
            ends = [(said(picture.x, x), said(picture.y, y)) for x, y in (one.points[0], one.points[-1])]
            told = [" → ".join(f"{x[side]}: {y[side]}" for x, y in ends) for side in (0, 1)]
            yield [one.name if any(one.name) else picture.y.title, [shape, shape], told]
    for rule in picture.rules:
        yield [rule.name, ["", ""], said(picture.x if rule.along == "x" else picture.y, rule.value)]


def _thinned(values: list[float], most: int) -> list[float]:
    if len(values) <= most:
        return values
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def _bars(picture: Bars) -> Iterator[list[Pair]]:
    ends = [v for bar in picture.bars for s in bar.segments for v in (s.start, s.end)]
    x = axis(picture.x, ends if picture.base is None else [*ends, picture.base], 6)
    shades = "█▓▒░"
    for bar in picture.bars:
        line = [" "] * _BAR
        for segment in bar.segments:
            a, b = sorted(round(x.at(v, 0, _BAR)) for v in (segment.start, segment.end))
            a = min(a, _BAR - 1)
            for i in range(a, max(b, a + 1)):
                line[i] = shades[segment.kind % len(shades)]
        shape = "".join(line)
        last = bar.segments[-1].end if bar.segments else None
        yield [bar.name, [shape, shape], bar.note if any(bar.note) else said(picture.x, last)]


def _gantt(picture: Gantt) -> Iterator[list[Pair]]:
    x = days_of(picture)
    for lane in picture.lanes:
        line = ["·"] * _LANE
        for span in lane.spans:
            a, b = (int(x.at(v, 0, _LANE)) for v in (span.start.toordinal(), span.end.toordinal() + 1))
            a = min(a, _LANE - 1)
            for i in range(a, max(b, a + 1)):
                line[i] = "█" if line[i] == "·" else "▓"
        shape = "".join(line)
        days = sorted(s.start for s in lane.spans)[:1] + sorted((s.end for s in lane.spans), reverse=True)[:1]
        told = " – ".join(day.isoformat() for day in days)
        yield [lane.name, [shape, shape], [told, told]]


def _flow(picture: Flow) -> Iterator[list[Pair]]:
    """A line for each box, layer after layer, with what it leads to; what lies on the lit path is marked."""
    boxes = {box.id: box for box in picture.boxes}
    leads: dict[str, list[Pair]] = {box.id: [] for box in picture.boxes}
    for arrow in picture.arrows:
        leads[arrow.start].append(boxes[arrow.end].name)
    marked = any(box.lit for box in picture.boxes)
    for layer in layers_of(picture).rows:
        for node in layer:
            if isinstance(node, str):
                box = boxes[node]
                mark = ("● " if box.lit else "○ ") if marked else ""
                to = joined_names(leads[node])
                yield [[mark + one for one in box.name], _short([f"→ {one}" if one else "" for one in to], _BAR),
                       _short(box.note, _NOTE)]  # fmt: skip


def _short(said: Pair, room: int) -> Pair:
    """As much of a text as fits into so many places of a terminal."""
    return [clipped(one, room, 2.0) for one in said]
