"""The AND/OR structure as arrays, and the one way every engine here walks it: level by level, inputs first.

A **node** is an item as it is made (its own supply AND one of its routes), or an item as it is used (itself OR one of
its qualified substitutes). A **branch** is one way of having a node: all of its inputs are needed. Nodes of one level
depend on lower levels alone, so a level is computed at once, in NumPy, whatever is computed: shares, days, or 64
scenarios in the bits of a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Nodes that stand on lower levels. Branches follow one another node by node, inputs branch by branch."""

    nodes: Ints
    #: all branches of these nodes, and where each node's begin among them
    branches: slice
    first: Ints
    #: all inputs of these branches (nodes), and where each branch's begin among them
    inputs: Ints
    gates: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """`size` nodes; branches sorted by level, node and name; `levels` are those whose nodes have branches."""

    size: int
    node: Ints
    start: Ints
    inputs: Ints
    levels: tuple[Level, ...]

    def of(self, branch: int) -> Ints:
        """Inputs of a branch."""
        return self.inputs[self.start[branch] : self.start[branch + 1]]

    def branches(self) -> tuple[Ints, Ints]:
        """First and last-but-one branch of each node: two arrays over nodes, equal where a node has none."""
        low = np.zeros(self.size, np.int64)
        high = np.zeros(self.size, np.int64)
        for level in self.levels:
            base, end = level.branches.start, level.branches.stop
            low[level.nodes] = base + level.first
            high[level.nodes] = base + np.append(level.first[1:], end - base)
        return low, high


def folded(
    net: Net,
    values: Array,
    gate: np.ufunc,
    choose: np.ufunc,
    join: Callable[[Array, Array], Array],
    scaled: Callable[[Array, slice], Array] = lambda gates, _: gates,
) -> Array:
    """`values` (a row per node: what the node itself brings) carried up in place, and given back.

    A branch is the `gate` of its inputs, a node the `join` of itself and what `choose` makes of its branches.
    """
    for level in net.levels:
        gates = scaled(reduced(gate, values, level.gates, level.inputs), level.branches)
        values[level.nodes] = join(values[level.nodes], reduced(choose, gates, level.first))
    return values


def reduced(over: np.ufunc, values: Array, first: Ints, rows: Ints | None = None) -> Array:
    """`over.reduceat(values[rows], first)` along the rows; several columns are taken whole rows at a time.

    NumPy's reduceat walks a matrix number by number; groups are small here, so one step per place in a group does the
    same up to twenty times as fast.
    """
    rows = np.arange(len(values)) if rows is None else rows
    if values.ndim == 1:
        return np.asarray(over.reduceat(values[rows], first))
    counts = np.diff(np.append(first, len(rows)))
    found = values[rows[first]]
    for place in range(1, int(counts.max())):
        more = np.flatnonzero(counts > place)
        found[more] = over(found[more], values[rows[first[more] + place]])
    return found


def ranges(start: Ints, count: Ints) -> Ints:
    """Positions start[k] … start[k] + count[k] − 1 of all k, one after another."""
    total = int(count.sum())
    offset = np.repeat(start - (np.cumsum(count) - count), count)
    return offset + np.arange(total)


def ordered(size: int, node: Ints, start: Ints, inputs: Ints) -> tuple[Net, Ints, Ints]:
    """A net from branches in order of node and name: with the new order of branches, and the nodes on or above a cycle.

    Where there are such nodes the net is of the others alone and of no use.
    """
    level, left = _levels(size, node, start, inputs)
    order = np.lexsort((np.arange(len(node)), node, level[node]))
    counts = np.diff(start)[order]
    moved = inputs[ranges(start[:-1][order], counts)]
    begin = np.concatenate(([0], np.cumsum(counts)))
    net = Net(size, node[order], begin, moved, () if len(left) else _cut(level, node[order], begin, moved))
    return net, order, left


def _levels(size: int, node: Ints, start: Ints, inputs: Ints) -> tuple[Ints, Ints]:
    """Kahn's order by whole frontiers: a level for each node, and the nodes that have none."""
    user = np.repeat(node, np.diff(start))
    waiting = np.bincount(user, minlength=size)
    by_input = np.argsort(inputs, kind="stable")
    uses = user[by_input]
    begin = np.searchsorted(inputs[by_input], np.arange(size + 1))
    level = np.full(size, -1, np.int64)
    frontier = np.flatnonzero(waiting == 0)
    depth = 0
    while len(frontier):
        level[frontier] = depth
        reached, times = np.unique(
            uses[ranges(begin[frontier], begin[frontier + 1] - begin[frontier])], return_counts=True
        )
        waiting[reached] -= times
        frontier = reached[waiting[reached] == 0]
        depth += 1
    return level, np.flatnonzero(level < 0)


def _cut(level: Ints, node: Ints, start: Ints, inputs: Ints) -> tuple[Level, ...]:
    """Branches already stand in order of level; equal levels and nodes lie together."""
    at = level[node]
    edges = np.append(np.searchsorted(at, np.unique(at)), len(node))
    found = []
    for low, high in pairwise(edges):
        first = np.flatnonzero(np.diff(node[low:high], prepend=-1))
        inside = slice(int(start[low]), int(start[high]))
        nodes, gates = node[low:high][first], start[low:high] - start[low]
        found.append(Level(nodes, slice(int(low), int(high)), first, inputs[inside], gates))
    return tuple(found)


def within(net: Net, inside: npt.NDArray[np.bool_]) -> tuple[Net, Ints, Ints]:
    """The net of a cone alone, its nodes numbered anew in the same order: with their old numbers, and the branches'."""
    nodes, branches = np.flatnonzero(inside), np.flatnonzero(inside[net.node])
    level = np.zeros(net.size, np.int64)
    for depth, above in enumerate(net.levels, 1):
        level[above.nodes] = depth
    renumbered = np.cumsum(inside) - 1
    counts = np.diff(net.start)[branches]
    inputs = renumbered[net.inputs[ranges(net.start[:-1][branches], counts)]]
    start = np.concatenate(([0], np.cumsum(counts)))
    node = renumbered[net.node[branches]]
    return Net(len(nodes), node, start, inputs, _cut(level[nodes], node, start, inputs)), nodes, branches


def cone(net: Net, top: Sequence[int] | Ints) -> npt.NDArray[np.bool_]:
    """Which nodes these stand on, on any branch, themselves included."""
    inside = np.zeros(net.size, bool)
    inside[np.asarray(top, np.int64)] = True
    for level in reversed(net.levels):
        wanted = inside[net.node[level.branches]]
        inside[level.inputs[np.repeat(wanted, np.diff(np.append(level.gates, len(level.inputs))))]] = True
    return inside
