"""How much more than planned past work took: lognormal multipliers by reference class.

A multiplier is actual / planned. Its logarithm is normal within a class; classes nest (all work, a band of
readiness, a direction within it), each differs from its parent by a normal effect, and a class with few
results borrows from its parents (best linear unbiased prediction, Henderson 1975; the variance of the
effects by moments, DerSimonian and Laird 1986, level by level). What is handed out is the prediction for
one more case: the spread within a class and the doubt about its mean together, in Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tongtu.risk.special import bivariate_normal, normal_quantile, student_quantile

Floats = npt.NDArray[np.float64]
Path = tuple[str | None, ...]

#: Fewer results than this fit nothing.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Spread:
    """Log multiplier of one more case of a class: `middle + scale * t(freedom)`; resting on `n_eff` results."""

    middle: float
    scale: float
    freedom: float
    n_eff: float

    def at(self, chance: float) -> float:
        """The multiplier not exceeded with this chance."""
        return float(np.exp(self.middle + self.scale * student_quantile(self.freedom, chance)))


@dataclass(frozen=True)
class Classes:
    """Nested classes, fitted. `of("pilot", "chips")` is the spread of that class; names without results stand
    for a class of which only the parent is known. None before anything is fitted."""

    cells: tuple[Path, ...] = ()  # classes at the finest level that have results
    mean: Floats = field(default_factory=lambda: np.zeros(0))
    noise: Floats = field(default_factory=lambda: np.zeros(0))  # variance of each mean about its class
    effects: tuple[float, ...] = ()  # variance between classes, by level, the coarsest first
    variance: float = 0.0  # within a class
    freedom: float = 0.0

    def of(self, *path: str | None) -> Spread | None:
        if not self.cells:
            return None
        wanted = path[: len(self.effects)] + (None,) * (len(self.effects) - len(path))
        shared = self._shared(wanted)
        inverse = self._inverse
        weight = inverse.sum(axis=0)
        common = float(weight @ self.mean / weight.sum())
        pull = inverse @ shared
        middle = common + float(pull @ (self.mean - common))
        unsure = sum(self.effects) - float(shared @ pull) + (1 - float(pull.sum())) ** 2 / float(weight.sum())
        unsure = max(unsure, 1e-12)
        return Spread(middle, float(np.sqrt(self.variance + unsure)), self.freedom, self.variance / unsure)

    def residual(self, log: Floats, path: Sequence[Path]) -> Floats:
        """Log multipliers about the middle of their class, in units of its scale."""
        spreads = {p: self.of(*p) for p in dict.fromkeys(path)}
        return np.array([(x - s.middle) / s.scale for x, p in zip(log, path, strict=True) if (s := spreads[p])])

    @cached_property
    def _inverse(self) -> Floats:
        """Inverse of the covariance of the fitted classes' means."""
        shared = np.array([self._shared(cell) for cell in self.cells])
        np.fill_diagonal(shared, sum(self.effects))
        return np.asarray(np.linalg.inv(shared + np.diag(self.noise)), np.float64)

    def _shared(self, path: Path) -> Floats:
        """Covariance of a class's true mean with that of every fitted one: the effects of common ancestors."""
        total = np.zeros(len(self.cells))
        for k, cell in enumerate(self.cells):
            for effect, own, other in zip(self.effects, path, cell, strict=True):
                if own != other or own is None:
                    break
                total[k] += effect
        return total


def nested(ratio: Floats, path: Sequence[Path]) -> Classes:
    """Fits nested classes; without any result below `FEWEST`.

    `ratio` holds actual / planned (> 0); `path` names the class of each, the coarsest first. None means that
    the class is not known: such results lie in a class of their own.
    """
    if len(ratio) < FEWEST:
        return Classes()
    log = np.log(ratio)
    cells = sorted(set(path), key=_ordered)
    place = {cell: k for k, cell in enumerate(cells)}
    index = np.array([place[p] for p in path])
    n = np.bincount(index).astype(float)
    mean = np.bincount(index, log) / n
    within, freedom = log - mean[index], len(log) - len(cells)
    if freedom < FEWEST - 1:  # next to no repeats within a class: take all as one
        n, mean, cells = np.array([float(len(log))]), np.array([log.mean()]), [(None,) * len(path[0])]
        within, freedom = log - log.mean(), len(log) - 1
    variance = max(float((within**2).sum() / freedom), 1e-12)
    noise = variance / n
    return Classes(tuple(cells), mean, noise, _effects(cells, mean, noise), variance, float(freedom))


def fit(ratio: Floats, cell: list[str | None]) -> dict[str | None, Spread]:
    """`nested` with one level: the spread of every cell, and under None that of a cell without results."""
    classes = nested(ratio, [(c,) for c in cell])
    names = [*(path[0] for path in classes.cells if path[0] is not None), None]
    found = {name: classes.of(name) for name in names}
    return {name: spread for name, spread in found.items() if spread is not None}


def _ordered(path: Path) -> tuple[tuple[bool, str], ...]:
    return tuple((name is None, name or "") for name in path)


def _effects(cells: Sequence[Path], mean: Floats, noise: Floats) -> tuple[float, ...]:
    """Variance between classes at each level, from the finest up; what lies above is taken from the pooled
    means of what lies below."""
    found: list[float] = []
    keys, middle, doubt = [*cells], mean, noise
    for depth in range(len(cells[0]) - 1, -1, -1):
        parents = [key[:depth] for key in keys]
        names = sorted(set(parents), key=_ordered)
        groups = [np.array([p == name for p in parents]) for name in names]
        effect = between([(middle[g], doubt[g]) for g in groups])
        weight = 1 / (doubt + effect)
        middle, doubt = (
            np.array([weight[g] @ middle[g] / weight[g].sum() for g in groups]),
            np.array([1 / weight[g].sum() for g in groups]),
        )
        keys = names
        found.insert(0, effect)
    return tuple(found)


def between(groups: Sequence[tuple[Floats, Floats]]) -> float:
    """DerSimonian and Laird's moment estimate of the variance between classes, pooled over groups of classes.

    Each group holds the classes' means and the variances of those means.
    """
    excess = scale = 0.0
    for mean, noise in groups:
        w = 1 / noise
        centre = w @ mean / w.sum()
        excess += float(w @ (mean - centre) ** 2) - (len(mean) - 1)
        scale += float(w.sum() - w @ w / w.sum())
    return max(0.0, excess / scale) if scale > 0 else 0.0


def joint(chance: float, correlation: float) -> float:
    """P(X <= x and Y <= y) of standard normals where each alone has this `chance`: 0.49 for two independent 0.7."""
    x = normal_quantile(chance)
    return float(bivariate_normal(x, x, correlation))
