"""The terms of each document, kept beside an index: what it takes to score any handful of documents exactly.

An index finds the best of all documents; it is slow at scoring ones that were found by other means. Here a
document is a row of term numbers and counts, so a question is scored against some hundred of them at once.
What is removed is taken out of the statistics at once and keeps its row; so the scores of a collection that
was added to and removed from are those of one made anew.

>>> kept = Forward([["介", "电", "电"], ["电"]])
>>> kept.score({"介": 1.0}, [0, 1]).round(3).tolist()
[0.575, 0.0]
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Number = TypeVar("Number", bound=np.generic)

_K1, _B = 1.2, 0.75  # tantivy's, so that both score alike
_CHUNK = 8192  # documents weighed at a time
_MOST = 255  # more often than this no term is counted in one document


class Bags(NamedTuple):
    """Some documents as rows of numbers: where each ends, the columns of its terms and how often it has each."""

    ends: Ints
    columns: NDArray[np.int32]
    counts: NDArray[np.uint8]


class _Columns(dict[str, int]):
    """Terms by number; one that is new takes the next."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


class Forward:
    """Documents numbered from 0 in the order they were given. About 5 bytes for each distinct term of each.

    Not for several threads at once.
    """

    def __init__(self, documents: Iterable[Sequence[str]] = ()) -> None:
        self.columns = _Columns()
        self._names: list[str] = []
        self._ids, self._counts, self._ends, self._lengths = array("i"), array("B"), array("q", [0]), array("i")
        self._size, self._total = 0, 0  # documents in the statistics, and the sum of their lengths
        self._found = np.zeros(0, np.int64)  # documents by term, of those before `_read`
        self._read = 0
        self._scratch = np.zeros(0)  # zero, for a question's weights while it is scored
        for terms in documents:
            self.add(terms)

    def __getstate__(self) -> dict[str, Any]:
        """Numbers as NumPy's arrays, which can be laid down beside a pickle; what is read from there stands still."""
        ids, lengths = _view(self._ids, np.int32), _view(self._lengths, np.int32)
        counts, ends = _view(self._counts, np.uint8), _view(self._ends, np.int64)
        held = {"_ids": ids, "_lengths": lengths, "_counts": counts, "_ends": ends}
        return {**self.__dict__, **held, "_scratch": None}

    def __setstate__(self, held: dict[str, Any]) -> None:
        self.__dict__.update(held)
        self._scratch = np.zeros(0)

    @staticmethod
    def joined(parts: Iterable[Forward]) -> Forward:
        """Collections one after the other: as though their documents had been added to one."""
        whole = Forward()
        for part in parts:
            columns = np.array([whole.columns[name] for name in part.names], np.int32)
            whole._ids.frombytes(columns[_view(part._ids, np.int32)].tobytes())
            whole._counts.frombytes(bytes(part._counts))
            whole._ends.frombytes((_view(part._ends, np.int64)[1:] + whole._ends[-1]).tobytes())
            whole._lengths.frombytes(bytes(part._lengths))
            whole._size += part._size
            whole._total += part._total
        return whole

    def add(self, terms: Sequence[str]) -> int:
        """One more document; its row."""
        found = Counter(terms)
        self._ids.extend(map(self.columns.__getitem__, found))
        self._counts.extend(found.values() if len(terms) <= _MOST else [min(n, _MOST) for n in found.values()])
        self._ends.append(len(self._ids))
        self._lengths.append(len(terms))
        self._size += 1
        self._total += len(terms)
        return len(self._lengths) - 1

    def remove(self, row: int) -> None:
        """Takes a document out of the statistics; it can still be scored."""
        self._weigh(row, -1)

    def restore(self, row: int) -> None:
        """Undoes `remove`."""
        self._weigh(row, 1)

    def pop(self, terms: int) -> None:
        """Forgets the last document, and all but the first `terms` columns."""
        self._weigh(self.rows - 1, -1)
        self._lengths.pop()
        self._ends.pop()
        del self._ids[self._ends[-1] :], self._counts[self._ends[-1] :]
        self._read = len(self._ids)
        while len(self.columns) > terms:
            self.columns.popitem()
        del self._names[terms:]

    def _weigh(self, row: int, by: int) -> None:
        self._documents_by_term()[_view(self._ids, np.int32)[self._ends[row] : self._ends[row + 1]]] += by
        self._size += by
        self._total += by * self._lengths[row]

    def __len__(self) -> int:
        """Documents in the statistics."""
        return self._size

    @property
    def rows(self) -> int:
        """Documents that were ever added."""
        return len(self._lengths)

    @property
    def names(self) -> list[str]:
        """Terms by column."""
        if new := len(self.columns) - len(self._names):
            self._names += list(islice(reversed(self.columns), new))[::-1]
        return self._names

    def counted(self, row: int) -> dict[str, int]:
        """The terms of a document in the order they first stand in it, and how often it has each."""
        part, names = slice(self._ends[row], self._ends[row + 1]), self.names
        return dict(zip(map(names.__getitem__, self._ids[part]), self._counts[part].tolist(), strict=True))

    def terms(self, row: int) -> list[str]:
        """The terms of a document, equal ones together."""
        part = slice(self._ends[row], self._ends[row + 1])
        found = map(self.names.__getitem__, self._ids[part])
        return list(chain.from_iterable(map(repeat, found, self._counts[part].tolist())))

    def bags(self, rows: Sequence[int] | Ints) -> Bags:
        """These documents as rows of columns and counts."""
        chosen, of = self._places(rows)
        ids, counts = _view(self._ids, np.int32), _view(self._counts, np.uint8)
        return Bags(np.cumsum(np.bincount(of, minlength=len(rows))), ids[chosen], counts[chosen])

    def worth(self) -> csr_array:
        """Documents × terms: what a term asked for once adds to the BM25 of each; 32-bit floats."""
        ends, rarity = _view(self._ends, np.int64), self._idf(np.arange(len(self.columns)))
        norms = _K1 * (1 - _B + _B * _view(self._lengths, np.int32) / (self._mean or 1.0))
        columns, counts = _view(self._ids, np.int32), _view(self._counts, np.uint8)
        found = np.empty(len(columns), np.float32)
        for first in range(0, self.rows, _CHUNK):
            few = ends[first : first + _CHUNK + 1]
            part = slice(few[0], few[-1])
            count = counts[part].astype(np.float64)
            norm = np.repeat(norms[first : first + _CHUNK], np.diff(few))
            found[part] = rarity[columns[part]] * count * (_K1 + 1) / (count + norm)
        return self._by_document(found)

    def presence(self) -> csr_array:
        """Documents × terms: 1 where a document has a term."""
        return self._by_document(np.ones(len(self._ids), np.float32))

    def _by_document(self, values: NDArray[np.float32]) -> csr_array:
        from scipy.sparse import csr_array

        ends, columns = _view(self._ends, np.int64), _view(self._ids, np.int32)
        return csr_array((values, columns, ends), shape=(self.rows, len(self.columns)))

    def idf(self, term: str) -> float:
        """ln(1 + (N - n + 0.5) / (n + 0.5)) of a term found in n of N documents."""
        return float(self._idf([self.columns.get(term, -1)])[0])

    def heaviest(self, weights: Mapping[str, float], limit: int, postings: int) -> dict[str, float]:
        """The terms of a long text that can raise a score most and together stand in at most `postings` documents.

        Terms no document has are left out; the heaviest is kept whatever it costs. Ties keep the order of the terms.
        """
        terms = list(weights)
        columns = np.array([self.columns.get(term, -1) for term in terms], np.int64)
        found = self._standing(columns)
        worth = np.array(list(weights.values()), np.float64) * self._idf(columns)
        known = np.flatnonzero(found)
        order = known[np.argsort(-worth[known], kind="stable")][:limit]
        spent = np.cumsum(found[order])
        spent[:1] = 0
        return {terms[k]: weights[terms[k]] for k in order[: np.searchsorted(spent, postings, "right")].tolist()}

    def score(self, weights: Mapping[str, float], rows: Sequence[int] | Ints) -> Floats:
        """BM25 (k1 = 1.2, b = 0.75) of each row for a question of weighted terms."""
        asked = [(column, w) for term, w in weights.items() if (column := self.columns.get(term)) is not None]
        chosen, of = self._places(rows)
        if not asked or not len(chosen):
            return np.zeros(len(rows))
        columns, given = (np.array(part) for part in zip(*asked, strict=True))
        worth = self._looked_up(columns, given * self._idf(columns), chosen)
        met = np.flatnonzero(worth)
        count = np.frombuffer(self._counts, np.uint8)[chosen[met]].astype(np.float64)
        lengths = np.frombuffer(self._lengths, np.int32)[np.asarray(rows)[of[met]]].astype(np.float64)
        part = worth[met] * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * lengths / (self._mean or 1.0)))
        return np.bincount(of[met], part, minlength=len(rows)).astype(np.float64)

    def own(self, weights: Mapping[str, float]) -> float:
        """BM25 of a question against itself: what makes the scores of questions comparable, divided by it."""
        norm = _K1 * (1 - _B + _B * sum(weights.values()) / (self._mean or 1.0))
        rarity = self._idf([self.columns.get(term, -1) for term in weights]).tolist()
        parts = (w * idf * w * (_K1 + 1) / (w + norm) for w, idf in zip(weights.values(), rarity, strict=True))
        return float(sum(parts))

    def total(self, weights: Mapping[str, float], rows: Sequence[int] | Ints) -> Floats:
        """The sum of the weights of the terms each row has, however often."""
        asked = {column: w for term, w in weights.items() if (column := self.columns.get(term)) is not None}
        chosen, of = self._places(rows)
        columns, given = np.fromiter(asked, np.int64, len(asked)), np.fromiter(asked.values(), np.float64, len(asked))
        return np.bincount(of, self._looked_up(columns, given, chosen), minlength=len(rows)).astype(np.float64)

    def _looked_up(self, columns: Ints, given: Floats, chosen: Ints) -> Floats:
        """The weight of the term that stands at each of these places, 0 for those not given."""
        if len(self._scratch) < len(self.columns):
            self._scratch = np.zeros(2 * len(self.columns))
        self._scratch[columns] = given
        found = self._scratch[_view(self._ids, np.int32)[chosen]]
        self._scratch[columns] = 0.0
        return found

    @property
    def _mean(self) -> float:
        return float(self._total / self._size) if self._size else 0.0

    def _idf(self, columns: Sequence[int] | Ints) -> Floats:
        found = self._standing(columns)
        return np.asarray(np.log1p((self._size - found + 0.5) / (found + 0.5)))

    def _standing(self, columns: Sequence[int] | Ints) -> Ints:
        """Documents that have each term; none for -1, a term nobody ever had."""
        wanted = np.asarray(columns, np.int64)
        if not len(self.columns):
            return np.zeros(len(wanted), np.int64)
        return np.where(wanted >= 0, self._documents_by_term()[wanted], 0)

    def _documents_by_term(self) -> Ints:
        """Counts what was added since they were last asked for."""
        if self._read < len(self._ids):
            if len(self._found) < len(self.columns):
                grown = np.zeros(len(self.columns) + len(self.columns) // 8, np.int64)
                grown[: len(self._found)] = self._found
                self._found = grown
            fresh = np.frombuffer(self._ids, np.int32)[self._read :]
            if len(fresh) < len(self._found) // 8:
                np.add.at(self._found, fresh, 1)
            else:
                self._found += np.bincount(fresh, minlength=len(self._found))
            self._read = len(self._ids)
        return self._found

    def _places(self, rows: Sequence[int] | Ints) -> tuple[Ints, Ints]:
        """Where the terms of these rows stand, and for each the place of its row among them."""
        wanted = np.asarray(rows, np.int64)
        ends = np.frombuffer(self._ends, np.int64)
        start = ends[wanted]
        sizes = ends[wanted + 1] - start
        of = np.repeat(np.arange(len(wanted)), sizes)
        first = np.cumsum(sizes) - sizes
        return np.arange(len(of)) - np.repeat(first - start, sizes), of


def _view(held: array[int], kind: type[Number]) -> NDArray[Number]:
    """An array's numbers without a copy; an empty one has no buffer to look into."""
    return np.frombuffer(held, kind) if len(held) else np.zeros(0, kind)
