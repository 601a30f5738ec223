"""A pathway as BPMN 2.0 XML (ISO/IEC 19510) with its diagram (BPMNDI), for any modeller and for engines.

What BPMN cannot say stands in the documentation of its element: working days (a timer counts calendar days, so it is
written with those that a five-day week takes), evidence asked, and how many answers to a call may come and go on (a
frame runs the most that may come, and stages of one call stand in frames one after another, where our case machine lets
each answer go on alone). Where a gate sends a case back past a fork, BPMN leaves the other branches running and our
machine withdraws them. Conditions compare one variable, `decision`,
which the task of deciding sets: go, hold, recycle or kill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from xml.etree import ElementTree

from tongtu.pathway.exchange.flowchart import calendar_days, flowchart
from tongtu.pathway.exchange.said import asked, clock, role, serviced, step_told
from tongtu.pathway.exchange.shapes import Arrow, Chart, Shape, named
from tongtu.pathway.exchange.xml import Element, child, written
from tongtu.pathway.model import Pathway
from tongtu.terms.version import VERSION
from tongtu.terms.why import Label, Why
from tongtu.terms.words import Lang, say, word

_SPACES = {
    "xmlns:bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_SCRIPT = "https://docs.python.org/3/reference/expressions.html"
_FORMAL = {"xsi:type": "bpmn:tFormalExpression"}
#: shapes whose name is their stage's, their gate's or their step's; the others have a word of their own or none
_SILENT = frozenset({"back", "again", "join", "fork", "taken", "passed", "begin", "finish", "done", "beside"})
_LABEL = (60.0, 18.0)


def bpmn(pathway: Pathway, lang: Lang = "zh") -> str:
    """The pathway as text, its names in one language; the same text for the same pathway."""
    chart = flowchart(pathway)
    own = named("pathway", pathway.id, pathway.version)
    root = ElementTree.Element("bpmn:definitions", {
        **_SPACES, "id": f"definitions_{own}", "targetNamespace": f"urn:tongtu:pathway:{own}",
        "expressionLanguage": _SCRIPT, "exporter": "Tongtu", "exporterVersion": VERSION,
    })  # fmt: skip
    told = {"id": own, "name": pathway.label.say(lang), "processType": "Private", "isExecutable": "true"}
    process = child(root, "bpmn:process", **told)
    about = Why("pathway_exchange.about", {"version": pathway.version, "source": pathway.source,
                                           "grade": pathway.grade})  # fmt: skip
    child(process, "bpmn:documentation", say(about, lang))
    _Elements(chart, lang).fill(process, "")
    _diagram(root, own, chart)
    return written(root)


def name_of(shape: Shape, lang: Lang) -> str:
    """What a shape is called; what only leads on has no name."""
    stage = shape.stage
    if shape.use in _SILENT:
        return ""
    if stage is None:
        return word(f"pathway_exchange.{shape.use}", lang)
    match shape.use:
        case "stage" | "branches":
            return stage.label.say(lang)
        case "step" if shape.step is not None:
            return _with(shape.step.label, shape.role, lang)
        case "gate":
            return _with(stage.gate.label, shape.role, lang)
        case "take":
            return word("pathway_exchange.take", lang, stage=stage.label)
    args = {"gate": stage.gate.label, "role": role(shape.role) if shape.role else "", "days": shape.after}
    return word(f"pathway_exchange.{shape.use}", lang, **args)


def _with(label: Label, who: str, lang: Lang) -> str:
    return word("pathway_exchange.named-role", lang, name=label, role=role(who))


class _Elements:
    """The elements of the process, each with what comes in and what goes out, in the order the schema wants."""

    def __init__(self, chart: Chart, lang: Lang) -> None:
        self.chart, self.lang = chart, lang
        self.into: dict[str, list[Arrow]] = defaultdict(list)
        self.out: dict[str, list[Arrow]] = defaultdict(list)
        for arrow in chart.arrows:
            self.into[arrow.end].append(arrow)
            self.out[arrow.start].append(arrow)

    def fill(self, parent: Element, inside: str) -> None:
        for shape in self.chart.shapes.values():
            if shape.inside == inside:
                self._element(parent, shape)
        for arrow in self.chart.arrows:
            if arrow.inside == inside:
                self._flow(parent, arrow)

    def _element(self, parent: Element, shape: Shape) -> None:
        more = {"attachedToRef": shape.on, "cancelActivity": str(shape.stops).lower()} if shape.on else {}
        found = child(parent, f"bpmn:{shape.kind}", id=shape.id, name=name_of(shape, self.lang), **more)
        about = "\n".join(say(why, self.lang) for why in _about(shape))
        if about:
            child(found, "bpmn:documentation", about)
        for arrow in self.into[shape.id]:
            child(found, "bpmn:incoming", arrow.id)
        for arrow in self.out[shape.id]:
            child(found, "bpmn:outgoing", arrow.id)
        if shape.role and shape.kind.endswith("Task"):
            owner = child(found, "bpmn:potentialOwner", id=f"owner_{shape.id}")
            told = child(owner, "bpmn:resourceAssignmentExpression")
            child(told, "bpmn:formalExpression", shape.role)
        if shape.on:
            timer = child(found, "bpmn:timerEventDefinition", id=f"timer_{shape.id}")
            child(timer, "bpmn:timeDuration", f"P{calendar_days(shape.after)}D", **_FORMAL)
        if shape.ends:
            child(found, "bpmn:terminateEventDefinition", id=f"terminate_{shape.id}")
        if shape.kind == "subProcess" and shape.stage is not None and shape.stage.parallel is not None:
            loop = child(found, "bpmn:multiInstanceLoopCharacteristics")
            child(loop, "bpmn:loopCardinality", str(shape.stage.parallel.most), **_FORMAL)
            self.fill(found, shape.id)

    def _flow(self, parent: Element, arrow: Arrow) -> None:
        ends = {"sourceRef": arrow.start, "targetRef": arrow.end}
        name = word(f"pathway_exchange.{arrow.taken}", self.lang) if arrow.taken else ""
        found = child(parent, "bpmn:sequenceFlow", id=arrow.id, name=name, **ends)
        start = self.chart.shapes[arrow.start]
        condition = ""
        if start.use == "decision" and len(self.out[start.id]) > 1:
            condition = f'decision == "{arrow.taken}"'
        elif start.use == "take":
            assert start.stage is not None
            skipped = f'"{start.stage.id}" in skipped'
            condition = skipped if arrow.taken == "skip" else f"not ({skipped})"
        if condition:
            child(found, "bpmn:conditionExpression", condition, **_FORMAL)


def _about(shape: Shape) -> Iterator[Why]:
    """What stands in an element's documentation."""
    stage = shape.stage
    if shape.step is not None:
        yield step_told(shape.step)
    if stage is None:
        return
    if shape.use == "stage":
        days = tuple(Why("pathway_exchange.days-from", {"trl": trl, "days": days}) for trl, days in stage.days)
        yield Why("pathway_exchange.typical-days", {"days": days})
    if shape.use == "gate":
        yield from clock(stage.gate)
        yield from (Why("pathway_exchange.asks", {"what": asked(one)}) for one in stage.gate.criteria)
        if stage.gate.services:
            yield Why("pathway_exchange.helped-by", {"services": serviced(stage.gate)})
    if shape.use == "late":
        yield Why("pathway_exchange.timer", {"working": shape.after, "days": calendar_days(shape.after)})
    if shape.use == "branches" and stage.parallel is not None:
        args = {name: getattr(stage.parallel, name) for name in ("least", "most", "partners", "keep")}
        yield Why("pathway_exchange.side-by-side", args)


