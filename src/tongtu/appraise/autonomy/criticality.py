"""Which items matter most: little autonomy × much value downstream × a long time to do without.

    criticality = (1 − A) × share of downstream value × lead time to substitute (days)

The product is ours, after the three factors every published definition of dependency has (risk of disruption,
importance, constrained substitution: OECD Trade Policy Paper 280). A rank hides how close its neighbours are, so each
comes with the interval of ranks it takes when the shares move within their bounds.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl

from tongtu.appraise.autonomy import net as nets
from tongtu.appraise.autonomy.asked import within
from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.net import Array, Floats
from tongtu.appraise.autonomy.propagation import carried, owned
from tongtu.terms.why import Ratio, Why

_SCHEMA = {
    "item": pl.String, "autonomy": pl.Float64, "value_share": pl.Float64, "days": pl.Float64,
    "criticality": pl.Float64, "rank": pl.Int64, "rank_low": pl.Int64, "rank_high": pl.Int64, "top10": pl.Float64,
    "why": pl.String,
}  # fmt: skip
_CELLS = 1 << 22
_DIGITS = 12


def criticality(
    graph: SupplyGraph,
    home: str | Collection[str],
    *,
    target: str | None = None,
    draws: int = 500,
    seed: int = 0,
    level: float = 0.9,
) -> pl.DataFrame:
    """Most critical first (ties by id), those with an unknown factor last: the columns of `_SCHEMA`.

    value_share: items.value_share; where that is unknown and there is a target, the share of the target's value that
    passes through the item, from components.value_share multiplied along the routes (at most one; at least this, where
    some are unknown). days: items.substitute_days, else the shortest switch_days of its substitutes, qualified or not.
    rank_low to rank_high: the middle `level` of its ranks over `draws` in which every known own share moves uniformly
    within its bounds, from `seed`; top10: share of the draws in which it is among the first ten. What is unknown
    altogether is not drawn: it counts as in `propagate`. With a target only the items it stands on are listed.

    Raises DataRefused for a target the graph does not hold, UsageFault for draws below 1 or a level outside 0..1.
    """
    within(1, draws=draws)
    within(0.0, 1.0, level=level)
    own, low, high = owned(graph, home)
    found = carried(graph, own, low, high)
    value, days = _values(graph, target), _days(graph)
    listed = np.arange(len(graph.items))
    if target is not None:
        listed = listed[nets.cone(graph.net, [int(graph.used[graph.position(target)])])[listed]]
    point = found.point[graph.used]
    weight = (value * days)[listed]
    score = ((1.0 - point) * value * days)[listed].round(_DIGITS)
    known = np.flatnonzero(~np.isnan(score))
    known = known[np.argsort(-score[known], kind="stable")]
    drawn = _drawn(graph, own, low, high, graph.used[listed[known]], draws, seed)
    ranks = _ranks((1.0 - drawn) * weight[known][:, None])
    edge = (1.0 - level) / 2
    least, most = np.quantile(ranks, (edge, 1 - edge), axis=1, method="nearest") if len(known) else (ranks, ranks)
    rows: list[tuple[Any, ...]] = []
    for k, at in enumerate(known):
        item = int(listed[at])
        figures = float(point[item]), float(value[item]), float(days[item]), float(score[at])
        span = k + 1, int(least[k]), int(most[k])
        why = _why(graph, item, figures, span)
        rows.append((graph.items[item], *figures, *span, float((ranks[k] <= 10).mean()), why.to_json()))
    for at in np.flatnonzero(np.isnan(score)):
        item = int(listed[at])
        parts = [_null(x) for x in (point[item], value[item], days[item])]
        rows.append((graph.items[item], *parts, None, None, None, None, None, _open(graph, item, parts).to_json()))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _drawn(graph: SupplyGraph, own: Floats, low: Floats, high: Floats, nodes: Array, draws: int, seed: int) -> Array:
    """Autonomy of the nodes in every draw."""
    rng = np.random.default_rng(seed)
    spread = np.where(np.isnan(own), 0.0, high - low)
    base = np.where(np.isnan(own), np.nan, low)
    base[len(graph.items) :] = np.nan
    found = np.empty((len(nodes), draws))
    factor = graph.performance[:, None]
    for part in _portions(draws, graph.net.size):
        values = base[:, None] + spread[:, None] * rng.random((graph.net.size, part.stop - part.start))
        nets.folded(graph.net, values, np.fmin, np.fmax, _times, lambda gates, b: gates * factor[b])
        found[:, part] = values[nodes]
    return found


def _portions(draws: int, size: int) -> list[slice]:
    step = max(1, _CELLS // max(1, size))
    return [slice(begin, min(draws, begin + step)) for begin in range(0, draws, step)]


def _times(own: Array, inner: Array) -> Array:
    return np.where(np.isnan(own), inner, np.where(np.isnan(inner), own, own * inner))


def _ranks(scores: Array) -> Array:
    """Rank of each row in each column, the largest first; the earlier row on a tie."""
    order = np.argsort(-scores.round(_DIGITS), axis=0, kind="stable")
    ranks = np.empty(scores.shape, np.int64)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[0] + 1)[:, None], axis=0)
    return ranks


def _days(graph: SupplyGraph) -> Floats:
    """Lead time to do without each item, NaN unknown."""
    days = graph.fact("substitute_days").copy()
    swaps = graph.edges.filter((pl.col("kind") == "substitute") & pl.col("days").is_not_null())
    quickest = swaps.group_by("item").agg(pl.col("days").min()).sort("item")
    at = graph.coded(quickest["item"])
    days[at] = np.where(np.isnan(days[at]), quickest["days"].to_numpy(), days[at])
    return days


def _values(graph: SupplyGraph, target: str | None) -> Floats:
    """Share of downstream value of each item, NaN unknown."""
    value = graph.fact("value_share").copy()
    if target is None:
        return value
    through = _through(graph, graph.position(target))
    return np.where(np.isnan(value), through, value)


def _through(graph: SupplyGraph, target: int) -> Floats:
    """Share of the target's value that passes through each item; over routes the largest, over users the sum."""
    parts = graph.edges.filter((pl.col("kind") == "part") & pl.col("value_share").is_not_null())
    best = parts.group_by("item", "component").agg(pl.col("value_share").max()).sort("item", "component")
    user, part = graph.coded(best["item"]), graph.coded(best["component"])
    share = best["value_share"].to_numpy()
    found = np.full(len(graph.items), np.nan)
    found[target] = 1.0
    begin = np.searchsorted(user, np.arange(len(graph.items) + 1))
    for level in reversed(graph.net.levels):
        for item in (int(n) for n in level.nodes if n < len(graph.items) and not np.isnan(found[n])):
            lines = slice(begin[item], begin[item + 1])
            found[part[lines]] = np.nan_to_num(found[part[lines]]) + found[item] * share[lines]
    return np.asarray(np.minimum(found, 1.0))


def _why(graph: SupplyGraph, item: int, figures: tuple[float, ...], span: tuple[int, int, int]) -> Why:
    autonomy, value, days, score = figures
    args = {"item": graph.label(graph.items[item]), "autonomy": Ratio(autonomy), "value": Ratio(value), "days": days}
    args |= {"score": score, "rank": span[0], "low": span[1], "high": span[2]}
    return Why("appraise_autonomy.criticality", args, (Why("appraise_autonomy.ours-criticality"),))


def _open(graph: SupplyGraph, item: int, parts: list[float | None]) -> Why:
    names = ("no-autonomy", "no-value", "no-days")
    missing = tuple(Why(f"appraise_autonomy.{n}") for n, x in zip(names, parts, strict=True) if x is None)
    return Why("appraise_autonomy.criticality-open", {"item": graph.label(graph.items[item])}, missing)


def _null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
