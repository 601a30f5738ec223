"""What the right to decide later is worth: to stop at a gate, to grow after success, to begin later or never.

What success is worth moves until its day as a lognormal without drift (`volatility`, yearly); odds, costs and
times stay as they are. Rights are valued one after another on a lattice, each on top of those before it: stop,
expand, wait; values of rights do not add up, so the order matters and is always this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tongtu.risk.multipliers import Floats
from tongtu.risk.value.lattice import Lattice
from tongtu.risk.value.staged import Ladders, today
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

_BLOCK = 256  # cases that share a lattice in memory


@dataclass(frozen=True, slots=True)
class Rights:
    """Which rights there are.

    `abandon`: to stop at any gate after the first. `wait_years`: to begin at any time up to then, or never; while
    waiting, the prize loses the share `decay` of itself a year. `expand`: to grow by this share (0.5 is half
    as large again) on the day of success, for `expand_cost` times the last stage's cost. None: no such right.
    """

    abandon: bool = True
    wait_years: float | None = None
    decay: float = 0.0
    expand: float | None = None
    expand_cost: float | None = None

    def faults(self) -> Iterable[Fault]:
        wrong = {
            "wait_years": self.wait_years is not None and not 0 <= self.wait_years <= 50,
            "decay": not 0 <= self.decay <= 0.5,
            "expand": self.expand is not None and not self.expand >= 0,
            "expand_cost": (self.expand is None) != (self.expand_cost is None)
            or (self.expand_cost is not None and not self.expand_cost >= 0),
        }
        for name, bad in wrong.items():
            if bad:
                args = {"name": name, "value": getattr(self, name)}
                yield Fault(Why("risk_value.right", args), Why("risk_value.right-repair", args))


@dataclass(frozen=True, slots=True)
class Worth:
    """Today's value with more and more rights; `gates` is that on entering each stage with those at work there.

    Without a right the value stays as before it.
    """

    stop: Floats
    expand: Floats
    wait: Floats
    gates: Floats


def on_lattice(cases: Ladders, rate: float, volatility: Floats, rights: Rights, steps: int = 120) -> Worth:
    """Values of all cases; NaN where volatility or anything else is not known."""
    n, wide = cases.p.shape
    found = Worth(np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan), np.full((n, wide + 1), np.nan))
    moving = np.isfinite(volatility) & np.isfinite(cases.payoff + (cases.p + cases.cost + cases.years).sum(axis=1))
    rows = np.flatnonzero(moving)
    for begin in range(0, len(rows), _BLOCK):
        own = rows[begin : begin + _BLOCK]
        part = _block(cases.at(own), rate, volatility[own], rights, steps)
        for name in ("stop", "expand", "wait", "gates"):
            getattr(found, name)[own] = getattr(part, name)
    return found


def _block(cases: Ladders, rate: float, volatility: Floats, rights: Rights, steps: int) -> Worth:
    whole = cases.entered[:, -1] + (rights.wait_years or 0.0)
    lattice = Lattice.over(volatility, whole, steps, float(np.log1p(-rights.decay)))
    prize = cases.payoff[:, None] * lattice.factor
    start, gates = _down(cases, lattice, prize, rate, rights.abandon)
    stop = start[:, lattice.middle]
    expand = stop
    if rights.expand is not None and rights.expand_cost is not None:
        grown = (1 + rights.expand) * prize - rights.expand_cost * cases.last_cost[:, None]
        start, gates = _down(cases, lattice, np.maximum(prize, grown), rate, rights.abandon)
        expand = start[:, lattice.middle]
    wait = expand if rights.wait_years is None else _waiting(start, lattice, rate, rights)
    return Worth(stop, expand, wait, gates)


def _down(cases: Ladders, lattice: Lattice, prize: Floats, rate: float, stopping: bool) -> tuple[Floats, Floats]:
    """Back from the prize to today: the value at every node, and on entering each stage were the prize as
    today's."""
    value, discount = prize, cases.discount(rate)
    gates = np.empty((len(prize), cases.p.shape[1] + 1))
    gates[:, -1] = value[:, lattice.middle]
    for k in range(cases.p.shape[1] - 1, -1, -1):
        value = lattice.back(value, cases.years[:, k], discount[:, k] * cases.p[:, k]) - cases.cost[:, k][:, None]
        if stopping and k > 0:
            stoppable = (cases.stages > k)[:, None]
            value = np.where(stoppable, positive(value), value)
        gates[:, k] = value[:, lattice.middle]
    return lattice.back(value, cases.lead, today(np.ones(len(prize)), cases, rate)), gates


def _waiting(start: Floats, lattice: Lattice, rate: float, rights: Rights) -> Floats:
    """The best of beginning now, at a later step, or never."""
    years = rights.wait_years or 0.0
    begun = positive(start)
    most = int(lattice.steps(np.full(len(start), years)).max(initial=0))
    each = np.full(len(start), years / max(most, 1))
    drift, discount = float(np.log1p(-rights.decay)), (1 + rate) ** -each
    value = begun
    for _ in range(most):
        value = np.maximum(lattice.back(value, each, discount, drift), begun)
    return np.asarray(value[:, lattice.middle], np.float64)


def positive(value: Floats) -> Floats:
    """max(0, value), averaged over each node's cell where the sign changes within it: the lattice's error then
    falls with the square of the step."""
    found = np.maximum(value, 0.0)
    before, here, after = value[:, :-2], value[:, 1:-1], value[:, 2:]
    slope = (after - before) / 2
    half = np.abs(slope) / 2
    mixed = np.abs(here) < half
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (here + half) ** 2 / (4 * half)
    found[:, 1:-1] = np.where(mixed, mean, found[:, 1:-1])
    return found
