"""The best ways through layers of choices when several things count and time may wait: labels with k to spare.

A label is a way to one choice: what it cost, when it ends, how far it went. One label beats another at the same choice
where it is no worse in all of them; whatever follows, it stays so, since sums keep order and a later arrival never ends
sooner. So labels that k others beat are in no list of the k best, by whatever measure, and are dropped (a k-skyband;
k = 1 is the Pareto front). Unknown amounts are counted apart and come after every known one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

_BLOCK = 256  # labels that are compared with all before them at a time
_UNKNOWN = 1e15  # beyond any cost in minor units


class Label(NamedTuple):
    """`unpriced`, `untimed`, `unplaced`: legs whose price, time or distance nobody knows; `cost` in minor units,
    `end` the last day so far, `km`; `path` the choice of each layer."""

    unpriced: int
    cost: float
    untimed: int
    end: int
    unplaced: int
    km: float
    path: tuple[int, ...]

    def ranked(self, by: str) -> tuple[Any, ...]:
        """By one thing first, then by the others."""
        things = {"cost": self[0:2], "days": self[2:4], "km": self[4:6]}
        return (things.pop(by), *things.values(), self.path)


#: a label onward to a choice of the next layer; None where there is no way
Step = Callable[[Label, int], "Label | None"]


def spare(labels: Iterable[Label], k: int) -> list[Label]:
    """The labels that fewer than k others beat, in order."""
    ordered = sorted(set(labels))
    told = [(one.unpriced * _UNKNOWN + one.cost, one.untimed, one.end, one.unplaced, one.km) for one in ordered]
    worth = np.array(told, np.float64).reshape(-1, 5)
    beaten = np.zeros(len(ordered), np.int64)
    for first in range(0, len(ordered), _BLOCK):
        block = slice(first, first + _BLOCK)
        # Whoever beats a label stands before it; of equals the first one does.
        beats = np.arange(first + _BLOCK)[: len(ordered), None] < np.arange(len(ordered))[None, block]
        for thing in worth.T:
            beats &= thing[: len(beats), None] <= thing[None, block]
        beaten[block] = beats.sum(axis=0)
    return [label for label, n in zip(ordered, beaten.tolist(), strict=True) if n < k]


def best(start: Label, layers: Sequence[Sequence[int]], steps: Sequence[Step], k: int) -> list[Label]:
    """All ways through the layers that fewer than k others beat: they hold the k best by cost, time or distance."""
    here = [start]
    for layer, step in zip(layers, steps, strict=True):
        reached: list[Label] = []
        for choice in layer:
            onward = (step(label, choice) for label in here)
            reached += spare((label for label in onward if label is not None), k)
        here = reached
    return spare(here, k)


def front(labels: Sequence[Label]) -> set[Label]:
    """Those that nothing beats."""
    return set(spare(labels, 1))
