"""One subject under many schemes, in milliseconds: the compiled columns of `judge`, run on a single row.

What a population learns from frames, one subject learns from its few records in plain Python; the columns
themselves are the same, so both give the same verdicts, figures and reasons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules import tables
from tongtu.rules.columns import Expr, Row, python
from tongtu.rules.compiling import Compiler
from tongtu.rules.expressions import Measure
from tongtu.rules.facts import Needs, link_of, marked_paths, needs_of, row_terms
from tongtu.rules.grants import grant_columns
from tongtu.rules.judging import Judgement
from tongtu.rules.logic import UNMET
from tongtu.rules.model import Holds, Purpose, RuleBook, Scheme, Version
from tongtu.rules.program import APPLIES, Stage, compiled

_Line = Callable[[Row], Row]


@dataclass(frozen=True)
class Finding:
    """What one scheme says about one subject: the rows that `Judgement` would hold of it."""

    scheme: Scheme
    version: Version | None
    as_of: date
    purpose: Purpose
    subject: str
    row: Row = field(repr=False)
    _lines: _Lines = field(repr=False)

    @cached_property
    def verdicts(self) -> list[Row]:
        """One row per tier, with the columns of `Judgement.verdicts`."""
        return [line(self.row) for line in self._lines.verdicts]

    @cached_property
    def criteria(self) -> list[Row]:
        """One row per criterion, with the columns of `Judgement.criteria`."""
        if self.row.get(APPLIES, UNMET) == UNMET:
            return []
        return [line(self.row) for line in self._lines.criteria]

    @cached_property
    def grants(self) -> list[Row]:
        """One row per grant, with the columns of `Judgement.grants`."""
        if self.row.get(APPLIES, UNMET) == UNMET:
            return []
        return [line(self.row) for line in self._lines.grants]

    @property
    def met(self) -> list[str]:
        """The tiers that are met."""
        return [line["tier"] for line in self.verdicts if line["verdict"] == "met"]


def judge_one(
    book: RuleBook,
    registry: Registry,
    subject: str,
    as_of: date,
    purpose: Purpose = "new",
    batch: str | None = None,
    *,
    subject_noun: str = "organisations",
    schemes: Iterable[str] | None = None,
    marks: pl.DataFrame | None = None,
) -> list[Finding]:
    """What every scheme (or those named) for this kind of subject says about one of them.

    The arguments mean what they mean to `judge`, whose answers these are. What a day's rules compile to is
    kept, so the first call of a day takes longer than the rest.
    Raises KeyError for a scheme the book does not hold or a subject the registry does not.
    """
    wanted = [book[name] for name in (book if schemes is None else schemes)]
    records = _Records(registry, subject_noun, subject)
    return [_find(law, records, as_of, purpose, batch, marks) for law in wanted if law.subject == subject_noun]


def _find(
    law: Scheme, records: _Records, as_of: date, purpose: Purpose, batch: str | None, marks: pl.DataFrame | None
) -> Finding:
    version = law.in_force(as_of, purpose, batch)
    lines = _lines(law, version, as_of, purpose)
    row: Row = {records.key: records.subject}
    if version is not None:
        row |= _facts(law, lines.needs, records, as_of)
        row |= _marks(lines.marked, records.subject, marks)
    for name, column in lines.steps:
        row[name] = column(row)
    return Finding(law, version, as_of, purpose, records.subject, row, lines)


@dataclass(frozen=True, slots=True)
class _Lines:
    """A compiled version as functions of one row: facts wanted, columns in order, lines of its tables."""

    needs: Needs
    marked: list[str]
    steps: list[tuple[str, Callable[[Row], Any]]]
    verdicts: list[_Line]
    criteria: list[_Line]
    grants: list[_Line]


@lru_cache(maxsize=256)
def _lines(law: Scheme, version: Version | None, as_of: date, purpose: Purpose) -> _Lines:
    key = noun(law.subject).key[0]
    asked = Judgement(law, version, as_of, purpose, key, pl.DataFrame(), pl.DataFrame())
    if version is None:
        return _Lines(Needs(), [], [], [_line(columns) for columns in tables.verdict_columns(asked)], [], [])
    program = compiled(law, version, as_of, purpose)
    stages = (program.values, *program.points, *program.codes)
    return _Lines(
        needs_of(law, version),
        marked_paths(version),
        [(name, python(expr)) for stage in stages for name, expr in stage.items()],
        [_line(columns) for columns in tables.verdict_columns(asked)],
        [_line(columns) for columns in tables.criterion_columns(asked)],
        [_granted(*columns) for columns in grant_columns(asked)],
    )


def _line(columns: dict[str, Expr]) -> _Line:
    """A row of a table; what is the same for every subject is made once."""
    fixed = {name: python(expr)({}) if expr.op == "lit" else None for name, expr in columns.items()}
    found = [(name, python(expr)) for name, expr in columns.items() if expr.op != "lit"]

    def run(row: Row) -> Row:
        line = fixed.copy()
        for name, column in found:
            line[name] = column(row)
        return line

    return run


def _granted(stages: list[Stage], cells: Stage) -> _Line:
    """A row of the grants, whose own columns stand beside the facts for as long as it takes."""
    steps = [(name, python(expr)) for stage in stages for name, expr in stage.items()]
    line = _line(cells)

    def run(row: Row) -> Row:
        beside = row.copy()
        for name, column in steps:
            beside[name] = column(beside)
        return line(beside)

    return run


class _Records:
    """The registry's rows about one subject, read when first asked for. A figure that is not finite is none."""

    def __init__(self, registry: Registry, noun_name: str, subject: str) -> None:
        self.registry, self.noun, self.subject = registry, noun_name, subject
        self.key = noun(noun_name).key[0]
        self._rows: dict[tuple[str, str, str], list[Row]] = {}
        if not self.of(noun_name):
            raise KeyError(f"no {noun_name} {subject}")

    def of(self, noun_name: str) -> list[Row]:
        return self._filtered(
            noun_name, self.key if noun_name == self.noun else link_of(noun_name, self.noun), self.subject
        )

    def _filtered(self, noun_name: str, column: str, key: str) -> list[Row]:
        asked = noun_name, column, key
        if asked not in self._rows:
            self._rows[asked] = list(self._found(*asked))
        return self._rows[asked]

    def _found(self, noun_name: str, column: str, key: str) -> Iterator[Row]:
        if noun_name not in self.registry:
            return
        frame = self.registry[noun_name]
        mine = (frame[column] == key).arg_true()
        if len(mine):
            yield from map(_finite, frame[mine].iter_rows(named=True))

    def titles(self, holder: str) -> list[Row]:
        if holder == self.subject and self.noun == "organisations":
            return self.of("titles")
        return self._filtered("titles", "organisation", holder)

    def referred(self, noun_name: str, key: str | None) -> Row:
        """The row one of the subject's columns refers to; empty where it names none that is recorded."""
        if key is None:
            return {}
        rows = self._filtered(noun_name, noun(noun_name).key[0], key)
        return rows[0] if rows else {}

    def year(self, noun_name: str, year: int) -> Row:
        """The last record of a year, as `gather` takes it; empty where there is none."""
        rows = [row for row in self.of(noun_name) if row["year"] == year]
        return max(reversed(rows), key=lambda row: row["recorded_at"] or date.min, default={})


