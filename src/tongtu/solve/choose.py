"""Choose indivisible items and the one pot that pays each: a 0/1 multiple knapsack with floors.

Maximise the value of the chosen items, where an item is chosen at most once, its whole cost falls on
one pot, no pot pays more than it holds, and floors ask for a least amount of something among the
chosen. Items that the same pots may pay form a group, so the linear relaxation needs one column per
item and one per (group, pot), however many pots an item can reach.

Three steps: the relaxation gives prices and a bound; rounding it gives a first answer; a 0/1 program
over the *core* (the items whose value is close to the price of their cost; Balas and Zemel 1980)
improves it. Where the core is everything the answer is proven. The bound of the relaxation is computed
from its prices by weak duality, so it does not rest on the solver's tolerances, and the whole amounts
are checked exactly afterwards. Work is limited by counts, never by the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.solve.linear import Program
from tongtu.solve.solution import Relax, Solution, Status
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: An answer this close to its bound, relatively, is called optimal.
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Pots:
    """Who may pay. Entry r: pot `pot[r]` pays the items of `group[r]`, at `rate[r]` of its own units for one
    unit of cost. `room[b]` is what pot b holds."""

    room: Ints
    group: Ints
    pot: Ints
    rate: Floats


@dataclass(frozen=True, slots=True)
class Floor:
    """At least `least` of `weight` (one number >= 0 per item) among the chosen items."""

    limit: Why
    weight: Floats
    least: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`pot` per item (-1: not chosen) and what it pays; `price` is the value of one more unit in each pot (a
    dual of the relaxation), `margin` each item's value, with what floors add, less the price of its cost."""

    pot: Ints
    paid: Ints
    price: Floats
    margin: Floats
    solution: Solution


def choose(
    value: Floats, cost: Ints, group: Ints, pots: Pots, floors: Sequence[Floor] = (), *,
    problem: str, unit: str = "", core: int = 400, nodes: int = 20,
) -> Chosen:  # fmt: skip
    """The best choice found and its bound, for `value`, `cost` (both >= 0) and `group` of each item.

    `core` limits the (item, pot) options of the 0/1 program, `nodes` its search tree. Among items alike
    in every respect the earlier are chosen. Where the floors cannot be met the status is `infeasible`,
    nothing is chosen, and `relax` names each floor that would have to give and by how much.
    """
    case = _Case(value, cost, group, pots, tuple(floors))
    relaxed = _relaxed(case) if len(case.item) else _nothing(case)
    found = _improved(case, relaxed, core, nodes) if relaxed else None
    if relaxed is None or found is None:
        return _refused(case, problem, unit, core, nodes)
    pot = _earliest(case, _filled(case, relaxed, found[0]))
    reached = float(value[pot >= 0].sum())
    bound = max(found[1], reached)
    status: Status = "optimal" if bound - reached <= TOLERANCE * max(1.0, reached) else "feasible"
    solution = Solution(problem, status if len(case.item) else "empty", reached, bound, unit)
    return Chosen(pot, case.paid(pot), relaxed.price, relaxed.margin, solution)


class _Case:
    """The data, with every (item, pot) option spelt out in the order of items, then pots.

    Per option: its `item`, the `entry` of `pots` that makes it, the `pot`, and the whole `need` that pot
    would pay, rounded up. Options of item i are `start[i]:start[i + 1]`.
    """

    def __init__(self, value: Floats, cost: Ints, group: Ints, pots: Pots, floors: tuple[Floor, ...]) -> None:
        self.value, self.cost, self.group, self.pots, self.floors = value, cost, group, pots, floors
        self.n = len(value)
        entries = np.lexsort((pots.pot, pots.group))
        first = np.searchsorted(pots.group[entries], group, side="left")
        count = np.searchsorted(pots.group[entries], group, side="right") - first
        self.start: Ints = np.r_[0, np.cumsum(count)]
        self.item: Ints = np.repeat(np.arange(self.n), count)
        self.entry: Ints = entries[np.arange(len(self.item)) - np.repeat(self.start[:-1] - first, count)]
        self.pot: Ints = pots.pot[self.entry]
        rate = pots.rate[self.entry]
        self.need: Ints = np.where(
            rate == 1.0, cost[self.item], np.ceil(cost[self.item] * rate - 1e-6).astype(np.int64)
        )

    def paid(self, pot: Ints) -> Ints:
        """What each item's pot pays for it; 0 where it has none."""
        paid = np.zeros(self.n, np.int64)
        taken = self.pot == pot[self.item]
        paid[self.item[taken]] = self.need[taken]
        return paid

    def left(self, pot: Ints) -> Ints:
        """What each pot still holds."""
        left = self.pots.room.copy()
        np.subtract.at(left, pot[pot >= 0], self.paid(pot)[pot >= 0])
        return left

    def short(self, pot: Ints) -> Floats:
        """How much each floor still lacks; negative where it is exceeded."""
        return np.array([f.least - f.weight[pot >= 0].sum() for f in self.floors])

    def keeps_floors(self, pot: Ints) -> bool:
        return all(s <= 1e-9 * _size(f) for s, f in zip(self.short(pot), self.floors, strict=True))


