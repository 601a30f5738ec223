"""An answer at once: hours are handed out site by site, and steps taken by what they serve for their money.

What a group of sites can serve under capacities and reach has diminishing returns (a matching's rank is
submodular), so taking the best ratio first does well for coverage and needs no solver. It knows nothing of
rearranging who serves whom: whatever it hands out is possible, so its value never exceeds the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongtu.pilots.layout.problem import Bools, Floats, Ints, Problem

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Draft:
    """`paid`: the pot that pays each step (-1: not done); `carried`: hours on links x periods; `kept`: whether every
    rule on areas and numbers of sites holds."""

    paid: Ints
    carried: Floats
    value: float
    worst: float
    kept: bool


def greedy(problem: Problem, fair: bool = False) -> Draft:
    """Period by period: what rules ask for, then the best ratio of hours served to money, until nothing pays.

    `fair` serves the area that is worst off first.
    """
    run = _Run(problem, fair)
    carried = np.zeros((len(problem.links.site), problem.periods))
    for period in range(problem.periods):
        run.begin(period)
        run.rules()
        run.spend()
        carried[:, period] = run.carried
    return draft_of(problem, run.paid, carried)


def draft_of(problem: Problem, paid: Ints, carried: Floats) -> Draft:
    """What a choice is worth with these hours carried."""
    done = problem.in_force(paid)
    shares = problem.shares(carried)
    open_last = problem.serving(done)[:, -1]
    enough = all(open_last[sites].sum() >= n for sites, n in problem.fewest)
    kept = enough and bool((shares >= problem.least - 1e-7).all())
    wanted = problem.asked() > 0
    worst = float(shares[wanted].min()) if wanted.any() else 1.0
    return Draft(paid, carried, problem.value(carried, done), worst, kept)


class _Run:
    """The state while steps are taken."""

    def __init__(self, problem: Problem, fair: bool) -> None:
        self.problem, self.fair = problem, fair
        links, options = problem.links, problem.options
        self.paid: Ints = np.full(len(problem.steps.site), -1, np.int64)
        self.left = problem.pots.room.copy()
        order = np.lexsort((links.cell, -links.worth, links.site))
        ends = np.searchsorted(links.site[order], np.arange(len(problem.base) + 1))
        self.of_site = [order[ends[i] : ends[i + 1]] for i in range(len(problem.base))]
        order = np.lexsort((options.pot, options.step))
        ends = np.searchsorted(options.step[order], np.arange(len(self.paid) + 1))
        self.of_step = [order[ends[i] : ends[i + 1]] for i in range(len(self.paid))]
        self.near = _neighbours(problem)
        self.gain = links.worth * problem.weight[links.cell]

    def begin(self, period: int) -> None:
        """Hand out what stands and what was built before."""
        problem = self.problem
        self.period = period
        self.ahead = problem.periods - period
        self.unmet = problem.hours[:, period].copy()
        self.carried: Floats = np.zeros(len(problem.links.site))
        self.room = problem.links.most * problem.hours[problem.links.cell, period]
        self.open: Bools = problem.stands[:, period].copy()
        offered = problem.base[:, period].copy()
        for step in np.flatnonzero(self.paid >= 0):
            site = problem.steps.site[step]
            offered[site] += problem.steps.hours[step]
            self.open[site] |= problem.steps.opens[step]
        for site in np.flatnonzero(self.open):
            self._serve(int(site), float(offered[site]))
        self.score: Floats = np.array([self._score(step) for step in range(len(self.paid))])

    def rules(self) -> None:
        """Numbers of sites first, then areas below their least share."""
        for sites, n in self.problem.fewest:
            mine = np.flatnonzero(self.problem.steps.opens & np.isin(self.problem.steps.site, sites))
            while self.open[sites].sum() < n and self._best(mine) is not None:
                self._take(int(self._best(mine)))  # type: ignore[arg-type]
        for area in np.flatnonzero(self.problem.least > 0):
            while self._share(int(area)) < self.problem.least[area] and self._help(int(area)):
                pass

    def spend(self) -> None:
        """The best ratio that can be paid, again and again; or what helps the worst area, while anything does."""
        if self.fair:
            helped = True
            while helped:
                areas = np.argsort([self._share(g) for g in range(self.problem.areas)], kind="stable")
                helped = any(self._help(int(area)) for area in areas)
        while (step := self._best(None)) is not None and self.score[step] > _TINY:
            self._take(step)

    def _share(self, area: int) -> float:
        mine = self.problem.area == area
        asked = self.problem.hours[mine, self.period].sum()
        return 1.0 if asked <= 0 else float(1.0 - self.unmet[mine].sum() / asked)

    def _help(self, area: int) -> bool:
        """Take the step that serves this area most for its money; False where none does."""
        links = self.problem.links
        free = np.minimum(self.room, self.unmet[links.cell]) * (self.problem.area[links.cell] == area)
        reach = np.bincount(links.site, free, len(self.problem.base))
        steps = self.problem.steps
        served = np.minimum(reach[steps.site], steps.hours if self.problem.limited else np.inf)
        ready = [s for s in np.flatnonzero(served > _TINY) if self._pot(int(s)) is not None]
        if not ready:
            return False
        ratio = [served[s] / max(1, self._cost(int(s))) for s in ready]
        self._take(int(ready[int(np.argmax(ratio))]))
        return True

    def _best(self, among: Ints | None) -> int | None:
        """The step of best score that can be paid now; among equals the first."""
        steps = np.arange(len(self.paid)) if among is None else among
        for step in steps[np.argsort(-self.score[steps], kind="stable")]:
            if among is None and self.score[step] <= _TINY:
                return None
            if self._pot(int(step)) is not None:
                return int(step)
        return None

    def _pot(self, step: int) -> int | None:
        """The option that pays a step in this period: the pot with most left; None where there is none."""
        after = self.problem.steps.after[step]
        if self.paid[step] >= 0 or (after >= 0 and self.paid[after] < 0):
            return None
        options, pots = self.problem.options, self.problem.pots
        mine = self.of_step[step]
        fits = (pots.period[options.pot[mine]] == self.period) & (options.cost[mine] <= self.left[options.pot[mine]])
        mine = mine[fits]
        return int(mine[np.argmax(self.left[options.pot[mine]])]) if len(mine) else None

    def _cost(self, step: int) -> float:
        mine = self.of_step[step]
        return float(self.problem.options.cost[mine].min()) if len(mine) else np.inf

    def _score(self, step: int) -> float:
        """Worth of a step over the periods ahead for a unit of its cost; minus infinity once done or unpayable."""
        if self.paid[step] >= 0 or not len(self.of_step[step]):
            return -np.inf
        steps = self.problem.steps
        mine = self.of_site[steps.site[step]]
        free = np.minimum(self.room[mine], self.unmet[self.problem.links.cell[mine]])
        if self.problem.limited:
            before = np.cumsum(free) - free
            free = np.clip(steps.hours[step] - before, 0.0, free)
        worth = float(self.gain[mine] @ free) + float(steps.extra[step])
        return self.ahead * worth / max(1.0, self._cost(step))

    def _take(self, step: int) -> None:
        option = self._pot(step)
        assert option is not None
        pot = int(self.problem.options.pot[option])
        self.left[pot] -= self.problem.options.cost[option]
        self.paid[step] = pot
        site = int(self.problem.steps.site[step])
        self.open[site] |= self.problem.steps.opens[step]
        self._serve(site, float(self.problem.steps.hours[step]))
        self.score[step] = -np.inf
        for other in self.near[site]:
            self.score[other] = self._score(int(other))

    def _serve(self, site: int, hours: float) -> None:
        """Hand out hours of a site over its cells, most worth first."""
        mine = self.of_site[site]
        cells = self.problem.links.cell[mine]
        free = np.minimum(self.room[mine], self.unmet[cells])
        if self.problem.limited:
            free = np.clip(hours - (np.cumsum(free) - free), 0.0, free)
        self.carried[mine] += free
        self.room[mine] -= free
        self.unmet[cells] -= free


def _neighbours(problem: Problem) -> list[Ints]:
    """By site, the steps at sites that share a cell with it."""
    from scipy import sparse  # type: ignore[import-untyped]

    links, n = problem.links, len(problem.base)
    ones = np.ones(len(links.site))
    reach = sparse.csr_matrix((ones, (links.site, links.cell)), shape=(n, len(problem.hours)))
    at = sparse.csr_matrix(
        (np.ones(len(problem.steps.site)), (problem.steps.site, np.arange(len(problem.steps.site)))),
        shape=(n, len(problem.steps.site)),
    )
    found = (reach @ reach.T @ at + at).tocsr()
    found.sort_indices()
    return [found.indices[found.indptr[i] : found.indptr[i + 1]].astype(np.int64) for i in range(n)]
