"""The model against counting: small random problems whose every choice is tried, in all objectives and rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tongtu.pilots.layout.greedy import greedy
from tongtu.pilots.layout.model import Model
from tongtu.pilots.layout.problem import Links, Options, Pots, Problem, Steps
from tongtu.pilots.layout.settings import Settings
from tongtu.pilots.layout.solving import answer

EXACT = Settings(gap=0.0, nodes=10**6)
SEEDS = st.integers(0, 10**6)
TIMES = settings(max_examples=25, deadline=None)


def drawn(seed: int, limited: bool = True, periods: int = 2) -> Problem:
    """Two to five cells in two areas, two standing sites (one weak) and up to three new ones, one or two pots."""
    g = np.random.default_rng(seed)
    cells, fresh = int(g.integers(2, 6)), int(g.integers(1, 4))
    sites = 2 + fresh
    pairs = [(s, c) for s in range(sites) for c in range(cells) if g.random() < 0.6] or [(0, 0)]
    site, cell = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    most = np.where(g.random(len(pairs)) < 0.2, 0.5, 1.0)
    worth = np.ones(len(pairs)) if g.random() < 0.5 else np.round(g.uniform(0.1, 1.0, len(pairs)), 2)
    hours = np.repeat(g.integers(0, 30, cells)[:, None], periods, axis=1).astype(float)
    if g.random() < 0.3:
        hours[:, 0] = g.integers(0, 30, cells)
    base = np.zeros((sites, periods))
    base[:2] = g.integers(0, 15, 2)[:, None]
    stands = np.zeros((sites, periods), bool)
    stands[:2] = True
    places = [0, 1, 1, *range(2, sites)]
    added = g.integers(1, 25, len(places)).astype(float)
    after = np.array([-1, -1, 1, *[-1] * fresh])
    opens = np.array([False] * 3 + [True] * fresh)
    extra = np.round((g.uniform(0, 0.02, len(places)) - 0.05) * added, 3)
    pots = Pots(
        np.array([t for t in range(periods) for _ in range(1 + int(t == 0 and g.random() < 0.4))]), np.array([])
    )
    pots = Pots(pots.period, g.integers(2, 9, len(pots.period)))
    cost = g.integers(1, 6, len(places))
    rows = [(s, b, cost[s]) for s in range(len(places)) for b in range(len(pots.period)) if g.random() < 0.85]
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Problem(
        hours, np.round(g.uniform(0.5, 1.5, cells), 1), g.integers(0, 2, cells), base, stands,
        Links(site, cell, worth, most), Steps(np.array(places), added, opens, after, extra), pots,
        Options(*table.T), np.zeros(2), (), limited,
    )  # fmt: skip


@dataclass
class Counted:
    """Every choice tried: best total, and with `fair` the best worst share first."""

    problem: Problem

    def __post_init__(self) -> None:
        self.served = cache(self._served)

    def _served(self, done: tuple[bool, ...], period: int, what: str, floor: float) -> float | None:
        """The best of a period with these steps in force: `total`, or `worst` share; None where a floor fails."""
        p = self.problem
        links, n = p.links, len(p.links.site)
        asked = np.bincount(p.area, p.hours[:, period], p.areas)
        offered, serving = p.base[:, period].copy(), p.stands[:, period].copy()
        for step, taken in enumerate(done):
            if taken:
                offered[p.steps.site[step]] += p.steps.hours[step]
                serving[p.steps.site[step]] |= p.steps.opens[step]
        rows, high = [], []
        for c in range(len(p.hours)):
            rows.append(np.r_[links.cell == c, 0])
            high.append(p.hours[c, period])
        for s in range(len(p.base)) if p.limited else []:
            rows.append(np.r_[links.site == s, 0])
            high.append(offered[s])
        last = period == p.periods - 1
        for a in range(p.areas):
            if asked[a] > 0 and last:
                mine = (p.area[links.cell] == a).astype(float)
                least = max(float(p.least[a]), floor)
                rows.append(-np.r_[mine, -asked[a] if what == "worst" else 0])
                high.append(0.0 if what == "worst" else -least * asked[a])
                if what == "worst" and p.least[a] > 0:
                    rows.append(-np.r_[mine, 0])
                    high.append(-p.least[a] * asked[a])
        gain = np.r_[np.zeros(n), 1.0] if what == "worst" else np.r_[links.worth * p.weight[links.cell], 0.0]
        top = links.most * p.hours[links.cell, period] * serving[links.site]
        bounds = [(0, t) for t in top] + [(0, 1 if what == "worst" else 0)]
        found = linprog(-gain, A_ub=np.array(rows), b_ub=np.array(high), bounds=bounds)
        return -found.fun if found.status == 0 else None

    def choices(self) -> list[tuple[int, ...]]:
        p = self.problem
        mine = [[-1, *p.options.pot[p.options.step == s]] for s in range(len(p.steps.site))]
        found = []
        for paid in product(*mine):
            begin = [p.periods if b < 0 else int(p.pots.period[b]) for b in paid]
            ready = all(a < 0 or begin[a] <= begin[s] for s, a in enumerate(p.steps.after) if paid[s] >= 0)
            if ready and (p.spent(np.array(paid)) <= p.pots.room).all():
                found.append(paid)
        return found

    def state(self, paid: tuple[int, ...], period: int) -> tuple[bool, ...]:
        return tuple(bool(b >= 0 and self.problem.pots.period[b] <= period) for b in paid)

    def enough(self, paid: tuple[int, ...]) -> bool:
        p = self.problem
        done = self.state(paid, p.periods - 1)
        serving = p.stands[:, -1].copy()
        for step in np.flatnonzero(np.array(done) & p.steps.opens):
            serving[p.steps.site[step]] = True
        return all(serving[sites].sum() >= n for sites, n in p.fewest)

    def total(self, paid: tuple[int, ...], floor: float = 0.0) -> float | None:
        p, value = self.problem, 0.0
        for period in range(p.periods):
            done = self.state(paid, period)
            part = self.served(done, period, "total", floor)
            if part is None:
                return None
            value += part + float(p.steps.extra @ np.array(done))
        return value

    def best(self, floor: float = 0.0) -> float | None:
        values = [v for paid in self.choices() if self.enough(paid) and (v := self.total(paid, floor)) is not None]
        return max(values, default=None)

    def worst(self) -> float | None:
        last = self.problem.periods - 1
        found = [
            self.served(self.state(paid, last), last, "worst", 0.0) for paid in self.choices() if self.enough(paid)
        ]
        return max((v for v in found if v is not None), default=None)


@TIMES
@given(SEEDS, st.booleans())
def test_the_total_is_the_best_of_all_choices(seed: int, limited: bool) -> None:
    problem = drawn(seed, limited)
    found = answer(problem, EXACT, "h")
    assert found.draft is not None
    assert found.solutions[-1].status == "optimal"
    assert found.solutions[-1].value == pytest.approx(Counted(problem).best(), abs=1e-6)
    assert found.draft.value == pytest.approx(found.solutions[-1].value, abs=1e-6)
    assert (problem.spent(found.draft.paid) <= problem.pots.room).all()


@TIMES
@given(SEEDS, st.sampled_from([(0.2, 0.0), (0.5, 0.5), (0.9, 0.1)]), st.booleans())
def test_least_shares_and_numbers_of_sites(seed: int, least: tuple[float, float], scarce: bool) -> None:
    problem = replace(drawn(seed), least=np.array(least))
    if scarce:
        problem = replace(problem, fewest=((np.arange(1, len(problem.base)), 2),))
    found, wanted = answer(problem, EXACT, "h"), Counted(problem).best()
    if wanted is None:
        assert found.draft is None
        assert found.solutions[-1].status == "infeasible"
    else:
        assert found.solutions[-1].value == pytest.approx(wanted, abs=1e-6)


@TIMES
@given(SEEDS, st.booleans())
@example(311, False)  # HiGHS' presolve called an answer optimal that was not
def test_the_area_worst_off_comes_first_and_the_total_after_it(seed: int, limited: bool) -> None:
    problem = drawn(seed, limited)
    counted = Counted(problem)
    found = answer(problem, replace(EXACT, fairness="lexicographic"), "h")
    first, total = found.solutions[1], found.solutions[-1]
    assert (problem.asked() > 0).any() or first.value == 1.0
    if (problem.asked() > 0).any():
        assert first.value == pytest.approx(counted.worst(), abs=1e-6)
        assert total.value == pytest.approx(counted.best(floor=max(0.0, first.value - 1e-7)), rel=1e-5, abs=1e-5)


@TIMES
@given(SEEDS)
def test_weighted_fairness_trades_hours_for_the_worst_share(seed: int) -> None:
    problem = drawn(seed)
    plain = answer(problem, EXACT, "h").draft
    fair = answer(problem, replace(EXACT, fairness="weighted", fairness_weight=100.0), "h").draft
    assert plain is not None
    assert fair is not None
    assert fair.worst >= plain.worst - 1e-7
    assert fair.value <= plain.value + 1e-6


@TIMES
@given(SEEDS, st.booleans(), st.booleans())
def test_the_preview_is_possible_and_never_better(seed: int, limited: bool, fair: bool) -> None:
    problem = drawn(seed, limited)
    draft = greedy(problem, fair)
    carried, best = draft.carried, Counted(problem).best()
    links = problem.links
    offered = problem.capacity(problem.in_force(draft.paid))
    for period in range(problem.periods):
        got = np.bincount(links.cell, carried[:, period], len(problem.hours))
        assert (got <= problem.hours[:, period] + 1e-9).all()
        if limited:
            given_out = np.bincount(links.site, carried[:, period], len(problem.base))
            assert (given_out <= offered[:, period] + 1e-9).all()
    assert (problem.spent(draft.paid) <= problem.pots.room).all()
    assert best is not None
    assert draft.value <= best + 1e-6


@TIMES
@given(SEEDS, st.integers(1, 4))
def test_more_money_never_serves_less(seed: int, more: int) -> None:
    problem = drawn(seed)
    richer = replace(problem, pots=Pots(problem.pots.period, problem.pots.room + more))
    before, after = (answer(p, EXACT, "h").solutions[-1].value for p in (problem, richer))
    assert before is not None
    assert after is not None
    assert after >= before - 1e-6


def _with(model: Model, pot: int, change: float) -> float:
    """The relaxation with a little more money and the cuts it has: they are sought anew for other amounts."""
    row, room = model.pot_rows.start + pot, float(model.problem.pots.room[pot])
    highs = model.solver._highs
    highs.changeRowBounds(row, -np.inf, (room + change) / model.unit[pot])
    found = model.solver.relax().value
    highs.changeRowBounds(row, -np.inf, room / model.unit[pot])
    return found


@TIMES
@given(SEEDS)
def test_prices_say_what_a_little_more_money_is_worth(seed: int) -> None:
    """Of the relaxation: the gain from a small change of a pot is its dual times the change, up to a kink."""
    problem = drawn(seed)
    model = Model(problem)
    plain = model.relax()
    for pot in range(len(problem.pots.room)):
        dual = plain.dual[model.pot_rows.start + pot] / model.unit[pot]
        values = [_with(model, pot, change) for change in (1e-4, -1e-4)]
        up, down = (values[0] - plain.value) * 10_000, (plain.value - values[1]) * 10_000
        assert up - 2e-2 <= dual <= down + 2e-2


def test_a_site_that_serves_already_gets_its_step_whole_or_in_part_that_is_needed() -> None:
    """Ten hours stand, ten more are asked, a step of a hundred costs all the money: the relaxation may not take a
    tenth of the step for its price."""
    problem = Problem(
        np.array([[20.0]]), np.ones(1), np.zeros(1, np.int64), np.array([[10.0]]), np.array([[True]]),
        Links(np.array([0]), np.array([0]), np.ones(1), np.ones(1)),
        Steps(np.array([0]), np.array([100.0]), np.array([False]), np.array([-1]), np.zeros(1)),
        Pots(np.array([0]), np.array([5])), Options(np.array([0]), np.array([0]), np.array([10])), np.zeros(1),
    )  # fmt: skip
    assert Model(problem).relax().value == pytest.approx(15.0)
