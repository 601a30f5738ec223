"""The numbered places of a line with changeovers: each is one way through the jobs that stand and those that may.

Node 0 is the day before and after everything. What stands keeps its order; tasks may come between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tongtu.pilots.scheduling.tasks import Task
from tongtu.pilots.sequence import Sequenced, Stay, differs

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel

    from tongtu.pilots.scheduling.model import Kind


@dataclass(frozen=True, slots=True)
class Visit:
    """A task that may run on the line, its kind, and whether it does."""

    task: Task
    kind: Kind
    taken: Any


def visit_places(cp: CpModel, line: Sequenced, visits: Sequence[Visit]) -> list[Place]:
    """The places of a line; `Place.on` says of each visit whether it is there."""
    on = [[cp.new_bool_var("") for _ in range(line.places)] for _ in visits]
    for visit, places in zip(visits, on, strict=True):
        cp.add(sum(places) == 1).only_enforce_if(visit.taken)
        cp.add(sum(places) == 0).only_enforce_if(~visit.taken)
    found = []
    for number in range(line.places):
        place = Place(cp, line, line.stays[number], visits, [places[number] for places in on])
        place.build()
        found.append(place)
    return found


class Place:
    def __init__(
        self, cp: CpModel, line: Sequenced, stays: Sequence[Stay], visits: Sequence[Visit], on: Sequence[Any]
    ) -> None:
        self.on = on
        self._cp, self._line, self._stays, self._visits = cp, line, stays, visits
        self._arcs: list[tuple[int, int, Any]] = []

    def build(self) -> None:
        n, stays = len(self._visits), self._stays
        nodes = [0, *range(n + 1, n + 1 + len(stays)), 0]
        for one, two in pairwise(nodes):
            self._arc(one, two)  # without stays: nobody is here
        before: Stay | None = None
        for node, stay in zip([0, *nodes[1:-1]], [None, *stays], strict=True):
            before = stay if before is None or (stay is not None and stay.clear >= before.clear) else before
            for i in range(n):
                self._from_stay(node, before, i)
        for i in range(n):
            self._arcs.append((i + 1, i + 1, ~self.on[i]))
            self._arc(i + 1, 0)
            for node, stay in zip(nodes[1:-1], stays, strict=True):
                self._to_stay(i, node, stay)
            for j in range(n):
                if i != j:
                    self._between(i, j)
        self._cp.add_circuit(self._arcs)
        cores = [
            self._interval(visit, on) for visit, on in zip(self._visits, self.on, strict=True)
        ]  # fmt: skip
        self._cp.add_no_overlap(cores)

    def suggest(self, here: Mapping[int, int]) -> None:
        """`here`: first days of the visits that a known plan has on this place, by their order among the visits."""
        n = len(self._visits)
        stops = [(stay.start, n + 1 + i) for i, stay in enumerate(self._stays)]
        way = [0, *(node for _, node in sorted([*stops, *((day, i + 1) for i, day in here.items())])), 0]
        taken = set(pairwise(way))
        for one, two, arc in self._arcs:
            if one != two or one == 0:
                self._cp.add_hint(arc, (one, two) in taken)
        for i, on in enumerate(self.on):
            self._cp.add_hint(on, i in here)

    def _arc(self, one: int, two: int) -> Any:
        taken = self._cp.new_bool_var("")
        self._arcs.append((one, two, taken))
        return taken

    def _from_stay(self, node: int, before: Stay | None, i: int) -> None:
        """Behind what stands, or first of all."""
        taken, visit = self._arc(node, i + 1), self._visits[i]
        self._changed(taken, visit, before is not None and differs(visit.task.direction, before.direction))
        if before is not None:
            free = int(self._line.opening.opened[min(before.clear + 1, self._line.opening.days)])
            self._cp.add(visit.kind.start >= free).only_enforce_if(taken)

    def _to_stay(self, i: int, node: int, stay: Stay) -> None:
        taken, visit = self._arc(i + 1, node), self._visits[i]
        extra = self._line.changeover if differs(visit.task.direction, stay.direction) and not stay.changed else 0
        free = int(self._line.opening.opened[stay.start])
        self._cp.add(self._clean(visit) + extra <= free).only_enforce_if(taken)

    def _between(self, i: int, j: int) -> None:
        taken, one, two = self._arc(i + 1, j + 1), self._visits[i], self._visits[j]
        self._changed(taken, two, differs(two.task.direction, one.task.direction))
        self._cp.add(two.kind.start >= self._clean(one)).only_enforce_if(taken)

    def _changed(self, taken: Any, visit: Visit, changed: bool) -> None:
        self._cp.add_implication(taken, visit.kind.changed if changed else ~visit.kind.changed)

    def _clean(self, visit: Visit) -> Any:
        """The first open day on which the place is clean again."""
        return visit.kind.core + visit.kind.length + self._line.cleaning

    def _interval(self, visit: Visit, on: Any) -> Any:
        size = visit.kind.length + self._line.cleaning
        if isinstance(size, int):
            return self._cp.new_optional_fixed_size_interval_var(visit.kind.core, size, on, "")
        end = self._cp.new_int_var(0, 2 * self._line.opening.days, "")
        return self._cp.new_optional_interval_var(visit.kind.core, size, end, on, "")
