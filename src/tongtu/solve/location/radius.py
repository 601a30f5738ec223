"""What fixing leaves of a p-median problem, as a small 0/1 program in radius variables.

z_ik says that no site within client i's k-th distance is open, so the client pays the step to the next one
(Cornuejols, Nemhauser and Wolsey 1980; Elloumi 2010). A client's last distance is the one beyond which the Lagrangian
bound passes the cutoff. The best answer known stays in the program whatever was fixed, so that the
program always has an answer and its bound, up to that answer's value, holds for the whole problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.solve.linear import Program
from tongtu.solve.location.case import Case, Floats, Ints, Node
from tongtu.solve.location.dual import Dual
from tongtu.solve.progress import Progress

#: 0/1 programs with more columns than this are left to the tree
MOST = 1_500


@dataclass(frozen=True, slots=True)
class Reduced:
    """The best choice of the program, its value, and a bound on all choices better than the one it began with."""

    sites: Ints
    value: float
    bound: float


class Radius:
    """The program of one node: `known` (rising) is kept in it, whatever passes `cutoff` is not."""

    def __init__(self, case: Case, node: Node, known: Ints, cutoff: float) -> None:
        self._case, self._known, self._node = case, known, node
        self.sites: Ints = np.union1d(node.sites, known)
        point = Dual(case, node).at(node.price)
        self._furthest = np.maximum(point.price + max(cutoff - point.bound, 0.0), case.cost[:, known].min(axis=1))
        self._levels = [self._levels_of(i) for i in range(len(case.cost))]
        self.columns = len(self.sites) + sum(len(levels) - 1 for levels in self._levels)

    def _levels_of(self, client: int) -> Floats:
        cost = self._case.cost[client, self.sites]
        return np.unique(cost[cost <= self._furthest[client]])

    def solve(self, nodes: int, others: Sequence[Ints] = (), progress: Progress | None = None) -> Reduced | None:
        """The best choice that is none of `others`; None where there is none, or none within `nodes`."""
        program = self._program()
        for other in others:
            places = np.flatnonzero(np.isin(self.sites, other))
            program.row(places, 1.0, at_most=len(other) - 1.0)
        answer = program.solve(None if others else self._start(program), nodes, progress)
        if answer is None:
            return None
        sites = self.sites[answer.x[: len(self.sites)] > 0.5]
        value = float(self._case.cost[:, sites].min(axis=1).sum() + self._case.fixed[sites].sum())
        return Reduced(sites, value, answer.bound + sum(float(levels[0]) for levels in self._levels))

    def _program(self) -> Program:
        case, open_ = self._case, len(self.sites)
        steps = np.concatenate([np.diff(levels) for levels in self._levels])
        program = Program(np.r_[case.fixed[self.sites], steps], np.ones(self.columns), open_)
        program.row(np.arange(open_), 1.0, self._node.low, self._node.high)
        for site in np.intersect1d(self._node.sites[self._node.held], self._known).tolist():
            program.row([int(np.searchsorted(self.sites, site))], 1.0, at_least=1.0)
        first = open_
        for client, levels in enumerate(self._levels):
            cost = case.cost[client, self.sites]
            for k, level in enumerate(levels.tolist()):
                # a site at this distance is open, or the client goes further, or it went no further before
                after = [first + k] if k + 1 < len(levels) else []
                before = [first + k - 1] if k else []
                at = np.flatnonzero(cost == level)
                values = np.r_[np.ones(len(at) + len(after)), -np.ones(len(before))]
                program.row(np.r_[at, after, before].astype(np.int64), values, at_least=0.0 if k else 1.0)
            first += len(levels) - 1
        return program

    def _start(self, program: Program) -> Floats:
        """The known answer as columns of the program."""
        paid = self._case.cost[:, self._known].min(axis=1)
        beyond = [levels[:-1] < paid[i] for i, levels in enumerate(self._levels)]
        return np.concatenate([np.isin(self.sites, self._known), *beyond]).astype(np.float64)
