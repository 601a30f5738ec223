"""The search for proof: best bound first, each node bounded by prices inherited from its parent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

import numpy as np

from tongtu.solve.location.branching import split
from tongtu.solve.location.case import Case, Ints, Node
from tongtu.solve.location.dual import BRANCH, ROOT, Dual, Effort, Point, ascend
from tongtu.solve.location.fixing import narrowed

_NEAR = 0.02  # answers are tried where the bound is this close to the best one


class Polisher(Protocol):
    def worth(self, sites: Ints, value: float) -> bool:
        """Whether a choice of sites may lead below `value`; quickly."""

    def improve(self, sites: Ints) -> tuple[Ints, float]:
        """The best choice found from this one on, and its value."""


@dataclass
class Search:
    """The best answer known, `sites` of this `value`, and the parts of all choices that are still open."""

    case: Case
    sites: Ints
    value: float
    polisher: Polisher
    tell: Callable[[], None] = lambda: None
    nodes: int = 0
    first: Point | None = None  # the best bound of all choices
    floor: float = -np.inf  # a bound on all choices from elsewhere
    open: list[tuple[float, int, Node, tuple[Node, Node]]] = field(default_factory=list)
    _number: int = 0
    _tried: set[bytes] = field(default_factory=set)

    @property
    def cutoff(self) -> float:
        return self.case.cutoff(self.value)

    @property
    def bound(self) -> float:
        """No answer is below it."""
        return min(self.value, max([self.floor, *(bound for bound, *_ in self.open[:1])]))

    def root(self, node: Node, effort: Effort = ROOT) -> None:
        """Bound all choices, trying the choices met on the way."""
        self.first = self._bounded(node, effort, self._met)

    def run(self, nodes: int, late: Callable[[], bool] = lambda: False) -> bool:
        """Look at parts until `nodes` were seen in all or it is `late`; whether nothing better is left anywhere."""
        while self.open and self.open[0][0] < self.cutoff:
            if self.nodes >= nodes or late():
                return False
            self.nodes += 1
            self.tell()
            for half in heappop(self.open)[3]:
                self._bounded(half, BRANCH, None)
        self.open.clear()
        return True

    def offer(self, sites: Ints) -> None:
        """Try to make a better answer of this choice."""
        key = sites.tobytes()
        if key not in self._tried and self.polisher.worth(sites, self.value):
            self._tried.add(key)
            found, value = self.polisher.improve(sites)
            if value < self.value:
                self.sites, self.value = found, value

    def _bounded(self, node: Node, effort: Effort, seen: Callable[[Node, Point], float] | None) -> Point:
        """Bound a node, narrow it, and keep it with its two halves unless nothing better is left in it."""
        told = None if seen is None else lambda point: seen(node, point)
        dual = Dual(self.case, node)
        ascent = ascend(dual, node.price, self.value, self.cutoff, effort, told)
        if ascent.best.bound >= self.cutoff:
            return ascent.best
        self.offer(np.sort(node.sites[ascent.best.chosen]))
        left = narrowed(self.case, node, dual.at(ascent.best.price, exact=True), self.cutoff)
        if left is None:
            return ascent.best
        found, stays = left
        if found.decided:
            self.offer(found.sites)
            return ascent.best
        self._number += 1
        heappush(self.open, (found.bound, self._number, found, split(found, ascent.share[stays])))
        return ascent.best

    def _met(self, node: Node, point: Point) -> float:
        self.floor = max(self.floor, point.bound)
        self.tell()
        if self.value - point.bound < _NEAR * abs(self.value):
            self.offer(np.sort(node.sites[point.chosen]))
        return self.value
