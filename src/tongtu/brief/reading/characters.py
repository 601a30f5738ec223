"""Characters: what may stand in a document's text, and which language they are."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\ud800-\udfff\ufeff\u200b\u200e\u200f\u2060\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff]"
)
"""Control characters, marks of byte order, and what makes text look other than it is (bidirectional overrides)."""
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[ \t\xa0]+")
_NOT_HAN = re.compile("[^\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")
_WORDS = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*")
_SHARE = 0.15
"""Ours: below this share of the words, another language is quoted, not written."""


def clean(text: str) -> str:
    """NFC with plain line ends, runs of blanks as one, and nothing that cannot be seen. Doing it twice changes nothing.

    >>> clean("a\\r\\nb\\u202e  c")
    'a\\nb c'
    """
    text = _UNSEEN.sub("", _BREAKS.sub("\n", text))
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", text))


def han(text: str) -> int:
    """How many ideographs."""
    return len(_NOT_HAN.sub("", text))


def words(text: str) -> int:
    """How many words in Latin letters."""
    return len(_WORDS.findall(text))


def weight(text: str) -> int:
    """How much is said, in ideographs: an English word says about as much as one and a half."""
    return han(text) + 3 * words(text) // 2


def language_of(text: str) -> str:
    """zh, en or mixed, by ideographs and Latin words; a text of neither counts as en."""
    ours, total = han(text), han(text) + words(text)
    if ours <= _SHARE * total:
        return "en"
    return "zh" if ours >= (1 - _SHARE) * total else "mixed"
