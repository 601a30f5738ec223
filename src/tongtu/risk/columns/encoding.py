"""Columns as codes: each level its own, numbers by quantile, nothing said a code of its own, anything new the last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.columns.reading import Column, numbers, plain

Codes = npt.NDArray[np.int64]

#: bins of a number
_BINS = 12


@dataclass(frozen=True, slots=True)
class Encoder:
    """Codes 0..size-1 stand for what was seen; `size` for what was not. `edges` cut a number, `levels` list the rest;
    `silent` is the code of cells that say nothing, None where none was seen."""

    name: str
    levels: tuple[str, ...]
    edges: tuple[float, ...] | None
    silent: int | None

    @property
    def size(self) -> int:
        return (len(self.levels) if self.edges is None else len(self.edges) + 1) + (self.silent is not None)

    @classmethod
    def of(cls, column: Column) -> Encoder:
        told = column.values.drop_nulls()
        edges = levels = None
        if column.values.dtype == pl.String:
            levels = tuple(told.unique().sort().to_list())
        else:
            edges = _edges(told.to_numpy())
        known = len(levels) if levels is not None else len(edges or ()) + 1
        silent = known if column.values.null_count() else None
        return cls(column.name, levels or (), edges, silent)

    def codes(self, series: pl.Series) -> Codes:
        """Of a column as it came, or as `reading` made it."""
        new = self.size
        if self.edges is None:
            texts = plain(series)
            place = {level: k for k, level in enumerate(self.levels)}
            found = texts.replace_strict(place, default=new, return_dtype=pl.Int64) if place else texts.is_null() * new
            codes = np.array(found.to_numpy(), np.int64)
            nothing = texts.is_null().to_numpy()
        else:
            figures = series if series.dtype.is_numeric() else numbers(plain(series))
            values = figures.cast(pl.Float64).fill_nan(None)
            nothing = values.is_null().to_numpy()
            codes = np.searchsorted(np.array(self.edges), values.fill_null(0.0).to_numpy(), side="right")
        return np.where(nothing, new if self.silent is None else self.silent, codes).astype(np.int64)


def _edges(values: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Between distinct values where these are few, at quantiles else."""
    distinct = np.unique(values)
    if len(distinct) <= _BINS:
        return tuple(float(x) for x in (distinct[:-1] + distinct[1:]) / 2)
    cuts = np.unique(np.quantile(values, np.arange(1, _BINS) / _BINS, method="higher"))
    return tuple(float(x) for x in cuts if x > distinct[0])


@dataclass(frozen=True, slots=True)
class Crossing:
    """Several columns taken together: a code for each combination that was seen."""

    encoders: tuple[Encoder, ...]
    seen: tuple[int, ...]  # combined codes, in order

    @property
    def name(self) -> str:
        return " × ".join(one.name for one in self.encoders)

    @property
    def size(self) -> int:
        return len(self.seen)

    @classmethod
    def of(cls, encoders: tuple[Encoder, ...], table: pl.DataFrame) -> Crossing:
        bare = cls(encoders, ())
        found = bare.combined(table)
        return cls(encoders, tuple(int(x) for x in np.unique(found)))

    def combined(self, table: pl.DataFrame) -> Codes:
        found = np.zeros(table.height, np.int64)
        for one in self.encoders:
            found = found * (one.size + 1) + one.codes(table[one.name])
        return found

    def codes(self, table: pl.DataFrame) -> Codes:
        found, seen = self.combined(table), np.array(self.seen, np.int64)
        place = np.searchsorted(seen, found)
        known = place < len(seen)
        known[known] &= seen[place[known]] == found[known]
        return np.where(known, place, len(seen)).astype(np.int64)
