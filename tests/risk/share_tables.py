"""Results, taxonomies and attackers that the tests of the outcome pact use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from risk_tables import table

from tongtu.risk.share import Counts, Taxonomy, count

DAY = date(2026, 6, 30)
PLACES = {"steel": "raw", "robots": "equip"}
SMALL = Taxonomy(
    "small", ("concept", "pilot"), ("raw", "equip", "other"), (2016, 2021, 2026),
    known=(("stage", "place"), ("stage", "band"), ("stage", "piloted")),
)  # fmt: skip


def history(member: str, seed: int, projects: int) -> list[dict[str, Any]]:
    """Results of a member's projects, drawn: most have a concept row, who passed may have a pilot row."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for k in range(projects):
        day = date(2016, 1, 1) + timedelta(days=int(rng.integers(0, 3500)))
        direction = ("steel", "robots", "tea", None)[rng.integers(0, 4)]
        for stage in ("concept", "pilot"):
            result = ("passed", "failed", "withdrawn", "censored")[rng.choice(4, p=(0.5, 0.35, 0.05, 0.1))]
            left = day + timedelta(days=int(rng.integers(20, 900)))
            rows.append({
                "outcome": f"{member}-{k:04d}-{stage}", "case": f"{member}-{k:04d}", "member": member, "stage": stage,
                "entered": day, "left": None if result == "censored" else left, "result": result,
                "direction": direction, "piloted": (True, False, None)[rng.integers(0, 3)],
            })  # fmt: skip
            if result != "passed":
                break
            day = left
    return rows


def outcomes(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return table("outcomes", rows)


def counted(member: str, seed: int, projects: int = 60, *, whole: bool = False, round: str = "2026") -> Counts:
    found = outcomes(history(member, seed, projects))
    return count(found, member=member, taxonomy=SMALL, round=round, as_of=DAY, places=PLACES, whole=whole)


def auc(inside: np.ndarray[Any, Any], outside: np.ndarray[Any, Any]) -> float:
    """The chance that a score from inside lies above one from outside, ties counting half."""
    order = np.sort(outside)
    below, upto = np.searchsorted(order, inside, "left"), np.searchsorted(order, inside, "right")
    return float((below + upto).mean() / 2 / len(outside))
