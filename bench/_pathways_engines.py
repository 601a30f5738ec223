"""The three engines of `scripts/bench pathways`, each in a process of its own (see `_turns`).

    python -m bench._pathways_engines ours|spiff|statemachine DRAWS.json CASES

Eight gates in a row, and for every case its decisions drawn beforehand: go leads on, hold and recycle come back to
the same gate, kill ends the case. The peers take one step per decision and nothing else; ours is told the whole log
(opened, entered, decided, resumed, submitted) and checks roles, reasons, dates and what comes before. Answers: the
gate at which each case ended, 8 for all passed, and whether it was stopped.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bench._turns import Engine, serve

GATES = 8
Draws = list[list[str]]


def decisions(draws: Draws) -> int:
    return sum(map(len, draws))


def ours(draws: Draws) -> Engine:
    from tongtu.pathway import Gate, Missed, Pathway, Stage
    from tongtu.pathway.cases import Event, machine, start, step
    from tongtu.terms.why import Label

    day = date(2026, 1, 5)
    gates = [Gate(f"G{n}", Label(f"G{n}"), "demander", 10, Missed("hold"), (), ()) for n in range(GATES)]
    stages = tuple(Stage(f"s{n}", (f"s{n - 1}",) if n else (), ((1, 20),), gates[n]) for n in range(GATES))
    runs = machine(Pathway("bench", "1", Label("bench"), day, None, "", "ours", False, (), stages))

    def log(drawn: list[str]) -> list[Event]:
        told, at, inside = [Event("e", "K", "opened", day)], 0, False
        for decision in drawn:
            if not inside:
                told.append(Event("e", "K", "entered", day, f"s{at}"))
            reason = None if decision == "go" else "as drawn"
            told.append(Event("e", "K", "decided", day, f"s{at}", f"G{at}", None, decision, "demander", reason))
            inside = decision != "go"
            at += decision == "go"
            if decision in ("hold", "recycle"):
                told.append(Event("e", "K", "resumed" if decision == "hold" else "submitted", day, f"s{at}"))
        return told

    logs = [log(drawn) for drawn in draws]

    def work(_: Any) -> list[tuple[int, bool]]:
        ended = []
        for told in logs:
            state = start(runs)
            for event in told:
                state = step(runs, state, event)
            ended.append((state.lines[0].passed.bit_count(), state.ended == "killed"))
        return ended

    return Engine(work, lambda ended: np.array(ended, np.int64))


def statemachine(draws: Draws) -> Engine:
    """python-statemachine: a class with a state per gate."""
    from statemachine import State, StateMachine

    states = [State(f"s{n}", initial=n == 0) for n in range(GATES)]
    done, stopped = State("done", final=True), State("stopped", final=True)
    go, hold, kill = states[0].to(states[1]), states[0].to(states[0]), states[0].to(stopped)
    again = states[0].to(states[0])
    for n in range(1, GATES):
        go |= states[n].to(states[n + 1] if n + 1 < GATES else done)
        hold, again, kill = (
            hold | states[n].to(states[n]),
            again | states[n].to(states[n]),
            kill | states[n].to(stopped),
        )
    body = {f"s{n}": state for n, state in enumerate(states)}
    gated = type("Gated", (StateMachine,), {
        **body, "done": done, "stopped": stopped, "go": go, "hold": hold, "recycle": again, "kill": kill,
    })  # fmt: skip

    def work(_: Any) -> list[tuple[int, bool]]:
        ended = []
        for drawn in draws:
            case, passed = gated(), 0
            for decision in drawn:
                case.send(decision)
                passed += decision == "go"
            ended.append((passed, case.stopped.is_active))
        return ended

    return Engine(work, lambda ended: np.array(ended, np.int64))


def spiff(draws: Draws) -> Engine:
    """SpiffWorkflow: a user task and an exclusive gateway per gate."""
    from SpiffWorkflow import TaskState
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    logging.disable(logging.CRITICAL)
    parser = BpmnParser()
    parser.add_bpmn_str(_bpmn().encode())
    spec = parser.get_spec("bench")

    def work(_: Any) -> list[tuple[int, bool]]:
        ended = []
        for drawn in draws:
            case, passed = BpmnWorkflow(spec), 0
            case.do_engine_steps()
            for decision in drawn:
                task = case.get_next_task(state=TaskState.READY, manual=True)
                task.data["decision"] = decision
                task.run()
                case.do_engine_steps()
                passed += decision == "go"
            ended.append((passed, case.data.get("decision") == "kill"))
        return ended

    return Engine(work, lambda ended: np.array(ended, np.int64))


def _bpmn() -> str:
    """Eight user tasks, each followed by a gateway: on, once more, or out."""
    space = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    nodes, flows = ['<startEvent id="begin"/>', '<endEvent id="done"/>', '<endEvent id="stopped"/>'], []

    def flow(source: str, target: str, decision: str = "") -> None:
        said = f"<conditionExpression>decision == '{decision}'</conditionExpression>" if decision else ""
        name = f"{source}_{target}_{decision}"
        flows.append(f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{said}</sequenceFlow>')

    flow("begin", "decide0")
    for n in range(GATES):
        nodes += [f'<userTask id="decide{n}" name="G{n}"/>', f'<exclusiveGateway id="gate{n}"/>']
        flow(f"decide{n}", f"gate{n}")
        flow(f"gate{n}", f"decide{n + 1}" if n + 1 < GATES else "done", "go")
        for decision in ("hold", "recycle"):
            flow(f"gate{n}", f"decide{n}", decision)
        flow(f"gate{n}", "stopped", "kill")
    body = "".join(nodes) + "".join(flows)
    return f'<definitions {space} id="d" targetNamespace="bench"><process id="bench" isExecutable="true">{body}</process></definitions>'  # noqa: E501


ENGINES: dict[str, Callable[[Draws], Engine]] = {"ours": ours, "spiff": spiff, "statemachine": statemachine}

if __name__ == "__main__":
    drawn = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    engine = ENGINES[sys.argv[1]](drawn[: int(sys.argv[3])])
    gc.freeze()  # what was made ready for a turn is not looked through again and again during it
    serve(engine)
