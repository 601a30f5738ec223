"""`layout`: where to strengthen, activate and supplement, with its proof; `preview`: the same at once, without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from tongtu.pilots.layout.answers import ACTIONS, Outcome
from tongtu.pilots.layout.case import Case, case_of
from tongtu.pilots.layout.conflict import overdrawn, wanting
from tongtu.pilots.layout.greedy import greedy
from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.prices import (
    ALTERNATIVES,
    BINDING,
    PRICES,
    REJECTED,
    alternatives,
    binding,
    prices,
    rejected,
)  # fmt: skip
from tongtu.pilots.layout.regions import regions
from tongtu.pilots.layout.settings import Objective, Period, Settings, checked
from tongtu.pilots.layout.solving import Answer, Clock, answer, carried_by
from tongtu.registry import Registry
from tongtu.solve.progress import Progress, check
from tongtu.solve.solution import Solution
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

_UNITS: Mapping[str, str] = {"coverage": "h", "p-median": "h·km", "capacitated": "h·km"}


@dataclass(frozen=True)
class Layout:
    """What to do, what it brings, and how sure it is.

    `solutions`: `pilots_layout.preview`, `.worst` (lexicographic fairness), `.total`, then `.alternative`, in the order
    they were found; values are hours a year summed over periods as the objective weighs them. Frames: see `tables`.
    """

    objective: Objective
    settings: Settings
    periods: tuple[Period, ...]
    solutions: tuple[Solution, ...]
    notes: tuple[Why, ...]
    actions: pl.DataFrame
    preview: pl.DataFrame
    coverage: pl.DataFrame
    fairness: pl.DataFrame
    prices: pl.DataFrame
    binding: pl.DataFrame
    alternatives: pl.DataFrame
    rejected: pl.DataFrame
    regions: pl.DataFrame
    sites: pl.DataFrame

    @property
    def solution(self) -> Solution:
        """The one that speaks for the plan."""
        named = [s for s in self.solutions if s.problem in ("pilots_layout.total", "pilots_layout.worst")]
        return named[-1] if named else self.solutions[0]

    @property
    def feasible(self) -> bool:
        return self.solution.status not in ("infeasible", "empty")

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every frame by its name."""
        return {name: getattr(self, name) for name in FRAMES}


FRAMES = (
    "actions", "preview", "coverage", "fairness", "prices", "binding", "alternatives", "rejected", "regions", "sites",
)  # fmt: skip


