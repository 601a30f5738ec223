"""The linear form: log-odds as a weighted sum of signals, moved from a prior as far as judgments warrant.

What is unknown is not taken for average. Signals go together (whoever shares the words mostly shares the concepts), so
those that are known speak for those that are not, as far as they vary together among judged pairs; what they leave
open makes the sum less certain and draws it towards even odds. With x_u given x_k as in a Gaussian, and a logistic
curve averaged over what stays open (MacKay 1992, "The evidence framework applied to classification networks"):

    z = (intercept + Σ_k (w_k + Σ_u w_u b_uk) (x_k − mean_k)) / √(1 + π v / 8),    v = wᵀ Var(x_u | x_k) w

A pair of which only the words are known is so judged as such pairs turn out, not as one that fails all the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tongtu.match.learning.calibration import sigmoid
from tongtu.match.learning.judged import Bools, Examples, Floats, Ints

_SCALES = (0.05, 20.0)  # how far the prior as a whole may be stretched
_DIGITS = 6
_STEPS, _TINY = 200, 1e-10
_RIDGE = 1e-6  # of a variance


@dataclass(frozen=True, slots=True)
class Linear:
    """`intercept + Σ weight · (signal − mean)`, and `spread`: how signals vary together, a row and column for each.

    An unknown signal adds nothing itself. Without `spread` the known do not speak for it either. `start`: the sum of a
    pair of which nothing is known, where it was measured (no Gaussian holds that far out).
    """

    kind: ClassVar[str] = "linear"
    intercept: float
    weights: Mapping[str, float]
    means: Mapping[str, float]
    spread: tuple[tuple[float, ...], ...] = ()
    start: float | None = None

    @property
    def signals(self) -> tuple[str, ...]:
        return tuple(self.weights)

    @property
    def base(self) -> float:
        """The sum where every signal is unknown."""
        if self.start is not None:
            return self.start
        return self.intercept / self._seen(np.zeros(len(self.weights), bool)).doubt

    @property
    def reach(self) -> tuple[float, float]:
        """The least and greatest sum of signals in 0..1; pairs of which less is known lie between."""
        ends = [(-w * self.means[name], w * (1 - self.means[name])) for name, w in self.weights.items()]
        return self.intercept + sum(map(min, ends)), self.intercept + sum(map(max, ends))

    def parts(self, x: Floats, told: Bools | None = None) -> Floats:
        """What each signal adds to `base`: rows × signals like `x`, 0 where `x` is NaN.

        Others speak for a signal that is not `told`: that no pair of the question knows (see `judged.told`; by default,
        that the row does not). Where some pairs know it, one that does not is taken at the mean: that it says nothing
        where others do is no reason to think better of it. That something is known at all, at its mean, moves the sum
        too; this goes to the known signals by how much each of them counts.
        """
        known = ~np.isnan(x)
        found = np.zeros(x.shape)
        start, means = self.base, np.array(list(self.means.values()))
        for pattern, rows in _patterns(known if told is None else told):
            seen, here = self._seen(pattern), known[np.ix_(rows, pattern)]
            shares = here * seen.shares
            shares /= np.maximum(shares.sum(axis=1, keepdims=True), _TINY)
            centred = np.where(here, x[np.ix_(rows, pattern)] - means[pattern], 0.0)
            moved = self.intercept / seen.doubt - start
            found[np.ix_(rows, pattern)] = centred * seen.weights / seen.doubt + moved * shares
        return found

    def _seen(self, known: Bools) -> _Seen:
        """Weights where only these signals are known."""
        weights = np.array(list(self.weights.values()))
        spread = np.array(self.spread or np.zeros((weights.size, weights.size)))
        inside, across = spread[np.ix_(known, known)], spread[np.ix_(~known, known)]
        speak = np.linalg.solve(inside + _RIDGE * np.eye(int(known.sum())), across.T).T
        left = spread[np.ix_(~known, ~known)] - speak @ across.T
        open_ = weights[~known]
        own = weights[known]
        lent = np.where(own >= 0, np.maximum(own + open_ @ speak, 0.0), own)
        counts = lent * np.sqrt(np.diag(inside)) + np.abs(own) * _TINY + _TINY
        return _Seen(lent, counts / counts.sum(), float(np.sqrt(1 + np.pi / 8 * max(open_ @ left @ open_, 0.0))))


@dataclass(frozen=True, slots=True)
class _Seen:
    """Weights of the known signals, their shares in being known, and what the sum is divided by."""

    weights: Floats
    shares: Floats
    doubt: float


def _patterns(known: Bools) -> Iterator[tuple[Bools, Ints]]:
    """Each combination of known signals, with its rows."""
    if not known.size:
        return
    code = known @ (1 << np.arange(known.shape[1]))
    for one in np.unique(code):
        rows = np.flatnonzero(code == one)
        yield known[rows[0]], rows


def fit(examples: Examples, prior: Linear, *, pull: float, floor: float = 0.0, free: Collection[str] = ()) -> Linear:
    """The weights that make judgments likeliest, less ½·`pull`·Σ(weight − scale·prior weight)².

    The prior gives proportions: its scale and the intercept are learnt freely, a weight leaves its proportion as far
    as judgments outweigh `pull` (in pairs). A signal no judged pair knows keeps its proportion. Weights are ≥ 0, since
    a signal says how well two listings agree and more of it must never hurt, unless named in `free`; none falls below
    `floor` times its proportion.

    Minimised by projected Newton steps (Bertsekas 1982); the problem is convex. Rounded to six digits.
    """
    means = {s: _mean(examples, column, prior) for column, s in enumerate(examples.signals)}
    x = np.where(np.isnan(examples.x), 0.0, examples.x - np.array(list(means.values())))
    own = np.array([prior.weights.get(s, 0.0) for s in examples.signals])
    rate = float(np.average(examples.y, weights=examples.weight).clip(1e-6, 1 - 1e-6))
    # unknowns: intercept, scale, and what each weight has above its floor
    design = np.column_stack([np.ones(len(x)), floor * (x @ own), x])
    apart = np.column_stack([np.zeros(own.size), -(1 - floor) * own, np.eye(own.size)])
    ridge, wanted = pull * apart.T @ apart, np.zeros(2 + own.size)
    ridge[1, 1] += 1.0
    wanted[1] = 1.0
    low = np.array([-np.inf, _SCALES[0], *(-np.inf if s in free else 0.0 for s in examples.signals)])
    high = np.array([np.inf, _SCALES[1], *(np.inf for _ in examples.signals)])
    start = np.array([np.log(rate / (1 - rate)), 1.0, *((1 - floor) * own)])
    found = _descend(_Problem(design, examples.y, examples.weight, ridge, wanted), start, low, high)
    learnt = (floor * found[1] * own + found[2:]).round(_DIGITS).tolist()
    return Linear(
        round(float(found[0]), _DIGITS),
        dict(zip(examples.signals, learnt, strict=True)),
        {s: round(mean, _DIGITS) for s, mean in means.items()},
        _spread(examples, np.array(list(means.values()))),
    )


def _spread(examples: Examples, means: Floats) -> tuple[tuple[float, ...], ...]:
    """Covariances over the pairs that know both signals, brought to the nearest that a population can have."""
    known = ~np.isnan(examples.x)
    x = np.where(known, examples.x - means, 0.0)
    weight = known * examples.weight[:, None]
    both = weight.T @ known
    found = np.divide((x * examples.weight[:, None]).T @ x, both, out=np.zeros_like(both, float), where=both > 0)
    values, axes = np.linalg.eigh(found)
    clean = (axes * np.maximum(values, 0.0)) @ axes.T
    return tuple(tuple(row) for row in clean.round(_DIGITS).tolist())


@dataclass(frozen=True, slots=True)
class _Problem:
    """Logistic loss of `design @ θ` against `y`, plus ½ θᵀ ridge θ − wanted · θ."""

    design: Floats
    y: Floats
    weight: Floats
    ridge: Floats
    wanted: Floats

    def loss(self, theta: Floats) -> float:
        z = self.design @ theta
        fit = self.weight @ (np.logaddexp(0.0, z) - self.y * z)
        return float(fit + 0.5 * theta @ self.ridge @ theta - self.wanted @ theta)

    def slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        """Gradient and Hessian."""
        p = sigmoid(self.design @ theta)
        gradient = self.design.T @ (self.weight * (p - self.y)) + self.ridge @ theta - self.wanted
        curve = (self.design * (self.weight * p * (1 - p))[:, None]).T @ self.design + self.ridge
        return gradient, curve + _TINY * np.eye(theta.size)


def _descend(problem: _Problem, theta: Floats, low: Floats, high: Floats) -> Floats:
    """Newton steps among the unknowns that are not held at a bound, halved until the loss falls."""
    loss = problem.loss(theta)
    for _ in range(_STEPS):
        gradient, curve = problem.slopes(theta)
        moves = ~(((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0)))
        step = np.zeros_like(theta)
        step[moves] = np.linalg.solve(curve[np.ix_(moves, moves)], gradient[moves])
        size = 1.0
        while (trial := problem.loss(after := np.clip(theta - size * step, low, high))) > loss and size > _TINY:
            size /= 2
        if loss - trial <= _TINY * (1.0 + abs(loss)):
            return after if trial < loss else theta
        theta, loss = after, trial
    return theta


def _mean(examples: Examples, column: int, prior: Linear) -> float:
    """Of the judged pairs that know the signal; the prior's where none does."""
    known = ~np.isnan(examples.x[:, column])
    if not known.any():
        return prior.means.get(examples.signals[column], 0.0)
    return float(np.average(examples.x[known, column], weights=examples.weight[known]))
