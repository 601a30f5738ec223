"""`Pack`: a jurisdiction as data, checked as a whole and read lazily."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongtu.packs import folder
from tongtu.packs.checks import check
from tongtu.packs.draft import Draft, Vocabularies, read, text
from tongtu.packs.layout import layout
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.scales import Level, Scale
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    import polars as pl

#: the number of directions a jurisdiction announces, as named in `reference.csv`
_ANNOUNCED = "directions_announced"
_INTERVALS = (("since", "until"), ("valid_from", "valid_to"), ("effective_from", "effective_to"))


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the pack's reference table, with where it comes from."""

    name: str
    label: Label
    value: float | None
    unit: str
    low: float | None
    high: float | None
    source: str
    grade: str
    since: date | None
    note: Label


class Pack:
    """One jurisdiction: its tables, vocabularies, crosswalks, calendar, scales and texts.

    Made by `load`; `digest` names its exact content and goes into a plan's manifest.
    """

    def __init__(self, draft: Draft, digest: str, warnings: tuple[Fault, ...] = ()) -> None:
        self._draft = draft
        self._frames: dict[tuple[str, bool], pl.DataFrame] = {}
        head = draft.manifest
        self.name = str(head["name"])
        self.version = str(head["version"])
        self.currency = str(head["currency"])
        self.title = text(head["title"]) or Label(self.name)
        self.description = text(head["description"]) or Label("")
        #: what this pack is known to lack, for a face to say
        self.missing = tuple(label for entry in head.get("missing", []) if (label := text(entry)))
        self.digest = digest
        self.warnings = warnings

    def __repr__(self) -> str:
        return f"Pack({self.name} {self.version}, {self.digest[:12]})"

    def table(self, noun: str, as_of: date | None = None) -> pl.DataFrame:
        """Rows of a noun with the registry's columns, in the file's order; empty where the pack has none.

        With `as_of` only the rows in force on that day. Raises KeyError for a noun no pack can have.
        """
        frame = self._frame(noun, nouns_only=True)
        return frame if as_of is None else _in_force(frame, as_of)

    def sheet(self, name: str) -> pl.DataFrame:
        """A file of the pack with all its columns, those on origin and notes included. Raises KeyError."""
        return self._frame(name, nouns_only=False)

    def _frame(self, name: str, nouns_only: bool) -> pl.DataFrame:
        key = (name, nouns_only)
        if key not in self._frames:
            if nouns_only and not any(f.noun for f in layout()[name]):
                raise KeyError(name)
            self._frames[key] = self._draft[name].frame(nouns_only)
        return self._frames[key]

    @cached_property
    def vocabularies(self) -> dict[str, dict[str, Label]]:
        """Vocabulary → code → label, in the order people should see them."""
        return self._draft.vocabularies()

    @cached_property
    def aliases(self) -> dict[str, dict[str, str]]:
        """Vocabulary → other ways to write an entry → its code; what two entries share is left out."""
        found: dict[str, dict[str, str]] = {}
        shared: set[tuple[str, str]] = set()
        for vocabulary, code, words in self._written():
            names = found.setdefault(vocabulary, {})
            for name in words:
                if names.setdefault(name, code) != code:
                    shared.add((vocabulary, name))
        for vocabulary, name in shared:
            del found[vocabulary][name]
        return found

    def _written(self) -> list[tuple[str, str, list[str]]]:
        rows = [(r["vocabulary"], r["code"], r["aliases"] or []) for r in self._draft["vocabularies"].rows]
        for name, key in (("directions", "direction"), ("regions", "region")):
            rows += [(key, r[key], r["aliases"] or []) for r in self._draft[name].rows]
        return rows

    @cached_property
    def crosswalks(self) -> dict[str, pl.DataFrame]:
        """Crosswalks by name; the first two columns are the vocabularies joined."""
        return {name: sheet.frame() for name, sheet in self._draft.crosswalks.items()}

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Working days; days of years whose calendar is not out yet are provisional."""
        holidays: dict[date, Label] = {}
        workdays: set[date] = set()
        for row in self._draft["calendar"].rows:
            days = [row["first"] + timedelta(i) for i in range((row["last"] - row["first"]).days + 1)]
            if row["kind"] == "workday":
                workdays.update(days)
            else:
                holidays.update(dict.fromkeys(days, Label(row["zh"], row["en"])))
        part = self._draft.manifest.get("calendar", {})
        weekend, settled = frozenset(part.get("weekend", (6, 7))), frozenset(part.get("settled", ()))
        return WorkCalendar(holidays, frozenset(workdays), settled, weekend)

    @cached_property
    def scales(self) -> dict[str, Scale]:
        """Readiness scales by code, level texts in both languages."""
        found: dict[str, list[Level]] = {}
        for row in sorted(self._draft["scales"].rows, key=lambda r: int(r["level"])):
            level = Level(row["level"], Label(row["zh"], row["en"]), row["source"], row["grade"])
            found.setdefault(row["scale"], []).append(level)
        return {scale: Scale(scale, tuple(levels)) for scale, levels in found.items()}

    @property
    def glossary(self) -> pl.DataFrame:
        """Terms in both languages: concept, zh, en, zh_alt, en_alt, directions, focus, kind."""
        return self.sheet("glossary")

    @property
    def reference(self) -> pl.DataFrame:
        """Published and derived numbers with their unit, range, source, grade and caveat."""
        return self.sheet("reference")

    def number(self, name: str) -> Number:
        """One reference number; raises KeyError where the pack has none of that name."""
        for row in self._draft["reference"].rows:
            if row["name"] == name:
                c: Mapping[str, Any] = row.cells
                note = Label(c.get("note") or "", c.get("note_en") or "")
                return Number(
                    name, Label(c["zh"], c["en"]), c.get("value"), c.get("unit") or "", c.get("low"),
                    c.get("high"), c["source"], c["grade"], c.get("since"), note,
                )  # fmt: skip
        raise KeyError(name)

    def texts(self, folder: str) -> dict[str, str]:
        """Files of a folder by path below it, for the room that owns their language; empty where absent."""
        return dict(self._draft.texts.get(folder, {}))

    def directions_loaded(self, as_of: date | None = None) -> Why:
        """How many directions are loaded, and how many the jurisdiction announced where the pack knows."""
        loaded = self.table("directions", as_of).height
        try:
            announced = self.number(_ANNOUNCED).value
        except KeyError:
            announced = None
        if announced is None:
            return Why("packs.directions-loaded", {"n": loaded})
        return Why("packs.directions-loaded-of", {"n": loaded, "announced": int(announced)})

    def region_at(self, region: str, day: date) -> str | None:
        """The code that stands for a region on a day, following successors; None for an unknown code."""
        rows = {row["region"]: row for row in self._draft["regions"].rows}
        if region not in rows:
            return None
        while (last := rows[region]["valid_to"]) and last < day and rows[region]["successor"]:
            region = rows[region]["successor"]
        return region


_loaded: dict[str, Pack] = {}
_KEPT = 8


def load(
    name_or_path: str | Path = "cn", overlay: Path | None = None, vocabularies: Vocabularies | None = None
) -> Pack:
    """A pack by name, or from a folder of the same layout.

    `overlay` is a folder (or one file) whose files take the place of the pack's. `vocabularies` are
    lists defined outside the pack (the software's own); codes of these lists are checked only when given.
    A pack is kept by its digest, so loading it again costs the reading of its files.

    Raises PackRefused with every fault of every file.
    """
    files = folder.gather(name_or_path, overlay)
    digest = folder.digest(files)
    if digest in _loaded and vocabularies is None:
        return _loaded[digest]
    draft = read(files)
    faults = check(draft, vocabularies)
    if any(f.severity == "error" for f in faults):
        raise PackRefused(faults)
    while len(_loaded) >= _KEPT:
        _loaded.pop(next(iter(_loaded)))
    return _loaded.setdefault(digest, Pack(draft, digest, tuple(faults)))


def _in_force(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    import polars as pl

    for begin, end in _INTERVALS:
        if begin in frame.columns:
            started = pl.col(begin).is_null() | (pl.col(begin) <= day)
            frame = frame.filter(started & (pl.col(end).is_null() | (pl.col(end) >= day)))
    return frame
