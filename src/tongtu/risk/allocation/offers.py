"""Who may pay for a case and from when: every way to fund it, and which budget holds how much for which stage.

A fund's budgets of the same limits follow each other in a line. A case starts in one of them; its later stages fall
into the first budget of the line, from there on, that has not ended when the stage begins. A stage that none covers
is not held by anybody yet: what is known of money ends there, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.allocation.plans import Floats, Ints, Plans
from tongtu.risk.budgets import AHEAD, Budget, Exchange
from tongtu.risk.budgets import DIMENSIONS as ELIGIBLE

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Terms:
    """`whole`: all stages are committed at the start; else each falls into its own period. `expected`: later stages
    are held at their chance of being reached. `rate`: what waiting costs a year; None: no case waits."""

    whole: bool = False
    expected: bool = False
    rate: float | None = None


@dataclass(frozen=True)
class Offers:
    """By offer, in the order of cases: `item`, `budget` it starts in, `day` it starts, `factor` waiting leaves of its
    value. By entry, in the order of offers: `offer`, `place` (row of the plan), `by` (budget, -1 none yet), `held`
    (whole minor units of that budget) and `when` (day the money falls due). `reached`: cases some budget may pay.
    """

    item: Ints
    budget: Ints
    day: Ints
    factor: Floats
    offer: Ints
    place: Ints
    by: Ints
    held: Floats
    when: Ints
    reached: npt.NDArray[np.bool_]

    def entries(self, offer: int) -> slice:
        return slice(*np.searchsorted(self.offer, [offer, offer + 1]))


def day_of(when: date) -> int:
    return (when - EPOCH).days


def kinds(attributes: pl.DataFrame, plans: Plans) -> list[dict[str, str | None]]:
    """Per case what budgets ask about, with the currency its plan is in."""
    rows = attributes.select(ELIGIBLE).rows(named=True)
    return [{**row, "currency": currency} for row, currency in zip(rows, plans.currency, strict=True)]


def offers(
    plans: Plans, kinds: Sequence[Mapping[str, str | None]], may: npt.NDArray[np.bool_], money: Sequence[Budget],
    exchange: Exchange, as_of: date, terms: Terms,
) -> Offers:  # fmt: skip
    """All offers for the cases that `may` be funded; none where a budget alone would be overdrawn."""
    today = day_of(as_of)
    groups: dict[tuple[str | None, ...], list[int]] = {}
    for i, kind in enumerate(kinds):
        groups.setdefault(tuple(kind.values()), []).append(i)
    parts: list[_Part] = []
    reached = np.zeros(len(plans), bool)
    count = np.diff(plans.first)
    for members in groups.values():
        kind = kinds[members[0]]
        items = np.array([i for i in members if may[i] and count[i]], np.int64)
        for line in _lines(kind, money, exchange):
            reached[members] = True
            for start in range(len(line)):
                waits = money[line[start]].since > as_of + AHEAD
                if len(items) and not (waits and terms.rate is None):
                    rate = exchange.rate(str(kind["currency"]), money[line[start]].currency)
                    parts.append(_Part(plans, items, line[start:], money, rate[0] if rate else 1.0, today, terms))
    return _joined(parts, np.array([budget.amount for budget in money], np.float64), reached)


def _lines(kind: Mapping[str, str | None], money: Sequence[Budget], exchange: Exchange) -> list[list[int]]:
    """Budgets that may pay this kind, those of one fund with equal limits in the order of their periods."""
    found: dict[tuple[object, ...], list[int]] = {}
    for b, budget in enumerate(money):
        payable = kind["currency"] is not None and exchange.rate(kind["currency"], budget.currency) is not None
        if payable and not budget.refuses(kind):
            found.setdefault((budget.fund, budget.limits, budget.currency), []).append(b)
    return [sorted(line, key=lambda b: (money[b].until, money[b].since, b)) for line in found.values()]


class _Part:
    """Offers of some cases that all start in the first budget of `line`."""

    def __init__(
        self, plans: Plans, items: Ints, line: Sequence[int], money: Sequence[Budget], rate: float, today: int,
        terms: Terms,
    ) -> None:  # fmt: skip
        begin = np.maximum(today + plans.wait[items], day_of(money[line[0]].since))
        inside = begin <= day_of(money[line[0]].until)
        self.item, self.day = items[inside], begin[inside]
        self.budget = np.full(len(self.item), line[0], np.int64)
        years = (self.day - today - plans.wait[self.item]) / 365.25
        self.factor = np.ones(len(self.item)) if terms.rate is None else (1.0 + terms.rate) ** -years
        count = np.diff(plans.first)[self.item]
        self.own: Ints = np.repeat(np.arange(len(self.item)), count)
        within = np.arange(len(self.own)) - np.repeat(np.cumsum(count) - count, count)
        self.place = plans.first[self.item][self.own] + within
        after = np.zeros(len(self.place)) if terms.whole else np.nan_to_num(plans.after[self.place])
        later = within > 0
        due = self.day[self.own] + after.astype(np.int64)
        until = np.array([day_of(money[b].until) for b in line])
        which = np.searchsorted(until, due, side="left")
        covered = which < len(line)
        which = np.minimum(which, len(line) - 1)
        self.by: Ints = np.where(covered, np.array(line, np.int64)[which], -1)
        since = np.array([day_of(money[b].since) for b in line])
        self.when: Ints = np.where(covered, np.maximum(due, since[which]), due)
        share = np.where(later & terms.expected & (not terms.whole), np.nan_to_num(plans.reach[self.place], nan=1.0), 1)
        self.held: Floats = np.where(covered, np.ceil(plans.amount[self.place] * rate * share - 1e-6), 0.0)


def _joined(parts: list[_Part], room: Floats, reached: npt.NDArray[np.bool_]) -> Offers:
    def all_of(name: str, kind: type) -> npt.NDArray[Any]:
        return np.concatenate([np.zeros(0, kind), *(getattr(part, name) for part in parts)])

    first = np.cumsum([0, *(len(part.item) for part in parts)])
    own = np.concatenate([np.zeros(0, np.int64), *(part.own + at for part, at in zip(parts, first, strict=False))])
    item, budget, day = (all_of(name, np.int64) for name in ("item", "budget", "day"))
    by, held = all_of("by", np.int64), all_of("held", np.float64)
    # what one offer takes of one budget, all stages together, must fit into it
    key, place = np.unique(own * (len(room) + 1) + np.where(by < 0, len(room), by), return_inverse=True)
    asks, pays = np.bincount(place.ravel(), held, len(key)), key % (len(room) + 1)
    too_much = asks > np.r_[room, np.inf][pays]
    good = np.ones(len(item), bool)
    good[key[too_much] // (len(room) + 1)] = False
    order = np.lexsort((budget, day, item))
    order = order[good[order]]
    rank = np.full(len(item), -1, np.int64)
    rank[order] = np.arange(len(order))
    kept = np.flatnonzero(rank[own] >= 0)
    kept = kept[np.lexsort((all_of("place", np.int64)[kept], rank[own[kept]]))]
    return Offers(
        item=item[order].astype(np.int64), budget=budget[order].astype(np.int64), day=day[order].astype(np.int64),
        factor=all_of("factor", np.float64)[order].astype(np.float64), offer=rank[own[kept]],
        place=all_of("place", np.int64)[kept].astype(np.int64), by=by[kept].astype(np.int64),
        held=held[kept].astype(np.float64), when=all_of("when", np.int64)[kept].astype(np.int64), reached=reached,
    )  # fmt: skip
