"""The scale of industrial application maturity, read from `scale.toml`: dimensions, caps, weights of assessments."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension: whether it gates the whole, its highest level, and who may claim it.

    `claim` is a column of achievements, `scale` a readiness scale; each is empty where there is none.
    """

    code: str
    required: bool
    top: int
    claim: str = ""
    scale: str = ""


@dataclass(frozen=True, slots=True)
class MaturityScale:
    """`caps`: evidence grade → highest level it supports; `assessments`: status → grade it weighs as."""

    dimensions: tuple[Dimension, ...]
    caps: Mapping[str, int]
    assessments: Mapping[str, str]

    @property
    def required(self) -> tuple[Dimension, ...]:
        return tuple(d for d in self.dimensions if d.required)

    @property
    def top(self) -> int:
        """Highest overall level: no gate can pass more than its own scale has."""
        return min(d.top for d in self.required)

    def asked(self, level: int) -> str | None:
        """The lowest grade of evidence that can support a level; None where no grade can."""
        return next((grade for grade in sorted(self.caps) if self.caps[grade] >= level), None)


@cache
def maturity_scale() -> MaturityScale:
    """The scale that ships with the program; its order of dimensions is the order of every table."""
    file = resources.files(__package__) / "scale.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    dimensions = tuple(Dimension(code, **row) for code, row in found["dimensions"].items())
    return MaturityScale(dimensions, found["caps"], found["assessments"])
