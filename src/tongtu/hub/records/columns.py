"""How a noun's columns are named in the database."""

from __future__ import annotations

import keyword

from tongtu.registry.columns import Column, Noun

#: the lifecycle of a record is the hub's own field, so a noun's column of that vocabulary is not stored twice
LIFECYCLE = "listing_state"


def is_lifecycle(column: Column) -> bool:
    return column.kind == "code" and column.of == LIFECYCLE


def field_name(column: Column) -> str:
    """The name of a column as a Python attribute: `yield` is a word of the language, so it becomes `yield_value`."""
    return f"{column.name}_value" if keyword.iskeyword(column.name) else column.name


def stored(noun: Noun) -> list[Column]:
    """The columns that the database keeps: all but the listing's state, which is the record's lifecycle."""
    return [c for c in noun.columns if not is_lifecycle(c)]
