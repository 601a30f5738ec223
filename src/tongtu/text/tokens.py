"""Terms of a text by script: overlapping character uni- and bigrams for Chinese, stems for the rest."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import NamedTuple

from tongtu.text.normalise import is_han, stemmer


class Terms(NamedTuple):
    """The two languages share no term, so each has its own field, statistics and length."""

    han: list[str]
    latin: list[str]


def terms(canonical: str) -> Terms:
    """Terms of a text that `canonical` has brought to one spelling.

    Uni- and bigrams need no dictionary and rank better than word segmentation on expert judgments
    (decision 0008). Numbers stay; English words without content are left out.
    """
    han: list[str] = []
    latin: list[str] = []
    empty = stop_words()
    for segment in canonical.split():
        if is_han(segment):
            han += grams(segment)
        elif segment not in empty:
            latin.append(segment)
    return Terms(han, latin)


def grams(run: str) -> list[str]:
    """Characters of a run and its overlapping pairs."""
    return [*run, *[run[i : i + 2] for i in range(len(run) - 1)]]


@cache
def stop_words() -> frozenset[str]:
    """Stems of English words that say nothing about a subject."""
    words = (resources.files(__package__) / "stop_words.txt").read_text(encoding="utf-8").split()
    return frozenset(map(stemmer(), words))
