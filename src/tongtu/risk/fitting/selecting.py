"""Which columns of a table can be used, which tell anything, which make a cell, and when rows happened."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.columns.encoding import Codes, Encoder
from tongtu.risk.columns.reading import Column
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]

#: combinations of columns that a cell is made of must hold so many rows, in the middle
_CELL = 20.0
#: new rows are another draw where a column's levels differ by more than chance and by this share of the rows
_OTHER_DRAW = 0.05
_SURE = 5.0  # standard errors


def usable(
    known: dict[str, Column], cells: Sequence[str], keep: Sequence[str], barred: set[str | None],
    new: pl.DataFrame | None,
) -> tuple[list[str], list[Why]]:  # fmt: skip
    """Columns to use, and for each that is not, why."""
    found, left_out = [], []
    for name, one in known.items():
        if name in barred:
            continue
        if new is not None and name not in new.columns:
            left_out.append(Why("risk_fit.not-in-new", {"column": name}))
        elif name in cells or name in keep or one.usable:
            found.append(name)
        else:
            left_out.append(Why(f"risk_fit.left-{one.kind}", {"column": name}))
    return found, left_out


def periods(one: Column | None, rows: int) -> tuple[Codes, Floats, float]:
    """The period of each row, the periods' times, and what of the column's own unit one period is.

    Years; where these are few, quarters; a plain number by its values, or in twelve parts. Rows that tell no time count
    with the middle of all.
    """
    if one is None or one.values.dtype != pl.Float64 or not one.values.count():
        return np.zeros(rows, np.int64), np.zeros(1), 1.0
    values = one.values.fill_null(one.values.median()).to_numpy()
    whole, unit = np.floor(values), 1.0
    if one.kind != "time":
        whole = _bins(values)
        unit = float(np.median(np.diff(np.unique(whole)))) if len(np.unique(whole)) > 1 else 1.0
    elif len(np.unique(whole)) < 3:
        whole = np.floor(values * 4) / 4
    times, period = np.unique(whole / unit, return_inverse=True)
    return period.astype(np.int64), times, unit


def _bins(values: Floats) -> Floats:
    """A clock that is a plain number: the number itself where it has few values, twelve parts else."""
    distinct = np.unique(values)
    cuts = distinct if len(distinct) <= 60 else np.unique(np.quantile(values, np.arange(12) / 12, method="lower"))
    return np.asarray(cuts[np.searchsorted(cuts, values, side="right").clip(1) - 1], np.float64)


def excess(rest: Floats, base: Floats, encoders: dict[str, Encoder], codes: dict[str, Codes]) -> dict[str, float]:
    """Columns whose levels differ more than chance makes them differ, by how much of the result they may tell.

    Pearson's X² of the levels against the periods' rates; the limit rises with the number of columns looked at.
    """
    limit = 2.0 + np.sqrt(2 * log(max(len(encoders), 1)))
    flat = base * (1 - base)
    found = {}
    for name, encoder in encoders.items():
        expected = np.bincount(codes[name], flat, encoder.size + 1)
        seen = expected > 0.5
        free = float(seen.sum()) - 1
        if free < 1:
            continue
        square = float((np.bincount(codes[name], rest, encoder.size + 1)[seen] ** 2 / expected[seen]).sum())
        if (square - free) / np.sqrt(2 * free) > limit:
            found[name] = (square - free) / len(rest)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def cell_of(
    worth: dict[str, float], known: dict[str, Column], encoders: dict[str, Encoder], codes: dict[str, Codes]
) -> list[str]:
    """One column of levels, or two, that tell most and whose combinations still hold enough rows; one number where
    there are no levels."""
    chosen: list[str] = []
    ranked = sorted(worth, key=lambda name: (known[name].kind != "level", -worth[name], name))
    for name in ranked:
        if chosen and known[name].kind != "level":
            break
        combined = np.zeros(len(codes[name]), np.int64)
        for one in (*chosen, name):
            combined = combined * (encoders[one].size + 1) + codes[one]
        held = np.unique(combined, return_counts=True)[1]
        if np.median(held) >= _CELL:
            chosen.append(name)
        if len(chosen) == 2:
            break
    return chosen


def other_draw(encoders: dict[str, Encoder], codes: dict[str, Codes], new: pl.DataFrame) -> list[str]:
    """Columns in which the new rows surely are no draw from the same rows: they come from another time or place."""
    found = []
    for name, encoder in encoders.items():
        here = np.bincount(codes[name], minlength=encoder.size + 1).astype(np.float64)
        there = np.bincount(encoder.codes(new[name]), minlength=encoder.size + 1).astype(np.float64)
        n, m = here.sum(), there.sum()
        both = (here + there) / (n + m)
        seen = both > 0
        free = float(seen.sum()) - 1
        if free < 1 or not m:
            continue
        apart = here / n - there / m
        square = float((apart[seen] ** 2 / both[seen]).sum() * n * m / (n + m))
        sure = (square - free) / np.sqrt(2 * free) > _SURE + np.sqrt(2 * log(len(encoders)))
        if sure and np.abs(apart).sum() / 2 > _OTHER_DRAW:
            found.append(name)
    return found
