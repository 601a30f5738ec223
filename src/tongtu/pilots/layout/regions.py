"""Each region's own view: build here, strengthen or activate what is here, or leave it to a neighbour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tongtu.pilots.layout.answers import Outcome
from tongtu.pilots.layout.sites import quantity
from tongtu.terms.why import Why

REGIONS: Mapping[str, Any] = {
    "area": pl.String, "region": pl.String, "direction": pl.String, "decision": pl.String, "period": pl.Int64,
    "platform": pl.String, "platform_name": pl.String, "neighbour_region": pl.String, "km": pl.Float64,
    "demand": pl.Float64, "covered": pl.Float64, "why": pl.String,
}  # fmt: skip
_OWN = {"supplement": "build", "strengthen": "strengthen", "activate": "activate"}
_TINY = 1e-6


def regions(outcome: Outcome, actions: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """One row per region and direction that asks for anything or gets an action, at the end of the horizon.

    build, strengthen, activate: what the plan does here (the first of them in time); neighbour: a platform elsewhere
    carries most of its hours; enough: its own carries them; open: nobody does.
    """
    taken: dict[tuple[str, str], dict[str, Any]] = {}
    for row in actions.sort("period", "action").iter_rows(named=True):
        taken.setdefault((row["direction"], row["region"]), row)
    final = coverage.filter(pl.col("period") == coverage["period"].max())
    carriers = _carriers(outcome)
    rows = [
        _row(outcome, cell, taken.pop((cell["direction"], cell["region"]), None), carriers.get(k))
        for k, cell in enumerate(final.sort("direction", "region").iter_rows(named=True))
    ]
    rows += [_elsewhere(outcome, action) for _, action in sorted(taken.items())]
    return pl.DataFrame(rows, schema=REGIONS).sort("area", "region", "direction")


def _carriers(outcome: Outcome) -> dict[int, tuple[int, float | None]]:
    """By cell, the site that carries most of it at the end (the nearest among equals), and how far it is."""
    links, carried = outcome.case.problem.links, outcome.draft.carried[:, -1]
    live = np.flatnonzero(carried > _TINY)
    km = outcome.case.km
    order = live[np.lexsort((links.site[live], np.nan_to_num(km[live], nan=1e9), -np.round(carried[live], 6)))]
    found: dict[int, tuple[int, float | None]] = {}
    for link in order:
        known = None if np.isnan(km[link]) else float(km[link])
        found.setdefault(int(links.cell[link]), (int(links.site[link]), known))
    return found


def _row(
    outcome: Outcome, cell: dict[str, Any], action: dict[str, Any] | None, carrier: tuple[int, float | None] | None
) -> dict[str, Any]:
    base = {name: cell[name] for name in ("area", "region", "direction", "demand", "covered")}
    nobody: dict[str, Any] = dict.fromkeys(("period", "platform", "platform_name", "neighbour_region", "km"))
    args: dict[str, Any] = {
        "region": outcome.names.region(cell["region"]), "direction": outcome.names.direction(cell["direction"]),
        "demand": quantity(cell["demand"]), "covered": quantity(cell["covered"]),
    }  # fmt: skip
    if action is not None:
        decision = _OWN[action["action"]]
        nobody |= {"period": action["period"], "platform": action["platform"], "platform_name": action["platform_name"]}
    elif carrier is None:
        decision = "open" if cell["demand"] is None or cell["demand"] > 0 else "enough"
    else:
        site = outcome.case.sites[carrier[0]]
        own = site.region == cell["region"]
        decision = "enough" if own else "neighbour"
        nobody |= {"platform": site.platform, "platform_name": outcome.names.platform_name(site.platform),
                   "neighbour_region": None if own else site.region, "km": None if own else carrier[1]}  # fmt: skip
        args |= {"neighbour": outcome.names.region(site.region), "km": carrier[1] and round(carrier[1])}
    args |= {"platform": outcome.names.platform(nobody["platform"]), "period": nobody["period"]}
    why = Why(f"pilots_layout.region-{decision}", args)
    return {**base, "decision": decision, **nobody, "why": why.to_json()}


def _elsewhere(outcome: Outcome, action: dict[str, Any]) -> dict[str, Any]:
    """An action in a region that asks for nothing of the direction itself."""
    cell = {"area": outcome.case.where.area_of(action["region"]), "region": action["region"],
            "direction": action["direction"], "demand": 0.0, "covered": 0.0}  # fmt: skip
    return _row(outcome, cell, action, None)
