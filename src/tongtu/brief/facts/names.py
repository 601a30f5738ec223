"""Names in a text: document numbers, articles, actors, instruments, directions, tiers, conditions and dates.

Each finder yields plain rows with the characters that say it; `tables` makes frames of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tongtu.brief.dates import Dated, dates_in
from tongtu.brief.document import Document
from tongtu.brief.facts import clauses
from tongtu.brief.facts.lexicon import Lexicon, any_of, longest_first
from tongtu.brief.facts.plain import plain
from tongtu.terms.why import Label, Why

Row = dict[str, Any]

_HAN = r"\u4e00-\u9fff"
_NUMBER = re.compile(r"\s?[〔\[(【﹝]\s?(?P<year>(?:19|20)\d\d)\s?[〕\])】﹞]\s?(?:第\s?)?(?P<serial>\d{1,5})\s?号")
_SHORT_MOST, _SHORT_UNKNOWN = 14, 8  # characters of an issuer's sign, at most; of one that is not listed
_ARTICLE = re.compile(
    r"第\s*[一二三四五六七八九十百零〇\d]{1,6}\s*[条款项章]|(?<![a-z])(?:article|section)\s+\d+(?:\.\d+)*"
)
_TITLED = re.compile(r"《([^《》]{2,80})》")
_CASED = r"[A-Z][\w&.'-]*(?:\s+(?:of|and|for|the|[A-Z][\w&.'-]*)){0,12}"
_LINKS = re.compile(r"(?:\s+(?:of|and|for|the))+\Z")
_RUN = re.compile(rf"[{_HAN}]+\Z")
_NAME_LEAST, _NAME_MOST = 2, 24  # characters of a name before its ending
_SAID = r"(?:[^。;!?.\n]|\.(?!\s))"  # a character inside a sentence
_AROUND = 16  # characters around a date in which its cue stands


def numbers(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Document numbers in any brackets: 工信厅科函〔2025〕456号."""
    issuers = longest_first(plain(row["short"]) for row in lexicon.rows("issuers"))
    names = {plain(row["short"]): row["name"] for row in lexicon.rows("issuers")}
    for match in _NUMBER.finditer(text):
        window = text[max(match.start() - _SHORT_MOST, 0) : match.start()]
        run = _RUN.search(window)
        if run is None:
            continue
        known = min(((run.group().find(w), -len(w), w) for w in issuers if w in run.group()), default=None)
        short = run.group()[known[0] :] if known else run.group()
        if known is None and len(short) > _SHORT_UNKNOWN:
            continue
        start, issuer = match.start() - len(short), names[known[2]] if known else None
        written = document.text[start : match.start()]
        serial = int(match["serial"])
        yield {
            **_span(start, match.end()), "number": f"{written}〔{match['year']}〕{serial}号", "issuer_short": written,
            "issuer": issuer, "year": int(match["year"]), "serial": serial,
            **_sure(0.98 if issuer else 0.8, "number-issuer" if issuer else "number-form", name=issuer or written),
        }  # fmt: skip


