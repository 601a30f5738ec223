"""Originality as a claim that evidence has to carry: without any it is a claim, and said to be one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.research.coding import name
from tongtu.appraise.research.evidence import cited
from tongtu.terms.why import Why

_FOUND: Mapping[str, Any] = {
    "project": pl.String, "claim": pl.String, "status": pl.String, "grade": pl.String, "independent": pl.Boolean,
    "dated": pl.Date, "evidence": pl.List(pl.String), "why": pl.String,
}  # fmt: skip


def originality(
    projects: pl.DataFrame, evidence: pl.DataFrame, *, as_of: date, known_at: date | None = None
) -> pl.DataFrame:
    """One row per project that claims some originality, by id.

    project, claim (code), status, grade (best that holds), independent (any of it), dated (latest), evidence, why.
    Status: claimed (nothing above E0 holds), supported (a document at least), verified (independent, or at least a
    third party's test). Our own rule, the one readiness levels follow.
    """
    claims = projects.drop_nulls("originality").sort("project")
    proof = cited(claims, "project", "originality_evidence", evidence, as_of, known_at or as_of)
    rows = claims.select("project", claim="originality").join(proof, on="project", how="left", maintain_order="left")
    paper, third = (pl.col("grade") >= "E1").fill_null(False), (pl.col("grade") >= "E2").fill_null(False)
    status = (
        pl.when(~paper).then(pl.lit("claimed"))
        .when(third | pl.col("independent").fill_null(False)).then(pl.lit("verified"))
        .otherwise(pl.lit("supported"))
    )  # fmt: skip
    found = rows.with_columns(status=status, evidence=pl.col("holding").fill_null([]))
    why = [_why(row).to_json() for row in found.iter_rows(named=True)]
    return found.with_columns(pl.Series("why", why, pl.String)).select(
        pl.col(column).cast(kind) for column, kind in _FOUND.items()
    )


def _why(row: Mapping[str, Any]) -> Why:
    told = {"claim": name("originality", row["claim"]), "grade": name("evidence_grade", row["grade"]),
            "n": len(row["evidence"]), "dated": row["dated"]}  # fmt: skip
    return Why(f"appraise_research.original-{row['status']}", told)
