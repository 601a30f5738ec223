"""One subject out of a nation: the rows that speak of it, without changing what absence means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from tongtu.registry import Column, Registry, noun
from tongtu.rules.model import RuleBook


def links(child: str, subject: str) -> tuple[Column, ...]:
    """Columns of one noun that refer to another."""
    return tuple(c for c in noun(child).columns if c.kind in ("ref", "refs") and c.of == subject)


def owner(child: str, subject: str) -> str | None:
    """The column that says whose row it is; a table may have none."""
    if child == subject:
        return noun(child).key[0]
    return next((c.name for c in links(child, subject) if not c.many), None)


def about(registry: Registry, nouns: Iterable[str], subject: str) -> Registry:
    """The registry with only the rows about one subject, in tables that refer to one of these nouns.

    A table keeps one row of others: that anything is recorded at all tells "none" from "not known".
    """
    wanted = list(nouns)
    tables: dict[str, pl.DataFrame] = {}
    for name in registry:
        frame = registry[name]
        mine = _mine(name, wanted, subject)
        if mine is not None:
            others = frame.head(0) if name in wanted else frame.lazy().filter(~mine).head(1).collect()
            frame = pl.concat([frame.filter(mine), others])
        tables[name] = frame
    return Registry(_with_referred(registry, tables, wanted))


def noun_of(book: RuleBook, registry: Registry, subject: str) -> str | None:
    """The noun, of those the book judges, in which a subject stands."""
    nouns = dict.fromkeys(book[name].subject for name in book)
    return next((n for n in nouns if subject in registry[n][noun(n).key[0]]), None)


def _mine(name: str, wanted: list[str], subject: str) -> pl.Expr | None:
    """Which rows are about the subject; None for a table that does not refer to it."""
    if name in wanted:
        return pl.col(noun(name).key[0]) == subject
    tests = [
        pl.col(c.name).list.contains(subject) if c.many else pl.col(c.name) == subject
        for target in wanted for c in links(name, target)
    ]  # fmt: skip
    return pl.any_horizontal(tests).fill_null(False) if tests else None


def _with_referred(
    registry: Registry, tables: Mapping[str, pl.DataFrame], wanted: list[str]
) -> dict[str, pl.DataFrame]:
    """Rows of the subject's own noun that it refers to (its group, its parent) stay beside it."""
    found = dict(tables)
    for name in (n for n in wanted if n in found):
        own, key = found[name], noun(name).key[0]
        named = [value for c in links(name, name) if not c.many for value in own[c.name].drop_nulls()]
        others = registry[name].filter(pl.col(key).is_in(named) & ~pl.col(key).is_in(own[key].implode()))
        found[name] = pl.concat([own, others])
    return found
