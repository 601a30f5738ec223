"""What a process requires held against what a line states: met, nearly, unknown, incomparable or unmet.

A line's statement is read as what the line can do. A range (20–1,600 ℃) may be set to any value of it; "at most" and
"at least" vouch for their bound alone and leave open what lies beyond it. So a requirement is

- `met` where a value vouched for satisfies it; a required range also where the line's range covers it or lies in it;
- `nearly` where the line stops short by at most a tenth of the bound (never for temperatures, levels and "about");
- `unmet` where nothing the line may do satisfies it, or a statement of the same direction stops short;
- `incomparable` where the line speaks of it under other conditions or in another dimension; and
- `unknown` where it says nothing of it, states no value, or leaves it open.

Of several statements the best counts, in the order of `STATUSES`, so one more never makes a requirement worse. What
was read out of free text may speak for a line and never against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite, nan

import numpy as np
import numpy.typing as npt

from tongtu.terms.units import Scale

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

OPERATORS = ("le", "ge", "eq", "between", "approx", "has")
_LE, _GE, _EQ, _BETWEEN, _APPROX, HAS = range(6)
#: of several statements the first of these counts; the last is a line that says nothing
MET, NEARLY, OPEN, UNLIKE, UNMET, SILENT = range(6)
STATUSES = ("met", "nearly", "unknown", "incomparable", "unmet", "unknown")
WORTH = np.array([1.0, 0.7, 0.5, 0.5, 0.0, 0.5])  # share of a requirement (ours)
_ABOUT, _NEAR, _EQUAL = 0.1, 0.1, 1e-9
# Equal steps of these are not equal amounts, so a tenth of a bound says nothing.
_NO_RATIO = re.compile(r"=(dB\w*|pH|Np)|\[temperature\]")


@dataclass(frozen=True, slots=True)
class Value:
    """One bound in SI: the values it allows from `low` to `high`, NaN where its owner stated none."""

    operator: int
    low: float
    high: float
    dimension: str

    @property
    def valued(self) -> bool:
        return self.low == self.low and self.high == self.high


def value(operator: str, low: float | None, high: float | None, scale: Scale) -> Value:
    """The bound as it is stored in a row of indicators."""
    first, last = (low if low is not None else high), (high if high is not None else low)
    if operator == "has" or first is None or last is None or (operator == "between" and None in (low, high)):
        return Value(OPERATORS.index(operator), nan, nan, scale.dimension)
    begin, end = scale.base(first), scale.base(last)
    width = _ABOUT * abs(begin)
    ends = {
        "le": (-inf, end), "ge": (begin, inf), "eq": (begin, begin), "between": (begin, end),
        "approx": (begin - width, begin + width),
    }  # fmt: skip
    return Value(OPERATORS.index(operator), *ends[operator], scale.dimension)


@dataclass(frozen=True, eq=False)
class Claims:
    """Statements of lines; `dimension` is the number of its name, `text` whether it was read out of free text."""

    operator: Ints
    low: Floats
    high: Floats
    dimension: Ints
    text: Bools

    def __getitem__(self, chosen: Ints) -> Claims:
        return Claims(
            self.operator[chosen], self.low[chosen], self.high[chosen], self.dimension[chosen], self.text[chosen]
        )

    @cached_property
    def valued(self) -> Bools:
        return ~(np.isnan(self.low) | np.isnan(self.high))

    @cached_property
    def vouched(self) -> tuple[Floats, Floats]:
        """The least and most a claim vouches for: of "at most" and "at least" the bound alone."""
        least = np.where(self.operator == _LE, self.high, self.low)
        return least, np.where(self.operator == _GE, self.low, self.high)


def statuses(asked: Value, dimension: int, claims: Claims, answers: Bools) -> Ints:
    """The status of each claim; `answers`: whether it holds under the conditions asked, `dimension`: its number."""
    if asked.operator == HAS:
        return np.full(len(claims.low), MET)
    like = answers & (claims.dimension == dimension)
    met = _met(asked, claims)
    apart = ~(_at_most(claims.low, asked.high) & _at_least(claims.high, asked.low))
    if asked.operator in (_LE, _GE):
        apart |= claims.operator == asked.operator  # a statement of the same direction stops short
    found = np.full(len(claims.low), OPEN)
    short = np.flatnonzero(apart & ~met)
    found[short] = np.where(misses(asked, claims[short]) <= _NEAR * (1 + _EQUAL), NEARLY, UNMET)
    found[claims.text & ~met | ~claims.valued] = OPEN
    found[met] = MET
    found[~like] = UNLIKE
    return found


def _met(asked: Value, claims: Claims) -> Bools:
    least, most = claims.vouched
    if asked.operator != _BETWEEN:
        return _at_most(least, asked.high) & _at_least(most, asked.low)
    whole = np.isfinite(claims.low) & np.isfinite(claims.high)
    inside = _at_least(least, asked.low) & _at_most(most, asked.high)
    covers = _at_most(least, asked.low) & _at_least(most, asked.high)
    return whole & (inside | covers)


def misses(asked: Value, claims: Claims) -> Floats:
    """By what share of the bound each claim misses it; infinite where no share can be told.

    A share above a half is measured by what is missing to the whole: 99.9 % against 99.99 % is no near miss.
    """
    least, most = claims.vouched
    if asked.operator == _APPROX or _NO_RATIO.search(asked.dimension) or not asked.valued:
        return np.full(len(least), inf)
    with np.errstate(invalid="ignore"):
        below, above = asked.low - most, least - asked.high
        limit = np.abs(np.where(below >= above, asked.low, asked.high))
        share = (asked.dimension == "1") & (limit > 0.5) & (limit <= 1.0)
        yard = np.where(share, 1.0 - limit, limit)
        return np.where(yard > 0, np.maximum(below, above) / np.where(yard > 0, yard, 1.0), inf)


def _at_most(values: Floats, bound: float) -> Bools:
    """values <= bound, within rounding of converted units; not for NaN."""
    return values <= bound + (abs(bound) * _EQUAL if isfinite(bound) else 0.0)


def _at_least(values: Floats, bound: float) -> Bools:
    return values >= bound - (abs(bound) * _EQUAL if isfinite(bound) else 0.0)
