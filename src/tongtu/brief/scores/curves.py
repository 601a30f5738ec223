"""The two curves all scores are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tongtu.brief.scores.tables import Part


def saturated(amount: float, half: float) -> float:
    """1 − 2^(−amount / half): 0 for nothing, a half at `half`, towards 1; every bit more counts less than the last."""
    return -math.expm1(-math.log(2) * amount / half)


def product(parts: Sequence[Part]) -> float | None:
    """The product of value^weight over the parts that are known, null where none is.

    Where some are missing, the exponents of the others grow in proportion to the sum of all of them: the weighted
    geometric mean of what is known stands in for what is not.
    """
    known = [(part.value, part.weight) for part in parts if part.value is not None]
    weight = sum(w for _, w in known)
    if not known or weight == 0:
        return None
    grown = sum(part.weight for part in parts) / weight
    return float(math.prod(value ** (w * grown) for value, w in known))


def most(parts: Sequence[Part]) -> float:
    """What the product could be at best: everything that is missing counted as 1. At worst it is 0."""
    return float(math.prod(part.value**part.weight for part in parts if part.value is not None))
