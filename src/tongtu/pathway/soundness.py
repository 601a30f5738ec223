"""What can be wrong with a pathway whose every line can be read: it has no end, or no way to it.

Stages are an AND-joined graph: a stage begins when all it waits for have been passed. So a pathway can be finished
exactly when its branches join in one last stage and every stage that may not be passed over has a gate that can say go
(soundness of a workflow net, van der Aalst 1998, for this simple kind of net).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tongtu.pathway.model import Lane, Stage
from tongtu.pathway.taking import Taking
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.marked import Marked
from tongtu.terms.why import Why


def check(taking: Taking, stages: Sequence[Stage], rows: Mapping[str, Marked], lanes: Mapping[str, Lane],
          lane_rows: Mapping[str, Marked]) -> None:  # fmt: skip
    """`stages` in working order; `rows` are where each was written, by id."""
    _joined(taking, stages, rows)
    _gates_twice(taking, stages, rows)
    place = {stage.id: at for at, stage in enumerate(stages)}
    for stage in stages:
        _leads_on(taking, stage, rows[stage.id])
        _approved(taking, stage, rows[stage.id])
        _sent_back(taking, stage, rows[stage.id], place)
        _branches(taking, stage, rows[stage.id])
    _phases(taking, stages, rows)
    gates = {stage.gate.id for stage in stages}
    for id, lane in lanes.items():
        for gate in lane.waives:
            if gate not in gates:
                taking.unknown(lane_rows[id], "waives", gate, "gate", sorted(gates))


def _joined(taking: Taking, stages: Sequence[Stage], rows: Mapping[str, Marked]) -> None:
    waited_for = {before for stage in stages for before in stage.after}
    ends = [stage.id for stage in stages if stage.id not in waited_for]
    if len(ends) > 1:
        taking.fault(rows[ends[0]], "stage", "never-join", ends[0], ends=tuple(ends))


def _gates_twice(taking: Taking, stages: Sequence[Stage], rows: Mapping[str, Marked]) -> None:
    """Gates and statutory steps are named in the log by their ids alone."""
    seen: dict[str, str] = {}
    for stage in stages:
        for id in (stage.gate.id, *(step.id for step in stage.statutory)):
            if id and id in seen:
                taking.fault(rows[stage.id], "gate", "gate-twice", id, gate=id, stage=stage.id, other=seen[id])
            seen.setdefault(id, stage.id)


def _leads_on(taking: Taking, stage: Stage, row: Marked) -> None:
    gate, decisions = stage.gate, set(stage.gate.decisions)
    node = row["gate"] if isinstance(row.get("gate"), Marked) else row
    if not decisions & {"go", "kill"}:
        taking.fault(node, "decisions", "never-ends", gate=gate.id, stage=stage.id)
    elif "go" not in decisions and not stage.optional:
        taking.fault(node, "decisions", "no-go", gate=gate.id, stage=stage.id)
    elif gate.missed.then == "approve" and "go" not in decisions:
        taking.fault(node, "missed", "silent-no", gate=gate.id)
    elif gate.missed.then == "hold" and "hold" not in decisions:
        taking.fault(node, "missed", "silent-hold", gate=gate.id)


def _approved(taking: Taking, stage: Stage, row: Marked) -> None:
    gate = stage.gate
    if gate.owner and gate.owner in gate.approvals:
        node = row["gate"] if isinstance(row.get("gate"), Marked) else row
        taking.fault(node, "approvals", "signs-twice", gate.owner, gate=gate.id, role=Why(f"pathway.role-{gate.owner}"))


def _sent_back(taking: Taking, stage: Stage, row: Marked, place: Mapping[str, int]) -> None:
    gate = stage.gate
    node = row["gate"] if isinstance(row.get("gate"), Marked) else row
    if gate.recycle_to:
        if gate.recycle_to not in place:
            taking.unknown(node, "recycle_to", gate.recycle_to, "own-stage", place)
        elif place[gate.recycle_to] > place[stage.id]:
            taking.fault(node, "recycle_to", "recycle-later", gate.recycle_to, gate=gate.id, to=gate.recycle_to)
    for key, value, decision in (
        ("recycle_to", gate.recycle_to, "recycle"),
        ("cure_within", gate.cure_within, "recycle"),
        ("hold_at_most", gate.hold_at_most, "hold"),
    ):
        if value and decision not in gate.decisions:
            taking.fault(node, key, "not-decided", value, gate=gate.id, decision=decision)


def _branches(taking: Taking, stage: Stage, row: Marked) -> None:
    parallel = stage.parallel
    if parallel is None:
        return
    node = row["parallel"]
    if parallel.least > parallel.most:
        taking.fault(node, "least", "least-above-most", least=parallel.least, most=parallel.most)
    if parallel.keep > parallel.most:
        taking.fault(node, "keep", "keep-above-most", keep=parallel.keep, most=parallel.most)


def _phases(taking: Taking, stages: Sequence[Stage], rows: Mapping[str, Marked]) -> None:
    """Phases must be known, and a stage never comparable to less than what it waits for."""
    order = list(vocabularies()["stage"])
    known = {stage.id: order.index(stage.phase) for stage in stages if stage.phase in order}
    for stage in stages:
        if stage.id not in known:
            if not rows[stage.id].get("phase"):
                taking.fault(rows[stage.id], "stage", "no-phase", stage.id, stage=stage.id, known=tuple(order))
            continue
        for before in stage.after:
            if known.get(before, 0) > known[stage.id]:
                taking.fault(rows[stage.id], "phase", "phase-backwards", stage.phase, stage=stage.id, before=before)