def _finite(row: Row) -> Row:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def _facts(law: Scheme, needs: Needs, records: _Records, as_of: date) -> Row:
    facts: Row = {}
    own = records.of(law.subject)[0]
    facts[f"{law.subject}.currency"] = own.get("currency")
    for column, used in needs.inputs.items():
        match used.field.source:
            case "subject":
                facts[column] = own[used.field.name]
            case "yearly":
                year = records.year(law.yearly, as_of.year - used.back)
                facts[column] = year.get(used.field.name)
                facts[f"{law.yearly}.currency@{used.back}"] = year.get("currency")
            case "holder":
                target = records.referred(used.field.noun, own[used.field.ref])
                facts[column] = target.get(used.field.name.rpartition(".")[2])
                facts[f"{used.field.noun}.{used.field.ref}.currency"] = target.get("currency")
            case "measure":
                assert used.field.measure is not None
                facts[column] = _over_rows(used.field.measure, records, Compiler(as_of, law.currency))
    holder = own[law.holder] if law.holder else records.subject
    for column, title in needs.holds.items():
        facts[column] = _held(title, records, holder, as_of)
    return facts


def _over_rows(measure: Measure, records: _Records, compiler: Compiler) -> Any:
    rows = measure.rows
    assert rows is not None
    mine = records.of(rows.noun)
    if not mine:
        return 0 if rows.absent == "zero" and rows.noun in records.registry else None
    counts, amount = (python(expr) for expr in row_terms(measure, compiler))
    found = [(counts(row), amount(row)) for row in mine]
    if any(counted is None or (counted and added is None) for counted, added in found):
        return None
    chosen = [added for counted, added in found if counted]
    return len(set(chosen)) if rows.distinct else sum(chosen)


def _held(title: Holds, records: _Records, holder: str | None, as_of: date) -> bool | None:
    if holder is None or "titles" not in records.registry:
        return None
    levels = [
        row["level"] for row in records.titles(holder)
        if row["kind"] in title.kinds and row["valid_from"] <= as_of and (row["valid_to"] or as_of) >= as_of
    ]  # fmt: skip
    if not title.levels or any(level in title.levels for level in levels):
        return bool(levels)
    return None if None in levels else False


def _marks(paths: list[str], subject: str, marks: pl.DataFrame | None) -> Iterator[tuple[str, float | None]]:
    given: dict[str, list[tuple[float, float]]] = {}
    if marks is not None:
        for path, low, high in marks.filter(pl.col("subject") == subject).select("path", "low", "high").rows():
            given.setdefault(path, []).append((low, high))
    for path in paths:
        spans = given.get(path, [])
        yield f"mark.{path}.low", min((low for low, _ in spans if low is not None), default=None)
        yield f"mark.{path}.high", max((high for _, high in spans if high is not None), default=None)
