"""The assignment against a linear program and against scipy's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

from tongtu.solve.flow import assign


@st.composite
def markets(draw: st.DrawFn):
    """Edges in order, scores of six decimals at most, capacities on both sides."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cells = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), unique=True, max_size=12))
    scores = draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.123456, 1.0]), min_size=len(cells), max_size=len(cells)))
    capacity = st.integers(0, 3)
    left, right = (draw(st.lists(capacity, min_size=k, max_size=k)) for k in (n, m))
    return sorted(cells), np.array(scores), np.array(left), np.array(right)


def _edges(cells):
    array = np.array(cells, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _best(cells, scores, left, right) -> float:
    if not cells:
        return 0.0
    limits = np.zeros((len(left) + len(right), len(cells)))
    for edge, (i, j) in enumerate(cells):
        limits[i, edge] = limits[len(left) + j, edge] = 1
    return -linprog(-scores, A_ub=limits, b_ub=np.concatenate([left, right]), bounds=(0, 1)).fun


@settings(max_examples=80, deadline=None)
@given(markets())
def test_the_optimum_is_that_of_the_linear_program(market) -> None:
    cells, scores, left, right = market
    answer = assign(*_edges(cells), scores, left, right)
    chosen = [cell for cell, taken in zip(cells, answer.chosen, strict=True) if taken]
    assert scores[answer.chosen].sum() == pytest.approx(_best(cells, scores, left, right), abs=1e-7)
    assert all(sum(i == c[0] for c in chosen) <= room for i, room in enumerate(left))
    assert all(sum(j == c[1] for c in chosen) <= room for j, room in enumerate(right))


@settings(max_examples=80, deadline=None)
@given(markets())
def test_a_price_is_what_one_more_place_adds(market) -> None:
    cells, scores, left, right = market
    answer = assign(*_edges(cells), scores, left, right)
    before = _best(cells, scores, left, right)
    for node in range(len(right)):
        more = right + (np.arange(len(right)) == node)
        assert answer.price[node] == pytest.approx(_best(cells, scores, left, more) - before, abs=1e-7)


def test_one_to_one_is_scipys_assignment() -> None:
    scores = np.random.default_rng(7).random((40, 30)).round(6)
    left, right = (axis.ravel() for axis in np.indices(scores.shape))
    answer = assign(left, right, scores.ravel(), np.ones(40, int), np.ones(30, int))
    rows, columns = linear_sum_assignment(scores, maximize=True)
    assert answer.solution.value == pytest.approx(scores[rows, columns].sum(), abs=1e-9)
    assert (answer.solution.status, answer.solution.gap) == ("optimal", 0.0)


def test_equal_scores_go_to_the_first_and_nothing_is_left_idle() -> None:
    left, right = np.array([0, 0, 0]), np.array([0, 1, 2])
    answer = assign(left, right, np.zeros(3), np.array([2]), np.array([1, 1, 1]))
    assert answer.chosen.tolist() == [True, True, False]


def test_huge_capacities_are_no_matter() -> None:
    answer = assign(np.array([0]), np.array([0]), np.array([0.5]), np.array([10**12]), np.array([10**12]))
    assert answer.solution.value == 0.5


def test_no_edges_is_empty_and_nonsense_is_refused() -> None:
    none = np.array([], dtype=np.int64)
    assert assign(none, none, none.astype(float), np.array([1]), np.array([1])).solution.status == "empty"
    for bad in (np.nan, -0.1, np.inf):
        with pytest.raises(ValueError, match="score"):
            assign(np.array([0]), np.array([0]), np.array([bad]), np.array([1]), np.array([1]))
