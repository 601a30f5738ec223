"""Conditions over a case's own row, in the language of rules: `demander IS NOT NULL AND need.urgency = 'high'`.

A condition is a scheme of one check, so that reading, units, Kleene logic and reasons are those of the rules room. It
may name every column of the noun `cases` and, through a reference, one of the row behind it (`holder.kind`). Amounts of
money are not written here: a case's row holds none.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from tongtu.registry import Registry
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from polars import DataFrame

    from tongtu.rules.expressions import Truth
    from tongtu.rules.model import Scheme
    from tongtu.rules.parsing import Problem

_SUBJECT = "cases"


@lru_cache(maxsize=256)
def parsed(expression: str) -> tuple[Truth | None, tuple[Problem, ...]]:
    """A condition as the rules room's tree, or None with everything that is wrong with it."""
    from tongtu.rules import parsing
    from tongtu.rules.reading.measures import Names
    from tongtu.rules.reading.page import Page

    names = Names(Page(""), subject=_SUBJECT, yearly="", currency="", codes={})
    node, problems = parsing.truth(expression, names.scope())
    return node, tuple(problems)


def judged(
    expression: str, label: Label, cases: DataFrame, registry: Registry, as_of: date
) -> dict[str, tuple[str, Why]]:
    """Verdict (met, unmet, unknown) and reason of each case; `cases` may hold any columns of the noun.

    A case's row is what `cases` says where it says something, otherwise what the registry has of the case.
    """
    from tongtu.rules import RuleBook, judge

    law = _scheme(expression, label)
    facts = registry.replace(cases=rows(cases, registry))
    criteria = judge(RuleBook({law.scheme: law}), law.scheme, facts, as_of).criteria
    found = criteria.select("case", "verdict", "why").iter_rows()
    return {case: (verdict, Why.from_json(why)) for case, verdict, why in found}


def rows(cases: DataFrame, registry: Registry) -> DataFrame:
    """The cases as rows of the noun: columns that are given come before those on record."""
    import polars as pl

    recorded = registry[_SUBJECT]
    given = [name for name in cases.columns if name in recorded.columns]
    joined = cases.select(given).join(recorded, on="case", how="left", suffix="_recorded")
    return joined.select(
        pl.coalesce(name, f"{name}_recorded").cast(kind).alias(name)
        if name in given and name != "case"
        else pl.col(name)
        for name, kind in recorded.schema.items()
    )


@lru_cache(maxsize=256)
def _scheme(expression: str, label: Label) -> Scheme:
    from tongtu.rules.model import Check, Citation, Criterion, Group, Scheme, Span, Tier, Version

    node, _ = parsed(expression)
    if node is None:
        raise ValueError(f"not a condition: {expression}")  # refused when the pathway was read
    cite = Citation("", "", (), "ours")
    check = Criterion("holds", label, cite, Check(node))
    root = Criterion("", label, cite, Group((check,)))
    version = Version("1", "", (Span(date.min, None, ("new",)),), cite, (Tier("holds", label, root),))
    return Scheme("condition", label, _SUBJECT, "", "", {}, (version,))
