"""The chooser against brute force, its own bound, exact money, and floors that cannot be met."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.solve.choose import Chosen, Floor, Pots, choose
from tongtu.terms.why import Why

AT_LEAST = Why("solve.test")


@st.composite
def instances(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, Pots]:
    n, b = draw(st.integers(0, 6)), draw(st.integers(0, 3))
    value = np.array(draw(st.lists(st.integers(0, 20), min_size=n, max_size=n)), float) / 20
    cost = np.array(draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)), np.int64)
    group = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.int64)
    room = np.array(draw(st.lists(st.integers(0, 30), min_size=b, max_size=b)), np.int64)
    pairs = [(g, p) for g in range(3) for p in range(b) if draw(st.booleans())]
    rate = [draw(st.sampled_from([1.0, 0.5, 1.3])) for _ in pairs]
    entry, pot = (np.array([pair[k] for pair in pairs], np.int64) for k in (0, 1))
    pots = Pots(room, entry, pot, np.array(rate, float))
    return value, cost, group, pots


def brute(value: np.ndarray, cost: np.ndarray, group: np.ndarray, pots: Pots, floors: list[Floor]) -> float | None:
    """The best value over all ways to assign, or None."""
    best = None
    reach = {(int(g), int(p)): float(r) for g, p, r in zip(pots.group, pots.pot, pots.rate, strict=True)}
    for taken in itertools.product(range(-1, len(pots.room)), repeat=len(value)):
        left = [int(x) for x in pots.room]
        allowed = True
        for i, p in enumerate(taken):
            if p >= 0:
                allowed &= (int(group[i]), p) in reach
                left[p] -= int(np.ceil(cost[i] * reach.get((int(group[i]), p), 1.0) - 1e-6))
        chosen = np.array([p >= 0 for p in taken], bool)
        if allowed and min(left, default=0) >= 0 and all(f.weight[chosen].sum() >= f.least for f in floors):
            best = max(best if best is not None else 0.0, float(value[chosen].sum()))
    return best


def check(answer: Chosen, cost: np.ndarray, pots: Pots) -> None:
    for p, room in enumerate(pots.room):
        assert answer.paid[answer.pot == p].sum() <= room
    assert (answer.paid[answer.pot < 0] == 0).all()
    solution = answer.solution
    assert solution.value is not None
    assert solution.bound is not None
    assert solution.bound >= solution.value


@given(instances(), st.integers(0, 4))
@settings(max_examples=120, deadline=None)
def test_equals_brute_force(instance: tuple[np.ndarray, np.ndarray, np.ndarray, Pots], least: int) -> None:
    value, cost, group, pots = instance
    floors = [Floor(AT_LEAST, np.arange(len(value)) % 2 + 0.0, least)] if least else []
    answer = choose(value, cost, group, pots, floors, problem="test")
    expected = brute(value, cost, group, pots, floors)
    if expected is None:
        assert answer.solution.status == "infeasible"
        assert answer.solution.relax[0].by > 0
        shortest = answer.solution.relax[0].by  # giving way by just this much makes it possible
        eased = [Floor(AT_LEAST, floors[0].weight, least - round(shortest, 6))]
        assert brute(value, cost, group, pots, eased) is not None
        return
    check(answer, cost, pots)
    assert answer.solution.status in ("optimal", "empty")
    assert answer.solution.value == pytest.approx(expected, abs=1e-6)


def random_instance(n: int, b: int, groups: int, reach: float, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    cost = rng.lognormal(17, 1, n).astype(np.int64) + 1
    room = (cost.sum() * 0.3 / b * rng.uniform(0.5, 1.5, b)).astype(np.int64)
    group, pot = np.nonzero(rng.random((groups, b)) < reach)
    return rng.uniform(0.02, 0.4, n), cost, rng.integers(0, groups, n), room, group, pot


def test_same_answer_twice_and_nothing_printed(capfd: pytest.CaptureFixture[str]) -> None:
    value, cost, group, room, entry, pot = random_instance(80, 4, 6, 0.5, 3)
    pots = Pots(room, entry, pot, np.ones(len(pot)))
    first, second = (choose(value, cost, group, pots, problem="test") for _ in range(2))
    assert first.solution == second.solution
    assert (first.pot == second.pot).all()
    check(first, cost, pots)
    assert first.solution.gap is not None
    assert first.solution.gap < 0.01
    assert capfd.readouterr().out == ""


def test_items_alike_are_taken_in_their_order() -> None:
    pots = Pots(np.array([30]), np.array([0]), np.array([0]), np.ones(1))
    answer = choose(np.full(5, 0.5), np.full(5, 10), np.zeros(5, np.int64), pots, problem="test")
    assert answer.pot.tolist() == [0, 0, 0, -1, -1]


def test_a_price_tells_what_more_money_would_bring() -> None:
    value, cost, group, room, entry, pot = random_instance(3000, 4, 5, 0.8, 7)
    pots = Pots(room, entry, pot, np.ones(len(pot)))
    base = choose(value, cost, group, pots, problem="test", core=0)
    extra = int(room[1] * 0.1)
    richer = Pots(room + np.array([0, extra, 0, 0]), entry, pot, pots.rate)
    more = choose(value, cost, group, richer, problem="test", core=0)
    gained = more.solution.bound - base.solution.bound  # type: ignore[operator]
    assert gained == pytest.approx(base.price[1] * extra, rel=0.1)
    assert gained <= base.price[1] * extra * (1 + 1e-9)  # the value is concave in the money


def test_ten_thousand_items_and_fifty_pots_in_seconds() -> None:
    value, cost, group, room, entry, pot = random_instance(10_000, 50, 300, 0.1, 0)
    pots = Pots(room, entry, pot, np.ones(len(pot)))
    began = time.process_time()
    answer = choose(value, cost, group, pots, problem="test")
    assert time.process_time() - began < 60
    check(answer, cost, pots)
    assert answer.solution.gap is not None
    assert answer.solution.gap < 0.001
