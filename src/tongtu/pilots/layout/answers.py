"""Frames that say what a layout does: actions, coverage, fairness, what stands where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from tongtu.pilots.layout.case import Case, related_of
from tongtu.pilots.layout.greedy import Draft
from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.problem import Bools, Floats, Ints
from tongtu.pilots.layout.served import Served
from tongtu.pilots.layout.sites import quantity
from tongtu.terms.why import Ratio, Why

Row = dict[str, Any]
ACTIONS: Mapping[str, Any] = {
    "period": pl.Int64, "action": pl.String, "platform": pl.String, "platform_name": pl.String,
    "direction": pl.String, "region": pl.String, "payer": pl.String, "budget": pl.String, "cost": pl.Int64,
    "currency": pl.String, "hours": pl.Float64, "covered": pl.Float64, "committed": pl.Boolean, "build": pl.String,
    "place": pl.String, "why": pl.String,
}  # fmt: skip
COVERAGE: Mapping[str, Any] = {
    "direction": pl.String, "region": pl.String, "area": pl.String, "period": pl.Int64, "demand": pl.Float64,
    "unknown": pl.Int64, "covered": pl.Float64, "share": pl.Float64, "suppliers": pl.Int64,
    "nearest_km": pl.Float64, "why": pl.String,
}  # fmt: skip
FAIRNESS: Mapping[str, Any] = {
    "area": pl.String, "period": pl.Int64, "demand": pl.Float64, "covered": pl.Float64, "share": pl.Float64,
    "why": pl.String,
}  # fmt: skip
SITES: Mapping[str, Any] = {
    "site": pl.String, "platform": pl.String, "platform_name": pl.String, "direction": pl.String, "region": pl.String,
    "latitude": pl.Float64, "longitude": pl.Float64, "active": pl.Boolean, "hours": pl.Float64, "state": pl.String,
}  # fmt: skip
_TINY = 1e-6


@dataclass(frozen=True)
class Outcome:
    """A choice with everything its frames are read from."""

    case: Case
    draft: Draft
    names: Names

    @cached_property
    def done(self) -> Bools:
        return self.case.problem.in_force(self.draft.paid)

    @cached_property
    def capacity(self) -> Floats:
        return self.case.problem.capacity(self.done)

    @cached_property
    def serving(self) -> Bools:
        return self.case.problem.serving(self.done)

    @cached_property
    def served(self) -> Served:
        return Served(self.case.problem)

    def actions(self) -> pl.DataFrame:
        """One row per action, by period: commitments first, then what serves most for its money."""
        rows = self._ordered()
        return pl.DataFrame(rows, schema=ACTIONS)

    def _ordered(self) -> list[Row]:
        case, problem = self.case, self.case.problem
        index = {site.key: k for k, site in enumerate(case.sites)}
        committed = {k: [c for c in case.committed if c.period == k] for k in range(len(case.periods))}
        capacity, serving = self._bare()
        rows: list[Row] = []
        for period in range(problem.periods):
            now: dict[int, float] = {}
            for c in committed[period]:
                added = self.served.more(index[c.site], c.hours, capacity, serving, period, now)
                rows.append(self._committed(c, period, added))
            for step in self._by_ratio(period):
                site, hours = int(problem.steps.site[step]), float(problem.steps.hours[step])
                added = self.served.more(site, hours, capacity, serving, period, now)
                rows.append(self._action(int(step), period, added))
        return rows

    def _bare(self) -> tuple[Floats, Bools]:
        """What stood before any commitment."""
        begun = {c.site for c in self.case.committed}
        hours = [
            0.0 if site.platform is None else site.standing if site.key not in begun or site.weak else site.hours
            for site in self.case.sites
        ]
        return np.array(hours, np.float64), np.array([site.platform is not None for site in self.case.sites], bool)

    def _by_ratio(self, period: int) -> Ints:
        """Steps begun in a period: what must be first before what follows it, then hours for money."""
        problem, paid = self.case.problem, self.draft.paid
        pots = np.array([pot.period for pot in self.case.pots], np.int64)
        mine = np.flatnonzero((paid >= 0) & (pots[paid] == period) if len(pots) else np.zeros(len(paid), bool))
        cost = np.array([max(1, self.cost(int(step))) for step in mine], np.float64)
        follows = problem.steps.after[mine] >= 0
        order = np.lexsort((mine, -problem.steps.hours[mine] / cost, follows))
        return mine[order]

    def cost(self, step: int) -> int:
        """What the pot pays for a step that is done."""
        options = self.case.problem.options
        mine = (options.step == step) & (options.pot == self.draft.paid[step])
        return int(options.cost[mine][0])

    def _committed(self, c: Any, period: int, added: float) -> Row:
        pot = None if c.paid_in is None else self.case.pots[c.paid_in]
        args = {
            "build": c.name, "state": self.names.word("build_state", c.state), "hours": quantity(c.hours),
            "added": quantity(added), "direction": self.names.direction(c.direction),
            "region": self.names.region(c.region),
        }  # fmt: skip
        parts: tuple[Why, ...] = (Why("pilots_layout.hours-guessed"),) if c.assumed else ()
        parts += (Why("pilots_layout.paid-outside"),) if pot is None else ()
        return {
            "period": period + 1, "action": c.action, "platform": c.platform,
            "platform_name": self.names.platform_name(c.platform), "direction": c.direction, "region": c.region,
            "payer": c.fund, "budget": pot.budget if pot else None, "cost": c.cost.minor if c.cost else None,
            "currency": c.cost.currency if c.cost else None, "hours": c.hours, "covered": added, "committed": True,
            "build": c.build, "place": None if c.platform else c.site,
            "why": Why("pilots_layout.action-committed", args, parts).to_json(),
        }  # fmt: skip

    def _action(self, k: int, period: int, added: float) -> Row:
        case = self.case
        step, pot = case.steps[k], case.pots[int(self.draft.paid[k])]
        site = case.sites[int(case.problem.steps.site[k])]
        args = {
            "platform": self.names.platform(site.platform), "direction": self.names.direction(site.direction),
            "region": self.names.region(site.region), "hours": quantity(step.hours), "added": quantity(added),
            "asked": quantity(self._asked(int(case.problem.steps.site[k]), period)),
        }  # fmt: skip
        parts = [Why(f"pilots_layout.cost-{step.origin}")]
        if site.assumed:
            parts.append(Why(f"pilots_layout.hours-{site.assumed}"))
        if (density := related_of(site, step.action, case.density, case.where)) is not None:
            parts.append(Why("pilots_layout.related", {"density": Ratio(density)}))
        if site.direction in case.bottlenecks:
            parts.append(Why("pilots_layout.bottleneck", {"n": case.settings.redundancy}))
        return {
            "period": period + 1, "action": step.action, "platform": site.platform,
            "platform_name": self.names.platform_name(site.platform), "direction": site.direction,
            "region": site.region, "payer": pot.fund, "budget": pot.budget, "cost": self.cost(k),
            "currency": pot.room.currency, "hours": step.hours, "covered": added, "committed": False, "build": None,
            "place": None if site.platform else site.key,
            "why": Why(f"pilots_layout.action-{step.action}", args, tuple(parts)).to_json(),
        }  # fmt: skip

    def _asked(self, site: int, period: int) -> float:
        links = self.case.problem.links
        return float(self.case.problem.hours[links.cell[links.site == site], period].sum())

    # ------------------------------------------------------------------------------------- cells and areas

    def coverage(self) -> pl.DataFrame:
        """One row per cell and period. A cell whose jobs all lack hours has no demand figure: unknown, not zero."""
        case, problem, links = self.case, self.case.problem, self.case.problem.links
        cells = case.cells.frame.rows(named=True)
        rows: list[Row] = []
        for period in range(problem.periods):
            covered = np.bincount(links.cell, self.draft.carried[:, period], len(cells))
            live = self.serving[links.site, period]
            suppliers = np.bincount(links.cell[live], minlength=len(cells))
            nearest = np.full(len(cells), np.inf)
            np.fmin.at(nearest, links.cell[live], case.km[live])
            for k, cell in enumerate(cells):
                figures = (problem.hours[k, period], covered[k], suppliers[k], nearest[k])
                rows.append(self._cell(cell, period, *map(float, figures)))
        return pl.DataFrame(rows, schema=COVERAGE).sort("direction", "region", "period")

    def _cell(self, cell: Row, period: int, asked: float, covered: float, suppliers: float, nearest: float) -> Row:
        km = nearest if np.isfinite(nearest) else None
        demand = asked if cell["known"] else None
        share = min(1.0, covered / asked) if demand else None
        if demand is None:
            code = "cell-unknown"
        elif not suppliers:
            code = "cell-far"
        else:
            code = "cell-full" if share is None or share >= 1 - _TINY else "cell-short"
        args = {"n": int(suppliers), "covered": quantity(covered), "demand": quantity(demand), "km": km and round(km),
                "radius": self.case.settings.radius_km, "jobs": cell["unknown"]}  # fmt: skip
        parts = (Why("pilots_layout.jobs-unknown", {"n": cell["unknown"]}),) if cell["unknown"] and demand else ()
        return {
            "direction": cell["direction"], "region": cell["region"], "area": cell["area"], "period": period + 1,
            "demand": demand, "unknown": cell["unknown"], "covered": covered if demand is not None else None,
            "share": share, "suppliers": int(suppliers), "nearest_km": km,
            "why": Why(f"pilots_layout.{code}", args, parts).to_json(),
        }  # fmt: skip

    def fairness(self, coverage: pl.DataFrame) -> pl.DataFrame:
        """Share of its hours that each area is served, by period; the worst is named."""
        total = coverage.group_by("area", "period").agg(pl.col("demand", "covered").sum()).sort("area", "period")
        shares = total.with_columns(
            pl.when(pl.col("demand") > 0).then(pl.col("covered") / pl.col("demand")).alias("share")
        )
        worst = pl.col("share") == pl.col("share").min().over("period")
        rows = shares.with_columns(worst.fill_null(False).alias("worst")).rows(named=True)
        return pl.DataFrame([self._area(row) for row in rows], schema=FAIRNESS)

    def _area(self, row: Row) -> Row:
        code = "area-unasked" if row["share"] is None else "area-worst" if row.pop("worst") else "area-share"
        share = None if row["share"] is None else Ratio(row["share"])
        args = {"area": self.names.region(row["area"]), "share": share, "demand": quantity(row["demand"])}
        kept = {name: row[name] for name in FAIRNESS if name != "why"}
        return {**kept, "why": Why(f"pilots_layout.{code}", args).to_json()}

    def sites(self) -> pl.DataFrame:
        """Every site that serves in the end, and where it lies: what a map draws."""
        committed = {c.site for c in self.case.committed if c.action == "supplement" or c.platform is None}
        rows = []
        for k, site in enumerate(self.case.sites):
            if not self.serving[k, -1] and site.platform is None:
                continue
            new = "committed" if site.key in committed else "new"
            state = new if site.platform is None else "weak" if self.capacity[k, -1] < site.hours - _TINY else "active"
            latitude, longitude = self.case.where.point.get(site.region, (None, None))
            rows.append({
                "site": site.key, "platform": site.platform, "platform_name": self.names.platform_name(site.platform),
                "direction": site.direction, "region": site.region, "latitude": latitude, "longitude": longitude,
                "active": bool(self.serving[k, -1]) and state != "weak", "hours": float(self.capacity[k, -1]),
                "state": state,
            })  # fmt: skip
        return pl.DataFrame(rows, schema=SITES)
