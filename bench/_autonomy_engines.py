"""Our side of `scripts/bench autonomy`: 100,000 items from tables to autonomy, in a process of its own.

python -m bench._autonomy_engines SIZE SEED GRAPH.npz     (writes the peer's input, then obeys standard input)
"""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from bench._autonomy_drawn import tables, timed
from bench._turns import Engine, serve
from tongtu.appraise.autonomy import Autonomy, SupplyGraph, graph, propagate

AS_OF = date(2026, 11, 22)
HOME = "CN"


def compiled(size: int, seed: int) -> SupplyGraph:
    return graph(**tables(size, seed), as_of=AS_OF)


def main(size: int, seed: int, target: str) -> None:
    given = tables(size, seed)
    made = graph(**given, as_of=AS_OF)
    found = propagate(made, HOME)
    parts = made.edges.filter(pl.col("kind") == "part")
    swaps = made.edges.filter((pl.col("kind") == "substitute") & pl.col("qualified"))
    np.savez(
        target, own=found.own[: len(made.items)], user=made.coded(parts["item"]), part=made.coded(parts["component"]),
        route=(parts["route"] == "b").cast(pl.Int64).to_numpy(), replaced=made.coded(swaps["item"]),
        stand_in=made.coded(swaps["component"]), factor=swaps["performance"].to_numpy(),
    )  # fmt: skip

    def work(_: Any) -> Autonomy:
        return propagate(graph(**given, as_of=AS_OF), HOME)

    def alone() -> dict[str, float]:
        compiling = timed(lambda: graph(**given, as_of=AS_OF))
        return {"compile": compiling, "propagate": timed(lambda: propagate(made, HOME))}

    serve(Engine(work, lambda got: got.point[: len(made.items)], more={"alone": alone}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
