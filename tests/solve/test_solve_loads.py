"""Minimum loads: held or refused with the smallest relaxation, never ignored; long flows can be stopped."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tongtu.solve import apart
from tongtu.solve.elastic import relaxed, wanting
from tongtu.solve.flow import assign, best
from tongtu.solve.market import Loads, Market
from tongtu.terms.faults import Cancelled
from tongtu.terms.words import say


@st.composite
def markets(draw: st.DrawFn) -> Market:
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    cells = sorted(draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), max_size=9)))
    left, right = np.array(cells, np.int64).reshape(-1, 2).T
    score = draw(st.lists(st.sampled_from([-0.5, 0.0, 0.25, 0.5, 1.0]), min_size=len(cells), max_size=len(cells)))
    sides = []
    for count in (n, m):
        most = np.array(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
        sides.append(Loads(np.array([draw(st.integers(0, int(x))) for x in most]), most))
    return Market(left, right, np.array(score, float), *sides)


def _program(market: Market, cost: np.ndarray) -> float | None:
    e = len(market.left)
    if not e:
        return None if market.lefts.least.any() or market.rights.least.any() else 0.0
    rows = np.zeros((len(market.lefts) + len(market.rights), e))
    rows[market.left, np.arange(e)] = rows[len(market.lefts) + market.right, np.arange(e)] = 1
    least, most = (np.concatenate([getattr(s, k) for s in (market.lefts, market.rights)]) for k in ("least", "most"))
    answer = linprog(cost, A_ub=np.vstack([rows, -rows]), b_ub=np.r_[most, -least], bounds=(0, 1))
    return None if answer.status == 2 else float(answer.fun)


@settings(max_examples=80, deadline=None)
@given(markets())
def test_minima_are_held_at_the_optimum_or_the_smallest_relaxation_is_named(market: Market) -> None:
    answer = best(market)
    optimum = _program(market, -market.score)
    if optimum is not None:
        assert answer.solution.status in ("optimal", "empty")
        assert (answer.solution.value or 0.0) == pytest.approx(-optimum, abs=1e-7)
        for load, limit in zip(market.loads(answer.chosen), (market.lefts, market.rights), strict=True):
            assert (load >= limit.least).all()
            assert (load <= limit.most).all()
        assert not wanting(market)
        return
    assert (answer.solution.status, answer.chosen.any(), answer.solution.value) == ("infeasible", False, None)
    slacks = wanting(market)
    assert best(relaxed(market, slacks)).solution.status in ("optimal", "empty")
    assert [r.by for r in answer.solution.relax] == [s.by for s in slacks]
    assert _smallest(market, sum(s.by for s in slacks), len(slacks))


def _smallest(market: Market, total: int, places: int) -> bool:
    """No relaxation has a smaller total, nor the same total in fewer places."""
    n, m, e = len(market.lefts), len(market.rights), len(market.left)
    rows = np.zeros((n + m, e))
    rows[market.left, np.arange(e)] = rows[n + market.right, np.arange(e)] = 1
    least, most = (np.concatenate([getattr(s, k) for s in (market.lefts, market.rights)]) for k in ("least", "most"))
    unit, zero = np.eye(n + m), np.zeros((n + m, n + m))
    above = np.vstack([np.hstack([rows, zero, -unit]), np.hstack([-rows, -unit, zero])])
    cost = np.r_[np.zeros(e), np.ones(2 * (n + m))]
    bounds = [(0, 1)] * e + [(0, int(x)) for x in least] + [(0, None)] * (n + m)
    answer = linprog(cost, A_ub=above, b_ub=np.r_[most, -least], bounds=bounds)
    if round(answer.fun) != total:
        return False
    if places > 3:
        return True  # too many combinations to try
    for few in itertools.combinations(range(2 * (n + m)), places - 1):
        limits = bounds[:e] + [b if k in few else (0, 0) for k, b in enumerate(bounds[e:])]
        tried = linprog(cost, A_ub=above, b_ub=np.r_[most, -least], bounds=limits)
        if tried.status == 0 and round(tried.fun) == total:
            return False
    return True


def test_a_minimum_load_is_not_ignored() -> None:
    """openreview-matcher #101, #226: minimum loads were passed over without a word."""
    left, right = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    score = np.array([0.9, 0.1, 0.8, 0.1])
    answer = assign(left, right, score, np.array([1, 1]), np.array([2, 2]), right_least=np.array([0, 1]))
    assert answer.chosen.tolist() == [True, False, False, True] or answer.chosen.tolist() == [False, True, True, False]
    assert answer.solution.value == pytest.approx(1.0)
    refused = assign(left, right, score, np.array([1, 1]), np.array([2, 2]), right_least=np.array([2, 2]))
    assert refused.solution.status == "infeasible"
    assert sum(r.by for r in refused.solution.relax) == 2
    assert "右侧" in say(refused.solution.relax[0].limit, "zh") + say(refused.solution.relax[-1].limit, "zh")
    assert not refused.chosen.any()


