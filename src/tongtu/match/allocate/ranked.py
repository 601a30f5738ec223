"""`agree`: a round in which both sides rank each other; nobody who would rather have each other is kept apart.

Deferred acceptance (Gale and Shapley 1962; Roth 1984 for places on both sides), those who ask proposing. Where the
rankings of one side are missing, that side goes by score. What stability costs is told: the greatest total of the
same pairs is the bound. A minimum that the stable allocation leaves unmet is one no stable allocation meets (rural
hospitals theorem; Roth 1986, ties being settled by id), so it is a limit that would have to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.match import sides
from tongtu.match.allocate.clear import Allocation
from tongtu.match.allocate.orders import accept, ranked_pairs
from tongtu.match.allocate.places import Places, bound_to_give, market_of, once, places
from tongtu.match.allocate.told import FULL, UNFILLED, full_why, left_out
from tongtu.registry import Registry
from tongtu.solve import Progress, Relax, Solution
from tongtu.terms.why import Why

_SHOWN = 3  # of those that were full, how many are named


def agree(
    rankings: pl.DataFrame, pairs: pl.DataFrame, registry: Registry, *, as_of: date, progress: Progress | None = None,
    ask: str = "need", answer: str = "achievement", loads: pl.DataFrame | None = None,
    conflicts: pl.DataFrame | None = None, taken: pl.DataFrame | None = None,
) -> Allocation:  # fmt: skip
    """The stable allocation best for those who ask, in the frames of `allocate`.

    `rankings`: kind, id, other, rank (1 is best, equal is equal). `pairs`: who may meet, with score; only who ranks
    each other is given each other. `loads`, `conflicts`, `taken` as in `allocate`. `solution.bound` is the greatest
    total of the same pairs. Where a minimum stays unmet the status is `infeasible`, nothing is allocated and `relax`
    names it. Raises DataRefused where somebody ranks another twice, or loads contradict themselves.
    """
    known = once(pairs, ask, answer)
    removed = left_out(known, ask, answer, 0.0, conflicts, taken)
    allowed = ranked_pairs(rankings, known.join(removed, on=[ask, answer], how="anti"), ask, answer)
    wanted = sides.listings(registry, ask).filter(sides.is_open(as_of))["id"]
    asks = places(registry, ask, pl.concat([allowed[ask], wanted, bound_to_give(loads, ask)]), loads, taken)
    offers = places(registry, answer, pl.concat([allowed[answer], bound_to_give(loads, answer)]), loads, taken)
    found = accept(rankings, registry, pairs=allowed, loads=loads, taken=taken, ask=ask, answer=answer)
    given = found.join(allowed, on=[ask, answer], maintain_order="left").select(ask, answer, "score", "why")
    relax = tuple(short for side in (asks, offers) for short in _unmet(side, given[side.kind]))
    if relax:
        given = given.clear()
    solution = _solution(allowed, given, asks, offers, relax, progress)
    return Allocation(given, _short(rankings, allowed, given, asks, offers, wanted, bool(relax)), solution,
                      _full(offers, given[answer]), removed)  # fmt: skip


def _used(side: Places, given: pl.Series) -> pl.DataFrame:
    """The side's places, with `used`: how many were given."""
    counts = given.alias("id").value_counts(name="used")
    found = side.frame.join(counts, on="id", how="left", maintain_order="left")
    return found.with_columns(pl.col("used").fill_null(0).cast(pl.Int64))


def _unmet(side: Places, given: pl.Series) -> list[Relax]:
    """Minima that were not reached."""
    counted = _used(side, given).with_columns(has=pl.col("used") + pl.col("taken"))
    found = []
    for row in counted.filter(pl.col("has") < pl.col("least")).iter_rows(named=True):
        args = {"name": side.label(row["row"]), "now": row["least"], "then": row["has"]}
        found.append(Relax(Why("match_allocation.limit-least", args), row["least"] - row["has"]))
    return found


def _solution(
    allowed: pl.DataFrame, given: pl.DataFrame, asks: Places, offers: Places, relax: tuple[Relax, ...],
    progress: Progress | None,
) -> Solution:  # fmt: skip
    from tongtu.solve.flow import best
    from tongtu.solve.market import Loads, Market

    if relax:
        return Solution("agreement", "infeasible", unit="score", relax=relax)
    if allowed.is_empty():
        return Solution("agreement", "empty", unit="score")
    whole = market_of(allowed, asks, offers)
    free = Market(whole.left, whole.right, whole.score, Loads.upto(whole.lefts.most), Loads.upto(whole.rights.most))
    value = float(given["score"].sum())
    bound = max(value, best(free, problem="agreement", progress=progress).solution.value or 0.0)
    return Solution("agreement", "optimal" if bound - value <= 1e-9 else "feasible", value, bound, "score")


def _short(
    rankings: pl.DataFrame, allowed: pl.DataFrame, given: pl.DataFrame, asks: Places, offers: Places,
    wanted: pl.Series, stopped: bool,
) -> pl.DataFrame:  # fmt: skip
    """Who got fewer than it wants, and why: it ranked nobody, nobody ranks it, or those who do were full."""
    ranked = dict(rankings.filter(pl.col("kind") == asks.kind).group_by("id").len().iter_rows())
    takers: dict[str, list[str]] = {}
    for own, other in allowed.join(given, on=[asks.kind, offers.kind], how="anti").select(
        asks.kind, offers.kind
    ).iter_rows():  # fmt: skip
        takers.setdefault(own, []).append(other)
    full = _used(offers, given[offers.kind]).filter(pl.col("used") >= pl.col("left"))
    facts = {row["id"]: row for row in full.iter_rows(named=True)}
    rows = []
    for row in _used(asks, given[asks.kind]).filter(pl.col("id").is_in(wanted.implode())).iter_rows(named=True):
        missing = row["left"] - row["used"]
        if missing > 0:
            others = takers.get(row["id"], [])
            why = Why("match_allocation.nothing-allocated") if stopped else _because(
                ranked.get(row["id"], 0), row["used"], [facts[other] for other in others if other in facts], offers
            )  # fmt: skip
            rows.append((row["id"], missing, why.to_json()))
    return pl.DataFrame(rows, schema=UNFILLED, orient="row").rename({"ask": asks.kind})


def _because(ranked: int, used: int, full: list[Mapping[str, Any]], offers: Places) -> Why:
    if full:
        parts = tuple(full_why(offers.label(r["row"]), r["most"], r["until"], None) for r in full[:_SHOWN])
        return Why("match_allocation.ranked-full", {"n": len(full)}, parts)
    if used:
        return Why("match.unfilled-few", {"n": used})
    return Why("match_allocation.ranked-alone", {"n": ranked}) if ranked else Why("match_allocation.ranked-nobody")


def _full(offers: Places, given: pl.Series) -> pl.DataFrame:
    """What has no place left; what one more is worth has no meaning where orders decide."""
    rows = []
    for row in _used(offers, given).filter(pl.col("used") >= pl.col("left")).iter_rows(named=True):
        why = full_why(offers.label(row["row"]), row["most"], row["until"], None).to_json()
        rows.append((offers.kind, row["id"], row["most"], row["taken"], None, row["until"], why))
    return pl.DataFrame(rows, schema=FULL, orient="row")
