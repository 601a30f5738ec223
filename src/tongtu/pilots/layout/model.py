"""The mixed-integer program of a layout: one model for coverage, p-median and capacitated location.

    maximise    sum of worth * hours carried + what steps are worth of themselves
    paid[o]     1 where an option (step, pot) is taken; pots are not overdrawn
    force[a,t]  step a is in force in period t: since the period of the pot that pays it, once and for good
    carried[l,t] hours that link l (site to cell) carries: within what the cell asks, within what the site offers

A p-median (Hakimi 1964; ReVelle and Swain 1970) has no limit on a site, maximal covering (Church and ReVelle 1974)
a worth of one for every hour within reach, capacitated location both distance and limits. A link carries nothing
before its site serves: these rows are many and few bind, so they are added where a relaxation violates them.
"""

from __future__ import annotations

import numpy as np

from tongtu.pilots.layout.covers import covers
from tongtu.pilots.layout.problem import Bools, Floats, Ints, Problem
from tongtu.pilots.layout.rows import Found, Rows, Solver
from tongtu.solve.progress import Progress

_VIOLATED = 1e-6
_ROUNDS = 12
_SLIGHT = 1e-8  # a round that lowers the bound by less is the last


class Model:
    """Columns and rows of a problem; `worst` is worth its coefficient for the share of the area worst off."""

    def __init__(self, problem: Problem, worst: float = 0.0, total: float = 1.0) -> None:
        p = self.problem = problem
        n, a, links, t = len(p.options.step), len(p.steps.site), len(p.links.site), p.periods
        self.force_at, self.carried_at = n, n + a * t
        self.worst_at = self.carried_at + links * t
        gain = p.links.worth * p.weight[p.links.cell]
        self.gain = np.r_[
            np.zeros(n), np.repeat(p.steps.extra, t) * total, np.repeat(gain, t) * total, [worst],
        ]  # fmt: skip
        self.most: Floats = p.links.most[:, None] * p.hours[p.links.cell]
        self.upper = np.r_[np.ones(n + a * t), self.most.ravel(), [1.0]]
        self.rows = Rows()
        self._pots()
        self._steps()
        self._hours()
        self._rules(fair=worst > 0)
        self.constant = p.constant * total
        self.solver = Solver(self.gain, self.upper, n, self.rows, self.constant)
        self._closed()
        self._chains = self._paired()

    def force(self, step: Ints, period: Ints | int) -> Ints:
        return self.force_at + step * self.problem.periods + period

    def carried(self, link: Ints, period: Ints | int) -> Ints:
        return self.carried_at + link * self.problem.periods + period

    # ------------------------------------------------------------------------------------------------ rows

    def _pots(self) -> None:
        options, room = self.problem.options, self.problem.pots.room.astype(np.float64)
        self.unit = np.maximum(1.0, room)
        self.pot_rows = self.rows.block(len(room), -np.inf, room / self.unit)
        self.rows.put(self.pot_rows, options.pot, np.arange(len(options.pot)), options.cost / self.unit[options.pot])

    def _steps(self) -> None:
        """In force: as before, or begun now. After another step: not before it."""
        p, t = self.problem, self.problem.periods
        step, period = (x.ravel() for x in np.mgrid[0 : len(p.steps.site), 0:t])
        block = self.rows.block(len(step), 0.0, 0.0)
        self.rows.put(block, step * t + period, self.force(step, period), 1.0)
        later = period > 0
        self.rows.put(block, (step * t + period)[later], self.force(step, period - 1)[later], -1.0)
        begun = p.options.step * t + p.pots.period[p.options.pot]
        self.rows.put(block, begun, np.arange(len(begun)), -1.0)
        follows = p.steps.after[step] >= 0
        step, period = step[follows], period[follows]
        block = self.rows.block(len(step), -np.inf, 0.0)
        self.rows.put(block, np.arange(len(step)), self.force(step, period), 1.0)
        self.rows.put(block, np.arange(len(step)), self.force(p.steps.after[step], period), -1.0)

        if p.pots.turn is not None:
            self._turns(p.pots.turn)

    def _turns(self, turn: Ints) -> None:
        """By every turn but the last, a step is paid only if what it follows is."""
        p = self.problem
        follows = np.flatnonzero(p.steps.after >= 0)
        number = np.full(len(p.steps.site), -1)
        number[follows] = np.arange(len(follows))
        lead = p.steps.after[follows]
        option = np.arange(len(p.options.step))
        for last in range(int(turn.max(initial=0))):
            block = self.rows.block(len(follows), -np.inf, 0.0)
            early = turn[p.options.pot] <= last
            own = early & (number[p.options.step] >= 0)
            self.rows.put(block, number[p.options.step[own]], option[own], 1.0)
            for k, step in enumerate(lead):
                mine = option[early & (p.options.step == step)]
                self.rows.put(block, k, mine, -1.0)

    def _hours(self) -> None:
        """No cell gets more than it asks, no site gives more than it offers."""
        p, t = self.problem, self.problem.periods
        link, period = (x.ravel() for x in np.mgrid[0 : len(p.links.site), 0:t])
        columns = self.carried(link, period)
        crowded = np.bincount(p.links.cell, p.links.most, len(p.hours)) > 1 + 1e-9
        row = np.cumsum(crowded) - 1
        mine = crowded[p.links.cell[link]]
        block = self.rows.block(int(crowded.sum()) * t, -np.inf, p.hours[crowded].ravel())
        self.rows.put(block, (row[p.links.cell[link]] * t + period)[mine], columns[mine], 1.0)
        self.site_rows = slice(self.rows.count, self.rows.count)
        if not p.limited:
            return
        self.site_rows = self.rows.block(len(p.base) * t, -np.inf, p.base.ravel())
        self.rows.put(self.site_rows, p.links.site[link] * t + period, columns, 1.0)
        step, period = (x.ravel() for x in np.mgrid[0 : len(p.steps.site), 0:t])
        where = p.steps.site[step] * t + period
        self.rows.put(self.site_rows, where, self.force(step, period), -p.steps.hours[step])

    def _rules(self, fair: bool) -> None:
        """Areas at their least share, numbers of sites, and the share of the area worst off."""
        p, last = self.problem, self.problem.periods - 1
        asked, links = p.asked(), np.arange(len(p.links.site))
        area = p.area[p.links.cell]
        least = np.where(p.least > 0, p.least, -np.inf)
        self.area_rows = self.rows.block(p.areas, np.where(asked > 0, least, -np.inf), np.inf)
        worth = 1.0 / np.maximum(asked[area], 1e-12)
        counted = asked[area] > 0
        ruled = counted & (least[area] > 0)
        self.rows.put(self.area_rows, area[ruled], self.carried(links[ruled], last), worth[ruled])
        stood = np.array([p.stands[sites, last].sum() for sites, _ in p.fewest])
        need = np.array([n for _, n in p.fewest]) - stood if len(stood) else np.zeros(0)
        self.count_rows = self.rows.block(len(need), need, np.inf)
        for k, (sites, _) in enumerate(p.fewest):
            mine = np.flatnonzero(p.steps.opens & np.isin(p.steps.site, sites) & ~p.stands[p.steps.site, last])
            self.rows.put(self.count_rows, k, self.force(mine, last), 1.0)
        if fair:
            block = self.rows.block(p.areas, np.where(asked > 0, 0.0, -np.inf), np.inf)
            self.rows.put(block, area[counted], self.carried(links[counted], last), worth[counted])
            self.rows.put(block, np.flatnonzero(asked > 0), self.worst_at, -1.0)

    # ------------------------------------------------------------------------------- rows that come when needed

    def _closed(self) -> None:
        """Links of sites that nothing opens carry nothing; of the others, which step opens them."""
        p = self.problem
        opener = np.full(len(p.base), -1)
        opener[p.steps.site[p.steps.opens]] = np.flatnonzero(p.steps.opens)
        self.opener = opener[p.links.site]
        shut = ~p.stands[p.links.site]
        self.linked: Bools = ~(shut & (self.opener >= 0)[:, None])
        never = shut & (self.opener < 0)[:, None]
        if never.any():
            self.upper[self.carried_at : self.worst_at] = np.where(never, 0.0, self.most).ravel()
            self.solver.limit(np.zeros(len(self.upper)), self.upper)

    def _tighten(self, x: Floats) -> bool:
        """Add the rows that `x` violates; False where there are none."""
        carried = x[self.carried_at : self.worst_at].reshape(-1, self.problem.periods)
        force = x[self.force_at : self.carried_at].reshape(-1, self.problem.periods)
        if not len(force):
            return False
        over = ~self.linked & (carried > self.most * force[self.opener] + _VIOLATED * np.maximum(1.0, self.most))
        link, period = np.nonzero(over)
        if len(link):
            self._add(link, period)
        return bool(self._grown(carried, force) + self._covered(carried, force) + len(link))

    def _covered(self, carried: Floats, force: Floats) -> int:
        """Inequalities over several sites: see `covers`."""
        if not self.problem.limited:
            return 0
        found = covers(self.problem, carried, force)
        rows = Rows()
        block = rows.block(len(found), -np.inf, [cover.standing for cover in found])
        for k, cover in enumerate(found):
            rows.put(block, k, self.carried(cover.links, cover.period), 1.0)
            rows.put(block, k, self.force(cover.steps, cover.period), -cover.coefficient)
        if found:
            self.solver.add(rows)
        return len(found)

    def _add(self, link: Ints, period: Ints) -> None:
        """Nothing before the site is opened, and no more than its first hours."""
        rows = Rows()
        block = rows.block(len(link), -np.inf, 0.0)
        rows.put(block, np.arange(len(link)), self.carried(link, period), 1.0)
        rows.put(block, np.arange(len(link)), self.force(self.opener[link], period), -self.most[link, period])
        self.solver.add(rows)
        self.linked[link, period] = True

    def _grown(self, carried: Floats, force: Floats) -> int:
        """Where a site already serves: cells S get what stands, and of a step at most what S still asks for.

        For cells S asking D in all, base b and a first step of K hours: carried(S) <= b + min(K, D - b) force, and so
        on for the step after it. The set that is violated most is S = the links above their part of the step.
        """
        p = self.problem
        if not p.limited:
            return 0
        found = 0
        for first, second in self._chains:
            site = p.steps.site[first]
            step = np.full(len(p.base), -1)
            step[site] = np.arange(len(first))
            at = step[p.links.site]
            mine = np.flatnonzero(at >= 0)
            for lead in (first, second):
                part = np.where(lead >= 0, lead, first)
                above = carried[mine] > self.most[mine] * force[part[at[mine]]] + 1e-9
                found += self._cells(mine, at, above, first, second, carried, force)
        return found

    def _cells(
        self, mine: Ints, at: Ints, above: Bools, first: Ints, second: Ints, carried: Floats, force: Floats
    ) -> int:  # fmt: skip
        p, count = self.problem, 0
        for t in range(p.periods):
            links = mine[above[:, t]]
            where = at[links]
            asked = np.bincount(where, self.most[links, t], len(first))
            base = p.base[p.steps.site[first], t]
            one = np.clip(asked - base, 0.0, p.steps.hours[first])
            two = np.where(second >= 0, np.clip(asked - base - one, 0.0, p.steps.hours[second]), 0.0)
            served = np.bincount(where, carried[links, t], len(first))
            allowed = base + one * force[first, t] + two * force[second, t] * (second >= 0)
            bad = np.flatnonzero(served > allowed + _VIOLATED * np.maximum(1.0, asked))
            if not len(bad):
                continue
            count += len(bad)
            number = np.full(len(first), -1)
            number[bad] = np.arange(len(bad))
            chosen = links[number[where] >= 0]
            rows = Rows()
            block = rows.block(len(bad), -np.inf, base[bad])
            rows.put(block, number[at[chosen]], self.carried(chosen, t), 1.0)
            rows.put(block, np.arange(len(bad)), self.force(first[bad], t), -one[bad])
            more = bad[second[bad] >= 0]
            rows.put(block, number[more], self.force(second[more], t), -two[more])
            self.solver.add(rows)
        return count

    def _paired(self) -> list[tuple[Ints, Ints]]:
        """Steps of sites that serve already, each with the one that may follow it (-1: none)."""
        p = self.problem
        follower = np.full(len(p.steps.site), -1)
        follows = np.flatnonzero(p.steps.after >= 0)
        follower[p.steps.after[follows]] = follows
        first = np.flatnonzero(p.steps.after < 0)
        return [(first, follower[first])]

    # -------------------------------------------------------------------------------------------- solving

    def relax(self, progress: Progress | None = None) -> Found:
        """The linear relaxation with every opening row that matters."""
        found, before = self.solver.relax(progress), np.inf
        for _ in range(_ROUNDS):
            if found.status != "optimal" or before - found.value <= _SLIGHT * max(1.0, abs(found.value)):
                break
            before = found.value
            if not self._tighten(found.x):
                break
            found = self.solver.relax(progress)
        return found

    def complete(self) -> None:
        """Every opening row that is still missing: a search may not go without them."""
        link, period = np.nonzero(~self.linked)
        if len(link):
            self._add(link, period)

    def paid(self, x: Floats) -> Ints:
        """The pot that pays each step."""
        taken = np.flatnonzero(x[: self.force_at] > 0.5)
        paid = np.full(len(self.problem.steps.site), -1, np.int64)
        paid[self.problem.options.step[taken]] = self.problem.options.pot[taken]
        return paid

    def point(self, paid: Ints, carried: Floats, worst: float = 0.0) -> Floats:
        """The columns of a choice and its hours."""
        options = self.problem.options
        taken = (options.pot == paid[options.step]).astype(np.float64)
        force = self.problem.in_force(paid).astype(np.float64)
        found: Floats = np.r_[taken, force.ravel(), carried.ravel(), [worst]]
        return found

    def hours(self, x: Floats) -> Floats:
        """Hours carried, links x periods."""
        found: Floats = x[self.carried_at : self.worst_at].reshape(-1, self.problem.periods)
        return found
