"""Spans of days, and what a written year, month or quarter makes of them. All raise ValueError for no such day."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

PRECISIONS = ("day", "month", "quarter", "year", "decade")


class Days(NamedTuple):
    """The first and last day of a date and the unit it was said in."""

    first: date
    last: date
    precision: str
    relative: bool = False


Read = Callable[[re.Match[str], "date | None"], "Days | None"]
"""What a form of writing says, by its match and the anchor; None where it needs an anchor and has none."""
Form = tuple[re.Pattern[str], Read]


def of_day(year: int, month: int, day: int) -> Days:
    at = date(year, month, day)
    return Days(at, at, "day")


def of_month(year: int, month: int) -> Days:
    return of_months(year, month, month, "month")


def of_months(year: int, first: int, last: int, precision: str) -> Days:
    begin = date(year, first, 1)
    return Days(begin, date(year, last, monthrange(year, last)[1]), precision)


def of_quarter(year: int, quarter: int) -> Days:
    return of_months(year, 3 * quarter - 2, 3 * quarter, "quarter")


def of_half(year: int, first: bool) -> Days:
    return of_months(year, *((1, 6) if first else (7, 12)), precision="quarter")


def of_year(year: int) -> Days:
    return Days(date(year, 1, 1), date(year, 12, 31), "year")


def of_decade(first: int) -> Days:
    return Days(date(first, 1, 1), date(first + 9, 12, 31), "decade")


def to(first: Days, last: Days) -> Days:
    """A range, as precise as its less precise end."""
    precision = max(first.precision, last.precision, key=PRECISIONS.index)
    return Days(first.first, last.last, precision, first.relative or last.relative)


def century(first: int, written: int) -> int:
    """The last year of 2021—25 as of 2021—2025."""
    return written if written > 99 else first - first % 100 + written


def moved(anchor: date, months: int) -> Days:
    """The month so many months after the anchor's."""
    count = 12 * anchor.year + anchor.month - 1 + months
    return of_month(count // 12, count % 12 + 1)._replace(relative=True)


def nearest(anchor: date | None, made: Callable[[int], Days]) -> Days | None:
    """Of this and the neighbouring years the span that begins nearest to the anchor."""
    if anchor is None:
        return None
    found: list[Days] = []
    for year in (anchor.year, anchor.year - 1, anchor.year + 1):
        try:
            found.append(made(year))
        except ValueError:  # 29 February
            continue
    best = min(found, key=lambda span: abs((span.first - anchor).days), default=None)
    return best._replace(relative=True) if best else None


def resolved(year: int | None, anchor: date | None, made: Callable[[int], Days]) -> Days | None:
    """With the year where one is written, else the nearest to the anchor."""
    return nearest(anchor, made) if year is None else made(year)


def days_away(offsets: dict[str, int]) -> Read:
    """A reader for today, 昨天 and the like."""

    def read(match: re.Match[str], anchor: date | None) -> Days | None:
        if anchor is None:
            return None
        at = anchor + timedelta(offsets[match[0].lower()])
        return Days(at, at, "day", relative=True)

    return read
