"""A line on which it matters what came before: its places are numbered, and each knows the order of its jobs.

A changeover takes open days at the start of a slot whose job works in another direction than the one before it on
the same place. A direction that is not known counts as another: a changeover nobody planned for costs more than one
too many. What stands already keeps its days, so a job put before it leaves room for the changeover it would cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from tongtu.pilots.opening import Opening, Span
from tongtu.pilots.timeline import Timeline

#: what stands already, and the direction it works in; None where that is not known
Booking = tuple[Span, str | None]


class Stay(NamedTuple):
    """A job on a place: its days, the day on which the place is clean again, its direction, and whether a changeover
    is among its days."""

    start: int
    end: int
    clear: int
    direction: str | None = None
    changed: bool = False


def differs(direction: str | None, other: str | None) -> bool:
    return direction is None or direction != other


class Sequenced(Timeline):
    """A `Timeline` with numbered places and a changeover of so many open days.

    `stays`: the jobs of each place, in order. Bookings go to the place that is free first.
    """

    def __init__(
        self, opening: Opening, places: int, setup: int, bookings: Iterable[Booking], cleaning: int, changeover: int
    ) -> None:
        super().__init__(opening, places, setup, (), cleaning)
        self.changeover = changeover
        self.stays: list[list[Stay]] = [[] for _ in range(places)]
        for span, direction in sorted(bookings, key=lambda one: (one[0], one[1] or "")):
            self.take(span, direction)

    def find(self, earliest: int, hours: float, direction: str | None = None) -> Span | None:
        found = (self._first(place, earliest, hours, direction) for place in range(self.places))
        stays = [stay for stay in found if stay is not None]
        best = min(stays, key=lambda stay: (stay.end, stay.start), default=None)
        return None if best is None else Span(best.start, best.end)

    def take(self, span: Span, direction: str | None = None, hours: float | None = None) -> int:
        """The first place that gives exactly this slot; without hours (it stands already), the one free first."""
        for place in range(self.places) if hours is not None else ():
            stay = self._first(place, span.start, hours or 0.0, direction)
            if stay is not None and (stay.start, stay.end) == span:
                return self._put(place, stay)
        place = min(range(self.places), key=lambda one: (self._crowded(one, span), self._last(one), one))
        return self._put(place, Stay(span.start, span.end, self.clear(span.end), direction))

    def stand(self, span: Span, direction: str | None, place: int, hours: float) -> None:
        """A slot that was given on a place; how long it is tells whether a changeover is among its days."""
        bare = int(self.opening.ends(np.array([span.start]), self.setup, hours)[0])
        self._put(place, Stay(span.start, span.end, self.clear(span.end), direction, bare < span.end))

    def _put(self, place: int, stay: Stay) -> int:
        self.stays[place] = sorted([*self.stays[place], stay], key=lambda one: one[:3])
        super().take(Span(stay.start, stay.end))
        return place

    def _crowded(self, place: int, span: Span) -> bool:
        return any(stay.start <= self.clear(span.end) and span.start <= stay.clear for stay in self.stays[place])

    def _last(self, place: int) -> int:
        return max((stay.clear for stay in self.stays[place]), default=-1)

    def _first(self, place: int, earliest: int, hours: float, direction: str | None) -> Stay | None:
        """The first slot that the gaps of a place leave. One that is later in order ends later, so it is the best."""
        for before, after in self._gaps(place):
            if after is not None and after.start <= earliest:
                continue
            changed = before is not None and differs(direction, before.direction)
            start = self.open_from(max(earliest, before.clear + 1 if before else 0))
            if start >= self.opening.days:
                return None
            if after is not None and start >= after.start:
                continue
            setup = self.setup + (self.changeover if changed else 0)
            end = int(self.opening.ends(np.array([start]), setup, hours)[0])
            if end < self.opening.days and self._leaves(end, direction, after):
                return Stay(start, end, self.clear(end), direction, changed)
        return None

    def _leaves(self, end: int, direction: str | None, after: Stay | None) -> bool:
        """Whether a job that ends on a day leaves the next one its days and, where it would need one, a changeover."""
        if after is None:
            return True
        extra = self.changeover if differs(direction, after.direction) and not after.changed else 0
        return int(self.opening.cleared(np.array([end]), self.cleaning + extra)[0]) < after.start

    def _gaps(self, place: int) -> Iterator[tuple[Stay | None, Stay | None]]:
        """Neighbours with nothing between them; of stays that overlap, the one that is over last."""
        before: Stay | None = None
        for stay in self.stays[place]:
            if before is None or stay.start > before.clear:
                yield before, stay
            before = stay if before is None or stay.clear >= before.clear else before
        yield before, None
