"""What would have to give so that loads can be met: the least in total, then in as few places as possible.

Every minimum may be lowered and every maximum raised, each at a price of one per unit, in a flow that always
exists (elastic programming; Chinneck 2008). That total is exact. Which places carry it is settled by a small 0/1
program for the fewest, where the market is small enough (`FEW` edges); beyond that the flow's own places are
told, minima before maxima. A raised maximum is named only if it spares more than one minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongtu.solve.apart import Network
from tongtu.solve.linear import Program
from tongtu.solve.market import Ints, Loads, Market
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Relax
from tongtu.terms.why import Why

#: up to so many edges the fewest places are searched for
FEW = 20_000
_NODES = 200
_KINDS: tuple[tuple[Literal["left", "right"], Literal["least", "most"]], ...] = (
    ("left", "least"), ("right", "least"), ("left", "most"), ("right", "most"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slack:
    """The minimum (`least`) of one node lowered, or its maximum (`most`) raised, `by` so many units."""

    side: Literal["left", "right"]
    kind: Literal["least", "most"]
    node: int
    by: int


def told(slacks: list[Slack], unit: str = "") -> tuple[Relax, ...]:
    """For a Solution: nodes by number. Who knows their names says it better (`Slack`)."""
    return tuple(Relax(Why(f"solve.{s.side}-{s.kind}", {"node": s.node}), s.by, unit) for s in slacks)


def wanting(market: Market, progress: Progress | None = None) -> list[Slack]:
    """The smallest relaxation of the loads, by side, kind and node; empty where nothing has to give."""
    room = _room(market)
    by = _cheapest(market, room, progress)
    total = int(sum(part.sum() for part in by))
    if total and len(market.score) <= FEW:
        by = _fewest(market, room, total, by, progress)
    return [
        Slack(side, kind, int(node), int(part[node]))
        for (side, kind), part in zip(_KINDS, by, strict=True)
        for node in np.flatnonzero(part)
    ]  # fmt: skip


def relaxed(market: Market, slacks: list[Slack]) -> Market:
    """The market with these loads given way."""
    loads = {"left": market.lefts, "right": market.rights}
    for s in slacks:
        change = np.zeros(len(loads[s.side]), np.int64)
        change[s.node] = s.by
        old = loads[s.side]
        loads[s.side] = (
            Loads(old.least - change, old.most) if s.kind == "least" else Loads(old.least, old.most + change)
        )
    return Market(market.left, market.right, market.score, loads["left"], loads["right"], market.each)


def _room(market: Market) -> list[Ints]:
    """How far each limit can give at all, in the order of `_KINDS`: a maximum up to what its edges carry."""
    raised = [
        np.maximum(degree - loads.most, 0)
        for loads, degree in zip((market.lefts, market.rights), market.degrees(), strict=True)
    ]
    return [market.lefts.least, market.rights.least, *raised]


def _cheapest(market: Market, room: list[Ints], progress: Progress | None) -> list[Ints]:
    """A flow with a way round every limit. Units on such a way cost one each; a maximum costs a touch more.

    `spring` feeds what is given to a right node without a partner and what a left node takes above its maximum.
    """
    n, m, edges = len(market.lefts), len(market.rights), len(market.left)
    lefts, rights = np.arange(n), np.arange(n, n + m)
    sink, spring = n + m, n + m + 1
    least_left, least_right, more_left, more_right = room
    supply = int(least_right.sum() + more_left.sum())
    unit = 4 * (supply + int(least_left.sum() + more_right.sum()) + 1)
    ways: tuple[tuple[Ints | int, Ints | int, Ints, int], ...] = (  # tail, head, capacity, cost
        (market.left, market.right + n, np.full(edges, market.each), 0),
        (lefts, sink, market.lefts.most - least_left, 0),
        (rights, sink, market.rights.most - least_right, 0),
        (spring, sink, np.array([supply]), 0),
        (lefts, sink, least_left, unit),
        (spring, rights, least_right, unit),
        (spring, lefts, more_left, unit + 1),
        (rights, sink, more_right, unit + 1),
    )
    sizes = [len(capacity) for _, _, capacity, _ in ways]
    tail, head, capacity, cost = (
        np.concatenate([np.broadcast_to(np.asarray(way[k]), (size,)) for way, size in zip(ways, sizes, strict=True)])
        for k in range(4)
    )
    gone = -int(market.lefts.most.sum() + supply - least_right.sum())
    supplies = np.concatenate([market.lefts.most, -least_right, [gone, supply]])
    flow = Network(tail, head, capacity, cost, supplies).flow(progress)
    assert flow is not None, "the elastic flow always exists"
    return np.split(flow, np.cumsum(sizes)[:-1])[4:]


def _fewest(
    market: Market, room: list[Ints], total: int, found: list[Ints], progress: Progress | None
) -> list[Ints]:  # fmt: skip
    """Among relaxations of this total, one with fewest places; `found` where the search finds none better.

    Columns: whether each limit gives, by how much, then the edges, whose flow is whole of itself.
    """
    n, m, e = len(market.lefts), len(market.rights), len(market.left)
    flat, k = np.concatenate(room), 2 * (n + m)
    reach = np.minimum(flat, total).astype(float)
    gives, by, edge = np.arange(k), np.arange(k, 2 * k), np.arange(2 * k, 2 * k + e)
    program = Program(
        np.concatenate([np.where(gives < n + m, 1.0, 1.0 + 1e-3), np.zeros(k + e)]),
        np.concatenate([(flat > 0).astype(float), reach, np.full(e, float(market.each))]),
        whole=k,
    )
    for limit in np.flatnonzero(flat):
        program.row([gives[limit], by[limit]], [-reach[limit], 1.0], at_most=0.0)
    program.row(by, 1.0, at_most=total)
    starts = ((market.left, market.lefts, 0, n + m), (market.right, market.rights, n, 2 * n + m))
    for node, loads, lower, raised in starts:
        order = np.argsort(node, kind="stable")
        ends = np.searchsorted(node[order], np.arange(len(loads) + 1))
        for i in range(len(loads)):
            mine = edge[order[ends[i] : ends[i + 1]]]
            ones = np.ones(len(mine))
            program.row(np.append(mine, by[lower + i]), np.append(ones, 1.0), at_least=loads.least[i])
            program.row(np.append(mine, by[raised + i]), np.append(ones, -1.0), at_most=loads.most[i])
    flow = np.concatenate(found)
    answer = program.solve(nodes=_NODES, progress=progress)
    if answer is None:
        return found
    better = np.where(answer.x[gives] > 0.5, np.ceil(answer.x[by] - 1e-6), 0).astype(np.int64)
    exact = int(better.sum()) == total and (better > 0).sum() < (flow > 0).sum()
    parts: list[Ints] = np.split(better if exact else flow, np.cumsum([len(r) for r in room])[:-1])
    return parts
