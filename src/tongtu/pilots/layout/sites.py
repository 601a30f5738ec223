"""Where service is or could be: a site is a platform in one of its directions, or a new place in a region.

A platform that serves several directions lends each an even part of its hours. A weak public platform (used below
`idle`) counts with what is used of it; activating adds the rest. What a platform does not say is taken from the
middle of its peers in the direction, or from the pack, and said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

import polars as pl

from tongtu.pilots.layout.demand import Cells
from tongtu.pilots.layout.settings import ACTIVATE, PEERS, STRENGTHEN, SUPPLEMENT, Costs, Settings
from tongtu.pilots.lines import offered_lines, offered_platforms
from tongtu.registry import Registry
from tongtu.terms.money import Money
from tongtu.terms.why import Quantity, Why

_WEEKS = 52
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Site:
    """`hours` a year at full use (`assumed`: not stated by the platform), `used` of them where it is weak."""

    key: str
    platform: str | None
    direction: str
    region: str
    hours: float
    used: float | None = None
    assumed: str = ""
    value: Money | None = None

    @property
    def weak(self) -> bool:
        return self.used is not None

    @property
    def standing(self) -> float:
        return self.hours if self.used is None else self.used


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done once at a site, with where its cost comes from."""

    action: str
    site: str
    hours: float
    cost: Money
    origin: str
    after: str = ""

    @property
    def key(self) -> str:
        return f"{self.site}|{self.action}"


@dataclass(frozen=True, slots=True)
class Peers:
    """What platforms of a direction have, in the middle: hours a year, investment; with how many said so."""

    hours: Mapping[str, list[float]] = field(default_factory=dict)
    value: Mapping[str, list[int]] = field(default_factory=dict)

    def usual_hours(self, direction: str, costs: Costs) -> tuple[float, str]:
        known = self.hours.get(direction, [])
        if len(known) >= PEERS:
            return float(median(known)), "peers"
        return costs.number("supplement_hours", direction), "pack"

    def usual_value(self, direction: str, costs: Costs) -> tuple[Money, str]:
        known, norm = self.value.get(direction, []), costs.money("supplement_investment", direction)
        if len(known) >= PEERS:
            return Money(int(median(known)), norm.currency), "peers"
        return norm, "pack"


def place(direction: str, region: str) -> str:
    """The key of a new site."""
    return f"{direction}@{region}"


def sites_of(
    registry: Registry, cells: Cells, costs: Costs, settings: Settings, as_of: date
) -> tuple[list[Site], Peers, list[Why]]:
    """Standing sites of the cells' directions, sorted by key; platforms without region or direction are left out."""
    wanted = set(cells.frame["direction"].to_list())
    rows = [row for row in _offers(registry, as_of) if row["direction"] in wanted]
    notes = []
    lost = sum(row["region"] is None for row in rows)
    if lost:
        notes.append(Why("pilots_layout.platforms-unplaced", {"n": lost}))
    currency = costs.money("supplement_investment").currency
    peers = _peers(rows, currency)
    placed = [row for row in rows if row["region"] is not None]
    found = [_site(row, peers, costs, settings) for row in placed]
    guessed = sum(bool(site.assumed) for site in found)
    if guessed:
        notes.append(Why("pilots_layout.hours-of-sites-assumed", {"n": guessed, "all": len(found)}))
    if "usage" not in registry and any(row["is_public"] for row in placed):
        notes.append(Why("pilots_layout.no-usage"))
    return sorted(found, key=lambda site: site.key), peers, notes


def _offers(registry: Registry, as_of: date) -> list[dict[str, Any]]:
    """A row per platform and direction: hours a year (null unknown), used in the year before, value, n directions."""
    lines = offered_lines(registry).with_columns(
        (pl.col("hours_week") * pl.col("parallel") * _WEEKS / pl.col("directions").list.len()).alias("hours")
    )
    by_line = lines.explode("directions").rename({"directions": "direction"}).group_by("platform", "direction").agg(
        pl.when(pl.col("hours").is_not_null().any()).then(pl.col("hours").sort().sum()).alias("hours")
    )  # fmt: skip
    platforms = offered_platforms(registry)
    said = platforms.select("platform", pl.col("directions").alias("direction")).explode("direction")
    pairs = pl.concat([by_line.select("platform", "direction"), said]).drop_nulls().unique()
    within = (pl.col("date_from") <= as_of) & (pl.col("date_from") > as_of - _YEAR)
    used = registry["usage"].filter(within).group_by("platform").agg(pl.col("hours").sort().sum().alias("used"))
    whole = lines.group_by("platform").agg(
        (pl.col("hours_week") * pl.col("parallel") * _WEEKS).sort().sum().alias("whole")
    )
    facts = platforms.select(
        "platform", "region", "is_public", "currency", pl.coalesce("investment", "equipment_value").alias("value")
    )
    return (
        pairs.join(by_line, on=["platform", "direction"], how="left")
        .join(facts, on="platform")
        .join(used, on="platform", how="left")
        .join(whole, on="platform", how="left")
        .with_columns(pl.len().over("platform").alias("parts"))
        .sort("platform", "direction")
        .to_dicts()
    )


