"""What a compiled rule is made of: a few operations on columns, as data, with two ways to run them.

A rule is compiled once into trees of `Expr`. `polars` turns a tree into a Polars expression, which answers for
a whole population at once; `python` turns the same tree into a function of one row held as a dict, which
answers for one subject in microseconds. Both keep the same law of nulls: a null is unknown, arithmetic and
comparisons carry it on, and AND, OR, NOT follow Kleene.
"""

from tongtu.rules.columns.expr import (
    Expr,
    Type,
    by_code,
    col,
    concat,
    every,
    greatest,
    least,
    listed,
    lit,
    native,
    some,
    total,
    when,
)
from tongtu.rules.columns.population import polars
from tongtu.rules.columns.row import Row, python

__all__ = [
    "Expr",
    "Row",
    "Type",
    "by_code",
    "col",
    "concat",
    "every",
    "greatest",
    "least",
    "listed",
    "lit",
    "native",
    "polars",
    "python",
    "some",
    "total",
    "when",
]
