"""A line's own clock: its open days, counted. On it a job's days have no holes, so it has one length.

Position 2k is the k-th open day and 2k + 1 the closed days behind it: what stands on a closed day (a booking on a
Saturday) is in the way of a slot that runs across it and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tongtu.pilots.opening import Days, Opening
from tongtu.pilots.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Runs:
    """What a job can be given on lines alike: it may begin on open days `low` to `high`; per open day from 0 to
    `high`, the `day`, the day on which the job `ends` and the open days it is `long`."""

    low: int
    high: int
    day: Days
    ends: Days
    long: Days


def runs(opening: Opening, setup: int, hours: float, ready: int, last: int) -> Runs | None:
    """Begun from day `ready` on and over by day `last`; None where there is no such day."""
    day = np.flatnonzero(opening.hours > 0)
    ends = opening.ends(day, setup, hours)
    low = int(np.searchsorted(day, ready))
    high = int(np.searchsorted(ends, min(last, opening.days - 1), "right")) - 1
    if low > high:
        return None
    day, ends = day[: high + 1], ends[: high + 1]
    return Runs(low, high, day, ends, opening.opened[ends + 1] - np.arange(high + 1))


def taken_stretches(timeline: Timeline, last: int) -> Iterator[tuple[int, int, int]]:
    """Stretches of positions up to day `last` on which places are taken: first, length, how many (all at most)."""
    opening = timeline.opening
    days = np.arange(min(last + 1, opening.days))
    position = 2 * opening.opened[days] + np.where(opening.hours[days] > 0, 0, -1)
    inside = position >= 0
    most = np.zeros(int(position.max(initial=0)) + 1, np.int64)
    np.maximum.at(most, position[inside], np.minimum(timeline.taken[days], timeline.places)[inside])
    changes = np.flatnonzero(np.diff(np.r_[0, most, 0]))
    for first, after in pairwise(changes):
        if most[first]:
            yield int(first), int(after - first), int(most[first])
