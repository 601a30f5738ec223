"""Naming the circles of a bill of materials."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

#: an item, and whether it is meant as made (0) or as used with its substitutes (1)
Place = tuple[str, int]
_SHOWN = 12


def cycle_faults(inputs: Mapping[Place, Sequence[Place]]) -> Iterator[Fault]:
    """A fault for each of some cycles that share no place, smallest id first; together they leave none standing."""
    for cycle in _cycles(inputs):
        names = [item for item, _ in cycle]
        steps = [name for n, name in enumerate(names) if n == 0 or name != names[n - 1]]
        yield _fault(steps[:-1] if len(steps) > 1 and steps[0] == steps[-1] else steps)


def _cycles(inputs: Mapping[Place, Sequence[Place]]) -> Iterator[list[Place]]:
    left = set(inputs)
    down = {place: sorted(u for u in inputs[place] if u in left) for place in left}
    up = _reversed(down)
    live = set(left)
    counts = [{i: len(down[i]) for i in left}, {i: len(up.get(i, ())) for i in left}]

    def drop(gone: Iterable[Place]) -> None:
        """Takes places out, and with them all that can no longer lie on a cycle."""
        queue = deque(gone)
        while queue:
            place = queue.popleft()
            if place not in live:
                continue
            live.discard(place)
            for near, count in ((up.get(place, ()), counts[0]), (down[place], counts[1])):
                for other in near:
                    count[other] -= 1
                    if not count[other]:
                        queue.append(other)

    drop([i for i in sorted(left) if not counts[0][i] or not counts[1][i]])
    for start in sorted(left):
        while start in live:
            cycle = _walk(start, down, live)
            yield cycle
            drop(cycle)


def _reversed(edges: Mapping[Place, Sequence[Place]]) -> dict[Place, list[Place]]:
    back: dict[Place, list[Place]] = {}
    for place, inputs in edges.items():
        for u in inputs:
            back.setdefault(u, []).append(place)
    return back


def _walk(start: Place, down: Mapping[Place, Sequence[Place]], live: set[Place]) -> list[Place]:
    """Follows the first live input until a place comes back; every live one has an input."""
    seen: dict[Place, int] = {}
    steps: list[Place] = []
    place = start
    while place not in seen:
        seen[place] = len(steps)
        steps.append(place)
        place = next(u for u in down[place] if u in live)
    cycle = steps[seen[place] :]
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]


def _fault(cycle: list[str]) -> Fault:
    shown = [*cycle, cycle[0]] if len(cycle) <= _SHOWN else [*cycle[:_SHOWN], "…", cycle[0]]
    args = {"cycle": " → ".join(shown), "n": len(cycle)}
    return Fault(Why("appraise.cycle", args), Why("appraise.cycle-repair"), sheet="components", value=cycle[0])
