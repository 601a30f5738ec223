"""When a line is open: hours by day over a horizon, and the day on which work begun on another day ends.

Days are indexes from the first day of the horizon; its length stands for "not within the horizon". A line
that is open 120 hours a week or less works on working days, in five equal parts; a line open longer works
every day, in seven. Setting up takes open days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from tongtu.terms.calendar import WorkCalendar

Hours = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]

_WEEKDAYS, _WEEK = 5, 7
_LONGEST_BY_WEEKDAYS = 24.0 * _WEEKDAYS
TINY = 1e-9  # keeps sums of equal parts from missing a whole by rounding


class Span(NamedTuple):
    """First and last day of a slot, both within it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Open hours of each day; before each day (and after the last): hours and days open so far.

    What is asked of the same opening over and over is looked up: the next open day from each day on, and for
    a setup and so many hours (jobs of one stage ask for the same) the end from each day on.
    """

    hours: Hours
    until: Hours
    opened: Days
    _next: Days
    _ends: dict[tuple[int, float], Days] = field(default_factory=dict)

    @classmethod
    def of(cls, hours: Hours) -> Opening:
        until = np.concatenate([[0.0], np.cumsum(hours)])
        opened = np.concatenate([[0], np.cumsum(hours > 0)])
        return cls(hours, until, opened, np.searchsorted(opened, opened, "right") - 1)

    @property
    def days(self) -> int:
        return len(self.hours)

    def from_day(self, days: Days) -> Days:
        """The first open day from each day on."""
        found: Days = self._next[np.minimum(days, self.days)]
        return found

    def ends(self, begins: Days, setup: int, hours: float) -> Days:
        """The days on which slots begun on open days have been set up and have run their hours."""
        asked = setup, hours
        if asked not in self._ends:
            self._ends[asked] = self._all_ends(setup, hours)
        found: Days = self._ends[asked][begins]
        return found

    def cleared(self, days: Days, cleaning: int) -> Days:
        """The last of so many open days behind each day, or the day itself; the last of the horizon at most."""
        if not cleaning:
            return days
        behind = np.searchsorted(self.opened, self.opened[np.minimum(days + 1, self.days)] + cleaning)
        return np.minimum(behind - 1, self.days - 1)

    def _all_ends(self, setup: int, hours: float) -> Days:
        ready = np.searchsorted(self.opened, self.opened + setup)
        run = self.until[np.minimum(ready, self.days)] + hours - TINY
        ends: Days = np.maximum(np.searchsorted(self.until, run) - 1, np.arange(self.days + 1))
        return np.where(ready > self.days, self.days, ends)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days that are planned, and which of them are working days."""

    first: date
    working: npt.NDArray[np.bool_]
    _opening: dict[float, Opening] = field(default_factory=dict)

    @classmethod
    def of(cls, calendar: WorkCalendar, first: date, days: int) -> Horizon:
        dates = pl.date_range(first, first + timedelta(days=days - 1), eager=True)
        return cls(first, calendar.is_working_each(dates).to_numpy())

    @property
    def days(self) -> int:
        return len(self.working)

    def index(self, day: date) -> int:
        """Where a day stands, held within the horizon."""
        return min(max((day - self.first).days, 0), self.days)

    def day(self, index: int) -> date:
        return self.first + timedelta(days=int(index))

    def span(self, first: date, last: date) -> Span | None:
        """The part of an interval of days that lies in the horizon."""
        if last < self.first or first >= self.day(self.days):
            return None
        return Span(self.index(first), min(self.index(last), self.days - 1))

    def opening(self, hours_week: float) -> Opening:
        """The opening of a line that is open so many hours a week; lines alike share it."""
        if hours_week not in self._opening:
            by_weekday = hours_week <= _LONGEST_BY_WEEKDAYS
            every = np.full(self.days, hours_week / _WEEK)
            hours = np.where(self.working, hours_week / _WEEKDAYS, 0.0) if by_weekday else every
            self._opening[hours_week] = Opening.of(hours)
        return self._opening[hours_week]

    def overridden(self, hours_week: float, overrides: Sequence[tuple[Span, float]]) -> Opening:
        """The same with other hours a week in some spans, the later one winning."""
        if not overrides:
            return self.opening(hours_week)
        hours = self.opening(hours_week).hours.copy()
        for (first, last), instead in overrides:
            hours[first : last + 1] = self.opening(instead).hours[first : last + 1]
        return Opening.of(hours)
