"""Takes values out of a marked mapping and writes down what is wrong with them, without stopping."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tongtu.terms.faults import Fault
from tongtu.terms.marked import Marked, MarkedList
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.rules import RuleBook

_SLUG = re.compile(r"[a-z][a-z0-9_]*")


class _Absent(Marked):
    """What stands for a mapping that is not there: that it is missing has been said already."""


class Taking:
    """Reads one file. A value that cannot be taken becomes a harmless stand-in and a fault with its line;
    nothing is built from the stand-ins once a fault is there.

    `templates` (ids of agreements) and `book` (the jurisdiction's rules) are not checked where they are None.
    """

    def __init__(
        self,
        file: str,
        vocabularies: Mapping[str, Mapping[str, Label]],
        templates: Collection[str] | None = None,
        book: RuleBook | None = None,
    ) -> None:
        self.file = file
        self.vocabularies = vocabularies
        self.templates = templates
        self.book = book
        self.faults: list[Fault] = []

    def fault(self, node: Marked, key: str, fault: str, written: object = "", /, **args: object) -> None:
        """Every fault `pathway.x` has its repair at `pathway.x-repair`, with the same arguments."""
        args = {"key": key, **args}
        what, repair = Why(f"pathway.{fault}", args), Why(f"pathway.{fault}-repair", args)
        self.faults.append(Fault(what, repair, self.file, row=node.at(key), column=key, value=str(written)))

    def keys(self, node: Marked, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        if isinstance(node, _Absent):
            return
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

    def whole_or_none(self, node: Marked, key: str, low: int = 0) -> int | None:
        return None if node.get(key) is None else self.whole(node, key, low)

    def factor(self, node: Marked, key: str) -> float:
        """A number above 0 up to 1; 1 where nothing is written."""
        value = node.get(key, 1.0)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
            return float(value)
        self.fault(node, key, "not-factor", value, value=str(value))
        return 1.0

    def slug(self, node: Marked, key: str) -> str:
        """A short name of our own: small letters, digits, underscores."""
        value = self.text(node, key)
        if value and not _SLUG.fullmatch(value):
            self.fault(node, key, "not-slug", value, value=value)
        return value

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

    def several_of(self, node: Marked, key: str, known: Sequence[str], kind: str) -> tuple[str, ...]:
        found = [str(value) for value in self.items(node, key)]
        for value in found:
            if value not in known:
                self.unknown(node, key, value, kind, known)
        return tuple(value for value in known if value in found)

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

    def inner(self, node: Marked, key: str) -> Marked:
        """A mapping below a key; where there is none, a stand-in whose own keys nobody misses."""
        found = self.mapping(node, key)
        if found is None:
            found = _Absent()
            found.line, found.lines = node.at(key), {}
        return found

    def label(self, node: Marked) -> Label:
        return Label(self.text(node, "zh"), self.text(node, "en"))

    def cited(self, node: Marked) -> tuple[str, str]:
        """Where a statement comes from and how well it is evidenced; without both it is not shipped."""
        return self.text(node, "source"), self.code(node, "grade", "source_grade")
