"""What a bound decides: sites that no better answer opens, and sites that no better answer does without.

At given prices the Lagrangian is a choice of sites with the least sum of margins, so the least sum *with* a site that
was left out, or *without* one that was chosen, is known exactly. Where even that passes the cutoff, no better answer
does it. Limits of number are part of the choice, so what is fixed stays right when they bind.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tongtu.solve.location.case import Bools, Case, Floats, Node
from tongtu.solve.location.dual import Point, ranked


def narrowed(case: Case, node: Node, point: Point, cutoff: float) -> tuple[Node, Bools] | None:
    """The node with what its best point decides, and which of its sites stay; None where nothing better is left."""
    with_it, without_it = bounds(node, point)
    shut = with_it >= cutoff
    held = node.held | (without_it >= cutoff)
    if np.any(shut & held):
        return None
    found = replace(node, held=held, price=point.price, bound=max(point.bound, node.bound)).without(shut)
    least = case.least(found.sites)
    if least is None:
        return None
    low = max(least, found.low, int(held.sum()))
    high = min(found.high, len(found.sites))
    return None if low > high else (replace(found, low=low, high=high), ~shut)


def bounds(node: Node, point: Point) -> tuple[Floats, Floats]:
    """Per site of the node, the bound of all its choices with the site open, and of those with it shut."""
    margin, chosen = point.margin, len(point.chosen)
    held, rest = ranked(margin, node)
    extra = chosen - len(held)
    taken, left = rest[:extra], rest[extra:]
    with_it, without_it = np.full(len(margin), point.bound), np.full(len(margin), point.bound)
    last = float(margin[taken[-1]]) if extra else -np.inf
    # a newcomer is one more, or takes the place of the dearest that may go
    with_it[left] += margin[left] - (last if chosen == node.high else max(0.0, last))
    following = float(margin[left[0]]) if len(left) else np.inf
    without_it[taken] += (following if chosen == node.low else min(0.0, following)) - margin[taken]
    without_it[held] = np.inf
    return with_it, without_it
