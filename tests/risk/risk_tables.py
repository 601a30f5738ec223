"""Small frames of the nouns that the risk engines read."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import noun
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, missing, say

TODAY = date(2026, 6, 30)


def table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a noun, columns not given being null."""
    return (
        pl.DataFrame(rows, schema_overrides=noun(name).schema()).select(
            pl.col(c.name) if rows and c.name in rows[0] else pl.lit(None, c.dtype()).alias(c.name)
            for c in noun(name).columns
        )
        if rows
        else noun(name).empty()
    )


def spoken(column: pl.Series) -> list[str]:
    """Every reason of a column, said in both languages; all its codes must be in the catalogue."""
    sentences = []
    for text in column.unique(maintain_order=True):
        why = Why.from_json(text)
        for part in (why, *why.parts):
            assert missing(part.code) == []
        said = [say(why, lang) for lang in LANGUAGES]
        assert not any("{" in sentence for sentence in said)
        sentences += said
    return sentences
