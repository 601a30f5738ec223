"""The same picture as a chart of a workbook, made of the cells of its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongtu.chain.dossier.charts.canvas import FIXED
from tongtu.chain.dossier.charts.data import Grid, Value, grid
from tongtu.chain.dossier.charts.model import Bars, Flow, Gantt, Heat, Lines, Picture, Scale, coloured
from tongtu.chain.report.spoken import Pair, words
from tongtu.terms.money import exponent

#: rows a chart covers, and its size in pixels
ROWS = 20
_SIZE = {"width": 760, "height": 380}
_GRID = {"visible": True, "line": {"color": FIXED["grid"]}}
#: Excel counts days from here
_FIRST = date(1899, 12, 30)


def number(value: Value, scale: Scale | None) -> float | None:
    """A value as a cell of figures holds it: money in major units, days as Excel counts them; None for texts."""
    if isinstance(value, date):
        return float((value - _FIRST).days)
    if value is None or isinstance(value, list):
        return None
    if scale is not None and scale.kind == "money":
        return float(value / 10 ** exponent(scale.currency))
    if scale is not None and scale.kind == "day":
        return value - _FIRST.toordinal()
    return float(value)


def form(value: Value, scale: Scale | None) -> str:
    """How Excel shows it."""
    if isinstance(value, date):
        return "yyyy-mm-dd"
    return {"share": "0.0%", "money": "#,##0", "day": "yyyy-mm-dd"}.get(scale.kind if scale else "", "#,##0.####")


def laid(picture: Picture) -> Grid:
    """The table whose cells the chart is made of."""
    match picture:
        case Bars():
            return _stacked(picture)
        case Gantt():
            return _lengths(picture)
    return grid(picture)


def chart(book: Any, picture: Picture, sheet: str, at: int, found: Grid, side: int, title: Pair) -> Any | None:
    """A chart of the cells from row `at` (its heads) of a sheet; None where Excel has no such chart."""
    cells = _Cells(sheet, at, len(found.rows))
    if not found.rows or isinstance(picture, Heat | Flow):
        return None
    match picture:
        case Lines():
            made = _lines(book, picture, cells, side)
        case Bars():
            made = _bars(book, picture, cells, side)
        case Gantt():
            made = _spans(book, picture, cells)
    made.set_title({"name": title[side], "name_font": {"size": 12}, "overlay": False})
    made.set_size(_SIZE)
    return made


@dataclass(frozen=True, slots=True)
class _Cells:
    """Where a table stands: its sheet, the row of its heads, and how many rows follow."""

    sheet: str
    at: int
    rows: int

    def series(self, column: int) -> dict[str, list[str | int]]:
        """A column against the first one, under its head."""
        values: list[str | int] = [self.sheet, self.at + 1, column, self.at + self.rows, column]
        names: list[str | int] = [self.sheet, self.at + 1, 0, self.at + self.rows, 0]
        return {"name": [self.sheet, self.at, column], "categories": names, "values": values}


def _lines(book: Any, picture: Lines, cells: _Cells, side: int) -> Any:
    made = book.add_chart({"type": "scatter", "subtype": "straight"})
    column = 1
    for one, colour in zip(picture.series, coloured(picture.series), strict=True):
        dots = one.joint == "dots"
        dash = "dash" if one.joint == "dashed" else "solid"
        line = {"none": True} if dots else {"color": FIXED[colour], "width": 2, "dash_type": dash}
        fill = {"color": FIXED[colour]}
        few = dots or len(one.points) <= ROWS
        marker = {"type": "circle", "size": 5, "fill": fill, "border": fill} if few else {"type": "none"}
        made.add_series({**cells.series(column), "line": line, "marker": marker})
        column += 3 if one.band else 1
    made.show_blanks_as("span")
    made.set_x_axis(_axis(picture.x, side))
    made.set_y_axis(_axis(picture.y, side))
    made.set_legend({"position": "top"})
    return made


def _axis(scale: Scale, side: int) -> dict[str, Any]:
    found: dict[str, Any] = {"name": scale.title[side], "num_format": form(0.0, scale), "name_font": {"size": 10},
                             "major_gridlines": _GRID,
                             "label_position": "low"}  # fmt: skip
    for name, value in (("min", scale.low), ("max", scale.high)):
        if value is not None:
            found[name] = number(value, scale)
    return found


def _stacked(picture: Bars) -> Grid:
    """What a stacked bar is made of: how far it is to the first piece, then pieces above and below nothing."""
    kinds = range(len(picture.legend))
    heads: list[Pair] = [words("dossier.chart-name"), words("dossier.chart-offset")]
    heads += [name if any(name) else picture.x.title for name, _ in picture.legend] * 2
    rows: list[list[Value]] = []
    for bar in picture.bars:
        above = {s.kind: (max(min(s.start, s.end), 0.0), max(s.start, s.end, 0.0)) for s in bar.segments}
        below = {s.kind: (min(s.start, s.end, 0.0), min(max(s.start, s.end), 0.0)) for s in bar.segments}
        up = [a for a, b in above.values() if b > a]
        down = [b for a, b in below.values() if b > a]
        offset = min(up) if up else max(down, default=0.0)
        if up and down:
            offset = 0.0
        row: list[Value] = [bar.name, offset]
        row += [above[k][1] - above[k][0] if k in above else None for k in kinds]
        row += [below[k][0] - below[k][1] if k in below else None for k in kinds]
        rows.append(row)
    return Grid(heads, [None, *([picture.x] * (len(heads) - 1))], rows)


def _bars(book: Any, picture: Bars, cells: _Cells, side: int) -> Any:
    kinds = len(picture.legend)
    made = _stack(book, cells, [colour for _, colour in picture.legend] * 2)
    made.set_x_axis(_axis(picture.x, side))
    made.set_legend({"position": "top", "delete_series": [0, *range(1 + kinds, 1 + 2 * kinds)]})
    return made


def _stack(book: Any, cells: _Cells, colours: Sequence[str]) -> Any:
    """Stacked bars from the first column, which is not seen, on."""
    made = book.add_chart({"type": "bar", "subtype": "stacked"})
    for column, colour in enumerate([None, *colours], start=1):
        filled = {"none": True} if colour is None else {"color": FIXED[colour]}
        made.add_series({**cells.series(column), "fill": filled, "border": {"none": True}, "gap": 50})
    made.set_y_axis({"reverse": True, "label_position": "low"})
    return made


def _lengths(picture: Gantt) -> Grid:
    """A row for each span: when it begins, and how many days it takes, by kind."""
    kinds = range(len(picture.legend))
    heads = [words("dossier.chart-name"), words("dossier.chart-from"), *(name for name, _ in picture.legend)]
    rows: list[list[Value]] = []
    for lane in picture.lanes:
        for span in lane.spans:
            days = float((span.end - span.start).days + 1)
            name = [f"{a} · {b}" for a, b in zip(lane.name, span.name, strict=True)]
            rows.append([name, span.start, *(days if k == span.kind else None for k in kinds)])
    return Grid(heads, [None] * 2 + [Scale(["", ""])] * len(picture.legend), rows)


def _spans(book: Any, picture: Gantt, cells: _Cells) -> Any:
    made = _stack(book, cells, [colour for _, colour in picture.legend])
    first = min(number(span.start, None) or 0.0 for lane in picture.lanes for span in lane.spans)
    made.set_x_axis({"num_format": "yyyy-mm-dd", "min": first, "major_gridlines": _GRID})
    made.set_legend({"position": "top", "delete_series": [0]})
    return made
