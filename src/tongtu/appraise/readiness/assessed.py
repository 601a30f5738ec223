"""Levels said as such, without a checklist: what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.readiness.answers import SUBJECT, SUPPORTS, VERIFIES
from tongtu.appraise.readiness.faults import fault
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Label

_SAID: Mapping[str, Any] = {
    "assessment": pl.String, "subject_kind": pl.String, "subject": pl.String, "scale": pl.String, "level": pl.Int64,
    "status": pl.String, "assessor": pl.String, "independent": pl.Boolean, "on": pl.Date,
    "evidence": pl.List(pl.String),
}  # fmt: skip


def from_assessments(
    assessments: pl.DataFrame | None, evidence: pl.DataFrame, questions: pl.DataFrame, as_of: date, known_at: date
) -> pl.DataFrame:
    """Levels said as such: the latest of each status; two on one day count as the lower."""
    tops = dict(questions.group_by("scale").agg(pl.col("level").max()).rows())
    rows = pl.DataFrame(schema=_SAID) if assessments is None else assessments.select(list(_SAID))
    _within(rows, tops)
    latest = (
        rows.filter(pl.col("on") <= as_of, pl.col("scale").is_in(list(tops)))
        .sort("on", "level", "assessment", descending=[False, True, False])
        .unique([*SUBJECT, "status"], keep="last", maintain_order=True)
    )
    holding = _holding(evidence, as_of, known_at)
    cited = latest.select("assessment", "evidence").explode("evidence", empty_as_null=True).drop_nulls()
    best = cited.join(holding, on="evidence").group_by("assessment").agg(
        pl.col("grade").max(), pl.col("evidence").unique().sort().alias("holding")
    )  # fmt: skip
    weighed = latest.drop("evidence").join(best, on="assessment", how="left").with_columns(
        paper=pl.col("status").is_in(["supported", "verified"]) & (pl.col("grade") >= SUPPORTS).fill_null(False)
    )  # fmt: skip
    third = pl.col("independent").fill_null(False) | (pl.col("grade") >= VERIFIES).fill_null(False)
    weighed = weighed.with_columns(third=pl.col("paper") & (pl.col("status") == "verified") & third)
    level = pl.col("level")
    return weighed.group_by(SUBJECT).agg(
        level.max().alias("assessed"),
        level.filter("paper").max().alias("said_supported"),
        level.filter("third").max().alias("said_verified"),
        pl.col("assessor").sort_by("on", "assessment").last().alias("said_by"),
        pl.col("independent").fill_null(False).sum().cast(pl.Int64).alias("said_independents"),
        pl.col("assessor").n_unique().cast(pl.Int64).alias("said_assessors"),
        pl.col("on").max().alias("said_on"),
        pl.col("holding").filter("paper").explode(empty_as_null=True).drop_nulls().unique().sort().alias("said_with"),
        pl.col("grade").filter("paper").max().alias("said_grade"),
    )


def _within(assessments: pl.DataFrame, tops: Mapping[str, int]) -> None:
    beyond = [
        fault("beyond-top", "assessments", str(level), assessment=name, scale=scale_name(scale), level=level,
              top=tops[scale])
        for name, scale, level in assessments.sort("assessment").select("assessment", "scale", "level").rows()
        if level > tops.get(scale, level)
    ]  # fmt: skip
    if beyond:
        raise DataRefused(beyond)


def _holding(evidence: pl.DataFrame, as_of: date, known_at: date) -> pl.DataFrame:
    since = pl.coalesce("valid_from", "dated")
    known = pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= known_at)
    begun = since.is_null() | (since <= as_of)
    lasting = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of)
    return evidence.filter(known & begun & lasting).select("evidence", "grade")


def scale_name(code: str) -> Label:
    return vocabularies()["readiness_scale"].get(code) or Label(code)
