"""Stability against brute force: no blocking pair, nothing better for the side that asks, every blocking pair found."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.solve.market import Loads, Market
from tongtu.solve.stable import accepted, blocking, ranks


@st.composite
def both_sides(draw: st.DrawFn) -> tuple[Market, np.ndarray, np.ndarray]:
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    cells = sorted(draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), max_size=8)))
    left, right = np.array(cells, np.int64).reshape(-1, 2).T
    most = [np.array(draw(st.lists(st.integers(0, 2), min_size=k, max_size=k))) for k in (n, m)]
    market = Market(left, right, np.zeros(len(cells)), Loads.upto(most[0]), Loads.upto(most[1]))
    order = [np.array(draw(st.permutations(range(len(cells)))), np.int64) for _ in range(2)]
    return market, order[0], order[1]


def _blocks(market: Market, chosen: tuple[bool, ...], mine: np.ndarray, theirs: np.ndarray, k: int) -> bool:
    """The definition, word for word."""
    if chosen[k]:
        return False
    for node, loads, rank in ((market.left, market.lefts, mine), (market.right, market.rights, theirs)):
        held = [rank[e] for e in range(len(chosen)) if chosen[e] and node[e] == node[k]]
        most = loads.most[node[k]]
        if most == 0 or (len(held) >= most and rank[k] >= max(held)):
            return False
    return True


def _fits(market: Market, chosen: tuple[bool, ...]) -> bool:
    given, taken = market.loads(np.array(chosen, bool))
    return bool((given <= market.lefts.most).all() and (taken <= market.rights.most).all())


@settings(max_examples=80, deadline=None)
@given(both_sides())
def test_deferred_acceptance_is_stable_and_best_for_who_asks(case) -> None:
    market, mine, theirs = case
    chosen = accepted(market, mine, theirs)
    assert _fits(market, tuple(chosen))
    assert not len(blocking(market, chosen, mine, theirs))
    for other in itertools.product([False, True], repeat=len(mine)):
        if not _fits(market, other) or any(_blocks(market, other, mine, theirs, k) for k in range(len(mine))):
            continue
        for i in range(len(market.lefts)):
            got, could = (sorted(mine[np.array(x, bool) & (market.left == i)]) for x in (chosen, other))
            assert len(got) == len(could)
            assert all(a <= b for a, b in zip(got, could, strict=True))


@settings(max_examples=80, deadline=None)
@given(both_sides(), st.randoms())
def test_every_blocking_pair_is_found(case, random) -> None:
    market, mine, theirs = case
    chosen = tuple(random.random() < 0.4 for _ in mine)
    expected = [k for k in range(len(mine)) if _blocks(market, chosen, mine // 2, theirs // 2, k)]
    if _fits(market, chosen):
        assert blocking(market, np.array(chosen, bool), mine // 2, theirs // 2).tolist() == expected


def test_scores_as_orders() -> None:
    rank = ranks(np.array([0, 0, 0, 1]), np.array([0.5, 0.9, 0.5, 0.1]))
    assert rank.tolist() == [2, 1, 2, 1]
    assert ranks(np.zeros(0, np.int64), np.zeros(0)).tolist() == []
