"""Slots and bookings as iCalendar (RFC 5545), for the calendars people already have.

Days are written as DATE, instants in UTC; an end is the first day or instant after. A UID is the same in every feed,
and SEQUENCE tells a reader which of two is newer: a moved slot moves in the calendar instead of appearing twice.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import polars as pl

from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.version import VERSION
from tongtu.terms.why import Label, Why
from tongtu.terms.words import Lang, say, word

_OCTETS = 75
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
State = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]


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


def feed(events: Iterable[Event], *, name: str, stamp: datetime) -> str:
    """A calendar of these events, in the order of their starts and UIDs.

    `stamp` is written as the time of writing (the caller knows it). Raises DataRefused with every event that has no
    UID or one of another, ends before it starts, or has instants without a zone.
    """
    ordered = sorted(events, key=lambda event: (_text(event.start), event.uid))
    faults = [fault for fault in _wrong(ordered, stamp) if fault]
    if faults:
        raise DataRefused(faults)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Tongtu//Tongtu {VERSION}//ZH", "CALSCALE:GREGORIAN",
             "METHOD:PUBLISH", f"NAME:{escaped(name)}", f"X-WR-CALNAME:{escaped(name)}"]  # fmt: skip
    for event in ordered:
        lines += _event(event, stamp)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line))


def slot_events(registry: Registry, slots: pl.DataFrame, lang: Lang = "zh", revision: int = 0) -> list[Event]:
    """An event of whole days for each placed slot (the chain's table), named in one language.

    `revision` is the number of the plan: a later plan's events replace an earlier one's in the reader's calendar.
    """
    lines = _labels(registry, "lines", "line")
    platforms = _labels(registry, "platforms", "platform")
    found = []
    for row in slots.filter(pl.col("status") == "placed").sort("case", "stage").iter_rows(named=True):
        line = lines.get(row["line"], Label(row["line"])).say(lang)
        platform = platforms.get(row["platform"], Label(row["platform"])).say(lang)
        args = {"case": row["case"], "stage": row["stage"], "line": line, "platform": platform}
        found.append(
            Event(
                uid(row["case"], row["stage"]),
                row["start"],
                row["end"] + timedelta(days=1),
                word("pilots_scheduling.event", lang, **args),
                say(Why.from_json(row["why"]), lang) if row["why"] else "",
                platform,
                sequence=revision,
                categories=(row["stage"],),
            )
        )
    return found


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


def _labels(registry: Registry, noun: str, key: str) -> dict[str, Label]:
    rows = registry[noun].select(key, "name", "name_en").iter_rows()
    return {id: Label(name or id, name_en or "") for id, name, name_en in rows}


def _event(event: Event, stamp: datetime) -> Sequence[str]:
    lines = ["BEGIN:VEVENT", f"UID:{escaped(event.uid)}", f"DTSTAMP:{_instant(stamp)}"]
    lines += [f"DTSTART{_value(event.start)}", f"DTEND{_value(event.end)}", f"SUMMARY:{escaped(event.summary)}"]
    for name, text in (("DESCRIPTION", event.description), ("LOCATION", event.location)):
        lines += [f"{name}:{escaped(text)}"] if text else []
    if event.categories:
        lines.append(f"CATEGORIES:{','.join(escaped(one) for one in event.categories)}")
    return [*lines, f"STATUS:{event.status}", f"SEQUENCE:{event.sequence}", "END:VEVENT"]


def _value(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return f":{_instant(moment)}"
    return f";VALUE=DATE:{moment:%Y%m%d}"


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(moment: date | datetime) -> str:
    return _instant(moment) if isinstance(moment, datetime) and moment.tzinfo else f"{moment:%Y%m%d}"


def _wrong(events: Sequence[Event], stamp: datetime) -> Iterator[Fault]:
    seen = Counter(event.uid for event in events)
    if stamp.tzinfo is None:
        yield _fault("event-zone", "DTSTAMP")
    for event in events:
        days = [not isinstance(moment, datetime) for moment in (event.start, event.end)]
        if not escaped(event.uid).strip():
            yield _fault("event-nameless", event.summary)
        elif seen[event.uid] > 1:
            yield _fault("event-twice", event.uid)
        if days[0] != days[1] or any(isinstance(m, datetime) and m.tzinfo is None for m in (event.start, event.end)):
            yield _fault("event-zone", event.uid)
        elif not event.start < event.end:
            yield _fault("event-backwards", event.uid)


def _fault(code: str, event: str) -> Fault:
    full = f"pilots_scheduling.{code}"
    return Fault(Why(full, {"event": event}), Why(f"{full}-repair"))
