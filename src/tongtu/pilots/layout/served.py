"""How many hours a set of sites can serve, whoever is served: a maximum flow from sites to cells.

Used to say what each action adds, one after another in the order of a list, so that the parts add up to the whole.
Hours are counted in tenths, since the flow (Dinic, in SciPy) works on whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tongtu.pilots.layout.problem import Bools, Floats, Ints, Problem

_TENTHS = 10
_MOST = 2**30


class Served:
    """Flows by direction: sites that share no cell are apart, so a step changes one part alone."""

    def __init__(self, problem: Problem) -> None:
        from scipy import sparse  # type: ignore[import-untyped]
        from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

        self.problem = problem
        links, sites, cells = problem.links, len(problem.base), len(problem.hours)
        graph = sparse.coo_matrix(
            (np.ones(len(links.site)), (links.site, links.cell + sites)), shape=(sites + cells,) * 2
        )
        self.part: Ints = connected_components(graph, directed=False)[1].astype(np.int64)[:sites]
        order = np.argsort(self.part[links.site], kind="stable")
        names, first = np.unique(self.part[links.site][order], return_index=True)
        self.of_part = dict(zip(names.tolist(), np.split(order, first[1:]), strict=True)) if len(order) else {}

    def hours(self, part: int, capacity: Floats, serving: Bools, period: int) -> float:
        """Hours a year that the sites of a part can serve in a period."""
        mine = self.of_part.get(part)
        if mine is None:
            return 0.0
        links = self.problem.links
        mine = mine[serving[links.site[mine]]]
        if not len(mine):
            return 0.0
        sites, s = np.unique(links.site[mine], return_inverse=True)
        cells, c = np.unique(links.cell[mine], return_inverse=True)
        asked = self.problem.hours[cells, period]
        room = links.most[mine] * asked[c]
        offered = capacity[sites] if self.problem.limited else np.full(len(sites), _MOST / _TENTHS)
        return _flow(s, c, room, offered, asked)

    def added(self, steps: Iterable[int], capacity: Floats, serving: Bools, period: int) -> list[float]:
        """What each step adds to what those before it serve; `capacity` and `serving` are changed on the way."""
        now: dict[int, float] = {}
        found = []
        for step in steps:
            site = int(self.problem.steps.site[step])
            found.append(self.more(site, float(self.problem.steps.hours[step]), capacity, serving, period, now))
        return found

    def more(
        self, site: int, hours: float, capacity: Floats, serving: Bools, period: int, now: dict[int, float]
    ) -> float:  # fmt: skip
        """What these hours add at a site; `now` remembers what each part serves so far."""
        part = int(self.part[site])
        before = now[part] if part in now else self.hours(part, capacity, serving, period)
        capacity[site] += hours
        serving[site] = True
        now[part] = self.hours(part, capacity, serving, period)
        return max(0.0, now[part] - before)


def _flow(s: Ints, c: Ints, room: Floats, offered: Floats, asked: Floats) -> float:
    from scipy import sparse
    from scipy.sparse.csgraph import maximum_flow

    n, m = len(offered), len(asked)
    source, sink = n + m, n + m + 1
    tail = np.concatenate([np.full(n, source), s, np.arange(n, n + m)])
    head = np.concatenate([np.arange(n), c + n, np.full(m, sink)])
    size = np.minimum(np.concatenate([offered, room, asked]) * _TENTHS, _MOST)
    graph = sparse.csr_matrix((np.round(size).astype(np.int32), (tail, head)), shape=(n + m + 2,) * 2)
    return float(maximum_flow(graph, source, sink).flow_value) / _TENTHS
