"""Texts as vectors, learnt from the texts themselves: TF-IDF rows and latent semantic analysis (LSA).

A space is fitted to lists of terms, as `tongtu.text.terms` cuts them. Chinese and English terms stand in one
vocabulary, so a listing written in both languages ties the words of one to those of the other, and the space
is the cross-lingual one (Dumais et al., 1997): an English text lies near the Chinese one about the same thing,
as far as the tenant's own bilingual listings teach it.

>>> space = fit([["介", "电", "dielectr"], ["电", "dielectr"], ["轴", "bear"]], rank=2)
>>> near = space.vectors([["dielectr"], ["电"], ["轴"], ["unknown"]])
>>> (near @ near[0]).round(2).tolist()
[1.0, 1.0, 0.0, 0.0]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

Floats = NDArray[np.float32]

MOST = 100_000  # texts a space is fitted to
_CHUNK = 8192  # rows weighed and folded in at a time
_SPARE, _ROUNDS = 16, 5  # further columns and passes of the randomised decomposition
_NOTHING = 1e-6  # a vector shorter than this is rounding
_COMMON = 50_000  # a vocabulary from so many texts leaves out terms found once, from twice as many those found twice


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """A vocabulary, how rare its terms are, and the axes of the latent space. Made by `fit`.

    `columns`: term → column, in the order of the terms. `rarity`: ln(N / n) + 1 of a term in n of N texts.
    `axes`: column × rank, orthonormal. In memory: about 150 bytes a term and 4 bytes × rank a term.
    """

    columns: Mapping[str, int]
    rarity: Floats
    axes: Floats

    @property
    def rank(self) -> int:
        return int(self.axes.shape[1])

    def tfidf(self, documents: Iterable[Sequence[str]]) -> csr_array:
        """A unit row for each list of terms, (1 + ln frequency) × rarity; empty where no term is known."""
        from scipy.sparse import vstack

        parts = [self.weigh(_counts(part, self.columns)) for part in _chunks(documents)]
        return vstack(parts, format="csr") if parts else self.weigh(_counts([], self.columns))

    def vectors(self, documents: Iterable[Sequence[str]]) -> Floats:
        """A unit row of `rank` numbers for each list of terms; zero where no term is known.

        Folded in by chunks, sparse times dense, so beside the answer (4 bytes × rank a text) only one chunk
        is in memory, and `documents` may be a generator.
        """
        parts = [self.fold(self.weigh(_counts(part, self.columns))) for part in _chunks(documents)]
        return np.concatenate(parts) if parts else np.zeros((0, self.rank), np.float32)

    def weigh(self, counts: csr_array) -> csr_array:
        """Unit rows, as `tfidf` gives them, of texts already counted."""
        return _unit(counts, self.rarity)

    def fold(self, rows: csr_array) -> Floats:
        """The vectors of rows that `tfidf` made."""
        found: Floats = np.asarray(rows @ self.axes, np.float32)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        found[:] = np.divide(found, length, out=np.zeros_like(found), where=length > _NOTHING)
        return found


def fit(documents: Sequence[Sequence[str]], *, rank: int = 256, seed: int = 0, most: int = MOST) -> Space:
    """The space of these texts (lists of terms, in the order of their ids).

    More than `most` texts are sampled, each as likely, from `seed`. The rank is at most what the texts can
    carry. The decomposition is the randomised one with power iterations (Halko, Martinsson and Tropp, 2011);
    the order of the texts changes it by rounding alone. Peak memory: 12 bytes for each distinct term of each
    text of the sample, and 12 bytes × (rank + 16) a term.
    """
    if len(documents) > most:
        documents = [documents[n] for n in sampled(len(documents), seed, most)]
    columns = vocabulary(Counter(chain.from_iterable(map(set, documents))), len(documents))
    return of_counts(_counts(documents, columns), columns, rank=rank, seed=seed)


def sampled(size: int, seed: int, most: int = MOST) -> NDArray[np.int64]:
    """Which of `size` texts a space is fitted to: all, or `most` of them, each as likely."""
    if size <= most:
        return np.arange(size)
    return np.sort(np.random.default_rng(seed).choice(size, most, replace=False))


def vocabulary(found: Mapping[str, int], texts: int) -> dict[str, int]:
    """Term → column, in the order of the terms, from how many of the texts have each; the rare are left out."""
    least = 1 + texts // _COMMON
    return {term: n for n, term in enumerate(sorted(term for term, times in found.items() if times >= least))}


def of_counts(counts: csr_array, columns: Mapping[str, int], *, rank: int, seed: int = 0) -> Space:
    """The space of texts already counted, a row each: for counts that are not whole, at least 1 where a term stands."""
    found = np.bincount(counts.indices, minlength=len(columns))
    rarity = (np.log(max(counts.shape[0], 1) / np.maximum(found, 1)) + 1).astype(np.float32)
    return Space(columns, rarity, _axes(_unit(counts, rarity), rank, seed))


def _counts(documents: Sequence[Sequence[str]], columns: Mapping[str, int]) -> csr_array:
    """How often each known term stands in each text."""
    from scipy.sparse import csr_array

    where = [[n for n in map(columns.get, terms) if n is not None] for terms in documents]
    ends = np.zeros(len(where) + 1, np.int64)
    np.cumsum([len(row) for row in where], out=ends[1:])
    indices = np.fromiter(chain.from_iterable(where), np.int32, ends[-1])
    counts = csr_array((np.ones(len(indices), np.float32), indices, ends), shape=(len(where), len(columns)))
    counts.sum_duplicates()
    return counts


def _unit(counts: csr_array, rarity: Floats) -> csr_array:
    """Counts weighed, each row of length one."""
    from scipy.sparse import csr_array

    weights = (np.log(counts.data) + 1) * rarity[counts.indices]
    lengths = np.diff(counts.indptr)
    square = np.zeros(len(lengths))
    filled = np.flatnonzero(lengths)
    if len(filled):
        square[filled] = np.add.reduceat(weights.astype(np.float64) ** 2, counts.indptr[filled])
    weights /= np.repeat(np.sqrt(square), lengths).astype(np.float32)
    return csr_array((weights, counts.indices, counts.indptr), shape=counts.shape)


def _axes(rows: csr_array, rank: int, seed: int) -> Floats:
    """The right singular vectors of the largest singular values, each with its largest entry positive."""
    from scipy.linalg import qr, svd  # type: ignore[import-untyped]

    rank = min(rank, *rows.shape)
    if not rank:
        return np.zeros((rows.shape[1], 0), np.float32)
    wide = min(rank + _SPARE, *rows.shape)
    turned = rows.T.tocsr()
    basis = np.random.default_rng(seed).standard_normal((rows.shape[1], wide)).astype(np.float32)
    # Passes are made orthogonal on the shorter side, texts or terms, where that costs least.
    few = rows.shape[0] < rows.shape[1]
    short, long = (rows, turned) if few else (turned, rows)
    basis = rows @ basis if few else basis
    for _ in range(_ROUNDS):
        basis, _ = qr(basis, mode="economic", overwrite_a=True, check_finite=False)
        basis = short @ (long @ basis)
    basis, _ = qr(basis, mode="economic", overwrite_a=True, check_finite=False)
    left, _, right = svd(long @ basis, full_matrices=False, overwrite_a=True, check_finite=False)
    axes = left[:, :rank] if few else basis @ right[:rank].T
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(rank)])
    return np.ascontiguousarray(axes * signs, np.float32)


def _chunks(documents: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    rest = iter(documents)
    while part := list(islice(rest, _CHUNK)):
        yield part
