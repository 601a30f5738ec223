"""A version of a scheme as a graph of decisions (DMN's DRG), its logic in FEEL.

    Source ← Decision → Input, Decision        a decision names what it needs and where it comes from

An input is a figure, a title or a reviewer's finding; null is unknown, and stays unknown upwards. Points are
intervals {low, high}. Figures of past years are inputs of their own, `_y1` for last year, `_y2` for the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tongtu.terms.why import Label, Why

#: words that FEEL reads as something else than a name
_RESERVED = frozenset({
    "and", "between", "boolean", "context", "date", "day", "duration", "else", "every", "external", "false", "for",
    "function", "if", "in", "instance", "item", "list", "month", "months", "not", "null", "number", "of", "or",
    "return", "satisfies", "some", "string", "then", "time", "true", "year", "years",
})  # fmt: skip

NUMBER, TEXT, FLAG, DATE, TEXTS, POINTS, VERDICT = (
    "number",
    "string",
    "boolean",
    "date",
    "tTexts",
    "tPoints",
    "tVerdict",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A citation: what a decision rests on."""

    name: str
    label: str
    grade: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """A figure to be supplied; `what` says what it is."""

    name: str
    type: str
    label: Label
    what: Why


@dataclass(frozen=True, slots=True)
class Column:
    """An input of a decision table: an expression and its type."""

    expression: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table in which exactly one rule fits: (tests, outputs) by rule."""

    inputs: tuple[Column, ...]
    outputs: tuple[tuple[str, str], ...]
    rules: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A figure or verdict with its logic: one FEEL expression, or a table. `asks` is the logic in plain words."""

    name: str
    type: str
    label: Label
    logic: str | Table
    needs: tuple[str, ...]
    what: Why | None = None
    asks: Label | None = None
    source: str = ""


@dataclass(slots=True)
class Graph:
    """Inputs, decisions and sources by name, each before those that need it; what could not be said in it."""

    inputs: dict[str, Input] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    notes: list[Why] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def name(self, key: str) -> str:
        """A FEEL name for a key, the same each time, and no other key's; `kind:` before a key is not in its name."""
        if key not in self._names:
            base = re.sub(r"[^A-Za-z0-9_]", "_", key.rpartition(":")[2])
            base = f"_{base}" if not base or base[0].isdigit() or base in _RESERVED else base
            name, n = base, 2
            while name in self._taken:
                name, n = f"{base}_{n}", n + 1
            self._names[key] = name
            self._taken.add(name)
        return self._names[key]

    def input(self, key: str, type_: str, label: Label, what: Why) -> str:
        name = self.name(key)
        self.inputs.setdefault(name, Input(name, type_, label, what))
        return name

    def decide(
        self,
        key: str,
        type_: str,
        label: Label,
        logic: str | Table,
        needs: Iterable[str],
        *,
        what: Why | None = None,
        asks: Label | None = None,
        source: str = "",
    ) -> str:
        name = self.name(key)
        found = Decision(name, type_, label, logic, tuple(sorted(set(needs))), what, asks, source)
        self.decisions.setdefault(name, found)
        return name

    def note(self, code: str, **args: object) -> None:
        note = Why(code, args)
        if note not in self.notes:
            self.notes.append(note)
