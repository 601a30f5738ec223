"""The tables a plan consists of, defined once in `tables.csv` in the manner of the registry's nouns."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tongtu.registry import Column, Noun

if TYPE_CHECKING:
    import polars as pl


@cache
def tables() -> dict[str, Noun]:
    """Every plan table by name, in the order of the chain."""
    heads: dict[str, tuple[str, str]] = {}
    columns: dict[str, list[Column]] = {}
    with (resources.files(__package__) / "tables.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if not row["name"]:
                heads[row["table"]] = (row["zh"], row["en"])
                continue
            kind, _, of = row["type"].partition(":")
            column = Column(row["table"], row["name"], kind, of, False, row["zh"], row["en"], "", "restricted")
            columns.setdefault(row["table"], []).append(column)
    return {t: Noun(t, zh, en, (), "plan", tuple(columns[t])) for t, (zh, en) in heads.items()}


def conform(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with exactly the table's columns and types; a column the engine left out is null.

    Raises KeyError for a column the table does not know: a plan never carries undocumented data.
    """
    import polars as pl

    wanted = tables()[name]
    unknown = set(frame.columns) - {c.name for c in wanted.columns}
    if unknown:
        raise KeyError(f"plan table {name} has no column {', '.join(sorted(unknown))}")
    return frame.select(
        pl.col(c.name).cast(c.dtype()) if c.name in frame.columns else pl.lit(None, c.dtype()).alias(c.name)
        for c in wanted.columns
    )
