"""Bringing a text to the one spelling that is compared: folded characters, then segments.

Everything that compares texts (the index, concept search, names of quantities, near-duplicates) starts
from `canonical`, so that what one room finds equal every room finds equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_IDEOGRAPHS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))  # the blocks that ordinary texts use
_HAN_START = re.compile(f"[{_HAN}]")
# A number keeps one letter that follows it alone ("6g", "3d"), so that names of generations stay whole,
# while "10ghz" becomes a number and its unit just as "10 GHz" does.
_SEGMENT = re.compile(
    rf"[{_HAN}]+"
    rf"|\d+(?:\.\d+)?(?:[^\W\d_{_HAN}](?![^\W_{_HAN}]))?"
    rf"|[^\W\d_{_HAN}][^\W_{_HAN}]*"
)


def fold(text: str) -> str:
    """Compatibility forms (NFKC), lower case and simplified characters; nothing is cut or joined."""
    text = unicodedata.normalize("NFKC", text).lower()
    table, traditional = _simplified()
    return text if traditional.isdisjoint(text) else text.translate(table)


def segments(text: str) -> list[str]:
    """The runs of Chinese characters, the words and the numbers of a text, folded, in their order."""
    return _SEGMENT.findall(fold(text))


def canonical(text: str) -> str:
    """Segments with English words stemmed, a space on either side of each: `" 介电 loss 10 ghz "`.

    A pattern made the same way is found by plain substring search: spaces keep an English pattern from
    matching inside a word, while Chinese has no such border.
    """
    stem = stemmer()
    found = segments(text)
    return f" {' '.join([s if is_han(s) else stem(s) for s in found])} " if found else ""


def phrase(key: str) -> str:
    """A canonical spelling as it stands inside canonical texts: English with a border on either side, Chinese without.

    Empty where there is nothing to look for.
    """
    key = key.strip()
    before, after = ("" if is_han(end) else " " for end in (key, key[-1:]))
    return f"{before}{key}{after}" if key else ""


def is_han(segment: str) -> bool:
    """Whether a segment is a run of Chinese characters."""
    return segment >= "\u3400" and _HAN_START.match(segment) is not None


def surfaces(text: str) -> dict[str, str]:
    """Stem → the word as first written, for showing a stem to people (`ltcc` → `LTCC`)."""
    stem = stemmer()
    found: dict[str, str] = {}
    for segment in _SEGMENT.findall(unicodedata.normalize("NFKC", text)):
        if not is_han(segment):
            found.setdefault(stem(segment.lower()), segment)
    return found


@cache
def stemmer() -> Callable[[str], str]:
    """English Snowball (Porter 2) as tantivy ships it, remembering the words it has seen."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    analyzer = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()

    @lru_cache(maxsize=1 << 18)
    def stem(word: str) -> str:
        return str(analyzer.analyze(word)[0])

    return stem


@cache
def _simplified() -> tuple[dict[int, str], frozenset[str]]:
    """Character folding by OpenCC, once for all ideographs, and the characters that it changes."""
    import opencc

    every = [chr(point) for first, last in _IDEOGRAPHS for point in range(first, last)]
    folded = (
        opencc.OpenCC("t2s").convert("\n".join(every)).split("\n")
    )  # a line each, so that no phrase rule joins them
    pairs = {old: new for old, new in zip(every, folded, strict=True) if old != new and len(new) == 1}
    return str.maketrans(pairs), frozenset(pairs)
