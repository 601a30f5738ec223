"""Curves, steps, dots with whiskers, rules and named points."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from tongtu.chain.dossier.charts.canvas import SIZE, Canvas, breadth
from tongtu.chain.dossier.charts.model import Lines, Series, coloured
from tongtu.chain.dossier.charts.ticks import Axis, axis, said
from tongtu.chain.report.spoken import Pair

_PLOT, _CLOSE = 250.0, 24.0
_DOTS = 24  # a line of more points shows none of them


def draw(picture: Lines, canvas: Canvas) -> float:
    """Draws the picture; returns its height."""
    x, y = _axes(picture)
    left = 12 + max(breadth(t) for _, pair in y.ticks for t in pair)
    right, top = canvas.width - 20, _head(picture, canvas, y)
    bottom = top + _PLOT
    _grid(canvas, x, y, (left, top, right, bottom))
    colours = coloured(picture.series)
    lines = [[(x.at(a, left, right), y.at(b, bottom, top)) for a, b in one.points] for one in picture.series]
    for name, one, places in zip(colours, picture.series, lines, strict=True):
        _band(canvas, one, places, name, partial(y.at, begin=bottom, end=top))
        if places and one.joint != "dots":
            canvas.path(_stepped(places) if one.joint == "step" else places, name,
                        dash="5 4" if one.joint == "dashed" else "")  # fmt: skip
    for name, one, places in zip(colours, picture.series, lines, strict=True):
        _dots(canvas, picture, one, places, name)
    _rules(canvas, picture, x, y, (left, top, right, bottom))
    for mark in picture.marks:
        at = x.at(mark.x, left, right), y.at(mark.y, bottom, top)
        canvas.dot(*at, 5, mark.colour, mark.name)
        below, above = at[1] + 22, at[1]
        crossed = [_crossed(lines, mark.name, (at[0], y_), (left, right)) for y_ in (below, above)]
        _named(canvas, mark.name, (at[0], below if crossed[0] <= crossed[1] else above), (left, right), mark.colour)
    return bottom + 40


def _axes(picture: Lines) -> tuple[Axis, Axis]:
    rules: dict[str, list[float]] = {"x": [], "y": []}
    for rule in picture.rules:
        rules[rule.along].append(rule.value)
    xs = [p[0] for one in picture.series for p in one.points] + rules["x"] + [m.x for m in picture.marks]
    ys = [p[1] for one in picture.series for p in one.points] + rules["y"] + [m.y for m in picture.marks]
    ys += [v for one in picture.series for pair in one.band for v in pair]
    return axis(picture.x, xs, 7), axis(picture.y, ys, 5)


def _head(picture: Lines, canvas: Canvas, y: Axis) -> float:
    """The legend and the title of the upright axis; returns where the plot begins."""
    named = [(one.name, c, {"dots": "dot", "dashed": "dashed"}.get(one.joint, "line"))
             for c, one in zip(coloured(picture.series), picture.series, strict=True) if any(one.name)]  # fmt: skip
    at = canvas.legend(named, 4, 16) if named else 2.0
    canvas.text(4, at + 12, y.title, name="soft")
    return at + 26


def _grid(canvas: Canvas, x: Axis, y: Axis, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    for value, text in y.ticks:
        at = y.at(value, bottom, top)
        canvas.line(left, at, right, at, "grid")
        canvas.text(left - 6, at + 4, text, anchor="end", name="soft")
    upright(canvas, x, left, right, bottom)


def upright(canvas: Canvas, x: Axis, left: float, right: float, bottom: float) -> None:
    """The axis below a plot: its ticks, as many of their texts as fit, its title."""
    canvas.line(left, bottom, right, bottom, "soft")
    last = -1e9
    for value, text in x.ticks:
        at = x.at(value, left, right)
        half = max(breadth(t) for t in text) / 2
        canvas.line(at, bottom, at, bottom + 4, "soft")
        middle = min(max(at, half), canvas.width - half)
        if middle - half > last + 6:
            canvas.text(middle, bottom + 17, text, anchor="middle", name="soft")
            last = middle + half
    canvas.text(right, bottom + 34, x.title, anchor="end", name="soft")


def _stepped(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    found = places[:1]
    for (_, before), (x, y) in pairwise(places):
        found += [(x, before), (x, y)]
    return found


def _band(
    canvas: Canvas, one: Series, places: list[tuple[float, float]], name: str, up: Callable[[float], float]
) -> None:
    if not one.band:
        return
    ends = [(up(low), up(high)) for low, high in one.band]
    if one.joint == "dots":
        for (x, _), (low, high) in zip(places, ends, strict=True):
            canvas.line(x, low, x, high, name, 1.4)
            for end in (low, high):
                canvas.line(x - 4, end, x + 4, end, name, 1.4)
        return
    upper = [(x, high) for (x, _), (_, high) in zip(places, ends, strict=True)]
    lower = [(x, low) for (x, _), (low, _) in zip(places, ends, strict=True)]
    canvas.path([*upper, *reversed(lower)], name, area=True)


def _dots(canvas: Canvas, picture: Lines, one: Series, places: list[tuple[float, float]], name: str) -> None:
    """Dots that tell their figures; on a long line none, since they would cover it."""
    if one.joint != "dots" and len(places) > _DOTS:
        return
    radius = 4.5 if one.joint == "dots" else 2.6
    for i, at in enumerate(places):
        told = one.notes[i] if one.notes else _told(picture, one.points[i])
        canvas.dot(*at, radius, name, told)


def _told(picture: Lines, point: tuple[float, float]) -> Pair:
    a, b = said(picture.x, point[0]), said(picture.y, point[1])
    return [f"{one}，{two}" if side == 0 else f"{one}, {two}" for side, (one, two) in enumerate(zip(a, b, strict=True))]


def _rules(canvas: Canvas, picture: Lines, x: Axis, y: Axis, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    for rule in picture.rules:
        if rule.along == "x":
            at = x.at(rule.value, left, right)
            canvas.line(at, top, at, bottom, rule.colour, 1.4, "2 3")
            _named(canvas, rule.name, (at, top + 18), (left, right), rule.colour)
        else:
            at = y.at(rule.value, bottom, top)
            canvas.line(left, at, right, at, rule.colour, 1.4, "2 3")
            ends = [y.at(one.points[-1][1], bottom, top) for one in picture.series if one.points]
            crowded = any(0 < at - end < _CLOSE for end in ends)  # a line ends just above: the name goes below
            height = canvas.free(right - 4, at + 14 if crowded else at - 5, rule.name, "end", 14)
            canvas.text(right - 4, height, rule.name, anchor="end", name=rule.colour, halo=True)


def _placed(name: Pair, x: float, ends: tuple[float, float]) -> tuple[float, str]:
    """Where a name beside a point begins or ends: after it where there is room, else before."""
    after = x + 7 + max(breadth(one) for one in name) <= ends[1]
    return (x + 7, "start") if after else (x - 7, "end")


def _crossed(
    lines: list[list[tuple[float, float]]], name: Pair, at: tuple[float, float], ends: tuple[float, float]
) -> int:  # fmt: skip
    """How many steps of the lines lie under a name put there."""
    x, anchor = _placed(name, at[0], ends)
    broad = max(breadth(one) for one in name)
    left, top = (x if anchor == "start" else x - broad), at[1] - 6 - SIZE
    return sum(
        left <= a + (c - a) * k / 8 <= left + broad and top <= b + (d - b) * k / 8 <= top + SIZE + 4
        for line in lines
        for (a, b), (c, d) in pairwise(line)
        for k in range(8)
    )


def _named(canvas: Canvas, name: Pair, at: tuple[float, float], ends: tuple[float, float], colour: str) -> None:
    """A name beside a point, on the side where there is room, below what is named there already."""
    x, anchor = _placed(name, at[0], ends)
    height = canvas.free(x, at[1] - 6, name, anchor, 14)
    canvas.text(x, height, name, anchor=anchor, name=colour, halo=True)
