"""One line day by day: how many of its places are taken, and where the next gap is.

Each of the places of a line gives a job all the open hours. Any set of slots that never exceeds the number
of places on a day can be dealt out to them without moving one (interval graphs are perfect), so places
need no numbers here. Cleaning behind each slot is the same after all and belongs to what the slot takes;
where it matters which job came before, `Sequenced` numbers the places.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tongtu.pilots.opening import Days, Hours, Opening, Span


class Timeline:
    """`bookings` are spans already promised to others; they may exceed the places, new slots never do. `setup` and
    `cleaning` are open days before and after each job."""

    #: open days between jobs of different directions
    changeover = 0

    def __init__(
        self, opening: Opening, places: int, setup: int, bookings: Iterable[Span] = (), cleaning: int = 0
    ) -> None:
        self.opening = opening
        self.places = places
        self.setup = setup
        self.cleaning = cleaning
        self.taken = np.zeros(opening.days, np.int32)
        self._runs: tuple[Days, Days] | None = None
        for booking in bookings:
            self.take(booking)

    @property
    def first_free(self) -> int:
        """The first open day with a place left."""
        starts, stops = self._free_runs()
        opens = self.opening.from_day(starts)
        free = np.flatnonzero(opens < stops)
        return int(opens[free[0]]) if len(free) else self.opening.days

    def find(self, earliest: int, hours: float, direction: str | None = None) -> Span | None:
        """The earliest slot from a day on; None where none ends within the horizon.

        The first open day of a run of days with a place left ends a slot soonest within that run, so one
        look at each run is enough.
        """
        starts, stops = self._free_runs()
        later = int(np.searchsorted(stops, earliest, "right"))
        begins = self.opening.from_day(np.maximum(starts[later:], earliest))
        ends = self.opening.ends(begins, self.setup, hours)
        clear = self.opening.cleared(ends, self.cleaning)
        fits = np.flatnonzero((ends < stops[later:]) & (clear < stops[later:]))
        return Span(int(begins[fits[0]]), int(ends[fits[0]])) if len(fits) else None

    def take(self, span: Span, direction: str | None = None, hours: float | None = None) -> int:
        """The place that got it; 0 where places have no numbers."""
        self.taken[span.start : self.clear(span.end) + 1] += 1
        self._runs = None
        return 0

    def stand(self, span: Span, direction: str | None, place: int, hours: float) -> None:
        """A slot that was given before, on this place."""
        self.take(span, direction)

    def clear(self, end: int) -> int:
        """The day on which a place is clean again after a job that ends on a day."""
        return int(self.opening.cleared(np.array([end]), self.cleaning)[0]) if self.cleaning else end

    def open_from(self, day: int) -> int:
        """The first open day from a day on."""
        return int(self.opening.from_day(np.array([day]))[0])

    def open_hours(self, end: int) -> float:
        """Hours that all places together offer up to and including a day."""
        return float(self.opening.until[min(end + 1, self.opening.days)]) * self.places

    def spare_hours(self) -> Hours:
        """Hours a day that all free places together can give."""
        spare: Hours = self.opening.hours * np.maximum(self.places - self.taken, 0)
        return spare

    def _free_runs(self) -> tuple[Days, Days]:
        """Runs of days with a place left: the first day of each, and the day after its last."""
        if self._runs is None:
            full = np.concatenate([[True], self.taken >= self.places, [True]])
            self._runs = np.flatnonzero(full[:-1] & ~full[1:]), np.flatnonzero(~full[:-1] & full[1:])
        return self._runs
