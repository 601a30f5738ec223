"""A committee's examples as arrays: which profile each must reach, and which it must not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from tongtu.sorting.audit import pairs
from tongtu.sorting.figures import Floats, Ints, id_faults, read
from tongtu.sorting.model import Category, Criterion, Profile, Sorting
from tongtu.sorting.sound import fault, number
from tongtu.terms.faults import Fault, UsageFault

_LEAST = 2
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Examples:
    """`values` (better always greater, NaN missing) and the `place` given, a row per example in the order of ids.

    `seen` holds each criterion's different figures in order. A profile lies at a *position*: below figure 0, between
    two figures, or above the last; a figure supports it from that position on. `rank` is each example's figure among
    those seen, -1 where it is missing. `clashes` are pairs (a, b): a at least as good everywhere, yet given less.
    """

    ids: pl.Series
    values: Floats
    place: Ints
    seen: tuple[Floats, ...]
    rank: Ints
    profiles: int
    clashes: tuple[tuple[int, int], ...]

    def asks(self) -> Iterator[tuple[int, int, bool]]:
        """(example, profile, whether it must reach it); the profiles next to its category are enough."""
        for i, place in enumerate(self.place.tolist()):
            if place:
                yield i, place - 1, True
            if place < self.profiles:
                yield i, place, False


def examples_of(
    performance: pl.DataFrame, examples: pl.DataFrame, criteria: Sequence[Criterion], categories: Sequence[Category],
    level: tuple[float, float],
) -> Examples:  # fmt: skip
    """Raises UsageFault with everything that is wrong."""
    blank = _blank(criteria, categories)
    figures = read(blank, performance)
    found = list(_faults(figures.ids, examples, categories, level))
    if found:
        raise UsageFault(found)
    order = {c.name: n for n, c in enumerate(categories)}
    given = dict(examples.select(figures.key, "category").iter_rows())
    rows = [i for i, one in enumerate(figures.ids) if one in given]
    values = figures.values[rows]
    place = np.array([order[given[figures.ids[i]]] for i in rows], np.int64)
    seen = tuple(np.unique(column[~np.isnan(column)]) for column in values.T)
    rank = np.stack([np.searchsorted(v, column) for v, column in zip(seen, values.T, strict=True)], axis=1)
    rank = np.where(np.isnan(values), -1, rank)
    clashes = tuple(pairs(values, place))
    return Examples(figures.ids.gather(rows), values, place, seen, rank, len(categories) - 1, clashes)


def _blank(criteria: Sequence[Criterion], categories: Sequence[Category]) -> Sorting:
    """The criteria and categories alone, so that both are checked as in any sorting."""
    plain = tuple(Criterion(c.name, 1.0, c.label, falling=c.falling, unit=c.unit) for c in criteria)
    profiles = tuple(Profile(c.name, {one.name: 0.0 for one in plain}) for c in categories[1:])
    return Sorting(plain, tuple(categories), profiles, 0.5)


def _faults(
    ids: pl.Series, examples: pl.DataFrame, categories: Sequence[Category], level: tuple[float, float]
) -> Iterator[Fault]:
    low, high = level
    if not (number(low) and number(high) and 0.5 <= low <= high <= 1):
        yield fault("level-range", low=str(low), high=str(high))
    absent = [name for name in (ids.name, "category") if name not in examples.columns]
    if absent:
        yield fault("criterion-absent", names=absent)
        return
    yield from id_faults(examples.select(ids.name))
    given = examples["category"].drop_nulls()
    unknown = sorted({str(one) for one in given} - {c.name for c in categories})
    if unknown or given.len() < examples.height:
        yield fault("category-unknown", names=unknown or ["∅"])
    known = set(ids)
    strangers = [str(one) for one in examples[ids.name].drop_nulls() if one not in known]
    if strangers:
        yield fault("example-stranger", ids=strangers[:_SHOWN], n=len(strangers))
    if given.n_unique() < _LEAST:
        yield fault("examples-none", n=_LEAST)


def profile_values(
    examples: Examples, positions: Ints, criteria: Sequence[Criterion], categories: Sequence[Category]
) -> tuple[Profile, ...]:
    """Profiles at positions (profiles × criteria): halfway between the figures they separate."""
    made = []
    for h, category in enumerate(categories[1:]):
        values = {}
        for j, criterion in enumerate(criteria):
            bar = _bar(examples.seen[j], int(positions[h, j]))
            values[criterion.name] = (-bar if criterion.falling else bar) + 0.0
        made.append(Profile(category.name, values))
    return tuple(made)


def _bar(seen: Floats, position: int) -> float:
    if not len(seen):
        return 0.0
    if position == 0:
        return float(seen[0])
    gaps = [b - a for a, b in pairwise(seen.tolist())]
    if position == len(seen):
        return float(seen[-1]) + (sum(gaps) / len(gaps) / 2 if gaps else 1.0)
    return float(seen[position - 1] + seen[position]) / 2
