"""Reading whole files: a scheme with its versions. All faults of all files are found before any is raised."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from tongtu.registry import nouns
from tongtu.registry.vocabularies import vocabularies
from tongtu.rules.model import (
    Citation,
    Criterion,
    Group,
    RuleBook,
    Scheme,
    Score,
    Span,
    Tier,
    Version,
)
from tongtu.rules.reading.checks import check_reachable, check_spans
from tongtu.rules.reading.criteria import Reader, read_citation
from tongtu.rules.reading.cycles import read_lifecycle, read_windows
from tongtu.rules.reading.grants import read_grants
from tongtu.rules.reading.measures import Names, read_measures, refs
from tongtu.rules.reading.page import Page
from tongtu.rules.reading.scores import read_score
from tongtu.terms import marked
from tongtu.terms.faults import Fault, RuleRefused
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label

_SCHEME = (
    "scheme",
    "name",
    "subject",
    "holder",
    "yearly",
    "currency",
    "jurisdiction",
    "applies",
    "notice",
    "measures",
    "versions",
)
_VERSION = ("version", "jurisdiction", "in_force", "windows", "cite", "lifecycle", "gates", "scores", "tiers")
_TIER = ("tier", "name", "cite", "all", "grants")
_NOBODY = Citation("", "", (), "")


def load(texts: Mapping[str, str], codes: Mapping[str, Iterable[str]] | None = None) -> RuleBook:
    """A book from rule files: name of the file → its text.

    `codes` adds a pack's vocabularies (name → codes) to our own; a code of a list that is not known is not
    checked. Raises RuleRefused with every fault of every file, each with file, line and repair.
    """
    known: dict[str, Iterable[str]] = {**vocabularies(), **(codes or {})}
    faults: list[Fault] = []
    schemes: dict[str, Scheme] = {}
    homes: dict[str, str] = {}
    for file in sorted(texts):
        page = Page(file)
        scheme = _file(page, texts[file], known)
        if scheme is not None and scheme.scheme in schemes:
            page.fault(1, "scheme-twice", key="scheme", name=scheme.scheme, first=homes[scheme.scheme])
        faults += page.faults
        if scheme is not None:
            schemes.setdefault(scheme.scheme, scheme)
            homes.setdefault(scheme.scheme, file)
    if faults:
        raise RuleRefused(faults)
    return RuleBook(schemes, _digest(texts))


def _digest(texts: Mapping[str, str]) -> str:
    total = hashlib.sha256()
    for file in sorted(texts):
        total.update(f"{file}\0{texts[file]}\0".encode())
    return total.hexdigest()


def _file(page: Page, text: str, codes: Mapping[str, Iterable[str]]) -> Scheme | None:
    document, faults = marked.load(text, page.file)
    page.faults += faults
    if document is None and faults:
        return None
    found = page.mapping(document, 1)
    return None if found is None else _scheme(page, found, codes)


@cache
def _yearly_nouns() -> tuple[str, ...]:
    return tuple(
        name for name, noun in nouns().items() if any(c.kind == "year" and c.name == "year" for c in noun.columns)
    )


def _scheme(page: Page, found: Marked, codes: Mapping[str, Iterable[str]]) -> Scheme:
    page.only(found, _SCHEME)
    subject = page.one_of(found, "subject", nouns(), "organisations")
    yearly = page.one_of(found, "yearly", ("", *_yearly_nouns()), "")
    holders = [ref.name for ref in refs(subject, "organisations")]
    holder = page.text(found, "holder", "")
    if holder and holder not in holders:
        page.fault(found.at("holder"), "no-holder", key="holder", value=holder, subject=subject, names=holders)
    names = Names(page, subject, yearly, page.text(found, "currency", ""), codes, holder)
    if "measures" in found:
        measures = page.mapping(found["measures"], found.at("measures"), "measures")
        read_measures(names, measures or Marked())
    applies = names.truth(found, "applies") if "applies" in found else None
    jurisdiction = page.text(found, "jurisdiction")
    entries = list(page.mappings(found, "versions"))
    versions = tuple(_version(names, entry, jurisdiction) for entry in entries)
    check_spans(page, versions, [entry.at("in_force") for entry in entries])
    return Scheme(
        page.text(found, "scheme"), page.label(found), subject, yearly, names.currency,
        names.measures, versions, applies, page.label(found, "notice", Label("")), holder,
    )  # fmt: skip


def _version(names: Names, found: Marked, jurisdiction: str) -> Version:
    page = names.page
    page.only(found, _VERSION)
    cite = read_citation(page, found) or _NOBODY
    scores = tuple(read_score(names, entry) for entry in page.mappings(found, "scores", required=False))
    tiers = tuple(_tier(names, entry, found, cite, scores) for entry in page.mappings(found, "tiers"))
    name, place = page.text(found, "version"), page.text(found, "jurisdiction", jurisdiction)
    spans = _spans(page, found)
    cycle, windows = read_lifecycle(page, found, cite), read_windows(page, found, cite, spans)
    return Version(name, place, spans, cite, tiers, scores, cycle, windows)


def _tier(names: Names, found: Marked, version: Marked, above: Citation, scores: tuple[Score, ...]) -> Tier:
    page = names.page
    page.only(found, _TIER)
    name, label = page.text(found, "tier"), page.label(found)
    cite = read_citation(page, found, above) or above
    reader = Reader(names, scores, {})
    gates = reader.group(version, "gates", above, "") if "gates" in version else ()
    parts = (*gates, *reader.group(found, "all", cite, ""))
    root = Criterion(name, label, cite, Group(parts), line=found.line)
    check_reachable(page, root)
    return Tier(name, label, root, read_grants(names, found, cite))


def _spans(page: Page, found: Marked) -> tuple[Span, ...]:
    spans = []
    for entry in page.mappings(found, "in_force"):
        page.only(entry, ("from", "to", "purposes", "batches"))
        purposes = page.purposes(entry, "purposes", required=True)
        start, end = page.day(entry, "from"), page.day(entry, "to", required=False)
        if start is not None and end is not None and end < start:
            page.fault(entry.at("to"), "ends-before", key="to")
        spans.append(Span(start or date.min, end, purposes, page.texts(entry, "batches", required=False)))
    return tuple(spans)
