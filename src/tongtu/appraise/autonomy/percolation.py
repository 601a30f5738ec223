"""Taking out holders one after another: how much still has a qualified route, and when the target has none."""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.appraise.autonomy import net as nets
from tongtu.appraise.autonomy.asked import one_of, within
from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.net import Floats, Ints
from tongtu.appraise.autonomy.states import KINDS, By, Flags, Held, chunks, held, standing, supplied, unpacked

_SCHEMA = {
    "removed": pl.Int64, "fraction": pl.Float64, "last": pl.String, "items": pl.Float64, "items_low": pl.Float64,
    "items_high": pl.Float64, "target": pl.Float64,
}  # fmt: skip


def percolate(
    graph: SupplyGraph,
    *,
    target: str | None = None,
    by: By = "supplier",
    order: str = "share",
    orders: int = 100,
    seed: int = 0,
    enough: float = 0.0,
) -> pl.DataFrame:
    """A row per number removed, from none to all: removed, fraction, last, items, items_low, items_high, target.

    order "share": the holder with the largest sum of shares goes first (first id on a tie), `last` names who went;
    "random": `orders` shuffles from `seed`, items with its 5 % and 95 % quantiles over them. items: fraction of the
    items the target stands on (of all, without a target) that can still be had; target: share of the orders in which
    the target can (null without one). Raises DataRefused for a target the graph does not hold, UsageFault
    for arguments out of their range.
    """
    one_of(KINDS, by=by)
    one_of(("share", "random"), order=order)
    within(0.0, 1.0, enough=enough)
    within(1, orders=orders)
    top = None if target is None else int(graph.used[graph.position(target)])
    inside = np.ones(graph.net.size, bool) if top is None else nets.cone(graph.net, [top])
    rows = held(graph)
    members = np.unique(rows.code(by)[inside[rows.item] & (rows.code(by) >= 0)])
    turns = _by_share(rows, by, members, inside)[None] if order == "share" else _shuffled(members, orders, seed)
    count = len(members)
    watched = np.flatnonzero(inside[: len(graph.items)])
    served, alive = np.zeros((len(turns), count + 1)), np.zeros((len(turns), count + 1))
    for row, turn in enumerate(turns):
        for part in chunks(count + 1, graph.net.size):
            out = _out(turn, len(rows.ids(by)), part)
            nodes = unpacked(standing(graph.net, supplied(rows, {by: out}, enough)), part.stop - part.start)
            served[row, part] = nodes[graph.used[watched]].mean(axis=0) if len(watched) else 1.0
            alive[row, part] = nodes[top] if top is not None else np.nan
    low, high = np.quantile(served, (0.05, 0.95), axis=0)
    last = [None, *(rows.ids(by)[e] for e in turns[0])] if order == "share" else [None] * (count + 1)
    made = pl.DataFrame(
        {
            "removed": np.arange(count + 1), "fraction": np.arange(count + 1) / max(1, count), "last": last,
            "items": served.mean(axis=0), "items_low": low, "items_high": high, "target": alive.mean(axis=0),
        },
        schema=_SCHEMA,
    )  # fmt: skip
    return made.with_columns(pl.col("target").fill_nan(None))


def collapse(frame: pl.DataFrame) -> float | None:
    """The smallest fraction removed at which the target is lost (in half of the orders); null: never."""
    lost = frame.filter(pl.col("target") <= (0.5 if frame["last"].null_count() == frame.height else 0.0))
    return None if lost.is_empty() else float(lost["fraction"].min())  # type: ignore[arg-type]


def _by_share(rows: Held, by: By, members: Ints, inside: Flags) -> Ints:
    weight: Floats = np.zeros(len(rows.ids(by)))
    counted = inside[rows.item] & (rows.code(by) >= 0)
    np.add.at(weight, rows.code(by)[counted], np.nan_to_num(rows.share[counted]))
    return members[np.argsort(-weight[members].round(9), kind="stable")]


def _shuffled(members: Ints, orders: int, seed: int) -> Ints:
    return np.random.default_rng(seed).permuted(np.tile(members, (orders, 1)), axis=1)


def _out(turn: Ints, size: int, part: slice) -> Flags:
    """Who is out after each number of removals within the portion."""
    place = np.full(size, len(turn))
    place[turn] = np.arange(len(turn))
    return place[:, None] < np.arange(part.start, part.stop)[None, :]
