"""Autonomy carried up the graph, from what goes in to what comes out.

    A(v) = own(v) × max over routes ( min over the route's required inputs u of use(u) )
    use(u) = max( A(u), performance × A(s) over the qualified substitutes s of u )

The weakest link of a route gates it, the best route is taken. Unknown stays unknown: an own share or an input of which
nothing is known lies anywhere in [0, 1]. So the interval is exact, while the point is the weakest link among what *is*
known; it is null only where nothing at all is known. Beside it stands the same with the geometric mean of a route's
inputs in place of their minimum: a mean can be bought by strong inputs that do not replace the weak one, so it is shown
and decides nothing. The formula is ours; no published one exists.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.net import Array, Floats, Ints, Level, folded
from tongtu.appraise.autonomy.shares import own_shares

_GAPS = 3
_UNKNOWN = float("nan")


class Share(NamedTuple):
    """A share of which at least the bounds are known; `point` is null where only they are."""

    point: float | None
    low: float
    high: float


UNKNOWN = Share(None, 0.0, 1.0)


class Node(NamedTuple):
    """What the graph says of one item.

    `route` is the one taken and `below` its weakest input; where a substitute serves better than the item itself,
    both are left empty and `substitute` names it. `weakest` is the item with the smallest own share on the chain of
    weakest inputs from here down, `floor` that share. `gaps` names up to three items of unknown supply on the way,
    this one included.
    """

    autonomy: Share
    route: str = ""
    below: str | None = None
    weakest: str | None = None
    floor: float = 1.0
    gaps: tuple[str, ...] = ()
    substitute: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Autonomy:
    """Autonomy of every node of a graph: arrays over nodes, NaN and −1 for what is unknown or not there."""

    graph: SupplyGraph
    own: Floats
    point: Floats
    low: Floats
    high: Floats
    mean: Floats
    #: the branch taken, the node that binds on it, the item with the smallest own share on the chain, that share
    branch: Ints
    below: Ints
    weakest: Ints
    floor: Floats
    #: whether something of unknown supply lies on the branches taken
    open: Array

    def frame(self) -> pl.DataFrame:
        """By item: item, autonomy, low, high, mean, own, route, substitute, below, weakest, floor.

        The item as it is used, its substitutes included; `substitute` is named where one serves better than the item
        itself, `route` is then null. `own` is the item's own share at home; `floor` the smallest on the weakest path.
        """
        graph, at = self.graph, self.graph.used
        made = np.arange(len(graph.items))
        taken = self.branch[at]
        stand_in = np.where(taken >= 0, _at(graph.swap, taken, -1), -1)
        route = np.where(stand_in < 0, self.branch[made], -1)
        below = np.where(stand_in < 0, _at(graph.stands, self.below[made], -1), -1)
        names = pl.Series("item", graph.items, pl.String)
        routes = pl.Series(graph.names, dtype=pl.String)
        return pl.DataFrame({"item": names}).with_columns(
            *(
                pl.Series(name, values, nan_to_null=True)
                for name, values in (
                    ("autonomy", self.point[at]), ("low", self.low[at]), ("high", self.high[at]),
                    ("mean", self.mean[at]), ("own", self.own[made]),
                )
            ),
            _named("route", routes, route), _named("substitute", names, stand_in), _named("below", names, below),
            _named("weakest", names, self.weakest[at]),
            pl.Series("floor", np.where(self.weakest[at] < 0, _UNKNOWN, self.floor[at]), nan_to_null=True),
        )  # fmt: skip

    def of(self, item: str) -> Node:
        """Raises DataRefused for an item the graph does not hold."""
        graph, k = self.graph, self.graph.position(item)
        top = int(graph.used[k])
        taken = int(self.branch[top])
        stand_in = int(graph.swap[taken]) if taken >= 0 else -1
        made = int(self.branch[k])
        below = int(self.below[k])
        return Node(
            Share(_null(self.point[top]), float(self.low[top]), float(self.high[top])),
            graph.names[made] if stand_in < 0 <= made else "",
            graph.items[graph.stands[below]] if stand_in < 0 <= below else None,
            graph.items[self.weakest[top]] if self.weakest[top] >= 0 else None,
            float(self.floor[top]),
            self.gaps(item),
            graph.items[stand_in] if stand_in >= 0 else None,
        )

    def path(self, item: str) -> tuple[str, ...]:
        """From an item down the chain of weakest inputs to the weakest item on it."""
        graph = self.graph
        node = int(graph.used[graph.position(item)])
        end = self.weakest[node]
        steps = [int(graph.stands[node])]
        while self.below[node] >= 0 and not (steps[-1] == end and node < len(graph.items)):
            node = int(self.below[node])
            if graph.stands[node] != steps[-1]:
                steps.append(int(graph.stands[node]))
        return tuple(graph.items[k] for k in steps)

    def gaps(self, item: str) -> tuple[str, ...]:
        """Up to three items of unknown supply on the branches taken, nearest branch first."""
        graph = self.graph
        found: dict[str, None] = {}
        seen: set[int] = set()
        waiting = [int(graph.used[graph.position(item)])]
        while waiting and len(found) < _GAPS:
            node = waiting.pop()
            if node in seen or not self.open[node]:
                continue
            seen.add(node)
            if node < len(graph.items) and np.isnan(self.own[node]):
                found[graph.items[node]] = None
            if self.branch[node] >= 0:
                waiting += [int(u) for u in graph.net.of(int(self.branch[node]))[::-1]]
        return tuple(found)


def propagate(graph: SupplyGraph, home: str | Collection[str]) -> Autonomy:
    """Autonomy of every item in one pass from the inputs up. `home`: the jurisdictions that count as one's own."""
    return carried(graph, *owned(graph, home))


