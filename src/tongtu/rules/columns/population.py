"""The expression a frame understands: one answer for a whole population."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import polars as pl

from tongtu.rules.columns.expr import OPERATORS, Expr, Type

_TYPES: dict[Type, Any] = {
    "float": pl.Float64, "int8": pl.Int8, "int16": pl.Int16, "int64": pl.Int64, "text": pl.String, "flag": pl.Boolean,
    "date": pl.Date,
}  # fmt: skip


def polars(expr: Expr) -> pl.Expr:
    """The expression for a whole frame."""
    if expr.op == "native":
        return expr.plain[0]  # type: ignore[no-any-return]
    of = [polars(part) for part in expr.of]
    match expr.op:
        case "col":
            return pl.col(*expr.plain)
        case "lit":
            value, to = expr.plain
            return pl.lit(value, _TYPES[to]) if to else pl.lit(value)
        case "case":
            return _case(of)
        case "by_code":
            return _by_code(of[0], dict(zip(expr.plain[0], of[1:], strict=True)))
        case "is_in":
            return of[0].is_in(list(expr.plain[0]))
        case "cast":
            return _cast(expr.of[0], of[0], expr.plain[0])
        case "round":
            return of[0].round(expr.plain[0], mode="half_away_from_zero")
        case "looked_up":
            table, otherwise, to = expr.plain
            found = of[0].replace_strict(table, default=otherwise, return_dtype=_TYPES[to])
            return pl.when(of[0].is_not_null()).then(found)
        case "coded":
            return _coded(of[0], expr.plain[0])
        case "part":
            return getattr(of[0].dt, expr.plain[0])()  # type: ignore[no-any-return]
    return _POLARS[expr.op](*of)


def _cast(expr: Expr, of: pl.Expr, to: Type) -> pl.Expr:
    """A constant is cast here and now, or every row would be."""
    if expr.op == "lit" and to == "float":
        return pl.lit(expr.plain[0], pl.Float64)
    return of.cast(_TYPES[to])


def _several(work: Callable[..., pl.Expr]) -> Callable[..., pl.Expr]:
    """What one part alone is already; Polars would copy it."""
    return lambda *of: of[0] if len(of) == 1 else work(*of)


def _coded(of: pl.Expr, table: tuple[int, ...]) -> pl.Expr:
    """A chain of tests, cheaper than a join for a handful of values."""
    chain = pl.lit(table[-1], pl.Int8)
    for place in reversed(range(len(table) - 1)):
        chain = pl.when(of == place).then(pl.lit(table[place], pl.Int8)).otherwise(chain)
    return chain


def _by_code(code: pl.Expr, cases: dict[int, pl.Expr]) -> pl.Expr:
    chain = pl.lit(None, pl.String)
    for value, then in cases.items():
        chain = pl.when(code == value).then(then).otherwise(chain)
    return chain


def _case(of: list[pl.Expr]) -> pl.Expr:
    chain: Any = pl
    for holds, value in zip(of[:-1:2], of[1:-1:2], strict=True):
        chain = chain.when(holds).then(value)
    return chain.otherwise(of[-1])  # type: ignore[no-any-return]


_POLARS: dict[str, Callable[..., pl.Expr]] = {
    **{name: getattr(operator, name) for name in OPERATORS},
    "div": operator.truediv,
    "not": operator.invert,
    "all": _several(pl.all_horizontal),
    "any": _several(pl.any_horizontal),
    "least": _several(pl.min_horizontal),
    "greatest": _several(pl.max_horizontal),
    "total": pl.sum_horizontal,
    "concat": lambda *of: pl.concat_str(of),
    "listed": lambda *of: pl.concat_str(of, separator=",", ignore_nulls=True),
    "is_null": pl.Expr.is_null,
    "is_not_null": pl.Expr.is_not_null,
    "is_finite": pl.Expr.is_finite,
    "fill_null": pl.Expr.fill_null,
    "clip": pl.Expr.clip,
    "length": lambda of: of.list.len(),
}
