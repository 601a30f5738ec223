"""Workbooks, delimited text and JSON records to sheets of plain columns. Runs in the guarded child."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

import orjson

from tongtu.registry.boundary import documents, text
from tongtu.registry.boundary.binary import Errors
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.refusal import refused
from tongtu.registry.boundary.wire import Sender
from tongtu.registry.boundary.workbook import Workbook

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

HEADER_ROWS = 12
"""Merged cells that begin in these rows of a sheet are filled; below, a merge is the table's own matter."""
_ROWS = 4096
_Row = list[Any]


class _Budget:
    """Counts sheets, rows, columns and cells against the limits, over all sheets of a file."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._cells = 0

    def sheets(self, many: int) -> None:
        if many > self._limits.sheets:
            raise refused("sheets", sheets=many, limit=self._limits.sheets)

    def block(self, sheet: str, rows: int, columns: int, cells: int) -> None:
        """`rows` and `columns` as they stand so far in the sheet, `cells` those newly added."""
        self._cells += cells
        if rows > self._limits.rows:
            raise refused("rows", sheet=sheet, limit=self._limits.rows)
        if columns > self._limits.columns:
            raise refused("columns", sheet=sheet, columns=columns, limit=self._limits.columns)
        if self._cells > self._limits.cells:
            raise refused("cells", sheet=sheet, limit=self._limits.cells)


def send_workbook(data: bytes, suffix: str, limits: Limits, out: Sender) -> None:
    """Every worksheet of a workbook, in its order. Raises FileRefused."""
    budget = _Budget(limits)
    with Workbook(data, suffix, limits) as book:
        budget.sheets(len(book.names))
        for name in book.names:
            _send_sheet(book.sheet(name), book.errors(name), budget, out)


def send_delimited(data: bytes, suffix: str, stem: str, limits: Limits, out: Sender) -> None:
    """The one sheet of a delimited text, all cells text. Raises FileRefused."""
    _send_ragged(stem, text.rows_of(data, suffix, limits), _Budget(limits), out)


def send_records(data: bytes, suffix: str, stem: str, limits: Limits, out: Sender) -> None:
    """JSON records as sheets whose first row is the header. Raises FileRefused."""
    budget = _Budget(limits)
    for number, (name, rows) in enumerate(documents.tables_of(documents.values_of(data, suffix, limits), stem)):
        budget.sheets(number + 1)
        _send_ragged(name, rows, budget, out)


@dataclass(frozen=True, slots=True)
class _Box:
    """The rectangle of a sheet that holds something; all counted from 0, ends included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def width(self) -> int:
        return self.right - self.left + 1

    @property
    def height(self) -> int:
        return self.bottom - self.top + 1


def _send_sheet(sheet: CalamineSheet, errors: Errors, budget: _Budget, out: Sender) -> None:
    box = _box(sheet, errors)
    if box is None:
        out.send(b"S", {"name": sheet.name, "first_row": 1})
        return
    budget.block(sheet.name, box.bottom + 1, box.width, box.width * box.height)
    out.send(b"S", {"name": sheet.name, "first_row": box.top + 1})
    repairs = [*_merged(sheet, box), _errors_into(errors, box)]
    for at, block in _blocks(_rows_of(sheet, box)):
        for repair in repairs:
            repair(at, block)
        out.send_json(b"C", _columns_json(list(zip(*block, strict=True))))


def _box(sheet: CalamineSheet, errors: Errors) -> _Box | None:
    """What calamine found, stretched to error cells that it passed over (a formula's error in .xlsb)."""
    corners = [corner for corner in (sheet.start, sheet.end) if corner is not None]
    corners += [(row, column) for row, cells in errors.items() for column, _ in cells]
    if not corners:
        return None
    rows, columns = zip(*corners, strict=True)
    return _Box(min(rows), min(columns), max(rows), max(columns))


