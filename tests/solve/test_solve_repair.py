"""Repair equals a full solve after every change, whatever came before it."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.solve.flow import assign, best
from tongtu.solve.market import Loads, Market
from tongtu.solve.repair import Clearing

SCORES = st.sampled_from([0.1, 0.25, 0.5, 0.500001, 0.9, 1.0])


@st.composite
def markets(draw: st.DrawFn) -> Market:
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cells = sorted(draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), max_size=12)))
    left, right = np.array(cells, np.int64).reshape(-1, 2).T
    score = np.array(draw(st.lists(SCORES, min_size=len(cells), max_size=len(cells))), float)
    most = [np.array(draw(st.lists(st.integers(0, 3), min_size=k, max_size=k))) for k in (n, m)]
    least = [np.array([draw(st.integers(0, min(1, int(x)))) for x in side]) for side in most]
    return Market(left, right, score, Loads(least[0], most[0]), Loads(least[1], most[1]))


def _change(clearing: Clearing, draw: st.DrawFn) -> None:
    now = clearing.market()
    n, m = len(now.lefts), len(now.rights)
    kind = draw(st.sampled_from(["left", "right", "remove", "left_most", "right_most"]))
    if kind in ("left", "right"):
        others = sorted(draw(st.sets(st.integers(0, (m if kind == "left" else n) - 1), max_size=4)))
        score = np.array(draw(st.lists(SCORES, min_size=len(others), max_size=len(others))), float)
        add = clearing.add_left if kind == "left" else clearing.add_right
        add(np.array(others, np.int64), score, draw(st.integers(0, 3)), draw(st.integers(0, 1)))
    elif kind == "remove":
        count = clearing._edges.count
        if count:
            clearing.remove(draw(st.sets(st.integers(0, count - 1), max_size=3)))
    elif kind == "left_most":
        clearing.left_most(draw(st.integers(0, n - 1)), draw(st.integers(0, 3)))
    else:
        clearing.right_most(draw(st.integers(0, m - 1)), draw(st.integers(0, 3)))


@settings(max_examples=150, deadline=None)
@given(markets(), st.data())
def test_after_every_change_the_value_is_that_of_a_full_solve(market: Market, data: st.DataObject) -> None:
    found = best(market)
    if found.solution.status == "infeasible":
        return
    clearing = Clearing(found)
    for _ in range(data.draw(st.integers(1, 6))):
        _change(clearing, data.draw)
        full, mine = best(clearing.market()).solution, clearing.solution()
        assert (mine.status == "infeasible") == (full.status == "infeasible")
        if full.status == "infeasible":
            assert sum(r.by for r in mine.relax) >= sum(r.by for r in full.relax)
        else:
            assert clearing.value == pytest.approx(full.value or 0.0, abs=1e-9)
        edges, now = clearing._edges, clearing.market()
        for node, loads in ((edges.left, now.lefts), (edges.right, now.rights)):
            assert (np.bincount(node[clearing.chosen], minlength=len(loads)) <= loads.most).all()


@settings(max_examples=60, deadline=None)
@given(markets(), st.data())
def test_prices_after_a_change_are_what_one_more_place_adds(market: Market, data: st.DataObject) -> None:
    found = best(
        Market(market.left, market.right, market.score, Loads.upto(market.lefts.most), Loads.upto(market.rights.most))
    )
    clearing = Clearing(found)
    clearing.add_left(np.array([0]), np.array([0.7]), 1)
    now = clearing.market()
    for node in range(len(now.rights)):
        more = Loads.upto(now.rights.most + (np.arange(len(now.rights)) == node))
        wider = best(Market(now.left, now.right, now.score, now.lefts, more)).solution.value or 0.0
        assert clearing.price(node) == pytest.approx(wider - clearing.value, abs=1e-9)


def test_what_changed_is_told() -> None:
    found = assign(np.array([0]), np.array([0]), np.array([0.4]), np.array([1]), np.array([1]))
    clearing = Clearing(found)
    given_, taken = clearing.add_left(np.array([0]), np.array([0.9]), 1)
    assert (given_.tolist(), taken.tolist(), clearing.value) == ([1], [0], 0.9)
    given_, taken = clearing.remove([1])
    assert (given_.tolist(), taken.tolist(), clearing.value) == ([0], [1], 0.4)


def test_one_new_need_costs_little_however_large_the_market() -> None:
    rng = np.random.default_rng(5)
    n, m = 20_000, 4_000
    left = np.repeat(np.arange(n), 20)
    right = np.concatenate([rng.choice(m, 20, replace=False) for _ in range(n)])
    market = Market(left, right, rng.random(n * 20).round(6), Loads.upto(np.full(n, 2)), Loads.upto(np.full(m, 9)))
    clearing = Clearing(best(market))
    times = []
    for _ in range(20):
        others = np.sort(rng.choice(m, 20, replace=False))
        begun = time.process_time()
        clearing.add_left(others, rng.random(20).round(6), 2)
        times.append(time.process_time() - begun)
    assert np.median(times) < 0.2
    assert clearing.value == pytest.approx(best(clearing.market()).solution.value, abs=1e-6)
