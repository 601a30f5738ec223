"""Candidates: for each question the listings worth a closer look, from one index over all that can answer.

A question is asked as the long text it is: its heaviest terms, each weighted by its frequency, and the
concepts it names. The search is made twice where refused listings crowd out the rest: the first, open one
shows who would have come and is refused; the second leaves out, inside the query, what can be known
beforehand to be refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Protocol

import numpy as np
import polars as pl

from tongtu import text
from tongtu.match.listings import Side
from tongtu.text.forward import Floats, Forward, Ints
from tongtu.text.index import Asked
from tongtu.text.inverted import Inverted

FIELDS: dict[str, text.Kind] = {
    "han": "text",
    "latin": "text",
    "concept": "code",
    "quantity": "code",
    "holder": "code",
    "open": "number",
    "trl": "number",
}
_LONGEST = 64  # terms of a question per field; 0.1 to 2 % of nDCG, a third of the time (decision 0008)
# Terms of a question stand in at most so many listings per field: binding from about 100,000 listings on, where
# the common words of a long text would cost a hundred times what its rare ones do.
_POSTINGS = 200_000
_CONCEPT = 8.0  # a concept weighs what the terms of its name would, were it named alike: about eight
# A share counts for more the more it is a share of: as though each question named one more concept, as rare as
# one listing in a hundred, so that a single chance word is no full agreement (ours).
_ONE_MORE = _CONCEPT * log(100)
_FEW_MORE = 5 * log(100)  # and as though its text had five words more: a need of one word is no full agreement either
_QUANTITY = 4.0  # a quantity in common is half a concept (ours)
_DIGITS = 6

SCHEMA = {"n": pl.Int64, "a": pl.Int64, "lexical": pl.Float64, "concepts": pl.Float64}
Filter = Mapping[str, Collection[str | int]]


@dataclass(frozen=True, slots=True)
class Question:
    """A listing as the index is asked: weighted terms by field, codes, and its score against itself."""

    row: int
    terms: dict[str, dict[str, float]]
    concepts: dict[str, float]
    quantities: dict[str, float]
    own: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Whose listings may not answer a question, and the lowest level it takes."""

    related: list[str]
    trl_min: int | None


class Finder(Protocol):
    """What finds the best listings for weighted terms: an inverted file, or a live index seen by row."""

    def search_many(self, asked: Sequence[Asked], *, limit: int, threads: int = 1) -> list[text.Hits]: ...


class Shelf:
    """The listings that can answer, indexed; `words`, `concepts` and `quantities` score any handful of them.

    `spoken`: names of the quantities each listing speaks of; `holders`: organisations; `index`: where there is one.
    """

    def __init__(
        self,
        offers: Side,
        spoken: Sequence[Sequence[str]],
        holders: Sequence[Sequence[str]],
        is_open: Sequence[bool],
        index: Finder | None = None,
    ) -> None:
        self.words = offers.bags.of
        self.concepts, self.quantities = Forward(map(sorted, offers.named)), Forward(spoken)
        self.index = index or self._turned(offers, holders, is_open)

    def _turned(self, offers: Side, holders: Sequence[Sequence[str]], is_open: Sequence[bool]) -> Inverted:
        """Listings that stand still are found in what is kept of them."""
        codes = {"concept": self.concepts, "quantity": self.quantities, "holder": Forward(holders)}
        return Inverted(self.words, codes, {"open": is_open, "trl": offers.frame["trl"].fill_null(0)})


def documents(
    offers: Side, spoken: Sequence[Sequence[str]], holders: Sequence[Sequence[str]], is_open: Sequence[bool]
) -> Iterator[text.Document]:
    """Listings as the index takes them: terms by script, concepts, quantities, holders, open, level (0 unknown)."""
    levels = offers.frame["trl"].fill_null(0).to_list()
    for row in range(offers.rows):
        terms = {script: forward.terms(row) for script, forward in offers.bags.of.items()}
        codes = {"concept": sorted(offers.named[row]), "quantity": spoken[row], "holder": holders[row]}
        yield {**terms, **codes, "open": int(is_open[row]), "trl": levels[row]}


