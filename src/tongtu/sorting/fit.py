"""A 0/1 program: profiles, weights and level that restore as many examples as can be, with the widest margin.

After A. Leroy, V. Mousseau and M. Pirlot (2011), with other variables: where a profile lies among the figures seen is
told by steps, `above[h, j, k]` (1 from its position on), and its criterion's weight is laid on that position,
`part[h, j, k]`, so that "weight where it supports" needs no large constant. Two examples that contradict each other
outright are never both restored. The search starts from what `turns` finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongtu.solve.linear import Program
from tongtu.sorting.examples import Examples
from tongtu.sorting.figures import Bools, Floats, Ints

#: Every coalition stays at least this far from the level.
APART = 5e-4
WIDEST = 0.5


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights adding up to 1, the cutting level, positions (profiles × criteria), the examples restored, and how
    far the nearest of their coalitions is from the level."""

    weights: Floats
    level: float
    positions: Ints
    restored: Bools
    margin: float

    @property
    def count(self) -> int:
        return int(self.restored.sum())


def supports(examples: Examples, positions: Ints) -> Bools:
    """Examples × profiles × criteria: whether the figure supports reaching the profile; a missing one does not."""
    known: Bools = (examples.rank >= 0)[:, None, :]
    held: Bools = known & (examples.rank[:, None, :] >= positions[None, :, :])
    return held


def slack(examples: Examples, held: Bools, weights: Floats, level: float) -> Floats:
    """How far each example's coalitions are on their side of the level; negative: it is not restored."""
    agreed = held @ weights
    least = np.full(len(examples.place), np.inf)
    for i, h, reach in examples.asks():
        least[i] = min(least[i], agreed[i, h] - level if reach else level - agreed[i, h])
    return least


def weighed(examples: Examples, positions: Ints, level: tuple[float, float], restored: Bools | None) -> Fit:
    """Weights and level for these positions, by a linear program: the widest margin over the `restored`; or, where
    that is None, the least total by which examples miss `APART`."""
    held, m, n = supports(examples, positions), len(examples.seen), len(examples.place)
    soft = restored is None
    upper = np.r_[np.ones(m), level[1], WIDEST, np.full(n, np.inf if soft else 0.0)]
    cost = np.r_[np.zeros(m + 1), 0.0 if soft else -1.0, np.ones(n)]
    program = Program(cost, upper)
    program.row(np.arange(m), 1.0, at_least=1.0, at_most=1.0)
    program.row([m], 1.0, at_least=level[0])
    program.row([m + 1], 1.0, at_least=APART, at_most=APART if soft else WIDEST)
    for i, h, reach in examples.asks():
        if restored is None or restored[i]:
            side = 1.0 if reach else -1.0
            columns = np.r_[np.arange(m), m, m + 1, m + 2 + i]
            program.row(columns, np.r_[side * held[i, h], -side, -1.0, 1.0], at_least=0.0)
    answer = program.solve()
    if answer is None:
        return weighed(examples, positions, level, None)
    weights, cut = np.maximum(answer.x[:m], 0.0), float(answer.x[m])
    return fitted(examples, positions, weights / weights.sum(), cut)


def fitted(examples: Examples, positions: Ints, weights: Floats, level: float) -> Fit:
    """The fit as it is, with what it restores."""
    far = slack(examples, supports(examples, positions), weights, level)
    restored = far >= APART * 0.99
    return Fit(weights, level, positions, restored, float(far[restored].min(initial=WIDEST)))


