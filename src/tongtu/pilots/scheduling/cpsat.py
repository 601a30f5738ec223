"""A model handed to CP-SAT: limited by deterministic work or by the clock, watched, and stopped when asked.

Deterministic work is CP-SAT's own count; a unit is one to four seconds of a usual core. Plans are made with it and
with one worker, so that the same model gives the same answer everywhere. A limit by the clock (`seconds`, several
workers) is for whoever measures or waits; such an answer says `stopped_by_time` unless it is proven.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongtu.solve import Progress, Status
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver

_POLL = 0.1  # seconds between two questions to `progress`
_ALONE = 1.0  # work up to which a portfolio of searches would only cost their setting up
_COMPLETING = 1.0  # work on a hint at most
Beside = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: `work` deterministic seconds, or wall-clock `seconds` with some `workers`."""

    work: float = 10.0
    seconds: float | None = None
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """`solver` reads the values; None where nothing was found. `bound` is a minimum's. `spent` is deterministic."""

    status: Status
    value: float | None
    bound: float
    spent: float
    solver: CpSolver | None


def run(model: CpModel, effort: Effort, progress: Progress | None = None, beside: Beside | None = None) -> Answer:
    """Raises Cancelled as `progress` does; the search has then ended. `beside` is other work for the meantime: it is
    called over and over with the bound proven so far, and stops the search by returning True."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    options = solver.parameters
    options.random_seed = effort.seed
    options.num_workers = effort.workers
    options.interleave_search = effort.seconds is None and effort.work > _ALONE
    if effort.seconds is None and effort.work <= _ALONE:
        options.cp_model_probing_level = options.symmetry_level = 0  # probing counts as work and would be all of it
    if effort.seconds is None:
        options.max_deterministic_time = effort.work
    else:
        options.max_time_in_seconds = effort.seconds
    if progress is None and beside is None:
        solver.solve(model)
    else:
        _watched(solver, model, progress, beside)
    found = solver.response_proto
    known = {cp_model.OPTIMAL: "optimal", cp_model.INFEASIBLE: "infeasible"}
    stopped = "stopped_by_time" if effort.seconds is not None else "feasible"
    status: Status = known.get(found.status, stopped)  # type: ignore[assignment]
    has = found.status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    value = float(found.objective_value) if has else None
    return Answer(status, value, float(found.best_objective_bound), found.deterministic_time, solver if has else None)


def completed(model: CpModel) -> bool:
    """Fills in what the model's hint leaves open, so that the search begins with a plan and not with a puzzle.

    Everything hinted is fixed and the rest follows; False, and the hint as it was, where it does not.
    """
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = _COMPLETING
    solver.parameters.fix_variables_to_their_hinted_value = True
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return False
    values = list(solver.response_proto.solution)
    model.clear_hints()  # type: ignore[no-untyped-call]
    model.proto.solution_hint.vars.extend(range(len(values)))
    model.proto.solution_hint.values.extend(values)
    return True


def _watched(solver: CpSolver, model: CpModel, progress: Progress | None, beside: Beside | None) -> None:
    """CP-SAT gives the interpreter's lock back while it works, so a thread can hold it and this one can ask."""
    broken, bounds, asked = list[BaseException](), [-math.inf], 0.0
    solver.best_bound_callback = bounds.append
    thread = threading.Thread(target=lambda: _kept(solver, model, broken), daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            if beside is None:
                thread.join(_POLL)
            elif beside(max(bounds)):
                break
            if progress is not None and time.monotonic() - asked >= _POLL:
                progress(0, 1, Why("pilots_scheduling.searching"))
                asked = time.monotonic()
    finally:
        while thread.is_alive():  # not begun yet, it would not hear the first call
            solver.stop_search()
            thread.join(_POLL)
    if broken:
        raise broken[0]


def _kept(solver: CpSolver, model: CpModel, broken: list[BaseException]) -> None:
    try:
        solver.solve(model)
    except BaseException as fault:
        broken.append(fault)
