"""The peers' side of `scripts/bench rules`: the same thirty criteria as each peer is meant to be used.

    python -m bench._rules_peers ENGINE FIRMS.npz CRITERIA.json     (in the peers' own environment, see `_turns`)

Answers are a matrix of booleans, one row per firm: the thirty criteria, then the three tiers.
"""

from __future__ import annotations

import json
import operator
import sys
from importlib.metadata import version
from itertools import chain
from typing import Any

import numpy as np

from bench._turns import Engine, serve

Criteria = list[dict[str, Any]]
Firms = dict[str, np.ndarray]
_TIERS = range(3)
_OPERATORS = {">=": operator.ge, "<=": operator.le}


def openfisca(firms: Firms, criteria: Criteria) -> Engine:
    """A variable per criterion and tier, calculated over vectors; a simulation starts with its inputs unset."""
    from openfisca_core import entities, periods, simulations, taxbenefitsystems, variables

    firm = entities.build_entity(key="firm", plural="firms", label="Firm", is_person=True)
    system = taxbenefitsystems.TaxBenefitSystem([firm])
    shared = {"entity": firm, "definition_period": periods.DateUnit.YEAR, "label": "bench"}

    def add(name: str, kind: type, **more: Any) -> None:
        system.add_variable(type(name, (variables.Variable,), {**shared, "value_type": kind, **more}))

    for name in firms:
        add(name, float)
    for i, asked in enumerate(criteria):
        add(f"c{i}", bool, formula=_threshold(asked))
    for i, names in enumerate(_by_tier(criteria)):
        add(f"t{i}", bool, formula=_every(names))
    size = len(firms["revenue"])

    def ready() -> Any:
        return simulations.SimulationBuilder().build_default_simulation(system, size)

    def work(simulation: Any) -> Any:
        for name, values in firms.items():
            simulation.set_input(name, "2025", values)
        for tier in _TIERS:
            simulation.calculate(f"t{tier}", "2025")
        return simulation

    def answers(simulation: Any) -> np.ndarray:
        names = [*(f"c{i}" for i in range(len(criteria))), *(f"t{tier}" for tier in _TIERS)]
        return np.stack([simulation.calculate(name, "2025") for name in names], axis=1)

    return Engine(work, answers, ready)


def _threshold(asked: dict[str, Any]) -> Any:
    compare, top, bottom, number = _OPERATORS[asked["op"]], asked["top"], asked["bottom"], asked["number"]
    if bottom is None:
        return lambda firm, period: compare(firm(top, period), number)
    return lambda firm, period: compare(firm(top, period) / firm(bottom, period), number)


def _every(names: list[str]) -> Any:
    return lambda firm, period: np.logical_and.reduce([firm(name, period) for name in names])


def duckdb(firms: Firms, criteria: Criteria) -> Engine:
    """One statement that makes a table out of a table; both in memory."""
    import duckdb as peer

    connection = peer.connect()
    connection.execute("CREATE TABLE firms AS SELECT * FROM firms")  # the dictionary of arrays of that name
    checks = ", ".join(f"{_spelled(asked)} AS c{i}" for i, asked in enumerate(criteria))
    tiers = ", ".join(f"{' AND '.join(names)} AS t{i}" for i, names in enumerate(_by_tier(criteria)))
    asked = f"CREATE OR REPLACE TABLE verdicts AS SELECT *, {tiers} FROM (SELECT {checks} FROM firms)"

    def answers(_: Any) -> np.ndarray:
        columns = connection.execute("SELECT * FROM verdicts").fetchnumpy()
        return np.stack([np.ma.filled(values, False) for values in columns.values()], axis=1)

    return Engine(lambda _: connection.execute(asked), answers)


def zen(firms: Firms, criteria: Criteria) -> Engine:
    """A decision graph with one expression node, made into a decision once and evaluated firm by firm."""
    from zen import ZenEngine

    decision = ZenEngine().create_decision(json.dumps(_graph(criteria)))
    return _one_by_one(firms, criteria, lambda row: decision.evaluate(row)["result"])


