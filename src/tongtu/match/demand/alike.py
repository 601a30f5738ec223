"""Which listings are alike: rows of concepts and words, neighbours within blocks, and average-link groups.

A listing is a unit row: the glossary's concepts it names, weighed by rarity and twice where the title names
them, beside its heaviest words; the cosine of two rows is their likeness. Nothing here compares everything
with everything:

1. *Blocking.* Listings that share a concept or one of their heaviest words meet in a block; a block too large
   is gone through by windows over its sorted members (Hernández and Stolfo's sorted neighbourhood, 1995).
   In a block, neighbours are looked for among random projections (Johnson and Lindenstrauss), and what looks
   near is compared exactly.
2. *Average link.* The mean cosine between all members of two groups is the product of their sums over their
   sizes, so it is exact at any size. All pairs of groups that are each other's nearest merge at once, which
   gives the tree that merging the nearest one by one gives, since average link is reducible (Murtagh, 1983).
   A chain of look-alikes does not hold together: its ends pull the mean down.

We depart from the textbook in one thing: two groups of which no members ever met in a block are not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tongtu.match.listings import Side
from tongtu.text import vectors

#: unit rows: a `scipy.sparse.csr_array`, which has no types
Rows = Any

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: two rows and their likeness, for each pair of rows that may be alike
Edges = tuple[Ints, Ints, Floats]

#: the mean likeness that holds a group together (ours; chosen on planted groups, see the tests)
LEAST = 0.55
_CONCEPTS = 0.75  # the share of concepts in a likeness, words having the rest (ours)
_PLACE = 0.3  # what a field of use counts beside what is used there (ours)
_WORDS = 48  # heaviest words of a row that count
_KEYS = 3  # of its concepts and of its words, how many bring a listing into a block
_LARGEST = 800  # members of a block that are all compared
_NEIGHBOURS = 6  # that a member keeps of each block
_DIMENSIONS = 128
_SLACK = 0.2  # by how much a projection may understate a likeness
_CHUNK = 100_000  # pairs compared exactly at a time
_DIGITS = 6


def rows_of(*given: Side, places: Collection[str] = ()) -> list[Rows]:
    """Unit rows of the listings of some sides, in one space: rarity is counted over all of them.

    `places`: concepts that say where a thing is used rather than what it is (see `applications`); they count less.
    """
    from scipy.sparse import hstack  # type: ignore[import-untyped]

    words, named = _words(given), _concepts(given, places)
    whole = hstack([_CONCEPTS**0.5 * named, (1 - _CONCEPTS) ** 0.5 * words], format="csr")
    whole, ends = _unit(whole), np.cumsum([0, *(side.rows for side in given)])
    return [whole[first:last] for first, last in pairwise(ends.tolist())]


def vstacked(parts: Sequence[Rows]) -> Rows:
    """Rows of several sides under one another."""
    from scipy.sparse import vstack

    return vstack(parts, format="csr")


def applications(glossary: pl.DataFrame) -> frozenset[str]:
    """Concepts of the pack's glossary that are fields of use."""
    if "kind" not in glossary.columns:
        return frozenset()
    return frozenset(glossary.filter(pl.col("kind") == "application")["concept"].to_list())


def concept_columns(*given: Side) -> dict[str, int]:
    """Concept → its column in the rows; words follow."""
    return {c: k for k, c in enumerate(sorted({c for side in given for named in side.named for c in named}))}


def neighbours(rows: Rows, concepts: int, *, least: float = LEAST, seed: int = 0) -> Edges:
    """Pairs (i < j) of rows at least so alike, of those that share a block; concepts are the first columns."""
    flat = _projected(rows, seed)
    found = [_near(flat, block, least - _SLACK) for block in _blocks(rows, concepts)]
    pairs = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    i, j = pairs // rows.shape[0], pairs % rows.shape[0]
    likeness = dots(rows, rows, i, j)
    kept = likeness >= least
    return i[kept], j[kept], likeness[kept]


