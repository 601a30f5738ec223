"""Which coded versions of which schemes a document speaks of: by number, by title, by what they cite, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from tongtu.brief.document import HEADING, TITLE, Document
from tongtu.brief.facts import Facts
from tongtu.brief.facts.plain import plain
from tongtu.rules.model import RuleBook, Scheme, Version
from tongtu.terms.why import Why

ROLES = ("states", "cites", "names")
_TEXTS = ("scheme", "subject", "version", "jurisdiction", "before")
CODED: dict[str, Any] = {
    **dict.fromkeys(_TEXTS, pl.String), "effective_from": pl.Date, "effective_to": pl.Date,
    **dict.fromkeys(("role", "by", "written", "document"), pl.String), "start": pl.Int64, "end": pl.Int64,
    "confidence": pl.Float64, "why": pl.String,
}  # fmt: skip
COMPARISONS: dict[str, Any] = {
    **dict.fromkeys(("scheme", "old", "new", "role"), pl.String), "start": pl.Int64, "end": pl.Int64,
    "document": pl.String, "confidence": pl.Float64, "why": pl.String,
}  # fmt: skip
#: Confidences are ours: how the version was recognised.
_SURE = {"number": 0.95, "title": 0.9, "window": 0.8, "name-day": 0.7, "cite": 0.5, "name": 0.4}
_KNOWN_BY = ("document", "number", "title", "title_en")
_SHORT = 8  # characters: a shorter title says too little to stand for a document
_HAN = r"\u4e00-\u9fff"
_NUMBER = re.compile(rf"[{_HAN}]+〔\d{{4}}〕\d+号")
_PARTED = re.compile(rf"([{_HAN}]+)\D(\d{{4}})\D(\d+)号")
_ASIDE = re.compile(r"[（(][^（()）]*[)）]$")
#: 《办法（征求意见稿）》 is another text than 《办法》; a year or number in brackets makes none
_OTHERWISE = r"(?!\s?[（(][^\d（()）]{1,12}[)）](?:》|\s*(?:\n|\Z)))"
_ALONE = 4  # characters a line may have besides a number that heads a document


@dataclass(frozen=True, slots=True)
class Sign:
    """Words by which a version is known: a number or title of the document it stands on, or of one it cites."""

    written: str  # folded
    by: str  # number | title
    part: str  # own | window | cite
    scheme: Scheme
    version: Version


@dataclass(frozen=True, slots=True)
class _Found:
    scheme: Scheme
    version: Version
    by: str
    how: str
    start: int
    end: int
    states: bool

    @property
    def rank(self) -> tuple[Any, ...]:
        return (not self.states, -_SURE[self.how], self.start, self.end)


def coded(
    document: Document,
    facts: Facts,
    book: RuleBook,
    documents: pl.DataFrame,
    *,
    known_by: Sequence[Sign] | None = None,
) -> pl.DataFrame:
    """The versions a document speaks of, the surest first; columns CODED, one row per scheme and version.

    `documents` has the columns of that noun: numbers and titles in both languages of the documents that rules stand
    on. `role` is `states` where the number or title stands in the document's own title or head, `cites` where it
    stands in its text, `names` where only the title that the scheme awards is named: then the version is the one
    that took effect on a day the text gives, or else was in force when it was published. `before` is the version of
    the same place that began last before it. `known_by` is what `signs` made of `book` and `documents`.
    """
    found = [*_by_signs(document, facts, signs(book, documents) if known_by is None else known_by)]
    known = {one.scheme.scheme for one in found}
    found += [one for one in _by_names(document, facts, book) if one.scheme.scheme not in known]
    best: dict[tuple[str, str, str], _Found] = {}
    for one in sorted(found, key=lambda one: one.rank):
        best.setdefault((one.scheme.scheme, one.version.version, one.version.jurisdiction), one)
    rows = [_row(one, document) for one in best.values()]
    order = pl.col("role").replace_strict(list(ROLES), [0, 1, 2], return_dtype=pl.Int8)
    return pl.DataFrame(rows, schema=CODED).sort(
        order, -pl.col("confidence"), "start", "scheme", "version", maintain_order=True
    )


def comparisons(found: pl.DataFrame, *, at_least: float = 0.6) -> pl.DataFrame:
    """Of each scheme in `coded` the version to compare with the one before; columns COMPARISONS.

    That is the newest of those in the best role, rows at least so sure only. `old` is null for a scheme without an
    older version, of which only documents that are about it (`states`) tell.
    """
    order = pl.col("role").replace_strict(list(ROLES), [0, 1, 2], return_dtype=pl.Int8)
    told = pl.col("before").is_not_null() | (pl.col("role") == "states")
    sure = found.filter(pl.col("confidence") >= at_least, told).with_columns(order.alias("order"))
    newest = sure.sort("order", -pl.col("effective_from").to_physical(), "version", nulls_last=True)
    chosen = newest.unique("scheme", keep="first", maintain_order=True).sort("order", "start", "scheme")
    return pl.DataFrame([_compared(row) for row in chosen.to_dicts()], schema=COMPARISONS)


def _compared(row: dict[str, Any]) -> dict[str, Any]:
    args = {"scheme": Why.from_json(row["why"]).args["scheme"], "new": row["version"]}
    code = "compare-first" if row["before"] is None else "compare"
    why = Why(f"brief_audience.{code}", args if row["before"] is None else {**args, "old": row["before"]})
    shared = {name: row[name] for name in COMPARISONS if name in row}
    return {**shared, "old": row["before"], "new": row["version"], "why": why.to_json()}


def before(scheme: Scheme, version: Version) -> Version | None:
    """The version of the same place that began last before this one."""
    earlier = [v for v in scheme.versions if v.jurisdiction == version.jurisdiction and began(v) < began(version)]
    return max(earlier, key=began, default=None)


def began(version: Version) -> date:
    return min((span.start for span in version.spans), default=date.min)


def _ended(version: Version) -> date | None:
    ends = [span.end for span in version.spans]
    return None if not ends or None in ends else max(end for end in ends if end)


# --- by numbers and titles ---------------------------------------------------------------------------------


def _by_signs(document: Document, facts: Facts, known: Iterable[Sign]) -> Iterator[_Found]:
    text, title = plain(document.text), plain(document.title)
    others = _of_others(facts)
    for sign in known:
        for match in places(text, sign.written):
            if others.get(match.end(), match.start()) < match.start():
                continue
            states = sign.part != "cite" and _heads(document, sign.written, title, *match.span())
            by = "cite" if sign.part == "cite" else sign.by
            yield _Found(
                sign.scheme, sign.version, by, sign.by if sign.part == "own" else sign.part, *match.span(), states
            )


def _of_others(facts: Facts) -> dict[int, int]:
    """Where numbers of known issuers end and begin: 科规〔2025〕1号 in 泉科规〔2025〕1号 is another's number."""
    known = facts.numbers.filter(pl.col("issuer").is_not_null())
    return dict(known.select("end", "start").iter_rows())


