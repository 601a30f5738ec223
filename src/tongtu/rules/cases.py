"""Tests of rules in the words of those who write them: facts in, verdicts out.

    scheme: srdi
    as_of: 2026-11-21
    facts:                                  # what every case starts from
      organisations: {legal_person: true}
      firm_years: {2025: {revenue: 5000万元}, 2024: {revenue: 4500万元}}
      titles: [{kind: innovative_sme, valid_from: 2025-01-01}]
    cases:
      - case: 营业收入差一元
        set: {firm_years.2025.revenue: 14999999元}
        expect: {S2.revenue: unmet, S2: unknown}
        marks: {p.market: [7, 8]}           # what reviewers gave
        amounts: {subsidy: 3500万元}         # what a grant comes to: an amount, [lowest, highest], or unknown

`expect` names criteria by their path, tiers by their name and grants as `grants.ID`; where two tiers have a grant of
one id, it is `TIER.ID`. Ids belong to their own case: rows of two cases never refer to each other. A row that names
nobody belongs to the subject, or to the first row of the table it refers to. Cases of one day and purpose are judged
together, but only with those that know the same tables, so that no case is answered by another's records.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Column, Registry, noun, nouns
from tongtu.rules import logic, parsing, units
from tongtu.rules.expressions import Literal
from tongtu.rules.facts import MARKS
from tongtu.rules.judging import Judgement, judge
from tongtu.rules.model import PURPOSES, Purpose, RuleBook, Scheme
from tongtu.rules.reading.page import Page
from tongtu.terms import marked
from tongtu.terms.faults import RuleRefused
from tongtu.terms.marked import Marked, MarkedList
from tongtu.terms.money import Money
from tongtu.terms.why import Why


@dataclass(frozen=True, slots=True)
class Case:
    """One test: what was expected of each criterion or tier, and what came out."""

    name: str
    file: str
    line: int
    expected: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> dict[str, tuple[str, str]]:
        """Path → (expected, found) where they differ."""
        return {
            path: (wanted, self.found.get(path, "")) for path, wanted in self.expected.items()
            if self.found.get(path) != wanted
        }  # fmt: skip


def run_cases(text: str, book: RuleBook, file: str = "") -> list[Case]:
    """Runs every case of a file. Raises RuleRefused with all faults of the file itself."""
    page = Page(file)
    document, faults = marked.load(text, file)
    page.faults += faults
    found = page.mapping(document, 1) if not faults else None
    prepared = list(_prepared(page, found, book)) if found is not None else []
    if page.faults:
        raise RuleRefused(page.faults)
    groups: dict[tuple[object, ...], list[_Prepared]] = {}
    for one in prepared:
        groups.setdefault(one.together, []).append(one)
    judged = [case for group in groups.values() for case in _judged(book, group)]
    return sorted(judged, key=lambda case: case.line)


@dataclass(frozen=True, slots=True)
class _Prepared:
    case: Case
    scheme: str
    as_of: date
    purpose: Purpose
    batch: str | None
    subject: str
    registry: Registry
    marks: tuple[tuple[str, str, float, float], ...] = ()

    @property
    def together(self) -> tuple[object, ...]:
        """Cases with the same value may be judged in one go."""
        return (self.as_of, self.purpose, self.batch, tuple(self.registry))


def _prepared(page: Page, found: Marked, book: RuleBook) -> Iterator[_Prepared]:
    page.only(found, ("scheme", "as_of", "purpose", "batch", "facts", "cases"))
    scheme = book.schemes.get(page.one_of(found, "scheme", tuple(book)))
    base = page.mapping(found.get("facts"), found.at("facts"), "facts")
    if scheme is None or base is None:
        return
    for i, entry in enumerate(page.mappings(found, "cases")):
        page.only(entry, ("case", "as_of", "purpose", "batch", "set", "expect", "amounts", "marks"))
        facts = copy.deepcopy(base)
        for path, value in _settings(page, entry, "set").items():
            _put(page, entry.line, facts, path.split("."), value)
        settings = Marked({**found, **entry})
        settings.lines, settings.line = {**found.lines, **entry.lines}, entry.line
        subject = f"case-{i:04d}"
        purpose = page.one_of(settings, "purpose", PURPOSES, "new")
        as_of = page.day(settings, "as_of") or date.min
        expected = {str(k): str(v) for k, v in _settings(page, entry, "expect").items()}
        for path, verdict in expected.items():
            if verdict not in logic.VERDICTS:
                page.fault(entry.at("expect"), "not-one-of", key=path, value=verdict, names=logic.VERDICTS)
        expected |= _amounts(page, entry)
        yield _Prepared(
            Case(page.text(entry, "case"), page.file, entry.line, expected), scheme.scheme, as_of,
            "review" if purpose == "review" else "new", page.text(settings, "batch", "") or None,
            subject, _Tables(page, entry.line, scheme, subject).registry(facts), _marks(page, entry, subject),
        )  # fmt: skip


def _amounts(page: Page, entry: Marked) -> dict[str, str]:
    """Expected amounts as they are shown, one or from lowest to highest."""
    found, expected = _settings(page, entry, "amounts"), {}
    for name, value in found.items():
        ends = list(value) if isinstance(value, MarkedList) else [value]
        amounts = [_minor(page, found.at(name), name, end) for end in ends if end != "unknown"]
        expected[f"amounts.{name}"] = _shown(*amounts[:1], *amounts[-1:]) if amounts else "unknown"
    return expected


def _shown(low: Money | None, high: Money | None) -> str:
    if low is None or high is None:
        return "unknown"
    return low.say() if low == high else f"{low.say()} - {high.say()}"


def _minor(page: Page, line: int, key: str, value: Any) -> Money | None:
    scope = parsing.Scope(lambda _: None, (), _currency(str(value)))
    literal, problems = parsing.value(str(value), scope)
    page.problems(line, key, problems)
    if isinstance(literal, Literal) and literal.unit == units.MONEY:
        return Money(int(literal.value), literal.currency)  # type: ignore[arg-type]
    if not problems:
        page.fault(line, "cut-unit", key=key, unit=Why("rules.unit-money"))
    return None


def _marks(page: Page, entry: Marked, subject: str) -> tuple[tuple[str, str, float, float], ...]:
    found = _settings(page, entry, "marks")
    return tuple((subject, path, *page.interval(found, path)) for path in found)


def _settings(page: Page, entry: Marked, key: str) -> Marked:
    return page.mapping(entry[key], entry.at(key), key) or Marked() if key in entry else Marked()


def _put(page: Page, line: int, facts: dict[str, Any], path: list[str], value: Any) -> None:
    *above, last = path
    for step in above:
        below = facts.setdefault(step, {})
        if not isinstance(below, dict):
            page.fault(line, "wrong-type", key=".".join(path), wanted=Why("rules.type-mapping"))
            return
        facts = below
    facts[last] = value


def _judged(book: RuleBook, group: list[_Prepared]) -> Iterator[Case]:
    first = group[0]
    registry = Registry({name: pl.concat([one.registry[name] for one in group]) for name in first.registry})
    marks = pl.DataFrame([mark for one in group for mark in one.marks], schema=MARKS, orient="row")
    judgement = judge(book, first.scheme, registry, first.as_of, first.purpose, first.batch, marks=marks)
    criteria = judgement.criteria_of(why=False).select(judgement.key, pl.col("criterion"), "verdict")
    tiers = judgement.verdicts.select(
        judgement.key, pl.col("tier").fill_null(first.scheme).alias("criterion"), "verdict"
    )
    found: dict[str, dict[str, str]] = {}
    for subject, path, verdict in pl.concat([criteria, tiers]).iter_rows():
        found.setdefault(subject, {})[path] = verdict
    if any(path.startswith(("grants.", "amounts.")) for one in group for path in one.case.expected):
        for subject, path, value in _granted(judgement):
            found.setdefault(subject, {})[path] = value
    for one in group:
        yield replace(one.case, found=found[one.subject])


def _granted(judgement: Judgement) -> Iterator[tuple[str, str, str]]:
    """Verdict and amount of every grant, by its id and with its tier before it."""
    for row in judgement.grants.iter_rows(named=True):
        ends = (None if row[end] is None else Money(row[end], row["currency"]) for end in ("amount_low", "amount_high"))
        shown = _shown(*ends)
        for name in (row["grant"], f"{row['tier']}.{row['grant']}"):
            yield row[judgement.key], f"grants.{name}", row["verdict"]
            yield row[judgement.key], f"amounts.{name}", shown


@dataclass(frozen=True, slots=True)
class _Tables:
    """One subject's facts as tables; links, keys and the currency are filled in."""

    page: Page
    line: int
    scheme: Scheme
    subject: str

    def registry(self, facts: Mapping[str, Any]) -> Registry:
        tables: dict[str, pl.DataFrame] = {}
        for name, body in {self.scheme.subject: {}, **facts}.items():
            if name in nouns():
                rows = [self._row(name, i, given, facts) for i, given in enumerate(self._listed(name, body))]
                tables |= {name: self._frame(name, rows)} if rows else {}
            else:
                near = [self.scheme.subject, self.scheme.yearly]
                self.page.fault(self.line, "unknown-table", key=name, name=name, names=near)
        return Registry(tables)

    def _listed(self, name: str, body: Any) -> list[Mapping[str, Any]]:
        """The rows of a table: a list of them, one of them, or yearly figures by year."""
        entries = list(body) if isinstance(body, list) else [body]
        if name == self.scheme.yearly and isinstance(body, Mapping):
            entries = [{"year": year, **row} for year, row in body.items() if isinstance(row, Mapping)]
        rows = [entry for entry in entries if isinstance(entry, Mapping)]
        if len(rows) < len(entries):
            self.page.fault(self.line, "wrong-type", key=name, wanted=Why("rules.type-mapping"))
        return rows

    def _first(self, name: str, facts: Mapping[str, Any]) -> str | None:
        """The key of a table's first row; of organisations also where only their titles are given."""
        if name == self.scheme.subject:
            return self.subject
        if name not in facts and not (name == "organisations" and self.scheme.holder and "titles" in facts):
            return None
        rows = self._listed(name, facts.get(name, {}))
        key = noun(name).key[0]
        return f"{self.subject}.{rows[0][key]}" if rows and key in rows[0] else f"{self.subject}-0"

    def _row(self, name: str, i: int, given: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        columns = {c.name: c for c in noun(name).columns}
        row: dict[str, Any] = {"currency": self.scheme.currency or None} if "currency" in columns else {}
        row[noun(name).key[0]] = f"{self.subject}-{i}"
        for column in columns.values():
            held = name == self.scheme.subject and column.name == self.scheme.holder
            if column.kind == "ref" and (column.required or held):
                row[column.name] = self._first(column.of, facts)
        for key, value in given.items():
            if key in columns:
                row[key] = self._cell(columns[key], value)
            else:
                self.page.fault(self.line, "unknown-name", key=f"{name}.{key}", name=key)
        if name == self.scheme.subject:
            row[noun(name).key[0]] = self.subject
        return row

    def _cell(self, column: Column, value: Any) -> Any:
        """Amounts as rules write them (`1500万元`, `3%`), ids made the case's own; anything else as YAML gives it."""
        if column.kind in ("id", "ref") and isinstance(value, str):
            return f"{self.subject}.{value}"
        if value is None or column.kind not in ("money", "ratio", "float", "int", "year"):
            return value
        scope = parsing.Scope(lambda _: None, (), _currency(str(value)))
        literal, problems = parsing.value(str(value), scope)
        self.page.problems(self.line, column.name, problems)
        number = getattr(literal, "value", None)
        if not isinstance(number, int | float):
            return None
        if literal is not None and (column.kind == "money") != (literal.unit == units.MONEY):
            wanted = Why(f"rules.unit-{units.of_column(column)}")
            self.page.fault(self.line, "cut-unit", key=column.name, unit=wanted)
            return None
        return float(number) if column.kind in ("ratio", "float") else number

    def _frame(self, name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
        schema = {c.name: c.dtype() for c in noun(name).columns if any(c.name in row for row in rows)}
        try:
            return pl.DataFrame(rows, schema=schema)
        except (TypeError, pl.exceptions.PolarsError):
            self.page.fault(self.line, "wrong-type", key=name, wanted=Why("rules.type-columns"))
            return noun(name).empty()


def _currency(text: str) -> str:
    """Facts may be in any currency."""
    letters = text[-3:]
    return letters if letters.isalpha() and letters.isupper() else "CNY"
