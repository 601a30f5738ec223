"""A condition of the rule book written back as a rule file has it; it reads to the same tree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tongtu.rules import units
from tongtu.rules.expressions import (
    Among,
    Arithmetic,
    Between,
    Both,
    Comparison,
    Either,
    Flag,
    Literal,
    Missing,
    Name,
    Negative,
    Node,
    Not,
    walk,
)
from tongtu.terms.money import Money


def rests_on_measures(node: Node) -> bool:
    """Whether it names a measure, which another file would have to define."""
    return any(isinstance(part, Name) and part.field.measure is not None for part in walk(node))


def spelled(node: Node) -> str:
    """The text of a node, every part in brackets that could be read another way."""
    match node:
        case Name(field):
            return field.name
        case Literal():
            return _literal(node)
        case Negative(of):
            return f"-{spelled(of)}"
        case Arithmetic() | Comparison():
            said = f"{spelled(node.left)} {node.op} {spelled(node.right)}"
            return f"({said})" if isinstance(node, Arithmetic) else said
        case Between(of, low, high):
            return f"{spelled(of)} BETWEEN {spelled(low)} AND {spelled(high)}"
        case Among(of, values):
            return f"{spelled(of)} IN ({', '.join(_literal(value) for value in values)})"
        case Missing(of):
            return f"{spelled(of)} IS NULL"
        case Flag(of):
            return spelled(of)
        case Not(of):
            return f"NOT ({spelled(of)})"
        case Both(parts) | Either(parts):
            return (" AND " if isinstance(node, Both) else " OR ").join(f"({spelled(part)})" for part in parts)


def _literal(found: Literal) -> str:
    match found.value:
        case str() as code:
            return "'" + code.replace("'", "''") + "'"
        case date() as day:
            return f"DATE '{day.isoformat()}'"
        case bool() as flag:
            return "TRUE" if flag else "FALSE"
        case number if found.unit == units.MONEY:
            amount = Money(int(number), found.currency)
            return f"{plainly(Decimal(amount.minor).scaleb(-2))} {amount.currency}"
        case number:
            share = Decimal(repr(number)) * 100 if found.unit == units.RATIO else Decimal(repr(number))
            return plainly(share) + ("%" if found.unit == units.RATIO else "")


def plainly(value: Decimal) -> str:
    """A number without exponent or needless zeros."""
    return f"{value.normalize():f}"
