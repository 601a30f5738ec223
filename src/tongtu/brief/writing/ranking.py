"""The telling sentences of a document, best first: TextRank over character trigrams, lifted by the facts they hold.

After Mihalcea and Tarau (2004), with two departures: words are character trigrams, so Chinese and English are ranked
alike, and the matrix of similarities is never formed; power iteration runs through the sentence-by-trigram matrix, so
cost grows with the text and not with its square. Facts lift a sentence because a policy reader looks for them.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tongtu.brief.document import Document, Span
from tongtu.brief.facts import Facts
from tongtu.brief.facts.plain import plain
from tongtu.brief.writing.passages import Passage, passages

#: all ours: damping and rounds of the iteration; what a fact adds to a sentence's worth; how much alike is the same
_DAMPING, _ROUNDS = 0.85, 30
_LIFTS = {"figures": 0.25, "dates": 0.1, "numbers": 0.3, "instruments": 0.2, "actors": 0.1, "directions": 0.05}
_MOST_LIFT = 1.0
_LEAD = 0.3  # what standing first adds; it fades over the first sentences
_LEAD_FADES = 4
_ALIKE, _WITHIN = 0.4, 0.7
_BARE = re.compile(r"[\W_]+")


def ranked(document: Document, facts: Facts | None, *, most: int = 5) -> list[Span]:
    """The spans of at most so many sentences, best first, none of them a near-repeat of another or of the title."""
    given = passages(document)
    return [p.span for p in picked(given, worths(given, facts), most=most, said=[document.title])]


def picked(
    given: Iterable[Passage], worth: Mapping[Span, float], *, most: int, said: Iterable[str] = ()
) -> list[Passage]:
    """The best of these passages; `said` are texts that must not be repeated."""
    held = [grams(plain(text)) for text in said if text]
    found: list[Passage] = []
    for passage in best_first(given, worth):
        if len(found) == most:
            break
        mine = grams(passage.folded)
        if not any(repeats(mine, other) for other in held):
            found.append(passage)
            held.append(mine)
    return found


def best_first(given: Iterable[Passage], worth: Mapping[Span, float]) -> list[Passage]:
    return sorted(given, key=lambda p: (-round(worth[p.span], 9), p.order))


def worths(given: Sequence[Passage], facts: Facts | None) -> dict[Span, float]:
    """A number for each passage: its rank among all (mean 1) times one plus what its facts and place add."""
    central = _centrality([Counter(_trigrams(p.folded)) for p in given])
    return {
        p.span: rank * (1 + lift + _LEAD * max(0.0, 1 - p.order / _LEAD_FADES))
        for p, rank, lift in zip(given, central, _lifts(given, facts), strict=True)
    }


def grams(text: str) -> frozenset[str]:
    """The character trigrams of a folded text."""
    return frozenset(_trigrams(text))


def repeats(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts say nearly the same, or the shorter one lies in the longer."""
    if not one or not other:
        return False
    shared = len(one & other)
    return shared >= _ALIKE * len(one | other) or shared >= _WITHIN * min(len(one), len(other))


def _trigrams(text: str) -> list[str]:
    bare = _BARE.sub("", text)
    return [bare[i : i + 3] for i in range(max(len(bare) - 2, 1))] if bare else []


def _centrality(bags: Sequence[Mapping[str, int]]) -> list[float]:
    import numpy as np

    n = len(bags)
    spread = Counter(gram for bag in bags for gram in bag)
    shared = {gram: k for k, gram in enumerate(gram for gram, count in spread.items() if count > 1)}
    rows: list[int] = []
    columns: list[int] = []
    weights: list[float] = []
    for i, bag in enumerate(bags):
        cells = {shared[g]: c * math.log(1 + n / spread[g]) for g, c in bag.items() if g in shared}
        length = math.sqrt(sum(w * w for w in cells.values())) or 1.0
        rows += [i] * len(cells)
        columns += cells
        weights += [w / length for w in cells.values()]
    if not shared:
        return [1.0] * n
    at, to, weight = np.array(rows), np.array(columns), np.array(weights)

    def near(values: Any) -> Any:
        """Similarity matrix times a vector, without the matrix."""
        terms = np.bincount(to, weight * values[at], len(shared))
        return np.bincount(at, weight * terms[to], n)

    degree = np.maximum(near(np.ones(n)), 1e-12)
    rank = np.ones(n)
    for _ in range(_ROUNDS):
        rank = 1 - _DAMPING + _DAMPING * near(rank / degree)
    return [float(value) for value in rank]


def _lifts(given: Sequence[Passage], facts: Facts | None) -> list[float]:
    found = [0.0] * len(given)
    starts = [p.span.start for p in given]
    for kind, lift in _LIFTS.items() if facts else ():
        for start, end in getattr(facts, kind).select("start", "end").iter_rows():
            n = bisect_right(starts, start) - 1
            if n >= 0 and end <= given[n].span.end:
                found[n] += lift
    return [min(lift, _MOST_LIFT) for lift in found]