def _rows_of(sheet: CalamineSheet, box: _Box) -> Iterator[_Row]:
    """The rows of the box. Calamine drops empty columns at the left, but no rows above."""
    if sheet.start is not None and (*sheet.start, *(sheet.end or ())) == (box.top, box.left, box.bottom, box.right):
        return islice(sheet.iter_rows(), box.top, None)
    return _stretched(sheet, box)


def _stretched(sheet: CalamineSheet, box: _Box) -> Iterator[_Row]:
    top, left = sheet.start or (box.top, box.left)
    before, after = [""] * (left - box.left), [""] * (box.right - left + 1 - sheet.width)
    for _ in range(top - box.top):
        yield [""] * box.width
    rows = islice(sheet.iter_rows(), top, None) if sheet.start else iter(())
    for row in rows:
        yield before + row + after
    for _ in range(box.bottom + 1 - top - sheet.height):
        yield [""] * box.width


def _send_ragged(name: str, rows: Iterable[_Row], budget: _Budget, out: Sender) -> None:
    """Rows of different lengths, made even within each block; the reader evens the blocks."""
    out.send(b"S", {"name": name, "first_row": 1})
    for at, block in _blocks(rows):
        width = max(1, *map(len, block)) if len(block) > 1 else max(1, len(block[0]))
        budget.block(name, at + len(block), width, width * len(block))
        block[0] = [*block[0], *[None] * (width - len(block[0]))]
        out.send_json(b"C", _empties(orjson.dumps(list(zip_longest(*block)))))


def _blocks(rows: Iterable[_Row]) -> Iterator[tuple[int, list[_Row]]]:
    """Rows in handfuls, each with the index of its first: so the reader works while the child does."""
    source, at = iter(rows), 0
    while block := list(islice(source, _ROWS)):
        yield at, block
        at += len(block)


def _merged(sheet: CalamineSheet, box: _Box) -> Iterator[Callable[[int, list[_Row]], None]]:
    """For each merge of the header area, what fills it with the value of its first cell."""
    for (first, begin), (last, end) in sheet.merged_cell_ranges or []:
        row, column = first - box.top, begin - box.left
        if 0 <= row < HEADER_ROWS and 0 <= column < box.width:
            yield _fill(row, min(last, box.bottom) - box.top, column, min(end, box.right) - box.left)


def _fill(first: int, last: int, begin: int, end: int) -> Callable[[int, list[_Row]], None]:
    value: Any = None

    def fill(at: int, block: list[_Row]) -> None:
        nonlocal value
        if at <= first < at + len(block):
            value = block[first - at][begin]
        for row in range(max(first, at), min(last + 1, at + len(block))):
            block[row - at][begin : end + 1] = [value] * (end + 1 - begin)

    return fill


def _errors_into(errors: Errors, box: _Box) -> Callable[[int, list[_Row]], None]:
    """What writes `#DIV/0!` and its kin into the cells that calamine leaves empty."""

    def write(at: int, block: list[_Row]) -> None:
        if not errors:
            return
        for offset, row in enumerate(block):
            for column, said in errors.get(box.top + at + offset, ()):
                row[column - box.left] = said

    return write


def _columns_json(columns: list[tuple[Any, ...]]) -> bytes:
    payload = orjson.dumps(columns, default=_told)
    if b",null" in payload or b"[null" in payload:
        # Before empty cells became null, a null can only be a NaN or infinity, which JSON does not know.
        payload = orjson.dumps([[_finite(cell) for cell in column] for column in columns], default=_told)
    return _empties(payload)


def _empties(payload: bytes) -> bytes:
    """Empty strings to null, on the bytes: a quote that ends a string is never followed by another quote,
    so an opening bracket or comma before two quotes always begins an empty string."""
    return payload.replace(b',""', b",null").replace(b'[""', b"[null")


def _finite(cell: Any) -> Any:
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell


def _told(cell: Any) -> str:
    """A duration as a sheet shows it: hours beyond 24 stay hours. Dates and times are ISO by orjson."""
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        sign = "-" if seconds < 0 else ""
        minutes, seconds = divmod(abs(seconds), 60)
        return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(cell)
