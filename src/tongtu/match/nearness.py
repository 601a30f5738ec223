"""Nearness in meaning: latent semantic analysis of the tenant's own texts, and an embedder where one is given.

One space holds both sides and both languages: a listing written in Chinese and English ties their words, so a
question finds answers in the other language as far as the market's own bilingual listings teach it. What lies
near in a space is a candidate even where it shares no word with the question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tongtu.match import listings
from tongtu.text import vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    from tongtu.match.listings import Side
    from tongtu.text.vectors import Space

Floats = NDArray[np.float32]
#: texts → one row of numbers each
Encode = Callable[[list[str]], Floats]

_RANK = 128
_FLAT = 200_000  # answers beyond which every one is no longer compared with every question
_CHUNK = 8192  # listings folded in at a time
_BLOCK = 512  # questions compared with all answers at a time
_DIGITS = 4  # what a vector says beyond these is rounding
_LEAST = 0.5 * 10**-_DIGITS


@dataclass(frozen=True, slots=True)
class Nearness:
    """`vectors`: by space, the unit rows of both sides. `space`: folds further texts into the semantic one."""

    space: Space
    vectors: Mapping[str, tuple[Floats, Floats]]

    def nearest(self, rows: Sequence[int], count: int) -> list[list[int]]:
        """For each question the `count` answers nearest in each space; none in a market too large for it."""
        found: list[list[int]] = [[] for _ in rows]
        small = [both for both in self.vectors.values() if 0 < len(both[1]) <= _FLAT]
        for first in range(0, len(rows), _BLOCK):
            block = list(rows[first : first + _BLOCK])
            for asked, offered in small:
                with one_thread():
                    scores = asked[block] @ offered.T
                for k, near in enumerate(_best(scores, count)):
                    found[first + k] += near
        return found

    def signals(self, found: pl.DataFrame) -> list[pl.Series]:
        """The cosine of each candidate pair in each space, at least 0; null where a text says nothing known."""
        n, a = (found[name].to_numpy() for name in ("n", "a"))
        return [
            pl.Series(name, _cosines(asked, offered, n, a), nan_to_null=True)
            for name, (asked, offered) in self.vectors.items()
        ]


def one_thread() -> Any:
    """Matrices are multiplied by one thread: the same bits on any machine, and no waiting for busy cores.

    SciPy brings a BLAS of its own, and only what is loaded can be limited.
    """
    import scipy.linalg  # type: ignore[import-untyped]  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")


def prepared(asking: Side, offers: Side, encode: Encode | None, seed: int) -> Nearness:
    """Vectors of both sides. Deterministic in the listings and `seed`."""
    with one_thread():
        space = fitted(asking, offers, seed=seed)
        made = {"semantic": (folded(space, asking), folded(space, offers))}
    if encode is not None:
        made["encoder"] = (encoded(encode, asking), encoded(encode, offers))
    return Nearness(space, made)


def fitted(*given: Side, seed: int) -> Space:
    """The space of the listings of some sides."""
    chosen = vectors.sampled(sum(side.rows for side in given), seed)
    starts = np.cumsum([0, *(side.rows for side in given)])
    parts = [
        (side, chosen[(chosen >= first) & (chosen < first + side.rows)] - first)
        for side, first in zip(given, starts, strict=False)
    ]
    found: Counter[str] = Counter()
    for side, rows in parts:
        for forward in side.bags.of.values():
            times = np.bincount(forward.bags(rows).columns, minlength=len(forward.names)).tolist()
            found.update({term: n for term, n in zip(forward.names, times, strict=True) if n})
    from scipy.sparse import vstack

    columns = vectors.vocabulary(found, len(chosen))
    counts = vstack([_counts(side, rows, _columns(side, columns)) for side, rows in parts], format="csr")
    return vectors.of_counts(counts, columns, rank=_RANK, seed=seed)


def folded(space: Space, side: Side) -> Floats:
    """The vectors of a side, by chunks."""
    columns = _columns(side, space.columns)
    rows = np.arange(side.rows)
    parts = [
        space.fold(space.weigh(_counts(side, rows[first : first + _CHUNK], columns)))
        for first in range(0, side.rows, _CHUNK)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, space.rank), np.float32)


@dataclass(frozen=True, slots=True)
class _Columns:
    """By script the column of each of a side's terms in a space, -1 for none; and how many columns that has."""

    of: list[NDArray[np.int64]]
    size: int


def _columns(side: Side, columns: Mapping[str, int]) -> _Columns:
    found = [np.array([columns.get(term, -1) for term in forward.names], np.int64) for forward in side.bags.of.values()]
    return _Columns(found, len(columns))


def _counts(side: Side, rows: NDArray[np.int64], columns: _Columns) -> csr_array:
    """How often each term of a space stands in these listings, columns in order."""
    from scipy.sparse import csr_array

    of, where, counts = [], [], []
    for forward, place in zip(side.bags.of.values(), columns.of, strict=True):
        bags = forward.bags(rows)
        known = place[bags.columns]
        kept = known >= 0
        of.append(np.repeat(np.arange(len(rows)), np.diff(bags.ends, prepend=0))[kept])
        where.append(known[kept])
        counts.append(bags.counts[kept].astype(np.float32))
    row, column, count = (np.concatenate(parts) for parts in (of, where, counts))
    order = np.argsort(row, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(rows)))])
    found = csr_array((count[order], column[order].astype(np.int32), ends), shape=(len(rows), columns.size))
    found.sort_indices()
    return found


def encoded(encode: Encode, side: Side) -> Floats:
    """Unit rows, whatever length the embedder's have."""
    texts = ["\n".join(listings.written(row)) for row in side.frame.iter_rows(named=True)]
    rows = np.asarray(encode(texts), np.float32).reshape(len(texts), -1)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return unit


def _best(scores: Floats, count: int) -> list[list[int]]:
    """Columns of the greatest scores above rounding of each row, the best first, ties by column."""
    count = min(count, scores.shape[1])
    first = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    kept = np.take_along_axis(scores, first, axis=1)
    order = np.lexsort((first, -kept), axis=1)
    return [
        [int(a) for a, score in zip(row[by], values[by], strict=True) if score >= _LEAST]
        for row, values, by in zip(first, kept, order, strict=True)
    ]


def _cosines(asked: Floats, offered: Floats, n: NDArray[np.int64], a: NDArray[np.int64]) -> NDArray[np.float64]:
    found = np.full(len(n), np.nan)
    for first in range(0, len(n), 1 << 17):
        part = slice(first, first + (1 << 17))
        left, right = asked[n[part]], offered[a[part]]
        known = left.any(axis=1) & right.any(axis=1)
        cosine = np.einsum("ij,ij->i", left, right).clip(0, 1).astype(np.float64)
        found[part] = np.where(known, cosine.round(_DIGITS), np.nan)
    return found
