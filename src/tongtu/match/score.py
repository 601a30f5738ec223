"""The score of a pair: signals in 0..1 under fixed weights that are ours, until judgments teach better ones.

    score = Σ weight · signal / Σ weight      over the signals that are known for the pair

A signal that is unknown is left out, so missing data neither helps nor harms; each signal's share of the
sum is its contribution, and contributions add up to the score exactly as printed. The score orders
candidates and clears the market; it is not a probability and does not claim to be one.
"""

from __future__ import annotations

import polars as pl

from tongtu.match.listings import Side

#: signal → weight, in the order people read them; grade: ours
WEIGHTS = {"lexical": 0.20, "concepts": 0.35, "indicators": 0.30, "field": 0.10, "readiness": 0.05}
_DIGITS = 6
_SCALE = 8  # steps between TRL 1 and TRL 9
_SAME_AREA = 0.5


def signals(candidates: pl.DataFrame, needs: Side, offers: Side, areas: pl.DataFrame) -> pl.DataFrame:
    """`candidates` with the signals the listings' own fields give: `field` and `readiness` (level, trl).

    `areas`: direction, area, for directions that are near one another.
    """
    asked = _facts(needs, areas, "n").with_columns(level=pl.coalesce("trl_target", "trl_min"))
    offered = _facts(offers, areas, "a")
    both = candidates.join(asked, on="n", how="left").join(offered, on="a", how="left", suffix="_a")
    return both.select(*candidates.columns, "level", "trl", field=_field(), readiness=_readiness())


def score(candidates: pl.DataFrame) -> pl.DataFrame:
    """`candidates` with a contribution `by_SIGNAL` for each signal, null where unknown, and their `score`."""
    known = pl.sum_horizontal(
        pl.when(pl.col(name).is_not_null()).then(weight).otherwise(0.0) for name, weight in WEIGHTS.items()
    )
    shares = [(pl.col(name) * weight / known).round(_DIGITS).alias(f"by_{name}") for name, weight in WEIGHTS.items()]
    total = pl.sum_horizontal(f"by_{name}" for name in WEIGHTS).round(_DIGITS).clip(0.0, 1.0)
    return candidates.with_columns(shares).with_columns(score=total)


def _facts(side: Side, areas: pl.DataFrame, row: str) -> pl.DataFrame:
    levels = [column for column in ("trl", "trl_min", "trl_target") if column in side.frame.columns]
    facts = side.frame.select(pl.col("row").alias(row), "direction", "focus", *levels)
    return facts.join(areas, on="direction", how="left", maintain_order="left")


def _field() -> pl.Expr:
    """The mean of what is known: same direction 1, same area a half; a focus area in common 1; else 0."""
    direction = (
        pl.when(pl.col("direction") == pl.col("direction_a")).then(1.0)
        .when(pl.col("area") == pl.col("area_a")).then(_SAME_AREA)
        .when(pl.col("direction").is_not_null() & pl.col("direction_a").is_not_null()).then(0.0)
    )  # fmt: skip
    stated = (pl.col("focus").list.len() > 0) & (pl.col("focus_a").list.len() > 0)
    shared = pl.col("focus").list.set_intersection(pl.col("focus_a")).list.len() > 0
    return pl.mean_horizontal(direction, pl.when(stated).then(shared.cast(pl.Float64)))


def _readiness() -> pl.Expr:
    """1 at or above the level the need wants, less by the share of the scale still missing."""
    short = (pl.col("level") - pl.col("trl")).clip(lower_bound=0)
    return 1.0 - short / _SCALE
