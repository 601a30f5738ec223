"""An optimal assignment that is kept optimal when something small changes, by augmenting paths.

What stands is kept with its *potentials*: one number per node under which no arc of the residual network costs
less than nothing. A new node, a removed edge or another capacity then needs a few shortest paths from the place
of the change (successive shortest paths; Ahuja, Magnanti and Orlin 1993, ch. 9). Dijkstra's search ends as soon
as it reaches the sink, and only the nodes it settled change their potential, so the work depends on the
neighbourhood and not on the market. Every change ends in an optimum of the changed market, in steps of a
score; which of several equal ones may differ from a full solve, whose tie order is not followed here.

Two searches suffice. `_place` sends one unit from a node to wherever it costs least; `_fill` fetches one unit to
a node from wherever that gains most. A minimum load that is not met costs `_DUE`, more than all scores together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush

import numpy as np

from tongtu.solve.flow import Assignment, steps
from tongtu.solve.market import STEPS, Floats, Ints, Loads, Market
from tongtu.solve.residual import distances
from tongtu.solve.solution import Relax, Solution
from tongtu.terms.why import Why

_DUE = 1 << 44  # steps: 17 million points
_FAR = 1 << 60

#: the edges a change gave and those it took away, in their order
Change = tuple[Ints, Ints]


class Clearing:
    """A cleared market that can change. Nodes and edges keep their numbers; new ones are numbered on."""

    def __init__(self, found: Assignment) -> None:
        """Raises ValueError unless `found` is an optimum (or empty) of edges taken once."""
        market = found.market
        if found.solution.status not in ("optimal", "empty") or market.each != 1:
            raise ValueError("only an optimum of edges taken once can be repaired")
        worth = steps(market)
        left, right = distances(market, found.flow, worth, due=_DUE)
        given, taken = market.loads(found.flow)
        self._lefts, self._rights = _Side(market.lefts, given, left), _Side(market.rights, taken, right)
        self._edges = _Edges(market, worth, found.chosen)
        self._held: list[list[int]] = [[] for _ in range(len(market.rights))]
        for edge in np.flatnonzero(found.chosen).tolist():
            self._held[int(market.right[edge])].append(edge)
        self._was: dict[int, bool] = {}  # edges touched by the change under way: whether they were chosen
        self._seat_closed(market, worth)

    def _seat_closed(self, market: Market, worth: Ints) -> None:
        """Left nodes of capacity 0 stand in no path; their potential must not make an arc look cheap."""
        closed = np.flatnonzero(market.lefts.most[market.left] == 0)
        reached = worth[closed] + self._rights.potential[market.right[closed]]
        np.maximum.at(self._lefts.potential, market.left[closed], reached)

    # ----------------------------------------------------------------------------------- what stands

    @property
    def chosen(self) -> Ints:
        """The edges that are chosen, by number."""
        return np.flatnonzero(self._edges.chosen[: self._edges.count])

    @property
    def value(self) -> float:
        return float(self._edges.score[self.chosen].sum())

    def solution(self, problem: str = "repair") -> Solution:
        """Optimal; or which minimum loads the changes made impossible, and by how much."""
        short = [
            Relax(Why(f"solve.{name}-least", {"node": int(node)}), int(side.least[node] - side.load[node]))
            for name, side in (("left", self._lefts), ("right", self._rights))
            for node in np.flatnonzero(side.load < side.least)
        ]
        if short:
            return Solution(problem, "infeasible", unit="score", relax=tuple(short))
        value = self.value
        return Solution(problem, "optimal", value, value, "score")

    def market(self) -> Market:
        """The market as it is now; edges taken out are not in it, so they are numbered anew."""
        edges = self._edges
        alive = np.flatnonzero(edges.alive[: edges.count])
        lefts, rights = (Loads(side.least.copy(), side.most.copy()) for side in (self._lefts, self._rights))
        return Market(edges.left[alive], edges.right[alive], edges.score[alive], lefts, rights)

    def price(self, right: int) -> float:
        """What one more unit at a right node would add; 0 where it is not full."""
        if self._rights.load[right] < self._rights.most[right]:
            return 0.0
        cost = self._nearest(-1 - right, _FAR, settle=False)[0] + int(self._rights.potential[right])
        return max(0.0, -cost / STEPS)

    # --------------------------------------------------------------------------------------- changes

    def add_left(self, right: Ints, score: Floats, most: int, least: int = 0) -> Change:
        """A new left node with edges to right nodes; its number is the next."""
        node = self._lefts.grow(0)
        edges = self._edges.grow(np.full(len(right), node), right, score)
        reached = self._edges.worth[edges] + self._rights.potential[right]
        self._lefts.potential[node] = max(int(reached.max(initial=0)), 0)
        self._lefts.least[node] = min(least, most)
        return self.left_most(node, most)

    def add_right(self, left: Ints, score: Floats, most: int, least: int = 0) -> Change:
        """A new right node with edges from left nodes; its number is the next."""
        node = self._rights.grow(0)
        self._held.append([])
        edges = self._edges.grow(left, np.full(len(left), node), score)
        reached = self._lefts.potential[left] - self._edges.worth[edges]
        self._rights.potential[node] = min(int(reached.min(initial=0)), 0)
        self._rights.least[node] = min(least, most)
        return self.right_most(node, most)

    def left_most(self, node: int, most: int) -> Change:
        """Another capacity of a left node. Its minimum is cut to it."""
        return self._most(self._lefts, node, most, self._place, self._fetch)

    def right_most(self, node: int, most: int) -> Change:
        """Another capacity of a right node. Its minimum is cut to it."""
        return self._most(self._rights, node, most, self._fill, lambda right: self._place(-1 - right))

    def _most(
        self, side: _Side, node: int, most: int, more: Callable[[int], object], less: Callable[[int], object]
    ) -> Change:
        """One place at a time: `more` uses one that is new, `less` frees one that is taken away."""
        self._was.clear()
        while side.most[node] < most:
            side.most[node] += 1
            more(node)
        while side.most[node] > most:
            side.most[node] -= 1
            side.least[node] = min(side.least[node], side.most[node])
            if side.load[node] > side.most[node]:
                less(node)
        return self._changed()

    def remove(self, edges: Iterable[int]) -> Change:
        """Take edges out of the market for good; where they were chosen, both ends look elsewhere."""
        self._was.clear()
        for edge in sorted(set(edges)):
            self._edges.alive[edge] = False
            if self._edges.chosen[edge]:
                self._turn(edge)
                self._part(int(self._edges.left[edge]), int(self._edges.right[edge]))
        return self._changed()

    def _part(self, i: int, j: int) -> None:
        """Two that were together: as though the place at j were still taken, i finds another; then it is free."""
        side, due = self._rights, int(self._rights.least[j] > 0)
        side.most[j] -= 1
        side.least[j] -= due
        self._place(i)
        side.most[j] += 1
        side.least[j] += due
        self._fill(j)

    def _changed(self) -> Change:
        touched = sorted(self._was)
        given = [e for e in touched if self._edges.chosen[e] and not self._was[e]]
        taken = [e for e in touched if not self._edges.chosen[e] and self._was[e]]
        return np.array(given, np.int64), np.array(taken, np.int64)

    def _turn(self, edge: int) -> None:
        """Choose an edge, or no longer."""
        edges, now = self._edges, not self._edges.chosen[edge]
        self._was.setdefault(edge, not now)
        edges.chosen[edge] = now
        i, j = int(edges.left[edge]), int(edges.right[edge])
        self._lefts.load[i] += 1 if now else -1
        self._rights.load[j] += 1 if now else -1
        if now:
            self._held[j].append(edge)
        else:
            self._held[j].remove(edge)

    # ---------------------------------------------------- away from a node (right nodes are below zero)

    def _place(self, start: int) -> None:
        """Send one unit from a node to the sink, or into idleness, at least cost."""
        far, came, end, nearest = {start: 0}, dict[int, int](), start, _FAR
        heap, done = [(0, start)], set[int]()
        while heap:
            distance, node = heappop(heap)
            if distance >= nearest:
                break
            if node in done:
                continue
            done.add(node)
            leave = self._exit(node, start)
            if distance + leave < nearest:
                nearest, end = distance + leave, node
            for length, other, edge in self._ahead(node, distance, nearest):
                if length < far.get(other, _FAR):
                    far[other], came[other] = length, edge
                    heappush(heap, (length, other))
        self._shift(far, nearest, -1)
        self._follow(start, end, came)

    def _exit(self, node: int, start: int) -> int:
        """Reduced cost of a unit's ending here: a left node stays idle, a right one takes it."""
        if node >= 0:
            side = self._lefts
            met = side.load[node] - (node != start) >= side.least[node]
            return int(side.potential[node]) + (0 if met else _DUE)
        side, j = self._rights, -1 - node
        if node == start or side.load[j] >= side.most[j]:
            return _FAR
        return int(side.potential[j]) - (_DUE if side.load[j] < side.least[j] else 0)

    def _ahead(self, node: int, distance: int, limit: int) -> list[tuple[int, int, int]]:
        """Residual arcs out of a node that end below a limit: distance there, node, edge."""
        edges = self._edges
        if node >= 0:
            mine = edges.free_of_left(node)
            heads = edges.right[mine]
            length = distance + int(self._lefts.potential[node]) - edges.worth[mine] - self._rights.potential[heads]
            return _below(limit, length, -1 - heads, mine)
        mine = np.array(self._held[-1 - node], np.int64)
        tails = edges.left[mine]
        length = distance + int(self._rights.potential[-1 - node]) + edges.worth[mine] - self._lefts.potential[tails]
        return _below(limit, length, tails, mine)

    # ----------------------------------------------------------------------------------- to a node

    def _fill(self, node: int) -> None:
        """Fetch a unit to a right node that has a place, where that gains."""
        side = self._rights
        leave = -_DUE if side.load[node] < side.least[node] else 0
        limit = -(int(side.potential[node]) + leave)
        if limit > 0:
            nearest, begin, came = self._nearest(-1 - node, limit)
            if nearest < limit:
                self._follow(-1 - node, begin, came)

    def _fetch(self, node: int) -> None:
        """Take a unit from a left node that has no idle one, whatever it costs."""
        _, begin, came = self._nearest(node, _FAR)
        self._follow(node, begin, came)

    def _nearest(self, target: int, limit: int, settle: bool = True) -> tuple[int, int, dict[int, int]]:
        """From where a unit comes to `target` at least reduced cost: cost (no more than `limit`), node, edges."""
        far, came, begin, nearest = {target: 0}, dict[int, int](), target, limit
        heap, done = [(0, target)], set[int]()
        while heap:
            distance, node = heappop(heap)
            if distance >= nearest:
                break
            if node in done:
                continue
            done.add(node)
            enter = _FAR if node == target else self._enter(node)
            if distance + enter < nearest:
                nearest, begin = distance + enter, node
            for length, other, edge in self._behind(node, distance, nearest):
                if length < far.get(other, _FAR):
                    far[other], came[other] = length, edge
                    heappush(heap, (length, other))
        if settle:
            self._shift(far, nearest, 1)
        return nearest, begin, came

    def _enter(self, node: int) -> int:
        """Reduced cost of a unit's starting here: an idle one of a left node, or given up by a right one."""
        if node >= 0:
            side = self._lefts
            if side.load[node] >= side.most[node]:
                return _FAR
            return -int(side.potential[node]) - (_DUE if side.load[node] < side.least[node] else 0)
        side, j = self._rights, -1 - node
        if not side.load[j]:
            return _FAR
        return -int(side.potential[j]) + (0 if side.load[j] > side.least[j] else _DUE)

    def _behind(self, node: int, distance: int, limit: int) -> list[tuple[int, int, int]]:
        """Residual arcs into a node that begin below a limit: distance from there, node, edge."""
        edges = self._edges
        if node < 0:
            mine = edges.free_of_right(-1 - node)
            tails = edges.left[mine]
            length = (
                distance - int(self._rights.potential[-1 - node]) - edges.worth[mine] + self._lefts.potential[tails]
            )
            return _below(limit, length, tails, mine)
        mine = edges.held_of_left(node)
        heads = edges.right[mine]
        length = distance - int(self._lefts.potential[node]) + edges.worth[mine] + self._rights.potential[heads]
        return _below(limit, length, -1 - heads, mine)

    # ------------------------------------------------------------------------------------- both ways

    def _shift(self, far: dict[int, int], reach: int, sign: int) -> None:
        """New potentials of the nodes nearer than the search reached; all others keep theirs."""
        for node, distance in far.items():
            if distance < reach:
                side, k = (self._lefts, node) if node >= 0 else (self._rights, -1 - node)
                side.potential[k] += sign * (reach - distance)

    def _follow(self, root: int, node: int, came: dict[int, int]) -> None:
        """Turn the edges of the path between a search's root and the node it found."""
        while node != root:
            edge = came[node]
            node = int(self._edges.left[edge]) if node < 0 else -1 - int(self._edges.right[edge])
            self._turn(edge)


