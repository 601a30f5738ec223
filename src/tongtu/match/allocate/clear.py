"""`allocate`: pairs of greatest total score under loads on both sides, with a floor or by lot where asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from tongtu.match import sides
from tongtu.match.allocate.places import Places, bound_to_give, market_of, once, places
from tongtu.match.allocate.told import Told, left_out, limits, told
from tongtu.registry import Registry
from tongtu.solve import Progress, Solution
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Ratio, Why

if TYPE_CHECKING:
    from tongtu.solve.market import Bools, Floats, Market


@dataclass(frozen=True, slots=True)
class Allocation:
    """Frames of the chain's tables `allocation` and `unfilled`, and the optimum's proof.

    `full`: kind, id, capacity, taken, price, until, why: which answers have no place left and what one more is
    worth. `left_out`: the pairs that were not to be allocated, and why. `marginals`: each pair's probability
    where it was drawn by lot. `notes`: what a floor or a draw cost.
    """

    allocation: pl.DataFrame
    unfilled: pl.DataFrame
    solution: Solution
    full: pl.DataFrame = field(default_factory=pl.DataFrame)
    left_out: pl.DataFrame = field(default_factory=pl.DataFrame)
    marginals: pl.DataFrame | None = None
    notes: tuple[Why, ...] = ()


def allocate(
    pairs: pl.DataFrame, registry: Registry, *, as_of: date, progress: Progress | None = None,
    ask: str = "need", answer: str = "achievement", loads: pl.DataFrame | None = None, least: float = 0.0,
    conflicts: pl.DataFrame | None = None, taken: pl.DataFrame | None = None,
    floor: float | None = None, cap: float | None = None, seed: str | None = None,
) -> Allocation:  # fmt: skip
    """Choose pairs of greatest total score; nobody beyond its `capacity` (null is 1) or its `loads`.

    `pairs`: a column named after each kind, and score, as `match` returns them; a pair that is not there is never
    chosen, so refused pairs cannot come back, whatever the scores. `loads`: kind, id and any of least, most,
    until; `least` (the argument): pairs with a lower score are left out. `conflicts`: pairs to leave out, with
    why (see `meeting`). `taken`: pairs of open cases (see `open_cases`): they keep their places, count as given
    and are not chosen again. `floor`: everyone who asks gets this share of the max-min bound. `cap`: no pair is
    more likely than this, and one allocation is drawn by the published `seed`.

    `allocation`: ask, answer, score, why. `unfilled`: ask, missing, why, for open questions that got fewer
    partners than they want. Where the loads or the floor cannot be met the status is `infeasible`, nothing is
    allocated and `relax` names the smallest relaxation. Raises UsageFault for a floor or cap outside 0..1, both
    at once or a cap without seed; DataRefused for loads that contradict themselves; Cancelled from `progress`.
    """
    _check(floor, cap, seed)
    known = once(pairs, ask, answer)
    removed = left_out(known, ask, answer, least, conflicts, taken)
    open_pairs = known.join(removed, on=[ask, answer], how="anti", maintain_order="left")
    wanted = sides.listings(registry, ask).filter(sides.is_open(as_of))["id"]
    asks = places(registry, ask, pl.concat([open_pairs[ask], wanted, bound_to_give(loads, ask)]), loads, taken)
    offers = places(registry, answer, pl.concat([open_pairs[answer], bound_to_give(loads, answer)]), loads, taken)
    cleared = _clear(market_of(open_pairs, asks, offers), asks, offers, floor, cap, seed, progress)
    frames = told(open_pairs, asks, offers, cleared, wanted)
    odds = None if cleared.odds is None else pl.Series("probability", cleared.odds, dtype=pl.Float64)
    return Allocation(
        frames.allocation.rename({"ask": ask, "answer": answer}), frames.unfilled.rename({"ask": ask}),
        cleared.solution, frames.full, removed,
        None if odds is None else open_pairs.with_columns(odds),
        cleared.notes,
    )  # fmt: skip


def _check(floor: float | None, cap: float | None, seed: str | None) -> None:
    for name, value in (("floor", floor), ("cap", cap)):
        if value is not None and not 0 < value <= 1:
            raise UsageFault.because("match_allocation.share", "match_allocation.share-repair", name=name, value=value)
    if floor is not None and cap is not None:
        raise UsageFault.because("match_allocation.floor-and-cap", "match_allocation.floor-and-cap-repair")
    if cap is not None and not seed:
        raise UsageFault.because("match_allocation.no-seed", "match_allocation.no-seed-repair")


def _clear(
    market: Market, asks: Places, offers: Places, floor: float | None, cap: float | None, seed: str | None,
    progress: Progress | None,
) -> Told:  # fmt: skip
    from tongtu.solve.flow import best

    if floor is not None:
        found = _fair(market, floor, progress)
    elif cap is not None:
        found = _drawn(market, cap, seed or "", progress)
    else:
        answer = best(market, problem="allocation", progress=progress)
        # what a place is worth is asked only where a reason will tell it
        found = Told(answer.chosen, answer.solution, answer.price if answer.solution.value is not None else None)
    if not found.solution.relax:
        return found
    relax = limits(found.solution, asks, offers)
    return replace(found, solution=replace(found.solution, relax=relax))


def _fair(market: Market, share: float, progress: Progress | None) -> Told:
    from tongtu.solve.fair import fair

    found = fair(market, share=share, problem="allocation", progress=progress)
    args = {"share": Ratio(share), "floor": round(found.floor, 6), "kept": Ratio(round(found.kept, 6))}
    notes = (Why("match_allocation.floored", args),) if found.solution.value is not None else ()
    return Told(found.chosen, found.solution, notes=notes)


def _drawn(market: Market, cap: float, seed: str, progress: Progress | None) -> Told:
    from tongtu.solve.lottery import lottery

    found = lottery(market, cap=cap, seed=seed, problem="allocation", progress=progress)
    if found.solution.value is None:
        return Told(found.chosen, found.solution)
    args = {"cap": Ratio(cap), "seed": seed, "kept": Ratio(round(found.kept, 6))}
    odds: Floats = found.marginal / found.units
    chosen: Bools = found.chosen
    return Told(chosen, found.solution, odds=odds, notes=(Why("match_allocation.drawn", args),))
