"""Lines to paragraphs: text that was broken at a margin is joined again, text that was not is left alone.

A paragraph broken at a margin shows it: its lines but the last are about equally wide, and most of them end
in the middle of a sentence. Joining wrongly would invent a sentence; leaving apart only splits one, so every
doubt is decided against joining.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

_STOPS = tuple('.。!！?？;；:：…"”」』)）')
_NARROWEST = 40
_RAGGED = 0.72
"""Lines of words end up to a long word's width before the margin."""
_FULL = 0.85
_BEGINS = re.compile(
    r"\s*(第[〇零一二三四五六七八九十百千\d]+[编章节条款]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[)）]"
    r"|\d+(?:\.\d+)*[.．、]\s*\D|[①-⑳]|[•·●■◆▪*-]\s|——|附件|#)"
)


def width(text: str) -> int:
    """Columns a line takes in a fixed pitch: an ideograph takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def begins(line: str) -> bool:
    """Whether a line opens an article, an item or a heading, whatever stands before it."""
    return _BEGINS.match(line) is not None


def paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Paragraphs of a text file: between blank lines all lines are one where they were broken at a margin."""
    for blank, group in groupby(lines, key=lambda line: not line.strip()):
        if blank:
            continue
        block = [line.strip() for line in group]
        if _was_broken(block):
            yield joined(block)
        else:
            yield from block


def _was_broken(block: Sequence[str]) -> bool:
    widths = [width(line) for line in block]
    margin = max(widths)
    body = block[:-1]
    return (
        len(block) > 2  # two lines of equal width happen by chance
        and margin >= _NARROWEST
        and margin <= 2 * _NARROWEST + 40
        and min(widths[:-1]) >= _RAGGED * margin
        and 3 * sum(line.endswith(_STOPS) for line in body) <= len(body)
        and not any(begins(line) for line in block[1:])
    )


def flowed(lines: Sequence[str], margin: int) -> Iterator[str]:
    """Paragraphs of a page without blank lines: a line that reaches the margin without a stop goes on."""
    held: list[str] = []
    for line in lines:
        if held and not (goes_on(held[-1], margin) and not begins(line)):
            yield joined(held)
            held = []
        held.append(line)
    if held:
        yield joined(held)


def goes_on(line: str, margin: int) -> bool:
    """Whether a line of a page leaves its paragraph open."""
    return margin >= _NARROWEST and width(line) >= _FULL * margin and not line.rstrip().endswith(_STOPS)


def joined(lines: Sequence[str]) -> str:
    """One line of several: a blank between words, none between ideographs nor after a hyphen."""
    text = lines[0]
    for line in lines[1:]:
        close = text.endswith("-") or (_is_wide(text[-1:]) and _is_wide(line[:1]))
        text = f"{text}{'' if close else ' '}{line}"
    return text


def _is_wide(char: str) -> bool:
    return bool(char) and unicodedata.east_asian_width(char) in "WF"
