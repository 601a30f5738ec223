"""The sentences of a document that tell something, with the heading they stand under; notes and furniture are none."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tongtu.brief.document import CELL, HEADING, NOTE, TITLE, Block, Document, Span
from tongtu.brief.facts import clauses
from tongtu.brief.facts.plain import plain
from tongtu.brief.reading.sources import is_furniture

LONGEST = 300
"""Characters of a quotation: what is longer is a list or no sentence at all."""
_LEAST = 12  # an ideograph counts two, a word three
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]{2,}")
_OPENING = re.compile(r"[^\w“‘\"'《〈（(【「『\[$¥￥€£≥≤±+~]*[-–—*]*\s*")
_SIGNS, _LETTER = re.compile(r"\S"), re.compile(r"[^\W\d_]")
_TELLING = 0.5  # share of letters among the signs of a sentence, at least


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence: where it stands, the heading above it (empty for none), and its place among the others."""

    span: Span
    text: str
    folded: str
    heading: str
    order: int


def passages(document: Document) -> tuple[Passage, ...]:
    """Every telling sentence in reading order."""
    text, folded = document.text, plain(document.text)
    found: list[Passage] = []
    heading = ""
    for block in document.blocks or tuple(_lines(text)):
        words = text[block.start : block.end]
        if block.kind == HEADING:
            heading = words
        if block.kind in (NOTE, TITLE, HEADING, CELL) or is_furniture(words):
            continue
        for start, end in _sentences(text, folded, block):
            if tells(text[start:end]):
                at = Span(document.id, start, end)
                found.append(Passage(at, text[start:end], folded[start:end], heading, len(found)))
    return tuple(found)


def holding(given: Sequence[Passage], start: int, end: int) -> Passage | None:
    """The passage that holds a span; None where none of them does."""
    at = bisect_right(given, start, key=lambda p: p.span.start) - 1
    return given[at] if at >= 0 and end <= given[at].span.end else None


def tells(text: str) -> bool:
    """Whether a sentence is of a length to be quoted, made of words, and not the opening of a list."""
    if len(text) > LONGEST or text.endswith((":", "：")):
        return False
    signs, letters = len(_SIGNS.findall(text)), len(_LETTER.findall(text))
    return 2 * len(_HAN.findall(text)) + 3 * len(_WORD.findall(text)) >= _LEAST and letters >= _TELLING * signs


def _sentences(text: str, folded: str, block: Block) -> Iterator[tuple[int, int]]:
    """Spans of a block's sentences, without the bullet or sign in front of them."""
    for begin, finish in clauses.sentences(folded[block.start : block.end]):
        start, end = block.start + begin, block.start + finish
        opening = _OPENING.match(text, start, end)
        start = opening.end() if opening else start
        end = start + len(text[start:end].rstrip())
        if start < end and "\n" not in text[start:end]:
            yield start, end


def _lines(text: str) -> Iterator[Block]:
    """A document that was read without blocks: its lines."""
    for match in re.finditer(r"\S[^\n]*", text):
        yield Block(match.start(), match.end(), "paragraph")
