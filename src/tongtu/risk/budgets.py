"""Which money there is: budgets in force, whom each may fund, how kinds of cases are weighed, and what one currency
is worth in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import prod
from typing import Any

import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.money import exponent
from tongtu.terms.why import Label, Why

#: A budget that starts within this time already counts: it is committed before its period begins.
AHEAD = timedelta(days=365)

DIMENSIONS = ("direction", "region", "track", "start_stage")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a fund may commit in a period, with the limits of its own and of its fund: per dimension the values it
    may fund."""

    budget: str
    fund: str
    name: Label
    amount: int
    currency: str
    limits: tuple[tuple[str, frozenset[str | None]], ...]
    since: date
    until: date

    def refuses(self, kind: Mapping[str, str | None]) -> list[str]:
        """The dimensions in which a case lies outside. An unknown direction, region or track is outside any
        limit; a case whose stage is not stated has all stages ahead of it."""
        return [dimension for dimension, allowed in self.limits if kind[dimension] not in allowed]


def in_force(
    budgets: pl.DataFrame, funds: pl.DataFrame, as_of: date, ahead: timedelta | None = AHEAD
) -> list[Budget]:  # fmt: skip
    """Budgets whose period has not ended and has begun or begins within `ahead` (None: ever), by id."""
    fund_limits = funds.select(
        "fund", "name", "name_en", own_direction="directions", own_track="tracks", own_start_stage="stages"
    )
    open_ones = budgets.filter(
        pl.col("period_to") >= as_of,
        pl.lit(True) if ahead is None else pl.col("period_from") <= as_of + ahead,
        pl.col("amount").is_not_null() & pl.col("currency").is_not_null(),
    )
    joined = open_ones.join(fund_limits, on="fund", how="left").sort("budget")
    return [
        Budget(
            row["budget"], row["fund"], Label(row["name"] or row["fund"], row["name_en"] or ""),
            row["amount"], row["currency"], _limits(row), row["period_from"], row["period_to"],
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


def unreached(kind: Mapping[str, str | None], money: Sequence[Budget], exchange: Exchange) -> Why:
    """Why no budget may pay this kind of case: the currency, or the limits that stand in the way."""
    currency = kind["currency"]
    payable = [b for b in money if currency is not None and exchange.rate(currency, b.currency) is not None]
    if not payable:
        return Why("risk.no-currency", {"currency": currency})
    against = {dimension for budget in payable for dimension in budget.refuses(kind)}
    limits = (Why(f"risk.limit-{d.replace('_', '-')}") for d in DIMENSIONS if d in against)
    return Why("risk.not-eligible", {}, tuple(limits))


class Priorities:
    """Strategic priorities in force: what kind of case weighs how much."""

    def __init__(self, priorities: pl.DataFrame, as_of: date) -> None:
        begun = pl.col("since").is_null() | (pl.col("since") <= as_of)
        lasting = pl.col("until").is_null() | (pl.col("until") >= as_of)
        self._rows: list[dict[str, Any]] = priorities.filter(begun & lasting).sort("priority").rows(named=True)

    def weight(self, kind: Mapping[str, str | None]) -> tuple[float, tuple[Why, ...]]:
        """The product of the priorities that a kind of case meets, and what they are."""
        met = [row for row in self._rows if all(row[d] in (None, kind[d]) for d in ("direction", "region", "track"))]
        whys = (Why("risk.priority", {n: row[n] for n in ("priority", "weight", "source")}) for row in met)
        return prod((row["weight"] for row in met), start=1.0), tuple(whys)


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
