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
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tongtu.sorting.model import Category, Criterion, Profile, Sorting
from tongtu.terms.why import Label, Ratio, Why

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

#: Weights are summed in floating point; a coalition that reaches the level but for rounding reaches it.
_ROUNDING = 1e-9


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
    from the second category up. See `electre_tri` for the frame returned. Raises UsageFault.
    """
    criteria = tuple(Criterion(name, weight, veto=(veto or {}).get(name)) for name, weight in weights.items())
    categories = (Category(worst), *(Category(profile.category) for profile in profiles))
    return _sorted(Sorting(criteria, categories, tuple(profiles), cutting_level), performance, graded=False)


def electre_tri(model: Sorting, performance: pl.DataFrame) -> pl.DataFrame:
    """Sorts every subject of `performance` (ids in the first column, one column per criterion).

    Returns, ordered by id: the subject column, `pessimistic`, `optimistic` (names of categories), `missing`
    (number of figures not known) and `why` (what supports the category given, and what keeps the next away).
    """
    return _sorted(model, performance, graded=True)


def credibility(model: Sorting, performance: pl.DataFrame) -> tuple[Matrix, Matrix]:
    """σ(a, b) and σ(b, a) for every subject (row, in the order given) and profile (column)."""
    values, limits = _figures(model, performance), _limits(model)
    return _credibility(model, values, limits, False, True), _credibility(model, limits, values, False, True).T


def _sorted(model: Sorting, performance: pl.DataFrame, *, graded: bool) -> pl.DataFrame:
    performance = performance.sort(performance.columns[0])
    values, limits = _figures(model, performance), _limits(model)
    level = model.cutting_level - _ROUNDING
    strict = _credibility(model, values, limits, False, graded) >= level
    lenient = _credibility(model, values, limits, True, graded) >= level
    beaten = (level <= _credibility(model, limits, values, False, graded).T) & ~lenient
    high = strict.shape[1]
    pessimistic = np.where(strict.any(axis=1), high - strict[:, ::-1].argmax(axis=1), 0)
    optimistic = np.where(beaten.any(axis=1), beaten.argmax(axis=1), high)
    names = [category.name for category in model.categories]
    whys = [_why(model, row, int(place)).to_json() for row, place in zip(values, pessimistic, strict=True)]
    return pl.DataFrame(
        {
            performance.columns[0]: performance.to_series(0),
            "pessimistic": [names[i] for i in pessimistic],
            "optimistic": [names[i] for i in optimistic],
            "missing": np.isnan(values).sum(axis=1).astype(np.int64),
            "why": pl.Series(whys, dtype=pl.String),
        }
    )


def _figures(model: Sorting, performance: pl.DataFrame) -> Matrix:
    """Subjects × criteria, better always greater, missing as NaN."""
    columns = [pl.col(c.name).cast(pl.Float64) * (-1 if c.falling else 1) for c in model.criteria]
    return performance.select(columns).to_numpy()


def _limits(model: Sorting) -> Matrix:
    signs = [(c.name, -1 if c.falling else 1) for c in model.criteria]
    return np.array([[sign * profile.values[name] for name, sign in signs] for profile in model.profiles])


def _credibility(model: Sorting, a: Matrix, b: Matrix, favour: bool, graded: bool) -> Matrix:
    """σ(a, b) of every row of `a` over every row of `b`; a missing figure counts for `a` only if in favour."""
    behind = b[None, :, :] - a[:, None, :]
    unknown = np.isnan(behind)
    weights = np.array([c.weight for c in model.criteria]) / model.total_weight
    q, p = (np.array([getattr(c, name) for c in model.criteria]) for name in ("indifference", "preference"))
    v = np.array([np.inf if c.veto is None else c.veto for c in model.criteria])
    support = np.where(unknown, float(favour), _falling(behind, q, p))
    agreed = support @ weights
    against = 1 - _falling(behind, p, v) if graded else (behind >= v).astype(float)
    against = np.where(unknown, 0.0, against)
    with np.errstate(divide="ignore", invalid="ignore"):
        weakened = np.where(against > agreed[..., None], (1 - against) / (1 - agreed[..., None]), 1.0)
    held: Matrix = agreed * (weakened.prod(axis=-1) if graded else (against == 0).all(axis=-1))
    return held


def _falling(behind: Matrix, start: Matrix, end: Matrix) -> Matrix:
    """1 up to `start`, 0 from `end`, straight between; with both equal, 1 up to and including them."""
    width = np.where(np.isfinite(end), end - start, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.clip((end - behind) / width, 0, 1)
    slope = np.where(np.isfinite(end), slope, 1.0)
    return np.where(behind <= start, 1.0, np.where(behind >= end, 0.0, slope))


def _why(model: Sorting, row: Matrix, place: int) -> Why:
    """The coalition behind a category, and the criteria that keep the next one away."""
    given = model.categories[place]
    if place == 0:
        return Why("sorting.lowest", {"category": _named(given), "lacking": _lacking(model, row, 0)})
    limits = _limits(model)[place - 1]
    support = [c for c, x, limit in zip(model.criteria, row, limits, strict=True) if x >= limit - c.indifference]
    weight = sum(c.weight for c in support) / model.total_weight
    args = {
        "category": _named(given),
        "support": [_named(c) for c in support],
        "weight": Ratio(round(weight, 6)),
        "level": Ratio(model.cutting_level),
    }
    if place == len(model.profiles):
        return Why("sorting.highest", args)
    following = _named(model.categories[place + 1])
    return Why("sorting.reached", {**args, "next": following, "lacking": _lacking(model, row, place)})


def _lacking(model: Sorting, row: Matrix, place: int) -> list[Label]:
    limits = _limits(model)[place]
    return [
        _named(c) for c, x, limit in zip(model.criteria, row, limits, strict=True) if not x >= limit - c.indifference
    ]


def _named(thing: Criterion | Category) -> Label:
    return thing.label if thing.label.zh or thing.label.en else Label(thing.name)
