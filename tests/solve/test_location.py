"""p-median and capacitated location against enumeration; fixing; infeasible, cancelled, malformed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tongtu.solve.location import Located, capacitated, p_median
from tongtu.solve.location.case import Case, Node
from tongtu.solve.location.dual import ROOT, Dual, ascend
from tongtu.solve.location.fixing import bounds, narrowed
from tongtu.terms.faults import Cancelled, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say


def drawn(seed: int, clients: int, sites: int, whole: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 30, (clients, sites)).astype(float) if whole else rng.uniform(0, 30, (clients, sites))


def medians(cost: np.ndarray, fixed: np.ndarray, count: int) -> list[tuple[float, tuple[int, ...]]]:
    """Every choice and its value, best first."""
    return sorted(
        (float(cost[:, list(some)].min(axis=1).sum() + fixed[list(some)].sum()), some)
        for some in combinations(range(cost.shape[1]), count)
    )


def serving(cost: np.ndarray, demand: np.ndarray, room: np.ndarray) -> float:
    """Least cost of serving from these sites, by another solver's linear program."""
    n, k = cost.shape
    each = np.kron(np.eye(n), np.ones(k))
    held = np.kron(demand, np.eye(k))
    found = linprog(cost.ravel(), held, room, each, np.ones(n), method="highs-ipm")
    return float(found.fun) if found.status == 0 else np.inf


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 14), st.integers(2, 9), st.booleans(), st.data())
def test_p_median_is_the_best_of_all_choices(
    seed: int, clients: int, sites: int, whole: bool, data: st.DataObject
) -> None:
    distance = drawn(seed, clients, sites, whole)
    count = data.draw(st.integers(1, sites))
    weight = drawn(seed + 1, 1, clients)[0] if data.draw(st.booleans()) else np.ones(clients)
    fixed = drawn(seed + 2, 1, sites)[0] if data.draw(st.booleans()) else np.zeros(sites)
    found = p_median(distance, count, weight=weight, fixed=fixed)
    value = medians(distance * weight[:, None], fixed, count)[0][0]
    assert found.solution.status == "optimal"
    assert found.solution.value == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert found.solution.bound == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert len(found.sites) == count
    assert np.array_equal(found.client, np.arange(clients))
    assert np.isin(found.site, found.sites).all()
    paid = (distance * weight[:, None])[found.client, found.site].sum() + fixed[found.sites].sum()
    assert paid == pytest.approx(value, rel=1e-6, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_existing_sites_stay_and_forbidden_ones_are_not_used(seed: int, count: int) -> None:
    distance = drawn(seed, 10, 8)
    found = p_median(distance, count, existing=[1, 6], forbidden=[0, 3])
    value, _ = next(
        one for one in medians(distance, np.zeros(8), count) if {1, 6} <= set(one[1]) and not {0, 3} & set(one[1])
    )
    assert found.solution.value == value
    assert {1, 6} <= set(found.sites.tolist())
    assert not {0, 3} & set(found.sites.tolist())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_alternatives_are_all_choices_as_good(seed: int, count: int) -> None:
    distance = np.random.default_rng(seed).integers(0, 4, (6, 7)).astype(float)
    found = p_median(distance, count, alternatives=100)
    every = medians(distance, np.zeros(7), count)
    best = {some for value, some in every if value == every[0][0]}
    told = [tuple(found.sites.tolist()), *(tuple(one.tolist()) for one in found.alternatives)]
    assert len(told) == len(set(told))
    assert set(told) == best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 6), st.booleans(), st.booleans())
