"""Values demanded held against values claimed, many at a time: met, nearly, unmet, or left open (see `indicators`).

A value is an interval in SI with the operator that made it; NaN where its owner stated none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: of several claims the first of these counts
RANKED = ("met", "nearly", "unmet", "open")
COLUMNS = ["operator", "lo", "hi", "dimension"]
_EQUAL = 1e-9
_NEAR = 0.1  # a claim that misses the bound by a tenth of it is nearly there (ours)
# Equal steps of these are not equal amounts, so a tenth of a bound says nothing: levels and temperatures.
_NO_RATIO = re.compile(r"=(dB\w*|pH|Np)|\[temperature\]")


@dataclass(frozen=True, slots=True)
class Values:
    """Operators, ends and dimensions, a place each."""

    operator: NDArray[np.object_]
    lo: Floats
    hi: Floats
    dimension: NDArray[np.object_]

    @staticmethod
    def of(frame: pl.DataFrame) -> Values:
        """Those of some indicators."""
        return Values(*(frame[column].to_numpy() for column in COLUMNS))

    @staticmethod
    def single(row: Mapping[str, Any]) -> Values:
        kinds = (object, float, float, object)
        return Values(*(np.array([row[column]], kind) for column, kind in zip(COLUMNS, kinds, strict=True)))

    @property
    def valued(self) -> Bools:
        return ~(np.isnan(self.lo) | np.isnan(self.hi))

    @property
    def has_ratio(self) -> Bools:
        told = {dimension: not _NO_RATIO.fullmatch(dimension) for dimension in set(self.dimension)}
        return np.array([told[dimension] for dimension in self.dimension], bool)


def places(demand: Values, claim: Values, answers: Bools) -> Ints:
    """Place in `RANKED` of each claim; `answers`: whether its conditions are those of the demand."""
    lo, hi, least, most = demand.lo, demand.hi, claim.lo, claim.hi
    finite = np.isfinite(lo) & np.isfinite(hi) & np.isfinite(least) & np.isfinite(most)
    with np.errstate(invalid="ignore"):
        met = _at_most(lo, least) & _at_most(most, hi)
        met |= finite & _at_most(least, lo) & _at_most(hi, most)
        apart = ~_at_most(least, hi) | ~_at_most(lo, most)
    bounded = (demand.operator == "le") | (demand.operator == "ge")
    apart |= bounded & (demand.operator == claim.operator)
    comparable = (demand.dimension == claim.dimension) & answers & demand.valued & claim.valued
    near = _at_most(misses(demand, claim), np.full(lo.shape, _NEAR))
    chosen = [demand.operator == "has", ~comparable, met, ~apart, near]
    ranks = [RANKED.index(word) for word in ("met", "open", "met", "open", "nearly")]
    return np.select(chosen, ranks, RANKED.index("unmet"))


def misses(demand: Values, claim: Values) -> Floats:
    """By what share of its bound each claim misses its demand; infinite where no share can be told.

    The value that counts is the nearest the claim allows, or its own bound where it states one of the demand's
    direction. A share above a half is measured by what is missing to the whole (99.9 % against 99.99 % is ten
    times the impurity, no near miss). Levels (dB, pH), temperatures and "about" have no such share.
    """
    same_way = demand.operator == claim.operator
    with np.errstate(invalid="ignore", divide="ignore"):
        below = demand.lo - np.where(same_way & (demand.operator == "ge"), claim.lo, claim.hi)
        above = np.where(same_way & (demand.operator == "le"), claim.hi, claim.lo) - demand.hi
        limit = np.abs(np.where(below >= above, demand.lo, demand.hi))
        share = (demand.dimension == "1") & (limit > 0.5) & (limit <= 1.0)
        yard = np.where(share, 1.0 - limit, limit)
        told = (demand.operator != "approx") & (yard > 0.0) & demand.has_ratio
        return np.where(told, np.maximum(below, above) / yard, np.inf)


def _at_most(x: Floats, y: Floats) -> Bools:
    """x <= y, within rounding of converted units."""
    return np.asarray((x <= y) | (np.isfinite(y) & (x - y <= np.abs(y) * _EQUAL)))
