"""Several reports in one file told apart: where a new headline, outlet, day or language begins.

A cut is made where one of five rules says so, with its reason, and only between stretches that say enough to
be a report of their own. A law with its annexes or an article with sections is one report: numbered headings
never begin a new one. The whole document stays the measure: a part is a substring of it and knows its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tongtu.brief.document import NOTE, Block, Document, Span
from tongtu.brief.reading import origin, shape, sources
from tongtu.brief.reading.characters import language_of, weight
from tongtu.terms.why import Label, Why

_LEAST = 100
"""Ours: a report says at least so much, counted in ideographs."""
_RULE = re.compile(r"\s*([=*_~#\-—–─·•◆★])(?:\s*\1){4,}\s*")
_WORTH = 4
_MOST_TURNS = 3
"""Texts that change language more often are written in two languages, not two reports."""
_LANGUAGES = {"zh": Label("中文", "Chinese"), "en": Label("英文", "English")}


@dataclass(frozen=True, slots=True)
class Part:
    """One report, where it stands in the whole text, and why it begins there."""

    document: Document
    start: int
    end: int
    why: Why

    def in_whole(self, span: Span, whole: Document) -> Span:
        """A span of the part as a span of the whole. Raises ValueError where it is not the part's."""
        self.document.quote(span)
        return Span(whole.id, span.start + self.start, span.end + self.start)


@dataclass(frozen=True, slots=True)
class _Stretch:
    language: str
    at: int  # its first block
    weight: int


@dataclass(frozen=True, slots=True)
class _Cut:
    at: int  # the block that begins the next report
    why: Why
    outlet: str = ""


def parts(document: Document) -> tuple[Part, ...]:
    """The reports of one file, in order; a file with one report gives that document itself."""
    cuts = _cuts(document)
    if not cuts:
        return (Part(document, 0, len(document.text), Why("brief_reading.part-whole")),)
    first = _Cut(0, Why("brief_reading.part-first", {"parts": len(cuts) + 1}))
    ends = [cut.at for cut in cuts] + [len(document.blocks)]
    found = [_part(document, cut, end) for cut, end in zip((first, *cuts), ends, strict=True)]
    return (_heir(found, document), *found[1:])


def _part(whole: Document, cut: _Cut, end: int) -> Part:
    blocks = whole.blocks[cut.at : end]
    start, stop = blocks[0].start, blocks[-1].end
    given = [shape.Line(whole.text[b.start : b.end], b.kind, b.level, b.label, b.page, b.row, b.column) for b in blocks]
    placed = tuple(
        replace(b, start=b.start - start, end=b.end - start, kind=line.kind, level=line.level, label=line.label)
        for b, line in zip(blocks, shape.shaped(given, ""), strict=True)
    )
    hints = origin.Hints(address=whole.address, outlet_otherwise=cut.outlet)
    return Part(origin.documented(whole.text[start:stop], placed, hints, whole.kind), start, stop, cut.why)


def _heir(found: Sequence[Part], whole: Document) -> Part:
    """The first report, with the outlet and day of the whole file unless those are another report's."""
    first, others = found[0].document, [part.document for part in found[1:]]
    outlet = first.outlet or ("" if whole.outlet in [other.outlet for other in others] else whole.outlet)
    day = None if whole.published in [other.published for other in others] else whole.published
    official = sources.is_official(outlet, first.address)
    heir = replace(first, outlet=outlet, published=first.published or day, official=official)
    return replace(found[0], document=heir)


def _cuts(document: Document) -> list[_Cut]:
    """The cuts that leave enough on either side; of two close together the first."""
    lines = [document.text[block.start : block.end] for block in document.blocks]
    said = [0 if block.kind == NOTE else weight(line) for block, line in zip(document.blocks, lines, strict=True)]
    kept: list[_Cut] = []
    begun = 0
    for cut in sorted(_proposed(document, lines), key=lambda cut: cut.at):
        if sum(said[begun : cut.at]) >= _LEAST and sum(said[cut.at :]) >= _LEAST:
            kept.append(cut)
            begun = cut.at
    return kept


def _proposed(document: Document, lines: Sequence[str]) -> Iterator[_Cut]:
    headlines = {n for n, block in enumerate(document.blocks) if _is_headline(block, lines[n])}
    title = _key(document.title)
    for at in sorted(headlines - {0}):
        before, after = lines[at - 1], lines[at + 1 : at + 4]
        if title and len(title) > 4 and _key(lines[at]) == title:
            yield _Cut(at, Why("brief_reading.part-title-again", {"title": document.title}))
        elif _RULE.fullmatch(before):
            yield _Cut(at, Why("brief_reading.part-separator", {"line": before.strip()[:20]}))
        elif named := sources.source_in(before):
            yield _Cut(at, Why("brief_reading.part-after-source", {"outlet": named}), outlet=named)
        elif found := next((line for line in after if _is_masthead(line)), ""):
            yield _Cut(at, Why("brief_reading.part-masthead", {"headline": lines[at], "line": found}))
    yield from _turns(document.blocks, lines)


def _is_headline(block: Block, line: str) -> bool:
    return shape.is_headline(shape.Line(line, block.kind, block.level, block.label)) and not _RULE.fullmatch(line)


def _is_masthead(line: str) -> bool:
    """A line below a headline that names the outlet or the day; one that closes a text names it as well."""
    told = sources.tells_when(line) and origin.day_in(line) is not None
    return told or bool(sources.source_in(line) or sources.dateline_in(line))


def _turns(blocks: Sequence[Block], lines: Sequence[str]) -> Iterator[_Cut]:
    """Where a long stretch in one language follows a long stretch in the other."""
    turns = [stretch for stretch in _stretches(blocks, lines) if stretch.weight >= _LEAST]
    cuts = [(one, other) for one, other in pairwise(turns) if one.language != other.language]
    if len(cuts) <= _MOST_TURNS:
        for one, other in cuts:
            said = {"before": _LANGUAGES[one.language], "after": _LANGUAGES[other.language]}
            yield _Cut(other.at, Why("brief_reading.part-language", said))


def _stretches(blocks: Sequence[Block], lines: Sequence[str]) -> Iterator[_Stretch]:
    """Lines in one language on end, but for notes and lines that say next to nothing."""
    held: _Stretch | None = None
    for at, line in enumerate(lines):
        language, says = language_of(line), weight(line)
        if blocks[at].kind == NOTE or language == "mixed" or says < _WORTH:
            continue
        if held and held.language == language:
            held = _Stretch(language, held.at, held.weight + says)
            continue
        if held:
            yield held
        held = _Stretch(language, at, says)
    if held:
        yield held


def _key(text: str) -> str:
    return "".join(char for char in text if char.isalnum()).casefold()
