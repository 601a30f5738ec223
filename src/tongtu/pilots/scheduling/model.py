"""Tasks on lines as a CP-SAT model, beside what stands and does not move.

Every task has a start on the clock of each kind of line it may run on (lines of a kind share opening hours, days of
setting up and of changing over), and one line or none. Lines without changeovers are a cumulative constraint; on the
others each numbered place is a circuit through its jobs, and an arc between different directions takes the changeover
(Laborie et al. 2018 call these transition times). What a slot costs is a table over its starts, so that any goal that
adds up over tasks can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tongtu.pilots.opening import Days, Span
from tongtu.pilots.scheduling.circuit import Place, Visit, visit_places
from tongtu.pilots.scheduling.clock import Runs, runs, taken_stretches
from tongtu.pilots.scheduling.cpsat import Answer, Effort, completed, run
from tongtu.pilots.scheduling.placing import Given
from tongtu.pilots.scheduling.tasks import Network, Task
from tongtu.pilots.sequence import Sequenced
from tongtu.pilots.timeline import Timeline
from tongtu.solve import Progress

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel

#: what a day counts beside all ties together
SCALE = 1000


@dataclass(frozen=True, slots=True)
class Goal:
    """What is minimised: `price` of a task's slot by its first and last days (arrays alike, whole numbers), `extra` of
    a line, `without` a slot, and `tie` of a line (0 to 1, breaks ties). `forced` tasks must have a slot. `by_start`:
    the price depends on the first day alone, otherwise on the last alone."""

    price: Callable[[Task, Days, Days], Days]
    extra: Callable[[Task, int], int]
    without: Callable[[Task], int]
    tie: Callable[[Task, int], float]
    forced: frozenset[int]
    by_start: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The tasks that may move, the first and last day of each, what stands meanwhile, the lines that a task may use
    where not all of its pool are looked at, and those that must have a slot since what stands comes after them.

    A task is here only where whatever it comes after is here too or stands."""

    tasks: Sequence[Task]
    ready: Mapping[int, int]
    last: Mapping[int, int]
    standing: Sequence[Given]
    lines: Mapping[int, frozenset[int]] = field(default_factory=dict)
    held: frozenset[int] = frozenset()


@dataclass(slots=True)
class Kind:
    """A task on lines alike: `core` is the open day on which setting up begins, `start` the first of the slot."""

    runs: Runs
    core: Any
    start: Any
    changed: Any
    length: Any
    lines: dict[int, Any] = field(default_factory=dict)


def search(
    network: Network, window: Window, goal: Goal, effort: Effort, hint: Mapping[int, Given],
    progress: Progress | None = None,
) -> tuple[Answer, dict[int, Given] | None]:  # fmt: skip
    """The slots found by task number (a task without one is absent); None where nothing was found."""
    model = _Model(network, window, goal)
    model.build()
    model.suggest(hint)
    completed(model.cp)
    answer = run(model.cp, effort, progress)
    return answer, None if answer.solver is None else model.slots(answer.solver.value)


