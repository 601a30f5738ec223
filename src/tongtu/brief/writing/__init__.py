"""Writing: documents and their facts to a brief whose every sentence is quoted or computed, with its place or reason.

    material, passages   the reports in order, their facts, the sentences that can be quoted
    ranking, said        sentences by worth, by cue word, by heading
    instrument, figures  who issued what and when; the targets set
    summary changed matters actions audience takeaways implications   one field of the brief each
    timeline, sources, scoring   the tables beside them

Nothing is invented: what the sources do not say and no table gives stays out, so a field may be empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts import Facts, Lexicon
from tongtu.brief.model import Brief, Sentence
from tongtu.brief.scores import Weights
from tongtu.brief.writing.actions import what_to_do
from tongtu.brief.writing.audience import who_should_care
from tongtu.brief.writing.changed import what_changed
from tongtu.brief.writing.implications import forecasts, implications
from tongtu.brief.writing.instrument import Instrument, instrument
from tongtu.brief.writing.material import COPY, Material, in_order
from tongtu.brief.writing.matters import why_it_matters
from tongtu.brief.writing.ranking import ranked
from tongtu.brief.writing.scoring import scored
from tongtu.brief.writing.sources import SOURCES, sources
from tongtu.brief.writing.summary import headline, summary
from tongtu.brief.writing.takeaways import takeaways
from tongtu.brief.writing.timeline import TIMELINE, timeline

__all__ = ["SOURCES", "TIMELINE", "Instrument", "Material", "instrument", "ranked", "timeline", "write"]


def write(
    documents: Sequence[Document],
    facts: Mapping[str, Facts],
    *,
    lexicon: Lexicon,
    as_of: date,
    gathered: pl.DataFrame | None = None,
    before: Document | None = None,
    changes: Mapping[str, pl.DataFrame] | None = None,
    audience: pl.DataFrame | None = None,
    actions: pl.DataFrame | None = None,
    touched: pl.DataFrame | None = None,
    claims: pl.DataFrame | None = None,
    weights: Weights | None = None,
    id: str = "",
) -> Brief:
    """The brief of one event out of its reports, in any order, and their facts by document id.

    `gathered` holds rows of `gathering.events` (roles and copies). `before` is the earlier version that `changes`
    (targets, rules, text: frames of `brief.changes`) compare the preferred report with; it joins the brief's documents
    last, so that spans into it open. `audience` (groups), `actions` and `touched` are frames of `brief.audience`,
    `claims` one of `brief.claims`, read from the reports where none is given. What is left out has no sentences.
    `weights` are the constants of the scores, else those of the lexicon; without either there are no scores.
    Raises ValueError without any document.
    """
    if not documents:
        raise ValueError("a brief needs a document")
    ordered, roles = in_order(documents, gathered)
    told = [document for document in ordered if roles[document.id] != COPY]
    claims = forecasts(told or ordered, facts, lexicon) if claims is None else claims
    reasons = _by_document(gathered, "why")
    material = Material(
        tuple(ordered), facts, lexicon, as_of, roles, _by_document(gathered, "copy_of"), before, dict(changes or {}),
        groups=_or_empty(audience), actions=_or_empty(actions), touched=_or_empty(touched), claims=claims,
    )  # fmt: skip
    sentences = _sentences(material, instrument(material))
    known = (*ordered, *([before] if before is not None and before.id not in roles else []))
    table = sources(material, reasons)
    return Brief(
        id=id or _identity(ordered),
        as_of=as_of,
        headline=headline(material),
        documents=known,
        sentences=sentences,
        sources=table,
        timeline=timeline(ordered, facts, material.passages),
        claims=material.claims,
        audience=material.groups,
        scores=scored(material, table, known, sentences, weights),
        facts=material.found,
        changes=material.changes,
    )


def _sentences(material: Material, found: Instrument) -> tuple[Sentence, ...]:
    """The fields in reading order; the same sentence never twice."""
    told = [
        *summary(material, found), *what_changed(material), *why_it_matters(material, found), *what_to_do(material),
        *who_should_care(material),
    ]  # fmt: skip
    whole = [*told, *takeaways(material, told), *implications(material)]
    return tuple({sentence.id: sentence for sentence in reversed(whole)}.values())[::-1]


def _identity(documents: Sequence[Document]) -> str:
    return hashlib.sha256("\n".join(sorted(d.id for d in documents)).encode()).hexdigest()[:16]


def _by_document(gathered: pl.DataFrame | None, column: str) -> dict[str, str]:
    if gathered is None or gathered.is_empty():
        return {}
    return {key: value for key, value in gathered.select("document", column).iter_rows() if value is not None}


def _or_empty(frame: pl.DataFrame | None) -> pl.DataFrame:
    return pl.DataFrame() if frame is None else frame
