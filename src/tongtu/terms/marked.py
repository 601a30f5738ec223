"""YAML whose every mapping and list knows the line it came from, so that a fault can name it.

Safe loading only: no tags that build objects, no aliases (with which a few lines can stand for billions), no
bottomless nesting. Duplicate keys are a fault, not a silent overwrite.
"""

from __future__ import annotations

from typing import Any

import yaml

from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

#: levels of nesting that no rule or pathway needs; beyond it the composer could run out of stack
DEPTH = 60


class Marked(dict[str, Any]):
    """A mapping with `line` (where it starts) and `lines` (where each key stands), counted from 1."""

    line: int = 0
    lines: dict[str, int]

    def at(self, key: str) -> int:
        """Line of a key, or of the mapping where the key is absent."""
        return self.lines.get(key, self.line)


class MarkedList(list[Any]):
    """A list with the line of each of its entries."""

    line: int = 0
    lines: list[int]

    def at(self, index: int) -> int:
        return self.lines[index] if index < len(self.lines) else self.line


def load(text: str, file: str = "") -> tuple[Any, list[Fault]]:
    """The document and the faults found in it; a document that is no YAML at all is None with one fault."""
    faults: list[Fault] = []
    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = loader_class(text)
    try:
        _look_through(text, loader_class)
        node = loader.get_single_node()
        value = _build(loader, node, file, faults) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", "") or error)
        row = mark.line + 1 if mark is not None else None
        faults.append(Fault(Why("faults.yaml", {"problem": problem}), Why("faults.yaml-repair"), file, row=row))
        value = None
    finally:
        loader.dispose()
    return value, faults


def _look_through(text: str, loader_class: Any) -> None:
    """Raises yaml.YAMLError at the first alias, or where nesting is too deep, before anything is composed."""
    depth = 0
    for event in yaml.parse(text, Loader=loader_class):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem=f"alias *{event.anchor}", problem_mark=event.start_mark)  # type: ignore[arg-type]
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            problem = f"more than {DEPTH} levels deep"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)  # type: ignore[arg-type]


def _build(loader: Any, node: Any, file: str, faults: list[Fault]) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, file, faults)
    if isinstance(node, yaml.SequenceNode):
        items = MarkedList(_build(loader, child, file, faults) for child in node.value)
        items.line = node.start_mark.line + 1
        items.lines = [child.start_mark.line + 1 for child in node.value]
        return items
    try:
        return loader.construct_object(node)
    except (ValueError, TypeError, AttributeError) as error:  # a date such as 2026-13-45, or !!timestamp abc
        what = Why("faults.yaml", {"problem": f"{node.value}: {error}"})
        faults.append(Fault(what, Why("faults.yaml-repair"), file, row=node.start_mark.line + 1))
        return None


def _mapping(loader: Any, node: Any, file: str, faults: list[Fault]) -> Marked:
    found = Marked()
    found.line = node.start_mark.line + 1
    found.lines = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node))
        line = key_node.start_mark.line + 1
        if key in found:
            what = Why("faults.yaml-twice", {"key": key, "first": found.lines[key]})
            faults.append(Fault(what, Why("faults.yaml-twice-repair"), file, row=line, column=key))
        found[key] = _build(loader, value_node, file, faults)
        found.lines[key] = line
    return found