def references(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Articles that are named: 第三条."""
    labels = {(b.start, b.start + len(b.label)) for b in document.blocks if b.label}
    for match in _ARTICLE.finditer(text):
        own = (match.start(), match.end()) in labels
        written = document.text[match.start() : match.end()]
        yield {**_span(*match.span()), "written": "".join(written.split()) if written[:1] == "第" else written,
               **_sure(0.9, "article-own" if own else "article")}  # fmt: skip


@dataclass(frozen=True)
class _Actors:
    listed: dict[str, tuple[str, str]]
    acronyms: frozenset[str]
    pattern: re.Pattern[str]
    suffix: re.Pattern[str]
    kinds: dict[str, str]
    english: re.Pattern[str]
    state: tuple[str, ...]
    state_english: tuple[str, ...]


@lru_cache(maxsize=8)
def _actors(lexicon: Lexicon) -> _Actors:
    listed: dict[str, tuple[str, str]] = {}
    acronyms = set()
    for row in lexicon.rows("actors"):
        for name in (row["name"], row.get("en", ""), *row["aliases"].split(";")):
            if name:
                listed.setdefault(plain(name), (row["name"], row["kind"]))
            if name.isascii() and name.isupper():
                acronyms.add(plain(name))
    rows = lexicon.rows("suffixes")
    kinds = {plain(r["written"]): r["kind"] for r in rows}
    han = any_of(plain(r["written"]) for r in rows if r["lang"] == "zh")
    state = tuple(plain(r["written"]) for r in rows if r["lang"] == "zh-state")
    state_english = tuple(r["written"] for r in rows if r["lang"] == "en-state")
    after = "|".join(re.escape(r["written"]) for r in rows if r["lang"] == "en") or "(?!)"
    before = "|".join(re.escape(r["written"]) for r in rows if r["lang"] == "en-before") or "(?!)"
    english = rf"(?P<before>\b(?:{before})\s+(?:the\s+)?{_CASED})|(?:\b[A-Z][\w&'-]*\s+){{1,5}}(?P<after>{after})\b"
    suffix = re.compile(rf"{han}(?!{han})")
    pattern = re.compile(any_of(listed))
    return _Actors(listed, frozenset(acronyms), pattern, suffix, kinds, re.compile(english), state, state_english)


def actors(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Organisations: those of the list under any of their names, others by the ending of their name."""
    known = _actors(lexicon)
    taken = _Taken(text)
    for match in known.pattern.finditer(text):
        name = " ".join(match.group().split())
        canonical, kind = known.listed[name]
        if name in known.acronyms and not document.text[match.start() : match.end()].isupper():
            continue  # most, the word, is not MOST, the ministry
        if taken.take(*match.span()):
            yield _actor(document, *match.span(), kind, canonical, 0.95, "actor-listed")
    for match in known.suffix.finditer(text):
        start = _name_start(text, match.start(), lexicon)
        if match.start() - start >= _NAME_LEAST and taken.take(start, match.end()):
            kind = known.kinds[match.group()]
            state = kind == "private" and text.startswith(known.state, start)
            yield _actor(document, start, match.end(), "soe" if state else kind, None, 0.7, "actor-ending")
    for match in known.english.finditer(document.text):
        start, end = match.start(), _cased_end(match, lexicon)
        if taken.take(start, end):
            ending = match["after"] or match["before"]
            kind = next((k for word, k in known.kinds.items() if plain(ending).startswith(word)), "other")
            state = kind == "private" and document.text.startswith(known.state_english, start)
            yield _actor(document, start, end, "soe" if state else kind, None, 0.65, "actor-ending")


def _cased_end(match: re.Match[str], lexicon: Lexicon) -> int:
    """Where a name in capitals ends: before the verb of a headline in which every word has one."""
    if match["after"]:
        return match.end()
    verb = lexicon.cue("headline").search(plain(match.group()))
    name = match.group()[: verb.start()] if verb else match.group()
    return match.start() + len(_LINKS.sub("", name.rstrip()))


def _name_start(text: str, end: int, lexicon: Lexicon) -> int:
    """Where a name begins that runs up to `end`: behind the last sign, verb, or word that is no part of names."""
    window = text[max(end - _NAME_MOST, 0) : end]
    run = _RUN.search(window)
    if run is None:
        return end
    start = run.start()
    for match in lexicon.either("edge", "act").finditer(window, start):
        if match.end() <= len(window) - _NAME_LEAST:
            start = match.end()
    return end - len(window) + start


def _actor(document: Document, start: int, end: int, kind: str, canonical: str | None, sure: float, by: str) -> Row:
    name = " ".join(document.text[start:end].split())
    return {**_span(start, end), "name": name, "kind": kind, "canonical": canonical, **_sure(sure, by, name=name)}


def instruments(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Laws, measures, plans and notices named in title marks, and what the document itself is by its title."""
    kinds = {plain(r["written"]): (r["kind"], int(r["strength"])) for r in lexicon.rows("instruments")}
    for match in _TITLED.finditer(text):
        if (found := _kind_of(match[1], kinds)) is not None:
            yield _instrument(document, match.start(1), match.end(1), found, "instrument-marked", 0.95)
    title = plain(document.title).strip("《》 ")
    if title and (found := _kind_of(title, kinds)) is not None:
        at = max(text.find(title), 0)
        end = at + len(title) if text.startswith(title, at) else 0
        if end:
            yield _instrument(document, at, end, found, "instrument-title", 0.9)


def _kind_of(title: str, kinds: Mapping[str, tuple[str, int]]) -> tuple[str, int] | None:
    """By the word a title ends with, brackets after it aside; an English one by its last such word."""
    bare = re.sub(r"[\s(（\[].*$", "", title) or title
    for word in longest_first(kinds):
        if bare.endswith(word) or (word.isascii() and re.search(rf"\b{re.escape(word)}\b", title)):
            return kinds[word]
    return None


def _instrument(document: Document, start: int, end: int, found: tuple[str, int], by: str, sure: float) -> Row:
    name = " ".join(document.text[start:end].split())
    return {**_span(start, end), "name": name, "kind": found[0], "strength": found[1], **_sure(sure, by, name=name)}


@lru_cache(maxsize=32)
def _entries(
    lexicon: Lexicon, vocabularies: tuple[str, ...]
) -> tuple[re.Pattern[str], dict[str, tuple[str, str, bool]]]:
    """Names and aliases of vocabularies: folded → vocabulary, code, whether it is the entry's own name."""
    found: dict[str, tuple[str, str, bool]] = {}
    for vocabulary in vocabularies:
        for code, label in lexicon.vocabularies.get(vocabulary, {}).items():
            for name in (label.zh, label.en):
                if len(name) > 1:
                    found.setdefault(plain(name), (vocabulary, code, True))
        for name, code in lexicon.aliases.get(vocabulary, {}).items():
            if len(name) > 1:
                found.setdefault(plain(name), (vocabulary, code, False))
    for row in lexicon.rows("directions") if "direction" in vocabularies else ():
        if row["direction"] in lexicon.vocabularies.get("direction", {}):
            found.setdefault(plain(row["written"]), ("direction", row["direction"], False))
    return re.compile(any_of(found)), found


def directions(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Directions of the pack, by name or alias."""
    for start, end, _, code, sure in _named(text, lexicon, ("direction",)):
        yield {**_span(start, end), "direction": code, "written": document.text[start:end], **sure}


def tiers(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Titles and tiers of the pack."""
    for start, end, vocabulary, code, sure in _named(text, lexicon, ("title_kind", "platform_tier")):
        yield {**_span(start, end), "tier": code, "vocabulary": vocabulary, "written": document.text[start:end], **sure}


def _named(text: str, lexicon: Lexicon, vocabularies: tuple[str, ...]) -> Iterator[tuple[int, int, str, str, Row]]:
    pattern, entries = _entries(lexicon, vocabularies)
    for match in pattern.finditer(text):
        entry = entries.get(" ".join(match.group().split()))
        if entry is not None:
            vocabulary, code, own = entry
            name = lexicon.vocabularies.get(vocabulary, {}).get(code, Label(code, code))
            sure = _sure(0.95 if own else 0.8, "entry-name" if own else "entry-alias", name=name)
            yield match.start(), match.end(), vocabulary, code, sure


@lru_cache(maxsize=8)
def _conditions(lexicon: Lexicon) -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for row in lexicon.rows("conditions"):
        before, after = re.escape(plain(row["before"]).strip()), re.escape(plain(row["after"]))
        inner = rf"{_SAID}{{2,120}}?{after}" if after else rf"{_SAID}{{2,160}}"
        edge = r"\b" if row["before"][:1].isascii() else ""
        found.append((row["role"], re.compile(rf"{edge}{before}{inner}")))
    return tuple(found)


def conditions(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Whom something holds for, what is required, and what is excepted."""
    taken = _Taken(text)
    spans = [
        (m.start(), m.end(), role) for role, pattern in _conditions(lexicon) for m in pattern.finditer(text)
    ]  # fmt: skip
    for start, end, role in sorted(spans, key=lambda span: (span[0], -span[1])):
        if taken.take(start, end):
            yield {**_span(start, end), "written": " ".join(document.text[start:end].split()), "role": role,
                   **_sure(0.7, f"condition-{role}")}  # fmt: skip


def dates(document: Document, text: str, lexicon: Lexicon) -> Iterator[Row]:
    """Dates with what they are: the day of issue, effect, expiry, a deadline, or of an event."""
    cues = [(plain(row["written"]), row["kind"]) for row in lexicon.rows("dates")]
    for found in dates_in(document.text, document.published):
        kind, by = _dated(text, found, cues)
        begin, end = clauses.clause(text, found.start, found.end)
        yield {**_span(found.start, found.end), "kind": kind, "day": found.day, "precision": found.precision,
               "what": " ".join(document.text[begin:end].split()),
               **_sure(0.9 if by == "date-cue" else 0.6, by, kind=Why(f"brief_facts.date-{kind}"))}  # fmt: skip


def _dated(text: str, found: Dated, cues: list[tuple[str, str]]) -> tuple[str, str]:
    """The nearest cue behind the date decides, then the nearest in front of it."""
    behind = re.split(r"[。;,\n]", text[found.end : found.end + _AROUND])[0]
    before = re.split(r"[。;,\n]", text[max(found.start - _AROUND, 0) : found.start])[-1]
    after = [(behind.find(w), -len(w), kind) for w, kind in cues if w in behind and not _stands_before(w, kind)]
    front = [(-before.rfind(w), -len(w), kind) for w, kind in cues if w in before and _leads(w)]
    nearest = min(after, default=None) or min(front, default=None)
    return (nearest[2], "date-cue") if nearest else ("event", "date-bare")


def _stands_before(word: str, kind: str) -> bool:
    return word in ("到", "by", "until", "before", "no later than") or (kind == "until" and word.endswith("至"))


def _leads(word: str) -> bool:
    """Whether a cue can stand in front of its date; 前 and 止 only follow it."""
    return word.isascii() or len(word) > 1 or word == "到"


class _Taken:
    """Which characters are already part of a name."""

    def __init__(self, text: str) -> None:
        self._mask = bytearray(len(text))

    def take(self, start: int, end: int) -> bool:
        """Takes a span and says so; False where a part of it is taken."""
        if any(self._mask[start:end]):
            return False
        self._mask[start:end] = b"\1" * (end - start)
        return True


def _span(start: int, end: int) -> Row:
    return {"start": start, "end": end}


def _sure(confidence: float, by: str, **args: Any) -> Row:
    return {"confidence": confidence, "why": Why(f"brief_facts.{by}", args)}