def test_capacitated_is_the_best_of_all_choices(
    seed: int, clients: int, sites: int, alike: bool, existing: bool
) -> None:
    rng = np.random.default_rng(seed)
    cost, fixed = rng.uniform(0, 100, (clients, sites)), rng.uniform(0, 60, sites)
    demand = rng.integers(0, 10, clients).astype(float)
    room = np.full(sites, rng.integers(5, 40)) if alike else rng.integers(1, 40, sites).astype(float)
    kept = [0] if existing else []
    found = capacitated(cost, fixed, demand, room, existing=kept)
    choices = [
        some for k in range(1, sites + 1) for some in map(list, combinations(range(sites), k)) if set(kept) <= set(some)
    ]
    value = min(serving(cost[:, some], demand, room[some]) + fixed[some].sum() for some in choices)
    if np.isinf(value):
        assert found.solution.status == "infeasible"
        assert found.solution.relax[0].by == pytest.approx(demand.sum() - room.sum())
        return
    assert found.solution.status == "optimal"
    assert found.solution.value == pytest.approx(value, rel=1e-6)
    assert found.solution.bound == pytest.approx(value, rel=1e-6)
    share = np.zeros((clients, sites))
    share[found.client, found.site] = found.share
    assert share.sum(axis=1) == pytest.approx(np.ones(clients))
    assert np.all(demand @ share <= room + 1e-6)
    assert (cost * share).sum() + fixed[found.sites].sum() == pytest.approx(value, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(0, 4), st.booleans(), st.integers(1, 40))
def test_bound_and_fixing_never_lose_a_better_choice(seed: int, low: int, more: int, limited: bool, steps: int) -> None:
    rng = np.random.default_rng(seed)
    n, m, high = 8, 7, min(low + more, 7)
    cost, fixed = rng.integers(0, 30, (n, m)).astype(float), rng.integers(0, 20, m).astype(float)
    demand, room = rng.integers(1, 9, n).astype(float), rng.integers(8, 30, m).astype(float)
    case = Case(cost, fixed, low, high, demand if limited else None, room if limited else None)
    held = np.arange(m) == (seed % m if low > 1 else -1)

    def value(some: tuple[int, ...]) -> float:
        chosen = list(some)
        paid = serving(cost[:, chosen], demand, room[chosen]) if limited else float(cost[:, chosen].min(axis=1).sum())
        return paid + float(fixed[chosen].sum())

    choices = {
        some: value(some)
        for k in range(low, high + 1) for some in combinations(range(m), k) if set(np.flatnonzero(held)) <= set(some)
    }  # fmt: skip
    best = min(choices.values())
    node = Node(np.arange(m), held, low, high, rng.uniform(0, 20, n))
    dual = Dual(case, node)
    target = best if np.isfinite(best) else 500.0
    ascent = ascend(dual, node.price, target, np.inf, ROOT.__class__(steps, 10, 1.5, 0.01))
    for point in (ascent.best, dual.at(rng.uniform(0, 40, n), exact=bool(seed % 2))):
        assert point.bound <= best + 1e-6
        with_it, without_it = bounds(node, point)
        for some, paid in choices.items():
            inside = np.isin(np.arange(m), some)
            assert np.all(with_it[inside] <= paid + 1e-6)
            assert np.all(without_it[~inside] <= paid + 1e-6)
        cutoff = best + float(rng.uniform(-5, 20)) if np.isfinite(best) else 100.0
        better = {some for some, paid in choices.items() if paid < cutoff - 1e-6}
        left = narrowed(case, node, point, cutoff) if point.bound < cutoff else None
        if left is None:
            assert not better
            continue
        found, stays = left
        assert np.array_equal(found.sites, node.sites[stays])
        for some in better:
            assert set(some) <= set(found.sites.tolist())
            assert set(found.sites[found.held].tolist()) <= set(some)
            assert found.low <= len(some) <= found.high


def test_without_capacities_and_with_limits_of_number() -> None:
    rng = np.random.default_rng(5)
    cost, fixed = rng.integers(0, 50, (20, 8)).astype(float), rng.integers(5, 40, 8).astype(float)
    found = capacitated(cost, fixed, np.ones(20), np.full(8, np.inf), count=(2, 3))
    every = [one for k in (2, 3) for one in medians(cost, fixed, k)]
    assert found.solution.value == min(value for value, _ in every)
    assert found.solution.status == "optimal"


