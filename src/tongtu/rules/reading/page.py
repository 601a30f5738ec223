"""One rule file being read: a question it answers wrongly is noted as a fault, with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongtu.rules.model import PURPOSES, Purpose
from tongtu.rules.parsing import Problem
from tongtu.terms.faults import Fault
from tongtu.terms.marked import Marked, MarkedList
from tongtu.terms.why import Label, Why

_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_ID = re.compile(r"[A-Za-z0-9_-]+")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(slots=True)
class Page:
    file: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, code: str, /, *, key: str = "", repair: str | None = None, **args: object) -> None:
        """Notes a fault; its repair is `CODE-repair` of the catalogue unless another is named.

        A code without a room is one of `rules`.
        """
        what, cure = Why(_full(code), args), Why(_full(repair or f"{code}-repair"), args)
        self.faults.append(Fault(what, cure, self.file, row=line, column=key))

    def problems(self, line: int, key: str, found: Iterable[Problem]) -> None:
        self.faults += [Fault(what, repair, self.file, row=line, column=key) for what, repair in found]

    def only(self, found: Marked, allowed: Iterable[str]) -> None:
        """Notes every key that has no meaning here."""
        allowed = tuple(allowed)
        for key in found:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, n=3) or list(allowed)
                self.fault(found.at(key), "unknown-key", key=key, repair="near-names", names=near)

    def mapping(self, value: Any, line: int, key: str = "") -> Marked | None:
        if isinstance(value, Marked):
            return value
        self.fault(line, "wrong-type", key=key, wanted=Why("rules.type-mapping"))
        return None

    def entries(self, found: Marked, key: str, *, required: bool = True) -> Iterator[tuple[Any, int]]:
        """The entries of a list with their lines; a single value counts as a list of one."""
        value = found.get(key)
        if isinstance(value, MarkedList):
            if required and not value:
                self.fault(found.at(key), "empty-list", key=key)
            yield from ((entry, value.at(i)) for i, entry in enumerate(value))
        elif value is not None:
            yield value, found.at(key)
        elif required:
            self.fault(found.at(key), "missing-key", key=key, name=key)

    def mappings(self, found: Marked, key: str, *, required: bool = True) -> Iterator[Marked]:
        for value, line in self.entries(found, key, required=required):
            entry = self.mapping(value, line, key)
            if entry is not None:
                yield entry

    def text(self, found: Marked, key: str, default: str | None = None) -> str:
        """A word or sentence; absent without a default is a fault."""
        value = default if found.get(key) is None else found[key]
        if isinstance(value, str) and (value or default is not None):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if value is None:
            self.fault(found.at(key), "missing-key", key=key, name=key)
        else:
            self.fault(found.at(key), "wrong-type", key=key, wanted=Why("rules.type-text"))
        return ""

    def texts(self, found: Marked, key: str, *, required: bool = True) -> tuple[str, ...]:
        return tuple(str(value) for value, _ in self.entries(found, key, required=required))

    def one_of(self, found: Marked, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        value, allowed = self.text(found, key, default), tuple(allowed)
        if value and value not in allowed:
            self.fault(found.at(key), "not-one-of", key=key, value=value, names=allowed)
            return allowed[0]
        return value

    def number(self, found: Marked, key: str, default: float | None = None) -> float:
        value = found.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if value is None:
            self.fault(found.at(key), "missing-key", key=key, name=key)
        else:
            self.fault(found.at(key), "wrong-type", key=key, wanted=Why("rules.type-number"))
        return 0.0

    def count(self, found: Marked, key: str, default: int | None = None) -> int:
        value = self.number(found, key, default)
        if value != int(value) or value < 0:
            self.fault(found.at(key), "wrong-type", key=key, wanted=Why("rules.type-count"))
        return int(value)

    def positive(self, found: Marked, key: str, default: int | None = None) -> int:
        """A whole number of one or more."""
        value = self.count(found, key, default)
        if value < 1 and isinstance(found.get(key), int):
            self.fault(found.at(key), "wrong-type", key=key, wanted=Why("rules.type-positive"))
        return max(value, 1)

    def word(self, found: Marked, key: str) -> str:
        """An id: letters, digits, - and _."""
        value = self.text(found, key)
        if value and not _ID.fullmatch(value):
            self.fault(found.at(key), "bad-id", key=key, value=value)
        return value

    def interval(self, found: Marked, key: str, default: float | None = None) -> tuple[float, float]:
        """A number, or `[lowest, highest]` where a person decides between two."""
        value = found.get(key)
        if not isinstance(value, MarkedList):
            number = float(self.number(found, key, default))
            return number, number
        return self.ends(value, found.at(key), key) or (0.0, 0.0)

    def ends(self, value: Any, line: int, key: str) -> tuple[float, float] | None:
        """Points as they stand in a list of bands or levels: a number or `[lowest, highest]`."""
        pair = list(value) if isinstance(value, MarkedList) else [value, value]
        if len(pair) != 2 or any(isinstance(end, bool) or not isinstance(end, int | float) for end in pair):
            self.fault(line, "wrong-type", key=key, wanted=Why("rules.type-interval"))
            return None
        if pair[0] > pair[1]:
            self.fault(line, "interval-reversed", key=key, low=pair[0], high=pair[1])
            return None
        return float(pair[0]), float(pair[1])

    def month_day(self, found: Marked, key: str) -> tuple[int, int] | None:
        """A day of every year, `MM-DD`."""
        match = _MONTH_DAY.fullmatch(self.text(found, key, ""))
        month, day = (int(match[1]), int(match[2])) if match else (0, 0)
        if 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]:
            return month, day
        self.fault(found.at(key), "wrong-type", key=key, wanted=Why("rules.type-month-day"))
        return None

    def purposes(self, found: Marked, key: str, *, required: bool = False) -> tuple[Purpose, ...]:
        given = self.texts(found, key, required=required)
        for value in given:
            if value not in PURPOSES:
                self.fault(found.at(key), "not-one-of", key=key, value=value, names=PURPOSES)
        return tuple(purpose for purpose in PURPOSES if purpose in given)

    def day(self, found: Marked, key: str, *, required: bool = True) -> date | None:
        value = found.get(key)
        if isinstance(value, date):
            return value
        if value is not None:
            self.fault(found.at(key), "wrong-type", key=key, wanted=Why("rules.type-date"))
        elif required:
            self.fault(found.at(key), "missing-key", key=key, name=key)
        return None

    def label(self, found: Marked, key: str = "name", default: Label | None = None) -> Label:
        """`{zh: ..., en: ...}`, both of them."""
        value = found.get(key)
        if value is None and default is not None:
            return default
        said = value if isinstance(value, Mapping) and set(value) == {"zh", "en"} else {}  # a third key: a stray comma
        if said and all(isinstance(text, str) and text for text in said.values()):
            return Label(said["zh"], said["en"])
        self.fault(found.at(key), "no-name", key=key)
        return Label("")


def _full(code: str) -> str:
    return code if "." in code else f"rules.{code}"