def owned(graph: SupplyGraph, home: str | Collection[str]) -> tuple[Floats, Floats, Floats]:
    """Own share of every node, point (NaN unknown), low and high; an item as used adds nothing of its own."""
    held = own_shares(graph.supplies, home)
    at = graph.coded(held["item"])
    size = graph.net.size
    bounds = (_UNKNOWN, 0.0, 1.0)
    own, low, high = (np.full(size, value) for value in bounds)
    for values, name in ((own, "own"), (low, "own_low"), (high, "own_high")):
        values[at] = held[name].cast(pl.Float64).fill_null(_UNKNOWN).to_numpy()
    low[len(graph.items) :] = 1.0
    return own, low, high


def carried(graph: SupplyGraph, own: Floats, own_low: Floats, own_high: Floats) -> Autonomy:
    """`propagate` with the own shares given."""
    net = graph.net
    factor = graph.performance
    least, most = np.nan_to_num(factor, nan=0.0), np.nan_to_num(factor, nan=1.0)
    low = folded(net, own_low.copy(), np.minimum, np.maximum, np.multiply, lambda g, b: g * least[b])
    high = folded(net, own_high.copy(), np.minimum, np.maximum, np.multiply, lambda g, b: g * most[b])
    point, mean = own.copy(), own.copy()
    branch, below = np.full(net.size, -1), np.full(net.size, -1)
    for level in net.levels:
        gates = np.fmin.reduceat(point[level.inputs], level.gates) * factor[level.branches]
        sure = np.minimum.reduceat(low[level.inputs], level.gates) * least[level.branches]
        taken = _best(gates, sure, level)
        nodes = level.nodes
        point[nodes] = np.minimum(_times(own[nodes], gates[taken]), high[nodes])
        branch[nodes] = level.branches.start + taken
        below[nodes] = _binding(point, level, taken)
        means = _geometric(mean, level) * factor[level.branches]
        mean[nodes] = _times(own[nodes], np.fmax.reduceat(means, level.first))
    weakest, floor, unknown = _traced(graph, own, branch, below)
    return Autonomy(graph, own, point, low, high, mean, branch, below, weakest, floor, unknown)


