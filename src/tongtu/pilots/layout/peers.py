"""What platforms of a direction have and ask: the benchmarks that a new place is planned by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.plans import PlanRow
from tongtu.pilots.layout.settings import PEERS, Costs
from tongtu.pilots.lines import offered_lines, offered_platforms
from tongtu.registry import Registry
from tongtu.terms.money import Money
from tongtu.terms.why import Ratio, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

_EQUIPMENT = 8  # kinds of equipment named at most


class Benchmarks:
    """Figures of the platforms that serve a direction; a platform counts wholly in each direction it serves."""

    def __init__(self, registry: Registry, pack: Pack, costs: Costs) -> None:
        self._costs = costs
        self._categories = list(pack.vocabularies.get("service_category", {}))
        self._platforms = offered_platforms(registry)
        self._lines = offered_lines(registry)
        self._services, self._equipment = registry["services"], registry["equipment"]
        self._peers = cache(self._serving)

    def _serving(self, direction: str) -> pl.DataFrame:
        by_line = self._lines.filter(pl.col("directions").list.contains(direction))["platform"]
        said = pl.col("directions").list.contains(direction)
        return self._platforms.filter(said | pl.col("platform").is_in(by_line.unique().to_list()))

    # ------------------------------------------------------------------------------------------------ what

    def what(self, action: Mapping[str, Any], names: Names) -> list[PlanRow]:
        """Capacity, investment, staff and space, kinds of validation, equipment."""
        direction = action["direction"]
        peers = self._peers(direction)
        money = Money(action["cost"], action["currency"])
        invested = peers.filter(pl.col("currency").fill_null(money.currency) == money.currency)
        value = pl.coalesce("investment", "equipment_value").alias("value")
        known = sorted(v for v in invested.select(value)["value"] if v)
        rows = [
            PlanRow("capacity", Why("pilots_layout.plan-hours"), _origin(len(self._hours(direction))),
                    value=action["hours"], **_span(self._hours(direction)), unit="h/a"),
            PlanRow("investment", Why("pilots_layout.plan-investment"), _origin(len(known)), money=money,
                    **_span(known)),
        ]  # fmt: skip
        for column, unit in (("staff", ""), ("staff_full_time", ""), ("area_m2", "m²")):
            rows += _figure(column, peers[column].drop_nulls().to_list(), unit)
        return [*rows, *self._kinds(direction, names), *self._machines(peers)]

    def _hours(self, direction: str) -> list[float]:
        lines = self._lines.filter(pl.col("directions").list.contains(direction))
        hours = (pl.col("hours_week") * pl.col("parallel") * 52).sort().sum().alias("hours")
        known = lines.drop_nulls("hours_week").group_by("platform").agg(hours)
        return sorted(known["hours"].to_list())

    def _kinds(self, direction: str, names: Names) -> list[PlanRow]:
        """Kinds of validation, by the share of peers that offer them."""
        peers = self._peers(direction)["platform"].to_list()
        lines = self._lines.filter(pl.col("platform").is_in(peers)).select("platform", "category")
        services = self._services.filter(pl.col("platform").is_in(peers)).select("platform", "category")
        offered = dict(
            pl.concat([lines, services]).drop_nulls().unique().group_by("category").len().iter_rows()
        )  # fmt: skip
        told = sum(1 for _ in set(lines.drop_nulls()["platform"]) | set(services.drop_nulls()["platform"]))
        if not told:
            why = Why("pilots_layout.kinds-unknown")
            return [PlanRow("service", names_of(names, c), why, n=0) for c in self._categories]
        order = sorted(offered, key=lambda c: (-offered[c], c))
        return [
            PlanRow("service", names_of(names, c), Why("pilots_layout.kinds-of-peers", {
                "share": Ratio(offered[c] / told), "n": told,
            }), value=offered[c] / told, n=told, unit="ratio")
            for c in order
        ]  # fmt: skip

    def _machines(self, peers: pl.DataFrame) -> list[PlanRow]:
        """Equipment that most peers have, with its middle value."""
        mine = self._equipment.filter(pl.col("platform").is_in(peers["platform"].to_list()))
        grouped = mine.group_by("name").agg(
            pl.col("platform").n_unique().alias("n"), pl.col("value").drop_nulls().sort().alias("values"),
            pl.col("currency").drop_nulls().unique().sort().alias("currencies"),
        ).sort("n", "name", descending=[True, False])  # fmt: skip
        rows = []
        for name, n, values, currencies in grouped.head(_EQUIPMENT).iter_rows():
            clear = len(values) > 0 and len(currencies) <= 1
            money = Money(int(median(values)), currencies[0] if currencies else "CNY") if clear else None
            why = Why("pilots_layout.equipment-of-peers", {"n": n, "all": peers.height})
            span = _span(values) if clear else {"n": n}
            rows.append(PlanRow("equipment", Why("pilots_layout.named", {"name": name}), why, money=money, **span))
        return rows

    # ------------------------------------------------------------------------------------------------- how

    def how(self, action: Mapping[str, Any]) -> list[PlanRow]:
        """Operating mode, charging by the middle of peers, opening duties from the pack."""
        direction = action["direction"]
        peers = self._peers(direction)
        told = peers.drop_nulls("is_public")
        rows = []
        if told.height:
            public = int(told["is_public"].sum())
            why = Why("pilots_layout.mode-of-peers", {"n": told.height, "share": Ratio(public / told.height)})
            code = "public" if 2 * public >= told.height else "market"
            rows.append(
                PlanRow(
                    "mode",
                    Why(f"pilots_layout.mode-{code}"),
                    why,
                    value=public / told.height,
                    n=told.height,
                    unit="ratio",
                )
            )
        rows += self._charging(direction, action["currency"])
        for name in ("open_share", "sme_share"):
            part = self._costs.number(name, direction)
            text = Why(f"pilots_layout.duty-{name.replace('_', '-')}")
            rows.append(PlanRow("duty", text, Why("pilots_layout.from-pack"), value=part, unit="ratio"))
        return rows

    def _charging(self, direction: str, currency: str) -> list[PlanRow]:
        lines = self._lines.filter(
            pl.col("directions").list.contains(direction) & (pl.col("currency").fill_null(currency) == currency)
        )
        prices = sorted(lines["hourly_price"].drop_nulls().to_list())
        if not prices:
            return [PlanRow("charging", Why("pilots_layout.plan-price"), Why("pilots_layout.price-unknown"), n=0)]
        money = Money(int(median(prices)), currency)
        return [
            PlanRow(
                "charging",
                Why("pilots_layout.plan-price"),
                Why("pilots_layout.price-of-peers", {"n": len(prices)}),
                money=money,
                unit="1/h",
                **_span(prices),
            )
        ]


def names_of(names: Names, category: str) -> Why:
    return Why("pilots_layout.named", {"name": names.word("service_category", category)})


def _span(values: Sequence[float]) -> dict[str, Any]:
    """Range and number of the peers that say."""
    return {"low": float(min(values)), "high": float(max(values)), "n": len(values)} if len(values) else {"n": 0}


def _origin(n: int) -> Why:
    return Why("pilots_layout.from-peers", {"n": n}) if n >= PEERS else Why("pilots_layout.from-pack-few", {"n": n})


def _figure(column: str, values: list[float], unit: str) -> list[PlanRow]:
    if not values:
        return []
    why = Why("pilots_layout.from-peers", {"n": len(values)})
    text = Why(f"pilots_layout.plan-{column.replace('_', '-')}")
    return [PlanRow(column, text, why, value=float(median(values)), unit=unit, **_span(values))]
