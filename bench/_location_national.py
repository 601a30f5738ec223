"""A nation drawn at random, and the layout room's answer to it: preview, optimum, fairness to the area worst off.

343 cities in 31 provinces, 37 directions, 3 periods; 3,145 cells with demand, 444 platform directions of which 185
stand idle, 30 places per direction where a new platform may stand: 259 + 185 platforms to strengthen (the idle ones
after activating them), 185 to activate, 1,110 to build; 800 million a period, 400 km of reach. Nothing here is real.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl

AS_OF = date(2026, 12, 1)
PROVINCES, CITIES, DIRECTIONS, PERIODS = 31, 343, 37, 3
CELLS, ACTIVE, IDLE, PLACES = 3_145, 259, 185, 30
BUDGET = 800_000_000 * 100  # fen, a period
GOALS = {
    "national_preview_seconds": 1.0,
    "national_seconds": 5.0,
    "national_gap": 1e-4,
    "national_fair_seconds": 60.0,
    "national_fair_gap": 0.005,
}


def nation(seed: int = 1) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Tables of a registry, and the demand: cities gather round provincial centres, large ones ask for more."""
    draw = np.random.default_rng(seed)
    centre = np.c_[draw.uniform(22, 45, PROVINCES), draw.uniform(90, 128, PROVINCES)]
    weight = draw.dirichlet(np.full(PROVINCES, 3.0))
    province = np.r_[np.arange(PROVINCES), draw.choice(PROVINCES, CITIES - PROVINCES, p=weight)]
    point = centre[province] + draw.normal(0, 2.0, (CITIES, 2))
    size = draw.lognormal(0, 1, CITIES)
    chance = np.repeat(size / size.sum() / DIRECTIONS, DIRECTIONS)
    cells = np.sort(draw.choice(CITIES * DIRECTIONS, CELLS, replace=False, p=chance))
    hours = np.round(draw.lognormal(0, 0.8, CELLS) * np.sqrt(size[cells // DIRECTIONS]) * 300)
    homes = np.sort(draw.choice(CITIES * DIRECTIONS, ACTIVE + IDLE, replace=False, p=chance))
    idle = np.zeros(len(homes), bool)
    idle[draw.choice(len(homes), IDLE, replace=False)] = True
    demand = pl.DataFrame(
        {"direction": _direction(cells % DIRECTIONS), "region": _city(cells // DIRECTIONS), "hours": hours}
    )
    tables = {
        "regions": _regions(province, point),
        **_network(homes, idle, draw.lognormal(0, 0.4, len(homes)) * 40),
        **_money(),
    }
    return tables, demand


def _regions(province: np.ndarray, point: np.ndarray) -> pl.DataFrame:
    provinces = pl.DataFrame({"region": _province(np.arange(PROVINCES)), "name": _province(np.arange(PROVINCES))})
    cities = pl.DataFrame({
        "region": _city(np.arange(CITIES)), "name": _city(np.arange(CITIES)), "parent": _province(province),
        "latitude": point[:, 0], "longitude": point[:, 1],
    })  # fmt: skip
    return pl.concat([provinces, cities], how="diagonal")


def _network(homes: np.ndarray, idle: np.ndarray, week: np.ndarray) -> dict[str, pl.DataFrame]:
    """A platform per home with one line; an idle one used a tenth of its hours in the year before."""
    ids = [f"P{k:04}" for k in range(len(homes))]
    week = np.minimum(np.round(week), 160.0)
    platforms = pl.DataFrame({
        "platform": ids, "organisation": ids, "name": ids, "kind": ["pilot"] * len(ids), "is_public": idle,
        "region": _city(homes // DIRECTIONS), "directions": [[d] for d in _direction(homes % DIRECTIONS)],
    })  # fmt: skip
    lines = pl.DataFrame({"line": [f"L{i}" for i in ids], "platform": ids, "name": ids, "hours_week": week})
    usage = pl.DataFrame({
        "usage": [f"U{i}" for i in ids], "platform": ids, "date_from": [date(2026, 6, 1)] * len(ids),
        "date_to": [date(2026, 6, 30)] * len(ids), "hours": np.where(idle, 5.2, 40.0) * week,
    })  # fmt: skip
    return {"platforms": platforms, "lines": lines, "usage": usage}


def _money() -> dict[str, pl.DataFrame]:
    years = range(2027, 2027 + PERIODS)
    budgets = pl.DataFrame({
        "budget": [f"B{y}" for y in years], "fund": ["F"] * PERIODS, "period_from": [date(y, 1, 1) for y in years],
        "period_to": [date(y, 12, 31) for y in years], "amount": [BUDGET] * PERIODS, "currency": ["CNY"] * PERIODS,
    })  # fmt: skip
    return {"budgets": budgets, "funds": pl.DataFrame({"fund": ["F"], "name": ["F"], "kind": ["ministry"]})}


def _direction(numbers: np.ndarray) -> list[str]:
    return [f"d{k:02}" for k in numbers]


def _city(numbers: np.ndarray) -> list[str]:
    return [f"c{k:03}" for k in numbers]


def _province(numbers: np.ndarray) -> list[str]:
    return [f"p{k:02}" for k in numbers]


def measure(seed: int = 1, seconds: float = 50.0, progress: Callable[..., Any] = print) -> dict[str, float]:
    """Figures by name: see GOALS. Times are of the whole call, frames and reasons included."""
    from tongtu import packs
    from tongtu.pilots.layout import Settings, layout, preview
    from tongtu.registry import Registry

    tables, demand = nation(seed)
    registry, pack = Registry(tables), packs.load("cn")
    progress("national preview …")
    begun = time.perf_counter()
    first = preview(registry, demand, pack, AS_OF)
    figures = {"national_preview_seconds": time.perf_counter() - begun}
    progress("national optimum …")
    begun = time.perf_counter()
    best = layout(registry, demand, pack, AS_OF, settings=Settings(alternatives=0, seconds=seconds))
    figures["national_seconds"] = time.perf_counter() - begun
    figures |= _shares("national", best)
    figures["national_preview_loses"] = 1 - float(first.solution.value or 0) / float(best.solution.value or 1)
    for name, fairness in (("fair", "weighted"), ("worst_first", "lexicographic")):
        progress(f"national, {fairness} fairness …")
        begun = time.perf_counter()
        settings = Settings(alternatives=0, fairness=fairness, seconds=seconds)  # type: ignore[arg-type]
        fair = layout(registry, demand, pack, AS_OF, settings=settings)
        figures[f"national_{name}_seconds"] = time.perf_counter() - begun
        figures |= _shares(f"national_{name}", fair)
        worst = [s for s in fair.solutions if s.problem == "pilots_layout.worst"]
        if worst:
            figures["national_worst_first_share_gap"] = _gap(worst[0].value, worst[0].bound)
    return {name: float(f"{figure:.4g}") for name, figure in figures.items()}


def _gap(value: float | None, bound: float | None) -> float:
    """Relative to the value itself, also where that is a share below one."""
    return 1.0 if not value or bound is None else abs(bound - value) / abs(value)


def _shares(name: str, found: Any) -> dict[str, float]:
    """Share of all hours served by period, share of the province worst off at the end, the gap, numbers of actions."""
    total = found.coverage.group_by("period").agg(pl.col("demand", "covered").sum()).sort("period")
    shares = (total["covered"] / total["demand"]).to_list()
    worst = found.fairness.filter(pl.col("period") == PERIODS)["share"].min()
    counts = dict(found.actions.group_by("action").len().iter_rows())
    return {
        f"{name}_gap": _gap(found.solution.value, found.solution.bound),
        **{f"{name}_covered_{k}": round(share, 4) for k, share in enumerate(shares, 1)},
        f"{name}_worst_province": round(float(worst), 4),
        **{f"{name}_{action}": counts.get(action, 0) for action in ("strengthen", "activate", "supplement")},
    }


if __name__ == "__main__":
    for figure, value in measure().items():
        print(f"{figure:32} {value:.6g}")
