"""What the next million buys, what stands in the way, what else would do nearly as well, and why not the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tongtu.pilots.layout.answers import Outcome
from tongtu.pilots.layout.greedy import Draft, draft_of
from tongtu.pilots.layout.model import Model
from tongtu.pilots.layout.problem import Floats
from tongtu.pilots.layout.rows import Rows
from tongtu.pilots.layout.settings import Settings
from tongtu.pilots.layout.sites import quantity
from tongtu.pilots.layout.solving import Best, Clock
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Solution
from tongtu.terms.money import Money, exponent
from tongtu.terms.why import Ratio, Why

PRICES: Mapping[str, Any] = {
    "period": pl.Int64, "payer": pl.String, "budget": pl.String, "left": pl.Int64, "currency": pl.String,
    "price": pl.Float64, "of": pl.String, "why": pl.String,
}  # fmt: skip
BINDING: Mapping[str, Any] = {
    "kind": pl.String, "subject": pl.String, "period": pl.Int64, "slack": pl.Float64, "price": pl.Float64,
    "why": pl.String,
}  # fmt: skip
ALTERNATIVES: Mapping[str, Any] = {
    "alternative": pl.Int64, "value": pl.Float64, "loses": pl.Float64, "change": pl.String, "period": pl.Int64,
    "action": pl.String, "platform": pl.String, "direction": pl.String, "region": pl.String, "why": pl.String,
}  # fmt: skip
REJECTED: Mapping[str, Any] = {
    "action": pl.String, "platform": pl.String, "platform_name": pl.String, "direction": pl.String,
    "region": pl.String, "cost": pl.Int64, "currency": pl.String, "hours": pl.Float64, "covered": pl.Float64,
    "per_million": pl.Float64, "why": pl.String,
}  # fmt: skip
_MILLION = 10**6
_TINY = 1e-7
_SITES = 20  # full sites named at most


def prices(outcome: Outcome, best: Best) -> pl.DataFrame:
    """Per budget: what is left of it, and the hours (as the objective weighs them, over all periods) that a million of
    major units more would buy. These are duals of the linear relaxation: exact for it while its basis holds, and for
    whole actions the rate that money buys at in the mean."""
    assert best.relaxed is not None
    model, case = best.model, outcome.case
    spent = case.problem.spent(outcome.draft.paid)
    rows = []
    for k, pot in enumerate(case.pots):
        per_minor = max(0.0, float(best.relaxed.dual[model.pot_rows.start + k])) / float(model.unit[k])
        million = _MILLION * 10 ** exponent(pot.room.currency)
        price, left = per_minor * million, int(case.problem.pots.room[k] - spent[k])
        args = {
            "payer": outcome.names.payer(pot.fund), "period": pot.period + 1,
            "hours": quantity(price),
            "million": Money(million, pot.room.currency), "left": Money(left, pot.room.currency),
        }  # fmt: skip
        code = "price" if price > _TINY else "price-none"
        rows.append({
            "period": pot.period + 1, "payer": pot.fund, "budget": pot.budget, "left": left,
            "currency": pot.room.currency, "price": price, "of": "relaxation",
            "why": Why(f"pilots_layout.{code}", args).to_json(),
        })  # fmt: skip
    return pl.DataFrame(rows, schema=PRICES)


def binding(outcome: Outcome, best: Best) -> pl.DataFrame:
    """Limits that hold the answer back: budgets, least shares, numbers of platforms, and the fullest sites."""
    assert best.relaxed is not None
    rows = [*_tight_pots(outcome, best), *_tight_rules(outcome, best), *_tight_sites(outcome, best)]
    return pl.DataFrame(rows, schema=BINDING)


def _row(
    kind: str, subject: str, period: int | None, slack: float, price: float, args: dict[str, Any]
) -> dict[str, Any]:
    why = Why(f"pilots_layout.binds-{kind}", args)
    return {"kind": kind, "subject": subject, "period": period, "slack": slack, "price": price, "why": why.to_json()}


def _tight_pots(outcome: Outcome, best: Best) -> list[dict[str, Any]]:
    case, found = outcome.case, []
    left = case.problem.pots.room - case.problem.spent(outcome.draft.paid)
    for k, pot in enumerate(case.pots):
        dual = float(best.relaxed.dual[best.model.pot_rows.start + k])  # type: ignore[union-attr]
        if dual > _TINY:
            args = {"payer": outcome.names.payer(pot.fund), "period": pot.period + 1,
                    "left": Money(int(left[k]), pot.room.currency)}  # fmt: skip
            found.append(_row("budget", pot.budget, pot.period + 1, float(left[k]), dual / best.model.unit[k], args))
    return found


def _tight_rules(outcome: Outcome, best: Best) -> list[dict[str, Any]]:
    case, problem, model, found = outcome.case, best.model.problem, best.model, []
    assert best.relaxed is not None
    shares = case.problem.shares(outcome.draft.carried)
    for g, area in enumerate(case.areas):
        price = -float(best.relaxed.dual[model.area_rows.start + g])
        if problem.least[g] > 0 and (price > _TINY or shares[g] - problem.least[g] < 1e-6):
            args = {"area": outcome.names.region(area), "share": Ratio(float(problem.least[g]))}
            found.append(_row("share", area, problem.periods, float(shares[g] - problem.least[g]), price, args))
    for k, direction in enumerate(case.bottlenecks):
        sites, n = problem.fewest[k]
        slack = float(outcome.serving[sites, -1].sum() - n)
        if slack <= 0:
            args = {"direction": outcome.names.direction(direction), "n": n}
            price = -float(best.relaxed.dual[model.count_rows.start + k])
            found.append(_row("redundancy", direction, problem.periods, slack, price, args))
    return found


def _tight_sites(outcome: Outcome, best: Best) -> list[dict[str, Any]]:
    """Sites used to the last hour at the end, where an hour more would serve most."""
    problem, model = outcome.case.problem, best.model
    if not problem.limited:
        return []
    assert best.relaxed is not None
    last = problem.periods - 1
    dual = best.relaxed.dual[model.site_rows].reshape(-1, problem.periods)[:, last]
    dual[problem.links.site] = np.where(
        np.isin(problem.links.site, model.problem.links.site), dual[problem.links.site],
        problem.weight[problem.links.cell],
    )  # fmt: skip
    used = np.bincount(problem.links.site, outcome.draft.carried[:, last], len(problem.base))
    slack = outcome.capacity[:, last] - used
    full = np.flatnonzero(outcome.serving[:, last] & (slack <= 1e-6 * np.maximum(1.0, used)) & (dual > _TINY))
    order = full[np.lexsort((full, -outcome.capacity[full, last], -np.round(dual[full], 6)))][:_SITES]
    found = []
    for k in order:
        site = outcome.case.sites[int(k)]
        args = {"platform": outcome.names.platform(site.platform), "region": outcome.names.region(site.region),
                "direction": outcome.names.direction(site.direction)}  # fmt: skip
        found.append(_row("capacity", site.key, last + 1, float(slack[k]), float(dual[k]), args))
    return found


# --------------------------------------------------------------------------------------------- alternatives


def alternatives(
    outcome: Outcome, best: Best, settings: Settings, clock: Clock, unit: str, progress: Progress | None
) -> tuple[pl.DataFrame, tuple[Solution, ...]]:
    """Other sets of actions, best first, each differing from all before by `apart` actions (no-good cuts)."""
    rows: list[dict[str, Any]] = []
    told = []
    seen = [outcome.draft]
    low = np.zeros(len(best.model.upper))
    best.model.solver.limit(low, best.model.upper)
    for k in range(settings.alternatives):
        _forbid(best.model, seen[-1], settings.apart)
        found = best.model.solver.search(
            None, nodes=settings.nodes, gap=max(settings.gap, 1e-3), seconds=clock.left(0.5), progress=progress
        )  # fmt: skip
        if not len(found.x):
            break
        draft = draft_of(best.model.problem, best.model.paid(found.x), best.model.hours(found.x))
        seen.append(draft)
        value = min(found.value, best.value)
        rows += _difference(outcome, draft, k + 1, value, best.value)
        status = "optimal" if found.status == "optimal" else "feasible" if clock.left() is None else "stopped_by_time"
        told.append(Solution("pilots_layout.alternative", status, value, max(value, found.bound), unit))  # type: ignore[arg-type]
        if clock.out:
            break
    return pl.DataFrame(rows, schema=ALTERNATIVES), tuple(told)


def _forbid(model: Model, draft: Draft, apart: int) -> None:
    """At least so many steps must differ: one that is done left out, or one that is not done taken."""
    last = model.problem.periods - 1
    done = draft.paid >= 0
    possible = np.zeros(len(done), bool)
    possible[model.problem.options.step] = True
    steps = np.flatnonzero(possible)
    rows = Rows()
    block = rows.block(1, apart - float(done[steps].sum()), np.inf)
    rows.put(block, 0, model.force(steps, last), np.where(done[steps], -1.0, 1.0))
    model.solver.add(rows)


def _difference(outcome: Outcome, draft: Draft, number: int, value: float, best: float) -> list[dict[str, Any]]:
    case, was, now = outcome.case, outcome.draft.paid, draft.paid
    loses = max(0.0, (best - value) / max(1e-9, abs(best)))
    found = []
    for k in np.flatnonzero((was >= 0) != (now >= 0)):
        step, site = case.steps[int(k)], case.sites[int(case.problem.steps.site[k])]
        change = "added" if now[k] >= 0 else "dropped"
        pot = case.pots[int(now[k] if now[k] >= 0 else was[k])]
        args = {"platform": outcome.names.platform(site.platform), "direction": outcome.names.direction(site.direction),
                "region": outcome.names.region(site.region), "loses": Ratio(loses)}  # fmt: skip
        found.append({
            "alternative": number, "value": value, "loses": loses, "change": change, "period": pot.period + 1,
            "action": step.action, "platform": site.platform, "direction": site.direction, "region": site.region,
            "why": Why(f"pilots_layout.alternative-{change}", args).to_json(),
        })  # fmt: skip
    return found


# ------------------------------------------------------------------------------------------------- why not


def rejected(outcome: Outcome, count: int) -> pl.DataFrame:
    """The best actions that were not taken: what each would add to the plan as it stands at the end, and why not."""
    case, problem = outcome.case, outcome.case.problem
    reach = _unserved(outcome)
    order = []
    for k in np.flatnonzero(outcome.draft.paid < 0):
        cost = _cheapest(outcome, int(k))
        if cost is not None:
            hours = min(float(problem.steps.hours[k]), float(reach[problem.steps.site[k]]))
            order.append((-hours / max(1, cost[1].minor), case.steps[int(k)].key, int(k), cost))
    rows = [_not_taken(outcome, k, cost) for _, _, k, cost in sorted(order)[:count]]
    return pl.DataFrame(rows, schema=REJECTED).sort(
        "per_million", "action", "direction", "region", "platform", descending=[True] + [False] * 4, nulls_last=True
    )


def _unserved(outcome: Outcome) -> Floats:
    """Hours within reach of each site that nobody serves at the end."""
    problem = outcome.case.problem
    links = problem.links
    unmet = problem.hours[:, -1] - np.bincount(links.cell, outcome.draft.carried[:, -1], len(problem.hours))
    found: Floats = np.bincount(links.site, unmet[links.cell], len(problem.base)).astype(np.float64)
    return found


def _cheapest(outcome: Outcome, step: int) -> tuple[int, Money] | None:
    options = outcome.case.problem.options
    mine = np.flatnonzero(options.step == step)
    if not len(mine):
        return None
    option = int(mine[np.argmin(options.cost[mine])])
    pot = int(options.pot[option])
    return pot, Money(int(options.cost[option]), outcome.case.pots[pot].room.currency)


def _not_taken(outcome: Outcome, k: int, cost: tuple[int, Money]) -> dict[str, Any]:
    case, problem = outcome.case, outcome.case.problem
    step, site = case.steps[k], int(problem.steps.site[k])
    added = outcome.served.more(
        site, step.hours, outcome.capacity[:, -1].copy(), outcome.serving[:, -1].copy(), problem.periods - 1, {}
    )  # fmt: skip
    million = _MILLION * 10 ** exponent(cost[1].currency)
    per_million = added * million / max(1, cost[1].minor)
    where = case.sites[site]
    args = {
        "platform": outcome.names.platform(where.platform), "direction": outcome.names.direction(where.direction),
        "region": outcome.names.region(where.region), "hours": quantity(step.hours), "added": quantity(added),
        "cost": cost[1], "per": quantity(per_million), "million": Money(million, cost[1].currency),
    }  # fmt: skip
    code, more = _reason(outcome, k, added)
    return {
        "action": step.action, "platform": where.platform, "platform_name": outcome.names.platform_name(where.platform),
        "direction": where.direction, "region": where.region, "cost": cost[1].minor, "currency": cost[1].currency,
        "hours": step.hours, "covered": added, "per_million": per_million,
        "why": Why(f"pilots_layout.not-{code}", args | more).to_json(),
    }  # fmt: skip


def _reason(outcome: Outcome, k: int, added: float) -> tuple[str, dict[str, Any]]:
    """First that nobody needs it, then what must come before, then money, then that others do more for it."""
    problem, case = outcome.case.problem, outcome.case
    after = int(problem.steps.after[k])
    if added <= outcome.case.settings.duplication * problem.steps.hours[k] and problem.limited:
        return "needed", {}
    if after >= 0 and outcome.draft.paid[after] < 0:
        return "ready", {}
    mine = np.flatnonzero(problem.options.step == k)
    left = problem.pots.room - problem.spent(outcome.draft.paid)
    short = problem.options.cost[mine] - left[problem.options.pot[mine]]
    if (short > 0).all():
        nearest = int(np.argmin(short))
        pot = case.pots[int(problem.options.pot[mine[nearest]])]
        return "paid", {"payer": outcome.names.payer(pot.fund), "short": Money(int(short[nearest]), pot.room.currency)}
    return "worth", {}
