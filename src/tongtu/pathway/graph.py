"""The order of stages, and what can be wrong with it: unknown predecessors, cycles, stages cut off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tongtu.pathway.model import Stage
from tongtu.pathway.taking import Taking
from tongtu.terms.marked import Marked


def order_of(taking: Taking, stages: Mapping[str, Stage], rows: Mapping[str, Marked]) -> list[str]:
    """Ids in an order in which each stage comes after all it waits for; faults go to `taking`.

    The first stage as written is where a pathway begins: every other stage must be reachable from it.
    """
    after = {id: _known(taking, stage, stages, rows[id]) for id, stage in stages.items()}
    order = _sorted(after)
    for cycle in _cycles(after, set(after) - set(order)):
        taking.fault(rows[cycle[0]], "after", "cycle", stages=cycle)
    if not any(fault.column == "after" for fault in taking.faults):
        _all_reachable(taking, after, rows)
    return order


def _known(taking: Taking, stage: Stage, stages: Mapping[str, Stage], row: Marked) -> list[str]:
    for id in stage.after:
        if id not in stages:
            taking.fault(row, "after", "unknown-stage", id, stage=stage.id, before=id)
    return [id for id in stage.after if id in stages]


def _sorted(after: Mapping[str, Iterable[str]]) -> list[str]:
    """Kahn's order, ties as written; stages on or behind a cycle are left out."""
    order: list[str] = []
    left = dict(after)
    while ready := [id for id, before in left.items() if all(b in order for b in before)]:
        order.append(ready[0])
        del left[ready[0]]
    return order


def _cycles(after: Mapping[str, list[str]], stuck: set[str]) -> list[tuple[str, ...]]:
    """The cycles among stuck stages, each once, found by walking back until a stage repeats."""
    found: list[tuple[str, ...]] = []
    for id in (id for id in after if id in stuck):
        walk = [id]
        while (back := next(b for b in after[walk[-1]] if b in stuck)) not in walk:
            walk.append(back)
        cycle = walk[walk.index(back) :]
        if not any(set(cycle) == set(known) for known in found):
            found.append(tuple(reversed(cycle)))
    return found


def _all_reachable(taking: Taking, after: Mapping[str, list[str]], rows: Mapping[str, Marked]) -> None:
    first = next(iter(after), "")
    reached = _reachable(after, first)
    for id in after:
        if id not in reached:
            taking.fault(rows[id], "stage", "unreachable", id, stage=id, first=first)


def _reachable(after: Mapping[str, Iterable[str]], first: str) -> set[str]:
    reached = {first}
    while more := {id for id, before in after.items() if id not in reached and reached & set(before)}:
        reached |= more
    return reached