def _size(floor: Floor) -> float:
    return max(1.0, abs(floor.least))


# ------------------------------------------------------------------------- the relaxation, and rounding it


@dataclass(frozen=True, slots=True)
class _Relaxed:
    bound: float
    x: Floats
    flow: Floats  # what each entry of `pots` sends, in units of cost
    price: Floats
    margin: Floats


def _relaxation(case: _Case, slack: bool = False) -> tuple[Program, float]:
    """Columns: each item 0..1, what each entry of `pots` sends, and with `slack` what each floor gives."""
    n, pots, f = case.n, case.pots, len(case.floors)
    entries, scale = len(pots.pot), max(1.0, float(pots.room.max(initial=1)))
    reach = np.minimum(np.diff(case.start), 1).astype(float)
    upper = np.r_[reach, np.full(entries + (f if slack else 0), np.inf)]
    cost = np.r_[np.zeros(n + entries), np.ones(f)] if slack else np.r_[-case.value, np.zeros(entries)]
    program = Program(cost, upper)
    for b, room in enumerate(pots.room):
        mine = np.flatnonzero(pots.pot == b)
        program.row(n + mine, pots.rate[mine], at_most=room / scale)
    for k, floor in enumerate(case.floors):
        given = [n + entries + k] if slack else []
        weight = np.r_[floor.weight / _size(floor), np.ones(len(given))]
        program.row(np.r_[np.arange(n), given], weight, at_least=floor.least / _size(floor))
    for group in np.unique(pots.group):
        items, mine = np.flatnonzero(case.group == group), np.flatnonzero(pots.group == group)
        spent = np.r_[case.cost[items] / scale, -np.ones(len(mine))]
        program.row(np.r_[items, n + mine], spent, at_most=0.0)
    return program, scale


def _relaxed(case: _Case) -> _Relaxed | None:
    """Items divisible and payable in parts; None where even so the floors cannot be met."""
    program, scale = _relaxation(case)
    answer = program.solve()
    if answer is None:
        return None
    n, b, f = case.n, len(case.pots.room), len(case.floors)
    price = np.maximum(-answer.dual[:b], 0.0) / scale
    push = np.maximum(answer.dual[b : b + f], 0.0) / [_size(floor) for floor in case.floors]
    cheapest = np.full(n, np.inf)
    np.minimum.at(cheapest, case.item, case.pots.rate[case.entry] * price[case.pot])
    reach = np.isfinite(cheapest)
    gain = case.value + sum((y * fl.weight for y, fl in zip(push, case.floors, strict=True)), np.zeros(n))
    margin = np.where(reach, gain - case.cost * np.where(reach, cheapest, 0.0), -np.inf)
    least = np.array([floor.least for floor in case.floors])
    bound = price @ case.pots.room + np.maximum(margin, 0.0).sum() - push @ least
    flow = answer.x[n : n + len(case.pots.pot)] * scale
    return _Relaxed(float(bound), answer.x[:n], flow, price, margin)


def _nothing(case: _Case) -> _Relaxed | None:
    """The relaxation where no pot can pay for anything."""
    zero = np.zeros(case.n)
    price, flow = np.zeros(len(case.pots.room)), np.zeros(len(case.pots.pot))
    nobody = np.full(case.n, -1, np.int64)
    return _Relaxed(0.0, zero, flow, price, zero) if case.keeps_floors(nobody) else None


def _filled(case: _Case, relaxed: _Relaxed, given: Ints) -> Ints:
    """`given`, and what still fits, in the order the relaxation prefers: each item to the pot with most money
    meant for its group. From nothing given, this rounds the relaxation."""
    per_cost = relaxed.margin / np.maximum(case.cost, 1)
    pot, left, flow = given.copy(), case.left(given), relaxed.flow.copy()
    order = np.lexsort((-per_cost, -np.round(relaxed.x, 9)))
    for i in order[pot[order] < 0]:
        options = np.arange(case.start[i], case.start[i + 1])
        options = options[case.need[options] <= left[case.pot[options]]]
        if len(options):
            best = options[np.argmax(flow[case.entry[options]])]
            pot[i] = case.pot[best]
            left[pot[i]] -= case.need[best]
            flow[case.entry[best]] -= case.cost[i]
    return pot


# ------------------------------------------------------------------------------------- the 0/1 program


def _improved(case: _Case, relaxed: _Relaxed, core: int, nodes: int) -> tuple[Ints, float] | None:
    """The best answer and its bound, over ever larger cores until one keeps the floors; None: none can."""
    best = _filled(case, relaxed, np.full(case.n, -1, np.int64))
    kept, whole = case.keeps_floors(best), False
    while not whole:
        free = _core(case, relaxed, best, core)
        whole = bool(free.all())
        answer = _exact(case, best, free, nodes)
        if answer is not None:
            pot, bound = answer
            if kept and case.value[pot >= 0].sum() < case.value[best >= 0].sum():
                pot = best
            return pot, min(relaxed.bound, bound) if whole else relaxed.bound
        if kept:
            return best, relaxed.bound
        core *= 4
    return None


