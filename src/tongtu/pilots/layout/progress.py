"""How far the network has come: platforms by tier, build mode, field, region and direction, beside the goals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.layout.names import Names
from tongtu.pilots.lines import areas, in_area, offered_platforms
from tongtu.registry import Registry
from tongtu.terms.why import Ratio, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

PROGRESS: Mapping[str, Any] = {
    "group_kind": pl.String, "group": pl.String, "now": pl.Int64, "building": pl.Int64, "target": pl.Float64,
    "share": pl.Float64, "goal": pl.String, "deadline": pl.Date, "why": pl.String,
}  # fmt: skip
#: a goal's measure → the tier it counts; a local platform is one that the province names
_TIERS = {
    "platforms_national": "national", "platforms_key": "key", "platforms_reserve": "reserve",
    "platforms_local": "provincial",
}  # fmt: skip
#: kind of group → (column of platforms, column of builds, vocabulary of its words)
_KINDS: Mapping[str, tuple[str, str | None, str]] = {
    "tier": ("tier", None, "platform_tier"), "builder": ("builder", "builder", "builder_kind"),
    "field": ("fields", None, "service_field"), "region": ("region", "region", "region"),
    "direction": ("directions", "directions", "direction"),
}  # fmt: skip
_UNDER_WAY = ("approved", "building")


def progress_of(registry: Registry, pack: Pack, as_of: date) -> pl.DataFrame:
    """One row per group of each kind, and per goal set for it: platforms now, new ones under way, target, share.

    A platform counts in each field and direction it serves; regions are pooled as in `coverage`. A platform that
    does not state a kind's column is counted under the group null. `target` is null where the goals say nothing of
    the group, `share` is now / target.
    """
    names, tops = Names.of(registry, pack), areas(registry)
    platforms = offered_platforms(registry).with_columns(in_area("region", tops))
    new = pl.col("state").is_in(_UNDER_WAY) & (pl.col("action") == "supplement")
    builds = registry["builds"].filter(new).with_columns(in_area("region", tops))
    goals = _goals(registry, platforms, tops, as_of)
    rows = [
        row for kind in _KINDS for row in _group(kind, _counts(kind, platforms, builds), goals.get(kind, {}), names)
    ]
    frame = pl.DataFrame(rows, schema=PROGRESS)
    order = pl.col("group_kind").replace_strict({kind: k for k, kind in enumerate(_KINDS)}, return_dtype=pl.Int64)
    return frame.sort(order, "group", "deadline", "goal", nulls_last=True)


def _counts(kind: str, platforms: pl.DataFrame, builds: pl.DataFrame) -> dict[str | None, tuple[int, int]]:
    """Group → platforms now, and new ones under way."""
    column, planned, _ = _KINDS[kind]
    now = _tally(platforms, column)
    coming = _tally(builds, planned) if planned else {}
    groups = sorted({*now, *coming} - {None}, key=str)
    found: dict[str | None, tuple[int, int]] = {g: (now.get(g, 0), coming.get(g, 0)) for g in groups}
    if None in now:
        found[None] = (now[None], 0)
    return found


def _tally(frame: pl.DataFrame, column: str) -> dict[str | None, int]:
    values = frame.select(pl.col(column).alias("group"))
    if isinstance(values.schema["group"], pl.List):
        values = values.select(pl.col("group").list.unique(maintain_order=True)).explode("group")
    return dict(values.group_by("group").len().iter_rows())


def _goals(
    registry: Registry, platforms: pl.DataFrame, tops: Mapping[str, str], as_of: date
) -> dict[str, dict[str | None, list[dict[str, Any]]]]:
    """Dated or open goals that count platforms, under the kind and group they speak of: a scoped one under its region
    or direction, another under its tier."""
    found: dict[str, dict[str | None, list[dict[str, Any]]]] = {}
    for goal in registry["goals"].iter_rows(named=True):
        tier = _TIERS.get(goal["measure"] or "")
        if tier is None or goal["target"] is None:
            continue
        region, direction = goal["scope_region"], goal["scope_direction"]
        if region is not None and direction is None:
            kind, group = "region", tops.get(region, region)
        elif direction is not None and region is None:
            kind, group = "direction", direction
        elif region is None:
            kind, group = "tier", tier
        else:
            continue  # a cell of both: the coverage of that cell answers it
        goal["now"] = _of_tier(platforms, tier, region and tops.get(region, region), direction)
        goal["overdue"] = goal["deadline"] is not None and goal["deadline"] < as_of
        found.setdefault(kind, {}).setdefault(group, []).append(goal)
    return found


def _of_tier(platforms: pl.DataFrame, tier: str, region: str | None, direction: str | None) -> int:
    """Platforms of a tier within a goal's scope."""
    mine = pl.col("tier") == tier
    if region is not None:
        mine = mine & (pl.col("region") == region)
    if direction is not None:
        mine = mine & pl.col("directions").list.contains(direction)
    return platforms.filter(mine).height


def _group(
    kind: str, counts: dict[str | None, tuple[int, int]], goals: dict[str | None, list[dict[str, Any]]], names: Names
) -> Iterator[dict[str, Any]]:
    for group in [*counts, *(g for g in goals if g not in counts)]:
        now, building = counts.get(group, (0, 0))
        for goal in goals.get(group, [None]):
            yield _row(kind, group, now, building, goal, names)


def _row(
    kind: str, group: str | None, now: int, building: int, goal: dict[str, Any] | None, names: Names
) -> dict[str, Any]:
    target = None if goal is None else float(goal["target"])
    now = now if goal is None else int(goal["now"])
    share = now / target if target else None
    vocabulary = _KINDS[kind][2]
    label = None if group is None else names.region(group) if kind == "region" else names.word(vocabulary, group)
    code = "group-unstated" if group is None else "group-goal" if goal else "group" if building else "group-alone"
    args = {
        "group": label, "n": now, "building": building, "target": target, "share": share and Ratio(share),
        "deadline": goal and goal["deadline"], "source": goal and goal["source"], "grade": goal and goal["grade"],
    }  # fmt: skip
    parts = (Why("pilots_layout.goal-overdue"),) if goal and goal["overdue"] and (share or 0) < 1 else ()
    return {
        "group_kind": kind, "group": group, "now": now, "building": building, "target": target, "share": share,
        "goal": goal and goal["goal"], "deadline": goal and goal["deadline"],
        "why": Why(f"pilots_layout.{code}", args, parts).to_json(),
    }  # fmt: skip
