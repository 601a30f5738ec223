"""What is known of each platform that may hold it back, one row each; nulls where it is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.pilots.evaluation.declared import Declared
from tongtu.pilots.evaluation.figures import measured
from tongtu.pilots.evaluation.ledger import Ledger
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.pilots.lines import areas, in_area, offered_lines, offered_platforms
from tongtu.registry import Registry
from tongtu.terms.money import exponent

FACTS: Mapping[str, Any] = {
    "platform": pl.String, "organisation": pl.String, "kind": pl.String, "directions": pl.List(pl.String),
    "area": pl.String, "is_public": pl.Boolean, "used": pl.Float64, "open": pl.Float64, "use": pl.Float64,
    "gap": pl.String, "places": pl.Float64, "people": pl.Float64, "value": pl.Float64, "external": pl.Float64,
    "users": pl.Float64, "fees": pl.Float64, "services": pl.Float64, "needs": pl.Float64,
    "staff": pl.Float64, "equipment": pl.Float64, "opening": pl.Float64, "price": pl.Float64, "listing": pl.Float64,
    "demand": pl.Float64,
}  # fmt: skip
_OPEN = "published"


def facts(registry: Registry, rubric: Rubric, as_of: date) -> pl.DataFrame:
    """Of every offered platform, by id. `registry` holds only what was known.

    used, open, use, gap   hours of the last year, hours open, their quotient, and why it is not known
    places, people, value  jobs its lines run at once; full-time staff; equipment at cost (major units)
    external, users, fees  hours for outside users, distinct outside users, fees taken in the year (major units)
    services, needs        services offered; open needs of its directions, wherever they are

    The factors: staff (full-time people per place), equipment (value per place), opening (hours open per place),
    price (median price an hour, major units), listing (share of services with a fee), demand (needs per platform of
    its directions and area).
    """
    platforms = (
        offered_platforms(registry).sort("platform").with_columns(in_area("region", areas(registry)).alias("area"))
    )
    ledger = Ledger(registry, as_of, rubric.currency)
    declared = Declared(registry, as_of, rubric.currency)
    found = platforms.select("platform", "organisation", "kind", "directions", "area", "is_public")
    use = _figure(ledger, "utilisation", platforms)
    columns = {
        "used": _figure(ledger, "used_hours", platforms)["low"],
        "open": _figure(ledger, "open_hours", platforms)["low"],
        "use": use["low"],
        "gap": use["gap"],
        "external": _figure(ledger, "external_hours", platforms)["low"],
        "listing": _figure(ledger, "priced_share", platforms)["low"],
        "_listed": _figure(ledger, "equipment_cost", platforms)["low"],
    }
    found = found.with_columns(**columns)
    stated = declared.column("equipment_value").rename({"stated": "_stated"})
    staff = declared.column("staff_full_time").rename({"stated": "people"})
    for part in (stated, staff, _lines(registry, rubric.currency), _year(ledger), _services(registry)):
        found = found.join(part, on="platform", how="left", maintain_order="left")
    found = found.with_columns(value=pl.coalesce("_listed", "_stated"), **_demand(registry, platforms, as_of))
    place = pl.when(pl.col("places") > 0).then(pl.col("places"))
    return found.with_columns(
        staff=pl.col("people") / place, equipment=pl.col("value") / place, opening=pl.col("open") / place
    ).select(pl.col(name).cast(kind) for name, kind in FACTS.items())


def _figure(ledger: Ledger, name: str, platforms: pl.DataFrame) -> pl.DataFrame:
    return measured(ledger, name, 1, platforms["platform"])


def _lines(registry: Registry, currency: str) -> pl.DataFrame:
    """platform, places, price: of its lines; a price in another currency is not compared."""
    price = pl.when(pl.col("currency").fill_null(currency) == currency).then(pl.col("hourly_price"))
    return (
        offered_lines(registry)
        .group_by("platform", maintain_order=True)
        .agg(places=pl.col("parallel").sum().cast(pl.Float64), price=price.median() / 10 ** exponent(currency))
    )


def _year(ledger: Ledger) -> pl.DataFrame:
    """platform, users, fees: distinct outside users, and fees in the rubric's currency, of the last year."""
    outside = ledger.within(1) & pl.col("external").fill_null(False)
    own = pl.col("currency").fill_null(ledger.currency) == ledger.currency
    users = pl.col("user").filter(outside & pl.col("user").is_not_null()).n_unique().cast(pl.Float64)
    fees = pl.col("fee").filter(ledger.within(1) & own).sum() / 10 ** exponent(ledger.currency)
    return ledger.usage().group_by("platform", maintain_order=True).agg(users=users, fees=fees)


def _services(registry: Registry) -> pl.DataFrame:
    return registry["services"].group_by("platform", maintain_order=True).agg(services=pl.len().cast(pl.Float64))


def _demand(registry: Registry, platforms: pl.DataFrame, as_of: date) -> dict[str, pl.Series]:
    """needs: open needs of the platform's directions; demand: those in its area, per platform that could take them.

    Needs of a direction are shared evenly among the platforms that serve it there.
    """
    if "needs" not in registry:
        nothing = pl.Series([None] * platforms.height, dtype=pl.Float64)
        return {"needs": nothing, "demand": nothing}
    deadline = pl.col("deadline")
    listed = (pl.col("state").is_null() | (pl.col("state") == _OPEN)) & (deadline.is_null() | (deadline >= as_of))
    placed = registry["needs"].filter(listed).with_columns(in_area("region", areas(registry)).alias("area"))
    asked, anywhere = _counted(placed.select("direction", "area").iter_rows()), _counted(placed["direction"])
    serving = enumerate(platforms.select("directions", "area").iter_rows())
    pairs = [(row, one, area) for row, (directions, area) in serving for one in dict.fromkeys(directions or ())]
    served = _counted((direction, area) for _, direction, area in pairs)
    needs, demand = [0.0] * platforms.height, [0.0] * platforms.height
    for row, direction, area in pairs:
        needs[row] += anywhere.get(direction, 0)
        demand[row] += asked.get((direction, area), 0) / served[direction, area]
    blank = platforms["directions"].list.len().fill_null(0) == 0
    return {
        name: pl.Series([None if none else value for value, none in zip(values, blank, strict=True)], dtype=pl.Float64)
        for name, values in (("needs", needs), ("demand", demand))
    }


def _counted(keys: Iterable[Any]) -> dict[Any, int]:
    return dict(Counter(keys))
