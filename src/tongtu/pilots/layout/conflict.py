"""Where no layout keeps every rule: which rules, and the least they would have to give.

Rules on areas and numbers of platforms get a slack each, and a program minimises their sum, shares in parts of one,
numbers in parts of what is asked (elastic programming; Chinneck 2008).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tongtu.pilots.layout.case import Case
from tongtu.pilots.layout.model import Model
from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.problem import Floats
from tongtu.pilots.layout.rows import Rows, Solver
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Relax
from tongtu.terms.why import Ratio, Why

_TINY = 1e-6


def overdrawn(case: Case, names: Names) -> tuple[Relax, ...]:
    """Pots that commitments alone take more from than they hold."""
    return tuple(
        Relax(
            Why("pilots_layout.limit-budget", {
                "payer": names.payer(pot.fund), "period": pot.period + 1, "held": pot.room, "lacks": lacks,
            }), float(lacks.major), lacks.currency,
        )
        for pot, lacks in case.over
    )  # fmt: skip


def wanting(case: Case, names: Names, nodes: int, progress: Progress | None = None) -> tuple[Relax, ...]:
    """The smallest give of least shares and numbers of platforms that leaves an answer."""
    problem = case.problem
    free = replace(problem.last(), least=np.zeros_like(problem.least), fewest=())
    model = Model(free, total=0.0)
    n, areas, rules = len(model.upper), problem.areas, len(problem.fewest)
    numbers = np.array([count for _, count in problem.fewest], np.float64)
    upper = np.r_[model.upper, problem.least, numbers]
    gain = np.r_[np.zeros(n), -np.ones(areas), -1.0 / np.maximum(numbers, 1.0)]
    rows = model.rows
    _shares(case, model, rows, n)
    _numbers(case, model, rows, n + areas)
    if not problem.limited:
        _opening(model, rows)
    found = Solver(gain, upper, model.force_at, rows).search(None, nodes=nodes, gap=0.0, progress=progress)
    give = found.x[n:] if len(found.x) else np.zeros(areas + rules)
    return (*_told_shares(case, names, give[:areas]), *_told_numbers(case, names, give[areas:]))


def _shares(case: Case, model: Model, rows: Rows, slack: int) -> None:
    problem = case.problem
    asked, links = problem.asked(), problem.links
    ruled = np.flatnonzero((problem.least > 0) & (asked > 0))
    block = rows.block(len(ruled), problem.least[ruled], np.inf)
    number = np.full(problem.areas, -1)
    number[ruled] = np.arange(len(ruled))
    area = problem.area[links.cell]
    mine = np.flatnonzero(number[area] >= 0)
    rows.put(block, number[area[mine]], model.carried(mine, 0), 1.0 / asked[area[mine]])
    rows.put(block, np.arange(len(ruled)), slack + ruled, 1.0)


def _numbers(case: Case, model: Model, rows: Rows, slack: int) -> None:
    problem = case.problem
    stands, steps = problem.stands[:, -1], problem.steps
    need = [count - float(stands[sites].sum()) for sites, count in problem.fewest]
    block = rows.block(len(need), need, np.inf)
    for k, (sites, _) in enumerate(problem.fewest):
        mine = np.flatnonzero(steps.opens & np.isin(steps.site, sites) & ~stands[steps.site])
        rows.put(block, k, model.force(mine, 0), 1.0)
        rows.put(block, k, slack + k, 1.0)


def _opening(model: Model, rows: Rows) -> None:
    link = np.flatnonzero(~model.linked[:, 0])
    block = rows.block(len(link), -np.inf, 0.0)
    rows.put(block, np.arange(len(link)), model.carried(link, 0), 1.0)
    rows.put(block, np.arange(len(link)), model.force(model.opener[link], 0), -model.most[link, 0])


def _told_shares(case: Case, names: Names, give: Floats) -> list[Relax]:
    found = []
    for g, lower in enumerate(give):
        if lower > _TINY:
            least = float(case.problem.least[g])
            args = {"area": names.region(case.areas[g]), "least": Ratio(least), "reached": Ratio(least - float(lower))}
            found.append(Relax(Why("pilots_layout.limit-share", args), float(lower), ""))
    return found


def _told_numbers(case: Case, names: Names, give: Floats) -> list[Relax]:
    found = []
    for k, lower in enumerate(give):
        if lower > _TINY:
            wanted = case.problem.fewest[k][1]
            args = {"direction": names.direction(case.bottlenecks[k]), "n": wanted, "reached": wanted - round(lower)}
            found.append(Relax(Why("pilots_layout.limit-redundancy", args), float(round(lower)), ""))
    return found
