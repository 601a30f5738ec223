"""MR-Sort and ELECTRE TRI-B.

A subject *a* outranks a profile *b* when criteria that support "a is at least as good as b" weigh at least
the cutting level and none objects with a veto. The pessimistic (strict) rule gives the highest category
whose profile *a* outranks; the optimistic (lenient) one the category below the lowest profile that is
strictly preferred to *a*. Where the two differ, *a* cannot be compared with a profile: it excels and fails at
once, and experts should look.

Sources: B. Roy and D. Bouyssou, *Aide multicritère à la décision* (1993), ch. 6, for ELECTRE TRI-B; A. Leroy,
V. Mousseau and M. Pirlot, *Learning the parameters of a multiple criteria sorting method* (2011), for MR-Sort,
which is its case without thresholds and with an all-or-nothing veto. Outranking is tested with "at least",
so a subject that equals a profile everywhere is in its category. We depart in one thing: a missing figure
supports nothing under the strict rule and everything under the lenient one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from tongtu.sorting.core import arrays, over, places, under
from tongtu.sorting.figures import Floats, read
from tongtu.sorting.model import Category, Criterion, Profile, Sorting
from tongtu.sorting.reasons import standing


def mr_sort(
    performance: pl.DataFrame,
    weights: Mapping[str, float],
    profiles: Sequence[Profile],
    cutting_level: float,
    veto: Mapping[str, float] | None = None,
    *,
    worst: str = "none",
) -> pl.DataFrame:
    """Sorts by coalitions alone: no thresholds, and a veto that blocks wholly or not at all.

    `performance` has the subjects' ids in its first column and one column per criterion; `profiles` go
    from the second category up. See `assign` for the frame returned. Raises UsageFault.
    """
    criteria = tuple(Criterion(name, weight, veto=(veto or {}).get(name)) for name, weight in weights.items())
    categories = (Category(worst), *(Category(profile.category) for profile in profiles))
    model = Sorting(criteria, categories, tuple(profiles), cutting_level, gradual_veto=False)
    return assign(model, performance)


def electre_tri(model: Sorting, performance: pl.DataFrame) -> pl.DataFrame:
    """`assign` with vetoes that weaken before they block, whatever the model says of them."""
    return assign(replace(model, gradual_veto=True), performance)


def assign(model: Sorting, performance: pl.DataFrame) -> pl.DataFrame:
    """Sorts every subject of `performance` (ids in the first column, one column per criterion, null: not known).

    Returns, ordered by id: the subject column, `pessimistic`, `optimistic` (names of categories), `missing`
    (number of figures not known) and `why` (what supports the category given, and what keeps the next away).
    Raises UsageFault.
    """
    figures, it = read(model, performance), arrays(model)
    pessimistic, optimistic = places(figures.values, it)
    names = pl.Series([category.name for category in model.categories], dtype=pl.String)
    whys = standing(model, it, figures.values, pessimistic, optimistic)
    return pl.DataFrame(
        {
            figures.key: figures.ids,
            "pessimistic": names.gather(pessimistic),
            "optimistic": names.gather(optimistic),
            "missing": np.isnan(figures.values).sum(axis=1).astype(np.int64),
            "why": pl.Series(whys, dtype=pl.String),
        }
    )


def credibility(model: Sorting, performance: pl.DataFrame) -> tuple[Floats, Floats]:
    """σ(a, b) and σ(b, a) for every subject (row, in the order of their ids) and profile (column)."""
    values, it = read(model, performance).values, arrays(model)
    return over(values, it).credibility, under(values, it).credibility
