"""The ratio of two jumps, with an interval that is right even where the lower jump is small.

By how much a figure jumps for each title that the cutoff brings: the fuzzy design (Hahn, Todd & van der Klaauw
2001). The interval is Fieller's (1954): every ratio that the data do not reject. Unlike the delta method it does
not lean on the title's jump being large (Feir, Lemieux & Marmer 2016), and it has an end on both sides exactly
where that jump itself is told from zero. With a jump of exactly one it is the ordinary interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tongtu.rules.effects.local import Jumps

#: Two-sided 95 %.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Ratio:
    value: float
    low: float
    high: float


def ratio(jumps: Jumps, top: int, bottom: int) -> Ratio | None:
    """One jump over another with its 95 % interval; None where the interval has no end."""
    n, d = float(jumps.values[top]), float(jumps.values[bottom])
    nn, nd, dd = (float(jumps.covariance[i, j]) for i, j in ((top, top), (top, bottom), (bottom, bottom)))
    # (n - r·d)² ≤ Z² · (nn - 2·r·nd + r²·dd), a quadratic in r
    square, half, rest = d * d - Z * Z * dd, n * d - Z * Z * nd, n * n - Z * Z * nn
    if square <= 0:
        return None
    root = math.sqrt(max(half * half - square * rest, 0.0))
    return Ratio(n / d, (half - root) / square, (half + root) / square)


def apart(jumps: Jumps, of: int) -> bool:
    """Whether a jump is told from zero at 5 %."""
    return bool(jumps.values[of] ** 2 > Z * Z * jumps.covariance[of, of])