def groups(rows: Rows, edges: Edges, *, least: float = LEAST) -> Ints:
    """The group of each row, numbered from 0 by first member: average link down to `least`."""
    i, j, likeness = edges
    label, sums, sizes = np.arange(rows.shape[0]), rows, np.ones(rows.shape[0], np.int64)
    while len(i):
        into = _merging(i, j, likeness, len(sizes))
        kept, into = np.unique(into, return_inverse=True)
        changed = np.bincount(into, minlength=len(kept)) > 1
        label, sums, sizes = into[label], _summed(sums, into, len(kept)), np.bincount(into, sizes).astype(np.int64)
        i, j, likeness = _joined(into[i], into[j], likeness, len(kept))
        stale = changed[i] | changed[j]
        likeness[stale] = dots(sums, sums, i[stale], j[stale]) / (sizes[i[stale]] * sizes[j[stale]])
        likeness = likeness.round(_DIGITS)
        near = likeness >= least
        i, j, likeness = i[near], j[near], likeness[near]
    first = np.unique(label, return_index=True)[1]
    return np.asarray(np.argsort(np.argsort(first))[label], np.int64)


def fits(rows: Rows, label: Ints) -> Floats:
    """Each row's mean likeness to the other members of its group; NaN where it is alone."""
    sizes = np.bincount(label)[label]
    sums = _summed(rows, label, int(label.max(initial=-1)) + 1)
    every = np.arange(len(label))
    alone = sizes == 1
    mean = (dots(rows, sums, every, label) - dots(rows, rows, every, every)) / np.maximum(sizes - 1, 1)
    return np.where(alone, np.nan, mean.round(_DIGITS))


def centres(rows: Rows, label: Ints) -> Rows:
    """Unit rows of the groups' means."""
    return _unit(_summed(rows, label, int(label.max(initial=-1)) + 1))


def dots(left: Rows, right: Rows, i: Ints, j: Ints) -> Floats:
    """The products of rows i of one with rows j of the other."""
    found = np.zeros(len(i))
    for first in range(0, len(i), _CHUNK):
        part = slice(first, first + _CHUNK)
        found[part] = np.asarray(left[i[part]].multiply(right[j[part]]).sum(axis=1)).ravel()
    return found.round(_DIGITS)


# ------------------------------------------------------------------------------------------ rows


def _words(given: Sequence[Side]) -> Rows:
    """TF-IDF of the heaviest words of each listing; a lone character or digit is no word."""
    pool: dict[str, str] = {}  # one string for all the places of a term, or a nation's would fill the memory
    texts = [
        [pool.setdefault(term, term) for term in side.words(k) if len(term) > 1]
        for side in given
        for k in range(side.rows)
    ]
    space = vectors.fit(texts, rank=0, most=max(len(texts), 1))
    return _heaviest(space.tfidf(texts))


def _heaviest(rows: Rows) -> Rows:
    """Rows with only their largest entries; of equal ones the first columns."""
    from scipy.sparse import csr_array

    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((rows.indices, -rows.data.round(_DIGITS), row))
    place = np.arange(len(order)) - rows.indptr[row[order]]
    kept = np.sort(order[place < _WORDS])
    ends = np.concatenate([[0], np.cumsum(np.bincount(row[kept], minlength=rows.shape[0]))])
    return _unit(csr_array((rows.data[kept], rows.indices[kept], ends), shape=rows.shape))


def _concepts(given: Sequence[Side], places: Collection[str]) -> Rows:
    from scipy.sparse import csr_array

    columns = concept_columns(*given)
    listed = [(named, titled) for side in given for named, titled in zip(side.named, side.titled, strict=True)]
    counted = Counter(c for named, _ in listed for c in named)
    entries = [
        (r, columns[c], (1 + (c in t)) * (_PLACE if c in places else 1.0))
        for r, (named, t) in enumerate(listed)
        for c in sorted(named)
    ]
    row, column = np.array([entry[:2] for entry in entries], np.int64).reshape(-1, 2).T
    times = np.array([entry[2] for entry in entries], float)
    often = np.array([counted[c] for c in columns], float)
    rarity = np.log(max(len(listed), 1) / np.maximum(often, 1)) + 1
    return _unit(csr_array((times * rarity[column], (row, column)), shape=(len(listed), len(columns))))


def _unit(rows: Rows) -> Rows:
    from scipy.sparse import csr_array, diags_array

    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scaled = diags_array(1 / np.where(length > 0, length, 1)) @ rows
    found = csr_array(scaled)
    found.sort_indices()
    return found


