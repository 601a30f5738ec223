"""Who is at risk and who leaves, at every distinct time of every group: what every estimator here is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tongtu.lifetimes.special import Floats, Ints

Number = TypeVar("Number", np.float64, np.int64)

#: the code of a case that is not over: it leaves the risk set, not the world
OPEN = -1


@dataclass(frozen=True, slots=True)
class Counted:
    """Groups one after another, each with its distinct times in order.

    `starts` [groups + 1]: where each group's times begin and end. `times` [t]; `at_risk` [t]: followed to just before
    that time; `left` [way, t]: how many leave each way at it; `closed` [t]: follow-up ends there.
    `entered` [groups]: how many cases there are.
    """

    starts: Ints
    times: Floats
    at_risk: Floats
    left: Floats
    closed: Floats
    entered: Ints

    @property
    def groups(self) -> int:
        return len(self.starts) - 1

    @property
    def all_left(self) -> Floats:
        """[t] Left in any way."""
        return np.asarray(self.left.sum(axis=0))

    def span(self, group: int) -> slice:
        """Where the group's times stand."""
        return slice(int(self.starts[group]), int(self.starts[group + 1]))

    def events(self) -> Ints:
        """[groups] How many have left in any way."""
        return np.asarray(self.sums(self.all_left), np.int64)

    def sums(self, values: Floats) -> Floats:
        """[groups] The sum of `values` [t] over each group's times."""
        whole = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(whole[self.starts[1:]] - whole[self.starts[:-1]])

    def until(self, time: float | Floats) -> Ints:
        """[groups] Place after the last time of the group that is not after `time`."""
        wanted = np.broadcast_to(np.asarray(time, np.float64), (self.groups,))
        found = [self.starts[g] + np.searchsorted(self.times[self.span(g)], wanted[g], "right")
                 for g in range(self.groups)]  # fmt: skip
        return np.asarray(found, np.int64)

    def followed(self) -> Floats:
        """[groups] The last time anybody left or stopped being followed; not a number where nobody was."""
        ends = self.starts[1:] - 1
        filled = self.starts[1:] > self.starts[:-1]
        last = np.full(self.groups, np.nan)
        last[filled] = self.times[ends[filled]]
        return last


def count(
    times: npt.ArrayLike, way: npt.ArrayLike, *, group: npt.ArrayLike | None = None,
    entry: npt.ArrayLike | None = None, groups: int | None = None, ways: int | None = None,
) -> Counted:  # fmt: skip
    """Counts from one row per case: O(n log n) for all groups together.

    `times` >= 0, when each left or was last seen; `way` 0, 1, … in which it left, or `OPEN`; `group` 0, 1, …;
    `entry`: since when it was watched (delayed entry, left truncation): a case counts as at risk at t where
    entry < t <= its time. An entry of 0 or less, or none, is from the beginning, so that a case which leaves on day 0
    counts. Raises ValueError where lengths differ, a time is negative or not finite, or a case leaves before it
    entered.
    """
    ends, how = np.asarray(times, np.float64), np.asarray(way, np.int64)
    of = np.zeros(len(ends), np.int64) if group is None else np.asarray(group, np.int64)
    _refuse(ends, how, of, entry)
    g = groups if groups is not None else (int(of.max()) + 1 if len(of) else 1)
    w = ways if ways is not None else max(int(how.max()) + 1 if len(how) else 1, 1)
    distinct, rank = _ranked(ends)
    key = of * max(len(distinct), 1) + rank
    cells, place = _ranked(key)
    tally = np.bincount(place * (w + 1) + how + 1, minlength=len(cells) * (w + 1)).reshape(-1, w + 1)
    owner = cells // max(len(distinct), 1)
    starts = np.searchsorted(owner, np.arange(g + 1)).astype(np.int64)
    gone = tally.sum(axis=1).astype(np.float64)
    entered = np.bincount(of, minlength=g).astype(np.int64)
    cumulative = np.concatenate([[0.0], np.cumsum(gone)])
    at_risk = entered[owner] - (cumulative[:-1] - cumulative[starts[owner]])
    if entry is not None:
        at_risk = at_risk - _not_yet(np.asarray(entry, np.float64), of, distinct, cells, owner, entered)
    left = np.ascontiguousarray(tally[:, 1:].T, np.float64)
    times_of = distinct[cells % max(len(distinct), 1)] if len(cells) else np.zeros(0)
    return Counted(starts, times_of, np.asarray(at_risk, np.float64), left, tally[:, 0].astype(np.float64), entered)


def _refuse(ends: Floats, how: Ints, of: Ints, entry: npt.ArrayLike | None) -> None:
    if not len(ends) == len(how) == len(of):
        raise ValueError("times, way and group have different lengths")
    if not np.isfinite(ends).all() or (ends < 0).any():
        raise ValueError("a time is negative or not finite")
    if (how < OPEN).any() or (of < 0).any():
        raise ValueError("a way or a group is negative")
    if entry is not None:
        since = np.asarray(entry, np.float64)
        if len(since) != len(ends) or not np.isfinite(since).all():
            raise ValueError("an entry is missing or not finite")
        if (np.maximum(since, 0) > ends).any():
            raise ValueError("a case leaves before it entered")


def _ranked(values: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], Ints]:
    """Distinct values in order, and the place of each row among them; whole numbers of a small range are not sorted."""
    whole = values.astype(np.int64) if len(values) else np.zeros(0, np.int64)
    if len(values) and bool((whole == values).all()) and whole.min() >= 0 and whole.max() < 8 * len(values) + 4096:
        seen = np.zeros(int(whole.max()) + 1, np.bool_)
        seen[whole] = True
        return np.flatnonzero(seen).astype(values.dtype), (np.cumsum(seen) - 1)[whole]
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.asarray(place, np.int64)


def _not_yet(since: Floats, of: Ints, distinct: Floats, cells: Ints, owner: Ints, entered: Ints) -> Floats:
    """[t] How many of the group have not entered before the time."""
    width = len(distinct) + 1
    # the rank of the first distinct time that is after the entry: from there on the case is at risk
    first = np.where(since > 0, np.searchsorted(distinct, since, "right"), 0)
    keys = np.sort(of * width + first)
    here = owner * width + cells % max(len(distinct), 1)
    begun = np.searchsorted(keys, here, "right")
    before = np.concatenate([[0], np.cumsum(entered)])[owner]
    return np.asarray(entered[owner] - (begun - before), np.float64)


def running_sum(values: Floats) -> Floats:
    return np.asarray(np.cumsum(values, axis=-1), np.float64)


def running_product(values: Floats) -> Floats:
    return np.asarray(np.cumprod(values, axis=-1), np.float64)


def within(counted: Counted, work: Callable[[Floats], Floats], values: Floats) -> Floats:
    """A running figure (`running_sum`, `running_product`) over each group's own times."""
    found = np.empty_like(values)
    for g in range(counted.groups):
        here = counted.span(g)
        found[..., here] = work(values[..., here])
    return found


def before(counted: Counted, running: Floats, first: float) -> Floats:
    """A running figure as it stood just before each time; `first` before a group's first one."""
    found = np.empty_like(running)
    found[..., 1:] = running[..., :-1]
    found[..., counted.starts[:-1][counted.starts[:-1] < len(counted.times)]] = first
    return found
