"""Same facts, same category: pairs that contradict it.

Nothing this room sorts contains one (a test proves it). Categories given by people can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tongtu.sorting.figures import Floats, Ints, id_faults, read
from tongtu.sorting.model import Category, Sorting, label
from tongtu.sorting.sound import fault
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

_BLOCK = 64
_SCHEMA: Mapping[str, Any] = {
    "better": pl.String, "worse": pl.String, "better_category": pl.String, "worse_category": pl.String,
    "why": pl.String,
}  # fmt: skip


def inversions(
    model: Sorting, performance: pl.DataFrame, given: pl.DataFrame, category: str = "pessimistic"
) -> pl.DataFrame:
    """Pairs in which one that is at least as good on every criterion stands in a lower category.

    `given` has the subject column and `category`; who has none is left out. A figure that only one of the two
    has makes them incomparable. Columns: `better`, `worse` (ids), `better_category`, `worse_category`, `why`;
    ordered by the two ids. Raises UsageFault.
    """
    figures = read(model, performance)
    given = _checked(model, figures.key, given, category)
    order = {c.name: n for n, c in enumerate(model.categories)}
    place = {subject: order[name] for subject, name in given.iter_rows()}
    places = np.array([place.get(one, -1) for one in figures.ids], np.int64)
    known = np.flatnonzero(places >= 0)
    ids = [figures.ids[int(i)] for i in known]
    rows = []
    for a, b in pairs(figures.values[known], places[known]):
        first, second = model.categories[places[known][a]], model.categories[places[known][b]]
        same = np.array_equal(figures.values[known][a], figures.values[known][b], equal_nan=True)
        rows.append(_told(ids[a], ids[b], first, second, bool(same)))
    kind = figures.ids.dtype
    return pl.DataFrame(rows, schema={**_SCHEMA, "better": kind, "worse": kind}, orient="row")


def pairs(values: Floats, places: Ints) -> list[tuple[int, int]]:
    """(a, b): a is at least as good as b everywhere and stands lower."""
    found: list[tuple[int, int]] = []
    unknown = np.isnan(values)
    for start in range(0, len(values), _BLOCK):
        block = slice(start, start + _BLOCK)
        lower = places[block, None] < places[None, :]
        no_worse = np.ones(lower.shape, bool)
        for j in range(values.shape[1]):
            both_unknown = unknown[block, j, None] & unknown[None, :, j]
            no_worse &= (values[block, j, None] >= values[None, :, j]) | both_unknown
        at = np.argwhere(lower & no_worse)
        found += [(int(a) + start, int(b)) for a, b in at]
    return found


def _checked(model: Sorting, key: str, given: pl.DataFrame, category: str) -> pl.DataFrame:
    absent = [name for name in (key, category) if name not in given.columns]
    if absent:
        raise UsageFault(fault("criterion-absent", names=absent))
    given = given.select(key, pl.col(category).cast(pl.String)).drop_nulls(category)
    found = list(id_faults(given))
    unknown = sorted(set(given[category]) - {c.name for c in model.categories})
    if unknown:
        found.append(fault("category-unknown", names=unknown))
    if found:
        raise UsageFault(found)
    return given


def _told(better: Any, worse: Any, first: Category, second: Category, same: bool) -> tuple[Any, ...]:
    args = {"better": str(better), "worse": str(worse), "lower": label(first), "higher": label(second)}
    code = "same-facts" if same else "better-lower"
    return better, worse, first.name, second.name, Why(f"sorting.{code}", args).to_json()
