"""From the instant answer to the proven one.

The preview gives an answer, the linear relaxation a bound and the prices. Options whose price says that taking (or
leaving) them cannot lead past the answer at hand are settled (reduced-cost fixing); what is left is searched. Where
the area worst off comes first, its share is settled in a program of the last period alone, which knows nothing of
the order of periods and so bounds it, and then held while the total is sought.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from tongtu.pilots.layout.greedy import Draft, draft_of, greedy
from tongtu.pilots.layout.model import Model
from tongtu.pilots.layout.problem import Bools, Floats, Ints, Problem
from tongtu.pilots.layout.rows import Found, fixed
from tongtu.pilots.layout.settings import Settings
from tongtu.pilots.layout.settled import settle
from tongtu.solve.progress import Progress
from tongtu.solve.solution import Solution, Status

#: of two answers closer than this, relatively, neither is better
SAME = 1e-9
_NOISE = 1e-7  # what a solver's own tolerances come to
_LEAD = 3.0  # weight of the worst share beside all hours, to find an answer good in both
_ROUGH = 5e-4  # how near its own bound the first search has to come
_NEAR = 2e-3  # an answer this close to the bound is proven rather than improved
_CORE = 250  # options searched first, around what the relaxation leaves open


@dataclass(frozen=True, slots=True)
class Best:
    """The best answer of a program with its proven bound; `draft` None where there is none."""

    draft: Draft | None
    value: float
    bound: float
    status: Status
    relaxed: Found | None
    model: Model


class Clock:
    """What is left of a wall-clock limit; without one, nothing ever stops."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self, part: float = 1.0) -> float | None:
        return None if self._end is None else max(0.05, (self._end - time.monotonic()) * part)

    @property
    def out(self) -> bool:
        return self._end is not None and time.monotonic() >= self._end


def solve(
    model: Model, start: Draft | None, settings: Settings, clock: Clock, part: float = 1.0,
    progress: Progress | None = None,
) -> Best:  # fmt: skip
    """The best answer to a model, from an answer that keeps its rules where one is known."""
    relaxed = model.relax(progress)
    if relaxed.status == "infeasible":
        return Best(None, np.nan, np.nan, "infeasible", None, model)
    if not model.problem.limited:
        model.complete()
    best = start if start is not None and start.kept else None
    value = -np.inf if best is None else score(model, best)
    for core in (True, False):
        if best is not None and _closed(relaxed.value, value, settings.gap):
            return Best(best, value, max(value, relaxed.value), "optimal", relaxed, model)
        free = _open(model, relaxed, best, value, core)
        if free is None:
            continue
        found = _search(model, relaxed, best, free, settings, clock.left(part / 2 if core else part), core, progress)
        if len(found.x) and (best is None or found.value > value + SAME * max(1.0, abs(value))):
            best = _read(model, found.x)
            value = score(model, best)
        if not core:
            return _told(model, relaxed, best, value, found, settings, clock)
    raise AssertionError("the second round always searches")


def score(model: Model, draft: Draft) -> float:
    """What a model makes of an answer."""
    point = model.point(draft.paid, draft.carried, min(1.0, draft.worst))
    return float(model.gain @ point) + model.constant


def _closed(bound: float, value: float, gap: float) -> bool:
    return bound - value <= max(gap, _NOISE) * max(1.0, abs(value))


def _open(model: Model, relaxed: Found, best: Draft | None, value: float, core: bool) -> Bools | None:
    """Options to decide: for the core those about which relaxation and answer disagree (RINS; Danna et al. 2005), then
    those that cost least to change; else all that might still lead past the answer."""
    n = model.force_at
    x, loss = relaxed.x[:n], _losses(model, relaxed)
    slack = relaxed.value - value
    unsure = (x > 1e-6) & (x < 1 - 1e-6)
    if not core:
        if not np.isfinite(slack):
            return np.ones(n, bool)
        return unsure | (loss <= slack * (1 + 1e-6) + 1e-9 * max(1.0, abs(relaxed.value)))
    if n <= 2 * _CORE:
        return None
    if best is not None:
        taken = model.problem.options.pot == best.paid[model.problem.options.step]
        unsure |= taken != (x > 0.5)
    order = np.lexsort((np.arange(n), loss, ~unsure))
    free = np.zeros(n, bool)
    free[order[: max(_CORE, int(unsure.sum()))]] = True
    return free


