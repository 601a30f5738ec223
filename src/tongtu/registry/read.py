"""From a folder or file to blocks: which sheets hold which nouns, and where their columns stand.

A noun is named by its sheet or by its file (`needs.xlsx`, `需求.csv`, a sheet `成果`), in Chinese, English or as
the machine writes it. Every file passes the boundary; parquet alone is read here, and only from a folder of
one's own.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tongtu.registry import names
from tongtu.registry.blocks import Block, Cell, Cells
from tongtu.registry.columns import Column, Noun
from tongtu.registry.findings import Findings, Problem
from tongtu.terms.faults import Fault, FileRefused
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits, Sheet
    from tongtu.registry.mapping import Mapping

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
DELIMITED = (".csv", ".tsv")
#: read only where the name says which noun they hold: a folder may hold other files of this kind
_OTHERS = (".txt", ".json", ".jsonl")
PARQUET = ".parquet"
READABLE = (*WORKBOOKS, *DELIMITED, *_OTHERS, PARQUET)


#: looks at the sheets of a file as they came
Watch = Callable[[Path, "Sequence[Sheet]"], Iterable[Fault]]


def sources(path: Path) -> list[Path]:
    """The files to read, by name; not those that an open Excel leaves beside them."""
    if path.is_file():
        return [path]
    found = (f for f in sorted(path.iterdir()) if f.is_file() and f.suffix.lower() in READABLE)
    return [f for f in found if not f.name.startswith(("~$", "."))]


def read_file(
    path: Path,
    limits: Limits,
    mappings: Sequence[Mapping] = (),
    uploaded: bool = False,
    watch: Watch | None = None,
) -> tuple[list[Block], Findings]:
    """The blocks of one file. A file that is refused or names no noun gives findings instead.

    `watch` is shown the file's sheets as they came; the faults it returns are added.
    """
    findings = Findings()
    stem = names.noun_of(path.stem)
    suffix = path.suffix.lower()
    if not mappings and stem is None and suffix not in WORKBOOKS:
        if suffix not in _OTHERS:
            _add(findings, path, Problem.of("registry.file-unknown"))
        return [], findings
    try:
        if suffix == PARQUET and not uploaded:
            from tongtu.registry.parquet import read_parquet

            block = read_parquet(path, stem, limits, findings) if stem else None
            return [block] if block else [], findings
        sheets = _sheets(path, limits)
    except FileRefused as refusal:
        for fault in refusal.faults:
            findings.add(fault)
        return [], findings
    for fault in watch(path, sheets) if watch else ():
        findings.add(fault)
    if mappings:
        return [b for m in mappings for b in m.blocks(sheets, path.name, findings)], findings
    return _blocks(sheets, stem, path, findings), findings


def _sheets(path: Path, limits: Limits) -> list[Sheet]:
    from tongtu.registry import boundary

    return boundary.read(path, limits)


def _blocks(sheets: Sequence[Sheet], stem: Noun | None, path: Path, findings: Findings) -> list[Block]:
    blocks = []
    for sheet, found in _assigned(sheets, stem, path):
        if found is not None:
            blocks.append(block_of(sheet, found, path.name, findings))
        elif sheet.columns and not names.is_our_note(sheet.name):
            _add(findings, path, Problem.of("registry.sheet-unknown"), sheet.name)
    return [b for b in blocks if b is not None]


def _assigned(sheets: Sequence[Sheet], stem: Noun | None, path: Path) -> list[tuple[Sheet, Noun | None]]:
    """The noun of each sheet: by its own name, else one sheet by the file's name, else by machine keys."""
    by_name = {s.name: names.noun_of(s.name) for s in sheets if not names.is_our_note(s.name)}
    open_sheets = [s for s in sheets if s.columns and s.name in by_name and by_name[s.name] is None]
    if stem is not None and open_sheets and stem not in by_name.values():
        chosen = next((s for s in open_sheets if names.is_data_sheet(s.name)), open_sheets[0])
        by_name[chosen.name] = stem
    for sheet in open_sheets:
        if by_name[sheet.name] is None:
            by_name[sheet.name] = names.noun_by_keys(sheet.columns)
    return [(s, by_name.get(s.name)) for s in sheets]


def block_of(sheet: Sheet, found: Noun, file: str, findings: Findings) -> Block | None:
    """The sheet's rows under the headers we know; says which columns are missing, doubled or unknown."""
    import polars as pl

    heading = names.find_heading(found.name, sheet.columns)
    if heading is None:
        if sheet.columns:
            expected = [Label(c.zh, c.en) for c in found.columns if c.required]
            problem = Problem.of("registry.no-header", columns=expected)
            findings.add(Fault(problem.what, problem.repair, file, sheet.name))
        return None
    first, last = sheet.first_row + heading.after, sheet.first_row + len(sheet.columns[0])
    rows = pl.int_range(first, last, eager=True)
    block = Block(found, file, sheet.name, rows)
    for cells, written in zip(sheet.columns, heading.texts, strict=True):
        _take(block, written, cells[heading.after :], findings)
    missing_columns(block, findings)
    return block.without_blank_rows()


def _take(block: Block, written: str, raw: list[Cell], findings: Findings) -> None:
    header = names.header_of(block.noun.name, written) if written.strip() else None
    if header is None:
        _unknown_column(block, written.strip(), raw, findings)
        return
    if header.column.name in block.cells:
        problem = Problem.of("registry.column-twice", first=block.headers[header.column.name])
        findings.column(block, written, problem)
        return
    if header.ignored:
        findings.column(block, written, Problem.of("registry.unit-ignored", unit=header.ignored), "warning")
    cells = Cells.of(raw)
    block.cells[header.column.name] = cells.unescaped() if block.file.lower().endswith(DELIMITED) else cells
    block.headers[header.column.name] = written
    block.units[header.column.name] = header.unit


def missing_columns(block: Block, findings: Findings) -> None:
    for column in block.noun.columns:
        if column.required and column.name not in block.cells:
            problem = Problem.of("registry.column-missing", column=Label(column.zh, column.en))
            findings.column(block, column, problem)


def _unknown_column(block: Block, written: str, raw: Iterable[object], findings: Findings) -> None:
    said = sum(1 for c in raw if c is not None and str(c).strip())
    if not said:
        return
    if not written:
        findings.column(block, "", Problem.of("registry.column-unnamed", n=said), "warning")
        return
    near = _near(block.noun, written)
    problem = Problem.of("registry.column-unknown", header=written)
    if near is not None:
        like = {"header": written, "column": Label(near.zh, near.en)}
        problem = Problem(problem.what, Why("registry.column-like", like))
    findings.column(block, written, problem, "warning")


def _near(found: Noun, written: str) -> Column | None:
    """The column whose name is closest, if any comes close."""
    known = names.column_names(found.name)
    close = difflib.get_close_matches(names.key(written), known, 1, 0.7)
    return known[close[0]] if close else None


def _add(findings: Findings, path: Path, problem: Problem, sheet: str = "") -> None:
    findings.add(Fault(problem.what, problem.repair, path.name, sheet, severity="warning"))
