"""What each cell (direction × area) asks for and has: the raw figures behind coverage, one frame each.

A table that was not loaded leaves its figures null: absent is unknown, not zero. What serves several
directions is divided evenly among them, so that the cells add up to the network. A null direction is a
cell of its own: work outside every direction of the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from tongtu.pilots.lines import areas, in_area, offered_lines, offered_platforms
from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies

CELL = ["direction", "region"]
_WEEKS = 52
_YEAR = timedelta(days=365)
_OFFERED = "published"
_WORKERS = ("researcher", "engineer", "technician")


def figures(registry: Registry, demand: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row per cell with any demand, need, platform or scenario, sorted by direction and region.

    jobs, demand (hours, null where no job states them), needs (open on the day), platforms, capacity
    (hours a year), public_capacity, used and public_used (hours in the year before `as_of`), equipment,
    places (open test places), people, teams (projects they can run at once), kinds (of mechanisms in force).
    """
    tops = areas(registry)
    parts = [
        _demand(demand, tops),
        _needs(registry, tops, as_of),
        _platforms(registry, tops),
        _capacity(registry, as_of),
        _places(registry, tops, as_of),
    ]
    cells = pl.concat([part.select(CELL) for part in parts]).unique().sort(CELL, nulls_last=True)
    cells = cells.filter(pl.col("region").is_not_null() | pl.col("direction").is_not_null())
    for part in [*parts, _people(registry, tops), _teams(registry, tops), _equipment(registry, tops)]:
        cells = cells.join(part, on=CELL, how="left", nulls_equal=True, maintain_order="left")
    return _unknown_where_absent(cells.with_columns(_kinds(cells, registry, tops, as_of)), registry)


def _demand(demand: pl.DataFrame, tops: Mapping[str, str]) -> pl.DataFrame:
    jobs = demand.select(pl.col(CELL).cast(pl.String), pl.col("hours").cast(pl.Float64))
    hours = pl.when(pl.col("hours").count() > 0).then(pl.col("hours").sum())
    placed = jobs.with_columns(in_area("region", tops)).group_by(CELL)
    return placed.agg(pl.len().alias("jobs"), hours.alias("demand"))


def _needs(registry: Registry, tops: Mapping[str, str], as_of: date) -> pl.DataFrame:
    deadline = pl.col("deadline")
    listed = pl.col("state").is_null() | (pl.col("state") == _OFFERED)
    open_now = listed & (deadline.is_null() | (deadline >= as_of))
    needs = registry["needs"].filter(open_now).with_columns(in_area("region", tops))
    return needs.group_by(CELL).agg(pl.len().alias("needs"))


def _platforms(registry: Registry, tops: Mapping[str, str]) -> pl.DataFrame:
    served = _by_direction(offered_platforms(registry).with_columns(in_area("region", tops)))
    return served.group_by(CELL).agg(pl.len().alias("platforms"))


def _capacity(registry: Registry, as_of: date) -> pl.DataFrame:
    """Hours a year by cell and what was used of them in the year before; the same of public platforms."""
    public = offered_platforms(registry).filter(pl.col("is_public").fill_null(False))["platform"]
    used = _used(registry, as_of)
    lines = offered_lines(registry).with_columns(
        (pl.col("hours_week") * pl.col("parallel") * _WEEKS).alias("capacity"),
        pl.col("area").alias("region"),
        pl.col("platform").is_in(public.to_list()).alias("is_public"),
    )
    by_platform = pl.col("capacity").sum().over("platform")
    lines = lines.join(used, on="platform", how="left").with_columns(
        (pl.col("used").fill_null(0.0) * pl.col("capacity") / by_platform).alias("used")
    )
    known = pl.col("capacity").is_not_null()
    return (
        _by_direction(lines)
        .with_columns(pl.col("capacity", "used") * pl.col("part"))
        .group_by(CELL)
        .agg(
            pl.when(known.any()).then(pl.col("capacity").sum()).alias("capacity"),
            pl.col("capacity").filter(pl.col("is_public")).sum().alias("public_capacity"),
            pl.col("used").sum().alias("used"),
            pl.col("used").filter(pl.col("is_public")).sum().alias("public_used"),
        )
    )


def _used(registry: Registry, as_of: date) -> pl.DataFrame:
    """Hours of the year before, by platform."""
    within = (pl.col("date_from") <= as_of) & (pl.col("date_from") > as_of - _YEAR)
    return registry["usage"].filter(within).group_by("platform").agg(pl.col("hours").sum().alias("used"))


def _equipment(registry: Registry, tops: Mapping[str, str]) -> pl.DataFrame:
    counted = registry["equipment"].group_by("platform").agg(pl.len().cast(pl.Float64).alias("equipment"))
    platforms = offered_platforms(registry).with_columns(in_area("region", tops)).join(counted, on="platform")
    shared = (pl.col("equipment") * pl.col("part")).sum()
    return _by_direction(platforms).group_by(CELL).agg(shared.alias("equipment"))


