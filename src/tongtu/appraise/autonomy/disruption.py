"""A supplier or jurisdiction is out for some days: who runs short when, how badly, until when.

A deterministic flow: an item's supply drops to what its remaining suppliers hold, a route delivers what its scarcest
input delivers, a stock fills the gap until it is used up, a substitute takes over once it is switched to. Recovery is
at once when the outage ends. The structure is that of inventory-buffered supply networks (inoperability with stocks:
Barker and Santos, Int. J. Production Economics 126, 2010), reduced to what these tables can know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.appraise.autonomy.asked import within
from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.net import Floats
from tongtu.appraise.autonomy.profiles import FULL, INF, Profile, between, buffered, joined, merged, missing
from tongtu.appraise.autonomy.states import Held, held

_SCHEMA = {
    "item": pl.String, "hit": pl.Float64, "stops": pl.Float64, "recovers": pl.Float64, "lost": pl.Float64,
    "worst": pl.Float64, "sure": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Outage:
    """What is out and since when; `grim` takes every unknown the worse way, else the better."""

    graph: SupplyGraph
    rates: Mapping[int, float]
    start: float
    days: Floats
    switch: float
    stock: Floats
    swap_days: Floats


def disrupt(
    graph: SupplyGraph,
    *,
    suppliers: Collection[str] = (),
    jurisdictions: Collection[str] = (),
    start: float = 0.0,
    days: float | None,
    switch: float = 0.0,
) -> pl.DataFrame:
    """Every item whose production is touched: item, hit, stops, recovers, lost, worst, sure; by hit, then item.

    Out are all of these, from day `start` for `days` (None: each struck item for its own recovery_days). hit: first
    day its users get less than they need (null: stocks and alternatives cover it); stops: first day they get nothing;
    recovers: from when on they get all again (null: never short, or not within any time); lost: days of full need not
    met (null where it never recovers); worst: the largest share missing. Routes share no switching time in the data:
    until `switch` days have passed the worst-hit route counts, as it may be the one in use, then the best. A substitute
    takes over after its own switch_days. A remaining supplier goes on with its share and makes up for nobody.

    sure is false where something unknown (a stock, a share, a time) would change the row; the figures are then the
    worst case: no stock, no recovery. Raises DataRefused for unknown suppliers and jurisdictions, UsageFault for
    days, start or switch below zero.
    """
    within(0.0, days=days, start=start, switch=switch)
    rows = held(graph)
    out = np.isin(rows.supplier, rows.positions("supplier", sorted(suppliers)))
    out |= np.isin(rows.place, rows.positions("jurisdiction", sorted(jurisdictions)))
    told = [_run(_outage(graph, rows, out, start, days, switch, grim)) for grim in (True, False)]
    worse, better = told
    made = [(graph.items[item], *row, better.get(item) == row) for item, row in worse.items()]
    return pl.DataFrame(made, schema=_SCHEMA, orient="row").sort("hit", "item", nulls_last=True)


def _outage(
    graph: SupplyGraph, rows: Held, out: np.ndarray, start: float, days: float | None, switch: float, grim: bool
) -> _Outage:
    rates = {}
    bad, good = (INF, 0.0) if grim else (0.0, INF)
    for begin, end in zip(rows.first, np.append(rows.first[1:], len(rows.item)), strict=True):
        gone = out[begin:end]
        if gone.any():
            share, most = rows.share[begin:end], rows.most[begin:end]
            unknown = np.isnan(share)
            up = np.where(unknown, 0.0 if grim else most, share)[~gone].sum()
            down = np.where(unknown, most if grim else 0.0, share)[gone].sum()
            rates[int(rows.item[begin])] = 0.0 if gone.all() else (float(up / (up + down)) if up + down > 0 else 1.0)
    lasting = np.nan_to_num(graph.fact("recovery_days"), nan=bad) if days is None else np.full(len(graph.items), days)
    stock = np.nan_to_num(graph.fact("stock_days"), nan=good)
    return _Outage(graph, rates, start, lasting, switch, stock, np.nan_to_num(graph.days, nan=bad))


Row = tuple[float | None, float | None, float | None, float | None, float]


def _run(outage: _Outage) -> dict[int, Row]:
    """A row by touched item."""
    delivered, touched = _flows(outage)
    used = outage.graph.used
    return {item: _row(delivered.get(int(used[item]), FULL)) for item in sorted(touched)}


def first_short(graph: SupplyGraph, item: int, top: int, *, grim: bool) -> float:
    """The day a node first runs short when an item's own supply ends for good (∞ never), by position."""
    bad, good = (INF, 0.0) if grim else (0.0, INF)
    stock, days = np.nan_to_num(graph.fact("stock_days"), nan=good), np.full(len(graph.items), INF)
    outage = _Outage(graph, {item: 0.0}, 0.0, days, 0.0, stock, np.nan_to_num(graph.days, nan=bad))
    delivered, _ = _flows(outage)
    hit = _row(delivered.get(top, FULL))[0]
    return INF if hit is None else hit


def _flows(outage: _Outage) -> tuple[dict[int, Profile], set[int]]:
    """What each node delivers, where that is not always all, and the items whose production is touched."""
    graph, made = outage.graph, len(outage.graph.items)
    delivered: dict[int, Profile] = {}
    touched: set[int] = set()
    short = np.zeros(graph.net.size, bool)
    struck = np.zeros(graph.net.size, bool)
    struck[[item for item, rate in outage.rates.items() if rate < 1]] = True
    for node in (int(n) for n in np.flatnonzero(struck) if not graph.branches(int(n))):
        touched.add(node)
        delivered[node] = buffered(_struck(outage, node), outage.stock[node])
        short[node] = bool(delivered[node])
    for level in graph.net.levels:
        gates = np.logical_or.reduceat(short[level.inputs], level.gates)
        reached = np.logical_or.reduceat(gates, level.first) | struck[level.nodes]
        for node in (int(n) for n in level.nodes[reached]):
            ways = [merged([delivered.get(int(u), FULL) for u in graph.net.of(b)], min) for b in graph.branches(node)]
            if node >= made:
                delivered[node] = _used(outage, node, ways)
            else:
                touched.add(node)
                produced = merged([_struck(outage, node), _routes(outage, ways)], min)
                delivered[node] = buffered(produced, outage.stock[node])
            short[node] = bool(delivered[node])
    return delivered, touched


def _struck(outage: _Outage, item: int) -> Profile:
    return between(outage.start, outage.start + float(outage.days[item]), outage.rates.get(item, 1.0))


def _routes(outage: _Outage, ways: list[Profile]) -> Profile:
    return joined(merged(ways, min), merged(ways, max), outage.start + outage.switch) if len(ways) > 1 else ways[0]


def _used(outage: _Outage, node: int, ways: list[Profile]) -> Profile:
    """The item itself, and from its day on each substitute: until then it delivers nothing."""
    nothing: Profile = ((-INF, 0.0),)
    ready = [
        joined(nothing, way, outage.start + float(outage.swap_days[branch])) if outage.graph.swap[branch] >= 0 else way
        for branch, way in zip(outage.graph.branches(node), ways, strict=True)
    ]
    return merged(ready, max)


def _row(profile: Profile) -> Row:
    if not profile:
        return None, None, None, 0.0, 0.0
    hit = next(day for day, rate in profile if rate < 1)
    stops = next((day for day, rate in profile if rate == 0), None)
    day, rate = profile[-1]
    back = rate == 1.0
    return hit, stops, day if back else None, missing(profile) if back else None, max(1 - rate for _, rate in profile)
