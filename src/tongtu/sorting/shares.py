"""In how many draws each category is reached: a block of subjects in every draw at once.

Single precision, so that a block stays in the processor's cache: each criterion's figures are taken relative to the
profile, and what no draw can change is settled beforehand in double precision. Only operations element by element:
a matrix product's last digit would depend on who else is in the block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.sorting.core import Arrays
from tongtu.sorting.doubt import Draws
from tongtu.sorting.figures import Bools, Floats, Ints

Singles = npt.NDArray[np.float32]

#: subjects at once
_BLOCK = 16
#: what stands for "certainly": far beyond any threshold
_FAR = 1e30
#: where a threshold is a step, its slope
_STEEP = 1e20
#: rounding of a sum of weights in single precision
_ROUNDING = 3e-6
_ALMOST = 1e-7


def counted(it: Arrays, sample: Draws, low: Floats, high: Floats) -> Ints:
    """Subjects × rules (pessimistic, optimistic) × categories: the number of draws. `low` and `high` bound figures."""
    points, categories = _Points.of(it, sample), len(it.limits) + 1
    counts = np.zeros((len(low), 2, categories), np.int64)
    for start in range(0, len(low), _BLOCK):
        block = slice(start, start + _BLOCK)
        reached = _Block(it, points, low[block], high[block]).reached()
        for rule, places in enumerate(reached):
            for k in range(categories):
                counts[block, rule, k] = (places == k).sum(axis=1)
    return counts


@dataclass(frozen=True, slots=True)
class _Points:
    """The draws, one row per criterion; `level` alone. `rise` is the slope of the support times the weight, and
    `top` the support of one who is just behind by nothing, in the same measure."""

    level: Singles
    spot: Singles
    shift: Singles
    weight: Singles
    rise: Singles
    top: Singles
    factor: Floats
    wide: Floats  # the widest shift of each criterion
    narrow: Floats  # the least factor of its thresholds
    broad: Floats

    @classmethod
    def of(cls, it: Arrays, sample: Draws) -> _Points:
        factor, weight = sample.factor.T, sample.weights.T
        span = (it.preference - it.indifference)[:, None] * factor
        rise = weight * np.where(span > 0, 1 / np.where(span > 0, span, 1.0), _STEEP)
        wide, narrow, broad = np.abs(sample.shift).max(axis=0), factor.min(axis=1), factor.max(axis=1)
        return cls(
            _single(sample.level - _ROUNDING), _single(sample.spot.T), _single(sample.shift.T), _single(weight),
            _single(rise), _single(rise * it.preference[:, None] * factor), factor, wide, narrow, broad,
        )  # fmt: skip


def _single(values: Floats) -> Singles:
    return np.ascontiguousarray(values, np.float32)


class _Block:
    def __init__(self, it: Arrays, points: _Points, low: Floats, high: Floats) -> None:
        self.it, self.points, self.low = it, points, low
        self.least, self.most = low - points.wide, high + points.wide
        self.unknown: Bools = np.isnan(low)
        self.width = np.where(self.unknown, 0.0, high - low).astype(np.float32)
        self.shape = (len(low), len(points.level))

    def reached(self) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
        """Index of the category per subject and draw, by either rule."""
        pessimistic, optimistic = np.zeros(self.shape, np.int8), np.zeros(self.shape, np.int8)
        over, under = self._agreed()
        missing = self._missing() if self.unknown.any() else None
        for h in range(len(self.it.limits)):
            strict = self._outranks(over[h], h, 1)
            lenient = strict if missing is None else self._outranks(over[h] + missing, h, 1)
            above = self._outranks(under[h], h, -1)
            pessimistic += strict
            optimistic += ~above | lenient
        return pessimistic, optimistic

    def _agreed(self) -> tuple[Singles, Singles]:
        """C over and under each profile: profiles × subjects × draws."""
        points, profiles = self.points, range(len(self.it.limits))
        over, under = (np.zeros((len(self.it.limits), *self.shape), np.float32) for _ in range(2))
        ahead = [self._ahead(h, 1) for h in profiles], [self._ahead(h, -1) for h in profiles]
        with np.errstate(over="ignore"):
            for j in range(len(self.it.weights)):
                rise, weight = points.rise[j], points.weight[j]
                moved = self._moved(slice(None), j) * rise
                for total, side, way in ((over, ahead[0], 1), (under, ahead[1], -1)):
                    base = points.top[j] + moved if way > 0 else points.top[j] - moved
                    for h in profiles:
                        part = side[h][:, j, None] * rise
                        part += base
                        np.minimum(part, weight, out=part)
                        np.maximum(part, 0.0, out=part)
                        total[h] += part
        return over, under

    def _moved(self, rows: slice | Ints, j: int) -> Singles:
        """How far each figure stands above its least, less the shift of the profile."""
        moved: Singles = self.width[rows, j, None] * self.points.spot[j]
        moved -= self.points.shift[j]
        return moved

    def _ahead(self, h: int, way: int) -> Singles:
        """How far the least figure is ahead of a profile (`way` 1) or behind it (-1); very far where every draw says
        the same of the support, and as far behind where the figure is missing."""
        it, points = self.it, self.points
        least, most = self._behind(h, way)
        always = most <= it.indifference * points.narrow
        never = (least >= it.preference * points.broad) & (least > it.indifference * points.broad)
        ahead = way * (self.low - it.limits[h])
        ahead = np.where(always, _FAR, np.where(never | self.unknown, -_FAR, ahead))
        return ahead.astype(np.float32)

    def _behind(self, h: int, way: int) -> tuple[Floats, Floats]:
        """The least and the most that one can be behind the other on each criterion."""
        limits = self.it.limits[h]
        return (limits - self.most, limits - self.least) if way > 0 else (self.least - limits, self.most - limits)

    def _missing(self) -> Singles:
        """What missing figures weigh."""
        total = np.zeros(self.shape, np.float32)
        for j in np.flatnonzero(self.unknown.any(axis=0)):
            total += self.unknown[:, j, None] * self.points.weight[j]
        return total

    def _outranks(self, agreed: Singles, h: int, way: int) -> Bools:
        """σ reaches the level: C does, and does so weakened by what objects."""
        level = self.points.level
        reaches: Bools = agreed >= level
        objects = self._objects(h, way, float(level.min())) & reaches.any(axis=1, keepdims=True)
        if not objects.any():
            return reaches
        held = agreed.copy()
        for j in np.flatnonzero(objects.any(axis=0)).tolist():
            rows = np.flatnonzero(objects[:, j])
            held[rows] *= self._left(rows, j, h, way, agreed[rows])
        return np.asarray(held >= level)

    def _objects(self, h: int, way: int, level: float) -> Bools:
        """Whose objection can matter in some draw: it must exceed C, and so the level."""
        it = self.it
        _, most = self._behind(h, way)
        vetoing = np.isfinite(it.veto)
        veto = np.where(vetoing, it.veto, 0.0)
        start = it.preference + level * (veto - it.preference) if it.gradual else veto
        objects: Bools = vetoing & ~self.unknown & (most >= start * self.points.narrow * (1 - _ALMOST))
        return objects

    def _left(self, rows: Ints, j: int, h: int, way: int, agreed: Singles) -> Singles:
        """What an objection leaves of the agreement: the least of 1 and (1 − d) / (1 − C)."""
        it, factor = self.it, self.points.factor[j]
        least, _ = self._behind(h, way)
        blocked = least[rows, j] >= it.veto[j] * self.points.broad[j]
        ahead = np.where(blocked, -_FAR, way * (self.low[rows, j] - it.limits[h, j])).astype(np.float32)
        slope = 1 / ((it.veto[j] - it.preference[j]) * factor) if it.gradual else np.full(len(factor), _STEEP)
        rise, top = slope.astype(np.float32), (slope * it.veto[j] * factor).astype(np.float32)
        with np.errstate(over="ignore"):
            left: Singles = ahead[:, None] * rise
            left += (self._moved(rows, j) * way) * rise
        left += top
        np.maximum(left, 0.0, out=left)
        if it.gradual:
            left /= np.maximum(1 - agreed, np.float32(_ALMOST))
        np.minimum(left, 1.0, out=left)
        return left
