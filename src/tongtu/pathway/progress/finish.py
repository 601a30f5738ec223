"""When the cases under way may finish: each stage ahead lasts as long as it has lasted others who passed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.lifetimes import survival
from tongtu.pathway.model import Pathway
from tongtu.pathway.progress.grouping import COVERAGE, Row, frame, spells, why
from tongtu.terms.why import Ratio

Floats = npt.NDArray[np.float64]
#: a stage that so few have passed tells nothing of how long it takes; a direction's own once it has so many
LEAST_PASSED, LEAST_ALIKE = 8, 20
FINISH = {"case": pl.String(), "stage": pl.String(), "ahead": pl.Int64(), "days": pl.Float64(), "finish": pl.Date(),
          "low": pl.Date(), "high": pl.Date(), "told": pl.Float64(), "why": pl.String()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lasting:
    """Days a stage lasted those who passed it: distinct days, and the share still there after each."""

    days: Floats
    share: Floats
    passed: int
    own: bool  # of the case's own direction

    def draw(self, uniform: Floats, beyond: float = 0.0) -> Floats:
        """Days in all, for those who have been there `beyond` days; infinite where nobody was followed so long."""
        left = float(self.share[np.searchsorted(self.days, beyond, "right") - 1]) if len(self.days) and (
            self.days[0] <= beyond) else 1.0  # fmt: skip
        # the first day by which the share is no more than what is drawn
        level = uniform * left
        place = np.searchsorted(-self.share, -level, "left")
        found = np.append(self.days, np.inf)[np.minimum(place, len(self.days))]
        return np.asarray(np.where(left > 0, np.maximum(found, beyond), np.inf))


def finishes(
    stays: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway], *, as_of: date, seed: int = 0,
    draws: int = 1000, coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`FINISH`: a row for each case under way: the day it passes the last stage of its pathway, should it pass them
    all: the median of `draws` simulated finishes, and between which days `coverage` of them lie.

    The days of each stage ahead are drawn from the Kaplan-Meier curve of passing it (all visits of a case as one; those
    stopped there leave unseen) among cases of the same direction where at least `LEAST_ALIKE` passed, else among all;
    of the present stage given the days it has lasted. Stages are drawn independently, parallel ones run side by side,
    optional ones not begun are taken as skipped. `told`: the share of draws that could be told; null dates where a
    stage ahead was passed by fewer than `LEAST_PASSED`, or half the draws lie beyond what anybody was followed for.
    """
    made = spells(stays, "stage", as_of)
    table = made.join(
        cases.select("case", "direction", key=pl.concat_str("pathway", pl.lit("@"), "pathway_version")),
        on="case", how="inner", maintain_order="left",
    )  # fmt: skip
    known = {key: _lasting(part) for (key,), part in table.group_by("key", maintain_order=True)}
    open_ones = table.filter(pl.col("left").is_null() & (pl.col("branch") == ""))["case"].unique().sort()
    rows: list[Row] = []
    mine = table.filter(pl.col("branch") == "").join(open_ones.to_frame(), on="case", how="semi")
    for (case,), part in mine.sort("case", "at").group_by("case", maintain_order=True):
        path = pathways.get(part["key"][0])
        if path is not None:
            rng = np.random.Generator(np.random.PCG64([seed, *str(case).encode()]))
            rows.append(_finish(str(case), part, path, known[part["key"][0]], rng, as_of, draws, coverage))
    return frame(rows, FINISH)


_Known = dict[tuple[str, str | None], _Lasting]


def _lasting(part: pl.DataFrame) -> _Known:
    """By stage, and by stage and direction where enough have passed it."""
    found: _Known = {}
    for (stage,), mine in part.group_by("at", maintain_order=True):
        found[str(stage), None] = _curve(mine, own=False)
        for (direction,), own in mine.drop_nulls("direction").group_by("direction", maintain_order=True):
            curve = _curve(own, own=True)
            if curve.passed >= LEAST_ALIKE:
                found[str(stage), str(direction)] = curve
    return found


def _curve(rows: pl.DataFrame, *, own: bool) -> _Lasting:
    passed = (rows["result"] == "passed").to_numpy()
    curves = survival(rows["days"].to_numpy().clip(0), passed)
    here = curves.counted.all_left > 0
    return _Lasting(curves.counted.times[here], curves.share[here], int(passed.sum()), own)


def _finish(
    case: str, part: pl.DataFrame, path: Pathway, known: _Known, rng: np.random.Generator, as_of: date, draws: int,
    coverage: float,
) -> Row:  # fmt: skip
    direction = part["direction"][0]
    state = {row["at"]: row for row in part.iter_rows(named=True)}
    ahead = [stage for stage in path.stages if _ahead(stage.id, stage.optional, state, path)]
    now = [stage.id for stage in ahead if stage.id in state and state[stage.id]["left"] is None]
    base: Row = {"case": case, "stage": now[0] if now else None, "ahead": len(ahead)}
    few = [(stage, _of(known, stage.id, direction)) for stage in ahead]
    short = [(stage, curve.passed if curve else 0) for stage, curve in few if not curve or curve.passed < LEAST_PASSED]
    if short:
        stage, n = short[0]
        return base | {"why": why("finish-too-few", stage=stage.label, n=n, least=LEAST_PASSED)}
    ends: dict[str, Floats] = {}
    for stage, curve in few:
        assert curve is not None
        row = state.get(stage.id)
        spent = float(row["days"]) if row is not None and row["left"] is None else 0.0
        lasts = curve.draw(rng.random(draws), spent) - spent
        before = [ends[one] for one in stage.after if one in ends]
        ends[stage.id] = lasts + (np.max(before, axis=0) if before else 0.0)
    whole = np.sort(np.max(list(ends.values()), axis=0))
    told = float(np.isfinite(whole).mean())
    if not np.isfinite(whole[draws // 2]):
        return base | {"told": told, "why": why("finish-beyond", told=Ratio(told))}
    tail = (1 - coverage) / 2
    low, high = (whole[min(int(q * draws), draws - 1)] for q in (tail, 1 - tail))
    alike = all(curve.own for _, curve in few if curve)
    return base | {
        "days": float(whole[draws // 2]), "finish": _day(as_of, whole[draws // 2]), "low": _day(as_of, low),
        "high": _day(as_of, high), "told": told,
        "why": why("finish-alike" if alike else "finish", coverage=Ratio(coverage)),
    }  # fmt: skip


def _ahead(stage: str, optional: bool, state: Mapping[str, Any], path: Pathway) -> bool:
    """Still to be passed: not passed before, and not behind the first stage the case entered (credited)."""
    row = state.get(stage)
    if row is not None:
        return bool(row["result"] != "passed")
    if optional:
        return False
    places = [one.id for one in path.stages]
    first = min((places.index(one) for one in state if one in places), default=0)
    return places.index(stage) > first


def _of(known: _Known, stage: str, direction: str | None) -> _Lasting | None:
    return known.get((stage, direction)) or known.get((stage, None))


def _day(as_of: date, days: float) -> date | None:
    return as_of + timedelta(days=int(days)) if np.isfinite(days) else None
