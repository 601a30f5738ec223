"""The same engines along the chain: the tables `risk` and `values` of a plan, for its links and its report.

`risk`    rho (null: the factor model), measure (loss, outcome, value), figure (mean, sd, var, cvar), level, value,
          se (of the simulation), unit (currency, or null for cases): all of a portfolio's figures, by correlation
`values`  case, currency, price_year, gross, rnpv, low, high, option_abandon, whole, why: minor units today
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.capital.ground import Capital, capital
from tongtu.chain.network import Network

if TYPE_CHECKING:
    from tongtu.chain.work import Work
    from tongtu.risk.simulation import Simulated

RISK = {
    "rho": pl.Float64(), "measure": pl.String(), "figure": pl.String(), "level": pl.Float64(), "value": pl.Float64(),
    "se": pl.Float64(), "unit": pl.String(),
}  # fmt: skip
_VALUES = (
    "case", "currency", "price_year", "gross", "rnpv", "low", "high", "option_abandon", "whole", "why",
)  # fmt: skip


def of_work(work: Work) -> Capital:
    """The ground of the cases a run of the chain has made. Raises DataRefused as `capital` does."""
    network = Network(work.pack, work.registry, work.as_of, work.as_of, work.seed, work.progress)
    return capital(network, work=work)


def risk(found: Simulated | None, currency: str) -> pl.DataFrame:
    """What the chosen cases may lose and bring about together, at every correlation; empty where none is chosen."""
    if found is None:
        return pl.DataFrame(schema=RISK)
    money = pl.when(pl.col("measure") != "outcome").then(pl.lit(currency))
    rows = found.stress.with_columns(unit=money)
    return rows.select(pl.col(name).cast(kind) for name, kind in RISK.items())


def values(ground: Capital) -> pl.DataFrame:
    """What each case is worth today; null with a reason where that is not known."""
    from tongtu.risk.value import value

    registry = ground.network.registry
    found = value(ground.cases, ground.stages, registry["cashflows"], rate=ground.terms.rate,
                  as_of=ground.network.as_of, rates=registry["rates"])  # fmt: skip
    return found.values.select(_VALUES)
