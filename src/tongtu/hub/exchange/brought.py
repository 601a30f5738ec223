"""What a file brought: typed tables with the place of every row, kept between the dry run and the storing.

A second reading of a large workbook would take as long as all the rest; what the dry run read is kept as parquet of
our own beside the upload's folder, and storing begins there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tongtu.hub.exchange import files
from tongtu.hub.exchange.secrecy import watch
from tongtu.registry.blocks import Block
from tongtu.registry.columns import noun, nouns
from tongtu.registry.findings import Findings
from tongtu.registry.loading import examine
from tongtu.registry.validate import Table
from tongtu.registry.vocabularies import Vocabularies

BAD, ROW, BLOCK, INDEX = "_bad", "_row", "_block", "_index"


@dataclass(slots=True)
class Brought:
    """The rows of one noun. `given[i]` names the columns that block i of the table has at all."""

    table: Table
    given: Sequence[frozenset[str]]

    @property
    def noun(self) -> str:
        return self.table.noun.name


Books = dict[str, Brought]


def read(path: Path, vocabularies: Vocabularies, progress: Callable[..., None] | None = None) -> tuple[Books, Findings]:
    """The tables of a file or folder with everything wrong with them but their references, which the hub looks up."""
    tables, findings = examine(
        path, vocabularies=vocabularies, limits=files.limits(), uploaded=True, references=False, watch=watch,
        progress=progress,
    )  # fmt: skip
    return {name: _brought(table, findings) for name, table in tables.items()}, findings


def _brought(table: Table, findings: Findings) -> Brought:
    frame = table.frame.with_columns(
        pl.concat([block.rows for block in table.blocks]).alias(ROW),
        wrong(table, findings).alias(BAD),
        pl.col(pl.String).str.replace_all("\x00", "", literal=True),  # PostgreSQL keeps no such character
    )
    return Brought(Table(table.noun, table.blocks, frame), [frozenset(block.cells) for block in table.blocks])


def wrong(table: Table, findings: Findings) -> pl.Series:
    """True for each row of the table that holds an error."""
    masks = []
    for block in table.blocks:
        found = findings.bad_rows(block)
        masks.append(pl.repeat(False, len(block.rows), eager=True) if found is None else found)
    return pl.concat(masks)


def save(books: Books, folder: Path) -> None:
    """Keeps the tables in a folder; the note that makes them whole is written last."""
    told: dict[str, Any] = {}
    for name, book in books.items():
        book.table.frame.write_parquet(folder / f"{name}.parquet", compression="lz4")
        told[name] = [
            {"file": b.file, "sheet": b.sheet, "headers": b.headers, "given": sorted(given)}
            for b, given in zip(book.table.blocks, book.given, strict=True)
        ]
    (folder / "books.json").write_text(json.dumps(told), encoding="utf-8")


def load(folder: Path) -> Books:
    """The tables again. Raises FileNotFoundError where they were thrown away."""
    told = json.loads((folder / "books.json").read_text(encoding="utf-8"))
    return {name: _loaded(name, folder, told[name]) for name in nouns() if name in told}


def forget(folder: Path) -> None:
    """Throws the kept tables away."""
    for path in (*folder.glob("*.parquet"), folder / "books.json"):
        path.unlink(missing_ok=True)


def _loaded(name: str, folder: Path, told: Sequence[Mapping[str, Any]]) -> Brought:
    frame, found = pl.read_parquet(folder / f"{name}.parquet"), noun(name)
    blocks = []
    for i, said in enumerate(told):
        own = frame.filter(pl.col(BLOCK) == i)
        typed = own.select(c.name for c in found.columns)
        blocks.append(Block(found, said["file"], said["sheet"], own[ROW], headers=said["headers"], typed=typed))
    return Brought(Table(found, blocks, frame), [frozenset(said["given"]) for said in told])
