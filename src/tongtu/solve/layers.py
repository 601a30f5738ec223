"""Chains through several layers as one flow: who passes through whom, under capacities on every layer.

Layer 0 asks (a need), the others offer (an achievement, a platform, an enterprise, capital). A chain starts at
a node of layer 0, follows scored arcs forward and ends on a layer where chains may end; an arc that passes over
layers is allowed where it is given, and marked. Every node is split in two with its capacity between, every
arc out of layer 0 is taken once, and the chains of greatest total score are a min-cost flow with whole corners:
bound = value. Solving layer by layer instead can strand a chain whose later layers are full.

A node may have a minimum as well: that much of its capacity is no choice but a demand on one half and a supply at
the other. Where the minima cannot all be met the status is `infeasible`, no chain is chosen, and what would have
to give is found by an elastic flow (Chinneck 2008) in which every minimum may be lowered and every maximum raised at
a price of one per unit: the total is exact, the places are those of that flow. A raised maximum is named only if it
spares more than one minimum.

What a place is worth is exact: the best that one more unit at a full node would add is the shortest way from its
far side to its near side in the residual network (Dijkstra under potentials), found for the full nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.solve.apart import Network
from tongtu.solve.market import STEPS, Bools, Floats, Ints
from tongtu.solve.progress import Progress, check
from tongtu.solve.solution import Relax, Solution
from tongtu.terms.why import Why

#: Dijkstra searches times arcs up to which prices are found; beyond, they are left unknown
_PRICED = 200_000_000


@dataclass(frozen=True, slots=True)
class Arcs:
    """Pairs between two layers: node `tail[k]` of layer `source` and `head[k]` of a later layer `target`."""

    source: int
    target: int
    tail: Ints
    head: Ints
    score: Floats


@dataclass(frozen=True, slots=True)
class Chains:
    """`chain`, `arcs`, `arc`: per link of a chain, in order: the chain's number, which of the given sets of arcs,
    and which arc in it; chains are numbered by the node they start at. `load` and `price` per layer and node;
    price is NaN where it was not sought."""

    chain: Ints
    arcs: Ints
    arc: Ints
    load: list[Ints]
    price: list[Floats]
    solution: Solution


def chains(
    capacity: Sequence[Ints], arcs: Sequence[Arcs], *, least: Sequence[Ints] | None = None,
    ends: Collection[int] | None = None, problem: str = "chains", progress: Progress | None = None,
) -> Chains:  # fmt: skip
    """The chains of greatest total score. `ends`: layers where a chain may end (default: the last alone).

    `capacity`, `least`: per layer and node, the most and the least chains that pass (default: none need pass).
    Scores are finite and >= 0. Of equal totals one with most chains is chosen; the rest follows the order given.
    Raises ValueError where an arc does not lead forward or stands twice, a node is not on its layer, a score is no
    number, a minimum is below zero or above its maximum, or a chain might end where it starts; Cancelled from
    `progress`.
    """
    tell = check(progress)
    if ends is not None and 0 in ends:
        raise ValueError("a chain does not end where it starts")
    net = _Net(capacity, arcs, {len(capacity) - 1} if ends is None else set(ends), least)
    if not len(net.worth) and not net.least.any():
        return net.nothing(Solution(problem, "empty", unit="score"))
    tell(0, 3)
    flow = net.solve(progress)
    tell(1, 3)
    if flow is None:
        relax = net.relaxed(progress)
        return net.nothing(Solution(problem, "infeasible", unit="score", relax=relax))
    load = net.loads(flow)
    price = net.prices(flow, load, tell)
    tell(2, 3)
    chain, which = net.paths(flow)
    value = float(net.score[which].sum())
    tell(3, 3)
    solution = Solution(problem, "optimal", value, value, "score")
    return Chains(chain, net.owner[which], net.place[which], load, price, solution)


class _Net:
    """Near sides of all nodes, then far sides, source, sink. Arcs: pairs, through nodes, starts, ends, idle."""

    def __init__(
        self, capacity: Sequence[Ints], arcs: Sequence[Arcs], ends: set[int], least: Sequence[Ints] | None
    ) -> None:  # fmt: skip
        least = [np.zeros(len(c), np.int64) for c in capacity] if least is None else least
        _check(capacity, least, arcs)
        self.sizes = [len(c) for c in capacity]
        self.first = np.concatenate([[0], np.cumsum(self.sizes)])
        self.capacity = np.concatenate([np.asarray(c, np.int64) for c in capacity])
        self.least = np.concatenate([np.asarray(c, np.int64) for c in least])
        self.nodes = len(self.capacity)
        self.owner = np.repeat(np.arange(len(arcs)), [len(a.tail) for a in arcs])
        self.place = np.concatenate([np.arange(len(a.tail)) for a in arcs] or [np.zeros(0, np.int64)])
        self.score = np.concatenate([a.score for a in arcs] or [np.zeros(0)])
        self.worth = np.rint(self.score * STEPS).astype(np.int64)
        self.tail = np.concatenate([a.tail + self.first[a.source] for a in arcs] or [np.zeros(0, np.int64)])
        self.head = np.concatenate([a.head + self.first[a.target] for a in arcs] or [np.zeros(0, np.int64)])
        self.asks = np.arange(self.sizes[0])
        self.scale = int(self.capacity[self.asks].sum()) + 2
        self.last = np.concatenate([np.arange(self.first[k], self.first[k + 1]) for k in sorted(ends)])

    @property
    def network(self) -> Network:
        """Through a node flows what it may take beyond its minimum; the minimum itself is supply and demand."""
        # a chain more outweighs nothing that is worth a step
        chain = np.full(len(self.asks), -1)
        cost = np.concatenate([-self.worth * self.scale, np.zeros(self.nodes, np.int64), chain])
        network = self._network([self.capacity - self.least], cost, 0)
        network.supply[: self.nodes] -= self.least
        network.supply[self.nodes : 2 * self.nodes] += self.least
        return network

    def _network(self, through: Sequence[Ints], cost: Ints, more: int) -> Network:
        """`through`: capacities of the arcs from near to far sides; `cost` of the pairs' arcs, of these, of starts."""
        n, source, sink = self.nodes, 2 * self.nodes, 2 * self.nodes + 1
        # one unit more than can flow, and no limit but each node's own: so a price finds its way
        everyone, total = np.tile(np.arange(n), len(through)), int(self.capacity[self.asks].sum()) + 1 + more
        room = np.where(self.tail < len(self.asks), 1, total)
        starts, ends = np.full(len(self.asks), source), np.full(len(self.last), sink)
        supply = np.zeros(2 * n + 2, np.int64)
        supply[[source, sink]] = total, -total
        return Network(
            np.concatenate([self.tail + n, everyone, starts, self.last + n, [source]]),
            np.concatenate([self.head, everyone + n, self.asks, ends, [sink]]),
            np.concatenate([room, *through, np.full(len(self.asks) + len(self.last) + 1, total)]),
            np.concatenate([cost, np.zeros(len(self.last) + 1, np.int64)]),
            supply,
        )

    def solve(self, progress: Progress | None) -> Ints | None:
        return self.network.flow(progress)

    def loads(self, flow: Ints) -> list[Ints]:
        through = flow[len(self.worth) : len(self.worth) + self.nodes] + self.least
        return np.split(through, self.first[1:-1])

    def nothing(self, solution: Solution) -> Chains:
        none = np.zeros(0, np.int64)
        idle = [np.zeros(size, np.int64) for size in self.sizes]
        return Chains(none, none, none, idle, [np.zeros(size) for size in self.sizes], solution)

    def relaxed(self, progress: Progress | None) -> tuple[Relax, ...]:
        """The least that would have to give: arcs through a node for its minimum, for the rest, and beyond."""
        wanted = int(self.least.sum())
        unit, n = wanted + 1, self.nodes
        gains = [np.full(n, -unit), np.zeros(n, np.int64), np.full(n, unit + 1)]
        cost = np.concatenate([np.zeros(len(self.worth), np.int64), *gains, np.zeros(len(self.asks), np.int64)])
        flow = self._network([self.least, self.capacity - self.least, np.full(n, wanted)], cost, wanted).flow(progress)
        assert flow is not None, "the elastic flow always exists"
        met, _, raised = np.split(flow[len(self.worth) : len(self.worth) + 3 * n], 3)
        return tuple(
            Relax(Why(f"solve.layer-{kind}", {"layer": layer, "node": node}), int(by))
            for kind, amount in (("least", self.least - met), ("most", raised))
            for layer, part in enumerate(np.split(amount, self.first[1:-1]))
            for node, by in enumerate(part.tolist())
            if by
        )

    # ----------------------------------------------------------------------------------------- prices

    def prices(self, flow: Ints, load: list[Ints], tell: Progress) -> list[Floats]:
        from scipy.sparse import csr_array  # type: ignore[import-untyped]
        from scipy.sparse.csgraph import dijkstra  # type: ignore[import-untyped]

        net = self.network
        full = np.flatnonzero(np.concatenate(load) >= self.capacity)
        price = np.zeros(self.nodes)
        if len(full) * len(net.tail) > _PRICED:
            price[full] = np.nan
            return np.split(price, self.first[1:-1])
        forth, back = np.flatnonzero(flow < net.capacity), np.flatnonzero(flow > 0)
        tail = np.concatenate([net.tail[forth], net.head[back]])
        head = np.concatenate([net.head[forth], net.tail[back]])
        cost = np.concatenate([net.cost[forth], -net.cost[back]])
        potential = _potentials(tail, head, cost, 2 * self.nodes + 2)
        reduced = (cost + potential[tail] - potential[head]).astype(np.float64)
        graph = csr_array((reduced, (tail, head)), shape=(len(potential), len(potential)))
        for done, node in enumerate(full.tolist()):
            tell(len(full) + done, 3 * len(full))
            found = float(dijkstra(graph, indices=node + self.nodes)[node])
            if np.isfinite(found):
                gain = -(found + potential[node] - potential[node + self.nodes])
                price[node] = max(0.0, round(gain / self.scale)) / STEPS  # one way changes the number of chains by one
        return np.split(price, self.first[1:-1])

    # ------------------------------------------------------------------------------------------ paths

    def paths(self, flow: Ints) -> tuple[Ints, Ints]:
        """Chain by chain, in the order of the nodes that ask; at each node the best arc left is followed."""
        left = flow[: len(self.worth)].copy()
        used = np.flatnonzero(left)
        used = used[np.lexsort((self.head[used], -self.worth[used], self.tail[used]))]
        out: dict[int, list[int]] = {}
        for arc in used.tolist():
            out.setdefault(int(self.tail[arc]), []).append(arc)
        begin = len(self.worth) + self.nodes
        started = flow[begin : begin + len(self.asks)]
        ended = dict(zip(self.last.tolist(), flow[begin + len(self.asks) : -1].tolist(), strict=True))
        chain: list[int] = []
        which: list[int] = []
        number = 0
        for ask in self.asks.tolist():
            for _ in range(int(started[ask])):
                self._one(ask, number, left, out, ended, chain, which)
                number += 1
        return np.array(chain, np.int64), np.array(which, np.int64)

    def _one(
        self, node: int, number: int, left: Ints, out: dict[int, list[int]], ended: dict[int, int],
        chain: list[int], which: list[int],
    ) -> None:  # fmt: skip
        while True:
            open_arcs = [arc for arc in out.get(node, []) if left[arc]]
            if not open_arcs:
                ended[node] -= 1
                return
            arc = open_arcs[0]
            left[arc] -= 1
            chain.append(number)
            which.append(arc)
            node = int(self.head[arc])


