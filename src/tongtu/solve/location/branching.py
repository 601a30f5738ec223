"""How the search splits a node in two: by how many sites are open, or by one that is open or shut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tongtu.solve.location.case import Floats, Node

_CLEAR = 0.15  # how far the number of open sites must be from a whole one to be split


def split(node: Node, share: Floats) -> tuple[Node, Node]:
    """Two nodes that hold every choice of this one between them; `share` per site is how often it was open.

    Of the undecided sites the one open most often is taken: holding it open settles much of what is around it.
    """
    total = float(share.sum())
    count = int(np.floor(total))
    if node.low <= count < node.high and _CLEAR < total - count < 1 - _CLEAR:
        return replace(node, high=count), replace(node, low=count + 1)
    place = int(np.where(node.held, -1.0, share).argmax())
    one = np.arange(len(share)) == place
    return replace(node, held=node.held | one), node.without(one)
