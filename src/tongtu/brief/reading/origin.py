"""Title, outlet, day and address of a document: by the file's own hints, else by lines of its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongtu.brief.dates import dates_in
from tongtu.brief.document import CELL, TITLE, Block, Document, identity
from tongtu.brief.reading import sources
from tongtu.brief.reading.characters import han, language_of, words

_HEAD, _TAIL = 12, 8
"""Lines at the top in which a day and an outlet are looked for, and lines at the end that may sign."""
_LONGEST = 80
_BARE = 12
"""Ideographs or words that may stand beside a day on its line: （2026年1月16日发布）, 工业和信息化部 2026年1月16日."""
_OTHER_DAY = re.compile(
    r"[:：]|截止|[前起止至]|施行|实施|生效|有效|举行|召开|开幕|before|until|from|effective|deadline", re.I
)
"""A day beside these is that of something else."""
_SUBTITLE = re.compile(r"^[—–-]{1,2}")


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file or page says of itself; unknown is empty."""

    title: str = ""
    published: date | None = None
    outlet: str = ""
    address: str = ""
    outlet_otherwise: str = ""
    """Where neither a hint nor a line names one."""


def documented(text: str, blocks: tuple[Block, ...], hints: Hints, kind: str) -> Document:
    """A document of its text and blocks, with its origin looked up."""
    lines = [text[block.start : block.end] for block in blocks if block.kind != CELL]
    address = hints.address or next((found for line in lines if (found := sources.address_in(line))), "")
    outlet = _outlet(hints, lines, address)
    return Document(
        id=identity(text, address),
        text=text,
        blocks=blocks,
        title=next((text[b.start : b.end] for b in blocks if b.kind == TITLE), hints.title),
        outlet=outlet,
        address=address,
        published=hints.published or published_in(lines),
        language=language_of(text),
        official=sources.is_official(outlet, address),
        kind=kind,
    )


def _outlet(hints: Hints, lines: Sequence[str], address: str) -> str:
    """By the hint, a line that names it at the top or the end, a dateline, or the address; by its usual name."""
    ends = (*lines[:_HEAD], *lines[-_TAIL:])
    named = hints.outlet or next((found for line in ends if (found := sources.source_in(line))), "")
    named = named or next((found for line in lines[:_HEAD] if (found := sources.dateline_in(line))), "")
    named = named or hints.outlet_otherwise
    if not named:
        at = sources.at_address(address)
        return at.name if at else ""
    known = sources.known(named)
    return known.name if known else named


def published_in(lines: Sequence[str]) -> date | None:
    """The day a text says it was published: a line that says so or names the source, one that is little but a day."""
    head = [line for line in lines[:_HEAD] if len(line) <= _LONGEST]
    tail = [line for line in lines[-_TAIL:] if len(line) <= _LONGEST]
    labelled = (line for line in (*head, *tail) if sources.tells_when(line) or sources.source_in(line))
    bare = (line for line in (*head, *reversed(tail)) if _is_little_but_a_day(line))
    return next((day for line in (*labelled, *bare) if (day := day_in(line))), None)


def day_in(text: str) -> date | None:
    """The first day a text names to the day."""
    return next((found.day for found in dates_in(text) if found.precision == "day"), None)


def _is_little_but_a_day(line: str) -> bool:
    found = dates_in(line)
    if len(found) != 1 or found[0].precision != "day" or found[0].day != found[0].last:
        return False
    rest = line[: found[0].start] + line[found[0].end :]
    said = han(rest) + words(rest)
    return bool(_SUBTITLE.match(line)) or (said <= _BARE and not _OTHER_DAY.search(rest))