def test_one_hub_made_wider_is_named_rather_than_many_minima() -> None:
    """Five must be served and only one may serve, two at most: raising that one by 3 is one place, not three."""
    market = Market(
        np.arange(5), np.zeros(5, np.int64), np.full(5, 0.5), Loads(np.ones(5, int), np.ones(5, int)), Loads.upto([2])
    )
    assert [(s.side, s.kind, s.node, s.by) for s in wanting(market)] == [("right", "most", 0, 3)]


def test_prices_with_minima_are_what_one_more_place_adds() -> None:
    rng = np.random.default_rng(1)
    left, right = (axis.ravel() for axis in np.indices((6, 5)))
    market = Market(
        left, right, rng.random(30).round(3), Loads.upto(np.full(6, 2)), Loads(np.full(5, 1), np.full(5, 2))
    )
    answer = best(market)
    for side, price in ((0, answer.left_price), (1, answer.price)):
        for node in range(len(price)):
            sides = [market.lefts, market.rights]
            more = sides[side].most + (np.arange(len(price)) == node)
            sides[side] = Loads(sides[side].least, more)
            wider = best(Market(left, right, market.score, *sides)).solution.value
            assert price[node] == pytest.approx(wider - answer.solution.value, abs=1e-9)


def test_a_large_market_is_still_exact_and_leaves_nothing_idle_for_a_score_of_zero(monkeypatch) -> None:
    from tongtu.solve import flow

    left, right = (axis.ravel() for axis in np.indices((30, 20)))
    score = np.random.default_rng(2).choice([0.0, 0.3, 0.7], 600)
    market = Market(left, right, score, Loads.upto(np.full(30, 2)), Loads.upto(np.full(20, 3)))
    exact = best(market)
    monkeypatch.setattr(flow, "TIES", 10)
    large = best(market)
    assert large.solution.value == pytest.approx(exact.solution.value, abs=1e-4)
    assert large.solution.bound >= exact.solution.value - 1e-9
    assert large.chosen.sum() == exact.chosen.sum() == 60


def test_a_run_without_end_can_be_stopped(monkeypatch) -> None:
    """openreview #370: nine hours without progress. A watched large flow is stopped at once, its process gone."""
    monkeypatch.setattr(apart, "LARGE", 1)
    children = []
    start = apart.subprocess.Popen
    monkeypatch.setattr(apart.subprocess, "Popen", lambda *a, **k: children.append(start(*a, **k)) or children[-1])
    left, right = (axis.ravel() for axis in np.indices((60, 60)))
    score = np.random.default_rng(2).random(3600)
    seen = []

    def stop(done: int, total: int, what: object = None) -> None:
        seen.append(done)
        if len(seen) > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        assign(left, right, score, np.ones(60, int), np.ones(60, int), progress=stop)
    assert children[0].returncode is not None
    watched = assign(left, right, score, np.ones(60, int), np.ones(60, int), progress=lambda *a: None)
    alone = assign(left, right, score, np.ones(60, int), np.ones(60, int))
    assert watched.chosen.tolist() == alone.chosen.tolist()
    impossible = assign(
        left, right, score, np.ones(60, int), np.ones(60, int), left_least=np.ones(60, int),
        right_least=np.r_[0, np.ones(59, int)], progress=lambda *a: None,
    )  # fmt: skip
    assert impossible.solution.status == "optimal"


def test_nonsense_is_refused() -> None:
    one = np.array([1])
    zero = np.array([0])
    for left, least in ((np.array([5]), 0), (zero, 2), (zero, -1)):
        with pytest.raises(ValueError, match=r"node|minimum"):
            assign(left, zero, np.array([0.5]), one, one, right_least=np.array([least]))
