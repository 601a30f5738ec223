"""The bookings of one line: the fold of its events, and what overlaps what.

On a unit the intervals taken are disjoint, so they lie in order, and whatever overlaps a new one is next to where it
would go: two steps of a binary search, as the triggers of a database do it. `apply` refuses an event that would break
this, so a history that double-books a unit cannot be read as if it were one.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import singledispatchmethod
from typing import Literal

from tongtu.pilots.booking.events import (
    Asked,
    Blocked,
    Cancelled,
    Confirmed,
    Event,
    Expired,
    Finished,
    Held,
    Left,
    Lifted,
    Missed,
    Started,
    Waited,
)
from tongtu.pilots.booking.policy import Line
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Status = Literal["hold", "confirmed", "started", "finished", "cancelled", "expired", "missed"]
#: those that take their unit
ACTIVE = frozenset({"hold", "confirmed", "started"})


@dataclass(frozen=True, slots=True)
class Reservation:
    asked: Asked
    unit: int
    takes_from: datetime
    takes_until: datetime
    status: Status
    expires: datetime | None = None
    late: bool = False

    def stands(self, now: datetime) -> bool:
        """Whether it takes its unit: an unconfirmed hold does until it expires, noticed or not."""
        return self.status in ACTIVE and not self.overdue(now)

    def overdue(self, now: datetime) -> bool:
        return self.status == "hold" and self.expires is not None and self.expires <= now


class Book:
    """`reservations` by booking (all there ever were), `waiting` in order, `blocks` in force."""

    def __init__(self, line: Line) -> None:
        self.line = line.checked()
        self.reservations: dict[str, Reservation] = {}
        self.waiting: dict[str, Asked] = {}
        self.blocks: dict[str, Blocked] = {}
        self._taken: list[list[tuple[datetime, str]]] = [[] for _ in range(line.units)]
        self._of_user: dict[str, set[str]] = {}

    @classmethod
    def of(cls, line: Line, events: Iterable[Event]) -> Book:
        book = cls(line)
        for event in events:
            book.apply(event)
        return book

    def copy(self) -> Book:
        other = Book(self.line)
        other.reservations, other.waiting, other.blocks = dict(self.reservations), dict(self.waiting), dict(self.blocks)
        other._taken = [list(unit) for unit in self._taken]
        other._of_user = {user: set(bookings) for user, bookings in self._of_user.items()}
        return other

    def overlapping(self, unit: int, start: datetime, end: datetime) -> Iterator[Reservation]:
        """What takes any of [start, end) on a unit, from the latest on; holds that are overdue among it."""
        taken = self._taken[unit - 1]
        place = bisect_left(taken, (end, ""))
        while place:
            place -= 1
            found = self.reservations[taken[place][1]]
            if found.takes_until <= start:
                return
            yield found

    def blocking(self, unit: int, start: datetime, end: datetime) -> Iterator[Blocked]:
        for block in self.blocks.values():
            if block.unit in (None, unit) and block.start < end and start < block.end:
                yield block

    def of_user(self, user: str, now: datetime) -> list[Reservation]:
        """A user's bookings that stand, in order."""
        found = (self.reservations[booking] for booking in self._of_user.get(user, ()))
        return sorted((one for one in found if one.stands(now)), key=lambda one: (one.takes_from, one.asked.booking))

    def within(self, start: datetime, end: datetime, now: datetime) -> Iterator[Reservation]:
        """Bookings on any unit that take any of [start, end); no hold that is overdue."""
        for unit in range(1, self.line.units + 1):
            yield from (one for one in self.overlapping(unit, start, end) if not one.overdue(now))

    # ------------------------------------------------------------------ the fold

    def apply(self, event: Event) -> None:
        """Raises DataRefused for an event that cannot follow: a unit taken twice, an unknown or ended booking."""
        self._apply(event)

    @singledispatchmethod
    def _apply(self, event: Event) -> None:
        raise TypeError(type(event).__name__)

    @_apply.register
    def _(self, event: Held) -> None:
        asked, unit = event.asked, event.unit
        free = 1 <= unit <= self.line.units and event.takes_from < event.takes_until
        if not free or asked.booking in self.reservations:
            raise _refused("history", asked.booking)
        if next(self.overlapping(unit, event.takes_from, event.takes_until), None) is not None:
            raise _refused("history-overlap", asked.booking)
        status: Status = "confirmed" if event.expires is None else "hold"
        self.reservations[asked.booking] = Reservation(
            asked, unit, event.takes_from, event.takes_until, status, event.expires
        )
        insort(self._taken[unit - 1], (event.takes_from, asked.booking))
        self._of_user.setdefault(asked.user, set()).add(asked.booking)
        self.waiting.pop(event.entry, None)

    @_apply.register
    def _(self, event: Confirmed) -> None:
        self._change(event.booking, "confirmed", {"hold"})

    @_apply.register
    def _(self, event: Started) -> None:
        self._change(event.booking, "started", {"confirmed"})

    @_apply.register
    def _(self, event: Cancelled) -> None:
        self._change(event.booking, "cancelled", {"hold", "confirmed"} | ({"started"} if event.block else set()))
        self.reservations[event.booking] = replace(self.reservations[event.booking], late=event.late)

    @_apply.register
    def _(self, event: Expired) -> None:
        self._change(event.booking, "expired", {"hold"})

    @_apply.register
    def _(self, event: Missed) -> None:
        self._change(event.booking, "missed", {"confirmed"})

    @_apply.register
    def _(self, event: Finished) -> None:
        """The unit stays taken until it is clean; never longer than it was."""
        one = self._change(event.booking, "finished", {"started"})
        until = min(one.takes_until, event.until)
        self.reservations[event.booking] = replace(one, takes_until=until)
        if until > one.takes_from:
            insort(self._taken[one.unit - 1], (one.takes_from, event.booking))

    @_apply.register
    def _(self, event: Waited) -> None:
        if event.asked.booking in self.waiting or event.asked.booking in self.reservations:
            raise _refused("history", event.asked.booking)
        self.waiting[event.asked.booking] = event.asked

    @_apply.register
    def _(self, event: Left) -> None:
        if self.waiting.pop(event.entry, None) is None:
            raise _refused("history", event.entry)

    @_apply.register
    def _(self, event: Blocked) -> None:
        if event.block in self.blocks:
            raise _refused("history", event.block)
        self.blocks[event.block] = event

    @_apply.register
    def _(self, event: Lifted) -> None:
        if self.blocks.pop(event.block, None) is None:
            raise _refused("history", event.block)

    def _change(self, booking: str, status: Status, known: set[str]) -> Reservation:
        """A booking in another status; one that no longer takes its unit leaves it."""
        one = self.reservations.get(booking)
        if one is None or one.status not in known:
            raise _refused("history", booking)
        if status not in ACTIVE:
            taken = self._taken[one.unit - 1]
            del taken[bisect_left(taken, (one.takes_from, booking))]
            self._of_user[one.asked.user].discard(booking)
        self.reservations[booking] = found = replace(one, status=status)
        return found


def _refused(code: str, booking: str) -> DataRefused:
    full = f"pilots_booking.{code}"
    return DataRefused(Fault(Why(full, {"booking": booking}), Why(f"{full}-repair")))