def _peers(rows: list[dict[str, Any]], currency: str) -> Peers:
    hours: dict[str, list[float]] = {}
    value: dict[str, list[int]] = {}
    for row in rows:
        if row["hours"]:
            hours.setdefault(row["direction"], []).append(row["hours"])
        if row["value"] and (row["currency"] or currency) == currency:
            value.setdefault(row["direction"], []).append(row["value"] // row["parts"])
    return Peers({d: sorted(v) for d, v in hours.items()}, {d: sorted(v) for d, v in value.items()})


def _site(row: dict[str, Any], peers: Peers, costs: Costs, settings: Settings) -> Site:
    direction, hours, assumed = row["direction"], row["hours"], ""
    if not hours:
        hours, assumed = peers.usual_hours(direction, costs)
    share = (row["used"] or 0.0) / row["whole"] if row["whole"] and row["used"] is not None else None
    weak = bool(row["is_public"]) and share is not None and share < settings.idle
    value = Money(row["value"] // row["parts"], row["currency"] or "CNY") if row["value"] else None
    key = f"{row['platform']}:{direction}"
    used = hours * share if weak and share is not None else None
    return Site(key, row["platform"], direction, row["region"], hours, used, assumed, value)


def steps_of(sites: list[Site], fresh: list[Site], peers: Peers, costs: Costs) -> list[Step]:
    """What can be done: strengthen each platform (a weak one after activating it), build each new place."""
    found: list[Step] = []
    for site in sites:
        after = ""
        if site.used is not None:
            money, origin = _part(site, ACTIVATE, costs)
            found.append(Step(ACTIVATE, site.key, site.hours - site.used, money, origin))
            after = found[-1].key
        money, origin = _part(site, STRENGTHEN, costs)
        added = site.hours * costs.number("strengthen_hours", site.direction)
        found.append(Step(STRENGTHEN, site.key, added, money, origin, after))
    for site in fresh:
        money, origin = peers.usual_value(site.direction, costs)
        found.append(Step(SUPPLEMENT, site.key, site.hours, money, origin))
    return sorted((step for step in found if step.hours > 0), key=lambda step: step.key)


def _part(site: Site, action: str, costs: Costs) -> tuple[Money, str]:
    """A share of what the platform cost, or the pack's amount where it does not say."""
    if site.value is None:
        return costs.money(f"{action}_investment", site.direction), "pack"
    share = costs.number(f"{action}_share", site.direction)
    return Money(max(1, round(site.value.minor * share)), site.value.currency), "own"


def fresh_sites(
    cells: Cells, sites: list[Site], taken: set[str], peers: Peers, costs: Costs, settings: Settings
) -> list[Site]:
    """New places: per direction the regions that ask most and have no platform of it, at most `candidates`."""
    standing = {(site.direction, site.region) for site in sites}
    asked = cells.frame.select("direction", "region").with_columns(pl.Series("hours", cells.hours.max(axis=1)))
    ranked = asked.filter(pl.col("hours") > 0).sort("direction", "hours", "region", descending=[False, True, False])
    return sorted(_fresh(ranked, standing, taken, peers, costs, settings), key=lambda site: site.key)


def _fresh(
    ranked: pl.DataFrame, standing: set[tuple[str, str]], taken: set[str], peers: Peers, costs: Costs,
    settings: Settings,
) -> Iterator[Site]:  # fmt: skip
    count: dict[str, int] = {}
    for direction, region in ranked.select("direction", "region").iter_rows():
        key = place(direction, region)
        if (direction, region) in standing or key in taken or count.get(direction, 0) >= settings.candidates:
            continue
        count[direction] = count.get(direction, 0) + 1
        hours, assumed = peers.usual_hours(direction, costs)
        yield Site(key, None, direction, region, hours, assumed=assumed)


def quantity(hours: float | None) -> Quantity | None:
    return None if hours is None else Quantity(round(hours, 1), "h")
