"""What the evidence that a row cites is worth on a day."""

from __future__ import annotations

from datetime import date

import polars as pl


def cited(
    rows: pl.DataFrame, key: str, column: str, evidence: pl.DataFrame, as_of: date, known_at: date
) -> pl.DataFrame:
    """One row per `key` that cites evidence which holds: `key`, holding (ids), grade (best), independent (any),
    dated (latest). rows: `key` and the list of ids in `column`."""
    since = pl.coalesce("valid_from", "dated")
    known = pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= known_at)
    begun = since.is_null() | (since <= as_of)
    lasting = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of)
    holding = evidence.filter(known, begun, lasting).select("evidence", "grade", "independent", "dated")
    return (
        rows.select(key, evidence=column).explode("evidence", empty_as_null=True).drop_nulls("evidence").unique()
        .join(holding, on="evidence", how="inner").group_by(key)
        .agg(
            pl.col("evidence").sort().alias("holding"),
            pl.col("grade").max(),
            pl.col("independent").fill_null(False).any(),
            pl.col("dated").max(),
        )
    )  # fmt: skip
