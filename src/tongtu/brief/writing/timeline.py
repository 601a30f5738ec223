"""The timeline: every dated moment the reports name, once, with its precision and the words that tell it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.dates import Dated, dates_in
from tongtu.brief.document import Document, Span
from tongtu.brief.facts import Facts
from tongtu.brief.writing.material import is_note, title_at
from tongtu.brief.writing.passages import Passage, holding, passages
from tongtu.terms.why import Why

TIMELINE: Mapping[str, Any] = {
    "day": pl.Date, "last": pl.Date, "precision": pl.String, "kind": pl.String, "says": pl.String,
    "document": pl.String, "start": pl.Int64, "end": pl.Int64, "confidence": pl.Float64, "why": pl.String,
}  # fmt: skip
_KINDS = ("effective", "deadline", "until", "issued", "published", "event")
"""Of two mentions of one day the one that says most of it is kept."""
_TELLS = 80
"""Characters on either side of a date that are shown with it where it stands in no sentence."""
_SIGNED = 24  # letters beside a day on the line that signs a text or stands below its title, at most
_YEARLESS = 0.5  # confidence of a day without its year
_ANY_DAY = date(2000, 1, 1)
"""By which days without a year are found; which year it would give is not used."""
_NEXT = 8  # characters between a day that stands alone and what it was the day of, at most


def timeline(
    documents: Sequence[Document], facts: Mapping[str, Facts], told: Mapping[str, Sequence[Passage]] | None = None
) -> pl.DataFrame:
    """One row for each span of days and what it is, oldest first; `documents` in order of preference.

    `told` are the telling sentences by document id, where they are at hand. `says` holds the words that tell it as
    argument `quote`; start and end are the place of the date itself. 明天 and last year, as events, are left out.
    A day of a month without its year, in a report that does not say when it was written, has no `day` and stands last.
    """
    kept: dict[tuple[Any, ...], tuple[tuple[int, int, int], dict[str, Any]]] = {}
    for rank, document in enumerate(documents):
        for row in _rows(document, facts.get(document.id), told):
            key = (row["day"], row["last"], row["precision"], row["day"] or row["says"])
            better = (_KINDS.index(row["kind"]), rank, row["start"])
            if key not in kept or better < kept[key][0]:
                kept[key] = (better, row)
    rows = sorted(
        (row for _, row in kept.values()), key=lambda r: (r["day"] or date.max, r["last"] or date.max, r["start"])
    )
    return pl.DataFrame(rows, schema=dict(TIMELINE))


def _rows(
    document: Document, facts: Facts | None, known: Mapping[str, Sequence[Passage]] | None
) -> Iterator[dict[str, Any]]:
    told = known[document.id] if known else passages(document)
    if document.published is None:
        yield from _yearless(document, told)
    if facts is None or facts.dates.is_empty():
        return
    dated = {(d.start, d.end): d for d in dates_in(document.text, document.published)}
    for row in facts.dates.iter_rows(named=True):
        start, end, kind = row["start"], row["end"], row["kind"]
        known_as = dated.get((start, end))
        if is_note(document, start) or (kind == "event" and known_as is not None and _is_vague(known_as)):
            continue
        at = tells(document, told, start, end)
        if kind == "event" and row["day"] == document.published and _stands_alone(document, start, end):
            kind, at = "published", title_at(document) or at
        says = Why("brief_writing.moment", {"quote": document.quote(at)}).to_json()
        last = known_as.last if known_as else row["day"]
        yield {**{name: row[name] for name in TIMELINE if name in row}, "last": last, "kind": kind, "says": says}


def _yearless(document: Document, told: Sequence[Passage]) -> Iterator[dict[str, Any]]:
    """April 2–3 where nothing says of which year: the words are told, the day stays unknown."""
    for dated in dates_in(document.text, _ANY_DAY):
        whole = dated.precision == "day" and dated.relative and not _is_vague(dated)
        if whole and not is_note(document, dated.start):
            at = tells(document, told, dated.start, dated.end)
            yield {
                "day": None, "last": None, "precision": "day", "kind": "event", "document": document.id,
                "start": dated.start, "end": dated.end, "confidence": _YEARLESS,
                "says": Why("brief_writing.moment", {"quote": document.quote(at)}).to_json(),
                "why": Why("brief_writing.no-year", {"written": dated.written}).to_json(),
            }  # fmt: skip


def _is_vague(dated: Dated) -> bool:
    """Whether a day is told by words alone, from the day of writing: in a speech 明天 means the future."""
    return dated.relative and not any(char.isdigit() for char in dated.written)


def _stands_alone(document: Document, start: int, end: int) -> bool:
    """Whether a day's line says little more than the day, as a signature or the line below a headline does."""
    block = document.block_at(start)
    rest = document.text[block.start : start] + document.text[end : block.end] if block else ""
    return block is not None and sum(char.isalnum() for char in rest) <= _SIGNED


def tells(document: Document, told: Sequence[Passage], start: int, end: int) -> Span:
    """The words that tell what was on a day: its sentence, or the next one where the day stands alone on its line."""
    inside = holding(told, start, end)
    if inside is not None:
        return inside.span
    block = document.block_at(start)
    if block is None:
        first, stop = document.text.rfind("\n", 0, start) + 1, document.text.find("\n", end)
        return _around(document, first, len(document.text) if stop < 0 else stop, start, end)
    rest = document.text[block.start : start] + document.text[end : block.end]
    at = bisect_left(told, block.end, key=lambda p: p.span.start)
    if at < len(told) and told[at].span.start <= block.end + _NEXT and not any(char.isalnum() for char in rest):
        return told[at].span
    return _around(document, block.start, block.end, start, end)


def _around(document: Document, first: int, stop: int, start: int, end: int) -> Span:
    """At most so many characters of a line on either side."""
    first, stop = max(first, start - _TELLS), min(stop, end + _TELLS)
    text = document.text[first:stop]
    return Span(document.id, first + len(text) - len(text.lstrip()), stop - len(text) + len(text.rstrip()))
