"""Why a case is funded, and why another is not: what stood in the way, at what price, what would have to change."""

from __future__ import annotations

import numpy as np

from tongtu.risk.allocation.ground import Ground
from tongtu.risk.allocation.plans import Floats, Ints
from tongtu.risk.budgets import unreached
from tongtu.solve.tail import Selected
from tongtu.terms.money import Money
from tongtu.terms.why import Ratio, Why

#: Limits named for one case.
_NAMED = 3


def worth(ground: Ground, value: float) -> object:
    """A value as a reason carries it: money, or weighted cases."""
    return Money(round(value), ground.unit) if ground.unit else float(f"{value:.4g}")


class Reasons:
    """For each case: `shown` is its offer, `takes` and `brings` what offers take of budgets and caps and bring to
    minimums at their prices, `tail` what each case adds to the tail at the margin."""

    def __init__(
        self, ground: Ground, answer: Selected, shown: Ints, takes: Floats, brings: Floats, tail: Floats
    ) -> None:  # fmt: skip
        self.ground, self.answer, self.shown = ground, answer, shown
        self.takes, self.brings, self.tail = takes, brings, tail
        self._by_offer: dict[int, list[tuple[float, Why]]] = {}
        wanted = set(shown[shown >= 0].tolist())
        for row, price in zip(ground.rows.rows, answer.price, strict=True):
            for option, amount in zip(row.option.tolist(), row.amount.tolist(), strict=True) if price > 0 else ():
                if option in wanted:
                    self._by_offer.setdefault(option, []).append((price * amount, row.limit))

    def of(self, i: int) -> Why:
        return self._chosen(i) if self.answer.option[i] >= 0 else self._left(i)

    # ---------------------------------------------------------------------------------------- chosen

    def _chosen(self, i: int) -> Why:
        ground, o = self.ground, int(self.shown[i])
        budget = ground.money[ground.offers.budget[o]]
        parts = [*self._money(o, i), *ground.priorities[i]]
        if ground.by_floor[i]:
            return Why("risk_allocation.chosen-by-floor", {"fund": budget.name}, tuple(parts))
        facts = {
            "fund": budget.name, "p": Ratio(float(ground.book.success[ground.plans.row[i]])),
            "weight": round(float(ground.weight[i]), 6), "value": worth(ground, self._value(i)),
            "tail": self._money_of(self.tail[i]),
        }  # fmt: skip
        return Why("risk_allocation.chosen", facts, tuple(parts))

    def _money(self, o: int, i: int) -> list[Why]:
        ground, entries = self.ground, self.ground.offers.entries(o)
        parts = []
        currency = ground.plans.currency[i]
        rate = ground.exchange.rate(currency or "", ground.money[ground.offers.budget[o]].currency)
        if rate is not None and rate[1] is not None:
            parts.append(rate[1])
        open_ones = ground.offers.place[entries][ground.offers.by[entries] < 0]
        if len(open_ones):
            amount = Money(int(np.ceil(ground.plans.amount[open_ones].sum())), str(currency))
            names = tuple(ground.plans.stage[k] for k in open_ones)
            parts.append(Why("risk_allocation.uncovered", {"stages": names, "amount": amount}))
        if ground.offers.factor[o] < 1:
            parts.append(Why("risk_allocation.waits", {"kept": Ratio(float(ground.offers.factor[o]))}))
        return parts

    # ------------------------------------------------------------------------------------------ left

    def _left(self, i: int) -> Why:
        why = self._barred(i)
        if why is not None:
            return why
        ground, o = self.ground, int(self.shown[i])
        if self.answer.solution.status == "infeasible":
            return Why("risk_allocation.none-chosen")
        if ground.by_floor[i]:
            return Why("risk_allocation.floor-served")
        value = self._value(i)
        if value <= 0 and self.brings[o] <= 0:
            return Why("risk_allocation.no-gain", {"own": worth(ground, value)})
        if self.answer.margin[o] < 0:
            return self._outbid(i, o, value)
        return Why("risk_allocation.no-room", {"ask": self._ask(i)}, self._binding(o))

    def _barred(self, i: int) -> Why | None:
        """What keeps a case from being considered at all."""
        ground, plans = self.ground, self.ground.plans
        left = plans.left[i]
        if left is not None and not ground.by_floor[i]:
            return Why("risk_allocation.unrated", {}, (left,))
        if np.isnan(ground.value[i]) and not ground.by_floor[i]:
            return Why("risk_allocation.no-value")
        if not ground.money:
            return Why("risk.no-budget")
        if not ground.offers.reached[i]:
            return unreached(ground.kinds[i], ground.money, ground.exchange)
        return Why("risk_allocation.too-large", {"ask": self._ask(i)}) if self.shown[i] < 0 else None

    def _outbid(self, i: int, o: int, value: float) -> Why:
        """By what else the money would do, or by the tail alone; with what it would have to be worth."""
        ground, charge = self.ground, float(self.answer.charge[i])
        elsewhere = float(self.takes[o] - self.brings[o])
        needed = Why("risk_allocation.would-need", {"value": worth(ground, elsewhere + charge)})
        if value >= elsewhere and charge > 0:
            bearable = Why(
                "risk_allocation.would-bear", {"share": Ratio(max(0.0, (value - elsewhere) / charge))}
            )  # fmt: skip
            facts = {
                "own": worth(ground, value), "risk": worth(ground, charge), "tail": self._money_of(self.tail[i]),
            }  # fmt: skip
            return Why("risk_allocation.raises-tail", facts, (needed, bearable, *self._binding(o)))
        facts = {"ask": self._ask(i), "own": worth(ground, value), "elsewhere": worth(ground, elsewhere)}
        parts = [needed, *self._binding(o)]
        if charge > 0:
            parts.insert(1, Why("risk_allocation.and-risk", {"risk": worth(ground, charge)}))
        return Why("risk_allocation.displaced", facts, tuple(parts))

    def _binding(self, o: int) -> tuple[Why, ...]:
        """The limits that cost this offer most."""
        found = sorted(self._by_offer.get(o, []), key=lambda pair: (-pair[0], pair[1].to_json()))
        return tuple(
            Why("risk_allocation.binding", {"limit": limit, "price": worth(self.ground, price)})
            for price, limit in found[:_NAMED]
            if price > 0
        )  # fmt: skip

    def _value(self, i: int) -> float:
        return float(np.nan_to_num(self.ground.value[i]) * self.ground.offers.factor[self.shown[i]])

    def _ask(self, i: int) -> Money:
        plans = self.ground.plans
        amount = plans.amount[plans.first[i] : plans.first[i + 1]].sum()
        return Money(int(np.ceil(amount - 1e-6)), plans.currency[i] or self.ground.book.currency)

    def _money_of(self, amount: float) -> Money:
        return Money(round(float(amount)), self.ground.book.currency)
