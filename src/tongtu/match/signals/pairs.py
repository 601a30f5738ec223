"""Working on millions of pairs, or on a hundred at once: each distinct combination is judged once.

A market has millions of pairs and few distinct combinations of, say, directions. `Kinds` numbers what is distinct
among listings; `Known.over` judges the combinations that occur, remembers them, and gives every pair its answer.
Where a single question is asked most have been met before, which matters: starting a query costs more than a
hundred pairs do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Types = Mapping[str, pl.DataType | type[pl.DataType]]
#: a listing's codes, in order and each once; None where it has none
Codes = tuple[tuple[str, ...] | None, ...]
#: combinations (`pair`, the lists of one listing, those of the other with `_a`) → `pair` and what is said of it
Judge = Callable[[pl.DataFrame], pl.DataFrame]

_JOINT = "\x1f"
_FEW = 1_000  # listings whose codes are read one by one
_MANY = 100_000  # combinations remembered
_PIECES = 32  # of a frame that grows, after which it is laid out in one
_HALF = 32  # bits of a kind's number


def listed(listings: pl.DataFrame, **columns: pl.DataType | type[pl.DataType]) -> pl.DataFrame:
    """These columns of listings by row number from 0; a column that is absent, or a row, is null."""
    if _whole(listings, columns):
        return _padded(listings, columns)
    have = [pl.col(c).cast(t) if c in listings.columns else pl.lit(None, t).alias(c) for c, t in columns.items()]
    frame = listings.select(pl.col("row").cast(pl.Int64), *have).sort("row")
    numbers = frame["row"].to_list()[-1:]
    if numbers and numbers[0] >= frame.height:
        every = pl.select(row=pl.int_range(0, numbers[0] + 1, dtype=pl.Int64))
        frame = every.join(frame, on="row", how="left", maintain_order="left")
    return frame.drop("row")


def _padded(listings: pl.DataFrame, columns: Types) -> pl.DataFrame:
    """These columns, those that are absent null."""
    have = listings[[name for name in columns if name in listings.columns]]
    absent = [pl.Series(name, [None], kind) for name, kind in columns.items() if name not in have.columns]
    return have.hstack([each.new_from_index(0, have.height) for each in absent])[list(columns)]


def _whole(listings: pl.DataFrame, columns: Types) -> bool:
    """Whether rows stand in their places and the columns that are there have their types."""
    schema, row = listings.schema, listings["row"].to_numpy()
    if any(schema.get(name, kind) != kind for name, kind in columns.items()):
        return False
    return any(name in schema for name in columns) and bool((row == np.arange(row.size)).all())


def beside(found: pl.DataFrame, asked: pl.DataFrame, offered: pl.DataFrame) -> pl.DataFrame:
    """The columns of both listings of every pair (n, a); no name stands on both sides."""
    return asked[found["n"]].hstack(offered[found["a"]])


class Kinds:
    """What is distinct in lists of codes, numbered from 0 as it is met; order and number of codes do not matter."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._numbers: dict[Codes, int] = {}
        self._codes: list[Codes] = []

    def of(self, lists: pl.DataFrame) -> pl.Series:
        """Number of the kind of each row."""
        lists = lists[list(self.columns)]
        if lists.height <= _FEW:
            return pl.Series([self._number(row) for row in lists.iter_rows()], dtype=pl.Int64)
        written = lists.with_columns(written=_key(lists))
        once = written.unique("written", maintain_order=True)
        numbers = [self._number(row) for row in once.drop("written").iter_rows()]
        known = once.select("written", kind=pl.Series(numbers, dtype=pl.Int64))
        return written.select("written").join(known, on="written", how="left", maintain_order="left")["kind"]

    def codes(self, number: int) -> Codes:
        """The lists that make a kind."""
        return self._codes[number]

    def lists(self, numbers: Ints, suffix: str = "") -> pl.DataFrame:
        """The lists that make these kinds, columns renamed by `suffix`."""
        once, where = np.unique(numbers, return_inverse=True)
        rows = [self._codes[number] for number in once.tolist()]
        schema = {f"{column}{suffix}": pl.List(pl.String) for column in self.columns}
        return pl.DataFrame(rows, schema, orient="row")[where]

    def _number(self, row: tuple[list[str | None] | None, ...]) -> int:
        codes = tuple(map(_tidy, row))
        number = self._numbers.setdefault(codes, len(self._codes))
        if number == len(self._codes):
            self._codes.append(codes)
        return number


def _tidy(codes: list[str | None] | None) -> tuple[str, ...] | None:
    return tuple(sorted({code for code in codes if code is not None})) or None if codes else None


def _key(lists: pl.DataFrame) -> pl.Series:
    """Rows of lists as text."""
    parts = [pl.col(c).list.join(_JOINT).fill_null(_JOINT) for c in lists.columns]
    return lists.select(pl.concat_str(parts, separator="\x1e").alias("key"))["key"]


@dataclass(slots=True)
class Known:
    """What a judge said of combinations of kinds: each is judged once."""

    kinds: Kinds
    judge: Judge
    _rows: dict[int, int] = field(default_factory=dict)
    _said: pl.DataFrame | None = None

    def over(self, asked: pl.Series, offered: pl.Series) -> pl.DataFrame:
        """What is said of the kinds of both listings of each pair, in their order."""
        keys, where = np.unique(asked.to_numpy() << _HALF | offered.to_numpy(), return_inverse=True)
        said, rows = self._of(keys)
        return said[rows[where]]

    def _of(self, keys: Ints) -> tuple[pl.DataFrame, Ints]:
        """What was said until now, and which rows of it concern these combinations."""
        if len(self._rows) + len(keys) > _MANY:
            self._rows, self._said = {}, None
        new = [key for key in keys.tolist() if key not in self._rows]
        if new or self._said is None:
            judged = self._judged(np.array(new, np.int64))
            self._rows.update(zip(new, range(len(self._rows), len(self._rows) + len(new)), strict=True))
            self._said = judged if self._said is None else self._said.vstack(judged)
        if self._said.n_chunks() > _PIECES:
            self._said = self._said.rechunk()
        return self._said, np.array([self._rows[key] for key in keys.tolist()], np.int64)

    def _judged(self, keys: Ints) -> pl.DataFrame:
        pair = pl.DataFrame({"pair": np.arange(len(keys))})
        left, right = self.kinds.lists(keys >> _HALF), self.kinds.lists(keys & ((1 << _HALF) - 1), "_a")
        once = pair.hstack(left).hstack(right)
        return pair.join(self.judge(once), on="pair", how="left", maintain_order="left").drop("pair")
