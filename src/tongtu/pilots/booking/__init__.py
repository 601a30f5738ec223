"""Booking of pilot lines: who may have a unit when, why not, and what follows; for whoever keeps the bookings.

A `Book` is the fold of a line's events, `decide` answers one command with yes or no, every reason and the events that
follow, `series` holds what repeats. Nothing here reads a clock or a database; the terms are NEMO's.
"""

from tongtu.pilots.booking.book import ACTIVE, Book, Reservation
from tongtu.pilots.booking.desk import (
    Block,
    Cancel,
    Command,
    Confirm,
    Decision,
    Finish,
    Hold,
    Leave,
    Lift,
    Start,
    Tick,
    Wait,
    decide,
)
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
from tongtu.pilots.booking.policy import Line, Policy, Quota, Weekly
from tongtu.pilots.booking.series import Rule, Series, Skipped, series

__all__ = [
    "ACTIVE", "Asked", "Block", "Blocked", "Book", "Cancel", "Cancelled", "Command", "Confirm", "Confirmed", "Decision",
    "Event", "Expired", "Finish", "Finished", "Held", "Hold", "Leave", "Left", "Lift", "Lifted", "Line", "Missed",
    "Policy", "Quota", "Reservation", "Rule", "Series", "Skipped", "Start", "Started", "Tick", "Wait", "Waited",
    "Weekly", "against", "decide", "series",
]  # fmt: skip
