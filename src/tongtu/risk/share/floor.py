"""The floor: small cells stay at home, and so do the cells that would give them away.

Cells with fewer than `floor` projects are held back (empty ones too: a blank tells nothing). Whoever knows the
member's totals along the `known` margins of the taxonomy, say from its annual report, could subtract what was sent.
So further cells are held back until, from all that is sent and all those totals (of none or at least `floor`
projects), every held-back cell with projects can only be told to lie in an interval at least `floor` wide: the linear
programme of an attacker, solved for its least and its greatest. Where the totals alone say more than
that, what is sent adds nothing to them. This is complementary suppression with sliding protection (Willenborg and de
Waal 2001, chapter 4); cells are opened one after the other, each at least cost, so more may be held back than must be.

What it does not do: a cell of five projects that all failed is sent. Holding such cells back would bias every rate.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.share.taxonomy import CELL, FIGURES, Taxonomy
from tongtu.terms.why import Why

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_SLACK = 1e-6
_UNBOUNDED = 3  # as scipy says it


def held_back(exact: pl.DataFrame, taxonomy: Taxonomy) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is sent (null where held back), and the held-back cells with projects: `CELL`, `entered`, `why` (JSON)."""
    n, floor = exact["entered"].to_numpy(), taxonomy.floor
    small = n < floor
    blank = small.copy()
    for block in _blocks(exact, taxonomy):
        blank[block] = complemented(n[block], _lines(exact[block], taxonomy), floor)
    thin = exact["timed"].to_numpy() < floor
    sent = exact.with_columns(
        pl.when(pl.Series(~(blank | thin) if name in ("timed", "days") else ~blank)).then(pl.col(name)).alias(name)
        for name in FIGURES
    )
    reasons = np.where(small, Why("risk_share.held-small", {"floor": floor}).to_json(),
                       Why("risk_share.held-margin", {"floor": floor}).to_json())  # fmt: skip
    held = exact.select(*CELL, "entered").with_columns(why=pl.Series(reasons, dtype=pl.String))
    return sent, held.filter(pl.Series(blank & (n > 0)))


def complemented(n: Ints, lines: list[Ints], floor: int) -> Bools:
    """Which cells to hold back. `lines`: cells whose total may be known; `n`: projects in each cell."""
    blank: Bools = n < floor
    told = [line for line in lines if not 0 < n[line].sum() < floor]
    sums = np.zeros((len(told), len(n)))
    for row, line in zip(sums, told, strict=True):
        row[line] = 1.0
    queue = deque(np.flatnonzero(blank & (n > 0)))
    while queue:
        cell = int(queue.popleft())
        least, most = interval(n, blank, sums, cell)
        if most - least >= floor - _SLACK:
            continue
        more = _opening(n, blank, sums, cell, floor)
        blank[more] = True
        queue.extend(more)  # what is held back now must not be told either; holding back more only widens the others
    return blank


def interval(n: Ints, blank: Bools, sums: Floats, cell: int) -> tuple[float, float]:
    """The attacker's least and greatest for a held-back cell, from what is sent and the totals (rows of `sums`)."""
    hidden = np.flatnonzero(blank)
    aim = (hidden == cell).astype(float)
    limits = {"A_eq": sums[:, hidden], "b_eq": sums[:, hidden] @ n[hidden]} if len(sums) else {}
    found = [_solved(sign * aim, bounds=(0, None), **limits) for sign in (1, -1)]
    ends = [-np.inf if one.status == _UNBOUNDED else float(one.fun) for one in found]
    return ends[0], -ends[1]


def _opening(n: Ints, blank: Bools, sums: Floats, cell: int, floor: int) -> Ints:
    """Sent cells to hold back so that the interval of `cell` gets `floor` wide, or as wide as the totals leave it.

    The cheapest table that agrees with all totals and moves the cell so far (the linear programme of Kelly, Golden
    and Assad 1992); the sent cells in which it departs from the truth are those to hold back.
    """
    least, most = interval(n, np.ones_like(blank), sums, cell)
    up = min(floor, most - n[cell])
    moves = [up, -min(floor - up, n[cell] - least)]
    cost = np.where(blank, 0.0, n)
    size, chosen = len(n), np.zeros(len(n), bool)
    for move in moves:
        if abs(move) <= _SLACK:
            continue
        bounds = [(0, None)] * size + [(0, float(most)) for most in n]
        bounds[cell], bounds[size + cell] = (max(move, 0.0),) * 2, (max(-move, 0.0),) * 2
        found = _solved(np.r_[cost, cost], A_eq=np.hstack([sums, -sums]), b_eq=np.zeros(len(sums)), bounds=bounds)
        chosen |= np.abs(found.x[:size] - found.x[size:]) > _SLACK
    return np.flatnonzero(chosen & ~blank)


def _solved(aim: Floats, **limits: Any) -> Any:
    """The truth itself is feasible, so anything but an optimum or no limit is a fault of ours."""
    from scipy.optimize import linprog  # type: ignore[import-untyped]

    found = linprog(aim, method="highs", **limits)
    if found.status not in (0, _UNBOUNDED):
        raise ArithmeticError(found.message)
    return found


def _blocks(exact: pl.DataFrame, taxonomy: Taxonomy) -> list[Ints]:
    """Parts of the table that no known total connects: stages, where every known margin is by stage."""
    if taxonomy.known and all("stage" in margin for margin in taxonomy.known):
        stage = exact["stage"].to_numpy()
        return [np.flatnonzero(stage == name) for name in taxonomy.stages]
    return [np.arange(exact.height)]


def _lines(exact: pl.DataFrame, taxonomy: Taxonomy) -> list[Ints]:
    """The cells of every total that may be known."""
    numbered = exact.with_row_index("at")
    found: list[Ints] = []
    for margin in taxonomy.known:
        parts = numbered.group_by(margin, maintain_order=True).agg("at")["at"]
        found += [part.to_numpy().astype(np.int64) for part in parts]
    return found
