"""What a line lets its users book. The terms are NEMO's (NIST's facility software), which laboratories know.

A limit that is None does not apply. Windows are wall-clock time of the line's own zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week on some ISO weekdays (1 = Monday) from one minute of the day up to another (1440 = midnight)."""

    weekdays: frozenset[int]
    start: int = 0
    end: int = 1440


@dataclass(frozen=True, slots=True)
class Quota:
    """Hours that small and medium enterprises have first call on: `share` of the `hours` a week that all units of the
    line offer. What they leave unused is open to everybody `release` before it would pass."""

    share: float
    hours: float
    release: timedelta = timedelta(days=7)

    def for_others(self) -> timedelta:
        """What everybody else may book in a week."""
        return timedelta(hours=self.hours * (1 - self.share))


@dataclass(frozen=True, slots=True)
class Policy:
    """`reservation_horizon`: how far ahead a start may lie; `notice`: how near. `minimum_usage_block` and `maximum_`:
    length of a booking. Per user: bookings that begin on a local day, bookings and hours ahead, and time between two.
    `policy_off`: a booking wholly inside is not held to these limits. `open`: windows in which the line may be booked
    (none: always). `hold`: how long a hold stands unconfirmed. `cancellation_notice`: who cancels later is marked.
    `missed_reservation_threshold`: a booking not begun so long after its start is missed, and its rest is free.
    """

    reservation_horizon: timedelta | None = None
    notice: timedelta = _NONE
    minimum_usage_block: timedelta | None = None
    maximum_usage_block: timedelta | None = None
    maximum_reservations_per_day: int | None = None
    maximum_future_reservations: int | None = None
    maximum_future_reservation_time: timedelta | None = None
    minimum_time_between_reservations: timedelta | None = None
    policy_off: tuple[Weekly, ...] = ()
    open: tuple[Weekly, ...] = ()
    hold: timedelta = timedelta(hours=24)
    cancellation_notice: timedelta = _NONE
    missed_reservation_threshold: timedelta | None = None

    @property
    def by_user(self) -> bool:
        """Whether a user's other bookings matter."""
        limits = (
            self.maximum_reservations_per_day, self.maximum_future_reservations,
            self.maximum_future_reservation_time, self.minimum_time_between_reservations,
        )  # fmt: skip
        return any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its numbered `units` (1, 2, ...), its IANA `zone`, and what comes before and after each booking."""

    line: str
    zone: str = "Asia/Shanghai"
    units: int = 1
    setup: timedelta = _NONE
    cleanup: timedelta = _NONE
    policy: Policy = field(default_factory=Policy)
    quota: Quota | None = None

    def checked(self) -> Line:
        """Itself. Raises UsageFault with everything that cannot be: an unknown zone, no units, times below zero, a
        shortest block above the longest, a share beyond 0 to 1, a window that ends before it starts."""
        faults = [Fault(Why(f"pilots_booking.{code}", {"line": self.line})) for code in self._wrong()]
        if faults:
            raise UsageFault(faults)
        return self

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(ZoneInfo(self.zone))

    def instant(self, day: date, minute: int) -> datetime:
        """The UTC instant of a minute of a local day; 1440 is the next midnight."""
        midnight = datetime.combine(day + timedelta(days=minute // 1440), time(), ZoneInfo(self.zone))
        return midnight.replace(hour=minute % 1440 // 60, minute=minute % 60).astimezone(UTC)

    def inside(self, windows: tuple[Weekly, ...], start: datetime, end: datetime) -> bool:
        """Whether the windows together cover all of [start, end)."""
        at = start
        for first, last in sorted(self._stretches(windows, start, end)):
            if first > at:
                return False
            at = max(at, last)
        return at >= end

    def week(self, instant: datetime) -> tuple[datetime, datetime]:
        """The local week, Monday to Monday, that holds an instant."""
        day = self.local(instant).date()
        monday = day - timedelta(days=day.weekday())
        return self.instant(monday, 0), self.instant(monday + timedelta(days=7), 0)

    def _stretches(
        self, windows: tuple[Weekly, ...], start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        day, last = self.local(start).date(), self.local(end).date()
        while day <= last:
            for window in windows:
                if day.isoweekday() in window.weekdays:
                    first, after = self.instant(day, window.start), self.instant(day, window.end)
                    if after > start:
                        yield first, after
            day += timedelta(days=1)

    def _wrong(self) -> Iterator[str]:
        policy, quota = self.policy, self.quota
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield "bad-zone"
        if self.units < 1:
            yield "bad-units"
        spans = (
            self.setup, self.cleanup, policy.notice, policy.hold, policy.cancellation_notice,
            policy.reservation_horizon, policy.minimum_usage_block, policy.maximum_usage_block,
            policy.maximum_future_reservation_time, policy.minimum_time_between_reservations,
            policy.missed_reservation_threshold,
        )  # fmt: skip
        counts = (policy.maximum_reservations_per_day, policy.maximum_future_reservations)
        if any(span is not None and span < _NONE for span in spans) or any(n is not None and n < 0 for n in counts):
            yield "bad-negative"
        shortest, longest = policy.minimum_usage_block, policy.maximum_usage_block
        if shortest is not None and longest is not None and shortest > longest:
            yield "bad-block"
        if quota is not None and not (0 <= quota.share <= 1 and quota.hours >= 0):
            yield "bad-quota"
        if any(not _whole(window) for window in (*policy.open, *policy.policy_off)):
            yield "bad-window"


def _whole(window: Weekly) -> bool:
    return 0 <= window.start < window.end <= 1440 and window.weekdays <= frozenset(range(1, 8))
