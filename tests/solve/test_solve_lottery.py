"""The draw: marginals exactly as the linear program's, loads held, the same seed the same draw."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tongtu.solve.lottery import lottery, round_off, seeded
from tongtu.solve.market import Loads, Market


@st.composite
def markets(draw: st.DrawFn) -> Market:
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cells = sorted(draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), min_size=1, max_size=9)))
    score = np.array(draw(st.lists(st.sampled_from([0.1, 0.5, 0.75, 1.0]), min_size=len(cells), max_size=len(cells))))
    left, right = np.array(cells).T
    most = [np.array(draw(st.lists(st.integers(0, 2), min_size=k, max_size=k))) for k in (n, m)]
    return Market(left, right, score, Loads.upto(most[0]), Loads.upto(most[1]))


def _program(market: Market, cap: float) -> float:
    e = len(market.score)
    rows = np.zeros((len(market.lefts) + len(market.rights), e))
    rows[market.left, np.arange(e)] = rows[len(market.lefts) + market.right, np.arange(e)] = 1
    most = np.concatenate([market.lefts.most, market.rights.most])
    return -linprog(-market.score, A_ub=rows, b_ub=most, bounds=(0, cap)).fun


class _Every:
    """Follows one branch of all possible draws and remembers its probability."""

    def __init__(self, branch: list[bool]) -> None:
        self.branch, self.taken, self.odds = branch, [], Fraction(1)

    def __call__(self, a: int, b: int) -> bool:
        yes = self.branch[len(self.taken)] if len(self.taken) < len(self.branch) else a > 0
        self.taken.append((yes, a > 0 and b > 0))
        self.odds *= Fraction(a if yes else b, a + b)
        return yes


def _expected(market: Market, marginal: np.ndarray, units: int) -> tuple[list[Fraction], Fraction]:
    """Over every branch the rounding can take: the exact probability of each edge, and of all branches."""
    total, whole, waiting = [Fraction(0)] * len(marginal), Fraction(0), [[]]
    while waiting:
        draw = _Every(waiting.pop())
        chosen = round_off(market.left, market.right, marginal, units, draw)
        loads = market.loads(chosen)
        for load, node, count in (
            (loads[0], market.left, len(market.lefts)),
            (loads[1], market.right, len(market.rights)),
        ):
            mean = np.bincount(node, marginal, minlength=count) / units
            assert np.all((load >= np.floor(mean)) & (load <= np.ceil(mean)))
        whole += draw.odds
        for k in np.flatnonzero(chosen):
            total[k] += draw.odds
        for at in range(len(draw.branch), len(draw.taken)):
            if draw.taken[at][1]:
                waiting.append([yes for yes, _ in draw.taken[:at]] + [not draw.taken[at][0]])
    return total, whole


@settings(max_examples=60, deadline=None)
@given(markets(), st.sampled_from([0.25, 0.5, 0.7, 1.0]))
def test_every_marginal_of_the_draw_is_exactly_the_programs(market: Market, cap: float) -> None:
    found = lottery(market, cap=cap, seed="x")
    assert found.solution.value == pytest.approx(_program(market, cap), abs=1e-6)
    assert found.marginal.max(initial=0) / found.units <= cap
    exact, whole = _expected(market, found.marginal, found.units)
    assert whole == 1
    assert exact == [Fraction(int(k), found.units) for k in found.marginal]


def test_frequencies_follow_the_marginals_and_loads_hold() -> None:
    rng = np.random.default_rng(3)
    left, right = (axis.ravel() for axis in np.indices((12, 9)))
    market = Market(
        left,
        right,
        rng.random(108).round(3),
        Loads(np.full(12, 1), np.full(12, 2)),
        Loads(np.full(9, 2), np.full(9, 3)),
    )
    first = lottery(market, cap=0.3, seed="0")
    assert first.solution.status == "optimal"
    assert 0.5 < first.kept <= 1
    count, draws = np.zeros(108), 800
    for k in range(draws):
        chosen = round_off(left, right, first.marginal, first.units, seeded(str(k)))
        given, taken = market.loads(chosen)
        assert given.min() >= 1
        assert given.max() <= 2
        assert taken.min() >= 2
        assert taken.max() <= 3
        count += chosen
    expected = first.marginal / first.units
    spread = np.sqrt(expected * (1 - expected) / draws)
    assert np.all(np.abs(count / draws - expected) <= 5 * spread + 1e-12)


def test_a_published_seed_gives_the_same_draw_and_another_seed_another() -> None:
    left, right = (axis.ravel() for axis in np.indices((8, 8)))
    market = Market(left, right, np.full(64, 0.5), Loads.upto(np.ones(8, int)), Loads.upto(np.ones(8, int)))
    one, again, other = (lottery(market, cap=0.25, seed=s) for s in ("2026-11-22", "2026-11-22", "2026-11-23"))
    assert one.chosen.tolist() == again.chosen.tolist() != other.chosen.tolist()
    assert [seeded("a")(1, 1) for _ in range(3)] == [seeded("a")(1, 1)] * 3
    draw = seeded("2026")
    assert [draw(1, 2) for _ in range(12)] == FIRST_DRAWS


#: SHA-256 of "2026/0", "2026/1" …: first eight bytes, modulo 3, below 1
FIRST_DRAWS = [bool(k) for k in [0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0]]


def test_minima_out_of_reach_of_the_cap_are_named_and_nothing_is_drawn() -> None:
    market = Market(np.array([0]), np.array([0]), np.array([1.0]), Loads(np.array([1]), np.array([1])), Loads.upto([1]))
    found = lottery(market, cap=0.5, seed="x")
    assert (found.solution.status, found.chosen.any()) == ("infeasible", False)
    assert [r.by for r in found.solution.relax] == [0.5]
    for bad in (0.0, 1.5):
        with pytest.raises(ValueError, match="cap"):
            lottery(market, cap=bad, seed="x")
