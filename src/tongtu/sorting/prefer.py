"""Order within a category by stated preferences: between equals, who goes first. It never moves anybody between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from tongtu.sorting.sound import fault
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Label, Why


def preferred(
    frame: pl.DataFrame,
    *,
    order: Sequence[str],
    first: str,
    then: Sequence[str] = (),
    category: str = "pessimistic",
    labels: Mapping[str, Label] | None = None,
) -> pl.DataFrame:
    """`frame` with the best category first and within it by the column `first`, then by those of `then`.

    `order` names the categories from worst to best. Greater or true goes first; `-name` means less first; null goes
    last. Adds `place` (from 1 in each category; equal on every key, equal place) and `place_why`. The first column,
    the id, only settles in which order equals are listed. Raises UsageFault.
    """
    keys = [_Key.of(name) for name in (first, *then)]
    found = list(_faults(frame, keys, order, category))
    if found:
        raise UsageFault(found)
    names = [f"_key{n}" for n in range(len(keys))]
    rank = {name: n for n, name in enumerate(order)}
    keyed = frame.with_columns(
        pl.col(category).replace_strict(rank, default=None, return_dtype=pl.Int64).alias("_rank"),
        *(key.column().alias(name) for key, name in zip(keys, names, strict=True)),
    )
    ordered = keyed.sort(
        "_rank", *names, frame.columns[0], descending=[True] * (len(names) + 1) + [False], nulls_last=True
    )
    changed = pl.struct("_rank", *names).rle_id()
    within = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("_rank")
    ordered = ordered.with_columns(place=within).with_columns(place=pl.col("place").min().over(changed))
    shown = [(labels or {}).get(key.name) or Label(key.name) for key in keys]
    why = Why("sorting.preferred", {"keys": shown}).to_json()
    return ordered.drop("_rank", *names).with_columns(place_why=pl.lit(why))


class _Key:
    def __init__(self, name: str, rising: bool) -> None:
        self.name, self.rising = name, rising

    @classmethod
    def of(cls, written: str) -> _Key:
        return cls(written.removeprefix("-"), written.startswith("-"))

    def column(self) -> pl.Expr:
        value = pl.col(self.name).cast(pl.Float64)
        return -value if self.rising else value


def _faults(frame: pl.DataFrame, keys: Sequence[_Key], order: Sequence[str], category: str) -> Iterator[Fault]:
    absent = [name for name in (category, *(key.name for key in keys)) if name not in frame.columns]
    if absent:
        yield fault("criterion-absent", names=absent)
    elif unknown := sorted({str(one) for one in frame[category].drop_nulls()} - set(order)):
        yield fault("category-unknown", names=unknown)
    for key in keys:
        kind = frame.schema.get(key.name, pl.Int64())
        if not (kind.is_numeric() or kind == pl.Boolean):
            yield fault("figure-text", name=key.name, values=[str(one) for one in frame[key.name].drop_nulls()[:5]])
