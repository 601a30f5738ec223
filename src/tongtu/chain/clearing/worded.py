"""A question asked in words: the listing it makes, the indicators it writes, and what of it was not understood."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tongtu.chain.clearing.ground import Clearing
from tongtu.chain.clearing.pieces import label, section, table
from tongtu.chain.dossier.document import Block, Cell, Paragraph, Section, cell, same
from tongtu.chain.report.spoken import both, words
from tongtu.match import demand, indicators, sides
from tongtu.registry import concepts, written
from tongtu.registry.written import Written
from tongtu.terms import units
from tongtu.terms.faults import UsageFault

#: id of a question asked in words
IN_WORDS = "ASK"


def in_words(clearing: Clearing, text: str, kind: str, answer: str) -> tuple[Clearing, pl.DataFrame, Written]:
    """A listing of this kind that asks `answer` with these words, with the ground on which its indicators stand.

    Raises UsageFault for a text that says nothing.
    """
    if not any(character.isalnum() for character in text):
        raise UsageFault.because("clearing.no-text", "clearing.no-text-repair")
    names = units.names(clearing.vocabularies.get("unit", {}))
    known = written.known(clearing.registry, concepts.read(clearing.pack.glossary).spellings, names)
    demands = sides.kind_of(kind).demands or not sides.kind_of(answer).demands
    manner = written.ASKING if demands else written.STATING
    read = written.read(text, known, kind=kind, subject=IN_WORDS, manner=manner)
    own = clearing.registry["indicators"].filter(pl.col("subject") != IN_WORDS)
    whole = clearing.registry.replace(indicators=pl.concat([own, read.indicators]))
    questions = demand.asks(text.strip(), clearing.as_of, key=IN_WORDS)
    return replace(clearing, registry=whole), questions, read


def understood(read: Written | None) -> list[Section]:
    """The indicators that were read from the words, beside how they were written; and what was left."""
    if read is None or not (read.said or read.left):
        return []
    rows: list[list[Cell]] = [
        [cell(same(row["quantity"])), cell(both(indicators.bound(row))), cell(same(said), "soft")]
        for row, said in zip(read.indicators.iter_rows(named=True), read.said, strict=True)
    ]
    blocks: list[Block] = table(("indicator", "demand-of", "as-written/long"), rows, "nothing-read")
    blocks += [Paragraph(words("clearing.left-unread", what=label(both(why))), "warn") for why in read.left]
    return [section("understood", blocks)]
