"""Logs for process mining and calendars: read back with the standard library, whatever the texts are."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from exchange_pathways import contest, shipped, story, table
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.pathway.cases import replay
from tongtu.pathway.exchange import ocel, reminders, xes
from tongtu.pathway.exchange.xml import clean
from tongtu.registry import Registry, noun
from tongtu.terms.faults import DataRefused
from tongtu.terms.icalendar import Todo, escaped, feed
from tongtu.terms.why import Label

_XES = "{http://www.xes-standard.org/}"
_BLNS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "hostile" / "blns.json"
TODAY = date(2026, 11, 20)
STAMP = datetime(2026, 11, 20, tzinfo=UTC)


def hostile(text: str) -> Registry:
    """The story with a text in every cell that a person writes."""
    base = story()
    events = base["events"].with_columns(note=pl.lit(text), reason=pl.lit(text), asked=pl.lit([text, "x"]))
    named = base["organisations"].with_columns(name=pl.lit(text or "x"))
    return base.replace(events=events, organisations=named)


def traces(text: str) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Attributes of every trace and its events, by key, as another program would read them."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == f"{_XES}log"
    return [(_attributes(trace), [_attributes(event) for event in trace.findall(f"{_XES}event")])
            for trace in root.findall(f"{_XES}trace")]  # fmt: skip


def _attributes(element: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in element:
        key, value = one.get("key"), one.get("value")
        if key is None:
            continue
        if one.tag == f"{_XES}list":
            found[key] = [item.get("value") for item in one.iter() if item is not one and item.get("value") is not None]
        elif one.tag == f"{_XES}date":
            found[key] = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        else:
            found[key] = value
    return found


# ------------------------------------------------------------------------------------------ XES


def test_a_trace_for_each_case_and_an_event_for_each_row() -> None:
    ((trace, events),) = traces(xes(story(), lang="en"))
    assert trace["concept:name"] == "K1"
    assert [event["concept:instance"] for event in events] == [f"E{n:02}" for n in range(19) if n not in (17, 18)] + [
        "E17", "E18"]  # fmt: skip
    assert events[5]["concept:name"] == "Gate decided · Go"
    assert events[5]["time:timestamp"] == datetime(2026, 3, 2, tzinfo=UTC)
    assert (events[5]["org:group"], events[5]["org:role"]) == ("O1", "holder")
    assert events[8]["asked"] == ["检测报告", "查新报告"]
    assert all(event["lifecycle:transition"] == "complete" for event in events)


def test_stages_of_a_pathway_go_by_its_own_words() -> None:
    ((_, events),) = traces(xes(contest(), shipped(), lang="zh"))
    assert "进入阶段 · 揭榜与遴选" in [event["concept:name"] for event in events]
    ((_, bare),) = traces(xes(contest(), lang="zh"))
    assert "进入阶段 · answers" in [event["concept:name"] for event in bare]


def test_every_cell_of_the_log_comes_back() -> None:
    registry = story()
    ((_, events),) = traces(xes(registry))
    keys = {"event": "concept:instance", "by": "org:group", "role": "org:role", "person": "org:resource"}
    rows = registry["events"].sort("on", "recorded_at", "event").to_dicts()
    for row, event in zip(rows, events, strict=True):
        for name, value in row.items():
            if name in ("case", "on") or value is None:
                continue
            got = event[keys.get(name, name)]
            assert (got.date() if isinstance(value, date) else got) == value


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_written_as_xml_that_can_be_read(text: str) -> None:
    ((_, events),) = traces(xes(hostile(text)))
    if text:
        assert events[0]["note"] == clean(text)
    json.dumps(ocel(hostile(text))).encode()


@pytest.mark.skipif(not _BLNS.exists(), reason="the list of naughty strings is not here")
def test_naughty_strings() -> None:
    texts = [text for text in json.loads(_BLNS.read_text(encoding="utf-8")) if text]
    base = story()
    row = base["events"].row(0, named=True)
    rows = [{**row, "event": f"X{n:04}", "note": text} for n, text in enumerate(texts)]
    registry = base.replace(events=table("events", *rows))
    ((_, events),) = traces(xes(registry))
    assert [event["note"] for event in events] == [clean(text) for text in texts]
    for text in texts:
        assert "\n" not in escaped(text)


# ------------------------------------------------------------------------------------------ OCEL


def test_events_of_several_objects() -> None:
    log = json.loads(json.dumps(ocel(story())))
    objects = {one["id"]: one for one in log["objects"]}
    events = {one["id"]: one for one in log["events"]}
    assert len(objects) == len(log["objects"])
    assert len(events) == 19
    linked = [(one["objectId"], one["qualifier"]) for one in events["event:E02"]["relationships"]]
    assert linked == [("case:K1", "case"), ("organisation:O1", "by"), ("evidence:V1", "documents")]
    signed = {one["objectId"] for one in events["event:E13"]["relationships"]}
    assert signed == {"case:K1", "organisation:O2", "agreement:R1"}
    assert ("need:N1", "need") in {(one["objectId"], one["qualifier"]) for one in objects["case:K1"]["relationships"]}


def test_everything_that_is_named_is_there_and_typed() -> None:
    log = ocel(story())
    objects = {one["id"] for one in log["objects"]}
    kinds = {side: {one["name"]: {a["name"]: a["type"] for a in one["attributes"]} for one in log[f"{side}Types"]}
             for side in ("object", "event")}  # fmt: skip
    for side in ("object", "event"):
        for one in log[f"{side}s"]:
            assert all(link["objectId"] in objects for link in one["relationships"])
            for attribute in one["attributes"]:
                kind = kinds[side][one["type"]][attribute["name"]]
                assert kind in ("string", "time", "integer", "float", "boolean")
                assert isinstance(attribute["value"], int) == (kind == "integer")


def test_an_id_of_no_table_is_still_an_object() -> None:
    base = story()
    log = ocel(base.replace(organisations=noun("organisations").empty()))
    assert {"id": "organisation:O1", "type": "organisation", "attributes": [], "relationships": []} in log["objects"]


# ------------------------------------------------------------------------------------------ calendars


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    return "\r\n".join(lines).replace("\r\n ", "").split("\r\n")


def test_a_case_is_a_list_of_things_to_do() -> None:
    registry = story()
    told = replay(registry["events"], registry["cases"], shipped(), as_of=TODAY)
    names = {"K1": Label("高温合金叶片，甲研究所与乙公司的合作项目（第一期；样机）", "Blades")}
    found = reminders(told, shipped(), names=names)
    assert [(one.due, one.status, one.completed) for one in found] == [
        (date(2026, 3, 2), "COMPLETED", date(2026, 2, 9)),
        (date(2026, 3, 20), "COMPLETED", date(2026, 3, 2)),
        (date(2026, 8, 3), "COMPLETED", date(2026, 6, 3)),
        (date(2026, 12, 1), "NEEDS-ACTION", None),
    ]
    assert len({one.uid for one in found}) == 4
    text = unfolded(feed(found, name="期限", stamp=STAMP))
    assert "DUE;VALUE=DATE:20261201" in text
    assert sum(line == "BEGIN:VTODO" for line in text) == 4
    assert "COMPLETED:20260603T000000Z" in text
    assert any(line.startswith("SUMMARY:高温合金叶片，") for line in text)


def test_a_moved_date_is_the_same_entry_with_a_higher_sequence() -> None:
    registry = story()
    later = registry["events"].row(0, named=True) | {
        "event": "E90", "kind": "extended", "stage": "pilot", "gate": "G3", "due": date(2027, 2, 1),
        "on": date(2026, 10, 1), "recorded_at": date(2026, 10, 1)}  # fmt: skip
    moved = registry.replace(events=pl.concat([registry["events"], table("events", later)]))
    before, after = (
        reminders(replay(one["events"], one["cases"], shipped(), as_of=TODAY), shipped(), names={})[-1]
        for one in (registry, moved)
    )
    assert before.uid == after.uid
    assert (before.due, before.sequence) == (date(2026, 12, 1), 0)
    assert after.due == date(2027, 2, 1)
    assert after.sequence > 0


def test_the_end_of_a_hold_is_told() -> None:
    registry = story()
    until = pl.when(pl.col("event") == "E10").then(date(2026, 7, 31)).otherwise("due")
    held = registry["events"].with_columns(due=until)
    day = date(2026, 5, 20)
    told = replay(held, registry["cases"], shipped(), as_of=day)
    *_, end = reminders(told, shipped(), names={"K1": Label("叶片")}, lang="zh", waits_on="O2")
    assert (end.summary, end.start, end.due) == ("叶片：概念验证暂停期满", date(2026, 5, 11), date(2026, 7, 31))


def test_only_what_an_organisation_is_waited_for() -> None:
    registry = story()
    told = replay(registry["events"], registry["cases"], shipped(), as_of=TODAY)
    assert [one.due for one in reminders(told, shipped(), names={}, waits_on="O1")] == [date(2026, 12, 1)]
    assert reminders(told, shipped(), names={}, waits_on="O3") == []


def test_things_due_before_they_began_are_refused() -> None:
    with pytest.raises(DataRefused):
        feed([Todo("a", date(2026, 2, 2), date(2026, 2, 1), "x")], name="x", stamp=STAMP)
    one = unfolded(feed([Todo("a", date(2026, 2, 2), date(2026, 2, 2), "x")], name="x", stamp=STAMP))
    assert not any(line.startswith("DTSTART") for line in one)
    assert re.search(r"DUE;VALUE=DATE:20260202", "\n".join(one))
