"""What research stands on: instruments, software, data and reagents are items of the graph like any other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from tongtu.appraise.autonomy import Autonomy, SupplyGraph, concentration
from tongtu.appraise.dependency.controls import above
from tongtu.registry import Registry
from tongtu.terms.why import Label, Ratio, Why

#: item kinds that research uses and does not sell
KINDS = ("instrument", "software", "data", "reagent")
_SCHEMA: Mapping[str, Any] = {
    "case": pl.String, "target": pl.String, "item": pl.String, "kind": pl.String, "autonomy": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "own": pl.Float64, "hhi": pl.Float64, "largest": pl.String,
    "share": pl.Float64, "single": pl.Boolean, "path": pl.List(pl.String), "why": pl.String,
}  # fmt: skip


def research_inputs(
    registry: Registry,
    graph: SupplyGraph,
    found: Autonomy,
    *,
    targets: Iterable[str] = (),
    kinds: Collection[str] = KINDS,
) -> pl.DataFrame:
    """Every research input beneath the item of an open case, and beneath each of `targets` (case is then null).

    case, target, item, kind, autonomy (of the input and all beneath it), low, high, own (share at home), hhi, largest
    (jurisdiction), share (its share), single (whether that reaches 0.7), path (target … item), why; by case and
    target, the least autonomous first, unknown ones last.
    """
    rows = registry["items"].filter(pl.col("kind").is_in(sorted(kinds)), pl.col("item").is_in(graph.items))
    kind = dict(rows.select("item", "kind").sort("item").iter_rows())
    names = {item: Label(name or item, en or "") for item, name, en in
             registry["items"].select("item", "name", "name_en").iter_rows()}  # fmt: skip
    facts = {row["item"]: row for row in concentration(graph).to_dicts()}
    figures = {row["item"]: row for row in found.frame().to_dicts()}
    uses = _uses(graph)
    asked = [*_cases(registry, graph), *((None, target) for target in sorted(set(targets)))]
    said: list[dict[str, Any]] = []
    for item in kind:
        ways = above(item, uses)
        for case, target in asked:
            if target in ways:
                held, figure = facts.get(item, {}), figures[item]
                row = {"case": case, "target": target, "item": item, "kind": kind[item], "path": ways[target],
                       **{name: figure[name] for name in ("autonomy", "low", "high", "own")},
                       **{name: held.get(name) for name in ("hhi", "largest", "share", "single")}}  # fmt: skip
                said.append({**row, "why": _why(row, names).to_json()})
    return pl.DataFrame(said, schema=_SCHEMA).sort("case", "target", "autonomy", "item", nulls_last=True)


def _uses(graph: SupplyGraph) -> dict[str, list[str]]:
    """What each item goes into, required or not: a laboratory's software need not gate to be missed."""
    found: dict[str, list[str]] = {}
    edges = graph.edges.filter(pl.col("kind") != "substitute").select("component", "item").unique()
    for component, item in edges.sort("component", "item").iter_rows():
        found.setdefault(component, []).append(item)
    return found


def _cases(registry: Registry, graph: SupplyGraph) -> list[tuple[str | None, str]]:
    needs = registry["needs"].select("need", "item").drop_nulls("item")
    open_ = registry["cases"].filter(pl.col("closed").is_null()).join(needs, on="need").sort("case")
    return [(case, item) for case, item in open_.select("case", "item").iter_rows() if item in graph]


def _why(row: dict[str, Any], names: dict[str, Label]) -> Why:
    steps = [names.get(step, Label(step)) for step in row["path"]]
    chain = Label(" → ".join(s.say("zh") for s in steps), " → ".join(s.say("en") for s in steps))
    path = (Why("appraise_dependency.path", {"steps": chain}),)
    if row["autonomy"] is None:
        return Why("appraise_dependency.input-unknown", {"item": steps[-1]}, path)
    args = {"item": steps[-1], "autonomy": Ratio(row["autonomy"]), "largest": row["largest"]}
    args["share"] = None if row["share"] is None else Ratio(row["share"])
    return Why("appraise_dependency.input", args, path)
