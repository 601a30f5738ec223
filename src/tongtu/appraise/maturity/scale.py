"""The scale of industrial application maturity, read from `scale.toml`: its rule, dimensions, caps and readings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label

if TYPE_CHECKING:
    import polars as pl

    from tongtu.sorting import Sorting


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension: whether it gates the whole, its highest level, its weight, and who may claim it.

    `half_life` in days; `claim` is a column of achievements, `scale` a readiness scale, each empty where there is none.
    """

    code: str
    required: bool
    top: int
    weight: int
    half_life: int
    claim: str = ""
    scale: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading of one grade is worth: share that is sound, and the ratio in which its errors die out."""

    sound: float
    above: float
    below: float


@dataclass(frozen=True, slots=True)
class MaturityScale:
    """`level`: share of weight that must reach a level; `tolerance`: levels a required dimension may lag behind it.

    `caps`: evidence grade → highest level it supports; `assessments`: status → grade it weighs as; `readings`: grade →
    what it is worth; `supply`: least autonomy of each level from 1 on, and `supply_grade`, the grade it counts as.
    """

    dimensions: tuple[Dimension, ...]
    level: float
    tolerance: int
    caps: Mapping[str, int]
    assessments: Mapping[str, str]
    readings: Mapping[str, Reading]
    supply: tuple[float, ...]
    supply_grade: str

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

    def sorting(self) -> Sorting:
        """The rule as a sorting: categories 0 to the top, each profile the same level on every dimension.

        A required dimension vetoes a level that it misses by more than the tolerance.
        """
        from tongtu.sorting import Category, Criterion, Profile, Sorting

        veto = float(self.tolerance + 1)
        criteria = tuple(
            Criterion(d.code, float(d.weight), named(d.code), veto=veto if d.required else None)
            for d in self.dimensions
        )  # fmt: skip
        levels = [str(level) for level in range(self.top + 1)]
        profiles = tuple(Profile(level, {d.code: float(level) for d in self.dimensions}) for level in levels[1:])
        return Sorting(criteria, tuple(map(Category, levels)), profiles, self.level, gradual_veto=False)


@cache
def maturity_scale() -> MaturityScale:
    """The scale that ships with the program; its order of dimensions is the order of every table."""
    found = tomllib.loads(_text("scale.toml"))
    return MaturityScale(
        tuple(Dimension(code, **row) for code, row in found["dimensions"].items()),
        found["rule"]["level"], found["rule"]["tolerance"], found["caps"], found["assessments"],
        {grade: Reading(**row) for grade, row in found["readings"].items()},
        tuple(found["supply"]["reached"]), found["supply"]["grade"],
    )  # fmt: skip


@cache
def level_texts() -> pl.DataFrame:
    """dimension, level, zh, en: what one must be able to see at each level. Our wording."""
    import polars as pl

    types = {"dimension": pl.String, "level": pl.Int64, "zh": pl.String, "en": pl.String}
    return pl.read_csv(_text("levels.csv").encode(), schema=types)


@cache
def ways() -> pl.DataFrame:
    """dimension, grade, kind, services: the evidence of each grade, and the services that can produce it.

    `services` lists codes of the vocabularies `gate_service` and `service_category`; without any one makes it oneself.
    """
    import polars as pl

    types = {"dimension": pl.String, "grade": pl.String, "kind": pl.String, "services": pl.String}
    listed = pl.col("services").fill_null("").str.split(";").list.eval(pl.element().filter(pl.element() != ""))
    return pl.read_csv(_text("ways.csv").encode(), schema=types).with_columns(listed)


def named(code: str, vocabulary: str = "maturity_dimension") -> Label:
    """The name of a code, or the code itself."""
    return vocabularies()[vocabulary].get(code) or Label(code)


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
