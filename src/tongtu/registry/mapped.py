"""Applying a `Mapping`: cells under foreign headers become blocks of our nouns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from tongtu.registry import names
from tongtu.registry.blocks import Block, Cell, Cells
from tongtu.registry.columns import noun
from tongtu.registry.findings import Findings, Problem
from tongtu.registry.mapping import Derived, Mapping, Pick, label
from tongtu.registry.read import missing_columns
from tongtu.terms.checked import plain
from tongtu.terms.faults import Fault

if TYPE_CHECKING:
    from tongtu.registry.boundary import Sheet

Column = list[Cell]

#: a cell longer than this is no word for `unknown`
_LONGEST_WORD = 40


def map_sheets(mapping: Mapping, sheets: Sequence[Sheet], file: str, findings: Findings) -> list[Block]:
    """The main block and those derived from it; nothing where the sheet or a header is not there."""
    sheet = _sheet(mapping, sheets)
    if sheet is None:
        _wrong(findings, file, mapping.sheet, "registry.map-sheet", name=mapping.sheet or "-")
        return []
    table = Foreign.of(sheet, mapping)
    absent = [h for h in _headers(mapping) if h not in table.columns]
    for header in absent:
        _wrong(findings, file, sheet.name, "registry.map-header", header=header, found=[*table.columns][:30])
    if absent:
        return []
    for header in table.columns:
        if header not in _headers(mapping) and header not in mapping.unmapped:
            problem = Problem.of("registry.map-new-header", header=header)
            findings.add(Fault(problem.what, problem.repair, file, sheet.name, None, header, severity="warning"))
    raw = {name: table.pick(pick) for name, pick in mapping.columns.items()}
    raw |= {name: [value] * len(table.rows) for name, value in mapping.constants.items()}
    raw |= {name: table.make(template, raw.get(name)) for name, template in mapping.make.items()}
    derived = [_derive(mapping, name, d, table, raw, file) for name, d in mapping.derive.items()]
    block = _block(mapping, mapping.noun, file, table, raw)
    for one in [*derived, block]:
        missing_columns(one, findings)
    return [*derived, block.without_blank_rows()]


class Foreign:
    """A sheet under its own headers: cells by header, with the words for `unknown` taken out."""

    def __init__(self, name: str, columns: dict[str, Column], rows: list[int]) -> None:
        self.name, self.columns, self.rows = name, columns, rows

    @classmethod
    def of(cls, sheet: Sheet, mapping: Mapping | None = None) -> Foreign:
        top = _header_row(sheet, set(_headers(mapping)) if mapping else set())
        height = max(len(c) for c in sheet.columns)
        blank = {_word(b) for b in mapping.blank} if mapping else set()
        columns: dict[str, Column] = {}
        for cells in sheet.columns:
            header = label(str(cells[top])) if top < len(cells) and cells[top] is not None else ""
            if header and header not in columns:
                below = [None if _is_blank(c, blank) else c for c in cells[top + 1 :]]
                columns[header] = below + [None] * (height - top - 1 - len(below))
        rows = list(range(sheet.first_row + top + 1, sheet.first_row + height))
        keep = [i for i in range(len(rows)) if any(c[i] is not None for c in columns.values())]
        if len(keep) < len(rows):
            columns = {h: [c[i] for i in keep] for h, c in columns.items()}
        return cls(sheet.name, columns, [rows[i] for i in keep])

    def pick(self, pick: Pick) -> Column:
        parts = [self.columns[h] for h in pick.headers]
        if pick.joined is not None:
            said = ([str(c) for c in row if c is not None] for row in zip(*parts, strict=True))
            column: Column = [pick.joined.join(s) or None for s in said]
        elif len(parts) == 1:
            column = list(parts[0])
        else:
            column = [next((c for c in row if c is not None), None) for row in zip(*parts, strict=True)]
        if pick.words:
            words = {_word(k): v for k, v in pick.words.items()}
            column = [None if c is None else words.get(_word(str(c)), c) for c in column]
        return column

    def make(self, template: str, given: Column | None) -> Column:
        """Fill blank cells from a template; a row that lacks what the template names stays blank."""
        named = [n for n in re.findall(r"\{(.*?)\}", template) if n in self.columns]

        def made(i: int) -> Cell:
            values = {n: self.columns[n][i] for n in named}
            if any(v is None for v in values.values()):
                return None
            values["row"] = self.rows[i]
            return re.sub(r"\{(.*?)\}", lambda m: str(values.get(m[1], m[0])), template)

        given = given if given is not None else [None] * len(self.rows)
        return [made(i) if c is None else c for i, c in enumerate(given)]


def key_of_name(prefix: str, name: str) -> str:
    """A key made from a name: the same name gives the same key in every file, whatever its case and spaces."""
    digest = hashlib.sha256(names.key(name).encode()).hexdigest()
    return f"{prefix}-{digest[:10]}"


def _derive(mapping: Mapping, name: str, derived: Derived, table: Foreign, raw: dict[str, Column], file: str) -> Block:
    """The table of different names in one of our columns, whose cells become keys."""
    target = noun(name)
    key = target.key[0]
    said = raw[derived.of]
    raw[derived.of] = [None if c is None else key_of_name(key, str(c)) for c in said]
    firsts: dict[str, int] = {}
    for i, made in enumerate(raw[derived.of]):
        if made is not None:
            firsts.setdefault(str(made), i)
    at = list(firsts.values())
    columns: dict[str, Column] = {key: [*firsts], "name": [said[i] for i in at]}
    columns |= {c: [table.pick(p)[i] for i in at] for c, p in derived.columns.items()}
    columns |= {c: [value] * len(at) for c, value in derived.constants.items()}
    some = Foreign(table.name, {}, [table.rows[i] for i in at])
    block = _block(mapping, name, file, some, columns)
    block.derived = True
    source = mapping.columns.get(derived.of)
    block.headers["name"] = source.headers[0] if source else derived.of
    return block


def _block(mapping: Mapping, name: str, file: str, table: Foreign, raw: dict[str, Column]) -> Block:
    import polars as pl

    target = noun(name)
    block = Block(target, file, table.name, pl.Series(table.rows, dtype=pl.Int64), on_fault=mapping.on_fault)
    for column, cells in raw.items():
        block.cells[column] = Cells.of(cells)
        pick = mapping.columns.get(column) if name == mapping.noun else None
        if pick is not None:
            block.headers[column] = pick.headers[0]
            unit = names.unit_of(target.column(column), pick.unit) if pick.unit else None
            if unit is not None:
                block.units[column] = unit
    return block


def _sheet(mapping: Mapping, sheets: Sequence[Sheet]) -> Sheet | None:
    if mapping.sheet:
        return next((s for s in sheets if s.name == mapping.sheet), None)
    return next((s for s in sheets if s.columns), None)


def _headers(mapping: Mapping) -> list[str]:
    """Every header the mapping speaks of, in order."""
    picks = [*mapping.columns.values(), *(p for d in mapping.derive.values() for p in d.columns.values())]
    made = (h for template in mapping.make.values() for h in re.findall(r"\{(.*?)\}", template) if h != "row")
    return list(dict.fromkeys([*(h for p in picks for h in p.headers), *made]))


def _header_row(sheet: Sheet, wanted: set[str], look: int = 12) -> int:
    """The row that holds most of the wanted headers; without any, the first that fills most columns with text."""
    height = min(look, max((len(c) for c in sheet.columns), default=0))
    best, best_score = 0, -1
    for row in range(height):
        cells = (c[row] for c in sheet.columns if row < len(c))
        said = [label(c) for c in cells if isinstance(c, str)]
        score = len(wanted & set(said)) if wanted else len([s for s in said if s])
        if score > best_score:
            best, best_score = row, score
    return best


def _is_blank(cell: Cell, blank: set[str]) -> bool:
    if not isinstance(cell, str):
        return cell is None
    return not cell.strip() or (len(cell) <= _LONGEST_WORD and _word(cell) in blank)


@lru_cache(maxsize=4096)
def _word(text: str) -> str:
    return " ".join(plain(text).casefold().split())


def _wrong(findings: Findings, file: str, sheet: str, code: str, **args: object) -> None:
    problem = Problem.of(code, **args)
    findings.add(Fault(problem.what, problem.repair, file, sheet))
