"""The report's pictures and counts: the flow from needs to funded cases, money, the four factors, goals."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.report.spoken import Pair, both, money, names, shown, words
from tongtu.registry import Registry

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan

_FACTORS = ("scenarios", "capability", "talent", "mechanisms")
#: the page draws this many budgets and directions; the workbook has all
BUDGETS = 30
DIRECTIONS = 14


def tiles(plan: Plan) -> list[dict[str, Pair]]:
    """The numbers at the top: counts, expected outcome, and money by currency, never mixed; unknown without budgets."""
    chosen = plan["funding"].filter(pl.col("chosen"))
    judged = plan["funding"].height > 0
    told = {
        "needs": _asked(plan),
        "cases": plan["cases"].height,
        "chosen": chosen.height if judged else None,
        "expected": float(chosen["p"].sum()) if judged else None,
    }
    found = [{"name": words(f"report.tile-{name}"), "value": shown(value)} for name, value in told.items()]
    total = chosen.group_by("currency").agg(pl.col("amount").sum()).sort("currency")
    for row in total.iter_rows(named=True):
        found.append({"name": words("report.tile-money"), "value": money(row["amount"], row["currency"])})
    return found


def _asked(plan: Plan) -> int:
    return int(plan["links"].filter(pl.col("link") == "match")["rows_in"].sum() or 0)


def flow(plan: Plan) -> dict[str, Any]:
    """Needs from step to step; a need counts as funded, or placed, when one of its cases is. Losses are drawn too."""
    asked = _asked(plan)
    matched, allocated = plan["pairs"]["need"].n_unique(), plan["cases"]["need"].n_unique()
    edges: Counter[tuple[str, str]] = Counter({
        ("needs", "matched"): matched,
        ("needs", "out-match"): asked - matched,
        ("matched", "allocated"): allocated,
        ("matched", "out-allocate"): matched - allocated,
    })  # fmt: skip
    for placed, funded in _fates(plan).values():
        steps = ["allocated"]
        steps += ["slotted" if placed else "out-slots"] if plan["slots"].height else []
        steps += ["funded" if funded else "out-fund"] if plan["funding"].height else []
        edges.update(pairwise(steps))
    kept = {edge: count for edge, count in edges.items() if count > 0}
    nodes = sorted({end for edge in kept for end in edge})
    links = [{"source": a, "target": b, "value": count} for (a, b), count in kept.items()]
    return {"nodes": nodes, "links": links, "names": {node: words(f"report.flow-{node}") for node in nodes}}


def _fates(plan: Plan) -> dict[str, tuple[bool, bool]]:
    """Need → whether one of its cases waits for no pilot slot, and whether one is funded."""
    stuck = set(plan["slots"].filter(pl.col("status") != "placed")["case"])
    chosen = set(plan["funding"].filter(pl.col("chosen"))["case"])
    fates: dict[str, tuple[bool, bool]] = {}
    for need, case in plan["cases"].select("need", "case").iter_rows():
        placed, funded = fates.get(need, (False, False))
        fates[need] = (placed or case not in stuck, funded or case in chosen)
    return fates


def budgets(plan: Plan, registry: Registry) -> list[dict[str, Any]]:
    """What each budget held and what of it is placed, the fullest first."""
    chosen = plan["funding"].filter(pl.col("chosen"))
    used = dict(chosen.group_by("budget").agg(pl.col("amount").sum()).iter_rows())
    funds = names(registry, "funds")
    found = []
    for row in registry["budgets"].iter_rows(named=True):
        spent = used.get(row["budget"], 0)
        name = [f"{fund} {row['budget']}" for fund in funds.get(row["fund"], [row["fund"]] * 2)]
        texts = {"used_text": money(spent, row["currency"]), "amount_text": money(row["amount"], row["currency"])}
        found.append({"name": name, "share": spent / row["amount"] if row["amount"] else 0.0, **texts})
    return sorted(found, key=lambda b: (-float(b["share"]), str(b["name"])))[:BUDGETS]  # type: ignore[arg-type]


def factors(plan: Plan) -> list[dict[str, Any]]:
    """The four factors by direction: means over regions with demand, weighted by demand; unknown stays out."""
    asked = plan["coverage"].filter(pl.col("demand") > 0)
    told = {name: pl.col("demand").filter(pl.col(name).is_not_null()).sum() for name in _FACTORS}
    means = [
        pl.when(told[name] > 0).then((pl.col(name) * pl.col("demand")).sum() / told[name]).alias(name)
        for name in _FACTORS
    ]
    total = asked.group_by("direction").agg(*means, pl.col("demand").sum())
    top = total.sort("demand", "direction", descending=[True, False]).head(DIRECTIONS)
    return top.select("direction", *_FACTORS).to_dicts()


def goals(plan: Plan, registry: Registry) -> list[dict[str, Any]]:
    known = names(registry, "goals")
    units = dict(registry["goals"].select("goal", "unit").iter_rows())
    return [
        {
            **row,
            "ratio": units.get(row["goal"]) == "ratio",
            "name": known.get(row["goal"], [row["goal"]] * 2),
            "deadline": row["deadline"].isoformat() if row["deadline"] else None,
            "why": both(row["why"]),
        }
        for row in plan["goals"].iter_rows(named=True)
    ]
