"""The records behind the figures: usage with what is known of its users, and the hours that lines were open.

A window of n years is the n × 365 days that end with `as_of`; a row belongs to the window in which it began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from tongtu.pilots.lines import areas, in_area
from tongtu.registry import Registry

_YEAR = 365
_WEEK = 7.0


@dataclass(frozen=True)
class Ledger:
    """What figures are computed from. `registry` holds only what was known; `sme_kinds` and `sme_titles` say which
    organisations count as SMEs, `produced` which stages mean production."""

    registry: Registry
    as_of: date
    currency: str
    sme_kinds: tuple[str, ...] = ()
    sme_titles: tuple[str, ...] = ()
    produced: tuple[str, ...] = ()
    _kept: dict[str, pl.DataFrame] = field(default_factory=dict, compare=False)

    def within(self, years: int, column: str = "date_from") -> pl.Expr:
        """Whether a row's day lies in the window; a row without a day does not."""
        return self._between(column, 0, years)

    def year_before(self, column: str = "date_from") -> pl.Expr:
        """Whether it lies in the year before the last."""
        return self._between(column, 1, 2)

    def _between(self, column: str, last: int, first: int) -> pl.Expr:
        end = self.as_of - timedelta(days=_YEAR * last)
        start = self.as_of - timedelta(days=_YEAR * first)
        return ((pl.col(column) > start) & (pl.col(column) <= end)).fill_null(False)

    def usage(self) -> pl.DataFrame:
        """The usage ledger with `area` and `sme` of each user; both null where the user is not recorded."""
        if "usage" not in self._kept:
            users = self._users()
            rows = self.registry["usage"].join(users, left_on="user", right_on="organisation", how="left")
            self._kept["usage"] = rows.sort("usage")
        return self._kept["usage"]

    def _users(self) -> pl.DataFrame:
        titles = self.registry["titles"].filter(
            pl.col("kind").is_in(list(self.sme_titles)),
            pl.col("valid_from").is_null() | (pl.col("valid_from") <= self.as_of),
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= self.as_of),
        )
        titled = pl.col("organisation").is_in(titles["organisation"].unique().implode())
        return self.registry["organisations"].select(
            "organisation",
            pl.col("region").alias("_region"),
            in_area("region", areas(self.registry)).alias("area"),
            (pl.col("kind").is_in(list(self.sme_kinds)) | titled).alias("sme"),
        )

    def opened(self, years: int = 1) -> pl.DataFrame:
        """Per line: platform, hours open in the window (null where its hours are not stated for every day)."""
        key = f"opened {years}"
        if key not in self._kept:
            self._kept[key] = open_hours(self.registry, self.as_of, years)
        return self._kept[key]


def open_hours(registry: Registry, as_of: date, years: int = 1) -> pl.DataFrame:
    """line, platform, hours: hours each line could have run in the window, all its places together.

    A line's hours a week spread evenly over seven days; an override takes the place of them on its days, the one that
    begins later winning. Over a year this agrees with a count of working days.
    """
    days = _YEAR * years
    first = as_of - timedelta(days=days - 1)
    lines = registry["lines"].select("line", "platform", "hours_week", pl.col("parallel").fill_null(1))
    overridden = _overridden(registry, first, days)
    hours = []
    for line, _, week, places in lines.iter_rows():
        usual = np.nan if week is None else week / _WEEK
        spans = overridden.get(line)
        if spans is None:
            hours.append(usual * days * places)
            continue
        by_day = np.full(days, usual)
        for start, end, instead in spans:
            by_day[start:end] = instead / _WEEK
        hours.append(float(by_day.sum()) * places)
    found = pl.Series("hours", hours, pl.Float64).fill_nan(None)
    return lines.select("line", "platform", found)


def _overridden(registry: Registry, first: date, days: int) -> Mapping[str, list[tuple[int, int, float]]]:
    """Spans of days of the window with other hours a week, by line, in the order in which they begin."""
    found: dict[str, list[tuple[int, int, float]]] = {}
    rows = registry["openings"].select("line", "date_from", "date_to", "hours_week").drop_nulls()
    for line, begin, end, week in rows.sort("line", "date_from", "date_to").iter_rows():
        start, stop = max((begin - first).days, 0), min((end - first).days + 1, days)
        if start < stop:
            found.setdefault(line, []).append((start, stop, week))
    return found
