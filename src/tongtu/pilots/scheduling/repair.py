"""Slots that no longer fit, moved as little as possible.

A move counts `MOVED` days, each day of it one more, another line `LINE` more, all times the job's weight; a new job
counts its days of waiting (all ours). What can stay is reserved first; whatever cannot, and what is new, is placed
around it at once; then CP-SAT looks for a plan that moves less, in a window of the jobs that share lines with those.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tongtu.pilots.opening import Days
from tongtu.pilots.scheduling.cpsat import Effort
from tongtu.pilots.scheduling.model import SCALE, Goal, Window, search, weighed
from tongtu.pilots.scheduling.moves import Before, can_stand
from tongtu.pilots.scheduling.placing import Given, Outcome, hopeless, placed, refused
from tongtu.pilots.scheduling.tasks import Network, Task
from tongtu.solve import Progress, Solution, Status

MOVED, LINE = 5, 5
#: jobs that may move in the search, and lines each of them may use beside its own; a smaller plan is searched whole
WINDOW, BESIDE = 16, 4


def moved(start: int, before: int) -> int:
    """What a move of the first day counts, in days."""
    return abs(start - before) + MOVED if start != before else 0


class Repair:
    """`given`: the slots so far by task number; `before`: those the tasks had."""

    def __init__(self, network: Network, wanted: Sequence[Task], before: Mapping[int, Before]) -> None:
        self.given: dict[int, Given] = {}
        self.before = before
        self._network, self._wanted = network, wanted
        self._tasks = {task.number: task for task in wanted}
        never = hopeless(network, wanted)
        self._open = [task.number for task in wanted if task.number not in never]
        self._bound = 0

    def reserve(self) -> None:
        """Every slot that can stay does, the earliest first."""
        for number in sorted(self.before, key=lambda n: (self.before[n].span, n)):
            task, had = self._tasks[number], self.before[number]
            first = [self.given.get(n) for n in task.after]
            if number not in self._open or had.line is None:
                continue
            if any(one is None or one.span.end >= had.span.start for one in first):
                continue
            if can_stand(self._network, task, had):
                self._take(task, had.line, had.span.start)

    def place(self) -> None:
        """The rest around what stays: near the slot it had, a new job where it ends first."""
        found: dict[int, Outcome] = {}
        for task in self._wanted:
            near = None
            if task.number in self.before and task.number not in self.given:
                near = self._nearest(task)
            if near is not None:
                self._take(task, *near)
            one = self.given.get(task.number)
            found[task.number] = one if one is not None else placed(self._network, task, found)
        self.given = {number: one for number, one in found.items() if isinstance(one, Given)}

    def _nearest(self, task: Task) -> tuple[int, int] | None:
        """The line and first day that cost least, looking from the slot it had and from the first day it can be."""
        if refused(self._network, task) is not None or any(n not in self.given for n in task.after):
            return None
        ready = max([task.earliest, *(self.given[n].span.end + 1 for n in task.after)])
        had, best = self.before[task.number], None
        for line in task.pool.lines.tolist():
            timeline = self._network.stock.timeline(line)
            for day in sorted({ready, max(ready, had.span.start)}):
                span = timeline.find(day, task.hours, task.direction)
                if span is not None and (task.latest is None or span.end <= task.latest):
                    cost = moved(span.start, had.span.start) + (LINE if line != had.line else 0)
                    best = min(best, (cost, line, span.start)) if best else (cost, line, span.start)
        return None if best is None else best[1:]

    def _take(self, task: Task, line: int, start: int) -> None:
        stock = self._network.stock
        span = stock.timeline(line).find(start, task.hours, task.direction)
        assert span is not None
        place = stock.take(line, span, task.hours, task.direction)
        away = bool(task.pool.elsewhere(task.job["area"])[task.pool.lines.tolist().index(line)])
        self.given[task.number] = Given(task, line, span, place, away, task.earliest)

    # ------------------------------------------------------------------ fewer moves

    def search(self, work: float, seed: int, progress: Progress | None) -> None:
        self._bound = sum(self._alone(n) for n in self._open)
        moving = self._window()
        if work <= 0 or not moving or self._value(self.given) <= self._bound:
            return
        ready, last = self._limits(moving)
        standing = [one for n, one in sorted(self.given.items()) if n not in moving]
        whole = len(moving) == len(self._open)
        near = {} if whole else {n: self._near(n) for n in moving}
        held = frozenset(first for one in standing for first in one.task.after) & set(moving)
        window = Window([self._tasks[n] for n in moving], ready, last, standing, near, held)
        hint = {n: self.given[n] for n in moving if n in self.given}
        answer, found = search(self._network, window, self._goal(), Effort(work, seed=seed), hint, progress)
        if found is not None:
            changed = {**{one.task.number: one for one in standing}, **found}
            if self._value(changed) <= self._value(self.given):
                self.given = changed
        if whole and math.isfinite(answer.bound):
            bound = (answer.bound - (SCALE - 1) * len(moving)) / (SCALE * len(moving))
            self._bound = max(self._bound, math.ceil(bound - 1e-6))

    def solution(self) -> Solution:
        value = self._value(self.given)
        status: Status = "optimal" if self._bound >= value else "feasible"
        if not self._open:
            return Solution("pilots_scheduling.moves", "empty", unit="d", maximise=False)
        bound = min(self._bound, value)
        return Solution("pilots_scheduling.moves", status, value / 100, bound / 100, "d", maximise=False)

    def _goal(self) -> Goal:
        whole = self._network.horizon.days

        def price(task: Task, day: Days, ends: Days) -> Days:
            had = self.before.get(task.number)
            if had is None:
                return np.maximum(day - task.earliest, 0)
            away = np.abs(day - had.span.start)
            return np.where(away > 0, away + MOVED, 0)

        def extra(task: Task, line: int) -> int:
            had = self.before.get(task.number)
            return LINE if had is not None and had.line != line else 0

        forced = frozenset(self.given)
        return Goal(price, extra, lambda task: whole, lambda task, line: 0.0, forced, by_start=True)

    def _price(self, number: int, one: Given | None) -> int:
        task, had = self._tasks[number], self.before.get(number)
        if one is None:
            return weighed(task) * self._network.horizon.days
        if had is None:
            return weighed(task) * max(one.span.start - task.earliest, 0)
        return weighed(task) * (moved(one.span.start, had.span.start) + (LINE if one.line != had.line else 0))

    def _value(self, given: Mapping[int, Given]) -> int:
        return sum(self._price(n, given.get(n)) for n in self._open)

    def _alone(self, number: int) -> int:
        """The least that a task costs if no other moved: nothing where its slot could stay, else at least one move."""
        task, had = self._tasks[number], self.before.get(number)
        if had is None:
            return 0
        empty = replace(self._network, stock=self._network.stock.emptied())
        return 0 if had.line is not None and can_stand(empty, task, had) else weighed(task) * min(MOVED + 1, LINE)

    def _window(self) -> list[int]:
        """Whatever costs something, and those nearest to it in days on lines it could use."""
        dear = [n for n in self._open if self._price(n, self.given.get(n)) > 0]
        lines = {line for n in dear for line in self._tasks[n].pool.lines.tolist()}
        days = [self._day(n) for n in dear]
        rest = [n for n in self._open if n in self.given and self.given[n].line in lines and n not in set(dear)]
        rest.sort(key=lambda n: (min(abs(self._day(n) - day) for day in days), n))
        ranked = sorted(dear, key=lambda n: (-self._price(n, self.given.get(n)), n))
        return self._in_order([*ranked, *rest][:WINDOW]) if dear else []

    def _in_order(self, chosen: Sequence[int]) -> list[int]:
        """Without those that come after a task which neither has a slot nor could get one here: they have none."""
        kept: list[int] = []
        for n in sorted(chosen):  # what comes first has the smaller number
            if all(first in self.given or first in kept for first in self._tasks[n].after):
                kept.append(n)
        return kept

    def _day(self, number: int) -> int:
        had = self.before.get(number)
        return had.span.start if had is not None else self._tasks[number].earliest

    def _near(self, number: int) -> frozenset[int]:
        """The lines a task had and has, and those that could end it first."""
        task, stock = self._tasks[number], self._network.stock
        ends = task.pool.least_end(stock.free, task.earliest, task.hours)
        best = task.pool.lines[np.lexsort((task.pool.lines, ends))[:BESIDE]].tolist()
        own = [self.given[number].line] if number in self.given else []
        had = self.before.get(number)
        return frozenset([*best, *own, *([had.line] if had is not None and had.line is not None else [])])

    def _limits(self, moving: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
        """First and last day of each, between what stands before and behind it."""
        inside = set(moving)
        most = max([one.span.end for one in self.given.values()], default=0)
        whole = self._network.horizon.days - 1
        ready = {n: self._tasks[n].earliest for n in moving}
        last = {n: min(whole if (t := self._tasks[n].latest) is None else t, max(most, 0)) for n in moving}
        for n, one in self.given.items():
            for first in self._tasks[n].after:
                if n not in inside and first in inside:
                    last[first] = min(last[first], one.span.start - 1)
        for n in moving:
            for first in self._tasks[n].after:
                if first not in inside:
                    ready[n] = max(ready[n], self.given[first].span.end + 1)
        return ready, last
