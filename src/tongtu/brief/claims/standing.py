"""How often a source was right: the share of its decided claims that held, with Wilson's interval (1927)."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.brief.claims.tables import FALSE, OPEN, SOURCES, STATES, TRUE, UNDECIDABLE
from tongtu.terms.why import Ratio, Why

_SAME = ("source", "measure", "scope", "operator", "low", "high", "unit", "due")
LEAST = 3
"""Decided claims below which a share would say nothing."""


def by_source(followed: pl.DataFrame, *, least: int = LEAST, coverage: float = 0.95) -> pl.DataFrame:
    """One row per source that is known, by name.

    `followed` is an answer of `follow`. What a source says of one measure, bound and due day counts once, however often
    it is repeated; claims without a measure count by their words.

    Columns (`SOURCES`): source, claims, open, undecidable, true, false, resolved (true and false), share (true of
    resolved), low, high (of the share; null below `least`), why.
    """
    key = [*_SAME, pl.when(pl.col("measure").is_null()).then(pl.col("statement")).alias("said")]
    once = (
        followed.filter(pl.col("source").is_not_null())
        .sort("made", "claim", "document", nulls_last=True)
        .unique(key, keep="first", maintain_order=True)
    )
    counts = once.group_by("source").agg(
        pl.len().cast(pl.Int64).alias("claims"),
        *((pl.col("state") == state).sum().cast(pl.Int64).alias(state) for state in STATES),
    )
    rows = [_standing(row, least, coverage) for row in counts.sort("source").iter_rows(named=True)]
    return pl.DataFrame(rows, schema=SOURCES)


def _standing(row: dict[str, Any], least: int, coverage: float) -> dict[str, Any]:
    from tongtu.lifetimes import wilson

    resolved = row[TRUE] + row[FALSE]
    counted = {**row, "resolved": resolved, "share": None, "low": None, "high": None}
    args = {"n": resolved, "true": row[TRUE], "open": row[OPEN], "undecidable": row[UNDECIDABLE]}
    if resolved < least:
        return {**counted, "why": Why("brief_claims.too-few", args | {"least": least}).to_json()}
    share = row[TRUE] / resolved
    low, high = (float(end[0]) for end in wilson([row[TRUE]], [resolved], coverage))
    args |= {"share": Ratio(share), "low": Ratio(low), "high": Ratio(high), "coverage": Ratio(coverage)}
    return {**counted, "share": share, "low": low, "high": high, "why": Why("brief_claims.share", args).to_json()}
