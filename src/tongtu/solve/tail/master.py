"""The linear relaxation, kept warm in HiGHS: the options that matter so far, and the cuts on the tail so far.

CVaR is the largest mean loss over weights of at most 1/((1 - level) n) per scenario, so for any such weights
`(weighted losses) · share <= CVaR`: a cut. A relaxation with a few cuts stands for the program of Rockafellar and
Uryasev (2000) with its thousands of scenario rows (Künzi-Bay and Mayer 2006). Cuts bound one column, the tail
`t`, whose own bound is the cap: another cap, or the least tail of all, is the same program with one number changed.

Few rows and many columns: columns enter when their price says so (sifting; Bixby et al. 1992).
The bound is computed from the prices by weak duality, so it does not rest on the solver's tolerances: whatever
non-negative prices are put in, it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tongtu.solve.linear import SETTINGS, clean_stdout, heard
from tongtu.solve.progress import Progress
from tongtu.solve.tail.losses import Floats, Ints
from tongtu.solve.tail.problem import Case

#: Up to so many options all stand in the program from the start.
SIFTED = 3_000
#: A price, relative to the largest value, below which nothing is worth entering.
_PENNY = 1e-9
#: A tail this close to what the cuts say, relatively, needs no further cut.
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Relaxed:
    """`share` per option; `price` per row, > 0 where its `most` binds, < 0 where its `least` does; `charge` per item,
    its tail at the price of risk; `risk`, the price of one unit of cap; `margin` per option, its value less all
    these. `bound`: no choice is worth more (for the least tail: minus a tail that no choice undercuts)."""

    share: Floats
    price: Floats
    weight: Floats
    charge: Floats
    risk: float
    margin: Floats
    bound: float
    tail: float


@dataclass(frozen=True, slots=True)
class Node:
    """Items taken in no case, items taken in any case, and options forbidden."""

    without: tuple[int, ...] = ()
    needed: tuple[int, ...] = ()
    shut: tuple[int, ...] = ()


class Master:
    """Maximise value under the rows with tail `t <= cap`; with `least`, minimise `t` instead."""

    def __init__(self, case: Case, *, least: bool = False, progress: Progress | None = None) -> None:
        import highspy

        self.case, self.progress, self.least = case, progress, least
        self.value = np.zeros(len(case.value)) if least else case.value
        self.cuts: list[Floats] = []
        self.cap = np.inf
        self._unit = max(float(np.abs(self.value).max(initial=0.0)), 1e-300)
        self._tail_unit = 1.0
        self._cut_rows: list[int] = []
        self._column: Ints = np.full(len(case.item), -1, np.int64)  # of each option, -1 while it is out
        self._choice_row: Ints = np.full(case.n, -1, np.int64)  # "at most one of this item", where it has several
        self._shut: set[int] = set()
        self._needed: set[int] = set()
        self._highs: Any = highspy.Highs()
        for option, setting in SETTINGS.items():
            self._highs.setOptionValue(option, setting)
        self._highs.setOptionValue("solver", "simplex")
        self._highs.addCol(1.0 if least else 0.0, -np.inf, np.inf, 0, _INTS, _FLOATS)
        self._rows(case.least / case.size, case.most / case.size)
        self.enter(self._first())

    # ---------------------------------------------------------------------------------- what is in it

    def _first(self) -> Ints:
        """All options where they are few; else those dear for what they use, twice what each floor asks first."""
        case = self.case
        every = np.arange(len(case.item))
        if len(every) <= SIFTED:
            return every
        room = np.where(np.isfinite(case.most) & (case.most > 0), case.most, np.inf)
        use = case.priced(1.0 / room)
        order = np.lexsort((every, -(self.value + 1e-9 * self._unit) / np.maximum(use, 1e-12)))
        rank = np.empty_like(order)
        rank[order] = every
        taken = rank < max(SIFTED, len(every) // 10)
        for r in np.flatnonzero(np.isfinite(case.least) & (case.least > 0)):
            mine = np.flatnonzero(case.row == r)
            mine = mine[np.argsort(rank[case.option[mine]], kind="stable")]
            before = np.cumsum(case.amount[mine]) - case.amount[mine]
            taken[case.option[mine[before < 2 * case.least[r]]]] = True
        return np.flatnonzero(taken)

    def whole(self) -> bool:
        return bool((self._column >= 0).all())

    def enter(self, options: Ints) -> None:
        """Columns for these options, which have none yet."""
        case, highs = self.case, self._highs
        item = case.item[options]
        fresh = np.unique(item[case.several[item] & (self._choice_row[item] < 0)])
        if len(fresh):
            self._choice_row[fresh] = highs.getNumRow() + np.arange(len(fresh))
            self._rows(np.full(len(fresh), -np.inf), np.ones(len(fresh)))
        self._column[options] = highs.getNumCol() + np.arange(len(options))
        place = case.entries(options)
        parts: list[tuple[Any, Any, Any]] = [
            (case.option[place], case.row[place], case.amount[place] / case.size[case.row[place]])
        ]  # fmt: skip
        multiple = options[case.several[item]]
        parts.append((multiple, self._choice_row[case.item[multiple]], np.ones(len(multiple))))
        for cut_row, cut in zip(self._cut_rows, self.cuts, strict=True):
            parts.append((options, np.full(len(options), cut_row), cut[item] / self._tail_unit))
        option, row, value = (np.concatenate([part[k] for part in parts]) for k in range(3))
        order = np.lexsort((row, option))
        starts = np.searchsorted(option[order], options)
        size, cost = len(options), -self.value[options] / self._unit
        highs.addCols(
            size, cost, np.zeros(size), np.ones(size), len(order),
            starts.astype(np.int32), row[order].astype(np.int32), value[order],
        )  # fmt: skip

    def outside(self) -> Ints:
        """Options that have not entered."""
        return np.flatnonzero(self._column < 0)

    def settle(self, node: Node) -> None:
        """Forbid and require as the node says, all else free; every option must have entered."""
        case, highs = self.case, self._highs
        shut = {o for i in node.without for o in range(case.start[i], case.start[i + 1])} | set(node.shut)
        needed = set(node.needed)
        turned = needed ^ self._needed
        for option in sorted((shut ^ self._shut) | {int(case.start[i]) for i in turned if not case.several[i]}):
            alone = not case.several[case.item[option]] and case.item[option] in needed
            highs.changeColBounds(int(self._column[option]), float(alone), 0.0 if option in shut else 1.0)
        for item in sorted(i for i in turned if case.several[i]):
            highs.changeRowBounds(int(self._choice_row[item]), 1.0 if item in needed else -np.inf, 1.0)
        self._shut, self._needed = shut, needed

    def within(self, answer: Relaxed, node: Node) -> Relaxed:
        """The same prices, with the bound they prove at the node."""
        margin = answer.margin.copy()
        margin[sorted(self._shut)] = -np.inf
        best = self._best(margin)
        for item in node.needed:
            best[item] = margin[self.case.start[item] : self.case.start[item + 1]].max()
        without = answer.bound - self._best(answer.margin).sum()
        return replace(answer, bound=float(without + best.sum()))

    def cut(self, gradient: Floats) -> None:
        """`gradient · share <= t`, with `gradient` per item."""
        if not self.cuts:
            self._tail_unit = max(float(np.abs(gradient).max(initial=0.0)), 1e-300)
            self._bound_tail()
        inside = np.flatnonzero(self._column >= 0)
        value = gradient[self.case.item[inside]] / self._tail_unit
        column = np.r_[0, self._column[inside]].astype(np.int32)
        self._cut_rows.append(self._highs.getNumRow())
        self._highs.addRow(-np.inf, 0.0, len(column), column, np.r_[-1.0, value])
        self.cuts.append(gradient)

    def holds(self, answer: Relaxed, tail: float) -> bool:
        """Whether this tail of the answer's shares is what the cuts say, as far as the solver can tell."""
        allowed = answer.tail if self.least else self.cap
        unit = self._tail_unit if self.cuts else 0.0
        return tail <= allowed + _NEAR * max(1.0, abs(allowed), unit)

    def cap_at(self, cap: float) -> None:
        self.cap = cap
        if self.cuts:
            self._bound_tail()

    def _bound_tail(self) -> None:
        self._highs.changeColBounds(0, -np.inf, self.cap / self._tail_unit)

    @property
    def _worth(self) -> float:
        """What one unit of the program's objective is."""
        return self._tail_unit if self.least else self._unit

    def _rows(self, least: Floats, most: Floats) -> None:
        size = len(least)
        if size:
            self._highs.addRows(size, least, most, 0, np.zeros(size, np.int32), _INTS, _FLOATS)

    # ------------------------------------------------------------------------------------- its answer

    def solve(self) -> Relaxed | None:
        """The optimum over all options (not only those entered) and the cuts so far; None where the rows, with the
        cuts so far, leave nothing. Raises Cancelled as `progress` does."""
        import highspy

        while True:
            with heard(self._highs, self.progress), clean_stdout():
                self._highs.run()
            if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                if self.whole():
                    return None
                self.enter(self.outside())
                continue
            answer = self._read()
            wanted = self._wanted(answer.margin)
            if not len(wanted):
                return answer
            self.enter(wanted)

    def _wanted(self, margin: Floats) -> Ints:
        """Options that would pay for entering, the best first, and not too many at once."""
        out = self._column < 0
        if not out.any():
            return _INTS.astype(np.int64)
        best = np.zeros(self.case.n)
        np.maximum.at(best, self.case.item[~out], margin[~out])
        gain = np.where(out, margin - best[self.case.item], 0.0)
        wanted = np.flatnonzero(gain > _PENNY * self._worth)
        most = max(SIFTED // 2, len(out) // 10)
        if len(wanted) > most:
            wanted = np.sort(wanted[np.argsort(-gain[wanted], kind="stable")[:most]])
        return wanted

    def _read(self) -> Relaxed:
        case, solution = self.case, self._highs.getSolution()
        column = np.array(solution.col_value)
        dual = -np.array(solution.row_dual)
        inside = self._column >= 0
        share = np.zeros(len(case.item))
        share[inside] = np.clip(column[self._column[inside]], 0.0, 1.0)
        price = dual[: len(case.rows)] * self._worth / case.size
        price = np.where((price > 0) & np.isinf(case.most) | (price < 0) & np.isinf(case.least), 0.0, price)
        weight = np.maximum(dual[self._cut_rows], 0.0) * self._worth / self._tail_unit
        if self.least:
            weight = weight / max(float(weight.sum()), 1e-300)
        elif not np.isfinite(self.cap):
            weight = np.zeros(len(weight))
        tail = float(column[0]) * self._tail_unit
        return self.priced(share, price, weight, tail)

    def priced(self, share: Floats, price: Floats, weight: Floats, tail: float = np.nan) -> Relaxed:
        """What these prices say, and the bound they prove."""
        case = self.case
        charge = sum((w * cut for w, cut in zip(weight, self.cuts, strict=True) if w), np.zeros(case.n))
        margin = self.value - case.priced(price) - charge[case.item]
        ends = np.where(price > 0, case.most, np.where(price < 0, case.least, 0.0))
        risk = float(weight.sum())
        bound = float(price @ ends + self._best(margin).sum())
        if risk and not self.least:
            bound += risk * self.cap
        return Relaxed(share, price, weight, charge, risk, margin, bound, tail)

    def _best(self, margin: Floats) -> Floats:
        """Per item, the best margin of its options; 0 where none is positive."""
        best = np.zeros(self.case.n)
        np.maximum.at(best, self.case.item, margin)
        return best


_INTS = np.zeros(0, np.int32)
_FLOATS = np.zeros(0)
