"""Reasons for a whole column at once: the JSON of a `Why` with holes, filled by expressions.

A hole stands where a row's own figure or list goes; the rest of the text is the same for every row and is
made by `Why.to_json` itself, so that what comes out is what `Why.from_json` reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tongtu.rules import columns, units
from tongtu.rules.columns import Expr, lit, when
from tongtu.terms.money import exponent
from tongtu.terms.why import Label, Why

# Two characters of the private use area, which no policy document contains.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HOLE = re.compile(f'"{_OPEN}([^{_CLOSE}]+){_CLOSE}"')


def hole(name: str) -> str:
    """A place in a reason's arguments to be filled for each row."""
    return f"{_OPEN}{name}{_CLOSE}"


def filled(why: Why, holes: Mapping[str, Expr]) -> Expr:
    """The stored form of a reason, each hole replaced by an expression that gives JSON text."""
    pieces = _HOLE.split(why.to_json())
    parts = [holes[piece] if i % 2 else lit(piece) for i, piece in enumerate(pieces)]
    return columns.concat(parts)


def quantity(value: Expr, unit: str, currency: str) -> Expr:
    """JSON of a figure as people read it: money (given in major units), a ratio, or so many of something."""
    if unit == units.MONEY:
        minor = (value * 10 ** exponent(currency)).round(0).cast("int64")
        return columns.concat([lit('{"$money":['), minor, lit(f',"{currency}"]}}')])
    if unit == units.RATIO:
        return columns.concat([lit('{"$ratio":'), value, lit("}")])
    return filled(Why(f"rules.in-{unit}", {"n": hole("n")}), {"n": value.cast("text")})


def chosen(parts: Sequence[tuple[Expr, Why | Label]]) -> Expr:
    """A JSON list of those entries whose condition holds."""
    texts = [when(holds).then(lit(stored(entry))) for holds, entry in parts]
    if not texts:
        return lit("[]")
    return columns.concat([lit("["), columns.listed(texts), lit("]")])


def stored(entry: Why | Label) -> str:
    """JSON of an argument: a reason, or a name."""
    text = Why("x", {"x": entry}).to_json()
    return text.removeprefix('{"$why":"x","args":{"x":').removesuffix("}}")
