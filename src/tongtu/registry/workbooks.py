"""Workbooks of ours: a header people read, a hidden row of machine keys, rows; written in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tongtu.registry.columns import Column, Noun
from tongtu.registry.names import written_header
from tongtu.terms.words import Lang

#: what Excel can hold: rows below two header rows, characters in a cell
MOST_ROWS, MOST_TEXT = 1_048_574, 32_767
HEADER_ROWS = 2
#: cells from which a workbook is written row by row
FRUGAL = 2_000_000
_NAME_LIMIT = 31
_TEXT = ("id", "text", "long", "list", "ref", "refs", "code", "codes", "subject", "unit", "currency", "uscc",
         "patent", "orcid", "ror", "division")  # fmt: skip
_WIDTHS = {"long": 48, "text": 26, "uscc": 22, "list": 24, "refs": 24, "codes": 24, "money": 16, "bool": 9, "year": 8}


class _Exact(Worksheet):  # type: ignore[misc]
    """A sheet that writes floats so that they come back equal: 16 digits, the library's habit, are not enough."""

    def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, str]] = ()) -> None:
        said = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{said}><v>{number!r}</v></c>")


class Sheet:
    """One table of a workbook."""

    def __init__(self, book: Book, found: Noun, name: str) -> None:
        self._sheet = book.workbook.add_worksheet(name, _Exact)
        self._formats = book.formats
        self._columns = found.columns
        for i, column in enumerate(found.columns):
            self._sheet.set_column(i, i, _WIDTHS.get(column.kind, 14), self._format(column))
        for i, column in enumerate(found.columns):
            style = self._formats["required" if column.required else "header"]
            self._sheet.write_string(0, i, written_header(column, book.lang), style)
        self._sheet.set_row(1, None, None, {"hidden": True})
        for i, column in enumerate(found.columns):
            self._sheet.write_string(1, i, column.name)
        self._sheet.freeze_panes(HEADER_ROWS, 1)

    @property
    def raw(self) -> Any:
        """The library's own sheet."""
        return self._sheet

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Cells row by row: text, numbers, dates or None."""
        sheet, day = self._sheet, self._formats["date"]
        for number, row in enumerate(rows, start=HEADER_ROWS):
            for i, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, str):
                    sheet.write_string(number, i, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, i, value, day)
                else:
                    sheet.write_number(number, i, value)

    def _format(self, column: Column) -> Any:
        if column.kind in _TEXT:
            return self._formats["text"]
        return self._formats.get(column.kind)


class Book:
    """A workbook being written; closing it writes the file.

    `frugal` keeps one row in memory; the file then repeats its texts, which is a fifth slower to read.
    """

    def __init__(self, path: Path, lang: Lang, frugal: bool = False) -> None:
        options = {"constant_memory": frugal, "default_date_format": "yyyy-mm-dd"}
        self.lang = lang
        self.workbook = xlsxwriter.Workbook(str(path), options)
        self.formats = {name: self.workbook.add_format(style) for name, style in _STYLES.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workbook.close()

    def table(self, found: Noun, name: str = "") -> Sheet:
        """A sheet for a noun, named by its label where Excel allows."""
        return Sheet(self, found, name or sheet_name(found, self.lang))


def sheet_name(found: Noun, lang: Lang) -> str:
    label = found.label(lang)
    return label if len(label) <= _NAME_LIMIT and not set(label) & set("[]:*?/\\") else found.name


_STYLES: dict[str, dict[str, Any]] = {
    "header": {"bold": True, "bg_color": "#E8EEF4", "border": 1, "border_color": "#B8C4D0", "text_wrap": True,
               "valign": "vcenter", "num_format": "@"},
    "required": {"bold": True, "bg_color": "#FBE9D9", "border": 1, "border_color": "#D8B89A", "text_wrap": True,
                 "valign": "vcenter", "num_format": "@"},
    "text": {"num_format": "@"},
    "date": {"num_format": "yyyy-mm-dd"},
    "money": {"num_format": "#,##0.00"},
    "ratio": {"num_format": "0.##%"},
    "note": {"text_wrap": True, "valign": "top"},
}  # fmt: skip
