"""Closed forms: a call (Black and Scholes 1973) and a call on a call (Geske 1979).

A call on a call is a project in two stages: `price_first` on the day of the first gate buys the right to invest
`price` on the day of the second.
"""

from __future__ import annotations

from math import exp, log, sqrt

from tongtu.risk.special import bivariate_normal, normal_cdf


def call(spot: float, price: float, years: float, rate: float, volatility: float) -> float:
    """The right to buy at `price` in so many years; `rate` is continuously compounded, as in the papers."""
    spread = volatility * sqrt(years)
    upper = (log(spot / price) + rate * years) / spread + spread / 2
    return float(spot * normal_cdf(upper) - price * exp(-rate * years) * normal_cdf(upper - spread))


def call_on_call(
    spot: float, price_first: float, years_first: float, price: float, years: float, rate: float, volatility: float
) -> float:
    """The right to buy in `years_first`, for `price_first`, the right to buy at `price` in `years`."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]

    left = years - years_first

    def short(s: float) -> float:
        return call(s, price, left, rate, volatility) - price_first

    worth = brentq(short, 1e-9 * price, 10 * (price + price_first) * exp(volatility * sqrt(left)), xtol=1e-12)
    first, last = volatility * sqrt(years_first), volatility * sqrt(years)
    a = (log(spot / worth) + rate * years_first) / first + first / 2
    b = (log(spot / price) + rate * years) / last + last / 2
    rho = sqrt(years_first / years)
    return float(
        spot * bivariate_normal(a, b, rho)
        - price * exp(-rate * years) * bivariate_normal(a - first, b - last, rho)
        - price_first * exp(-rate * years_first) * normal_cdf(a - first)
    )
