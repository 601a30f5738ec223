"""The greatest total under a floor: everyone who asks gets a share of the best that all could get at once.

The *bound* is the largest t such that a (divisible) assignment gives every left node a total score of t:
max-min fairness. The floor is `share` of it; left nodes without any edge do not count. Under the floor the
total is maximised (Stelmakh, Shah and Singh 2021 maximise t itself; Kobren, Saha and McCallum 2019 set a floor).

Up to `SMALL` edges both are linear programs, solved over the edges that matter: those best for their nodes, then
whatever the prices ask for (column generation), until no edge left out could improve the answer. The whole
numbers come from a 0/1 program over the *core*, the edges closest to their price, started from a flow in which
those below the floor count for more. Above `SMALL` edges those flows are all there is: their prices give a
bound on the total as well (Lagrangian relaxation; Fisher 1981), and weights on the worst off give one on t.
Work is limited by counts, never by the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongtu.solve.flow import Assignment, best, optimum
from tongtu.solve.linear import Answer, Program
from tongtu.solve.market import STEPS, Bools, Floats, Ints, Market
from tongtu.solve.progress import Progress, check
from tongtu.solve.solution import Relax, Solution, Status
from tongtu.terms.why import Why

#: up to so many edges the programs are linear; above, flows alone
SMALL = 150_000
_TOLERANCE = 1e-6
_ALL = 30_000  # up to so many edges the programs take them all at once
_NEAR = 12  # beyond, so many per left node to begin with
_NODES = 20  # of the search for the assignment least short

Aim = Literal["worst", "total", "short", "kept"]


@dataclass(frozen=True, slots=True)
class Fair:
    """`chosen` per edge, `reached` per left node. `bound`: the max-min bound, `floor`: the share of it that was
    asked for, `greatest`: the total without a floor. `solution` is about the total under the floor."""

    chosen: Bools
    reached: Floats
    bound: float
    floor: float
    greatest: float
    solution: Solution

    @property
    def kept(self) -> float:
        """What the floor leaves of the greatest total."""
        return (self.solution.value or 0.0) / self.greatest if self.greatest else 1.0


def fair(
    market: Market, *, share: float = 0.8, problem: str = "fair", core: int = 5_000, nodes: int = 1,
    rounds: int | None = None, progress: Progress | None = None,
) -> Fair:  # fmt: skip
    """The greatest total score found such that every left node with an edge reaches `share` of the max-min bound.

    `core` limits the edges the 0/1 program decides, `nodes` its search tree, `rounds` the flows (default: 40, on
    a large market 25). `infeasible` where it is proven that the loads or, in whole numbers, the floor cannot be
    met; `stopped_by_time` where none was found within these limits. Then nothing is chosen, and on a small market
    `relax` says who is short in the assignment that is least short, and by how much.
    """
    if market.each != 1:
        raise ValueError("a floor is for edges taken once")
    tell, steps = check(progress), 5
    free = best(market, problem=problem, progress=progress)
    if free.solution.status in ("infeasible", "empty"):
        return Fair(free.chosen, _reached(market, free.chosen), 0.0, 0.0, 0.0, free.solution)
    tell(1, steps)
    case = _Case(market, free, progress)
    rounds = rounds or (40 if case.small else 25)
    case.floor = share * (bound := case.alone())
    if case.small or not case.keeps(free.chosen):
        bound = case.max_min() if case.small else case.weighed(rounds)
        case.floor = share * bound
    tell(2, steps)
    if case.keeps(free.chosen):
        return case.answer(free.chosen, case.total(free.chosen), bound, problem)
    upper, push, gap = case.under_floor() if case.small else (np.inf, np.zeros(len(market.lefts)), None)
    tell(3, steps)
    found, flows = case.pushed(push, rounds)
    tell(4, steps)
    proof: Solution = Solution(problem, "stopped_by_time", unit="score")
    if found is None and case.small:
        found, proof = case.least_short(problem)
    if found is not None and gap is not None:
        found = case.exact(gap, found, core, nodes)
    tell(steps, steps)
    if found is None:
        return Fair(np.zeros_like(free.chosen), np.zeros(len(market.lefts)), bound, case.floor, case.greatest, proof)
    return case.answer(found, min(upper, flows), bound, problem)


class _Case:
    """The market, what it gives without a floor, and the floor."""

    def __init__(self, market: Market, free: Assignment, progress: Progress | None) -> None:
        self.market, self.free, self.floor, self.progress = market, free, 0.0, progress
        self.small = len(market.score) <= SMALL
        self.asks: Bools = (market.degrees()[0] > 0) & (market.lefts.most > 0)
        self.greatest = self.total(free.chosen)
        everyone = np.ones(len(market.score), bool)
        self.near = everyone if len(everyone) <= _ALL else _near(market) | free.chosen if self.small else free.chosen

    def total(self, chosen: Bools) -> float:
        return float(self.market.score[chosen].sum())

    def keeps(self, chosen: Bools) -> bool:
        return bool(np.all(_reached(self.market, chosen)[self.asks] >= self.floor - _TOLERANCE))

    # ------------------------------------------------------------------ linear programs, small markets

    def max_min(self) -> float:
        """The largest total every asking left node can reach at once, edges divisible.

        Often that is what the worst off could have with nobody else in the market: tried first, it is cheaper.
        """
        self.floor = self.alone()
        if float(self._over_columns("total").x[-len(self.market.lefts) :].sum()) <= _TOLERANCE:
            return self.floor
        return self._lowest() - self._over_columns("worst").bound

    def _lowest(self) -> float:
        """No more than anybody has without a floor, and not above 0: the worst off is counted from here."""
        return float(min(_reached(self.market, self.free.chosen).min(initial=0.0), 0.0))

    def alone(self) -> float:
        """The least of what each asking left node could have if all its edges were free."""
        market = self.market
        order = np.lexsort((-market.score, market.left))
        ends = np.searchsorted(market.left[order], np.arange(len(market.lefts) + 1))
        place = np.arange(len(order)) - np.repeat(ends[:-1], np.diff(ends))
        node, score = market.left[order], market.score[order]
        gained = (place < market.lefts.least[node]) | (place < market.lefts.most[node]) & (score > 0)
        had = np.bincount(node, np.where(gained, score, 0.0), minlength=len(market.lefts))
        return float(had[self.asks].min(initial=np.inf)) if self.asks.any() else 0.0

    def under_floor(self) -> tuple[float, Floats, Floats]:
        """Under the floor: bound on the total, how much the floor pushes each left node, and how far every edge is
        from paying its price (0 or less: it pays). Floors may give at a high price, so there is always an
        answer; whoever keeps them all stays below its bound."""
        answer = self._over_columns("total")
        rows = self._duals(answer)
        return -answer.bound, rows[2], self._reduced(rows, -self.market.score)

    def _over_columns(self, aim: Aim) -> Answer:
        """A linear program over ever more columns, until none left out would pay."""
        cost = -self.market.score if aim == "total" else np.zeros(len(self.market.score))
        while True:
            program, _ = self._program(self.near, aim)
            answer = program.solve(progress=self.progress)
            assert answer is not None, "what the flow found is among the columns, and floors may give"
            missing = self._improving(answer, self.near, cost)
            if not missing.any():
                return answer
            self.near = self.near | missing

    def _program(self, columns: Bools, aim: Aim, whole: bool = False) -> tuple[Program, Ints]:
        """The edges in `columns`, loads as rows, then a floor per left node. `worst`: one more column, how far
        above `_lowest` everyone comes, alone counts. Otherwise each floor may give: for `short` that alone counts,
        for `total` it costs more than an edge may bring, for `kept` it may not."""
        market, edges = self.market, np.flatnonzero(columns)
        e, n, score = len(edges), len(market.lefts), market.score[edges]
        dear = 10.0 * (1.0 + float(np.abs(market.score).max())) * max(1.0, float(market.lefts.most.max()))
        prices = {"worst": [-1.0], "short": [1.0] * n, "total": [dear] * n, "kept": [0.0] * n}[aim]
        cost = np.r_[-score if aim in ("total", "kept") else np.zeros(e), prices]
        gives = 0.0 if aim == "kept" else np.inf
        program = Program(cost, np.r_[np.ones(e), np.full(len(prices), gives)], whole=e if whole else 0)
        for node, loads in ((market.left[edges], market.lefts), (market.right[edges], market.rights)):
            for i, mine in enumerate(_grouped(node, len(loads))):
                program.row(mine, 1.0, at_least=loads.least[i], at_most=loads.most[i])
        floor = self._lowest() if aim == "worst" else self.floor
        for i, mine in enumerate(_grouped(market.left[edges], n)):
            other = (e, -1.0) if aim == "worst" else (e + i, 1.0)
            least = floor if self.asks[i] else -np.inf
            program.row(np.r_[mine, other[0]], np.r_[score[mine], other[1]], at_least=least)
        return program, edges

    def _duals(self, answer: Answer) -> tuple[Floats, Floats, Floats]:
        n, m = len(self.market.lefts), len(self.market.rights)
        return answer.dual[:n], answer.dual[n : n + m], answer.dual[n + m :]

    def _reduced(self, duals: tuple[Floats, Floats, Floats], cost: Floats) -> Floats:
        left, right, floor = duals
        market = self.market
        return cost - left[market.left] - right[market.right] - floor[market.left] * market.score

    def _improving(self, answer: Answer, columns: Bools, cost: Floats) -> Bools:
        """The edges left out that would pay; of many, the best few thousand at a time."""
        reduced = np.where(columns, 0.0, self._reduced(self._duals(answer), cost))
        pays = np.flatnonzero(reduced < -1e-9)
        missing = np.zeros(len(reduced), bool)
        missing[pays[np.argsort(reduced[pays], kind="stable")][: 20 * len(self.market.lefts) + 2_000]] = True
        return missing

    def exact(self, gap: Floats, found: Bools, core: int, nodes: int) -> Bools:
        """What was found, or better: a 0/1 program over the core and what was found."""
        columns = found.copy()
        columns[np.argsort(gap, kind="stable")[:core]] = True
        program, edges = self._program(columns, "kept", whole=True)
        start = np.r_[found[edges].astype(float), np.zeros(len(self.market.lefts))]
        answer = program.solve(start, nodes, self.progress)
        if answer is None:
            return found
        chosen = np.zeros(len(gap), bool)
        chosen[edges[answer.x[: len(edges)] > 0.5]] = True
        return chosen if self.total(chosen) > self.total(found) and self.keeps(chosen) else found

    def least_short(self, problem: str) -> tuple[Bools | None, Solution]:
        """The assignment that lacks least of the floors; or, where it lacks something, what. The search begins with
        the one without a floor, so it always has an answer and its limit of nodes holds."""
        program, edges = self._program(np.ones(len(self.market.score), bool), "short", whole=True)
        start = np.r_[self.free.chosen.astype(float), self._short(self.free.chosen)]
        answer = program.solve(start, _NODES, self.progress)
        if answer is None:
            return None, Solution(problem, "stopped_by_time", unit="score")
        chosen = np.zeros(len(self.market.score), bool)
        chosen[edges[answer.x[: len(edges)] > 0.5]] = True
        if self.keeps(chosen):
            return chosen, Solution(problem, "feasible", unit="score")
        short = self._short(chosen)
        relax = tuple(
            Relax(Why("solve.left-floor", {"node": int(i)}), round(float(short[i]), 6), "score")
            for i in np.flatnonzero(short > _TOLERANCE)
        )
        status: Status = "infeasible" if answer.bound > _TOLERANCE else "stopped_by_time"
        return None, Solution(problem, status, unit="score", relax=relax)

    def _short(self, chosen: Bools) -> Floats:
        return np.where(self.asks, np.maximum(self.floor - _reached(self.market, chosen), 0.0), 0.0)

    # ------------------------------------------------------------------------------- flows, any market

    def weighed(self, rounds: int) -> float:
        """A bound on max-min: what the worst off could have alone; and, counting those who get least for ever more
        (multiplicative weights), the best total under weights of sum one, which is at least what everyone could
        get at once."""
        bound = self.alone()
        weight = self.asks / max(1, self.asks.sum())
        sum_reached = np.zeros(len(weight))
        for k in range(rounds):
            scale = 1.0 / max(float(weight.max()), 1e-12)
            chosen = self._flow(weight * scale)
            if chosen is None:
                break
            reached = _reached(self.market, chosen)
            bound = min(bound, float(weight @ reached) + chosen.sum() / STEPS / scale)  # scores were rounded
            sum_reached += reached
            mean = sum_reached / (k + 1)
            spread = max(float(mean[self.asks].max() - mean[self.asks].min()), 1e-9)
            weight = np.where(self.asks, np.exp(-4.0 * (mean - mean[self.asks].min()) / spread), 0.0)
            weight /= weight.sum()
        return bound

    def pushed(self, push: Floats, rounds: int) -> tuple[Bools | None, float]:
        """The best flow that keeps the floor, when those below it count for ever more; and the best bound.

        Once nobody is short, all pushes are eased until somebody is again.
        """
        push, best_found, best_total, bound = push.copy(), None, -np.inf, np.inf
        mean = max(float(self.market.score[self.free.chosen].mean()), 1e-6)
        for _ in range(rounds):
            chosen = self._flow(1.0 + push)
            if chosen is None:
                break
            reached = _reached(self.market, chosen)
            total = self.total(chosen)
            above = float(push[self.asks] @ (reached[self.asks] - self.floor))
            bound = min(bound, total + above + chosen.sum() / STEPS)  # scores were rounded
            short = np.where(self.asks, self.floor - reached, 0.0)
            if short.max(initial=0.0) <= _TOLERANCE:
                if total > best_total:
                    best_found, best_total = chosen, total
                push *= 0.97
            push += np.where(short > _TOLERANCE, (short + 0.1 * mean) * 0.15 / mean, 0.0)
        return best_found, bound

    def _flow(self, weight: Floats) -> Bools | None:
        worth = np.rint(self.market.score * weight[self.market.left] * STEPS).astype(np.int64)
        flow = optimum(self.market, worth, self.progress)
        return None if flow is None else flow > 0

    # --------------------------------------------------------------------------------------- answers

    def answer(self, chosen: Bools, upper: float, bound: float, problem: str) -> Fair:
        total = self.total(chosen)
        upper = max(min(upper, self.greatest), total)
        status: Status = "optimal" if upper - total <= _TOLERANCE * max(1.0, total) else "feasible"
        solution = Solution(problem, status, total, upper, "score")
        return Fair(chosen, _reached(self.market, chosen), bound, self.floor, self.greatest, solution)


def _reached(market: Market, chosen: Bools) -> Floats:
    return np.bincount(market.left[chosen], market.score[chosen], minlength=len(market.lefts)).astype(np.float64)


def _near(market: Market) -> Bools:
    """The best few edges of each node, on either side."""
    near = np.zeros(len(market.score), bool)
    for node, loads, extra in ((market.left, market.lefts, _NEAR), (market.right, market.rights, 1)):
        order = np.lexsort((-market.score, node))
        ends = np.searchsorted(node[order], np.arange(len(loads) + 1))
        place = np.arange(len(order)) - np.repeat(ends[:-1], np.diff(ends))
        near[order[place < extra + loads.most[node[order]]]] = True
    return near


def _grouped(node: Ints, count: int) -> list[Ints]:
    """Positions by node."""
    order = np.argsort(node, kind="stable")
    return np.split(order, np.searchsorted(node[order], np.arange(1, count)))
