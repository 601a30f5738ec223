"""How much more than planned past work took: lognormal multipliers by reference class.

A multiplier is actual / planned. Its logarithm is normal within a class, classes differ by a normal
effect (DerSimonian and Laird 1986), and a class with few results borrows from all. What is handed out is
the prediction for one more case: the spread within a class and the doubt about its mean together, in
Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.risk.special import normal_quantile, student_quantile

Floats = npt.NDArray[np.float64]

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


def fit(ratio: Floats, cell: list[str | None]) -> dict[str | None, Spread]:
    """The spread of every cell, and under None that of a cell without results; empty below `FEWEST`.

    `ratio` holds actual / planned (> 0), `cell` the class of each; None is no class of its own.
    """
    if len(ratio) < FEWEST:
        return {}
    names = sorted({c for c in cell if c is not None})
    index = np.array([names.index(c) if c is not None else len(names) for c in cell])
    seen = np.unique(index)
    log = np.log(ratio)
    n = np.array([(index == k).sum() for k in seen], float)
    mean = np.array([log[index == k].mean() for k in seen])
    within = log - mean[np.searchsorted(seen, index)]
    freedom = len(log) - len(seen)
    if freedom < FEWEST - 1:  # next to no repeats within a class: take all as one
        n, mean, within, freedom = np.array([len(log)]), np.array([log.mean()]), log - log.mean(), len(log) - 1
        names, seen = [], np.array([0])
    variance = max(float((within**2).sum() / freedom), 1e-12)
    between = _between(mean, n, variance)
    weight = 1 / (between + variance / n)
    common, doubt = float(weight @ mean / weight.sum()), float(1 / weight.sum())
    own = between / (between + variance / n)  # how far a class stands on its own results
    middle = own * mean + (1 - own) * common
    unsure = own * variance / n + (1 - own) ** 2 * doubt
    spreads: dict[str | None, Spread] = {
        names[k]: _spread(float(m), float(u), variance, freedom)
        for k, m, u in zip(seen, middle, unsure, strict=True)
        if k < len(names)
    }
    spreads[None] = _spread(common, between + doubt, variance, freedom)
    return spreads


def _spread(middle: float, unsure: float, variance: float, freedom: float) -> Spread:
    return Spread(middle, float(np.sqrt(variance + unsure)), float(freedom), variance / unsure)


def _between(mean: Floats, n: Floats, variance: float) -> float:
    """DerSimonian and Laird's moment estimate of the variance between classes."""
    if len(mean) < 2:
        return 0.0
    w = n / variance
    centre = w @ mean / w.sum()
    q = float(w @ (mean - centre) ** 2)
    return max(0.0, (q - (len(mean) - 1)) / float(w.sum() - w @ w / w.sum()))


def joint(chance: float, correlation: float) -> float:
    """P(X <= x and Y <= y) of standard normals where each alone has this `chance` (Plackett 1954)."""
    h = normal_quantile(chance)
    nodes, weights = np.polynomial.legendre.leggauss(32)
    top = float(np.arcsin(np.clip(correlation, -0.999999, 0.999999)))
    angle = top * (nodes + 1) / 2
    area = float(weights @ np.exp(-(h**2) / (1 + np.sin(angle)))) * top / 2
    return chance**2 + area / (2 * np.pi)
