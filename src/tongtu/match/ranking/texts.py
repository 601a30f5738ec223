"""Texts counted for ranking, plainly and by place: openings say what a text is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from tongtu import text
from tongtu.text.tokens import grams, stop_words

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

#: a term at the very beginning counts 1 + _OPENING times; after _REACH words the excess is down to a third
_OPENING, _REACH = 5.0, 30.0
_HAN_WORDS = 0.5  # words a Chinese character stands for, when places are counted

Counts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a text has each term; the same with each time weighed by its place; and pairs of neighbouring words.

    Chinese has no pairs of words, since its terms are pairs of characters.
    """

    plain: Counts
    terms: Counts
    pairs: Counts


def count(written: str) -> Counted:
    """A text, counted."""
    plain: dict[str, float] = {}
    terms: dict[str, float] = {}
    pairs: dict[str, float] = {}
    place, before = 0.0, ""
    for segment in text.canonical(written).split():
        han = text.is_han(segment)
        if han or segment not in stop_words():
            for term, at in _places(segment, han, place):
                plain[term] = plain.get(term, 0.0) + 1
                terms[term] = terms.get(term, 0.0) + 1 + _OPENING * exp(-at / _REACH)
        if not han and segment not in stop_words():
            if before:
                pair = f"{before} {segment}"
                pairs[pair] = pairs.get(pair, 0.0) + 1
            before = segment
        place += len(segment) * _HAN_WORDS if han else 1
    return Counted(plain, terms, pairs)


def _places(segment: str, han: bool, place: float) -> Iterator[tuple[str, float]]:
    if not han:
        yield segment, place
        return
    for n, gram in enumerate(grams(segment)):
        yield gram, place + n % len(segment) * _HAN_WORDS


def vocabulary(counted: Iterable[Counts]) -> dict[str, int]:
    """Term → column, in the order of the terms."""
    return {term: n for n, term in enumerate(sorted(set(chain.from_iterable(counted))))}


def matrix(counted: Sequence[Counts], columns: Mapping[str, int]) -> csr_array:
    """A row for each text; terms outside the vocabulary are left out."""
    from scipy.sparse import csr_array

    rows = [[(columns[t], n) for t, n in sorted(one.items()) if t in columns] for one in counted]
    ends = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=ends[1:])
    flat = list(chain.from_iterable(rows))
    indices = np.fromiter((column for column, _ in flat), np.int32, len(flat))
    data = np.fromiter((n for _, n in flat), np.float32, len(flat))
    return csr_array((data, indices, ends), shape=(len(rows), len(columns)))
