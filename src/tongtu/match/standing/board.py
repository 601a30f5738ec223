"""One side of a market that stands: listings that come and go, each found as soon as it is there.

Every listing keeps the row it was given; one that is taken down leaves its row behind, out of the statistics,
the index and the vectors, until the board is made anew (`compact`). The statistics of words, concepts and
quantities are therefore always those of the listings that stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from tongtu.match import eligible, listings, retrieve
from tongtu.match.eligible import Standing
from tongtu.match.indicators import Sheet
from tongtu.match.listings import Side
from tongtu.match.nearness import Floats
from tongtu.match.standing.kept import Kept
from tongtu.text import duplicates
from tongtu.text.index import Asked
from tongtu.text.live import Live

_ALIKE = 20  # listings of the most similar words that are compared as copies
_CHUNKS = 256  # listings added one by one, after which the frame is laid out in one piece


class Alike(NamedTuple):
    """A listing that looks like a copy of another: its id, and how much of their texts is shared (0..1, Jaccard)."""

    id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Posted:
    """Listings ready to be posted: themselves, their indicators, how they stand, their vectors by space."""

    side: Side
    sheet: Sheet
    standing: Standing
    vectors: Mapping[str, Floats]


class Board:
    """The listings of one kind that stand. `side`, `sheet`, `standing`: as a market has them, all rows."""

    def __init__(self, made: Posted, live: Live) -> None:
        self.side, self.sheet = made.side, made.sheet
        self._facts, self._base = made.standing.offers, made.standing
        self.holders, self.is_open = list(made.standing.holders), list(made.standing.is_open)
        self.spoken = made.sheet.quantities(made.side.rows)
        self._vectors = {name: _Grown(rows) for name, rows in made.vectors.items()}
        self.rows = {id_: row for row, id_ in enumerate(made.side.frame["id"].to_list())}
        self._stated: defaultdict[int, list[int]] = defaultdict(list)
        self._keys: list[list[str]] = []
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
            self._put(self.side.frame.rechunk())
            self._facts = self._facts.rechunk()

    def take_down(self, key: str) -> bool:
        """Says whether it stood."""
        if not self._end(key):
            return False
        self.kept.drop(key)
        return True

    @contextmanager
    def provisional(self, made: Posted) -> Iterator[int]:
        """The row of a listing that stands for a moment, as though it were in place of one of its id; not indexed."""
        frame, facts, sheet = self.side.frame, self._facts, self.sheet
        before = self.rows.get(made.side.frame["id"][0])
        if before is not None:
            self._each("remove", before)
        row = self._append(made)
        try:
            yield row
        finally:
            self._facts, self.sheet = facts, sheet
            self._put(frame)
            self._retract(row)
            if before is not None:
                self._each("restore", before)

    def alike(self, made: Posted) -> list[Alike]:
        """Standing listings that look like copies of this one, the most alike first; not the one of its id."""
        asked = retrieve.question(made.side, 0, [], self.shelf)
        (hits,) = self.kept.live.search_many([Asked(asked.terms, {"concept": asked.concepts})], limit=_ALIKE)
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

    def stated(self, rows: Sequence[int]) -> tuple[Sheet, list[int]]:
        """The indicators of these listings, numbered from 0 in the order of their ids; and their numbers here."""
        places = {row: place for place, row in enumerate(rows)}
        numbers = sorted(chain.from_iterable(self._stated.get(row, ()) for row in rows))
        frame = _at(self.sheet.frame, numbers).with_columns(
            row=pl.col("row").replace_strict(places, return_dtype=pl.Int64), here=pl.Series(numbers, dtype=pl.Int64)
        )
        frame = frame.sort("indicator", "row").with_columns(i=pl.int_range(pl.len(), dtype=pl.Int64))
        here = frame["here"].to_list()
        keys = [(i, key) for i, number in enumerate(here) for key in self._keys[number]]
        named = pl.DataFrame(keys, schema={"i": pl.Int64, "key": pl.String}, orient="row")
        return Sheet(frame.drop("here"), named), here

    def standing(self, rows: Sequence[int]) -> Standing:
        """How these listings stand, numbered from 0 in this order."""
        parties = [(place, holder) for place, row in enumerate(rows) for holder in self.holders[row]]
        return _replaced(
            self._base,
            pl.DataFrame(parties, schema={"a": pl.Int64, "organisation": pl.String}, orient="row"),
            _at(self._facts, rows).with_columns(a=pl.int_range(pl.len(), dtype=pl.Int64)),
        )

    # What is kept by row.

    def _append(self, made: Posted) -> int:
        row, side = self.side.rows, made.side
        for mine, new in zip(
            (self.side.texts, self.side.named, self.side.titled, self.holders, self.is_open),
            (side.texts, side.named, side.titled, made.standing.holders, made.standing.is_open),
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
        self._put(self.side.frame.vstack(side.frame.with_columns(row=pl.lit(row, pl.Int64))))
        self._facts = self._facts.vstack(made.standing.offers.with_columns(a=pl.lit(row, pl.Int64)))
        if made.sheet.frame.height:
            start = self.sheet.frame.height
            frame = made.sheet.frame.with_columns(pl.col("i") + start, row=pl.lit(row, pl.Int64))
            keys = made.sheet.keys.with_columns(pl.col("i") + start)
            self._state(Sheet(frame, keys))
            self.sheet = Sheet(self.sheet.frame.vstack(frame), self.sheet.keys.vstack(keys))
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
        for i, row in sheet.frame.select("i", "row").iter_rows():
            self._stated[row].append(i)
            self._keys.append([])
        for i, key in sheet.keys.iter_rows():
            self._keys[i].append(key)

    def _put(self, frame: pl.DataFrame) -> None:
        side = self.side
        self.side = Side(side.kind, frame, side.texts, side.named, side.titled, side.bags)

    def _document(self, made: Posted) -> dict[str, Sequence[str] | int]:
        (document,) = retrieve.documents(
            made.side, made.sheet.quantities(1), made.standing.holders, made.standing.is_open
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


def _replaced(standing: Standing, parties: pl.DataFrame, offers: pl.DataFrame) -> Standing:
    return eligible.Standing(
        parties, offers, standing.conflicts, standing.root, standing.trades, standing.ask_demands, standing.verdicts
    )


def _written(side: Side, row: int) -> str:
    return "\n".join(listings.written(side.frame.row(row, named=True)))
