"""Takes values out of a marked mapping and writes down what is wrong with them, without stopping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from tongtu.terms.faults import Fault
from tongtu.terms.marked import Marked, MarkedList
from tongtu.terms.why import Label, Why


class Taking:
    """Reads one file. A value that cannot be taken becomes a harmless stand-in and a fault with its line;
    nothing is built from the stand-ins once a fault is there."""

    def __init__(self, file: str, vocabularies: Mapping[str, Mapping[str, Label]]) -> None:
        self.file = file
        self.vocabularies = vocabularies
        self.faults: list[Fault] = []

    def fault(self, node: Marked, key: str, fault: str, written: object = "", /, **args: object) -> None:
        """Every fault `pathway.x` has its repair at `pathway.x-repair`, with the same arguments."""
        args = {"key": key, **args}
        what, repair = Why(f"pathway.{fault}", args), Why(f"pathway.{fault}-repair", args)
        self.faults.append(Fault(what, repair, self.file, row=node.at(key), column=key, value=str(written)))

    def keys(self, node: Marked, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        for key in required:
            if node.get(key) is None:
                self.fault(node, key, "no-key")
        known = (*required, *optional)
        for key in node:
            if key not in known:
                self.fault(node, key, "unknown-key", known=known)

    def text(self, node: Marked, key: str) -> str:
        value = node.get(key)
        if value is None:
            return ""
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.fault(node, key, "not-text", value)
        return ""

    def whole(self, node: Marked, key: str, low: int = 0, high: int | None = None) -> int:
        value = node.get(key)
        if value is None:
            return low
        if type(value) is int and low <= value <= (high or value):
            return value
        self.fault(node, key, "not-whole", value, value=str(value), low=low, high=high)
        return low

    def flag(self, node: Marked, key: str) -> bool:
        value = node.get(key, False)
        if not isinstance(value, bool):
            self.fault(node, key, "not-flag", value)
        return bool(value)

    def day(self, node: Marked, key: str) -> date | None:
        value = node.get(key)
        if value is None or (isinstance(value, date) and type(value) is date):
            return value
        self.fault(node, key, "not-date", value)
        return None

    def one_of(self, node: Marked, key: str, known: Sequence[str], kind: str, default: str = "") -> str:
        value = node.get(key, default)
        if value is None or value == default or value in known:
            return value or default
        self.unknown(node, key, value, kind, known)
        return default

    def unknown(self, node: Marked, key: str, value: object, kind: str, known: Iterable[str]) -> None:
        args = {"found": str(value), "kind": Why(f"pathway.kind-{kind}"), "known": tuple(known)}
        self.fault(node, key, "unknown-code", value, **args)

    def code(self, node: Marked, key: str, vocabulary: str) -> str:
        return self.one_of(node, key, tuple(self.vocabularies[vocabulary]), vocabulary)

    def codes(self, node: Marked, key: str, vocabulary: str) -> tuple[str, ...]:
        """Several codes; a vocabulary that nobody brought along is not checked."""
        known = self.vocabularies.get(vocabulary)
        found = []
        for value in self.items(node, key):
            if known is not None and value not in known:
                self.unknown(node, key, value, vocabulary, known)
            found.append(str(value))
        return tuple(found)

    def items(self, node: Marked, key: str) -> list[Any]:
        value = node.get(key)
        if value is None or isinstance(value, MarkedList):
            return list(value or [])
        self.fault(node, key, "not-list", value)
        return []

    def rows(self, node: Marked, key: str) -> list[Marked]:
        """The mappings of a list; an entry of another shape is a fault."""
        found = [item for item in self.items(node, key) if isinstance(item, Marked)]
        if len(found) < len(self.items(node, key)):
            self.fault(node, key, "not-mapping")
        return found

    def mapping(self, node: Marked, key: str) -> Marked | None:
        value = node.get(key)
        if value is None or isinstance(value, Marked):
            return value
        self.fault(node, key, "not-mapping", value)
        return None

    def label(self, node: Marked) -> Label:
        return Label(self.text(node, "zh"), self.text(node, "en"))
