"""A linear or 0/1 program as rows and columns, handed to HiGHS.

HiGHS is imported when the first program is solved. One thread of search and limits counted in nodes,
never in seconds, make the same program give the same answer.

A watched program can be stopped: a linear one between two steps of the simplex method (0.04 s apart at most on
9,600 columns), a 0/1 one in a process of its own (see `apart`), since at the root of its tree HiGHS does not listen.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.solve.progress import Progress

#: 0/1 columns from which a watched program is solved apart
LARGE = 500
_POLL = 0.1  # seconds between two questions to `progress`

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answer:
    """`x` per column and `dual` per row (empty for 0/1 programs); `bound` is proven for this program."""

    x: Floats
    dual: Floats
    bound: float


@dataclass(slots=True)
class Program:
    """Minimise `cost @ x` over `lower <= x <= upper` and the rows added."""

    cost: Floats
    upper: Floats
    whole: int = 0  # the first so many columns are 0/1
    _row: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _column: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _value: list[Floats] = field(default_factory=list)
    _bounds: list[tuple[float, float]] = field(default_factory=list)

    def row(
        self, columns: npt.ArrayLike, values: npt.ArrayLike,
        at_least: float = -np.inf, at_most: float = np.inf,
    ) -> None:  # fmt: skip
        """`at_least <= values @ x[columns] <= at_most`."""
        column = np.asarray(columns, np.int64)
        self._row.append(np.full(len(column), len(self._bounds), np.int64))
        self._column.append(column)
        self._value.append(np.broadcast_to(np.asarray(values, np.float64), column.shape))
        self._bounds.append((at_least, at_most))

    def solve(
        self, start: Floats | None = None, nodes: int = 50, progress: Progress | None = None
    ) -> Answer | None:  # fmt: skip
        """The best answer found; None where it is proven that there is none.

        `nodes` limits the search tree of a 0/1 program once it has an answer: without one, the limit grows.
        Raises Cancelled as `progress` does.
        """
        if progress is None or self.whole < LARGE:
            return self._here(start, nodes, progress)
        from tongtu.solve.apart import apart

        found = apart("program", self._parts(start, nodes), progress)
        return None if found is None else Answer(found[0].copy(), found[1].copy(), float(found[2][0]))

    def _here(self, start: Floats | None, nodes: int, progress: Progress | None = None) -> Answer | None:
        import highspy

        solver = highspy.Highs()
        for option, setting in SETTINGS.items():
            solver.setOptionValue(option, setting)
        solver.setOptionValue("mip_max_nodes", nodes)
        solver.passModel(self._model(highspy))
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = list(start)
            solver.setSolution(given)
        with heard(solver, progress), clean_stdout():
            solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            limited = solver.getModelStatus() == highspy.HighsModelStatus.kSolutionLimit
            return self._here(None, nodes * 10, progress) if limited else None
        solution = solver.getSolution()
        bound = info.mip_dual_bound if self.whole else info.objective_function_value
        return Answer(np.array(solution.col_value), np.array(solution.row_dual), float(bound))

    def _parts(self, start: Floats | None, nodes: int) -> list[npt.NDArray[Any]]:
        """The program as arrays, for a process of its own: see `answer_of`."""
        bounds = np.array(self._bounds, np.float64).reshape(-1, 2)
        given = np.zeros(0) if start is None else np.asarray(start, np.float64)
        row, column = _joined(self._row, np.int64), _joined(self._column, np.int64)
        value, counts = _joined(self._value, np.float64), np.array([self.whole, nodes], np.int64)
        return [self.cost, self.upper, row, column, value, bounds[:, 0], bounds[:, 1], given, counts]

    def _model(self, highspy: Any) -> Any:
        n, m = len(self.cost), len(self._bounds)
        row, column = _joined(self._row, np.int64), _joined(self._column, np.int64)
        order = np.lexsort((row, column))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = n, m
        model.col_cost_, model.col_lower_, model.col_upper_ = self.cost, np.zeros(n), self.upper
        model.row_lower_ = np.array([low for low, _ in self._bounds])
        model.row_upper_ = np.array([high for _, high in self._bounds])
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.r_[0, np.cumsum(np.bincount(column, minlength=n))]
        model.a_matrix_.index_ = row[order]
        model.a_matrix_.value_ = _joined(self._value, np.float64)[order]
        if self.whole:
            kinds = [highspy.HighsVarType.kInteger] * self.whole
            model.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (n - self.whole)
        return model


def answer_of(parts: Sequence[npt.NDArray[Any]]) -> Sequence[npt.NDArray[Any]] | None:
    """`Program.solve` on arrays, as `_parts` gives them: x, dual, bound."""
    cost, upper, row, column, value, low, high, start, (whole, nodes) = parts
    bounds = list(zip(low.tolist(), high.tolist(), strict=True))
    program = Program(cost, upper, int(whole), [row], [column], [value], bounds)
    found = program.solve(start if len(start) else None, int(nodes))
    return None if found is None else [found.x, found.dual, np.array([found.bound])]


SETTINGS: dict[str, Any] = {
    "output_flag": False,
    "parallel": "off",
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
}


@contextmanager
def heard(solver: Any, progress: Progress | None) -> Iterator[None]:
    """HiGHS asks `progress` now and then, and stops when that raises; what was raised is raised here."""
    stopped: list[BaseException] = []
    asked = 0.0

    def ask(event: Any) -> None:
        nonlocal asked
        now = time.monotonic()
        if progress is None or (now - asked < _POLL and not stopped):
            return
        asked = now
        try:
            if not stopped:
                progress(0, 1)
        except BaseException as error:  # it must not travel through C++: it is raised below
            stopped.append(error)
        if stopped:
            event.interrupt()

    if progress is not None:
        for moment in (solver.cbSimplexInterrupt, solver.cbIpmInterrupt, solver.cbMipInterrupt):
            moment.subscribe(ask)
    yield
    if stopped:
        raise stopped[0]


@contextmanager
def clean_stdout() -> Iterator[None]:
    """Drop what HiGHS 1.12.0 prints past its own settings (its issue 2783): our stdout is data."""
    sys.stdout.flush()
    try:
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # the process has no stdout: nothing to keep clean
        yield
        return
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        with suppress(OSError, TypeError, AttributeError):  # no C library to ask outside POSIX
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _joined(parts: list[Any], kind: type) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)
