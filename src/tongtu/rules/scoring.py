"""Points as intervals: what is known gives a point, what is missing gives everything it could still be."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tongtu.rules.compiling import Compiler
from tongtu.rules.model import Bands, BestOf, Bonus, Item, Linear, Ordinal, Part, Score


@dataclass(frozen=True, slots=True)
class Points:
    """Lowest and highest points possible, and whether a missing fact (not a mark) keeps them apart."""

    low: pl.Expr
    high: pl.Expr
    lacks: pl.Expr

    def columns(self, name: str) -> list[pl.Expr]:
        sides = {"low": self.low, "high": self.high, "lacks": self.lacks}
        return [side.alias(f"{name}.{end}") for end, side in sides.items()]


def stored(name: str) -> Points:
    """Points already computed into columns."""
    return Points(pl.col(f"{name}.low"), pl.col(f"{name}.high"), pl.col(f"{name}.lacks"))


def score_columns(score: Score, compiler: Compiler) -> list[list[pl.Expr]]:
    """Columns `score.S.PATH`, `score.S.PART` and `score.S`, each `.low`, `.high`, `.lacks`; in stages."""
    name = f"score.{score.score}"
    items = [
        column for part in score.parts for item in part.items
        for column in points(item, compiler).columns(f"{name}.{item.path}")
    ]  # fmt: skip
    parts = [column for part in score.parts for column in _part(name, part).columns(f"{name}.{part.part}")]
    total = _summed([stored(f"{name}.{part.part}") for part in score.parts])
    return [items, parts, total.columns(name)]


def _part(name: str, part: Part) -> Points:
    found = _summed([stored(f"{name}.{item.path}") for item in part.items])
    cap = pl.lit(float(part.points))
    return Points(pl.min_horizontal(found.low, cap), pl.min_horizontal(found.high, cap), found.lacks)


def _summed(parts: list[Points]) -> Points:
    return Points(
        pl.sum_horizontal([p.low for p in parts]),
        pl.sum_horizontal([p.high for p in parts]),
        pl.any_horizontal([p.lacks for p in parts]),
    )


def points(item: Item, compiler: Compiler) -> Points:
    match item.scale:
        case Bands() as bands:
            return _known(_banded(bands, compiler), *_ends([p for _, p in bands.cuts] + [bands.otherwise]))
        case Linear() as linear:
            share = (compiler.amount(linear.of) - linear.zero) / (linear.full - linear.zero)
            return _known(share.clip(0, 1) * item.points, 0, item.points)
        case Bonus(node):
            return _known(compiler.truth(node).cast(pl.Float64) * item.points, *_ends([0, item.points]))
        case Ordinal():
            low, high = pl.col(f"mark.{item.path}.low"), pl.col(f"mark.{item.path}.high")
            limit = pl.lit(float(item.points))
            low, high = (side.clip(0, limit) for side in (low.fill_null(0), high.fill_null(limit)))
            return Points(low, high, pl.lit(False))
        case BestOf(items):
            found = [points(alternative, compiler) for alternative in items]
            cap = pl.lit(float(item.points))
            low, high = (pl.min_horizontal(pl.max_horizontal(side), cap) for side in _sides(found))
            return Points(low, high, pl.any_horizontal([p.lacks for p in found]) & (low < high))
    raise TypeError(type(item.scale).__name__)


def _sides(found: list[Points]) -> tuple[list[pl.Expr], list[pl.Expr]]:
    return [p.low for p in found], [p.high for p in found]


def _ends(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def _known(value: pl.Expr, low: float, high: float) -> Points:
    return Points(value.fill_null(float(low)), value.fill_null(float(high)), value.is_null())


def _banded(bands: Bands, compiler: Compiler) -> pl.Expr:
    value = compiler.amount(bands.of)
    found = pl.lit(float(bands.otherwise))
    for cut, given in reversed(bands.cuts):
        found = pl.when(_inside(value, cut, bands)).then(pl.lit(float(given))).otherwise(found)
    return pl.when(value.is_not_null()).then(found)


def _inside(value: pl.Expr, cut: float, bands: Bands) -> pl.Expr:
    if bands.falling:
        return value <= cut if bands.higher_band else value < cut
    return value >= cut if bands.higher_band else value > cut
