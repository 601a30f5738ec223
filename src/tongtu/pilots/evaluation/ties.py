"""The official tie-break: among equals, platforms that fill a gap come first (同等条件下优先支持补齐领域的平台).

A gap is computed from the network: the direction is on the rubric's list of areas to be filled, or it is short of
platforms, its open needs per platform exceeding the median over all directions by the rubric's factor. A statement
that was accepted or refused by a person overrules the computation. It orders equals; it never moves anybody between
tiers, for then one's tier would depend on who else is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.evaluation.lawful import Lawful
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPEN = "published"
TIES: Mapping[str, Any] = {
    "platform": pl.String, "gap": pl.Boolean, "statement": pl.String, "fills": pl.Boolean,
    "gaps": pl.List(pl.String),
}  # fmt: skip


def ties(rubric: Rubric, lawful: Lawful, registry: Registry, platforms: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """platform, gap (computed; null where it states no direction), statement (met, unmet, manual, or null where the
    rubric asks for none), fills (what counts), gaps (the directions that make it so)."""
    lacking = {*rubric.tie_break.directions, *short(registry, platforms, as_of, rubric.tie_break.short_times)}
    stated = _statements(rubric, lawful)
    rows = []
    for platform, directions in platforms.select("platform", "directions").iter_rows():
        gaps = sorted(lacking.intersection(directions or ()))
        gap = bool(gaps) if directions else None
        said = stated.get(platform)
        fills = {"met": True, "unmet": False}.get(said or "", gap)
        rows.append({"platform": platform, "gap": gap, "statement": said, "fills": fills, "gaps": gaps})
    return pl.DataFrame(rows, schema=TIES)


def short(registry: Registry, platforms: pl.DataFrame, as_of: date, times: float) -> list[str]:
    """Directions whose open needs per platform exceed the median over directions so many times; a direction with
    needs and no platform at all is short too."""
    deadline = pl.col("deadline")
    listed = (pl.col("state").is_null() | (pl.col("state") == _OPEN)) & (deadline.is_null() | (deadline >= as_of))
    needs = _counts(registry["needs"].filter(listed)["direction"].drop_nulls())
    served = _counts(platforms["directions"].explode().drop_nulls())
    ratios = {direction: needs.get(direction, 0) / n for direction, n in served.items()}
    if not ratios:
        return sorted(needs)
    middle = pl.Series(list(ratios.values())).median()
    beyond = times * float(middle) if isinstance(middle, int | float) else 0.0
    return sorted({d for d, ratio in ratios.items() if ratio > max(beyond, 0)} | (needs.keys() - served.keys()))


def _counts(codes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code in codes:
        found[code] = found.get(code, 0) + 1
    return found


def _statements(rubric: Rubric, lawful: Lawful) -> dict[str, str]:
    """The reviewers' verdict on the statement of the gap, by platform."""
    if not rubric.tie_break.mark or lawful.judgement.version is None:
        return {}
    rows = lawful.judgement.criteria_of(why=False).filter(pl.col("criterion") == rubric.tie_break.mark)
    return dict(rows.unique("platform", keep="first", maintain_order=True).select("platform", "verdict").iter_rows())
