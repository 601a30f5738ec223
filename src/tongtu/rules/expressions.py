"""The expressions a rule may hold, as our own small tree. What has no class here cannot be said.

    truth     Comparison · Between · Among (IN) · Missing (IS NULL) · Flag · Both (AND) · Either (OR) · Not
    value     Name · Literal · Arithmetic (+ - * /) · Negative

A `Name` points at a `Field`: a column of the judged subject, of its yearly figures, of a child row, or a
named `Measure` over those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from tongtu.rules import units
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Ratio

if TYPE_CHECKING:
    from tongtu.registry import Column

Source = OneOf["subject", "holder", "yearly", "row", "measure"]
Relation = OneOf[">=", ">", "<=", "<", "=", "<>"]
#: The same comparison with its sides changed over.
FLIPPED: dict[Relation, Relation] = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "=": "=", "<>": "<>"}


@dataclass(frozen=True, slots=True)
class Field:
    """What a name stands for: a registry column or a measure.

    A `holder` field is a column of the row that one of the subject's columns refers to; its name is
    `ref.column`, such as `lead.kind`.
    """

    name: str
    source: Source
    unit: str
    label: Label
    column: Column | None = None
    measure: Measure | None = None

    @property
    def noun(self) -> str:
        return self.column.noun if self.column else ""

    @property
    def ref(self) -> str:
        """The column by which a `holder` field is reached, '' for others."""
        return self.name.partition(".")[0] if self.source == "holder" else ""


@dataclass(frozen=True, slots=True)
class Name:
    field: Field

    @property
    def unit(self) -> str:
        return self.field.unit


@dataclass(frozen=True, slots=True)
class Literal:
    """A typed constant. Money is kept in minor units with its currency."""

    value: float | int | str | bool | date
    unit: str
    currency: str = ""

    def shown(self) -> Money | Ratio | Quantity | str:
        if self.unit == units.MONEY:
            return Money(int(self.value), self.currency)  # type: ignore[arg-type]
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Negative:
    of: Value

    @property
    def unit(self) -> str:
        return self.of.unit


@dataclass(frozen=True, slots=True)
class Arithmetic:
    op: OneOf["+", "-", "*", "/"]
    left: Value
    right: Value
    unit: str


Value = Name | Literal | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    op: Relation
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Between:
    of: Value
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Among:
    of: Value
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    of: Name


@dataclass(frozen=True, slots=True)
class Flag:
    of: Name


@dataclass(frozen=True, slots=True)
class Not:
    of: Truth


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Truth, ...]


Truth = Comparison | Between | Among | Missing | Flag | Not | Both | Either
Node = Value | Truth

How = OneOf["value", "sum", "mean", "growth", "age", "size", "lookup", "rows"]


@dataclass(frozen=True, slots=True)
class Rows:
    """A figure over child rows: the sum of `of`, the count, or the count of distinct `distinct`."""

    noun: str
    link: str
    of: Value | None = None
    distinct: str = ""
    where: Truth | None = None
    on: str = ""
    years: int = 0
    absent: OneOf["unknown", "zero"] = "unknown"


@dataclass(frozen=True, slots=True)
class Measure:
    """A named figure with its unit.

    how      value: an expression · sum, mean: of an expression over `years` years · growth: compound yearly
             growth over `years` years · age: whole years since a date · size: entries of a list column ·
             lookup: a table by a code · rows: over child rows
    """

    name: str
    label: Label
    unit: str
    how: How
    of: Value | None = None
    years: int = 1
    table: tuple[tuple[str, float], ...] = ()
    otherwise: float | None = None
    rows: Rows | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Input:
    """A column an answer depends on; `back` is how many years before the day of judging, 0 where none."""

    field: Field
    back: int = 0


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case Between():
            return (node.of, node.low, node.high)
        case Negative() | Among() | Missing() | Flag() | Not():
            return (node.of,)
        case Both() | Either():
            return node.parts
    return ()


def inputs(node: Node, back: int = 1) -> Iterator[Input]:
    """Every column below a node, windows opened; the same column may come more than once."""
    if not isinstance(node, Name):
        for child in children(node):
            yield from inputs(child, back)
        return
    measure = node.field.measure
    if measure is None or measure.how == "rows":
        yield Input(node.field, back if node.field.source == "yearly" else 0)
    elif measure.of is not None:
        for shift in window(measure):
            yield from inputs(measure.of, back + shift)


def window(measure: Measure) -> range | tuple[int, ...]:
    """The years a measure reads, counted back from the year it is asked for."""
    if measure.how == "growth":
        return (0, measure.years)
    return range(measure.years)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, without opening measures."""
    yield node
    for child in children(node):
        yield from walk(child)


def divisors(node: Node, back: int = 1) -> Iterator[tuple[Value, int]]:
    """Every divisor below a node with its year, windows opened; a growth divides by its first year."""
    for child in children(node):
        yield from divisors(child, back)
    match node:
        case Arithmetic(op="/"):
            yield node.right, back
        case Name(field=Field(measure=Measure() as measure)) if measure.of is not None:
            for shift in window(measure):
                yield from divisors(measure.of, back + shift)
            if measure.how == "growth":
                yield measure.of, back + measure.years


def label(node: Node) -> Label:
    """How an expression reads, from the names of its fields."""
    match node:
        case Name():
            return node.field.label
        case Literal():
            shown = node.shown()
            return Label(shown.say("zh"), shown.say("en")) if isinstance(shown, Money) else Label(str(shown))
        case Arithmetic():
            left, right = label(node.left), label(node.right)
            return Label(f"{left.zh} {node.op} {right.zh}", f"{left.say('en')} {node.op} {right.say('en')}")
        case Negative():
            of = label(node.of)
            return Label(f"−{of.zh}", f"−{of.say('en')}")
    first = next((n for n in walk(node) if isinstance(n, Name)), None)
    return first.field.label if first else Label("")
