"""Everything a choice is made and explained from: cases, money, ways to pay, limits, values and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.allocation import asked
from tongtu.risk.allocation.asked import Limit
from tongtu.risk.allocation.offers import Offers, Terms, day_of, kinds, offers
from tongtu.risk.allocation.plans import Floats, Plans, before, plans, reach
from tongtu.risk.allocation.rows import Rows, matching, rows
from tongtu.risk.book import Book
from tongtu.risk.budgets import Budget, Exchange, Priorities, in_force
from tongtu.risk.simulation import Scenarios
from tongtu.solve.tail import Losses
from tongtu.terms.why import Why


@dataclass(frozen=True)
class Ground:
    """`value` per case (NaN unknown), `by_floor`: cases only a minimum can bring in; see the parts for the rest."""

    book: Book
    attributes: pl.DataFrame
    plans: Plans
    kinds: Sequence[dict[str, str | None]]
    money: Sequence[Budget]
    exchange: Exchange
    limits: Sequence[Limit]
    offers: Offers
    rows: Rows
    value: Floats
    weight: Floats
    priorities: Sequence[tuple[Why, ...]]
    by_floor: npt.NDArray[np.bool_]
    losses: Losses
    level: float
    loss_cap: float | None
    objective: str
    terms: Terms

    @property
    def unit(self) -> str:
        """Of value: money of the book, or weighted cases."""
        return self.book.currency if self.objective == "value" else ""


def ground_of(
    book: Book, scenarios: Scenarios, funds: pl.DataFrame, budgets: pl.DataFrame, priorities: pl.DataFrame,
    as_of: date, attributes: pl.DataFrame, stages: pl.DataFrame | None,
    limits: tuple[pl.DataFrame | None, pl.DataFrame | None], loss_cap: float | None, level: float,
    confidence: float, objective: str, rates: pl.DataFrame | None, terms: Terms,
) -> Ground:  # fmt: skip
    """Read, checked and laid out; raises DataRefused for tables that cannot be read."""
    table, exchange = asked.attributes(attributes, book), Exchange(rates, as_of)
    money = in_force(budgets, funds, as_of, ahead=None)
    joint = [c for c in {b.currency for b in money} | {book.currency} if _converts(c, money, exchange)]
    floors, ceilings = asked.limits(limits[0], "minimum", joint), asked.limits(limits[1], "cap", joint)
    plan = plans(book, table, stages, confidence, day_of(as_of))
    weigh = Priorities(priorities, as_of)
    kind = kinds(table, plan)
    weighed = [weigh.weight(k) for k in kind]
    rated = plan.row >= 0
    weight = np.array([w for w, _ in weighed], np.float64)
    weight[rated] *= book.weight[plan.row[rated]]
    worth = _worth(book, objective, terms.rate)
    value = np.full(len(plan), np.nan)
    value[rated] = weight[rated] * worth[plan.row[rated]]
    covered = np.zeros(len(plan), bool)
    for floor in floors:
        covered |= matching(table, floor)
    by_floor = np.isnan(value) & covered & (np.diff(plan.first) > 0)
    found = offers(plan, kind, ~np.isnan(value) | by_floor, money, exchange, as_of, terms)
    every = [*floors, *ceilings]
    return Ground(
        book=book, attributes=table, plans=plan, kinds=kind, money=money, exchange=exchange, limits=every,
        offers=found, rows=rows(found, money, every, table, exchange, book.currency, as_of), value=value,
        weight=weight, priorities=[why for _, why in weighed], by_floor=by_floor,
        losses=Losses(scenarios.loss, plan.row), level=level, loss_cap=loss_cap, objective=objective,
        terms=terms,
    )  # fmt: skip


def _converts(currency: str, money: Sequence[Budget], exchange: Exchange) -> bool:
    return all(exchange.rate(budget.currency, currency) is not None for budget in money)


def _worth(book: Book, objective: str, rate: float | None) -> Floats:
    """Per case of the book, the chance of success, or the net value: payoff and costs at their chances, discounted
    at `rate` where days are known. Correlation leaves means as they are, so no scenario's noise is in it."""
    if objective == "outcome" or not len(book):
        return book.success
    days = np.nan_to_num(book.days)
    yearly = np.log1p(rate or 0.0) / 365.25
    spent = reach(book) * book.cost_mean * np.exp(-yearly * before(days, book.case))
    arrives = np.exp(-yearly * np.bincount(book.case, days, len(book)))
    return np.asarray(book.success * book.payoff * arrives - np.bincount(book.case, spent, len(book)))
