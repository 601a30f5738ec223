"""What a brief is made of: sentences that each say where they come from, and the tables behind them.

An engine writes no prose: what a sentence says is a `Why` of the catalogue, so both languages say the same, and a
quotation keeps the language of its source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.document import Document, Span
from tongtu.terms.why import Why

FIELDS = (
    "summary", "what_changed", "why_it_matters", "what_to_do", "who_should_care", "takeaways", "implications",
)  # fmt: skip
"""The parts of a brief that consist of sentences, in reading order."""

QUOTED, COMPUTED, DRAFTED = "quoted", "computed", "drafted"
LABELS = (QUOTED, COMPUTED, DRAFTED)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a brief. It has a span of a source or a derivation, mostly both; never neither.

    quoted    `says` holds words of the first span exactly as the source has them
    computed  `says` was made of facts, rules or tables, by `derivation`
    drafted   a language model's wording, kept because it passed the guard; `derivation` says of what
    """

    field: str  # one of FIELDS
    says: Why
    label: str  # one of LABELS
    spans: tuple[Span, ...] = ()
    derivation: Why | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        if not self.spans and self.derivation is None:
            raise ValueError(f"a sentence without source or derivation: {self.says.code}")
        if self.label == QUOTED and not self.spans:
            raise ValueError(f"a quotation without its place: {self.says.code}")

    @property
    def id(self) -> str:
        """Twelve hex digits over field, wording and places: what a reader's correction refers to."""
        spans = ";".join(f"{s.document}:{s.start}-{s.end}" for s in self.spans)
        return hashlib.sha256(f"{self.field}\n{self.says.to_json()}\n{spans}".encode()).hexdigest()[:12]


@dataclass(frozen=True, eq=False)
class Brief:
    """One event or one document, told. Tables hold reasons as JSON; every row of a source has document, start, end.

    headline   what the brief is called
    documents  all reports of the event, the preferred one (official, then first) in front
    sources    document, outlet, address, published, official, role (primary first corroborating copy), grade, why
    timeline   day, last, precision, kind, says (Why), document, start, end, confidence, why
    facts      kind of fact (figures, actors, directions, numbers, …) → frame, over all documents
    changes    targets, rules, text → frame (columns of `brief.changes`), each empty where nothing was compared
    audience   named groups with counts: columns of `brief.audience`
    claims     forecasts, never targets: columns of `brief.claims`
    scores     score, part, value, weight, why: one row for each part, and one with part null for the whole
    """

    id: str
    as_of: date
    headline: Sentence
    documents: tuple[Document, ...]
    sentences: tuple[Sentence, ...]
    sources: pl.DataFrame
    timeline: pl.DataFrame
    claims: pl.DataFrame
    audience: pl.DataFrame
    scores: pl.DataFrame
    facts: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    changes: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def of(self, name: str) -> tuple[Sentence, ...]:
        """The sentences of a field, in order."""
        return tuple(sentence for sentence in self.sentences if sentence.field == name)

    def unsourced(self) -> tuple[Sentence, ...]:
        """Sentences whose quotation is not in its source, word for word; none in a sound brief."""
        known = {document.id: document for document in self.documents}
        return tuple(s for s in (self.headline, *self.sentences) if not _holds(s, known))


def _holds(sentence: Sentence, known: Mapping[str, Document]) -> bool:
    if any(span.document not in known for span in sentence.spans):
        return False
    if sentence.label != QUOTED:
        return True
    span = sentence.spans[0]
    return quoted_in(sentence.says.args) == known[span.document].quote(span)


def quoted_in(args: Mapping[str, Any]) -> str:
    """The quotation a sentence holds: its argument `quote`."""
    return str(args.get("quote", ""))
