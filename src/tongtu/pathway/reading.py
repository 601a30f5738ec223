"""Reads pathways from a pack's YAML, and refuses them with every fault at once.

One file holds one version of one pathway. `packs/cn/pathways/standard.yaml` shows every key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tongtu.pathway.graph import order_of
from tongtu.pathway.model import (
    MISSED,
    ROLES,
    Ask,
    Criterion,
    Evidence,
    Gate,
    Level,
    Missed,
    Offered,
    Pathway,
    Stage,
    StageLines,
    StatutoryStep,
)
from tongtu.pathway.taking import Taking
from tongtu.registry.vocabularies import Vocabularies, vocabularies
from tongtu.terms import marked
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label, Why

_HEAD = ("id", "version", "zh", "en", "since", "source", "grade", "stages")
_HEAD_FREE = ("until", "default", "cooperation", "offered_by")
_STATUTORY = ("id", "zh", "en", "days", "responsible", "source", "grade")
_CRITERION_FORMS = ("scale", "evidence", "ask")


def load(texts: Mapping[str, str], pack: Vocabularies | None = None) -> dict[str, Pathway]:
    """Pathways by key (`id@version`), from YAML texts by file name.

    `pack` brings the jurisdiction's vocabularies (service categories); a vocabulary that is not given
    is not checked. Raises PackRefused with all faults of all files.
    """
    known = {**vocabularies(), **(pack or {})}
    faults: list[Fault] = []
    found: list[tuple[str, Pathway]] = []
    for file in sorted(texts):
        pathway, wrong = _read(file, texts[file], known)
        faults += wrong
        if pathway is not None and not wrong:
            found.append((file, pathway))
    faults += _together(found) if not faults else []
    if faults:
        raise PackRefused(faults)
    return {pathway.key: pathway for _, pathway in sorted(found, key=lambda pair: pair[1].key)}


def _read(file: str, text: str, known: Vocabularies) -> tuple[Pathway | None, list[Fault]]:
    document, faults = marked.load(text, file)
    if not isinstance(document, Marked):
        what = Fault(Why("pathway.not-pathway"), Why("pathway.not-pathway-repair"), file)
        return None, faults or [what]
    taking = Taking(file, known)
    pathway = _pathway(taking, document)
    return pathway, faults + taking.faults


def _pathway(taking: Taking, node: Marked) -> Pathway:
    taking.keys(node, _HEAD, _HEAD_FREE)
    since, until = taking.day(node, "since"), taking.day(node, "until")
    if since and until and until < since:
        taking.fault(node, "until", "until-before-since", since=since, until=until)
    source, grade = _cited(taking, node)
    return Pathway(
        id=taking.text(node, "id"),
        version=taking.text(node, "version"),
        label=taking.label(node),
        since=since or date.min,
        until=until,
        source=source,
        grade=grade,
        default=taking.flag(node, "default"),
        cooperation=taking.codes(node, "cooperation", "cooperation"),
        stages=_stages(taking, node),
        offered_by=_offered(taking, node),
    )


def _cited(taking: Taking, node: Marked) -> tuple[str, str]:
    """Where a statement comes from and how well it is evidenced; without both it is not shipped."""
    return taking.text(node, "source"), taking.code(node, "grade", "source_grade")


def _offered(taking: Taking, node: Marked) -> dict[str, Offered]:
    table = taking.mapping(node, "offered_by") or Marked()
    found = {}
    for service in table:
        if service not in taking.vocabularies["gate_service"]:
            known = taking.vocabularies["gate_service"]
            taking.unknown(table, service, service, "gate_service", known)
        row = taking.mapping(table, service) or Marked()
        taking.keys(row, (), ("categories", "kinds"))
        categories = taking.codes(row, "categories", "service_category")
        found[service] = Offered(categories, taking.codes(row, "kinds", "platform_kind"))
    return found


def _stages(taking: Taking, node: Marked) -> tuple[Stage, ...]:
    """The stages in working order: each after all that it waits for, otherwise as written."""
    rows = taking.rows(node, "stages")
    if not rows and node.get("stages") is not None:
        taking.fault(node, "stages", "no-stages")
    stages: dict[str, Stage] = {}
    lines: dict[str, Marked] = {}
    for row in rows:
        stage = _stage(taking, row)
        if stage.id in stages:
            taking.fault(row, "stage", "stage-twice", stage.id, stage=stage.id, first=lines[stage.id].line)
            continue
        stages[stage.id], lines[stage.id] = stage, row
    return tuple(stages[id] for id in order_of(taking, stages, lines))


def _stage(taking: Taking, node: Marked) -> Stage:
    taking.keys(node, ("stage", "days", "gate"), ("after", "statutory", "lines"))
    return Stage(
        id=taking.code(node, "stage", "stage"),
        after=tuple(str(value) for value in taking.items(node, "after")),
        days=_days(taking, node),
        gate=_gate(taking, node, taking.mapping(node, "gate")),
        statutory=tuple(_statutory(taking, row) for row in taking.rows(node, "statutory")),
        lines=_lines(taking, node),
    )


def _days(taking: Taking, node: Marked) -> tuple[tuple[int, int], ...]:
    """`{1: 60, 5: 30}`: working days from each TRL on, beginning at TRL 1."""
    table = taking.mapping(node, "days")
    if table is None:
        return ((1, 1),)
    steps = []
    for trl in table:
        if trl.isdigit() and 1 <= int(trl) <= 9:
            steps.append((int(trl), taking.whole(table, trl, low=1)))
        else:
            taking.fault(table, trl, "not-trl", trl, value=trl)
    if not steps or min(steps)[0] != 1:
        taking.fault(node, "days", "days-from-one")
        return ((1, 1),)
    return tuple(sorted(steps))


def _lines(taking: Taking, node: Marked) -> StageLines | None:
    row = taking.mapping(node, "lines")
    if row is None:
        return None
    taking.keys(row, ("categories", "hours"))
    categories = taking.codes(row, "categories", "service_category")
    return StageLines(categories, float(taking.whole(row, "hours", low=1)))


def _gate(taking: Taking, stage: Marked, node: Marked | None) -> Gate:
    if node is None:
        return Gate("", Label(""), "", 1, Missed("hold"), (), ())
    taking.keys(node, ("id", "zh", "en", "decide_within", "missed", "criteria"), ("owner", "services"))
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
        criteria=tuple(_criterion(taking, row) for row in taking.rows(node, "criteria")),
        services=taking.codes(node, "services", "gate_service"),
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


def _criterion(taking: Taking, node: Marked) -> Criterion:
    forms = [form for form in _CRITERION_FORMS if form in node]
    if len(forms) != 1:
        taking.fault(node, forms[0] if forms else "criteria", "criterion-form", forms=_CRITERION_FORMS)
        return Ask(Label(""))
    match forms[0]:
        case "scale":
            taking.keys(node, ("scale", "at_least"), ("status",))
            scale = taking.code(node, "scale", "readiness_scale")
            status = taking.code(node, "status", "level_status") or "claimed"
            return Level(scale, taking.whole(node, "at_least", 1, 10 if scale == "mrl" else 9), status)
        case "evidence":
            return _evidence(taking, node)
    taking.keys(node, ("ask",))
    asked = taking.mapping(node, "ask") or Marked()
    taking.keys(asked, ("zh", "en"))
    return Ask(taking.label(asked))


def _evidence(taking: Taking, node: Marked) -> Evidence:
    taking.keys(node, ("evidence",))
    asked = taking.mapping(node, "evidence") or Marked()
    taking.keys(asked, ("grade",), ("dimension", "kind", "independent"))
    if not (asked.get("dimension") or asked.get("kind")):
        taking.fault(node, "evidence", "evidence-of-nothing")
    return Evidence(
        taking.code(asked, "grade", "evidence_grade"),
        taking.code(asked, "dimension", "maturity_dimension"),
        taking.code(asked, "kind", "evidence_kind"),
        taking.flag(asked, "independent"),
    )


def _statutory(taking: Taking, node: Marked) -> StatutoryStep:
    taking.keys(node, _STATUTORY, ("waits", "services", "since", "until", "note"))
    source, grade = _cited(taking, node)
    return StatutoryStep(
        id=taking.text(node, "id"),
        label=taking.label(node),
        days=taking.whole(node, "days", low=1),
        responsible=taking.one_of(node, "responsible", ROLES, "role"),
        waits=taking.flag(node, "waits"),
        services=taking.codes(node, "services", "gate_service"),
        source=source,
        grade=grade,
        since=taking.day(node, "since"),
        until=taking.day(node, "until"),
    )


def _together(found: list[tuple[str, Pathway]]) -> list[Fault]:
    """What can only be wrong between files: one version twice, windows that overlap, no or two defaults."""
    faults = []
    for i, (file, later) in enumerate(found):
        for other, earlier in found[:i]:
            args = {"pathway": later.key, "other": earlier.key, "file": other}
            if later.key == earlier.key:
                faults.append(_between("version-twice", file, args))
            elif _overlap(later, earlier) and later.id == earlier.id:
                faults.append(_between("versions-overlap", file, args))
            elif _overlap(later, earlier) and later.default and earlier.default:
                faults.append(_between("two-defaults", file, args))
    if not any(pathway.default for _, pathway in found):
        faults.append(_between("no-default", "", {}))
    return faults


def _overlap(a: Pathway, b: Pathway) -> bool:
    return a.since <= (b.until or date.max) and b.since <= (a.until or date.max)


def _between(code: str, file: str, args: dict[str, str]) -> Fault:
    return Fault(Why(f"pathway.{code}", args), Why(f"pathway.{code}-repair", args), file)