def zen_loaded(firms: Firms, criteria: Criteria) -> Engine:
    """The same graph handed out by a loader as prepared content, the engine's quickest way to a graph."""
    from zen import ZenDecisionContent, ZenEngine

    content = ZenDecisionContent(json.dumps(_graph(criteria)))
    engine = ZenEngine({"loader": lambda key: content})
    return _one_by_one(firms, criteria, lambda row: engine.evaluate("bench", row)["result"])


def zen_expression(firms: Firms, criteria: Criteria) -> Engine:
    """No graph: one compiled expression that gives all criteria; the tiers are put together in Python."""
    from zen import compile_expression

    criterion = ", ".join(f"c{i}: {_spelled(asked)}" for i, asked in enumerate(criteria))
    compiled, tiers = compile_expression(f"{{{criterion}}}"), _by_tier(criteria)

    def judge(row: dict[str, float]) -> dict[str, bool]:
        found = compiled.evaluate(row)
        return {**found, **{f"t{i}": all(found[name] for name in names) for i, names in enumerate(tiers)}}

    return _one_by_one(firms, criteria, judge)


def cel(firms: Firms, criteria: Criteria) -> Engine:
    """A compiled program per criterion; the tiers are put together in Python."""
    import celpy

    environment = celpy.Environment()
    programs = [environment.program(environment.compile(_spelled(asked))) for asked in criteria]
    tiers = [[i for i, asked in enumerate(criteria) if asked["tier"] == tier] for tier in _TIERS]

    def judge(row: dict[str, float]) -> dict[str, bool]:
        given = {name: celpy.celtypes.DoubleType(value) for name, value in row.items()}
        found = [bool(program.evaluate(given)) for program in programs]
        named = {f"c{i}": value for i, value in enumerate(found)}
        return {**named, **{f"t{i}": all(found[k] for k in parts) for i, parts in enumerate(tiers)}}

    return _one_by_one(firms, criteria, judge)


def _one_by_one(firms: Firms, criteria: Criteria, judge: Any) -> Engine:
    """An engine that is asked of one firm at a time; a missing figure, which would be an error to some, is 0."""
    columns = [np.nan_to_num(values).tolist() for values in firms.values()]
    rows = [dict(zip(firms, values, strict=True)) for values in zip(*columns, strict=True)]
    names = [*(f"c{i}" for i in range(len(criteria))), *(f"t{tier}" for tier in _TIERS)]

    def answers(found: list[dict[str, bool]]) -> np.ndarray:
        return np.array([[row[name] for name in names] for row in found], dtype=bool)

    return Engine(lambda _: [judge(row) for row in rows], answers)


def _graph(criteria: Criteria) -> dict[str, Any]:
    checks = [(f"c{i}", _spelled(asked)) for i, asked in enumerate(criteria)]
    tiers = [(f"t{i}", " and ".join(f"$.{name}" for name in names)) for i, names in enumerate(_by_tier(criteria))]
    expressions = [{"id": name, "key": name, "value": text} for name, text in chain(checks, tiers)]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "judge", "type": "expressionNode", "name": "judge", "content": {"expressions": expressions}},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "judge"},
        {"id": "2", "type": "edge", "sourceId": "judge", "targetId": "out"},
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def _spelled(asked: dict[str, Any]) -> str:
    figure = asked["top"] if asked["bottom"] is None else f"{asked['top']} / {asked['bottom']}"
    return f"{figure} {asked['op']} {float(asked['number'])!r}"


def _by_tier(criteria: Criteria) -> list[list[str]]:
    return [[f"c{i}" for i, asked in enumerate(criteria) if asked["tier"] == tier] for tier in _TIERS]


#: engine, and the package it comes in
ENGINES = {
    "openfisca": (openfisca, "openfisca-core"),
    "duckdb": (duckdb, "duckdb"),
    "zen": (zen, "zen-engine"),
    "zen_loaded": (zen_loaded, "zen-engine"),
    "zen_expression": (zen_expression, "zen-engine"),
    "cel": (cel, "cel-python"),
}


def main(engine: str, firms: str, criteria: str) -> None:
    with np.load(firms) as given, open(criteria, encoding="utf-8") as file:  # noqa: PTH123
        made, package = ENGINES[engine]
        peer = made({name: given[name] for name in given.files}, json.load(file))
    peer.more["version"] = lambda: {package: version(package)}
    serve(peer)


if __name__ == "__main__":
    main(*sys.argv[1:])
