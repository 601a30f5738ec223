"""Mean and variance of the portfolio at every point of factor space, whole and by sector and technology.

Cases in blocks, points in blocks, so that what is worked on stays in the processor's cache; a book of many cases is
taken in single precision (its sums come to six figures, far inside the simulation's error).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.risk.simulation.copula import Copula, Group
from tongtu.risk.simulation.passing import Passing
from tongtu.risk.simulation.worth import Measure, Worth
from tongtu.solve.progress import Progress

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[Any]

_CASES = 384  # cases worked on at once
_BLOCK = 65_536  # cases × points worked on at once
_SINGLE = 2_000  # from so many stages on, single precision


@dataclass
class Moments:
    """Per measure: mean and variance by point, and by sector (rows of `sectors`) and technology likewise; the last
    row is that of cases without one. Money in the worth's unit."""

    mean: dict[Measure, Floats]
    variance: dict[Measure, Floats]
    sectors: dict[Measure, tuple[Reals, Reals]]
    technologies: dict[Measure, tuple[Reals, Reals]]

    @classmethod
    def none(cls, measures: Sequence[Measure], points: int, sectors: int, technologies: int) -> Moments:
        def table(rows: int) -> dict[Measure, tuple[Reals, Reals]]:
            return {m: (np.zeros((rows + 1, points), np.float32), np.zeros((rows + 1, points), np.float32))
                    for m in measures}  # fmt: skip

        mean, variance = ({m: np.zeros(points) for m in measures} for _ in range(2))
        return cls(mean, variance, table(sectors), table(technologies))

    def add(self, measure: Measure, sector: int, technology: int, points: slice, mean: Reals, variance: Reals) -> None:
        self.mean[measure][points] += mean
        self.variance[measure][points] += variance
        for table, row in ((self.sectors, sector), (self.technologies, technology)):
            table[measure][0][row, points] += mean
            table[measure][1][row, points] += variance


def moments(
    copula: Copula, worth: Worth, z: Floats, *, without: npt.NDArray[np.bool_] | None = None, parts: bool = True,
    tell: Progress,
) -> Moments:  # fmt: skip
    """Of all cases but those `without` (mask), at the points `z`; by sector and technology only with `parts`."""
    book, size = copula.book, len(z)
    dtype = np.dtype(np.float32 if len(book.p) >= _SINGLE else np.float64)
    kinds = (len(book.sectors), len(book.technologies)) if parts else (0, 0)
    found = Moments.none(worth.summed, size, *kinds)
    skipped = np.zeros(len(book), bool) if without is None else without
    done = 0
    for group in copula.groups:
        kept = np.flatnonzero(~skipped[group.cases])
        x = copula.shifts(group, z) if len(kept) else None
        for first in range(0, len(kept), _CASES):
            assert x is not None
            _add(found, copula, worth, group, kept[first : first + _CASES], x, dtype, parts)
        done += len(group.cases)
        tell(done, len(book))
    return found


def _add(
    found: Moments, copula: Copula, worth: Worth, group: Group, kept: npt.NDArray[Any], x: Floats, dtype: Any,
    parts: bool,
) -> None:  # fmt: skip
    cases, rows = group.cases[kept], group.rows[kept]
    passing = [Passing(copula.threshold[rows[:, k]], x[k], group.scale, dtype) for k in range(rows.shape[1])]
    sums = _Sums(worth, cases, dtype)
    step = max(64, _BLOCK // len(cases))
    sector, technology = (group.sector, group.technology) if parts else (-1, -1)
    for first in range(0, x.shape[1], step):
        points = slice(first, min(first + step, x.shape[1]))
        mean, variance = sums.at(passing, points)
        for k, measure in enumerate(worth.summed):
            found.add(measure, sector, technology, points, mean[k], variance[k])


class _Sums:
    """Mean and variance of some cases' sum, for all measures at once.

    A case's mean is linear in what it is expected to spend, B, and its chance of passing all, S: m = β·B + γ·S. So the
    sum of the squared means, which the variance lacks, comes from the sums of B², B·S and S², weighed by β², 2βγ, γ².
    """

    def __init__(self, worth: Worth, cases: npt.NDArray[Any], dtype: Any) -> None:
        count = int(worth.book.count[cases[0]])
        self.cost = worth.stage_costs[cases, :count].astype(dtype)
        linear = [worth.linear(measure, cases) for measure in worth.summed]
        self.spent = np.array([spent for spent, _ in linear], dtype)
        self.success = np.array([success for _, success in linear], dtype)
        squares = np.array([worth.terminal(measure, cases)[1] for measure in worth.summed])
        self.square = squares[:, :, 0].sum(axis=1)[:, None]
        self.more = np.ascontiguousarray(np.diff(squares, axis=2).transpose(2, 0, 1).astype(dtype))
        self.room: Reals | None = None

    def at(self, passing: list[Passing], points: slice) -> tuple[Reals, Reals]:
        """Measures × points, twice."""
        cost, width = self.cost, points.stop - points.start
        if self.room is None or self.room.shape[2] != width:
            self.room = np.empty((3, len(cost), width), cost.dtype)
        alive, spent, each = self.room
        passing[0].at(points, alive)
        spent[:] = cost[:, :1]
        square = self.square + self.more[0] @ alive
        for k in range(1, len(passing)):
            spent += np.multiply(alive, cost[:, k : k + 1], out=each)
            np.multiply(alive, passing[k].at(points, each), out=alive)
            square += self.more[k] @ alive
        mean = self.spent @ spent + self.success @ alive
        square -= 2 * (self.spent * self.success) @ np.multiply(spent, alive, out=each)
        square -= self.success**2 @ np.multiply(alive, alive, out=alive)
        square -= self.spent**2 @ np.multiply(spent, spent, out=spent)
        return mean, np.maximum(square, 0.0)
