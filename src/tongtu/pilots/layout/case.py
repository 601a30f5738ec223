"""From records to numbers: everything a layout is asked about, with the names that the numbers stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tongtu.pilots.layout.committed import Commitment, commitments
from tongtu.pilots.layout.demand import Cells, bottlenecks_of, cells_of
from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.paying import Pot, Rates, periods_of, pots_of
from tongtu.pilots.layout.problem import Floats, Links, Options, Pots, Problem, Steps
from tongtu.pilots.layout.reach import Map
from tongtu.pilots.layout.settings import SUPPLEMENT, Costs, Objective, Period, Settings
from tongtu.pilots.layout.sites import Peers, Site, Step, fresh_sites, sites_of, steps_of
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack


@dataclass(frozen=True, slots=True)
class Case:
    """A problem and what its numbers stand for. `km` per link (NaN: kin, no distance known); `drawn`: money that
    commitments take from each pot beyond what it holds is negative in `over`."""

    problem: Problem
    objective: Objective
    settings: Settings
    periods: tuple[Period, ...]
    cells: Cells
    areas: list[str]
    sites: list[Site]
    steps: list[Step]
    pots: list[Pot]
    committed: list[Commitment]
    bottlenecks: list[str]
    peers: Peers
    costs: Costs
    where: Map
    km: Floats
    density: Mapping[tuple[str, str], float]
    over: tuple[tuple[Pot, Money], ...]
    notes: tuple[Why, ...]


def case_of(
    registry: Registry, demand: pl.DataFrame, pack: Pack, names: Names, as_of: date, *,
    periods: int | Sequence[Period] | None, settings: Settings, objective: Objective, budgets: pl.DataFrame | None,
    committed: pl.DataFrame | None, relatedness: pl.DataFrame | None, bottlenecks: Sequence[str] | None,
    directions: Sequence[str] | None, shares: Mapping[str, float] | None,
) -> Case:  # fmt: skip
    """Raises DataRefused and UsageFault as its parts do: see `layout`."""
    money = Registry({"budgets": budgets})["budgets"] if budgets is not None else registry["budgets"]
    builds = Registry({"builds": committed})["builds"] if committed is not None else registry["builds"]
    span = periods_of(periods, money, as_of)
    costs, where = Costs.of(pack, as_of), Map.of(registry)
    cells = cells_of(registry, demand, where, as_of, len(span), settings.assumed_hours, directions, names)
    wanted = set(cells.frame["direction"].to_list())
    sites, peers, told = sites_of(registry, cells, costs, settings, as_of)
    pots, told_pots = pots_of(registry, money, span)
    rates = Rates.of(registry, as_of)
    settled, told_builds = commitments(builds, sites, peers, costs, pots, span, rates, settings.announced, wanted)
    taken = {c.site for c in settled}
    fresh = fresh_sites(cells, sites, taken, peers, costs, settings)
    done = {c.step for c in settled}
    steps = [step for step in steps_of(sites, fresh, peers, costs) if step.key not in done]
    every = sorted([*sites, *fresh, *_begun(settled, {s.key for s in sites})], key=lambda site: site.key)
    scarce = bottlenecks_of(registry, as_of, bottlenecks, wanted, names)
    density = _density(relatedness, names)
    room, over = _after(settled, pots, rates)
    links, km = _links(cells, every, where, settings, objective, set(scarce))
    areas = sorted(cells.frame["area"].unique().to_list())
    problem = Problem(
        cells.hours, cells.weight, _numbers(cells.frame["area"].to_list(), areas),
        *_standing(every, settled, len(span)), links, _steps(steps, every, density, settings, where),
        Pots(np.array([p.period for p in pots], np.int64), room), _options(steps, every, pots, rates, where, settled),
        _least(shares, areas, names), _fewest(every, scarce, settings), objective != "p-median",
    )  # fmt: skip
    told_more = _more_notes(km, steps, problem, [names.direction(direction) for direction in scarce], settings)
    notes = (*cells.notes, *told, *told_pots, *told_builds, *told_more)
    return Case(
        problem, objective, settings, span, cells, areas, every, steps, pots, settled, scarce, peers, costs, where,
        km, density, over, notes,
    )  # fmt: skip


def _begun(settled: list[Commitment], standing: set[str]) -> list[Site]:
    """New places, and platforms outside the list, that a commitment brings."""
    found: dict[str, Site] = {}
    for c in settled:
        if c.site not in standing:
            hours = c.hours + (found[c.site].hours if c.site in found else 0.0)
            found[c.site] = Site(c.site, c.platform, c.direction, c.region, hours)
    return list(found.values())


def _numbers(names: Sequence[str], order: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    index = {name: k for k, name in enumerate(order)}
    return np.array([index[name] for name in names], np.int64)


def _standing(sites: list[Site], settled: list[Commitment], periods: int) -> tuple[Floats, np.ndarray]:
    """Hours a year and service by site and period, from what stands and what is committed."""
    index = {site.key: k for k, site in enumerate(sites)}
    begun = {c.site for c in settled if c.action == SUPPLEMENT or c.platform is None}
    own = [0.0 if site.platform is None or site.key in begun else site.standing for site in sites]
    base = np.repeat(np.array(own, np.float64)[:, None], periods, axis=1)
    for c in settled:
        if c.period is not None:
            base[index[c.site], c.period :] += c.hours
    platform = np.array([site.platform is not None and site.key not in begun for site in sites], bool)
    return base, platform[:, None] | (base > 0)


def _links(
    cells: Cells, sites: list[Site], where: Map, settings: Settings, objective: Objective, scarce: set[str]
) -> tuple[Links, Floats]:
    """Sites and cells of one direction within reach; where a distance is unknown, within the same area."""
    far = settings.radius_km if objective == "coverage" else settings.far_km
    of_cell = cells.frame.with_row_index("k").partition_by("direction", as_dict=True)
    by_direction: dict[str, list[int]] = {}
    for k, site in enumerate(sites):
        by_direction.setdefault(site.direction, []).append(k)
    parts: list[Floats] = [np.zeros((4, 0))]
    for (direction,), rows in sorted(of_cell.items()):
        mine = np.array(by_direction.get(str(direction), []), np.int64)
        left, right = [sites[k].region for k in mine], rows["region"].to_list()
        km = where.distances(left, right)
        near = np.where(np.isnan(km), where.kin(left, right), km <= far)
        i, j = np.nonzero(near)
        most = 1.0 / settings.redundancy if direction in scarce else 1.0
        parts.append(np.stack([mine[i], rows["k"].to_numpy()[j], km[i, j], np.full(len(i), most)]))
    table = np.concatenate(parts, axis=1)
    site, cell = (table[k].astype(np.int64) for k in range(2))
    far_off, most_of = table[2], table[3]
    order = np.lexsort((cell, site))
    unknown = np.isnan(far_off)
    worth = np.ones(len(site)) if objective == "coverage" else 1.0 - np.where(unknown, far / 2, far_off) / far
    return Links(site[order], cell[order], worth[order], most_of[order]), far_off[order]


def _steps(
    steps: list[Step], sites: list[Site], density: Mapping[tuple[str, str], float], settings: Settings, where: Map
) -> Steps:
    index, number = {s.key: k for k, s in enumerate(sites)}, {s.key: k for k, s in enumerate(steps)}
    hours = np.array([s.hours for s in steps], np.float64)
    related = np.array([related_of(sites[index[s.site]], s.action, density, where) or 0.0 for s in steps], np.float64)
    extra = (settings.relatedness * related - settings.duplication) * hours
    return Steps(
        np.array([index[s.site] for s in steps], np.int64), hours,
        np.array([s.action == SUPPLEMENT for s in steps], bool),
        np.array([number.get(s.after, -1) for s in steps], np.int64), extra,
    )  # fmt: skip


def related_of(site: Site, action: str, density: Mapping[tuple[str, str], float], where: Map) -> float | None:
    """The density of a direction in the site's region, or in what contains it; for new places only."""
    if action != SUPPLEMENT:
        return None
    return next((d for r in where.above(site.region) if (d := density.get((r, site.direction))) is not None), None)


