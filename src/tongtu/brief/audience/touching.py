"""What a document touches of a pack: directions, focus entries, priorities, mechanisms, regions, each dated.

For any document, whether a rule about it is coded or not. What the text names comes first; what follows from it by
the pack's own tables says so: a focus entry's direction, a direction's priorities, the mechanisms a named document
set up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.brief.audience.recognising import places
from tongtu.brief.document import Document
from tongtu.brief.facts import Facts
from tongtu.brief.facts.lexicon import any_of
from tongtu.brief.facts.plain import plain
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

TOUCHES = ("direction", "focus", "priority", "mechanism", "region")
VIAS = ("text", "focus", "direction", "document")
TOUCHED: dict[str, Any] = {
    **dict.fromkeys(("kind", "code", "label_zh", "label_en", "via"), pl.String), "mentions": pl.Int64,
    "since": pl.Date, "until": pl.Date, "in_force": pl.Boolean, "document": pl.String, "start": pl.Int64,
    "end": pl.Int64, "written": pl.String, "confidence": pl.Float64, "why": pl.String,
}  # fmt: skip
_NAMED, _DERIVED = 0.85, 0.7  # confidences of ours: of a name found, of what follows from it by a table
_SAME = ("exact", "close")  # relations of a crosswalk by which two entries may stand for each other
_LOCAL = "local"  # a kind of actor that speaks for its region


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a document says something, and how often."""

    start: int
    end: int
    mentions: int
    sure: float


@dataclass(frozen=True)
class _Reading:
    """One document before one pack."""

    document: Document
    facts: Facts
    pack: Pack
    as_of: date
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", plain(self.document.text))

    def rows(self) -> Iterator[dict[str, Any]]:
        named = {"direction": self._directions(), "focus": self._focus(), "region": self._regions()}
        for kind, found in named.items():
            yield from self._entries(kind, found, "text")
        directions, focus = named["direction"], named["focus"]
        alike = list(self._alike())
        theirs = {direction: focus[entry] for entry, direction in alike if entry in focus}
        yield from self._entries("direction", theirs, "focus")
        yield from self._entries("focus", {f: directions[d] for f, d in alike if d in directions}, "direction")
        mechanisms = self._mechanisms()
        for row, place in mechanisms:
            label, dates = Label(row["name"], row["name_en"] or ""), (row["valid_from"], row["valid_to"])
            yield self._row("mechanism", row["mechanism"], label, "document", place, dates)
        set_up = {direction: place for row, place in mechanisms for direction in row["directions"] or ()}
        yield from self._entries("direction", set_up, "document")
        yield from self._priorities(set_up | theirs | directions, named["region"])

    def _alike(self) -> Iterator[tuple[str, str]]:
        """Focus entries and directions that stand for each other."""
        table = self.pack.crosswalks.get("focus_to_direction")
        if table is not None:
            yield from table.filter(pl.col("relation").is_in(_SAME)).select("focus", "direction").iter_rows()

    # what the text names

    def _directions(self) -> dict[str, _Place]:
        rows = self.facts.directions
        return _mentioned(zip(rows["direction"], rows["start"], rows["end"], rows["confidence"], strict=True))

    def _focus(self) -> dict[str, _Place]:
        pattern, entries = _named(self.pack, "focus")
        return _mentioned((entries[_key(m)], *m.span(), _NAMED) for m in pattern.finditer(self.text))

    def _regions(self) -> dict[str, _Place]:
        """Regions by name, but not in the names of those who merely are called after one."""
        pattern, entries = _named(self.pack, "region")
        rows = self.facts.actors.filter(pl.col("kind") != _LOCAL).select("start", "end")
        taken = bytearray(len(self.text))
        for start, end in rows.iter_rows():
            taken[start:end] = b"\1" * (end - start)
        found = (m for m in pattern.finditer(self.text) if not any(taken[m.start() : m.end()]))
        return _mentioned((entries[_key(m)], *m.span(), _NAMED) for m in found)

    def _mechanisms(self) -> list[tuple[dict[str, Any], _Place]]:
        """What the documents named in the text set up."""
        named: dict[str, _Place] = {}
        mechanisms, known = _set_up(self.pack)
        for document, name in known:
            first = next(places(self.text, name), None)
            if first is not None:
                named.setdefault(document, _Place(*first.span(), 1, _DERIVED))
        return [(row, named[row["document"]]) for row in mechanisms if row["document"] in named]

    # what follows from it

    def _priorities(self, directions: Mapping[str, _Place], regions: Mapping[str, _Place]) -> Iterator[dict[str, Any]]:
        for row in self.pack.table("priorities").to_dicts():
            place = directions.get(row["direction"] or "") or regions.get(row["region"] or "")
            if place is not None:
                kind = "direction" if row["direction"] in directions else "region"
                label, dates = self._label(kind, row[kind]), (row["since"], row["until"])
                yield self._row("priority", row["priority"], label, "direction", place, dates)

    def _entries(self, kind: str, found: Mapping[str, _Place], via: str) -> Iterator[dict[str, Any]]:
        for code, place in found.items():
            yield self._row(kind, code, self._label(kind, code), via, place, self._dates(kind, code))

    def _label(self, kind: str, code: str) -> Label:
        return self.pack.vocabularies.get(kind, {}).get(code) or Label(code)

    def _dates(self, kind: str, code: str) -> tuple[date | None, date | None]:
        if kind == "focus":
            rows = self._lists(code)
            ends = rows["until"].to_list()
            since = rows["since"].min()
            return since if isinstance(since, date) else None, None if None in ends else max(ends, default=None)
        name, columns = (
            ("regions", ("valid_from", "valid_to")) if kind == "region" else ("directions", ("since", "until"))
        )
        own = self.pack.table(name).filter(pl.col(kind) == code).select(columns).rows()
        return own[0] if own else (None, None)

    def _lists(self, entry: str) -> pl.DataFrame:
        return self.pack.table("focus").filter(pl.col("entry") == entry).sort("since", "focus_list")

    def _row(
        self, kind: str, code: str, label: Label, via: str, place: _Place, dates: tuple[date | None, date | None]
    ) -> dict[str, Any]:
        since, until = dates
        written = self.document.text[place.start : place.end]
        why = Why(
            f"brief_audience.touch-{via}", {"written": written} | ({"n": place.mentions} if via == "text" else {})
        )
        if kind == "focus" and (lists := self._lists(code)["focus_list"].to_list()):
            named = tuple(self._label("focus_list", name) for name in lists)
            why = Why(why.code, why.args, (Why("brief_audience.touch-lists", {"lists": named}),))
        return {
            "kind": kind, "code": code, "label_zh": label.zh, "label_en": label.en, "via": via,
            "mentions": place.mentions if via == "text" else 0, "since": since, "until": until,
            "in_force": (since is None or since <= self.as_of) and (until is None or until >= self.as_of),
            "document": self.document.id, "start": place.start, "end": place.end, "written": written,
            "confidence": place.sure if via == "text" else min(place.sure, _DERIVED), "why": why.to_json(),
        }  # fmt: skip


