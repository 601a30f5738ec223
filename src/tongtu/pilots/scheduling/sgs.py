"""A first plan at once: serial schedule generation by priority rules, then justified to and fro.

The serial scheme (Kelley 1963) takes tasks in an order and gives each the earliest place that its predecessors
and the resources leave. Orders come from five rules known to be good (Kolisch 1996: latest finish, latest start,
most total successors, greatest rank positional weight, earliest start) and from the first of them disturbed. Each
plan is then pushed to the right and back to the left (double justification: Valls, Ballestin, Quintanilla 2005), which
never makes it longer. Counts limit the work, not the clock.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tongtu.pilots.scheduling.project import Project, Starts

#: disturbed orders tried beside the rules
SAMPLES = 40
_DISTURBED = 0.25  # of the spread of the rule


@dataclass(frozen=True, slots=True)
class Packed:
    """All resources of a period in one whole number, a guard bit above each: one subtraction compares them all."""

    full: int
    guard: int
    needs: tuple[int, ...]

    @classmethod
    def of(cls, project: Project) -> Packed:
        width = max((most.bit_length() for most in project.capacity), default=0) + 1
        places = [r * width for r in range(len(project.capacity))]
        return cls(
            sum(most << place for most, place in zip(project.capacity, places, strict=True)),
            sum(1 << (place + width - 1) for place in places),
            tuple(sum(n << place for n, place in zip(row, places, strict=True)) for row in project.needs),
        )


def first_answer(project: Project, seed: int = 0, samples: int = SAMPLES) -> Starts:
    """Starts of the best plan found; the same for the same project and seed."""
    packed, best = Packed.of(project), tuple[int, ...]()
    for order in orders(project, seed, samples):
        starts = _justified(project, packed, serial(project, packed, order))
        if not best or project.makespan(starts) < project.makespan(best):
            best = starts
        if project.makespan(best) <= project.least:
            break
    return best


def orders(project: Project, seed: int, samples: int) -> Iterator[list[int]]:
    """Task lists, each behind what it waits for, the smaller key first."""
    n = len(project)
    latest = [-rest for rest in project.tails]
    reach = _reach(project)
    rules = (
        latest,
        [end - d for end, d in zip(latest, project.durations, strict=True)],
        [-len(reach[i]) for i in range(n)],
        [-(project.durations[i] + sum(project.durations[j] for j in reach[i])) for i in range(n)],
        list(project.heads),
    )
    for rule in rules:
        yield listed(project, rule)
    draw = random.Random(seed)
    spread = (max(latest, default=0) - min(latest, default=0)) * _DISTURBED
    for _ in range(samples):
        yield listed(project, [key + draw.uniform(-spread, spread) for key in latest])


def _reach(project: Project) -> list[set[int]]:
    """Every task behind each task, direct or not."""
    found: list[set[int]] = [set() for _ in project.durations]
    for task in reversed(project.order):
        for later in project.before[task]:
            found[task] |= {later} | found[later]
    return found


def listed(project: Project, keys: Sequence[float]) -> list[int]:
    open_ = [len(waits) for waits in project.after]
    heap = [(keys[i], i) for i, n in enumerate(open_) if n == 0]
    heapq.heapify(heap)
    listed = []
    while heap:
        _, task = heapq.heappop(heap)
        listed.append(task)
        for later in project.before[task]:
            open_[later] -= 1
            if open_[later] == 0:
                heapq.heappush(heap, (keys[later], later))
    return listed


def serial(project: Project, packed: Packed, order: Sequence[int], backward: bool = False) -> Starts:
    """Each task of the order as early as it can; backward: in the project read from its end."""
    waits = project.before if backward else project.after
    durations, guard = project.durations, packed.guard
    free = [packed.full] * (sum(durations) + 1)
    starts, ends = [0] * len(project), [0] * len(project)
    for task in order:
        need, duration = packed.needs[task], durations[task]
        start = max((ends[other] for other in waits[task]), default=0)
        period = start
        while need and period < start + duration:
            if ((free[period] | guard) - need) & guard != guard:
                start = period + 1
            period += 1
        for period in range(start, start + duration):
            free[period] -= need
        starts[task], ends[task] = start, start + duration
    return tuple(starts)


def justified_once(project: Project, packed: Packed, starts: Starts) -> Starts:
    """Pushed to the right, then to the left: not longer, often shorter."""
    ends = [s + d for s, d in zip(starts, project.durations, strict=True)]
    from_end = sorted(range(len(project)), key=lambda i: (-ends[i], -project.places[i]))
    mirrored = serial(project, packed, from_end, backward=True)
    whole = project.makespan(mirrored)
    right = [whole - s - d for s, d in zip(mirrored, project.durations, strict=True)]
    return serial(project, packed, sorted(range(len(project)), key=lambda i: (right[i], project.places[i])))


def _justified(project: Project, packed: Packed, starts: Starts) -> Starts:
    """Until it no longer helps."""
    while True:
        again = justified_once(project, packed, starts)
        if project.makespan(again) >= project.makespan(starts):
            return starts
        starts = again
