"""Both sides' own orders: how stable an allocation is, and the allocation these orders lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tongtu.match.allocate.places import market_of, once, places
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.solve.market import Ints, Market

#: who ranks (kind, id), whom (other), and how: 1 is best, equal is equal
RANKINGS = {"kind": pl.String, "id": pl.String, "other": pl.String, "rank": pl.Int64}


@dataclass(frozen=True, slots=True)
class Stability:
    """`blocking`: ask, answer, why: pairs who would rather have each other than what they were given. `why`: how
    many of how many, in words."""

    blocking: pl.DataFrame
    why: Why

    @property
    def count(self) -> int:
        return self.blocking.height


def stability(
    allocation: pl.DataFrame, pairs: pl.DataFrame, registry: Registry, *, rankings: pl.DataFrame | None = None,
    loads: pl.DataFrame | None = None, taken: pl.DataFrame | None = None,
    ask: str = "need", answer: str = "achievement",
) -> Stability:  # fmt: skip
    """How many pairs would rather have each other; by `rankings` of each side, or by score where one has none.

    With rankings, pairs one of the two did not rank are not acceptable to it and never block.
    """
    from tongtu.solve.stable import blocking

    known, market, mine, theirs = _ordered(pairs, registry, rankings, loads, taken, ask, answer)
    chosen = known.join(allocation.select(ask, answer).with_columns(chosen=True), on=[ask, answer], how="left",
                        maintain_order="left")["chosen"].fill_null(False).to_numpy()  # fmt: skip
    found = known[blocking(market, chosen, mine, theirs)]
    why = [
        Why("match_allocation.blocking", {"ask": row[ask], "answer": row[answer]}).to_json()
        for row in found.iter_rows(named=True)
    ]
    frame = found.select(ask, answer).with_columns(why=pl.Series(why, dtype=pl.String))
    code = "match_allocation.unstable" if frame.height else "match_allocation.stable"
    return Stability(frame, Why(code, {"n": frame.height, "pairs": known.height}))


def accept(
    rankings: pl.DataFrame, registry: Registry, *, pairs: pl.DataFrame | None = None,
    loads: pl.DataFrame | None = None, taken: pl.DataFrame | None = None,
    ask: str = "need", answer: str = "achievement",
) -> pl.DataFrame:  # fmt: skip
    """ask, answer, why: the stable allocation best for those who ask (deferred acceptance), ties by id.

    `rankings` (`RANKINGS`) from both sides; only who ranks each other can meet, and of those only `pairs`, where
    given. With `pairs` (and their score), a side without any ranking goes by score. Raises DataRefused where
    somebody ranks another twice.
    """
    from tongtu.solve.stable import accepted

    known = _mutual(rankings, ask, answer).with_columns(score=pl.lit(0.0)) if pairs is None else pairs
    allowed = ranked_pairs(rankings, known, ask, answer)
    known, market, mine, theirs = _ordered(allowed, registry, rankings, loads, taken, ask, answer)
    chosen = accepted(market, mine, theirs)
    found = known.with_columns(mine=pl.Series(mine), theirs=pl.Series(theirs)).filter(pl.Series(chosen))
    why = [
        Why("match_allocation.accepted", {"mine": row["mine"], "theirs": row["theirs"]}).to_json()
        for row in found.iter_rows(named=True)
    ]
    return found.select(ask, answer).with_columns(why=pl.Series(why, dtype=pl.String))


def ranked_pairs(rankings: pl.DataFrame, pairs: pl.DataFrame, ask: str, answer: str) -> pl.DataFrame:
    """The pairs in which each of the two ranks the other, as far as its side ranks at all."""
    for kind, other in ((ask, answer), (answer, ask)):
        own = _of(rankings, kind, other, "rank")
        if own.height:
            pairs = pairs.join(own, on=[ask, answer], how="semi", maintain_order="left")
    return pairs


def _ordered(
    pairs: pl.DataFrame, registry: Registry, rankings: pl.DataFrame | None, loads: pl.DataFrame | None,
    taken: pl.DataFrame | None, ask: str, answer: str,
) -> tuple[pl.DataFrame, Market, Ints, Ints]:  # fmt: skip
    """The pairs in order of ids, as a market, with each side's ranks."""
    from tongtu.solve.stable import ranks

    known = once(pairs, ask, answer)
    own, back = _of(rankings, ask, answer, "mine"), _of(rankings, answer, ask, "theirs")
    for frame in (own, back):
        if frame.height:
            known = known.join(frame, on=[ask, answer], how="inner", maintain_order="left")
    asks = places(registry, ask, known[ask], loads, taken)
    offers = places(registry, answer, known[answer], loads, taken)
    market = market_of(known, asks, offers)
    mine = known["mine"].to_numpy() if own.height else ranks(market.left, market.score)
    theirs = known["theirs"].to_numpy() if back.height else ranks(market.right, market.score)
    return known.select(ask, answer, "score"), market, mine, theirs


def _of(rankings: pl.DataFrame | None, kind: str, other: str, name: str) -> pl.DataFrame:
    """One side's ranks by pair. Raises DataRefused for a rank given twice."""
    if rankings is None:
        return pl.DataFrame()
    own = rankings.filter(pl.col("kind") == kind)
    own = own.select(pl.col("id").alias(kind), pl.col("other").alias(other), pl.col("rank").cast(pl.Int64).alias(name))
    twice = own.filter(pl.struct(kind, other).is_duplicated()).unique([kind, other]).sort(kind, other)
    if twice.height:
        raise DataRefused(
            Fault(
                Why("match_allocation.ranked-twice", {"id": row[kind], "other": row[other]}),
                Why("match_allocation.ranked-twice-repair"),
            )
            for row in twice.iter_rows(named=True)
        )
    return own


def _mutual(rankings: pl.DataFrame, ask: str, answer: str) -> pl.DataFrame:
    """Who ranks each other."""
    mine = _of(rankings, ask, answer, "mine").select(ask, answer)
    return mine.join(_of(rankings, answer, ask, "theirs"), on=[ask, answer], how="semi")
