"""Reading measures, and the names an expression may use."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

from tongtu.registry import Column, Noun, nouns
from tongtu.rules import parsing, units
from tongtu.rules.expressions import Field, How, Measure, Rows, Source, Truth, Value
from tongtu.rules.reading.page import Page
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label, Ratio, Why

#: Columns that say how a row came to be, not what it says.
_RECORD_KEEPING = frozenset({"currency", "price_year", "year", "valid_from", "recorded_at", "source"})
_SIMPLE = ("value", "sum", "mean", "growth", "age", "size", "lookup")
_ROWS = ("rows_sum", "rows_count", "rows_distinct")


@dataclass(slots=True)
class Names:
    """What a scheme's expressions may speak of."""

    page: Page
    subject: str
    yearly: str
    currency: str
    codes: Mapping[str, Iterable[str]]
    holder: str = ""
    measures: dict[str, Measure] = field(default_factory=dict)

    def scope(self, row: str = "") -> parsing.Scope:
        """Names of measures, yearly columns, the subject's and of the rows it refers to; or of one child noun."""
        fields = _fields(row, "row") if row else self._fields()
        return parsing.Scope(fields.get, tuple(fields), self.currency, self.codes)

    def _fields(self) -> dict[str, Field]:
        found = _fields(self.subject, "subject") | _referred(self.subject)
        if self.yearly:
            found |= _fields(self.yearly, "yearly")
        for name, measure in self.measures.items():
            found[name] = Field(name, "measure", measure.unit, measure.label, measure=measure)
        return found

    def truth(self, found: Marked, key: str, row: str = "") -> Truth | None:
        node, problems = parsing.truth(self._expression(found, key), self.scope(row))
        self.page.problems(found.at(key), key, problems)
        return node

    def value(self, found: Marked, key: str, row: str = "") -> Value | None:
        node, problems = parsing.value(self._expression(found, key), self.scope(row))
        self.page.problems(found.at(key), key, problems)
        return node

    def constant(self, text: Any, line: int, key: str, unit: str) -> float | None:
        """A number in a unit, as cuts and thresholds are written: 5, 5%, `5 m CNY`."""
        node, problems = parsing.value(str(text), parsing.Scope(lambda _: None, (), self.currency))
        self.page.problems(line, key, problems)
        if node is None:
            return None
        value = getattr(node, "value", None)
        if not isinstance(value, int | float):
            self.page.fault(line, "wrong-type", key=key, wanted=Why("rules.type-number"))
            return None
        fits = units.comparable(node.unit, unit) or (node.unit == units.NUMBER and unit != units.MONEY)
        if not fits:
            self.page.fault(line, "cut-unit", key=key, unit=Why(f"rules.unit-{unit}"))
        return value

    def share(self, found: Marked, key: str) -> float:
        """A share above nothing and up to the whole, such as 50%."""
        share = self.constant(self.page.text(found, key) or "100%", found.at(key), key, units.RATIO)
        if share is not None and not 0 < share <= 1:
            self.page.fault(found.at(key), "grants.bad-share", key=key, share=Ratio(share))
        return 1.0 if share is None else share

    def money(self, found: Marked, key: str) -> Value | None:
        """An amount of money; a figure of another unit is a fault."""
        node = self.value(found, key)
        if node is None or node.unit == units.MONEY:
            return node
        self.page.fault(found.at(key), "grants.not-money", key=key, unit=Why(f"rules.unit-{node.unit}"))
        return None

    def code(self, found: Marked, key: str, vocabulary: str) -> str:
        value = self.page.text(found, key)
        self.check_codes(found, key, vocabulary, (value,) if value else ())
        return value

    def check_codes(self, found: Marked, key: str, vocabulary: str, values: Iterable[str]) -> None:
        """Notes every code its vocabulary does not have; of a vocabulary we do not know nothing is said."""
        known = self.codes.get(vocabulary)
        for value in values:
            if known is not None and value not in known:
                args = {"value": value, "list": vocabulary, "names": sorted(known)}
                self.page.fault(found.at(key), "unknown-code", key=key, repair="near-names", **args)

    def _expression(self, found: Marked, key: str) -> str:
        return self.page.text(found, key) or "TRUE"


def read_measures(names: Names, found: Marked) -> None:
    """Reads them in order; a measure may use those above it."""
    for name, body in found.items():
        line = found.at(name)
        definition = names.page.mapping(body, line, name)
        if definition is None:
            continue
        if name in names.scope().known:
            names.page.fault(line, "name-taken", key=name, name=name)
        measure = _measure(names, name, definition)
        if measure is not None:
            names.measures[name] = measure


