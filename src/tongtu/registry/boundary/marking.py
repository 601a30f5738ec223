"""Marks faulty cells: in the workbook itself by openpyxl, or in one built anew by xlsxwriter.

Runs in the guarded child, and loads its libraries there: openpyxl would load NumPy where it finds it, and
the fork server must stay small.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tongtu.registry.boundary import archive, documents, guard, text
from tongtu.registry.boundary.cells import HEADER_ROWS
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.workbook import Workbook, plain_file

FAULT_SHEET = "问题 Faults"
_FILL = "FFC7CE"
_MOST_UNPACKED = 8 << 20
"""openpyxl takes about fifty times this in memory, and seconds per megabyte."""
_MOST_MARKS = 2_000
_KEPT = (".xlsx", ".xlsm")

_Place = tuple[int, int]
_Marks = dict[_Place, str]


def mark(data: bytes, job: dict[str, Any], limits: Limits, out: Path) -> bool:
    """False where the asked way is not for this file; then nothing is written."""
    if job["way"] == "rebuilt":
        _rebuild(data, job, limits, out)
        return True
    if job["suffix"] not in _KEPT or len(job["marks"]) > _MOST_MARKS:
        return False
    return _mark_same(data, job, limits, out)


def _mark_same(data: bytes, job: dict[str, Any], limits: Limits, out: Path) -> bool:
    found = archive.parts(data, job["suffix"], limits)
    if sum(part.claimed for part in found) > _MOST_UNPACKED:
        return False
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl then does without it
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    with plain_file() as plain:
        archive.repack(data, found, plain)
        book = openpyxl.load_workbook(plain, keep_vba=job["suffix"] == ".xlsm", rich_text=True)
    fill = PatternFill("solid", start_color=_FILL)
    for index, sheet in enumerate(book.worksheets):
        head = sheet.iter_rows(max_row=HEADER_ROWS, values_only=True)
        for (row, column), said in _placed(job["marks"], sheet.title, index == 0, head, 1).items():
            cell = sheet.cell(row, column)
            cell = _anchor(sheet, cell)
            cell.fill = fill
            old = f"{cell.comment.text}\n" if cell.comment else ""
            cell.comment = Comment(old + said, "Tongtu", height=120, width=320)
    book.save(out)
    return True


def _anchor(sheet: Any, cell: Any) -> Any:
    """The cell that speaks for a merged one."""
    for merged in sheet.merged_cells.ranges:
        if cell.coordinate in merged:
            return sheet.cell(merged.min_row, merged.min_col)
    return cell


def _placed(marks: list[dict[str, Any]], sheet: str, is_first: bool, head: Iterable[Iterable[Any]], top: int) -> _Marks:
    """Place (row, column, both from 1) → what is said there. A fault without a sheet belongs to the first.

    A column is found by its header in the first rows; a fault without row stands at its header, one
    without a known column at the row's first cell.
    """
    headers: dict[str, _Place] = {}
    for row, cells in enumerate(head, top):
        for column, cell in enumerate(cells, 1):
            if isinstance(cell, str) and cell.strip():
                headers[cell.strip()] = (row, column)
    found: _Marks = {}
    for m in marks:
        if m["sheet"] == sheet or (is_first and not m["sheet"]):
            row, column = headers.get(m["column"].strip(), (top, 1))
            place = (m["row"] or row, column)
            said = "\n".join(m["said"])
            found[place] = f"{found[place]}\n{said}" if place in found else said
    return found


def _rebuild(data: bytes, job: dict[str, Any], limits: Limits, out: Path) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "tmpdir": str(out.parent), "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_urls": False, "nan_inf_to_errors": True}) as book:
        fill = book.add_format({"bg_color": f"#{_FILL}"})
        taken = {FAULT_SHEET.lower()}
        for index, (name, top, rows) in enumerate(_sheets(data, job, limits)):
            sheet = book.add_worksheet(_sheet_name(name, taken))
            marks = _placed(job["marks"], name, index == 0, rows[:HEADER_ROWS], top)
            _write_sheet(sheet, rows, top, marks, fill)
        _write_faults(book, job["marks"])


def _sheets(data: bytes, job: dict[str, Any], limits: Limits) -> Iterator[tuple[str, int, list[list[Any]]]]:
    """Name, first row (from 1) and rows of each sheet."""
    suffix, stem = job["suffix"], job["stem"]
    if suffix in guard.WORKBOOKS:
        with Workbook(data, suffix, limits) as book:
            for name in book.names:
                rows = book.sheet(name).to_python(skip_empty_area=False)
                for row, cells in book.errors(name).items():
                    for column, said in cells:
                        if row < len(rows) and column < len(rows[row]):
                            rows[row][column] = said
                yield name, 1, rows
    elif suffix in guard.DELIMITED:
        yield stem, 1, list(text.rows_of(data, suffix, limits))
    else:
        for name, rows in documents.tables_of(documents.values_of(data, suffix, limits), stem):
            yield name, 1, rows


def _sheet_name(name: str, taken: set[str]) -> str:
    """As Excel allows: at most 31 characters, none of its seven signs, each name once."""
    clean = "".join("_" if c in r"[]:*?/\'" else c for c in name)[:31] or "Sheet"
    number = 2
    base = clean
    while clean.lower() in taken:
        clean = f"{base[:27]} {number}"
        number += 1
    taken.add(clean.lower())
    return clean


def _write_sheet(sheet: Any, rows: list[list[Any]], top: int, marks: _Marks, fill: Any) -> None:
    places = sorted(marks)
    for place in places[:_MOST_MARKS]:
        sheet.write_comment(place[0] - 1, place[1] - 1, marks[place], {"width": 320, "height": 120})
    marked: dict[int, set[int]] = {}
    for row, column in places:
        marked.setdefault(row, set()).add(column)
    for number, cells in enumerate(rows, top):
        faulty = marked.get(number, set())
        for column, cell in enumerate(cells, 1):
            if cell not in ("", None) or column in faulty:
                _write(sheet, number - 1, column - 1, cell, fill if column in faulty else None)


def _write(sheet: Any, row: int, column: int, cell: Any, style: Any) -> None:
    """Typed: text is never taken for a formula or a link."""
    if cell in ("", None):
        sheet.write_blank(row, column, None, style)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, style)
    elif isinstance(cell, (int, float)):
        sheet.write_number(row, column, cell, style)
    else:
        said = cell if isinstance(cell, str) else str(cell)
        sheet.write_string(row, column, said[:32_767], style)


def _write_faults(book: Any, marks: list[dict[str, Any]]) -> None:
    sheet = book.add_worksheet(FAULT_SHEET)
    bold = book.add_format({"bold": True})
    for column, word in enumerate(("工作表 Sheet", "行 Row", "列 Column", "值 Value", "问题", "Problem")):
        sheet.write_string(0, column, word, bold)
    for number, m in enumerate(marks[:1_048_575], 1):
        for column, cell in enumerate((m["sheet"], m["row"], m["column"], m["value"], *m["said"])):
            _write(sheet, number, column, cell, None)
    sheet.set_column(0, 3, 16)
    sheet.set_column(4, 5, 60)
    sheet.activate()