def _check(capacity: Sequence[Ints], least: Sequence[Ints], arcs: Sequence[Arcs]) -> None:
    for low, high in zip(least, capacity, strict=True):
        if len(low) != len(high) or np.any((np.asarray(low) < 0) | (np.asarray(low) > np.asarray(high))):
            raise ValueError("a minimum must not be negative nor above its maximum")
    for a in arcs:
        if not 0 <= a.source < a.target < len(capacity):
            raise ValueError("arcs lead from a layer to a later one")
        for node, layer in ((a.tail, a.source), (a.head, a.target)):
            if len(node) and not 0 <= int(node.min()) <= int(node.max()) < len(capacity[layer]):
                raise ValueError("an arc has a node that is not on its layer")
        if not (len(a.tail) == len(a.head) == len(a.score)) or not np.all(np.isfinite(a.score) & (a.score >= 0)):
            raise ValueError("a score must be a number and not below zero")
        if len(np.unique(a.tail * len(capacity[a.target]) + a.head)) < len(a.tail):
            raise ValueError("an arc stands twice")
    if len({(a.source, a.target) for a in arcs}) < len(arcs):
        raise ValueError("two layers are joined by one set of arcs")


def _potentials(tail: Ints, head: Ints, cost: Ints, nodes: int) -> Ints:
    """Shortest distances from everywhere at once: no arc costs less than their difference (Bellman–Ford)."""
    distance = np.zeros(nodes, np.int64)
    moved: Bools = np.ones(nodes, bool)
    while moved.any():
        arcs = np.flatnonzero(moved[tail])
        target, length = head[arcs], distance[tail[arcs]] + cost[arcs]
        nearer = length < distance[target]
        moved = np.zeros(nodes, bool)
        moved[target[nearer]] = True
        np.minimum.at(distance, target[nearer], length[nearer])
    return distance
