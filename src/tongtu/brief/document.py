"""A document as the whole room reads it: one text, runs of it with their kind, and where it came from.

Every span of the room counts characters of `Document.text`, half open, so a quotation is always a substring
of what was read and never a paraphrase of it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

TITLE, HEADING, PARAGRAPH, ITEM, CELL, NOTE = "title", "heading", "paragraph", "item", "cell", "note"
KINDS = (TITLE, HEADING, PARAGRAPH, ITEM, CELL, NOTE)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of the text that belongs together."""

    start: int
    end: int
    kind: str  # title | heading | paragraph | item | cell | note
    level: int = 0  # of a heading, from 1
    label: str = ""  # article or item number as written: 第三条, （二）, 3.
    page: int | None = None  # of a PDF, from 1
    row: int | None = None  # of a table's cell, from 0
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one document's text, half open."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One report, law or notice: text in NFC, blocks in reading order that do not overlap, and its origin.

    Between two blocks stand only line ends; a block's own text never begins or ends with blanks.
    """

    id: str  # `identity(text, address)`
    text: str
    blocks: tuple[Block, ...]
    title: str
    outlet: str
    address: str
    published: date | None
    language: str  # zh | en | mixed
    official: bool
    kind: str  # text | html | pdf | docx | feed | json

    def quote(self, span: Span) -> str:
        """The words of a span. Raises ValueError where the span is not one of this document."""
        if span.document != self.id or not 0 <= span.start <= span.end <= len(self.text):
            raise ValueError(f"{span} is no span of document {self.id}")
        return self.text[span.start : span.end]

    def block_at(self, position: int) -> Block | None:
        """The block that holds the character at `position`; None between blocks and outside the text."""
        at = bisect_right(self.blocks, position, key=lambda block: block.start) - 1
        return self.blocks[at] if at >= 0 and position < self.blocks[at].end else None


def identity(text: str, address: str) -> str:
    """The first 16 hex digits of SHA-256 over text and address: the same words from the same place, the same id."""
    return hashlib.sha256(f"{text}\n{address}".encode()).hexdigest()[:16]
