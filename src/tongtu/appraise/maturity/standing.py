"""Everything said of each case's dimensions, as one long frame: who says which level, how sure, since when.

A case stands on what is said of itself and of its achievement. Evidence speaks where it names a dimension and a
level and holds on the day. Of assessments the latest per subject, scale and status counts for the level; two on one
day count as the lower. How sure a level is asks every assessor: the latest word of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.maturity.scale import MaturityScale
from tongtu.appraise.maturity.sound import refuse_unsound
from tongtu.registry import Registry

#: what other engines may hand in: their own readings of a case's dimensions
GIVEN: Mapping[str, Any] = {
    "case": pl.String, "dimension": pl.String, "level": pl.Int64, "grade": pl.String, "source": pl.String,
    "on": pl.Date,
}  # fmt: skip
_SAID: Mapping[str, Any] = {
    **GIVEN, "holds": pl.Boolean, "claims": pl.Boolean, "supports": pl.Boolean, "reads": pl.Boolean,
}  # fmt: skip
_CLAIM = "E0"


def said(
    cases: pl.DataFrame, registry: Registry, scale: MaturityScale, as_of: date, given: pl.DataFrame | None = None
) -> pl.DataFrame:
    """A row per statement about a dimension of a case.

    `case, dimension, level` (at most the top of its scale), `said` (the same), `grade`, `source` (id, null for a bare
    claim), `on`; `holds` on the day; whether it `claims` a level, `supports` one, and is one of the `reads` that an
    estimate may use. Raises DataRefused for readings that no scale can hold.
    """
    refuse_unsound(registry, scale, given)
    evidence = _dated(registry, as_of)
    parts = [
        _own_claims(cases, registry, scale),
        _evidence(cases, evidence),
        _assessed(cases, registry, scale, as_of, evidence),
    ]
    if given is not None:
        parts.append(_given(cases, given, as_of))
    tops = pl.DataFrame(
        [(d.code, d.top) for d in scale.dimensions], {"dimension": pl.String, "top": pl.Int64}, orient="row"
    )
    whole = pl.concat([part.select(*_SAID) for part in parts]).join(tops, on="dimension", maintain_order="left")
    return whole.with_columns(level=pl.min_horizontal("level", "top")).drop("top")


def subjects(cases: pl.DataFrame) -> pl.DataFrame:
    """case, subject_kind, subject: what may be spoken of for each case."""
    own = cases.select("case", pl.lit("case").alias("subject_kind"), pl.col("case").alias("subject"))
    result = cases.select("case", pl.lit("achievement").alias("subject_kind"), subject="achievement")
    return pl.concat([own, result.drop_nulls("subject")])


def _own_claims(cases: pl.DataFrame, registry: Registry, scale: MaturityScale) -> pl.DataFrame:
    claimed = [d for d in scale.dimensions if d.claim]
    columns = [*(d.claim for d in claimed), "posted"]
    held = registry["achievements"].select("achievement", *columns)
    offered = cases.select("case", "achievement").join(held, on="achievement")
    none = pl.DataFrame(schema={name: GIVEN[name] for name in ("case", "dimension", "level", "on")})
    parts = [
        offered.select("case", pl.lit(d.code).alias("dimension"), pl.col(d.claim).alias("level"), on="posted")
        for d in claimed
    ]
    return pl.concat([none, *parts]).drop_nulls("level").with_columns(
        grade=pl.lit(_CLAIM), source=pl.lit(None, pl.String), holds=True, claims=True, supports=False, reads=True
    )  # fmt: skip


def _dated(registry: Registry, as_of: date) -> pl.DataFrame:
    """Evidence with `holds`: begun and not yet run out. Without `valid_from` it begins on its own date."""
    since = pl.coalesce("valid_from", "dated")
    begun = since.is_null() | (since <= as_of)
    lasting = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of)
    return registry["evidence"].with_columns(
        holds=begun & lasting, on=pl.coalesce("dated", "valid_from", "recorded_at")
    )


def _evidence(cases: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    rows = evidence.drop_nulls(["dimension", "level"])
    joined = subjects(cases).join(rows, on=["subject_kind", "subject"])
    return joined.with_columns(source="evidence", claims=pl.col("grade") == _CLAIM, supports=True, reads=True)


def _assessed(
    cases: pl.DataFrame, registry: Registry, scale: MaturityScale, as_of: date, evidence: pl.DataFrame
) -> pl.DataFrame:
    """Assessments: the latest of each status counts for the level, the latest of each assessor for the estimate."""
    spoken = {d.scale: d.code for d in scale.dimensions if d.scale}
    rows = registry["assessments"].filter(pl.col("on") <= as_of, pl.col("scale").is_in(list(spoken)))
    of = ["subject_kind", "subject", "scale", "status"]
    latest = rows.sort("on", "level", "assessment", descending=[True, False, False])
    voices = latest.unique([*of, "assessor"], keep="first", maintain_order=True)
    stands = pl.col("assessment").is_in(latest.unique(of, keep="first")["assessment"].implode())
    claimed = pl.col("status") == "claimed"
    told = _weighed(voices, evidence, scale).with_columns(
        dimension=pl.col("scale").replace_strict(spoken, return_dtype=pl.String),
        source="assessment", holds=pl.lit(True), claims=claimed & stands,
        supports=pl.col("status").is_in(list(scale.assessments)) & stands, reads=pl.lit(True),
    )  # fmt: skip
    return subjects(cases).join(told, on=["subject_kind", "subject"])


def _weighed(voices: pl.DataFrame, evidence: pl.DataFrame, scale: MaturityScale) -> pl.DataFrame:
    """Each with the grade it weighs as: its status', or that of the best evidence it cites that holds."""
    held = evidence.filter("holds").select("evidence", cited_grade="grade")
    citations = voices.select("assessment", "evidence").explode("evidence").drop_nulls()
    best = citations.join(held, on="evidence").group_by("assessment").agg(pl.col("cited_grade").max())
    status = pl.col("status").replace_strict(dict(scale.assessments), default=_CLAIM, return_dtype=pl.String)
    counted = pl.when(pl.col("status") != "claimed").then("cited_grade")
    return voices.join(best, on="assessment", how="left").with_columns(grade=pl.max_horizontal(status, counted))


def _given(cases: pl.DataFrame, given: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Readings of other engines hold from their day on."""
    known = given.join(cases.select("case"), on="case", how="semi").drop_nulls(["dimension", "level"])
    return known.with_columns(
        holds=pl.col("on").is_null() | (pl.col("on") <= as_of),
        claims=pl.col("grade") == _CLAIM, supports=pl.lit(True), reads=pl.lit(True),
    )  # fmt: skip
