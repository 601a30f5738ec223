"""The answer as tables: what is funded, who holds which money when, what limits cost, and what was on offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from tongtu.risk.allocation.ground import Ground
from tongtu.risk.allocation.offers import EPOCH
from tongtu.risk.allocation.plans import Floats, Ints
from tongtu.risk.allocation.reasons import Reasons
from tongtu.risk.allocation.rows import named
from tongtu.solve.tail import Selected, worst
from tongtu.terms.money import Money, exponent
from tongtu.terms.why import Why

_CASES = {
    "case": pl.String(), "chosen": pl.Boolean(), "fund": pl.String(), "budget": pl.String(), "start": pl.Date(),
    "committed": pl.Int64(), "reserved": pl.Int64(), "uncovered": pl.Int64(), "currency": pl.String(),
    "weight": pl.Float64(), "p": pl.Float64(), "value": pl.Float64(), "money": pl.Float64(), "floor": pl.Float64(),
    "risk": pl.Float64(), "margin": pl.Float64(), "tail": pl.Float64(), "why": pl.String(),
}  # fmt: skip
_STAGES = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "start": pl.Date(), "fund": pl.String(),
    "budget": pl.String(), "state": pl.String(), "chance": pl.Float64(), "amount": pl.Int64(), "held": pl.Int64(),
    "currency": pl.String(),
}  # fmt: skip
_BUDGETS = {
    "budget": pl.String(), "fund": pl.String(), "period_from": pl.Date(), "period_to": pl.Date(),
    "currency": pl.String(), "amount": pl.Int64(), "committed": pl.Int64(), "reserved": pl.Int64(),
    "expected": pl.Float64(), "left": pl.Int64(), "per_million": pl.Float64(),
}  # fmt: skip
_LIMITS = {
    "limit": pl.String(), "kind": pl.String(), "year": pl.Int64(), "size": pl.Float64(), "reached": pl.Float64(),
    "unit": pl.String(), "binding": pl.Boolean(), "price": pl.Float64(), "why": pl.String(),
}  # fmt: skip
_FRONTIER = {
    "cap": pl.Float64(), "value": pl.Float64(), "bound": pl.Float64(), "gap": pl.Float64(), "tail": pl.Float64(),
    "chosen": pl.Int64(), "per_million": pl.Float64(), "status": pl.String(),
}  # fmt: skip


def million(currency: str) -> float:
    """A million of a currency in its minor units."""
    return 1e6 * 10.0 ** exponent(currency)


class Held:
    """Entries of the chosen offers: which are committed at once, which held for later, which by nobody yet."""

    def __init__(self, ground: Ground, answer: Selected) -> None:
        taken = np.zeros(len(ground.offers.item), bool)
        taken[answer.option[answer.option >= 0]] = True
        self.entry: Ints = np.flatnonzero(taken[ground.offers.offer])
        offers, plans = ground.offers, ground.plans
        self.offer, self.place = offers.offer[self.entry], offers.place[self.entry]
        self.item, self.by, self.held = offers.item[self.offer], offers.by[self.entry], offers.held[self.entry]
        self.order = self.place - plans.first[self.item]
        self.now = (self.order == 0) | ground.terms.whole
        rate = [_rate(ground, int(i), int(o)) for i, o in zip(self.item, self.offer, strict=True)]
        self.amount = np.ceil(plans.amount[self.place] * np.array(rate, np.float64) - 1e-6)


def _rate(ground: Ground, item: int, offer: int) -> float:
    """What the case's money is in the currency of the budget it starts in."""
    currency = ground.plans.currency[item]
    found = ground.exchange.rate(currency, ground.money[ground.offers.budget[offer]].currency) if currency else None
    return found[0] if found else 1.0


def cases(ground: Ground, answer: Selected, loss: Floats) -> pl.DataFrame:
    """One row per case, in the order of ids; `loss` per scenario of what is chosen."""
    held = Held(ground, answer)
    n = len(ground.plans)
    now, later, nobody = (
        np.bincount(held.item, np.where(state, amount, 0.0), n)
        for state, amount in (
            (held.now & (held.by >= 0), held.held),
            (~held.now & (held.by >= 0), held.held),
            (held.by < 0, held.amount),
        )
    )
    shown = _shown(ground, answer)
    tail = ground.losses.weighed(worst(loss, ground.level))
    takes, brings = ground.rows.split(answer.price, len(ground.offers.item))
    reasons = Reasons(ground, answer, shown, takes, brings, tail)
    rows: list[tuple[Any, ...]] = []
    for i, case in enumerate(ground.plans.cases):
        chosen, o = answer.option[i] >= 0, int(shown[i])
        budget = ground.money[ground.offers.budget[o]] if chosen else None
        p = ground.book.success[ground.plans.row[i]] if ground.plans.row[i] >= 0 else None
        factor = ground.offers.factor[o] if o >= 0 else 1.0
        value = None if np.isnan(ground.value[i]) else float(ground.value[i] * factor)
        prices = (takes[o], brings[o], answer.charge[i], answer.margin[o]) if o >= 0 else (None,) * 4
        rows.append((
            case, bool(chosen), budget and budget.fund, budget and budget.budget,
            EPOCH + timedelta(int(ground.offers.day[o])) if chosen else None,
            int(now[i]), int(later[i]), int(nobody[i]), budget.currency if budget else ground.plans.currency[i],
            float(ground.weight[i]), p, value, *prices, float(tail[i]) if ground.plans.row[i] >= 0 else None,
            reasons.of(i).to_json(),
        ))  # fmt: skip
    return pl.DataFrame(rows, _CASES, orient="row")


