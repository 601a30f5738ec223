"""Which money there is: budgets in force, whom each may fund, and what one currency is worth in another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.money import exponent
from tongtu.terms.why import Label, Why

#: A budget that starts within this time already counts: it is committed before its period begins.
AHEAD = timedelta(days=365)

DIMENSIONS = ("direction", "region", "track", "start_stage")


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget with the limits of its own and of its fund: per dimension the values it may fund."""

    budget: str
    fund: str
    name: Label
    amount: int
    currency: str
    limits: tuple[tuple[str, frozenset[str | None]], ...]

    def refuses(self, kind: dict[str, str | None]) -> list[str]:
        """The dimensions in which a case lies outside. An unknown direction, region or track is outside any
        limit; a case whose stage is not stated has all stages ahead of it."""
        return [dimension for dimension, allowed in self.limits if kind[dimension] not in allowed]


def in_force(budgets: pl.DataFrame, funds: pl.DataFrame, as_of: date) -> list[Budget]:
    """Budgets whose period has not ended and has begun or begins within a year, by id."""
    fund_limits = funds.select(
        "fund", "name", "name_en", own_direction="directions", own_track="tracks", own_start_stage="stages"
    )
    open_ones = budgets.filter(
        pl.col("period_to") >= as_of,
        pl.col("period_from") <= as_of + AHEAD,
        pl.col("amount").is_not_null() & pl.col("currency").is_not_null(),
    )
    joined = open_ones.join(fund_limits, on="fund", how="left").sort("budget")
    return [
        Budget(
            row["budget"], row["fund"], Label(row["name"] or row["fund"], row["name_en"] or ""),
            row["amount"], row["currency"], _limits(row),
        )
        for row in joined.rows(named=True)
    ]  # fmt: skip


def _limits(row: dict[str, object]) -> tuple[tuple[str, frozenset[str | None]], ...]:
    found: list[tuple[str, frozenset[str | None]]] = []
    for dimension in DIMENSIONS:
        one, many = row.get(dimension), row.get(f"own_{dimension}")
        if isinstance(one, str):
            found.append((dimension, frozenset([one])))
        if isinstance(many, list) and many:
            found.append((dimension, _before(many) if dimension == "start_stage" else frozenset(many)))
    return tuple(found)


def _before(stages: list[str]) -> frozenset[str | None]:
    """The stages a case may be at and still have one of these ahead: one budget pays its whole passage."""
    order = list(vocabularies()["stage"])
    last = max((order.index(stage) for stage in stages if stage in order), default=-1)
    return frozenset([None, *stages, *order[: last + 1]])


class Exchange:
    """Dated rates: what one minor unit of a currency is in minor units of another."""

    def __init__(self, rates: pl.DataFrame | None, as_of: date) -> None:
        self._rates: dict[tuple[str, str], tuple[float, date]] = {}
        if rates is not None:
            for row in rates.filter(pl.col("date") <= as_of).sort("date", "currency", "quote").rows(named=True):
                self._rates[row["currency"], row["quote"]] = (row["rate"], row["date"])

    def rate(self, currency: str, quote: str) -> tuple[float, Why | None] | None:
        """The latest rate and the reason that names it; None where there is none. The inverse will do."""
        if currency == quote:
            return 1.0, None
        direct, inverse = self._rates.get((currency, quote)), self._rates.get((quote, currency))
        if direct is None and inverse is None:
            return None
        if direct is None or (inverse is not None and inverse[1] > direct[1]):
            assert inverse is not None
            direct = (1 / inverse[0], inverse[1])
        major, day = direct
        why = Why("risk.converted", {"currency": currency, "quote": quote, "rate": round(major, 6), "date": day})
        return major * 10.0 ** (exponent(quote) - exponent(currency)), why
