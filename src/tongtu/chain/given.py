"""Tables a person gives beside the folder, for one question.

They pass the same boundary and converters as the folder's own tables, their columns stand in the `given.csv` of the
package that asks for them, and their faults name file, sheet, row and column. A column nobody knows is refused and not
passed over: a misspelt `least` would be a limit that is quietly ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tongtu.registry import Column, Noun
from tongtu.registry import names as spelt
from tongtu.registry.blocks import Block, Cells
from tongtu.registry.convert import convert_rows
from tongtu.registry.findings import Findings, Problem, in_order
from tongtu.registry.validate import Table, validate
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits, Sheet
    from tongtu.registry.codes import Codes

_LOOK = 12  # rows among which the header is looked for


@dataclass(frozen=True)
class Forms:
    """The tables of a package's `given.csv`; `keys` by table."""

    package: str
    keys: Mapping[str, tuple[str, ...]]

    @cached_property
    def tables(self) -> dict[str, Noun]:
        heads: dict[str, tuple[str, str]] = {}
        columns: dict[str, list[Column]] = {}
        for row in self._rows:
            if not row["name"]:
                heads[row["table"]] = (row["zh"], row["en"])
                continue
            kind, _, of = row["type"].partition(":")
            column = Column(row["table"], row["name"], kind, of, row["required"] == "yes", row["zh"], row["en"],
                            row["constraint"], "restricted")  # fmt: skip
            columns.setdefault(row["table"], []).append(column)
        return {n: Noun(n, zh, en, self.keys[n], "given", tuple(columns[n])) for n, (zh, en) in heads.items()}

    def spellings(self, table: str) -> dict[str, Column]:
        """Compared header → column, by machine key, label or another name it goes by."""
        made = self.tables[table]
        found: dict[str, Column] = {}
        for row in self._rows:
            if row["table"] == table and row["name"]:
                for name in (row["name"], row["zh"], row["en"], *filter(None, row["also"].split("|"))):
                    found.setdefault(spelt.key(name), made.column(row["name"]))
        return found

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        with (resources.files(self.package) / "given.csv").open(encoding="utf-8") as stream:
            return list(csv.DictReader(stream))


class Given:
    """One table on its way: its rows, and what is wrong with them."""

    def __init__(
        self, forms: Forms, table: str, path: Path, codes: Codes, limits: Limits | None = None, currency: str = "CNY"
    ) -> None:  # fmt: skip
        self.noun, self.findings = forms.tables[table], Findings()
        self._known = forms.spellings(table)
        self.block = self._read(path, limits)
        self._stop()  # without its columns there is nothing to look at row by row
        self.frame, more = convert_rows(self.block, codes, currency)
        self.findings.merge([more])

    def _read(self, path: Path, limits: Limits | None) -> Block:
        from tongtu.registry import boundary

        sheets = [s for s in boundary.read(path, limits) if s.columns and not spelt.is_our_note(s.name)]
        read = [(sheet, *found) for sheet in sheets if (found := self._heading(sheet)) is not None]
        if not read:
            required = [Label(c.zh, c.en) for c in self.noun.columns if c.required]
            args = {"table": Label(self.noun.zh, self.noun.en), "columns": required}
            problem = Problem.of("chain.given-no-header", **args)
            raise DataRefused(Fault(problem.what, problem.repair, path.name))
        sheet, after, headers = max(read, key=lambda found: len(found[2]))
        rows = pl.int_range(sheet.first_row + after, sheet.first_row + len(sheet.columns[0]), eager=True)
        block = Block(self.noun, path.name, sheet.name, rows)
        for i, column in headers.items():
            block.cells[column.name] = Cells.of(sheet.columns[i][after:])
            block.headers[column.name] = str(sheet.columns[i][after - 1])
        self._missing(block, sheet, after, headers)
        return block.without_blank_rows()

    def _heading(self, sheet: Sheet) -> tuple[int, dict[int, Column]] | None:
        """Number of rows up to and with the header, the column under each place; the row that names most decides."""
        best: tuple[int, dict[int, Column]] | None = None
        for row in range(min(_LOOK, len(sheet.columns[0]))):
            texts = [str(cells[row]) if cells[row] is not None else "" for cells in sheet.columns]
            named: dict[int, Column] = {}
            for i, text in enumerate(texts):
                column = self._known.get(spelt.key(spelt.unit_in(text)[0])) if text.strip() else None
                if column is not None and column not in named.values():
                    named[i] = column
            if named and (best is None or len(named) > len(best[1])):
                best = row + 1, named
        return best

    def _missing(self, block: Block, sheet: Sheet, after: int, headers: Mapping[int, Column]) -> None:
        """Columns that have to be there, and columns nobody knows."""
        for column in self.noun.columns:
            if column.required and column.name not in block.cells:
                label = Label(column.zh, column.en)
                self.findings.column(block, column, Problem.of("registry.column-missing", column=label))
        every = [Label(c.zh, c.en) for c in self.noun.columns]
        for i, cells in enumerate(sheet.columns):
            said = any(c is not None and str(c).strip() for c in cells[after:])
            if said and i not in headers:
                header = str(cells[after - 1] or "").strip()
                self.findings.column(block, header, Problem.of("chain.given-column", columns=every))
        if not len(block.rows) or not any(c.said().any() for c in block.cells.values()):
            self.findings.column(block, "", Problem.of("chain.given-nothing"))

    def fill(self, name: str, value: pl.Expr) -> None:
        self.frame = self.frame.with_columns(value.alias(name))

    def wrong(self, name: str, mask: pl.Series, problems: Problem | list[Problem]) -> None:
        self.findings.cells(self.block, self.noun.column(name), mask, problems)

    def done(self) -> pl.DataFrame:
        """The rows, once nothing is wrong with any of them."""
        table = Table.of([(self.block, self.frame)])
        self.findings.merge([validate({self.noun.name: table})])
        self._stop()
        return table.values()

    def _stop(self) -> None:
        errors = [fault for fault in self.findings.faults if fault.severity == "error"]
        if errors:
            raise DataRefused(in_order(errors))
