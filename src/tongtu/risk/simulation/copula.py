"""`Copula`: a book laid out so that every group of like cases sees its factors as one number per stage.

Cases of one sector and technology with the same stages ahead form a group. All that a point of factor space tells
such a group is one shift of the threshold per stage; what differs between its cases is the threshold itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tongtu.risk.book import Book
from tongtu.risk.simulation.factors import Factors
from tongtu.risk.simulation.latent import cells, doubts, kinds, thresholds
from tongtu.risk.simulation.normal import cdf, density, quantile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Cases (positions in the book), their `rows` by stage (cases × stages) and the stages' codes."""

    cases: Ints
    rows: Ints
    stages: Ints
    sector: int
    technology: int
    common: float
    #: per stage, the factors that shift it and by how much
    loads: tuple[tuple[tuple[int, float], ...], ...] = ()

    @property
    def scale(self) -> float:
        """What a shift is multiplied by, the rest of the variance being the case's own."""
        return float(1 / np.sqrt(1 - self.common))


class Copula:
    """Thresholds, groups and the standard normal factors they depend on: market, sectors, technologies, doubts.

    `dimensions` counts the factors; `shifts` tells a group's shifts at points of that space (points × dimensions).
    With `parts`, groups are of one sector and technology even where no factor tells them apart.
    """

    def __init__(self, book: Book, factors: Factors, *, doubt: bool = True, parts: bool = False) -> None:
        self.book, self.factors = book, factors.checked(book)
        self.doubt = doubts(book) if doubt else np.zeros_like(book.p)
        self.threshold = thresholds(book, factors, self.doubt)
        self._slots = len(book.stages) if factors.by_stage else 1
        self._sectors = len(book.sectors) if factors.sector else 0
        self._technologies = len(book.technologies) if factors.technology else 0
        self._root = factors.sector_root(book) if self._sectors else np.zeros((0, 0))
        self._cell = cells(book)
        doubted = np.unique(self._cell[self.doubt > 0]) if len(book) else np.zeros(0, np.int64)
        self._doubted = {int(cell): k for k, cell in enumerate(doubted)}
        self._first_doubt = self._slots * (1 + self._sectors + self._technologies)
        self.dimensions = self._first_doubt + len(doubted)
        by_sector = parts or self._sectors > 0 or len(doubted) > 0
        groups = _groups(book, factors, by_sector, parts or self._technologies > 0)
        self.groups = [replace(group, loads=self._loads(group)) for group in groups]

    def shifts(self, group: Group, z: Floats) -> Floats:
        """Stages × points."""
        found = np.zeros((len(group.stages), len(z)))
        for k, loads in enumerate(group.loads):
            if k and loads == group.loads[k - 1]:
                found[k] = found[k - 1]
                continue
            for factor, load in loads:
                found[k] += load * z[:, factor]
        return found

    def _loads(self, group: Group) -> tuple[tuple[tuple[int, float], ...], ...]:
        by_stage = self.factors.by_stage
        return tuple(
            tuple(self._of(group, k, int(stage) if by_stage else 0)) for k, stage in enumerate(group.stages)
        )  # fmt: skip

    def _of(self, group: Group, k: int, slot: int) -> Iterator[tuple[int, float]]:
        """Which factors shift the group's stage k, and how much."""
        factors = self.factors
        if factors.market:
            yield slot, float(np.sqrt(factors.market))
        if self._sectors and group.sector >= 0:
            first = self._slots + slot * self._sectors
            for s in np.flatnonzero(self._root[group.sector]):
                yield first + int(s), float(np.sqrt(factors.sector) * self._root[group.sector, s])
        if self._technologies and group.technology >= 0:
            first = self._slots * (1 + self._sectors) + slot * self._technologies
            yield first + group.technology, float(np.sqrt(factors.technology))
        row = group.rows[0, k]
        if self.doubt[row] > 0:
            yield self._first_doubt + self._doubted[int(self._cell[row])], float(self.doubt[row])

    def survival(self, group: Group, z: Floats) -> Floats:
        """Chance of passing each stage and all before it: stages × cases × points. Exact; for few points."""
        x = self.shifts(group, z)
        passed = np.stack([
            cdf((self.threshold[group.rows[:, k], None] + x[k]) * group.scale) for k in range(len(x))
        ])  # fmt: skip
        return np.asarray(np.multiply.accumulate(passed, axis=0))

    def slopes(self, gains: Sequence[Floats]) -> list[Floats]:
        """How the portfolio answers to each factor, on average, once for each table of `gains`: how much passing the
        next stage adds (cases × most stages). Points are placed by it, so a first order will do."""
        found = [np.zeros(self.dimensions) for _ in gains]
        push = density(quantile(self.book.p)) / self.book.p
        for group in self.groups:
            reached = np.cumprod(self.book.p[group.rows], axis=1)
            for slope, gain in zip(found, gains, strict=True):
                added = reached * gain[group.cases, : reached.shape[1]]
                later = np.cumsum(added[:, ::-1], axis=1)[:, ::-1]
                answer = (later * push[group.rows]).sum(axis=0)
                for k, loads in enumerate(group.loads):
                    for factor, load in loads:
                        slope[factor] += load * answer[k]
        return found


def _groups(book: Book, factors: Factors, by_sector: bool, by_technology: bool) -> list[Group]:
    """Cases alike in everything the factors can tell apart, in order of their first case."""
    if not len(book):
        return []
    width = int(book.count.max())
    inside = np.arange(width) < book.count[:, None]
    key = np.full((len(book), width + 2), -1, np.int64)
    key[:, :width][inside] = book.stage
    if by_sector:
        key[:, width] = book.sector
    if by_technology:
        key[:, width + 1] = book.technology
    kind = kinds(key)
    common = factors.common(book)
    order = np.argsort(kind, kind="stable")
    ends = np.cumsum(np.bincount(kind))
    groups = []
    for cases in np.split(order, ends[:-1]):
        first, count = cases[0], book.count[cases[0]]
        rows = book.start[cases][:, None] + np.arange(count)
        groups.append(Group(cases, rows, book.stage[rows[0]], int(book.sector[first]), int(book.technology[first]),
                            float(common[first])))  # fmt: skip
    return sorted(groups, key=lambda group: int(group.cases[0]))
