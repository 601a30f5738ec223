"""A draw nobody can steer: no pair is more likely than a cap, and one assignment is drawn by a published seed.

The best marginals under a cap q are a linear program (Jecmen et al. 2020). With q = a/b in whole numbers it is a
min-cost flow again: every load times b, every edge at most a. Its corners are whole, so each marginal is a whole
number of b-ths, exactly. One assignment is then drawn by dependent rounding on the bipartite graph (Gandhi et
al. 2006): along a cycle or a longest path of open edges, alternately more and less, with the odds that leave
every marginal as it was; loads end on the whole numbers beside their expectation, so minima and maxima hold.

The draws are SHA-256 over seed and counter, in whole numbers: anybody can repeat them with any language, and
they do not change with a library's version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from tongtu.solve.flow import best
from tongtu.solve.market import Bools, Ints, Market
from tongtu.solve.progress import Progress, check
from tongtu.solve.solution import Relax, Solution

#: yes with odds a : b
Draw = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Lottery:
    """Each edge is chosen with probability `marginal[k] / units`; `chosen` is the assignment that was drawn.

    `solution` is about the expected total, optimal under the cap; `greatest` is the total without a cap.
    """

    marginal: Ints
    units: int
    chosen: Bools
    seed: str
    greatest: float
    solution: Solution

    @property
    def kept(self) -> float:
        """What the cap leaves of the greatest total, in expectation."""
        return (self.solution.value or 0.0) / self.greatest if self.greatest else 1.0


def lottery(
    market: Market, *, cap: float | Fraction, seed: str, problem: str = "lottery", progress: Progress | None = None
) -> Lottery:
    """The best probabilities none of which is above `cap` (in thousandths at the finest), and one draw.

    Where minimum loads cannot be met under the cap the status is `infeasible`, nothing is drawn, and `relax`
    says what would have to give. Raises ValueError for a cap outside 0..1.
    """
    exact = Fraction(str(cap)) if isinstance(cap, float) else Fraction(cap)
    exact = exact.limit_denominator(1_000)
    if not 0 < exact <= 1:
        raise ValueError("a cap is above 0 and at most 1")
    tell = check(progress)
    greatest = best(market, progress=progress)
    tell(1, 3)
    units = exact.denominator
    split = Market(
        market.left, market.right, market.score, market.lefts.times(units), market.rights.times(units), exact.numerator
    )
    found = best(split, problem=problem, progress=progress)
    tell(2, 3)
    solution = _shared(found.solution, units)
    chosen = round_off(market.left, market.right, found.flow, units, seeded(seed))
    tell(3, 3)
    return Lottery(found.flow, units, chosen, seed, greatest.solution.value or 0.0, solution)


def _shared(solution: Solution, units: int) -> Solution:
    """The same, counted in whole places."""
    value = None if solution.value is None else solution.value / units
    bound = None if solution.bound is None else solution.bound / units
    relax = tuple(Relax(r.limit, r.by / units, r.unit) for r in solution.relax)
    return replace(solution, value=value, bound=bound, relax=relax)


def seeded(seed: str) -> Draw:
    """Draw k is the k-th run of 8 bytes of SHA-256(seed / counter), as a whole number below a + b without bias."""
    counter = -1

    def draw(a: int, b: int) -> bool:
        nonlocal counter
        span = 2**64 // (a + b) * (a + b)
        while True:
            counter += 1
            number = int.from_bytes(hashlib.sha256(f"{seed}/{counter}".encode()).digest()[:8], "big")
            if number < span:
                return number % (a + b) < a

    return draw


def round_off(left: Ints, right: Ints, marginal: Ints, units: int, draw: Draw) -> Bools:
    """One whole assignment whose expectation is `marginal / units` on every edge."""
    graph = _Open(left, right, marginal, units)
    for start in graph.ends_first():
        while graph.open_at(start):
            graph.settle(graph.walk(start), draw)
    return np.array(graph.amount, np.int64) >= units


class _Open:
    """The edges that are neither surely in nor surely out, by node; right nodes are numbered below zero."""

    def __init__(self, left: Ints, right: Ints, marginal: Ints, units: int) -> None:
        self.left, self.right, self.units = left, right, units
        self.amount: list[int] = marginal.tolist()
        self.at: dict[int, dict[int, None]] = {}
        for edge in np.flatnonzero((marginal > 0) & (marginal < units)).tolist():
            for node in self._ends(edge):
                self.at.setdefault(node, {})[edge] = None

    def _ends(self, edge: int) -> tuple[int, int]:
        return int(self.left[edge]), -1 - int(self.right[edge])

    def open_at(self, node: int) -> bool:
        return bool(self.at.get(node))

    def ends_first(self) -> list[int]:
        """Nodes with one open edge, where a longest path begins; then all."""
        return sorted(self.at, key=lambda node: (len(self.at[node]) != 1, node))

    def walk(self, start: int) -> list[int]:
        """Open edges in a row: a cycle, or a path that goes on at neither end.

        A walk ends in a cycle or at a node with no other open edge; walked again from there it is one of the two.
        """
        path, last = self._onward(start)
        if last is not None and len(self.at[start]) > 1:
            path, _ = self._onward(last)
        return path

    def _onward(self, start: int) -> tuple[list[int], int | None]:
        """Edges from `start` on and the node where they end; None where they close a cycle, cut to it."""
        path: list[int] = []
        seen, node = {start: 0}, start
        while True:
            edge = next((e for e in self.at[node] if not path or e != path[-1]), None)
            if edge is None:
                return path, node
            path.append(edge)
            here, there = self._ends(edge)
            node = there if node == here else here
            if node in seen:
                return path[seen[node] :], None
            seen[node] = len(path)

    def settle(self, path: list[int], draw: Draw) -> None:
        """More on every other edge and less on those between, or the reverse, until one is in or out."""
        amount, more, less = self.amount, path[::2], path[1::2]
        up = min([self.units - amount[e] for e in more] + [amount[e] for e in less])
        down = min([amount[e] for e in more] + [self.units - amount[e] for e in less])
        step = up if draw(down, up) else -down
        for k, edge in enumerate(path):
            amount[edge] += step if k % 2 == 0 else -step
            if amount[edge] in (0, self.units):
                for node in self._ends(edge):
                    del self.at[node][edge]
