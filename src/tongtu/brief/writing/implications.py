"""Future implications: forecasts that a source makes, labelled as such and never as targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from tongtu.brief.claims import CLAIMS, claims
from tongtu.brief.document import Document, Span
from tongtu.brief.facts import Facts, Lexicon
from tongtu.brief.model import Sentence
from tongtu.brief.writing.material import Material
from tongtu.terms.why import Why

_NAME = "implications"
_MOST = 6


def forecasts(documents: Sequence[Document], facts: Mapping[str, Facts], lexicon: Lexicon) -> pl.DataFrame:
    """The claims of all documents, in their order."""
    found = [claims(document, facts[document.id], lexicon) for document in documents if document.id in facts]
    return pl.concat(found) if found else pl.DataFrame(schema=dict(CLAIMS))


def implications(material: Material) -> list[Sentence]:
    """Claims in the order of the register, each with who makes it and when it falls due."""
    return list(_forecasts(material))[:_MOST]


def _forecasts(material: Material) -> Iterator[Sentence]:
    told: set[Span] = set()
    for row in material.claims.iter_rows(named=True):
        document = material.titles.get(row["document"])
        at = Span(row["document"], row["start"], row["end"])
        if document is None or at in told:
            continue
        told.add(at)
        source = row["source"] or document.outlet
        args = {"source": Why("brief_writing.piece-source", {"source": source}) if source else ""}
        code = "forecast"
        if row["due"] is not None:
            code, args["due"] = "forecast-due", row["due"]
        sentence = material.quoted(_NAME, code, at, Why.from_json(row["why"]), **args)
        yield replace(sentence, confidence=row["confidence"])
