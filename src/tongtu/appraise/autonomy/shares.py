"""One item's suppliers: the rows in force, how much of the supply is at home, and what cannot be true of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from tongtu.terms.faults import Fault
from tongtu.terms.why import Ratio, Why

#: published shares are rounded; a sum a little above one is no fault (nor one that the stated rounding explains)
ROUNDING = 0.02
_DIGITS = 12


def in_force(supplies: pl.DataFrame, as_of: date, rounding: float = 0.0) -> pl.DataFrame:
    """Rows of each item's latest year that has any figure up to the year of `as_of`; all rows of that year.

    item, supplier, jurisdiction (upper case; null unknown), share (its bounds' middle where only they are given;
    null unknown), share_low, share_high (null unknown), factor (qualified; unknown counts in full), discounted
    (whether the factor was given), lead_days, year. A share printed without bounds lies within `rounding` of itself.
    Undated rows count only where an item has no dated ones.
    """
    figured = pl.any_horizontal(pl.col("share", "share_low", "share_high").is_not_null())
    current = supplies.filter(pl.col("item").is_not_null(), pl.col("year").is_null() | (pl.col("year") <= as_of.year))
    years = current.filter(figured).group_by("item").agg(pl.col("year").max())
    rows = current.join(years, on=["item", "year"], how="semi", nulls_equal=True)
    bare = pl.col("share_low").is_null() & pl.col("share_high").is_null()
    return rows.sort(pl.all()).select(
        "item", "supplier",
        pl.col("jurisdiction").str.strip_chars().str.to_uppercase(),
        pl.coalesce("share", (pl.col("share_low") + pl.col("share_high")) / 2).alias("share"),
        pl.when(bare).then((pl.col("share") - rounding).clip(0.0)).otherwise(pl.col("share_low")).alias("share_low"),
        pl.when(bare).then((pl.col("share") + rounding).clip(0.0, pl.max_horizontal("share", 1.0)))
        .otherwise(pl.col("share_high")).alias("share_high"),
        pl.col("qualified").fill_null(1.0).alias("factor"),
        pl.col("qualified").is_not_null().alias("discounted"),
        "lead_days", "year", pl.col("share").alias("printed"),
    )  # fmt: skip


def own_shares(rows: pl.DataFrame, home: str | Collection[str]) -> pl.DataFrame:
    """By item: own (Σ share × qualified over home suppliers; null while a home share is unknown), own_low, own_high.

    What is not attributed to anybody, or to no place, might be at home and counts in own_high.
    """
    rows = rows.with_columns(
        pl.coalesce("share_low", "share", pl.lit(0.0)).alias("least"),
        pl.coalesce("share_high", "share", "share_low", pl.lit(0.0)).alias("most"),
        _at_home(home).alias("here"),
    )
    here, maybe = pl.col("here"), pl.col("here") | pl.col("jurisdiction").is_null()
    free = (1.0 - pl.coalesce("share", "least").sum()).clip(0.0, 1.0)
    unsaid = (here & pl.col("share").is_null()).any()
    found = rows.group_by("item", maintain_order=True).agg(
        pl.when(~unsaid).then(_sum(pl.col("share").fill_null(0.0), here)).alias("own"),
        _sum(pl.col("least"), here).alias("own_low"),
        (_sum(pl.col("most"), maybe) + free).alias("own_high"),
    )
    return found.with_columns(pl.col("own", "own_low", "own_high").clip(0.0, 1.0).round(_DIGITS)).sort("item")


def holdings(rows: pl.DataFrame, home: str | Collection[str]) -> pl.DataFrame:
    """What each item can count on at home, by item: the columns of `own_shares`, and

    hhi (Σ share² over suppliers, of the shares as printed; null while one is unknown), suppliers, stated (Σ share),
    year, undiscounted (home suppliers without a qualified factor).
    """
    beside = rows.group_by("item").agg(
        pl.col("supplier").n_unique().cast(pl.Int64).alias("suppliers"),
        pl.col("share").sum().alias("stated"),
        pl.col("year").max(),
        (_at_home(home) & ~pl.col("discounted")).sum().cast(pl.Int64).alias("undiscounted"),
    )
    found = own_shares(rows, home).join(beside, on="item", maintain_order="left")
    return found.join(_printed(rows), on="item", maintain_order="left")


def _at_home(home: str | Collection[str]) -> pl.Expr:
    return pl.col("jurisdiction").is_in(places(home)).fill_null(value=False)


def places(home: str | Collection[str]) -> list[str]:
    """Codes of the jurisdictions whose supply counts as one's own, as the rows write them."""
    return sorted({place.strip().upper() for place in ([home] if isinstance(home, str) else home)})


def _sum(share: pl.Expr, where: pl.Expr) -> pl.Expr:
    return (share * pl.col("factor")).filter(where).sum()


def _printed(rows: pl.DataFrame) -> pl.DataFrame:
    """Herfindahl–Hirschman index of each item's suppliers; one firm in two places is one supplier."""
    known = pl.col("share").is_not_null().all()
    firms = rows.group_by("item", "supplier", maintain_order=True).agg(
        pl.when(known).then(pl.col("share").sum()).alias("share")
    )
    squares = (pl.col("share") ** 2).sum().clip(0.0, 1.0).round(_DIGITS)
    return firms.group_by("item", maintain_order=True).agg(pl.when(known).then(squares).alias("hhi"))


def faults(rows: pl.DataFrame, rounding: float = 0.0) -> list[Fault]:
    """A fault per item whose shares (the least of a range) exceed 1.02, and per row whose bounds contradict its share.

    Where rounding of so many shares explains more than 0.02, that much is allowed.
    """
    return [*_overfull(rows, rounding), *_crossed(rows)]


def _overfull(rows: pl.DataFrame, rounding: float) -> list[Fault]:
    least = pl.coalesce("printed", "share_low").alias("share")
    allowed = pl.max_horizontal(pl.lit(ROUNDING), pl.len() * rounding)
    total = rows.group_by("item", "year").agg(least.sum().round(_DIGITS), allowed.alias("allowed")).sort("item")
    over = total.filter(pl.col("share") > 1.0 + pl.col("allowed") + 1e-9).drop("allowed").iter_rows()
    return [_overfull_fault(item, year, share) for item, year, share in over]


def _overfull_fault(item: str, year: int | None, share: float) -> Fault:
    what = Why("appraise.shares-exceed", {"item": item, "year": dated(year), "sum": Ratio(share)})
    return Fault(what, Why("appraise.shares-exceed-repair"), sheet="supplies", column="share", value=f"{share:g}")


def dated(year: int | None) -> str | None:
    """A year as people write it: no thousands separator."""
    return None if year is None else str(year)


def _crossed(rows: pl.DataFrame) -> list[Fault]:
    share = pl.col("printed")
    low, high = pl.col("share_low"), pl.col("share_high")
    names = ["item", "supplier", share.alias("share"), "share_low", "share_high"]
    crossed = rows.filter((low > share) | (share > high) | (low > high)).select(names)
    return [
        Fault(Why("appraise.share-bounds", row), Why("appraise.share-bounds-repair"), sheet="supplies")
        for row in crossed.iter_rows(named=True)
    ]
