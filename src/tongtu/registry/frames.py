"""`Registry`: a snapshot of every noun as Polars frames, with a digest that says which snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from tongtu.registry.columns import noun, nouns

if TYPE_CHECKING:
    import polars as pl


class Registry:
    """Tables by noun name. A noun that was not given is an empty table with the right columns.

    Rows are sorted by key on entry, so the order of a workbook's rows never changes an answer.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame] | None = None) -> None:
        """Raises KeyError for a table that is no noun, or SchemaError where types depart."""
        self._tables = {name: _conform(name, frame) for name, frame in (tables or {}).items()}

    def __getitem__(self, name: str) -> pl.DataFrame:
        found = self._tables.get(name)
        return found if found is not None else noun(name).empty()

    def __contains__(self, name: str) -> bool:
        return name in self._tables and self._tables[name].height > 0

    def __iter__(self) -> Iterator[str]:
        """Names of the nouns that have rows, in the order of the definitions."""
        return (name for name in nouns() if name in self)

    @property
    def rows(self) -> int:
        return sum(self._tables[name].height for name in self)

    def counts(self) -> dict[str, int]:
        return {name: self._tables[name].height for name in self}

    def replace(self, **tables: pl.DataFrame) -> Registry:
        """A copy with some tables put in place of the old ones."""
        return Registry({**self._tables, **tables})

    def known(self, as_of: date, known_at: date | None = None) -> Registry:
        """What was in force at `as_of`, as it had been recorded by `known_at` (default `as_of`).

        A row without `valid_from` or `recorded_at` counts as always valid, always known. Rows whose
        `valid_to` has passed stay: an expired title is a fact that a rule may ask about. Where
        `recorded_at` is part of the key, a later record corrects an earlier one and alone remains.
        """
        known_at = known_at or as_of
        return Registry({name: _known(name, frame, as_of, known_at) for name, frame in self._tables.items()})

    def digest(self) -> str:
        """SHA-256 over the tables that have rows: names, columns and values, independent of row order."""
        total = hashlib.sha256()
        for name in self:
            total.update(name.encode())
            total.update(frame_digest(self._tables[name]).encode())
        return total.hexdigest()


def _conform(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """All columns of the noun in their order and type, rows sorted by key."""
    import polars as pl

    wanted = noun(name)
    unknown = set(frame.columns) - {c.name for c in wanted.columns}
    if unknown:
        raise KeyError(f"{name} has no column {', '.join(sorted(unknown))}")
    columns = [
        pl.col(c.name).cast(c.dtype()) if c.name in frame.columns else pl.lit(None, c.dtype()).alias(c.name)
        for c in wanted.columns
    ]
    return frame.select(columns).sort(wanted.key, nulls_last=True, maintain_order=True)


def _known(name: str, frame: pl.DataFrame, as_of: date, known_at: date) -> pl.DataFrame:
    import polars as pl

    for column, day in (("valid_from", as_of), ("recorded_at", known_at)):
        if column in frame.columns:
            frame = frame.filter(pl.col(column).is_null() | (pl.col(column) <= day))
    key = noun(name).key
    if "recorded_at" in key:
        rest = [column for column in key if column != "recorded_at"]
        frame = frame.sort(key, nulls_last=False).unique(rest, keep="last", maintain_order=True)
    return frame


def frame_digest(frame: pl.DataFrame) -> str:
    """SHA-256 of a frame's header and values, in the order of its rows."""
    import polars as pl

    lists = [pl.col(n).list.join("\x1f") for n, t in frame.schema.items() if isinstance(t, pl.List)]
    flat = frame.with_columns(lists) if lists else frame
    return hashlib.sha256(flat.write_csv(null_value="\x00").encode()).hexdigest()
