"""Points as intervals: what is known gives a point, what is missing gives everything it could still be.

Where the rule itself leaves a range to a person, the range stands until a reviewer's mark narrows it; a mark outside
the range counts as its nearer end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tongtu.rules import columns
from tongtu.rules.columns import Expr, col, lit, when
from tongtu.rules.compiling import Compiler
from tongtu.rules.rubric import Bands, BestOf, Bonus, Cut, Item, Linear, Ordinal, Part, Score


@dataclass(frozen=True, slots=True)
class Points:
    """Lowest and highest points possible, and whether a missing fact (not a mark) keeps them apart."""

    low: Expr
    high: Expr
    lacks: Expr

    def columns(self, name: str) -> dict[str, Expr]:
        return {f"{name}.low": self.low, f"{name}.high": self.high, f"{name}.lacks": self.lacks}


def stored(name: str) -> Points:
    """Points already computed into columns."""
    return Points(col(f"{name}.low"), col(f"{name}.high"), col(f"{name}.lacks"))


def score_columns(score: Score, compiler: Compiler) -> list[dict[str, Expr]]:
    """Columns `score.S.PATH`, `score.S.PART` and `score.S`, each `.low`, `.high`, `.lacks`; in stages."""
    name = f"score.{score.score}"
    items: dict[str, Expr] = {}
    parts: dict[str, Expr] = {}
    for part in score.parts:
        for item in part.items:
            items |= points(item, compiler).columns(f"{name}.{item.path}")
        parts |= _part(name, part).columns(f"{name}.{part.part}")
    total = _summed([stored(f"{name}.{part.part}") for part in score.parts])
    return [items, parts, total.columns(name)]


def _part(name: str, part: Part) -> Points:
    found = _summed([stored(f"{name}.{item.path}") for item in part.items])
    cap = lit(float(part.points))
    return Points(columns.least([found.low, cap]), columns.least([found.high, cap]), found.lacks)


def _summed(parts: list[Points]) -> Points:
    """Rounded to 11 places, so that 30 points of one part and 30 of another reach 60, not 59.999…"""
    return Points(
        columns.total([p.low for p in parts]).round(11),
        columns.total([p.high for p in parts]).round(11),
        columns.some([p.lacks for p in parts]),
    )


def points(item: Item, compiler: Compiler) -> Points:
    if isinstance(item.scale, BestOf):
        return _best(item, item.scale, compiler)
    low, high = _given(item.scale, compiler)
    missing, ends = low.is_null(), item.scale.ends
    low, high = low.fill_null(ends[0]), high.fill_null(ends[1])
    if not item.scale.open:
        return Points(low, high, missing)
    low, high = (_marked(item.path, side, low, high) for side in ("low", "high"))
    lacks = lit(False) if isinstance(item.scale, Ordinal) else missing & (low < high)
    return Points(low, high, lacks)


def _best(item: Item, best: BestOf, compiler: Compiler) -> Points:
    found, cap = [points(alternative, compiler) for alternative in best.items], lit(float(item.points))
    low = columns.least([columns.greatest([p.low for p in found]), cap])
    high = columns.least([columns.greatest([p.high for p in found]), cap])
    return Points(low, high, columns.some([p.lacks for p in found]) & (low < high))


def _marked(path: str, side: str, low: Expr, high: Expr) -> Expr:
    """A reviewer's mark within what the rule allows; where there is none, all the rule allows."""
    return col(f"mark.{path}.{side}").clip(low, high).fill_null(low if side == "low" else high)


def _given(scale: Bands | Linear | Ordinal | Bonus, compiler: Compiler) -> tuple[Expr, Expr]:
    """Fewest and most points the facts bring, null where they cannot tell."""
    match scale:
        case Bands():
            value = compiler.amount(scale.of)
            return _both(scale.open, lambda end: _banded(scale, value, end))
        case Linear():
            share = ((compiler.amount(scale.of) - scale.zero) / (scale.full - scale.zero)).clip(0, 1)
            return _both(scale.open, lambda end: share * (scale.points[end] - scale.start[end]) + scale.start[end])
        case Bonus():
            holds = compiler.truth(scale.node).cast("float")
            return _both(scale.open, lambda end: holds * scale.points[end])
        case Ordinal():
            return _both(False, lambda end: lit(None, "float"))


def _both(differ: bool, given: Callable[[int], Expr]) -> tuple[Expr, Expr]:
    """The low and the high end; one and the same expression where they cannot differ."""
    low = given(0)
    return low, given(1) if differ else low


def _banded(bands: Bands, value: Expr, end: int) -> Expr:
    found = lit(bands.otherwise[end])
    for cut in reversed(bands.cuts):
        found = when(_inside(value, cut, bands.falling)).then(lit(cut.points[end])).otherwise(found)
    return when(value.is_not_null()).then(found)


def _inside(value: Expr, cut: Cut, falling: bool) -> Expr:
    if falling:
        return value < cut.at if cut.strict else value <= cut.at
    return value > cut.at if cut.strict else value >= cut.at