def touched(document: Document, facts: Facts, pack: Pack, as_of: date) -> pl.DataFrame:
    """What a document touches of a pack; columns TOUCHED, one row per kind and code.

    `via` says how: `text` (named `mentions` times; the span is the first), or by a table from something named, whose
    span it then has. `in_force` is on `as_of`. In the order of `TOUCHES` and `VIAS`, most mentioned first.
    """
    rows = pl.DataFrame(list(_Reading(document, facts, pack, as_of).rows()), schema=TOUCHED)
    places = [
        pl.col(name).replace_strict(list(values), list(range(len(values))), return_dtype=pl.Int8)
        for name, values in (("kind", TOUCHES), ("via", VIAS))
    ]
    return rows.sort(*places, -pl.col("mentions"), "start", "code").unique(
        ["kind", "code"], keep="first", maintain_order=True
    )


def _mentioned(found: Iterable[tuple[str, int, int, float]]) -> dict[str, _Place]:
    """The first place of each code, how often it stands there, and the surest of its confidences."""
    places: dict[str, _Place] = {}
    for code, start, end, sure in found:
        old = places.get(code)
        places[code] = (
            _Place(old.start, old.end, old.mentions + 1, max(old.sure, sure)) if old else _Place(start, end, 1, sure)
        )
    return places


@lru_cache(maxsize=16)
def _named(pack: Pack, vocabulary: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern of the names and aliases of a vocabulary, and which entry each stands for."""
    found: dict[str, str] = {}
    for code, label in pack.vocabularies.get(vocabulary, {}).items():
        for name in filter(None, (label.zh, label.en)):
            found.setdefault(" ".join(plain(name).split()), code)
    for name, code in pack.aliases.get(vocabulary, {}).items():
        found.setdefault(" ".join(plain(name).split()), code)
    names = {name: code for name, code in found.items() if len(name) > 1}
    return re.compile(any_of(names)), names


@lru_cache(maxsize=4)
def _set_up(pack: Pack) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """The mechanisms of a pack, and the documents they stand on with each number and title, folded."""
    mechanisms = pack.table("mechanisms").to_dicts()
    stood_on = {row["document"] for row in mechanisms}
    rows = pack.table("documents").select("document", "number", "title", "title_en").rows()
    return mechanisms, [(one, plain(name)) for one, *names in rows if one in stood_on for name in names if name]


def _key(match: re.Match[str]) -> str:
    return " ".join(match.group().split())
