"""Figures of a platform, computed from what was recorded about it.

Each figure is an interval: `low` is what the records show for certain, `high` what they could still show (a row that
does not say whether it was for an outside user counts in `high` alone; null: nobody can say). `n` rows stand behind
it. Where nothing can be said, low and high are null and `gap` names why. A platform without a single row in a table
is silent, which is not zero; one whose rows all lie outside the window has zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.pilots.evaluation.ledger import Ledger

#: columns of every measured figure
MEASURED: Mapping[str, Any] = {
    "platform": pl.String, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64, "gap": pl.String,
}  # fmt: skip
_BUILDING = ("approved", "building")
_PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Figure:
    """`tables` it reads; a platform without rows in the first of them has no figure."""

    tables: tuple[str, ...]
    of: Callable[[Ledger, int], pl.DataFrame]


def measured(ledger: Ledger, name: str, years: int, platforms: pl.Series) -> pl.DataFrame:
    """A figure of each of these platforms, in their order; columns as in `MEASURED`. Raises KeyError."""
    figure = FIGURES[name]
    missing = [table for table in figure.tables if table not in ledger.registry]
    asked = pl.DataFrame({"platform": platforms})
    if missing:
        gap = pl.lit(f"no-{missing[0]}")
        return asked.select("platform", low=_NOTHING, high=_NOTHING, n=pl.lit(0, pl.Int64), gap=gap)
    found = figure.of(ledger, years)
    silent = pl.when(pl.col("_found").is_null()).then(pl.lit(f"silent-{figure.tables[0]}"))
    return (
        asked.join(found.with_columns(_found=True), on="platform", how="left", maintain_order="left")
        .with_columns(pl.coalesce(silent, "gap").alias("gap"), pl.col("n").fill_null(0))
        .select(pl.col(name).cast(kind) for name, kind in MEASURED.items())
    )


_NOTHING = pl.lit(None, pl.Float64)
_NO_GAP = pl.lit(None, pl.String)
_SURE = pl.col("external").fill_null(False)
_PERHAPS = pl.col("external").fill_null(True)


def _external_hours(ledger: Ledger, years: int) -> pl.DataFrame:
    within, hours = ledger.within(years), pl.col("hours")
    return _by_platform(
        ledger.usage(), low=hours.filter(within & _SURE).sum(), high=hours.filter(within & _PERHAPS).sum(),
        n=(within & _PERHAPS).sum(),
    )  # fmt: skip


def _external_share(ledger: Ledger, years: int) -> pl.DataFrame:
    within, hours = ledger.within(years), pl.col("hours")
    total = hours.filter(within).sum()
    sure, perhaps = (hours.filter(within & external).sum() / total for external in (_SURE, _PERHAPS))
    found = _by_platform(ledger.usage(), low=sure, high=perhaps, n=within.sum())
    return _unless_finite(found, "unused")


def _used_hours(ledger: Ledger, years: int) -> pl.DataFrame:
    within = ledger.within(years)
    total = pl.col("hours").filter(within).sum()
    return _by_platform(ledger.usage(), low=total, high=total, n=within.sum())


def _open_hours(ledger: Ledger, years: int) -> pl.DataFrame:
    """Null where a line of the platform does not state its hours: capacity is not guessed."""
    total = pl.when(pl.col("hours").is_not_null().all()).then(pl.col("hours").sum())
    found = _by_platform(ledger.opened(years), low=total, high=total, n=pl.len())
    return found.with_columns(gap=pl.when(pl.col("low").is_null()).then(pl.lit("hours-unstated")))


def _utilisation(ledger: Ledger, years: int) -> pl.DataFrame:
    """Hours used over hours open, overrides counted; above 1 where more was booked than was open."""
    opened = _open_hours(ledger, years).select("platform", open=pl.col("low"), unstated=pl.col("gap"))
    found = _used_hours(ledger, years).join(opened, on="platform", how="left", maintain_order="left")
    share = pl.when(pl.col("open") > 0).then(pl.col("low") / pl.col("open"))
    shut = (
        pl.when(pl.col("open") == 0).then(pl.lit("never-open")).when(pl.col("open").is_null()).then(pl.lit("no-line"))
    )
    return found.with_columns(low=share, high=share, gap=pl.coalesce("unstated", shut)).select(list(MEASURED))


def _smes(ledger: Ledger, years: int) -> pl.DataFrame:
    within, user, sme = ledger.within(years), pl.col("user"), pl.col("sme")
    sure = user.filter(within & _SURE & sme.fill_null(False)).n_unique()
    perhaps = within & _PERHAPS & sme.fill_null(True)
    unnamed = (perhaps & user.is_null()).sum()
    named = user.filter(perhaps & user.is_not_null()).n_unique()
    return _by_platform(ledger.usage(), low=sure, high=named + unnamed, n=(within & _SURE & sme.fill_null(False)).sum())


def _regions_reached(ledger: Ledger, years: int) -> pl.DataFrame:
    """Areas from which outside users came; one whose region is not known could be another."""
    within, area = ledger.within(years), pl.col("area")
    sure = area.filter(within & _SURE & area.is_not_null()).n_unique()
    more = pl.col("user").filter(within & _PERHAPS & (area.is_null() | ~_SURE)).n_unique()
    return _by_platform(ledger.usage(), low=sure, high=sure + more, n=(within & _SURE).sum())


def _growth(ledger: Ledger, years: int) -> pl.DataFrame:
    """Outside hours of the last year over those of the year before, less one; no figure without a year before."""
    hours = pl.col("hours")
    now = hours.filter(ledger.within(1) & _SURE).sum()
    before = hours.filter(ledger.year_before() & _SURE).sum()
    unsure = (pl.col("external").is_null() & ledger.within(2)).any()
    grown = pl.when(~unsure).then(now / before - 1)
    found = _by_platform(ledger.usage(), low=grown, high=grown, n=(ledger.within(2) & _SURE).sum())
    return _unless_finite(found, "no-base")


def _produced(ledger: Ledger, years: int) -> pl.DataFrame:
    """Cases of the platform that passed a stage of production; one without any outcome recorded could be another."""
    cases, usage, outcomes = (ledger.registry[name] for name in ("cases", "usage", "outcomes"))
    own = pl.concat([cases.select("platform", "case"), usage.select("platform", "case")]).drop_nulls().unique()
    passed = outcomes.filter(
        pl.col("stage").is_in(list(ledger.produced)),
        pl.col("result") == _PASSED,
        pl.coalesce("left", "entered").is_not_null(),
    ).with_columns(day=pl.coalesce("left", "entered"))
    done = passed.filter(ledger.within(years, "day"))["case"].drop_nulls().unique()
    told = outcomes["case"].drop_nulls().unique()
    sure = pl.col("case").is_in(done.implode())
    silent = ~pl.col("case").is_in(told.implode())
    return _by_platform(own, low=sure.sum(), high=(sure | silent).sum(), n=pl.len())


def _categories(ledger: Ledger, years: int) -> pl.DataFrame:
    kinds = pl.col("category").drop_nulls().n_unique()
    return _by_platform(ledger.registry["services"], low=kinds, high=kinds, n=pl.len())


def _share_with(column: str) -> Callable[[Ledger, int], pl.DataFrame]:
    """Share of the platform's services that state something."""

    def share(ledger: Ledger, years: int) -> pl.DataFrame:
        stated = pl.col(column).is_not_null().mean()
        return _by_platform(ledger.registry["services"], low=stated, high=stated, n=pl.len())

    return share


