"""An appeal: sorted again with contested figures, and only what that changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.sorting.core import Arrays, arrays, over, places
from tongtu.sorting.figures import Bools, Figures, Floats, Ints, read, sign
from tongtu.sorting.model import Sorting, label
from tongtu.sorting.written import written
from tongtu.terms.why import Ratio, Why


@dataclass(frozen=True, slots=True)
class Difference:
    """Each frame starts with the subject column, is ordered by it, and holds nothing that stays as it was.

    `figures`      `criterion`, `before`, `after`, `change`, `why`
    `support`      `category` (whose profile), `criterion`, `before`, `after`: how far it supports (0..1);
                   `veto_before`, `veto_after`: how far it objects
    `credibility`  `category` (whose profile), `before`, `after` (σ), `level`, `why`
    `categories`   `pessimistic_before`, `pessimistic_after`, `optimistic_before`, `optimistic_after`, `why`
    """

    figures: pl.DataFrame
    support: pl.DataFrame
    credibility: pl.DataFrame
    categories: pl.DataFrame


def differ(model: Sorting, before: pl.DataFrame, after: pl.DataFrame) -> Difference:
    """Both under the same rules. What only one of them knows, a figure or a subject, is null in the other.

    Raises UsageFault.
    """
    first, second, it = read(model, before), read(model, after), arrays(model)
    ids = pl.concat([first.ids, second.ids]).unique().sort()
    pair = _Look.at(model, it, first, ids), _Look.at(model, it, second, ids)
    return Difference(
        _figures(model, ids, *pair), _support(model, ids, *pair),
        _credibility(model, ids, *pair), _categories(model, ids, *pair),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """One state of affairs, a row per subject of both; NaN, and -1 for a category, where the subject is not there."""

    figures: Floats
    support: Floats
    against: Floats
    credibility: Floats
    pessimistic: Ints
    optimistic: Ints

    @classmethod
    def at(cls, model: Sorting, it: Arrays, given: Figures, ids: pl.Series) -> _Look:
        row = {name: i for i, name in enumerate(given.ids)}
        at = np.array([row.get(one, -1) for one in ids], np.int64)
        there = at >= 0
        signs = np.array([sign(c.falling) for c in model.criteria], float)
        values = np.full((len(ids), len(model.criteria)), np.nan)
        values[there] = given.values[at[there]]
        found = over(values, it)
        absent = ~there
        for one in (found.support, found.against, found.credibility):
            one[absent] = np.nan
        pessimistic, optimistic = (np.where(there, one, -1) for one in places(values, it))
        return cls(values * signs, found.support, found.against, found.credibility, pessimistic, optimistic)


def _changed(before: Floats, after: Floats) -> Bools:
    differs: Bools = (before != after) & ~(np.isnan(before) & np.isnan(after))
    return differs


def _frame(ids: pl.Series, rows: Ints, columns: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame({ids.name: ids.gather(rows), **columns}).with_columns(pl.selectors.float().fill_nan(None))


def _named(names: list[str], at: Ints) -> pl.Series:
    """The names by their number; null for -1."""
    known = pl.Series(at, dtype=pl.Int64)
    return pl.Series(names, dtype=pl.String).gather(known.replace(-1, None))


def _figures(model: Sorting, ids: pl.Series, first: _Look, second: _Look) -> pl.DataFrame:
    rows, columns = np.nonzero(_changed(first.figures, second.figures))
    before, after = first.figures[rows, columns], second.figures[rows, columns]
    whys = [_figure(model, *one) for one in zip(columns.tolist(), before.tolist(), after.tolist(), strict=True)]
    names = _named([c.name for c in model.criteria], columns)
    return _frame(
        ids, rows,
        {"criterion": names, "before": before, "after": after, "change": after - before, "why": _texts(whys)},
    )  # fmt: skip


def _figure(model: Sorting, j: int, before: float, after: float) -> str:
    criterion = model.criteria[j]
    shown = [None if np.isnan(x) else written(x, criterion.unit) for x in (before, after)]
    return Why("sorting.figure-differs", {"criterion": label(criterion), "from": shown[0], "to": shown[1]}).to_json()


def _support(model: Sorting, ids: pl.Series, first: _Look, second: _Look) -> pl.DataFrame:
    differs = _changed(first.support, second.support) | _changed(first.against, second.against)
    rows, profiles, columns = cell = np.nonzero(differs)
    return _frame(
        ids, rows,
        {
            "category": _named([c.name for c in model.categories[1:]], profiles),
            "criterion": _named([c.name for c in model.criteria], columns),
            "before": first.support[cell], "after": second.support[cell],
            "veto_before": first.against[cell], "veto_after": second.against[cell],
        },
    )  # fmt: skip


def _credibility(model: Sorting, ids: pl.Series, first: _Look, second: _Look) -> pl.DataFrame:
    rows, profiles = cell = np.nonzero(_changed(first.credibility, second.credibility))
    before, after = first.credibility[cell], second.credibility[cell]
    whys = [
        _credible(model, *one) for one in zip(profiles.tolist(), before.tolist(), after.tolist(), strict=True)
    ]  # fmt: skip
    category = _named([c.name for c in model.categories[1:]], profiles)
    level = np.full(len(rows), model.cutting_level)
    return _frame(
        ids, rows, {"category": category, "before": before, "after": after, "level": level, "why": _texts(whys)}
    )  # fmt: skip


def _credible(model: Sorting, profile: int, before: float, after: float) -> str:
    shown = [None if np.isnan(x) else Ratio(round(x, 6)) for x in (before, after)]
    args = {"category": label(model.categories[profile + 1]), "level": Ratio(model.cutting_level)}
    return Why("sorting.credibility-differs", {**args, "from": shown[0], "to": shown[1]}).to_json()


def _categories(model: Sorting, ids: pl.Series, first: _Look, second: _Look) -> pl.DataFrame:
    differs = (first.pessimistic != second.pessimistic) | (first.optimistic != second.optimistic)
    rows = np.flatnonzero(differs)
    names = [c.name for c in model.categories]
    columns: dict[str, object] = {
        f"{rule}_{when}": _named(names, getattr(look, rule)[rows])
        for rule in ("pessimistic", "optimistic")
        for when, look in (("before", first), ("after", second))
    }
    pairs = zip(first.pessimistic[rows].tolist(), second.pessimistic[rows].tolist(), strict=True)
    whys = [_category(model, before, after) for before, after in pairs]
    return _frame(ids, rows, {**columns, "why": _texts(whys)})


def _category(model: Sorting, before: int, after: int) -> str:
    shown = [None if at < 0 else label(model.categories[at]) for at in (before, after)]
    if before == after:
        return Why("sorting.category-stays", {"category": shown[0]}).to_json()
    return Why("sorting.category-differs", {"from": shown[0], "to": shown[1]}).to_json()


def _texts(whys: list[str]) -> pl.Series:
    return pl.Series(whys, dtype=pl.String)
