"""Budgets, minimums and caps as rows over the offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.allocation.asked import Limit
from tongtu.risk.allocation.offers import Offers, day_of
from tongtu.risk.allocation.plans import Floats
from tongtu.risk.budgets import Budget, Exchange
from tongtu.solve.tail import Row
from tongtu.terms.money import Money
from tongtu.terms.why import Ratio, Why

#: Which limit a row is: a budget by its place, or a minimum or cap.
Of = int | Limit


@dataclass(frozen=True)
class Rows:
    """`year` where a limit holds year by year; `whole`, for a share, all the money held by each of the row's offers."""

    rows: tuple[Row, ...]
    of: tuple[Of, ...]
    year: tuple[int | None, ...]
    whole: tuple[Floats | None, ...]

    def split(self, price: Floats, offers: int) -> tuple[Floats, Floats]:
        """Per offer, what it takes of budgets and of caps at these prices, and what it brings to minimums."""
        takes, brings = np.zeros(offers), np.zeros(offers)
        for row, of, each in zip(self.rows, self.of, price, strict=True):
            side = brings if isinstance(of, Limit) and of.kind == "minimum" else takes
            side[row.option] += each * row.amount
        return takes, brings


def matching(attributes: pl.DataFrame, limit: Limit) -> npt.NDArray[np.bool_]:
    """Per case, whether a minimum or cap is about it."""
    inside = np.ones(attributes.height, bool)
    for dimension, value in limit.match:
        inside &= (attributes[dimension] == value).fill_null(False).to_numpy()
    return inside


def rows(
    offers: Offers, money: Sequence[Budget], limits: Sequence[Limit], attributes: pl.DataFrame, exchange: Exchange,
    currency: str, as_of: date,
) -> Rows:  # fmt: skip
    """A row for each budget that some offer draws on and for each limit (and year); `currency` is the book's."""
    found: list[tuple[Row, Of, int | None, Floats | None]] = []
    for b, budget in enumerate(money):
        mine = offers.by == b
        if mine.any():
            option, held = _summed(offers.offer[mine], offers.held[mine])
            why = Why("risk_allocation.budget", {"fund": budget.name, "budget": budget.budget})
            found.append((Row(why, option, held, most=float(budget.amount), unit=budget.currency), b, None, None))
    years = _years(money, as_of)
    for limit in limits:
        inside = matching(attributes, limit)[offers.item]
        for year in years if limit.each_year else (None,):
            row, whole = _row(limit, inside, year, offers, money, exchange, currency)
            found.append((row, limit, year, whole))
    rows_, of, when, totals = zip(*found, strict=True) if found else ((), (), (), ())
    return Rows(rows_, of, when, totals)


def _summed(offer: npt.NDArray[Any], amount: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    option, place = np.unique(offer, return_inverse=True)
    return option.astype(np.int64), np.bincount(place.ravel(), amount, len(option)).astype(np.float64)


def _years(money: Sequence[Budget], as_of: date) -> list[int]:
    """The years in which a budget begins, counting one that has begun as of this year."""
    return sorted({max(budget.since, as_of).year for budget in money})


def _row(
    limit: Limit, inside: npt.NDArray[np.bool_], year: int | None, offers: Offers, money: Sequence[Budget],
    exchange: Exchange, currency: str,
) -> tuple[Row, Floats | None]:  # fmt: skip
    falls = np.ones(len(offers.by), bool)
    begins = np.ones(len(offers.item), bool)
    if year is not None:
        first, last = day_of(date(year, 1, 1)), day_of(date(year, 12, 31))
        falls = (offers.when >= first) & (offers.when <= last)
        begins = (offers.day >= first) & (offers.day <= last)
    if limit.unit == "cases":
        option = np.flatnonzero(inside & begins)
        return _bounded(limit, year, option, np.ones(len(option)), limit.size, ""), None
    target = limit.currency or currency
    rate = np.array([*(_rate(exchange, b.currency, target) for b in money), 0.0])
    amount = np.where(falls, offers.held * rate[offers.by], 0.0)
    if limit.unit == "amount":
        mine = inside[offers.offer] & (amount > 0)
        option, held = _summed(offers.offer[mine], amount[mine])
        return _bounded(limit, year, option, held, limit.size, target), None
    option, all_of = _summed(offers.offer, amount)
    _, own = _summed(offers.offer, amount * inside[offers.offer])
    return _bounded(limit, year, option, own - limit.size * all_of, 0.0, target), all_of


def _bounded(limit: Limit, year: int | None, option: npt.NDArray[Any], amount: Floats, size: float, unit: str) -> Row:
    why = named(limit, year)
    if limit.kind == "minimum":
        return Row(why, option, amount, least=size, unit=unit)
    return Row(why, option, amount, most=size, unit=unit)


def _rate(exchange: Exchange, currency: str, target: str) -> float:
    found = exchange.rate(currency, target)
    return found[0] if found is not None else 0.0


def named(limit: Limit, year: int | None = None) -> Why:
    """A limit as people know it."""
    size: object = round(limit.size, 6)
    if limit.unit == "amount":
        size = Money(round(limit.size), limit.currency)
    elif limit.unit == "share":
        size = Ratio(limit.size)
    code = f"risk_allocation.{limit.kind}-{limit.unit}"
    if year is None:
        return Why(code, {"name": limit.name, "size": size})
    return Why(f"{code}-year", {"name": limit.name, "size": size, "year": str(year)})
