"""Which reports of an event count, and the distinct outlets they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import polars as pl

_NOT_COUNTED = frozenset(("copy", "earlier"))  # near-duplicates of another report; an earlier version to compare with
_ORDER = {"primary": 0, "first": 1}
UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet that reported the event itself: its last report known by the day, null where none has a day."""

    name: str
    official: bool
    published: date | None
    later: bool = False  # all its reports with a day were published after the day the score speaks of


def counted(sources: pl.DataFrame) -> list[dict[str, Any]]:
    """The reports that count, the preferred one first, ties by document."""
    rows = [row for row in sources.iter_rows(named=True) if row["role"] not in _NOT_COUNTED]
    return sorted(rows, key=lambda row: (_ORDER.get(row["role"], len(_ORDER)), row["document"]))


def outlets(rows: Iterable[Mapping[str, Any]], as_of: date) -> list[Outlet]:
    """Distinct outlets by name. Reports that name none count as one together: nothing shows they are several."""
    reports: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        reports.setdefault(_name(row), []).append(row)
    found = []
    for name, mine in sorted(reports.items()):
        days = [row["published"] for row in mine if row["published"] is not None]
        known = [day for day in days if day <= as_of]
        last = max(known, default=None)
        found.append(Outlet(name, any(row["official"] for row in mine), last, bool(days) and not known))
    return found


def copies(sources: pl.DataFrame) -> int:
    return sources.filter(pl.col("role") == "copy").height


def _name(row: Mapping[str, Any]) -> str:
    if row["outlet"]:
        return str(row["outlet"])
    host = urlsplit(row["address"] or "").hostname if "://" in (row["address"] or "") else None
    return (host or UNNAMED).removeprefix("www.")
