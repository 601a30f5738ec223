"""What resources somebody may use: laboratories, facilities, data, with quota, priority and last day."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from tongtu.rules.judging import Judgement

_FRAME = {
    **dict.fromkeys(("subject", "scheme", "version", "tier", "grant", "resource", "verdict"), pl.String()),
    "priority": pl.Int64(), "quota": pl.Float64(), "unit": pl.String(), "per": pl.String(), "until": pl.Date(),
    "why": pl.String(),
}  # fmt: skip
_ORDER = ("met", "manual", "unknown", "unmet", "not_applicable")


def access(judgements: Judgement | Iterable[Judgement]) -> pl.DataFrame:
    """Access verdicts of every subject: what is open to it first, then what a person, data or a gap still decides.

    Columns: subject, scheme, version, tier, grant, resource, verdict, priority (1 is served first), quota, unit, per,
    until, why.
    """
    given = [judgements] if isinstance(judgements, Judgement) else list(judgements)
    found = [pl.DataFrame(schema=_FRAME)]
    for judgement in given:
        rows = judgement.grants.filter(pl.col("kind") == "access")
        version = judgement.version.version if judgement.version else None
        named = rows.with_columns(pl.lit(version, pl.String).alias("version"), pl.col(judgement.key).alias("subject"))
        found.append(named.select(list(_FRAME)))
    order = pl.col("verdict").replace_strict(list(_ORDER), list(range(len(_ORDER))), return_dtype=pl.Int8)
    return pl.concat(found).sort("subject", order, "priority", "resource", "scheme", "tier", "grant", nulls_last=True)