def _below(limit: int, length: Ints, node: Ints, edge: Ints) -> list[tuple[int, int, int]]:
    near = length < limit
    return list(zip(length[near].tolist(), node[near].tolist(), edge[near].tolist(), strict=True))


class _Side:
    """Loads, what each node carries, and its potential."""

    def __init__(self, loads: Loads, load: Ints, potential: Ints) -> None:
        self.least, self.most = loads.least.astype(np.int64), loads.most.astype(np.int64)
        self.load, self.potential = load.astype(np.int64), potential

    def grow(self, most: int) -> int:
        for name, value in (("least", 0), ("most", most), ("load", 0), ("potential", 0)):
            setattr(self, name, np.append(getattr(self, name), value))
        return len(self.most) - 1


class _Edges:
    """Edges with room for more, found by either end."""

    def __init__(self, market: Market, worth: Ints, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        self.count = len(market.left)
        self.left, self.right, self.worth = market.left.copy(), market.right.copy(), worth.copy()
        self.score, self.chosen, self.alive = market.score.copy(), chosen.copy(), np.ones(self.count, bool)
        self._by_left, self._by_right = _Incidence(market.left), _Incidence(market.right)

    def grow(self, left: Ints, right: Ints, score: Floats) -> Ints:
        """Their numbers."""
        more = self.count + len(left)
        if more > len(self.left):
            room = more + max(1_000, self.count // 50)
            for name in ("left", "right", "worth", "score", "chosen", "alive"):
                old = getattr(self, name)
                grown = np.zeros(room, old.dtype)
                grown[: self.count] = old[: self.count]
                setattr(self, name, grown)
        new = np.arange(self.count, more)
        self.left[new], self.right[new], self.score[new] = left, right, score
        self.worth[new], self.alive[new] = np.rint(score * STEPS).astype(np.int64), True
        self.count = more
        for edge in new.tolist():
            self._by_left.add(int(self.left[edge]), edge)
            self._by_right.add(int(self.right[edge]), edge)
        return new

    def free_of_left(self, node: int) -> Ints:
        mine = self._by_left.of(node)
        return mine[self.alive[mine] & ~self.chosen[mine]]

    def free_of_right(self, node: int) -> Ints:
        mine = self._by_right.of(node)
        return mine[self.alive[mine] & ~self.chosen[mine]]

    def held_of_left(self, node: int) -> Ints:
        mine = self._by_left.of(node)
        return mine[self.chosen[mine]]


class _Incidence:
    """Edges by node: those there at first in one array, later ones in lists."""

    def __init__(self, node: Ints) -> None:
        self._order = np.argsort(node, kind="stable")
        self._start = np.concatenate([[0], np.cumsum(np.bincount(node))])
        self._later: dict[int, list[int]] = {}

    def add(self, node: int, edge: int) -> None:
        self._later.setdefault(node, []).append(edge)

    def of(self, node: int) -> Ints:
        first = self._order[self._start[node] : self._start[node + 1]] if node + 1 < len(self._start) else _NONE
        later = self._later.get(node)
        return first if later is None else np.concatenate([first, np.array(later, np.int64)])


_NONE = np.zeros(0, np.int64)
