"""One side of a market that stands: listings that come and go, each found as soon as it is there.

Every listing keeps the row it was given; one that is taken down leaves its row behind, out of the statistics,
the index and the vectors, until the board is made anew (`compact`). The statistics of words, concepts and
quantities are therefore always those of the listings that stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from tongtu.match import eligible, listings, retrieve
from tongtu.match.indicators import Sheet
from tongtu.match.listings import Side
from tongtu.match.nearness import Floats
from tongtu.match.standing.kept import Kept
from tongtu.text import duplicates
from tongtu.text.index import Asked
from tongtu.text.live import Live

_ALIKE = 20  # listings of the most similar words that are compared as copies
_CHUNKS = 8  # listings added one by one, after which frames are laid out in one piece

#: listings → by signal what counts of them, a row each
Read = Callable[[pl.DataFrame], dict[str, pl.DataFrame]]


class Alike(NamedTuple):
    """A listing that looks like a copy of another: its id, and how much of their texts is shared (0..1, Jaccard)."""

    id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Posted:
    """Listings ready to be posted: themselves, their indicators, who holds them, how they stand (see
    `eligible.Standing`), their vectors by space."""

    side: Side
    sheet: Sheet
    holders: Sequence[list[str]]
    offers: pl.DataFrame
    vectors: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Stated(Sheet):
    """The indicators of a board. `by_row`: their numbers by listing; `names`: what each goes by."""

    by_row: Mapping[int, Sequence[int]]
    names: Sequence[Sequence[str]]

    def of(self, rows: pl.Series) -> Sheet:
        numbers = sorted(chain.from_iterable(self.by_row.get(row, ()) for row in set(rows.to_list())))
        keys = [(i, key) for i in numbers for key in self.names[i]]
        frame = _at(self.frame[["i", "row", "must"]], numbers)
        return Sheet(frame, pl.DataFrame(keys, schema={"i": pl.Int64, "key": pl.String}, orient="row"))


class Board:
    """The listings of one kind that stand, all as a market has them; `read`: what signals read of them."""

    def __init__(self, made: Posted, live: Live, read: Read) -> None:
        self.side, self.offers, self.holders = made.side, made.offers, list(made.holders)
        self.is_open = eligible.openly(made.offers)
        self._read, self.told = read, read(made.side.frame)
        self.spoken = made.sheet.quantities(made.side.rows)
        self._vectors = {name: _Grown(rows) for name, rows in made.vectors.items()}
        self.rows = {id_: row for row, id_ in enumerate(made.side.frame["id"].to_list())}
        self._stated: defaultdict[int, list[int]] = defaultdict(list)
        self._keys: list[list[str]] = []
        self.sheet = Stated(made.sheet.frame, made.sheet.keys, self._stated, self._keys)
        self._state(made.sheet)
        self.kept = Kept(self.rows, live)
        self.shelf = retrieve.Shelf(self.side, self.spoken, self.holders, self.is_open, self.kept)
        self._statistics = [*self.shelf.words.values(), self.shelf.concepts, self.shelf.quantities]
        documents = retrieve.documents(self.side, self.spoken, self.holders, self.is_open)
        self.repaired = self.kept.settle(zip(self.rows, documents, strict=True))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def standing_rows(self) -> int:
        """Listings in the statistics: those that stand, and one that does so provisionally."""
        return len(self.shelf.concepts)

    def vectors(self) -> dict[str, Floats]:
        """By space the vectors of all rows; zero where a listing was taken down."""
        return {name: grown.rows for name, grown in self._vectors.items()}

    def ids(self, rows: pl.Series) -> pl.Series:
        return self.side.frame["id"].gather(rows)

    # What comes and goes.

    def post(self, made: Posted) -> None:
        """A listing that stands from now on, in place of one of its id."""
        key = made.side.frame["id"][0]
        self._end(key)
        row = self._append(made)
        self.rows[key] = row
        self.kept.put(key, self._document(made))
        if self.side.frame.n_chunks() > _CHUNKS:
            self._put(self.side.frame.rechunk(), self.offers.rechunk())
            self.told = {name: frame.rechunk() for name, frame in self.told.items()}
        if self.sheet.frame.n_chunks() > _CHUNKS:
            self.sheet = replace(self.sheet, frame=self.sheet.frame.rechunk(), keys=self.sheet.keys.rechunk())

    def take_down(self, key: str) -> bool:
        """Says whether it stood."""
        if not self._end(key):
            return False
        self.kept.drop(key)
        return True

    @contextmanager
    def provisional(self, made: Posted) -> Iterator[int]:
        """The row of a listing that stands for a moment, as though it were in place of one of its id; not indexed."""
        frame, offers, sheet, told = self.side.frame, self.offers, self.sheet, self.told
        before = self.rows.get(made.side.frame["id"][0])
        if before is not None:
            self._each("remove", before)
        row = self._append(made)
        try:
            yield row
        finally:
            self.sheet, self.told = sheet, told
            self._put(frame, offers)
            self._retract(row)
            if before is not None:
                self._each("restore", before)

    def alike(self, made: Posted) -> list[Alike]:
        """Standing listings that look like copies of this one, the most alike first; not the one of its id."""
        asked = retrieve.question(made.side, 0, [], self.shelf)
        (hits,) = self.kept.live.keys_many([Asked(asked.terms, {"concept": asked.concepts})], limit=_ALIKE)
        own, written = made.side.frame["id"][0], _written(made.side, 0)
        sets, found = duplicates.shingles(written), []
        for key in hits.keys:
            exact, contained = duplicates.similarity(sets, duplicates.shingles(_written(self.side, self.rows[key])))
            if key != own and duplicates.is_near(exact, contained):
                found.append(Alike(key, round(exact, 4)))
        return sorted(found, key=lambda alike: (-alike.similarity, alike.id))

    # A few of the rows, numbered anew.

    def part(self, rows: Sequence[int]) -> Side:
        """These listings, numbered from 0 in this order."""
        side = self.side
        texts = [side.texts[row] for row in rows]
        frame = _at(side.frame, rows).with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
        named, titled = ([of[row] for row in rows] for of in (side.named, side.titled))
        return Side(side.kind, frame, texts, named, titled, listings.Bags(texts))

    def stated(self, rows: Sequence[int]) -> Sheet:
        """The indicators of these listings, numbered from 0 in the order of their ids."""
        places = {row: place for place, row in enumerate(rows)}
        numbers = sorted(chain.from_iterable(self._stated.get(row, ()) for row in rows))
        frame = _at(self.sheet.frame, numbers).with_columns(
            row=pl.col("row").replace_strict(places, return_dtype=pl.Int64), here=pl.Series(numbers, dtype=pl.Int64)
        )
        frame = frame.sort("indicator", "row").with_columns(i=pl.int_range(pl.len(), dtype=pl.Int64))
        keys = [(i, key) for i, number in enumerate(frame["here"]) for key in self._keys[number]]
        named = pl.DataFrame(keys, schema={"i": pl.Int64, "key": pl.String}, orient="row")
        return Sheet(frame.drop("here"), named)

    def held(self, rows: Sequence[int]) -> tuple[list[list[str]], pl.DataFrame]:
        """Who holds these listings and how they stand, numbered from 0 in this order."""
        offers = _at(self.offers, rows).with_columns(a=pl.int_range(pl.len(), dtype=pl.Int64))
        return [self.holders[row] for row in rows], offers

    # What is kept by row.

    def _append(self, made: Posted) -> int:
        row, side = self.side.rows, made.side
        for mine, new in zip(
            (self.side.texts, self.side.named, self.side.titled, self.holders, self.is_open),
            (side.texts, side.named, side.titled, made.holders, eligible.openly(made.offers)),
            strict=True,
        ):
            mine.extend(new)  # type: ignore[attr-defined]
        self.spoken += made.sheet.quantities(1)
        terms = [forward.terms(0) for forward in side.bags.of.values()]
        self._marks = [len(each.columns) for each in self._statistics]
        for each, given in zip(self._statistics, [*terms, sorted(side.named[0]), self.spoken[-1]], strict=True):
            each.add(given)
        for name, grown in self._vectors.items():
            grown.add(made.vectors[name])
        told = self._read(side.frame)
        self.told = {name: frame.vstack(told[name]) for name, frame in self.told.items()}
        self._put(
            self.side.frame.vstack(_renumbered(side.frame, "row", row)),
            self.offers.vstack(_renumbered(made.offers, "a", row)),
        )
        if made.sheet.frame.height:
            start = self.sheet.frame.height
            frame = _renumbered(_renumbered(made.sheet.frame, "row", row), "i", start)
            keys = _renumbered(made.sheet.keys, "i", start)
            self._state(Sheet(frame, keys))
            self.sheet = replace(self.sheet, frame=self.sheet.frame.vstack(frame), keys=self.sheet.keys.vstack(keys))
        return row

    def _end(self, key: str) -> bool:
        """Leaves the row of a listing behind; the index is not told."""
        row = self.rows.pop(key, None)
        if row is None:
            return False
        self._each("remove", row)
        for grown in self._vectors.values():
            grown.rows[row] = 0.0
        return True

    def _retract(self, row: int) -> None:
        """Forgets the last row."""
        for held in (self.side.texts, self.side.named, self.side.titled, self.holders, self.is_open, self.spoken):
            del held[row:]
        for each, terms in zip(self._statistics, self._marks, strict=True):
            each.pop(terms)
        for grown in self._vectors.values():
            grown.size = row
        for number in self._stated.pop(row, ()):
            del self._keys[number:]

    def _each(self, what: Literal["remove", "restore"], row: int) -> None:
        for each in self._statistics:
            getattr(each, what)(row)

    def _state(self, sheet: Sheet) -> None:
        for i, row in sheet.frame[["i", "row"]].iter_rows():
            self._stated[row].append(i)
            self._keys.append([])
        for i, key in sheet.keys.iter_rows():
            self._keys[i].append(key)

    def _put(self, frame: pl.DataFrame, offers: pl.DataFrame) -> None:
        side, self.offers = self.side, offers
        self.side = Side(side.kind, frame, side.texts, side.named, side.titled, side.bags)

    def _document(self, made: Posted) -> dict[str, Sequence[str] | int]:
        (document,) = retrieve.documents(
            made.side, made.sheet.quantities(1), made.holders, eligible.openly(made.offers)
        )
        return dict(document)


class _Grown:
    """Rows of numbers, more at the end."""

    def __init__(self, rows: Floats) -> None:
        self._held, self.size = rows, len(rows)

    @property
    def rows(self) -> Floats:
        return self._held[: self.size]

    def add(self, rows: Floats) -> None:
        end = self.size + len(rows)
        if end > len(self._held):
            grown = np.zeros((end + end // 8, self._held.shape[1]), np.float32)
            grown[: self.size] = self.rows
            self._held = grown
        self._held[self.size : end] = rows
        self.size = end


def _at(frame: pl.DataFrame, rows: Sequence[int]) -> pl.DataFrame:
    return frame[pl.Series(rows, dtype=pl.Int64)]


def _renumbered(frame: pl.DataFrame, column: str, start: int) -> pl.DataFrame:
    """A frame of what was numbered from 0, from another number on."""
    return frame.clone().replace_column(frame.get_column_index(column), frame[column] + start)


def _written(side: Side, row: int) -> str:
    return "\n".join(listings.written(side.frame.row(row, named=True)))
