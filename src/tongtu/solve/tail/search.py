"""The best choice found under a cap, its bound and its prices; and the same for many caps, each warm from the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.solve.progress import Progress, check
from tongtu.solve.solution import Relax, Solution, Status
from tongtu.solve.tail.branch import Branch
from tongtu.solve.tail.floors import Least, Leasts, wanting
from tongtu.solve.tail.losses import Floats, Ints
from tongtu.solve.tail.master import Master, Relaxed
from tongtu.solve.tail.picked import Picked, completed, lean, rounded
from tongtu.solve.tail.problem import PROVEN, Case, Options, Row, Tail
from tongtu.solve.tail.relax import Running, relaxed
from tongtu.solve.tail.swaps import swapped
from tongtu.terms.why import Why

#: Options up to which every rounding is improved by exchanges.
_SMALL = 200


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look. Rounding and exchanges are kept when their gap is at most `gap`, or where there are more than
    `core` options; else branch and cut looks at up to `nodes` nodes, until the gap is at most `gap`. It also looks
    where nothing that keeps the limits has been found."""

    gap: float = 2e-4
    core: int = 400
    nodes: int = 300

    def nodes_for(self, options: int) -> int:
        """A tenth of the nodes where options are many: each then takes its time, and finding is all that is asked."""
        return self.nodes if options <= self.core else -(-self.nodes // 10)


@dataclass(frozen=True, slots=True)
class Selected:
    """`option` per item (-1: not taken). All prices are in units of value and belong to the relaxation: `price` per
    row, what its limit would bring if it gave by one unit (never negative); `pays` per option, its amounts at those
    prices (negative where it serves a floor more than it costs); `risk`, what one more unit of cap would bring;
    `charge` per item, its part of the tail at that price; `margin` per option, its value less `pays` and `charge`.
    `tail` is the CVaR of what is taken (-inf where no tail was asked about). Where the cap cannot be kept, `least`
    says what can."""

    option: Ints
    price: Floats
    pays: Floats
    risk: float
    charge: Floats
    margin: Floats
    tail: float
    solution: Solution
    least: Least | None = None


def select(
    n: int, options: Options, rows: Sequence[Row] = (), tail: Tail | None = None, *,
    problem: str, unit: str = "", effort: Effort | None = None, progress: Progress | None = None,
) -> Selected:  # fmt: skip
    """Take at most one option of each of `n` items so that value is greatest under the rows and the tail's cap.

    Work is limited by counts, so the same arguments give the same answer. Where nothing keeps the rows, the status
    is `infeasible` and `relax` names the floors that would have to give, and by how much; where only the cap cannot
    be kept, `relax` says by how much, and `least` the least tail with the floors that force it. Raises Cancelled as
    `progress` does.
    """
    caps = [tail.cap if tail is not None else np.inf]
    return frontier(n, options, rows, tail, caps, problem=problem, unit=unit, effort=effort, progress=progress)[0]


def frontier(
    n: int, options: Options, rows: Sequence[Row], tail: Tail | None, caps: Sequence[float], *,
    problem: str, unit: str = "", effort: Effort | None = None, progress: Progress | None = None,
) -> tuple[Selected, ...]:  # fmt: skip
    """`select` for each of these caps in place of the tail's own. Cuts found under one cap hold under all, and what
    keeps a lower cap keeps a higher one, so value never falls as the cap rises."""
    losses, level = (tail.losses, tail.level) if tail is not None else (None, 0.0)
    case = Case(n, options, rows, losses, level)
    search = _Search(case, problem, unit, effort or Effort(), progress)
    found: dict[float, Selected] = {}
    for k, cap in enumerate(sorted(set(caps))):
        check(progress)(k, len(caps), Why("solve_tail.cap-at", {"cap": float(cap)}))
        found[cap] = search.at(cap)
    return tuple(found[cap] for cap in caps)


def least(
    n: int, options: Options, rows: Sequence[Row], tail: Tail, *,
    effort: Effort | None = None, progress: Progress | None = None,
) -> Least | None:  # fmt: skip
    """The least CVaR of a choice that keeps the rows, whatever its value (the cap of `tail` is not looked at), and
    the floors that force it; None where nothing keeps the rows."""
    work = effort or Effort()
    case = Case(n, options, rows, tail.losses, tail.level)
    leasts = Leasts(case, [], work.nodes_for(len(case.item)), work.gap, progress)
    return leasts.told() if leasts.found is not None else None


class _Search:
    def __init__(self, case: Case, problem: str, unit: str, effort: Effort, progress: Progress | None) -> None:
        self.case, self.problem, self.unit, self.effort, self.progress = case, problem, unit, effort, progress
        self.master = Master(case, progress=progress)
        self.running = Running(case)
        self.before: Picked | None = None
        self.leasts: Leasts | None = None

    def at(self, cap: float) -> Selected:
        self.master.cap_at(cap)
        answer = relaxed(self.master, self.running)
        if answer is None:
            return self._refused(cap)
        best, bound = self._best(answer, cap)
        if best is None:
            return self._refused(cap)
        best = self.before = lean(best, cap)
        best.settle()  # what is told is summed from scratch
        bound = max(bound, best.value)
        status: Status = "optimal" if bound - best.value <= PROVEN * max(1.0, abs(best.value)) else "feasible"
        solution = Solution(self.problem, status if len(self.case.item) else "empty", best.value, bound, self.unit)
        return self._told(best, answer, solution)

    def _best(self, answer: Relaxed, cap: float) -> tuple[Picked | None, float]:
        """The best of rounding and of what kept a lower cap, improved; branched where that is not good enough."""
        best = self._mended(answer, cap)
        if not best.keeps(cap) or (self.before is not None and self.before.value > best.value):
            best = self.before or best
        if best.keeps(cap) and not self._near(best, answer.bound):
            best = swapped(best, answer, cap)
        if best.keeps(cap) and (self._near(best, answer.bound) or len(self.case.item) > self.effort.core):
            return best, answer.bound
        start = best if best.keeps(cap) else self._from_least(answer, cap)
        branch = Branch(
            self.master, self.running, lambda node: self._mended(node, cap),
            nodes=self.effort.nodes_for(len(self.case.item)), gap=self.effort.gap,
        )  # fmt: skip
        branched = branch.search(start)
        return branched.found, min(answer.bound, branched.bound)

    def _mended(self, answer: Relaxed, cap: float) -> Picked:
        picked = rounded(self.case, answer, cap)
        return swapped(picked, answer, cap) if len(self.case.item) <= _SMALL and picked.keeps(cap) else picked

    def _from_least(self, answer: Relaxed, cap: float) -> Picked | None:
        """Filled up from the choice with the least tail, where that keeps the cap."""
        if self.case.losses is None or not np.isfinite(cap):
            return None
        least = self._least().found
        if least is None or not least.keeps(cap):
            return None
        filled = completed(Picked(self.case, least.option), answer, cap)
        return filled if filled.keeps(cap) else least

    def _near(self, best: Picked, bound: float) -> bool:
        return bound - best.value <= self.effort.gap * max(1.0, abs(best.value))

    def _least(self) -> Leasts:
        if self.leasts is None:
            nodes = self.effort.nodes_for(len(self.case.item))
            self.leasts = Leasts(self.case, self.master.cuts[:], nodes, self.effort.gap, self.progress)
        return self.leasts

    def _refused(self, cap: float) -> Selected:
        case, least = self.case, None
        if case.losses is not None and self._least().found is not None:
            least = self._least().told()
            proven = least.bound > cap
            why = Why("solve_tail.cap-too-tight" if proven else "solve_tail.cap-not-reached", {"cap": cap})
            relax: tuple[Relax, ...] = (Relax(why, least.tail - cap),)
        else:
            relax = wanting(case, self.progress)
        solution = Solution(self.problem, "infeasible", unit=self.unit, relax=relax)
        nothing, zero = np.full(case.n, -1, np.int64), np.zeros(len(case.item))
        return Selected(
            nothing, np.zeros(len(case.rows)), zero, 0.0, np.zeros(case.n), zero, 0.0, solution, least
        )  # fmt: skip

    def _told(self, best: Picked, answer: Relaxed, solution: Solution) -> Selected:
        case = self.case
        return Selected(
            best.option, np.abs(answer.price), case.priced(answer.price), answer.risk, answer.charge,
            answer.margin, best.tail, solution,
        )  # fmt: skip
