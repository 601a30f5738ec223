"""Looks for a plan whose jobs are done sooner: weighted days from ready to done, days away counted, then cost.

A job that has a slot keeps one, and one that has none counts as done when the horizon is over. Nothing ends later than
the first answer's last slot; where it left jobs out, than that, the days they would take and a break for each. Up to
`WHOLE` jobs are one model, whose bound is the plan's; more are improved in windows of jobs that share lines and days,
the rest standing still (large neighbourhood search: Shaw 1998), with the bound that each job would have the network to
itself.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tongtu.pilots.opening import Days, Hours
from tongtu.pilots.scheduling.cpsat import Effort
from tongtu.pilots.scheduling.model import SCALE, Goal, Window, search, weighed
from tongtu.pilots.scheduling.placing import Given, Outcome, best_two, hopeless, placed
from tongtu.pilots.scheduling.tasks import Network, Task
from tongtu.solve import Progress, Solution, Status

#: jobs up to which all are one model, and jobs of a window beyond that
WHOLE, WINDOW = 60, 24
_SLICE = 1.0  # deterministic work on a window
_BREAK = 14  # days of closed lines that making room for a job may run into
_FRUITLESS = 40  # windows in a row that bring nothing: enough


def improved(
    network: Network, outcomes: Sequence[Outcome], work: float, seed: int, progress: Progress | None
) -> tuple[Network, list[Outcome], Solution]:  # fmt: skip
    """The network with the new slots, what each task has, and the value with its bound."""
    search_ = _Search(network, outcomes, work, seed, progress)
    if search_.movable:
        search_.run()
    stood = stand_all(network, search_.given.values())
    found = settled(stood, [one.task for one in outcomes], search_.given)
    return stood, found, search_.solution(found)


def stand_all(network: Network, given: Iterable[Given]) -> Network:
    """The network with these slots and no others."""
    stock = network.stock.emptied()
    for one in sorted(given, key=lambda one: (one.span, one.task.number)):
        stock.stand(one.line, one.span, one.task.hours, one.task.direction, one.place)
    return replace(network, stock=stock)


def settled(network: Network, wanted: Sequence[Task], given: Mapping[int, Given]) -> list[Outcome]:
    """By task: its slot with the next best line as the plan stands, or why it has none; a slot where one is left."""
    found: list[Outcome] = []
    for task in wanted:
        one = given.get(task.number)
        if one is None:
            found.append(placed(network, task, found))
            continue
        ends = [before.span.end + 1 for n in task.after if isinstance(before := found[n], Given)]
        ready = max([task.earliest, *ends])
        others = [choice for choice in best_two(network, task, ready) if choice.line != one.line]
        found.append(replace(one, ready=ready, other=others[0] if others else None))
    return found


def goal_of(network: Network, forced: Iterable[int]) -> Goal:
    """Days from a task's earliest to its end, later in another area; the dearer line loses ties."""
    whole = network.horizon.days + network.away

    def price(task: Task, day: Days, ends: Days) -> Days:
        return np.maximum(ends + 1 - task.earliest, 0)

    def extra(task: Task, line: int) -> int:
        away = task.pool.elsewhere(task.job["area"])
        return network.away if away[task.pool.lines.tolist().index(line)] else 0

    return Goal(price, extra, lambda task: whole - task.earliest, _dearness, frozenset(forced))


def _dearness(task: Task, line: int) -> float:
    """0 for the cheapest line a task may have, 1 for the dearest; an unknown price counts as the dearest."""
    price = task.pool.price
    known = price[np.isfinite(price)]
    mine = float(price[task.pool.lines.tolist().index(line)])
    if not len(known) or not math.isfinite(mine):
        return 1.0
    low, high = float(known.min()), float(known.max())
    return (mine - low) / (high - low) if high > low else 0.0


