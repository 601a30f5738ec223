"""A dossier as a workbook: a sheet per section, tables as they stand, text where there is no table."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from tongtu.chain.dossier.charts import native
from tongtu.chain.dossier.charts.data import text as charted
from tongtu.chain.dossier.document import Block, Chart, Document, Facts, Map, Paragraph, Section, Table
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
        self.forms: dict[str, Any] = {}
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
            case Chart():
                self.chart(block)
            case Section(title, blocks, badge):
                self.write([title[self.side], badge.text[self.side] if badge else ""], self.bold)
                for inner in blocks:
                    self.block(inner)

    def chart(self, chart: Chart) -> None:
        """The chart, and below it the figures its cells are made of, as numbers."""
        self.write([chart.title[self.side]], self.bold)
        if any(chart.told):
            self.write([chart.told[self.side]], None)
        found = native.laid(chart.picture)
        made = native.chart(self.book, chart.picture, self.sheet.get_name(), self.row + native.ROWS, found, self.side,
                            chart.title)  # fmt: skip
        if made is not None:
            self.sheet.insert_chart(self.row, 0, made, {"description": chart.told[self.side] or chart.title[self.side]})
            self.row += native.ROWS
        self.write([head[self.side] for head in found.heads], self.head)
        for line in found.rows:
            for i, (value, scale) in enumerate(zip(line, found.scales, strict=True)):
                figure = native.number(value, scale)
                if figure is not None:
                    self.sheet.write_number(self.row, i, figure, self.figures(native.form(value, scale)))
                elif value is not None:
                    self.sheet.write_string(self.row, i, charted(value, scale)[self.side], self.cell)
            self.row += 1
        self.row += 1

    def figures(self, form: str) -> Any:
        if form not in self.forms:
            self.forms[form] = self.book.add_format({"num_format": form, "valign": "top"})
        return self.forms[form]

    def write(self, values: list[str], style: Any) -> None:
        for i, value in enumerate(values):
            if value:
                self.sheet.write_string(self.row, i, value[:32_767], style)
        self.row += 1
