"""A pathway compiled into small integers, once: stages are bits, and "may this be entered" is one AND.

A pathway has at most a few dozen stages, so a set of stages is a Python integer. Nothing here knows of a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongtu.pathway.model import Gate, Pathway, Stage, StatutoryStep


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """Tables of one version of one pathway. Stages are numbered in the order of the pathway, sets are bitmasks.

    needs        stages that come directly before         above, below   all before; all behind, with itself
    many         stages worked in branches (a tournament) contest        such a stage with those it follows on
    optional     stages that may be passed over           required       stages that a finished case has passed
    recycle      where a gate sends back to               waived         by lane: stages whose gate may wait
    steps_of     statutory steps after each stage         holding        steps that hold what comes next
    plain        (mask, value): a main line whose passed stages have this value under this mask may enter, if it has
                 nothing open and owes nothing; never so for a tournament
    """

    pathway: Pathway
    key: str
    stages: tuple[Stage, ...]
    gates: tuple[Gate, ...]
    stage_at: Mapping[str, int]
    gate_at: Mapping[str, int]
    needs: tuple[int, ...]
    above: tuple[int, ...]
    below: tuple[int, ...]
    many: int
    contest: tuple[int, ...]
    optional: int
    required: int
    recycle: tuple[int, ...]
    waived: Mapping[str, int]
    steps: tuple[StatutoryStep, ...]
    steps_of: tuple[int, ...]
    holding: int
    plain: tuple[tuple[int, int], ...]

    def ids(self, mask: int) -> tuple[str, ...]:
        """Stage ids of a set."""
        return tuple(stage.id for n, stage in enumerate(self.stages) if mask >> n & 1)

    def step_of(self, stage: int, id: str) -> int | None:
        """The number of a statutory step of a stage."""
        owed = self.steps_of[stage]
        return next((n for n, step in enumerate(self.steps) if owed >> n & 1 and step.id == id), None)


_compiled: dict[str, Machine] = {}


def machine(pathway: Pathway) -> Machine:
    """The machine of a pathway; compiled anew only for another object under the same key."""
    found = _compiled.get(pathway.key)
    if found is None or found.pathway is not pathway:
        found = _compiled[pathway.key] = _compile(pathway)
    return found


def _compile(pathway: Pathway) -> Machine:
    stages = pathway.stages
    at = {stage.id: n for n, stage in enumerate(stages)}
    needs = tuple(sum(1 << at[before] for before in set(stage.after)) for stage in stages)
    above = _above(needs)
    below = tuple(sum(1 << k for k in range(len(stages)) if k == n or above[k] >> n & 1) for n in range(len(stages)))
    many = sum(1 << n for n, stage in enumerate(stages) if stage.parallel)
    optional = sum(1 << n for n, stage in enumerate(stages) if stage.optional)
    steps = tuple(step for stage in stages for step in stage.statutory)
    starts = [sum(len(before.statutory) for before in stages[:n]) for n in range(len(stages))]
    return Machine(
        pathway, pathway.key, stages, tuple(stage.gate for stage in stages), at,
        {stage.gate.id: n for n, stage in enumerate(stages)},
        needs, above, below, many, _contests(needs, many), optional,
        ((1 << len(stages)) - 1) & ~optional,
        tuple(at.get(stage.gate.recycle_to, n) for n, stage in enumerate(stages)),
        {lane.id: sum(1 << n for n, s in enumerate(stages) if s.gate.id in lane.waives) for lane in pathway.lanes},
        steps,
        tuple(((1 << len(stage.statutory)) - 1) << start for stage, start in zip(stages, starts, strict=True)),
        sum(1 << n for n, step in enumerate(steps) if step.waits),
        tuple((0, -1) if many >> n & 1 else (needs[n] | below[n], needs[n]) for n in range(len(stages))),
    )  # fmt: skip


def _above(needs: tuple[int, ...]) -> tuple[int, ...]:
    """Everything before each stage; stages come in an order in which each follows all it waits for."""
    above: list[int] = []
    for before in needs:
        mask = before
        for n, known in enumerate(above):
            mask |= known if before >> n & 1 else 0
        above.append(mask)
    return tuple(above)


def _contests(needs: tuple[int, ...], many: int) -> tuple[int, ...]:
    """Each stage of a tournament with the stages of the same tournament before it."""
    found: list[int] = []
    for n, before in enumerate(needs):
        mask = 1 << n if many >> n & 1 else 0
        for k in range(n):
            mask |= found[k] if mask and before & many & 1 << k else 0
        found.append(mask)
    return tuple(found)
