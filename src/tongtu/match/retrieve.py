"""Candidates: for each need the achievements worth a closer look, from one index over all achievements.

A need is asked as the long text it is: its heaviest terms, each weighted by its frequency, and the
concepts it names. The search is made twice where refused listings crowd out the rest: the first, open one
shows who would have come and is refused; the second leaves out, inside the query, what can be known
beforehand to be refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log

import polars as pl

from tongtu import text
from tongtu.match.listings import Side

_FIELDS: dict[str, text.Kind] = {
    "han": "text",
    "latin": "text",
    "concept": "code",
    "quantity": "code",
    "holder": "code",
    "open": "number",
    "trl": "number",
}
_LONGEST = 64  # terms of a question per field; 0.1 to 2 % of nDCG, a third of the time (decision 0008)
_CONCEPT = 8.0  # a concept weighs what the terms of its name would, were it named alike: about eight
# A share counts for more the more it is a share of: as though each need named one more concept, as rare as
# one listing in a hundred, so that a single chance word is no full agreement (ours).
_ONE_MORE = _CONCEPT * log(100)
_QUANTITY = 4.0  # a quantity in common is half a concept (ours)
_KEPT = 1024  # listings whose terms stay counted

SCHEMA = {"n": pl.Int64, "a": pl.Int64, "lexical": pl.Float64, "concepts": pl.Float64}
Filter = Mapping[str, Collection[str | int]]
#: a row of `SCHEMA`
Candidate = tuple[int, int, float, float | None]


@dataclass(frozen=True, slots=True)
class Question:
    """A need as the index is asked: weighted terms by field, codes, and its score against itself."""

    row: int
    terms: dict[str, dict[str, float]]
    concepts: dict[str, float]
    quantities: dict[str, float]
    own: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Whose listings may not answer a need, and the lowest level it takes."""

    related: list[str]
    trl_min: int | None


class Shelf:
    """The achievements, indexed, and the concepts each of them names."""

    def __init__(
        self, offers: Side, quantities: list[list[str]], holders: list[list[str]], is_open: list[bool]
    ) -> None:
        """Terms by script, concepts, quantities, holders, whether open, level (0 = unknown)."""
        levels = offers.frame["trl"].fill_null(0).to_list()
        documents: Iterator[text.Document] = (
            {
                **offers.terms(row)._asdict(),
                "concept": sorted(offers.named[row]),
                "quantity": quantities[row],
                "holder": holders[row],
                "open": int(is_open[row]),
                "trl": levels[row],
            }
            for row in range(offers.rows)
        )
        self.index = text.build(documents, _FIELDS)
        self.named = offers.named
        self.counts = lru_cache(maxsize=_KEPT)(offers.counts)


def question(need: Side, row: int, quantities: list[str], shelf: Shelf) -> Question:
    """A need's heaviest terms, its concepts, those of the title twice, and the quantities it demands."""
    index = shelf.index
    terms = {field: index.heaviest(field, found, _LONGEST) for field, found in need.counts(row).items()}
    own = sum(index.score(field, found, found) for field, found in terms.items())
    concepts = {
        c: round(_CONCEPT * index.idf("concept", c) * (1 + (c in need.titled[row])), 6) for c in sorted(need.named[row])
    }
    asked = {q: _QUANTITY * index.idf("quantity", q) for q in quantities}
    return Question(row, terms, concepts, asked, own)


def look(asked: Question, shelf: Shelf, limit: int, bar: Bar | None = None) -> list[Candidate]:
    """The `limit` nearest achievements by words and concepts, and half as many by concepts and quantities.

    The second kind is how a listing in other words or another language is found; it is then scored for
    words as well. With a `bar`, only listings that may be eligible.

    `lexical`: BM25 of the terms over that of the need against itself, at most 1. `concepts`: the share
    of the need's concepts, by rarity, that the achievement names (see `_ONE_MORE`); None where the need
    names none.
    """
    codes = {"concept": asked.concepts}
    only: Filter = {} if bar is None else _open_at(bar.trl_min)
    without: Filter = {} if bar is None else {"holder": bar.related}
    both = shelf.index.search(asked.terms, limit=limit, codes=codes, only=only, without=without)
    codes = {**codes, "quantity": asked.quantities}
    alone = shelf.index.search({}, limit=limit // 2, codes=codes, only=only, without=without)
    words = {a: score - _shared(asked, shelf.named[a]) for a, score in zip(*both, strict=True)}
    for a in alone.numbers:
        if a not in words:
            counts = shelf.counts(a)
            words[a] = sum(shelf.index.score(f, found, counts[f]) for f, found in asked.terms.items())
    return [_candidate(asked, a, score, shelf.named[a]) for a, score in words.items()]


def _candidate(asked: Question, a: int, words: float, named: frozenset[str]) -> Candidate:
    total = sum(asked.concepts.values())
    lexical = min(1.0, max(0.0, words) / asked.own) if asked.own else 0.0
    share = round(_shared(asked, named) / (total + _ONE_MORE), 6) if total else None
    return asked.row, a, round(lexical, 6), share


def _shared(asked: Question, named: frozenset[str]) -> float:
    """What concepts add to a score: exactly their weights."""
    return sum(weight for concept, weight in asked.concepts.items() if concept in named)


def _open_at(trl_min: int | None) -> Filter:
    return {"open": [1]} | ({"trl": [0, *range(trl_min, 10)]} if trl_min else {})