def _losses(model: Model, relaxed: Found) -> Floats:
    """What the bound loses at least when an option is decided against the relaxation.

    Taking one puts its step in force from its period on and not before, so the reduced costs of those columns count
    as well: they add up, each being what its own column loses when it leaves its bound."""
    n, options, periods = model.force_at, model.problem.options, model.problem.periods
    own = relaxed.reduced[:n]
    force = relaxed.reduced[n : model.carried_at].reshape(-1, periods)
    zero = np.zeros((len(force), 1))
    since = np.hstack([np.cumsum(np.maximum(-force, 0.0)[:, ::-1], axis=1)[:, ::-1], zero])
    before = np.hstack([zero, np.cumsum(np.maximum(force, 0.0), axis=1)])
    period = model.problem.pots.period[options.pot]
    taking = np.maximum(-own, 0.0) + since[options.step, period] + before[options.step, period]
    return np.where(relaxed.x[:n] > 0.5, np.maximum(own, 0.0), taking)


def _search(
    model: Model, relaxed: Found, best: Draft | None, free: Bools, settings: Settings,
    seconds: float | None, core: bool, progress: Progress | None,
) -> Found:  # fmt: skip
    n = model.force_at
    at = np.round(relaxed.x[:n])
    low, high = fixed(model.upper, at, free)
    start = None if best is None else model.point(best.paid, best.carried, min(1.0, best.worst))
    if start is not None and ((start[:n] < low[:n] - 0.5) | (start[:n] > high[:n] + 0.5)).any():
        start = None
    model.solver.limit(low, high)
    nodes = settings.nodes // 10 + 1 if core else settings.nodes
    gap = max(settings.gap, _ROUGH) if core else settings.gap
    far = start is None or best is None or not _closed(relaxed.value, score(model, best), _NEAR)
    found = model.solver.search(start, nodes=nodes, gap=gap, seconds=seconds, improve=far, progress=progress)
    model.solver.limit(np.zeros(len(model.upper)), model.upper)
    return found


def _read(model: Model, x: Floats) -> Draft:
    return draft_of(model.problem, model.paid(x), np.clip(model.hours(x), 0.0, None))


def _told(
    model: Model, relaxed: Found, best: Draft | None, value: float, found: Found, settings: Settings, clock: Clock
) -> Best:
    """The bound holds for the whole program: what was settled leads nowhere past the answer."""
    if best is None:
        status: Status = "infeasible" if found.status == "infeasible" else _stopped(clock)
        return Best(None, np.nan, relaxed.value, status, relaxed, model)
    bound = relaxed.value if found.status == "limit" and not np.isfinite(found.bound) else found.bound
    if found.status == "infeasible":
        bound = value  # nothing of what is open leads past the answer at hand
    bound = max(value, min(relaxed.value, bound))
    status = "optimal" if _closed(bound, value, settings.gap) else _stopped(clock)
    return Best(best, value, bound, status, relaxed, model)


def _stopped(clock: Clock) -> Status:
    return "stopped_by_time" if clock.left() is not None else "feasible"


# -------------------------------------------------------------------------------------------- the whole answer


@dataclass(frozen=True, slots=True)
class Answer:
    """`preview` and the proven `draft` (None: none keeps the rules), what each step of solving says, and the model
    that the prices were read from."""

    preview: Draft
    draft: Draft | None
    solutions: tuple[Solution, ...]
    best: Best | None


