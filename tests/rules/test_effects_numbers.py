"""The estimators alone: against other programs' numbers, known truth, and what no scale may change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.rules.effects.bunching import binomial_test, bunching, density_test
from tongtu.rules.effects.estimates import Crowd, find
from tongtu.rules.effects.local import Jumps, jumps, optimal
from tongtu.rules.effects.ratio import ratio


def points(n: int = 600):
    """A set without any generator, the same on every machine: x, right, y, treated."""
    from scipy.special import ndtri

    i = np.arange(1, n + 1)
    u, v, w = ((i * step) % 1 for step in (0.6180339887498949, 0.7548776662466927, 0.5698402909980532))
    x = np.sign(2 * u - 1) * np.abs(2 * u - 1) ** 1.2
    right = x >= 0
    treated = (w < np.where(right, 0.8, 0.1)).astype(float)
    y = 0.5 + 0.8 * x + 0.9 * x**2 - 1.1 * x**3 * right + 0.4 * treated + 0.3 * ndtri(v)
    return x, right, y, treated


# --- other programs: numbers obtained with rdrobust 2.1.1 and rddensity 3.0 on the same points ---------------


@pytest.mark.parametrize(
    ("order", "estimate", "error"),
    [(1, 0.19917578, 0.07714188), (2, 0.15353154, 0.1067071)],  # rdrobust(h=0.4, b=0.4, vce="hc3"): line, robust
)
def test_a_jump_is_that_of_rdrobust(order, estimate, error):
    x, right, y, _ = points()
    found = jumps(x, right, y[:, None], 0.4, np.arange(len(x)), order)
    assert found.values[0] == pytest.approx(estimate, abs=1e-8)
    assert math.sqrt(found.covariance[0, 0]) == pytest.approx(error, abs=1e-8)


def test_a_ratio_of_jumps_is_that_of_rdrobust():
    x, right, y, treated = points()
    found = jumps(x, right, np.column_stack((y, treated)), 0.4, np.arange(len(x)), order=1)
    fuzzy = found.values[0] / found.values[1]
    assert fuzzy == pytest.approx(0.32943125, abs=1e-8)
    linear = math.sqrt(found.variance(np.array([1, -fuzzy]))) / found.values[1]
    assert linear == pytest.approx(0.11658503, abs=1e-8)


def test_the_bandwidth_is_near_that_of_rdrobust():
    x, right, y, _ = points()  # 0.3469 and 0.3478 there with plug-in residuals, 0.3569 with nearest neighbours
    assert optimal(x, right, y) == pytest.approx(0.3521, rel=0.03)


@pytest.mark.parametrize(
    ("bandwidth", "below", "above", "error"),
    [(0.3, 0.854954, 0.807630, 0.321812), (0.5, 0.765621, 0.765558, 0.238738)],
)
def test_densities_are_near_those_of_rddensity(bandwidth, below, above, error):
    x, right, _, _ = points()  # there the distribution function leaves out the point itself: a difference of 1/n
    found = density_test(x, right, bandwidth)
    assert (found.below, found.above) == (pytest.approx(below, rel=2e-3), pytest.approx(above, rel=2e-3))
    assert found.error == pytest.approx(error, rel=2e-3)


# --- what must hold exactly ---------------------------------------------------------------------------------


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=6), st.floats(0.2, 1.0))
def test_quadratics_are_reproduced_without_error(coefficients, bandwidth):
    x, right, _, _ = points(200)
    a, b, c, d, e, f = coefficients
    y = np.where(right, a + b * x + c * x**2, d + e * x + f * x**2)
    found = jumps(x, right, y[:, None], bandwidth, np.arange(len(x)))
    assert found.values[0] == pytest.approx(a - d, abs=1e-8)
    assert found.covariance[0, 0] == pytest.approx(0, abs=1e-12)


@given(st.floats(0.01, 1000), st.floats(0.01, 1000))
@settings(max_examples=25)
def test_units_change_nothing_but_units(of_x, of_y):
    x, right, y, _ = points(300)
    assert optimal(x * of_x, right, y * of_y) == pytest.approx(of_x * optimal(x, right, y), rel=1e-6)


def test_the_other_way_round_the_jump_changes_sign():
    x, right, y, _ = points(300)
    forth = jumps(x, right, y[:, None], 0.5, np.arange(300))
    back = jumps(-x, ~right, y[:, None], 0.5, np.arange(300))
    assert back.values[0] == pytest.approx(-forth.values[0])
    assert optimal(-x, ~right, y) == pytest.approx(optimal(x, right, y))
    assert bunching(-x, ~right) == pytest.approx(bunching(x, right), rel=0.1)


def test_a_firm_seen_twice_is_one_firm():
    x, right, y, _ = points(300)
    once = jumps(x, right, y[:, None], 0.5, np.arange(300))
    twice = jumps(np.tile(x, 2), np.tile(right, 2), np.tile(y, 2)[:, None], 0.5, np.tile(np.arange(300), 2))
    assert twice.values[0] == pytest.approx(once.values[0])
    assert twice.covariance[0, 0] == pytest.approx(once.covariance[0, 0], rel=0.1)  # leverage is halved


def test_an_interval_has_an_end_only_where_the_lower_jump_is_sure():
    sure = ratio(Jumps(np.array([1.0, 0.5]), np.diag([0.04, 0.01])), 0, 1)
    assert sure is not None
    assert sure.low < sure.value == 2.0 < sure.high
    for end in (sure.low, sure.high):  # every ratio the data do not reject, up to those they just do
        assert (1 - end * 0.5) ** 2 == pytest.approx(1.959963984540054**2 * (0.04 + end**2 * 0.01))
    assert ratio(Jumps(np.array([1.0, 0.19]), np.diag([0.04, 0.01])), 0, 1) is None
    sharp = ratio(Jumps(np.array([1.0, 1.0]), np.diag([0.04, 0.0])), 0, 1)
    assert sharp is not None
    assert (sharp.low, sharp.high) == (pytest.approx(1 - 1.96 * 0.2, abs=1e-3), pytest.approx(1 + 1.96 * 0.2, abs=1e-3))


# --- known truth --------------------------------------------------------------------------------------------

SETS = 250


def crowd(draw, n, share, rounds=1):
    firm = np.repeat(np.arange(n), rounds)
    x = np.repeat(draw.normal(0.05, 0.4, n), rounds) + draw.normal(0, 0.1, n * rounds)
    right = x >= 0
    title = draw.random(len(x)) < np.where(right, *share)
    return Crowd(x, right, firm, title, np.zeros(len(x), bool))


def logs(draw, firms, curve=lambda x: 0.5 * x + 0.4 * np.sin(3 * x)):
    own = draw.normal(0, 0.15, len(firms.x))[firms.firm]  # what a firm's rounds have in common
    change = curve(firms.x) + 0.2 * firms.title + own + 0.25 * draw.standard_t(6, len(firms.x))
    return change, change, draw.normal(0, 0.3, len(firms.x))


def counts(draw, firms):
    mean = 6 * np.exp(0.3 * firms.x)
    before, post = draw.poisson(mean), draw.poisson(mean * (1 + 0.2 * firms.title))
    return post.astype(float), (post - before).astype(float), draw.normal(0, 2, len(firms.x))


@pytest.mark.parametrize(
    ("name", "share", "rounds", "scale", "truth"),
    [
        ("sharp", (1.0, 0.0), 1, "log", math.expm1(0.2)),
        ("fuzzy, two rounds", (0.8, 0.1), 2, "log", math.expm1(0.2)),
        ("fuzzy, counts", (0.8, 0.1), 1, "level", 0.2),
    ],
)
def test_nineteen_of_twenty_intervals_hold_the_truth(name, share, rounds, scale, truth):
    draw = np.random.default_rng(11)
    found = []
    for _ in range(SETS):
        firms = crowd(draw, 900 // rounds, share, rounds)
        found.append(find(firms, scale, *(logs if scale == "log" else counts)(draw, firms)))
    effects = [f.effect for f in found if f.effect is not None]
    assert len(effects) > 0.9 * SETS
    assert 0.92 <= np.mean([e.low <= truth <= e.high for e in effects]) <= 0.98
    middle = np.median([e.value for e in effects])
    assert abs(middle - truth) < 0.15 * np.median([e.high - e.low for e in effects])
    refused = sum(f.verdict in ("uneven_before", "uneven_records") for f in found)
    assert refused < 0.1 * SETS


SHAPES = {
    "even": lambda draw, n: draw.uniform(-1, 1, n),
    "steep": lambda draw, n: draw.normal(-1, 1, n),
    "skewed": lambda draw, n: draw.exponential(1, n) - 0.5,
    "whole numbers": lambda draw, n: np.round(draw.normal(-2, 12, n)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_one_of_twenty_is_called_bunched_where_nobody_moves(shape):
    draw = np.random.default_rng(3)
    sets = [SHAPES[shape](draw, 800) for _ in range(300)]
    assert np.mean([density_test(x, x >= 0).p < 0.05 for x in sets]) == pytest.approx(0.05, abs=0.025)
    assert np.mean([bunching(x, x >= 0) < 0.05 for x in sets]) < 0.075


@pytest.mark.parametrize(("reach", "moved"), [(0.3, 0.5), (0.05, 0.8)])
def test_firms_moved_over_the_cut_are_seen(reach, moved):
    draw = np.random.default_rng(4)
    seen = []
    for _ in range(60):
        x = draw.normal(0, 1, 1000)
        pushed = (x < 0) & (x > -reach) & (draw.random(1000) < moved)
        x[pushed] = draw.uniform(0, reach, pushed.sum())
        seen.append(bunching(x, x >= 0) < 0.05)
    assert np.mean(seen) > 0.9


def test_the_binomial_companion_is_exact():
    x = np.array([-0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert binomial_test(x, x >= 0) == pytest.approx(2 * (1 + 6) / 64)
