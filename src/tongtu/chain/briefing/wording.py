"""Names of codes, days and shares as a brief's printers say them."""

from __future__ import annotations

from datetime import date
from typing import Any

from tongtu.chain.report.spoken import Pair, words
from tongtu.terms.words import entries


def said(code: str, **args: Any) -> Pair:
    """A text of the catalogue's file `briefing`."""
    return words(f"briefing.{code}", **args)


def named(family: str, code: str | None) -> Pair:
    """The name of a code where the catalogue has one, else the code itself."""
    if code is None:
        return ["", ""]
    entry = f"{family}-{code.replace('_', '-')}"
    return said(entry) if entry in entries("briefing") else [code, code]


def when(day: date | None, last: date | None, precision: str | None) -> Pair:
    """A day as precisely as it is known: 2026年1月, 2026 Q1, 16–20 January as 2026-01-16 to 2026-01-20."""
    if day is None:
        return said("no-day")
    first, end = _moment(day, precision), _moment(last or day, precision)
    return first if first == end else [f"{first[0]}—{end[0]}", f"{first[1]} to {end[1]}"]


def _moment(day: date, precision: str | None) -> Pair:
    match precision:
        case "month":
            return [f"{day.year}年{day.month}月", f"{day:%Y-%m}"]
        case "quarter":
            quarter = (day.month + 2) // 3
            return [f"{day.year}年第{'一二三四'[quarter - 1]}季度", f"{day.year} Q{quarter}"]
        case "year":
            return [f"{day.year}年", f"{day.year}"]
        case "decade":
            decade = day.year // 10 * 10
            return [f"{decade}年代", f"{decade}s"]
    return [f"{day.year}年{day.month}月{day.day}日", day.isoformat()]


def percent(share: float | None) -> str:
    return "" if share is None else f"{round(share * 100)}%"
