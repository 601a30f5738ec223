"""How each of two sides sees one project and one unit of every term: by outcome, discounted, with its own
odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tongtu.risk.costtime.sums import expected
from tongtu.risk.multipliers import Floats
from tongtu.risk.value.staged import YEAR


@dataclass(frozen=True, slots=True)
class Side:
    """One side as it sees things: its real yearly `rate`, its own `odds` by stage (else those of the stage
    frame), by what `factor` it multiplies the cash flows, and what it has without this deal (`alone`, minor
    units)."""

    rate: float
    odds: Mapping[str, float] | None = None
    factor: float = 1.0
    alone: float = 0.0


@dataclass(frozen=True)
class Ladder:
    """One case's stages and market years, as everybody sees them."""

    stages: tuple[str, ...]
    p: Floats
    cost: Floats
    clock: Floats  # years until each stage is entered, then until success
    year: Floats
    revenue: Floats  # by market year
    net: Floats
    deferred: int

    @classmethod
    def of(cls, stages: pl.DataFrame, market: pl.DataFrame, as_of: date, deferred: int) -> Ladder:
        """`stages`: rows of the stage frame in order; `market`: rows of `flows.yearly`."""
        cost, days = (
            expected(*(stages[f"{what}{at}"].to_numpy().astype(float) for at in ("_low", "", "_high")))
            for what in ("cost", "days")
        )
        begins = stages["start"].min()
        lead = max(0.0, (begins - as_of).days / YEAR) if isinstance(begins, date) else 0.0
        sold = pl.when(pl.col("kind") == "revenue").then("mean").otherwise(0.0)
        by_year = market.group_by("year").agg(revenue=sold.sum(), net=pl.col("mean").sum()).sort("year")
        return cls(
            tuple(stages["stage"]), stages["p"].to_numpy().astype(float), cost,
            lead + np.cumsum(np.r_[0.0, days / YEAR]), by_year["year"].to_numpy().astype(float),
            by_year["revenue"].to_numpy(), by_year["net"].to_numpy(), deferred,
        )  # fmt: skip


@dataclass(frozen=True)
class View:
    """One side's reckoning. Rows are outcomes (failed at the first stage, the second, …, success), with its
    `chance` of each; `bare` is the result without terms, `paths` what one unit of each term (entry, a milestone
    per stage, royalty, deferred) is worth. `base` and `each` are their averages."""

    chance: Floats
    bare: Floats
    paths: Floats

    @property
    def base(self) -> float:
        return float(self.chance @ self.bare)

    @property
    def each(self) -> Floats:
        return np.asarray(self.chance @ self.paths, np.float64)


def view(side: Side, ladder: Ladder, *, pays: float, takes: bool) -> View:
    """`pays`: this side's share of the stage costs; `takes`: whether the market's cash flows are its own."""
    k = len(ladder.stages)
    p = np.array([(side.odds or {}).get(s, own) for s, own in zip(ladder.stages, ladder.p, strict=True)])
    discount = (1 + side.rate) ** -ladder.clock
    later = side.factor * discount[-1] * (1 + side.rate) ** -ladder.year
    spent = -pays * np.cumsum(ladder.cost * discount[:-1])
    bare = np.r_[spent, spent[-1] + (float(later @ ladder.net) if takes else 0.0)]
    paths = np.zeros((k + 1, k + 3))
    paths[:, 0] = 1.0
    for j in range(k):
        paths[j + 1 :, 1 + j] = discount[j + 1]  # passed, then failed later or never
    paths[k, k + 1] = float(later @ ladder.revenue)
    paths[k, k + 2] = discount[k] * (1 + side.rate) ** -ladder.deferred
    reached = np.cumprod(np.r_[1.0, p])
    return View(np.r_[reached[:-1] * (1 - p), reached[-1]], bare, paths)
