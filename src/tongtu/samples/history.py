"""Past stage results, drawn from true odds that the truth folder tells.

A history enters one stage after another until it fails, is withdrawn or is still open. The true probability of
passing is logistic: a level per stage, an effect per direction, and for scale-up an effect of a pilot run.
Cost and time overrun are log-normal with a median per direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tongtu.samples.achievements import Offers
from tongtu.samples.draw import Bools, Draw, Floats, Ints, dates, ids, take
from tongtu.samples.ground import Ground, money, priced
from tongtu.samples.organisations import Actors

STAGES = ("disclosure", "concept", "pilot", "scale_up", "first_order", "repeat_order")
_LEVEL = (0.85, 0.62, 0.7, 0.55, 0.68, 0.78)
_PILOTED = {"scale_up": 0.9, "first_order": 0.35}
_SPREAD = 0.35
_COST = (10, 60, 300, 1_200, 500, 400)  # ten thousand yuan, typical of each stage
_DAYS = (40, 150, 240, 360, 200, 240)
_PASSED, _FAILED, _CENSORED, _WITHDRAWN = range(4)
_RESULTS = ("passed", "failed", "censored", "withdrawn")


@dataclass(frozen=True, slots=True)
class Odds:
    """True parameters by direction: logit effect, median overrun of cost and of days."""

    directions: list[str]
    effect: Floats
    cost: Floats
    days: Floats

    def passing(self, stage: int, direction: Ints, piloted: Bools) -> Floats:
        level = np.log(_LEVEL[stage] / (1 - _LEVEL[stage]))
        bonus = _PILOTED.get(STAGES[stage], 0.0)
        return np.asarray(1 / (1 + np.exp(-(level + self.effect[direction] + bonus * piloted))))


def odds(ground: Ground) -> Odds:
    draw = ground.draw("odds")
    directions = sorted(ground.vocabularies.get("direction", {}))
    n = len(directions)
    return Odds(
        directions, draw.normal(0.0, _SPREAD, n), np.exp(draw.normal(0.18, 0.12, n)), np.exp(draw.normal(0.25, 0.12, n))
    )


def truth(known: Odds) -> pl.DataFrame:
    """True odds: stage, direction, piloted, p, cost_overrun, days_overrun (medians of actual over planned)."""
    n = np.arange(len(known.directions))
    parts = []
    for stage, name in enumerate(STAGES):
        for piloted in (False, True) if name in _PILOTED else (False,):
            p = known.passing(stage, n, np.full(len(n), piloted))
            parts.append(
                pl.DataFrame(
                    {
                        "stage": pl.Series([name]).new_from_index(0, len(n)),
                        "direction": known.directions,
                        "piloted": np.full(len(n), piloted)
                        if name in _PILOTED
                        else pl.Series([None] * len(n), dtype=pl.Boolean),
                        "p": p.round(4),
                        "cost_overrun": known.cost.round(4),
                        "days_overrun": known.days.round(4),
                    }
                )
            )
    return pl.concat(parts)


def outcomes(ground: Ground, actors: Actors, offers: Offers, known: Odds) -> pl.DataFrame:
    """The noun: one row for each stage that a history entered."""
    draw, n = ground.draw("outcomes"), ground.size.histories
    label = pl.Series(known.directions)
    direction = draw.below(len(label), n)
    achievement = draw.below(len(offers), n)
    member = actors.of("central_soe", "local_soe", "private", "university", "institute")
    reporter = member[draw.below(len(member), n)]
    piloted = draw.chance(0.6, n)
    alive, day = np.full(n, True), -draw.between(700, 2_600, n)
    parts = []
    for stage, name in enumerate(STAGES):
        rows = np.flatnonzero(alive & ((name != "pilot") | piloted))
        facts = _stage(draw, known, stage, direction[rows], piloted[rows], day[rows])
        parts.append(
            pl.DataFrame(
                {
                    "row": rows,
                    "achievement": offers.label.gather(achievement[rows]),
                    "member": actors.ids.gather(reporter[rows]),
                    "stage": pl.Series([name]).new_from_index(0, len(rows)),
                    "direction": take(label, direction[rows]),
                    "piloted": piloted[rows] & (stage >= STAGES.index("pilot")),
                    **_columns(ground, draw, facts, stage),
                }
            )
        )
        alive[rows] = facts["result"] == _PASSED
        day[rows] = facts["left"]
    frame = pl.concat(parts).sort("row", maintain_order=True).drop("row")
    return frame.select(ids("O", frame.height).alias("outcome"), pl.all())


def _stage(draw: Draw, known: Odds, stage: int, direction: Ints, piloted: Bools, day: Ints) -> dict[str, Any]:
    """Result, dates and cost of one stage, days counted from the sample's date."""
    n = len(direction)
    planned = np.maximum(10, np.round(_DAYS[stage] * np.exp(draw.normal(0, 0.35, n)))).astype(np.int64)
    took = np.maximum(5, np.round(planned * known.days[direction] * np.exp(draw.normal(0, 0.3, n)))).astype(np.int64)
    cost = np.maximum(1, np.round(_COST[stage] * np.exp(draw.normal(0, 0.6, n)))).astype(np.int64) * 10_000
    actual = np.round(cost * known.cost[direction] * np.exp(draw.normal(0, 0.25, n)) / 1_000).astype(np.int64) * 1_000
    passed = draw.chance(known.passing(stage, direction, piloted), n)
    result = np.where(passed, _PASSED, _FAILED)
    result = np.where(draw.chance(0.03, n), _WITHDRAWN, result)
    left = day + took
    result = np.where(left >= 0, _CENSORED, result)
    return {
        "entered": day,
        "left": np.minimum(left, 0),
        "result": result,
        "planned": planned,
        "cost": cost,
        "actual": actual,
    }


def _columns(ground: Ground, draw: Draw, facts: dict[str, Any], stage: int) -> dict[str, Any]:
    result, n = facts["result"], len(facts["result"])
    over, sold = result != _CENSORED, (result == _PASSED) & (stage >= STAGES.index("first_order"))

    def when(keep: Bools, values: pl.Series) -> pl.Series:
        return pl.DataFrame({"k": keep, "v": values}).select(pl.when("k").then("v")).to_series()

    left = dates(ground.as_of, facts["left"])
    recorded = dates(ground.as_of, np.minimum(np.where(over, facts["left"] + 10, 0), 0))
    return {
        "entered": dates(ground.as_of, facts["entered"]),
        "left": when(over, left),
        "result": take(_RESULTS, result),
        "cost_planned": money(facts["cost"]),
        "cost_actual": when(over, money(facts["actual"])),
        **priced(ground, n),
        "days_planned": facts["planned"],
        "value_added": when(sold, money(draw.amounts(100, 20_000, n, unit=10_000))),
        "yield": when(over & (stage >= 2), pl.Series(draw.uniform(0.55, 0.99, n).round(3))),
        "price_against_incumbent": when(sold, pl.Series(draw.uniform(0.6, 1.3, n).round(2))),
        "valid_from": when(over, left),
        "recorded_at": recorded,
    }
