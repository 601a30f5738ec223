"""The Lagrangian bound: each client pays a price for being served, each site earns what clients overpay.

Relaxing `sum_j x_ij = 1` with prices u leaves one small problem per site: which clients would it serve, and is
that worth opening it? (Cornuejols, Fisher and Nemhauser 1977; with capacities a fractional knapsack, Nauss 1978,
Beasley 1988.) Prices climb by subgradient steps whose direction remembers the last one (Camerini, Fratta and
Maffioli 1975). Any prices give a valid bound, so nothing rests on how well they were found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tongtu.solve.location.case import Case, Floats, Ints, Node

Seen = Callable[["Point"], float]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long prices climb: `steps` at most, the stride starting at `stride` and halved whenever `patience` steps
    brought nothing, until it is below `least`."""

    steps: int
    patience: int
    stride: float
    least: float


ROOT = Effort(400, 20, 1.5, 0.005)
BRANCH = Effort(60, 6, 0.7, 0.04)


@dataclass(frozen=True, slots=True)
class Point:
    """The bound at `price`; `margin` per site of the node is its fixed cost less what it earns, `chosen` the open
    ones (places in the node's sites), `slope` per client what is left of its demand."""

    bound: float
    price: Floats
    margin: Floats
    chosen: Ints
    slope: Floats


@dataclass(frozen=True, slots=True)
class Ascent:
    """The best point, and `share` per site: how often it was open, later steps counting for more."""

    best: Point
    share: Floats
    steps: int


class Dual:
    """The Lagrangian of one node.

    What a site with a capacity earns is the least, over a toll on each unit of demand, of toll x capacity + what its
    clients overpay beyond the toll. Any toll gives a valid margin, if one too low. So the tolls of earlier
    prices serve until a site is chosen; those chosen are then solved anew, until all that are chosen are exact.
    """

    def __init__(self, case: Case, node: Node) -> None:
        self.node = node
        self._cost = np.ascontiguousarray(case.cost[:, node.sites].T)
        self._fixed = case.fixed[node.sites]
        self._over = np.empty_like(self._cost)
        self._knapsack = None
        if case.capacity is not None and case.demand is not None:
            self._knapsack = _Knapsack(case.demand, case.capacity[node.sites])

    def at(self, price: Floats, exact: bool = False) -> Point:
        """The bound at these prices; `exact`: with the best toll at every site, not only at the chosen ones."""
        over = np.subtract(price, self._cost, out=self._over)
        np.maximum(over, 0.0, out=over)
        if self._knapsack is not None:
            return self._tolled(price, over, exact)
        margin = self._fixed - over.sum(axis=1)
        chosen = select(margin, self.node)
        return self._point(price, margin, chosen, np.count_nonzero(over[chosen], axis=0).astype(np.float64))

    def _tolled(self, price: Floats, over: Floats, exact: bool) -> Point:
        assert self._knapsack is not None
        earned, served = self._knapsack.earned(over), np.zeros(over.shape)
        solved = np.zeros(len(over), bool)
        while True:
            margin = self._fixed - earned
            chosen = select(margin, self.node)
            stale = np.flatnonzero(~solved) if exact else chosen[~solved[chosen]]
            if not len(stale):
                return self._point(price, margin, chosen, served[chosen].sum(axis=0))
            earned[stale], served[stale] = self._knapsack.solve(over[stale], stale)
            solved[stale] = True

    def _point(self, price: Floats, margin: Floats, chosen: Ints, served: Floats) -> Point:
        return Point(float(price.sum() + margin[chosen].sum()), price, margin, chosen, 1.0 - served)


class _Knapsack:
    """Each site serves, of the clients that overpay, those that do so most per unit of demand."""

    def __init__(self, demand: Floats, room: Floats) -> None:
        self._demand = demand
        self._room = np.minimum(room, demand.sum())  # no more is ever asked for
        self._toll = np.zeros(len(room))

    def earned(self, over: Floats) -> Floats:
        """At the tolls as they stand."""
        beyond = over - self._toll[:, None] * self._demand
        earned: Floats = np.maximum(beyond, 0.0, out=beyond).sum(axis=1) + self._toll * self._room
        return earned

    def solve(self, over: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Earned, and the share of each client served, at the best toll of these sites."""
        rate = np.divide(over, self._demand, out=np.where(over > 0, np.inf, 0.0), where=self._demand > 0)
        order = np.argsort(-rate, axis=1, kind="stable")
        asked = np.cumsum(self._demand[order], axis=1)
        room, row = self._room[sites], np.arange(len(sites))
        last = np.minimum((asked <= room[:, None]).sum(axis=1), over.shape[1] - 1)
        client = order[row, last]
        toll = np.where(asked[:, -1] > room, rate[row, client], 0.0)
        served = (rate > toll[:, None]).astype(np.float64)
        # of those at the toll itself, in order, as much as there is room for
        left = room - served @ self._demand
        for k in np.flatnonzero(toll > 0).tolist():
            for i in order[k][rate[k, order[k]] == toll[k]].tolist():
                served[k, i] = min(1.0, max(left[k], 0.0) / self._demand[i])
                left[k] -= served[k, i] * self._demand[i]
        self._toll[sites] = toll
        beyond = over - toll[:, None] * self._demand
        return np.maximum(beyond, 0.0, out=beyond).sum(axis=1) + toll * room, served


def ranked(margin: Floats, node: Node) -> tuple[Ints, Ints]:
    """Places of the sites held open, and of the others from the cheapest on."""
    order = np.argsort(margin, kind="stable")
    held = node.held[order]
    return order[held], order[~held]


def select(margin: Floats, node: Node) -> Ints:
    """The cheapest sites within the limits of number: those held open, then those that earn their cost."""
    held, rest = ranked(margin, node)
    extra = int(np.clip((margin[rest] < 0).sum(), node.low - len(held), node.high - len(held)))
    return np.concatenate([held, rest[:extra]])


def ascend(dual: Dual, price: Floats, value: float, cutoff: float, effort: Effort, seen: Seen | None = None) -> Ascent:
    """Climb from `price` until the bound passes `cutoff`. `value` is of the best answer known; `seen` is told of each
    better point and gives the best value then known."""
    best = point = dual.at(price)
    share = _marked(point)
    direction, stride, idle = point.slope, effort.stride, 0
    steps = 1
    while steps < effort.steps and best.bound < cutoff and stride >= effort.least:
        length = float(direction @ direction)
        if length < 1e-12:
            break
        point = dual.at(point.price + stride * max(value - point.bound, 1e-9 * abs(value)) / length * direction)
        steps += 1
        share += 0.07 * (_marked(point) - share)
        idle = 0 if point.bound > best.bound + 1e-4 * abs(best.bound) else idle + 1
        if point.bound > best.bound:
            best = point
            if seen is not None:
                value = min(value, seen(point))
        if idle >= effort.patience:
            stride, idle, point = stride / 2, 0, best
            direction = best.slope
            continue
        back = -1.5 * float(point.slope @ direction) / length
        direction = point.slope + max(back, 0.0) * direction
    return Ascent(best, share, steps)


def _marked(point: Point) -> Floats:
    marked = np.zeros(len(point.margin))
    marked[point.chosen] = 1.0
    return marked
