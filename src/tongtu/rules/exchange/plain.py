"""Conditions, measures and criteria in the words of the catalogue, for people who read no expressions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongtu.registry import Vocabularies, noun, nouns, vocabularies
from tongtu.rules import units
from tongtu.rules.expressions import (
    Among,
    Arithmetic,
    Between,
    Both,
    Comparison,
    Either,
    Flag,
    Literal,
    Measure,
    Missing,
    Name,
    Negative,
    Not,
    Relation,
    Rows,
    Truth,
    Value,
)
from tongtu.rules.model import Body, Check, Criterion, Group, Holds, Manual, Purpose, Total
from tongtu.rules.rubric import Interval, Score
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Ratio
from tongtu.terms.words import Lang, show, word

_OPS: dict[Relation, str] = {">=": "ge", ">": "gt", "<=": "le", "<": "lt", "=": "eq", "<>": "ne"}
_SIGNS = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says a scheme's content in one language. `codes` are the lists whose entries have names."""

    lang: Lang
    currency: str = ""
    scores: tuple[Score, ...] = ()
    codes: Vocabularies = field(default_factory=vocabularies)

    # small things

    def word(self, name: str, /, **args: Any) -> str:
        return word(f"exchange.{name}", self.lang, **args)

    def label(self, label: Label | None) -> str:
        return label.say(self.lang) if label is not None else ""

    def listed(self, parts: Iterable[str], joint: str = "comma") -> str:
        """Parts joined: names by `comma` or `either`, conditions by `and`, `or` or `semicolon`."""
        return self.word(f"joint-{joint}").join(parts)

    def sentence(self, text: str) -> str:
        """A text that stands by itself begins with a capital, where the language has them."""
        return text[:1].upper() + text[1:]

    def figure(self, value: float | str | bool | date, unit: str) -> str:
        """A figure in its unit; money is in minor units of the scheme's currency."""
        if unit == units.MONEY:
            return Money(int(value), self.currency).say(self.lang)  # type: ignore[arg-type]
        if unit == units.RATIO:
            return show(Ratio(float(value)), self.lang)  # type: ignore[arg-type]
        if unit in units.PLAIN:
            return show(value, self.lang)
        return word(f"rules.in-{unit}", self.lang, n=plain_number(float(value)))  # type: ignore[arg-type]

    def points(self, points: Interval, *, unsigned: bool = False) -> str:
        """Points, or the range of them that a person decides in."""
        low, high = sorted(abs(end) for end in points) if unsigned else points
        return plain_number(low) if low == high else self.word("range", low=plain_number(low), high=plain_number(high))

    def code(self, vocabulary: str, value: str) -> str:
        """The name of an entry of a closed list; an entry of a list not at hand is shown as it stands."""
        found = self.codes.get(vocabulary, {}).get(value)
        return self.label(found) or value

    def place(self, code: str) -> str:
        """A jurisdiction by its name; a city that no list names, by its province and its code."""
        known = {**self.codes.get("region", {}), **self.codes.get("regions", {})}
        if code in known:
            return self.label(known[code])
        province = self.label(known.get(f"{code[:2]}0000"))
        return f"{province} {code}".strip()

    def purposes(self, purposes: Iterable[Purpose]) -> str:
        return self.listed(word(f"rules.purpose-{p}", self.lang) for p in purposes)

    def unit(self, unit: str) -> str:
        return self.currency if unit == units.MONEY else word(f"rules.unit-{unit}", self.lang)

    # values

    def value(self, node: Value, beside: Value | None = None) -> str:
        """A figure; a constant is said in the unit, or from the list, of the figure `beside` it."""
        match node:
            case Name(found):
                return self.label(found.label)
            case Negative(of):
                return f"−{self.value(of)}"
            case Arithmetic(op, left, right):
                return f"{self._operand(left, op)}{_SIGNS[op]}{self._operand(right, op)}"
            case Literal():
                return self._constant(node, beside)

    def _operand(self, node: Value, op: str) -> str:
        said = self.value(node)
        bare = not isinstance(node, Arithmetic) or (op in "+-" and node.op in "*/")
        return said if bare else self.word("brackets", inner=said)

    def _constant(self, node: Literal, beside: Value | None) -> str:
        if node.unit == units.MONEY:
            return Money(int(node.value), node.currency).say(self.lang)  # type: ignore[arg-type]
        if isinstance(beside, Name):
            column = beside.field.column
            if isinstance(node.value, str) and column is not None:
                return self.code(column.of, node.value)
            if isinstance(node.value, int | float) and beside.unit not in (*units.PLAIN, units.MONEY):
                return self.figure(node.value, beside.unit)
        return self.figure(node.value, node.unit)

    # conditions

    def truth(self, node: Truth) -> str:
        match node:
            case Comparison(op, left, right):
                kind = "day" if units.DATE in (left.unit, right.unit) else "op"
                args = {"left": self.value(left, right), "right": self.value(right, left)}
                return self.word(f"{kind}-{_OPS[op]}", **args)
            case Between(of, low, high):
                return self.word("between", of=self.value(of), low=self.value(low, of), high=self.value(high, of))
            case Among(of, values):
                said = [self.value(v, of) for v in values]
                return self.word("among" if len(said) > 1 else "op-eq", **_among(self.value(of), said, self))
            case Missing(of):
                return self.word("missing", of=self.value(of))
            case Flag(of):
                return self.word("yes", of=self.value(of))
            case Both(parts):
                return self.listed((self._inner(p) for p in parts), "and")
            case Either(parts):
                return self.listed((self._inner(p) for p in parts), "or")
            case Not(of):
                return self._negated(of)

    def _negated(self, node: Truth) -> str:
        match node:
            case Flag(of):
                return self.word("no", of=self.value(of))
            case Missing(of):
                return self.word("present", of=self.value(of))
        return self.word("not", of=self.truth(node))

    def _inner(self, node: Truth) -> str:
        said = self.truth(node)
        return self.word("brackets", inner=said) if isinstance(node, Both | Either) else said

    # criteria

    def criterion(self, criterion: Criterion) -> str:
        """What a criterion asks, with its years; what lies below a group is said by its parts."""
        asked = self.body(criterion.body)
        if criterion.years:
            asked = self.word("each-year" if criterion.years > 0 else "any-year", n=abs(criterion.years), what=asked)
        return asked

    def body(self, body: Body) -> str:
        match body:
            case Check(node):
                return self.truth(node)
            case Manual(evidence):
                return self.word("manual", evidence=self.label(evidence))
            case Holds(kinds, levels):
                kinds_ = self.listed((self.code("title_kind", k) for k in kinds), "either")
                if not levels:
                    return self.word("holds", kinds=kinds_)
                return self.word("holds-level", kinds=kinds_, levels=self.listed(self.code("level", v) for v in levels))
            case Total(score, part, at_least):
                name, most = self._scored(score, part)
                return self.word("reach", name=name, n=plain_number(at_least), most=plain_number(most))
            case Group(parts, least, negated):
                if negated:
                    return self.word("none-of")
                if least is None:
                    return self.word("all-of")
                return self.word("any-of") if least == 1 else self.word("k-of", k=least, n=len(parts))

    def _scored(self, name: str, part: str) -> tuple[str, float]:
        score = next(s for s in self.scores if s.score == name)
        if not part:
            return self.label(score.label), score.points
        found = next(p for p in score.parts if p.part == part)
        return self.word("part-of", score=self.label(score.label), part=self.label(found.label)), found.points

    # measures

    def measure(self, measure: Measure) -> str:
        """How a measure is computed."""
        of = self.value(measure.of) if measure.of is not None else ""
        match measure.how:
            case "value":
                return of
            case "rows":
                assert measure.rows is not None
                return self._rows(measure.rows)
            case "lookup":
                pairs = [self.word("pair", key=key, value=plain_number(n)) for key, n in self._table(measure)]
                if measure.otherwise is not None:
                    pairs.append(self.word("pair", key=self.word("otherwise"), value=plain_number(measure.otherwise)))
                return self.word("how-lookup", of=of, pairs=self.listed(pairs, "semicolon"))
        return self.word(f"how-{measure.how}", of=of, n=measure.years)

    def _table(self, measure: Measure) -> list[tuple[str, float]]:
        column = measure.of.field.column if isinstance(measure.of, Name) else None
        return [(self.code(column.of, key) if column else key, number) for key, number in measure.table]

    def _rows(self, rows: Rows) -> str:
        table = noun(rows.noun).label(self.lang) if rows.noun in nouns() else rows.noun
        if rows.of is not None:
            said = self.word("rows-sum", table=table, of=self.value(rows.of))
        elif rows.distinct:
            said = self.word("rows-distinct", table=table, of=noun(rows.noun).column(rows.distinct).label(self.lang))
        else:
            said = self.word("rows-count", table=table)
        if rows.where is not None:
            said = self.word("rows-where", what=said, where=self.truth(rows.where))
        if rows.years:
            said = self.word("rows-years", what=said, n=rows.years, on=noun(rows.noun).column(rows.on).label(self.lang))
        return said


def _among(of: str, said: list[str], speaker: Speaker) -> dict[str, str]:
    return {"of": of, "values": speaker.listed(said)} if len(said) > 1 else {"left": of, "right": said[0]}


def plain_number(value: float) -> str:
    """A number as short as it can be said: 60.0 points are 60."""
    return show(int(value) if float(value).is_integer() else value)
