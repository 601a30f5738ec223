"""The constants of the scores: a pack's list `scoring`, checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tongtu.brief.facts.lexicon import Lexicon
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.why import Why

_FILE = "briefs/scoring.csv"
DETAILS = ("figures", "numbers", "dates", "instruments", "actors")

#: (score, part, name) → least and most it may be; what divides may not be 0 either
_SHARE, _POSITIVE = (0.0, 1.0), (0.0, math.inf)
_REQUIRED: Mapping[tuple[str, str, str], tuple[float, float]] = {
    ("hot", "decay", "half_life"): _POSITIVE,
    **{("hot", "outlet", kind): _POSITIVE for kind in ("official", "media", "unnamed")},
    ("hot", "total", "half"): _POSITIVE,
    **{("quality", "weight", part): _POSITIVE for part in ("grade", "corroboration", "specificity")},
    ("quality", "weight", "unsupported"): (-1.0, 0.0),
    **{("quality", "grade", grade): _SHARE for grade in ("A", "B", "C", "ours")},
    **{("quality", "corroboration", kind): _SHARE for kind in ("official", "media")},
    ("quality", "corroboration", "half"): _POSITIVE,
    ("quality", "specificity", "floor"): _SHARE,
    **{("quality", "detail", name): _POSITIVE for name in DETAILS},
    **{("quality", "half", name): _POSITIVE for name in DETAILS},
    ("quality", "unsupported", "confidence"): _SHARE,
    **{("impact", "weight", part): _POSITIVE for part in ("strength", "breadth", "size")},
    ("impact", "strength", "most"): _POSITIVE,
    ("impact", "breadth", "half"): _POSITIVE,
    ("impact", "size", "half"): _POSITIVE,
    **{("impact", "move", name): _SHARE for name in ("new", "dropped", "reworded")},
}
_DIVISORS = ("half", "half_life", "most")


@dataclass(frozen=True, slots=True)
class Weights:
    """Constants by score, part and name."""

    values: Mapping[tuple[str, str, str], float]

    def __call__(self, score: str, part: str, name: str) -> float:
        return self.values[score, part, name]

    def get(self, score: str, part: str, name: str, default: float) -> float:
        return self.values.get((score, part, name), default)


@lru_cache(maxsize=8)
def weights(lexicon: Lexicon) -> Weights:
    """The constants of a pack.

    Raises PackRefused with every constant that is missing or outside its range.
    """
    rows = lexicon.rows("scoring")
    found = {(row["score"], row["part"], row["name"]): float(row["value"]) for row in rows}
    spans = {key: _POSITIVE for key in found if key[:2] == ("hot", "named")} | dict(_REQUIRED)
    faults = [fault for key, span in spans.items() if (fault := _fault(key, span, found.get(key))) is not None]
    if faults:
        raise PackRefused(faults)
    return Weights(found)


def _fault(key: tuple[str, str, str], span: tuple[float, float], value: float | None) -> Fault | None:
    args = {"name": " / ".join(key)}
    if value is None:
        return Fault(Why("brief_scores.no-constant", args), Why("brief_scores.no-constant-repair", args), _FILE)
    low, high = span
    divides = key[1] == "half" or key[2] in _DIVISORS
    if low <= value <= high and not (divides and value == 0) and math.isfinite(value):
        return None
    args |= {"low": str(low), "high": "∞" if math.isinf(high) else str(high)}
    why, repair = Why("brief_scores.out-of-range", args), Why("brief_scores.out-of-range-repair", args)
    return Fault(why, repair, _FILE, value=str(value))
