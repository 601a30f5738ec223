"""What a figure is counted in, and which figures may be added, divided or compared.

A unit is a word: `money` (of the rule's currency), `ratio`, `flag`, `text`, `date`, or something counted
(`persons`, `items`, `years`, `points` ...). The registry says what is money, a ratio or a date; `units.csv`
says what its plain numbers count; everything else is a bare `number`, which mixes with no other unit.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from tongtu.registry import Column

MONEY, RATIO, NUMBER, FLAG, TEXT, DATE = "money", "ratio", "number", "flag", "text", "date"
#: Units that are no amounts: they can be compared, never added or divided.
PLAIN = frozenset({FLAG, TEXT, DATE})
_OF_KIND = {
    "money": MONEY,
    "ratio": RATIO,
    "bool": FLAG,
    "date": DATE,
    "int": NUMBER,
    "float": NUMBER,
    "year": NUMBER,
}


@cache
def counted() -> dict[tuple[str, str], str]:
    """(noun, column) → what its numbers count."""
    file = resources.files(__package__) / "units.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {(row["noun"], row["column"]): row["unit"] for row in rows}


@cache
def names() -> frozenset[str]:
    """Every unit a measure may carry."""
    return frozenset({MONEY, RATIO, NUMBER, *counted().values()})


def of_column(column: Column) -> str:
    return counted().get((column.noun, column.name)) or _OF_KIND.get(column.kind, TEXT)


def added(left: str, right: str) -> str | None:
    """Unit of a sum or difference; None where the two do not mix."""
    return left if left == right and left not in PLAIN else None


def multiplied(left: str, right: str) -> str | None:
    """Unit of a product: one side must be a ratio or a bare number."""
    for unit, factor in ((left, right), (right, left)):
        if factor in (RATIO, NUMBER) and unit not in PLAIN:
            return unit
    return None


def divided(left: str, right: str) -> str | None:
    """Unit of a quotient: like by like is a ratio; anything by a count keeps its own unit."""
    if left in PLAIN or right in PLAIN:
        return None
    if left == right:
        return RATIO
    return None if right == MONEY else left


def comparable(left: str, right: str) -> bool:
    return left == right or {left, right} == {RATIO, NUMBER}