def _density(frame: pl.DataFrame | None, names: Names) -> dict[tuple[str, str], float]:
    if frame is None:
        return {}
    rows = frame.select("region", "direction", "density").drop_nulls().iter_rows()
    found = {(region, direction): float(density) for region, direction, density in rows}
    wrong = [(key, density) for key, density in sorted(found.items()) if not 0.0 <= density <= 1.0]
    if wrong:
        (region, direction), density = wrong[0]
        args = {"region": names.region(region), "direction": names.direction(direction), "density": density}
        raise DataRefused(
            Fault(Why("pilots_layout.bad-density", args), Why("pilots_layout.bad-density-repair"), sheet="relatedness")
        )
    return found


def _options(
    steps: list[Step], sites: list[Site], pots: list[Pot], rates: Rates, where: Map, settled: list[Commitment]
) -> Options:
    """Every step with every pot that may pay it; a step whose precondition is being built waits for it."""
    index, ready = {s.key: s for s in sites}, {c.step: c.period for c in settled}
    rows = []
    for a, step in enumerate(steps):
        site = index[step.site]
        earliest = ready.get(step.after, 0)
        for b, pot in enumerate(pots):
            if earliest is None or pot.period < earliest or not pot.pays_for(site.direction, site.region, where):
                continue
            cost = rates.into(step.cost, pot.room.currency)
            if cost is not None:
                rows.append((a, b, cost.minor))
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Options(table[:, 0], table[:, 1], table[:, 2])


