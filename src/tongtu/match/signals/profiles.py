"""Profiles: an organisation, a platform or a person judged by the items that speak for it.

A profile's value is the mean of its best three items (fewer: of those it has). On a published benchmark of
expertise this ranks better than its best item alone and than the mean of all: one lucky hit is not
expertise, and a long list of other work is no fault.
"""

from __future__ import annotations

import polars as pl

BEST = 3


def aggregate(items: pl.DataFrame, profiles: pl.DataFrame, *, by: str = "score", best: int = BEST) -> pl.DataFrame:
    """Values of profiles from those of their items.

    `items`: n, item, the number `by` and any further numbers (signals, contributions), one row for each question
    and item. `profiles`: item, a: the profiles each item speaks for, one or several. Returns n, a, `by`,
    each further number, `counted` (how many items) and `items` (which, the best first), by n and a.

    Of the items with a known `by` the `best` count, ties going to the item that comes first; each further
    number is the mean over the same items, of those where it is known. A profile none of whose items has a
    known `by` has null and counts none.
    """
    numbers = [c for c in items.columns if c not in ("n", "item", by) and items.schema[c].is_numeric()]
    spoken = items.select("n", "item", by, *numbers).join(profiles.select("item", "a").unique(), on="item")
    spoken = spoken.sort([by, "item"], descending=[True, False], nulls_last=True)
    known = pl.col(by).is_not_null()
    first = {c: pl.col(c).filter(known).head(best) for c in (by, "item", *numbers)}
    found = spoken.group_by("n", "a").agg(
        *(first[c].mean().alias(c) for c in (by, *numbers)),
        counted=first["item"].len().cast(pl.Int64),
        items=first["item"],
    )
    return found.sort("n", "a")
