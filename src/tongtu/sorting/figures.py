"""Reading a frame of figures: one row per subject, one column per criterion, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.sorting.model import Sorting
from tongtu.sorting.sound import fault
from tongtu.terms.faults import Fault, UsageFault

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """`ids` in their order and, per subject and criterion, its figure: better always greater, missing as NaN."""

    ids: pl.Series
    values: Floats

    @property
    def key(self) -> str:
        return self.ids.name


def read(model: Sorting, performance: pl.DataFrame) -> Figures:
    """Raises UsageFault with everything that is wrong; no row at all is not a fault."""
    found = list(_faults(model, performance))
    if found:
        raise UsageFault(found)
    performance = performance.sort(performance.columns[0])
    columns = [pl.col(c.name).cast(pl.Float64) * sign(c.falling) for c in model.criteria]
    values = performance.select(columns).to_numpy().astype(np.float64, copy=False)
    return Figures(performance.to_series(0), np.ascontiguousarray(values))


def sign(falling: bool) -> int:
    return -1 if falling else 1


def id_faults(frame: pl.DataFrame) -> Iterator[Fault]:
    """Faults of the first column: subjects without an id, or more than once."""
    ids = frame.to_series(0)
    if ids.null_count():
        yield fault("id-missing", column=ids.name, n=ids.null_count())
    again = ids.drop_nulls().filter(ids.drop_nulls().is_duplicated()).unique().sort()
    if again.len():
        yield fault("id-twice", column=ids.name, ids=[str(one) for one in again[:_SHOWN]], n=again.len())


def _faults(model: Sorting, frame: pl.DataFrame) -> Iterator[Fault]:
    if not frame.columns:
        yield fault("no-columns")
        return
    yield from id_faults(frame)
    key, *columns = frame.columns
    names = [c.name for c in model.criteria]
    absent = [name for name in names if name not in columns]
    unknown = [name for name in columns if name not in names]
    if absent:
        yield fault("criterion-absent", names=absent)
    if unknown:
        yield fault("column-unknown", names=unknown)
    for name in names:
        if name in columns:
            yield from _column(name, frame[key], frame[name])


def _column(name: str, ids: pl.Series, column: pl.Series) -> Iterator[Fault]:
    kind = column.dtype
    if not (kind.is_numeric() or kind in (pl.Boolean, pl.Null)):
        shown = [str(one) for one in column.drop_nulls()[:_SHOWN]]
        yield fault("figure-text", name=name, values=shown)
        return
    if kind.is_float():
        wrong = ids.filter(~column.is_finite().fill_null(True))
        if wrong.len():
            yield fault("figure-infinite", name=name, ids=[str(one) for one in wrong[:_SHOWN]], n=wrong.len())
