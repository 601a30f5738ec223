"""A project with scarce resources: tasks, what each waits for, and what it takes of what there is (RCPSP).

Time counts in whole periods from 0. Task i runs `durations[i]` periods without a break, starts after every task
in `after[i]` has ended, and takes `needs[i][r]` of resource r meanwhile; no more than `capacity[r]` is ever taken.
The makespan is the period after which everything is done (Brucker et al. 1999: PS | prec | Cmax).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Starts = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Project:
    """Make one with `Project.of`, which checks it. `names` are the tasks' own, for reasons and faults."""

    durations: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    needs: tuple[tuple[int, ...], ...]
    capacity: tuple[int, ...]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls, durations: Sequence[int], after: Sequence[Sequence[int]], needs: Sequence[Sequence[int]],
        capacity: Sequence[int], names: Sequence[str] = (), file: str = "",
    ) -> Project:  # fmt: skip
        """Checks everything and raises DataRefused with all faults: a circle, a need beyond the capacity, numbers
        below zero, rows of the wrong length, a task that waits for one that is not there."""
        project = cls(
            tuple(durations),
            tuple(tuple(sorted(set(before))) for before in after),
            tuple(tuple(row) for row in needs),
            tuple(capacity),
            tuple(names) or tuple(str(i + 1) for i in range(len(durations))),
        )
        faults = [Fault(what, repair, file) for what, repair in project._wrong()]
        if faults:
            raise DataRefused(faults)
        return project

    def __len__(self) -> int:
        return len(self.durations)

    @cached_property
    def before(self) -> tuple[tuple[int, ...], ...]:
        """The tasks that wait for each task."""
        found: list[list[int]] = [[] for _ in self.durations]
        for task, waits in enumerate(self.after):
            for other in waits:
                found[other].append(task)
        return tuple(map(tuple, found))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Every task behind those it waits for; shorter than the project where there is a circle (Kahn 1962)."""
        open_ = [len(waits) for waits in self.after]
        free = [task for task, n in enumerate(open_) if n == 0]
        for task in free:  # grows while it is walked
            for later in self.before[task]:
                open_[later] -= 1
                if open_[later] == 0:
                    free.append(later)
        return tuple(free)

    @cached_property
    def places(self) -> dict[int, int]:
        """Where each task stands in the order."""
        return {task: place for place, task in enumerate(self.order)}

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """The earliest start of each task if nothing were scarce."""
        starts = [0] * len(self)
        for task in self.order:
            starts[task] = max((starts[b] + self.durations[b] for b in self.after[task]), default=0)
        return tuple(starts)

    @cached_property
    def tails(self) -> tuple[int, ...]:
        """The periods that must pass after each task's end."""
        rest = [0] * len(self)
        for task in reversed(self.order):
            rest[task] = max((rest[b] + self.durations[b] for b in self.before[task]), default=0)
        return tuple(rest)

    @cached_property
    def least(self) -> int:
        """A makespan that no plan can go below: the longest chain, or the work of the scarcest resource."""
        chain = max((h + d + t for h, d, t in zip(self.heads, self.durations, self.tails, strict=True)), default=0)
        work = [0]
        for r, most in enumerate(self.capacity):
            total = sum(d * row[r] for d, row in zip(self.durations, self.needs, strict=True))
            work.append(-(-total // most) if most else 0)
        return max(chain, *work)

    def makespan(self, starts: Sequence[int]) -> int:
        return max((s + d for s, d in zip(starts, self.durations, strict=True)), default=0)

    def violations(self, starts: Sequence[int]) -> list[tuple[str, int, int]]:
        """What a plan breaks: ("after", task, the one it waits for) and ("capacity", resource, period)."""
        ends = [s + d for s, d in zip(starts, self.durations, strict=True)]
        found = [("after", i, b) for i, waits in enumerate(self.after) for b in waits if starts[i] < ends[b]]
        for r, most in enumerate(self.capacity):
            for period in sorted(set(starts)):
                taken = sum(
                    row[r] for s, e, row in zip(starts, ends, self.needs, strict=True) if s <= period < e
                )  # fmt: skip
                if taken > most:
                    found.append(("capacity", r, period))
        return found

    def _wrong(self) -> Iterator[tuple[Why, Why]]:
        """What is wrong and how to repair it; circles only where the rest holds."""
        n, told = len(self.durations), False
        for kind, found in (("after", len(self.after)), ("needs", len(self.needs)), ("names", len(self.names))):
            if found != n:
                args = {"kind": kind, "found": found, "n": n}
                yield _fault("project-length", args)
                return
        for task, (duration, waits, row) in enumerate(zip(self.durations, self.after, self.needs, strict=True)):
            for what in self._wrong_task(task, duration, waits, row):
                told = True
                yield what
        if not told and len(self.order) < n:
            circle = " → ".join(self.names[task] for task in self._circle())
            yield _fault("project-circle", {"tasks": circle})

    def _wrong_task(
        self, task: int, duration: int, waits: Sequence[int], row: Sequence[int]
    ) -> Iterator[tuple[Why, Why]]:
        name = self.names[task]
        if duration < 0 or min(row, default=0) < 0:
            yield _fault("project-negative", {"task": name})
        for other in waits:
            if not 0 <= other < len(self):
                yield _fault("project-unknown", {"task": name, "other": str(other + 1)})
        if len(row) != len(self.capacity):
            yield _fault("project-length", {"kind": name, "found": len(row), "n": len(self.capacity)})
            return
        for r, (need, most) in enumerate(zip(row, self.capacity, strict=True), start=1):
            if need > most:
                yield _fault("project-beyond", {"task": name, "resource": r, "need": need, "capacity": most})

    def _circle(self) -> list[int]:
        """Tasks that wait for each other, in a ring."""
        stuck = set(range(len(self))) - set(self.order)
        walked = [min(stuck)]
        while True:
            behind = min(b for b in self.after[walked[-1]] if b in stuck)
            if behind in walked:
                return [*walked[walked.index(behind) :], behind][::-1]
            walked.append(behind)


def _fault(code: str, args: dict[str, object]) -> tuple[Why, Why]:
    return Why(f"pilots_scheduling.{code}", args), Why(f"pilots_scheduling.{code}-repair", args)
