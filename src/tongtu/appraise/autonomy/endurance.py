"""How long stocks carry the chain when a supply ends, against how long it takes to have it back.

Time to survive and time to recover as in Simchi-Levi, Schmidt, Wei et al., "Identifying Risks and Mitigating
Disruptions in the Automotive Supply Chain", Interfaces 45 (2015). Here a stock is given in days of need at the item
itself, and the recovery is the quickest known of: repair, another supplier, a qualified substitute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tongtu.appraise.autonomy import net as nets
from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.disruption import first_short
from tongtu.appraise.autonomy.net import Array, Floats, Ints
from tongtu.terms.why import Label, Why

_SCHEMA: dict[str, Any] = {
    "item": pl.String, "survives": pl.Float64, "recovers": pl.Float64, "by": pl.String, "gap": pl.Float64,
    "short": pl.Boolean, "reach_low": pl.Float64, "reach": pl.Float64, "reach_high": pl.Float64,
    "target_gap": pl.Float64, "target_short": pl.Boolean, "chain": pl.List(pl.String), "why": pl.String,
}  # fmt: skip
_MEANS = ("recovery", "supplier", "substitute")
_AT_ONCE = 256


def endurance(graph: SupplyGraph, target: str | None = None) -> pl.DataFrame:
    """By item (those the target stands on): the columns of `_SCHEMA`; days throughout.

    survives: stock_days. recovers: the least known of recovery_days, the second supplier's lead time (where two are
    named: the shortest may be the one that failed), and a qualified substitute's switch_days; `by` says which. A means
    nobody put a time to is not counted, so it is an upper bound. gap = survives − recovers; short: gap < 0.

    reach: days until the target first runs short when the item's own supply ends for good, alternatives taken up
    as they can be; null where an unknown stock or switching time leaves it open (reach_low and reach_high, null for
    never, bound it) or the target never does. target_gap and target_short set it against `recovers`; chain: from the
    target down to the item, through the input that runs out first. Unknown stays unknown.

    Raises DataRefused for a target the graph does not hold.
    """
    items = np.arange(len(graph.items))
    top = None if target is None else int(graph.used[graph.position(target)])
    if top is not None:
        items = items[nets.cone(graph.net, [top])[items]]
    stock = graph.fact("stock_days")
    recovers, means = _recoveries(graph)
    gap = stock - recovers
    reach, chains = _reaches(graph, items, top)
    rows = []
    for k, item in enumerate(int(i) for i in items):
        own = float(stock[item]), float(recovers[item]), float(gap[item])
        first = float(reach[0, k]), float(reach[1, k])
        rows.append(_row(graph, item, own, int(means[item]), first, chains[k], top is not None))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _row(
    graph: SupplyGraph,
    item: int,
    own: tuple[float, float, float],
    means: int,
    reach: tuple[float, float],
    chain: list[str],
    aimed: bool,
) -> tuple[Any, ...]:
    survives, recovers, gap = (_null(x) for x in own)
    by = _MEANS[means] if recovers is not None else None
    low, high = (_finite(x) for x in reach)
    sure = aimed and reach[0] == reach[1]
    target_short = None
    if aimed and recovers is not None:
        target_short = True if reach[1] < recovers else (False if reach[0] >= recovers else None)
    name = graph.items[item]
    told = low if sure else None
    target_gap = told - recovers if told is not None and recovers is not None else None
    parts = []
    if aimed and reach[0] == np.inf:
        parts.append(Why("appraise_autonomy.never-short"))
    elif aimed:
        parts.append(_reached(graph, low, high, chain, sure))
    why = _said(graph.label(name), survives, recovers, by, tuple(parts))
    short = None if gap is None else gap < 0
    shown = (low, told, high) if aimed else (None, None, None)
    way = chain if aimed else None
    return name, survives, recovers, by, gap, short, *shown, target_gap, target_short, way, why.to_json()


def _said(name: Label, survives: float | None, recovers: float | None, by: str | None, parts: tuple[Why, ...]) -> Why:
    args: dict[str, Any] = {"item": name, "survives": survives, "recovers": recovers}
    if by is not None:
        args["means"] = Why(f"appraise_autonomy.means-{by}")
        return Why("appraise_autonomy.endurance", args, parts)
    return Why("appraise_autonomy.endurance-open", {"item": name, "survives": survives}, parts)


def _reached(graph: SupplyGraph, low: float | None, high: float | None, chain: list[str], sure: bool) -> Why:
    steps = graph.way(chain)
    if sure:
        return Why("appraise_autonomy.reach", {"days": low, "chain": steps})
    if high is None:
        return Why("appraise_autonomy.reach-from", {"low": low, "chain": steps})
    return Why("appraise_autonomy.reach-between", {"low": low, "high": high, "chain": steps})


def _recoveries(graph: SupplyGraph) -> tuple[Floats, Ints]:
    """Days until each item's supply is back, by the quickest known means, and which that is (see `_MEANS`)."""
    count = len(graph.items)
    days = np.full((3, count), np.inf)
    days[0] = np.nan_to_num(graph.fact("recovery_days"), nan=np.inf)
    leads = graph.supplies.group_by("item", "supplier").agg(pl.col("lead_days").min()).filter(
        pl.col("lead_days").is_not_null()
    ).sort("item", "lead_days", "supplier")  # fmt: skip
    second = leads.group_by("item", maintain_order=True).agg(pl.col("lead_days").slice(1, 1)).explode("lead_days")
    second = second.drop_nulls()
    days[1, graph.coded(second["item"])] = second["lead_days"].to_numpy()
    for branch in np.flatnonzero(graph.swap >= 0):
        item = int(graph.stands[graph.net.node[branch]])
        days[2, item] = min(days[2, item], np.nan_to_num(graph.days[branch], nan=np.inf))
    best = days.argmin(axis=0)
    quickest = days.min(axis=0)
    return np.where(np.isinf(quickest), np.nan, quickest), best