def question(asking: Side, row: int, quantities: list[str], shelf: Shelf) -> Question:
    """A listing's heaviest terms, its concepts, those of the title twice, and the quantities it speaks of."""
    terms = {
        script: shelf.words[script].heaviest(found, _LONGEST, _POSTINGS) for script, found in asking.counts(row).items()
    }
    own = sum(shelf.words[script].own(found) for script, found in terms.items())
    concepts = {
        c: round(_CONCEPT * shelf.concepts.idf(c) * (1 + (c in asking.titled[row])), _DIGITS)
        for c in sorted(asking.named[row])
    }
    asked = {q: _QUANTITY * shelf.quantities.idf(q) for q in quantities}
    return Question(row, terms, concepts, asked, own)


def look(asked: Question, shelf: Shelf, limit: int, bar: Bar | None = None, near: Sequence[int] = ()) -> pl.DataFrame:
    """`look_many` for one question."""
    return look_many([asked], shelf, limit, [bar], [near])


def look_many(
    asked: Sequence[Question],
    shelf: Shelf,
    limit: int,
    bars: Sequence[Bar | None],
    near: Sequence[Sequence[int]],
    threads: int = 1,
) -> pl.DataFrame:
    """For each question the `limit` nearest listings by words and concepts, half as many by concepts and quantities.

    The second kind, and those that are `near` by other means, is how a listing in other words or another
    language is found; it is then scored for words as well. With a bar, only listings that may be eligible.
    `threads` search at a time; what they find does not depend on them.

    Frame of `SCHEMA`. `lexical`: BM25 of the terms over that of the question against itself (`_FEW_MORE`), at most 1.
    `concepts`: the share of the question's concepts, by rarity, that the answer names (see `_ONE_MORE`); null
    where it names none.
    """
    passing = [_filters(bar) for bar in bars]
    both = [Asked(q.terms, {"concept": q.concepts}, *p) for q, p in zip(asked, passing, strict=True)]
    coded = [{"concept": q.concepts, "quantity": q.quantities} for q in asked]
    alone = [Asked({}, codes, *p) for codes, p in zip(coded, passing, strict=True)]
    wide = shelf.index.search_many(both, limit=limit, threads=threads)
    other = shelf.index.search_many(alone, limit=limit // 2, threads=threads)
    hits = zip(wide, other, near, strict=True)
    rows = [list(dict.fromkeys([*one.numbers, *two.numbers, *more])) for one, two, more in hits]
    return scored(asked, shelf, rows)


def scored(asked: Sequence[Question], shelf: Shelf, listings: Sequence[Sequence[int]]) -> pl.DataFrame:
    """`lexical` and `concepts` of questions and the listings given for each: frame of `SCHEMA`."""
    rows = [np.array(given, np.int64) for given in listings]
    parts = [_shares(question, shelf, given) for question, given in zip(asked, rows, strict=True)]
    found = {
        "n": np.repeat(np.array([question.row for question in asked], np.int64), [len(given) for given in rows]),
        "a": np.concatenate([np.zeros(0, np.int64), *rows]),
        "lexical": np.concatenate([np.zeros(0), *(lexical for lexical, _ in parts)]),
        "concepts": np.concatenate([np.zeros(0), *(shared for _, shared in parts)]),
    }
    return pl.DataFrame(found, schema=SCHEMA, nan_to_null=True).with_columns(
        pl.col("lexical", "concepts").round(_DIGITS)
    )


def _shares(asked: Question, shelf: Shelf, rows: Ints) -> tuple[Floats, Floats]:
    words = sum((shelf.words[script].score(found, rows) for script, found in asked.terms.items()), np.zeros(len(rows)))
    named = sum(asked.concepts.values())
    shared = shelf.concepts.total(asked.concepts, rows) / (named + _ONE_MORE) if named else np.full(len(rows), np.nan)
    return np.minimum(words / (asked.own + _FEW_MORE), 1.0), shared


def _filters(bar: Bar | None) -> tuple[Filter, Filter]:
    """What a listing must hold, and must not."""
    if bar is None:
        return {}, {}
    levels: Filter = {"trl": [0, *range(bar.trl_min, 10)]} if bar.trl_min else {}
    return {"open": [1], **levels}, {"holder": bar.related}
