"""Decides what is asked of a line's book: yes or no, every reason, and the events that follow.

`decide` is pure: it changes nothing. Whoever keeps the book applies the events of a decision, all of them and in order,
before the next is asked for; a database that refuses overlaps then never has cause to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import singledispatch

from tongtu.pilots.booking.book import Book, Reservation
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
from tongtu.pilots.booking.limits import against
from tongtu.terms.why import Why


@dataclass(frozen=True, slots=True)
class Hold:
    """Take a unit: any, or the one named. Unconfirmed it expires after the policy's `hold`; `confirm` at once."""

    asked: Asked
    unit: int | None = None
    confirm: bool = False
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    booking: str


@dataclass(frozen=True, slots=True)
class Cancel:
    booking: str


@dataclass(frozen=True, slots=True)
class Start:
    booking: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The work is over, perhaps early: the rest is free."""

    booking: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask for a time that is taken. Refused for a time that is free: then it can be held."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Leave:
    entry: str


@dataclass(frozen=True, slots=True)
class Block:
    """A blackout is refused where bookings stand in its way; an outage cancels them."""

    block: str
    start: datetime
    end: datetime
    unit: int | None = None
    outage: bool = False


@dataclass(frozen=True, slots=True)
class Lift:
    block: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: holds expire, bookings nobody came to are missed, wait lists move."""


Command = Hold | Confirm | Cancel | Start | Finish | Wait | Leave | Block | Lift | Tick


@dataclass(frozen=True, slots=True)
class Decision:
    """Without `allowed` the events are those that were due anyway (expired holds), and `why` lists every reason."""

    allowed: bool
    why: tuple[Why, ...]
    events: tuple[Event, ...] = ()


def decide(book: Book, command: Command, now: datetime) -> Decision:
    """`now` and all instants asked for need a zone; they are kept in UTC."""
    moments = (now, *_moments(command))
    if any(moment.tzinfo is None for moment in moments):
        return Decision(False, (_why("no-zone"),))
    if any(moment.tzinfo is not UTC for moment in moments):
        command, now = _in_utc(command), now.astimezone(UTC)
    return _decide(command, book, now)


def _why(code: str, **args: object) -> Why:
    return Why(f"pilots_booking.{code}", args)


def _no(code: str, **args: object) -> Decision:
    return Decision(False, (_why(code, **args),))


def _moments(command: Command) -> tuple[datetime, ...]:
    match command:
        case Hold(asked=asked) | Wait(asked=asked):
            return asked.start, asked.end
        case Block(start=start, end=end):
            return start, end
    return ()


def _in_utc(command: Command) -> Command:
    match command:
        case Hold(asked=asked) | Wait(asked=asked):
            moved = replace(asked, start=asked.start.astimezone(UTC), end=asked.end.astimezone(UTC))
            return replace(command, asked=moved)
        case Block(start=start, end=end):
            return replace(command, start=start.astimezone(UTC), end=end.astimezone(UTC))
    return command


@singledispatch
def _decide(command: Command, book: Book, now: datetime) -> Decision:
    raise TypeError(type(command).__name__)


# ---------------------------------------------------------------------- taking a unit


@_decide.register
def _(command: Hold, book: Book, now: datetime) -> Decision:
    asked = command.asked
    if _known(book, asked.booking):
        return _no("known", booking=asked.booking)
    if command.unit is not None and not 1 <= command.unit <= book.line.units:
        return _no("no-unit", unit=command.unit, n=book.line.units)
    reasons = against(book, asked, now, command.staff)
    units = range(1, book.line.units + 1) if command.unit is None else (command.unit,)
    unit = None if asked.start >= asked.end else next((u for u in units if _free(book, u, asked, now)), None)
    if unit is None and asked.start < asked.end:
        reasons = (*reasons, *_in_the_way(book, units[0], asked, now, len(units)))
    if unit is None or reasons:
        return Decision(False, reasons)
    held = _held(book, asked, unit, now, command.confirm)
    events = (*_overdue_on(book, unit, asked, now), held)
    if held.expires is None:
        return Decision(True, (_why("booked", unit=unit),), events)
    return Decision(True, (_why("held", unit=unit, until=_local(book, held.expires)),), events)