def _reaches(graph: SupplyGraph, items: Ints, top: int | None) -> tuple[Floats, list[list[str]]]:
    """First day the target runs short, item by item (2 × items: at the least, at the most), and the chain of it."""
    if top is None:
        return np.full((2, len(items)), np.nan), [[] for _ in items]
    part = _Part(graph, top)
    found = np.empty((2, len(items)))
    chains: list[list[str]] = []
    for low in range(0, len(items), _AT_ONCE):
        ended = items[low : low + _AT_ONCE]
        for bound, unknown in enumerate((0.0, np.inf)):
            if bound and part.known:
                found[1, low : low + _AT_ONCE] = found[0, low : low + _AT_ONCE]
                continue
            late = part.times(ended, unknown, late=True)
            soon = part.times(ended, unknown, late=False) if part.swaps else late
            first = late[part.top].copy()
            # a substitute that comes after the item has run out leaves a gap, which later stocks may bridge or not
            for gap in np.flatnonzero(first != soon[part.top]):
                first[gap] = first_short(graph, int(ended[gap]), top, grim=bound == 0)
            found[bound, low : low + _AT_ONCE] = first
            if bound == 0:
                for k, item in enumerate(int(i) for i in ended):
                    times = soon[:, k] if first[k] == soon[part.top, k] else late[:, k]
                    chains.append([] if np.isinf(first[k]) else part.chain(times, item))
    return found, chains


class _Part:
    """What the target stands on, with its stocks."""

    def __init__(self, graph: SupplyGraph, top: int) -> None:
        inside = nets.cone(graph.net, [top])
        self.graph = graph
        self.net, self.nodes, branches = nets.within(graph.net, inside)
        self.at = np.cumsum(inside) - 1
        self.top = int(self.at[top])
        self.items = int((self.nodes < len(graph.items)).sum())
        self.stock = graph.fact("stock_days")[self.nodes[: self.items]]
        self.days, self.swap = graph.days[branches], graph.swap[branches] >= 0
        self.swaps = bool(self.swap.any())
        self.known = not (np.isnan(self.stock).any() or np.isnan(self.days).any())
        self.leaf = np.ones(self.items, bool)
        self.leaf[self.net.node[self.net.node < self.items]] = False
        self.low, self.high = self.net.branches()

    def times(self, ended: Ints, unknown: float, *, late: bool) -> Array:
        """When each node first runs short (∞ never), a column for each item whose supply ends on day zero.

        A stock of unknown size counts as `unknown`, a switch of unknown length the other way round. A substitute that
        is not ready before the item runs short is taken for one that never comes (`late`: the day found is early or
        right) or for one that comes in time (the day found is right or late).
        """
        stock = np.nan_to_num(self.stock, nan=unknown)
        switch = np.nan_to_num(self.days, nan=np.inf if unknown == 0.0 else 0.0)
        own_stock = np.append(stock, np.zeros(self.net.size - self.items))[:, None]
        values = np.full((self.net.size, len(ended)), np.inf)
        values[self.at[ended], np.arange(len(ended))] = 0.0
        values[: self.items] += np.where(self.leaf, stock, 0.0)[:, None]
        for level in self.net.levels:
            nodes = level.nodes
            gates = nets.reduced(np.minimum, values, level.gates, level.inputs)
            if self.swaps:
                gates = self._in_time(gates, level.branches, switch, late)
            best = nets.reduced(np.maximum, gates, level.first)
            produced = np.minimum(values[nodes], best) + own_stock[nodes]
            values[nodes] = np.where((nodes >= self.items)[:, None], best, produced)
        return values

    def _in_time(self, gates: Array, branches: slice, switch: Floats, late: bool) -> Array:
        """Without the substitutes that are not ready before the item itself (each node's first branch) runs short."""
        swap = self.swap[branches]
        if not swap.any():
            return gates
        first = np.flatnonzero(np.diff(self.net.node[branches], prepend=-1))
        itself = gates[np.repeat(first, np.diff(np.append(first, len(swap))))]
        days = switch[branches][:, None]
        missing = swap[:, None] & ((days > itself) if late else np.isinf(days))
        return np.where(missing, -np.inf, gates)

    def chain(self, times: Floats, item: int) -> list[str]:
        """From the target down to the item, through what runs out first on the branch that lasts longest."""
        node, steps = self.top, [self._item(self.top)]
        while steps[-1] != item or node >= self.items:
            node = self._next(times, node)
            if self._item(node) != steps[-1]:
                steps.append(self._item(node))
        return [self.graph.items[k] for k in steps]

    def _item(self, node: int) -> int:
        return int(self.graph.stands[self.nodes[node]])

    def _next(self, times: Floats, node: int) -> int:
        """The input that runs out first on the branch that lasts longest; a substitute come too late lasted none."""
        branches = range(int(self.low[node]), int(self.high[node]))
        first = [int(inputs[np.argmin(times[inputs])]) for inputs in map(self.net.of, branches)]
        if node >= self.items:
            return next(u for u in first if times[u] == times[node])
        return max(first, key=lambda u: times[u])


def _null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _finite(value: float) -> float | None:
    return None if np.isnan(value) or np.isinf(value) else float(value)
