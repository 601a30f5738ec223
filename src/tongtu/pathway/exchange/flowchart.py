"""A pathway as a flow chart: its stages as blocks on a plane, in columns by how much has to be passed before them.

A stage sent back returns above the middle line, a stage on hold waits below it. Ids are made of the pathway's own, so
they are the same in every export.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from tongtu.pathway.exchange.block import ABOVE, BELOW, GAP, Block, left_of, right_of
from tongtu.pathway.exchange.shapes import EVENT, GATEWAY, Chart, Shape, named
from tongtu.pathway.model import Pathway, Stage

_MARGIN, _BETWEEN, _DEPARTS, _BACK = 60.0, 80.0, 20.0, 105.0
_WEEK, _WORKING = 7, 5


def flowchart(pathway: Pathway) -> Chart:
    """The whole chart of a pathway; the same for the same pathway."""
    follow = {stage.id: [one.id for one in pathway.stages if stage.id in one.after] for stage in pathway.stages}
    back = _sent_back(pathway.stages)
    blocks = {stage.id: Block(stage, len(follow[stage.id]), stage.id in back) for stage in pathway.stages}
    chart = Chart()
    firsts = [stage.id for stage in pathway.stages if not stage.after]
    _place(chart, blocks, _columns(pathway.stages), _MARGIN + EVENT[0] + GAP + (100 if len(firsts) > 1 else 0))
    for stage in pathway.stages:
        for other in stage.after:
            _lead(chart, _end(chart, blocks[other]), _begin(chart, blocks[stage.id]))
    _open(chart, [_begin(chart, blocks[id]) for id in firsts])
    _close(chart, [_end(chart, block) for id, block in blocks.items() if not follow[id]])
    for stage in pathway.stages:
        _send_back(chart, stage, back)
    return chart


def returns_to(stage: Stage) -> str:
    """Where a gate sends a case back to; an answer to a call can only return to its own work."""
    return stage.id if stage.parallel else stage.gate.recycle_to or stage.id


def calendar_days(working: int) -> int:
    """Calendar days in which so many working days of a five-day week pass at most; holidays make them more."""
    return ceil(working * _WEEK / _WORKING)


def _columns(stages: Sequence[Stage]) -> dict[str, int]:
    """The longest way to each stage, counted in stages; they stand in working order already."""
    found: dict[str, int] = {}
    for stage in stages:
        found[stage.id] = max((found[one] + 1 for one in stage.after if one in found), default=0)
    return found


def _sent_back(stages: Sequence[Stage]) -> dict[str, list[str]]:
    """Stages that a case returns to, each with the stages whose gates send it there."""
    found: dict[str, list[str]] = {}
    for stage in stages:
        if "recycle" in stage.gate.decisions:
            found.setdefault(returns_to(stage), []).append(stage.id)
    return found


def _place(chart: Chart, blocks: dict[str, Block], columns: dict[str, int], x: float) -> None:
    """Blocks in columns of their own width; in a column one below another."""
    height = ABOVE + max([BELOW, *(block.below + 40 for block in blocks.values())])
    for column in range(max(columns.values(), default=-1) + 1):
        own = [blocks[id] for id in blocks if columns[id] == column]
        for row, block in enumerate(own):
            dy = ABOVE + 20 + row * height
            for shape in block.chart.shapes.values():
                chart.add(replace(shape, x=shape.x + x, y=shape.y + dy))
            for arrow in block.chart.arrows:
                moved = tuple((px + x, py + dy) for px, py in arrow.points)
                chart.arrows.append(replace(arrow, points=moved))
        x += max(block.width for block in own) + _BETWEEN


def _begin(chart: Chart, block: Block) -> Shape:
    assert block.first is not None
    return chart.shapes[block.first.id]


def _end(chart: Chart, block: Block) -> Shape:
    assert block.last is not None
    return chart.shapes[block.last.id]


def _lead(chart: Chart, start: Shape, end: Shape) -> None:
    """From one block to a later one: straight, with a step before the later one, or below what lies between."""
    (x0, y0), (x1, y1) = right_of(start), left_of(end)
    between = any(x0 + GAP < one.x < x1 - _BETWEEN and abs(one.middle[1] - y0) < BELOW
                  for one in chart.shapes.values() if one.kind in ("task", "subProcess"))  # fmt: skip
    a, b, low = x0 + _DEPARTS, x1 - _DEPARTS, max(y0, y1) + BELOW + 5
    points = [(x0, y0), (x1, y1)]
    if between:
        points[1:1] = [(a, y0), (a, low), (b, low), (b, y1)]
    elif y0 != y1:
        points[1:1] = [(b, y0), (b, y1)]
    chart.arrow(start, end, *points, taken="go" if start.use == "decision" else "")


def _open(chart: Chart, firsts: list[Shape]) -> None:
    """Where the pathway begins; several beginnings fork."""
    y = ABOVE + 20
    start = chart.add(Shape("start", "start", "startEvent", _MARGIN, y - EVENT[1] / 2, EVENT))
    if len(firsts) > 1:
        fork = chart.add(Shape("fork", "fork", "parallelGateway", _MARGIN + 86, y - GATEWAY[1] / 2, GATEWAY))
        _lead(chart, start, fork)
        start = fork
    for one in firsts:
        _lead(chart, start, one)


def _close(chart: Chart, lasts: list[Shape]) -> None:
    """Where it is done; several ends join."""
    y, x = ABOVE + 20, max(shape.x + shape.size[0] for shape in chart.shapes.values()) + _BETWEEN
    to = "end"
    if len(lasts) > 1:
        join = chart.add(Shape("join", "join", "parallelGateway", x, y - GATEWAY[1] / 2, GATEWAY))
        x += GATEWAY[0] + GAP
    end = chart.add(Shape(to, "end", "endEvent", x, y - EVENT[1] / 2, EVENT))
    for one in lasts:
        _lead(chart, one, join if len(lasts) > 1 else end)
    if len(lasts) > 1:
        _lead(chart, join, end)


def _send_back(chart: Chart, stage: Stage, back: dict[str, list[str]]) -> None:
    """The arrow from a decision back to the work it sends the case to, above both."""
    if "recycle" not in stage.gate.decisions:
        return
    to = returns_to(stage)
    out, again = chart.shapes[named("decision", stage.id)], chart.shapes[named("again", to)]
    (x0, y0), (x1, y1) = out.side("top"), again.side("top")
    high = min(y0, y1) - _BACK - (0 if to == stage.id else 12 * (back[to].index(stage.id) + 1))
    chart.arrow(out, again, (x0, y0), (x0, high), (x1, high), (x1, y1), taken="recycle")
