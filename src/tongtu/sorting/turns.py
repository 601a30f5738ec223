"""A good start for learning: weights for the profiles, profiles for the weights, by turns.

After O. Sobrie, V. Mousseau and M. Pirlot, *Learning monotone preferences using a majority rule sorting model*
(2019), without chance: profiles begin where one criterion alone separates best, and each is then tried at every
position while the rest stays.
"""

from __future__ import annotations

import numpy as np

from tongtu.sorting.examples import Examples
from tongtu.sorting.figures import Floats, Ints
from tongtu.sorting.fit import APART, Fit, slack, supports, weighed

_TURNS = 12


def start(examples: Examples, level: tuple[float, float]) -> Fit:
    best = weighed(examples, _apart(examples), level, None)
    now = best
    for _ in range(_TURNS):
        now = weighed(examples, _moved(examples, now), level, None)
        if now.count <= best.count:
            break
        best = now
    return best


def _apart(examples: Examples) -> Ints:
    """Per profile and criterion the position that on its own divides examples best; a higher profile never lower."""
    found = np.zeros((examples.profiles, len(examples.seen)), np.int64)
    for h in range(examples.profiles):
        reach = np.where(examples.place > h, 1, -1)
        for j, seen in enumerate(examples.seen):
            rank = examples.rank[:, j]
            right = [int((reach * np.where(rank >= k, 1, -1)).sum()) for k in range(len(seen) + 1)]
            found[h, j] = int(np.argmax(right))
    return np.maximum.accumulate(found, axis=0)


def _moved(examples: Examples, fit: Fit) -> Ints:
    """Each profile on each criterion at its best position between its neighbours, one after the other."""
    positions = fit.positions.copy()
    for h in range(examples.profiles):
        for j, seen in enumerate(examples.seen):
            low = positions[h - 1, j] if h else 0
            high = positions[h + 1, j] if h + 1 < examples.profiles else len(seen)
            scores: list[tuple[int, float]] = []
            for k in range(low, high + 1):
                positions[h, j] = k
                scores.append(_score(examples, positions, fit.weights, fit.level))
            positions[h, j] = low + scores.index(max(scores))
    return positions


def _score(examples: Examples, positions: Ints, weights: Floats, level: float) -> tuple[int, float]:
    """How many are restored; then, by how little the others miss."""
    far = slack(examples, supports(examples, positions), weights, level)
    return int((far >= APART).sum()), float(np.minimum(far, 0.0).sum())
