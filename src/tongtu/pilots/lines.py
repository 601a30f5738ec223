"""Pilot lines with what their platform says for them, and the areas that regions belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.registry import Registry

#: A listing that is not (or no longer) offered; a platform without a state counts as offered.
_NOT_OFFERED = ("draft", "review", "expired", "withdrawn")
LINE: Mapping[str, Any] = {
    "line": pl.String, "platform": pl.String, "name": pl.String, "name_en": pl.String,
    "platform_name": pl.String, "platform_name_en": pl.String, "category": pl.String,
    "directions": pl.List(pl.String), "region": pl.String, "area": pl.String, "parallel": pl.Int64,
    "hours_week": pl.Float64, "setup_days": pl.Float64, "batch_min": pl.Float64, "batch_max": pl.Float64,
    "batch_unit": pl.String, "hourly_price": pl.Int64, "currency": pl.String, "price_year": pl.Int64,
    "process": pl.String, "process_en": pl.String,
}  # fmt: skip


def offered_platforms(registry: Registry) -> pl.DataFrame:
    return registry["platforms"].filter(~pl.col("state").fill_null("").is_in(_NOT_OFFERED))


def offered_lines(registry: Registry) -> pl.DataFrame:
    """The lines of offered platforms, sorted by line; columns as in `LINE`.

    A line without directions has its platform's; `directions` is null where neither says. `parallel` and
    `setup_days` count as 1 and 0 where blank; `hours_week` stays null: a line's capacity is not guessed.
    """
    platforms = offered_platforms(registry).select(
        "platform",
        "region",
        pl.col("name").alias("platform_name"),
        pl.col("name_en").alias("platform_name_en"),
        pl.col("directions").alias("served"),
    )
    return (
        registry["lines"]
        .join(platforms, on="platform")
        .with_columns(
            pl.coalesce(_said("directions"), _said("served")).alias("directions"),
            pl.col("stage").alias("category"),
            pl.col("parallel").fill_null(1),
            pl.col("setup_days").fill_null(0.0),
            in_area("region", areas(registry)).alias("area"),
        )
        .select(list(LINE))
        .sort("line")
    )


def areas(registry: Registry) -> dict[str, str]:
    """Each region to the area that a map shows it in: the level below a single root, or else the roots."""
    parents = dict(registry["regions"].select("region", "parent").iter_rows())
    known = {region: parent for region, parent in parents.items() if parent in parents and parent != region}
    roots = {region for region in parents if region not in known}
    tops = {region for region, parent in known.items() if parent in roots} if len(roots) == 1 else roots
    return {region: _climb(region, known, tops) for region in sorted(parents)}


def in_area(column: str, tops: Mapping[str, str]) -> pl.Expr:
    """A region column as areas; a region that the table does not know stands for itself."""
    return pl.col(column).replace(tops) if tops else pl.col(column)


def _climb(region: str, parents: Mapping[str, str], tops: set[str]) -> str:
    """Up to an area; the root itself, or a region caught in a circle, stays where it is."""
    here = region
    for _ in parents:
        if here in tops or here not in parents:
            break
        here = parents[here]
    return here if here in tops else region


def _said(column: str) -> pl.Expr:
    """A list that says something: an empty one counts as not said."""
    return pl.when(pl.col(column).list.len() > 0).then(pl.col(column))
