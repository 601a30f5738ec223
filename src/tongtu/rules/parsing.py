"""An SQL comparison, read by sqlglot and rebuilt as our own tree: a closed list, checked and unit-carrying.

Allowed: names, `ref.column` (a column of the row that `ref` refers to), numbers, `'codes'`, `TRUE`/`FALSE`,
`DATE '2026-01-01'`, amounts (`15 m CNY`, `1500万元`), percentages (`3%`), `+ - * /`, `= <> < <= > >=`, `BETWEEN`,
`IN (...)`, `IS [NOT] NULL`, `AND OR NOT`. Anything else is a problem, collected with its repair; nothing is ever
passed on as text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tongtu.rules import units
from tongtu.rules.expressions import (
    Among,
    Arithmetic,
    Between,
    Both,
    Comparison,
    Either,
    Field,
    Flag,
    Literal,
    Missing,
    Name,
    Negative,
    Node,
    Not,
    Relation,
    Truth,
    Value,
    walk,
)
from tongtu.terms.money import Money
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

#: What is wrong, and how to repair it.
Problem = tuple[Why, Why]
Lookup = Callable[[str], Field | None]

LONGEST = 500
_DEEPEST = 20
_SCALES = {"": 0, "k": 3, "m": 6, "bn": 9, "万": 4, "亿": 8}
_AMOUNT = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s*(k|m|bn|万|亿)?\s*(元|(?!AND|NOT|DIV|MOD|XOR|END)[A-Z]{3})(?![A-Za-z_\d])"
)
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*%(?!\s*[\w(])")
_QUOTED = re.compile(r"('(?:[^']|'')*')")
_RELATIONS: dict[str, Relation] = {"GTE": ">=", "GT": ">", "LTE": "<=", "LT": "<", "EQ": "=", "NEQ": "<>"}
_ARITHMETIC = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}


@dataclass(slots=True)
class Scope:
    """What the names of an expression may mean, in whose currency, and which codes a list column knows."""

    lookup: Lookup
    known: tuple[str, ...]
    currency: str = ""
    codes: Mapping[str, Iterable[str]] = field(default_factory=dict)


def truth(text: str, scope: Scope) -> tuple[Truth | None, list[Problem]]:
    """A condition, or None with all its problems."""
    node, problems = _read(text, scope)
    if node is not None and isinstance(node, Name) and node.unit == units.FLAG:
        node = Flag(node)
    if node is not None and isinstance(node, Name | Literal | Arithmetic | Negative):
        problems.append((Why("rules.not-a-condition", {"text": text}), Why("rules.not-a-condition-repair")))
    return (None, problems) if problems else (node, [])  # type: ignore[return-value]


def value(text: str, scope: Scope) -> tuple[Value | None, list[Problem]]:
    """An amount, or None with all its problems."""
    node, problems = _read(text, scope)
    if node is not None and not isinstance(node, Name | Literal | Arithmetic | Negative):
        problems.append((Why("rules.not-a-figure", {"text": text}), Why("rules.not-a-figure-repair")))
    return (None, problems) if problems else (node, [])  # type: ignore[return-value]


def _read(text: str, scope: Scope) -> tuple[Node | None, list[Problem]]:
    refused = _unreadable(text)
    if refused is not None:
        return None, [refused]
    typed, amounts = _typed(text)
    from sqlglot import errors, parse

    try:
        statements = parse(f"({typed})")  # in brackets a first word such as `call` is a name, not a command
    except (errors.SqlglotError, RecursionError) as error:
        reason = re.split(r"\n|\. Line| for <class", str(error))[0]
        what = Why("rules.unreadable", {"text": text, "problem": reason})
        return None, [(what, Why("rules.unreadable-repair"))]
    if len(statements) != 1 or statements[0] is None:
        return None, [(Why("rules.one-condition", {"text": text}), Why("rules.one-condition-repair"))]
    builder = _Builder(scope, amounts, text)
    return builder.node(statements[0]), builder.problems


def _unreadable(text: str) -> Problem | None:
    bare = _QUOTED.sub("''", text)
    if "==" in bare:
        return Why("rules.double-equals", {"text": text}), Why("rules.double-equals-repair")
    if ";" in bare:
        return Why("rules.one-condition", {"text": text}), Why("rules.one-condition-repair")
    if len(text) > LONGEST or bare.count("(") > _DEEPEST:
        return Why("rules.too-long", {"most": LONGEST}), Why("rules.too-long-repair")
    if any(mark in bare for mark in (":", "--", "/*", "#", "?", "@")):
        return Why("rules.stray-mark", {"text": text}), Why("rules.unreadable-repair")
    return None


def _typed(text: str) -> tuple[str, list[Literal]]:
    """Amounts and percentages, which SQL has no word for, become numbered placeholders."""
    found: list[Literal] = []

    def amount(match: re.Match[str]) -> str:
        number, scale, currency = match.groups()
        major = Decimal(number).scaleb(_SCALES[scale or ""])
        currency = "CNY" if currency == "元" else currency
        found.append(Literal(Money.of(major, currency).minor, units.MONEY, currency))
        return f":typed{len(found) - 1}"

    def percent(match: re.Match[str]) -> str:
        found.append(Literal(float(Decimal(match[1]).scaleb(-2)), units.RATIO))
        return f":typed{len(found) - 1}"

    pieces = _QUOTED.split(text)
    pieces[::2] = [_PERCENT.sub(percent, _AMOUNT.sub(amount, piece)) for piece in pieces[::2]]
    return "".join(pieces), found


class _Builder:
    """Walks one sqlglot tree. A problem is noted and a bare stand-in goes on, so that all are found."""

    def __init__(self, scope: Scope, amounts: list[Literal], text: str) -> None:
        self.scope, self.amounts, self.text = scope, amounts, text
        self.problems: list[Problem] = []

    def node(self, tree: Expr) -> Node | None:
        kind = type(tree).__name__
        if kind == "Paren":
            return self.node(tree.this)
        if kind in _RELATIONS:
            return self._comparison(tree, _RELATIONS[kind])
        if kind in _ARITHMETIC:
            return self._arithmetic(tree, _ARITHMETIC[kind])
        build = getattr(self, f"_{kind.lower()}", None)
        if build is None:
            return self._refuse("rules.not-allowed", node=tree.key.upper(), text=self.text)
        found: Node | None = build(tree)
        return found

    def _refuse(self, code: str, **args: object) -> Node | None:
        """Notes a problem; nothing stands in for what was refused."""
        self.problems.append((Why(code, args), Why(f"{code}-repair", args)))
        return None

    # truths

    def _and(self, tree: Expr) -> Node | None:
        return self._joined(Both, tree)

    def _or(self, tree: Expr) -> Node | None:
        return self._joined(Either, tree)

    def _joined(self, join: Any, tree: Expr) -> Node | None:
        parts: list[Truth] = []
        for side in (tree.this, tree.expression):
            part = self._truth(side)
            if part is not None:
                parts += part.parts if isinstance(part, join) else [part]
        return join(tuple(parts)) if parts else None

    def _not(self, tree: Expr) -> Node | None:
        part = self._truth(tree.this)
        return None if part is None else Not(part)

    def _truth(self, tree: Expr) -> Truth | None:
        found = self.node(tree)
        if isinstance(found, Name) and found.unit == units.FLAG:
            return Flag(found)
        if isinstance(found, Name | Literal | Arithmetic | Negative):
            self._refuse("rules.not-a-condition", text=tree.sql())
            return None
        return found

    def _comparison(self, tree: Expr, op: Relation) -> Node | None:
        if any(type(side).__name__ in _RELATIONS for side in (tree.this, tree.expression)):
            return self._refuse("rules.chained", text=self.text)
        left, right = self._value(tree.this), self._value(tree.expression)
        if left is None or right is None:
            return None
        if not _speaks_of_something(left, right):
            return self._refuse("rules.constant", text=self.text)
        left, right = self._fitted(left, right)
        self._check_codes(left, right)
        if units.FLAG in (left.unit, right.unit):
            return self._refuse("rules.compares-flag", text=self.text)
        if left.unit == units.TEXT and op not in ("=", "<>"):
            return self._refuse("rules.orders-text", text=self.text)
        return Comparison(op, left, right)

    def _between(self, tree: Expr) -> Node | None:
        of, low, high = self._value(tree.this), self._value(tree.args["low"]), self._value(tree.args["high"])
        if of is None or low is None or high is None:
            return None
        if not _speaks_of_something(of):
            return self._refuse("rules.constant", text=self.text)
        _, low = self._fitted(of, low)
        of, high = self._fitted(of, high)
        return Between(of, low, high)

    def _in(self, tree: Expr) -> Node | None:
        of = self._value(tree.this)
        listed = [self._value(entry) for entry in tree.expressions]
        if not listed or tree.args.get("query") or not all(isinstance(entry, Literal) for entry in listed):
            return self._refuse("rules.in-list", text=self.text)
        if of is None:
            return None
        if not _speaks_of_something(of):
            return self._refuse("rules.constant", text=self.text)
        values = [self._fitted(of, entry)[1] for entry in listed if entry is not None]
        for entry in values:
            self._check_codes(of, entry)
        return Among(of, tuple(v for v in values if isinstance(v, Literal)))

    def _is(self, tree: Expr) -> Node | None:
        of = self._value(tree.this)
        if type(tree.expression).__name__ != "Null" or (of is not None and not isinstance(of, Name)):
            return self._refuse("rules.is-null", text=self.text)
        return Missing(of) if isinstance(of, Name) else None

    # values

    def _value(self, tree: Expr) -> Value | None:
        found = self.node(tree)
        if found is None or isinstance(found, Name | Literal | Arithmetic | Negative):
            return found
        self._refuse("rules.not-a-figure", text=tree.sql())
        return None

    def _arithmetic(self, tree: Expr, op: Any) -> Node | None:
        left, right = self._value(tree.this), self._value(tree.expression)
        if left is None or right is None:
            return None
        if op in "+-":
            left, right = self._fitted(left, right, report=False)
        rule = {"+": units.added, "-": units.added, "*": units.multiplied, "/": units.divided}[op]
        unit = rule(left.unit, right.unit)
        if unit is None:
            return self._mixed(left.unit, right.unit)
        return Arithmetic(op, left, right, unit)

    def _neg(self, tree: Expr) -> Node | None:
        of = self._value(tree.this)
        match of:
            case Literal(value=int() | float() as number):
                return Literal(-number, of.unit, of.currency)
            case None:
                return None
        return Negative(of)

    def _column(self, tree: Expr) -> Node | None:
        table = tree.args.get("table")
        name = f"{table.name}.{tree.name}" if table is not None else tree.name
        found = None if tree.args.get("db") else self.scope.lookup(name)
        if found is not None:
            return Name(found)
        near = difflib.get_close_matches(name, self.scope.known, n=3, cutoff=0.6)
        what = Why("rules.unknown-name", {"name": tree.sql()})
        repair = Why("rules.near-names", {"names": near}) if near else Why("rules.unknown-name-repair")
        self.problems.append((what, repair))
        return None

    def _literal(self, tree: Expr) -> Node | None:
        if tree.args.get("is_string"):
            return Literal(tree.name, units.TEXT)
        number = float(tree.name)
        return Literal(int(number) if number.is_integer() else number, units.NUMBER)

    def _boolean(self, tree: Expr) -> Node | None:
        return self._refuse("rules.compares-flag", text=self.text)

    def _placeholder(self, tree: Expr) -> Node | None:
        found = self.amounts[int(tree.name.removeprefix("typed"))]
        if found.currency and found.currency != self.scope.currency:
            expected = self.scope.currency
            return self._refuse("rules.currency-differs", currency=found.currency, expected=expected)
        return found

    def _cast(self, tree: Expr) -> Node | None:
        """Only the typed literal DATE 'YYYY-MM-DD'."""
        inner = tree.this
        if tree.args["to"].sql() != "DATE" or not inner.is_string:
            return self._refuse("rules.not-allowed", node="CAST", text=self.text)
        try:
            return Literal(date.fromisoformat(inner.name), units.DATE)
        except ValueError:
            return self._refuse("rules.bad-date", text=inner.name)

    # units

    def _fitted(self, left: Value, right: Value, *, report: bool = True) -> tuple[Value, Value]:
        """A bare number takes the unit of what stands beside it, except money, which must be named."""
        left, right = _adopt(left, right.unit), _adopt(right, left.unit)
        if report and not units.comparable(left.unit, right.unit):
            self._mixed(left.unit, right.unit)
        return left, right

    def _mixed(self, left: str, right: str) -> Node | None:
        what = Why("rules.mixed-units", {"left": _unit(left), "right": _unit(right), "text": self.text})
        money = units.MONEY in (left, right) and units.NUMBER in (left, right)
        repair = Why("rules.name-currency", {"currency": self.scope.currency or "CNY"})
        self.problems.append((what, repair if money else Why("rules.mixed-units-repair")))
        return None

    def _check_codes(self, left: Value, right: Value) -> None:
        if not (isinstance(left, Name) and isinstance(right, Literal) and left.field.column):
            return
        column = left.field.column
        codes = self.scope.codes.get(column.of) if column.kind == "code" else None
        if codes is not None and str(right.value) not in codes:
            near = difflib.get_close_matches(str(right.value), list(codes), n=3) or list(codes)[:8]
            what = Why("rules.unknown-code", {"value": right.value, "list": column.of})
            self.problems.append((what, Why("rules.near-names", {"names": near})))


def _speaks_of_something(*sides: Value) -> bool:
    return any(isinstance(node, Name) for side in sides for node in walk(side))


def _adopt(node: Value, unit: str) -> Value:
    if isinstance(node, Literal) and node.unit == units.NUMBER and unit not in (units.MONEY, *units.PLAIN):
        return Literal(node.value, unit)
    return node


def _unit(unit: str) -> Why:
    return Why(f"rules.unit-{unit}")