def _core(case: _Case, relaxed: _Relaxed, best: Ints, core: int) -> npt.NDArray[np.bool_]:
    """Items to decide anew: those rounding and prices disagree about, then those nearest to their price."""
    disagree = (best < 0) & (relaxed.margin > 0) | (best >= 0) & (relaxed.margin < 0)
    order = np.lexsort((np.abs(relaxed.margin), ~disagree))
    free = np.zeros(case.n, bool)
    free[order[np.cumsum(np.diff(case.start)[order]) <= core]] = True
    return free


def _exact(case: _Case, best: Ints, free: npt.NDArray[np.bool_], nodes: int) -> tuple[Ints, float] | None:
    """Decide the free items anew, the others staying as in `best`. The bound is of this program."""
    fixed = np.where(free, -1, best)
    settled = float(case.value[fixed >= 0].sum())
    left = case.left(fixed)
    option = np.flatnonzero(free[case.item] & (case.need <= left[case.pot]))
    if not len(option):
        return (fixed, settled) if case.keeps_floors(fixed) else None
    program = _program(case, option, left, case.short(fixed))
    start = (case.pot[option] == best[case.item[option]]).astype(float) if case.keeps_floors(best) else None
    while (answer := program.solve(start, nodes)) is not None:
        taken = option[answer.x[: len(option)] > 0.5]
        over = _overdrawn(case, taken, left)
        if not over:
            fixed[case.item[taken]] = case.pot[taken]
            return fixed, settled - answer.bound
        for cover in over:  # within the solver's tolerance but not within the money: forbid it
            program.row(np.searchsorted(option, cover), 1.0, at_most=len(cover) - 1)
        start = None
    return None


def _program(case: _Case, option: Ints, left: Ints, short: Floats, slack: bool = False) -> Program:
    """One 0/1 column per option; with `slack`, then what each floor gives, which alone is minimised."""
    m, f = len(option), len(case.floors)
    value = np.r_[np.zeros(m), np.ones(f)] if slack else -case.value[case.item[option]]
    program = Program(value, np.r_[np.ones(m), np.full(f if slack else 0, np.inf)], whole=m)
    _, item = np.unique(case.item[option], return_index=True)
    for columns in np.split(np.arange(m), item[1:]):
        if len(columns) > 1:
            program.row(columns, 1.0, at_most=1.0)
    for b in np.unique(case.pot[option]):
        columns = np.flatnonzero(case.pot[option] == b)
        unit = max(1.0, float(left[b]))
        program.row(columns, case.need[option[columns]] / unit, at_most=left[b] / unit)
    for k, floor in enumerate(case.floors):
        given = [m + k] if slack else []
        weight = np.r_[floor.weight[case.item[option]] / _size(floor), np.ones(len(given))]
        program.row(np.r_[np.arange(m), given], weight, at_least=short[k] / _size(floor))
    return program


def _overdrawn(case: _Case, taken: Ints, left: Ints) -> list[Ints]:
    """Per pot that would pay more than it holds, the options that overdraw it."""
    spent = np.zeros(len(left), np.int64)
    np.add.at(spent, case.pot[taken], case.need[taken])
    return [taken[case.pot[taken] == b] for b in np.flatnonzero(spent > left)]


def _earliest(case: _Case, pot: Ints) -> Ints:
    """Among items alike in value, cost, group and floors, the earlier are chosen, pots in their order."""
    alike = np.column_stack([case.value, case.cost, case.group, *(f.weight for f in case.floors)])
    _, kind = np.unique(alike, axis=0, return_inverse=True)
    order = np.lexsort((np.arange(case.n), kind.ravel()))
    wanted = np.lexsort((np.where(pot < 0, np.iinfo(np.int64).max, pot), kind.ravel()))
    settled = np.empty_like(pot)
    settled[order] = pot[wanted]
    return settled


# ------------------------------------------------------------------------------------------ no answer


def _refused(case: _Case, problem: str, unit: str, core: int, nodes: int) -> Chosen:
    """Which floors must give, and by how much: the least total give, each floor measured by its own size."""
    nobody = np.full(case.n, -1, np.int64)
    if len(case.item) <= 4 * core:
        whole = np.arange(len(case.item))
        program = _program(case, whole, case.pots.room, case.short(nobody), slack=True)
    else:
        program, _ = _relaxation(case, slack=True)
    answer = program.solve(nodes=nodes)
    gives = answer.x[-len(case.floors) :] if answer else np.full(len(case.floors), np.nan)
    relax = tuple(
        Relax(floor.limit, float(give * _size(floor)), floor.unit)
        for floor, give in zip(case.floors, gives, strict=True)
        if not give <= TOLERANCE
    )
    solution = Solution(problem, "infeasible", unit=unit, relax=relax)
    nothing = np.zeros(case.n, np.int64)
    return Chosen(nobody, nothing, np.zeros(len(case.pots.room)), np.zeros(case.n), solution)
