"""A CSV file of a pack becomes typed rows that know their line; every cell that cannot be read is a fault."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from tongtu.packs.faults import fault
from tongtu.packs.layout import GRADES, Field, Plan
from tongtu.terms.faults import Fault

if TYPE_CHECKING:
    import polars as pl

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")
_SPLIT = re.compile("[;；]")


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column, None where blank; `line` as a spreadsheet counts rows."""

    line: int
    cells: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells.get(column)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows with the plan they follow."""

    file: str
    plan: Plan
    rows: list[Row] = field(default_factory=list)

    def fields(self, *kinds: str) -> list[Field]:
        return [f for f in self.plan if f.kind in kinds]

    def keyed(self) -> Iterator[tuple[Row, tuple[Any, ...]]]:
        """Every row with its key; a row whose key is incomplete is left out."""
        names = [f.name for f in self.plan if f.key]
        for row in self.rows:
            key = tuple(row[name] for name in names)
            if None not in key:
                yield row, key

    def frame(self, nouns_only: bool = False) -> pl.DataFrame:
        """The rows as a frame, with all columns or only those of the registry's noun."""
        import polars as pl

        schema = {f.name: f.dtype() for f in self.plan if f.noun or not nouns_only}
        columns = {name: [row[name] for row in self.rows] for name in schema}
        return pl.DataFrame(columns, schema=schema)


def table(file: str, content: bytes, faults: list[Fault]) -> list[list[str]]:
    """Cells of a CSV file, header first, stripped; blank rows at the end are dropped."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(fault("not-utf8", file, content.count(b"\n", 0, error.start) + 1))
        return []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [[cell.strip() for cell in row] for row in reader]
    except csv.Error as error:
        faults.append(fault("not-csv", file, value=error))
        return []
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        faults.append(fault("no-header", file, 1))
    return rows


def sheet(file: str, rows: list[list[str]], plan: Plan, faults: list[Fault]) -> Sheet:
    """Typed rows; every fault found on the way is appended to `faults`."""
    found = Sheet(file, plan)
    if not rows or not _header(file, rows[0], plan, faults):
        return found
    fields = {f.name: f for f in plan}
    header = [fields[name] for name in rows[0]]
    for line, cells in enumerate(rows[1:], 2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            faults.append(fault("ragged", file, line, found=len(cells), wanted=len(header)))
            continue
        values = {f.name: _cell(file, line, f, text, faults) for f, text in zip(header, cells, strict=True)}
        found.rows.append(Row(line, values))
    return found


def _header(file: str, header: list[str], plan: Plan, faults: list[Fault]) -> bool:
    known = [f.name for f in plan]
    wrong = [fault("unknown-column", file, 1, n, n, known=known) for n in header if n not in known]
    wrong += [fault("column-twice", file, 1, n, n) for n in dict.fromkeys(header) if header.count(n) > 1]
    needed = [f.name for f in plan if f.required]
    wrong += [fault("missing-column", file, 1, name, name) for name in needed if name not in header]
    faults += wrong
    return not wrong


def _cell(file: str, line: int, f: Field, text: str, faults: list[Fault]) -> Any:
    if not text:
        if f.required:
            code = {"source": "no-source", "grade": "no-grade"}.get(f.kind, "blank")
            faults.append(fault(code, file, line, f.name, known=GRADES))
        return None
    if f.many:
        return [part.strip() for part in _SPLIT.split(text) if part.strip()]
    try:
        return _READ[f.kind](text) if f.kind in _READ else text
    except ValueError:
        faults.append(fault(f"not-{f.kind}", file, line, f.name, text, known=GRADES))
        return None


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(text)
    return text


def _grade(text: str) -> str:
    if text not in GRADES:
        raise ValueError(text)
    return text


_READ: dict[str, Callable[[str], Any]] = {
    "id": _id, "int": int, "float": _float, "date": date.fromisoformat, "grade": _grade,
}  # fmt: skip
