"""The first answer: tasks are placed one by one in the order of their turn, each where it ends first.

A line in another area counts as ending `away` days later, so that nobody travels for a day. At once, and never
optimal by claim.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.pilots.opening import Span
from tongtu.pilots.scheduling.tasks import Network, Task
from tongtu.solve import Progress
from tongtu.terms.why import Why

_REPORT_EVERY = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """A slot that a line could give. `rank`: its last day (later by the days away in another area), the price
    an hour (infinite where unknown), the line."""

    rank: tuple[float, float, int]
    span: Span
    away: bool

    @property
    def line(self) -> int:
        return self.rank[2]


@dataclass(frozen=True, slots=True)
class Given:
    """The slot of a task: the line, its days and place, whether it is away, from which day the task was ready, what
    came before it on the line (when and which task; None for a booking), and the next best line."""

    task: Task
    line: int
    span: Span
    place: int
    away: bool
    ready: int
    other: Choice | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a task has no slot: no_line, full_until or unknown, and the reason."""

    task: Task
    status: str
    why: Why


Outcome = Given | Refused
#: what tasks before have, by number
Outcomes = Sequence[Outcome] | Mapping[int, Outcome]


def place_all(network: Network, wanted: Sequence[Task], told: Progress) -> list[Outcome]:
    """By task number. Takes the slots from the network's stock."""
    found: list[Outcome] = []
    told(0, len(wanted))
    for done, task in enumerate(wanted, start=1):
        found.append(placed(network, task, found))
        if done % _REPORT_EVERY == 0 or done == len(wanted):
            told(done, len(wanted))
    return found


def best_two(network: Network, task: Task, ready: int) -> list[Choice]:
    """The two best slots: earliest end first, then the cheaper line, then its id.

    Lines are asked in the order of the best they could answer, and no more are asked once that is no better than
    the second best found.
    """
    pool, stock = task.pool, network.stock
    away = pool.elsewhere(task.job["area"])
    far = away * float(network.away)
    least = pool.least_end(stock.free, ready, task.hours) + far
    found: list[Choice] = []
    for place in np.lexsort((pool.price, least)):
        could = (float(least[place]), float(pool.price[place]), int(pool.lines[place]))
        if math.isinf(could[0]) or (len(found) == 2 and could >= found[1].rank):
            break
        span = stock.timeline(could[2]).find(ready, task.hours, task.direction)
        if span is not None:
            choice = Choice((span.end + float(far[place]), could[1], could[2]), span, bool(away[place]))
            found = sorted([*found, choice], key=lambda choice: choice.rank)[:2]
    return found


def refused(network: Network, task: Task) -> Refused | None:
    """Why a task could not have a slot on any day."""
    pool = task.pool
    if task.job["hours"] is None:
        return Refused(task, "unknown", Why("pilots.hours-unknown"))
    if not len(pool) and pool.silent:
        return Refused(task, "unknown", Why("pilots.capacity-unknown", {"n": pool.silent}))
    if not len(pool):
        return Refused(task, "no_line", Why("pilots.no-line", {"n": len(network.stock.lines)}))
    return None


def hopeless(network: Network, wanted: Iterable[Task]) -> set[int]:
    """Tasks that can have no slot on any day, nor can whatever comes after them; `wanted` in the order of its turn."""
    found: set[int] = set()
    for task in wanted:
        if refused(network, task) is not None or found & set(task.after):
            found.add(task.number)
    return found


def placed(network: Network, task: Task, before: Outcomes) -> Outcome:
    """The slot that ends first behind what the task comes after; taken from the stock."""
    never = refused(network, task)
    if never is not None:
        return never
    ready = task.earliest
    for number in task.after:
        first = before[number]
        if isinstance(first, Refused):
            stage = {"stage": first.task.job["stage"]}
            return Refused(task, first.status, Why("pilots_scheduling.after-none", stage, (first.why,)))
        ready = max(ready, first.span.end + 1)
    return _among(network, task, ready)


def _among(network: Network, task: Task, ready: int) -> Outcome:
    horizon, n = network.horizon, len(task.pool)
    choices = best_two(network, task, ready)
    if not choices:
        args = {"n": n, "last": horizon.day(horizon.days - 1)}
        return Refused(task, "full_until", Why("pilots.full-horizon", args))
    best, *others = choices
    if task.latest is not None and best.span.end > task.latest:
        args = {"n": n, "latest": task.job["latest"], "free": horizon.day(best.span.start)}
        return Refused(task, "full_until", Why("pilots.full-until", args))
    place = network.stock.take(best.line, best.span, task.hours, task.direction)
    return Given(task, best.line, best.span, place, best.away, ready, others[0] if others else None)
