"""Cases drawn one by one, because they are too large to melt into a normal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tongtu.risk.simulation.copula import Copula
from tongtu.risk.simulation.normal import cdf
from tongtu.risk.simulation.worth import Measure, Worth

Floats = npt.NDArray[np.float64]

#: A case that makes more than this share of the variance the factors leave is drawn by itself.
LARGE = 0.05


def shares(copula: Copula, worth: Worth, z: Floats, weight: Floats) -> Floats:
    """The greatest share that each case has, over the measures, in the mean variance given the factors."""
    variance = {measure: np.zeros(len(copula.book)) for measure in worth.measures}
    for group in copula.groups:
        alive = copula.survival(group, z)
        for measure in worth.measures:
            mean, square = worth.terminal(measure, group.cases)
            first, second = (_expected(table, alive) for table in (mean, square))
            variance[measure][group.cases] = np.maximum(second - first**2, 0) @ weight
    totals = {measure: each.sum() for measure, each in variance.items()}
    found = np.zeros(len(copula.book))
    for measure, each in variance.items():
        if totals[measure] > 0:
            found = np.maximum(found, each / totals[measure])
    return found


def _expected(table: Floats, alive: Floats) -> Floats:
    """Cases × points, from terminals (cases × stages + 1) and survival (stages × cases × points)."""
    gain = np.diff(table, axis=1)
    return np.asarray(table[:, :1] + np.einsum("ik,kij->ij", gain, alive))


def terminals(copula: Copula, cases: npt.NDArray[np.int64], z: Floats, own: Floats) -> npt.NDArray[np.int8]:
    """How many stages each of these cases passes at each point (cases × points); `own` holds a normal for each."""
    chance, found = cdf(np.ascontiguousarray(own.T)), np.zeros((len(cases), len(z)), np.int8)
    place = {int(case): k for k, case in enumerate(cases)}
    for group in copula.groups:
        here = [(k, place[int(case)]) for k, case in enumerate(group.cases) if int(case) in place]
        if not here:
            continue
        x = copula.shifts(group, z)
        for member, row in here:
            alive = np.ones(len(z))
            for k, stage_row in enumerate(group.rows[member]):
                alive = alive * cdf((copula.threshold[stage_row] + x[k]) * group.scale)
                found[row] += chance[row] < alive
    return found


def drawn(
    worth: Worth, cases: npt.NDArray[np.int64], passed: npt.NDArray[np.int8], own: Floats
) -> dict[Measure, Floats]:
    """Each measure of these cases (cases × points, money in `unit`), costs and payoffs drawn from two normals each:
    `own` is points × (2 × cases)."""
    book, n = worth.book, len(cases)
    found = {measure: np.zeros((n, passed.shape[1])) for measure in worth.summed}
    for row, case in enumerate(cases):
        rows = slice(int(book.start[case]), int(book.start[case + 1]))
        sigma, cost = book.cost_sigma[rows], book.cost[rows]
        if worth.costs:
            each = cost[:, None] * np.exp(sigma[:, None] * own[:, row])
        else:
            each = np.repeat(book.cost_mean[rows][:, None], passed.shape[1], axis=1)
        spent = np.cumsum(each, axis=0)
        stop = np.minimum(passed[row], len(cost) - 1)
        paid = spent[stop, np.arange(passed.shape[1])] / worth.unit
        success = passed[row] == len(cost)
        found["loss"][row] = np.where(success, 0.0, paid)
        found["outcome"][row] = success * book.weight[case]
        if "count" in found:
            found["count"][row] = success
        if "value" in found and worth.valued[case]:
            payoff = (book.payoff[case] + book.payoff_sd[case] * own[:, n + row]) / worth.unit
            found["value"][row] = np.where(success, payoff, 0.0) - paid
    return found
