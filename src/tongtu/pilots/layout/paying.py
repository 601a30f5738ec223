"""Who pays: budgets become pots of a period, and a step can be paid by a pot whose scope and currency fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Any

import polars as pl

from tongtu.pilots.layout.reach import Map
from tongtu.pilots.layout.settings import Period
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.money import Money, exponent
from tongtu.terms.why import Why

_STAGE = "pilot"
_TRACK = "industrialisation"


@dataclass(frozen=True, slots=True)
class Pot:
    """One budget: `period` counted from 0, `room` in minor units; scope by direction and region."""

    budget: str
    fund: str
    period: int
    room: Money
    directions: tuple[str, ...]
    region: str | None

    def pays_for(self, direction: str, region: str, where: Map) -> bool:
        if self.directions and direction not in self.directions:
            return False
        return self.region is None or self.region in where.above(region)


def periods_of(
    given: int | Sequence[Period] | None, budgets: pl.DataFrame, as_of: date
) -> tuple[Period, ...]:  # fmt: skip
    """The periods planned: as given, that many years from the day, or those of the budgets not yet over.

    Raises UsageFault where there are none, where one ends before it begins, or where two overlap.
    """
    if given is None:
        rows = budgets.filter(pl.col("period_to") >= as_of).select("period_from", "period_to").unique()
        found = _apart(sorted(Period(begin, end) for begin, end in rows.iter_rows()))
    elif isinstance(given, int):
        found = [Period(_years(as_of, k), _day_before(_years(as_of, k + 1))) for k in range(max(given, 0))]
    else:
        found = sorted(given)
    if not found:
        raise UsageFault(Fault(Why("pilots_layout.no-periods"), Why("pilots_layout.no-periods-repair")))
    wrong = [p for p in found if p.end < p.begin]
    wrong += [b for a, b in pairwise(found) if b.begin <= a.end]
    if wrong:
        args = {"begin": wrong[0].begin, "end": wrong[0].end}
        raise UsageFault(Fault(Why("pilots_layout.bad-period", args), Why("pilots_layout.bad-period-repair", args)))
    return tuple(found)


def _apart(periods: list[Period]) -> list[Period]:
    """Overlapping budget periods joined, so that every budget falls into one."""
    found: list[Period] = []
    for period in periods:
        if found and period.begin <= found[-1].end:
            found[-1] = Period(found[-1].begin, max(found[-1].end, period.end))
        else:
            found.append(period)
    return found


def _years(day: date, n: int) -> date:
    leap = (day.month, day.day) == (2, 29)
    return date(day.year + n, 2, 28) if leap else day.replace(year=day.year + n)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def pots_of(registry: Registry, budgets: pl.DataFrame, periods: tuple[Period, ...]) -> tuple[list[Pot], list[Why]]:
    """Budgets that fall into a period and may pay for platforms, sorted by period and budget.

    Raises DataRefused for an amount below zero. Budgets outside the periods, or bound to another stage or track, are
    counted in a note.
    """
    funds = {row["fund"]: row for row in registry["funds"].iter_rows(named=True)}
    pots, outside, bound, faults = [], 0, 0, []
    for row in budgets.sort("budget").iter_rows(named=True):
        fund = funds.get(row["fund"], {})
        if row["amount"] is None or row["amount"] < 0:
            args = {"budget": row["budget"], "amount": row["amount"]}
            what, repair = Why("pilots_layout.bad-amount", args), Why("pilots_layout.bad-amount-repair", args)
            faults.append(Fault(what, repair, sheet="budgets", column="amount"))
        elif not _for_platforms(row, fund):
            bound += 1
        elif (period := _period_of(row, periods)) is None:
            outside += 1
        else:
            pots.append(_pot(row, fund, period))
    if faults:
        raise DataRefused(faults)
    notes = [Why("pilots_layout.budgets-outside", {"n": outside})] if outside else []
    notes += [Why("pilots_layout.budgets-bound", {"n": bound})] if bound else []
    return sorted(pots, key=lambda pot: (pot.period, pot.budget)), notes


def _for_platforms(row: dict[str, Any], fund: dict[str, Any]) -> bool:
    stages, tracks = fund.get("stages") or [], fund.get("tracks") or []
    return (
        (not stages or _STAGE in stages)
        and (not tracks or _TRACK in tracks)
        and row["track"] in (None, _TRACK)
    )  # fmt: skip


def _period_of(row: dict[str, Any], periods: tuple[Period, ...]) -> int | None:
    """The first period that a budget overlaps: money is there from its first day on."""
    for k, period in enumerate(periods):
        if row["period_from"] <= period.end and row["period_to"] >= period.begin:
            return k
    return None


def _pot(row: dict[str, Any], fund: dict[str, Any], period: int) -> Pot:
    wide, narrow = set(fund.get("directions") or []), row["direction"]
    directions = (narrow,) if narrow else tuple(sorted(wide))
    return Pot(
        row["budget"], row["fund"], period, Money(row["amount"], row["currency"] or "CNY"), directions, row["region"]
    )


@dataclass(frozen=True, slots=True)
class Rates:
    """How many units of one currency a unit of another costs, by the latest rate on or before the day."""

    table: dict[tuple[str, str], Decimal]

    @classmethod
    def of(cls, registry: Registry, as_of: date) -> Rates:
        rows = registry["rates"].filter(pl.col("date") <= as_of).sort("date", "currency", "quote")
        found: dict[tuple[str, str], Decimal] = {}
        for currency, quote, rate in rows.select("currency", "quote", "rate").iter_rows():
            found[currency, quote] = Decimal(str(rate))
        return cls({(quote, currency): 1 / rate for (currency, quote), rate in found.items()} | found)

    def into(self, money: Money, currency: str) -> Money | None:
        """Rounded up to whole minor units; None where no rate is known."""
        if money.currency == currency:
            return money
        rate = self.table.get((money.currency, currency))
        if rate is None:
            return None
        minor = (money.major * rate).scaleb(exponent(currency))
        return Money(int(minor.to_integral_value(ROUND_CEILING)), currency)
