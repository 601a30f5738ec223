"""Inequalities over several sites: what a set of cells still asks for bounds what each further step is worth to it.

For cells S asking D in all, any sites I, and b hours of I that stand or come from steps taken for granted: what I
carries to S is at most b + sum over the other steps of I of min(hours, D - b) * force, a knapsack cover with what is
missing as its size (Carr et al. 2000). Sets are guessed from the relaxation: around each step taken in part, the
cells that are served wholly, the sites that give those cells all they have, the steps that are taken wholly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongtu.pilots.layout.problem import Bools, Floats, Ints, Problem

_PART = 1e-4
_FULL = 1e-6


@dataclass(frozen=True, slots=True)
class Cover:
    """Sum of `links` carried in `period` less `coefficient` * force of `steps` is at most `standing`."""

    period: int
    links: Ints
    steps: Ints
    coefficient: Floats
    standing: float


def covers(problem: Problem, carried: Floats, force: Floats) -> list[Cover]:
    """Violated inequalities of a point: hours carried (links x periods), steps in force (steps x periods)."""
    found = []
    for period in range(problem.periods):
        partly = np.flatnonzero((force[:, period] > _PART) & (force[:, period] < 1 - _PART))
        search = _Search(problem, carried[:, period], force[:, period], period)
        seen = set()
        for step in partly:
            cover = search.around(int(problem.steps.site[step]))
            if cover is not None and (key := cover.links.tobytes()) not in seen:
                seen.add(key)
                found.append(cover)
    return found


class _Search:
    """Alternating ways from a site: to any cell it reaches, from a cell back to the sites that serve it."""

    def __init__(self, problem: Problem, carried: Floats, force: Floats, period: int) -> None:
        from scipy import sparse  # type: ignore[import-untyped]

        self.problem, self.carried, self.force, self.period = problem, carried, force, period
        links, steps = problem.links, problem.steps
        asked = problem.hours[:, period]
        got = np.bincount(links.cell, carried, len(asked))
        self.full: Bools = (got >= asked - _FULL * np.maximum(1.0, asked)) & (asked > 0)
        self.base = problem.base[:, period]
        self.offered = self.base + np.bincount(steps.site, steps.hours * force, len(self.base))
        self.sites = len(self.base)
        used = carried > _FULL
        spare = np.flatnonzero(self.offered - np.bincount(links.site, carried, self.sites) > _FULL)
        size = self.sites + len(asked)
        tail = np.concatenate([links.site, links.cell[used] + self.sites, np.full(len(spare), size)])
        head = np.concatenate([links.cell + self.sites, links.site[used], spare])
        size += 1
        self.graph = sparse.csr_matrix((np.ones(len(tail), np.int8), (tail, head)), shape=(size, size))
        self.slack = np.zeros(size, bool)
        self.slack[self._reached(size - 1)] = True

    def _reached(self, node: int) -> Ints:
        from scipy.sparse.csgraph import breadth_first_order  # type: ignore[import-untyped]

        found: Ints = breadth_first_order(self.graph, node, return_predecessors=False)
        return found

    def around(self, site: int) -> Cover | None:
        """The set around a site that the point violates, if it does: all that trades hours with it, save what sites
        with hours to spare could serve as well; or the full cells it serves, and sites that give those all."""
        reached = self._reached(site)
        reached = reached[~self.slack[reached]]
        cells, sites = np.zeros(len(self.full), bool), np.zeros(self.sites, bool)
        cells[reached[reached >= self.sites] - self.sites] = True
        if cells.any() and self.full[cells].all():
            sites[reached[reached < self.sites]] = True
            found = self._cover(cells, sites)
            if found is not None:
                return found
        return self._nearby(site)

    def _nearby(self, site: int) -> Cover | None:
        links = self.problem.links
        mine = (links.site == site) & (self.carried > _FULL)
        cells = np.zeros(len(self.full), bool)
        cells[links.cell[mine]] = True
        cells &= self.full
        if not cells.any():
            return None
        into = cells[links.cell] & (self.carried > _FULL)
        given = np.bincount(links.site[into], self.carried[into], self.sites)
        sites = (given > 0) & (given >= 0.98 * self.offered)
        sites[site] = True
        return self._cover(cells, sites)

    def _cover(self, cells: Bools, sites: Bools) -> Cover | None:
        links, steps = self.problem.links, self.problem.steps
        own = np.flatnonzero(sites[steps.site])
        settled = self.force[own] > 1 - _PART
        standing = float(self.base[sites].sum() + steps.hours[own[settled]].sum())
        own = own[~settled]
        missing = float(self.problem.hours[cells, self.period].sum()) - standing
        if missing <= 0:
            return None
        coefficient = np.minimum(steps.hours[own], missing)
        chosen = np.flatnonzero(cells[links.cell] & sites[links.site])
        over = self.carried[chosen].sum() - standing - coefficient @ self.force[own]
        if over <= 1e-5 * max(1.0, standing + missing):
            return None
        return Cover(self.period, chosen, own, coefficient, standing)
