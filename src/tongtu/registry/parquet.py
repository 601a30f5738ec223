"""Parquet from a folder of one's own.

Polars reads it in this process, so it is taken only from people who run the program on their own files; the
boundary turns uploads away. A file that we wrote is marked and holds a Registry's own types (money in minor
units). Any other holds what a sheet would: texts and figures that go through conversion.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongtu.registry.blocks import Block
from tongtu.registry.codes import join
from tongtu.registry.columns import Noun
from tongtu.registry.findings import Findings, Problem
from tongtu.terms.faults import Fault, FileRefused

if TYPE_CHECKING:
    import polars as pl

    from tongtu.registry.boundary import Limits

#: the mark of a file that we wrote, in the metadata of the file
MARK, FORMAT = "tongtu-registry", "1"
#: a column store may be longer than any sheet
MOST_ROWS = 20_000_000


def read_parquet(path: Path, noun: Noun, limits: Limits, findings: Findings) -> Block | None:
    """One block; raises FileRefused where the file is no parquet, too large or damaged."""
    import polars as pl

    _admit(path, limits)
    try:
        if pl.read_parquet_metadata(path).get(MARK) == FORMAT:
            return _typed(pl.read_parquet(path), noun, path.name, findings)
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refused(path, "registry.parquet-broken", problem=str(error)[:120]) from error
    return _as_sheet(frame, noun, path.name, findings)


def _admit(path: Path, limits: Limits) -> None:
    import polars as pl

    size = path.stat().st_size
    if size > limits.bytes:
        raise _refused(path, "registry.parquet-large", size=size, limit=limits.bytes)
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(max(0, size - 4))
        if head != b"PAR1" or file.read(4) != b"PAR1":
            raise _refused(path, "registry.parquet-broken", problem="PAR1")
    try:
        scan = pl.scan_parquet(path)
        columns = len(scan.collect_schema())
        rows = int(scan.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refused(path, "registry.parquet-broken", problem=str(error)[:120]) from error
    if rows > MOST_ROWS or columns > limits.columns:
        raise _refused(path, "registry.parquet-wide", rows=rows, columns=columns)


def _typed(frame: pl.DataFrame, noun: Noun, file: str, findings: Findings) -> Block:
    """A table of our own types; a column of another type is a fault."""
    import polars as pl

    block = Block(noun, file, "", pl.int_range(1, frame.height + 1, eager=True))
    schema = noun.schema()
    for name in frame.columns:
        if name not in schema:
            findings.column(block, name, Problem.of("registry.column-unknown", header=name), "warning")
        elif frame.schema[name] != schema[name]:
            findings.column(block, noun.column(name), Problem.of("registry.parquet-type", kind=str(schema[name])))
    kept = [n for n in frame.columns if frame.schema[n] == schema.get(n)]
    block.typed = frame.select(kept)
    for column in noun.columns:
        if column.required and column.name not in frame.columns:
            findings.column(block, column, Problem.of("registry.column-missing", column=column.name))
    return block


def _as_sheet(frame: pl.DataFrame, noun: Noun, file: str, findings: Findings) -> Block | None:
    """Any other parquet as if it were a sheet with its column names as header."""
    from tongtu.registry.boundary import Sheet
    from tongtu.registry.read import block_of

    columns = [[name, *map(_cell, frame[name].to_list())] for name in frame.columns]
    return block_of(Sheet(name="", first_row=0, columns=columns), noun, file, findings)


def _cell(value: Any) -> str | int | float | bool | None:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return join(str(v) for v in value if v is not None)
    return str(value)


def _refused(path: Path, code: str, **args: object) -> FileRefused:
    problem = Problem.of(code, **args)
    return FileRefused(Fault(problem.what, problem.repair, path.name))