class _Search:
    """`given`: the best slots found so far, by task number."""

    def __init__(
        self, network: Network, outcomes: Sequence[Outcome], work: float, seed: int, progress: Progress | None
    ) -> None:
        self.given = {one.task.number: one for one in outcomes if isinstance(one, Given)}
        self._tasks = {one.task.number: one.task for one in outcomes}
        never = hopeless(network, self._tasks.values())
        self.movable = [n for n in sorted(self._tasks) if n not in never]
        self._network, self._work, self._progress = network, work, progress
        self._draw = random.Random(seed)
        self._goal = goal_of(network, self.given)
        ends = [one.span.end for one in self.given.values()]
        more = sum(_BREAK + self._days_alone(n) for n in self.movable if n not in self.given)
        self._limit = min(max(ends, default=0) + more, network.horizon.days - 1)
        self._bound = self._alone()

    def run(self) -> None:
        if len(self.movable) <= WHOLE:
            bound, _ = self._try(self.movable, self._work)
            self._bound = max(self._bound, bound)
            return
        spent, fruitless = 0.0, 0
        while spent < self._work and fruitless < _FRUITLESS:
            before = self._value(self.given)
            _, used = self._try(self._related(), min(_SLICE, self._work - spent))
            spent += max(used, _SLICE / 20)
            fruitless = 0 if self._value(self.given) < before else fruitless + 1

    def solution(self, outcomes: Sequence[Outcome]) -> Solution:
        """In weighted days; a task that can never have a slot is not counted."""
        given = {one.task.number: one for one in outcomes if isinstance(one, Given)}
        if not self.movable:
            return Solution("pilots_scheduling.flow", "empty", unit="d", maximise=False)
        value = sum(self._price(n, given.get(n)) for n in self.movable)
        bound = min(self._bound, value)
        status: Status = "optimal" if bound >= value else "feasible"
        return Solution("pilots_scheduling.flow", status, value / 100, bound / 100, "d", maximise=False)

    # ------------------------------------------------------------------ one window

    def _try(self, numbers: Sequence[int], work: float) -> tuple[int, float]:
        """Improves the slots of some tasks; a lower bound on what they can cost, in hundredths of a day, and the
        work spent."""
        moving, window = set(numbers), self._window(numbers)
        hint = {n: self.given[n] for n in numbers if n in self.given}
        effort = Effort(work, seed=self._draw.randrange(1 << 30))
        answer, found = search(self._network, window, self._goal, effort, hint, self._progress)
        if found is not None:
            changed = {**{n: one for n, one in self.given.items() if n not in moving}, **found}
            if self._value(changed) <= self._value(self.given):
                self.given = changed
        bound = (answer.bound - (SCALE - 1) * len(numbers)) / (SCALE * len(numbers))
        return (math.ceil(bound - 1e-6) if math.isfinite(bound) else 0), answer.spent

    def _window(self, numbers: Sequence[int]) -> Window:
        moving = set(numbers)
        ready = {n: self._tasks[n].earliest for n in numbers}
        last = {n: self._limit if (t := self._tasks[n].latest) is None else min(t, self._limit) for n in numbers}
        for n, task in self._tasks.items():
            for first in task.after:  # what stands holds those before and behind it
                if n in moving and first not in moving and first in self.given:
                    ready[n] = max(ready[n], self.given[first].span.end + 1)
                if n not in moving and n in self.given and first in moving:
                    last[first] = min(last[first], self.given[n].span.start - 1)
        standing = [one for n, one in sorted(self.given.items()) if n not in moving]
        held = frozenset(first for one in standing for first in one.task.after) & moving
        return Window([self._tasks[n] for n in numbers], ready, last, standing, held=held)

    def _related(self) -> list[int]:
        """A task drawn at random and those nearest in days among them that could use one of its lines."""
        center = self._tasks[self._draw.choice(self.movable)]
        lines = set(center.pool.lines.tolist())
        day = self._day(center.number)
        near = [n for n in self.movable if self._free(n) and lines & set(self._tasks[n].pool.lines.tolist())]
        return sorted(sorted(near, key=lambda n: (abs(self._day(n) - day), n))[:WINDOW])

    def _free(self, number: int) -> bool:
        """A task without a slot can only come in where those before it have one."""
        return number in self.given or all(first in self.given for first in self._tasks[number].after)

    def _day(self, number: int) -> int:
        return self.given[number].span.start if number in self.given else self._tasks[number].earliest

    # ------------------------------------------------------------------ value and bound

    def _value(self, given: Mapping[int, Given]) -> tuple[int, float]:
        price = sum(self._price(n, given.get(n)) for n in self.movable)
        return price, sum(_dearness(one.task, one.line) for one in given.values())

    def _price(self, number: int, one: Given | None) -> int:
        task = self._tasks[number]
        if one is None:
            return weighed(task) * self._goal.without(task)
        days = max(one.span.end + 1 - task.earliest, 0) + (self._network.away if one.away else 0)
        return weighed(task) * days

    def _alone(self) -> int:
        """What it would cost if each task had the network to itself."""
        total = 0
        for n in self.movable:
            task = self._tasks[n]
            far = task.pool.elsewhere(task.job["area"]) * float(self._network.away)
            days = float((self._ends_alone(n) + far).min()) + 1 - task.earliest
            total += weighed(task) * int(min(days, self._goal.without(task)))
        return total

    def _ends_alone(self, number: int) -> Hours:
        task = self._tasks[number]
        return task.pool.least_end(self._network.stock.free_at_first, task.earliest, task.hours)

    def _days_alone(self, number: int) -> int:
        """From ready to done on the line that would be quickest; the whole horizon where none can."""
        end = float(self._ends_alone(number).min())
        return int(min(end + 1 - self._tasks[number].earliest, self._network.horizon.days))
