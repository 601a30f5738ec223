"""How near each direction is to what a region already has: relatedness, a prior for where the network grows.

A region's count of a direction is how many organisations, achievements, platforms and projects on record there name
it (a project stands where its lead is, an achievement where it says or else where its holder is; each record counts
once for each direction it names). A count may be great because region or direction is; M is the chance that there is
truly more than their sizes give (`measures.posterior`). Then

    density(r, d) = Σ M(r, j) φ(j, d) / Σ φ(j, d)    over the other directions j,    φ = proximity by M.

Density is where a region stands, not what it should do: a leap with little around it may be a nation's choice. So it
is a prior for a layout and never a gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.pilots.complexity.drawn import interval
from tongtu.pilots.complexity.measures import density, posterior, proximity
from tongtu.pilots.complexity.table import Floats, option_fault
from tongtu.pilots.lines import areas, in_area, offered_platforms
from tongtu.registry import Registry
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label, Ratio, Why

LEVEL, DRAWS = 0.9, 200
_UNSAID = ("draft", "review", "withdrawn")
_NEAREST = 3  # neighbours a reason names
_END = "\x1f"
_FRAME: Mapping[str, Any] = {
    "region": pl.String, "direction": pl.String, "density": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "n": pl.Int64, "area": pl.String, "why": pl.String,
}  # fmt: skip

By = Literal["area", "region"]
Ints = npt.NDArray[np.int64]


def relatedness(registry: Registry, as_of: date, seed: int = 0, *, draws: int = DRAWS, by: By = "area") -> pl.DataFrame:
    """region, direction, density (0..1), low, high, n, area, why; sorted by region and direction.

    `by="area"` counts by the areas of the map (provinces, below a single root) and gives every region below one its
    area's figures; `by="region"` counts by the regions as recorded. `n`: records of that area (or region) and
    direction. `low`, `high`: the central 0.9 of `draws` bootstrap samples of records. Density is null, with the
    reason, where a region or a direction has no record or the table varies no more than chance would have it. Raises
    UsageFault for options.
    """
    wrong = [("by", by not in ("area", "region"), by), ("draws", draws < 0, draws)]
    if any(bad for _, bad, _ in wrong):
        raise UsageFault(option_fault(name, value) for name, bad, value in wrong if bad)
    tops = areas(registry)
    area = in_area("region", tops) if by == "area" else pl.col("region")
    records = _records(registry, as_of).with_columns(area.alias("area"))
    sides = _Sides.of(registry, records, area)
    kinds = _kinds(records, sides)
    counts = kinds.counts(kinds.n)
    estimate = _density(counts)
    draws_made = _drawn(kinds, draws, seed) if estimate is not None else None
    told = _told(registry, sides, counts, estimate, draws_made)
    rows = sides.regions.join(told, on="area").select(list(_FRAME))
    return rows.cast(pl.Schema(_FRAME)).sort("region", "direction")


def _records(registry: Registry, as_of: date) -> pl.DataFrame:
    """record, region, direction: a row for each direction a record names; what is of later date is not yet there."""
    home = registry["organisations"].select("organisation", home="region")

    def known(frame: pl.DataFrame, since: str) -> pl.DataFrame:
        return frame.filter(pl.col(since).is_null() | (pl.col(since) <= as_of))

    listed = registry["achievements"].filter(~pl.col("state").fill_null("").is_in(_UNSAID))
    held = known(listed, "posted").join(home, on="organisation", how="left")
    led = known(registry["projects"], "start").join(home, left_on="lead", right_on="organisation", how="left")
    found = [
        _named("o", "organisation", known(registry["organisations"], "founded"), pl.col("region")),
        _named("a", "achievement", held, pl.coalesce("region", "home"), one=True),
        _named("p", "platform", known(offered_platforms(registry), "founded"), pl.col("region")),
        _named("r", "project", led, pl.col("home"), one=True),
    ]
    return pl.concat(found).drop_nulls().unique().sort("record", "direction")


def _named(kind: str, key: str, frame: pl.DataFrame, region: pl.Expr, one: bool = False) -> pl.DataFrame:
    record = pl.format("{}:{}", pl.lit(kind), pl.col(key)).alias("record")
    direction = pl.col("direction") if one else pl.col("directions").alias("direction")
    found = frame.select(record, region.alias("region"), direction)
    return found if one else found.explode("direction", empty_as_null=True)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The areas and directions of the matrix, and each region with its area."""

    areas: list[str]
    directions: list[str]
    regions: pl.DataFrame

    @classmethod
    def of(cls, registry: Registry, records: pl.DataFrame, area: pl.Expr) -> _Sides:
        every = pl.concat([registry["regions"].select("region"), records.select("region")]).unique().sort("region")
        regions = every.with_columns(area.alias("area"))
        directions = {*registry["directions"]["direction"], *records["direction"].unique()}
        return cls(sorted(set(regions["area"])), sorted(directions), regions)


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Records of one area and the same directions are of one kind: `n` of each; `kind` and `cell` of each pair."""

    n: Ints
    kind: Ints
    cell: Ints
    shape: tuple[int, int]

    def counts(self, n: Ints) -> Floats:
        """Areas × directions, where so many records of each kind are counted."""
        cells = self.shape[0] * self.shape[1]
        found = np.bincount(self.cell, n[self.kind].astype(np.float64), cells)
        return found.reshape(self.shape).astype(np.float64, copy=False)


def _kinds(records: pl.DataFrame, sides: _Sides) -> _Kinds:
    each = records.group_by("record", "area").agg(pl.col("direction").sort().str.join(_END).alias("directions"))
    kinds = each.group_by("area", "directions").agg(pl.len().alias("n")).sort("area", "directions")
    pairs = kinds.with_row_index("kind").with_columns(pl.col("directions").str.split(_END))
    pairs = pairs.explode("directions", empty_as_null=True)
    areas, directions = ({name: i for i, name in enumerate(side)} for side in (sides.areas, sides.directions))
    row = np.array([areas[name] for name in pairs["area"]], np.int64)
    column = np.array([directions[name] for name in pairs["directions"]], np.int64)
    n, kind = kinds["n"].to_numpy().astype(np.int64), pairs["kind"].to_numpy().astype(np.int64)
    return _Kinds(n, kind, row * len(directions) + column, (len(areas), len(directions)))


@dataclass(frozen=True, slots=True, eq=False)
class _Density:
    """`chance`: M with 0 where unknown; `near`: φ; `values`: densities, NaN where nobody can tell."""

    chance: Floats
    near: Floats
    values: Floats


def _density(counts: Floats) -> _Density | None:
    """None where the counts vary no more than chance would have it."""
    found = posterior(counts)
    if found is None:
        return None
    chance = np.nan_to_num(found)
    near = proximity(chance)
    values = density(chance, near, itself=False)
    values[counts.sum(axis=1) == 0] = np.nan
    values[:, counts.sum(axis=0) == 0] = np.nan
    return _Density(chance, near, values)


def _drawn(kinds: _Kinds, draws: int, seed: int) -> Floats:
    """Densities with each record counted as often as a Poisson law of mean 1 says, all its directions alike.

    Records of one kind are drawn together: their sum is Poisson with their number as its mean.
    """
    rng = np.random.default_rng(seed)
    found = [_density(kinds.counts(rng.poisson(kinds.n))) for _ in range(draws)]
    kept = [one.values.ravel() for one in found if one is not None]
    return np.stack(kept) if kept else np.empty((0, kinds.shape[0] * kinds.shape[1]))


def _told(
    registry: Registry, sides: _Sides, counts: Floats, found: _Density | None, draws: Floats | None
) -> pl.DataFrame:
    """area, direction and what is known of them."""
    n, m = counts.shape
    blank = np.full(n * m, np.nan)
    values = blank if found is None else found.values.ravel()
    low, high = (blank, blank) if draws is None else interval(draws, LEVEL)
    low, high = (np.where(np.isnan(values), np.nan, end) for end in (low, high))
    reasons = _Reasons(registry, sides, counts, found)
    rows = {
        "area": np.repeat(np.array(sides.areas, object), m),
        "direction": np.tile(np.array(sides.directions, object), n),
        "density": values, "low": low, "high": high, "n": counts.ravel().astype(np.int64),
        "why": [reasons.of(r, d).to_json() for r in range(n) for d in range(m)],
    }  # fmt: skip
    schema = {"area": pl.String, "direction": pl.String, "why": pl.String}
    return pl.DataFrame(rows, schema_overrides=schema).with_columns(pl.selectors.float().fill_nan(None))


class _Reasons:
    """Why a density is what it is: the directions near to it that the region has most of."""

    def __init__(self, registry: Registry, sides: _Sides, counts: Floats, found: _Density | None) -> None:
        names = registry["directions"].select("direction", "name", "name_en").iter_rows()
        labels = {code: Label(zh, en or "") for code, zh, en in names}
        self._labels = [labels.get(code, Label(code)) for code in sides.directions]
        self._counts, self._found = counts, found
        self._bare = counts.sum(axis=1) == 0, counts.sum(axis=0) == 0

    def of(self, region: int, direction: int) -> Why:
        if self._bare[0][region]:
            return Why("pilots_complexity.no-record-region")
        if self._bare[1][direction]:
            return Why("pilots_complexity.no-record-direction", {"direction": self._labels[direction]})
        if self._found is None or np.isnan(self._found.values[region, direction]):
            return Why("pilots_complexity.chance")
        args = {
            "density": Ratio(round(float(self._found.values[region, direction]), 4)),
            "direction": self._labels[direction],
            "n": int(self._counts[region, direction]),
        }
        return Why("pilots_complexity.related", args, tuple(self._near(self._found, region, direction)))

    def _near(self, found: _Density, region: int, direction: int) -> list[Why]:
        weight = found.chance[region] * found.near[:, direction]
        weight[direction] = 0.0
        best = np.argsort(-weight, kind="stable")[:_NEAREST]
        return [
            Why("pilots_complexity.near", {
                "direction": self._labels[j], "near": round(float(found.near[j, direction]), 2),
                "chance": Ratio(round(float(found.chance[region, j]), 2)),
            })
            for j in best.tolist() if weight[j] > 0
        ]  # fmt: skip
