"""Competing ways out worked by hand, against the binomial law and a simulated truth; intervals of shares and rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.lifetimes import clopper_pearson, jeffreys, poisson_rate, upper_of_none, ways_out, wilson


def test_shares_worked_by_hand() -> None:
    # day 1: way 0 of 5; day 2: open; day 3: way 1 of 3; day 4: way 0 of 2; day 5: open
    found = ways_out([1, 2, 3, 4, 5], [0, -1, 1, 0, -1])
    assert found.share[0] == pytest.approx([1 / 5, 1 / 5, 1 / 5, 1 / 5 + 4 / 5 * 2 / 3 / 2, 7 / 15])
    assert found.share[1] == pytest.approx([0, 0, 4 / 5 / 3, 4 / 15, 4 / 15])
    assert found.stay + found.share.sum(axis=0) == pytest.approx(np.ones(5))


def test_one_minus_survival_of_one_way_alone_says_too_much() -> None:
    found = ways_out([1, 2, 3, 4], [0, 1, 0, 1])
    assert found.share[0, -1] == pytest.approx(0.5)  # 1 - Kaplan-Meier would say 1 - 3/4 * 1/2 = 0.625


ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 1)), min_size=2, max_size=40)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_without_open_cases_shares_and_errors_are_the_binomial_ones(rows: list[tuple[int, int, int]]) -> None:
    found = ways_out([r[0] for r in rows], [r[1] for r in rows], group=[r[2] for r in rows], groups=2, ways=3)
    for g in range(2):
        mine, here = [r for r in rows if r[2] == g], found.counted.span(g)
        for i, t in enumerate(found.counted.times[here], start=here.start):
            for way in range(3):
                p = sum(1 for r in mine if r[1] == way and r[0] <= t) / len(mine)
                assert found.share[way, i] == pytest.approx(p, abs=1e-12)
                assert found.error[way, i] == pytest.approx(np.sqrt(p * (1 - p) / len(mine)), abs=1e-7)


def test_one_way_alone_is_kaplan_meier_with_greenwoods_error() -> None:
    from tongtu.lifetimes import survival

    rng = np.random.default_rng(2)
    times, way = rng.integers(1, 40, 200), np.where(rng.random(200) < 0.6, 0, -1)
    found, curves = ways_out(times, way), survival(times, way == 0)
    assert found.share[0] == pytest.approx(1 - curves.share)
    inside = curves.share > 0
    assert found.error[0][inside] == pytest.approx(curves.error[inside])


def test_intervals_of_competing_ways_cover() -> None:
    rng = np.random.default_rng(8)
    worlds, n = 500, 60
    life, end = rng.exponential(40, (worlds, n)), rng.uniform(30, 150, (worlds, n))
    way = np.where(life <= end, np.where(rng.random((worlds, n)) < 0.3, 0, 1), -1)
    found = ways_out(np.minimum(life, end).ravel(), way.ravel(), group=np.repeat(np.arange(worlds), n))
    _, low, high = found.at(30, 0.9)
    truth = 0.3 * (1 - np.exp(-30 / 40))
    assert 0.86 < ((low[0] <= truth) & (truth <= high[0])).mean() < 0.95


def test_shares_beyond_what_was_followed_are_unknown() -> None:
    found = ways_out([5, 6, 2, 3], [0, -1, 0, 1], group=[0, 0, 1, 1])
    share, _, _ = found.at(9)
    assert np.isnan(share[:, 0]).all()
    assert share[:, 1].tolist() == [0.5, 0.5]
    share, low, high = found.at(1)
    assert share[0].tolist() == [0, 0]
    assert low[0].tolist() == [0, 0]
    assert (high[0] > 0.5).all()
    assert np.isnan(ways_out([], [], groups=1, ways=2).at(1)[0]).all()


def test_published_intervals_of_shares() -> None:
    # Brown, Cai and DasGupta (2001) and the usual tables: 7 of 20, 95 %
    assert np.round(wilson(7, 20), 4).tolist() == [0.1812, 0.5671]
    assert np.round(clopper_pearson(7, 20), 4).tolist() == [0.1539, 0.5922]
    low, high = jeffreys(0, 20)
    assert low == 0
    assert 0.11 < high < 0.13
    assert upper_of_none(100) == pytest.approx(0.0295, abs=5e-5)  # the rule of three says 0.03
    assert np.isnan(upper_of_none(0))
    assert np.isnan(wilson(0, 0).low)


def test_published_intervals_of_rates() -> None:
    # Garwood (1936): 95 % of a count of 10 is 4.795 to 18.390, of 0 is 0 to 3.689
    assert np.round(poisson_rate(10, 1), 3).tolist() == [4.795, 18.39]
    assert np.round(poisson_rate([0, 0], [1, 2]).high, 3).tolist() == [3.689, 1.844]
    assert np.isnan(poisson_rate(0, 0).high)


@pytest.mark.parametrize("interval", [wilson, jeffreys, clopper_pearson])
def test_impossible_counts_are_refused(interval: object) -> None:
    for hits, n in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="hits"):
            interval(hits, n)  # type: ignore[operator]
    with pytest.raises(ValueError, match="coverage"):
        wilson(1, 2, 1.5)
    with pytest.raises(ValueError, match="negative"):
        poisson_rate(-1, 2)
