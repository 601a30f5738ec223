"""`simulate`: what a book may lose, bring about and be worth, with the error of every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tongtu.risk.book import Book
from tongtu.risk.simulation.counts import counted
from tongtu.risk.simulation.factors import RHOS, Factors
from tongtu.risk.simulation.mixture import Mixture
from tongtu.risk.simulation.portfolio import ADVERSE, LEAST, Portfolio, portfolio
from tongtu.risk.simulation.usable import usable
from tongtu.risk.simulation.worth import Measure
from tongtu.solve.progress import Progress, check
from tongtu.terms.why import Label, Ratio, Why

_QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_ENDS = 5e-4  # the curve runs between these tails
_CURVE = 201
_STRESS = (512, 4)  # points and scramblings of the one-factor stress

_FIGURE = {"measure": pl.String(), "figure": pl.String(), "level": pl.Float64(), "value": pl.Float64(),
           "se": pl.Float64()}  # fmt: skip


@dataclass(frozen=True)
class Simulated:
    """What a simulation found; money in minor units of the book's currency, as floats; `outcome` in weights of cases.

    `figures`: measure (loss, outcome, value), figure (mean, sd, quantile, var, cvar), level, value, se (of the
    simulation), unit, why (the estimand). `var` and `cvar` look at the bad side: great losses, small outcome and value.
    `curve`: measure, x, exceed = P(measure > x). `contributions`: measure, level, by, group (null: none), mean, cvar,
    share. `counts`: count, p, at_least of cases industrialised. `stress`: rho (null: the factor model) and figures.
    `large`: case, share of those drawn one by one. `notes`: what the reader must know.
    """

    figures: pl.DataFrame
    curve: pl.DataFrame
    contributions: pl.DataFrame
    counts: pl.DataFrame
    stress: pl.DataFrame
    large: pl.DataFrame
    notes: tuple[Why, ...]
    points: int
    scramblings: int
    seed: int

    def figure(self, measure: str, figure: str, level: float | None = None) -> float:
        """One figure's value. Raises KeyError where there is none."""
        same = pl.col("level").is_null() if level is None else pl.col("level") == level
        found = self.figures.filter(pl.col("measure") == measure, pl.col("figure") == figure, same)
        if not found.height:
            raise KeyError((measure, figure, level))
        return float(found["value"][0])


def simulate(
    book: Book, *, factors: Factors | None = None, points: int = 2048, scramblings: int = 8, seed: int = 0,
    levels: Sequence[float] = (0.95, 0.99), doubt: bool = True, costs: bool = True,
    stress: Sequence[float] = RHOS, progress: Progress | None = None,
) -> Simulated:  # fmt: skip
    """Conditional Monte Carlo over the factors: given a point of factor space the cases are independent, so mean and
    variance of the whole are known exactly and only the factors are sampled, on scrambled Sobol' points.

    `points` (rounded up to a power of 2) of each of `scramblings` independent nets; `levels` of value at risk;
    `doubt`: the odds are beliefs and what is wrong with one is wrong for its whole cell; `costs`: lognormal, or taken
    at their mean. A case above 5 % of the variance given the factors is drawn by itself. `stress`: correlations of the
    plain one-factor model, without doubt. Raises UsageFault for a level, correlation, seed or number of points that
    cannot be taken, or an empty book.
    """
    factors = factors or Factors()
    usable(book, levels=levels, rhos=stress, seed=seed, points=points, scramblings=scramblings)
    tell, steps = check(progress), 2 + len(stress)
    main = portfolio(book, factors, n=points, sets=scramblings, seed=seed, costs=costs, doubt=doubt, parts=True,
                     tell=_part(tell, 0, steps))  # fmt: skip
    curve, parts = _curve(main), _contributions(main, levels)
    rows: list[tuple[Any, ...]] = [(None, *row) for row in _stressed(main, levels)]
    for k, rho in enumerate(stress):
        n, sets = _STRESS
        plain = portfolio(book, Factors.plain(rho, factors.by_stage), n=n, sets=sets, seed=seed + 1, costs=costs,
                          doubt=False, parts=False, tell=_part(tell, 1 + k, steps))  # fmt: skip
        rows += [(rho, *row) for row in _stressed(plain, levels)]
    tell(steps, steps)
    large = pl.DataFrame({"case": [book.cases[i] for i in main.large], "share": main.share},
                         {"case": pl.String(), "share": pl.Float64()})  # fmt: skip
    return Simulated(
        figures=_figures(main, levels), curve=curve, contributions=parts, counts=counted(main),
        stress=pl.DataFrame(rows, {"rho": pl.Float64(), **_FIGURE}, orient="row"), large=large,
        notes=_notes(main, doubt), points=len(main.points.weight) // scramblings, scramblings=scramblings, seed=seed,
    )  # fmt: skip


