"""One part of a score, and the frame they all make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.terms.why import Why

SCORES: Mapping[str, Any] = {
    "score": pl.String, "part": pl.String, "value": pl.Float64, "weight": pl.Float64, "why": pl.String,
}  # fmt: skip
HOT, QUALITY, IMPACT = "hot", "quality", "impact"


@dataclass(frozen=True, slots=True)
class Part:
    """What a score is made of: a value in 0..1 (null where it is not known), its weight, and what it rests on."""

    name: str
    value: float | None
    weight: float
    why: Why


def shown(parts: Sequence[Part]) -> dict[str, float | str | None]:
    """The parts of a product as its formula prints them, with their exponents where these are not 1."""
    known = {part.name: None if part.value is None else round(part.value, 3) for part in parts}
    raised = {part.name: f"{known[part.name]}^{part.weight:g}" for part in parts if part.weight != 1}
    return known | {name: told for name, told in raised.items() if known[name] is not None}


@dataclass(frozen=True, slots=True)
class Score:
    """A whole score, 0..100 or null, with its parts; `why` holds the formula with its numbers."""

    name: str
    value: float | None
    parts: tuple[Part, ...]
    why: Why

    def rows(self) -> Iterable[dict[str, Any]]:
        """The whole first, its part null; then the parts in order."""
        yield {"score": self.name, "part": None, "value": self.value, "weight": None, "why": self.why.to_json()}
        for part in self.parts:
            yield {"score": self.name, "part": part.name, "value": part.value, "weight": part.weight,
                   "why": part.why.to_json()}  # fmt: skip
