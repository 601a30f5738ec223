"""What other engines show of the dimensions of maturity: autonomy of the supply chain, and readiness checklists."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from tongtu.registry import Registry

if TYPE_CHECKING:
    from tongtu.packs import Pack


def readiness(registry: Registry, pack: Pack, as_of: date, known_at: date | None = None) -> pl.DataFrame:
    """The readiness room's standing of whatever answers and assessments speak of."""
    from tongtu.appraise.readiness import standing

    return standing(
        registry["answers"], pack.sheet("checklists"), registry["evidence"], as_of=as_of, known_at=known_at,
        assessments=registry["assessments"],
    )  # fmt: skip


def readings(cases: pl.DataFrame, autonomy: pl.DataFrame, standing: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Both as what `maturity` takes under `given`."""
    from tongtu.appraise.maturity import readiness_readings, supply_readings

    return pl.concat([supply_readings(autonomy, as_of), readiness_readings(cases, standing)])
