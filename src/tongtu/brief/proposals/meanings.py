"""What the words of a condition mean over the registry: a column, a ratio of two, a sum or growth over years.

A name is understood only when it and words without meaning of their own are all there is: one word left over
(“集成电路设计”收入) may change what is asked, so the whole is left to a person. A figure that the rule book measures
already keeps its name, so that the new version can be compared with the one in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from tongtu.brief.facts.plain import plain
from tongtu.brief.proposals import words
from tongtu.registry import Column, nouns
from tongtu.rules import units
from tongtu.rules.expressions import Arithmetic, Measure, Name
from tongtu.rules.model import RuleBook, Scheme
from tongtu.terms.why import Label, Why
from tongtu.terms.words import say

Over = OneOf["sum", "mean", "growth", "age"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A column, or one of these over years, or a ratio of two. Equal figures mean the same."""

    column: str = ""
    over: Over | None = None
    years: int = 1
    parts: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for: a figure with its unit, or a yes-or-no condition over a column."""

    figure: Figure | None
    unit: str
    check: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A measure as a rule book has it."""

    name: str
    label: Label
    figure: Figure


class Meanings:
    """The names a scheme's conditions may use. `subject` and `yearly` are nouns, as in a rule file."""

    def __init__(self, subject: str, yearly: str, book: RuleBook | None = None, scheme: str | None = None) -> None:
        self.subject, self.yearly = subject, yearly
        self.columns: dict[str, Column] = {}
        for noun in (subject, yearly):
            self.columns |= {c.name: c for c in nouns()[noun].columns if c.kind != "year"} if noun else {}
        self.known = self._measures(book, scheme)
        self._names = self._named()

    # names

    def _named(self) -> dict[str, Meaning]:
        """Every name: the registry's own, those of the lists, those of measures; the first meaning of a name stays."""
        found: dict[str, Meaning] = {}
        for name, (_, means) in words.names((self.subject, self.yearly)).items():
            if (meaning := self._told(means)) is not None:
                found[name] = meaning
        for column in self.columns.values():
            for label in (column.zh, column.en):
                if (meaning := self._told(column.name)) is not None:
                    found.setdefault(plain(label), meaning)
        for known in self.known.values():
            for label in (known.label.zh, known.label.en):
                if label and (unit := self.unit(known.figure)):
                    found.setdefault(plain(label), Meaning(known.figure, unit))
        return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))

    def _told(self, means: str) -> Meaning | None:
        """A meaning as the list writes it: `revenue`, `total_debt / total_assets`, `age founded`, `NOT flag`."""
        first, _, rest = means.partition(" ")
        column = self.columns.get(rest if first in ("age", "NOT") else first)
        if column is None:
            return None
        if first == "NOT" or units.of_column(column) == units.FLAG:
            return Meaning(None, units.FLAG, means)
        if first == "age":
            return Meaning(Figure(rest, "age"), "years")
        below = rest.removeprefix("/ ")
        figure = Figure(parts=(Figure(first), Figure(below))) if below else Figure(first)
        unit = self.unit(figure)
        return Meaning(figure, unit) if unit and unit not in units.PLAIN else None

    def named(self, phrase: str) -> Meaning | None:
        """The meaning of a phrase that holds one name and nothing else that matters; the longest such name wins."""
        for name, meaning in self._names.items():
            at = phrase.find(name)
            if at >= 0 and words.explained(phrase[:at] + " " + phrase[at + len(name) :]):
                return meaning
        return None

    def near(self, phrase: str) -> str:
        """The longest name inside a phrase that was not understood; '' where there is none."""
        return next((name for name in self._names if name in phrase), "")

    # units and names of figures

    def unit(self, figure: Figure) -> str:
        """The unit of a figure; '' where it makes no sense."""
        if figure.parts:
            above, below = (self.unit(part) for part in figure.parts)
            return (units.divided(above, below) or "") if above and below else ""
        column = self.columns.get(figure.column)
        if column is None:
            return ""
        unit = units.of_column(column)
        if figure.over == "age":
            return "years" if unit == units.DATE else ""
        if figure.over is not None and (not self.yearly or column.noun != self.yearly or unit in units.PLAIN):
            return ""
        return units.RATIO if figure.over == "growth" else unit

    def label(self, figure: Figure) -> Label:
        """What a figure is called, in both languages."""
        known = self.known.get(figure)
        if known is not None:
            return known.label
        column = self.columns.get(figure.column)
        if column is not None and figure.over is None:
            return Label(column.zh, column.en)
        parts = [self.label(part) for part in figure.parts]
        of = Label(column.zh, column.en) if column is not None else Label("")
        told = Why("brief_proposals.figure-ratio", {"above": parts[0], "below": parts[1]}) if parts else Why(
            f"brief_proposals.figure-{figure.over}", {"of": of, "n": figure.years}
        )  # fmt: skip
        return Label(say(told, "zh"), say(told, "en"))

    def _measures(self, book: RuleBook | None, scheme: str | None) -> dict[Figure, Known]:
        """Measures of the scheme, then of the other schemes over the same nouns; one name for one figure."""
        found: dict[Figure, Known] = {}
        for measure in _of_schemes(book, scheme, self.subject, self.yearly):
            figure = _figure(measure)
            if figure is not None and self.unit(figure) == measure.unit:
                found.setdefault(figure, Known(measure.name, measure.label, figure))
        return found


def _of_schemes(book: RuleBook | None, scheme: str | None, subject: str, yearly: str) -> Iterator[Measure]:
    schemes: Mapping[str, Scheme] = book.schemes if book is not None else {}
    order: Iterable[str] = sorted(schemes, key=lambda name: (name != scheme, name))
    for name in order:
        if schemes[name].subject == subject and schemes[name].yearly in ("", yearly):
            yield from schemes[name].measures.values()


def _figure(measure: Measure) -> Figure | None:
    """A measure as a figure; None where it is of a form that is not proposed here (rows, tables, arithmetic)."""
    match measure.how, measure.of:
        case ("sum" | "mean" | "growth" | "age") as over, Name(field) if field.column is not None:
            return Figure(field.column.name, over, 1 if over == "age" else measure.years)
        case "value", Arithmetic("/", Name() as above, Name() as below):
            parts = [_part(above), _part(below)]
            return Figure(parts=tuple(p for p in parts if p is not None)) if all(parts) else None
    return None


def _part(name: Name) -> Figure | None:
    field = name.field
    if field.measure is not None:
        return _figure(field.measure)
    return Figure(field.column.name) if field.column is not None and field.source != "holder" else None