def _best(gates: Floats, sure: Floats, level: Level) -> Ints:
    """OR: the branch that leads highest, known before unknown, then the surer one; the first name on a tie."""
    counts = np.diff(np.append(level.first, len(gates)))
    known = np.where(np.isnan(gates), -1.0, gates)
    tied = known == np.repeat(np.maximum.reduceat(known, level.first), counts)
    second = np.where(tied, sure, -1.0)
    tied &= second == np.repeat(np.maximum.reduceat(second, level.first), counts)
    return np.minimum.reduceat(np.where(tied, np.arange(len(gates)), len(gates)), level.first)


def _binding(point: Floats, level: Level, taken: Ints) -> Ints:
    """The input that binds on each branch taken: the lowest point, the first id on a tie; −1 where all are unknown."""
    ends = np.append(level.gates, len(level.inputs))
    start, count = ends[taken], ends[taken + 1] - ends[taken]
    begin = np.cumsum(count) - count
    at = np.repeat(start - begin, count) + np.arange(int(count.sum()))
    inputs = level.inputs[at]
    values = np.where(np.isnan(point[inputs]), np.inf, point[inputs])
    lowest = np.minimum.reduceat(values, begin)
    where = np.where(values == np.repeat(lowest, count), np.arange(len(values)), len(values))
    return np.where(np.isinf(lowest), -1, inputs[np.minimum.reduceat(where, begin)])


def _geometric(mean: Floats, level: Level) -> Floats:
    """AND, compensating: the geometric mean of a branch's known inputs."""
    values = mean[level.inputs]
    known = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(known, np.log(values), 0.0)
        return np.exp(np.add.reduceat(logs, level.gates) / np.add.reduceat(known.astype(float), level.gates))


def _times(own: Floats, inner: Floats) -> Floats:
    """The product of what is known of the two; unknown where neither is."""
    both = np.where(np.isnan(own), 1.0, own) * np.where(np.isnan(inner), 1.0, inner)
    return np.where(np.isnan(own) & np.isnan(inner), _UNKNOWN, both)


def _traced(graph: SupplyGraph, own: Floats, branch: Ints, below: Ints) -> tuple[Ints, Floats, Array]:
    """The smallest own share from each node down the weakest chain (the deeper item on a tie), and where gaps are."""
    net = graph.net
    known = ~np.isnan(own)
    weakest = np.where(known, np.append(np.arange(len(graph.items)), np.full(net.size - len(graph.items), -1)), -1)
    floor = np.where(known, own, 1.0)
    unknown = ~known & (np.arange(net.size) < len(graph.items))
    for level in net.levels:
        nodes, under = level.nodes, below[level.nodes]
        deeper = (under >= 0) & (weakest[under] >= 0) & ~(known[nodes] & (floor[nodes] < floor[under]))
        weakest[nodes] = np.where(deeper, weakest[under], weakest[nodes])
        floor[nodes] = np.where(deeper, floor[under], floor[nodes])
        gaps = np.logical_or.reduceat(unknown[level.inputs], level.gates)
        unknown[nodes] |= gaps[branch[nodes] - level.branches.start]
    return weakest, floor, unknown


def _at(values: Ints, where: Ints, otherwise: int) -> Ints:
    """values[where], and `otherwise` where that is −1."""
    if not len(values):
        return np.full(len(where), otherwise)
    return np.where(where >= 0, values[where], otherwise)


def _named(column: str, names: pl.Series, where: Ints | Sequence[int]) -> pl.Series:
    at = pl.Series(np.asarray(where)).cast(pl.Int64)
    if not len(names):
        return pl.Series(column, [None] * len(at), pl.String)
    found = names.gather(at.clip(0))
    return pl.select(pl.when(at >= 0).then(found).alias(column)).to_series()


def _null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
