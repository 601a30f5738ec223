"""The peer's side of `scripts/bench autonomy`: the same propagation over a `networkx` graph.

    python -m bench._autonomy_peers GRAPH.npz     (in the peers' own environment; then lines on standard input)

NetworkX has no AND/OR graphs, so this is what one writes with it: the items as a directed graph, their topological
order, and the minimum over inputs and the maximum over routes item by item; point values alone, without interval,
mean or path. Building the graph is timed as ours is.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from bench._turns import Engine, serve


def main(source: str) -> None:
    import networkx

    with np.load(source) as given:
        own = given["own"].tolist()
        lines = list(zip(*(given[name].tolist() for name in ("user", "part", "route")), strict=True))
        swaps = list(zip(*(given[name].tolist() for name in ("replaced", "stand_in", "factor")), strict=True))

    def work(_: Any) -> Any:
        graph = networkx.DiGraph()
        graph.add_nodes_from(range(len(own)))
        routes: dict[int, dict[int, list[int]]] = {}
        for user, part, route in lines:
            graph.add_edge(part, user)
            routes.setdefault(user, {}).setdefault(route, []).append(part)
        instead: dict[int, list[tuple[int, float]]] = {}
        for replaced, stand_in, factor in swaps:
            instead.setdefault(replaced, []).append((stand_in, factor))
            for user in list(graph.successors(replaced)):
                graph.add_edge(stand_in, user)
        made: dict[int, float] = {}

        def used(item: int) -> float:
            return max([made[item], *(made[s] * factor for s, factor in instead.get(item, ()))])

        for item in networkx.topological_sort(graph):
            ways = routes.get(item)
            made[item] = own[item] * (max(min(used(u) for u in way) for way in ways.values()) if ways else 1.0)
        return made

    serve(Engine(work, lambda made: np.array([made[k] for k in range(len(own))])))


if __name__ == "__main__":
    main(sys.argv[1])
