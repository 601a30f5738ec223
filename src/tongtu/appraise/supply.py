"""One item's suppliers: how much of the supply is at home, and how concentrated it is."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Ratio, Why

#: published shares are rounded; a sum a little above one is no fault
ROUNDING = 0.02
_DIGITS = 12


def holdings(supplies: pl.DataFrame, home: str, as_of: date) -> pl.DataFrame:
    """What each item can count on at home, from the latest year with figures up to the year of `as_of`.

    item, own (Σ share × qualified over home suppliers; null while a home share is unknown), own_low,
    own_high (what is not attributed to anybody might be at home), hhi (Σ share² over suppliers, of the
    shares as printed; null while a share is unknown), suppliers, stated (Σ share), year, undiscounted
    (home suppliers without a qualified factor: counted in full).

    A share that is only bounded counts as the middle of its bounds. Undated rows count only where an item
    has no dated ones. Raises DataRefused with one fault per item whose shares add up to more than 1.02,
    and per row whose bounds contradict its share.
    """
    rows = _latest(supplies, as_of).sort(pl.all())
    _refuse(rows)
    rows = rows.with_columns(
        pl.coalesce("share", (pl.col("share_low") + pl.col("share_high")) / 2).alias("share"),
        pl.coalesce("share_low", "share", pl.lit(0.0)).alias("share_low"),
        pl.coalesce("share_high", "share", "share_low", pl.lit(0.0)).alias("share_high"),
        pl.col("qualified").fill_null(1.0).alias("factor"),
    )
    place = pl.col("jurisdiction").str.strip_chars().str.to_uppercase()
    here = (place == home.strip().upper()).fill_null(False)
    maybe = here | place.is_null()
    free = (1.0 - pl.coalesce("share", "share_low").sum()).clip(0.0, 1.0)
    unsaid = (here & pl.col("share").is_null()).any()
    by_item = rows.group_by("item", maintain_order=True)
    found = by_item.agg(
        pl.when(~unsaid).then(_sum(pl.col("share").fill_null(0.0), here)).alias("own"),
        _sum(pl.col("share_low"), here).alias("own_low"),
        (_sum(pl.col("share_high"), maybe) + free).alias("own_high"),
        pl.col("supplier").n_unique().cast(pl.Int64).alias("suppliers"),
        pl.col("share").sum().alias("stated"),
        pl.col("year").max(),
        (here & pl.col("qualified").is_null()).sum().cast(pl.Int64).alias("undiscounted"),
    )
    shares = [pl.col(name).clip(0.0, 1.0).round(_DIGITS) for name in ("own", "own_low", "own_high")]
    return found.with_columns(shares).join(_concentration(rows), on="item", maintain_order="left").sort("item")


def _sum(share: pl.Expr, where: pl.Expr) -> pl.Expr:
    return (share * pl.col("factor")).filter(where).sum()


def _concentration(rows: pl.DataFrame) -> pl.DataFrame:
    """Herfindahl–Hirschman index of each item's suppliers; one firm in two places is one supplier."""
    whole = pl.col("share").is_not_null().all()
    firms = rows.group_by("item", "supplier", maintain_order=True).agg(
        pl.when(whole).then(pl.col("share").sum()).alias("share")
    )
    squares = (pl.col("share") ** 2).sum().clip(0.0, 1.0).round(_DIGITS)
    known = pl.col("share").is_not_null().all()
    return firms.group_by("item", maintain_order=True).agg(pl.when(known).then(squares).alias("hhi"))


def _latest(supplies: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Rows of each item's latest year that has any figure; all of that year's rows, also those without."""
    figured = pl.any_horizontal(pl.col("share", "share_low", "share_high").is_not_null())
    current = supplies.filter(pl.col("year").is_null() | (pl.col("year") <= as_of.year))
    years = current.filter(figured).group_by("item").agg(pl.col("year").max())
    return current.join(years, on=["item", "year"], how="semi", nulls_equal=True)


def _refuse(rows: pl.DataFrame) -> None:
    faults = [*_overfull(rows), *_crossed(rows)]
    if faults:
        raise DataRefused(faults)


def _overfull(rows: pl.DataFrame) -> list[Fault]:
    total = rows.group_by("item", "year").agg(pl.col("share").sum().round(_DIGITS)).sort("item")
    over = total.filter(pl.col("share") > 1.0 + ROUNDING).iter_rows()
    return [_overfull_fault(item, year, share) for item, year, share in over]


def _overfull_fault(item: str, year: int | None, share: float) -> Fault:
    what = Why("appraise.shares-exceed", {"item": item, "year": dated(year), "sum": Ratio(share)})
    return Fault(what, Why("appraise.shares-exceed-repair"), sheet="supplies", column="share", value=f"{share:g}")


def dated(year: int | None) -> str | None:
    """A year as people write it: no thousands separator."""
    return None if year is None else str(year)


def _crossed(rows: pl.DataFrame) -> list[Fault]:
    crossed = rows.filter(
        (pl.col("share_low") > pl.col("share"))
        | (pl.col("share") > pl.col("share_high"))
        | (pl.col("share_low") > pl.col("share_high"))
    )
    names = ["item", "supplier", "share", "share_low", "share_high"]
    return [
        Fault(Why("appraise.share-bounds", row), Why("appraise.share-bounds-repair"), sheet="supplies")
        for row in crossed.select(names).iter_rows(named=True)
    ]
