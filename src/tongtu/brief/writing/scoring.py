"""The scores of a brief, out of its own sources, facts, sentences, groups and changes."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.model import Sentence
from tongtu.brief.scores import SCORES, Weights, scores, unsupported_share, weights
from tongtu.brief.writing.material import Material


def scored(
    material: Material,
    sources: pl.DataFrame,
    documents: Sequence[Document],
    sentences: Sequence[Sentence],
    given: Weights | None,
) -> pl.DataFrame:
    """Hot, quality and impact with their parts; empty where there are no constants to score by."""
    if given is None and not material.lexicon.rows("scoring"):
        return pl.DataFrame(schema=dict(SCORES))
    known = given or weights(material.lexicon)
    return scores(
        sources.filter(pl.col("document").is_in(list(material.roles))),
        material.facts,
        as_of=material.as_of,
        weights=known,
        unsupported=unsupported_share(sentences, documents, weights=known),
        audience=None if material.groups.is_empty() else material.groups,
        changes=material.changes or None,
    )