class Fitting:
    """The program. Its columns: steps and `kept` (one per example), both 0/1; then weights, level, margin, parts."""

    def __init__(self, examples: Examples, level: tuple[float, float], keep: Bools | None = None) -> None:
        """`keep`: restore these and widen the margin; None: restore as many as can be."""
        self.examples, self.range, self.keep = examples, level, keep
        self.n, self.m, self.profiles = len(examples.place), len(examples.seen), examples.profiles
        self.sizes = [len(v) for v in examples.seen]
        ends = np.cumsum(self.sizes * self.profiles)
        self.start = (ends - np.array(self.sizes * self.profiles)).reshape(self.profiles, self.m)
        steps = int(ends[-1]) if len(ends) else 0
        self.kept = np.arange(self.n) + steps
        self.weight = np.arange(self.m) + steps + self.n
        self.level = steps + self.n + self.m
        self.margin, self.parts = self.level + 1, self.level + 2
        self.program = self._program(steps)

    def above(self, h: int, j: int) -> Ints:
        columns: Ints = np.arange(self.sizes[j]) + self.start[h, j]
        return columns

    def part(self, h: int, j: int) -> Ints:
        return self.above(h, j) + self.parts

    def _program(self, steps: int) -> Program:
        widest = APART if self.keep is None else WIDEST
        upper = np.ones(self.parts + steps)
        upper[self.level], upper[self.margin] = self.range[1], widest
        cost = np.zeros(len(upper))
        cost[self.kept if self.keep is None else self.margin] = -1.0
        program = Program(cost, upper, whole=steps + self.n)
        program.row(self.weight, 1.0, at_least=1.0, at_most=1.0)
        program.row([self.level], 1.0, at_least=self.range[0])
        program.row([self.margin], 1.0, at_least=APART)
        if self.keep is not None:
            program.row(self.kept[self.keep], 1.0, at_least=float(self.keep.sum()))
        for a, b in self.examples.clashes:
            program.row(self.kept[[a, b]], 1.0, at_most=1.0)
        for h in range(self.profiles):
            for j in range(self.m):
                self._profile(program, h, j)
        for i, h, reach in self.examples.asks():
            self._example(program, i, h, reach, widest)
        return program

    def _profile(self, program: Program, h: int, j: int) -> None:
        above, part = self.above(h, j), self.part(h, j)
        for k in range(len(above)):
            before = above[k - 1 : k] if k else above[:0]
            program.row(np.r_[above[k], before, part[k]], np.r_[1.0, -np.ones(len(before)), -1.0], at_least=0.0)
        program.row(np.r_[part, self.weight[j]], np.r_[np.ones(len(part)), -1.0], at_most=0.0)
        if len(above):
            last = np.r_[part, self.weight[j], above[-1]]
            program.row(last, np.r_[np.ones(len(part)), -1.0, -1.0], at_least=-1.0)
        if h:
            for lower, upper in zip(self.above(h - 1, j), above, strict=True):
                program.row([lower, upper], [1.0, -1.0], at_least=0.0)

    def _example(self, program: Program, i: int, h: int, reach: bool, widest: float) -> None:
        parts = [self.part(h, j)[: self.examples.rank[i, j] + 1] for j in range(self.m)]
        columns = np.concatenate(parts)
        side, large = (1.0, self.range[1] + widest) if reach else (-1.0, 1 - self.range[0] + widest)
        program.row(
            np.r_[columns, self.level, self.margin, self.kept[i]],
            np.r_[np.full(len(columns), side), -side, -1.0, -large],
            at_least=-large,
        )

    def columns(self, fit: Fit) -> Floats:
        """A fit as values of the columns."""
        x = np.zeros(len(self.program.cost))
        x[self.kept], x[self.weight], x[self.level] = fit.restored, fit.weights, fit.level
        x[self.margin] = APART if self.keep is None else max(APART, fit.margin)
        for h in range(self.profiles):
            for j in range(self.m):
                position = fit.positions[h, j]
                x[self.above(h, j)[position:]] = 1.0
                x[self.part(h, j)[position : position + 1]] = fit.weights[j]
        return x

    def positions(self, x: Floats) -> Ints:
        found = [[int((x[self.above(h, j)] < 0.5).sum()) for j in range(self.m)] for h in range(self.profiles)]
        return np.array(found, np.int64).reshape(self.profiles, self.m)