def _shown(ground: Ground, answer: Selected) -> Ints:
    """Per case the offer taken, else the one with the best margin; -1 where there is none."""
    shown = answer.option.copy()
    item = ground.offers.item
    order = np.lexsort((np.arange(len(item)), -answer.margin, item))
    first = order[np.unique(item[order], return_index=True)[1]] if len(item) else order
    left = first[shown[item[first]] < 0]
    shown[item[left]] = left
    return shown


def stages(ground: Ground, answer: Selected) -> pl.DataFrame:
    """What the chosen cases ask for by stage, in the currency of the budget they start in, and who holds how much of
    it. `chance`: that the stage is begun; null unknown."""
    held, plans = Held(ground, answer), ground.plans
    rows = []
    for k, entry in enumerate(held.entry):
        first = ground.money[ground.offers.budget[held.offer[k]]]
        payer = ground.money[held.by[k]] if held.by[k] >= 0 else None
        state = "uncovered" if payer is None else "committed" if held.now[k] else "reserved"
        chance = float(plans.reach[held.place[k]])
        rows.append((
            plans.cases[held.item[k]], int(held.order[k]), plans.stage[held.place[k]],
            EPOCH + timedelta(int(ground.offers.when[entry])), first.fund, payer and payer.budget, state,
            None if np.isnan(chance) else chance, int(held.amount[k]), int(held.held[k]), first.currency,
        ))  # fmt: skip
    return pl.DataFrame(rows, _STAGES, orient="row")


def budgets(ground: Ground, answer: Selected) -> pl.DataFrame:
    """What each budget holds; `expected`: what of it will be called, later stages at their chance of being begun;
    `per_million`: value that one more million of its currency brings."""
    held = Held(ground, answer)
    chance = np.where(held.now, 1.0, np.nan_to_num(ground.plans.reach[held.place], nan=1.0))
    called = np.where(ground.terms.expected & ~held.now, held.held, held.held * chance)
    price = {of: each for of, each in zip(ground.rows.of, answer.price, strict=True) if isinstance(of, int)}
    rows = []
    for b, budget in enumerate(ground.money):
        mine = held.by == b
        now, later = held.held[mine & held.now].sum(), held.held[mine & ~held.now].sum()
        rows.append((
            budget.budget, budget.fund, budget.since, budget.until, budget.currency, budget.amount, int(now),
            int(later), float(called[mine].sum()), budget.amount - int(now + later),
            float(price.get(b, 0.0)) * million(budget.currency),
        ))  # fmt: skip
    return pl.DataFrame(rows, _BUDGETS, orient="row")


def limits(ground: Ground, answer: Selected) -> pl.DataFrame:
    """Minimums and caps with what is reached; `price`: value one case, one million of `unit`, or (share) one
    percentage point less asked of a minimum, or more allowed by a cap, would bring."""
    share = np.zeros(len(ground.offers.item))
    share[answer.option[answer.option >= 0]] = 1.0
    rows: list[tuple[Any, ...]] = []
    for row, of, year, whole, price in zip(*_each(ground), answer.price, strict=True):
        if isinstance(of, int):
            continue
        used = float(row.amount @ share[row.option])
        reached: float | None = used
        worth_of = price * (million(row.unit) if row.unit else 1.0)
        if whole is not None:
            total = float(whole @ share[row.option])
            reached = of.size + used / total if total else None
            worth_of = price * total / 100
        rows.append((
            of.name, of.kind, year, of.size, reached, "share" if whole is not None else row.unit, bool(price > 0),
            float(worth_of), named(of, year).to_json(),
        ))  # fmt: skip
    if ground.loss_cap is not None:
        unit, cap = ground.book.currency, float(ground.loss_cap)
        facts = {"worst": round(100 * (1 - ground.level), 2), "cap": Money(round(cap), unit)}
        why = Why("risk_allocation.loss-cap", facts)
        price = answer.risk * million(unit)
        rows.append(("", "loss_cap", None, cap, answer.tail, unit, answer.risk > 0, price, why.to_json()))
    return pl.DataFrame(rows, _LIMITS, orient="row")


def _each(ground: Ground) -> tuple[Sequence[Any], ...]:
    rows = ground.rows
    return rows.rows, rows.of, rows.year, rows.whole


def curve(points: Sequence[tuple[float, Selected]], currency: str) -> pl.DataFrame:
    """The frontier by ascending cap; `per_million`: value of one more million of cap."""
    rows = [
        (
            cap, found.solution.value, found.solution.bound, found.solution.gap, found.tail,
            int((found.option >= 0).sum()), found.risk * million(currency), found.solution.status,
        )
        for cap, found in points
    ]  # fmt: skip
    return pl.DataFrame(rows, _FRONTIER, orient="row")
