"""One operation on columns, as data; what a rule may do to a figure has a name here and nothing else has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Type = Literal["float", "int8", "int16", "int64", "text", "flag", "date"]


#: Operations of two values (one, for `neg`) that Python and Polars both know by their own signs.
OPERATORS = ("add", "sub", "mul", "pow", "neg", "ge", "gt", "le", "lt", "eq", "ne")


class Expr:
    """One operation: its name, the expressions it works on, and its plain arguments."""

    __slots__ = ("of", "op", "plain")

    def __init__(self, op: str, of: Iterable[Expr] = (), *plain: Any) -> None:
        self.op, self.of, self.plain = op, tuple(of), plain

    def __add__(self, other: object) -> Expr:
        return Expr("add", (self, wrap(other)))

    def __sub__(self, other: object) -> Expr:
        return Expr("sub", (self, wrap(other)))

    def __rsub__(self, other: object) -> Expr:
        return Expr("sub", (wrap(other), self))

    def __mul__(self, other: object) -> Expr:
        return Expr("mul", (self, wrap(other)))

    def __truediv__(self, other: object) -> Expr:
        return Expr("div", (self, wrap(other)))

    def __pow__(self, other: object) -> Expr:
        return Expr("pow", (self, wrap(other)))

    def __neg__(self) -> Expr:
        return Expr("neg", (self,))

    def __ge__(self, other: object) -> Expr:
        return Expr("ge", (self, wrap(other)))

    def __gt__(self, other: object) -> Expr:
        return Expr("gt", (self, wrap(other)))

    def __le__(self, other: object) -> Expr:
        return Expr("le", (self, wrap(other)))

    def __lt__(self, other: object) -> Expr:
        return Expr("lt", (self, wrap(other)))

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr("eq", (self, wrap(other)))

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr("ne", (self, wrap(other)))

    __hash__ = object.__hash__

    def __and__(self, other: object) -> Expr:
        return Expr("all", (self, wrap(other)))

    def __or__(self, other: object) -> Expr:
        return Expr("any", (self, wrap(other)))

    def __invert__(self) -> Expr:
        return Expr("not", (self,))

    def is_null(self) -> Expr:
        return Expr("is_null", (self,))

    def is_not_null(self) -> Expr:
        return Expr("is_not_null", (self,))

    def is_finite(self) -> Expr:
        return Expr("is_finite", (self,))

    def is_in(self, values: Iterable[Any]) -> Expr:
        return Expr("is_in", (self,), tuple(values))

    def fill_null(self, value: object) -> Expr:
        return Expr("fill_null", (self, wrap(value)))

    def clip(self, low: object, high: object) -> Expr:
        """Not below `low` nor above `high`; a None is no limit."""
        return Expr("clip", (self, wrap(low), wrap(high)))

    def cast(self, to: Type) -> Expr:
        return Expr("cast", (self,), to)

    def round(self, places: int = 0) -> Expr:
        """Half away from zero, on the value times ten to the places."""
        return Expr("round", (self,), places)

    def looked_up(self, table: Mapping[Any, Any], otherwise: Any, to: Type) -> Expr:
        """The table's entry; `otherwise` for a value it does not list; null of null."""
        return Expr("looked_up", (self,), dict(table), otherwise, to)

    def coded(self, table: tuple[int, ...]) -> Expr:
        """A small code 0, 1, 2 ... replaced by the entry at its place; the code is never null."""
        return Expr("coded", (self,), table)

    def length(self) -> Expr:
        """Number of entries of a list."""
        return Expr("length", (self,))

    def part(self, name: Literal["year", "month", "day"]) -> Expr:
        """Year, month or day of a date."""
        return Expr("part", (self,), name)


class Case(Expr):
    """`when(a).then(x).when(b).then(y)`: the first that holds, null where none does, until `otherwise`."""

    __slots__ = ()

    def when(self, holds: Expr) -> _When:
        return _When(holds, self.of[:-1])

    def otherwise(self, value: object) -> Expr:
        return Expr("case", (*self.of[:-1], wrap(value)))


class _When:
    __slots__ = ("before", "holds")

    def __init__(self, holds: Expr, before: tuple[Expr, ...] = ()) -> None:
        self.holds, self.before = holds, before

    def then(self, value: object) -> Case:
        return Case("case", (*self.before, self.holds, wrap(value), lit(None)))


def wrap(value: object) -> Expr:
    return value if isinstance(value, Expr) else lit(value)


def col(name: str) -> Expr:
    return Expr("col", (), name)


def native(expr: Any) -> Expr:
    """A Polars expression as it stands, for what is only ever asked of a population."""
    return Expr("native", (), expr)


def lit(value: object, to: Type | None = None) -> Expr:
    return Expr("lit", (), value, to)


def when(holds: Expr) -> _When:
    return _When(holds)


def by_code(code: Expr, cases: Mapping[int, Expr]) -> Expr:
    """The case of a small code 0, 1, 2 ...; null for a code without one."""
    return Expr("by_code", (code, *cases.values()), tuple(cases))


def every(parts: Sequence[Expr]) -> Expr:
    return Expr("all", parts)


def some(parts: Sequence[Expr]) -> Expr:
    return Expr("any", parts)


def least(parts: Sequence[Expr]) -> Expr:
    """The smallest of those that are not null."""
    return Expr("least", parts)


def greatest(parts: Sequence[Expr]) -> Expr:
    """The largest of those that are not null."""
    return Expr("greatest", parts)


def total(parts: Sequence[Expr]) -> Expr:
    """The sum of those that are not null."""
    return Expr("total", parts)


def concat(parts: Sequence[Expr]) -> Expr:
    """Texts and figures one after the other; null where one of them is."""
    return Expr("concat", parts)


def listed(parts: Sequence[Expr]) -> Expr:
    """Texts that are not null, with commas between."""
    return Expr("listed", parts)
