"""What readers follow, and what of it a brief is about.

A topic is words, all of which the text must hold; other wordings of it, and other names of an organisation, stand in
`names`. A direction is a code that the facts found. A title counts most, then a named fact, then words in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts.lexicon import any_of
from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Brief
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label, Why

#: names by code, as a pack's vocabulary has them
Names = Mapping[str, Label]

TOPIC, DIRECTION, ORGANISATION = KINDS = ("topic", "direction", "organisation")
FOLLOWS: dict[str, Any] = {
    "follow": pl.String, "reader": pl.String, "kind": pl.String, "value": pl.String, "names": pl.List(pl.String),
}  # fmt: skip
MATCHES: dict[str, Any] = {
    "follow": pl.String, "reader": pl.String, "kind": pl.String, "value": pl.String, "brief": pl.String,
    "place": pl.String, "hits": pl.Int64, "strength": pl.Float64, "document": pl.String, "start": pl.Int64,
    "end": pl.Int64, "why": pl.String,
}  # fmt: skip
_HEADLINE, _FACT, _TEXT = "headline", "fact", "text"
_STRENGTH = {_HEADLINE: 1.0, _FACT: 0.8, _TEXT: 0.5}
_OFTEN = 5  # hits from which more of them say no more
_SHARE = 0.2  # of the strength is how often it is said


@dataclass(frozen=True, slots=True)
class _Hit:
    place: str
    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Report:
    """A document as it is searched: its text folded, and where its title stands (nowhere if it does not hold it)."""

    document: str
    text: str
    title: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Told:
    """A brief as it is searched, read once for all follows."""

    brief: str
    reports: tuple[_Report, ...]
    directions: tuple[Mapping[str, Any], ...]
    actors: tuple[Mapping[str, Any], ...]


def matches(brief: Brief, follows: pl.DataFrame, *, directions: Names | None = None) -> pl.DataFrame:
    """The follows a brief is about, the strongest first, ties by follow and reader.

    `follows`: follow, reader, kind (topic direction organisation), value (words; a direction's code; an organisation's
    name or id), names (more names, may be missing). Returns follow, reader, kind, value, brief, place (headline fact
    text) where it is said best, hits, strength (0..1), document, start, end of the first such place, why.
    `directions` are the names of directions by code (a pack's vocabulary), for the reasons.
    Raises DataRefused with every follow of an unknown kind or without a value.
    """
    told = _Told(brief.id, tuple(map(_report, brief.documents)), _facts(brief, "directions"), _facts(brief, "actors"))
    rows = [found for row in checked(follows) if (found := _row(told, row, directions or {})) is not None]
    rows.sort(key=lambda row: (-row["strength"], row["follow"], row["reader"]))
    return pl.DataFrame(rows, schema=MATCHES)


def checked(follows: pl.DataFrame) -> list[Mapping[str, Any]]:
    """The follows as rows sorted by reader and id, each once. Raises DataRefused with every fault."""
    missing = [name for name in FOLLOWS if name not in follows.columns and name != "names"]
    if missing:
        raise DataRefused(_fault("no-columns", names=tuple(missing)))
    faults, found = [], {}
    for at, row in enumerate(follows.iter_rows(named=True), start=1):
        if row["kind"] not in KINDS:
            faults.append(_fault("unknown-kind", row=at, kind=str(row["kind"]), known=KINDS))
        elif not plain(row["value"] or "").strip():
            faults.append(_fault("empty-follow", row=at, follow=str(row["follow"])))
        found[str(row["reader"]), str(row["follow"])] = row
    if faults:
        raise DataRefused(faults)
    return [found[key] for key in sorted(found)]


def _fault(code: str, *, row: int | None = None, **args: object) -> Fault:
    return Fault(Why(f"brief_watch.{code}", args), Why(f"brief_watch.{code}-repair", args), row=row)


def _row(told: _Told, follow: Mapping[str, Any], directions: Names) -> dict[str, Any] | None:
    order = {report.document: at for at, report in enumerate(told.reports)}
    hits = sorted(
        set(_direction(told, follow["value"]) if follow["kind"] == DIRECTION else _places(told, follow)),
        key=lambda hit: (-_STRENGTH[hit.place], order.get(hit.document, len(order)), hit.start, hit.end),
    )
    if not hits:
        return None
    best, often = hits[0], len({(h.document, h.start) for h in hits})
    strength = _STRENGTH[best.place] * (1 - _SHARE + _SHARE * min(often, _OFTEN) / _OFTEN)
    why = Why(f"brief_watch.match-{best.place}", {"value": named(follow, directions), "hits": often})
    return {
        "follow": follow["follow"], "reader": follow["reader"], "kind": follow["kind"], "value": follow["value"],
        "brief": told.brief, "place": best.place, "hits": often, "strength": round(strength, 4),
        "document": best.document, "start": best.start, "end": best.end, "why": why.to_json(),
    }  # fmt: skip


def named(follow: Mapping[str, Any], directions: Names) -> str | Label:
    """What is followed, as a reader knows it."""
    value = str(follow["value"])
    return directions.get(value, value) if follow["kind"] == DIRECTION else value


def _direction(told: _Told, code: str) -> Iterator[_Hit]:
    titles = {report.document: report.title for report in told.reports}
    for row in told.directions:
        if row["direction"] == code:
            start, end = titles.get(row["document"], (0, 0))
            yield _Hit(_HEADLINE if start <= row["start"] < end else _FACT, row["document"], row["start"], row["end"])


def _places(told: _Told, follow: Mapping[str, Any]) -> Iterator[_Hit]:
    """Places where one of the names stands; of a topic each word of a name, where the document has them all."""
    names = sorted({plain(name).strip() for name in (follow["value"], *(follow.get("names") or ())) if name} - {""})
    if follow["kind"] == ORGANISATION:
        for row in told.actors:
            if not {plain(name) for name in (row["name"], row["canonical"]) if name}.isdisjoint(names):
                yield _Hit(_FACT, row["document"], row["start"], row["end"])
    for report in told.reports:
        for name in names:
            words = name.split() if follow["kind"] == TOPIC else [name]
            yield from _together(report, words)


def _together(report: _Report, words: Sequence[str]) -> Iterator[_Hit]:
    """Places of the first word in a report that has all of them; in its title where that has all of them."""
    start, end = report.title
    found = []
    for word in words:
        places = [match.span() for match in _pattern(word).finditer(report.text)]
        if not places:
            return
        found.append(places)
    titled = all(any(start <= at < end for at, _ in places) for places in found)
    for at, stop in found[0]:
        yield _Hit(_HEADLINE if titled and start <= at < end else _TEXT, report.document, at, stop)


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(any_of([word]))


def _report(document: Document) -> _Report:
    at = document.text.find(document.title) if document.title else -1
    title = (at, at + len(document.title)) if at >= 0 else (0, 0)
    return _Report(document.id, plain(document.text), title)


def _facts(brief: Brief, kind: str) -> tuple[Mapping[str, Any], ...]:
    frame = brief.facts.get(kind)
    return tuple(frame.iter_rows(named=True)) if frame is not None else ()
