"""The shortest plan of a project: a first answer at once, improved by a genetic search and by CP-SAT, which bounds it.

The model is the usual one (an interval for each task, precedences, a cumulative constraint for each resource that
can run short), with the windows that the first answer leaves: whoever looks for a shorter plan needs no task later
than that. CP-SAT starts from the best plan known, so the result is never worse.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.scheduling.cpsat import Answer, Effort, run
from tongtu.pilots.scheduling.genetic import evolve
from tongtu.pilots.scheduling.project import Project, Starts
from tongtu.pilots.scheduling.sgs import first_answer
from tongtu.solve import Progress, Solution, Status
from tongtu.solve import check as checked
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel

#: children of the genetic search for a unit of work: about a second of a usual core for 60 tasks
CHILDREN = 800
_REPORT_EVERY = 100


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """`starts` by task; `first`: the makespan of the answer given at once; `solution` carries bound and gap."""

    project: Project
    starts: Starts
    first: int
    solution: Solution

    @property
    def makespan(self) -> int:
        return self.project.makespan(self.starts)

    def frame(self) -> pl.DataFrame:
        """task, start, end (the period after its last), why; in the order of the project."""
        rows = [
            (name, start, start + duration, why.to_json())
            for name, start, duration, why in zip(
                self.project.names, self.starts, self.project.durations, self._reasons(), strict=True
            )
        ]
        schema = {"task": pl.String, "start": pl.Int64, "end": pl.Int64, "why": pl.String}
        return pl.DataFrame(rows, schema, orient="row")

    def _reasons(self) -> Iterator[Why]:
        """What keeps each task from an earlier period: a task before it, a resource, or nothing."""
        project, starts = self.project, self.starts
        ends = [s + d for s, d in zip(starts, project.durations, strict=True)]
        for task, start in enumerate(starts):
            behind = [b for b in project.after[task] if ends[b] == start]
            short = [] if behind or start == 0 else [*self._short(task, start - 1, ends)]
            if start == 0:
                yield Why("pilots_scheduling.task-at-once")
            elif behind:
                yield Why("pilots_scheduling.task-after", {"other": project.names[behind[0]]})
            elif short:
                yield Why("pilots_scheduling.task-resource", {"resource": short[0] + 1, "start": start})
            else:
                yield Why("pilots_scheduling.task-slack")

    def _short(self, task: int, period: int, ends: Sequence[int]) -> Iterator[int]:
        """Resources that leave no room for the task in a period before its start."""
        project = self.project
        at_work = [i for i, end in enumerate(ends) if i != task and self.starts[i] <= period < end]
        for r, most in enumerate(project.capacity):
            need = project.needs[task][r]
            if need and need + sum(project.needs[i][r] for i in at_work) > most:
                yield r


def solve(
    project: Project, *, work: float = 2.0, seconds: float | None = None, workers: int = 1, seed: int = 0,
    progress: Progress | None = None,
) -> ProjectPlan:  # fmt: skip
    """A plan of least makespan, as good as the work allows.

    Deterministic with `work`: so many children of the genetic search, then CP-SAT from the best of them. With
    `seconds` both go on side by side (CP-SAT with some `workers`) until the clock stops them, and the status says so.
    Raises Cancelled as `progress` does.
    """
    starts = first_answer(project, seed)
    first = project.makespan(starts)
    if first <= project.least:
        return ProjectPlan(project, starts, first, _solution("optimal", first, project.least))
    effort = Effort(work, seconds, workers, seed)
    answer, found = (_in_turn if seconds is None else _side_by_side)(project, starts, effort, progress)
    bound = max(project.least, round(answer.bound)) if math.isfinite(answer.bound) else project.least
    reached = project.makespan(found)
    status: Status = "optimal" if bound >= reached else answer.status
    return ProjectPlan(project, found, first, _solution(status, reached, min(bound, reached)))


def _solution(status: Status, value: int, bound: int) -> Solution:
    return Solution("pilots_scheduling.makespan", status, float(value), float(bound), maximise=False)


def _in_turn(
    project: Project, starts: Starts, effort: Effort, progress: Progress | None
) -> tuple[Answer, Starts]:  # fmt: skip
    told, children = checked(progress), round(effort.work * CHILDREN)
    for n, found in enumerate(islice(evolve(project, starts, effort.seed), children), start=1):
        starts = found
        if n % _REPORT_EVERY == 0:
            told(n, children, Why("pilots_scheduling.searching"))
        if project.makespan(starts) <= project.least:
            return Answer("optimal", None, float(project.least), 0.0, None), starts
    model, variables = _model(project, starts)
    answer = run(model, effort, progress)
    return answer, _better(project, starts, answer, variables)


def _side_by_side(
    project: Project, starts: Starts, effort: Effort, progress: Progress | None
) -> tuple[Answer, Starts]:  # fmt: skip
    """The bound and its own plans from CP-SAT, more plans from the genetic search, until they meet."""
    model, variables = _model(project, starts)
    search, best = evolve(project, starts, effort.seed), [starts]

    def beside(bound: float) -> bool:
        best.append(next(search))
        del best[0]
        return project.makespan(best[0]) <= max(bound, project.least)

    answer = run(model, effort, progress, beside)
    return answer, _better(project, best[0], answer, variables)


def _better(project: Project, starts: Starts, answer: Answer, variables: Sequence[Any]) -> Starts:
    if answer.solver is None:
        return starts
    found = tuple(int(answer.solver.value(one)) for one in variables)
    return found if project.makespan(found) < project.makespan(starts) else starts


def _model(project: Project, starts: Starts) -> tuple[CpModel, list[Any]]:
    from ortools.sat.python import cp_model

    model, whole = cp_model.CpModel(), project.makespan(starts)
    tasks = range(len(project))
    variables = [
        model.new_int_var(head, whole - tail - duration, "")
        for head, duration, tail in zip(project.heads, project.durations, project.tails, strict=True)
    ]
    intervals = [model.new_fixed_size_interval_var(variables[i], project.durations[i], "") for i in tasks]
    for i in tasks:
        for b in project.after[i]:
            model.add(variables[i] >= variables[b] + project.durations[b])
    for r, most in enumerate(project.capacity):
        taking = [i for i in tasks if project.needs[i][r] and project.durations[i]]
        if sum(project.needs[i][r] for i in taking) > most:
            model.add_cumulative([intervals[i] for i in taking], [project.needs[i][r] for i in taking], most)
    end = model.new_int_var(project.least, whole, "")
    for i in tasks:
        if not project.before[i]:
            model.add(end >= variables[i] + project.durations[i])
        model.add_hint(variables[i], starts[i])
    model.add_hint(end, whole)
    model.minimize(end)
    return model, variables
