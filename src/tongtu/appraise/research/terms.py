"""The room's own terms, read from `terms.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal


@dataclass(frozen=True, slots=True)
class Indicator:
    """`concern`: the direction that would worry; `role`: effort, result, or a leg that growth stands on."""

    measure: str
    panel: Literal["paradox", "trap"]
    role: Literal["effort", "result", "leg"]
    concern: Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Terms:
    """See the file: sectors as kind → sector."""

    sectors: Mapping[str, str]
    review_years: float
    matched: float
    enterprises: frozenset[str]
    flat: float
    years: int
    indicators: tuple[Indicator, ...]


@cache
def terms() -> Terms:
    found = tomllib.loads((resources.files(__package__) / "terms.toml").read_text(encoding="utf-8"))
    checks, trend = found["checks"], found["trend"]
    return Terms(
        {kind: sector for sector, kinds in found["sectors"].items() for kind in kinds},
        checks["review_years"], checks["matched"], frozenset(checks["enterprises"]), trend["flat"], trend["years"],
        tuple(Indicator(**row) for row in found["indicator"]),
    )  # fmt: skip
