"""Where a text's sentences, clauses and sections lie.

A line end breaks a sentence only where a paragraph ends: pages torn out of the web put subscripts and linked words on
lines of their own, and a figure's sentence runs on across them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tongtu.brief.document import CELL, HEADING, TITLE, Document
from tongtu.brief.facts.lexicon import Lexicon

_STOP = "。!?;:."
_END = re.compile(rf"[。!?;]|\.(?=\s|$)|\n\s*\n|(?<=[{_STOP}])\s*\n|\n(?=\s)")
_CLAUSE = re.compile(r"[,:()\n]")
_NUMBERED = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部])")
_HEADING = 60  # characters a heading line may have
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Section:
    """From a heading to the next: what it speaks of (`outcome`, `target` or nothing) and the years it names.

    `since` and `until` are those of a plan (十二五) or of the year in the heading; None where it names none.
    """

    start: int
    stance: str
    since: int | None = None
    until: int | None = None


def sentences(text: str, walls: Iterable[int] = ()) -> list[tuple[int, int]]:
    """Spans of the sentences of a folded text, in order; together they cover it. None crosses a wall."""
    places = {match.end() for match in _END.finditer(text)} | {place for place in walls if 0 < place < len(text)}
    return list(pairwise(sorted({0, len(text), *places})))


def parted(gap: str) -> bool:
    """Whether a comma or more lies in a stretch of text."""
    return _CLAUSE.search(gap) is not None


def clause_start(text: str, start: int, at: int) -> int:
    """Where the clause that holds `at` begins, not before `start`."""
    begin, opened = start, 0
    for match in reversed([*_CLAUSE.finditer(text, start, at)]):
        mark = match.group()
        opened += (mark == ")") - (mark == "(")
        if (mark == "(" and opened < 0) or (opened <= 0 and mark in ",:" and not _groups(text, match.start())):
            begin = match.end()
            break
    return begin


def clause_end(text: str, at: int, end: int) -> int:
    """Where the clause that holds `at` ends, not after `end`."""
    for match in _CLAUSE.finditer(text, at, end):
        if match.group() != "\n" and not _groups(text, match.start()):
            return match.start()
    return end


def clause(text: str, start: int, end: int, reach: int = 60) -> tuple[int, int]:
    """The clause around a span, within its sentence and so many characters to either side."""
    before = max([m.end() for m in _END.finditer(text, max(start - reach, 0), start)], default=max(start - reach, 0))
    stop = _END.search(text, end, min(end + reach, len(text)))
    return clause_start(text, before, start), clause_end(
        text, end, stop.start() if stop else min(end + reach, len(text))
    )


def _groups(text: str, at: int) -> bool:
    """Whether a comma stands between digits of one number."""
    return text[at] == "," and text[at - 1 : at].isdigit() and text[at + 1 : at + 4].isdigit()


def sections(document: Document, text: str, lexicon: Lexicon) -> list[Section]:
    """The sections in order, the first from the start of the text; `text` is the document's, folded."""
    found = [Section(0, "")]
    for start, end in _headings(document, text):
        line = text[start:end]
        stance = _stance(line, lexicon)
        since, until = _years(line, lexicon)
        last = found[-1]
        if not stance and since is None:
            stance, since, until = last.stance, last.since, last.until
        found.append(Section(start, stance or last.stance, since, until))
    return found


def section_at(found: list[Section], position: int) -> Section:
    return found[bisect_right(found, position, key=lambda section: section.start) - 1]


def _headings(document: Document, text: str) -> Iterator[tuple[int, int]]:
    """Top headings: those the reader marked, and short numbered lines where it marked none."""
    marked = [(b.start, b.end) for b in document.blocks if b.kind == HEADING and b.level <= 1]
    top = [span for span in marked if _NUMBERED.match(text, *span)] or marked
    if top:
        yield from top
        return
    at = 0
    for line in text.split("\n"):
        if len(line) <= _HEADING and _NUMBERED.match(line) and not line.rstrip().endswith(("。", ";", ",")):
            yield at, at + len(line)
        at += len(line) + 1


def _stance(line: str, lexicon: Lexicon) -> str:
    if lexicon.cue("section_outcome").search(line):
        return "outcome"
    return "target" if lexicon.cue("section_target").search(line) else ""


def _years(line: str, lexicon: Lexicon) -> tuple[int | None, int | None]:
    for name, years in lexicon.plans.items():
        if name in line:
            return years
    named = [int(year) for year in _YEAR.findall(line)]
    return (named[0], named[-1]) if named else (None, None)


def walls(document: Document, text: str) -> list[int]:
    """Places no sentence may cross: the ends of titles, headings and cells."""
    marked = [(b.start, b.end) for b in document.blocks if b.kind in (TITLE, HEADING, CELL)]
    return [place for span in (*marked, *_headings(document, text)) for place in span]
