"""An inverted file: a collection that stands still, searched by many questions one after the other.

An index (`tongtu.text.index`) serves documents that come and go, and passes over most of what cannot win, which pays
for short questions. A long text has a few dozen terms, and half of all documents have one of them; adding up what
each term brings to every document is then quicker, and needs no index to be built: the rows of `Forward` are turned
over. Scores are those of `Forward`, exact to 32-bit floats; equal ones go by number. Nothing is held but arrays, which
processes can share.

>>> kept = Forward([["介", "电", "电"], ["电"]])
>>> Inverted({"han": kept}).search_many([Asked({"han": {"电": 1.0}})], limit=1)[0].numbers
[0]
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tongtu.text.forward import Forward
from tongtu.text.index import Asked, Hits, Weights

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

Scores = NDArray[np.float32]

_APART = 64  # documents of which the best is looked at first


class Inverted:
    """Documents numbered as their rows in `Forward`; searched like an `Index` (see there for `text` and `code`).

    `texts`, `codes`: by field the terms or values of each document; `numbers`: by field the integer of each.
    In memory: eight bytes for each distinct term of each document, beside what the rows themselves take.
    """

    def __init__(
        self,
        texts: Mapping[str, Forward],
        codes: Mapping[str, Forward] | None = None,
        numbers: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        held = {**texts, **(codes or {})}
        self._size = max((forward.rows for forward in held.values()), default=0)
        self._columns = {field: forward.columns for field, forward in held.items()}
        self._terms = {field: _turned(forward.worth()) for field, forward in texts.items()}
        self._terms |= {field: _turned(forward.presence()) for field, forward in (codes or {}).items()}
        self._numbers = {field: np.asarray(values, np.int64) for field, values in (numbers or {}).items()}

    def __len__(self) -> int:
        return self._size

    def search_many(self, asked: Sequence[Asked], *, limit: int, threads: int = 1) -> list[Hits]:
        """The `limit` best documents of each question, in the order of the questions; see `Index.search`."""
        one = partial(self._search, limit=limit)
        if threads <= 1:
            return list(map(one, asked))
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, asked))

    def _search(self, asked: Asked, limit: int) -> Hits:
        scores = np.zeros(self._size, np.float32)
        for added in self._added(asked.terms, asked.codes or {}):
            scores += added
        for field, values in (asked.only or {}).items():
            scores *= self._holding(field, values)
        for field, values in (asked.without or {}).items():
            scores *= ~self._holding(field, values)
        found = _best(scores, limit)
        return Hits(found.tolist(), scores[found].tolist())

    def _added(self, *parts: Weights) -> Iterator[Scores]:
        """What the terms of each field bring to every document."""
        for field, weights in (group for part in parts for group in part.items()):
            columns = self._columns[field]
            known = {columns[term]: weight for term, weight in weights.items() if term in columns}
            if known:
                yield self._terms[field][list(known)].T @ np.fromiter(known.values(), np.float32, len(known))

    def _holding(self, field: str, values: Collection[str | int]) -> NDArray[np.bool_]:
        """Whether each document holds one of some values."""
        if field in self._numbers:
            return np.isin(self._numbers[field], [value for value in values if isinstance(value, int)])
        found, columns = np.zeros(self._size, bool), self._columns[field]
        known = [columns[value] for value in values if isinstance(value, str) and value in columns]
        found[self._terms[field][known].indices] = True
        return found


def _turned(documents: csr_array) -> csr_array:
    """Terms by document, documents by number."""
    return documents.T.tocsr()


def _best(scores: Scores, limit: int) -> NDArray[np.int64]:
    """Where the greatest scores above 0 stand, the greatest first, equal ones in their order.

    The `limit`-th greatest of the best of each lot is a bound that so many scores reach; little is left to sort.
    """
    least, lots = np.float32(0), len(scores) // _APART
    if lots > limit > 0:
        best = scores[: lots * _APART].reshape(_APART, lots).max(axis=0)
        least = np.partition(best, lots - limit)[lots - limit]
    found = np.flatnonzero(scores >= least) if least > 0 else np.flatnonzero(scores)
    return found[np.lexsort((found, -scores[found]))][:limit]
