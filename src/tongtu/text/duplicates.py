"""Near-duplicate listings, proposed for merging when they are entered; nothing is ever merged here.

A listing that was entered twice comes with clauses dropped and characters lost. Both texts are taken as the
set of their shingles (all runs of 4 Chinese characters, of 8 characters elsewhere, in canonical spelling).
MinHash (Broder 1997) keeps 64 minima of each set: the share of equal minima estimates the Jaccard
similarity. Locality-sensitive hashing joins the minima in bands of three: two texts that agree in a whole
band are candidates, found without looking at the others. Where we depart: candidates are verified on the
exact sets, by Jaccard similarity or, so that a shortened copy is found too, by how much of the smaller set
the larger one holds; and the bands lie in one sorted array with a short unsorted tail, not in a hash table,
so that a million listings take about half a gigabyte beside their texts.

How texts are compared is a `Manner`: `LISTINGS`, as just said, unless another is given. `PASSAGES` is for
texts that were reported again: runs of 3 Chinese characters, for their words are more changed, and 128 minima,
for a shortened one is alike from 0.15 on.

Hashing is fixed, so the same texts always give the same proposals.

>>> kept = Sketches()
>>> kept.add("a", "毫米波天线模组用低介电损耗的陶瓷基板")
>>> [n.key for n in kept.near("毫米波天线模组低介电损耗的陶瓷基板")]
['a']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.text.normalise import canonical, is_han

Words = NDArray[np.uint64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Manner:
    """How texts are compared: what a shingle is, how candidates are found, and when two texts are near.

    Two texts of Jaccard similarity J meet in a band with probability 1 - (1 - J^wide)^(minima // wide). They are near
    where J is at least `jaccard`, or where the larger holds `contained` of the smaller and J is at least
    `alike_at_least`. Candidates whose estimated J is below `hopeless` are not compared exactly.
    """

    han: int = 4  # characters of a shingle
    latin: int = 8
    minima: int = 64
    wide: int = 3  # minima of a band
    jaccard: float = 0.55
    contained: float = 0.85
    alike_at_least: float = 0.3
    hopeless: float = 0.15

    @property
    def bands(self) -> int:
        return self.minima // self.wide


LISTINGS = Manner()
"""Of 0.5 similar listings 94 % meet in a band, of 0.7 all but 2 in 10,000, of 0.02 one in 6,000; estimated from 64
minima, 0.3 falls below 0.15 once in 300 times."""
PASSAGES = Manner(han=3, latin=5, minima=128, jaccard=0.5, contained=0.7, alike_at_least=0.15, hopeless=0.06)
"""Of 0.4 similar passages 94 % meet in a band, of 0.3 two in three, of 0.05 one in 190."""
_TAIL = 4096
_CROWD = 64  # texts of one band compared with each other; beyond it each with the next so many


class Near(NamedTuple):
    """A listing to be looked at: Jaccard similarity estimated and exact, and how much of the smaller text is shared."""

    key: str
    estimated: float
    exact: float
    contained: float


class Pair(NamedTuple):
    """Two listings to be looked at, `one` before `other`; the figures are those of `Near`."""

    one: str
    other: str
    estimated: float
    exact: float
    contained: float


def shingles(text: str, manner: Manner = LISTINGS) -> Words:
    """The hashed shingles of a text, each once, in order; empty for a text without letters and digits."""
    return np.unique(_runs(text, manner.han, manner.latin))


@lru_cache(maxsize=4)
def _runs(text: str, han_size: int, latin_size: int) -> Words:
    """The hashed shingles in the order of the text; asked for twice when a listing is looked up, then kept."""
    found = canonical(text).split()
    han = "".join(s for s in found if is_han(s))
    latin = " ".join(s for s in found if not is_han(s))
    return np.concatenate([_hashed(han, han_size), _hashed(latin, latin_size)])


def similarity(one: Words, other: Words) -> tuple[float, float]:
    """Jaccard similarity, and the share of the smaller set that the larger one holds."""
    if not len(one) or not len(other):
        return 0.0, 0.0
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared), shared / min(len(one), len(other))


class Sketches:
    """Listings by key, each kept as its minima; asked for those near a text.

    `fetch` gives the text of a key for the exact comparison, so that texts kept elsewhere are not kept
    twice; without it they stay here. One writer at a time.
    """

    def __init__(self, fetch: Callable[[str], str] | None = None, manner: Manner = LISTINGS) -> None:
        self._manner = manner
        self._texts: dict[str, str] = {}
        self._fetch = fetch or self._texts.__getitem__
        self._keep = fetch is None
        self._rows: dict[str, int] = {}
        self._keys: list[str | None] = []  # by row; None once removed
        self._minima = np.empty((_TAIL, manner.minima), np.uint32)
        self._bands = np.empty((0,), np.uint64)  # sorted bands of the rows before `_settled`, and whose they are
        self._owners = np.empty((0,), np.int64)
        self._settled = 0
        self._tail = np.empty((_TAIL, manner.bands), np.uint64)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, key: str, text: str) -> None:
        """Keeps a listing, in place of one of the same key. About 0.5 ms for a thousand characters."""
        self.remove(key)
        row, at = len(self._keys), len(self._keys) - self._settled
        if at == len(self._tail):
            self._settle()
            at = 0
        if row == len(self._minima):
            self._minima = _grown(self._minima)
        self._minima[row] = minima = self._sketch(text)
        self._tail[at] = _bands(minima, self._manner)
        self._rows[key] = row
        self._keys.append(key)
        if self._keep:
            self._texts[key] = text

    def remove(self, key: str) -> None:
        """Forgets a listing; a key that is not there is no fault."""
        row = self._rows.pop(key, None)
        if row is not None:
            self._keys[row] = None
            self._texts.pop(key, None)

    def near(self, text: str) -> list[Near]:
        """The listings that look like copies of a text, most alike first, ties by key."""
        own, found = shingles(text, self._manner), list[Near]()
        if not len(own):
            return []
        minima = self._sketch(text)
        rows = self._candidates(_bands(minima, self._manner))
        alike = (self._minima[rows] == minima).mean(axis=1)
        hopeful = alike >= self._manner.hopeless
        for row, estimated in zip(rows[hopeful].tolist(), alike[hopeful].tolist(), strict=True):
            key = self._keys[row]
            if key is not None:
                exact, contained = similarity(own, shingles(self._fetch(key), self._manner))
                if is_near(exact, contained, self._manner):
                    found.append(Near(key, estimated, exact, contained))
        return sorted(found, key=lambda n: (-n.exact, n.key))

    def _sketch(self, text: str) -> NDArray[np.uint32]:
        return _minima(_runs(text, self._manner.han, self._manner.latin), self._manner.minima)

    def _candidates(self, bands: Words) -> Rows:
        first = np.searchsorted(self._bands, bands, "left")
        last = np.searchsorted(self._bands, bands, "right")
        settled = [self._owners[a:b] for a, b in zip(first, last, strict=True) if a < b]
        tail = self._tail[: len(self._keys) - self._settled]
        recent = np.nonzero((tail == bands).any(axis=1))[0] + self._settled
        return np.unique(np.concatenate([*settled, recent]))

    def _settle(self) -> None:
        """Sorts the tail in with the rest; the next tail is a sixteenth as long as all, so this stays rare."""
        size = len(self._keys)
        owners = np.repeat(np.arange(self._settled, size), self._manner.bands)
        bands = np.concatenate([self._bands, self._tail[: size - self._settled].ravel()])
        owners = np.concatenate([self._owners, owners])
        kept = np.fromiter((key is not None for key in self._keys), bool, size)[owners]
        bands, owners = bands[kept], owners[kept]
        order = np.argsort(bands, kind="stable")
        self._bands, self._owners, self._settled = bands[order], owners[order], size
        self._tail = np.empty((max(_TAIL, size // 16), self._manner.bands), np.uint64)


def pairs(texts: Iterable[tuple[str, str]], manner: Manner = LISTINGS) -> list[Pair]:
    """All pairs that look like copies among (key, text), by keys. Keys must differ.

    Of more than 64 texts that meet in one band, each is compared with the 64 that follow it.
    """
    return pairs_of(((key, shingles(text, manner)) for key, text in texts), manner)


def pairs_of(shingled: Iterable[tuple[str, Words]], manner: Manner = LISTINGS) -> list[Pair]:
    """`pairs` of texts whose shingles are known already, by (key, shingles)."""
    given = sorted(shingled, key=lambda one: one[0])
    sets = [words for _, words in given]
    minima = np.array([_minima(words, manner.minima) for words in sets], np.uint32).reshape(-1, manner.minima)
    found = []
    for i, j in _meetings(minima, np.array([len(s) > 0 for s in sets], bool), manner):
        estimated = float((minima[i] == minima[j]).mean())
        if estimated >= manner.hopeless:
            exact, contained = similarity(sets[i], sets[j])
            if is_near(exact, contained, manner):
                found.append(Pair(given[i][0], given[j][0], estimated, exact, contained))
    return found


def is_near(exact: float, contained: float, manner: Manner = LISTINGS) -> bool:
    """Whether two texts are alike enough to be proposed."""
    return exact >= manner.jaccard or (contained >= manner.contained and exact >= manner.alike_at_least)


def _meetings(minima: NDArray[np.uint32], some: NDArray[np.bool_], manner: Manner) -> Iterator[tuple[int, int]]:
    """Pairs of rows that agree in a band, each once, in order."""
    rows = np.nonzero(some)[0]
    bands = _bands(minima[rows], manner).ravel()
    owners = np.repeat(rows, manner.bands)
    order = np.argsort(bands, kind="stable")
    bands, owners = bands[order], owners[order]
    edges = np.concatenate([[0], np.nonzero(np.diff(bands))[0] + 1, [len(bands)]])
    met: set[tuple[int, int]] = set()
    for first, last in pairwise(edges.tolist()):
        if last - first > 1:
            group = owners[first:last].tolist()
            met.update((a, b) for place, a in enumerate(group) for b in group[place + 1 : place + 1 + _CROWD])
    return iter(sorted(met))


def _hashed(text: str, size: int) -> Words:
    """Every run of `size` characters as a 64-bit number; a shorter text is one run."""
    if not text:
        return np.empty(0, np.uint64)
    points = np.frombuffer(text.ljust(size).encode("utf-32-le"), np.uint32).astype(np.uint64)
    runs = len(points) - size + 1
    found = np.full(runs, size, np.uint64)
    for place in range(size):
        found = found * np.uint64(0x9E3779B97F4A7C15) + points[place : place + runs]
    return _mixed(found)


def _mixed(words: Words) -> Words:
    """Spreads every bit over all others (the finaliser of SplitMix64, Steele et al. 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


@cache
def _hashes(minima: int) -> tuple[Words, Words]:
    """Factors and addends of so many multiply-add hashes; a longer list begins with the shorter one."""
    salt = _mixed(np.arange(1, minima + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return (_mixed(salt) | np.uint64(1))[:, None], salt[:, None]


def _minima(hashed: Words, minima: int) -> NDArray[np.uint32]:
    """The least value of a set under each hash, high halves."""
    if not len(hashed):
        return np.zeros(minima, np.uint32)
    factor, salt = _hashes(minima)
    least: Words = (factor * hashed[None, :] + salt).min(axis=1)
    return (least >> np.uint64(32)).astype(np.uint32)


def _bands(minima: NDArray[np.uint32], manner: Manner) -> Words:
    """The minima of a band and its place as one number; minima too few for a last band are left over."""
    count, wide = manner.bands, manner.wide
    split = minima[..., : count * wide].reshape(*minima.shape[:-1], count, wide).astype(np.uint64)
    found = np.broadcast_to(np.arange(count, dtype=np.uint64), split.shape[:-1])
    for place in range(wide):
        found = _mixed(found * np.uint64(0x9E3779B97F4A7C15) + split[..., place])
    return found


def _grown(rows: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.concatenate([rows, np.empty_like(rows)])
