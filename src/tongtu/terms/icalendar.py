"""iCalendar (RFC 5545): days that are taken and things that fall due, for the calendars people already have.

Days are written as DATE, instants in UTC; an end is the first day or instant after. A UID is the same in every feed,
and SEQUENCE tells a reader which of two is newer: a moved entry moves in the calendar instead of appearing twice.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.version import VERSION
from tongtu.terms.why import Why

_OCTETS = 75
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
State = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
Done = Literal["NEEDS-ACTION", "IN-PROCESS", "COMPLETED", "CANCELLED"]


@dataclass(frozen=True, slots=True)
class Event:
    """`start` and `end` (after the last) are both days, or both instants with a zone. `sequence` grows with changes."""

    uid: str
    start: date | datetime
    end: date | datetime
    summary: str
    description: str = ""
    location: str = ""
    status: State = "CONFIRMED"
    sequence: int = 0
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Todo:
    """Something to be done by the end of a day, from the day it was asked; `completed` on a day, where it is."""

    uid: str
    start: date
    due: date
    summary: str
    description: str = ""
    status: Done = "NEEDS-ACTION"
    completed: date | None = None
    sequence: int = 0
    categories: tuple[str, ...] = ()


Entry = Event | Todo


def feed(entries: Iterable[Entry], *, name: str, stamp: datetime) -> str:
    """A calendar of these entries, in the order of their starts and UIDs.

    `stamp` is written as the time of writing (the caller knows it). Raises DataRefused with every entry that has no
    UID or one of another, ends before it starts, or has instants without a zone.
    """
    ordered = sorted(entries, key=lambda entry: (_text(entry.start), entry.uid))
    faults = [*_wrong(ordered, stamp)]
    if faults:
        raise DataRefused(faults)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Tongtu//Tongtu {VERSION}//ZH", "CALSCALE:GREGORIAN",
             "METHOD:PUBLISH", f"NAME:{escaped(name)}", f"X-WR-CALNAME:{escaped(name)}"]  # fmt: skip
    for entry in ordered:
        lines += _event(entry, stamp) if isinstance(entry, Event) else _todo(entry, stamp)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line))


def uid(*names: str) -> str:
    """The same for the same names, and safe whatever they are made of."""
    told = "\x1f".join(names).encode()
    return f"{hashlib.sha256(told).hexdigest()[:32]}@tongtu"


def escaped(text: str) -> str:
    """TEXT of RFC 5545 §3.3.11; control characters, which it forbids, are dropped."""
    bare = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return bare.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """Pieces of 75 octets at most, never through a character; every piece but the first begins with a space."""
    piece, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _OCTETS:
            yield piece
            piece, octets = " ", 1
        piece, octets = piece + character, octets + size
    yield piece


def _event(event: Event, stamp: datetime) -> Sequence[str]:
    lines = ["BEGIN:VEVENT", *_named(event, stamp), f"DTSTART{_value(event.start)}", f"DTEND{_value(event.end)}"]
    lines += [f"LOCATION:{escaped(event.location)}"] if event.location else []
    return [*lines, *_told(event), "END:VEVENT"]


def _todo(todo: Todo, stamp: datetime) -> Sequence[str]:
    """RFC 5545 has DUE after DTSTART, so what is asked and due on one day has no DTSTART; COMPLETED is an instant."""
    lines = ["BEGIN:VTODO", *_named(todo, stamp)]
    lines += [f"DTSTART{_value(todo.start)}"] if todo.start < todo.due else []
    lines.append(f"DUE{_value(todo.due)}")
    if todo.completed is not None:
        lines += [f"COMPLETED:{todo.completed:%Y%m%d}T000000Z", "PERCENT-COMPLETE:100"]
    return [*lines, *_told(todo), "END:VTODO"]


def _named(entry: Entry, stamp: datetime) -> Sequence[str]:
    return [f"UID:{escaped(entry.uid)}", f"DTSTAMP:{_instant(stamp)}"]


def _told(entry: Entry) -> Sequence[str]:
    lines = [f"SUMMARY:{escaped(entry.summary)}"]
    lines += [f"DESCRIPTION:{escaped(entry.description)}"] if entry.description else []
    if entry.categories:
        lines.append(f"CATEGORIES:{','.join(escaped(one) for one in entry.categories)}")
    return [*lines, f"STATUS:{entry.status}", f"SEQUENCE:{entry.sequence}"]


def _value(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return f":{_instant(moment)}"
    return f";VALUE=DATE:{moment:%Y%m%d}"


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(moment: date | datetime) -> str:
    return _instant(moment) if isinstance(moment, datetime) and moment.tzinfo else f"{moment:%Y%m%d}"


def _wrong(entries: Sequence[Entry], stamp: datetime) -> Iterator[Fault]:
    seen = Counter(entry.uid for entry in entries)
    if stamp.tzinfo is None:
        yield _fault("event-zone", "DTSTAMP")
    for entry in entries:
        if not escaped(entry.uid).strip():
            yield _fault("event-nameless", entry.summary)
        elif seen[entry.uid] > 1:
            yield _fault("event-twice", entry.uid)
        yield from _when(entry)


def _when(entry: Entry) -> Iterator[Fault]:
    """What is wrong with the days or instants of an entry."""
    if isinstance(entry, Todo):
        if entry.due < entry.start:
            yield _fault("event-backwards", entry.uid)
        return
    ends = (entry.start, entry.end)
    days = [not isinstance(moment, datetime) for moment in ends]
    if days[0] != days[1] or any(isinstance(m, datetime) and m.tzinfo is None for m in ends):
        yield _fault("event-zone", entry.uid)
    elif not entry.start < entry.end:
        yield _fault("event-backwards", entry.uid)


def _fault(code: str, event: str) -> Fault:
    full = f"icalendar.{code}"
    return Fault(Why(full, {"event": event}), Why(f"{full}-repair"))
