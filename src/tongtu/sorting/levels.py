"""Between which cutting levels a category holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tongtu.sorting.core import Arrays, arrays, over, under
from tongtu.sorting.figures import Floats, Ints, read
from tongtu.sorting.model import Sorting, label
from tongtu.terms.why import Ratio, Why

_LEAST, _GREATEST = 0.5, 1.0
#: two σ that differ by less are the same level
_DIGITS = 12
_SCHEMA: Mapping[str, Any] = {
    "rule": pl.String, "category": pl.String, "level": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "below": pl.String, "above": pl.String, "why": pl.String,
}  # fmt: skip


def level_interval(model: Sorting, performance: pl.DataFrame) -> pl.DataFrame:
    """A row per subject and rule, ordered by id, pessimistic first.

    The category holds for every cutting level greater than `low` and at most `high`; `below` and `above` are the
    categories just outside, null where 0.5 or 1 is reached first (0.5 itself then belongs to the interval).
    Columns: the subject, `rule`, `category`, `level` (the one in force), `low`, `high`, `below`, `above`, `why`.
    Raises UsageFault.
    """
    figures, it = read(model, performance), arrays(model)
    found = over(figures.values, it), over(figures.values, it, 1.0), under(figures.values, it)
    strict, lenient, above = (one.credibility.round(_DIGITS) for one in found)
    ends = _ends(strict), _ends(np.concatenate([lenient, above], axis=1))
    places = _pessimistic(strict, ends[0]), _optimistic(lenient, above, ends[1])
    rows = []
    for i, subject in enumerate(figures.ids):
        for rule, pieces, categories in zip(("pessimistic", "optimistic"), ends, places, strict=True):
            told = _told(model, it, pieces[i], categories[i].tolist())
            rows.append({figures.key: subject, "rule": rule, **told})
    return pl.DataFrame(rows, schema={figures.key: figures.ids.dtype, **_SCHEMA})


def _ends(credibility: Floats) -> Floats:
    """Where a category can change: each of these ends a piece that holds it."""
    last = np.full((len(credibility), 1), _GREATEST)
    return np.sort(np.concatenate([np.clip(credibility, _LEAST, _GREATEST), last], axis=1), axis=1)


def _pessimistic(strict: Floats, levels: Floats) -> Ints:
    found: Ints = (strict[:, None, :] >= levels[..., None]).sum(axis=-1, dtype=np.int64)
    return found


def _optimistic(lenient: Floats, above: Floats, levels: Floats) -> Ints:
    beaten = (above[:, None, :] >= levels[..., None]) & (lenient[:, None, :] < levels[..., None])
    found: Ints = (~beaten).sum(axis=-1, dtype=np.int64)
    return found


def _told(model: Sorting, it: Arrays, ends: Floats, places: list[int]) -> dict[str, Any]:
    here = int(np.searchsorted(ends, it.level))
    first, last = here, here
    while first > 0 and places[first - 1] == places[here]:
        first -= 1
    while last + 1 < len(places) and places[last + 1] == places[here]:
        last += 1
    below = model.categories[places[first - 1]] if first else None
    above = model.categories[places[last + 1]] if last + 1 < len(places) else None
    low = float(ends[first - 1]) if below else _LEAST
    category = model.categories[places[here]]
    parts = tuple(
        Why(f"sorting.{code}", {"category": label(one)})
        for code, one in (("below-that", below), ("above-that", above)) if one
    )  # fmt: skip
    args = {
        "category": label(category), "low": Ratio(round(low, 6)), "high": Ratio(round(float(ends[last]), 6)),
        "level": Ratio(model.cutting_level),
    }  # fmt: skip
    return {
        "category": category.name, "level": model.cutting_level, "low": low, "high": float(ends[last]),
        "below": below.name if below else None, "above": above.name if above else None,
        "why": Why("sorting.level-holds", args, parts).to_json(),
    }  # fmt: skip
