"""How figures can change: which, in what steps, how far, and what a change of one is worth beside another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tongtu.sorting.core import Arrays
from tongtu.sorting.figures import Floats, sign
from tongtu.sorting.model import Sorting
from tongtu.sorting.sound import fault, number
from tongtu.terms.faults import Fault, UsageFault


@dataclass(frozen=True, slots=True)
class Move:
    """`scale`: how many units count as 1, so that changes of different criteria compare. `step`: figures come in
    multiples of it (1 for counts). `best`: no figure can be better than this."""

    scale: float
    step: float | None = None
    best: float | None = None


@dataclass(frozen=True, slots=True)
class Moves:
    """Per criterion, better always greater; what cannot move has no `free`."""

    free: Floats
    scale: Floats
    step: Floats
    best: Floats

    def within(self, figures: Floats) -> Floats:
        """The least figures that can be had and are at least as good; NaN where there is none."""
        step = np.where(self.step > 0, self.step, 1.0)
        nearest = np.rint(figures / step)
        stepped = np.where(nearest * step >= figures, nearest, nearest + 1) * step
        asked = np.where(self.step > 0, stepped, figures)
        noise = 1e-12 * np.maximum(1.0, np.abs(asked))
        return np.where((self.free > 0) & (asked <= self.best + noise), asked, np.nan)


def movable(model: Sorting, it: Arrays, moves: Mapping[str, Move] | None) -> Moves:
    """Raises UsageFault with everything that is wrong."""
    if moves is None:
        moves = {c.name: Move(scale) for c, scale in zip(model.criteria, _spans(it), strict=True)}
    found = list(_faults(model, moves))
    if found:
        raise UsageFault(found)
    signs = [sign(c.falling) for c in model.criteria]
    given = [moves.get(c.name) for c in model.criteria]
    bests = [np.inf if one is None or one.best is None else s * one.best for one, s in zip(given, signs, strict=True)]
    return Moves(
        np.array([float(one is not None) for one in given]),
        np.array([one.scale if one else 1.0 for one in given], float),
        np.array([(one.step or 0.0) if one else 0.0 for one in given], float),
        np.array(bests, float),
    )


def _spans(it: Arrays) -> list[float]:
    """From the lowest profile to the highest; where they are one, its size."""
    if not len(it.limits):
        return [1.0] * len(it.weights)
    span = it.limits[-1] - it.limits[0]
    size = np.abs(it.limits[-1])
    return [float(s or b or 1.0) for s, b in zip(span, size, strict=True)]


def _faults(model: Sorting, moves: Mapping[str, Move]) -> Iterator[Fault]:
    names = {c.name for c in model.criteria}
    for name, move in moves.items():
        if name not in names:
            yield fault("criterion-unknown", name=name)
        if not (number(move.scale) and move.scale > 0):
            yield fault("move-scale", name=name, value=str(move.scale))
        if move.step is not None and not (number(move.step) and move.step > 0):
            yield fault("move-step", name=name, value=str(move.step))
        if move.best is not None and not number(move.best):
            yield fault("move-best", name=name, value=str(move.best))
