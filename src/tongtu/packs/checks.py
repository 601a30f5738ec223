"""What must hold between the rows of a pack before anyone may rely on it.

Each check reads the whole draft and yields its faults; none stops another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tongtu.packs.draft import Draft, Vocabularies, text
from tongtu.packs.faults import fault
from tongtu.packs.layout import CLOSED, MANIFEST
from tongtu.packs.sheets import Row, Sheet
from tongtu.terms.faults import Fault

_INTERVALS = (
    ("since", "until"),
    ("valid_from", "valid_to"),
    ("effective_from", "effective_to"),
    ("first", "last"),
    ("low", "high"),
)


def check(draft: Draft, others: Vocabularies | None = None) -> list[Fault]:
    """All faults of a draft, in the order of its files. `others` are vocabularies from outside the pack."""
    known: dict[str, Collection[str]] = {**(others or {}), **draft.vocabularies(), **CLOSED}
    found = list(draft.faults)
    for one in _CHECKS:
        found += one(draft)
    found += _codes(draft, known)
    return sorted(found, key=lambda f: (f.file, f.row or 0))


def _twice(draft: Draft) -> Iterator[Fault]:
    for sheet in draft.all_sheets():
        seen: dict[tuple[Any, ...], int] = {}
        for row, key in sheet.keyed():
            first = seen.setdefault(key, row.line)
            if first != row.line:
                column = "+".join(f.name for f in sheet.plan if f.key)
                shown = " ".join(map(str, key))
                yield fault("twice", sheet.file, row.line, column, shown, first=first)


def _intervals(draft: Draft) -> Iterator[Fault]:
    for sheet in draft.all_sheets():
        for row in sheet.rows:
            for low, high in _INTERVALS:
                if row[low] is not None and row[high] is not None and row[high] < row[low]:
                    yield fault("interval", sheet.file, row.line, high, row[high], start=low, begins=row[low])


def _refs(draft: Draft) -> Iterator[Fault]:
    for sheet in draft.all_sheets():
        for f in sheet.fields("ref", "refs"):
            keys = {key[0] for _, key in draft[f.of].keyed()}
            for row, value in _values(sheet, f.name):
                if value not in keys:
                    yield fault("not-in-table", sheet.file, row.line, f.name, value, table=f"{f.of}.csv")


def _codes(draft: Draft, known: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """Codes of a vocabulary; one that neither the pack nor the caller defines cannot be checked here."""
    for sheet in draft.all_sheets():
        for f in sheet.fields("code", "codes"):
            codes = known.get(f.of)
            if codes is None and sheet in draft.crosswalks.values() and f.key:
                yield fault("crosswalk-end", sheet.file, 1, f.name, f.name, known=sorted(known))
            for row, value in _values(sheet, f.name):
                if codes is not None and value not in codes:
                    yield fault("not-in-vocabulary", sheet.file, row.line, f.name, value, vocabulary=f.of)


def _values(sheet: Sheet, column: str) -> Iterator[tuple[Row, str]]:
    for row in sheet.rows:
        value = row[column]
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield row, one


def _goals(draft: Draft) -> Iterator[Fault]:
    """A goal has a number, or says that it has none; a baseline has its day."""
    sheet = draft["goals"]
    for row in sheet.rows:
        qualitative = row["measure"] == "qualitative"
        if qualitative == (row["target"] is not None):
            code = "goal-both" if qualitative else "goal-neither"
            yield fault(code, sheet.file, row.line, "target", row["target"])
        if row["baseline"] is not None and row["baseline_on"] is None:
            yield fault("goal-baseline", sheet.file, row.line, "baseline_on")


def _regions(draft: Draft) -> Iterator[Fault]:
    """Parents and successors lead somewhere and never in a circle; only a code that ended has a successor."""
    sheet = draft["regions"]
    for column in ("parent", "successor"):
        onward = {row["region"]: row[column] for row in sheet.rows if row[column]}
        for row in sheet.rows:
            if row["region"] in onward and _circles(row["region"], onward):
                yield fault("circle", sheet.file, row.line, column, row[column])
    for row in sheet.rows:
        if row["successor"] and row["valid_to"] is None:
            yield fault("successor-open", sheet.file, row.line, "valid_to", row["successor"])


def _circles(start: str, onward: dict[str, str]) -> bool:
    seen, here = {start}, onward.get(start)
    while here is not None and here not in seen:
        seen.add(here)
        here = onward.get(here)
    return here == start


def _scales(draft: Draft) -> Iterator[Fault]:
    """Levels of a scale run from 1 without a gap."""
    sheet = draft["scales"]
    levels: dict[str, list[Row]] = {}
    for row, _ in sheet.keyed():
        levels.setdefault(row["scale"], []).append(row)
    for scale, rows in levels.items():
        wanted = set(range(1, max(row["level"] for row in rows) + 1))
        gap = sorted(wanted - {row["level"] for row in rows})
        low = [row for row in rows if row["level"] < 1]
        if gap or low:
            yield fault("scale-gap", sheet.file, (low or rows)[0].line, "level", scale, gap=gap)


def _tiles(draft: Draft) -> Iterator[Fault]:
    sheet = draft["tiles"]
    seen: dict[tuple[int, int], int] = {}
    for row in sheet.rows:
        if row["tile_x"] is not None and row["tile_y"] is not None:
            spot = (row["tile_x"], row["tile_y"])
            first = seen.setdefault(spot, row.line)
            if first != row.line:
                yield fault("tile-twice", sheet.file, row.line, "tile_x", spot, first=first)


def _calendar(draft: Draft) -> Iterator[Fault]:
    """Rows do not overlap; days of our own stand in open years only, days with a source in settled ones."""
    sheet = draft["calendar"]
    settled = set(_years(draft))
    rows = [r for r in sheet.rows if r["first"] and r["last"] and r["first"] <= r["last"]]
    rows.sort(key=lambda r: (r["first"], r.line))
    for before, after in pairwise(rows):
        if after["first"] <= before["last"]:
            yield fault("days-overlap", sheet.file, after.line, "first", after["first"], first=before.line)
    for row in rows:
        year = row["first"].year
        if (year in settled) == (row["grade"] == "ours"):
            code = "year-settled" if year in settled else "year-open"
            yield fault(code, sheet.file, row.line, "grade", row["grade"], year=str(year))
        if (row["last"] - row["first"]).days > 31:
            yield fault("days-long", sheet.file, row.line, "last", row["last"])
        if row["kind"] == "workday":
            yield from _make_up(draft, row)


def _make_up(draft: Draft, row: Row) -> Iterator[Fault]:
    """A make-up working day falls on a weekend, or it would be one anyway."""
    weekend = set(_weekend(draft))
    day: date = row["first"]
    while day <= row["last"]:
        if day.isoweekday() not in weekend:
            yield fault("make-up", draft["calendar"].file, row.line, "first", day)
            return
        day += timedelta(1)


def _weekend(draft: Draft) -> list[int]:
    return _numbers(draft, "weekend", [6, 7])


def _years(draft: Draft) -> list[int]:
    return _numbers(draft, "settled", [])


def _numbers(draft: Draft, key: str, default: list[int]) -> list[int]:
    part = draft.manifest.get("calendar")
    value = part.get(key, default) if isinstance(part, dict) else default
    good = isinstance(value, list) and all(isinstance(v, int) for v in value)
    return list(value) if good else default


def _manifest(draft: Draft) -> Iterator[Fault]:
    head = draft.manifest
    if not head:
        return
    for key in ("name", "version", "currency"):
        if not isinstance(head.get(key), str):
            yield fault("manifest-text", MANIFEST, head.at(key), key, head.get(key))
    for key in ("title", "description"):
        if text(head.get(key)) is None:
            yield fault("manifest-label", MANIFEST, head.at(key), key)
    missing = head.get("missing", [])
    if not isinstance(missing, list) or any(text(entry) is None for entry in missing):
        yield fault("manifest-label", MANIFEST, head.at("missing"), "missing")
    yield from _manifest_calendar(draft)


def _manifest_calendar(draft: Draft) -> Iterator[Fault]:
    head = draft.manifest
    part = head.get("calendar", {})
    keys = {"weekend": range(1, 8), "settled": range(1900, 2200)}
    lists = part if isinstance(part, dict) else {"settled": None}
    for key in lists:
        value, allowed = lists[key], keys.get(key, range(0))
        if not isinstance(value, list) or any(v not in allowed for v in value):
            yield fault("manifest-calendar", MANIFEST, head.at("calendar"), key, value)


def _one_language(draft: Draft) -> Iterator[Fault]:
    """A name people see should stand in both languages; without English it is shown in Chinese."""
    for name, first, second in (("directions", "name", "name_en"), ("mechanisms", "name", "name_en"),
                                ("documents", "title", "title_en")):  # fmt: skip
        sheet = draft[name]
        for row in sheet.rows:
            if row[first] and not row[second]:
                yield fault("one-language", sheet.file, row.line, second, row[first], severity="warning")


_CHECKS: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    _manifest, _twice, _intervals, _refs, _goals, _regions, _scales, _tiles, _calendar, _one_language,
)  # fmt: skip
