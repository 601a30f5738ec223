"""Whom a question is about, checked before anything is computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.registry import vocabularies
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

_DISPUTED: dict[str, Any] = {
    "platform": pl.String, "indicator": pl.String, "contested": pl.Float64, "contested_grade": pl.String,
    "struck": pl.Boolean,
}  # fmt: skip


def serving(platforms: pl.DataFrame, direction: str | None) -> pl.Series:
    """Which of the platforms serve a direction; all where none is asked for."""
    if direction is None:
        return pl.Series([True] * platforms.height, dtype=pl.Boolean)
    return platforms["directions"].list.contains(direction).fill_null(False)


def check_direction(direction: str | None, platforms: pl.DataFrame, pack: Pack) -> None:
    """Raises UsageFault for a direction that the pack does not know, or that no platform serves."""
    if direction is None:
        return
    known = pack.vocabularies.get("direction", {})
    if known and direction not in known:
        raise _refused("no-direction", name=direction, names=list(known))
    if not serving(platforms, direction).any():
        raise _refused("empty-direction", name=known.get(direction, direction))


def _refused(code: str, **args: object) -> UsageFault:
    return UsageFault(_fault(code, None, **args))


def _fault(code: str, row: int | None, **args: object) -> Fault:
    what, repair = (Why(f"pilots_evaluation.{code}{tail}", args) for tail in ("", "-repair"))
    return Fault(what, repair, "" if row is None else "contested", row=row)


def check_contested(contested: pl.DataFrame | None, platforms: pl.DataFrame, rubric: Rubric) -> pl.DataFrame:
    """Contested figures with the columns of `_DISPUTED`. Raises UsageFault with every row that cannot be taken."""
    if contested is None:
        return pl.DataFrame(schema=_DISPUTED)
    lacking = [name for name in ("platform", "indicator", "value") if name not in contested.columns]
    if lacking:
        raise _refused("contested-columns", names=lacking)
    value = contested["value"].cast(pl.Float64, strict=False)
    grade = (
        contested["grade"] if "grade" in contested.columns else pl.Series([None] * contested.height, dtype=pl.String)
    )
    frame = contested.select(
        pl.col("platform", "indicator").cast(pl.String), contested=value, contested_grade=grade.cast(pl.String)
    ).with_columns(struck=contested["value"].is_null())
    faults = _faults(frame, set(platforms["platform"]), rubric)
    if faults:
        raise UsageFault(faults)
    return frame.select(list(_DISPUTED)).sort("platform", "indicator")


def _faults(frame: pl.DataFrame, known: set[str], rubric: Rubric) -> list[Fault]:
    found: list[Fault] = []
    seen: dict[tuple[str, str], int] = {}
    for row, (platform, indicator, value, grade, struck) in enumerate(frame.iter_rows(), start=2):
        if platform not in known:
            found.append(_fault("contested-platform", row, name=platform))
        if indicator not in rubric:
            found.append(
                _fault("contested-indicator", row, name=indicator, names=[i.indicator for i in rubric.indicators])
            )
        if not struck and (value is None or not math.isfinite(value)):
            found.append(_fault("contested-value", row, platform=platform, indicator=indicator))
        if grade is not None and grade not in vocabularies()["evidence_grade"]:
            found.append(_fault("contested-grade", row, name=grade, names=list(vocabularies()["evidence_grade"])))
        if seen.setdefault((platform, indicator), row) != row:
            found.append(_fault("contested-twice", row, platform=platform, indicator=indicator))
    return found
