"""What can be asked for: the lines on offer, and the services of platforms that name no line."""

from __future__ import annotations

import polars as pl

from tongtu.pilots.lines import LINE, areas, in_area, offered_lines, offered_platforms
from tongtu.registry import Registry


def offers(registry: Registry) -> pl.DataFrame:
    """Columns of `LINE` and `service`: lines by id, then services by id, whose `line` is null.

    A service has its platform's directions, its own category, and an hourly price where it states fee and hours. When
    it is free nobody knows: no table says its hours a week.
    """
    lines = offered_lines(registry).with_columns(pl.lit(None, pl.String).alias("service"))
    return pl.concat([lines, _services(registry)])


def _services(registry: Registry) -> pl.DataFrame:
    platforms = offered_platforms(registry).select(
        "platform", "region", platform_name="name", platform_name_en="name_en",
        directions=pl.when(pl.col("directions").list.len() > 0).then("directions"),
    )  # fmt: skip
    own = registry["services"].filter(pl.col("line").is_null()).drop("line").join(platforms, on="platform")
    hourly = pl.when(pl.col("hours") > 0).then((pl.col("price") / pl.col("hours")).round().cast(pl.Int64))
    blank = [pl.lit(None, kind).alias(name) for name, kind in LINE.items() if name not in _KNOWN]
    known = own.select(
        "service", "platform", "name", "name_en", "platform_name", "platform_name_en", "category", "directions",
        "region", in_area("region", areas(registry)).alias("area"), hourly.alias("hourly_price"), "currency",
        "price_year", pl.lit(1, pl.Int64).alias("parallel"), pl.lit(0.0).alias("setup_days"), *blank,
    )  # fmt: skip
    return known.select(*LINE, "service").sort("service")


_KNOWN = frozenset({
    "platform", "name", "name_en", "platform_name", "platform_name_en", "category", "directions", "region", "area",
    "hourly_price", "currency", "price_year", "parallel", "setup_days",
})  # fmt: skip
