"""Expressions become operations on columns that never turn a missing or impossible figure into an answer.

Null is unknown throughout (see `columns`), and what arithmetic would get wrong is guarded here. A divisor that
is not above zero gives null (5 / 0 >= 0.03 must not be true, nor a negative base a negative growth), so does a
result that is not finite, and so does an amount of money whose row is in another currency than the one it is
compared in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.rules import units
from tongtu.rules.columns import Expr, col, every, lit, some, when
from tongtu.rules.expressions import (
    Among,
    Arithmetic,
    Between,
    Both,
    Comparison,
    Either,
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
    divisors,
    inputs,
    label,
    walk,
    window,
)
from tongtu.terms.money import exponent
from tongtu.terms.why import Label, Why


def column(used: Input) -> str:
    """The name of a column in the facts frame."""
    match used.field.source:
        case "row":
            return used.field.name
        case "measure":
            return f"measure.{used.field.name}"
        case "subject" | "holder":
            return f"{used.field.noun}.{used.field.name}"
    return f"{used.field.noun}.{used.field.name}@{used.back}"


def currency_column(used: Input) -> str:
    """Where the currency of a money column stands."""
    if used.field.source == "row":
        return "currency"
    if used.field.source == "holder":
        return f"{used.field.noun}.{used.field.ref}.currency"
    year = f"@{used.back}" if used.field.source == "yearly" else ""
    return f"{used.field.noun}.currency{year}"


def money_columns(node: Node, back: int = 1) -> dict[str, Input]:
    """Currency columns of the rows whose money a node reads; figures over child rows are already in one."""
    found = (i for i in inputs(node, back) if i.field.unit == units.MONEY and i.field.source != "measure")
    return {currency_column(i): i for i in found}


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles for one day of judging and one currency. `back` is the year counted back from that day.

    With `values`, a figure that is compared stands there once, under its spelling, and is referred to by that
    name wherever it is used; a compiler that is only `reading` adds none.
    """

    as_of: date
    currency: str = ""
    values: dict[str, Expr] | None = None
    reading: bool = False

    # values

    def value(self, node: Value, back: int = 1) -> Expr:
        match node:
            case Literal():
                return lit(node.value)
            case Negative():
                return -self.value(node.of, back)
            case Name():
                measure = node.field.measure
                if measure is None or measure.how == "rows":
                    return col(column(Input(node.field, back)))
                return self._measure(measure, back)
            case Arithmetic():
                return self._arithmetic(node, back)
        raise TypeError(type(node).__name__)

    def amount(self, node: Value, back: int = 1) -> Expr:
        """A value to be compared with a constant: money of another currency is unknown."""
        return self._guarded(node, back, node.unit == units.MONEY)

    def shown(self, node: Value, back: int = 1) -> Expr:
        """A value in the unit people read: money in major units."""
        found = self.amount(node, back).cast("float")
        return found / 10 ** exponent(self.currency) if node.unit == units.MONEY else found

    def _arithmetic(self, node: Arithmetic, back: int) -> Expr:
        left, right = self.value(node.left, back), self.value(node.right, back)
        match node.op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        found = when(right > 0).then(left / right)
        return found if _whole(node.left) and _whole(node.right) else _finite(found)

    def _measure(self, measure: Measure, back: int) -> Expr:
        assert measure.of is not None
        values = [self.value(measure.of, back + shift) for shift in window(measure)]
        match measure.how:
            case "sum" | "mean":
                total = values[0]
                for more in values[1:]:
                    total = total + more
                return total if measure.how == "sum" else total / len(values)
            case "growth":
                # Rounding to 12 places gives back the percentage a person would write: 1.1025 → exactly 5 %.
                return (quotient(*values) ** (1 / measure.years) - 1).round(12)
            case "age":
                return _whole_years(values[0], self.as_of)
            case "size":
                return values[0].length()
            case "lookup":
                table = {code: float(number) for code, number in measure.table}
                return values[0].looked_up(table, measure.otherwise, "float")
        return values[0]

    # truths

    def truth(self, node: Truth, back: int = 1) -> Expr:
        match node:
            case Comparison():
                return self._comparison(node, back)
            case Between():
                low = self._comparison(Comparison(">=", node.of, node.low), back)
                return low & self._comparison(Comparison("<=", node.of, node.high), back)
            case Among():
                return self.value(node.of, back).is_in([v.value for v in node.values])
            case Missing():
                return self.value(node.of, back).is_null()
            case Flag():
                return self.value(node.of, back)
            case Not():
                return ~self.truth(node.of, back)
            case Both():
                return every([self.truth(part, back) for part in node.parts])
            case Either():
                return some([self.truth(part, back) for part in node.parts])
        raise TypeError(type(node).__name__)

    def _comparison(self, node: Comparison, back: int) -> Expr:
        named = any(isinstance(n, Literal) and n.unit == units.MONEY for n in walk(node))
        both = Arithmetic("-", node.left, node.right, node.left.unit)
        left, right = self._guarded(node.left, back, named, both), self.value(node.right, back)
        match node.op:
            case ">=":
                return left >= right
            case ">":
                return left > right
            case "<=":
                return left <= right
            case "<":
                return left < right
            case "=":
                return left == right
        return left != right

    def _guarded(self, node: Value, back: int, named: bool, scope: Node | None = None) -> Expr:
        """A figure, null where its money is not in the currency it is compared in; kept among `values`."""
        rows = money_columns(scope or node, back)
        guards = tuple(rows) if named or len(rows) > 1 else ()
        bare = isinstance(node, Literal) or (isinstance(node, Name) and node.field.measure is None)
        if self.values is None or (bare and not guards):
            return self._checked(node, back, guards)
        key = " ".join((f"={spelled(node, back)}", *guards))
        if key not in self.values:
            if self.reading:
                return self._checked(node, back, guards)
            self.values[key] = self._checked(node, back, guards)
        return col(key)

    def _checked(self, node: Value, back: int, guards: tuple[str, ...]) -> Expr:
        found = self.value(node, back)
        return when(every([col(name) == self.currency for name in guards])).then(found) if guards else found

    # reasons

    def blockers(self, node: Node, back: int = 1) -> Iterator[tuple[Expr, Why]]:
        """Everything that can leave a node unknown: (where it does, why)."""
        seen: dict[str, Input] = {}
        for used in inputs(node, back):
            seen.setdefault(column(used), used)
        for name, used in seen.items():
            yield col(name).is_null(), self._missing(used)
        for divisor, year in dict.fromkeys(divisors(node, back)):
            what = Why("rules.divisor", {"what": self._dated(label(divisor), year)})
            yield (self.value(divisor, year) <= 0).fill_null(False), what
        for name, used in money_columns(node, back).items():
            where = self._dated(Label("", ""), used.back) if used.back else Label("")
            missing = Why("rules.no-currency", {"when": where})
            other = Why("rules.other-currency", {"when": where, "expected": self.currency})
            yield col(name).is_null() & col(column(used)).is_not_null(), missing
            yield (col(name) != self.currency).fill_null(False), other

    def _missing(self, used: Input) -> Why:
        if used.field.measure is not None:
            return Why("rules.rows-missing", {"what": used.field.label})
        return Why("rules.missing", {"what": self._dated(used.field.label, used.back)})

    def _dated(self, name: Label, back: int) -> Label:
        if not back:
            return name
        year = self.as_of.year - back
        return Label(f"{year}年{name.zh}", f"{name.say('en')} {year}".strip())


