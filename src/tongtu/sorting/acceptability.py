"""How sure a category is: the share of what might be true that gives it.

Rules and evidence are drawn from what is doubted (see `Doubt`), and every subject is sorted anew in each draw.
Source: T. Tervonen, J. Figueira, R. Lahdelma, J. Almeida Dias and P. Salminen, *A stochastic method for robustness
analysis in sorting problems* (2009), SMAA-TRI. We depart in three things: weights are drawn around the given ones
and not from all there are; profiles and evidence are doubted too; and all subjects meet the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from tongtu.sorting.core import arrays
from tongtu.sorting.doubt import Doubt, drawn
from tongtu.sorting.evidence import intervals
from tongtu.sorting.figures import Floats, Ints, read
from tongtu.sorting.model import Category, Sorting, label
from tongtu.sorting.shares import counted
from tongtu.terms.why import Ratio, Why

#: two-sided 95 %
_Z = 1.959963984540054


def acceptability(
    model: Sorting,
    performance: pl.DataFrame,
    *,
    doubt: Doubt | None = None,
    evidence: pl.DataFrame | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> pl.DataFrame:
    """A row per subject and category, ordered by id, then from worst to best.

    `evidence` has the subject column, `criterion`, `low`, `high`: between these a figure is uniform; what is not
    listed is certain, and a missing figure stays missing. Columns: the subject, `category`, `pessimistic` and
    `optimistic` (share of draws in which that rule gives the category), each with `_low` and `_high` (Wilson's
    95 % interval of the share as though draws were independent; a Sobol' sequence errs less), `draws`, `why`.
    Raises UsageFault.
    """
    figures, it = read(model, performance), arrays(model)
    low, high = intervals(model, figures, evidence)
    sample = drawn(model, it, doubt or Doubt(), draws, seed)
    return _frame(model, figures.ids, counted(it, sample, low, high), draws)


def _frame(model: Sorting, ids: pl.Series, counts: Ints, draws: int) -> pl.DataFrame:
    size = len(model.categories)
    columns: dict[str, object] = {
        ids.name: ids.gather(np.repeat(np.arange(len(ids)), size)),
        "category": pl.Series([c.name for c in model.categories] * len(ids), dtype=pl.String),
    }
    for k, rule in enumerate(("pessimistic", "optimistic")):
        low, high = wilson(counts[:, k].ravel(), draws)
        columns |= {rule: counts[:, k].ravel() / draws, f"{rule}_low": low, f"{rule}_high": high}
    columns["draws"] = pl.Series([draws], dtype=pl.Int64).new_from_index(0, size * len(ids))
    columns["why"] = pl.Series(list(_whys(model.categories, counts, draws)), dtype=pl.String)
    return pl.DataFrame(columns)


def wilson(counts: Ints, draws: int) -> tuple[Floats, Floats]:
    """E. B. Wilson's interval (1927) of a share, 95 %."""
    share, z = counts / draws, _Z * _Z / draws
    centre = (share + z / 2) / (1 + z)
    half = _Z / (1 + z) * np.sqrt(share * (1 - share) / draws + z / (4 * draws))
    return np.where(counts == 0, 0.0, centre - half), np.where(counts == draws, 1.0, centre + half)


def _whys(categories: tuple[Category, ...], counts: Ints, draws: int) -> Iterator[str]:
    """Few different ones among many rows: each is written once."""
    said: dict[tuple[int, int, int], str] = {}
    for subject in counts.tolist():
        for k, key in enumerate(zip(range(len(categories)), *subject, strict=True)):
            if key not in said:
                shares = {"pessimistic": Ratio(key[1] / draws), "optimistic": Ratio(key[2] / draws)}
                args = {"category": label(categories[k]), "draws": draws, **shares}
                said[key] = Why("sorting.acceptable", args).to_json()
            yield said[key]
