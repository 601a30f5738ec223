"""`match`: from a registry to ranked, explained pairs and the pairs refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.match import reasons
from tongtu.match.listings import closed_needs
from tongtu.match.market import Market
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.vocabularies import vocabularies as own_vocabularies
from tongtu.solve import Progress, check

_DEEP = 6  # candidates judged for each pair to be shown


@dataclass(frozen=True, slots=True)
class Matches:
    """Frames of the chain's tables `pairs` and `refusals`, and `closed`: need, why (did not ask)."""

    pairs: pl.DataFrame
    refusals: pl.DataFrame
    closed: pl.DataFrame


def match(
    registry: Registry,
    *,
    glossary: pl.DataFrame,
    as_of: date,
    top: int = 10,
    seed: int = 0,
    vocabularies: Vocabularies | None = None,
    progress: Progress | None = None,
) -> Matches:
    """The `top` best eligible achievements of every open need, each with its reason.

    `pairs`: need, achievement, rank (from 1), score (0..1, see `score`), indicators_met, indicators_unmet,
    indicators_unknown, why. `refusals`: need, achievement, why: pairs that would have stood among the `top`
    were they eligible. `glossary`: see `concepts.read`. `vocabularies`: names of codes; a vocabulary `unit`
    in it names units. `seed` belongs to the contract of an engine; nothing here is drawn.

    Two steps, as in retrieval generally: candidates from a lexical index, then a score over signals.
    Departs from expertise matchers (TPMS and its kin) in that eligibility is never part of a score and
    unknown signals are left out of it. Raises Cancelled when `progress` does.
    """
    words = vocabularies if vocabularies is not None else own_vocabularies()
    market = Market(registry, glossary, as_of, words)
    judged = market.candidates(_DEEP * top, top, check(progress))
    kept, refused = _places(judged.pairs, top)
    writer = reasons.Writer(market, words)
    return Matches(
        _pairs(kept, market, writer.pairs(judged.of(kept))),
        _named(refused, market, writer.refusals(judged.of(refused))),
        closed_needs(registry, as_of),
    )


def _places(pairs: pl.DataFrame, top: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The `top` eligible of each need, ranked; and those refused that stood before the last of them."""
    kept = pairs.filter(~pl.col("refused")).group_by("n", maintain_order=True).head(top)
    kept = kept.with_columns(rank=pl.int_range(1, pl.len() + 1).over("n"))
    last = kept.group_by("n").agg(last=pl.col("score").min(), kept=pl.len())
    refused = pairs.filter(pl.col("refused")).join(last, on="n", how="left", maintain_order="left")
    in_time = (pl.col("kept").fill_null(0) < top) | (pl.col("score") > pl.col("last"))
    return kept, refused.filter(in_time).group_by("n", maintain_order=True).head(top)


def _named(rows: pl.DataFrame, market: Market, why: list[str]) -> pl.DataFrame:
    """Ids in place of row numbers, and the reason."""
    needs = market.needs.frame.select(n="row", need="need")
    offers = market.offers.frame.select(a="row", achievement="achievement")
    found = rows.with_columns(why=pl.Series(why, dtype=pl.String))
    found = found.join(needs, on="n", maintain_order="left").join(offers, on="a", maintain_order="left")
    return found.select("need", "achievement", "why")


def _pairs(kept: pl.DataFrame, market: Market, why: list[str]) -> pl.DataFrame:
    counts = [pl.col(c).fill_null(0).alias(f"indicators_{c}") for c in ("met", "unmet", "unknown")]
    return pl.concat(
        [_named(kept, market, why), kept.select(pl.col("rank").cast(pl.Int64), "score", *counts)],
        how="horizontal",
    ).select(
        "need", "achievement", "rank", "score",
        "indicators_met", "indicators_unmet", "indicators_unknown", "why",
    )  # fmt: skip
