"""A dossier as a workbook: a sheet per section, tables as they stand, text where there is no table."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from tongtu.chain.dossier.document import Block, Document, Facts, Map, Paragraph, Section, Table
from tongtu.terms.words import LANGUAGES, Lang

_WIDTHS = {"": 22, "n": 16, "day": 14, "long": 60}
#: what Excel does not allow in the name of a sheet
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_workbook(document: Document, path: Path, as_of: date, lang: Lang = "zh") -> Path:
    """One sheet per section in one language. The file's dates come from `as_of`: equal dossiers give equal files."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    side = LANGUAGES.index(lang)
    with xlsxwriter.Workbook(path, options) as book:
        stamp = datetime.combine(as_of, time(), UTC).replace(tzinfo=None)
        book.set_properties({"title": document.title[side], "created": stamp})
        writer = _Writer(book, side)
        for number, section in enumerate(document.sections, start=1):
            writer.begin(f"{number} {section.title[side]}")
            if number == 1:
                writer.lines([document.title, *document.stamp])
            for block in section.blocks:
                writer.block(block)
            if number == len(document.sections):
                writer.lines(document.foot)
    return path


class _Writer:
    def __init__(self, book: Any, side: int) -> None:
        self.book, self.side, self.row = book, side, 0
        self.head = book.add_format({"bold": True, "bg_color": "#E3EDF7", "border": 1, "text_wrap": True})
        self.bold = book.add_format({"bold": True})
        self.cell = book.add_format({"text_wrap": True, "valign": "top"})

    def begin(self, name: str) -> None:
        self.sheet = self.book.add_worksheet(name.translate(_FORBIDDEN)[:31])
        self.sheet.set_column(0, 0, _WIDTHS[""])
        self.row = 0

    def lines(self, lines: Any) -> None:
        for line in lines:
            self.write([line[self.side]], None)

    def block(self, block: Block) -> None:
        match block:
            case Paragraph(said):
                self.write([said[self.side]], None)
            case Facts(rows):
                for name, found in rows:
                    self.write([name[self.side], found.text[self.side]], None)
            case Table(columns, rows):
                for i, column in enumerate(columns):
                    self.sheet.set_column(i, i, _WIDTHS[column.kind])
                self.write([c.head[self.side] for c in columns], self.head)
                for line in rows:
                    self.write([found.text[self.side] for found in line], self.cell)
                self.row += 1
            case Map(tiles, legend):
                told = dict(legend)
                for tile in tiles:
                    state = told[tile.tone][self.side] if tile.tone in told else ""
                    self.write([tile.name[self.side], state, tile.note[self.side]], self.cell)
                self.row += 1
            case Section(title, blocks, badge):
                self.write([title[self.side], badge.text[self.side] if badge else ""], self.bold)
                for inner in blocks:
                    self.block(inner)

    def write(self, values: list[str], style: Any) -> None:
        for i, value in enumerate(values):
            if value:
                self.sheet.write_string(self.row, i, value[:32_767], style)
        self.row += 1