def answer(problem: Problem, settings: Settings, unit: str, progress: Progress | None = None) -> Answer:
    """Preview, then fairness where asked, then the total."""
    clock = Clock(settings.seconds)
    lexicographic, weighted = settings.fairness == "lexicographic", settings.fairness == "weighted"
    preview = greedy(problem, fair=lexicographic)
    told = [_solution("pilots_layout.preview", "feasible" if preview.kept else "infeasible", preview.value, None, unit)]
    start = preview
    if lexicographic:
        start = _both(problem, preview, settings, clock, progress)
        first = fairest(problem, start, settings, clock, progress)
        told.append(_solution("pilots_layout.worst", first.status, first.value, first.bound, ""))
        if first.draft is None:
            return Answer(preview, None, tuple(told), None)
        problem, start = _held(problem, first, start)
    weight = settings.fairness_weight * float(problem.asked().sum()) if weighted else 0.0
    best = total(problem, start, weight, settings, clock, progress)
    told.append(_solution("pilots_layout.total", best.status, best.value, best.bound, unit))
    return Answer(preview, best.draft, tuple(told), best)


def total(
    problem: Problem, start: Draft, weight: float, settings: Settings, clock: Clock, progress: Progress | None
) -> Best:
    """The best total, on the part of the network where there is anything to assign; hours for all of it."""
    if weight:
        return solve(Model(problem, worst=weight), start, settings, clock, progress=progress)
    smaller, stay = settle(problem)
    best = solve(Model(smaller), draft_of(smaller, start.paid, start.carried[stay]), settings, clock, progress=progress)
    if best.draft is None or stay.all():
        return best
    return replace(best, draft=carried_by(problem, best.draft.paid))


def _solution(problem: str, status: Status, value: float, bound: float | None, unit: str) -> Solution:
    known = np.isfinite(value)
    return Solution(problem, status, float(value) if known else None, bound if known else None, unit)


def _both(
    problem: Problem, preview: Draft, settings: Settings, clock: Clock, progress: Progress | None
) -> Draft:  # fmt: skip
    """Where the problem is large, an answer good in both, to begin from: the worst share and the total in one sum."""
    if len(problem.options.step) <= 2 * _CORE:
        return preview
    weight = _LEAD * float(problem.asked().sum())
    found = solve(Model(problem, worst=weight), preview, settings, clock, part=0.35, progress=progress)
    return preview if found.draft is None else found.draft


def fairest(
    problem: Problem, preview: Draft, settings: Settings, clock: Clock, progress: Progress | None
) -> Best:  # fmt: skip
    """The greatest share that the area worst off can have in the last period."""
    last = problem.last()
    model = Model(last, worst=1.0, total=0.0)
    start = draft_of(last, preview.paid, preview.carried[:, -1:])
    return solve(model, start, settings, clock, part=0.5, progress=progress)


def _held(problem: Problem, first: Best, start: Draft) -> tuple[Problem, Draft]:
    """The problem with that share as a floor, and an answer that reaches it: the one begun from, if that does."""
    assert first.draft is not None
    asked = problem.asked() > 0
    floor = np.where(asked, np.maximum(problem.least, first.value * (1 - SAME) - SAME), problem.least)
    held = replace(problem, least=floor)
    again = draft_of(held, start.paid, start.carried)
    if again.kept:
        return held, again
    return held, carried_by(held, first.draft.paid)


def carried_by(problem: Problem, paid: Ints) -> Draft:
    """The best hours for a choice that is made: a linear program per whole horizon."""
    model = Model(problem)
    n = model.force_at
    taken = (problem.options.pot == paid[problem.options.step]).astype(np.float64)
    low, high = fixed(model.upper, taken, np.zeros(n, bool))
    model.solver.limit(low, high)
    if not problem.limited:
        model.complete()
    found = model.relax()
    carried = np.clip(model.hours(found.x), 0.0, None) if found.status == "optimal" else np.zeros_like(model.most)
    return draft_of(problem, paid, carried)
