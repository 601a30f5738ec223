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

from tongtu.rules import columns
from tongtu.rules.columns import Expr, lit, when

Verdict = Literal["unmet", "unknown", "manual", "met", "not_applicable"]
VERDICTS: tuple[Verdict, ...] = ("unmet", "unknown", "manual", "met", "not_applicable")
UNMET, UNKNOWN, MANUAL, MET, NOT_APPLICABLE = range(5)


def code(truth: Expr) -> Expr:
    """A nullable boolean as met, unmet or unknown."""
    found = when(truth.is_null()).then(constant(UNKNOWN))
    return found.when(truth).then(constant(MET)).otherwise(constant(UNMET))


def constant(value: int) -> Expr:
    return lit(value, "int8")


def word(codes: Expr) -> Expr:
    """Codes as the words a table shows."""
    return codes.looked_up(dict(enumerate(VERDICTS)), None, "text")


def every(parts: Sequence[Expr]) -> Expr:
    """The order of the codes is made so that `all` is their minimum."""
    return columns.least(parts)


def some(parts: Sequence[Expr]) -> Expr:
    """`any`: the maximum, once manual and unknown have changed places and not-applicable counts least."""
    best = columns.greatest([p.coded((0, 2, 1, 3, -1)) for p in parts])
    return (best + 1).coded((NOT_APPLICABLE, UNMET, MANUAL, UNKNOWN, MET))


def at_least(k: int, parts: Sequence[Expr]) -> Expr:
    met, unknown, manual, out = (_count(parts, value) for value in (MET, UNKNOWN, MANUAL, NOT_APPLICABLE))
    return (
        when(out == len(parts)).then(constant(NOT_APPLICABLE))
        .when(met >= k).then(constant(MET))
        .when(met + unknown + manual < k).then(constant(UNMET))
        .when(unknown > 0).then(constant(UNKNOWN))
        .otherwise(constant(MANUAL))
    )  # fmt: skip


def negated(part: Expr) -> Expr:
    return part.coded((MET, UNKNOWN, MANUAL, UNMET, NOT_APPLICABLE))


def _count(parts: Sequence[Expr], value: int) -> Expr:
    return columns.total([(p == value).cast("int16") for p in parts])
