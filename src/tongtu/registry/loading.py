"""`load` and `check`: a folder of tables becomes a Registry, or all its faults at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tongtu.registry.blocks import Block
from tongtu.registry.codes import Codes, needed
from tongtu.registry.columns import nouns
from tongtu.registry.convert import convert_rows
from tongtu.registry.findings import Findings, Problem, in_order
from tongtu.registry.frames import Registry
from tongtu.registry.mapping import Mapping, mappings_in
from tongtu.registry.read import Watch, read_file, sources
from tongtu.registry.validate import Table, validate
from tongtu.registry.vocabularies import Vocabularies
from tongtu.solve.progress import Progress
from tongtu.solve.progress import check as shown
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    import polars as pl

    from tongtu.registry.boundary import Limits

T = TypeVar("T")
U = TypeVar("U")
Part = tuple[Block, "pl.DataFrame"]

#: lists that a folder may bring as tables of its own: vocabulary → noun
_OWN_LISTS = {"direction": "directions", "region": "regions"}


class Loaded(Registry):
    """A registry that came from files, and what was doubtful about them."""

    def __init__(self, tables: dict[str, pl.DataFrame], warnings: Iterable[Fault] = ()) -> None:
        super().__init__(tables)
        self.warnings: tuple[Fault, ...] = tuple(warnings)


def load(
    path: Path | str,
    *,
    vocabularies: Vocabularies | None = None,
    mapping: Mapping | Sequence[Mapping] = (),
    currency: str = "CNY",
    limits: Limits | None = None,
    uploaded: bool = False,
    progress: Progress | None = None,
) -> Loaded:
    """A folder of tables, or one file, as a Registry. All or nothing: one error refuses the whole.

    Files and sheets are named by noun; headers may be machine keys, Chinese or English, in any order.
    A table with headers of its own comes in through `mapping`, or a `*.map.yaml` beside it.

    vocabularies: the pack's closed lists; codes of lists that are not given are not checked, and that is said.
    currency: what amounts are in where no column, sign or header says so.
    uploaded: the files are strangers': upload limits, no parquet.
    Raises DataRefused with every fault, errors and warnings, by file, sheet and row. A registry that loads
    carries its `warnings`.
    """
    tables, faults = _examine(Path(path), vocabularies, mapping, currency, limits, uploaded, progress)
    if any(f.severity == "error" for f in faults):
        raise DataRefused(faults)
    return Loaded(tables, faults)


def check(
    path: Path | str,
    *,
    vocabularies: Vocabularies | None = None,
    mapping: Mapping | Sequence[Mapping] = (),
    currency: str = "CNY",
    limits: Limits | None = None,
    uploaded: bool = False,
    progress: Progress | None = None,
) -> list[Fault]:
    """What `load` would say, without raising: all faults by file, sheet and row."""
    return _examine(Path(path), vocabularies, mapping, currency, limits, uploaded, progress)[1]


def examine(
    path: Path | str,
    *,
    vocabularies: Vocabularies | None = None,
    mapping: Mapping | Sequence[Mapping] = (),
    currency: str = "CNY",
    limits: Limits | None = None,
    uploaded: bool = False,
    progress: Progress | None = None,
    references: bool = True,
    watch: Watch | None = None,
) -> tuple[dict[str, Table], Findings]:
    """What `load` knows before it decides: the tables with the place of every row, and all findings so far.

    For a caller that stores rows among others: with `references` False, keys of other nouns are not looked up (they
    may stand where the caller looks). `watch` sees every sheet as it came, before anything is made of it; the faults
    it returns are findings like any other.
    """
    from tongtu.registry.boundary import Limits

    path, findings = Path(path), Findings()
    if not path.exists():
        findings.add(_fault("registry.no-path", str(path)))
        return {}, findings
    limits = limits or (Limits.upload() if uploaded else Limits.own_folder())
    blocks = _read(path, limits, mapping, uploaded, findings, shown(progress), watch)
    if not blocks and not any(f.severity == "error" for f in findings.faults):
        findings.add(_fault("registry.nothing", path.name))
    codes = _codes(blocks, vocabularies)
    parts = _convert(blocks, codes, currency, findings)
    _unchecked_lists(parts, codes, findings)
    return _settle(parts, findings, references), findings


def _examine(
    path: Path,
    vocabularies: Vocabularies | None,
    mapping: Mapping | Sequence[Mapping],
    currency: str,
    limits: Limits | None,
    uploaded: bool,
    progress: Progress | None,
) -> tuple[dict[str, pl.DataFrame], list[Fault]]:
    tables, findings = examine(
        path, vocabularies=vocabularies, mapping=mapping, currency=currency, limits=limits, uploaded=uploaded,
        progress=progress,
    )  # fmt: skip
    return {name: table.values() for name, table in tables.items()}, in_order(findings.faults)


def _read(
    path: Path,
    limits: Limits,
    mapping: Mapping | Sequence[Mapping],
    uploaded: bool,
    findings: Findings,
    progress: Progress,
    watch: Watch | None,
) -> list[Block]:
    """All files side by side: each is parsed in a child of its own while others are taken over here."""
    mappings = [mapping] if isinstance(mapping, Mapping) else [*mapping]
    files = sources(path)
    if path.is_dir():
        mappings += mappings_in(path, findings)
        files += [m.path for m in mappings if m.path is not None and m.path not in files]

    def read(file: Path) -> tuple[list[Block], Findings]:
        return read_file(file, limits, [m for m in mappings if m.of(file)], uploaded, watch)

    largest_first = sorted(files, key=lambda f: -f.stat().st_size if f.exists() else 0)
    answers = {}
    for file, answer in zip(largest_first, _side_by_side(read, largest_first), strict=True):
        answers[file] = answer
        progress(len(answers), len(files), Why("registry.reading", {"file": file.name}))
    blocks: list[Block] = []
    for found, more in (answers[file] for file in files):
        blocks += found
        findings.merge([more])
    return _one_of_each(blocks)


def _one_of_each(blocks: Sequence[Block]) -> list[Block]:
    """Leave out derived rows whose key stands in another table already: they name the same thing."""
    known: dict[str, set[str]] = {block.noun.name: set() for block in blocks if block.derived}
    kept = []
    for block in sorted(blocks, key=lambda b: b.derived):
        seen = known.get(block.noun.name)
        if seen is None:
            kept.append(block)
            continue
        keys = block.shown(block.noun.key[0])
        kept.append(block.filter(~keys.is_in([*seen]).fill_null(False)) if block.derived else block)
        seen.update(keys.drop_nulls())
    return kept


def _side_by_side(work: Callable[[T], U], items: Sequence[T]) -> Iterable[U]:
    """Results in the order of the items; when the caller stops, nothing more is begun."""
    pool = ThreadPoolExecutor(max_workers=max(2, min(4, os.cpu_count() or 2)))
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)


def _codes(blocks: Sequence[Block], vocabularies: Vocabularies | None) -> Codes:
    """The closed lists of this import, with the directions and regions that the folder itself lists."""
    codes = Codes(vocabularies)
    for vocabulary, noun_name in _OWN_LISTS.items():
        for block in blocks:
            key = block.noun.key[0]
            if block.noun.name == noun_name and (key in block.cells or block.typed is not None):
                labels = zip(*(block.shown(c).to_list() for c in (key, "name", "name_en")), strict=True)
                codes.extend({vocabulary: {k: Label(zh or k, en or "") for k, zh, en in labels if k}})
    return codes


def _convert(blocks: Sequence[Block], codes: Codes, currency: str, findings: Findings) -> list[Part]:
    parts = []
    done = _side_by_side(lambda block: convert_rows(block, codes, currency), blocks)
    for block, (frame, more) in zip(blocks, done, strict=True):
        findings.merge([more])
        parts.append((block, frame))
    return parts


def _unchecked_lists(parts: Sequence[Part], codes: Codes, findings: Findings) -> None:
    """One warning for each closed list that was needed and not given."""
    columns: dict[str, list[str]] = {}
    for block, frame in parts:
        for column in block.noun.columns:
            if needed([column]) and column.of not in codes and frame[column.name].count():
                columns.setdefault(column.of, []).append(f"{block.noun.name}.{column.name}")
    for vocabulary, where in sorted(columns.items()):
        problem = Problem.of("registry.list-absent", vocabulary=vocabulary, columns=sorted(set(where)))
        findings.add(Fault(problem.what, problem.repair, severity="warning"))


def _settle(parts: list[Part], findings: Findings, references: bool) -> dict[str, Table]:
    """Tables with all findings. Where a mapping says so, rows with errors are left out until none are left."""
    parts, dropped = _leave_out(parts, findings)
    while True:
        tables = _tables(parts)
        found = validate(tables, references=references)
        parts, more = _leave_out(parts, found)
        dropped += more
        if not more:
            break
    findings.merge([found])
    for fault in dropped:
        findings.add(fault)
    return tables


def _leave_out(parts: list[Part], findings: Findings) -> tuple[list[Part], list[Fault]]:
    """The parts without the rows that hold errors, where that is allowed; the faults as warnings."""
    kept: list[Part] = []
    dropped: list[Fault] = []
    for block, frame in parts:
        bad = findings.bad_rows(block) if block.on_fault == "skip_row" else None
        if bad is None:
            kept.append((block, frame))
        else:
            dropped += findings.forgive(block)
            kept.append((block.filter(~bad), frame.filter(~bad)))
    return kept, dropped


def _tables(parts: Sequence[Part]) -> dict[str, Table]:
    by_noun: dict[str, list[Part]] = {}
    for block, frame in parts:
        by_noun.setdefault(block.noun.name, []).append((block, frame))
    return {name: Table.of(by_noun[name]) for name in nouns() if name in by_noun}


def _fault(code: str, file: str) -> Fault:
    problem = Problem.of(code)
    return Fault(problem.what, problem.repair, file)
