"""Serving clients from given sites at the least cost, and choosing sites by what such answers prove about others.

Given open sites, what remains is a transportation problem. Its prices bound *every* choice of sites from below (a
Benders cut in the form of Van Roy 1986): the bound is linear in the choice, so all neighbours of a choice are judged by
one sum each, and only those that no cut rules out are solved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tongtu.solve.linear import Answer, Program
from tongtu.solve.location.case import Bools, Case, Floats, Ints, Node
from tongtu.solve.location.dual import Dual

_LOOKED = 40  # neighbours solved, at most, to improve one choice
_NEAR = 1.002  # choices dearer than this, relative to the best, are not improved
_CUTS = 200  # the latest cuts judge neighbours
_NEAREST = 4  # sites per client that a transportation problem begins with
_TINY = 1e-9  # shares below are none


@dataclass(frozen=True, slots=True)
class Served:
    """`value` with what the sites cost, `share` clients x open sites, `price` per client."""

    value: float
    share: Floats
    price: Floats


def served(case: Case, open_: Ints) -> Served | None:
    """Clients served from `open_` at the least cost; None where these cannot hold the demand."""
    cost = case.cost[:, open_]
    share = np.zeros(cost.shape)
    share[np.arange(len(cost)), cost.argmin(axis=1)] = 1.0
    price = cost.min(axis=1)
    if case.capacity is not None and case.demand is not None:
        room = case.capacity[open_]
        if np.any(case.demand @ share > room):
            found = _program(cost, case.demand, room)
            if found is None:
                return None
            share, price = found
    return Served(float((cost * share).sum() + case.fixed[open_].sum()), share, price)


def _program(cost: Floats, demand: Floats, room: Floats) -> tuple[Floats, Floats] | None:
    """Shares and prices; at first over each client's nearest sites, then over whatever the prices ask for as well."""
    if room.sum() < demand.sum():
        return None
    n, k = cost.shape
    near = np.zeros((n, k), bool)
    np.put_along_axis(near, np.argsort(cost, axis=1, kind="stable")[:, :_NEAREST], True, axis=1)
    scale = float(demand.max())  # rows of like size
    while True:
        answer = _answer(cost, demand / scale, room / scale, near)
        if answer is None:
            if near.all():
                return None
            near[:] = True
            continue
        price, toll = answer.dual[:n], answer.dual[n:]
        better = (cost - price[:, None] - np.outer(demand / scale, toll) < -_TINY * (1.0 + cost)) & ~near
        if not better.any():
            break
        near |= better
    share = np.zeros((n, k))
    share[near] = np.where(answer.x > _TINY, answer.x, 0.0)
    return share / share.sum(axis=1, keepdims=True), price


def _answer(cost: Floats, demand: Floats, room: Floats, near: Bools) -> Answer | None:
    """The transportation problem over the pairs `near`: rows of clients, then of sites."""
    n = len(cost)
    client, site = np.nonzero(near)
    columns = np.arange(len(client))
    rows, values = np.r_[client, n + site], np.r_[np.ones(len(client)), demand[client]]
    bounds = [(1.0, 1.0)] * n + [(-np.inf, most) for most in room.tolist()]
    program = Program(cost[near], np.ones(len(client)), 0, [rows], [np.r_[columns, columns]], [values], bounds)
    return program.solve()


class Transport:
    """Improves choices of sites with capacities; what it solved rules out others for good."""

    def __init__(self, case: Case, kept: Bools, tell: Callable[[], None] = lambda: None) -> None:
        self.case, self.kept, self.tell, self.best = case, kept, tell, np.inf
        everything = Node(np.arange(len(kept)), kept, case.low, case.high, np.zeros(len(case.cost)))
        self._dual = Dual(case, everything)
        self._base: list[float] = []
        self._margin: list[Floats] = []

    def worth(self, open_: Ints, value: float) -> bool:
        """Whether no cut says that this choice is not below `value`."""
        if not self._allowed(open_):
            return False
        least = [base + float(margin[open_].sum()) for base, margin in zip(self._base, self._margin, strict=True)]
        return max(least, default=-np.inf) < self.case.cutoff(value)

    def learn(self, price: Floats) -> None:
        """Keep the cut that these prices give."""
        self._base.append(float(price.sum()))
        self._margin.append(self._dual.at(price, exact=True).margin)

    def improve(self, open_: Ints) -> tuple[Ints, float]:
        """The best choice found from this one on, one site more, less or another at a time, and its value."""
        value = self._value(open_)
        for _ in range(_LOOKED):
            if value > _NEAR * self.best:
                break
            other = self._neighbour(open_, value)
            if other is None:
                break
            found = self._value(other)
            if found < value:
                open_, value = other, found
        return open_, value

    def _value(self, open_: Ints) -> float:
        self.tell()
        found = served(self.case, open_)
        if found is None:
            return np.inf
        self.learn(found.price)
        self.best = min(self.best, found.value)
        return found.value

    def _allowed(self, open_: Ints) -> bool:
        case = self.case
        if not case.low <= len(open_) <= case.high:
            return False
        return case.capacity is None or case.demand is None or case.capacity[open_].sum() >= case.demand.sum()

    def _neighbour(self, open_: Ints, value: float) -> Ints | None:
        """The neighbour whose cuts leave it most room below `value`."""
        m = len(self.kept)
        inside = np.isin(np.arange(m), open_)
        out, new = np.flatnonzero(inside & ~self.kept), np.flatnonzero(~inside)
        base, margin = np.array(self._base[-_CUTS:]), np.stack(self._margin[-_CUTS:])
        stay = base + margin[:, open_].sum(axis=1)
        gone, come = (np.pad(margin[:, some], ((0, 0), (0, 1))) for some in (out, new))  # last: none goes, none comes
        least = ((stay[:, None] - gone)[:, :, None] + come[:, None, :]).max(axis=0)
        count = len(open_) - np.r_[np.ones(len(out)), 0.0][:, None] + np.r_[np.ones(len(new)), 0.0]
        least[(count < self.case.low) | (count > self.case.high)] = np.inf
        if self.case.capacity is not None and self.case.demand is not None:
            room = self.case.capacity
            held = room[open_].sum() - np.r_[room[out], 0.0][:, None] + np.r_[room[new], 0.0]
            least[~(held >= self.case.demand.sum())] = np.inf
        least[-1, -1] = np.inf
        row, column = np.unravel_index(int(least.argmin()), least.shape)
        if least[row, column] >= self.case.cutoff(value):
            return None
        changed = inside.copy()
        if row < len(out):
            changed[out[row]] = False
        if column < len(new):
            changed[new[column]] = True
        return np.flatnonzero(changed)
