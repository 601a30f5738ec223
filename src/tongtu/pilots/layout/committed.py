"""Builds that are settled already: approved or under way (and, if asked, announced) they enter as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.pilots.layout.paying import Pot, Rates
from tongtu.pilots.layout.settings import ACTIVATE, SUPPLEMENT, Costs, Period
from tongtu.pilots.layout.sites import Peers, Site, place
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why

_SETTLED = ("approved", "building")
_ANNOUNCED = "announced"


@dataclass(frozen=True, slots=True)
class Commitment:
    """One build in one of its directions. `period`: in operation from there on (None: after the last).
    `paid_in`: the pot that its cost falls on (None: none of ours)."""

    build: str
    name: Label
    action: str
    site: str
    platform: str | None
    direction: str
    region: str
    hours: float
    cost: Money | None
    fund: str | None
    period: int | None
    paid_in: int | None
    state: str
    assumed: bool

    @property
    def step(self) -> str:
        return f"{self.site}|{self.action}"


def commitments(
    builds: pl.DataFrame, sites: list[Site], peers: Peers, costs: Costs, pots: list[Pot], periods: tuple[Period, ...],
    rates: Rates, announced: bool, wanted: set[str],
) -> tuple[list[Commitment], list[Why]]:  # fmt: skip
    """A row per build and direction, sorted by build; what cannot be placed or paid is told in a note."""
    states = (*_SETTLED, _ANNOUNCED) if announced else _SETTLED
    known = {site.key: site for site in sites}
    served: dict[str, list[str]] = {}
    for site in sites:
        served.setdefault(site.platform or "", []).append(site.direction)
    found, silent = [], []
    for row in builds.filter(pl.col("state").is_in(states)).sort("build").iter_rows(named=True):
        directions = sorted(set(row["directions"] or served.get(row["platform"] or "", [])))
        if not directions:
            silent.append(_name(row))
        for direction in directions:
            if direction in wanted:
                found.append(_one(row, direction, len(directions), known, peers, costs, pots, periods, rates))
    notes = [Why("pilots_layout.builds-without-direction", {"builds": tuple(silent)})] if silent else []
    late = {c.build: c.name for c in found if c.period is None}
    notes += [Why("pilots_layout.builds-after", {"builds": tuple(late[b] for b in sorted(late))})] if late else []
    return found, notes


def _one(
    row: dict[str, Any], direction: str, parts: int, known: dict[str, Site], peers: Peers, costs: Costs,
    pots: list[Pot], periods: tuple[Period, ...], rates: Rates,
) -> Commitment:  # fmt: skip
    platform = row["platform"] if row["action"] != SUPPLEMENT else None
    key = f"{platform}:{direction}" if platform else place(direction, row["region"])
    site = known.get(key)
    hours, assumed = _hours(row, direction, site, parts, peers, costs)
    cost = Money(row["investment"] // parts, row["currency"] or "CNY") if row["investment"] is not None else None
    period = _since(row, periods)
    paid_in = _pot(row, cost, pots, periods, rates, direction)
    region = site.region if site else row["region"]
    return Commitment(
        row["build"], _name(row), row["action"], key, platform, direction, region, hours, cost, row["fund"], period,
        paid_in, row["state"], assumed,
    )  # fmt: skip


def _name(row: dict[str, Any]) -> Label:
    return Label(row["name"] or row["build"], row["name_en"] or "")


def _hours(
    row: dict[str, Any], direction: str, site: Site | None, parts: int, peers: Peers, costs: Costs
) -> tuple[float, bool]:
    """As the build says; activating opens what is not used; else as peers have, or the pack."""
    if row["hours_week"] is not None:
        return row["hours_week"] * 52 / parts, False
    if site is not None and row["action"] == ACTIVATE:
        return site.hours - site.standing, True
    if site is not None and row["action"] != SUPPLEMENT:
        return site.hours * costs.number("strengthen_hours", direction), True
    return peers.usual_hours(direction, costs)[0], True


def _since(row: dict[str, Any], periods: tuple[Period, ...]) -> int | None:
    """The first period that is not over when it begins to operate; the first where no date is given."""
    day = row["date_to"]
    return next((k for k, period in enumerate(periods) if day is None or day <= period.end), None)


def _pot(
    row: dict[str, Any], cost: Money | None, pots: list[Pot], periods: tuple[Period, ...], rates: Rates, direction: str
) -> int | None:
    """The fund's budget in the period of its beginning, or the first one that may pay it; None without a fund, or for
    work begun before the first period, which is paid already."""
    begun = row["date_from"]
    if cost is None or row["fund"] is None or (begun is not None and begun < periods[0].begin):
        return None
    mine = [
        k for k, pot in enumerate(pots)
        if pot.fund == row["fund"] and rates.into(cost, pot.room.currency) is not None
        and (not pot.directions or direction in pot.directions)
        and (begun is None or periods[pot.period].end >= begun)
    ]  # fmt: skip
    return mine[0] if mine else None