def layout(
    registry: Registry, demand: pl.DataFrame, pack: Pack, as_of: date, seed: int = 0, *,
    periods: int | Sequence[Period] | None = None, settings: Settings | None = None,
    objective: Objective = "coverage", budgets: pl.DataFrame | None = None, committed: pl.DataFrame | None = None,
    relatedness: pl.DataFrame | None = None, bottlenecks: Sequence[str] | None = None,
    directions: Sequence[str] | None = None, shares: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Layout:  # fmt: skip
    """The best set of actions under the budgets, its bound, its prices and its alternatives.

    `demand`: direction, region, hours (a year; null unknown), a row per job; `period` (from 1) where a job is of one
    period alone. `periods`: None for those of the budgets, a number of years from `as_of`, or the periods. `budgets`
    and `committed` take the place of the registry's `budgets` and `builds`. `relatedness`: region, direction,
    density in 0..1. `bottlenecks`: directions that ask for `settings.redundancy` suppliers. `shares`: least share
    of its hours per area in the last period, `*` for all. The answer needs no chance: `seed` is taken so that all
    engines are called alike.

    Where no answer keeps every rule the last solution is `infeasible`, its `relax` says which rule and by how much,
    and only commitments are listed. Raises UsageFault for settings, periods or unit costs that cannot be taken,
    DataRefused for demand, budgets, shares or densities that hold faults, Cancelled as `progress` does.
    """
    told = check(progress)
    case, names = _case(
        registry, demand, pack, as_of, periods, settings, objective, budgets, committed, relatedness, bottlenecks,
        directions, shares,
    )  # fmt: skip
    told(0, 3, Why("pilots_layout.step-preview"))
    if case.over:
        return _refused(case, names, overdrawn(case, names))
    clock = Clock(case.settings.seconds)
    told(1, 3, Why("pilots_layout.step-proof"))
    found = answer(case.problem, case.settings, _UNITS[objective], progress)
    if found.draft is None or found.best is None:
        relax = wanting(case, names, case.settings.nodes, progress)
        return _refused(case, names, relax, found)
    told(2, 3, Why("pilots_layout.step-alternatives"))
    return _told(case, names, found, clock, progress)


def preview(
    registry: Registry, demand: pl.DataFrame, pack: Pack, as_of: date, seed: int = 0, *,
    periods: int | Sequence[Period] | None = None, settings: Settings | None = None,
    objective: Objective = "coverage", budgets: pl.DataFrame | None = None, committed: pl.DataFrame | None = None,
    relatedness: pl.DataFrame | None = None, bottlenecks: Sequence[str] | None = None,
    directions: Sequence[str] | None = None, shares: Mapping[str, float] | None = None,
) -> Layout:  # fmt: skip
    """The instant answer alone, as `layout` gives it under `preview`: no bound, no prices, no alternatives."""
    case, names = _case(
        registry, demand, pack, as_of, periods, settings, objective, budgets, committed, relatedness, bottlenecks,
        directions, shares,
    )  # fmt: skip
    if case.over:
        return _refused(case, names, overdrawn(case, names))
    draft = greedy(case.problem, fair=case.settings.fairness == "lexicographic")
    outcome = Outcome(case, draft, names)
    status = "feasible" if draft.kept else "infeasible"
    solution = Solution("pilots_layout.preview", status, draft.value, None, _UNITS[objective])  # type: ignore[arg-type]
    actions, coverage = outcome.actions(), outcome.coverage()
    return Layout(
        case.objective, case.settings, case.periods, (_shown(case, solution),), case.notes, actions, actions, coverage,
        outcome.fairness(coverage), _empty(PRICES), _empty(BINDING), _empty(ALTERNATIVES), _empty(REJECTED),
        regions(outcome, actions, coverage), outcome.sites(),
    )  # fmt: skip


def _case(
    registry: Registry, demand: pl.DataFrame, pack: Pack, as_of: date, periods: int | Sequence[Period] | None,
    settings: Settings | None, objective: Objective, budgets: pl.DataFrame | None, committed: pl.DataFrame | None,
    relatedness: pl.DataFrame | None, bottlenecks: Sequence[str] | None, directions: Sequence[str] | None,
    shares: Mapping[str, float] | None,
) -> tuple[Case, Names]:  # fmt: skip
    settings = settings or Settings()
    checked(settings, objective)
    names = Names.of(registry, pack)
    case = case_of(
        registry, demand, pack, names, as_of, periods=periods, settings=settings, objective=objective, budgets=budgets,
        committed=committed, relatedness=relatedness, bottlenecks=bottlenecks, directions=directions, shares=shares,
    )  # fmt: skip
    return case, names


def _told(case: Case, names: Names, found: Answer, clock: Clock, progress: Progress | None) -> Layout:
    assert found.draft is not None
    assert found.best is not None
    outcome, first = Outcome(case, found.draft, names), Outcome(case, found.preview, names)
    unit = _UNITS[case.objective]
    priced = prices(outcome, found.best), binding(outcome, found.best)
    others, told = alternatives(outcome, found.best, case.settings, clock, unit, progress)
    actions, coverage = outcome.actions(), outcome.coverage()
    solutions = tuple(_shown(case, solution) for solution in (*found.solutions, *told))
    return Layout(
        case.objective, case.settings, case.periods, solutions, case.notes, actions, first.actions(), coverage,
        outcome.fairness(coverage), *priced, others, rejected(outcome, case.settings.rejected),
        regions(outcome, actions, coverage), outcome.sites(),
    )  # fmt: skip


def _refused(case: Case, names: Names, relax: tuple, found: Answer | None = None) -> Layout:  # type: ignore[type-arg]
    """No answer: what stands and what is committed, and which rules would have to give."""
    import numpy as np

    nobody = np.full(len(case.steps), -1, np.int64)
    bare = replace(case.problem, least=np.zeros_like(case.problem.least), fewest=())
    outcome = Outcome(case, carried_by(bare, nobody), names)
    coverage = outcome.coverage()
    final = Solution("pilots_layout.total", "infeasible", unit=_UNITS[case.objective], relax=relax)
    kept = [s for s in found.solutions if s.problem == "pilots_layout.preview"] if found else []
    actions = outcome.actions()
    first = Outcome(case, found.preview, names).actions() if found else _empty(ACTIONS)
    return Layout(
        case.objective, case.settings, case.periods, (*kept, final), case.notes, actions, first, coverage,
        outcome.fairness(coverage), _empty(PRICES), _empty(BINDING), _empty(ALTERNATIVES), _empty(REJECTED),
        regions(outcome, actions, coverage), outcome.sites(),
    )  # fmt: skip


def _shown(case: Case, solution: Solution) -> Solution:
    """For distances, as people expect them: hours times kilometres, unserved hours at `far_km`, to be small."""
    if case.objective == "coverage" or solution.problem == "pilots_layout.worst" or solution.value is None:
        return solution
    far = case.settings.far_km
    whole = float((case.problem.weight @ case.problem.hours).sum())
    bound = None if solution.bound is None else (whole - solution.bound) * far
    return replace(solution, value=(whole - solution.value) * far, bound=bound, maximise=False)


def _empty(schema: Mapping[str, object]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(schema))  # type: ignore[arg-type]
