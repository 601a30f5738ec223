"""The cells of a layout: what each region asks of each direction, in hours a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.problem import Floats
from tongtu.pilots.layout.reach import Map
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Quantity, Why

CELL = ["direction", "region"]
#: a focus list of this name marks directions that must not hang on one platform
_BOTTLENECK_LIST = "bottleneck"
_OFFERED = "published"


@dataclass(frozen=True, slots=True)
class Cells:
    """`frame`: direction, region, area, unknown (jobs without hours), known (jobs with), sorted. `hours` cells x
    periods; a cell whose jobs all lack hours asks for 0 in the model and is shown as unknown."""

    frame: pl.DataFrame
    hours: Floats
    weight: Floats
    notes: tuple[Why, ...]


def cells_of(
    registry: Registry, demand: pl.DataFrame, where: Map, as_of: date, periods: int,
    assumed: float | None, directions: Sequence[str] | None, names: Names,
) -> Cells:  # fmt: skip
    """Jobs gathered into cells. Raises DataRefused for columns that are missing, negative hours, unknown periods,
    a direction asked for that nothing is asked of, and for no demand at all."""
    jobs = _jobs(demand, periods)
    placed = jobs.drop_nulls(CELL)
    notes = list(_left_out(jobs, placed))
    if directions is not None:
        _refuse_empty(placed, directions, names)
        placed = placed.filter(pl.col("direction").is_in(list(directions)))
    if not placed.height:
        raise DataRefused(Fault(Why("pilots_layout.no-demand"), Why("pilots_layout.no-demand-repair"), sheet="demand"))
    unknown = placed["hours"].null_count()
    if unknown:
        code = "hours-unknown" if assumed is None else "hours-assumed"
        notes.append(Why(f"pilots_layout.{code}", {"n": unknown, "hours": assumed}))
    filled = placed.with_columns(pl.col("hours").fill_null(pl.lit(assumed, pl.Float64)).alias("counted"))
    cells = filled.group_by(CELL).agg(
        pl.col("hours").null_count().cast(pl.Int64).alias("unknown"), pl.col("counted").count().alias("known"),
        pl.col("counted").alias("jobs"), pl.col("period"),
    ).sort(CELL)  # fmt: skip
    frame = cells.select(*CELL, "unknown", "known").with_columns(
        pl.col("region").replace_strict(where.area, default=pl.col("region"), return_dtype=pl.String).alias("area")
    )
    return Cells(frame, _hours(cells, periods), _weights(registry, frame, where, as_of), tuple(notes))


def _jobs(demand: pl.DataFrame, periods: int) -> pl.DataFrame:
    missing = [name for name in (*CELL, "hours") if name not in demand.columns]
    if missing:
        args = {"columns": tuple(missing)}
        what, repair = Why("pilots_layout.demand-columns", args), Why("pilots_layout.demand-columns-repair", args)
        raise DataRefused(Fault(what, repair, sheet="demand"))
    period = pl.col("period") if "period" in demand.columns else pl.lit(None)
    jobs = demand.select(
        pl.col(CELL).cast(pl.String), pl.col("hours").cast(pl.Float64), period.cast(pl.Int64).alias("period")
    )
    faults = []
    bad = jobs.with_row_index("row", 2).filter((pl.col("hours") < 0) | ~pl.col("hours").is_finite())
    for row, hours in bad.select("row", "hours").head(20).iter_rows():
        what = Why("pilots_layout.hours-negative", {"hours": hours})
        faults.append(Fault(what, Why("pilots_layout.hours-negative-repair"), sheet="demand", row=row, column="hours"))
    bad = jobs.with_row_index("row", 2).filter((pl.col("period") < 1) | (pl.col("period") > periods))
    for row, period_said in bad.select("row", "period").head(20).iter_rows():
        said: dict[str, object] = {"period": period_said, "n": periods}
        what, repair = Why("pilots_layout.no-such-period", said), Why("pilots_layout.no-such-period-repair", said)
        faults.append(Fault(what, repair, sheet="demand", row=row, column="period"))
    if faults:
        raise DataRefused(faults)
    return jobs


def _left_out(jobs: pl.DataFrame, placed: pl.DataFrame) -> list[Why]:
    lost = jobs.height - placed.height
    if not lost:
        return []
    hours = float(jobs.filter(pl.any_horizontal(pl.col(CELL).is_null()))["hours"].sum() or 0.0)
    return [Why("pilots_layout.unplaced", {"n": lost, "hours": Quantity(hours, "h")})]


def _refuse_empty(placed: pl.DataFrame, directions: Sequence[str], names: Names) -> None:
    known = set(placed["direction"].unique())
    faults = []
    for direction in sorted(set(directions) - known):
        what = Why("pilots_layout.empty-direction", {"direction": names.direction(direction)})
        faults.append(Fault(what, Why("pilots_layout.empty-direction-repair"), sheet="demand", column="direction"))
    if faults or not directions:
        fault = Fault(Why("pilots_layout.no-direction"), Why("pilots_layout.empty-direction-repair"), sheet="demand")
        raise DataRefused(faults or fault)


def _hours(cells: pl.DataFrame, periods: int) -> Floats:
    """Sums in rising order, so that the order of rows never shows in the last digit."""
    found = np.zeros((cells.height, periods))
    for i, (jobs, which) in enumerate(cells.select("jobs", "period").iter_rows()):
        said = [(hours, period or 0) for hours, period in zip(jobs, which, strict=True) if hours is not None]
        for hours, period in sorted(said):
            found[i, slice(None) if not period else period - 1] += hours
    return found


def _weights(registry: Registry, frame: pl.DataFrame, where: Map, as_of: date) -> Floats:
    """The product of the priorities in force for each cell; a priority of a track says nothing about platforms."""
    begun = pl.col("since").is_null() | (pl.col("since") <= as_of)
    going = pl.col("until").is_null() | (pl.col("until") >= as_of)
    rows = registry["priorities"].filter(begun & going & pl.col("track").is_null())
    weight = np.ones(frame.height)
    for direction, region, factor in rows.select("direction", "region", "weight").iter_rows():
        mine = pl.lit(True) if direction is None else pl.col("direction") == direction
        if region is not None:
            inside = [r for r in frame["region"].unique() if region in where.above(r)]
            mine = mine & pl.col("region").is_in(inside)
        weight[frame.select(mine.alias("mine")).to_series().to_numpy().astype(bool)] *= factor
    return weight


def bottlenecks_of(
    registry: Registry, as_of: date, given: Sequence[str] | None, known: set[str], names: Names
) -> list[str]:
    """Directions that must not hang on one platform: those given, or with an open need marked as a bottleneck, or on a
    focus list `bottleneck`. Raises DataRefused for one given that nothing is asked of."""
    if given is not None:
        faults = [
            Fault(
                Why("pilots_layout.empty-direction", {"direction": names.direction(direction)}),
                Why("pilots_layout.empty-direction-repair"), column="bottlenecks",
            )
            for direction in sorted(set(given) - known)
        ]  # fmt: skip
        if faults:
            raise DataRefused(faults)
        return sorted(set(given))
    needs = registry["needs"].filter(
        pl.col("bottleneck").fill_null(False)
        & (pl.col("state").is_null() | (pl.col("state") == _OFFERED))
        & (pl.col("deadline").is_null() | (pl.col("deadline") >= as_of))
    )
    begun = pl.col("since").is_null() | (pl.col("since") <= as_of)
    going = pl.col("until").is_null() | (pl.col("until") >= as_of)
    listed = registry["focus"].filter((pl.col("focus_list") == _BOTTLENECK_LIST) & begun & going)
    return sorted((set(needs["direction"].drop_nulls()) | set(listed["entry"])) & known)
