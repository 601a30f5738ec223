"""Reads gates, and the fast lanes that let a case through some of them before their papers are in."""

from __future__ import annotations

from tongtu.pathway.criteria import criterion
from tongtu.pathway.model import DECISIONS, MISSED, ROLES, Gate, Lane, Missed
from tongtu.pathway.taking import Taking
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label

_GATE = ("id", "zh", "en", "decide_within", "missed", "criteria")
_GATE_FREE = ("owner", "services", "decisions", "recycle_to", "approvals", "cure_within", "hold_at_most")
_LANE = ("lane", "zh", "en", "source", "grade")
_LANE_FREE = ("risk_owner", "waives", "days_factor", "decide_within", "conditions", "note")


def gate(taking: Taking, node: Marked | None) -> Gate:
    if node is None:
        return Gate("", Label(""), "", 1, Missed("hold"), (), ())
    taking.keys(node, _GATE, _GATE_FREE)
    if not node.get("owner"):
        taking.fault(node, "owner", "no-owner", gate=str(node.get("id")))
    if node.get("criteria") is not None and not taking.items(node, "criteria"):
        taking.fault(node, "criteria", "asks-nothing", gate=str(node.get("id")))
    return Gate(
        id=taking.text(node, "id"),
        label=taking.label(node),
        owner=taking.one_of(node, "owner", ROLES, "role"),
        decide_within=taking.whole(node, "decide_within", low=1),
        missed=_missed(taking, node),
        criteria=tuple(criterion(taking, row) for row in taking.rows(node, "criteria")),
        services=taking.codes(node, "services", "gate_service"),
        decisions=taking.several_of(node, "decisions", DECISIONS, "decision") or DECISIONS,
        recycle_to=taking.text(node, "recycle_to"),
        approvals=taking.several_of(node, "approvals", ROLES, "role"),
        cure_within=taking.whole_or_none(node, "cure_within", low=1),
        hold_at_most=taking.whole_or_none(node, "hold_at_most", low=1),
    )


def _missed(taking: Taking, gate: Marked) -> Missed:
    node = taking.mapping(gate, "missed")
    if node is None:
        return Missed("hold")
    taking.keys(node, ("then",), ("to",))
    then, to = taking.one_of(node, "then", MISSED, "missed"), taking.one_of(node, "to", ROLES, "role")
    if then in ("escalate", "approve") and not node.get("to"):
        taking.fault(node, "then", "missed-to-nobody", then=then)
    return Missed(then, to)


def lane(taking: Taking, node: Marked) -> Lane:
    taking.keys(node, _LANE, _LANE_FREE)
    if not node.get("risk_owner"):
        taking.fault(node, "risk_owner", "no-risk-owner", lane=str(node.get("lane")))
    source, grade = taking.cited(node)
    return Lane(
        id=taking.slug(node, "lane"),
        label=taking.label(node),
        risk_owner=taking.one_of(node, "risk_owner", ROLES, "role"),
        waives=tuple(str(value) for value in taking.items(node, "waives")),
        days_factor=taking.factor(node, "days_factor"),
        decide_within=taking.whole_or_none(node, "decide_within", low=1),
        conditions=tuple(criterion(taking, row) for row in taking.rows(node, "conditions")),
        source=source,
        grade=grade,
    )
