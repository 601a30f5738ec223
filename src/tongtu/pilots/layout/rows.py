"""Rows of a linear program gathered as arrays, and the solver that keeps them between two solves.

HiGHS is spoken to directly: thousands of rows at a time, a warm basis after rows are added or bounds moved, and
bounds for a while (fixing columns). One thread and limits in nodes, so that the same program gives the same answer;
a limit in seconds is for benches and for people who wait, and marks what it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.pilots.layout.problem import Bools, Floats, Ints
from tongtu.solve.linear import SETTINGS, clean_stdout, heard
from tongtu.solve.progress import Progress

#: what HiGHS tries within a smaller program, most of the work where an answer is already close
_HEURISTICS = ("mip_heuristic_run_rens", "mip_heuristic_run_rins", "mip_heuristic_run_root_reduced_cost")


@dataclass(slots=True)
class Rows:
    """`low <= sum of value * x[column] <= high`, row by row; entries in any order, blocks of rows at a time."""

    count: int = 0
    _row: list[Ints] = field(default_factory=list)
    _column: list[Ints] = field(default_factory=list)
    _value: list[Floats] = field(default_factory=list)
    _low: list[Floats] = field(default_factory=list)
    _high: list[Floats] = field(default_factory=list)

    def block(self, count: int, low: npt.ArrayLike, high: npt.ArrayLike) -> slice:
        """Opens `count` rows with their bounds; entries follow by `put`, numbered from 0 within the block."""
        begin = self.count
        self.count += count
        self._low.append(np.broadcast_to(np.asarray(low, np.float64), (count,)))
        self._high.append(np.broadcast_to(np.asarray(high, np.float64), (count,)))
        return slice(begin, self.count)

    def put(self, block: slice, row: npt.ArrayLike, column: npt.ArrayLike, value: npt.ArrayLike) -> None:
        rows, columns, values = np.broadcast_arrays(np.asarray(row), np.asarray(column), np.asarray(value))
        self._row.append((rows.ravel() + block.start).astype(np.int64))
        self._column.append(columns.ravel().astype(np.int64))
        self._value.append(values.ravel().astype(np.float64))

    def packed(self, columns: int) -> tuple[Any, Floats, Floats]:
        """The matrix by rows, with the bounds."""
        from scipy import sparse  # type: ignore[import-untyped]

        row, column, value = (np.concatenate(p) if p else np.zeros(0) for p in (self._row, self._column, self._value))
        matrix = sparse.csr_matrix((value, (row, column)), shape=(self.count, columns))
        matrix.sort_indices()
        low, high = (np.concatenate(p) if p else np.zeros(0) for p in (self._low, self._high))
        return matrix, low, high


@dataclass(frozen=True, slots=True)
class Found:
    """`x` and, of a linear program, `dual` per row and `reduced` cost per column, for a maximum. `bound` is proven.
    `status`: optimal, limit (nodes or seconds ran out), infeasible."""

    status: str
    x: Floats
    value: float
    bound: float
    dual: Floats
    reduced: Floats


class Solver:
    """A program that maximises `gain @ x` over `0 <= x <= upper` and rows, held by HiGHS between solves."""

    def __init__(self, gain: Floats, upper: Floats, whole: int, rows: Rows, constant: float = 0.0) -> None:
        import highspy

        self._h, self._highs = highspy, highspy.Highs()
        for option, setting in SETTINGS.items():
            self._highs.setOptionValue(option, setting)
        self.upper, self.whole, self.columns = upper.copy(), whole, len(gain)
        matrix, low, high = rows.packed(len(gain))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(gain), rows.count
        model.sense_, model.offset_ = highspy.ObjSense.kMaximize, constant
        model.col_cost_, model.col_lower_, model.col_upper_ = gain, np.zeros(len(gain)), upper
        model.row_lower_, model.row_upper_ = low, high
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        self._highs.passModel(model)

    def add(self, rows: Rows) -> None:
        matrix, low, high = rows.packed(self.columns)
        starts, columns = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self._highs.addRows(rows.count, low, high, matrix.nnz, starts, columns, matrix.data)

    def limit(self, low: Floats, high: Floats) -> None:
        """Bounds of every column from now on."""
        every = np.arange(self.columns, dtype=np.int32)
        self._highs.changeColsBounds(self.columns, every, low, high)

    def relax(self, progress: Progress | None = None) -> Found:
        """The linear relaxation, from the basis of the last one."""
        self._kinds(whole=False)
        self._highs.setOptionValue("presolve", "choose")
        with heard(self._highs, progress), clean_stdout():
            self._highs.run()
        if self._highs.getModelStatus() != self._h.HighsModelStatus.kOptimal:
            nothing = np.zeros(0)
            return Found("infeasible", nothing, np.nan, np.nan, nothing, nothing)
        answer, info = self._highs.getSolution(), self._highs.getInfo()
        value = float(info.objective_function_value)
        parts = (np.array(p) for p in (answer.col_value, answer.row_dual, answer.col_dual))
        x, dual, reduced = parts
        return Found("optimal", x, value, value, dual, reduced)

    def search(
        self, start: Floats | None, *, nodes: int, gap: float, seconds: float | None = None,
        improve: bool = True, progress: Progress | None = None,
    ) -> Found:  # fmt: skip
        """The 0/1 program, from an answer where one is known; without `improve` it is all but only to be proven."""
        highs = self._highs
        self._kinds(whole=True)
        for heuristic in _HEURISTICS:
            highs.setOptionValue(heuristic, improve)
        highs.setOptionValue("mip_detect_symmetry", False)  # places differ in what they reach
        highs.setOptionValue("presolve", "choose" if improve else "off")  # what is settled is fixed already
        highs.setOptionValue("mip_rel_gap", gap)
        highs.setOptionValue("mip_max_nodes", nodes)
        highs.setOptionValue("time_limit", float("inf") if seconds is None else highs.getRunTime() + seconds)
        if start is not None:
            given = self._h.HighsSolution()
            given.col_value = list(start)
            highs.setSolution(given)
        with heard(highs, progress), clean_stdout():
            highs.run()
            if self._optimal() and not np.isfinite(highs.getInfo().mip_dual_bound):
                # "optimal" without a bound: presolve of HiGHS 1.12 has lost answers this way
                highs.setOptionValue("presolve", "off")
                highs.run()
        info, nothing = highs.getInfo(), np.zeros(0)
        if info.primal_solution_status != int(self._h.SolutionStatus.kSolutionStatusFeasible):
            stopped = highs.getModelStatus() != self._h.HighsModelStatus.kInfeasible
            return Found("limit" if stopped else "infeasible", nothing, np.nan, info.mip_dual_bound, nothing, nothing)
        x, value = np.array(highs.getSolution().col_value), float(info.objective_function_value)
        bound = float(info.mip_dual_bound)
        return Found("optimal" if self._optimal() else "limit", x, value, max(bound, value), nothing, nothing)

    def _optimal(self) -> bool:
        return bool(self._highs.getModelStatus() == self._h.HighsModelStatus.kOptimal)

    def _kinds(self, whole: bool) -> None:
        kind = self._h.HighsVarType.kInteger if whole else self._h.HighsVarType.kContinuous
        columns = np.arange(self.whole, dtype=np.int32)
        kinds = np.full(self.whole, int(kind), np.uint8)
        self._highs.changeColsIntegrality(self.whole, columns, kinds)


def fixed(upper: Floats, at: Floats, free: Bools) -> tuple[Floats, Floats]:
    """Bounds that hold the first columns at their values unless free."""
    low, high = np.zeros(len(upper)), upper.copy()
    n = len(free)
    low[:n] = np.where(free, 0.0, at)
    high[:n] = np.where(free, upper[:n], at)
    return low, high
