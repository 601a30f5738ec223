"""The log as OCEL 2.0 JSON: events about several objects at once, for object-centric process mining.

A case is only one of the objects an event is about: beside it stand the organisations that acted and were handed the
case, people, offers, agreements and evidence. Ids are `kind:id`, since one id may name two things of two tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from tongtu.pathway.exchange.log import Row, logs, midnight
from tongtu.pathway.exchange.xml import clean
from tongtu.registry import Registry, noun, vocabularies

#: what a column refers to: kind of object by column, of an event and of a case
_OF_EVENT = {"case": "case", "by": "organisation", "to": "organisation", "person": "person", "offer": "offer",
             "agreement": "agreement", "documents": "evidence"}  # fmt: skip
_OF_CASE = {"need": "need", "achievement": "achievement", "lead": "organisation", "partners": "organisation",
            "platform": "platform", "risk_owner": "organisation", "demander": "organisation",
            "holder": "organisation", "parent": "case"}  # fmt: skip
#: the table in which a kind of object stands, with the columns that are told of it
_TABLES = {
    "organisation": ("organisations", ("name", "kind", "region")),
    "person": ("people", ()),
    "offer": ("offers", ("amount", "currency", "made", "expires", "state")),
    "agreement": ("agreements", ("kind", "signed", "amount", "currency", "registration")),
    "evidence": ("evidence", ("dimension", "kind", "grade")),
    "need": ("needs", ("title",)),
    "achievement": ("achievements", ("title",)),
    "platform": ("platforms", ("name",)),
}
_CASE = ("pathway", "pathway_version", "state", "track", "lane", "direction", "opened", "closed")
_EVENT = ("stage", "gate", "decision", "role", "branch", "due", "recorded_at", "step", "version", "lane", "reason",
          "note", "asked")  # fmt: skip


def ocel(registry: Registry, *, case: str | None = None) -> dict[str, Any]:
    """The log of one case or of all as a JSON value: eventTypes, objectTypes, events, objects."""
    objects: dict[tuple[str, str], Row] = {}
    events: list[Row] = []
    for row, log in logs(registry, case):
        opened = row["opened"] or (log[0]["on"] if log else date(1970, 1, 1))
        objects["case", row["case"]] = _object("case", row["case"], row, _CASE, opened, list(_links(row, _OF_CASE)))
        events += [_event(event) for event in log]
    needed = {_split(link["objectId"]) for one in (*objects.values(), *events) for link in one["relationships"]}
    objects |= {key: _object_of(registry, *key) for key in needed - set(objects)}
    ordered = [objects[key] for key in sorted(objects)]
    return {
        "objectTypes": _types("type", ordered),
        "eventTypes": _types("type", events),
        "objects": ordered,
        "events": events,
    }


def _event(event: Row) -> Row:
    kind = vocabularies()["event_kind"][event["kind"]].en
    return {
        "id": clean(f"event:{event['event']}"),
        "type": kind,
        "time": midnight(event["on"]),
        "attributes": [{"name": name, "value": _value(event[name])} for name in _EVENT if _told(event.get(name))],
        "relationships": list(_links(event, _OF_EVENT)),
    }


def _object_of(registry: Registry, kind: str, own: str) -> Row:
    """An object of a table, or what an id alone tells of one that is in no table."""
    table, columns = _TABLES.get(kind, ("", ()))
    rows = registry[table].filter(pl.col(noun(table).key[0]) == own).to_dicts() if table else []
    return _object(kind, own, rows[0] if rows else {}, columns, date(1970, 1, 1), [])


def _object(kind: str, own: str, row: Row, columns: tuple[str, ...], day: date, links: list[Row]) -> Row:
    told = [{"name": name, "time": midnight(day), "value": _value(row[name])}
            for name in columns if _told(row.get(name))]  # fmt: skip
    return {"id": _id(kind, own), "type": kind, "attributes": told, "relationships": links}


def _links(row: Row, columns: dict[str, str]) -> Iterator[Row]:
    """What a row refers to, each with the column as its qualifier."""
    for column, kind in columns.items():
        found = row.get(column)
        for own in found if isinstance(found, list) else [found]:
            if own:
                yield {"objectId": _id(kind, own), "qualifier": column}


def _id(kind: str, own: str) -> str:
    return clean(f"{kind}:{own}")


def _split(told: str) -> tuple[str, str]:
    kind, _, own = told.partition(":")
    return kind, own


def _types(key: str, found: list[Row]) -> list[Row]:
    """Every type with the attributes that occur in it."""
    seen: dict[str, dict[str, str]] = {}
    for one in found:
        named = seen.setdefault(one[key], {})
        for attribute in one["attributes"]:
            named[attribute["name"]] = _kind(attribute["value"])
    return [{"name": name, "attributes": [{"name": n, "type": t} for n, t in sorted(seen[name].items())]}
            for name in sorted(seen)]  # fmt: skip


def _told(value: Any) -> bool:
    return value is not None and value != "" and value != []


def _value(value: Any) -> Any:
    match value:
        case date():
            return midnight(value)
        case list():
            return clean("；".join(map(str, value)))
        case str():
            return clean(value)
    return value


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "float"
        case str() if len(value) == 20 and value.endswith("T00:00:00Z"):
            return "time"
    return "string"
