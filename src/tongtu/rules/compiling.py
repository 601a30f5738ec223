"""Expressions become Polars expressions that never turn a missing or impossible figure into an answer.

Null is unknown throughout: Polars compares and combines nulls by Kleene's logic, and everything it would
get wrong is guarded here. A divisor that is not above zero gives null (5 / 0 >= 0.03 must not be true, nor a
negative base a negative growth), so does a result that is not finite, and so does an amount of money whose
row is in another currency than the one it is compared in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.rules import units
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
        case "subject":
            return f"{used.field.noun}.{used.field.name}"
    return f"{used.field.noun}.{used.field.name}@{used.back}"


def currency_column(used: Input) -> str:
    """Where the currency of a money column stands."""
    if used.field.source == "row":
        return "currency"
    year = f"@{used.back}" if used.field.source == "yearly" else ""
    return f"{used.field.noun}.currency{year}"


def money_columns(node: Node, back: int = 1) -> dict[str, Input]:
    """Currency columns of the rows whose money a node reads; figures over child rows are already in one."""
    found = (i for i in inputs(node, back) if i.field.unit == units.MONEY and i.field.source != "measure")
    return {currency_column(i): i for i in found}


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles for one day of judging and one currency. `back` is the year counted back from that day."""

    as_of: date
    currency: str = ""

    # values

    def value(self, node: Value, back: int = 1) -> pl.Expr:
        match node:
            case Literal():
                return pl.lit(node.value)
            case Negative():
                return -self.value(node.of, back)
            case Name():
                measure = node.field.measure
                if measure is None or measure.how == "rows":
                    return pl.col(column(Input(node.field, back)))
                return self._measure(measure, back)
            case Arithmetic():
                return self._arithmetic(node, back)
        raise TypeError(type(node).__name__)

    def amount(self, node: Value, back: int = 1) -> pl.Expr:
        """A value to be compared with a constant: money of another currency is unknown."""
        return self._guarded(node, back, node.unit == units.MONEY)

    def shown(self, node: Value, back: int = 1) -> pl.Expr:
        """A value in the unit people read: money in major units."""
        found = self.amount(node, back).cast(pl.Float64)
        return found / 10 ** exponent(self.currency) if node.unit == units.MONEY else found

    def _arithmetic(self, node: Arithmetic, back: int) -> pl.Expr:
        left, right = self.value(node.left, back), self.value(node.right, back)
        match node.op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        return quotient(left, right)

    def _measure(self, measure: Measure, back: int) -> pl.Expr:
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
                return values[0].list.len()
            case "lookup":
                table = {code: float(number) for code, number in measure.table}
                return values[0].replace_strict(table, default=measure.otherwise, return_dtype=pl.Float64)
        return values[0]

    # truths

    def truth(self, node: Truth, back: int = 1) -> pl.Expr:
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
                return pl.all_horizontal([self.truth(part, back) for part in node.parts])
            case Either():
                return pl.any_horizontal([self.truth(part, back) for part in node.parts])
        raise TypeError(type(node).__name__)

    def _comparison(self, node: Comparison, back: int) -> pl.Expr:
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

    def _guarded(self, node: Value, back: int, named: bool, scope: Node | None = None) -> pl.Expr:
        rows = money_columns(scope or node, back)
        found = self.value(node, back)
        if not rows or not (named or len(rows) > 1):
            return found
        same = [pl.col(name) == self.currency for name in rows]
        return pl.when(pl.all_horizontal(same)).then(found)

    # reasons

    def blockers(self, node: Node, back: int = 1) -> Iterator[tuple[pl.Expr, Why]]:
        """Everything that can leave a node unknown: (where it does, why)."""
        seen: dict[str, Input] = {}
        for used in inputs(node, back):
            seen.setdefault(column(used), used)
        for name, used in seen.items():
            yield pl.col(name).is_null(), self._missing(used)
        for divisor, year in dict.fromkeys(divisors(node, back)):
            what = Why("rules.divisor", {"what": self._dated(label(divisor), year)})
            yield (self.value(divisor, year) <= 0).fill_null(False), what
        for name, used in money_columns(node, back).items():
            where = self._dated(Label("", ""), used.back) if used.back else Label("")
            missing = Why("rules.no-currency", {"when": where})
            other = Why("rules.other-currency", {"when": where, "expected": self.currency})
            yield pl.col(name).is_null() & pl.col(column(used)).is_not_null(), missing
            yield (pl.col(name) != self.currency).fill_null(False), other

    def _missing(self, used: Input) -> Why:
        if used.field.measure is not None:
            return Why("rules.rows-missing", {"what": used.field.label})
        return Why("rules.missing", {"what": self._dated(used.field.label, used.back)})

    def _dated(self, name: Label, back: int) -> Label:
        if not back:
            return name
        year = self.as_of.year - back
        return Label(f"{year}年{name.zh}", f"{name.say('en')} {year}".strip())


def quotient(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    """A quotient that exists only over a divisor above zero, and only where it is finite."""
    found = pl.when(bottom > 0).then(top / bottom)
    return pl.when(found.is_finite()).then(found)


def finite(frame: pl.DataFrame) -> pl.DataFrame:
    """NaN and infinities are no figures: they become null on entry."""
    floats = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    return frame.with_columns(pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in floats)


def _whole_years(day: pl.Expr, as_of: date) -> pl.Expr:
    later = (day.dt.month() * 100 + day.dt.day()) > as_of.month * 100 + as_of.day
    return pl.lit(as_of.year) - day.dt.year() - later.cast(pl.Int32)
