"""Options: published tables, closed forms and simulation agree; what QuantLib 1.44 gives is written down here.

QuantLib figures were made once, elsewhere, with flat rates, 365-day years and the inputs given beside them.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.risk.special import bivariate_normal
from tongtu.risk.value import simulated
from tongtu.risk.value.closed import call, call_on_call
from tongtu.risk.value.lattice import Lattice, put
from tongtu.risk.value.rights import positive

# Longstaff and Schwartz (2001), Table 1, finite differences: strike 40, rate 6 %, 50 dates a year.
SPOT = np.repeat([36.0, 38, 40, 42, 44], 4)
VOLATILITY, YEARS = np.tile([0.2, 0.2, 0.4, 0.4], 5), np.tile([1.0, 2, 1, 2], 5)
TABLE = np.array([
    4.478, 4.840, 7.101, 8.508, 3.250, 3.745, 6.148, 7.670, 2.314, 2.885, 5.312, 6.920,
    1.617, 2.212, 4.582, 6.248, 1.110, 1.690, 3.948, 5.647,
])  # fmt: skip
EIGHT = np.array([
    [1.09, 1.08, 1.34], [1.16, 1.26, 1.54], [1.22, 1.07, 1.03], [0.93, 0.97, 0.92],
    [1.11, 1.56, 1.52], [0.76, 0.77, 0.90], [0.92, 0.84, 1.01], [0.88, 1.22, 1.34],
]).T  # fmt: skip


def european(spot: float, price: float, rate: float, volatility: float, years: float, steps: int = 200) -> float:
    """A call on the lattice."""
    one = np.ones(1)
    lattice = Lattice.over(volatility * one, years * one, steps)
    value = np.maximum(spot * lattice.factor - price, 0.0)
    return float(lattice.back(value, years * one, np.exp(-rate * years) * one, rate)[0, lattice.middle])


def test_the_published_table_on_the_lattice() -> None:
    assert put(SPOT, 40, 0.06, VOLATILITY, YEARS, dates=50, steps=10) == pytest.approx(TABLE, abs=0.006)


def test_the_published_table_by_simulation() -> None:
    exact = put(SPOT[:4], 40, 0.06, VOLATILITY[:4], YEARS[:4], dates=50, steps=10)
    for k in (0, 2):
        found = simulated.put(36, 40, 0.06, VOLATILITY[k], YEARS[k], dates=50, paths=40_000, seed=1)
        assert abs(found.value - exact[k]) <= 3.5 * found.error


def test_the_worked_example_of_eight_paths() -> None:
    found = simulated.least_squares(
        EIGHT, lambda s: np.maximum(1.10 - s, 0.0), float(np.exp(-0.06)), basis=simulated.powers
    )
    assert found.value == pytest.approx(0.1144, abs=5e-5)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((100, 10, 0.5, 100, 1, 0.05, 0.4), 10.961723), ((100, 10, 1, 100, 2, 0.05, 0.4), 18.907164),
        ((120, 25, 1, 100, 3, 0.03, 0.3), 18.693203), ((80, 5, 2, 90, 3, 0.02, 0.6), 27.284795),
    ],
)  # fmt: skip
def test_a_call_on_a_call(terms: tuple[float, ...], expected: float) -> None:
    """QuantLib's analytic engine, whose bivariate normal is good to about 1e-6."""
    assert call_on_call(*terms) == pytest.approx(expected, abs=5e-5)


def test_calls_and_puts_beside_quantlib() -> None:
    assert call_on_call(100, 10, 0.5, 100, 1, 0.05, 0.4) == pytest.approx(10.961731, abs=1e-6)  # by another hand
    assert call(110, 100, 2, 0.04, 0.35) == pytest.approx(29.81569715322229, abs=1e-11)  # analytic
    five_dates = put(np.array([36.0, 40.0]), 40, 0.06, np.array([0.2, 0.4]), np.array([1.0, 2.0]), dates=5, steps=100)
    assert five_dates == pytest.approx([4.390677, 6.861172], abs=2e-3)  # finite differences, 2000 × 2000


@given(st.floats(50, 150), st.floats(0.1, 0.8), st.floats(0.1, 5), st.floats(0, 0.1))
@settings(max_examples=30, deadline=None)
def test_the_lattice_becomes_black_and_scholes(spot: float, volatility: float, years: float, rate: float) -> None:
    found = european(spot, 100, rate, volatility, years, 400)
    assert found == pytest.approx(call(spot, 100, years, rate, volatility), abs=0.0015 * spot)


def test_error_falls_with_the_step() -> None:
    exact = call(100, 100, 1, 0.05, 0.3)
    errors = [abs(european(100, 100, 0.05, 0.3, 1, n) - exact) for n in (25, 100, 400)]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]


@given(st.floats(60, 140), st.floats(1, 30), st.floats(0.2, 0.8))
@settings(max_examples=20, deadline=None)
def test_the_right_to_a_right_is_worth_less(spot: float, first: float, volatility: float) -> None:
    compound = call_on_call(spot, first, 0.5, 100, 1, 0.05, volatility)
    whole = call(spot, 100, 1, 0.05, volatility)
    assert max(0.0, whole - first) - 1e-9 <= compound <= whole


def test_without_doubt_the_lattice_is_arithmetic() -> None:
    one = np.ones(1)
    lattice = Lattice.over(0.0 * one, 2 * one, 50, 0.03)
    value = lattice.back(100 * lattice.factor, 2 * one, 0.9 * one, 0.03)
    assert value[0, lattice.middle] == pytest.approx(90 * np.exp(0.06), rel=1e-9)


def test_the_positive_part_is_averaged_where_the_sign_changes() -> None:
    line = np.linspace(-2, 2, 5)[None, :]
    assert positive(line)[0] == pytest.approx([0, 0, 0.125, 1, 2])


def test_the_bivariate_normal_beside_plackett() -> None:
    """Against Plackett's integral of the density over the correlation."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    for x, y, rho in [(0.3, -1.2, 0.7), (-0.5, -0.5, -0.8), (2.0, 0.1, 0.3), (0.0, 1.0, 0.5), (0.0, 0.0, -0.4)]:
        r = rho * (nodes + 1) / 2
        density = np.exp(-(x * x - 2 * r * x * y + y * y) / (2 * (1 - r * r))) / (2 * np.pi * np.sqrt(1 - r * r))
        expected = float(bivariate_normal(x, y, 0.0)) + float(weights @ density) * rho / 2
        assert float(bivariate_normal(x, y, rho)) == pytest.approx(expected, abs=1e-12)
