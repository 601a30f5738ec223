"""What a figure depends on: tornado, Sobol' indices where inputs act together, and where a book's losses lie.

A tornado moves one input at a time and cannot see that two matter only together. Sobol' indices can: `first` is the
share of variance an input explains alone, `total` what would remain if all others were known (Sobol' 1993; first order
by Saltelli et al. 2010, total by Jansen 1999, on scrambled Sobol' points). Where more than a tenth of the variance is
interaction, the indices are to be shown in place of the tornado.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.book import Book
from tongtu.risk.simulation.usable import fault
from tongtu.risk.special import TENTH, beta_quantile, normal_cdf, sobol_normals
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Ratio, Why

Floats = npt.NDArray[np.float64]
Figure = Callable[[Mapping[str, Floats]], Floats]
Marginal = Callable[[Floats], Floats]

#: Share of variance from which interactions forbid the tornado.
TOGETHER = 0.10

_BARS = ("low", "middle", "high", "at_low", "at_middle", "at_high", "swing")
_TORNADO = {"name": pl.String(), **dict.fromkeys(_BARS, pl.Float64())}
_INDICES = {"name": pl.String(), **dict.fromkeys(("first", "first_se", "total", "total_se"), pl.Float64())}


@dataclass(frozen=True)
class Sensitivity:
    """`tornado`: name, low, middle, high (10, 50, 90 % points), at_low, at_middle, at_high, swing; largest swing first.
    `indices`: name, first, total and their standard errors; largest total first. `interactions`: share of variance no
    input explains alone. `show`: which of the two tells the truth; `why` says so."""

    tornado: pl.DataFrame
    indices: pl.DataFrame
    interactions: float
    show: str
    why: Why


def sensitivity(
    figure: Figure, inputs: pl.DataFrame, *, points: int = 1024, sets: int = 8, seed: int = 0
) -> Sensitivity:
    """Of a figure that takes arrays by input name and gives an array, over independent inputs.

    `inputs`: `name`, `low`, `middle`, `high`, their 10, 50 and 90 % points; between and beyond them each input follows
    a normal on either side of the middle, of that side's width (two-piece normal). Raises DataRefused for points that
    fall, are missing or stand twice.
    """
    rows = _inputs(inputs)
    marginals = {name: _two_piece(low, middle, high) for name, low, middle, high in rows}
    bars, (table, interactions) = tornado(figure, inputs), _indices(figure, marginals, points, sets, seed)
    show = "indices" if interactions > TOGETHER else "tornado"
    why = Why(
        f"risk_simulation.show-{show}", {"share": Ratio(round(max(interactions, 0.0), 3)), "most": Ratio(TOGETHER)}
    )
    return Sensitivity(bars, table, interactions, show, why)


def tornado(figure: Figure, inputs: pl.DataFrame) -> pl.DataFrame:
    """One input at a time at its 10 and 90 % points, the others at their middle; columns of `Sensitivity.tornado`."""
    rows = _inputs(inputs)
    count = len(rows)
    at = {name: np.full(2 * count + 1, middle) for name, _, middle, _ in rows}
    for k, (name, low, _, high) in enumerate(rows):
        at[name][2 * k], at[name][2 * k + 1] = low, high
    found = np.asarray(figure(at), np.float64)
    bars = [
        (name, low, middle, high, found[2 * k], found[-1], found[2 * k + 1], abs(found[2 * k + 1] - found[2 * k]))
        for k, (name, low, middle, high) in enumerate(rows)
    ]
    return pl.DataFrame(bars, _TORNADO, orient="row").sort("swing", "name", descending=[True, False])


def sobol_indices(
    figure: Figure, marginals: Mapping[str, Marginal], *, points: int = 4096, sets: int = 8, seed: int = 0
) -> pl.DataFrame:
    """Indices of a figure over inputs given by their quantile functions; the columns of `Sensitivity.indices`.

    `points` (a power of 2) of each of `sets` scramblings, whose spread gives the errors; the figure is asked
    points · (inputs + 2) times in each.
    """
    return _indices(figure, marginals, points, sets, seed)[0]


def _indices(
    figure: Figure, marginals: Mapping[str, Marginal], points: int, sets: int, seed: int
) -> tuple[pl.DataFrame, float]:
    if points < 2 or points & (points - 1) or sets < 1:
        raise UsageFault(fault("net", points=points, sets=sets))
    names = list(marginals)
    seeds = np.random.SeedSequence(seed).generate_state(sets, np.uint64)
    found = np.array([_net(figure, marginals, points, int(one)) for one in seeds])  # sets × 2 × inputs
    mean = found.mean(axis=0)
    error = found.std(axis=0, ddof=1) / np.sqrt(sets) if sets > 1 else np.full_like(mean, np.nan)
    rows = list(zip(names, mean[0], error[0], mean[1], error[1], strict=True))
    table = pl.DataFrame(rows, _INDICES, orient="row").fill_nan(None)
    return table.sort("total", "name", descending=[True, False]), float(1 - mean[0].sum()) if names else 0.0


def _net(figure: Figure, marginals: Mapping[str, Marginal], points: int, seed: int) -> Floats:
    names = list(marginals)
    unit = normal_cdf(sobol_normals(points, 2 * len(names), seed))
    one = {name: marginals[name](unit[:, k]) for k, name in enumerate(names)}
    two = {name: marginals[name](unit[:, len(names) + k]) for k, name in enumerate(names)}
    at_one, at_two = (np.asarray(figure(at), np.float64) for at in (one, two))
    centre = (at_one.mean() + at_two.mean()) / 2
    variance = float(np.var(np.r_[at_one, at_two]))
    first, total = np.zeros((2, len(names)))
    for k, name in enumerate(names):
        mixed = np.asarray(figure({**one, name: two[name]}), np.float64)
        if variance > 0:
            first[k] = np.mean((at_two - centre) * (mixed - at_one)) / variance
            total[k] = np.mean((at_one - mixed) ** 2) / (2 * variance)
    return np.array([first, total])


def _inputs(inputs: pl.DataFrame) -> list[tuple[str, float, float, float]]:
    absent = [c for c in ("name", "low", "middle", "high") if c not in inputs.columns]
    if absent:
        raise DataRefused(fault("column-missing", column=", ".join(absent), table="inputs"))
    rows = inputs.select("name", "low", "middle", "high").sort("name").rows()
    faults = [fault("input-twice", name=row[0]) for row in rows if sum(other[0] == row[0] for other in rows) > 1]
    for name, low, middle, high in rows:
        good = all(v is not None and np.isfinite(v) for v in (low, middle, high))
        if not good or not low <= middle <= high:
            faults.append(fault("input-points", name=name, low=low, middle=middle, high=high))
    if faults:
        raise DataRefused(faults)
    return [(str(name), float(low), float(middle), float(high)) for name, low, middle, high in rows]


def _two_piece(low: float, middle: float, high: float) -> Marginal:
    below, above = (middle - low) / TENTH, (high - middle) / TENTH

    def quantile(chance: Floats) -> Floats:
        from scipy.special import ndtri  # type: ignore[import-untyped]

        t = ndtri(chance)
        return np.asarray(middle + np.where(t < 0, below, above) * t)

    return quantile


# --- one case of a book -----------------------------------------------------------------------------------------------


def of_case(book: Book, case: str, *, points: int = 1024, seed: int = 0) -> Sensitivity:
    """What a case's expected value rests on: the odds and the cost of each stage and, where known, the payoff.

    Expected value is payoff · Πp less each stage's cost times the chance of entering it; without a payoff it is what
    will be spent, with its sign turned. Inputs are named `odds:<stage>`, `cost:<stage>` and `payoff`; odds range by
    their beliefs, costs by their points, the payoff by its deviation. An input without a range is left out. Raises
    UsageFault for a case that is not in the book.
    """
    if case not in book.cases:
        raise UsageFault(fault("not-in-book", case=case))
    i = book.cases.index(case)
    rows = range(int(book.start[i]), int(book.start[i + 1]))
    stages = [book.stages[code] for code in book.stage[book.start[i] : book.start[i + 1]]]
    fixed: dict[str, float] = {}
    inputs: list[tuple[str, float, float, float]] = []
    for row, stage in zip(rows, stages, strict=True):
        odds, cost = f"odds:{stage}", f"cost:{stage}"
        fixed[odds], fixed[cost] = float(book.p[row]), float(book.cost[row])
        if not np.isnan(book.a[row]):
            low, middle, high = (float(beta_quantile(book.a[row], book.b[row], q)) for q in (0.1, 0.5, 0.9))
            inputs.append((odds, low, middle, high))
        sigma = float(book.cost_sigma[row])
        if sigma > 0:
            spread = float(np.exp(sigma * TENTH))
            inputs.append((cost, fixed[cost] / spread, fixed[cost], fixed[cost] * spread))
    fixed["payoff"] = float(np.nan_to_num(book.payoff[i]))
    if book.payoff_sd[i] > 0 and not np.isnan(book.payoff[i]):
        width = TENTH * float(book.payoff_sd[i])
        inputs.append(("payoff", fixed["payoff"] - width, fixed["payoff"], fixed["payoff"] + width))

    def value(at: Mapping[str, Floats]) -> Floats:
        reached, found = np.asarray(1.0), np.asarray(0.0)
        for stage in stages:
            found = found - reached * at.get(f"cost:{stage}", np.asarray(fixed[f"cost:{stage}"]))
            reached = reached * np.clip(at.get(f"odds:{stage}", np.asarray(fixed[f"odds:{stage}"])), 0.0, 1.0)
        return np.asarray(found + reached * at.get("payoff", np.asarray(fixed["payoff"])))

    frame = pl.DataFrame(inputs, {c: pl.String() if c == "name" else pl.Float64() for c in
                                  ("name", "low", "middle", "high")}, orient="row")  # fmt: skip
    return sensitivity(value, frame, points=points, seed=seed)


# --- the heat map -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heat:
    """`points`: case, sector, p_fail, loss (mean where it fails), loss_high (90 % point where it fails), expected.
    `cells`: p_from, p_to, loss_from, loss_to, cases, expected: how many cases and how much expected loss lie in each,
    on the measured scales. Nothing is multiplied that is only a rank."""

    points: pl.DataFrame
    cells: pl.DataFrame


def heat(book: Book, *, bands: int = 5) -> Heat:
    """Where a book's losses lie: chance of failing against the money that failing costs, in minor units.

    Bands of chance are equal, bands of loss are equal on the logarithmic scale between the least and greatest loss.
    """
    rows = [_point(book, i) for i in range(len(book))]
    points = pl.DataFrame(rows, {
        "case": pl.String(), "sector": pl.String(), "p_fail": pl.Float64(), "loss": pl.Float64(),
        "loss_high": pl.Float64(), "expected": pl.Float64(),
    }, orient="row")  # fmt: skip
    chances = np.linspace(0, 1, bands + 1)
    losses = points["loss"].filter(points["loss"] > 0).to_numpy()
    low, high = (float(losses.min()), float(losses.max())) if len(losses) else (1.0, 1.0)
    edges = np.geomspace(low, max(high, low * (1 + 1e-9)), bands + 1)
    row = np.clip(np.searchsorted(chances, points["p_fail"].to_numpy(), side="right") - 1, 0, bands - 1)
    column = np.clip(np.searchsorted(edges, points["loss"].to_numpy(), side="right") - 1, 0, bands - 1)
    place = row * bands + column
    count = np.bincount(place, minlength=bands**2)
    expected = np.bincount(place, points["expected"].to_numpy(), minlength=bands**2)
    r, c = np.divmod(np.arange(bands**2), bands)
    cells = pl.DataFrame({"p_from": chances[r], "p_to": chances[r + 1], "loss_from": edges[c], "loss_to": edges[c + 1],
                          "cases": count, "expected": expected})  # fmt: skip
    return Heat(points, cells)


def _point(book: Book, i: int) -> tuple[Any, ...]:
    """The loss where it fails is a mixture over the stage it fails at, each a (nearly) lognormal amount."""
    rows = slice(int(book.start[i]), int(book.start[i + 1]))
    p, cost, sigma = book.p[rows], book.cost_mean[rows], book.cost_sigma[rows]
    reached = np.r_[1.0, np.cumprod(p)[:-1]]
    chance, spent = reached * (1 - p), np.cumsum(cost)
    total = float(chance.sum())
    loss = float(chance @ spent) / total
    middle = np.cumsum(book.cost[rows])
    width = np.cumsum(book.cost[rows] * sigma) / np.where(middle > 0, middle, 1.0)
    sector = book.sectors[book.sector[i]] if book.sector[i] >= 0 else None
    return book.cases[i], sector, total, loss, _mixed(middle, width, chance / total, 0.9), total * loss


def _mixed(middle: Floats, width: Floats, weight: Floats, level: float) -> float:
    """Quantile of a mixture of lognormals (of width 0: points), by bisection."""
    low, high = 0.0, float((middle * np.exp(6 * width)).max())
    point, safe = (width == 0) | (middle == 0), np.where(middle > 0, middle, 1.0)
    for _ in range(80):
        x = (low + high) / 2
        smooth = normal_cdf(np.log(max(x, 1e-300) / safe) / np.where(point, 1.0, width))
        below = np.where(point, x >= middle, smooth)
        low, high = (low, x) if weight @ below >= level else (x, high)
    return high
