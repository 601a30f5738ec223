"""BPMN that others can read and run: valid by the schema, drawn without overlaps, run by SpiffWorkflow as by us."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from exchange_pathways import drawn, shipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtu.pathway.cases import Event, State, machine, moves, start, step
from tongtu.pathway.cases.state import ASKED, HELD, RECYCLED, SUBMITTED, WORKED, enterable, finished
from tongtu.pathway.exchange import bpmn
from tongtu.pathway.exchange.flowchart import calendar_days, flowchart
from tongtu.pathway.exchange.shapes import Chart, Shape, named
from tongtu.pathway.model import Parallel, Pathway
from tongtu.terms.why import Label

_MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# ------------------------------------------------------------------------------------------ SpiffWorkflow's opinion


def spec_of(pathway: Pathway) -> tuple[Any, Any]:
    """The process and its subprocesses as SpiffWorkflow parses them, after the BPMN 2.0 schema has found nothing wrong.

    Modellers and most engines read a duration as it stands; SpiffWorkflow evaluates it, so it is put in quotes here.
    """
    pytest.importorskip("SpiffWorkflow")
    from lxml import etree
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnValidator

    parser = BpmnParser(validator=BpmnValidator())
    text = re.sub(r">(P\d+D)<", r'>"\1"<', bpmn(pathway, "en"))
    parser.add_bpmn_xml(etree.fromstring(text.encode()), filename="x.bpmn")
    own = named("pathway", pathway.id, pathway.version)
    return parser.get_spec(own), parser.get_subprocess_specs(own)


class Other:
    """The same case in SpiffWorkflow."""

    def __init__(self, spec: tuple[Any, Any], skipped: set[str]) -> None:
        from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

        self.flow = BpmnWorkflow(*spec)
        self.flow.data["skipped"] = sorted(skipped)
        self.flow.task_tree.data["skipped"] = sorted(skipped)
        self.flow.do_engine_steps()

    def ready(self) -> list[str]:
        from SpiffWorkflow.util.task import TaskState

        return sorted(task.task_spec.bpmn_id for task in self.flow.get_tasks(state=TaskState.READY, manual=True))

    def run(self, name: str, **data: Any) -> None:
        from SpiffWorkflow.util.task import TaskState

        ready = self.flow.get_tasks(state=TaskState.READY, manual=True)
        task = next(task for task in ready if task.task_spec.bpmn_id == name)
        task.data.update(data)
        task.run()
        self.flow.do_engine_steps()

    @property
    def over(self) -> bool:
        return bool(self.flow.is_completed())


class Ours:
    """A case told by our own machine, with the tasks that a BPMN engine should offer at each moment."""

    def __init__(self, pathway: Pathway, skipped: set[str]) -> None:
        self.runs, self.skipped, self.n = machine(pathway), skipped, 0
        self.state: State = start(self.runs)
        self.day = date(2030, 1, 1)
        self.did: set[tuple[str, str]] = set()
        self.tell("opened")

    def tell(self, kind: str, **more: Any) -> None:
        self.n += 1
        self.day += timedelta(days=1)
        self.state = step(self.runs, self.state, Event(f"E{self.n}", "K", kind, self.day, **more))

    def ready(self) -> list[str]:
        if not self.state.live:
            return []
        line = self.state.lines[0]
        found = [self.task(token) for token in line.tokens]
        found += [named("stage", self.runs.stages[n].id) for n in enterable(self.runs, self.state, line)
                  if self.expected(n)]  # fmt: skip
        for n, stage in enumerate(self.runs.stages):
            if line.passed >> n & 1:
                left = [one for one in stage.statutory if not line.did >> self.number(n, one.id) & 1]
                waits = [one for one in left if one.waits][:1]
                beside = [one for one in left if not one.waits] if not waits else []
                found += [named("step", stage.id, one.id) for one in waits + beside]
        return sorted(found)

    def number(self, stage: int, id: str) -> int:
        found = self.runs.step_of(stage, id)
        assert found is not None
        return found

    def expected(self, n: int) -> bool:
        """An engine asks about an optional stage once and then waits for it; our case may still pass it over."""
        stages, passed = self.runs.stages, self.state.lines[0].passed
        if stages[n].id in self.skipped:
            return False
        return not any(
            self.runs.above[n] >> k & 1 and stages[k].optional and stages[k].id not in self.skipped
            and not passed >> k & 1 for k in range(len(stages))
        )  # fmt: skip

    def task(self, token: Any) -> str:
        stage, gate = self.runs.stages[token.stage], self.runs.gates[token.stage]
        if token.phase == HELD:
            return named("resume", gate.id)
        if token.phase in (WORKED, ASKED, RECYCLED):
            return named("stage", stage.id)
        if token.signed < len(gate.approvals):
            return named("sign", gate.id, gate.approvals[token.signed])
        return named("gate", gate.id)


def act(ours: Ours, other: Other, task: str, rng: random.Random) -> str:
    """Does one task on both sides; returns what was done."""
    chart = flowchart(ours.runs.pathway)
    shape = chart.shapes[task]
    stage = shape.stage
    assert stage is not None
    token = next((one for one in ours.state.lines[0].tokens if ours.runs.stages[one.stage].id == stage.id), None)
    match shape.use:
        case "stage":
            if token is None:
                ours.tell("entered", stage=stage.id)
            ours.tell("submitted", stage=stage.id)
            other.run(task)
        case "sign":
            ours.tell("signed", stage=stage.id, gate=stage.gate.id, role=shape.role)
            other.run(task)
        case "resume":
            ours.tell("resumed", stage=stage.id)
            other.run(task)
            if token is not None and token.back != SUBMITTED:
                ours.tell("submitted", stage=stage.id)
        case "step":
            assert shape.step is not None
            ours.tell("completed", stage=stage.id, step=shape.step.id)
            other.run(task)
        case "gate":
            allowed = sorted(move.decision or "" for move in moves(ours.runs, ours.state)
                             if move.kind == "decided" and move.gate == stage.gate.id)  # fmt: skip
            assert allowed == sorted(stage.gate.decisions)
            decision = rng.choices(allowed, [6 if one == "go" else 1 for one in allowed])[0]
            if decision == "recycle" and not clear(ours, stage):
                decision = "go"
            ours.tell("decided", gate=stage.gate.id, decision=decision, reason="x")
            other.run(task, decision=decision)
            return f"{task}:{decision}"
    return task


def clear(ours: Ours, stage: Any) -> bool:
    """Whether nothing stands behind the stage returned to: BPMN would leave it running, our machine withdraws it."""
    to = ours.runs.recycle[ours.runs.stage_at[stage.id]]
    below = ours.runs.below[to]
    own = ours.runs.stage_at[stage.id]
    busy = any(below >> token.stage & 1 for token in ours.state.lines[0].tokens if token.stage != own)
    owes = any(below >> n & 1 and not ours.state.lines[0].did >> ours.number(n, one.id) & 1
               for n, other in enumerate(ours.runs.stages) for one in other.statutory
               if ours.state.lines[0].passed >> n & 1)  # fmt: skip
    forks = to != own and any(len(one.after) != 1 for one in ours.runs.stages[1:])
    return not (busy or owes or forks)


def walk(pathway: Pathway, spec: tuple[Any, Any], seed: int, most: int = 40) -> list[str]:
    """A random case on both machines: at every moment both offer the same tasks, and both end together."""
    rng = random.Random(seed)
    skipped = {stage.id for stage in pathway.stages if stage.optional and rng.random() < 0.5}
    ours, other = Ours(pathway, skipped), Other(spec, skipped)
    trace: list[str] = []
    for _ in range(most):
        assert other.ready() == ours.ready(), trace
        if not ours.ready():
            break
        trace.append(act(ours, other, rng.choice(ours.ready()), rng))
    else:
        return trace
    assert other.over
    assert ours.state.ended == "killed" or finished(ours.runs, ours.state)
    return trace


@FEW
@given(drawn(), st.integers(0, 2**20))
def test_a_drawn_pathway_runs_the_same_in_spiffworkflow(pathway: Pathway, seed: int) -> None:
    walk(pathway, spec_of(pathway), seed)


@pytest.mark.parametrize(
    "key", sorted(key for key, one in shipped().items() if not any(s.parallel for s in one.stages))
)
def test_every_shipped_pathway_runs_the_same_in_spiffworkflow(key: str) -> None:
    pathway = shipped()[key]
    sound(flowchart(pathway))
    spec = spec_of(pathway)
    assert all(walk(pathway, spec, seed) for seed in range(3))


@pytest.mark.parametrize("key", sorted(key for key, one in shipped().items() if any(s.parallel for s in one.stages)))
def test_answers_to_a_call_run_side_by_side(key: str) -> None:
    """As many branches as may come; each that goes on and each that is stopped ends alone."""
    pathway = shipped()[key]
    small = replace(pathway, stages=tuple(
        replace(stage, parallel=replace(stage.parallel, most=3)) if stage.parallel else stage
        for stage in pathway.stages))  # fmt: skip
    sound(flowchart(pathway))
    other = Other(spec_of(small), {stage.id for stage in pathway.stages if stage.optional})
    first = next(stage for stage in small.stages if stage.parallel)
    while named("stage", first.id) not in other.ready():
        other.run(other.ready()[0], decision="go")
    assert other.ready().count(named("stage", first.id)) == 3
    stopped = False
    for _ in range(200):
        if not other.ready():
            break
        name = other.ready()[0]
        kills = name == named("gate", first.gate.id) and not stopped and "kill" in first.gate.decisions
        other.run(name, decision="kill" if kills else "go")
        stopped = stopped or kills
    assert other.over


# ------------------------------------------------------------------------------------------ the picture


def overlaps(a: Shape, b: Shape) -> bool:
    return a.x < b.x + b.size[0] and b.x < a.x + a.size[0] and a.y < b.y + b.size[1] and b.y < a.y + a.size[1]


def sound(chart: Chart) -> None:
    """Nothing covers anything else, arrows begin and end at their shapes, everything lies on the sheet."""
    shapes = [one for one in chart.shapes.values() if one.kind not in ("boundaryEvent", "subProcess")]
    assert not [(a.id, b.id) for a, b in combinations(shapes, 2) if overlaps(a, b)]
    assert all(one.x >= 0 and one.y >= 0 for one in shapes)
    for arrow in chart.arrows:
        for own, (x, y) in ((arrow.start, arrow.points[0]), (arrow.end, arrow.points[-1])):
            shape = chart.shapes[own]
            assert shape.x - 0.01 <= x <= shape.x + shape.size[0] + 0.01
            assert shape.y - 0.01 <= y <= shape.y + shape.size[1] + 0.01
    assert len({arrow.id for arrow in chart.arrows}) == len(chart.arrows)


@settings(max_examples=60, deadline=None)
@given(drawn())
def test_nothing_covers_anything_else(pathway: Pathway) -> None:
    sound(flowchart(pathway))


def test_everything_drawn_is_there_and_everything_there_is_drawn() -> None:
    root = ElementTree.fromstring(bpmn(shipped()["standard@2026.1"]))
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", own or "", re.ASCII) for own in ids)
    process = root.find(f"{_MODEL}process")
    assert process is not None
    kinds = {"documentation", "incoming", "outgoing", "potentialOwner", "timerEventDefinition",
             "terminateEventDefinition", "conditionExpression"}  # fmt: skip
    there = {one.get("id") for one in process.iter()
             if one.get("id") and one.tag.removeprefix(_MODEL) not in kinds} - {process.get("id")}  # fmt: skip
    drawn_ = {one.get("bpmnElement") for one in root.iter() if one.tag in (f"{_DI}BPMNShape", f"{_DI}BPMNEdge")}
    assert there == drawn_


def test_names_are_of_one_language_and_ids_of_none() -> None:
    pathway = shipped()["standard@2026.1"]
    zh, en = (ElementTree.fromstring(bpmn(pathway, lang)) for lang in ("zh", "en"))  # type: ignore[arg-type]
    assert [one.get("id") for one in zh.iter()] == [one.get("id") for one in en.iter()]
    named_ = {one.get("id"): one.get("name") for one in zh.iter() if one.get("name")}
    assert named_["stage_pilot"] == "中试"
    assert named_["gate_G3"] == "中试评审（需求方）"
    told = " ".join(one.get("name") or "" for one in en.iter())
    assert "Pilot run" in told
    assert not re.search("[\u4e00-\u9fff]", told)
    assert bpmn(pathway, "en") == bpmn(pathway, "en")


def test_a_limit_of_working_days_is_written_in_calendar_days_and_says_so() -> None:
    assert [calendar_days(n) for n in (1, 5, 10, 15)] == [2, 7, 14, 21]
    root = ElementTree.fromstring(bpmn(shipped()["standard@2026.1"], "en"))
    late = next(one for one in root.iter() if one.get("id") == "late_G2")
    told = "".join(late.itertext())
    assert "P14D" in told
    assert "10 working days" in told


def test_ids_and_names_of_any_kind_are_written() -> None:
    """A pathway whose ids are no names of XML, and whose names hold what XML forbids."""
    pathway = shipped()["standard@2026.1"]
    first = replace(pathway.stages[0], id="第一 步/<1>", label=Label("a<&>\x00\"'", "b\ud800]]>"))
    odd = replace(pathway, id="9 路", stages=(first,))
    root = ElementTree.fromstring(bpmn(odd, "zh").encode())
    assert any(one.get("name") == "a<&>\ufffd\"'" for one in root.iter())
    assert ElementTree.fromstring(bpmn(odd, "en").encode()) is not None
    assert spec_of(odd)[0] is not None


def test_a_call_stands_in_a_frame_of_its_own() -> None:
    pathway = shipped()["standard@2026.1"]
    stages = [replace(one, parallel=Parallel(1, 8, 4, 5)) if one.id == "concept" else one for one in pathway.stages]
    chart = flowchart(replace(pathway, stages=tuple(stages)))
    frame = chart.shapes["branches_concept"]
    inside = [one for one in chart.shapes.values() if one.inside == frame.id]
    assert inside
    for one in inside:
        assert frame.x < one.x
        assert one.x + one.size[0] < frame.x + frame.size[0]
        assert frame.y < one.y
        assert one.y + one.size[1] < frame.y + frame.size[1]
    assert not any(one.ends for one in inside)
