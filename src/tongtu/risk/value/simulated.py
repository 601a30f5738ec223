"""Least-squares Monte Carlo (Longstaff and Schwartz 2001): when to stop, learned from simulated paths.

Going backwards, what waiting brings is regressed on where the path stands, on paths where stopping pays; a path
stops where that pays at least as much. It needs no lattice, so any number of uncertain things will do; where the
lattice can be used it is exact and quicker, and here the two check each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tongtu.risk.multipliers import Floats

Basis = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over paths and its standard error."""

    value: float
    error: float


def laguerre(x: Floats) -> Floats:
    """A constant and three Laguerre polynomials weighted by exp(-x/2), as in the paper."""
    weight = np.exp(-x / 2)
    return np.stack(
        [np.ones_like(x), weight, weight * (1 - x), weight * (1 - 2 * x + x**2 / 2)],
        axis=1,
    )


def powers(x: Floats) -> Floats:
    """1, x and x²: the basis of the paper's worked example."""
    return np.stack([np.ones_like(x), x, x**2], axis=1)


def least_squares(
    paths: Floats,
    exercise: Callable[[Floats], Floats],
    discount: float,
    *,
    basis: Basis = laguerre,
    pairs: bool = False,
) -> Estimate:
    """The value today of the right to take `exercise(state)` on one of the dates.

    `paths` is dates × paths, the first date one step from now; `discount` is that of one step. With `pairs`, path
    k of the first half mirrors path k of the second (antithetic), and the standard error counts pairs.
    """
    cash = exercise(paths[-1])
    for state in paths[-2::-1]:
        cash = cash * discount
        now = exercise(state)
        inside = now > 0
        if inside.any():
            taken = now[inside]
            waiting = _fitted(basis(state[inside]), cash[inside])
            cash[inside] = np.where(taken >= waiting, taken, cash[inside])
    cash = cash * discount
    if pairs:
        cash = cash.reshape(2, -1).mean(axis=0)
    return Estimate(float(cash.mean()), float(cash.std(ddof=1) / np.sqrt(len(cash))))


def staged(
    payoff: float, volatility: float, p: Floats, cost: Floats, years: Floats, rate: float, *, paths: int, seed: int
) -> Estimate:
    """A staged project with the right to stop at later gates, as `rights.on_lattice` values it.

    `payoff` is what success is worth on its day as seen today, `cost` is paid on entering each stage, `p` and
    `years` are those of each stage; `rate` is yearly.
    """
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((len(p), paths // 2))
    moves = np.hstack([half, -half]) * volatility * np.sqrt(years)[:, None] - (volatility**2 * years / 2)[:, None]
    seen = payoff * np.exp(np.cumsum(moves, axis=0))  # at the end of each stage
    worth = seen[-1]
    for k in range(len(p) - 1, -1, -1):
        worth = worth * p[k] * (1 + rate) ** -years[k] - cost[k]
        if k > 0:  # seen on entering: what the end of the stage before showed
            state = seen[k - 1] / payoff
            going = _fitted(powers(state), worth)
            worth = np.where(going > 0, worth, 0.0)
    pair = worth.reshape(2, -1).mean(axis=0)
    return Estimate(float(pair.mean()), float(pair.std(ddof=1) / np.sqrt(len(pair))))


def walks(spot: float, rate: float, volatility: float, years: float, dates: int, paths: int, seed: int) -> Floats:
    """Lognormal paths (dates × paths) and their mirror images; `rate` is continuously compounded."""
    rng = np.random.default_rng(seed)
    tau = years / dates
    half = rng.standard_normal((dates, paths // 2))
    steps = np.hstack([half, -half])
    steps *= volatility * np.sqrt(tau)
    steps += (rate - volatility**2 / 2) * tau
    return np.asarray(spot * np.exp(np.cumsum(steps, axis=0, out=steps)), np.float64)


def put(
    spot: float, price: float, rate: float, volatility: float, years: float, *, dates: int, paths: int, seed: int
) -> Estimate:
    """The Bermudan put of `lattice.put`, by simulation."""
    many = round(years * dates)
    drawn = walks(spot / price, rate, volatility, years, many, paths, seed)
    found = least_squares(drawn, lambda s: np.maximum(1 - s, 0.0), float(np.exp(-rate * years / many)), pairs=True)
    now = max(price - spot, 0.0)
    return Estimate(max(found.value * price, now), found.error * price)


def _fitted(basis: Floats, target: Floats) -> Floats:
    """Least squares by the normal equations; a basis that does not tell paths apart leaves the least solution."""
    weight = np.linalg.lstsq(basis.T @ basis, basis.T @ target, rcond=1e-14)[0]
    return np.asarray(basis @ weight, np.float64)
