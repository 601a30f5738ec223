"""Counts between edges as shades, with the things that were counted as dots where they lie.

Cells are of equal size, whatever their edges; within a cell a dot stands in proportion. A shade says how many, never
how bad: products of ranks are no numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from tongtu.chain.dossier.charts.canvas import Canvas, breadth
from tongtu.chain.dossier.charts.model import Heat
from tongtu.chain.dossier.charts.ticks import edges

_HIGH = 46.0


def draw(picture: Heat, canvas: Canvas) -> float:
    """Draws the picture; returns its height."""
    rows, columns = len(picture.y_edges) - 1, len(picture.x_edges) - 1
    (across, along), (up, upward) = edges(picture.x, picture.x_edges), edges(picture.y, picture.y_edges)
    left = 14 + max(breadth(t) for pair in up for t in pair)
    top, right = 34.0, canvas.width - 30
    broad, bottom = (right - left) / columns, top + _HIGH * rows
    most = max((v for row in picture.cells for v in row), default=0.0) or 1.0
    canvas.text(4, 16, upward, name="soft")
    for i, line in enumerate(picture.cells):
        for j, value in enumerate(line):
            at = left + j * broad, bottom - (i + 1) * _HIGH
            canvas.rect(*at, broad - 2, _HIGH - 2, "grid", opacity=0.45)
            if value:
                canvas.rect(*at, broad - 2, _HIGH - 2, "c0", opacity=0.12 + 0.68 * value / most,
                            note=[f"{value:,.6g} {one}".strip() for one in picture.of])  # fmt: skip
                dark = value / most > 0.55
                canvas.text(at[0] + broad - 8, at[1] + 15, [f"{value:,.6g}"] * 2, anchor="end",
                            name="paper" if dark else "ink", bold=True)  # fmt: skip
    for dot in picture.dots:
        x = left + _within(dot.x, picture.x_edges) * broad
        y = bottom - _within(dot.y, picture.y_edges) * _HIGH
        canvas.dot(x, y, 3.4, "c1", dot.note, 0.75)
    for i, text in enumerate(up):
        canvas.text(left - 6, bottom - i * _HIGH + 4, text, anchor="end", name="soft")
    for j, text in enumerate(across):
        canvas.text(left + j * broad, bottom + 16, text, anchor="middle", name="soft")
    canvas.text(right, bottom + 34, along, anchor="end", name="soft")
    return bottom + 42


def _within(value: float, edges: Sequence[float]) -> float:
    """Cells from the first edge, with the part of the cell it lies in."""
    value = min(max(value, edges[0]), edges[-1])
    cell = min(bisect_right(edges, value) - 1, len(edges) - 2)
    return cell + (value - edges[cell]) / (edges[cell + 1] - edges[cell])