def quotient(top: Expr, bottom: Expr) -> Expr:
    """A quotient that exists only over a divisor above zero, and only where it is finite."""
    return _finite(when(bottom > 0).then(top / bottom))


def _finite(found: Expr) -> Expr:
    return when(found.is_finite()).then(found)


def _whole(node: Value) -> bool:
    """Whether a figure is a whole number, whose quotients are finite: amounts of money and counts."""
    match node:
        case Name(field):
            return field.column is not None and field.column.kind in ("money", "int")
        case Literal(value=int()):
            return True
        case Arithmetic(op="+" | "-", left=left, right=right):
            return _whole(left) and _whole(right)
    return False


def spelled(node: Value, back: int) -> str:
    """An expression as text: two that mean the same columns of the same year are spelled the same."""
    match node:
        case Name(field):
            if field.measure is not None and field.measure.how != "rows":
                return f"{field.name}@{back}"
            return column(Input(field, back))
        case Arithmetic(op, left, right):
            return f"({spelled(left, back)} {op} {spelled(right, back)})"
        case Negative(of):
            return f"-{spelled(of, back)}"
        case Literal(value):
            return repr(value)
    raise TypeError(type(node).__name__)


def finite(frame: pl.DataFrame) -> pl.DataFrame:
    """NaN and infinities are no figures: they become null on entry."""
    floats = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    return frame.with_columns(pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in floats)


def _whole_years(day: Expr, as_of: date) -> Expr:
    later = (day.part("month").cast("int64") * 100 + day.part("day")) > as_of.month * 100 + as_of.day
    return lit(as_of.year) - day.part("year") - later.cast("int64")
