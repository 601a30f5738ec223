"""What a scheme may know of each project: maturity and autonomy as computed from the case it led to, else as stated.

A figure that is computed wins over one that is stated, and the frame of sources says so. Where the computed figure is
an interval the project is judged at both ends too, so that the points lie where they must and no guess is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.appraise.maturity import OVERALL
from tongtu.registry import Registry

SOURCES: Mapping[str, Any] = {
    "project": pl.String, "column": pl.String, "case": pl.String, "stated": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "basis": pl.String,
}  # fmt: skip
#: columns of a project that can be computed, and what stands for "nothing is proved"
_COMPUTED = {"maturity": 0.0, "autonomy": 0.0}


@dataclass(frozen=True)
class Facts:
    """`point`: projects with what is known exactly, null where it is not; `least` and `most`: at the ends of what it
    can be. `sources` (project, column, case, stated, low, high, basis): `basis` is `computed`, `stated` or
    `unknown`."""

    point: pl.DataFrame
    least: pl.DataFrame
    most: pl.DataFrame
    sources: pl.DataFrame


def computed(registry: Registry, maturity: pl.DataFrame, autonomy: pl.DataFrame) -> Facts:
    """The projects of a registry with the figures of their cases.

    `maturity` and `autonomy` are the tables of those names. A project's case is the one it names; otherwise those of
    the achievements it put out, of several the one that has proved most (then the first by id).
    """
    projects = registry["projects"].sort("project")
    whole = maturity.filter(pl.col("dimension") == OVERALL).select("case", low="low", high="high", known="level")
    ranges = {
        "maturity": whole.filter(pl.col("known").is_not_null()).select("case", pl.col("low", "high").cast(pl.Float64)),
        "autonomy": autonomy.drop_nulls("autonomy").select("case", "low", "high"),
    }
    linked = _linked(projects, registry, whole)
    sources = pl.concat([_sources(projects, linked, column, found) for column, found in ranges.items()])
    point, least, most = projects, projects, projects
    for column in ranges:
        mine = sources.filter(pl.col("column") == column)
        exact = pl.when(pl.col("low") == pl.col("high")).then("low")
        point = _put(point, mine.select("project", value=exact), column)
        least = _put(least, mine.select("project", value="low"), column)
        most = _put(most, mine.select("project", value="high"), column)
    return Facts(point, least, most, sources.sort("project", "column"))


def _linked(projects: pl.DataFrame, registry: Registry, whole: pl.DataFrame) -> pl.DataFrame:
    """project, case."""
    named = projects.select("project", "case").drop_nulls()
    put_out = projects.select("project", achievement="outputs").explode("achievement").drop_nulls()
    made = registry["achievements"].select("project", "achievement").drop_nulls()
    of = registry["cases"].select("achievement", "case").drop_nulls()
    through = pl.concat([put_out, made]).unique().join(of, on="achievement").select("project", "case")
    through = through.join(named, on="project", how="anti").join(whole, on="case", how="left")
    best = through.sort("project", "low", "known", "case", descending=[False, True, True, False], nulls_last=True)
    return pl.concat([named, best.unique("project", keep="first").select("project", "case")])


def _sources(projects: pl.DataFrame, linked: pl.DataFrame, column: str, found: pl.DataFrame) -> pl.DataFrame:
    stated = projects.select("project", pl.col(column).cast(pl.Float64).alias("stated"))
    rows = stated.join(linked, on="project", how="left", maintain_order="left").join(
        found.with_columns(_known=pl.lit(True)), on="case", how="left", maintain_order="left"
    )
    won, said = pl.col("_known").is_not_null(), pl.col("stated").is_not_null()
    return rows.with_columns(
        column=pl.lit(column),
        low=pl.when(won).then(pl.col("low").fill_null(_COMPUTED[column])).otherwise("stated"),
        high=pl.when(won).then("high").otherwise("stated"),
        basis=pl.when(won).then(pl.lit("computed")).when(said).then(pl.lit("stated")).otherwise(pl.lit("unknown")),
    ).select(pl.col(name).cast(kind) for name, kind in SOURCES.items())  # fmt: skip


def _put(projects: pl.DataFrame, values: pl.DataFrame, column: str) -> pl.DataFrame:
    kind, order = projects.schema[column], projects.columns
    joined = projects.drop(column).join(values, on="project", how="left", maintain_order="left")
    return joined.with_columns(pl.col("value").cast(kind).alias(column)).select(order)
