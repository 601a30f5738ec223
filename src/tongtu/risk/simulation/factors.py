"""What cases have in common: the market, their sector, the bottleneck technology they wait for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.book import Book
from tongtu.risk.simulation.usable import fault
from tongtu.terms.faults import DataRefused, Fault, UsageFault

Floats = npt.NDArray[np.float64]

#: Correlations of the plain one-factor stress that stands beside every portfolio's result.
RHOS = (0.0, 0.1, 0.2, 0.3, 0.5)
#: What factors may share at most of a case's variance.
_MOST = 0.99
_SLACK = 1e-8  # of symmetry, diagonal and least eigenvalue


@dataclass(frozen=True)
class Factors:
    """Shares of the variance behind a case's stage results (Gaussian copula): X = √m·M + √s·S + √t·T + rest.

    `market` is common to all cases, `sector` to a direction, `technology` to the cases that wait for the same item;
    a case without direction or item keeps that share to itself. One factor acts on all stages of a case, or with
    `by_stage` anew at each. `sectors` is an optional correlation matrix between directions: `direction` and a
    column for each. The defaults are ours, a convention and no measurement: results stand beside a stress of ρ.
    """

    market: float = 0.10
    sector: float = 0.15
    technology: float = 0.10
    sectors: pl.DataFrame | None = None
    by_stage: bool = False

    @classmethod
    def plain(cls, rho: float, by_stage: bool = False) -> Factors:
        """One factor for all, the same correlation between any two cases."""
        return cls(rho, 0.0, 0.0, by_stage=by_stage)

    def checked(self, book: Book) -> Factors:
        """Itself. Raises UsageFault for shares that are none, DataRefused for a matrix that is no correlation."""
        shares = {f.name: getattr(self, f.name) for f in fields(self)[:3]}
        faults = [
            fault("share-outside", name=name, value=value)
            for name, value in shares.items()
            if not (np.isfinite(value) and 0 <= value <= _MOST)
        ]
        if not faults and sum(shares.values()) > _MOST:
            faults.append(fault("shares-too-many", total=round(sum(shares.values()), 4), most=_MOST))
        if faults:
            raise UsageFault(faults)
        self.sector_root(book)
        return self

    def common(self, book: Book) -> Floats:
        """The share of variance that each case has in common with others."""
        return self.market + self.sector * (book.sector >= 0) + self.technology * (book.technology >= 0)

    def sector_root(self, book: Book) -> Floats:
        """A with A·Aᵀ the correlation between the book's sectors; the identity where none is given."""
        if self.sectors is None or not self.sector:
            return np.eye(len(book.sectors))
        names, matrix = _matrix(self.sectors)
        absent = tuple(name for name in book.sectors if name not in names)
        if absent:
            raise DataRefused(fault("correlation-absent", directions=absent))
        index = [names.index(name) for name in book.sectors]
        values, vectors = np.linalg.eigh(matrix[np.ix_(index, index)])
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def nearest_correlation(sectors: pl.DataFrame) -> pl.DataFrame:
    """The correlation matrix closest to this one (Frobenius; Higham 2002, alternating projections), as a frame like it.

    Raises DataRefused where the table is not square or holds no numbers.
    """
    faults: list[Fault] = []
    names, given = _square(sectors, faults)
    if faults:
        raise DataRefused(faults)
    found = _nearest(np.clip((given + given.T) / 2, -1.0, 1.0))
    return pl.DataFrame({"direction": names, **{name: found[:, k] for k, name in enumerate(names)}})


def _matrix(frame: pl.DataFrame) -> tuple[list[str], Floats]:
    """Names and the matrix, or DataRefused with all that is wrong with it."""
    faults: list[Fault] = []
    names, matrix = _square(frame, faults)
    if faults:
        raise DataRefused(faults)
    off = np.triu(np.ones_like(matrix, bool), 1)
    for i, j in np.argwhere(off & (np.abs(matrix - matrix.T) > _SLACK)):
        faults.append(_pair("correlation-lopsided", names, i, j, value=_r(matrix[i, j]), other=_r(matrix[j, i])))
    for i, j in np.argwhere(off & (np.abs(matrix) > 1 + _SLACK)):
        faults.append(_pair("correlation-outside", names, i, j, value=_r(matrix[i, j])))
    for i in np.flatnonzero(np.abs(np.diag(matrix) - 1) > _SLACK):
        faults.append(fault("correlation-diagonal", one=names[i], value=_r(matrix[i, i])))
    if not faults:
        values, vectors = np.linalg.eigh(matrix)
        if values[0] < -_SLACK:
            faults.append(_indefinite(names, matrix, float(values[0]), vectors[:, 0]))
    if faults:
        raise DataRefused(faults)
    return names, matrix


def _square(frame: pl.DataFrame, faults: list[Fault]) -> tuple[list[str], Floats]:
    if "direction" not in frame.columns:
        faults.append(fault("column-missing", column="direction", table="sectors"))
        return [], np.zeros((0, 0))
    columns = [name for name in frame.columns if name != "direction"]
    rows = frame["direction"].cast(pl.String()).to_list()
    if sorted(columns) != sorted(str(row) for row in rows):
        apart = tuple(sorted(set(columns) ^ {str(row) for row in rows})) or tuple(sorted(columns))
        faults.append(fault("correlation-not-square", rows=len(rows), columns=len(columns), apart=apart))
        return [], np.zeros((0, 0))
    names = sorted(columns)
    try:
        numbers = frame.sort("direction").select(pl.col(name).cast(pl.Float64()) for name in names).to_numpy()
    except pl.exceptions.PolarsError:
        faults.append(fault("unreadable", column="sectors"))
        return [], np.zeros((0, 0))
    for i, j in np.argwhere(~np.isfinite(numbers)):
        faults.append(_pair("correlation-blank", names, i, j))
    return names, np.array(numbers, np.float64)


def _indefinite(names: list[str], matrix: Floats, least: float, vector: Floats) -> Fault:
    """Names the pair that weighs most in the direction of negative variance, and what the nearest matrix says."""
    near = _nearest(matrix)
    weight = np.triu(-np.outer(vector, vector) * matrix, 1)
    i, j = np.unravel_index(int(weight.argmax()), weight.shape)
    moved = float(np.abs(near - matrix).max())
    return _pair(
        "correlation-indefinite", names, i, j, value=_r(matrix[i, j]), eigenvalue=_r(least), nearest=_r(near[i, j]),
        moved=_r(moved),
    )  # fmt: skip


def _nearest(matrix: Floats, rounds: int = 500) -> Floats:
    """Dykstra's projections between the positive semidefinite and those with unit diagonal; ends inside both."""
    here, correction = matrix.copy(), np.zeros_like(matrix)
    np.fill_diagonal(here, 1.0)
    for _ in range(rounds):
        values, vectors = np.linalg.eigh(here - correction)
        inside = (vectors * np.maximum(values, 1e-10)) @ vectors.T
        correction = inside - (here - correction)
        moved = inside.copy()
        np.fill_diagonal(moved, 1.0)
        if np.abs(moved - here).max() < 1e-10:
            break
        here = moved
    scale = 1 / np.sqrt(np.diag(inside))
    found = inside * np.outer(scale, scale)
    found = (found + found.T) / 2
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def _r(value: float) -> float:
    return round(float(value), 4) + 0.0


def _pair(code: str, names: list[str], i: Any, j: Any, **args: Any) -> Fault:
    return fault(code, one=names[int(i)], two=names[int(j)], **args)
