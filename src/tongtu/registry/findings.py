"""Collecting faults of whole columns without drowning: every fault is counted, the first thousand are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tongtu.registry.blocks import Block
from tongtu.registry.columns import Column
from tongtu.terms.checked import Checked
from tongtu.terms.faults import Fault, Severity
from tongtu.terms.why import Why

if TYPE_CHECKING:
    import polars as pl

#: faults of one kind listed for one column; beyond it their number is said
LISTED: dict[Severity, int] = {"error": 1000, "warning": 20}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell, and how to repair it."""

    what: Why
    repair: Why | None = None

    @classmethod
    def of(cls, code: str, /, **args: object) -> Problem:
        """A problem whose repair is spoken by `<code>-repair`."""
        return cls(Why(code, args), Why(f"{code}-repair", args))

    @classmethod
    def checked(cls, checked: Checked[object]) -> Problem:
        assert checked.fault is not None
        return cls(checked.fault, checked.repair)


#: one problem for all cells, one for each by what the cell shows, or one for each in order
Explain = Problem | Callable[[str], Problem] | Sequence[Problem]


class Findings:
    """Faults so far, of which block they are, and which rows hold errors."""

    def __init__(self) -> None:
        self._found: list[tuple[Block | None, Fault]] = []
        self._bad: list[tuple[Block, pl.Series]] = []

    @property
    def faults(self) -> list[Fault]:
        return [fault for _, fault in self._found]

    def add(self, fault: Fault, block: Block | None = None) -> None:
        self._found.append((block, fault))

    def column(
        self, block: Block, column: Column | str, problem: Problem, severity: Severity = "error", shown: str = ""
    ) -> None:
        """A fault of a whole column; a text is a header that names no column."""
        header = column if isinstance(column, str) else block.header(column)
        place = (block.file, block.sheet, None, header, shown, severity)
        self.add(Fault(problem.what, problem.repair, *place), block)

    def cells(
        self, block: Block, column: Column, wrong: pl.Series, explain: Explain, severity: Severity = "error"
    ) -> None:
        """A fault for each cell where `wrong` (a mask over the block's rows) is true."""
        wrong = wrong.fill_null(False)
        if not wrong.any():
            return
        if severity == "error":
            self._bad.append((block, wrong))
        most = None if block.on_fault == "skip_row" else LISTED[severity]  # every row left out is said
        header = block.header(column)
        kinds: Counter[str] = Counter()
        shown = block.shown(column.name).filter(wrong).fill_null("").to_list()
        for row, text, problem in zip(block.rows.filter(wrong), shown, _each(explain, shown), strict=True):
            kinds[problem.what.code] += 1
            if most is None or kinds[problem.what.code] <= most:
                place = (block.file, block.sheet, row, header, _short(text), severity)
                self.add(Fault(problem.what, problem.repair, *place), block)
        for code, count in kinds.items():
            if most is not None and count > most:
                kind = Problem.of("registry.more", n=count - most, listed=most, kind=code)
                self.column(block, column, kind, severity)

    def merge(self, others: Iterable[Findings]) -> None:
        for other in others:
            self._found += other._found
            self._bad += other._bad

    def bad_rows(self, block: Block) -> pl.Series | None:
        """Mask of the block's rows that hold an error; None when there is none."""
        found = None
        for where, wrong in self._bad:
            if where is block:
                found = wrong if found is None else found | wrong
        return found

    def forgive(self, block: Block) -> list[Fault]:
        """Take out the errors of a block's rows; they come back as warnings that the row was left out."""
        taken = [f for b, f in self._found if b is block and f.severity == "error" and f.row is not None]
        kept = {id(f) for f in taken}
        self._found = [(b, f) for b, f in self._found if id(f) not in kept]
        self._bad = [(b, mask) for b, mask in self._bad if b is not block]
        return [replace(f, severity="warning", what=Why("registry.row-skipped", {}, (f.what,))) for f in taken]


def _each(explain: Explain, shown: Sequence[str]) -> Iterable[Problem]:
    if isinstance(explain, Problem):
        return [explain] * len(shown)
    return explain if isinstance(explain, Sequence) else map(explain, shown)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """By file, sheet, row; a fault of a whole file or column comes before those of its rows."""
    return sorted(faults, key=lambda f: (f.file, f.sheet, f.row or 0, f.column, f.what.code, f.value))


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
