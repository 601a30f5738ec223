"""Those who reached a tier, in the order a quota would take them. No verdict depends on it: whether somebody meets a
tier never depends on who else applies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tongtu.rules import logic, tables
from tongtu.rules.columns import polars
from tongtu.rules.model import Role, Tier, Total, Version

if TYPE_CHECKING:
    from tongtu.rules.judging import Judgement

_TIE_BREAK: Role = "tie_break"


def ordered(judgement: Judgement, tier: str | None = None) -> pl.DataFrame:
    """Subjects that meet a tier (default: the first), best first: KEY, first, last, low, high, ties.

    Points are intervals, and so are places: `first` is the best place a subject can have, `last` the worst, as one
    interval surely lies above another or does not. Equal points give way to the tier's `tie_break` criteria in their
    order (met before not met; one not settled leaves both ways open); `ties` counts those with exactly the same
    claim. Only the order of the rows, never a place, comes from the key. The points are of the score the tier asks
    for, else of the version's first; without any score all depends on the tie-breaks.
    Raises KeyError for a tier the version does not have.
    """
    version = judgement.version
    chosen = next((t for t in (version.tiers if version else ()) if tier in (None, t.tier)), None)
    if version is None or chosen is None:
        raise KeyError(f"{judgement.scheme.scheme} has no tier {tier} in force")
    low, high = _claims(version, chosen)
    met = tables.wide(judgement).filter(polars(tables.tier_code(chosen) == logic.MET))
    rows = met.select(judgement.key, low.alias("low"), high.alias("high")).collect()
    return _placed(rows, judgement.key)


def _claims(version: Version, tier: Tier) -> tuple[pl.Expr, pl.Expr]:
    """The least and the most a subject can bring to a comparison, as structs compared field by field."""
    asked = [c.body.score for c, _ in tier.root.below() if isinstance(c.body, Total)]
    score = next(iter([*asked, *(s.score for s in version.scores)]), None)
    points = [pl.lit(0.0) if score is None else pl.col(f"score.{score}.{end}") for end in ("low", "high")]
    low, high = {"points": points[0]}, {"points": points[1]}
    for criterion in (c for c, _ in tier.root.below() if c.role == _TIE_BREAK):
        code = pl.col(f"{tier.tier}:{criterion.path}")
        low[criterion.path] = (code == logic.MET).cast(pl.Float64)
        high[criterion.path] = code.is_in([logic.MET, logic.UNKNOWN, logic.MANUAL]).cast(pl.Float64)
    low_claim, high_claim = (pl.struct([v.alias(name) for name, v in claim.items()]) for claim in (low, high))
    return low_claim, high_claim


def _placed(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Places from claims: those whose least lies above my most are ahead of me for certain."""
    claims = pl.concat([rows["low"], rows["high"]]).struct.unnest().unique(maintain_order=True)
    ranked = claims.sort(claims.columns, maintain_order=True).with_row_index("rank")
    for end in ("low", "high"):
        own = rows[end].struct.unnest().join(ranked, on=claims.columns, how="left", maintain_order="left")
        rows = rows.with_columns(own["rank"].cast(pl.Int64).alias(f"{end}.rank"))
    lows, highs, n = rows["low.rank"].sort(), rows["high.rank"].sort(), rows.height
    ahead = n - lows.search_sorted(rows["high.rank"], side="right").cast(pl.Int64)
    behind = highs.search_sorted(rows["low.rank"], side="left").cast(pl.Int64)
    ties = (pl.len().over("low.rank", "high.rank") - 1).cast(pl.Int64)
    placed = rows.with_columns((ahead + 1).alias("first"), (n - behind).alias("last"), ties.alias("ties"))
    best = placed.sort("first", "last", "high.rank", key, descending=[False, False, True, False])
    points = [pl.col(end).struct.field("points").alias(end) for end in ("low", "high")]
    return best.select(key, "first", "last", *points, "ties")
