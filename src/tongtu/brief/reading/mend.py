"""Sentences broken over lines by links, page breaks or copying, made whole before anything is counted.

Joined is only what cannot stand alone: a line that begins with closing punctuation or follows a bracket still
open, and Chinese prose that stops in the middle of a sentence. A heading, a numbered item or a cell ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tongtu.brief.document import PARAGRAPH
from tongtu.brief.reading.characters import han
from tongtu.brief.reading.shape import Line, is_numbered

_CLOSING = "）》」』】〉”’，。、；：！？％"
_PAIRS = (("（", "）"), ("《", "》"), ("「", "」"), ("【", "】"))
_ENDED = re.compile(r"[。！？；：…”’」』）》】.!?;:)\]|]\s*$")
_AHEAD = 3
"""A bracket is closed within so many lines, or it was never meant to be."""
_PROSE = 25
_MOST = 20_000


def mended(lines: Sequence[Line]) -> list[Line]:
    """The lines with broken sentences joined."""
    whole: list[Line] = []
    for at, line in enumerate(lines):
        if whole and _belongs(whole[-1], line, lines[at + 1 : at + _AHEAD]):
            whole[-1] = replace(whole[-1], text=whole[-1].text + line.text)
        else:
            whole.append(line)
    return whole


def _belongs(held: Line, line: Line, following: Sequence[Line]) -> bool:
    """Whether a line is the rest of the sentence that is held."""
    if held.kind != PARAGRAPH or line.kind != PARAGRAPH or len(held.text) > _MOST:
        return False
    if line.text[0] in _CLOSING and han(held.text):
        return True
    if any(closing in text for closing in _open(held.text) for text in _texts(line, following)):
        return True
    prose = "。" in held.text and han(held.text) >= _PROSE and not _ENDED.search(held.text)
    return prose and "。" in line.text and not is_numbered(line.text)


def _open(text: str) -> Iterator[str]:
    """The closing marks that a text still waits for."""
    return (closing for opening, closing in _PAIRS if text.count(opening) > text.count(closing))


def _texts(line: Line, following: Sequence[Line]) -> list[str]:
    return [other.text for other in (line, *following) if other.kind == PARAGRAPH and not is_numbered(other.text)]
