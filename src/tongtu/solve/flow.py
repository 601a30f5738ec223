"""Who gets whom: the assignment of greatest total score under minimum and maximum loads on both sides.

A minimum-cost flow, solved exactly (see `apart`). Every left node supplies its maximum; what it does not use
goes past everything to the sink, as far as its minimum allows. Every right node keeps its minimum and passes
the rest on. Since a flow problem has integral corners, the answer is the optimum itself: bound = value.

Scores are taken in steps of 1e-6. Up to `TIES` edges, of all assignments of greatest total one that assigns
most is chosen, and among those one that follows each left node's own order. On larger markets that order costs
more than it is worth (see docs/decisions): there, equal totals are settled by the solver alone, which gives
the same answer for edges in the same order, and a score of zero counts as one step so that nothing is left idle.

Where the loads cannot be met the status is `infeasible`, nothing is chosen, and `relax` names the smallest
relaxation (see `elastic`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tongtu.solve.apart import Network
from tongtu.solve.market import STEPS, Bools, Floats, Ints, Loads, Market
from tongtu.solve.progress import Progress, check
from tongtu.solve.solution import Solution

__all__ = ["STEPS", "Assignment", "Loads", "Market", "assign", "best"]

#: up to so many edges ties are settled by each left node's own order
TIES = 200_000
_ORDERS = 15  # places of a left node's own order that are told apart
_LIMIT = 2**61  # of cost times nodes in the solver


@dataclass(frozen=True)
class Assignment:
    """`flow`: how often each edge is taken; `chosen`: which are. Prices are found when they are asked for."""

    market: Market
    flow: Ints
    solution: Solution

    @cached_property
    def chosen(self) -> Bools:
        return self.flow > 0

    @cached_property
    def price(self) -> Floats:
        """Per right node, what one more unit of its capacity would add; 0 where it is not full."""
        return _prices(self.market, self.flow)

    @cached_property
    def left_price(self) -> Floats:
        """The same for left nodes."""
        return _prices(self.market.turned(), self.flow)


def assign(
    left: Ints,
    right: Ints,
    score: Floats,
    left_capacity: Ints,
    right_capacity: Ints,
    *,
    left_least: Ints | None = None,
    right_least: Ints | None = None,
    problem: str = "assignment",
    progress: Progress | None = None,
) -> Assignment:
    """Choose edges of greatest total score; each edge at most once, no node beyond its capacity.

    `left`, `right`: node of each edge, counted from 0 on either side; `score`: finite and >= 0;
    `left_least`, `right_least`: what a node must take. Equal scores go to the edge that stands first, so give
    edges in the order of their ids. Raises ValueError where a score is negative, or as `Market` does; Cancelled
    from `progress`.
    """
    if not np.all(score >= 0):
        raise ValueError("a score must be a number and not below zero")
    lefts, rights = _loads(left_capacity, left_least), _loads(right_capacity, right_least)
    return best(Market(left, right, score, lefts, rights), problem=problem, progress=progress)


def _loads(most: Ints, least: Ints | None) -> Loads:
    return Loads.upto(most) if least is None else Loads(np.asarray(least, np.int64), np.asarray(most, np.int64))


def best(market: Market, *, problem: str = "assignment", progress: Progress | None = None) -> Assignment:
    """The assignment of greatest total score; with `market.each` above 1, edges may be taken several times.

    Scores may be negative: such an edge is taken only where a minimum asks for it.
    """
    tell = check(progress)
    nothing = np.zeros(len(market.score), np.int64)
    if not len(market.score) and not (market.lefts.least.any() or market.rights.least.any()):
        return Assignment(market, nothing, Solution(problem, "empty", unit="score"))
    tell(0, 2)
    flow = optimum(market, _ordered(market) if _exact(market) else steps(market), progress)
    tell(1, 2)
    if flow is None:
        return Assignment(market, nothing, _refused(market, problem, progress))
    taken = np.flatnonzero(flow)
    value = float(market.score[taken] @ flow[taken])
    # on a large market a score of zero counted as one step
    bound = value if _exact(market) else value + float(flow[taken] @ (market.worth[taken] == 0)) / STEPS
    tell(2, 2)
    return Assignment(market, flow, Solution(problem, "optimal", value, bound, "score"))


def optimum(market: Market, worth: Ints, progress: Progress | None = None) -> Ints | None:
    """The flow of greatest total `worth` (whole numbers per edge, below 0 allowed); None: loads cannot be met."""
    limits = cut(market)
    if limits is None or not len(worth):
        return None
    lefts, rights = limits
    n, m = len(lefts), len(rights)
    sink = n + m
    spare = int(lefts.most.sum() - rights.least.sum())
    if spare < 0:
        return None
    flow = Network(
        np.concatenate([market.left, np.arange(sink)]),
        np.concatenate([market.right + n, np.full(sink, sink)]),
        np.concatenate([np.full(len(worth), market.each), lefts.most - lefts.least, rights.most - rights.least]),
        np.concatenate([-worth, np.zeros(sink, np.int64)]),
        np.concatenate([lefts.most, -rights.least, [-spare]]),
    ).flow(progress)
    return None if flow is None else flow[: len(worth)]


def cut(market: Market) -> tuple[Loads, Loads] | None:
    """Loads with each maximum cut to what the node's edges could carry; None where a minimum is above that."""
    sides = []
    for loads, degree in zip((market.lefts, market.rights), market.degrees(), strict=True):
        if np.any(loads.least > degree):
            return None
        sides.append(Loads(loads.least.astype(np.int64), np.minimum(loads.most, degree).astype(np.int64)))
    return sides[0], sides[1]


def _exact(market: Market) -> bool:
    """Whether ties are told apart: the market is small enough, in edges and in numbers."""
    if len(market.score) > TIES:
        return False
    nodes = len(market.lefts) + len(market.rights) + 2
    return int(np.abs(market.worth).max(initial=0)) * _scale(market) * nodes <= _LIMIT


def _scale(market: Market) -> int:
    return int(np.minimum(market.lefts.most, market.degrees()[0]).sum()) * (_ORDERS + 1) + 1


def steps(market: Market) -> Ints:
    """What is maximised apart from ties: scores in steps, and on a large market a zero as one step."""
    worth = market.worth
    return worth if _exact(market) or worth.all() else worth + (worth == 0)


def _ordered(market: Market) -> Ints:
    """Score first, then one more assigned, then each left node's own order; no later one outweighs an earlier."""
    worth = market.worth
    order = np.lexsort((market.right, -worth, market.left))
    first = np.concatenate([[0], np.flatnonzero(np.diff(market.left[order])) + 1])
    sizes = np.diff(np.concatenate([first, [len(order)]]))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(first, sizes)
    later = _ORDERS + 1 - np.minimum(place, _ORDERS)  # 1.._ORDERS + 1
    ordered: Ints = worth * _scale(market) + later
    return ordered


def _refused(market: Market, problem: str, progress: Progress | None) -> Solution:
    from tongtu.solve.elastic import told, wanting

    return Solution(problem, "infeasible", unit="score", relax=told(wanting(market, progress)))


def _prices(market: Market, flow: Ints) -> Floats:
    """A unit's longest improving way to each right node that is full."""
    from tongtu.solve.residual import distances

    _, right = distances(market, flow, steps(market))
    taken = market.loads(flow)[1]
    full = taken >= np.minimum(market.rights.most, market.degrees()[1])
    return np.where(full, np.maximum(-right, 0), 0) / STEPS
