"""Stability of an assignment, and the assignment both sides' own orders lead to (Gale and Shapley 1962).

An order is a rank per edge and side: lower is better, equal means indifferent. A pair *blocks* when it is not
chosen although each of the two has a free place or likes the other strictly better than the worst it was given.
With capacities on both sides deferred acceptance still ends without a blocking pair (Roth 1984; many-to-many
with responsive preferences), and the side that asks cannot do better in any other such assignment.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from tongtu.solve.market import Bools, Floats, Ints, Market


def ranks(node: Ints, score: Floats) -> Ints:
    """Each node's order of its edges by score: the best has rank 1, equal scores equal rank."""
    order = np.lexsort((-score, node))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(node[order]) != 0) | (np.diff(score[order]) != 0)
    place = np.cumsum(new)
    first = np.searchsorted(node[order], node[order], side="left")
    rank = np.empty(len(order), np.int64)
    rank[order] = place - place[first] + 1 if len(order) else place
    return rank


def blocking(market: Market, chosen: Bools, left_rank: Ints, right_rank: Ints) -> Ints:
    """The edges that block, in their order. Scores of the market are not looked at."""
    wants = _wants(market.left, left_rank, market.lefts.most, chosen)
    return np.flatnonzero(~chosen & wants & _wants(market.right, right_rank, market.rights.most, chosen))


def _wants(node: Ints, rank: Ints, most: Ints, chosen: Bools) -> Bools:
    """Edges whose node would take them: it has room, or was given a worse one."""
    worst = np.full(len(most), np.iinfo(np.int64).min)
    np.maximum.at(worst, node[chosen], rank[chosen])
    room = np.bincount(node[chosen], minlength=len(most)) < most
    wants: Bools = (most[node] > 0) & (room[node] | (rank < worst[node]))
    return wants


def accepted(market: Market, left_rank: Ints, right_rank: Ints) -> Bools:
    """Deferred acceptance, the left side asking; capacities on both sides, ties to the lower number.

    Minimum loads are not looked at: no stable assignment serves a node it does not serve anyway (rural
    hospitals theorem; Roth 1986).
    """
    asked = _asking_order(market, left_rank)
    held: list[list[tuple[int, int, int]]] = [[] for _ in range(len(market.rights))]  # worst first
    room = market.rights.most.tolist()
    rank, left, right = right_rank.tolist(), market.left.tolist(), market.right.tolist()
    waiting = [(int(i), int(k)) for i, k in enumerate(market.lefts.most) if k > 0]
    while waiting:
        i, places = waiting.pop()
        while places and asked[i]:
            edge = asked[i].pop()
            holder = held[right[edge]]
            if not room[right[edge]]:
                continue
            heappush(holder, (-rank[edge], -i, edge))
            places -= 1
            if len(holder) > room[right[edge]]:
                _, _, refused = heappop(holder)
                if left[refused] == i:
                    places += 1
                else:
                    waiting.append((left[refused], 1))
    chosen = np.zeros(len(left), bool)
    chosen[[edge for holder in held for _, _, edge in holder]] = True
    return chosen


def _asking_order(market: Market, left_rank: Ints) -> list[list[int]]:
    """Per left node its edges, best last, so that the next to ask is popped."""
    order = np.lexsort((-market.right, -left_rank, market.left))
    ends = np.searchsorted(market.left[order], np.arange(1, len(market.lefts)))
    return [part.tolist() for part in np.split(order, ends)] if len(market.lefts) else []