def places(text: str, written: str) -> Iterator[re.Match[str]]:
    """Where a folded text has a document's number or title, and not that of a draft of it."""
    return _pattern(written).finditer(text)


@lru_cache(maxsize=1024)
def _pattern(written: str) -> re.Pattern[str]:
    """Words as they may be written: a number in any brackets, with or without 第; Latin words on their own."""
    number = _PARTED.fullmatch(written)
    if number is not None:
        issuer, year, serial = number.groups()
        return re.compile(rf"{re.escape(issuer)}\s?[〔\[(【﹝]\s?{year}\s?[〕\])】﹞]\s?(?:第\s?)?0*{serial}\s?号")
    own = re.escape(written).replace(r"\ ", r"\s+")
    before, after = (r"(?<!\w)" if written[:1].isascii() else ""), (r"(?!\w)" if written[-1:].isascii() else "")
    return re.compile(before + own + after + _OTHERWISE)


def _heads(document: Document, written: str, title: str, start: int, end: int) -> bool:
    """Whether a name stands in the title, in a heading, or as a line of its own."""
    block = document.block_at(start)
    if any(places(title, written)) or (block is not None and block.kind in (TITLE, HEADING)):
        return True
    line = document.text[document.text.rfind("\n", 0, start) + 1 :].split("\n", 1)[0]
    return len(line.strip()) <= end - start + _ALONE


