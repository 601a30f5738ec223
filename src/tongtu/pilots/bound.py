"""The day before which no schedule of the placed jobs can be over, whatever the order and the lines.

The latest of two kinds of days:

- on which a job ends that has its best line to itself;
- by which a pool of lines, with what is promised to others taken off, has been open for all the hours of
  the jobs that can run nowhere else, counted from the day on which the first of them is ready; for every
  pool that some job may choose from, for all lines together, and for every such day.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tongtu.pilots.opening import TINY
from tongtu.pilots.stock import Pool, Stock

#: lines that may take the job, first day it is ready, hours
Placed = tuple[Pool, int, float]


def makespan_bound(stock: Stock, placed: Sequence[Placed]) -> float:
    """Days from the first of the horizon that no schedule of these jobs can be shorter than."""
    alone = max(
        float(pool.least_end(stock.free_at_first, earliest, hours).min()) + 1 for pool, earliest, hours in placed
    )
    pools = {id(pool): frozenset(pool.lines.tolist()) for pool, _, _ in placed}
    everything = frozenset[int]().union(*pools.values())
    days = []
    for lines in {*pools.values(), everything}:
        inside = {id for id, own in pools.items() if own <= lines}
        jobs = sorted((earliest, hours) for pool, earliest, hours in placed if id(pool) in inside)
        days.append(_work(stock, sorted(lines), jobs))
    return max(alone, *days)


def _work(stock: Stock, lines: Sequence[int], jobs: Sequence[tuple[int, float]]) -> float:
    """When these lines can have given the hours of all jobs ready on some day or later, at the latest."""
    ready = np.array([earliest for earliest, _ in jobs])
    left = np.cumsum([hours for _, hours in reversed(jobs)])[::-1]
    a_day = np.sum([stock.spare_at_first(line) for line in lines], axis=0)
    before = np.concatenate([[0.0], np.cumsum(a_day)])
    return float(np.searchsorted(before, (before[ready] + left) * (1 - TINY) - TINY).max())
