"""What a document is known by: the things it mentions, where it mentions them, and the words of its lead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from tongtu.brief.dates import dates_in
from tongtu.brief.document import CELL, HEADING, NOTE, PARAGRAPH, TITLE, Document
from tongtu.brief.facts import Facts
from tongtu.brief.facts.plain import plain
from tongtu.brief.reading.characters import weight
from tongtu.text.duplicates import PASSAGES, Words, shingles

_LEAD = 250  # ideographs of a report that tell the event, by the inverted pyramid of news
_BELOW = 0.35  # what stands below the lead counts so much of what stands in it
_RECENT = 0.4  # the same for a day that is the day of publication, or next to it: every report has one
_LATIN = re.compile(r"[A-Za-z][A-Za-z\d.+-]*[A-Za-z\d]|\d+[A-Za-z]+")


class Item(NamedTuple):
    """A thing a document mentions: how much its place counts (at most 1) and how it is told."""

    counts: float
    told: Any


Things = Mapping[str, Item]
_Mention = tuple[str, str, int, Any, float]  # kind, key, place, wording, how much it counts


@dataclass(frozen=True, eq=False)
class Known:
    """What a document is known by."""

    id: str
    language: str
    published: date | None
    title_years: frozenset[int]
    instrument: bool  # an official text that is itself the instrument its title names, not a report on one
    words: Words  # of its lead
    items: Mapping[str, Things]
    event: frozenset[str]  # kinds of which it has a thing in its lead


def known(document: Document, facts: Facts | None) -> Known:
    """What a document is known by; a page's furniture is not looked at."""
    lead, ends = _lead(document)
    items = _items(document, facts, ends) if facts else {}
    years = frozenset(dated.day.year for dated in dates_in(document.title))
    instrument = facts is not None and document.official and document.title in facts.instruments["name"].to_list()
    event = frozenset(kind for kind, things in items.items() if any(thing.counts == 1 for thing in things.values()))
    words = shingles(lead, PASSAGES)
    return Known(document.id, document.language, document.published, years, instrument, words, items, event)


def body(document: Document) -> str:
    """The text without a page's furniture."""
    return "\n".join(document.text[start:end] for start, end, kind in _passages(document) if kind != NOTE)


def _passages(document: Document) -> list[tuple[int, int, str]]:
    if document.blocks:
        return [(block.start, block.end, block.kind) for block in document.blocks]
    return [(match.start(), match.end(), PARAGRAPH) for match in re.finditer(r"\S[^\n]*", document.text)]


def _lead(document: Document) -> tuple[str, int]:
    """The words of title and first paragraphs, and where they end."""
    said, parts, end = 0, [document.title], 0
    for start, stop, kind in _passages(document):
        if said >= _LEAD:
            break
        if kind in (HEADING, NOTE, CELL):
            continue
        text = document.text[start:stop]
        if text != document.title:
            parts.append(text)
        said, end = said + weight(text), stop
    return "\n".join(parts), end


def _items(document: Document, facts: Facts, lead_end: int) -> dict[str, dict[str, Item]]:
    """Things by kind; of one that is mentioned often, its best place."""
    found: dict[str, dict[str, Item]] = {}
    for mentions in (_names(document, facts), _days(document, facts), _figures(document, facts), _terms(document)):
        for kind, key, at, told, share in mentions:
            item = Item(_counts(document, at, lead_end) * share, told)
            things = found.setdefault(kind, {})
            if item.counts > 0 and (key not in things or item.counts > things[key].counts):
                things[key] = item
    return found


def _counts(document: Document, at: int, lead_end: int) -> float:
    """How much a place counts: nothing in the furniture, all in title and lead."""
    block = document.block_at(at)
    if block is not None and block.kind == NOTE:
        return 0.0
    return 1.0 if at < lead_end or (block is not None and block.kind == TITLE) else _BELOW


def _names(document: Document, facts: Facts) -> Iterator[_Mention]:
    for row in facts.numbers.iter_rows(named=True):
        yield "number", plain(row["number"]), row["start"], row["number"], 1.0
    for row in facts.instruments.iter_rows(named=True):
        if document.official or row["name"] != document.title:  # a headline that ends in "plan" names none
            yield "instrument", plain(row["name"]), row["start"], row["name"], 1.0
    for row in facts.tiers.iter_rows(named=True):
        yield "tier", f"{row['vocabulary']}:{row['tier']}", row["start"], row["written"], 1.0
    for row in facts.directions.iter_rows(named=True):
        yield "direction", row["direction"], row["start"], row["written"], 1.0
    for row in facts.actors.iter_rows(named=True):
        if document.outlet not in (row["name"], row["canonical"]):
            yield *_actor(row), row["start"], row["name"], 1.0


def _actor(row: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and key: ministries and their like are in every report, other bodies and firms are not."""
    if row["kind"] in ("ministry", "other"):
        return "ministry", row["canonical"] or plain(row["name"])
    return ("body", row["canonical"]) if row["canonical"] else ("name", plain(row["name"]))


def _days(document: Document, facts: Facts) -> Iterator[_Mention]:
    for row in facts.dates.iter_rows(named=True):
        if row["precision"] == "day":
            recent = document.published is not None and abs((document.published - row["day"]).days) <= 1
            yield "day", row["day"].isoformat(), row["start"], row["day"], _RECENT if recent else 1.0


def _figures(document: Document, facts: Facts) -> Iterator[_Mention]:
    """Figures in the base unit of their family, to three digits, so that languages and scales agree."""
    for row in facts.figures.iter_rows(named=True):
        ends = [row["low"], row["high"]] if row["operator"] == "range" else [row["value"]]
        if all(end is not None for end in ends):
            values = [f"{end * (row['factor'] or 1):.3g}" for end in ends]
            kind = "round" if len(ends) == 1 and _is_round(ends[0]) else "figure"
            key = ":".join([str(row["family"]), str(row["per"] or ""), *values])
            yield kind, key, row["start"], document.text[row["start"] : row["end"]], 1.0


def _is_round(value: float) -> bool:
    """Whether a figure has one digit that counts, and is met by chance."""
    return f"{value:.3e}" == f"{value:.0e}".replace("e", ".000e")


def _terms(document: Document) -> Iterator[_Mention]:
    """Names in Latin letters, which reports in other scripts keep: 6G, DeepSeek."""
    for match in _LATIN.finditer(document.text):
        if match.group() != match.group().lower():
            yield "term", plain(match.group()), match.start(), match.group(), 1.0
