"""Who gets whom: the assignment of greatest total score under capacities on both sides.

A minimum-cost flow, solved exactly by OR-Tools' SimpleMinCostFlow (cost-scaling push-relabel; Goldberg
1997). Source → left nodes → right nodes → sink, with an arc past everything for what stays unassigned.
Scores are taken in steps of 1e-6; of all assignments of greatest total, one that assigns most is chosen,
and among those one that follows each left node's own order. Since the relaxation of a flow problem has
integral corners, the answer is the optimum itself: bound = value.

The prices of capacity come from the same network: what one more unit at a right node would add is the
longest improving path to it in the residual network (Bellman–Ford).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tongtu.solve.progress import Progress, check
from tongtu.solve.solution import Solution

if TYPE_CHECKING:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: scores are compared in steps of 1 / STEPS
STEPS = 1_000_000
_ORDERS = 15  # places of a left node's own order that are told apart


@dataclass(frozen=True, slots=True)
class Assignment:
    """`chosen`: which edges; `price`: per right node, what one more unit of its capacity would add."""

    chosen: npt.NDArray[np.bool_]
    price: Floats
    solution: Solution


def assign(
    left: Ints,
    right: Ints,
    score: Floats,
    left_capacity: Ints,
    right_capacity: Ints,
    *,
    problem: str = "assignment",
    progress: Progress | None = None,
) -> Assignment:
    """Choose edges of greatest total score; each edge at most once, no node beyond its capacity.

    `left`, `right`: node of each edge, counted from 0 on either side; `score`: finite and >= 0. Equal
    scores go to the edge that stands first, so give edges in the order of their ids. Raises ValueError
    where a score is negative or not a number, or lengths differ.
    """
    tell = check(progress)
    if not (len(left) == len(right) == len(score)):
        raise ValueError("edges need a left node, a right node and a score each")
    if not np.all(np.isfinite(score) & (score >= 0)):
        raise ValueError("a score must be a number and not below zero")
    if not len(score):
        empty = Solution(problem, "empty", unit="score")
        return Assignment(np.zeros(0, bool), np.zeros(len(right_capacity)), empty)
    tell(0, 2)
    net = _Network(left, right, np.rint(score * STEPS).astype(np.int64), left_capacity, right_capacity)
    chosen = net.solve()
    tell(1, 2)
    value = float(score[chosen].sum())
    price = net.prices(chosen) / STEPS
    tell(2, 2)
    return Assignment(chosen, price, Solution(problem, "optimal", value, value, "score"))


class _Network:
    """The arcs: edges, then source → left, right → sink, source → sink.

    A capacity beyond a node's number of edges is cut down to it, so that sums stay small.
    """

    def __init__(self, left: Ints, right: Ints, worth: Ints, left_room: Ints, right_room: Ints) -> None:
        n, m = len(left_room), len(right_room)
        self.left, self.right, self.worth = left.astype(np.int64), right.astype(np.int64), worth
        self.left_capacity = np.minimum(left_room, np.bincount(left, minlength=n)).astype(np.int64)
        self.right_capacity = np.minimum(right_room, np.bincount(right, minlength=m)).astype(np.int64)
        self.lefts, self.rights = np.arange(n), np.arange(n, n + m)
        self.source, self.sink = n + m, n + m + 1

    def solve(self) -> npt.NDArray[np.bool_]:
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

        total = int(self.left_capacity.sum())
        flow = SimpleMinCostFlow()
        edges = flow.add_arcs_with_capacity_and_unit_cost(
            self.left, self.right + len(self.lefts), np.ones_like(self.worth), self._costs(total)
        )
        self._add(flow, np.full(len(self.lefts), self.source), self.lefts, self.left_capacity)
        self._add(flow, self.rights, np.full(len(self.rights), self.sink), self.right_capacity)
        self._add(flow, np.array([self.source]), np.array([self.sink]), np.array([total]))
        flow.set_nodes_supplies(np.array([self.source, self.sink]), np.array([total, -total]))
        status = flow.solve()
        if status != flow.OPTIMAL:
            raise ArithmeticError(f"min-cost flow ended with {status}")
        return np.asarray(flow.flows(edges), dtype=bool)

    def prices(self, chosen: npt.NDArray[np.bool_]) -> Floats:
        """Gain of one more unit at each right node, 0 where nothing would change.

        A unit freed at the sink may travel back: from a left node that stays short, or through a right
        node whose unit is taken over elsewhere. The cheapest way to each node is its price.
        """
        n, left, right, worth = len(self.lefts), self.left, self.right + len(self.lefts), self.worth
        given = np.bincount(self.left[chosen], minlength=n)
        taken = np.bincount(self.right[chosen], minlength=len(self.rights))
        tail = np.concatenate([left[~chosen], right[chosen]])
        head = np.concatenate([right[~chosen], left[chosen]])
        cost = np.concatenate([-worth[~chosen], worth[chosen]])
        far = np.iinfo(np.int64).max // 4
        distance = np.full(n + len(self.rights), far)
        distance[:n][given < self.left_capacity] = 0  # still short: may start a path
        distance[n:][taken > 0] = 0  # gives its unit up: its other partner moves
        for _ in range(len(distance)):
            reached = np.where(distance[tail] < far, distance[tail] + cost, far)
            before = distance.copy()
            np.minimum.at(distance, head, reached)
            if np.array_equal(before, distance):
                break
        full = taken >= self.right_capacity
        gain = np.where(distance[n:] < far, -distance[n:], 0)
        return np.where(full, np.maximum(gain, 0), 0).astype(np.float64)

    def _costs(self, total: int) -> Ints:
        """Score first, then one more assigned, then each left node's own order; no later one outweighs."""
        order = np.lexsort((self.right, -self.worth, self.left))
        first = np.concatenate([[0], np.flatnonzero(np.diff(self.left[order])) + 1])
        sizes = np.diff(np.concatenate([first, [len(order)]]))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order)) - np.repeat(first, sizes)
        later = _ORDERS + 1 - np.minimum(place, _ORDERS)  # 1.._ORDERS + 1
        costs: Ints = -(self.worth * (total * (_ORDERS + 1) + 1) + later)
        return costs

    @staticmethod
    def _add(flow: SimpleMinCostFlow, tail: Any, head: Any, capacity: Any) -> None:
        flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, np.zeros(len(tail), np.int64))
