"""Documents made ready to be asked, and what each signal says of every document: dense rows, a question each.

Words: BM25 (Robertson and Zaragoza, 2009) on terms and, lightly, on pairs of words. Openings: BM25 on terms weighed by
their place, as are those of all that follows. Cosine: TF-IDF. Meaning: latent semantic analysis of the same texts.
Across: the same of those texts that speak both languages. All are computed exactly, with scipy, over all documents,
which suits collections up to some hundred thousand texts; a market of millions is searched through the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tongtu import text
from tongtu.match.ranking.texts import Counted, Counts, matrix, vocabulary
from tongtu.text import vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

Scores = NDArray[np.float64]

# k1 and b: the usual ones for plain counts; terms weighed by place repeat more (ours).
_WORDS, _OPENINGS = (1.2, 0.75), (1.5, 0.9)
_PAIRS = 0.1  # a pair of words beside the words themselves
_RANK, _JOINT_RANK = 256, 128
_SPOKEN = 0.1  # of a text's terms must be in a language for the text to speak it


@dataclass(frozen=True, slots=True)
class Asked:
    """What questions get: signals by name (question × document), where words can be compared, how much is asked."""

    signals: dict[str, Scores]
    comparable: NDArray[np.bool_]
    terms: NDArray[np.int64]


class Shelf:
    """All documents, counted and weighed. `lessons`: terms of the other language that documents are known to mean."""

    def __init__(
        self, documents: Sequence[Counted], *, lessons: Mapping[int, Counts] | None = None, seed: int = 0
    ) -> None:
        terms = [one.terms for one in documents]
        self.space = _space(terms, _RANK, seed)
        counts = matrix(terms, self.space.columns)
        self.rows = self.space.weigh(counts)
        self.latent = self.space.fold(self.rows)
        self._spoken = _spoken(terms)
        taught = [_joined(one, (lessons or {}).get(n)) for n, one in enumerate(terms)]
        both = _spoken(taught).all(axis=1)
        # Texts in one language would claim axes of their own, on which no question in the other has a place.
        self._joint = _space([taught[n] for n in np.flatnonzero(both)], _JOINT_RANK, seed)
        self._across = self._joint.fold(self._joint.weigh(matrix(terms, self._joint.columns)))
        self._words = _Lexical(matrix([one.plain for one in documents], self.space.columns), *_WORDS)
        self._openings = _Lexical(counts, *_OPENINGS)
        self._pair_columns = vocabulary(one.pairs for one in documents)
        self._pairs = _Lexical(matrix([one.pairs for one in documents], self._pair_columns), *_WORDS)

    def __len__(self) -> int:
        return len(self.latent)

    def ask(self, questions: Sequence[Counted]) -> Asked:
        """Every signal for every document."""
        counts = matrix([one.terms for one in questions], self.space.columns)
        plain = matrix([one.plain for one in questions], self.space.columns)
        pairs = matrix([one.pairs for one in questions], self._pair_columns)
        rows = self.space.weigh(counts)
        signals = {
            "words": self._words.scores(plain) + _PAIRS * self._pairs.scores(pairs),
            "openings": self._openings.scores(counts),
            "cosine": np.asarray((rows @ self.rows.T).todense(), np.float64),
            "meaning": np.asarray(self.space.fold(rows) @ self.latent.T, np.float64),
        }
        if self._joint.rank:
            joint = self._joint.weigh(matrix([one.terms for one in questions], self._joint.columns))
            signals["across"] = np.asarray(self._joint.fold(joint) @ self._across.T, np.float64)
        main = _spoken([one.terms for one in questions], main=True)
        known = (main.astype(np.int64) @ self._spoken.T.astype(np.int64)) > 0
        return Asked(signals, known, np.diff(counts.indptr).astype(np.int64))

    def alike(self, questions: Sequence[Counted], others: Sequence[Counted]) -> Scores:
        """How alike questions are to other questions, 0 to 1: the mean of cosine and meaning."""
        rows = [
            self.space.weigh(matrix([one.terms for one in side], self.space.columns)) for side in (questions, others)
        ]
        near = self.space.fold(rows[0]) @ self.space.fold(rows[1]).T
        both: Scores = (np.asarray((rows[0] @ rows[1].T).todense()) + near).astype(np.float64) / 2
        return np.clip(both, 0.0, 1.0)


class _Lexical:
    """BM25 weights of every term of every document."""

    def __init__(self, counts: csr_array, k1: float, b: float) -> None:
        size = counts.shape[0]
        found = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log1p((size - found + 0.5) / (found + 0.5))
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        mean = lengths.mean() if lengths.any() else 1.0
        norm = np.repeat(k1 * (1 - b + b * lengths / mean), np.diff(counts.indptr))
        weights = counts.astype(np.float64)
        weights.data = weights.data * (k1 + 1) / (weights.data + norm) * rarity[counts.indices]
        self._weights = weights.T.tocsr()

    def scores(self, counts: csr_array) -> Scores:
        return np.asarray((counts.astype(np.float64) @ self._weights).todense(), np.float64)


def _space(texts: Sequence[Counts], rank: int, seed: int) -> vectors.Space:
    """The latent space of texts; as many axes as texts would hold single texts, not what they share."""
    columns = vocabulary(texts)
    return vectors.of_counts(matrix(texts, columns), columns, rank=min(rank, len(texts) // 2), seed=seed)


def _joined(terms: Counts, lesson: Counts | None) -> Counts:
    if not lesson:
        return terms
    return {term: terms.get(term, 0.0) + lesson.get(term, 0.0) for term in {**terms, **lesson}}


def _spoken(texts: Sequence[Counts], *, main: bool = False) -> NDArray[np.bool_]:
    """For each text whether it speaks Chinese and whether another language; `main`: only the one it speaks most."""
    han = np.array([sum(n for term, n in one.items() if text.is_han(term)) for one in texts])
    whole = np.array([sum(one.values()) for one in texts])
    share = np.divide(han, whole, out=np.zeros(len(texts)), where=whole > 0)
    least = 0.5 if main else _SPOKEN
    return np.stack([share >= least, share <= 1 - least], axis=1)
