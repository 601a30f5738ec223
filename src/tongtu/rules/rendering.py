"""Reasons for a whole column at once: the JSON of a `Why` with holes, filled by expressions.

A hole stands where a row's own figure or list goes; the rest of the text is the same for every row and is
made by `Why.to_json` itself, so that what comes out is what `Why.from_json` reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from tongtu.rules import units
from tongtu.terms.money import exponent
from tongtu.terms.why import Label, Why

# Two characters of the private use area, which no policy document contains.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HOLE = re.compile(f'"{_OPEN}([^{_CLOSE}]+){_CLOSE}"')


def hole(name: str) -> str:
    """A place in a reason's arguments to be filled for each row."""
    return f"{_OPEN}{name}{_CLOSE}"


def filled(why: Why, holes: Mapping[str, pl.Expr]) -> pl.Expr:
    """The stored form of a reason, each hole replaced by an expression that gives JSON text."""
    pieces = _HOLE.split(why.to_json())
    parts = [holes[piece] if i % 2 else pl.lit(piece) for i, piece in enumerate(pieces)]
    return pl.concat_str(parts)


def quantity(value: pl.Expr, unit: str, currency: str) -> pl.Expr:
    """JSON of a figure as people read it: money (given in major units), a ratio, or so many of something."""
    if unit == units.MONEY:
        minor = (value * 10 ** exponent(currency)).round(0).cast(pl.Int64)
        return pl.concat_str([pl.lit('{"$money":['), minor, pl.lit(f',"{currency}"]}}')])
    if unit == units.RATIO:
        return pl.concat_str([pl.lit('{"$ratio":'), value, pl.lit("}")])
    return filled(Why(f"rules.in-{unit}", {"n": hole("n")}), {"n": value.cast(pl.String)})


def chosen(parts: Sequence[tuple[pl.Expr, Why | Label]]) -> pl.Expr:
    """A JSON list of those entries whose condition holds."""
    texts = [pl.when(holds).then(pl.lit(stored(entry))) for holds, entry in parts]
    if not texts:
        return pl.lit("[]")
    return pl.concat_str([pl.lit("["), pl.concat_str(texts, separator=",", ignore_nulls=True), pl.lit("]")])


def stored(entry: Why | Label) -> str:
    """JSON of an argument: a reason, or a name."""
    text = Why("x", {"x": entry}).to_json()
    return text.removeprefix('{"$why":"x","args":{"x":').removesuffix("}}")