def _diagram(root: Element, own: str, chart: Chart) -> None:
    diagram = child(root, "bpmndi:BPMNDiagram", id=f"diagram_{own}")
    plane = child(diagram, "bpmndi:BPMNPlane", id=f"plane_{own}", bpmnElement=own)
    for shape in chart.shapes.values():
        more = {"isExpanded": "true"} if shape.kind == "subProcess" else {}
        more |= {"isMarkerVisible": "true"} if shape.kind == "exclusiveGateway" else {}
        drawn = child(plane, "bpmndi:BPMNShape", id=f"shape_{shape.id}", bpmnElement=shape.id, **more)
        _bounds(drawn, shape.x, shape.y, *shape.size)
    for arrow in chart.arrows:
        drawn = child(plane, "bpmndi:BPMNEdge", id=f"edge_{arrow.id}", bpmnElement=arrow.id)
        for x, y in arrow.points:
            child(drawn, "di:waypoint", x=_pixels(x), y=_pixels(y))
        if arrow.taken:
            _bounds(child(drawn, "bpmndi:BPMNLabel"), *_label_at(arrow), *_LABEL)


def _label_at(arrow: Arrow) -> tuple[float, float]:
    """Where the word of a decision stands: near where its arrow leaves, beside the line and not on it."""
    (x0, y0), (x1, y1) = arrow.points[:2]
    if arrow.taken == "kill":
        return arrow.points[-1][0] + 6, arrow.points[-1][1] - _LABEL[1] - 6
    if y0 == y1:
        return min(x0, x1) + 2, y0 - _LABEL[1] - 2
    return x0 + 4, (y0 + (24 if y1 > y0 else -38))


def _bounds(parent: Element, x: float, y: float, width: float, height: float) -> None:
    child(parent, "dc:Bounds", x=_pixels(x), y=_pixels(y), width=_pixels(width), height=_pixels(height))


def _pixels(value: float) -> str:
    return f"{value:g}"
