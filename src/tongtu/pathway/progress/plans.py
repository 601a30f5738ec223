"""Pathways as tables of whole numbers: which stage a gate ends, its phase, where it sends back to, what lies below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.pathway.model import Pathway
from tongtu.registry.vocabularies import vocabularies

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plans:
    """`places`: pathway key -> row of the tables; -1 stands for a pathway that is not known.

    `gate_at` [plan + 1, gate] stage; `phase_of`, `back_to` [plan + 1, stage]; `after` [plan + 1, stage, stage]: whether
    the second can only be worked once the first is passed. The last row is the unknown pathway's.
    """

    places: Mapping[str, int]
    stages: tuple[str, ...]
    gates: tuple[str, ...]
    phases: tuple[str, ...]
    gate_at: Ints
    phase_of: Ints
    back_to: Ints
    after: Flags

    def at(self, plan: Ints, gate: Ints) -> Ints:
        """The stage a gate ends; -1 where the pathway has no such gate."""
        return self.gate_at[plan, gate]

    def phase(self, plan: Ints, stage: Ints) -> Ints:
        return self.phase_of[plan, stage]

    def back(self, plan: Ints, stage: Ints) -> Ints:
        """Where a case goes that is sent back at the stage's gate."""
        return np.where(stage >= 0, self.back_to[plan, np.maximum(stage, 0)], -1)

    def below(self, plan: Ints, stage: Ints, but: Ints) -> tuple[Ints, Ints]:
        """The stages after `stage` other than `but`, and for each the place of the row it belongs to."""
        found = self.after[plan, np.maximum(stage, 0)] & (stage >= 0)[:, None]
        whose, which = np.nonzero(found)
        kept = which != but[whose]
        return which[kept], whose[kept]


def plans(pathways: Mapping[str, Pathway]) -> Plans:
    """Tables of all pathways; stages of the vocabulary are always known. Stages in the order of
    their ids, so that visits sorted by number are sorted by name."""
    keys = sorted(pathways)
    stages = tuple(sorted({*vocabularies()["stage"], *(s.id for key in keys for s in pathways[key].stages)}))
    phases = tuple(dict.fromkeys([*vocabularies()["stage"], *(s.phase for key in keys for s in pathways[key].stages)]))
    gates = tuple(dict.fromkeys(s.gate.id for key in keys for s in pathways[key].stages)) or ("",)
    place = {stage: i for i, stage in enumerate(stages)}
    n = len(keys)
    gate_at, phase_of = np.full((n + 1, len(gates)), -1), np.full((n + 1, len(stages)), -1)
    back_to = np.tile(np.arange(len(stages)), (n + 1, 1))
    after = np.zeros((n + 1, len(stages), len(stages)), np.bool_)
    for row, key in enumerate(keys):
        for stage in pathways[key].stages:
            own = place[stage.id]
            gate_at[row, gates.index(stage.gate.id)] = own
            phase_of[row, own] = phases.index(stage.phase)
            back_to[row, own] = place[stage.gate.recycle_to or stage.id]
            for earlier in stage.after:
                after[row, place[earlier], own] = True
        after[row] = _closed(after[row])
    return Plans({key: i for i, key in enumerate(keys)}, stages, gates, phases, gate_at, phase_of, back_to, after)


def _closed(after: Flags) -> Flags:
    """What comes after, however many stages lie between (Warshall 1962)."""
    found = after.copy()
    for middle in range(len(found)):
        found |= found[:, middle, None] & found[None, middle, :]
    return found
