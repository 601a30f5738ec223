"""Capacitated facility location: which sites to open, and who serves whom, at the least cost of both.

Prices of the Lagrangian (a fractional knapsack per site) bound the cost from below; transportation problems over
promising choices bound it from above; sites that the bound decides are fixed; a tree over the rest closes the gap
(Beasley 1988; Görtz and Klose 2012). Demand may be split between sites.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tongtu.solve.location.case import Bools, Case, Ints, Node, step_of
from tongtu.solve.location.dual import Effort
from tongtu.solve.location.interchange import Interchange
from tongtu.solve.location.located import Arguments, Located, Watch, nothing, refused, settled
from tongtu.solve.location.transport import Transport, served
from tongtu.solve.location.tree import Search
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Solution

_ROOT = Effort(800, 25, 1.5, 0.003)


def capacitated(
    cost: npt.ArrayLike, fixed: npt.ArrayLike, demand: npt.ArrayLike, capacity: npt.ArrayLike, *,
    existing: Sequence[int] = (), forbidden: Sequence[int] = (), count: tuple[int, int] | None = None,
    nodes: int = 100_000, seconds: float | None = None, unit: str = "", progress: Progress | None = None,
) -> Located:  # fmt: skip
    """Sites and shares with the least sum of serving and fixed costs, no site serving more than it holds.

    `cost` is clients x sites: what *all* a client's demand costs from a site. `fixed` and `capacity` (which may be
    infinite) are per site, `demand` per client, in the unit of capacity. `count` limits how many sites are open (least,
    most). `existing` sites are open; what they cost counts. Limits, `infeasible` and errors as for `p_median`.
    """
    given = Arguments()
    costs = given.numbers("cost", cost, (-1, -1))
    n, m = costs.shape
    fixes, rooms = given.numbers("fixed", fixed, (m,)), given.numbers("capacity", capacity, (m,), infinite=True)
    wants = given.numbers("demand", demand, (n,))
    kept, barred = given.sites("existing", existing, m), given.sites("forbidden", forbidden, m)
    given.apart(kept, barred)
    given.end()
    free: Ints = np.flatnonzero(~barred)
    low, high = count or (1, m)
    low, high = max(low, int(kept.sum()), 1), min(high, len(free))
    if not n:
        return nothing(Solution("capacitated", "empty", 0.0, 0.0, unit, maximise=False))
    if kept.sum() > high:
        over = float(kept.sum() - high)
        return refused("capacitated", unit, "existing", over, existing=int(kept.sum()), count=high)
    if low > high or not len(free):
        return refused("capacitated", unit, "count", float(max(low - high, 1)), count=low, free=len(free))
    kept, room = kept[free], rooms[free]
    held = float(room[kept].sum() + np.sort(room[~kept])[::-1][: high - int(kept.sum())].sum())
    if held < wants.sum():
        return refused("capacitated", unit, "capacity", float(wants.sum() - held), count=high)
    limited = bool(np.any(room < wants.sum()))
    step = 0.0 if limited else step_of(costs, fixes)
    case = Case(
        np.ascontiguousarray(costs[:, free]), fixes[free], low, high,
        wants if limited else None, room if limited else None, step,
    )  # fmt: skip
    return _solved(case, kept, free, unit, Watch(progress, nodes, seconds), nodes)


def _solved(case: Case, kept: Bools, free: Ints, unit: str, watch: Watch, nodes: int) -> Located:
    transport = Transport(case, kept)
    sites, value = transport.improve(_first(case, kept))
    search = Search(case, sites, value, transport)
    search.tell = transport.tell = watch.teller(lambda: (search.nodes, search.value, search.bound))
    node = Node(np.arange(len(kept)), kept, case.low, case.high, np.partition(case.cost, 1, axis=1)[:, :2].mean(axis=1)
                if len(kept) > 1 else case.cost[:, 0])  # fmt: skip
    search.root(node, _ROOT)
    proven = search.run(nodes, watch.late)
    found = served(case, search.sites)
    assert found is not None
    client, place = np.nonzero(found.share)
    solution = settled("capacitated", unit, search, proven, watch.late())
    return Located(free[search.sites], client, free[search.sites[place]], found.share[client, place], solution)


def _first(case: Case, kept: Bools) -> Ints:
    """A choice to begin with: few sites near the clients, or where these hold too little, the largest."""
    sites = np.arange(len(kept))
    room = np.zeros(len(kept)) if case.capacity is None else case.capacity
    largest = np.lexsort((sites, -room, ~kept))
    held = np.cumsum(room[largest])
    need = 0.0 if case.demand is None else float(case.demand.sum())
    count = int(np.clip(np.searchsorted(held, need) + 1, max(case.low, int(kept.sum())), case.high))
    first = np.sort(largest[:count])
    near, _ = Interchange(case, np.flatnonzero(kept)).improve(first)
    return near if room[near].sum() >= need else first