def _measure(names: Names, name: str, found: Marked) -> Measure | None:
    page = names.page
    kinds = [key for key in (*_SIMPLE, *_ROWS) if key in found]
    if len(kinds) != 1:
        page.fault(found.line, "one-measure", key=name, names=(*_SIMPLE, *_ROWS))
        return None
    label = page.label(found)
    if kinds[0] in _ROWS:
        return _rows(names, name, label, found, kinds[0])
    how: How = next(h for h in get_args(How) if h == kinds[0])
    page.only(found, ("name", "unit", "years", "table", "otherwise", how))
    of = names.value(found, how)
    table, otherwise = _table(names, found) if how == "lookup" else ((), None)
    years = page.count(found, "years") if how in ("sum", "mean", "growth") else 1
    if of is None:
        return None
    unit = {"growth": units.RATIO, "age": "years", "size": "items", "lookup": units.RATIO}.get(how, of.unit)
    _check_kind(page, found, how, of)
    return Measure(name, label, _unit(names, found, unit), how, of, max(years, 1), table, otherwise, line=found.line)


def _check_kind(page: Page, found: Marked, how: str, of: Value) -> None:
    """An age needs a date, a size a list, a table a code, the rest an amount."""
    column = getattr(getattr(of, "field", None), "column", None)
    fits = {
        "age": of.unit == units.DATE,
        "size": column is not None and column.many,
        "lookup": column is not None and of.unit == units.TEXT and not column.many,
    }.get(how, of.unit not in units.PLAIN)
    if not fits:
        page.fault(found.at(how), "measure-kind", key=how, how=how)


def _table(names: Names, found: Marked) -> tuple[tuple[tuple[str, float], ...], float | None]:
    table = names.page.mapping(found.get("table"), found.at("table"), "table") or Marked()
    pairs = ((code, names.constant(number, table.at(code), code, units.RATIO)) for code, number in table.items())
    otherwise = names.page.number(found, "otherwise") if found.get("otherwise") is not None else None
    return tuple((code, number) for code, number in pairs if number is not None), otherwise


def _rows(names: Names, name: str, label: Label, found: Marked, how: str) -> Measure | None:
    page = names.page
    page.only(found, ("name", "unit", "in", "where", "dated", "years", "absent", how))
    noun_name = page.text(found, "in")
    child = nouns().get(noun_name)
    if child is None:
        near = difflib.get_close_matches(noun_name, nouns(), n=3)
        page.fault(found.at("in"), "unknown-table", key="in", name=noun_name, names=near)
        return None
    link = next((c.name for c in child.columns if c.kind == "ref" and c.of == names.subject), "")
    if not link:
        page.fault(found.at("in"), "no-link", key="in", name=noun_name, subject=names.subject)
    where = names.truth(found, "where", child.name) if "where" in found else None
    of = names.value(found, how, child.name) if how == "rows_sum" else None
    distinct = page.text(found, how) if how == "rows_distinct" else ""
    on, years = page.text(found, "dated", ""), page.count(found, "years", 0)
    for key, column, kind in ((how, distinct, ""), ("dated", on, "date")):
        if column and not _has(child, column, kind):
            page.fault(found.at(key), "unknown-name", key=key, name=column)
    if years and not on:
        page.fault(found.at("years"), "missing-key", key="dated", name="dated")
    absent = page.one_of(found, "absent", ("unknown", "zero"), "unknown")
    rows = Rows(noun_name, link, of, distinct, where, on, years, "zero" if absent == "zero" else "unknown")
    unit = _unit(names, found, of.unit if of is not None else "items")
    return Measure(name, label, unit, "rows", rows=rows, line=found.line)


def _has(noun: Noun, column: str, kind: str) -> bool:
    return any(c.name == column and (not kind or c.kind == kind) for c in noun.columns)


def _unit(names: Names, found: Marked, natural: str) -> str:
    """The unit a measure carries: its own, or a finer word for a bare number."""
    unit = names.page.text(found, "unit", natural)
    if unit not in units.names():
        names.page.fault(found.at("unit"), "not-one-of", key="unit", value=unit, names=sorted(units.names()))
        return natural
    if unit != natural and natural not in (units.NUMBER, "items"):
        names.page.fault(found.at("unit"), "unit-differs", key="unit", unit=unit, natural=natural)
    return unit


def refs(noun_name: str, of: str = "") -> list[Column]:
    """The columns by which a noun refers to one row of another (or of one noun alone)."""
    return [c for c in nouns()[noun_name].columns if c.kind == "ref" and of in ("", c.of)]


@cache
def _referred(subject: str) -> dict[str, Field]:
    """`REF.COLUMN` for every column of the rows the subject refers to: one hop, no further."""
    found = {}
    for ref in refs(subject):
        for name, column in _fields(ref.of, "subject").items():
            label = Label(f"{ref.zh}的{column.label.zh}", f"{ref.en}: {column.label.en}")
            dotted = f"{ref.name}.{name}"
            found[dotted] = Field(dotted, "holder", column.unit, label, column=column.column)
    return found


@cache
def _fields(noun_name: str, source: Source) -> dict[str, Field]:
    noun = nouns()[noun_name]
    key = set(noun.key) | {c.name for c in noun.columns if c.kind in ("ref", "refs") and source == "yearly"}
    return {
        c.name: Field(c.name, source, units.of_column(c), _label(c), column=c)
        for c in noun.columns
        if c.name not in _RECORD_KEEPING and c.name not in key
    }


def _label(column: Column) -> Label:
    return Label(column.zh, column.en)
