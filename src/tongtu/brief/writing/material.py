"""What a brief is written from: the reports of one event in their order, their facts, and what other rooms computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

import polars as pl

from tongtu.brief.document import NOTE, Document, Span
from tongtu.brief.facts import SCHEMAS, Facts, Lexicon
from tongtu.brief.facts.plain import plain
from tongtu.brief.model import COMPUTED, QUOTED, Sentence
from tongtu.brief.writing.passages import Passage, holding, passages
from tongtu.brief.writing.ranking import worths
from tongtu.terms.why import Label, Why

PRIMARY, FIRST, CORROBORATING, COPY, EARLIER = "primary", "first", "corroborating", "copy", "earlier"
_RANKS = {PRIMARY: 0, FIRST: 1, CORROBORATING: 2, COPY: 3}


@dataclass(frozen=True, eq=False)
class Material:
    """All that the fields of a brief draw on.

    `documents` are the reports of the event, the preferred one in front; `roles` and `copies` are by document id.
    `before` is the earlier version that `changes` compare the preferred document with.
    """

    documents: tuple[Document, ...]
    facts: Mapping[str, Facts]
    lexicon: Lexicon
    as_of: date
    roles: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    before: Document | None = None
    changes: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    groups: pl.DataFrame = field(default_factory=pl.DataFrame)
    actions: pl.DataFrame = field(default_factory=pl.DataFrame)
    touched: pl.DataFrame = field(default_factory=pl.DataFrame)
    claims: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def primary(self) -> Document:
        return self.documents[0]

    @cached_property
    def told(self) -> tuple[Document, ...]:
        """The documents whose words are quoted: copies say nothing of their own."""
        return tuple(d for d in self.documents if self.roles.get(d.id) != COPY) or self.documents

    @cached_property
    def passages(self) -> Mapping[str, tuple[Passage, ...]]:
        """The telling sentences of every document."""
        return {document.id: passages(document) for document in self.documents}

    @cached_property
    def worth(self) -> Mapping[Span, float]:
        """How telling each of these sentences is within its document."""
        found: dict[Span, float] = {}
        for document in self.documents:
            found.update(worths(self.passages[document.id], self.facts.get(document.id)))
        return found

    @cached_property
    def titles(self) -> Mapping[str, Document]:
        return {document.id: document for document in self.documents}

    @cached_property
    def folded(self) -> Mapping[str, str]:
        return {document.id: plain(document.text) for document in self.documents}

    @cached_property
    def found(self) -> Mapping[str, pl.DataFrame]:
        """All facts of the reports, kind by kind."""
        return joined(self.documents, self.facts, self.claims)

    def of(self, kind: str, document: Document | None = None) -> list[dict[str, Any]]:
        """Rows of one kind of fact, of a document or of all whose words are quoted, but for those in notes."""
        told = (document,) if document else self.told
        return [row for each in told for row in self._rows[kind].get(each.id, ())]

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
        found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for kind, frame in self.found.items():
            rows = found.setdefault(kind, {})
            for row in frame.iter_rows(named=True):
                rows.setdefault(row["document"], []).append(row)
        return found

    @cached_property
    def measures(self) -> Mapping[str, Label]:
        """Names of the listed measures."""
        return {measure.code: measure.label for measure in self.lexicon.measures}

    @cached_property
    def english(self) -> Mapping[str, str]:
        """Listed organisations' English names by their own."""
        return {row["name"]: row.get("en", "") for row in self.lexicon.rows("actors")}

    def name(self, organisation: str) -> Label:
        """An organisation in both languages, as far as the lists have it."""
        return Label(organisation, self.english.get(organisation, ""))

    def title_of(self, scheme: str, tiers: Sequence[str]) -> Label | None:
        """What a scheme grants, by the pack's titles or as the groups call it; None where neither names it."""
        titles = self.lexicon.vocabularies.get("title_kind", {})
        known = (titles.get(code) for code in (scheme, *tiers))
        return next(filter(None, (*known, *(self._granted.get((scheme, tier)) for tier in tiers))), None)

    @cached_property
    def _granted(self) -> Mapping[tuple[str, str], Label]:
        rows = self.groups.iter_rows(named=True) if "tier_zh" in self.groups.columns else ()
        return {
            (row["scheme"], row["tier"]): Label(row["tier_zh"], row["tier_en"] or "") for row in rows if row["tier_zh"]
        }

    def quote(self, span: Span) -> str:
        return self.titles[span.document].quote(span)

    def is_formula(self, passage: Passage) -> bool:
        """Whether a sentence is one that every official letter has: 现将…印发给你们, 由…负责解释."""
        return self.lexicon.cue("formula").search(passage.folded) is not None

    def passage_at(self, span: Span) -> Passage | None:
        """The telling sentence that holds a span."""
        return holding(self.passages[span.document], span.start, span.end)

    def quoted(self, name: str, code: str, span: Span, because: Why, **args: Any) -> Sentence:
        """A sentence of a field in the source's own words, and why these."""
        return Sentence(
            name, Why(f"brief_writing.{code}", {"quote": self.quote(span), **args}), QUOTED, (span,), because
        )


