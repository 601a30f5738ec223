"""What is claimed of each case, and what evidence and assessments support, as long frames.

A case stands on what is said of itself and of its achievement. Evidence speaks where it names a
dimension and a level and holds on the day. Of assessments the latest per subject, scale and status
counts; two on one day count as the lower.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from tongtu.appraise.scale import MaturityScale
from tongtu.registry import Registry

KEY = ["case", "dimension"]
_LEVELS: Mapping[str, type[pl.DataType]] = {"case": pl.String, "dimension": pl.String, "level": pl.Int64}


def claims(cases: pl.DataFrame, registry: Registry, scale: MaturityScale, as_of: date) -> pl.DataFrame:
    """case, dimension, claimed: the highest level the holder claims in any way."""
    parts = [
        _own_claims(cases, registry, scale),
        _assessed(cases, registry, scale, as_of).filter(pl.col("status") == "claimed"),
        _evidence(cases, registry, as_of).filter(pl.col("holds"), pl.col("grade") == "E0"),
    ]
    said = pl.concat([part.select(*_LEVELS) for part in parts]).join(_tops(scale), on="dimension")
    level = pl.min_horizontal("level", "top").max().alias("claimed")
    return said.group_by(KEY).agg(level).sort(KEY)


def supported(cases: pl.DataFrame, registry: Registry, scale: MaturityScale, as_of: date) -> pl.DataFrame:
    """The highest level that is supported, and by what.

    case, dimension, level (after the cap), grade (best behind that level), said (highest level before the
    cap), sources (ids behind the level, sorted).
    """
    evidence = _evidence(cases, registry, as_of).filter("holds").with_columns(source="evidence")
    cited = _dated(registry, as_of).filter("holds").select("evidence", cited_grade="grade")
    assessed = _weighed(_assessed(cases, registry, scale, as_of), cited, scale).with_columns(source="assessment")
    columns = [*_LEVELS, "grade", "source"]
    said = pl.concat([evidence.select(columns), assessed.select(columns)])
    caps = pl.DataFrame({"grade": list(scale.caps), "cap": list(scale.caps.values())})
    capped = (
        said.join(_tops(scale), on="dimension").join(caps, on="grade")
        .with_columns(pl.min_horizontal("level", "top").alias("said"))
        .with_columns(pl.min_horizontal("said", "cap").alias("level"))
    )  # fmt: skip
    behind = pl.col("level") == pl.col("level").max()
    return (
        capped.group_by(KEY)
        .agg(
            pl.col("level").max(),
            pl.col("grade").filter(behind).max(),
            pl.col("said").max(),
            pl.col("source").filter(behind).unique().sort().alias("sources"),
        )
        .sort(KEY)
    )


def lapsed(cases: pl.DataFrame, registry: Registry, as_of: date) -> pl.DataFrame:
    """case, dimension, lapsed: how much evidence there is that does not hold on the day."""
    gone = _evidence(cases, registry, as_of).filter(~pl.col("holds"))
    return gone.group_by(KEY).agg(pl.len().cast(pl.Int64).alias("lapsed")).sort(KEY)


def _subjects(cases: pl.DataFrame) -> pl.DataFrame:
    """case, subject_kind, subject: what may be spoken of for each case."""
    own = cases.select("case", pl.lit("case").alias("subject_kind"), pl.col("case").alias("subject"))
    result = cases.select("case", pl.lit("achievement").alias("subject_kind"), subject="achievement")
    return pl.concat([own, result.drop_nulls("subject")])


def _own_claims(cases: pl.DataFrame, registry: Registry, scale: MaturityScale) -> pl.DataFrame:
    offered = cases.join(registry["achievements"], on="achievement", how="inner", suffix="_of")
    parts = [
        offered.select("case", pl.lit(d.code).alias("dimension"), pl.col(d.claim).alias("level"))
        for d in scale.dimensions if d.claim
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema=_LEVELS), *parts]).drop_nulls("level")


def _evidence(cases: pl.DataFrame, registry: Registry, as_of: date) -> pl.DataFrame:
    """case, dimension, level, grade, evidence, holds: rows that say a level of a dimension."""
    rows = _dated(registry, as_of).drop_nulls(["dimension", "level"])
    joined = _subjects(cases).join(rows, on=["subject_kind", "subject"], how="inner")
    return joined.select(*_LEVELS, "grade", "evidence", "holds")


def _dated(registry: Registry, as_of: date) -> pl.DataFrame:
    """Evidence with `holds`: begun and not yet run out. Without `valid_from` it begins on its own date."""
    since = pl.coalesce("valid_from", "dated")
    begun = since.is_null() | (since <= as_of)
    lasting = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of)
    return registry["evidence"].with_columns((begun & lasting).alias("holds"))


def _assessed(cases: pl.DataFrame, registry: Registry, scale: MaturityScale, as_of: date) -> pl.DataFrame:
    """case, dimension, level, status, assessment, cited (evidence ids): the latest of each status."""
    spoken = {d.scale: d.code for d in scale.dimensions if d.scale}
    rows = registry["assessments"].filter(pl.col("on") <= as_of, pl.col("scale").is_in(list(spoken)))
    latest = (
        rows.sort("on", "level", "assessment", descending=[True, False, False])
        .group_by("subject_kind", "subject", "scale", "status", maintain_order=True)
        .first()
        .with_columns(pl.col("scale").replace_strict(spoken, return_dtype=pl.String).alias("dimension"))
    )
    joined = _subjects(cases).join(latest, on=["subject_kind", "subject"], how="inner")
    return joined.select(*_LEVELS, "status", "assessment", cited="evidence")


def _weighed(assessed: pl.DataFrame, grades: pl.DataFrame, scale: MaturityScale) -> pl.DataFrame:
    """Assessments that count as support, each with the grade it weighs as: its status' or its citations'."""
    rows = assessed.filter(pl.col("status").is_in(list(scale.assessments)))
    citations = rows.select("assessment", evidence="cited").explode("evidence").drop_nulls()
    best = citations.join(grades, on="evidence").group_by("assessment").agg(pl.col("cited_grade").max())
    given = pl.col("status").replace_strict(dict(scale.assessments), return_dtype=pl.String)
    return rows.join(best, on="assessment", how="left").with_columns(
        pl.max_horizontal(given, "cited_grade").alias("grade")
    )


def _tops(scale: MaturityScale) -> pl.DataFrame:
    tops = {"dimension": [d.code for d in scale.dimensions], "top": [d.top for d in scale.dimensions]}
    return pl.DataFrame(tops, schema={"dimension": pl.String, "top": pl.Int64})
