"""A market of two sides: who may be joined to whom at which score, and how much each may and must take.

Everything that clears a market (`flow`, `fair`, `lottery`, `stable`, `repair`) takes one of these. Nodes
and edges are numbers; whoever builds a market numbers them in the order of ids, so that ties mean ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: scores are compared in steps of 1 / STEPS
STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Loads:
    """Per node of one side, the `least` and the `most` it takes."""

    least: Ints
    most: Ints

    @classmethod
    def upto(cls, most: npt.ArrayLike) -> Loads:
        """No minimum."""
        limit = np.asarray(most, np.int64)
        return cls(np.zeros_like(limit), limit)

    def times(self, factor: int) -> Loads:
        return Loads(self.least * factor, self.most * factor)

    def __len__(self) -> int:
        return len(self.most)


@dataclass(frozen=True)
class Market:
    """Edge k joins `left[k]` and `right[k]` at `score[k]`, at most `each` times.

    Raises ValueError where lengths differ, a score is not a finite number, a node is not one of its
    side's, or a minimum is negative or above its maximum.
    """

    left: Ints
    right: Ints
    score: Floats
    lefts: Loads
    rights: Loads
    each: int = 1

    def __post_init__(self) -> None:
        if not (len(self.left) == len(self.right) == len(self.score)):
            raise ValueError("edges need a left node, a right node and a score each")
        if not np.all(np.isfinite(self.score)):
            raise ValueError("a score must be a number")
        for node, loads in ((self.left, self.lefts), (self.right, self.rights)):
            if len(node) and not 0 <= int(node.min()) <= int(node.max()) < len(loads):
                raise ValueError("an edge has a node that is not on its side")
            if np.any((loads.least < 0) | (loads.least > loads.most)):
                raise ValueError("a minimum must not be negative nor above its maximum")

    @cached_property
    def worth(self) -> Ints:
        """Scores in whole steps."""
        return np.rint(self.score * STEPS).astype(np.int64)

    def degrees(self) -> tuple[Ints, Ints]:
        """How much the edges of each node could carry, left and right."""
        return self._degrees

    @cached_property
    def _degrees(self) -> tuple[Ints, Ints]:
        return (
            np.bincount(self.left, minlength=len(self.lefts)) * self.each,
            np.bincount(self.right, minlength=len(self.rights)) * self.each,
        )

    def loads(self, flow: npt.NDArray[np.generic]) -> tuple[Ints, Ints]:
        """What each node takes under `flow` per edge (whole numbers or yes and no)."""
        if flow.dtype == bool:
            left, right = self.left[flow], self.right[flow]
            return np.bincount(left, minlength=len(self.lefts)), np.bincount(right, minlength=len(self.rights))
        return _added(self.left, flow, len(self.lefts)), _added(self.right, flow, len(self.rights))

    def turned(self) -> Market:
        """The same market seen from the other side."""
        return Market(self.right, self.left, self.score, self.rights, self.lefts, self.each)


def _added(node: Ints, flow: npt.NDArray[np.generic], count: int) -> Ints:
    total = np.zeros(count, np.int64)
    np.add.at(total, node, flow.astype(np.int64))
    return total