def _part(tell: Progress, step: int, steps: int) -> Progress:
    """Progress of one run within the whole."""

    def told(done: int, total: int, what: Why | None = None) -> None:
        tell(step * 100 + done * 100 // max(total, 1), steps * 100, what)

    return told


def _figures(main: Portfolio, levels: Sequence[float]) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for measure in main.worth.measures:
        unit = "weight" if measure == "outcome" else main.copula.book.currency
        why = _estimand(main, measure).to_json()
        rows += [(measure, *row, unit, why) for row in _risk(main, measure, levels, _QUANTILES)]
    return pl.DataFrame(rows, {**_FIGURE, "unit": pl.String(), "why": pl.String()}, orient="row")


def _stressed(run: Portfolio, levels: Sequence[float]) -> list[tuple[Any, ...]]:
    return [(measure, *row) for measure in run.worth.measures for row in _risk(run, measure, levels)]


def _risk(
    run: Portfolio, measure: Measure, levels: Sequence[float], quantiles: Sequence[float] = ()
) -> list[tuple[Any, ...]]:
    """Mean, spread, value at risk and its conditional mean, quantiles: figure, level, value, error."""
    sign = ADVERSE[measure]
    least = LEAST[measure]
    most = -least if sign < 0 else np.inf
    names = [("mean", None), ("sd", None), *((name, level) for level in levels for name in ("var", "cvar")),
             *(("quantile", level) for level in quantiles)]  # fmt: skip

    def figures(mixture: Mixture) -> list[float]:
        adverse = mixture if sign > 0 else mixture.flipped()
        worst = [sign * figure for level in levels for figure in adverse.tail(level, most)]
        between = [max(mixture.quantile(level), least) for level in quantiles]
        return [mixture.expected, mixture.spread, *worst, *between]

    return [(*name, *found) for name, found in zip(names, run.estimates(figures, measure), strict=True)]


def _curve(main: Portfolio) -> pl.DataFrame:
    frames = []
    for measure in main.worth.measures:
        mixture = main.mixture(measure)
        x = np.linspace(max(mixture.quantile(_ENDS), LEAST[measure]), mixture.quantile(1 - _ENDS), _CURVE)
        exceed = [mixture.exceed(float(at)) for at in x]
        frames.append(pl.DataFrame({"measure": [measure] * _CURVE, "x": x, "exceed": exceed}))
    return pl.concat(frames)


def _contributions(main: Portfolio, levels: Sequence[float]) -> pl.DataFrame:
    frames = []
    for measure in main.worth.measures:
        for level in levels:
            for by, names in (("sector", main.copula.book.sectors), ("technology", main.copula.book.technologies)):
                mean, tail = main.contributions(measure, by, level)
                total = tail.sum()
                frames.append(pl.DataFrame(
                    {"measure": [measure] * len(mean), "level": [level] * len(mean), "by": [by] * len(mean),
                     "group": [*names, None], "mean": mean, "cvar": tail,
                     "share": tail / total if total else np.full(len(tail), np.nan)},
                    {"measure": pl.String(), "level": pl.Float64(), "by": pl.String(), "group": pl.String(),
                     "mean": pl.Float64(), "cvar": pl.Float64(), "share": pl.Float64()},
                ))  # fmt: skip
    table = pl.concat(frames)
    empty = pl.col("group").is_null() & (pl.col("mean") == 0) & (pl.col("cvar") == 0)
    return table.filter(~empty).with_columns(pl.col("share").fill_nan(None))


def _estimand(main: Portfolio, measure: Measure) -> Why:
    book = main.copula.book
    return Why(f"risk_simulation.estimand-{measure}", {
        "n": len(book) if measure != "value" else int(main.worth.valued.sum()), "currency": book.currency,
    })  # fmt: skip


def _notes(main: Portfolio, doubt: bool) -> tuple[Why, ...]:
    book, factors = main.copula.book, main.copula.factors
    shares = {name: Ratio(round(getattr(factors, name), 4)) for name in ("market", "sector", "technology")}
    notes = [Why("risk_simulation.factors", shares)]
    ours = Factors()
    if (factors.market, factors.sector, factors.technology) == (ours.market, ours.sector, ours.technology):
        notes.append(Why("risk_simulation.factors-ours"))
    unknown = len(book) - int(main.worth.valued.sum())
    if unknown:
        notes.append(Why("risk_simulation.value-partly" if main.worth.valued.any() else "risk_simulation.value-unknown",
                         {"n": unknown, "all": len(book)}))  # fmt: skip
    if book.left.height:
        notes.append(Why("risk_simulation.cases-left", {"n": book.left.height}))
    if len(main.large):
        names = tuple(Label(book.cases[i]) for i in main.large[:5])
        notes.append(Why("risk_simulation.drawn", {"n": len(main.large), "cases": names}))
    if doubt and (main.copula.doubt > 0).any():
        notes.append(Why("risk_simulation.doubt"))
    return (*notes, *book.notes)
