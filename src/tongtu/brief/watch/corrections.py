"""A reader's correction of a sentence: the new wording with who, when and why, the old one kept beside it.

A correction names a sentence by its id. The corrected sentence keeps its places in the source and has an id of its
own, which later corrections may name as well as the first one. A correction that cannot be made (its sentence is
gone, its quotation is not in the source) changes nothing and is not lost: it is a row of the record and a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from tongtu.brief.document import Document, Span
from tongtu.brief.model import COMPUTED, QUOTED, Brief, Sentence
from tongtu.terms.faults import Fault
from tongtu.terms.why import Label, Why

State = Literal["applied", "superseded", "withdrawn", "lost", "refused"]
RECORD: dict[str, Any] = {
    "sentence": pl.String, "field": pl.String, "reader": pl.String, "day": pl.Date, "reason": pl.String,
    "before": pl.String, "after": pl.String, "now": pl.String, "state": pl.String, "why": pl.String,
}  # fmt: skip
LONGEST = 600
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a reader says of a sentence: a new wording (in one language or both), a passage of the source that says
    it, or that it should go.
    """

    sentence: str
    reader: str
    day: date
    reason: str
    zh: str = ""
    en: str = ""
    quote: str = ""
    withdraw: bool = False


@dataclass(frozen=True, eq=False)
class Corrected:
    """The brief with what could be corrected, and every correction with what became of it.

    record  sentence (the id it named), field, reader, day, reason, before and after (what was and is said, as JSON;
            after null where nothing is), now (id of the corrected sentence), state (applied superseded withdrawn
            lost refused), why; in the order of day, sentence and reader
    faults  one for each that is lost or refused
    """

    brief: Brief
    record: pl.DataFrame
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _Entry:
    """A correction on its way: what it found, what it made of it."""

    correction: Correction
    state: State
    why: Why
    before: Sentence | None = None
    after: Sentence | None = None
    root: str = ""


def correct(brief: Brief, corrections: Iterable[Correction]) -> Corrected:
    """Applies corrections in the order of their day, ties by sentence, reader and wording.

    Of two corrections of one sentence the later one holds and the earlier one is kept as superseded. The headline
    can be reworded, not withdrawn.
    """
    first = {sentence.id: sentence for sentence in (brief.headline, *brief.sentences)}
    now: dict[str, Sentence | None] = dict(first)
    roots = {name: name for name in first}
    entries: list[_Entry] = []
    for one in sorted(corrections, key=_order):
        root = roots.get(one.sentence)
        entry = _lost(one) if root is None else _made(brief, one, now[root], root)
        entries.append(entry)
        if root is None or entry.state == "refused":
            continue
        for earlier in entries[:-1]:
            if earlier.root == root and earlier.state in ("applied", "withdrawn"):
                earlier.state = "superseded"
        now[root] = entry.after
        if entry.after is not None:
            roots.setdefault(entry.after.id, root)
    headline = now[brief.headline.id] or brief.headline
    sentences = tuple(kept for s in brief.sentences if (kept := now[s.id]) is not None)
    record = pl.DataFrame([_row(entry) for entry in entries], schema=RECORD, orient="row")
    faults = tuple(_fault(entry) for entry in entries if entry.state in ("lost", "refused"))
    return Corrected(replace(brief, headline=headline, sentences=sentences), record, faults)


def _order(one: Correction) -> tuple[object, ...]:
    return (one.day, one.sentence, one.reader, one.zh, one.en, one.quote, one.withdraw, one.reason)


def _lost(one: Correction) -> _Entry:
    return _Entry(one, "lost", Why("brief_watch.correction-lost", {"sentence": one.sentence}))


def _made(brief: Brief, one: Correction, before: Sentence | None, root: str) -> _Entry:
    """The corrected sentence, or why there is none; a withdrawn sentence is worded again over its first wording."""
    was = before or next(s for s in (brief.headline, *brief.sentences) if s.id == root)
    refused = _refused(brief, one, root)
    if refused is not None:
        return _Entry(one, "refused", refused, was)
    told = {"reader": one.reader, "day": one.day, "reason": _clean(one.reason)}
    if one.withdraw:
        return _Entry(one, "withdrawn", Why("brief_watch.correction-withdrawn", told), was, root=root)
    by = Why("brief_watch.corrected-by", {**told, "before": was.says, "sentence": was.id})
    if one.quote:
        span = _place(brief.documents, was.spans, one.quote)
        spans = () if span is None else (span, *(s for s in was.spans if s != span))
        after = Sentence(was.field, Why("brief_watch.corrected-quote", {"quote": one.quote}), QUOTED, spans, by)
    else:
        text = Label(_clean(one.zh or one.en), _clean(one.en))
        after = Sentence(was.field, Why("brief_watch.corrected", {"text": text}), COMPUTED, was.spans, by)
    return _Entry(one, "applied", Why("brief_watch.correction-applied", told), was, after, root)


def _refused(brief: Brief, one: Correction, root: str) -> Why | None:
    wording = one.zh or one.en
    given = sum(map(bool, (wording, one.quote, one.withdraw)))
    args: dict[str, object] = {"sentence": one.sentence}
    if given != 1:
        return Why("brief_watch.correction-unclear", args)
    if one.withdraw and root == brief.headline.id:
        return Why("brief_watch.headline-stays", args)
    if not one.reason.strip():
        return Why("brief_watch.correction-unreasoned", args)
    if wording and not _clean(wording):
        return Why("brief_watch.correction-unclear", args)
    if max(map(len, (one.zh, one.en, one.quote, one.reason))) > LONGEST:
        return Why("brief_watch.correction-long", {**args, "most": LONGEST})
    if one.quote and _place(brief.documents, (), one.quote) is None:
        return Why("brief_watch.correction-not-in-source", {**args, "quote": one.quote})
    return None


def _place(documents: Sequence[Document], near: Sequence[Span], quote: str) -> Span | None:
    """Where a passage stands, word for word: closest to the sentence's own place, else the first there is."""
    found = []
    for at, document in enumerate(documents):
        start = document.text.find(quote)
        while start >= 0:
            away = [abs(start - span.start) for span in near if span.document == document.id]
            found.append((not away, min(away, default=0), at, start))
            start = document.text.find(quote, start + 1)
    if not found:
        return None
    _, _, at, start = min(found)
    return Span(documents[at].id, start, start + len(quote))


def _clean(text: str) -> str:
    """A reader's words on one line, without signs that hide or turn text."""
    return " ".join(_HIDDEN.sub(" ", text).split())


def _row(entry: _Entry) -> tuple[Any, ...]:
    one, before, after = entry.correction, entry.before, entry.after
    return (
        one.sentence, before.field if before else None, one.reader, one.day, one.reason,
        before.says.to_json() if before else None, after.says.to_json() if after else None,
        after.id if after else None, entry.state, entry.why.to_json(),
    )  # fmt: skip


def _fault(entry: _Entry) -> Fault:
    return Fault(entry.why, Why(f"{entry.why.code}-repair", entry.why.args))
