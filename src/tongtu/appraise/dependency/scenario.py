"""What remains when some supply stops: the same graph, with what is left of each item's supply in place of its own.

An item keeps what is not known to stop; what nobody is named for may stop too, or may not. Upstream items are
carried to whatever stands on them by the rule of `autonomy.propagate` (weakest input, best route, substitutes). It is
the state after stocks have run out and before anybody has found a new supplier; time is told by `autonomy.endurance`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tongtu.appraise.autonomy import Autonomy, Share, SupplyGraph
from tongtu.appraise.autonomy.net import Floats
from tongtu.appraise.autonomy.propagation import carried

LOST: Mapping[str, Any] = {
    "item": pl.String, "lost": pl.Float64, "lost_low": pl.Float64, "lost_high": pl.Float64,
    "suppliers": pl.List(pl.String),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Remaining:
    """`lost`: item, lost, lost_low, lost_high (shares of the item's own supply), suppliers: items that lose directly.
    `after`: what remains of every item, itself and all it stands on."""

    graph: SupplyGraph
    lost: pl.DataFrame
    after: Autonomy

    def of(self, item: str) -> Share:
        """What remains of an item's supply."""
        return self.after.of(item).autonomy


def stop(
    graph: SupplyGraph,
    *,
    jurisdictions: Collection[str] = (),
    suppliers: Collection[str] = (),
    by_item: Mapping[str, Collection[str]] | None = None,
) -> Remaining:
    """Supply from jurisdictions or by suppliers ends; with `by_item` from these jurisdictions for that item alone.

    Names are compared in capitals for jurisdictions, as written for suppliers. Raises nothing: who supplies nothing
    takes nothing away.
    """
    places = sorted({place.strip().upper() for place in jurisdictions})
    pairs = [
        (item, place.strip().upper()) for item, found in sorted((by_item or {}).items()) for place in sorted(found)
    ]
    named = pl.DataFrame(pairs, schema={"item": pl.String, "jurisdiction": pl.String}, orient="row")
    rows = graph.supplies.with_row_index("_at")
    singled = rows.join(named, on=["item", "jurisdiction"], how="semi")["_at"].implode()
    ends = (
        pl.col("jurisdiction").is_in(places).fill_null(value=False)
        | pl.col("supplier").is_in(sorted(suppliers)).fill_null(value=False)
        | pl.col("_at").is_in(singled)
    )
    touched = sorted(item for item, _ in pairs if item in graph)
    lost = _lost(rows.with_columns(ends=ends), bool(places), touched)
    return Remaining(graph, lost, carried(graph, *_kept(graph, lost)))


def _lost(rows: pl.DataFrame, everywhere: bool, touched: list[str]) -> pl.DataFrame:
    """Of each item that loses something, or may: the share that ends, and its ends.

    What is attributed to nobody may be theirs where a whole jurisdiction stops for the item.
    """
    share, low, high = pl.col("share"), pl.col("share_low"), pl.col("share_high")
    free = (1.0 - pl.coalesce(share, low, pl.lit(0.0)).sum()).clip(0.0, 1.0)
    found = rows.group_by("item", maintain_order=True).agg(
        pl.col("ends").any(),
        pl.when(~(pl.col("ends") & share.is_null()).any()).then(share.filter("ends").sum()).alias("lost"),
        pl.coalesce(low, share, pl.lit(0.0)).filter("ends").sum().alias("lost_low"),
        pl.coalesce(high, share, pl.lit(1.0)).filter("ends").sum().alias("lost_high"),
        free.alias("free"),
        pl.col("supplier").filter("ends").unique().sort().alias("suppliers"),
    )
    open_ = pl.lit(everywhere) | pl.col("item").is_in(touched)
    hit = pl.col("ends") | (open_ & (pl.col("free") > 0)) | pl.col("item").is_in(touched)
    found = found.filter(hit).with_columns(
        (pl.col("lost_high") + pl.when(open_).then(pl.col("free")).otherwise(0.0)).alias("lost_high")
    )
    bare = sorted(set(touched) - set(rows["item"]))  # named, and nobody is known to supply it
    blank = pl.DataFrame({"item": bare, "lost_low": [0.0] * len(bare), "lost_high": [1.0] * len(bare)},
                         schema={"item": pl.String, "lost_low": pl.Float64, "lost_high": pl.Float64})  # fmt: skip
    figures = [pl.col(name).clip(0.0, 1.0).round(12) for name in ("lost", "lost_low", "lost_high")]
    whole = pl.concat([found.select(*LOST), blank], how="diagonal_relaxed").with_columns(
        *figures, pl.col("suppliers").fill_null([])
    )
    return whole.select(pl.col(name).cast(dtype) for name, dtype in LOST.items()).sort("item")


def _kept(graph: SupplyGraph, lost: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """What is left of every node's own supply: point, low, high; items nobody touches keep all."""
    size, count = graph.net.size, len(graph.items)
    own, low, high = (np.ones(size) for _ in range(3))
    own[count:] = np.nan
    at = graph.coded(lost["item"])
    own[at] = 1.0 - lost["lost"].fill_null(float("nan")).to_numpy()
    low[at] = 1.0 - lost["lost_high"].to_numpy()
    high[at] = 1.0 - lost["lost_low"].to_numpy()
    return own, low, high
