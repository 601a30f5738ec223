"""Every reason why a user may not book an interval: the policy, the quota, the clock. All of them, not the first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tongtu.pilots.booking.book import Book, Reservation
from tongtu.pilots.booking.events import Asked
from tongtu.terms.why import Quantity, Why

_NONE = timedelta(0)


def against(book: Book, asked: Asked, now: datetime, staff: bool = False) -> tuple[Why, ...]:
    """Empty where the policy allows it. `staff` are held to the clock alone."""
    wrong = tuple(_clock(asked, now))
    if wrong or staff:
        return wrong
    reasons = [*_open(book, asked)]
    if not (book.line.policy.policy_off and book.line.inside(book.line.policy.policy_off, asked.start, asked.end)):
        others = book.of_user(asked.user, now) if book.line.policy.by_user else []
        reasons += [*_block(book, asked, now), *_counts(book, asked, others, now), *_between(book, asked, others)]
    return (*reasons, *_quota(book, asked, now))


def hours(span: timedelta) -> Quantity:
    return Quantity(round(span / timedelta(hours=1), 2), "h")


def _why(code: str, **args: object) -> Why:
    return Why(f"pilots_booking.{code}", args)


def _clock(asked: Asked, now: datetime) -> Iterator[Why]:
    if not asked.start < asked.end:
        yield _why("backwards")
    elif asked.start < now:
        yield _why("past")


def _open(book: Book, asked: Asked) -> Iterator[Why]:
    if book.line.policy.open and not book.line.inside(book.line.policy.open, asked.start, asked.end):
        yield _why("closed")


def _block(book: Book, asked: Asked, now: datetime) -> Iterator[Why]:
    """How far ahead, how near, how long."""
    policy, length = book.line.policy, asked.end - asked.start
    if policy.reservation_horizon is not None and asked.start > now + policy.reservation_horizon:
        yield _why("horizon", days=policy.reservation_horizon.days)
    if asked.start < now + policy.notice:
        yield _why("notice", notice=hours(policy.notice))
    if policy.minimum_usage_block is not None and length < policy.minimum_usage_block:
        yield _why("too-short", length=hours(length), least=hours(policy.minimum_usage_block))
    if policy.maximum_usage_block is not None and length > policy.maximum_usage_block:
        yield _why("too-long", length=hours(length), most=hours(policy.maximum_usage_block))


def _counts(book: Book, asked: Asked, others: list[Reservation], now: datetime) -> Iterator[Why]:
    """Bookings on the day it begins, and bookings and hours that lie ahead."""
    policy, line = book.line.policy, book.line
    day, most = line.local(asked.start).date(), policy.maximum_reservations_per_day
    if most is not None and sum(line.local(one.asked.start).date() == day for one in others) >= most:
        yield _why("per-day", day=day, n=most)
    ahead, most = [one.asked for one in others if one.asked.start > now], policy.maximum_future_reservations
    if most is not None and len(ahead) >= most:
        yield _why("future", n=most)
    longest = policy.maximum_future_reservation_time
    total = sum((one.end - one.start for one in ahead), asked.end - asked.start)
    if longest is not None and total > longest:
        yield _why("future-time", total=hours(total), most=hours(longest))


def _between(book: Book, asked: Asked, others: list[Reservation]) -> Iterator[Why]:
    least = book.line.policy.minimum_time_between_reservations
    if least is None:
        return
    for one in others:
        if asked.start < one.asked.end + least and one.asked.start < asked.end + least:
            yield _why("between", booking=one.asked.booking, least=hours(least))
            return


def _quota(book: Book, asked: Asked, now: datetime) -> Iterator[Why]:
    """What others than small firms take of each week it falls in; hours near at hand are no longer kept back."""
    quota = book.line.quota
    if quota is None or asked.sme or asked.start < now + quota.release:
        return
    start = asked.start
    while start < asked.end:
        first, after = book.line.week(start)
        taken = sum(
            (_shared(one.asked, first, after) for one in book.within(first, after, now) if not one.asked.sme), _NONE
        )
        mine = _shared(asked, first, after)
        if taken + mine > quota.for_others():
            left = max(quota.for_others() - taken, _NONE)
            day = (asked.start - quota.release).date()
            yield _why("quota", week=book.line.local(first).date(), left=hours(left), release=day)
        start = after


def _shared(asked: Asked, first: datetime, after: datetime) -> timedelta:
    return max(min(asked.end, after) - max(asked.start, first), _NONE)
