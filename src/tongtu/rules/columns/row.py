"""The function of one row held as a dict: one subject's answer, without the fixed cost of a query."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from tongtu.rules.columns.expr import OPERATORS, Expr, Type

Row = dict[str, Any]
_Function = Callable[[Row], Any]


def python(expr: Expr) -> _Function:
    """The function of one row."""
    if expr.op in _SPECIAL:
        return _SPECIAL[expr.op](expr)
    of = [python(part) for part in expr.of]
    if expr.op in _GATHER:
        return _gathered(_GATHER[expr.op], of)
    strict = _STRICT[expr.op](*expr.plain) if expr.plain else _STRICT[expr.op]
    if len(of) == 1:
        return _one(strict, of[0])
    if expr.of[1].op == "lit":
        return _beside(strict, of[0], expr.of[1].plain[0])
    return _two(strict, *of)


def _literal(expr: Expr) -> _Function:
    value, to = expr.plain
    typed = value if value is None or to not in _CASTS else _CASTS[to](value)
    return lambda row: typed


def _null(expr: Expr) -> _Function:
    of, wanted = python(expr.of[0]), expr.op == "is_null"
    return lambda row: (of(row) is None) is wanted


def _one(work: Callable[[Any], Any], of: _Function) -> _Function:
    def run(row: Row) -> Any:
        value = of(row)
        return None if value is None else work(value)

    return run


def _two(work: Callable[[Any, Any], Any], left: _Function, right: _Function) -> _Function:
    def run(row: Row) -> Any:
        a, b = left(row), right(row)
        return None if a is None or b is None else work(a, b)

    return run


def _beside(work: Callable[[Any, Any], Any], left: _Function, constant: Any) -> _Function:
    """`_two` with a constant on the right, the usual case."""

    def run(row: Row) -> Any:
        value = left(row)
        return None if value is None or constant is None else work(value, constant)

    return run


def _branches(expr: Expr) -> _Function:
    of = [python(part) for part in expr.of]
    pairs, otherwise = list(zip(of[:-1:2], of[1:-1:2], strict=True)), of[-1]
    if len(pairs) == 1:
        (only, then), *_ = pairs
        return lambda row: then(row) if only(row) else otherwise(row)

    def run(row: Row) -> Any:
        for holds, value in pairs:
            if holds(row):
                return value(row)
        return otherwise(row)

    return run


def _by_code(expr: Expr) -> _Function:
    code, *thens = map(python, expr.of)
    cases = dict(zip(expr.plain[0], thens, strict=True))

    def run(row: Row) -> Any:
        then = cases.get(code(row))
        return None if then is None else then(row)

    return run


def _kleene(expr: Expr) -> _Function:
    """AND, settled by a False, or OR, settled by a True."""
    of, settles = [python(part) for part in expr.of], expr.op == "any"

    def run(row: Row) -> Any:
        found: bool | None = not settles
        for part in of:
            value = part(row)
            if value is settles:
                return settles
            if value is None:
                found = None
        return found

    return run


def _filled(expr: Expr) -> _Function:
    of, instead = map(python, expr.of)

    def run(row: Row) -> Any:
        value = of(row)
        return instead(row) if value is None else value

    return run


def _gathered(work: Callable[[list[Any]], Any], of: list[_Function]) -> _Function:
    def run(row: Row) -> Any:
        values = [part(row) for part in of]
        return work(values) if None not in values else work([value for value in values if value is not None])

    return run


def _joined(expr: Expr) -> _Function:
    """One text out of pieces, most of which are the same in every row: those stand in a template."""
    of = expr.of
    template = "".join(_as_text(p.plain[0]).replace("%", "%%") if p.op == "lit" else "%s" for p in of)
    varying = [python(part) for part in of if part.op != "lit"]

    def run(row: Row) -> Any:
        values = []
        for part in varying:
            value = part(row)
            if value is None:
                return None
            values.append(value if isinstance(value, str) else _as_text(value))
        return template % tuple(values)

    return run


def _clipped(expr: Expr) -> _Function:
    of, low, high = map(python, expr.of)

    def run(row: Row) -> Any:
        value, least, most = of(row), low(row), high(row)
        if value is None:
            return None
        value = value if least is None else max(value, least)
        return value if most is None else min(value, most)

    return run


def _rounded(places: int) -> Callable[[float], float]:
    scale = 10.0**places

    def run(value: float) -> float:
        return math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value)

    return run


def _divided(top: float, bottom: float) -> float:
    """As IEEE divides: what this gives over zero is guarded where a rule divides."""
    if bottom:
        return top / bottom
    return math.nan if not top or math.isnan(top) else math.copysign(math.inf, top)


def _looked_up(table: dict[Any, Any], otherwise: Any, to: Type) -> Callable[[Any], Any]:
    return lambda value: table.get(value, otherwise)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)


_CASTS: dict[Type, Callable[[Any], Any]] = {
    "float": float, "int8": int, "int16": int, "int64": int, "text": _as_text, "flag": bool,
}  # fmt: skip
_GATHER: dict[str, Callable[[list[Any]], Any]] = {
    "least": lambda values: min(values, default=None),
    "greatest": lambda values: max(values, default=None),
    "total": sum,
    "listed": ",".join,
}
#: What is null when one of its operands is.
_STRICT: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in OPERATORS},
    "div": _divided,
    "not": operator.not_,
    "is_finite": math.isfinite,
    "is_in": lambda values: frozenset(values).__contains__,
    "cast": _CASTS.__getitem__,
    "round": _rounded,
    "looked_up": _looked_up,
    "coded": lambda table: table.__getitem__,
    "length": len,
    "part": operator.attrgetter,
}
_SPECIAL: dict[str, Callable[[Expr], _Function]] = {
    "col": lambda expr: operator.itemgetter(*expr.plain),
    "lit": _literal,
    "case": _branches,
    "by_code": _by_code,
    "all": _kleene,
    "any": _kleene,
    "is_null": _null,
    "is_not_null": _null,
    "fill_null": _filled,
    "clip": _clipped,
    "concat": _joined,
}