class _Model:
    def __init__(self, network: Network, window: Window, goal: Goal) -> None:
        from ortools.sat.python import cp_model

        self.cp: CpModel = cp_model.CpModel()
        self._network, self._window, self._goal = network, window, goal
        self._kinds: dict[int, dict[tuple[int, int, int], Kind]] = {}
        self._none: dict[int, Any] = {}
        self._timelines: dict[int, Timeline] = {}
        self._places: dict[int, list[Place]] = {}
        self._visits: dict[int, list[int]] = {}
        self._cost: list[Any] = []
        self._forced = goal.forced | window.held

    def build(self) -> None:
        for task in self._window.tasks:
            self._task(task)
        for task in self._window.tasks:
            self._after(task)
        for line in sorted({line for kinds in self._kinds.values() for k in kinds.values() for line in k.lines}):
            self._line(line)
        self.cp.minimize(sum(self._cost))

    # ------------------------------------------------------------------ tasks

    def _task(self, task: Task) -> None:
        cp, number = self.cp, task.number
        self._kinds[number] = kinds = {}
        among = self._window.lines.get(number)
        for line in task.pool.lines.tolist():
            if among is not None and line not in among:
                continue
            timeline = self._timeline(line)
            key = (id(timeline.opening), timeline.setup, timeline.changeover)
            if key not in kinds:
                found = self._kind(task, timeline)
                if found is None:
                    continue
                kinds[key] = found
            kinds[key].lines[line] = cp.new_bool_var("")
        self._none[number] = cp.new_constant(0) if number in self._forced else cp.new_bool_var("")
        chosen = [taken for kind in kinds.values() for taken in kind.lines.values()]
        cp.add_exactly_one([*chosen, self._none[number]])
        self._price(task, kinds)

    def _kind(self, task: Task, timeline: Timeline) -> Kind | None:
        window, number, cp = self._window, task.number, self.cp
        found = runs(timeline.opening, timeline.setup, task.hours, window.ready[number], window.last[number])
        if found is None:
            return None
        core = cp.new_int_var(found.low, found.high, "")
        changed = cp.new_bool_var("") if timeline.changeover else 0
        start = core
        if timeline.changeover:
            start = cp.new_int_var(found.low, found.high, "")
            cp.add(start == core - timeline.changeover * changed)
        return Kind(found, core, start, changed, self._read(core, found.long))

    def _price(self, task: Task, kinds: Mapping[Any, Kind]) -> None:
        """What the slot costs is at least what its line says; one number for the task."""
        goal, without = self._goal, self._none[task.number]
        most, parts = 0 if task.number in self._forced else goal.without(task), []
        for kind in kinds.values():
            table = goal.price(task, kind.runs.day, kind.runs.ends)
            read = self._read(kind.start if goal.by_start else kind.core, table)
            for line, taken in kind.lines.items():
                extra = goal.extra(task, line)
                parts.append((read + extra, taken))
                most = max(most, int(table[kind.runs.low :].max()) + extra)
                self._cost.append(taken * round(goal.tie(task, line) * (SCALE - 1)))
        price = self.cp.new_int_var(0, most, "")
        for part, taken in parts:
            self.cp.add(price >= part).only_enforce_if(taken)
        if task.number not in self._forced:
            self.cp.add(price >= goal.without(task)).only_enforce_if(without)
        self._cost.append(price * (weighed(task) * SCALE * len(self._window.tasks)))

    def _read(self, index: Any, table: Days) -> Any:
        """`table[index]`: a number or a line where it is one, else looked up."""
        steps = np.diff(table)
        if len(steps) == 0 or (steps == steps[0]).all():
            step = int(steps[0]) if len(steps) else 0
            return int(table[0]) + step * index if step else int(table[0])
        found = self.cp.new_int_var(int(table.min()), int(table.max()), "")
        self.cp.add_element(index, table.tolist(), found)
        return found

    def _after(self, task: Task) -> None:
        """Behind the tasks of the window that come first; without a slot where one of those has none."""
        cp = self.cp
        for first in task.after:
            if first not in self._kinds:
                continue
            cp.add_implication(self._none[first], self._none[task.number])
            for before in self._kinds[first].values():
                end = self._read(before.core, before.runs.ends)
                for behind in self._kinds[task.number].values():
                    start = self._read(behind.start, behind.runs.day)
                    both = [*before.lines.values()], [*behind.lines.values()]
                    one, two = cp.new_bool_var(""), cp.new_bool_var("")
                    for chosen, lines in zip((one, two), both, strict=True):
                        cp.add(sum(lines) == 1).only_enforce_if(chosen)
                        cp.add(sum(lines) == 0).only_enforce_if(~chosen)
                    cp.add(start > end).only_enforce_if(one, two)

    # ------------------------------------------------------------------ lines

    def _line(self, line: int) -> None:
        timeline = self._timeline(line)
        visits = [
            Visit(task, kind, kind.lines[line])
            for task in self._window.tasks
            for kind in self._kinds[task.number].values()
            if line in kind.lines
        ]
        if isinstance(timeline, Sequenced):
            self._places[line] = visit_places(self.cp, timeline, visits)
            self._visits[line] = [visit.task.number for visit in visits]
            return
        last = timeline.clear(min(max(self._window.last.values()), timeline.opening.days - 1))
        stands = list(taken_stretches(timeline, last + 1))
        intervals = [self.cp.new_fixed_size_interval_var(first, size, "") for first, size, _ in stands]
        demands = [places for *_, places in stands]
        for visit in visits:
            kind = visit.kind
            size = 2 * (kind.length + timeline.cleaning) - 1
            intervals.append(self._optional(2 * kind.core, size, visit.taken))
            demands.append(1)
        if timeline.places == 1:
            self.cp.add_no_overlap(intervals)
        else:
            self.cp.add_cumulative(intervals, demands, timeline.places)

    def _optional(self, start: Any, size: Any, taken: Any) -> Any:
        if isinstance(size, int):
            return self.cp.new_optional_fixed_size_interval_var(start, size, taken, "")
        end = self.cp.new_int_var(0, 4 * self._network.horizon.days, "")
        return self.cp.new_optional_interval_var(start, size, end, taken, "")

    def _timeline(self, line: int) -> Timeline:
        """The line with its bookings and what stands of the plan."""
        if line not in self._timelines:
            found = self._network.stock.at_first(line)
            for given in self._window.standing:
                if given.line == line:
                    found.stand(given.span, given.task.direction, given.place, given.task.hours)
            self._timelines[line] = found
        return self._timelines[line]

    # ------------------------------------------------------------------ hints and answers

    def suggest(self, hint: Mapping[int, Given]) -> None:
        for number, kinds in self._kinds.items():
            given = hint.get(number)
            if number not in self._forced:
                self.cp.add_hint(self._none[number], given is None)
            for kind in kinds.values():
                for line, taken in kind.lines.items():
                    here = given is not None and given.line == line
                    self.cp.add_hint(taken, here)
                    if here and given is not None:
                        self._suggest_start(kind, given)

        for line, places in self._places.items():
            for number, place in enumerate(places):
                mine = {i: hint[n] for i, n in enumerate(self._visits[line]) if n in hint}
                place.suggest({i: one.span.start for i, one in mine.items() if (one.line, one.place) == (line, number)})

    def _suggest_start(self, kind: Kind, given: Given) -> None:
        found = kind.runs
        start = min(int(np.searchsorted(found.day, given.span.start)), found.high)
        changeover = self._timeline(given.line).changeover
        changed = bool(changeover) and int(found.ends[start]) < given.span.end
        self.cp.add_hint(kind.core, min(start + changeover * changed, found.high))
        if changeover:
            self.cp.add_hint(kind.start, start)
            self.cp.add_hint(kind.changed, changed)

    def slots(self, value: Callable[[Any], int]) -> dict[int, Given]:
        found = {}
        for task in self._window.tasks:
            for kind in self._kinds[task.number].values():
                for line, taken in kind.lines.items():
                    if value(taken):
                        found[task.number] = self._given(task, kind, line, value)
        return found

    def _given(self, task: Task, kind: Kind, line: int, value: Callable[[Any], int]) -> Given:
        start, end = kind.runs.day[value(kind.start)], kind.runs.ends[value(kind.core)]
        place = 0
        if line in self._places:
            visit = self._visits[line].index(task.number)
            place = next(i for i, one in enumerate(self._places[line]) if value(one.on[visit]))
        away = bool(task.pool.elsewhere(task.job["area"])[task.pool.lines.tolist().index(line)])
        span = Span(int(start), int(end))
        return Given(task, line, span, place, away, self._window.ready[task.number])


def weighed(task: Task) -> int:
    """A task's weight in hundredths."""
    return max(1, round(100 * task.weight))
