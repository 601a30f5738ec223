"""p-median: a given number of sites, every client served from the nearest, at the least sum of costs.

An answer by interchange; the Lagrangian bound, whose choices give better answers on the way; sites and distances that
the bound rules out; what is left as a small 0/1 program, or, where it is not small, the tree (the steps of
Beasley 1985 and Briant and Naddef 2004, put together). Every answer has its bound from the second step on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from tongtu.solve.location.case import Bools, Case, Floats, Ints, Node, step_of
from tongtu.solve.location.fixing import narrowed
from tongtu.solve.location.interchange import Interchange
from tongtu.solve.location.located import Arguments, Located, Watch, nothing, refused, settled
from tongtu.solve.location.radius import MOST, Radius, Reduced
from tongtu.solve.location.tree import Search
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Solution
from tongtu.terms.why import Why

_ALIKE = 1e-6  # relative difference of values below which two choices are equally good
_PROGRAM = 200  # nodes of a 0/1 program
_LARGE = 6_000  # columns of a program that looks for other answers, at most


def p_median(
    distance: npt.ArrayLike, count: int, *, weight: npt.ArrayLike | None = None, fixed: npt.ArrayLike | None = None,
    existing: Sequence[int] = (), forbidden: Sequence[int] = (), alternatives: int = 0, nodes: int = 20_000,
    seconds: float | None = None, seed: int = 0, unit: str = "", progress: Progress | None = None,
) -> Located:  # fmt: skip
    """Exactly `count` sites with the least sum of weight x distance to the nearest, plus what the sites cost.

    `distance` is clients x sites, `weight` per client (default 1), `fixed` per site (default 0). `existing` sites are
    open and count; `forbidden` ones are not. `alternatives`: so many other choices of the same value, where the
    answer is proven. `nodes` limits the search; `seconds` ends it earlier (`stopped_by_time`), and then the answer may
    differ from run to run. The status is `infeasible` where there are too few sites, or too many existing ones; `relax`
    says by how many. Raises UsageFault for arguments that cannot be, Cancelled as `progress` does.
    """
    given = Arguments()
    metres = given.numbers("distance", distance, (-1, -1))
    n, m = metres.shape
    weights = np.ones(n) if weight is None else given.numbers("weight", weight, (n,))
    costs = np.zeros(m) if fixed is None else given.numbers("fixed", fixed, (m,))
    kept, barred = given.sites("existing", existing, m), given.sites("forbidden", forbidden, m)
    given.apart(kept, barred)
    given.end()
    free: Ints = np.flatnonzero(~barred)
    if not n:
        return nothing(Solution("p-median", "empty", 0.0, 0.0, unit, maximise=False))
    if count > len(free) or count < 1:
        short = count - len(free) if count > len(free) else 1 - count
        return refused("p-median", unit, "count", short, count=count, free=len(free))
    if kept.sum() > count:
        return refused("p-median", unit, "existing", float(kept.sum() - count), existing=int(kept.sum()), count=count)
    cost = np.ascontiguousarray((metres * weights[:, None])[:, free])
    case = Case(cost, costs[free], count, count, step=step_of(cost, costs))
    found = _Median(case, kept[free], Watch(progress, nodes, seconds), progress, seed)
    proven = found.solve(nodes)
    search = found.search
    solution = settled("p-median", unit, search, proven, found.watch.late())
    others = found.others(alternatives) if proven and alternatives else ()
    nearest = search.sites[cost[:, search.sites].argmin(axis=1)]
    return Located(
        free[search.sites], np.arange(n), free[nearest], np.ones(n), solution, tuple(free[other] for other in others)
    )


class _Median:
    """One p-median problem on its way to proof."""

    def __init__(self, case: Case, kept: Bools, watch: Watch, progress: Progress | None, seed: int) -> None:
        self.case, self.watch, self._progress = case, watch, progress
        polisher = Interchange(case, np.flatnonzero(kept))
        sites, value = polisher.improve(_some(kept, case.low, seed))
        self.search = Search(case, sites, value, polisher)
        self.search.tell = watch.teller(lambda: (self.search.nodes, self.search.value, self.search.bound))
        self._all = Node(np.arange(len(kept)), kept, case.low, case.high, _prices(case.cost[:, sites]))
        self._root = self._all

    def solve(self, nodes: int) -> bool:
        """Whether the best answer is proven."""
        search = self.search
        if len(self._all.sites) == self.case.low:
            return True
        search.root(self._all)
        if not search.open or search.bound >= search.cutoff:
            return True
        self._root = search.open[0][2]
        if self._reduced():
            return True
        return search.run(nodes, self.watch.late)

    def _reduced(self) -> bool:
        """Put what is left into a 0/1 program, if it is small; whether that proves the answer."""
        search, node = self.search, self._root
        program = Radius(self.case, node, search.sites, search.cutoff)
        if program.columns > MOST:
            return False
        found = self._in_time(lambda watched: program.solve(_PROGRAM, progress=watched))
        if found is None:
            return False
        if found.value < search.value:
            search.sites, search.value = found.sites, found.value
        search.floor = max(search.floor, found.bound)
        return found.bound >= search.cutoff

    def others(self, most: int) -> tuple[Ints, ...]:
        """Other choices of the same value; none where they cannot be told by a program of bearable size."""
        search, point = self.search, self.search.first
        ceiling = search.value + _ALIKE * max(1.0, search.value)
        left = None if point is None else narrowed(self.case, self._all, point, ceiling)
        if left is None:
            return ()
        program = Radius(self.case, left[0], search.sites, ceiling)
        known = [search.sites]
        while program.columns <= _LARGE and len(known) <= most:
            found = self._in_time(lambda watched: program.solve(_PROGRAM, known, watched))
            if found is None or found.value > ceiling:
                break
            known.append(found.sites)
        return tuple(known[1:])

    def _in_time(self, solve: Callable[[Progress | None], Reduced | None]) -> Reduced | None:
        """What `solve` finds; None where time runs out."""

        def watched(done: int, total: int, what: Why | None = None) -> None:
            self.search.tell()
            if self.watch.late():
                raise _Late

        try:
            return solve(None if self.watch.idle else watched)
        except _Late:
            return None


class _Late(Exception):
    """Time has run out inside a program."""


def _some(kept: Bools, count: int, seed: int) -> Ints:
    """A choice to begin with: the sites that are kept, and others drawn."""
    others = np.random.default_rng(seed).permutation(np.flatnonzero(~kept))
    return np.sort(np.r_[np.flatnonzero(kept), others][:count])


def _prices(cost: Floats) -> Floats:
    """First prices, from each client's costs at the open sites: between its nearest and its second nearest."""
    if cost.shape[1] == 1:
        return cost[:, 0]
    prices: Floats = np.partition(cost, 1, axis=1)[:, :2].mean(axis=1)
    return prices
