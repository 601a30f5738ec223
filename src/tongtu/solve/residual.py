"""Distances from the sink in the residual network of an optimal assignment: prices and potentials in one.

A unit freed at the sink may travel back: from a left node that stays short, or through a right node whose unit
is taken over elsewhere. The cheapest way to a right node, turned round, is what one more unit there would add;
all distances together are potentials under which no residual arc has a negative cost.

Bellman–Ford, but each round looks only at edges of nodes that came nearer in the last one, and a left node can
only pull a right one nearer than 0 by an edge worth more than its own distance: at an optimum these are few.
"""

from __future__ import annotations

import numpy as np

from tongtu.solve.market import Ints, Market

FAR = np.iinfo(np.int64).max // 4


def distances(market: Market, flow: Ints, worth: Ints, due: int = FAR) -> tuple[Ints, Ints]:
    """Per left and per right node, in steps of a score; 0 for a node no way leads to.

    `flow` must be optimal for `worth` per edge. A right node at its minimum gives nothing up, or at the price `due`.
    """
    given, taken = market.loads(flow)
    left = np.where(given < market.lefts.most, 0, FAR)
    right = np.where(taken > market.rights.least, 0, np.where(taken > 0, due, FAR))
    used = np.flatnonzero(flow > 0)
    back_from, back_to, back_cost = market.right[used], market.left[used], worth[used]
    near = right < FAR
    moved = left < FAR
    for _ in range(len(left) + len(right) + 1):
        moved |= _relax(left, near[back_from], right, back_from, back_to, back_cost)
        ahead = moved[market.left]
        ahead &= flow < market.each
        near = _relax(right, ahead, left, market.left, market.right, -worth)
        moved = np.zeros(len(left), bool)
        if not near.any():
            break
    return np.where(left < FAR, left, 0), np.where(right < FAR, right, 0)


def _relax(
    reached: Ints, active: np.ndarray[tuple[int], np.dtype[np.bool_]], origin: Ints, tail: Ints, head: Ints, cost: Ints
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Bring nodes of `reached` nearer over the active arcs; which came nearer."""
    arcs = np.flatnonzero(active)
    target = head[arcs]
    length = origin[tail[arcs]] + cost[arcs]
    better = length < reached[target]
    target, length = target[better], length[better]
    changed = np.zeros(len(reached), bool)
    changed[target] = True
    np.minimum.at(reached, target, length)
    return changed
