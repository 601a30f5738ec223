"""When the limits cannot all be kept: the least tail that can, the floors that force it, and floors that must give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.solve.linear import Program
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Relax
from tongtu.solve.tail.branch import Branch
from tongtu.solve.tail.losses import Floats
from tongtu.solve.tail.master import Master
from tongtu.solve.tail.picked import Picked, rounded, spared
from tongtu.solve.tail.problem import Case, Options
from tongtu.solve.tail.relax import Running, relaxed
from tongtu.terms.why import Why

#: Floors that are left out one at a time to see what the tail would be without them.
_FLOORS = 20
#: Options up to which what floors must give is found exactly.
_WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class Least:
    """`tail`: the least CVaR of a choice that keeps all rows, as found; none is below `bound`. `floors`: per floor
    that raises it, the bound without that floor, the most telling first."""

    tail: float
    bound: float
    floors: tuple[tuple[Why, float], ...]


class Leasts:
    """The choice with the least tail; `found` is None where none keeps the rows."""

    def __init__(
        self, case: Case, cuts: Sequence[Floats], nodes: int, gap: float, progress: Progress | None = None
    ) -> None:  # fmt: skip
        self.case, self.progress = case, progress
        self.found: Picked | None = None
        master, running = _lowest(case, cuts, progress), Running(case)
        answer = relaxed(master, running)
        if answer is None:
            return
        self._answer, self._cuts = answer, master.cuts
        first = _thinned(rounded(case, answer, np.inf, fill=False))
        self.bound = -answer.bound
        if not case.keeps_rows(first.used) or first.tail - self.bound > gap * max(1.0, abs(first.tail)):
            branch = Branch(
                master, running, lambda node: _thinned(rounded(case, node, np.inf, fill=False)), nodes=nodes, gap=gap
            )  # fmt: skip
            branched = branch.search(first if case.keeps_rows(first.used) else None)
            self.found, self.bound = branched.found, max(self.bound, -branched.bound)
        else:
            self.found = first
        if self.found is not None:
            self.bound = min(self.bound, self.found.tail)

    def told(self) -> Least:
        """With the floors that force it."""
        assert self.found is not None
        case, price = self.case, self._answer.price
        binding = [r for r in np.argsort(price, kind="stable")[:_FLOORS] if price[r] < 0]
        without = []
        for r in binding:
            rows = [row for k, row in enumerate(case.rows) if k != r]
            fewer = Case(case.n, Options(case.item, case.value), rows, case.losses, case.level)
            answer = relaxed(_lowest(fewer, self._cuts, self.progress), Running(fewer))
            if answer is not None:
                without.append((case.rows[r].limit, -answer.bound))
        return Least(self.found.tail, self.bound, tuple(sorted(without, key=lambda pair: pair[1])))


def _lowest(case: Case, cuts: Sequence[Floats], progress: Progress | None) -> Master:
    """The program of the least tail, with cuts that hold already."""
    assert case.losses is not None
    master = Master(case, least=True, progress=progress)
    even = np.full(case.losses.scenarios, 1.0 / case.losses.scenarios)  # the mean: a tail is never below it
    for cut in cuts or [case.losses.weighed(even)]:
        master.cut(cut)
    return master


def _thinned(picked: Picked) -> Picked:
    """Without what no row would miss and what only adds to the tail, the heaviest first."""
    while True:
        gradient = picked.gradient()
        taken = np.flatnonzero((picked.option >= 0) & (gradient > 0))
        taken = taken[spared(picked, taken)]
        if not len(taken):
            picked.settle()
            return picked
        picked.drop(int(taken[np.argmax(gradient[taken])]))


def wanting(case: Case, progress: Progress | None = None) -> tuple[Relax, ...]:
    """The floors that would have to give so that the rows can be kept, and by how much: the least total, each
    measured by its own size (elastic programming). Exact for few options, else of the relaxation."""
    m = len(case.item)
    floors = np.flatnonzero(np.isfinite(case.least))
    size = np.maximum(1.0, np.abs(case.least[floors]))
    whole = m if m <= _WHOLE else 0
    program = Program(np.r_[np.zeros(m), np.ones(len(floors))], np.r_[np.ones(m), np.full(len(floors), np.inf)], whole)
    by_row = np.argsort(case.row, kind="stable")
    ends = np.searchsorted(case.row[by_row], np.arange(len(case.rows) + 1))
    for r in range(len(case.rows)):
        mine = by_row[ends[r] : ends[r + 1]]
        unit = max(1.0, *(abs(x) for x in (case.least[r], case.most[r]) if np.isfinite(x)), 1.0)
        amount = case.amount[mine] / unit
        given = m + np.flatnonzero(floors == r)
        program.row(np.r_[case.option[mine], given], np.r_[amount, np.full(len(given), size[floors == r] / unit)],
                    case.least[r] / unit, case.most[r] / unit)  # fmt: skip
    for item in np.flatnonzero(case.several):
        program.row(np.arange(case.start[item], case.start[item + 1]), 1.0, at_most=1.0)
    answer = program.solve(progress=progress)
    gives = answer.x[m:] * size if answer is not None else np.full(len(floors), np.nan)
    return tuple(
        Relax(case.rows[r].limit, float(give), case.rows[r].unit)
        for r, give in zip(floors, gives, strict=True)
        if not give <= 1e-6 * max(1.0, abs(case.least[r]))
    )  # fmt: skip
