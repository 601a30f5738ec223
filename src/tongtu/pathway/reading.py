"""Reads pathways from a pack's YAML, and refuses them with every fault at once.

One file holds one version of one pathway. `packs/cn/pathways/standard.yaml` shows every key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

from tongtu.pathway.gates import gate, lane
from tongtu.pathway.graph import order_of
from tongtu.pathway.model import (
    ROLES,
    SIDES,
    Lane,
    Offered,
    Parallel,
    Pathway,
    Stage,
    StageLines,
    StatutoryStep,
)
from tongtu.pathway.soundness import check
from tongtu.pathway.taking import Taking
from tongtu.pathway.together import together
from tongtu.registry.vocabularies import Vocabularies, vocabularies
from tongtu.terms import marked
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.marked import Marked
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.rules import RuleBook

_HEAD = ("id", "version", "zh", "en", "since", "source", "grade", "stages")
_HEAD_FREE = (
    "until", "default", "cooperation", "offered_by", "side", "track", "lanes", "agreements", "outcomes", "migrates",
    "buyer", "note",
)  # fmt: skip
_STAGE_FREE = ("after", "statutory", "lines", "zh", "en", "phase", "parallel", "optional", "note")
_STATUTORY = ("id", "zh", "en", "days", "responsible", "source", "grade")


def load(
    texts: Mapping[str, str],
    pack: Vocabularies | None = None,
    *,
    templates: Collection[str] | None = None,
    book: RuleBook | None = None,
) -> dict[str, Pathway]:
    """Pathways by key (`id@version`), from YAML texts by file name.

    `pack` brings the jurisdiction's vocabularies (service categories), `templates` the ids of its agreements, `book`
    its rules; what is not given is not checked. Raises PackRefused with all faults of all files.
    """
    known = {**vocabularies(), **(pack or {})}
    faults: list[Fault] = []
    found: list[tuple[str, Pathway]] = []
    for file in sorted(texts):
        taking = Taking(file, known, templates, book)
        pathway = _read(taking, texts[file])
        faults += taking.faults
        if pathway is not None and not taking.faults:
            found.append((file, pathway))
    faults += together(found) if not faults else []
    if faults:
        raise PackRefused(faults)
    return {pathway.key: pathway for _, pathway in sorted(found, key=lambda pair: pair[1].key)}


def _read(taking: Taking, text: str) -> Pathway | None:
    document, faults = marked.load(text, taking.file)
    if not isinstance(document, Marked):
        what = Fault(Why("pathway.not-pathway"), Why("pathway.not-pathway-repair"), taking.file)
        taking.faults += faults or [what]
        return None
    taking.faults += faults
    return _pathway(taking, document)


def _pathway(taking: Taking, node: Marked) -> Pathway:
    taking.keys(node, _HEAD, _HEAD_FREE)
    since, until = taking.day(node, "since"), taking.day(node, "until")
    if since and until and until < since:
        taking.fault(node, "until", "until-before-since", since=since, until=until)
    source, grade = taking.cited(node)
    lanes, lane_rows = _lanes(taking, node)
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
        stages=_stages(taking, node, lanes, lane_rows),
        offered_by=_offered(taking, node),
        side=taking.one_of(node, "side", SIDES, "side") or "seller",
        track=taking.code(node, "track", "track"),
        lanes=tuple(lanes.values()),
        agreements=_agreements(taking, node),
        outcomes=taking.codes(node, "outcomes", "event_kind"),
        migrates=_migrates(taking, node),
        buyer=taking.text(node, "buyer"),
    )


def _lanes(taking: Taking, node: Marked) -> tuple[dict[str, Lane], dict[str, Marked]]:
    lanes: dict[str, Lane] = {}
    rows: dict[str, Marked] = {}
    for row in taking.rows(node, "lanes"):
        found = lane(taking, row)
        if found.id in lanes:
            taking.fault(row, "lane", "lane-twice", found.id, lane=found.id, first=rows[found.id].line)
            continue
        lanes[found.id], rows[found.id] = found, row
    return lanes, rows


def _agreements(taking: Taking, node: Marked) -> tuple[str, ...]:
    found = [str(value) for value in taking.items(node, "agreements")]
    for id in found:
        if taking.templates is not None and id not in taking.templates:
            taking.unknown(node, "agreements", id, "template", sorted(taking.templates))
    return tuple(found)


def _migrates(taking: Taking, node: Marked) -> dict[str, dict[str, str]]:
    """`{"2026.1": {concept: proof}}`: from which version, which stage becomes which."""
    table = taking.inner(node, "migrates")
    found = {}
    for version in table:
        row = taking.inner(table, version)
        found[version] = {old: taking.text(row, old) for old in row}
    return found


def _offered(taking: Taking, node: Marked) -> dict[str, Offered]:
    table = taking.inner(node, "offered_by")
    found = {}
    for service in table:
        if service not in taking.vocabularies["gate_service"]:
            known = taking.vocabularies["gate_service"]
            taking.unknown(table, service, service, "gate_service", known)
        row = taking.inner(table, service)
        taking.keys(row, (), ("categories", "kinds"))
        categories = taking.codes(row, "categories", "service_category")
        found[service] = Offered(categories, taking.codes(row, "kinds", "platform_kind"))
    return found


def _stages(
    taking: Taking, node: Marked, lanes: Mapping[str, Lane], lane_rows: Mapping[str, Marked]
) -> tuple[Stage, ...]:
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
    ordered = tuple(stages[id] for id in order_of(taking, stages, lines))
    if not any(fault.column in ("after", "stage") for fault in taking.faults):
        check(taking, ordered, lines, lanes, lane_rows)
    return ordered


def _stage(taking: Taking, node: Marked) -> Stage:
    named = ("zh", "en") if "zh" in node or "en" in node else ()
    taking.keys(node, ("stage", "days", "gate", *named), _STAGE_FREE)
    return Stage(
        id=taking.slug(node, "stage"),
        after=tuple(str(value) for value in taking.items(node, "after")),
        days=_days(taking, node),
        gate=gate(taking, taking.mapping(node, "gate")),
        statutory=tuple(_statutory(taking, row) for row in taking.rows(node, "statutory")),
        lines=_lines(taking, node),
        label=taking.label(node),
        phase=taking.code(node, "phase", "stage"),
        parallel=_parallel(taking, taking.mapping(node, "parallel")),
        optional=taking.flag(node, "optional"),
    )


def _parallel(taking: Taking, node: Marked | None) -> Parallel | None:
    if node is None:
        return None
    taking.keys(node, ("least", "most", "partners", "keep"))
    least, most = taking.whole(node, "least", low=1), taking.whole(node, "most", low=1)
    return Parallel(least, most, taking.whole(node, "partners"), taking.whole(node, "keep", low=1))


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


def _statutory(taking: Taking, node: Marked) -> StatutoryStep:
    taking.keys(node, _STATUTORY, ("waits", "services", "since", "until", "note"))
    source, grade = taking.cited(node)
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