def _after(
    settled: list[Commitment], pots: list[Pot], rates: Rates
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], tuple[tuple[Pot, Money], ...]]:
    """What commitments leave in each pot (never below zero), and what they lack."""
    left = [pot.room.minor for pot in pots]
    for c in settled:
        if c.paid_in is not None and c.cost is not None:
            money = rates.into(c.cost, pots[c.paid_in].room.currency)
            left[c.paid_in] -= money.minor if money else 0
    over = tuple((pot, Money(-x, pot.room.currency)) for pot, x in zip(pots, left, strict=True) if x < 0)
    return np.maximum(np.array(left, np.int64), 0), over


def _least(shares: Mapping[str, float] | None, areas: list[str], names: Names) -> Floats:
    """Least share by area; `*` speaks for those not named. Raises DataRefused for bad shares and unknown areas."""
    given = dict(shares or {})
    faults = []
    for area, share in sorted(given.items()):
        if area != "*" and area not in areas:
            args: dict[str, object] = {"area": area}
            faults.append(
                Fault(
                    Why("pilots_layout.unknown-area", args), Why("pilots_layout.unknown-area-repair"), column="shares"
                )
            )
        if not 0.0 <= share <= 1.0:
            args = {"area": names.region(area), "share": share}
            faults.append(
                Fault(Why("pilots_layout.bad-share", args), Why("pilots_layout.bad-share-repair"), column="shares")
            )
    if faults:
        raise DataRefused(faults)
    return np.array([given.get(area, given.get("*", 0.0)) for area in areas], np.float64)


def _fewest(sites: list[Site], scarce: list[str], settings: Settings) -> tuple[tuple[np.ndarray, int], ...]:
    directions = np.array([site.direction for site in sites], object)
    return tuple((np.flatnonzero(directions == d).astype(np.int64), settings.redundancy) for d in scarce)


def _more_notes(km: Floats, steps: list[Step], problem: Problem, scarce: list[Label], settings: Settings) -> list[Why]:
    notes = []
    if (n := int(np.isnan(km).sum())) > 0:
        notes.append(Why("pilots_layout.no-coordinates", {"n": n, "all": len(km)}))
    packed = sum(step.origin == "pack" for step in steps)
    if packed:
        notes.append(Why("pilots_layout.costs-of-pack", {"n": packed, "all": len(steps)}))
    unpaid = len(steps) - len(np.unique(problem.options.step))
    if unpaid:
        notes.append(Why("pilots_layout.no-payer", {"n": unpaid}))
    if scarce:
        notes.append(Why("pilots_layout.bottlenecks", {"n": settings.redundancy, "directions": tuple(scarce)}))
    return notes