@_decide.register
def _(command: Wait, book: Book, now: datetime) -> Decision:
    asked = command.asked
    if _known(book, asked.booking):
        return _no("known", booking=asked.booking)
    reasons = against(book, asked, now)
    if reasons:
        return Decision(False, reasons)
    if any(_free(book, unit, asked, now) for unit in range(1, book.line.units + 1)):
        return _no("free")
    return Decision(True, (_why("waiting", n=len(book.waiting) + 1),), (Waited(now, asked),))


def _known(book: Book, booking: str) -> bool:
    return booking in book.reservations or booking in book.waiting


def _held(book: Book, asked: Asked, unit: int, now: datetime, confirm: bool, entry: str = "") -> Held:
    """A hold never outlives the start of its time."""
    expires = None if confirm else min(now + book.line.policy.hold, asked.start)
    return Held(now, asked, unit, asked.start - book.line.setup, asked.end + book.line.cleanup, expires, entry)


def _free(book: Book, unit: int, asked: Asked, now: datetime) -> bool:
    first, after = asked.start - book.line.setup, asked.end + book.line.cleanup
    if next(book.blocking(unit, first, after), None) is not None:
        return False
    return all(one.overdue(now) for one in book.overlapping(unit, first, after))


def _overdue_on(book: Book, unit: int, asked: Asked, now: datetime) -> Iterator[Event]:
    for one in book.overlapping(unit, asked.start - book.line.setup, asked.end + book.line.cleanup):
        yield Expired(now, one.asked.booking)


def _in_the_way(book: Book, unit: int, asked: Asked, now: datetime, n: int) -> Iterator[Why]:
    """What takes the time on the unit, or on the first of several."""
    first, after = asked.start - book.line.setup, asked.end + book.line.cleanup
    for block in book.blocking(unit, first, after):
        code = "outage" if block.outage else "blackout"
        yield _why(code, start=_local(book, block.start), end=_local(book, block.end))
    for one in book.overlapping(unit, first, after):
        if not one.overdue(now):
            args = {"start": _local(book, one.takes_from), "end": _local(book, one.takes_until)}
            yield _why("taken", n=n, **args)


def _local(book: Book, instant: datetime) -> str:
    """As the line's clock shows it."""
    return f"{book.line.local(instant):%Y-%m-%d %H:%M}"


# ---------------------------------------------------------------------- what becomes of it


@_decide.register
def _(command: Confirm, book: Book, now: datetime) -> Decision:
    one = book.reservations.get(command.booking)
    if one is None or one.status != "hold":
        return _not(one, command.booking)
    if one.overdue(now):
        freed = _freed(book, (Expired(now, command.booking),), now)
        return Decision(False, (_why("expired", until=_local(book, one.expires or now)),), freed)
    return Decision(True, (_why("booked", unit=one.unit),), (Confirmed(now, command.booking),))


@_decide.register
def _(command: Cancel, book: Book, now: datetime) -> Decision:
    one = book.reservations.get(command.booking)
    if one is None or one.status not in ("hold", "confirmed"):
        return _not(one, command.booking)
    if one.asked.start <= now:
        return _no("begun", start=_local(book, one.asked.start))
    late = one.status == "confirmed" and now > one.asked.start - book.line.policy.cancellation_notice
    why = (_why("cancelled-late"),) if late else (_why("cancelled"),)
    return Decision(True, why, _freed(book, (Cancelled(now, command.booking, late),), now))


