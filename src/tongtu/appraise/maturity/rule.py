"""The level of the whole from the levels of its dimensions, by the sorting room: gates that veto, a weight that agrees.

L is reached when every required dimension is at least L less the tolerance and dimensions weighing at least the
cutting level stand at L or higher: MR-Sort with one profile per level (see `MaturityScale.sorting`). Nothing is
averaged, and a case's level depends on nobody else's.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tongtu.appraise.maturity.scale import MaturityScale
from tongtu.sorting.core import Arrays, arrays, places

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_BLOCK = 2048
_FULL = 2**62


class Rule:
    """A scale made ready for many cases."""

    def __init__(self, scale: MaturityScale) -> None:
        self.scale = scale
        self.model: Arrays = arrays(scale.sorting())
        self.required = np.array([d.required for d in scale.dimensions])

    def levels(self, values: Ints) -> Ints:
        """Overall level, 0 for none, of each row: a level per dimension in the scale's order, 0 where none is shown."""
        _, first, where = np.unique(self._keys(values), return_index=True, return_inverse=True)
        distinct = values[first]
        blocks = [distinct[n : n + _BLOCK].astype(float) for n in range(0, len(distinct), _BLOCK)]
        found = [places(block, self.model)[0] for block in blocks]
        reached: Ints = np.concatenate([np.zeros(0, np.int64), *found])[where]
        return reached

    def _keys(self, values: Ints) -> Ints:
        """One number for each row, the same for the same rows alone: many cases stand alike."""
        keys, base, spread = np.zeros(len(values), np.int64), int(values.max(initial=0)) + 1, 1
        for column in values.T:
            if spread > _FULL // base:
                keys = np.unique(keys, return_inverse=True)[1].astype(np.int64)
                spread = len(values)
            keys, spread = keys * base + column, spread * base
        return keys

    def binding(self, values: Ints, levels: Ints) -> Bools:
        """What keeps each row from the next level: the gates that veto it or, where none does, all that miss it."""
        following = levels[:, None] + 1
        vetoing = self.required & (values < following - self.scale.tolerance)
        lacking = values < following
        bound = np.where(vetoing.any(axis=1, keepdims=True), vetoing, lacking)
        found: Bools = bound & (following <= self.scale.top)
        return found
