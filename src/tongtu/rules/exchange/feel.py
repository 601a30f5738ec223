"""Expressions in FEEL. Unknown is null: every figure is tested before it is used, so that no engine's own way with
null, or with a division by zero, can turn it into an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tongtu.rules import units
from tongtu.rules.compiling import money_columns
from tongtu.rules.exchange.drg import DATE, FLAG, NUMBER, TEXT, TEXTS, Column, Graph, Table
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.expressions import (
    Among,
    Arithmetic,
    Between,
    Both,
    Comparison,
    Either,
    Field,
    Flag,
    Input,
    Literal,
    Measure,
    Missing,
    Name,
    Negative,
    Node,
    Not,
    Truth,
    Value,
    walk,
    window,
)
from tongtu.terms.money import exponent
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, word

_TYPES = {units.FLAG: FLAG, units.TEXT: TEXT, units.DATE: DATE}
_ROUNDED = 12


def number(value: float | Decimal) -> str:
    """A number as FEEL writes it: no exponent, no trailing zeros."""
    text = format(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def guarded(unknown: list[str], known: str) -> str:
    """An expression that is null where any of the conditions holds."""
    tests = list(dict.fromkeys(unknown))
    return f"if {' or '.join(tests)} then null else {known}" if tests else known


@dataclass(slots=True)
class Writer:
    """Writes one decision's expression; `needs` gathers the names it speaks of.

    Measures become decisions of their own in the graph, columns its inputs. `back` is the year counted back.
    """

    graph: Graph
    currency: str
    needs: list[str] = field(default_factory=list)

    def fresh(self) -> Writer:
        return Writer(self.graph, self.currency)

    def use(self, name: str) -> str:
        self.needs.append(name)
        return name

    # values

    def value(self, node: Value, back: int = 1) -> str:
        """The bare expression; `unknown` says where it must not be used."""
        match node:
            case Name(found):
                return self.use(self._named(found, back))
            case Literal():
                return self.constant(node)
            case Negative(of):
                return f"-({self.value(of, back)})"
            case Arithmetic(op, left, right):
                return f"({self.value(left, back)} {op} {self.value(right, back)})"

    def unknown(self, node: Value, back: int = 1) -> list[str]:
        """Conditions under which a value does not exist: a name that is null, a divisor not above zero."""
        match node:
            case Name():
                return [f"{self.value(node, back)} = null"]
            case Literal():
                return []
            case Negative(of):
                return self.unknown(of, back)
            case Arithmetic(op, left, right):
                tests = self.unknown(left, back) + self.unknown(right, back)
                if op == "/" and not isinstance(right, Literal):
                    tests.append(f"{self.value(right, back)} <= 0")
                return tests

    def constant(self, node: Literal) -> str:
        """Money in major units, dates by their function."""
        match node.value:
            case bool():
                return str(node.value).lower()
            case date():
                return f'date("{node.value.isoformat()}")'
            case str():
                return text(node.value)
        return self.figure(node.value, node.unit, node.currency or self.currency)

    def figure(self, value: float, unit: str, currency: str = "") -> str:
        if unit == units.MONEY:
            return number(Decimal(int(value)).scaleb(-exponent(currency or self.currency)))
        return number(value)

    def amount(self, node: Value, back: int = 1) -> str:
        """A value to be compared with a constant: null where unknown or, for money, in another currency."""
        return guarded(
            self.unknown(node, back) + self.abroad(node, back, node.unit == units.MONEY), self.value(node, back)
        )

    def abroad(self, node: Node, back: int, named: bool) -> list[str]:
        """Conditions of another currency, asked as `compiling` asks them: where an amount of the scheme's own currency
        is `named`, or where amounts of several rows meet.
        """
        return self._currencies(node, back) if named or len(money_columns(node, back)) > 1 else []

    def _currencies(self, node: Node, back: int) -> list[str]:
        tests = []
        for key, used in money_columns(node, back).items():
            what = Why("exchange.is-currency", {"year": year(used.back)})
            name = self.use(self.graph.input("column:" + key.replace("@", "_y"), TEXT, both("currency-name"), what))
            tests += [f"{name} = null", f"{name} != {text(self.currency)}"]
        return tests

    # names

    def _named(self, found: Field, back: int) -> str:
        if found.measure is not None:
            return self._measure(found.measure, back)
        used = Input(found, back if found.source == "yearly" else 0)
        unit = _TYPES.get(found.unit, NUMBER)
        many = found.column is not None and found.column.many
        key = f"column:{found.name}" + (f"_y{used.back}" if used.back else "")
        what = Why("exchange.is-figure", {"year": year(used.back), "unit": self.unit_said(found.unit)})
        return self.graph.input(key, TEXTS if many else unit, found.label, what)

    def unit_said(self, unit: str) -> Why:
        return Why("exchange.unit-major") if unit == units.MONEY else Why(f"rules.unit-{unit}")

    def _measure(self, measure: Measure, back: int) -> str:
        """A decision of its own for each year it is asked of; over child rows, an input."""
        if measure.how == "rows":
            self.graph.note("exchange.note-rows", name=measure.name, what=measure.label)
            what = Why("exchange.is-rows", {"unit": self.unit_said(measure.unit)})
            return self.graph.input(f"measure:{measure.name}", NUMBER, measure.label, what)
        key = f"measure:{measure.name}" + (f"_y{back}" if back > 1 else "")
        name = self.graph.name(key)
        if name not in self.graph.decisions:
            inside = self.fresh()
            logic = inside.computed(measure, back)
            asks = Label(*(Speaker(lang, self.currency).measure(measure) for lang in LANGUAGES))
            what = Why("exchange.is-measure", {"year": year(back), "unit": self.unit_said(measure.unit)})
            self.graph.decide(key, NUMBER, measure.label, logic, inside.needs, what=what, asks=asks)
        return name

    def computed(self, measure: Measure, back: int) -> str | Table:
        """How a measure comes about, in FEEL."""
        assert measure.of is not None
        of, years = measure.of, [back + shift for shift in window(measure)]
        tests = [test for y in years for test in self.unknown(of, y)]
        values = [self.value(of, y) for y in years]
        match measure.how:
            case "sum":
                return guarded(tests, " + ".join(values))
            case "mean":
                return guarded(tests, f"({' + '.join(values)}) / {len(values)}")
            case "growth":
                tests.append(f"{values[1]} <= 0")
                root = f"({values[0]} / {values[1]}) ** (1 / {measure.years}) - 1"
                return guarded(tests, f"decimal({root}, {_ROUNDED})")
            case "age":
                return guarded(tests, self._age(values[0]))
            case "size":
                return guarded(tests, f"count({values[0]})")
            case "lookup":
                return lookup(measure, values[0])
        return guarded(tests, values[0])

    def _age(self, day: str) -> str:
        """Whole years: one less where the anniversary has not come yet."""
        what = Why("exchange.is-day")
        now = self.use(self.graph.input("as_of", DATE, both("judging-day"), what))
        later = f"{day}.month * 100 + {day}.day > {now}.month * 100 + {now}.day"
        return f"{now}.year - {day}.year - (if {later} then 1 else 0)"

    # truths

    def truth(self, node: Truth, back: int = 1) -> str:
        match node:
            case Comparison():
                return self._comparison(node, back)
            case Between(of, low, high):
                both = (Comparison(">=", of, low), Comparison("<=", of, high))
                return " and ".join(f"({self._comparison(c, back)})" for c in both)
            case Among(of, values):
                listed = ", ".join(self.constant(v) for v in values)
                return guarded(self.unknown(of, back), f"{self.value(of, back)} in ({listed})")
            case Missing(of):
                return f"{self.value(of, back)} = null"
            case Flag(of):
                return self.value(of, back)
            case Not(of):
                return f"not({self.truth(of, back)})"
            case Both(parts):
                return " and ".join(f"({self.truth(p, back)})" for p in parts)
            case Either(parts):
                return " or ".join(f"({self.truth(p, back)})" for p in parts)

    def _comparison(self, node: Comparison, back: int) -> str:
        both = Arithmetic("-", node.left, node.right, node.left.unit)
        tests = self.unknown(node.left, back) + self.unknown(node.right, back)
        named = any(isinstance(n, Literal) and n.unit == units.MONEY for n in walk(node))
        tests += self.abroad(both, back, named)
        op = "!=" if node.op == "<>" else node.op
        return guarded(tests, f"{self.value(node.left, back)} {op} {self.value(node.right, back)}")


def lookup(measure: Measure, of: str) -> Table:
    """One rule for each code; any other code has the number that is named for it, an unknown one none."""
    rules = [((text(code),), (number(value),)) for code, value in measure.table]
    if measure.otherwise is not None:
        others = ", ".join([*(text(code) for code, _ in measure.table), "null"])
        rules.append(((f"not({others})",), (number(measure.otherwise),)))
    return Table((Column(of, TEXT),), ((measure.name, NUMBER),), tuple(rules))


def both(name: str) -> Label:
    """An entry of the catalogue in both languages."""
    return Label(*(word(f"exchange.{name}", lang) for lang in LANGUAGES))


def year(back: int) -> Why:
    """Which year a figure is of: none, last year, the one before."""
    return Why("exchange.of-year", {"n": back}) if back else Why("exchange.of-now")
