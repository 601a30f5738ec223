"""The relaxation under the whole tail: cut, solve, look at the tail again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tongtu.solve.progress import check
from tongtu.solve.tail.losses import Floats, worst
from tongtu.solve.tail.master import Master, Relaxed
from tongtu.solve.tail.problem import Case
from tongtu.terms.why import Why

#: Cuts after which the relaxation is taken as it stands: its bound holds all the same.
CUTS = 500
#: How far each answer moves the point at which is cut.
_STEP = 0.3
#: Steps after which a gradient is summed anew.
_AFRESH = 50


class Running:
    """The loss of a share, and the gradient of its tail, both from those before: little changes between two cuts."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._share: Floats = np.zeros(case.n)
        self._loss = case.loss(np.zeros(len(case.item)))
        self._weight, self._gradient = np.zeros(len(self._loss)), np.zeros(case.n)
        self._steps = 0

    def loss(self, share: Floats) -> Floats:
        """Per scenario; only items whose share has changed are read."""
        assert self._case.losses is not None
        of_items: Floats = np.asarray(np.bincount(self._case.item, share, self._case.n), np.float64)
        changed = np.flatnonzero(of_items != self._share)
        self._loss = self._loss + self._case.losses.along(changed, (of_items - self._share)[changed])
        self._share = of_items
        return self._loss

    def gradient(self, weight: Floats) -> Floats:
        """Per item, its loss under these weights of the scenarios; only those whose weight has changed are read.
        Now and then all are, so that rounding does not add up."""
        assert self._case.losses is not None
        self._steps += 1
        if self._steps % _AFRESH == 0:
            self._weight, self._gradient = np.zeros(len(weight)), np.zeros(self._case.n)
        self._gradient = self._gradient + self._case.losses.weighed(weight - self._weight)
        self._weight = weight
        return self._gradient


def relaxed(master: Master, running: Running) -> Relaxed | None:
    """The relaxation at the master's cap (or its least tail), to within a part in a million of its tail; None
    where nothing keeps the rows and the cuts."""
    case, progress = master.case, check(master.progress)
    best: Relaxed | None = None
    calm: Floats | None = None  # losses of answers so far, the last weighing most: cuts made there serve longer
    while (answer := master.solve()) is not None:
        if best is None or answer.bound < best.bound:
            best = answer
        if case.losses is None:
            return answer
        loss = running.loss(answer.share)
        weight = worst(loss, case.level)
        calm = loss if calm is None else calm + _STEP * (loss - calm)
        if master.holds(answer, float(weight @ loss)) or len(master.cuts) >= CUTS:
            return answer if answer.bound <= best.bound else _with(answer, best)
        progress(len(master.cuts), CUTS, Why("solve_tail.cutting", {"cuts": len(master.cuts)}))
        calmer = worst(calm, case.level)
        cuts_off = not master.holds(answer, float(calmer @ loss))
        master.cut(running.gradient(calmer if cuts_off else weight))
    return None


def _with(answer: Relaxed, best: Relaxed) -> Relaxed:
    """The last answer with the least bound that was proven on the way."""
    return replace(answer, bound=best.bound)
