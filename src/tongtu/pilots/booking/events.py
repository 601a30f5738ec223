"""What happens to a line's bookings. Events are facts: they are kept, and the book is their fold.

Instants are UTC, intervals half-open: [start, end).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants the line, and when. `sme`: a small or medium enterprise, for the quota."""

    booking: str
    user: str
    start: datetime
    end: datetime
    organisation: str = ""
    sme: bool = False
    series: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A unit is taken for `asked` over [takes_from, takes_until), set-up and clean-up within. Without `expires` the
    booking stands; with it, it must be confirmed before. `entry`: the place on the wait list it came from."""

    at: datetime
    asked: Asked
    unit: int
    takes_from: datetime
    takes_until: datetime
    expires: datetime | None = None
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    at: datetime
    booking: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """`late`: after the notice the policy asks for. `block`: the outage that took the place."""

    at: datetime
    booking: str
    late: bool = False
    block: str = ""


@dataclass(frozen=True, slots=True)
class Expired:
    """A hold that nobody confirmed in time."""

    at: datetime
    booking: str


@dataclass(frozen=True, slots=True)
class Started:
    at: datetime
    booking: str


@dataclass(frozen=True, slots=True)
class Finished:
    """`until`: when the unit is clean again."""

    at: datetime
    booking: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    at: datetime
    booking: str


@dataclass(frozen=True, slots=True)
class Waited:
    """`asked.booking` names the entry; a hold that comes of it has the same name."""

    at: datetime
    asked: Asked


@dataclass(frozen=True, slots=True)
class Left:
    """An entry is off the wait list without a booking. `lapsed`: its time came first."""

    at: datetime
    entry: str
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """A blackout (planned) or outage (not) of one unit, or of all."""

    at: datetime
    block: str
    start: datetime
    end: datetime
    unit: int | None = None
    outage: bool = False


@dataclass(frozen=True, slots=True)
class Lifted:
    at: datetime
    block: str


Event = (
    Held | Confirmed | Cancelled | Expired | Started | Finished | Missed | Waited | Left | Blocked | Lifted
)  # fmt: skip
