"""Versions of one instrument, and reports that come every year, oldest first.

Two documents are of one series when their titles are the same but for years, ordinals and words of an edition
(暂行, 修订, draft; `titles.csv`), or when one names the document number of the other and their titles are near. What
only reports on an instrument is no version of it: its title is a sentence, or tells more than the instrument's name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from itertools import combinations, pairwise
from typing import Any

import polars as pl

from tongtu.brief.dates import dates_in
from tongtu.brief.document import Document
from tongtu.brief.facts import Facts
from tongtu.brief.facts.lexicon import any_of
from tongtu.brief.facts.plain import plain
from tongtu.brief.gathering.clusters import connected
from tongtu.brief.gathering.copies import near_duplicates
from tongtu.brief.gathering.known import body
from tongtu.brief.reading.characters import weight
from tongtu.terms.why import Label, Why
from tongtu.text.duplicates import PASSAGES, Words, shingles, similarity

SERIES = {"series": pl.String, "document": pl.String, "order": pl.Int64, "why": pl.String}

_HEAD = 400  # characters of a document in which its own number stands
_NEAR_TITLES = 0.4
_ONE_VERSION = 0.9  # two texts this much alike are one version, unless their numbers or years tell otherwise
_APART = 180  # days between two reports of one title that are editions, not one report
_LEAST = 4  # what a name must say, in ideographs, to tell one series from another
_MARKED = re.compile(r"《([^《》]{2,120})》")
_SENTENCE = re.compile(r"[。!?,;:]")
_YEARS = re.compile(
    r"(?:19|20)\d\d(?:\s*[-–—~至]\s*(?:19|20)?\d\d)?\s*年?(?!\d)|第[一二三四五六七八九十百\d]+[批版次期届号]"
    r"|\b(?:fy|no\.?|vol\.?)\s*\d+|\b\d+(?:st|nd|rd|th)\b"
)


@dataclass(frozen=True, eq=False)
class _Version:
    document: Document
    name: str  # of the instrument or report, as its title gives it
    key: str  # the name without its edition
    number: str  # its own, folded; empty where it has none
    issuer: str  # of its number; empty where unknown
    named: frozenset[str]  # numbers of others it names
    words: Words  # of the key
    day: date


def series(documents: Sequence[Document], facts: Mapping[str, Facts]) -> pl.DataFrame:
    """Series of two versions or more; documents that stand alone have no row.

    Columns: series (id of its oldest document), document, order (1 is the oldest version), why. Of several prints of
    one version the official one stands for it, else the first, else the longest. Days are those of publication, else
    the first that the title tells, else those of issue or effect, else the year of the number; a version without any
    stands last. `facts` by document id; without, titles decide.
    """
    given = [document for _, document in sorted({d.id: d for d in documents}.items())]
    versions = [v for document in given if (v := _version(document, facts.get(document.id))) is not None]
    rows = []
    for members in connected(len(versions), _links(versions)):
        editions = _editions([versions[at] for at in members])
        if len(editions) > 1:
            rows.append(_rows(editions))
    rows.sort(key=lambda found: found[0]["document"])
    return pl.DataFrame([row for found in rows for row in found], schema=SERIES)


def _version(document: Document, facts: Facts | None) -> _Version | None:
    """What a document is a version of; None where its title names nothing."""
    name = _name(document.title)
    key = _key(name)
    if weight(key) < _LEAST:
        return None
    numbers = facts.numbers.iter_rows(named=True) if facts else ()
    rows = [(plain(row["number"]), row["start"], row["issuer"]) for row in numbers]
    own = next((number for number, start, _ in rows if start < _HEAD), "")
    named = frozenset(number for number, _, _ in rows) - {own}
    issuer = next((issuer for number, _, issuer in rows if number == own and issuer), "")
    return _Version(
        document, name, key, own, issuer.removesuffix("等"), named, shingles(key, PASSAGES), _day(document, facts, own)
    )


def _name(title: str) -> str:
    """The instrument or report that a title names, folded; empty where the title is a sentence about something."""
    said = " ".join(plain(title).split())
    carrier, carried = _words()["carrier"], _words()["carried"]
    if match := re.search(rf"{carrier}(.+){carried}\Z", said):
        said = match[1]
    marked = _MARKED.findall(said)
    if marked:
        rest = _MARKED.sub("", said)
        return marked[0] if len(marked) == 1 and not _key(rest) else ""
    return "" if _SENTENCE.search(said) else said


def _key(name: str) -> str:
    """A name without years, ordinals, words of an edition, signs and the blanks between ideographs."""
    bare = re.sub(r"[\W_]+", " ", re.sub(_words()["edition"], " ", _YEARS.sub(" ", name)))
    return re.sub(r"(?<![a-z\d]) | (?![a-z\d])", "", bare.strip())


@cache
def _words() -> dict[str, str]:
    """Patterns of the words of titles, by role."""
    text = resources.files(__package__).joinpath("titles.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {role: any_of(row["written"] for row in rows if row["role"] == role) for role in {r["role"] for r in rows}}


def _day(document: Document, facts: Facts | None, own: str) -> date:
    """The day a version is of: see `series`."""
    if document.published:
        return document.published
    if told := dates_in(document.title):
        return told[0].day
    if facts:
        days = facts.dates.filter(pl.col("kind").is_in(["issued", "published", "effective"]))["day"].to_list()
        if days:
            return date(days[0].year, days[0].month, days[0].day)
    year = re.search(r"(?:19|20)\d\d", own)
    return date(int(year.group()), 12, 31) if year else date.max


def _links(versions: Sequence[_Version]) -> list[tuple[int, int]]:
    """Pairs of one series: by the same key, or by a number that one names and the other bears."""
    by_key: dict[str, list[int]] = {}
    by_number: dict[str, list[int]] = {}
    for at, version in enumerate(versions):
        by_key.setdefault(version.key, []).append(at)
        if version.number:
            by_number.setdefault(version.number, []).append(at)
    pairs = [(a, b) for group in by_key.values() for a, b in combinations(group, 2)]
    found = [(a, b) for a, b in pairs if _same_source(versions[a], versions[b])]
    for at, version in enumerate(versions):
        for number in sorted(version.named):
            found += [(at, b) for b in by_number.get(number, ()) if b != at and _succeeds(version, versions[b])]
    return found


def _same_source(one: _Version, other: _Version) -> bool:
    """Not of two issuers: a province's measures bear the name of the ministry's."""
    return not one.issuer or not other.issuer or one.issuer in other.issuer or other.issuer in one.issuer


def _succeeds(one: _Version, other: _Version) -> bool:
    return similarity(one.words, other.words)[0] >= _NEAR_TITLES


def _editions(members: Sequence[_Version]) -> list[_Version]:
    """One print of each version, the oldest first, ties by id."""
    by_id = {version.document.id: at for at, version in enumerate(members)}
    near = near_duplicates({version.document.id: body(version.document) for version in members})
    alike = {(by_id[one], by_id[other]): share for one, other, share, _ in near.iter_rows()}
    same = [
        (a, b) for a, b in combinations(range(len(members)), 2)
        if _one_version(members[a], members[b], alike.get((a, b), alike.get((b, a), 0.0)))
    ]  # fmt: skip
    prints = [[members[at] for at in group] for group in connected(len(members), same)]
    dated = [(min(version.day for version in group), min(group, key=_preferred)) for group in prints]
    return [version for _, version in sorted(dated, key=lambda edition: (edition[0], edition[1].document.id))]


def _preferred(version: _Version) -> tuple[bool, date, int, str]:
    document = version.document
    return not document.official, version.day, -len(document.text), document.id


def _one_version(one: _Version, other: _Version, alike: float) -> bool:
    """One number; else nearly one text, of one name; or a like one, of one name and one half year."""
    if one.number and other.number:
        return one.number == other.number
    if one.name != other.name or not alike:
        return False
    known = date.max not in (one.day, other.day)
    return alike >= _ONE_VERSION or (known and abs((one.day - other.day).days) < _APART)


def _rows(editions: Sequence[_Version]) -> list[dict[str, Any]]:
    oldest = editions[0].document
    first = Why("brief_gathering.series-oldest", {"name": Label(oldest.title), "versions": len(editions)})
    reasons = [first, *(_why(before, version) for before, version in pairwise(editions))]
    return [
        {"series": oldest.id, "document": version.document.id, "order": order, "why": why.to_json()}
        for order, (version, why) in enumerate(zip(editions, reasons, strict=True), 1)
    ]


def _why(before: _Version, version: _Version) -> Why:
    if before.number in version.named:
        return Why("brief_gathering.series-by-number", {"number": before.number})
    return Why("brief_gathering.series-by-title")
