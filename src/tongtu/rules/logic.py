"""Five-valued verdicts and how they combine.

    0 unmet < 1 unknown < 2 manual < 3 met,   4 not applicable

A group holds by counting its parts that apply: k of n must be met (`all`: k = n, `any`: k = 1). It is met
when k are; unmet when k cannot be reached any more; otherwise unknown where a fact is missing, and manual
where only a person's judgement is. A part that does not apply leaves the count, so a group of such parts
does not apply either. With met/unmet/unknown alone this is Kleene's strong logic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

Verdict = Literal["unmet", "unknown", "manual", "met", "not_applicable"]
VERDICTS: tuple[Verdict, ...] = ("unmet", "unknown", "manual", "met", "not_applicable")
UNMET, UNKNOWN, MANUAL, MET, NOT_APPLICABLE = range(5)


def code(truth: pl.Expr) -> pl.Expr:
    """A nullable boolean as met, unmet or unknown."""
    return (truth.cast(pl.Int8) * pl.lit(MET, pl.Int8)).fill_null(pl.lit(UNKNOWN, pl.Int8))


def constant(value: int) -> pl.Expr:
    return pl.lit(value, pl.Int8)


def word(codes: pl.Expr) -> pl.Expr:
    """Codes as the words a table shows."""
    return codes.replace_strict(list(range(len(VERDICTS))), list(VERDICTS), return_dtype=pl.String)


def every(parts: Sequence[pl.Expr]) -> pl.Expr:
    """The order of the codes is made so that `all` is their minimum."""
    return pl.min_horizontal(parts)


def some(parts: Sequence[pl.Expr]) -> pl.Expr:
    """`any`: the maximum, once manual and unknown have changed places and not-applicable counts least."""
    best = pl.max_horizontal([_mapped(p, (0, 2, 1, 3, -1)) for p in parts])
    return _mapped(best + 1, (NOT_APPLICABLE, UNMET, MANUAL, UNKNOWN, MET))


def at_least(k: int, parts: Sequence[pl.Expr]) -> pl.Expr:
    met, unknown, manual, out = (_count(parts, value) for value in (MET, UNKNOWN, MANUAL, NOT_APPLICABLE))
    return (
        pl.when(out == len(parts)).then(constant(NOT_APPLICABLE))
        .when(met >= k).then(constant(MET))
        .when(met + unknown + manual < k).then(constant(UNMET))
        .when(unknown > 0).then(constant(UNKNOWN))
        .otherwise(constant(MANUAL))
    )  # fmt: skip


def negated(part: pl.Expr) -> pl.Expr:
    return _mapped(part, (MET, UNKNOWN, MANUAL, UNMET, NOT_APPLICABLE))


def _count(parts: Sequence[pl.Expr], value: int) -> pl.Expr:
    return pl.sum_horizontal([(p == value).cast(pl.Int16) for p in parts])


def _mapped(codes: pl.Expr, table: tuple[int, ...]) -> pl.Expr:
    """Each code replaced by the entry at its place; a chain of tests, cheaper than a join for five values."""
    chain: pl.Expr = constant(table[-1])
    for place in reversed(range(len(table) - 1)):
        chain = pl.when(codes == place).then(constant(table[place])).otherwise(chain)
    return chain
