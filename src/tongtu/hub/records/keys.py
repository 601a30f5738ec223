"""Whose a row is, what its key means in the hub, and which column points where.

`tenancy.csv` names for each noun the column that says whose its rows are: a column that names an organisation says it
outright; one that names another record says that the row belongs to whoever that record belongs to (an indicator to
the owner of its need). Rows of nouns that are not listed belong to whoever brings them.

A record is known by its uid. The key that its owner gave it (`own_number`) is a value like any other, unique within
the owner. Keys of directions and regions are codes of closed lists and stay codes everywhere.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from tongtu.registry.columns import Column, Noun, noun, nouns
from tongtu.registry.validate import SUBJECTS

#: nouns whose keys are codes, under which columns of kind `code` name them
CODED = frozenset({"directions", "regions"})
#: the noun whose rows are the tenants themselves
TENANTS = "organisations"


@cache
def tenancy() -> Mapping[str, str]:
    """Noun -> the column that says whose its rows are."""
    with (resources.files(__package__) / "tenancy.csv").open(encoding="utf-8") as stream:
        return {row["noun"]: row["column"] for row in csv.DictReader(stream)}


def named_by(name: str) -> Column | None:
    """The column of a noun that names the organisation its rows belong to."""
    column = _tenancy_column(name)
    return column if column is not None and (column.of == TENANTS or name == TENANTS) else None


def follows(name: str) -> Column | None:
    """The column of a noun that names the record whose owner its rows belong to; without it they are nothing."""
    column = _tenancy_column(name)
    return column if column is not None and named_by(name) is None else None


@cache
def anchors(name: str) -> tuple[Column, ...]:
    """The columns whose targets a row cannot do without: what it belongs to, and what its key is made of."""
    found = noun(name)
    keys = () if own_number(found) else tuple(found.column(k) for k in found.key if found.column(k).required)
    parent = follows(name)
    anchored = dict.fromkeys([*([parent] if parent else []), *(c for c in keys if any(pointers(c)))])
    return tuple(anchored)


def own_number(found: Noun) -> Column | None:
    """The key that the owner gives; None where the key consists of what the row is about (a firm and a year)."""
    column = found.column(found.key[0])
    return column if len(found.key) == 1 and column.kind == "id" and found.name not in CODED else None


def pointers(column: Column) -> Iterator[tuple[str, str]]:
    """The nouns that a column points to, each with the kind of subject for which it does (empty: always)."""
    if column.kind in ("ref", "refs"):
        if column.of not in CODED:
            yield column.of, ""
    elif column.kind == "subject":
        for kind, target in SUBJECTS.items():
            yield target, kind


def kind_of(column: Column) -> str:
    """The column that tells of which kind a subject is."""
    return f"{column.name}_kind"


@cache
def pointing_at(target: str) -> tuple[tuple[Column, str], ...]:
    """Every column of every noun that may name a record of `target`, with its kind of subject."""
    columns = (c for found in nouns().values() for c in found.columns)
    return tuple((c, kind) for c in columns for to, kind in pointers(c) if to == target)


def _tenancy_column(name: str) -> Column | None:
    column = tenancy().get(name)
    return noun(name).column(column) if column else None
