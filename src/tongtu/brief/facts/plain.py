"""A text folded character by character, so that a place in it is the same place in the source.

Full-width and half-width forms, traditional and simplified characters, and letters of either case become one.
A character that would grow (㎡) and one that only looks like a digit (①, ²) stay as they are.
"""

from __future__ import annotations

import unicodedata

from tongtu.text import fold


class _Table(dict[int, int]):
    """Filled as characters are met."""

    def __missing__(self, point: int) -> int:
        self[point] = found = _folded(chr(point))
        return found


def _folded(char: str) -> int:
    if unicodedata.category(char) == "No":
        return ord(char)
    found = fold(char)
    return ord(found) if len(found) == 1 else ord(char)


_TABLE = _Table()


def plain(text: str) -> str:
    """The folded text, of the same length."""
    return text.translate(_TABLE)
