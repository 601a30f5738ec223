"""`Solution`: what every optimum must say about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tongtu.terms.why import Why

Status = Literal["optimal", "feasible", "infeasible", "stopped_by_time", "empty"]


@dataclass(frozen=True, slots=True)
class Relax:
    """One limit that stands in the way, and by how much it would have to give."""

    limit: Why
    by: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """Value reached, proven bound and their relative gap. `value` and `bound` share `unit`.

    `maximise` tells the bound's side: for a maximum, `value <= bound`.
    """

    problem: str
    status: Status
    value: float | None = None
    bound: float | None = None
    unit: str = ""
    maximise: bool = True
    relax: tuple[Relax, ...] = ()

    @property
    def gap(self) -> float | None:
        """|bound - value| / max(1, |value|); None where either is unknown."""
        if self.value is None or self.bound is None:
            return None
        return abs(self.bound - self.value) / max(1.0, abs(self.value))
