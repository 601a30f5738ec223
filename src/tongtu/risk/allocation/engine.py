"""Which cases to fund, by whom and from when, with what is lost in the worst worlds kept under a cap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import Literal

import numpy as np
import polars as pl

from tongtu.risk.allocation import asked, told
from tongtu.risk.allocation.fresh import Chosen, fresh
from tongtu.risk.allocation.ground import Ground, ground_of
from tongtu.risk.allocation.offers import Terms
from tongtu.risk.book import Book
from tongtu.risk.simulation import Scenarios
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Relax, Solution
from tongtu.solve.tail import Effort, Least, Options, Selected, Tail, frontier, least, select
from tongtu.terms.faults import Fault, Infeasible
from tongtu.terms.money import Money
from tongtu.terms.why import Why

#: Nodes of branch and cut for a point of the frontier, whose bound is shown with it.
_NODES = 30


@dataclass(frozen=True, slots=True)
class Allocation:
    """`cases`: one row per case, with what was committed, what it costs elsewhere and why. `stages`: when the money
    of the chosen falls due and who holds it. `budgets`, `limits`: what is used, and the price of one more unit.
    `frontier`: the best value by loss cap. `fresh`: the choice on fresh scenarios. `tail`: CVaR of the choice,
    `expected_loss` its mean loss, both in minor units of the book; `risk_price`: value of one million more of cap.
    `least`: where the cap cannot be kept, the least that can.
    """

    cases: pl.DataFrame
    stages: pl.DataFrame
    budgets: pl.DataFrame
    limits: pl.DataFrame
    frontier: pl.DataFrame
    fresh: pl.DataFrame
    solution: Solution
    tail: float
    expected_loss: float
    risk_price: float
    currency: str
    level: float
    least: Least | None = None


def allocate(
    book: Book, scenarios: Scenarios, funds: pl.DataFrame, budgets: pl.DataFrame, priorities: pl.DataFrame, *,
    as_of: date, attributes: pl.DataFrame, stages: pl.DataFrame | None = None,
    minimums: pl.DataFrame | None = None, caps: pl.DataFrame | None = None,
    loss_cap: float | None = None, level: float = 0.95, confidence: float = 0.7,
    objective: Literal["outcome", "value"] = "outcome", committed: Literal["stage", "whole"] = "stage",
    reserve: Literal["full", "expected"] = "full", rates: pl.DataFrame | None = None, rate: float | None = None,
    other: Scenarios | None = None, steps: int = 0, effort: Effort | None = None, progress: Progress | None = None,
) -> Allocation:  # fmt: skip
    """Fund cases so that Σ weight × chance of being industrialised (or, with `objective="value"`, Σ weight × net
    value at `rate`) is greatest, while CVaR of money lost stays within `loss_cap` (minor units of the book).

    `attributes`: `case`, `direction`, `region`, `track`, `kind`, `start_stage`, `currency`; `stages`: the frame the
    book was made of. A case asks, for each stage, what suffices with `confidence`. With `committed="stage"` the first
    stage is committed and the later ones are held (`reserve`: in full, or at their chance of being reached) by the
    fund's budget in whose period they begin; with "whole" all is committed at once. With `rate` a case may also start
    in a later period, its value discounted. `minimums` and `caps`: a name (`minimum`, `cap`), any of `direction`,
    `region`, `track`, `kind`, one of `cases`, `amount` with `currency`, `share` (of all money held), and `each_year`.
    Cases whose odds are unknown are chosen only for a minimum that covers them: they have no value and no part in
    the tail. `other`: scenarios of another seed, to look at the choice again. `steps`: points of the frontier.

    A loss cap that is too tight gives status `infeasible` and `least`. Raises DataRefused for tables and UsageFault
    for settings that cannot be taken, Infeasible naming each minimum that cannot be reached and by how much, and
    Cancelled as `progress` does.
    """
    asked.options(level=level, confidence=confidence, loss_cap=loss_cap, objective=objective, rate=rate)
    for given in (scenarios, other):
        if given is not None:
            asked.scenarios(book, given, level)
    terms = Terms(committed == "whole", reserve == "expected", rate)
    ground = ground_of(
        book, scenarios, funds, budgets, priorities, as_of, attributes, stages, (minimums, caps), loss_cap, level,
        confidence, objective, rates, terms,
    )  # fmt: skip
    answer = _select(ground, effort, progress)
    if answer.solution.status == "infeasible" and answer.least is None:
        raise Infeasible(
            Fault(Why("risk_allocation.short", {"limit": r.limit, "by": _by(r.by, r.unit)}), Why("risk.minimum-repair"))
            for r in answer.solution.relax
        )
    chosen = np.flatnonzero((answer.option >= 0) & (ground.plans.row >= 0))
    loss = ground.losses.along(chosen, np.ones(len(chosen)))
    factor = ground.offers.factor[answer.option[chosen]]
    again = Chosen(ground.plans.row[chosen], ground.weight[chosen] * factor)
    return Allocation(
        cases=told.cases(ground, answer, loss),
        stages=told.stages(ground, answer),
        budgets=told.budgets(ground, answer),
        limits=told.limits(ground, answer),
        frontier=told.curve(_frontier(ground, steps, effort, progress), book.currency),
        fresh=fresh(book, again, scenarios, other, level),
        solution=_solution(ground, answer), tail=answer.tail, expected_loss=float(loss.mean()), currency=book.currency,
        level=level, risk_price=answer.risk * told.million(book.currency), least=answer.least,
    )  # fmt: skip


def _solution(ground: Ground, answer: Selected) -> Solution:
    """As found; a loss cap that cannot be kept is told with the least that can, and the floors that force it."""
    least, cap, currency = answer.least, ground.loss_cap, ground.book.currency
    if least is None or cap is None:
        return answer.solution
    code = "risk_allocation.cap-too-tight" if least.bound > cap else "risk_allocation.cap-not-reached"
    forced = tuple(
        Why("risk_allocation.forced-by", {"limit": limit, "without": Money(round(max(0.0, tail)), currency)})
        for limit, tail in least.floors
    )
    facts = {"cap": Money(round(cap), currency), "least": Money(ceil(least.tail - 1e-6), currency)}
    return replace(answer.solution, relax=(Relax(Why(code, facts, forced), least.tail - cap, currency),))


def _by(by: float, unit: str) -> object:
    return Money(ceil(by - 1e-6), unit) if unit else ceil(by - 1e-6)


def _options(ground: Ground) -> Options:
    value = np.nan_to_num(ground.value)[ground.offers.item] * ground.offers.factor
    return Options(ground.offers.item, value)


def _select(ground: Ground, effort: Effort | None, progress: Progress | None) -> Selected:
    tail = Tail(ground.losses, ground.level, np.inf if ground.loss_cap is None else float(ground.loss_cap))
    return select(
        len(ground.plans), _options(ground), ground.rows.rows, tail,
        problem="allocation", unit=ground.unit or "cases", effort=effort, progress=progress,
    )  # fmt: skip


def _frontier(
    ground: Ground, steps: int, effort: Effort | None, progress: Progress | None
) -> list[tuple[float, Selected]]:  # fmt: skip
    """Caps from the least that can be kept to that which no longer binds."""
    if steps < 1 or not len(ground.offers.item):
        return []
    n, choices, limits = len(ground.plans), _options(ground), ground.rows.rows
    tail = Tail(ground.losses, ground.level, np.inf)
    free = select(n, choices, limits, tail, problem="allocation", unit=ground.unit or "cases", effort=effort,
                  progress=progress)  # fmt: skip
    lowest = least(n, choices, limits, tail, effort=effort, progress=progress)
    if lowest is None or free.solution.status == "infeasible":
        return []
    low = max(0.0, lowest.tail)
    effort = replace(effort or Effort(), nodes=min((effort or Effort()).nodes, _NODES))
    caps = [float(cap) for cap in np.linspace(low, max(low, free.tail), steps + 1)[1:]]
    found = frontier(
        n, choices, limits, tail, caps, problem="allocation", unit=ground.unit or "cases", effort=effort,
        progress=progress,
    )  # fmt: skip
    return list(zip(caps, found, strict=True))
