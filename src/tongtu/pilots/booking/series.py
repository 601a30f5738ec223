"""Bookings that repeat: every so many days or weeks at the same wall-clock time, skipping what cannot be.

A small part of RFC 5545's RRULE: FREQ=DAILY or WEEKLY, INTERVAL, BYDAY, COUNT, UNTIL. Across a change of the clocks
the local time stays; a time that a change leaves out is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from tongtu.pilots.booking.book import Book
from tongtu.pilots.booking.desk import Hold, decide
from tongtu.pilots.booking.events import Event
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.terms.calendar import WorkCalendar

MOST = 366


@dataclass(frozen=True, slots=True)
class Rule:
    """`weekdays` (ISO, 1 = Monday) are of a weekly rule; none: the weekday it begins on. `until` is the last local day.
    Without `count` and `until` a rule has no end and is refused."""

    every: Literal["day", "week"]
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    count: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An occurrence that was left out: its local start as the rule has it, and every reason."""

    start: datetime
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """`events` holds every occurrence that could be; none of them where the series is not allowed."""

    allowed: bool
    why: tuple[Why, ...]
    events: tuple[Event, ...]
    held: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def series(
    book: Book, first: Hold, rule: Rule, now: datetime, skip: bool = True, calendar: WorkCalendar | None = None
) -> Series:
    """Holds each occurrence of `first`, named booking-1, booking-2, ... in order.

    With `skip` an occurrence that the policy, another booking, a blackout or (with `calendar`) a day off forbids is
    left out and told; without, one such refuses the whole series, and all of them are told.
    """
    reason = _wrong(book, first, rule)
    if reason is not None:
        return Series(False, (reason,), (), (), ())
    later, events, held, skipped = book.copy(), list[Event](), list[str](), list[Skipped]()
    for n, start in enumerate(_starts(book, first, rule), start=1):
        why = _left_out(start, calendar)
        if not why:
            decision = decide(later, _occurrence(first, n, start), now)
            why = () if decision.allowed else decision.why
            for event in decision.events:
                later.apply(event)
            events += decision.events
            held += [f"{first.asked.booking}-{n}"] if decision.allowed else []
        if why:
            skipped.append(Skipped(start, why))
    args = {"held": len(held), "skipped": len(skipped)}
    if not held or (skipped and not skip):
        return Series(False, (Why("pilots_booking.series-refused", args),), (), (), tuple(skipped))
    return Series(True, (Why("pilots_booking.series-held", args),), tuple(events), tuple(held), tuple(skipped))


def _wrong(book: Book, first: Hold, rule: Rule) -> Why | None:
    asked = first.asked
    if asked.start.tzinfo is None or asked.end.tzinfo is None:
        return Why("pilots_booking.no-zone")
    if not asked.start < asked.end:
        return Why("pilots_booking.backwards")
    if rule.interval < 1 or not rule.weekdays <= frozenset(range(1, 8)) or (rule.count is not None and rule.count < 1):
        return Why("pilots_booking.series-rule")
    n = sum(1 for _ in _starts(book, first, rule))
    if (rule.count is None and rule.until is None) or n > MOST:
        return Why("pilots_booking.series-endless", {"n": MOST})
    return None


def _occurrence(first: Hold, n: int, start: datetime) -> Hold:
    asked, length = first.asked, first.asked.end - first.asked.start
    begin = start.astimezone(UTC)
    name = f"{asked.booking}-{n}"
    return replace(first, asked=replace(asked, booking=name, start=begin, end=begin + length, series=asked.booking))


def _left_out(start: datetime, calendar: WorkCalendar | None) -> tuple[Why, ...]:
    if start.astimezone(UTC).astimezone(start.tzinfo).replace(tzinfo=None) != start.replace(tzinfo=None):
        return (Why("pilots_booking.series-clock"),)
    if calendar is not None and not calendar.is_working(start.date()):
        return (Why("pilots_booking.series-day-off", {"day": start.date()}),)
    return ()


def _starts(book: Book, first: Hold, rule: Rule) -> Iterator[datetime]:
    """Local starts in order; one more than is allowed where there are more."""
    zone = ZoneInfo(book.line.zone)
    begin = first.asked.start.astimezone(zone)
    for day in islice(_days(begin.date(), rule), rule.count or MOST + 1):
        if rule.until is not None and day > rule.until:
            return
        yield datetime.combine(day, begin.timetz().replace(tzinfo=None), zone)


def _days(first: date, rule: Rule) -> Iterator[date]:
    """Without end, from the first on."""
    if rule.every == "day":
        weekdays, base, step = [0], first, timedelta(days=rule.interval)
    else:
        weekdays = sorted(day - 1 for day in rule.weekdays or {first.isoweekday()})
        base, step = first - timedelta(days=first.weekday()), timedelta(days=7 * rule.interval)
    while True:
        yield from (day for offset in weekdays if (day := base + timedelta(days=offset)) >= first)
        base += step