def _projected(rows: Rows, seed: int) -> NDArray[np.float32]:
    draw = np.random.default_rng(seed)
    axes = draw.standard_normal((rows.shape[1], _DIMENSIONS), dtype=np.float32) / np.float32(_DIMENSIONS**0.5)
    return np.asarray(rows.astype(np.float32) @ axes)


# ------------------------------------------------------------------------------------------ neighbours


def _blocks(rows: Rows, concepts: int) -> Iterator[Ints]:
    """Rows that share a concept or one of their heaviest words, at most `_LARGEST` at a time."""
    keys = _keys(rows, concepts).tocsc()
    signature = _signature(rows)
    for column in range(keys.shape[1]):
        members = keys.indices[keys.indptr[column] : keys.indptr[column + 1]].astype(np.int64)
        if len(members) > _LARGEST:
            yield from _windows(members[np.lexsort((members, *signature[members].T[::-1]))])
        elif len(members) > 1:
            yield np.sort(members)


def _keys(rows: Rows, concepts: int) -> Rows:
    """The columns that bring each row into a block: its heaviest concepts, and words that not too many share."""
    from scipy.sparse import csr_array

    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    often = np.bincount(rows.indices, minlength=rows.shape[1])[rows.indices]
    of_use = (often > 1) & ((rows.indices < concepts) | (often <= _LARGEST))
    row, column, weight = row[of_use], rows.indices[of_use], rows.data[of_use]
    is_word = column >= concepts
    order = np.lexsort((column, -weight.round(_DIGITS), is_word, row))
    row, column, is_word = row[order], column[order], is_word[order]
    kind = 2 * row + is_word
    place = np.arange(len(kind)) - np.searchsorted(kind, kind)
    kept = place < _KEYS
    ones = np.ones(int(kept.sum()))
    return csr_array((ones, (row[kept], column[kept])), shape=rows.shape)


def _signature(rows: Rows) -> Ints:
    """The two heaviest columns of each row, by which the members of a large block are put in order."""
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((rows.indices, -rows.data.round(_DIGITS), row))
    place = np.arange(len(order)) - rows.indptr[row[order]]
    found = np.full((rows.shape[0], 2), -1, np.int64)
    for rank in range(2):
        at = order[place == rank]
        found[row[at], rank] = rows.indices[at]
    return found


def _windows(members: Ints) -> Iterator[Ints]:
    """Overlapping by a quarter, so that neighbours in the order meet at least once."""
    step = 3 * _LARGEST // 4
    for first in range(0, max(len(members) - _LARGEST + step, 1), step):
        yield np.sort(members[first : first + _LARGEST])


def _near(flat: NDArray[np.float32], members: Ints, least: float) -> Ints:
    """Each member's nearest in its block, as i·n + j with i < j."""
    likeness = flat[members] @ flat[members].T
    np.fill_diagonal(likeness, -1)
    count = min(_NEIGHBOURS, len(members) - 1)
    best = np.argpartition(likeness, -count, axis=1)[:, -count:]
    who = np.repeat(np.arange(len(members)), count)
    there = best.ravel()
    kept = likeness[who, there] >= least
    one, other = members[who[kept]], members[there[kept]]
    return np.asarray(np.minimum(one, other) * len(flat) + np.maximum(one, other), np.int64)


# ------------------------------------------------------------------------------------------ groups


def _merging(i: Ints, j: Ints, likeness: Floats, count: int) -> Ints:
    """Group → the group it merges into: the pairs that are each other's nearest; ties go to the first by number."""
    order = np.lexsort((j, i, -likeness))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(count, len(order))
    np.minimum.at(best, i, rank)
    np.minimum.at(best, j, rank)
    chosen = (best[i] == rank) & (best[j] == rank)
    into = np.arange(count)
    into[j[chosen]] = i[chosen]
    return into


def _summed(rows: Rows, into: Ints, count: int) -> Rows:
    from scipy.sparse import csr_array

    member = csr_array((np.ones(len(into)), (into, np.arange(len(into)))), shape=(count, len(into)))
    found: Any = csr_array(member @ rows)
    found.sort_indices()
    return found


def _joined(i: Ints, j: Ints, likeness: Floats, count: int) -> Edges:
    """Edges between groups, each once, the smaller number first; none from a group to itself."""
    low, high = np.minimum(i, j), np.maximum(i, j)
    apart = low != high
    key, first = np.unique(low[apart] * count + high[apart], return_index=True)
    return key // count, key % count, likeness[apart][first]
