"""What becomes of a level when its evidence runs out and nobody renews it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.appraise.maturity.scale import MaturityScale
from tongtu.appraise.maturity.standing import subjects
from tongtu.appraise.maturity.table import OVERALL, maturity
from tongtu.registry import Registry

LAPSES: Mapping[str, Any] = {
    "case": pl.String, "on": pl.Date, "level": pl.Int64, "low": pl.Int64, "high": pl.Int64,
    "evidence": pl.List(pl.String),
}  # fmt: skip


def lapses(
    cases: pl.DataFrame,
    registry: Registry,
    as_of: date,
    *,
    scale: MaturityScale | None = None,
    given: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """A row per case and first day without some of its evidence, in the order of days: what the whole then comes to
    (`level`, `low`, `high` as in `maturity`), and the `evidence` that ends the day before.

    Each row counts evidence that ended earlier as gone, and nothing that is not on record today.
    """
    since = pl.coalesce("valid_from", "dated")
    begun = registry["evidence"].filter(since.is_null() | (since <= as_of))
    held = begun.filter(pl.col("valid_to") >= as_of).drop_nulls(["dimension", "level"])
    ending = subjects(cases).join(held, on=["subject_kind", "subject"])
    due = (
        ending.sort("case", "valid_to", "evidence").group_by("case", "valid_to", maintain_order=True)
        .agg(pl.col("evidence").unique(maintain_order=True))
    )  # fmt: skip
    known = registry.replace(evidence=begun)
    found = [pl.DataFrame(schema=dict(LAPSES))]
    for (last,), rows in due.group_by("valid_to", maintain_order=True):
        day = last + timedelta(days=1)
        table = maturity(cases.join(rows, on="case", how="semi"), known, day, scale=scale, given=given)
        whole = table.filter(pl.col("dimension") == OVERALL).select("case", "level", "low", "high")
        found.append(whole.join(rows, on="case").with_columns(on=pl.lit(day)).select(*LAPSES))
    return pl.concat(found).sort("case", "on")
