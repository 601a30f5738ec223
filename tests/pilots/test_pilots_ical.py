"""Calendars as others read them: unfolded, unescaped and counted by a strict reader of our own, after RFC 5545."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import line, network, platform

from tongtu.pilots.scheduling import Event, feed, slot_events
from tongtu.pilots.scheduling.slots import SLOT
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why

STAMP = datetime(2026, 11, 23, 8, 30, tzinfo=timezone(timedelta(hours=8)))
_ESCAPES = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n"}
Told = dict[str, tuple[str, str]]


def read(text: str) -> list[Told]:
    """The events of a calendar: value and parameters by property. Anything RFC 5545 forbids fails."""
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert all(len(one.encode()) <= 75 and "\n" not in one and "\r" not in one for one in lines)
    whole: list[str] = []
    for one in lines:
        if one.startswith(" "):
            whole[-1] += one[1:]
        else:
            whole.append(one)
    assert whole[0] == "BEGIN:VCALENDAR"
    assert whole[-1] == "END:VCALENDAR"
    assert "VERSION:2.0" in whole
    assert sum(one.startswith("PRODID:") for one in whole) == 1
    events: list[Told] = []
    inside: Told | None = None
    for one in whole[1:-1]:
        match = re.fullmatch(r"([A-Z-]+)((?:;[A-Z]+=[A-Z-]+)*):(.*)", one, re.S)
        assert match, one
        name, parameters, value = match.groups()
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
        if one == "BEGIN:VEVENT":
            assert inside is None
            inside = {}
        elif one == "END:VEVENT":
            assert inside is not None
            assert {"UID", "DTSTAMP", "DTSTART"} <= set(inside)
            events.append(inside)
            inside = None
        elif inside is not None:
            assert name not in inside
            inside[name] = value, parameters
    return events


def plain(value: str) -> str:
    assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,n])*", value, re.S), value
    return re.sub(r"\\[\\;,n]", lambda found: _ESCAPES[found[0]], value)


def test_days_and_instants() -> None:
    start = datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=8)))
    text = feed(
        [
            Event("b", start, start + timedelta(hours=2), "时刻", status="TENTATIVE", sequence=3),
            Event("a", date(2026, 12, 1), date(2026, 12, 3), "两天", categories=("x,y", "z")),
        ],
        name="中试",
        stamp=STAMP,
    )
    days, instants = read(text)
    assert days["DTSTART"] == ("20261201", ";VALUE=DATE")
    assert days["DTEND"] == ("20261203", ";VALUE=DATE")
    assert days["CATEGORIES"][0] == "x\\,y,z"
    assert instants["DTSTART"] == ("20261201T010000Z", "")
    assert instants["DTSTAMP"][0] == "20261123T003000Z"
    assert (instants["STATUS"][0], instants["SEQUENCE"][0]) == ("TENTATIVE", "3")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=100), st.text(max_size=40).filter(str.strip))
def test_any_text_comes_back(summary: str, description: str, id: str) -> None:
    bare = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
    if not bare.sub("", id).strip() or any("\ud800" <= c <= "\udfff" for c in summary + description + id):
        return
    text = feed([Event(id, date(2026, 1, 1), date(2026, 1, 2), summary, description)], name=summary, stamp=STAMP)
    (told,) = read(text)
    for value, name in ((summary, "SUMMARY"), (description, "DESCRIPTION")):
        expected = bare.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
        assert plain(told.get(name, ("", ""))[0]) == expected


def test_slots_are_whole_days_with_names_that_stay() -> None:
    registry = network(platforms=[platform()], lines=[line("L1", name_en="Line one")])
    why = Why("pilots.at-once", {"earliest": date(2026, 12, 1)}).to_json()
    rows = [
        {"case": "C1", "stage": "pilot", "status": "placed", "platform": "P1", "line": "L1",
         "start": date(2026, 12, 1), "end": date(2026, 12, 4), "hours": 8.0, "why": why},
        {"case": "C2", "stage": "pilot", "status": "no_line", "why": why},
    ]  # fmt: skip
    slots = pl.DataFrame(rows, schema=SLOT)
    (event,) = slot_events(registry, slots, "en", revision=2)
    assert (event.end, event.sequence) == (date(2026, 12, 5), 2)
    assert "Line one" in event.summary
    moved = slots.with_columns(pl.col("start", "end").dt.offset_by("7d"))
    assert slot_events(registry, moved)[0].uid == event.uid
    (told,) = read(feed(slot_events(registry, slots), name="排期", stamp=STAMP))
    assert plain(told["SUMMARY"][0]) == "C1·pilot：产线L1"


def test_feeds_that_cannot_be_are_refused_whole() -> None:
    day = date(2026, 1, 1)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    events = [
        Event("a", day, day, "no days"),
        Event("b", day, noon, "mixed"),
        Event("c", noon.replace(tzinfo=None), noon.replace(tzinfo=None, hour=13), "no zone"),
        Event(" ", day, day + timedelta(days=1), "no name"),
        Event("d", day, day + timedelta(days=1), "twice"),
        Event("d", day, day + timedelta(days=1), "twice"),
    ]
    with pytest.raises(DataRefused) as refused:
        feed(events, name="x", stamp=STAMP)
    assert len(refused.value.faults) == 6
    with pytest.raises(DataRefused):
        feed([], name="x", stamp=STAMP.replace(tzinfo=None))
    assert read(feed([], name="x", stamp=STAMP)) == []
