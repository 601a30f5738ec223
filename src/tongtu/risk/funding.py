"""Which cases the budgets take: the most industrialised cases to be expected, weighed by strategic priority.

Each case is funded once or not at all, and wholly by one budget. A case that is left out is told why: not
comparable, not eligible, too large, or worth less than what the same money brings elsewhere (the price of
the budget, a dual of the relaxation).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import prod
from typing import Any

import numpy as np
import polars as pl

from tongtu.risk.budgets import DIMENSIONS, Budget, Exchange, in_force
from tongtu.solve.choose import Chosen, Floor, Pots
from tongtu.solve.choose import choose as best_choice
from tongtu.solve.solution import Solution
from tongtu.terms.faults import DataRefused, Fault, Infeasible
from tongtu.terms.money import Money, exponent
from tongtu.terms.why import Ratio, Why

_FUNDING = {
    "case": pl.String(), "chosen": pl.Boolean(), "fund": pl.String(), "budget": pl.String(),
    "amount": pl.Int64(), "currency": pl.String(), "weight": pl.Float64(), "p": pl.Float64(),
    "expected": pl.Float64(), "why": pl.String(),
}  # fmt: skip
_BUDGETS = {
    "budget": pl.String(), "fund": pl.String(), "currency": pl.String(), "amount": pl.Int64(),
    "committed": pl.Int64(), "per_million": pl.Float64(),
}  # fmt: skip
_CASES = {
    "case": pl.String(), **dict.fromkeys(DIMENSIONS, pl.String()), "currency": pl.String(),
    "p": pl.Float64(), "low": pl.Float64(), "cost_ask": pl.Int64(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """`funding`: the plan's table, one row per case. `budgets`: what each budget in force holds, commits, and
    `per_million`, the expected outcome one more million of its currency would bring."""

    funding: pl.DataFrame
    budgets: pl.DataFrame
    solution: Solution


def choose(
    cases: pl.DataFrame, funds: pl.DataFrame, budgets: pl.DataFrame, priorities: pl.DataFrame, *,
    as_of: date, minimums: pl.DataFrame | None = None, rates: pl.DataFrame | None = None,
) -> Choice:  # fmt: skip
    """Fund cases so that Σ weight · p is greatest.

    `cases`: `case`, `direction`, `region`, `track`, `start_stage`, `p`, `low`, `cost_ask`, `currency` (absent
    columns are unknown); where `p` is null its lower limit counts. `funds`, `budgets`, `priorities` and
    `rates` are the nouns. A budget counts when its period covers `as_of` or begins within a year; it pays
    only cases inside its own and its fund's directions, regions and tracks that have one of the fund's
    stages ahead of them, and only in its own currency or by the latest rate up to `as_of`. Priorities in
    force multiply. `minimums` has `minimum` (its name), any of `direction`, `region`, `track` to pick cases,
    and `cases` (least number funded) or `amount` with `currency` (least sum asked by the funded).

    An unfunded case has amount and expected outcome 0. Raises DataRefused for cases that cannot be read, and
    Infeasible naming each minimum that cannot be reached and by how much.
    """
    table = _table(cases)
    money, exchange = in_force(budgets, funds, as_of), Exchange(rates, as_of)
    book = _Book(table, money, exchange, priorities, as_of)
    answer = best_choice(
        book.value, book.cost, book.group, book.pots, _floors(minimums, table, book), problem="funding", unit="cases"
    )
    if answer.solution.status == "infeasible":
        raise Infeasible(
            Fault(Why(relax.limit.code, {**relax.limit.args, "by": _by(relax.by, relax.unit)}), _EASE)
            for relax in answer.solution.relax
        )
    rows = [_row(book, answer, k) for k in range(table.height)]
    return Choice(pl.DataFrame(rows, _FUNDING, orient="row"), _committed(money, answer), answer.solution)


_EASE = Why("risk.minimum-repair")


def _by(by: float, unit: str) -> object:
    return Money(int(np.ceil(by - 1e-6)), unit) if unit else int(np.ceil(by - 1e-6))


def _table(cases: pl.DataFrame) -> pl.DataFrame:
    """The columns we read, sorted by case; all faults at once."""
    table = cases.select(
        pl.col(c).cast(kind) if c in cases.columns else pl.lit(None, kind).alias(c) for c, kind in _CASES.items()
    ).sort("case")
    nameless = pl.col("cost_ask").is_not_null() & pl.col("currency").is_null()
    wrong = {
        "risk.case-twice": pl.col("case").is_duplicated() | pl.col("case").is_null(),
        "risk.p-refused": ~pl.col("p").is_between(0, 1) | ~pl.col("low").is_between(0, 1),
        "risk.ask-refused": (pl.col("cost_ask") < 0) | nameless,
    }
    faults = [
        Fault(Why(code, {"case": case}), Why(f"{code}-repair"))
        for code, test in wrong.items()
        for case in table.filter(test)["case"].unique(maintain_order=True)
    ]
    if faults:
        raise DataRefused(faults)
    return table


class _Book:
    """The cases as the chooser needs them, and what is needed to explain each afterwards."""

    def __init__(
        self, table: pl.DataFrame, money: list[Budget], exchange: Exchange, priorities: pl.DataFrame, as_of: date
    ) -> None:
        self.rows = table.rows(named=True)
        self.money, self.exchange = money, exchange
        keys = [(*(row[d] for d in DIMENSIONS), row["currency"]) for row in self.rows]
        self.kinds = sorted(set(keys), key=lambda key: tuple((v is None, v or "") for v in key))
        place = {key: k for k, key in enumerate(self.kinds)}
        self.kind = [place[key] for key in keys]
        weighing = _in_force(priorities, as_of)
        self.weights = [_weight(self.named(k), weighing) for k in range(len(self.kinds))]
        self.chance = [row["p"] if row["p"] is not None else row["low"] for row in self.rows]
        unknown = [c is None or row["cost_ask"] is None for c, row in zip(self.chance, self.rows, strict=True)]
        # A case that cannot be compared belongs to a group that no budget reaches.
        self.group = np.array([-1 if out else k for k, out in zip(self.kind, unknown, strict=True)], np.int64)
        self.value = np.array([self.weights[k][0] * (c or 0.0) for k, c in zip(self.kind, self.chance, strict=True)])
        self.cost = np.array([row["cost_ask"] or 0 for row in self.rows], np.int64)
        self.pots = self._pots()

    def named(self, k: int) -> dict[str, str | None]:
        return dict(zip((*DIMENSIONS, "currency"), self.kinds[k], strict=True))

    def _pots(self) -> Pots:
        entries = []
        for k in range(len(self.kinds)):
            kind = self.named(k)
            for b, budget in enumerate(self.money):
                rate = self.exchange.rate(kind["currency"], budget.currency) if kind["currency"] else None
                if rate is not None and not budget.refuses(kind):
                    entries.append((k, b, rate[0]))
        group, pot, rates = zip(*entries, strict=True) if entries else ((), (), ())
        room = np.array([budget.amount for budget in self.money], np.int64)
        return Pots(room, np.array(group, np.int64), np.array(pot, np.int64), np.array(rates, np.float64))


def _in_force(priorities: pl.DataFrame, as_of: date) -> list[dict[str, Any]]:
    begun = pl.col("since").is_null() | (pl.col("since") <= as_of)
    lasting = pl.col("until").is_null() | (pl.col("until") >= as_of)
    return priorities.filter(begun & lasting).sort("priority").rows(named=True)


def _weight(kind: dict[str, str | None], priorities: list[dict[str, Any]]) -> tuple[float, tuple[Why, ...]]:
    """The product of the priorities that a kind of case meets, and what they are."""
    met = [row for row in priorities if all(row[d] in (None, kind[d]) for d in ("direction", "region", "track"))]
    whys = (Why("risk.priority", {n: row[n] for n in ("priority", "weight", "source")}) for row in met)
    return prod((row["weight"] for row in met), start=1.0), tuple(whys)


def _floors(minimums: pl.DataFrame | None, table: pl.DataFrame, book: _Book) -> list[Floor]:
    floors = []
    for row in minimums.sort("minimum").rows(named=True) if minimums is not None else []:
        inside = np.ones(table.height, bool)
        for dimension in ("direction", "region", "track"):
            if row.get(dimension) is not None:
                inside &= (table[dimension] == row[dimension]).fill_null(False).to_numpy()
        if row.get("cases") is not None:
            why = Why("risk.minimum-cases", {"minimum": row["minimum"], "least": row["cases"]})
            floors.append(Floor(why, inside.astype(float), float(row["cases"])))
        if row.get("amount") is not None:
            inside &= (table["currency"] == row["currency"]).fill_null(False).to_numpy()
            least = Money(row["amount"], row["currency"])
            why = Why("risk.minimum-amount", {"minimum": row["minimum"], "least": least})
            floors.append(Floor(why, inside * book.cost.astype(float), float(row["amount"]), row["currency"]))
    return floors


# ------------------------------------------------------------------------------------------ the table


def _row(book: _Book, answer: Chosen, k: int) -> tuple[object, ...]:
    row, (weight, priorities) = book.rows[k], book.weights[book.kind[k]]
    pot = int(answer.pot[k])
    if pot < 0:
        why = _why_not(book, answer, k)
        return row["case"], False, None, None, 0, row["currency"], weight, book.chance[k], 0.0, why.to_json()
    budget, expected = book.money[pot], float(book.value[k])
    parts = [Why("risk.lower-limit")] if row["p"] is None else []
    rate = book.exchange.rate(row["currency"], budget.currency)
    if rate is not None and rate[1] is not None:
        parts.append(rate[1])
    facts = {"fund": budget.name, "p": Ratio(book.chance[k]), "weight": weight, "expected": expected}
    why = Why("risk.chosen", facts, (*parts, *priorities))
    return (
        row["case"], True, budget.fund, budget.budget, int(answer.paid[k]), budget.currency,
        weight, book.chance[k], expected, why.to_json(),
    )  # fmt: skip


def _why_not(book: _Book, answer: Chosen, k: int) -> Why:
    row = book.rows[k]
    if row["cost_ask"] is None:
        return Why("risk.no-cost")
    if book.chance[k] is None:
        return Why("risk.no-odds")
    if not book.money:
        return Why("risk.no-budget")
    entries = slice(*np.searchsorted(book.pots.group, [book.group[k], book.group[k] + 1]))
    pots = book.pots.pot[entries]
    if not len(pots):
        return _unreached(book, k)
    needs = np.ceil(book.cost[k] * book.pots.rate[entries] - 1e-6)
    ask = Money(row["cost_ask"], row["currency"])
    fits = needs <= book.pots.room[pots]
    if not fits.any():
        largest = book.money[pots[np.argmax(book.pots.room[pots] / np.maximum(needs, 1))]]
        amount = Money(largest.amount, largest.currency)
        return Why("risk.too-large", {"ask": ask, "fund": largest.name, "amount": amount})
    elsewhere, own = float((answer.price[pots] * needs).min()), float(book.value[k])
    if elsewhere > own:
        return Why("risk.displaced", {"ask": ask, "own": own, "elsewhere": elsewhere})
    return Why("risk.no-room", {"ask": ask})


def _unreached(book: _Book, k: int) -> Why:
    """No budget may pay this case: by currency, or by the limits that stand in the way."""
    kind = book.named(book.kind[k])
    currency = book.rows[k]["currency"]
    payable = [budget for budget in book.money if book.exchange.rate(currency, budget.currency) is not None]
    if not payable:
        return Why("risk.no-currency", {"currency": currency})
    against = {dimension for budget in payable for dimension in budget.refuses(kind)}
    limits = (Why(f"risk.limit-{d.replace('_', '-')}") for d in DIMENSIONS if d in against)
    return Why("risk.not-eligible", {}, tuple(limits))


def _committed(money: list[Budget], answer: Chosen) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = [
        (
            budget.budget, budget.fund, budget.currency, budget.amount,
            int(answer.paid[answer.pot == b].sum()),
            float(answer.price[b]) * 1e6 * 10 ** exponent(budget.currency),
        )
        for b, budget in enumerate(money)
    ]  # fmt: skip
    return pl.DataFrame(rows, _BUDGETS, orient="row")
