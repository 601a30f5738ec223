"""Faults as data, and the few exceptions that carry them.

    TongtuError
    ├── DataRefused     files or tables hold faults; all of them are listed
    ├── PackRefused     a jurisdiction pack holds faults
    ├── RuleRefused     a rule file holds faults
    ├── FileRefused     the import boundary turned a file away before reading it
    ├── Infeasible      no answer exists; names the limits in conflict and by how much
    ├── UsageFault      an option, path or setting that cannot be taken
    └── Cancelled       the person stopped the work; nothing half-done remains

A fault says what is wrong, where, and how to repair it, in the words room's codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, word

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one place. `row` counts as Excel shows it; `column` is the header as written."""

    what: Why
    repair: Why | None = None
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    severity: Severity = "error"

    def place(self, lang: Lang = "zh") -> str:
        """Where it is, as `needs.xlsx › 数据 › 第 7 行 › 预算`."""
        row = word("faults.row", lang, row=self.row) if self.row is not None else ""
        return " › ".join(part for part in (self.file, self.sheet, row, self.column) if part)

    def say(self, lang: Lang = "zh") -> str:
        what = say(self.what, lang)
        place = self.place(lang)
        if self.value and self.value not in what:
            place += f" = {_short(self.value)}"
        text = word("terms.fault-place", lang, place=place, what=what) if place else what
        if self.repair is None:
            return text
        stop = "。" if lang == "zh" else ". "
        return f"{text.rstrip('。. ')}{stop}{word('terms.fault-repair', lang, repair=say(self.repair, lang))}"


def _short(value: str) -> str:
    """What stands in the cell, on one line."""
    line = " ".join(value.split())
    return line if len(line) <= 40 else line[:39] + "…"


class TongtuError(Exception):
    """Base of every error we raise on purpose."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("; ".join(f.say("en") for f in self.faults[:5]))

    @classmethod
    def because(cls, code: str, /, repair: str | None = None, **args: object) -> TongtuError:
        """A single fault from a code, with `repair` a second code that takes the same arguments."""
        return cls(Fault(Why(code, args), Why(repair, args) if repair else None))

    def say(self, lang: Lang = "zh") -> str:
        return "\n".join(f.say(lang) for f in self.faults)


class DataRefused(TongtuError):
    """Files or tables hold faults."""


class PackRefused(TongtuError):
    """A jurisdiction pack holds faults."""


class RuleRefused(TongtuError):
    """A rule file holds faults."""


class FileRefused(TongtuError):
    """The import boundary turned a file away."""


class Infeasible(TongtuError):
    """No answer satisfies all limits."""


class UsageFault(TongtuError):
    """An option, path or setting that cannot be taken."""


class Cancelled(TongtuError):
    """The person stopped the work."""

    def __init__(self) -> None:
        super().__init__(Fault(Why("faults.cancelled")))
