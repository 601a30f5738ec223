"""Stages and what may follow which: a graph without cycles, or a fault that names the cycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why


@dataclass(frozen=True)
class StageGraph:
    """`order`: every stage after all that lead to it. `shares[stage][next]`: of the cases that pass `stage`, the
    share that goes on to `next`; the shares of a stage add up to one, a stage without any is a last one."""

    order: tuple[str, ...]
    shares: Mapping[str, Mapping[str, float]]

    @classmethod
    def line(cls, stages: Sequence[str]) -> StageGraph:
        """One stage after the other. Raises DataRefused where a stage stands twice."""
        twice = sorted({stage for stage in stages if stages.count(stage) > 1})
        if twice:
            raise DataRefused(_fault("stage-twice", stages=twice))
        return cls(tuple(stages), {one: {after: 1.0} for one, after in pairwise(stages)})

    @classmethod
    def of(cls, edges: Iterable[tuple[str, str, float | None]]) -> StageGraph:
        """From (stage, next, share); a share may be left out where a stage has but one next.

        Raises DataRefused with every fault: a cycle, an edge given twice, shares that do not add up to one.
        """
        shares: dict[str, dict[str, float | None]] = {}
        faults: list[Fault] = []
        for stage, after, share in edges:
            if after in shares.setdefault(stage, {}):
                faults.append(_fault("edge-twice", stage=stage, next=after))
            shares[stage][after] = share
            shares.setdefault(after, {})
        settled = {stage: _settled(stage, nexts, faults) for stage, nexts in shares.items()}
        order: tuple[str, ...] = ()
        try:
            before = {stage: sorted(one for one in shares if stage in shares[one]) for stage in sorted(shares)}
            order = tuple(TopologicalSorter(before).static_order())
        except CycleError as error:
            faults.append(_fault("cycle", stages=list(reversed(error.args[1]))))
        if faults:
            raise DataRefused(faults)
        return cls(order, settled)

    def from_(self, start: str) -> tuple[str, ...]:
        """`start` and every stage that can come after it, in order. Raises DataRefused where it is none of them."""
        if start not in self.order:
            raise DataRefused(_fault("stage-unknown", stage=start, stages=list(self.order)))
        reached = {start}
        for stage in self.order:
            if stage in reached:
                reached |= set(self.shares.get(stage, {}))
        return tuple(stage for stage in self.order if stage in reached)


def _settled(stage: str, nexts: Mapping[str, float | None], faults: list[Fault]) -> dict[str, float]:
    if len(nexts) == 1:
        nexts = {after: 1.0 if share is None else share for after, share in nexts.items()}
    known = {after: share for after, share in nexts.items() if share is not None and 0 < share <= 1}
    if nexts and (len(known) < len(nexts) or abs(sum(known.values()) - 1) > 1e-9):
        faults.append(_fault("shares", stage=stage, nexts=sorted(nexts)))
    return known


def _fault(code: str, **args: object) -> Fault:
    return Fault(Why(f"risk_odds.{code}", args), Why(f"risk_odds.{code}-repair", args))
