"""Where demand exceeds all that could be opened, an hour opened is an hour served: nothing is left to assign.

The decomposition of Dulmage and Mendelsohn on sites and cells, with every step done: sites that can be filled to the
last hour by cells which no emptier site reaches are filled under any smaller choice as well. Their hours count as
served, their links leave the model, and the value stays exact. Only where hours are worth the same wherever they are
served: coverage, one weight within a part of the network, no rule on the shares of areas.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tongtu.pilots.layout.problem import Bools, Floats, Ints, Links, Problem
from tongtu.pilots.layout.served import Served

_TENTHS = 10
_MOST = 2**30


def settle(problem: Problem) -> tuple[Problem, Bools]:
    """The problem without the links of sites that are always full, and which links stay."""
    full = filled(problem)
    links, steps = problem.links, problem.steps
    stay: Bools = ~full[links.site]
    weight = np.zeros(len(full))
    weight[links.site] = problem.weight[links.cell]
    extra = steps.extra + np.where(full[steps.site], weight[steps.site] * steps.hours, 0.0)
    constant = float((weight[full] @ problem.base[full]).sum()) if full.any() else 0.0
    kept = Links(links.site[stay], links.cell[stay], links.worth[stay], links.most[stay])
    return replace(
        problem, links=kept, steps=replace(steps, extra=extra), constant=problem.constant + constant
    ), stay  # fmt: skip


def filled(problem: Problem) -> Bools:
    """Sites that are full in every period, whatever is done."""
    links, found = problem.links, np.zeros(len(problem.base), bool)
    if not problem.limited or (links.worth < 1).any() or (problem.least > 0).any():
        return found
    every = problem.capacity(np.ones((len(problem.steps.site), problem.periods), bool))
    for mine in Served(problem).of_part.values():
        weights = problem.weight[links.cell[mine]]
        if (links.most[mine] < 1).any() or (weights != weights[0]).any():
            continue
        sites = np.unique(links.site[mine])
        full = np.ones(len(sites), bool)
        for offered, asked in _unlike(every[sites], problem.hours[np.unique(links.cell[mine])]):
            full &= _full(links.site[mine], links.cell[mine], offered, asked)
        found[sites[full]] = True
    return found


def _unlike(offered: Floats, asked: Floats) -> list[tuple[Floats, Floats]]:
    """What sites offer and cells ask in each period that is like none before it."""
    both = {offered[:, t].tobytes() + asked[:, t].tobytes(): t for t in reversed(range(offered.shape[1]))}
    return [(offered[:, t], asked[:, t]) for t in sorted(both.values())]


def _full(site: Ints, cell: Ints, offered: Floats, asked: Floats) -> Bools:
    """Sites that no site with hours to spare can be traded with; capacities rounded up, demand down. `offered` and
    `asked` by site and cell of these links, in their order."""
    from scipy import sparse  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow  # type: ignore[import-untyped]

    sites, s = np.unique(site, return_inverse=True)
    cells, c = np.unique(cell, return_inverse=True)
    n, m = len(sites), len(cells)
    source, sink = n + m, n + m + 1
    tail = np.concatenate([np.full(n, source), s, np.arange(n, n + m)])
    head = np.concatenate([np.arange(n), c + n, np.full(m, sink)])
    room = np.concatenate([
        np.ceil(offered * _TENTHS), np.full(len(s), _MOST), np.floor(asked * _TENTHS)
    ])  # fmt: skip
    graph = sparse.csr_matrix((np.minimum(room, _MOST).astype(np.int32), (tail, head)), shape=(n + m + 2,) * 2)
    left = graph - maximum_flow(graph, source, sink).flow
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, directed=True, return_predecessors=False)
    found = np.ones(n + m + 2, bool)
    found[reached] = False
    return found[:n]