@_decide.register
def _(command: Start, book: Book, now: datetime) -> Decision:
    one = book.reservations.get(command.booking)
    if one is None or one.status != "confirmed":
        return _not(one, command.booking)
    if not one.takes_from <= now < one.takes_until:
        return _no("not-now", start=_local(book, one.takes_from), end=_local(book, one.takes_until))
    return Decision(True, (_why("started"),), (Started(now, command.booking),))


@_decide.register
def _(command: Finish, book: Book, now: datetime) -> Decision:
    one = book.reservations.get(command.booking)
    if one is None or one.status != "started":
        return _not(one, command.booking)
    until = min(now + book.line.cleanup, one.takes_until)
    return Decision(True, (_why("finished"),), _freed(book, (Finished(now, command.booking, until),), now))


@_decide.register
def _(command: Leave, book: Book, now: datetime) -> Decision:
    if command.entry not in book.waiting:
        return _no("not-waiting", booking=command.entry)
    return Decision(True, (_why("left"),), (Left(now, command.entry),))


def _not(one: Reservation | None, booking: str) -> Decision:
    if one is None:
        return _no("unknown", booking=booking)
    return _no("status", booking=booking, status=_why(f"status-{one.status}"))


# ---------------------------------------------------------------------- blackouts, and time


@_decide.register
def _(command: Block, book: Book, now: datetime) -> Decision:
    if command.block in book.blocks:
        return _no("known", booking=command.block)
    if not command.start < command.end:
        return _no("backwards")
    if command.unit is not None and not 1 <= command.unit <= book.line.units:
        return _no("no-unit", unit=command.unit, n=book.line.units)
    units = range(1, book.line.units + 1) if command.unit is None else (command.unit,)
    hit = [
        one
        for unit in units
        for one in sorted(book.overlapping(unit, command.start, command.end), key=lambda one: one.takes_from)
        if one.stands(now)
    ]
    blocked = Blocked(now, command.block, command.start, command.end, command.unit, command.outage)
    if not command.outage and hit:
        return Decision(False, tuple(_why("block-hits", booking=one.asked.booking) for one in hit))
    gone = tuple(Cancelled(now, one.asked.booking, block=command.block) for one in hit)
    why = _why("blocked-cancels", n=len(gone)) if gone else _why("blocked")
    return Decision(True, (why,), _freed(book, (blocked, *gone), now))


@_decide.register
def _(command: Lift, book: Book, now: datetime) -> Decision:
    if command.block not in book.blocks:
        return _no("unknown", booking=command.block)
    return Decision(True, (_why("lifted"),), _freed(book, (Lifted(now, command.block),), now))


@_decide.register
def _(command: Tick, book: Book, now: datetime) -> Decision:
    due: list[Event] = []
    threshold = book.line.policy.missed_reservation_threshold
    for booking, one in sorted(book.reservations.items()):
        if one.overdue(now):
            due.append(Expired(now, booking))
        elif one.status == "confirmed" and threshold is not None and one.asked.start + threshold <= now:
            due.append(Missed(now, booking))
    events = _freed(book, tuple(due), now)
    return Decision(True, (_why("ticked", n=len(events)),), events)


def _freed(book: Book, events: tuple[Event, ...], now: datetime) -> tuple[Event, ...]:
    """These events and what they let the wait list do: in its order, whoever may book what is now free holds it."""
    if not book.waiting:
        return events
    later, found = book.copy(), list(events)
    for event in events:
        later.apply(event)
    for entry, asked in list(book.waiting.items()):
        if asked.start <= now:
            step: tuple[Event, ...] = (Left(now, entry, lapsed=True),)
        else:
            units = range(1, book.line.units + 1)
            unit = next((u for u in units if _free(later, u, asked, now)), None)
            if unit is None or against(later, asked, now):
                continue
            step = (*_overdue_on(later, unit, asked, now), _held(later, asked, unit, now, False, entry))
        for event in step:
            later.apply(event)
        found += step
    return tuple(found)
