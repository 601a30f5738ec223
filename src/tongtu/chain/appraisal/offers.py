"""Who can produce evidence: services of platforms, with the first opening of their line, and of service providers."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.registry import Registry
from tongtu.terms.calendar import WorkCalendar

_WEEK = 7


def offers(registry: Registry, calendar: WorkCalendar, as_of: date) -> pl.DataFrame:
    """The frame that `appraise.maturity.next_evidence` takes; days run from now, on the calendar on the wall.

    A platform's are the wait for the first opening of its line and the machine hours at so many a week, a provider's
    its working days; unknown where any of these is.
    """
    from tongtu.appraise.maturity import OFFERS

    found = pl.concat([_platforms(registry, as_of), _providers(registry, calendar, as_of)])
    return found.select(pl.col(name).cast(kind) for name, kind in OFFERS.items()).sort("offer")


def _platforms(registry: Registry, as_of: date) -> pl.DataFrame:
    lasting = registry["openings"].filter(pl.col("date_to") >= as_of, pl.col("hours_week") > 0)
    first = lasting.sort("line", "date_from").unique("line", keep="first", maintain_order=True).select(
        "line", "hours_week", opens=pl.max_horizontal("date_from", pl.lit(as_of))
    )  # fmt: skip
    where = registry["platforms"].select("platform", "region")
    waits = (pl.col("opens") - as_of).dt.total_days()
    works = (pl.col("hours") / pl.col("hours_week") * _WEEK).ceil()
    return (
        registry["services"].join(where, on="platform", how="left").join(first, on="line", how="left")
        .with_columns(days=(waits + works).cast(pl.Int64))
        .select(
            "days", "opens", "region", "price", "currency", offer="service", serves="category", seller="platform"
        )
    )  # fmt: skip


def _providers(registry: Registry, calendar: WorkCalendar, as_of: date) -> pl.DataFrame:
    seats = registry["organisations"].select("organisation", "region")
    where = registry["providers"].select("provider", "organisation").join(seats, on="organisation", how="left")
    rows = registry["provider_services"].join(where, on="provider", how="left")
    lasting = {n: (calendar.add_working_days(as_of, n) - as_of).days for n in rows["days"].drop_nulls().unique()}
    return rows.select(
        pl.col("days").replace_strict(lasting, default=None, return_dtype=pl.Int64),
        pl.lit(None, pl.Date).alias("opens"), "region", "price", "currency",
        offer="provider_service", serves="gate_service", seller="provider",
    )  # fmt: skip