def _places(registry: Registry, tops: Mapping[str, str], as_of: date) -> pl.DataFrame:
    """Places to test in, in the scenarios open on the day; a scenario that does not say counts as one."""
    listed = pl.col("state").is_null() | (pl.col("state") == _OFFERED)
    begun = pl.col("open_from").is_null() | (pl.col("open_from") <= as_of)
    going = pl.col("open_to").is_null() | (pl.col("open_to") >= as_of)
    scenarios = registry["scenarios"].filter(listed & begun & going).with_columns(in_area("region", tops))
    places = pl.col("capacity").fill_null(1).sum().cast(pl.Float64)
    return scenarios.group_by(CELL).agg(places.alias("places"))


def _people(registry: Registry, tops: Mapping[str, str]) -> pl.DataFrame:
    """Researchers, engineers, technicians and reviewers, where their organisation sits."""
    works = pl.col("role").is_in(_WORKERS) | pl.col("is_expert").fill_null(False)
    people = _seated(registry["people"].filter(works), registry, tops)
    return _by_direction(people).group_by(CELL).agg(pl.col("part").sum().alias("people"))


def _teams(registry: Registry, tops: Mapping[str, str]) -> pl.DataFrame:
    teams = _by_direction(_seated(registry["teams"], registry, tops))
    return teams.group_by(CELL).agg((pl.col("capacity").fill_null(1) * pl.col("part")).sum().alias("teams"))


def _seated(rows: pl.DataFrame, registry: Registry, tops: Mapping[str, str]) -> pl.DataFrame:
    seats = registry["organisations"].select("organisation", "region").with_columns(in_area("region", tops))
    return rows.join(seats, on="organisation", how="left")


def _kinds(cells: pl.DataFrame, registry: Registry, tops: Mapping[str, str], as_of: date) -> pl.Series:
    """How many kinds of mechanism are in force for each cell: for its direction or for all; for its area, a
    part of it, or something above it."""
    lasting = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of)
    counted = pl.col("kind").is_in(mechanism_kinds())
    rows = registry["mechanisms"].filter((pl.col("valid_from") <= as_of) & lasting & counted)
    mechanisms = rows.select("kind", pl.col("directions").fill_null([]), "region").rows()
    reach = {region: _reach(region, registry, tops) for region in cells["region"].unique()}
    counts = []
    for direction, region in cells.select(CELL).iter_rows():
        here = ((kind, named) for kind, named, where in mechanisms if where in reach[region])
        counts.append(len({kind for kind, named in here if not named or direction in named}))
    return pl.Series("kinds", counts, pl.Int64)


def mechanism_kinds() -> list[str]:
    """The kinds that count towards the factor: all but `other`."""
    return [kind for kind in vocabularies()["mechanism_kind"] if kind != "other"]


def _reach(area: str | None, registry: Registry, tops: Mapping[str, str]) -> set[str | None]:
    """Regions whose mechanisms hold in an area: everywhere (null), itself, its parts, and all above it."""
    parents = dict(registry["regions"].select("region", "parent").iter_rows())
    found: set[str | None] = {None, area, *(part for part, top in tops.items() if top == area)}
    here = parents.get(area)
    while here not in found:
        found.add(here)
        here = parents.get(here)
    return found


def _by_direction(rows: pl.DataFrame) -> pl.DataFrame:
    """A row for each direction served, with the `part` that falls to it; no direction is one, null."""
    named = pl.col("directions").list.unique(maintain_order=True)
    shared = rows.with_columns(pl.when(named.list.len() > 0).then(named).alias("direction"))
    part = 1.0 / pl.col("direction").list.len().fill_null(1)
    return shared.with_columns(part.alias("part")).explode("direction")


def _unknown_where_absent(cells: pl.DataFrame, registry: Registry) -> pl.DataFrame:
    """Zero where a loaded table has nothing for a cell, null where the table was not loaded."""
    sources = {
        "needs": "needs", "platforms": "platforms", "equipment": "equipment", "places": "scenarios",
        "people": "people", "teams": "teams", "used": "usage", "public_used": "usage",
    }  # fmt: skip
    filled = [
        pl.col(name).fill_null(0) if table in registry else pl.lit(None, cells.schema[name]).alias(name)
        for name, table in sources.items()
    ]
    no_platform = pl.lit("platforms" in registry) & (pl.col("platforms").fill_null(0) == 0)
    return cells.with_columns(
        pl.when(pl.col("jobs").is_null()).then(0.0).otherwise(pl.col("demand")).alias("demand"),
        pl.when(no_platform).then(0.0).otherwise(pl.col("capacity")).alias("capacity"),
        pl.col("jobs").fill_null(0),
        pl.when(pl.lit("mechanisms" in registry)).then(pl.col("kinds")).alias("kinds"),
        *filled,
    )
