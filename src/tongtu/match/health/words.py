"""What each side calls things: the words and names only one side uses, and the concept that bridges them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import polars as pl

from tongtu import text
from tongtu.match.listings import Side
from tongtu.registry import concepts

#: `term` stands in `share` of the listings of a side and in `other_share` of the other's. Where the glossary
#: knows it as a name of `concept`, `bridge` is the other side's commonest name for that, null where it has none.
TERMS = {
    "direction": pl.String, "side": pl.String, "rank": pl.Int64, "term": pl.String, "n": pl.Int64,
    "share": pl.Float64, "other_share": pl.Float64, "concept": pl.String, "bridge": pl.String,
}  # fmt: skip
_SIDES = ("demand", "supply")
_TOP = 10
_FEWEST = 3  # listings a term must stand in (ours)
_DIGITS = 4
_ALWAYS = 0.8  # of the places of a pair of characters, the share that makes what stands beside it part of a word
_LONGEST = 8  # characters of a word
_READ = 500  # listings read to find the word a pair of characters is part of

Row = dict[str, Any]


def content(canonical: str) -> frozenset[str]:
    """Terms that say what a text is about: pairs of characters and stems; no lone characters, no numbers."""
    han, latin = text.terms(canonical)
    return frozenset(term for term in (*han, *latin) if len(term) > 1 and not term[0].isdigit())


class Names:
    """Which names of the glossary each listing of two sides uses; of names within one another the longest."""

    def __init__(self, demand: Side, supply: Side, known: concepts.Glossary) -> None:
        self._known = known
        self._used = {name: _names(side, known) for name, side in zip(_SIDES, (demand, supply), strict=True)}
        pairs = known.patterns.filter(pl.col("concept").n_unique().over("pattern") == 1).iter_rows()
        self._concept = dict(pairs)

    def one_sided(self, direction: str | None, rows: Mapping[str, Sequence[int]]) -> list[Row]:
        """Names that one side uses and the other does not, of concepts both may name; the commonest first."""
        counted = {side: Counter(name for row in rows[side] for name in self._used[side][row]) for side in _SIDES}
        found = []
        for side, other in (_SIDES, _SIDES[::-1]):
            own = [(n, name) for name, n in counted[side].items() if n >= _FEWEST and name in self._concept]
            only = sorted(
                ((n, name) for n, name in own if not counted[other][name]), key=lambda pair: (-pair[0], pair[1])
            )
            for rank, (n, name) in enumerate(only[:_TOP], start=1):
                concept = self._concept[name]
                found.append({
                    "direction": direction, "side": side, "rank": rank, "term": name.strip(), "n": n,
                    "share": round(n / len(rows[side]), _DIGITS), "other_share": 0.0, "concept": concept,
                    "bridge": self._commonest(concept, counted[other]),
                })  # fmt: skip
        return found

    def _commonest(self, concept: str, counted: Counter[str]) -> str | None:
        named = [(-n, name) for name, n in counted.items() if self._concept.get(name) == concept]
        return min(named)[1].strip() if named else None


def one_sided(
    direction: str | None,
    terms: Mapping[str, Sequence[frozenset[str]]],
    texts: Mapping[str, Sequence[str]],
    ranked: Mapping[str, int],
) -> list[Row]:
    """Words that stand in the listings of one side alone, the commonest first.

    `terms` and canonical `texts`: by side, of each listing; `ranked`: rows each side has already.
    """
    counted = {side: Counter(term for listing in terms[side] for term in listing) for side in _SIDES}
    found = []
    for side, other in (_SIDES, _SIDES[::-1]):
        own = ((n, term) for term, n in counted[side].items() if n >= _FEWEST and not counted[other][term])
        top = sorted(own, key=lambda pair: (-pair[0], pair[1]))[: 2 * _TOP]
        whole = dict.fromkeys(_whole(term, texts[side]) for _, term in top)
        for rank, term in enumerate([*whole][:_TOP], start=ranked.get(side, 0) + 1):
            n = sum(term in one for one in texts[side])
            found.append({
                "direction": direction, "side": side, "rank": rank, "term": term.strip(), "n": n,
                "share": round(n / len(texts[side]), _DIGITS), "other_share": 0.0,
            })  # fmt: skip
    return found


def _whole(term: str, texts: Sequence[str]) -> str:
    """The longest string that nearly always stands around a pair of characters; a stem as it is, between spaces."""
    if not text.is_han(term):
        return f" {term} "
    around = list(islice((one for one in texts if term in one), _READ))
    while len(term) < _LONGEST:
        after = Counter(one[place + len(term)] for one in around if (place := one.find(term)) + len(term) < len(one))
        before = Counter(one[place - 1] for one in around if (place := one.find(term)) > 0)
        grown = [(n, term + key) for key, n in after.items() if text.is_han(key)]
        grown += [(n, key + term) for key, n in before.items() if text.is_han(key)]
        often, longer = max(grown, default=(0, term))
        if often < _ALWAYS * len(around):
            break
        term = longer
        around = [one for one in around if term in one]
    return term


def _names(side: Side, known: concepts.Glossary) -> list[frozenset[str]]:
    """The patterns each listing's text holds; one that stands within a longer one of the same text is left out."""
    names = known.patterns["pattern"].unique(maintain_order=True).to_list()
    if not names or not side.rows:
        return [frozenset()] * side.rows
    texts = pl.Series(side.texts, dtype=pl.String)
    frame = pl.DataFrame({"text": texts}).select(
        pl.col("text").str.extract_many(names, overlapping=True).alias("found")
    )
    return [_longest(found or []) for found in frame["found"].to_list()]


def _longest(found: Sequence[str]) -> frozenset[str]:
    every = set(found)
    return frozenset(name for name in every if not any(name != other and name in other for other in every))
