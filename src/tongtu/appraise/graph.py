"""Autonomy carried up an AND/OR graph of items, from what goes in to what comes out.

    A(v) = own(v) × max over routes ( min over the route's required inputs u of A(u) )

The weakest link of a route gates it, the best route is taken. Unknown stays unknown: an own share or an
input of which nothing is known lies anywhere in [0, 1]. So the interval is exact, while the point is the
weakest link among what *is* known; it is null only where nothing at all is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

#: a technology route by name, with the inputs it requires, sorted
Route = tuple[str, tuple[str, ...]]
#: item → its routes in order of name
Routes = Mapping[str, Sequence[Route]]
_SHOWN = 12
_GAPS = 3


class Share(NamedTuple):
    """A share of which at least the bounds are known; `point` is null where only they are."""

    point: float | None
    low: float
    high: float


UNKNOWN = Share(None, 0.0, 1.0)


class Node(NamedTuple):
    """What the graph says of one item.

    `route` is the one taken and `below` its weakest input; `weakest` is the item with the smallest own
    share on the chain of weakest inputs from here down, `floor` that share. `gaps` names up to three
    items of unknown supply on the way, this one included.
    """

    autonomy: Share
    route: str = ""
    below: str | None = None
    weakest: str | None = None
    floor: float = 1.0
    gaps: tuple[str, ...] = ()


def routes(components: pl.DataFrame) -> dict[str, tuple[Route, ...]]:
    """Routes by item. A row that is not required gates nothing and is left out; a blank counts as required.

    A component without a route is needed on every route of its item.
    """
    needed = components.filter(pl.col("required").fill_null(True)).with_columns(pl.col("route").fill_null(""))
    found: dict[str, dict[str, set[str]]] = {}
    for item, component, route in needed.select("item", "component", "route").iter_rows():
        found.setdefault(item, {}).setdefault(route, set()).add(component)
    return {item: _shared(named) for item, named in found.items()}


def _shared(named: dict[str, set[str]]) -> tuple[Route, ...]:
    common = named.pop("", set())
    whole = {route: inputs | common for route, inputs in named.items()} or {"": common}
    return tuple((route, tuple(sorted(whole[route]))) for route in sorted(whole))


def propagate(own: Mapping[str, Share], by_item: Routes) -> dict[str, Node]:
    """Every item that has suppliers, components, or goes into something, in one pass from the inputs up.

    Raises DataRefused with a fault for each cycle found in the bill of materials.
    """
    found: dict[str, Node] = {}
    for item in ordered(by_item, own):
        found[item] = _node(item, own.get(item, UNKNOWN), by_item.get(item, ()), found)
    return found


def ordered(by_item: Routes, also: Iterable[str] = ()) -> list[str]:
    """Inputs before what they go into. Raises DataRefused where something goes into itself."""
    inputs = {item: _inputs(found) for item, found in by_item.items()}
    everyone = sorted({*also, *inputs, *(u for needed in inputs.values() for u in needed)})
    waiting = {item: len(inputs.get(item, ())) for item in everyone}
    uses = _reversed(inputs)
    done = [item for item in everyone if not waiting[item]]
    for item in done:  # grows while we walk
        for user in uses.get(item, ()):
            waiting[user] -= 1
            if not waiting[user]:
                done.append(user)
    if len(done) < len(everyone):
        raise DataRefused(_cycle_fault(cycle) for cycle in _cycles(inputs, set(everyone) - set(done)))
    return done


def path(item: str, found: Mapping[str, Node]) -> tuple[str, ...]:
    """From an item down the chain of weakest inputs to the weakest item on it."""
    end = found[item].weakest
    steps = [item]
    while steps[-1] != end and (below := found[steps[-1]].below) is not None:
        steps.append(below)
    return tuple(steps)


def _node(item: str, own: Share, choices: Sequence[Route], found: Mapping[str, Node]) -> Node:
    here = (item,) if own.point is None else ()
    if not choices:
        return Node(own, weakest=None if here else item, floor=1.0 if own.point is None else own.point, gaps=here)
    gates = [(name, needed, _gate(needed, found)) for name, needed in choices]
    name, needed, gate = _best(gates)
    inner = Share(gate.point, max(g.low for _, _, g in gates), max(g.high for _, _, g in gates))
    below = _below(needed, found)
    gaps = tuple(dict.fromkeys([*here, *(gap for u in needed for gap in found[u].gaps)]))[:_GAPS]
    weakest, floor = _weakest(item, own, found[below] if below is not None else None)
    return Node(_times(own, inner), name, below, weakest, floor, gaps)


def _gate(needed: Sequence[str], found: Mapping[str, Node]) -> Share:
    """AND: the weakest of the inputs."""
    points, lows, highs = zip(*[found[u].autonomy for u in needed], strict=True)
    return Share(min([p for p in points if p is not None], default=None), min(lows), min(highs))


def _best(gates: Sequence[tuple[str, tuple[str, ...], Share]]) -> tuple[str, tuple[str, ...], Share]:
    """OR: the route that leads highest, known before unknown, then the surer one; the first name on a tie."""
    if len(gates) == 1:
        return gates[0]
    return max(gates, key=lambda g: (-1.0 if g[2].point is None else g[2].point, g[2].low))


def _below(needed: Sequence[str], found: Mapping[str, Node]) -> str | None:
    """The input that binds: the lowest point, the first id on a tie; None where all are unknown."""
    known = [(point, u) for u in needed if (point := found[u].autonomy.point) is not None]
    return min(known)[1] if known else None


def _weakest(item: str, own: Share, below: Node | None) -> tuple[str | None, float]:
    """The smallest own share from here down the weakest chain; the deeper item on a tie."""
    if below is None or below.weakest is None:
        return (item, own.point) if own.point is not None else (None, 1.0)
    if own.point is not None and own.point < below.floor:
        return item, own.point
    return below.weakest, below.floor


def _times(own: Share, inner: Share) -> Share:
    low, high = own.low * inner.low, own.high * inner.high
    if own.point is None and inner.point is None:
        return Share(None, low, high)
    known = (1.0 if own.point is None else own.point) * (1.0 if inner.point is None else inner.point)
    return Share(min(known, high), low, high)


def _inputs(choices: Sequence[Route]) -> Sequence[str]:
    """Everything an item requires on any route, each once."""
    if len(choices) == 1:
        return choices[0][1]
    return tuple(dict.fromkeys(u for _, needed in choices for u in needed))


def _reversed(edges: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    back: dict[str, list[str]] = {}
    for item, inputs in edges.items():
        for u in inputs:
            back.setdefault(u, []).append(item)
    return back


def _cycles(inputs: Mapping[str, Sequence[str]], left: set[str]) -> Iterator[list[str]]:
    """Cycles that share no item, smallest id first; together they leave no cycle standing."""
    down = {item: sorted(u for u in inputs.get(item, ()) if u in left) for item in left}
    up = _reversed(down)
    live = set(left)
    counts = [{i: len(down[i]) for i in left}, {i: len(up.get(i, ())) for i in left}]

    def drop(gone: Iterable[str]) -> None:
        """Takes items out, and with them all that can no longer lie on a cycle."""
        queue = deque(gone)
        while queue:
            item = queue.popleft()
            if item not in live:
                continue
            live.discard(item)
            for near, count in ((up.get(item, ()), counts[0]), (down[item], counts[1])):
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


def _walk(start: str, down: Mapping[str, list[str]], live: set[str]) -> list[str]:
    """Follows the first live input until an item comes back; every live item has one."""
    seen: dict[str, int] = {}
    steps: list[str] = []
    item = start
    while item not in seen:
        seen[item] = len(steps)
        steps.append(item)
        item = next(u for u in down[item] if u in live)
    cycle = steps[seen[item] :]
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]


def _cycle_fault(cycle: list[str]) -> Fault:
    shown = [*cycle, cycle[0]] if len(cycle) <= _SHOWN else [*cycle[:_SHOWN], "…", cycle[0]]
    args = {"cycle": " → ".join(shown), "n": len(cycle)}
    return Fault(Why("appraise.cycle", args), Why("appraise.cycle-repair"), sheet="components", value=cycle[0])