def signs(book: RuleBook, documents: pl.DataFrame) -> tuple[Sign, ...]:
    """By what words every version of a book is known; made once for many documents."""
    return tuple(_signs(book, documents.select(_KNOWN_BY).to_dicts()))


def _signs(book: RuleBook, rows: list[dict[str, Any]]) -> Iterator[Sign]:
    for scheme in (book[name] for name in book):
        for version in scheme.versions:
            own, windows = {version.cite.document}, {intake.cite.document for intake in version.windows}
            cites = {criterion.cite.document for _, criterion, _ in version.criteria()}
            for part, citations in (("own", own), ("window", windows - own), ("cite", cites - own - windows)):
                for written, by in _names(citations, rows):
                    yield Sign(plain(written), by, part, scheme, version)


def _names(citations: Iterable[str], rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Every number and title by which the documents cited are known."""
    found: dict[tuple[str, str], None] = {}
    for citation in sorted(citations):
        numbers = _NUMBER.findall(citation)
        found.update({(number, "number"): None for number in numbers})
        title = _ASIDE.sub("", citation)
        if not numbers and len(title) >= _SHORT:
            found[title, "title"] = None
        for row in (row for row in rows if _is(row, citation, numbers)):
            if row["number"]:
                found[row["number"], "number"] = None
            found.update({(row[t], "title"): None for t in ("title", "title_en") if len(row[t] or "") >= _SHORT})
    return list(found)


def _is(row: dict[str, Any], citation: str, numbers: list[str]) -> bool:
    """Whether a row of the table is the document cited: by its id, its number, or its title."""
    if row["number"]:
        return citation in (row["document"], row["number"]) or row["number"] in numbers
    return citation == row["document"] or (row["title"] or "") in (citation, _ASIDE.sub("", citation))


# --- by names ----------------------------------------------------------------------------------------------


def _by_names(document: Document, facts: Facts, book: RuleBook) -> Iterator[_Found]:
    days = set(facts.dates.filter(pl.col("precision") == "day")["day"].drop_nulls())
    for tier, start, end in facts.tiers.select("tier", "start", "end").iter_rows():
        for scheme in (book[name] for name in book):
            awarding = [v for v in scheme.versions if any(tier in t.titles for t in v.tiers)]
            on_day = [v for v in awarding if began(v) in days]
            if on_day:
                yield _Found(scheme, max(on_day, key=began), "name", "name-day", start, end, False)
            elif document.published is not None:
                then = scheme.in_force(document.published) or scheme.in_force(document.published, "review")
                if then in awarding and then is not None:
                    yield _Found(scheme, then, "name", "name", start, end, False)


def _row(one: _Found, document: Document) -> dict[str, Any]:
    earlier, written = before(one.scheme, one.version), document.text[one.start : one.end]
    role = "names" if one.by == "name" else "states" if one.states else "cites"
    args = {"written": written, "scheme": one.scheme.label, "version": one.version.version}
    parts = (Why("brief_audience.states"),) if one.states else ()
    return {
        "scheme": one.scheme.scheme, "subject": one.scheme.subject, "version": one.version.version,
        "jurisdiction": one.version.jurisdiction, "before": earlier.version if earlier is not None else None,
        "effective_from": began(one.version), "effective_to": _ended(one.version), "role": role, "by": one.by,
        "written": written, "document": document.id, "start": one.start, "end": one.end,
        "confidence": _SURE[one.how], "why": Why(f"brief_audience.by-{one.how}", args, parts).to_json(),
    }  # fmt: skip
