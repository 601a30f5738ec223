"""Risk anchors: numbers that others published, or that follow in closed form, beside what our public functions give.

    Longstaff and Schwartz (2001)        Table 1 (finite differences, 50 exercise dates a year) and the worked example
    Rockafellar and Uryasev (2000)       the portfolio of S&P, bonds and small caps: weights, VaR, CVaR
    Geske (1979)                         a call on a call
    Vasicek (2002)                       quantiles of a large pool
    DerSimonian and Laird (1986)         the 13 BCG trials (Colditz et al. 1994)
    Ishigami and Homma (1990)            Sobol' indices, a = 7, b = 0.1
    Gneiting et al. (2005)               the CRPS of a normal
    Fernandez, Stein and Lo (2012)       150 projects, and what correlation does to them
    NASA's joint confidence policy       70 % for cost and for date, independent, are 49 % for both

One line for each: expected, ours, tolerance. A figure is the largest difference of its group, in units of the tolerance
for simulation (standard errors) and as it stands for the rest; its goal is the tolerance. Geske's second published case
(32.465575) is left out: its inputs are not known to us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from math import pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np

PATHS, SEEDS, SCENARIOS = 100_000, 10, 40_000
STRIKE, RATE, DATES = 40.0, 0.06, 50
SPOT = np.repeat([36.0, 38.0, 40.0, 42.0, 44.0], 4)
VOLATILITY, YEARS = np.tile([0.2, 0.2, 0.4, 0.4], 5), np.tile([1.0, 2.0, 1.0, 2.0], 5)
PUTS = (
    4.478, 4.840, 7.101, 8.508, 3.250, 3.745, 6.148, 7.670, 2.314, 2.885, 5.312, 6.920,
    1.617, 2.212, 4.582, 6.248, 1.110, 1.690, 3.948, 5.647,
)  # fmt: skip
SEVERAL = (0, 9)  # cells of the table that are simulated with several seeds

EIGHT_PATHS = (
    (1.09, 1.08, 1.34), (1.16, 1.26, 1.54), (1.22, 1.07, 1.03), (0.93, 0.97, 0.92),
    (1.11, 1.56, 1.52), (0.76, 0.77, 0.90), (0.92, 0.84, 1.01), (0.88, 1.22, 1.34),
)  # fmt: skip

ASSETS, MEAN, LEAST_RETURN = ("S&P", "bond", "small cap"), (0.0101110, 0.0043532, 0.0137058), 0.011
COVARIANCE = (
    (0.00324625, 0.00022983, 0.00420395), (0.00022983, 0.00049937, 0.00019247), (0.00420395, 0.00019247, 0.00764097),
)  # fmt: skip
WEIGHTS, VARIANCE = (0.452013, 0.115573, 0.432414), 0.00378529
VAR = {0.90: 0.067848, 0.95: 0.090200, 0.99: 0.132128}
CVAR = {0.90: 0.096975, 0.95: 0.115908, 0.99: 0.152977}

#: Vaccinated with and without tuberculosis, then the same of those not vaccinated.
BCG = (
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
)  # fmt: skip

ISHIGAMI = {"x1": (0.3139, 0.5576), "x2": (0.4424, 0.4424), "x3": (0.0, 0.2437)}

PROJECTS, CHANCE = 150, 0.05
AT_LEAST_FIVE = {0.0: 0.8744, 0.05: 0.7261, 0.1: 0.6381, 0.2: 0.5246, 0.5: 0.3285}
AT_MOST_TWO = {0.0: 0.0182, 0.05: 0.0988, 0.1: 0.1786, 0.2: 0.3110, 0.5: 0.5812}


@dataclass(frozen=True)
class Anchor:
    """`group` names the figure; `error`, for what is simulated, is the standard error of ours."""

    group: str
    anchor: str
    expected: float
    ours: float
    tolerance: float
    error: float | None = None

    @property
    def off(self) -> float:
        return abs(self.ours - self.expected) / (self.error or 1.0)

    @property
    def ok(self) -> bool:
        return self.off <= self.tolerance


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is not used: every input stands above. `quick` simulates a tenth of the paths and scenarios."""
    found: list[Anchor] = []
    part = 10 if quick else 1
    for anchors in (
        lattice(), simulated(PATHS // part), several_seeds(PATHS // part, SEEDS), worked_example(), geske(),
        portfolio(), vasicek(), meta_analysis(), ishigami(), crps(), joint_confidence(),
        illustration(), correlated(), correlated_scenarios(SCENARIOS // part),
    ):  # fmt: skip
        for one in anchors:
            found.append(one)
            progress(_line(one))
    worst: dict[str, float] = {}
    goals: dict[str, float] = {"anchors_missed": 0}
    for one in found:
        worst[one.group] = max(worst.get(one.group, 0.0), one.off)
        goals[one.group] = one.tolerance
    figures = {"anchors": len(found), "anchors_missed": sum(not one.ok for one in found)}
    figures |= {group: float(f"{off:.3g}") for group, off in worst.items()}
    return {"figures": figures, "goals": goals, "rows": [asdict(one) | {"ok": one.ok} for one in found]}


def _line(one: Anchor) -> str:
    within = f"{one.tolerance:g}" + ("" if one.error is None else f" × {one.error:.2g}")
    return f"{one.anchor:56} {one.expected:>12.7g} {one.ours:>12.7g}  ± {within:16} {'ok' if one.ok else 'MISSED'}"


# ---------------------------------------------------------------------------------------------- options


def _cell(k: int) -> str:
    return f"put S={SPOT[k]:g} σ={VOLATILITY[k]:g} T={YEARS[k]:g}"


def lattice() -> Iterator[Anchor]:
    from tongtu.risk.value.lattice import put

    ours = put(SPOT, STRIKE, RATE, VOLATILITY, YEARS, dates=DATES)
    for k, (expected, found) in enumerate(zip(PUTS, ours, strict=True)):
        yield Anchor("longstaff_schwartz_lattice", f"{_cell(k)}, lattice", expected, float(found), 0.006)


def simulated(paths: int) -> Iterator[Anchor]:
    """Beside the lattice, whose dates are the same; the table's own rounding and dates differ by up to 0.0053."""
    from tongtu.risk.value import simulated as by_paths
    from tongtu.risk.value.lattice import put

    exact = put(SPOT, STRIKE, RATE, VOLATILITY, YEARS, dates=DATES)
    for k, expected in enumerate(exact):
        found = by_paths.put(SPOT[k], STRIKE, RATE, VOLATILITY[k], YEARS[k], dates=DATES, paths=paths, seed=0)
        name = f"{_cell(k)}, {paths:,} paths"
        yield Anchor("longstaff_schwartz_paths_se", name, float(expected), found.value, 3.5, found.error)


def several_seeds(paths: int, seeds: int) -> Iterator[Anchor]:
    """The mean over seeds: a bias would show that one seed hides."""
    from tongtu.risk.value import simulated as by_paths
    from tongtu.risk.value.lattice import put

    exact = put(SPOT, STRIKE, RATE, VOLATILITY, YEARS, dates=DATES)
    for k in SEVERAL:
        found = [
            by_paths.put(SPOT[k], STRIKE, RATE, VOLATILITY[k], YEARS[k], dates=DATES, paths=paths, seed=seed).value
            for seed in range(1, seeds + 1)
        ]
        tolerance = 0.006 * sqrt(PATHS / paths)
        name = f"{_cell(k)}, mean of {seeds} seeds"
        yield Anchor("longstaff_schwartz_seeds", name, float(exact[k]), float(np.mean(found)), tolerance)


def worked_example() -> Iterator[Anchor]:
    from tongtu.risk.value.simulated import least_squares, powers

    paths = np.array(EIGHT_PATHS).T
    found = least_squares(paths, lambda s: np.maximum(1.10 - s, 0.0), float(np.exp(-RATE)), basis=powers)
    yield Anchor("longstaff_schwartz_example", "put of the 8-path example", 0.1144, found.value, 5e-5)


def geske() -> Iterator[Anchor]:
    from tongtu.risk.value.closed import call_on_call

    found = call_on_call(100, 10, 0.5, 100, 1.0, 0.05, 0.4)
    yield Anchor("geske", "call on a call, S=100 K1=10 T1=.5 K2=100 T2=1", 10.961731, found, 2e-5)


# ---------------------------------------------------------------------------------------------- portfolio and pool


def portfolio() -> Iterator[Anchor]:
    """Normal returns: least variance is least CVaR (their Proposition 4.1), so the weights solve a linear system; the
    tail is measured in closed form, and by the measure that the allocation uses on 2^17 Sobol' points."""
    from tongtu.risk.special import normal_quantile, sobol_normals
    from tongtu.solve.tail import cvar

    mean, covariance = np.array(MEAN), np.array(COVARIANCE)
    n = len(mean)
    system = np.block([
        [2 * covariance, np.ones((n, 1)), mean[:, None]],
        [np.ones((1, n)), np.zeros((1, 2))], [mean[None, :], np.zeros((1, 2))],
    ])  # fmt: skip
    weight = np.linalg.solve(system, np.r_[np.zeros(n), 1.0, LEAST_RETURN])[:n]
    variance = float(weight @ covariance @ weight)
    for name, expected, ours in zip(ASSETS, WEIGHTS, weight, strict=True):
        yield Anchor("rockafellar_uryasev", f"weight of {name}", expected, float(ours), 2e-6)
    yield Anchor("rockafellar_uryasev", "variance of the portfolio", VARIANCE, variance, 2e-6)
    loss = -LEAST_RETURN + sqrt(variance) * sobol_normals(1 << 17, 1, 0)[:, 0]
    for level in VAR:
        z = normal_quantile(level)
        density = np.exp(-(z**2) / 2) / sqrt(2 * pi)
        tail = -LEAST_RETURN + sqrt(variance) * float(density) / (1 - level)
        var = -LEAST_RETURN + sqrt(variance) * z
        yield Anchor("rockafellar_uryasev", f"VaR {level:.0%}", VAR[level], var, 2e-6)
        yield Anchor("rockafellar_uryasev", f"CVaR {level:.0%}", CVAR[level], tail, 2e-6)
        name = f"CVaR {level:.0%}, on points"
        yield Anchor("rockafellar_uryasev_points", name, CVAR[level], cvar(loss, level), 5e-5)


def vasicek() -> Iterator[Anchor]:
    from tongtu.risk.simulation import vasicek_quantile

    for p, rho, level, expected in ((0.01, 0.2, 0.999, 0.145525), (0.05, 0.15, 0.99, 0.209881)):
        name = f"loss of a large pool, p={p} ρ={rho} {level:.1%}"
        yield Anchor("vasicek", name, expected, vasicek_quantile(p, rho, level), 1e-6)


# ---------------------------------------------------------------------------------------------- statistics


def joint_confidence() -> Iterator[Anchor]:
    """Two independent marginals of 70 % hold together in 49 %."""
    from tongtu.risk.multipliers import joint

    yield Anchor("joint_confidence", "two independent 70 % together", 0.49, joint(0.7, 0.0), 1e-12)


def meta_analysis() -> Iterator[Anchor]:
    from tongtu.risk.share.effects import pool_effects

    a, b, c, d = np.array(BCG, float).T
    effect = np.log(a / (a + b)) - np.log(c / (c + d))
    se = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    found = pool_effects(effect, se)
    yield Anchor("dersimonian_laird", "τ² of 13 BCG trials", 0.3088, found.tau2, 1e-4)
    yield Anchor("dersimonian_laird", "log relative risk", -0.7141, found.mean, 1e-4)
    yield Anchor("dersimonian_laird", "its standard error", 0.1787, found.se, 1e-4)
    yield Anchor("dersimonian_laird_q", "Q", 152.23, found.q, 0.005)


def ishigami() -> Iterator[Anchor]:
    from tongtu.risk.sensitivity import sobol_indices

    def figure(at: Any) -> Any:
        return np.sin(at["x1"]) + 7 * np.sin(at["x2"]) ** 2 + 0.1 * at["x3"] ** 4 * np.sin(at["x1"])

    found = sobol_indices(figure, {name: lambda u: pi * (2 * u - 1) for name in ISHIGAMI})
    ours = {row["name"]: (row["first"], row["total"]) for row in found.rows(named=True)}
    for name, expected in ISHIGAMI.items():
        for kind, one, other in zip(("first", "total"), expected, ours[name], strict=True):
            yield Anchor("ishigami", f"Sobol' index of {name}, {kind} order", one, other, 0.01)


def crps() -> Iterator[Anchor]:
    from tongtu.risk.scores import crps_normal

    yield Anchor("crps", "N(0, 1) at 0", (sqrt(2) - 1) / sqrt(pi), float(crps_normal(0.0, 1.0, 0.0)), 1e-12)


# ---------------------------------------------------------------------------------------------- 150 projects


def illustration() -> Iterator[Anchor]:
    """A project takes 200 M and ten years; one in twenty then brings 2 bn a year for ten years, at 10 %."""
    from datetime import date

    import polars as pl

    from tongtu.risk.value import payoffs

    place = {"currency": "USD", "price_year": 2012}
    years = [
        {"cashflow": f"y{y}", "case": "p", "kind": "revenue", "year": y, "likely": 2e11, **place} for y in range(1, 11)
    ]
    cases = pl.DataFrame([{"case": "p", **place}])
    found = payoffs(cases, pl.DataFrame(years), rate=0.1, as_of=date(2012, 1, 1))
    hit = float(found["payoff"].item()) / 100
    yield Anchor("megafund_worth", "worth of a hit, bn", 12.289, hit / 1e9, 0.001)
    one = (CHANCE * hit / 200e6) ** 0.1 - 1
    spread = sqrt(CHANCE * (1 - CHANCE)) * hit / 200e6 / sqrt(10)
    for name, expected, ours in (
        ("expected yearly return of one", 0.119, one),
        ("its standard deviation", 4.235, spread),
        ("standard deviation of 150", 0.346, spread / sqrt(PROJECTS)),
    ):
        yield Anchor("megafund", name, expected, ours, 0.001)


def correlated() -> Iterator[Anchor]:
    from tongtu.risk.simulation import hit_counts

    for rho, most in AT_MOST_TWO.items():
        chances = hit_counts(PROJECTS, CHANCE, rho)
        for name, expected, ours in (
            ("at least 5", AT_LEAST_FIVE[rho], chances[5:].sum()), ("at most 2", most, chances[:3].sum()),
        ):  # fmt: skip
            yield Anchor("megafund_quadrature", f"P({name} hits of 150), ρ={rho}", expected, float(ours), 1e-4)


def correlated_scenarios(n: int) -> Iterator[Anchor]:
    """The same pool drawn by the engine that the allocation uses."""
    import polars as pl

    from tongtu.risk.book import book
    from tongtu.risk.simulation import Factors, hits, scenarios

    names = [f"p{k:03}" for k in range(PROJECTS)]
    cases = pl.DataFrame({"case": names, "currency": "USD", "price_year": 2012})
    stages = pl.DataFrame(
        {"case": names, "order": 1, "stage": "all", "p": CHANCE, "cost": 20_000_000_000, "days": 3650}
    )
    pool = book(cases, stages, currency="USD")
    for rho in AT_LEAST_FIVE:
        drawn = scenarios(pool, n, factors=Factors.plain(rho), seed=1)
        many = np.asarray(drawn.outcome).sum(axis=0) >= 5
        expected = hits(PROJECTS, CHANCE, rho, 5)
        error = sqrt(expected * (1 - expected) / n)
        name = f"P(at least 5 hits of 150), ρ={rho}, {n:,} scenarios"
        yield Anchor("megafund_scenarios_se", name, expected, float(many.mean()), 3.0, error)
