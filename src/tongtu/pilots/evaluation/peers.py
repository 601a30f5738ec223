"""Where a platform stands among its peers: the platforms of its kind that share a direction with it.

Denominators are counted by indicator: a peer whose figure is unknown is not among them. A platform that serves
several directions has the peers of all of them; one that states no direction has none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

Matrix = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def pools(platforms: pl.DataFrame) -> dict[tuple[str, tuple[str, ...]], tuple[Counts, Counts]]:
    """Kind and directions → the platforms that have just these, and all that share one of them (row numbers)."""
    kinds = np.array(platforms["kind"].fill_null("").to_list(), dtype=object)
    serves = [tuple(sorted(set(said or ()))) for said in platforms["directions"].to_list()]
    by_direction: dict[str, list[int]] = {}
    members: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for row, directions in enumerate(serves):
        members.setdefault((str(kinds[row]), directions), []).append(row)
        for direction in directions:
            by_direction.setdefault(direction, []).append(row)
    found = {}
    for (kind, directions), rows in members.items():
        near = sorted({row for direction in directions for row in by_direction[direction] if kinds[row] == kind})
        found[kind, directions] = (np.array(rows, np.int64), np.array(near, np.int64))
    return found


def standing(
    platforms: pl.DataFrame, values: Matrix, falling: Sequence[bool]
) -> tuple[Matrix, Counts, Counts]:  # fmt: skip
    """Median, place (0: unknown) and number of peers with a figure, itself among them, for platform × indicator."""
    median, place = np.full(values.shape, np.nan), np.zeros(values.shape, np.int64)
    known = np.zeros(values.shape, np.int64)
    for rows, pool in pools(platforms).values():
        if not len(pool):
            continue
        for column, less in enumerate(falling):
            figures = values[pool, column]
            figures = np.sort(figures[~np.isnan(figures)])
            known[rows, column] = len(figures)
            if not len(figures):
                continue
            median[rows, column] = np.median(figures)
            own = values[rows, column]
            better = np.searchsorted(figures, own) if less else len(figures) - np.searchsorted(figures, own, "right")
            place[rows, column] = np.where(np.isnan(own), 0, better + 1)
    return median, place, known