def computed(
    name: str, says: Why, because: Why, spans: Iterable[Span] = (), confidence: float | None = None
) -> Sentence:
    """A sentence of a field that was made of facts, rules or tables."""
    return Sentence(name, says, COMPUTED, tuple(dict.fromkeys(spans)), because, confidence)


def span_of(row: Mapping[str, Any]) -> Span:
    return Span(row["document"], row["start"], row["end"])


def from_facts(rows: Sequence[Mapping[str, Any]], by: str = "from-facts") -> Why:
    """A derivation out of facts, each with what it rests on."""
    kept = dict.fromkeys(row["why"] for row in rows if row.get("why"))
    return Why(f"brief_writing.{by}", {"n": len(rows)}, tuple(Why.from_json(why) for why in kept)[:_MOST_REASONS])


_MOST_REASONS = 6


def surest(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """A computed sentence is as sure as its least sure fact."""
    return min((row["confidence"] for row in rows if row.get("confidence") is not None), default=None)


def is_note(document: Document, position: int) -> bool:
    """Whether a place belongs to the page and not to the report."""
    block = document.block_at(position)
    return block is not None and block.kind == NOTE


def title_at(document: Document) -> Span | None:
    """Where a document's title stands in its text; None where it has none."""
    at = document.text.find(document.title) if document.title else -1
    return Span(document.id, at, at + len(document.title)) if at >= 0 else None


def in_order(documents: Iterable[Document], gathered: pl.DataFrame | None) -> tuple[list[Document], dict[str, str]]:
    """Documents with the preferred one in front, and their roles: as gathered, else official before first reported."""
    unique = {document.id: document for document in sorted(documents, key=_signs)}
    given, places = _given(unique, gathered, "role"), _given(unique, gathered, "order")

    def standing(document: Document) -> tuple[Any, ...]:
        role = _RANKS.get(given.get(document.id, CORROBORATING), 2)
        place = places.get(document.id, len(unique))
        return (place, role, not document.official, document.published or date.max, document.id)

    ordered = sorted(unique.values(), key=standing)
    roles = {d.id: given.get(d.id) or (PRIMARY if n == 0 else CORROBORATING) for n, d in enumerate(ordered)}
    return ordered, roles


def _signs(document: Document) -> tuple[str, ...]:
    """Two readings of one text have one id; which of them counts must not depend on their order."""
    shape = " ".join(f"{block.start}{block.kind}" for block in document.blocks)
    return (document.id, document.title, document.outlet, str(document.published or ""), document.kind, shape)


def _given(documents: Mapping[str, Document], gathered: pl.DataFrame | None, column: str) -> dict[str, Any]:
    if gathered is None or gathered.is_empty():
        return {}
    return {key: value for key, value in gathered.select("document", column).iter_rows() if key in documents}


def joined(documents: Sequence[Document], facts: Mapping[str, Facts], claims: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Kind of fact → one frame over all documents, without what stands in notes; forecast figures are no targets."""
    found: dict[str, list[pl.DataFrame]] = {kind: [] for kind in SCHEMAS}
    for document in documents:
        held, notes = facts.get(document.id), any(block.kind == NOTE for block in document.blocks)
        for kind, frames in found.items() if held is not None else ():
            frame = getattr(held, kind)
            if notes and not frame.is_empty():
                frame = frame.filter([not is_note(document, start) for start in frame.get_column("start")])
            if not frame.is_empty():
                frames.append(frame)
    whole = {kind: pl.concat(frames) if frames else _empty(kind) for kind, frames in found.items()}
    return {**whole, "figures": _told_apart(whole["figures"], claims)}


@cache
def _empty(kind: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(SCHEMAS[kind]))


def _told_apart(figures: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Figures with the kind `forecast` where a claim holds them."""
    if figures.is_empty() or claims.is_empty():
        return figures
    known = set(claims.select("document", "figure_start", "figure_end").iter_rows())
    places = figures.select("document", "start", "end").iter_rows()
    held = pl.Series([place in known for place in places])
    return figures.with_columns(kind=pl.when(held).then(pl.lit("forecast")).otherwise(pl.col("kind")))
