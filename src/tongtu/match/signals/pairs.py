"""Working on millions of pairs, or on a hundred at once: each distinct combination is judged once.

A market has millions of pairs and few distinct combinations of, say, directions. `Kinds` tells what is
distinct on one side; `over` judges the combinations that occur and gives every pair its answer. Where there
are few pairs, as when a single question is asked, combinations judged before are remembered (`Known`), since
starting a query costs more than the pairs do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

_JOINT = "\x1f"
_FEW = 1_000  # pairs, and listings of a side, that are looked at one by one
_MANY = 100_000  # combinations remembered


def listed(listings: pl.DataFrame, **columns: pl.DataType | type[pl.DataType]) -> pl.DataFrame:
    """These columns of listings by row number from 0; a column that is absent, or a row, is null."""
    have = [pl.col(c).cast(t) if c in listings.columns else pl.lit(None, t).alias(c) for c, t in columns.items()]
    frame = listings.select(pl.col("row").cast(pl.Int64), *have).sort("row")
    numbers = frame["row"].to_list()[-1:]
    if numbers and numbers[0] >= frame.height:
        every = pl.select(row=pl.int_range(0, numbers[0] + 1, dtype=pl.Int64))
        frame = every.join(frame, on="row", how="left", maintain_order="left")
    return frame.drop("row")


def at(frame: pl.DataFrame, rows: pl.Series, suffix: str = "") -> pl.DataFrame:
    """The rows of a frame with these numbers, columns renamed by `suffix`."""
    return frame.select(pl.all().gather(rows).name.suffix(suffix))


def beside(found: pl.DataFrame, asked: pl.DataFrame, offered: pl.DataFrame) -> pl.DataFrame:
    """n, a and the columns of both listings of every pair, those of `offered` with `_a`."""
    both = [found.select("n", "a"), at(asked, found["n"]), at(offered, found["a"], "_a")]
    return pl.concat(both, how="horizontal")


def tidy(column: str) -> pl.Expr:
    """A list of codes as a set in order; null where it is empty, so that unknown has one form."""
    codes = pl.col(column).list.drop_nulls().list.unique().list.sort()
    return pl.when(codes.list.len() > 0).then(codes).cast(pl.List(pl.String)).alias(column)


#: a listing's codes, in order and each once; None where it has none
Codes = tuple[tuple[str, ...] | None, ...]


class Kinds:
    """What is distinct in a frame of lists of codes, a row a listing; order and number of codes do not matter."""

    def __init__(self, lists: pl.DataFrame) -> None:
        self.lists = lists

    @property
    def of(self) -> pl.Series:
        """Number of the kind of each row."""
        return self._numbered[0]

    @property
    def values(self) -> pl.DataFrame:
        """`kind` and the lists that make it."""
        return self._numbered[1]

    @cached_property
    def codes(self) -> list[Codes]:
        """The lists of each row."""
        return [tuple(map(_codes, row)) for row in self.lists.iter_rows()]

    @cached_property
    def _numbered(self) -> tuple[pl.Series, pl.DataFrame]:
        lists = self.lists
        written = lists.with_columns(written=_key(lists))
        once = written.unique("written", maintain_order=True)
        sets = once.select(*(tidy(column) for column in lists.columns), "written")
        sets = sets.with_columns(key=_key(sets.drop("written")))
        values = sets.unique("key", maintain_order=True).with_row_index("kind").cast({"kind": pl.Int64})
        numbers = sets.select("written", "key").join(values.select("key", "kind"), on="key")
        of = written.select("written").join(numbers, on="written", how="left", maintain_order="left")["kind"]
        return of, values.drop("key", "written")


def _codes(codes: list[str | None] | None) -> tuple[str, ...] | None:
    return tuple(sorted({code for code in codes if code is not None})) or None if codes else None


def _key(lists: pl.DataFrame) -> pl.Series:
    """Rows of lists as text."""
    parts = [pl.col(c).list.join(_JOINT).fill_null(_JOINT) for c in lists.columns]
    return lists.select(pl.concat_str(parts, separator="\x1e").alias("key"))["key"]


@dataclass(slots=True)
class Known:
    """Combinations that were judged before: the codes of both → what `judge` said; the columns it says it in."""

    said: dict[tuple[Codes, Codes], tuple[Any, ...]] = field(default_factory=dict)
    schema: dict[str, pl.DataType] = field(default_factory=dict)


def over(
    found: pl.DataFrame, left: Kinds, right: Kinds, judge: Callable[[pl.DataFrame], pl.DataFrame], known: Known
) -> pl.DataFrame:
    """n, a and what `judge` says of the kinds of both.

    `judge` gets one row a combination that occurs, with `pair`, the lists of `left`, and those of `right`
    with `_a`; it returns `pair` and what it found.
    """
    if max(found.height, left.lists.height, right.lists.height) <= _FEW:
        return _one_by_one(found, left, right, judge, known)
    size = max(right.values.height, 1)
    pair = left.of.gather(found["n"]) * size + right.of.gather(found["a"])
    every = found.select("n", "a").with_columns(pair=pair)
    once = every.select("pair").unique()
    once = (
        once.with_columns(kind=pl.col("pair") // size, kind_a=pl.col("pair") % size)
        .join(left.values, on="kind", how="left")
        .join(right.values.rename(lambda c: f"{c}_a"), on="kind_a", how="left")
        .drop("kind", "kind_a")
    )
    return every.join(judge(once), on="pair", how="left", maintain_order="left").drop("pair")


def _one_by_one(
    found: pl.DataFrame, left: Kinds, right: Kinds, judge: Callable[[pl.DataFrame], pl.DataFrame], known: Known
) -> pl.DataFrame:
    """`over` for few pairs."""
    if len(known.said) > _MANY:
        known.said.clear()
    asked, offered = left.codes, right.codes
    pairs = [(asked[n], offered[a]) for n, a in zip(found["n"], found["a"], strict=True)]
    new = [pair for pair in dict.fromkeys(pairs) if pair not in known.said]
    if new or not known.schema:
        names = [*left.lists.columns, *(f"{column}_a" for column in right.lists.columns)]
        rows = [(number, *one, *other) for number, (one, other) in enumerate(new)]
        once = pl.DataFrame(rows, {"pair": pl.Int64, **dict.fromkeys(names, pl.List(pl.String))}, orient="row")
        judged = once.select("pair").join(judge(once), on="pair", how="left", maintain_order="left").drop("pair")
        known.schema = dict(judged.schema)
        known.said.update(zip(new, judged.iter_rows(), strict=True))
    said = pl.DataFrame([known.said[pair] for pair in pairs], known.schema, orient="row")
    return found.select("n", "a").hstack(said)