def _equipment_cost(ledger: Ledger, years: int) -> pl.DataFrame:
    """At cost, as recorded; equipment without a value, or in another currency, leaves the upper end open."""
    known, value = _valued(ledger)
    total = pl.when(known.any()).then(value.filter(known).sum())
    found = _by_platform(
        ledger.registry["equipment"], low=total, high=pl.when(known.all()).then(value.sum()), n=known.sum()
    )
    return found.with_columns(gap=pl.when(pl.col("low").is_null()).then(pl.lit("unvalued")))


def _recent_equipment(ledger: Ledger, years: int) -> pl.DataFrame:
    """Share of the value that came into use within the window; equipment without a day counts in `high` alone."""
    known, value = _valued(ledger)
    total, recent = value.filter(known).sum(), ledger.within(years, "installed")
    unsaid = pl.col("installed").is_null()
    found = _by_platform(
        ledger.registry["equipment"], low=value.filter(known & recent).sum() / total,
        high=value.filter(known & (recent | unsaid)).sum() / total, n=known.sum(),
    )  # fmt: skip
    return _unless_finite(found, "unvalued")


def _valued(ledger: Ledger) -> tuple[pl.Expr, pl.Expr]:
    """Whether a piece has a value in the rubric's currency, and that value in major units."""
    from tongtu.terms.money import exponent

    known = pl.col("value").is_not_null() & (pl.col("currency").fill_null(ledger.currency) == ledger.currency)
    return known, pl.col("value") / 10 ** exponent(ledger.currency)


def _hours_building(ledger: Ledger, years: int) -> pl.DataFrame:
    """Hours a week that projects approved or under construction add to the platform."""
    under_way = pl.col("state").is_in(_BUILDING)
    rows = ledger.registry["builds"].drop_nulls("platform")
    sure = pl.col("hours_week").filter(under_way).sum()
    unsaid = (under_way & pl.col("hours_week").is_null()).any()
    return _by_platform(rows, low=sure, high=pl.when(~unsaid).then(sure), n=under_way.sum())


def _by_platform(rows: pl.DataFrame, *, low: pl.Expr, high: pl.Expr, n: pl.Expr) -> pl.DataFrame:
    grouped = rows.group_by("platform", maintain_order=True)
    ends = {"low": low.cast(pl.Float64), "high": high.cast(pl.Float64), "n": n.cast(pl.Int64)}
    return grouped.agg(**ends).with_columns(gap=_NO_GAP).select(list(MEASURED))


def _unless_finite(found: pl.DataFrame, gap: str) -> pl.DataFrame:
    """A quotient of nothing is no figure."""
    ends = {end: pl.when(pl.col(end).is_finite()).then(end) for end in ("low", "high")}
    found = found.with_columns(**ends)
    return found.with_columns(gap=pl.when(pl.col("low").is_null()).then(pl.lit(gap)))


FIGURES: Mapping[str, Figure] = {
    "external_hours": Figure(("usage",), _external_hours),
    "external_share": Figure(("usage",), _external_share),
    "used_hours": Figure(("usage",), _used_hours),
    "open_hours": Figure(("lines",), _open_hours),
    "utilisation": Figure(("usage", "lines"), _utilisation),
    "smes": Figure(("usage", "organisations"), _smes),
    "regions_reached": Figure(("usage", "organisations"), _regions_reached),
    "growth": Figure(("usage",), _growth),
    "produced": Figure(("cases", "outcomes"), _produced),
    "categories": Figure(("services",), _categories),
    "priced_share": Figure(("services",), _share_with("price")),
    "qualified_share": Figure(("services",), _share_with("qualification")),
    "equipment_cost": Figure(("equipment",), _equipment_cost),
    "recent_equipment": Figure(("equipment",), _recent_equipment),
    "hours_building": Figure(("builds",), _hours_building),
}
