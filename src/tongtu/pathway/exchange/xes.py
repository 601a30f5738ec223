"""The log as XES 1.0 (IEEE 1849), for tools of process mining: a trace for each case, an event for each row.

Names of activities are words of one language; beside them stand the codes, so that a filter needs no words. The
standard wants instants and we know days: every event stands at midnight UTC, in the order of the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from tongtu.pathway.exchange.log import Row, logs, midnight
from tongtu.pathway.exchange.xml import Element, child, written
from tongtu.pathway.model import Pathway
from tongtu.registry import Registry, vocabularies
from tongtu.terms.why import Label
from tongtu.terms.words import Lang

_SITE = "http://www.xes-standard.org/"
_EXTENSIONS = (("Concept", "concept"), ("Time", "time"), ("Organizational", "org"), ("Lifecycle", "lifecycle"))
#: our columns under the standard's keys; every other column keeps its own name
_KEYS = {"event": "concept:instance", "by": "org:group", "role": "org:role", "person": "org:resource"}
_DONE = ("case", "on")
_UNKNOWN = "UNKNOWN"


def xes(
    registry: Registry, pathways: Mapping[str, Pathway] | None = None, *, case: str | None = None, lang: Lang = "zh"
) -> str:  # fmt: skip
    """The log of one case or of all as text; cases by id, events as they happened.

    `pathways`, by key, name stages in their own words; without them, stages of no vocabulary go by their ids.
    """
    root = ElementTree.Element("log", {"xes.version": "1.0", "xes.features": "nested-attributes", "xmlns": _SITE})
    for name, prefix in _EXTENSIONS:
        child(root, "extension", name=name, prefix=prefix, uri=f"{_SITE}{prefix}.xesext")
    for scope in ("trace", "event"):
        seen = child(root, "global", scope=scope)
        child(seen, "string", key="concept:name", value=_UNKNOWN)
        if scope == "event":
            child(seen, "string", key="lifecycle:transition", value="complete")
            child(seen, "date", key="time:timestamp", value=midnight(date(1970, 1, 1)))
    child(root, "classifier", name="activity", keys="concept:name lifecycle:transition")
    child(root, "classifier", name="code", keys="kind stage decision")
    child(root, "string", key="concept:name", value="tongtu")
    for row, events in logs(registry, case):
        trace = child(root, "trace")
        _attribute(trace, "concept:name", row["case"])
        _attributes(trace, {name: value for name, value in row.items() if name != "case"})
        own = (pathways or {}).get(f"{row['pathway']}@{row['pathway_version']}")
        stages = {stage.id: stage.label for stage in own.stages} if own else {}
        for event in events:
            _event(child(trace, "event"), event, lang, stages)
    return written(root)


def activity(event: Row, lang: Lang, stages: Mapping[str, Label] = MappingProxyType({})) -> str:
    """What happened, in words: the kind, with the stage entered, the decision taken or the step done."""
    words = vocabularies()
    said = [words["event_kind"][event["kind"]].say(lang)]
    finer = {"entered": ("stage", "stage"), "decided": ("decision", "decision"), "completed": ("step", "")}
    column, vocabulary = finer.get(event["kind"], ("", ""))
    code = event.get(column)
    if code:
        label = stages.get(code) if column == "stage" else None
        label = label or (words[vocabulary].get(code) if vocabulary else None)
        said.append(label.say(lang) if label else code)
    return " · ".join(said)


def _event(element: Element, event: Row, lang: Lang, stages: Mapping[str, Label]) -> None:
    _attribute(element, "concept:name", activity(event, lang, stages))
    _attribute(element, "lifecycle:transition", "complete")
    child(element, "date", key="time:timestamp", value=midnight(event["on"]))
    _attributes(element, {_KEYS.get(name, name): value for name, value in event.items() if name not in _DONE})


def _attributes(element: Element, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        _attribute(element, key, value)


def _attribute(element: Element, key: str, value: Any) -> None:
    """A value by its type; lists hold their values under the key of the list."""
    match value:
        case None | "" | []:
            return
        case date():
            child(element, "date", key=key, value=midnight(value))
        case list():
            values = child(child(element, "list", key=key), "values")
            for one in value:
                child(values, "string", key=key, value=str(one))
        case _:
            child(element, "string", key=key, value=str(value))