def test_the_same_input_gives_the_same_answer() -> None:
    place = np.random.default_rng(3).uniform(0, 9, (60, 2))
    distance = np.round(np.linalg.norm(place[:, None] - place, axis=2))
    first, second = p_median(distance, 6, alternatives=3), p_median(distance, 6, alternatives=3)
    assert same(first, second)
    rng = np.random.default_rng(4)
    given_ = (rng.uniform(0, 90, (40, 12)), rng.uniform(50, 90, 12), rng.uniform(1, 9, 40), np.full(12, 30.0))
    assert same(capacitated(*given_), capacitated(*given_))


def same(first: Located, second: Located) -> bool:
    arrays = [(getattr(first, name), getattr(second, name)) for name in ("sites", "client", "site", "share")]
    arrays += list(zip(first.alternatives, second.alternatives, strict=True))
    return first.solution == second.solution and all(np.array_equal(a, b) for a, b in arrays)


@pytest.mark.parametrize(
    ("solve", "by", "words"),
    [
        (lambda: p_median(np.ones((4, 3)), 5), 2.0, "5 sites are asked for, 3 can be had"),
        (lambda: p_median(np.ones((4, 3)), 3, forbidden=[0]), 1.0, "3 sites are asked for, 2 can be had"),
        (lambda: p_median(np.ones((4, 3)), 1, existing=[0, 2]), 1.0, "2 sites exist already"),
        (lambda: capacitated(np.ones((4, 2)), [1, 1], [3, 3, 3, 3], [4, 5]), 3.0, "2 sites that may be open hold less"),
        (lambda: capacitated(np.ones((4, 2)), [1, 1], [3, 3, 3, 3], [9, 9], count=(1, 1)), 3.0, "hold less"),
    ],
)  # fmt: skip
def test_infeasible_says_what_and_by_how_much(solve: Callable[[], Located], by: float, words: str) -> None:
    found = solve()
    assert found.solution.status == "infeasible"
    assert found.solution.value is None
    assert len(found.sites) == 0
    assert [relax.by for relax in found.solution.relax] == [by]
    assert words in say(found.solution.relax[0].limit, "en")


def test_arguments_that_cannot_be_are_told_all_at_once() -> None:
    with pytest.raises(UsageFault) as raised:
        p_median([[1.0, np.nan], [2.0, -1.0]], 1, weight=[1.0], fixed=[0.0, np.inf], existing=[1, 7], forbidden=[1])
    codes = [fault.what.code for fault in raised.value.faults]
    assert codes == [
        f"solve_location.{code}" for code in ("not-finite", "bad-shape", "not-finite", "no-site", "both-ways")
    ]
    assert all(fault.say(lang) for fault in raised.value.faults for lang in ("zh", "en"))


def test_no_clients_is_empty() -> None:
    assert p_median(np.zeros((0, 3)), 1).solution.status == "empty"
    assert capacitated(np.zeros((0, 3)), np.ones(3), [], np.ones(3)).solution.status == "empty"


def test_cancelled_and_out_of_time() -> None:
    distance = np.random.default_rng(1).uniform(0, 1, (120, 120))

    def stop(done: int, total: int, what: Why | None = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        p_median(distance, 9, progress=stop)
    found = p_median(distance, 9, seconds=1e-9).solution
    assert found.status in ("stopped_by_time", "optimal")
    assert found.value is not None
    assert found.bound is not None
    assert found.bound <= found.value
    place = np.random.default_rng(1).uniform(0, 1, (120, 2))
    few = p_median(np.linalg.norm(place[:, None] - place, axis=2), 9, nodes=1).solution
    assert few.status in ("feasible", "optimal")
    assert few.gap is not None
    assert few.gap < 0.05
