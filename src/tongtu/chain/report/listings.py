"""The report's market: each need with its indicators and its candidates, each with the reason it was proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.report.spoken import Pair, both, money, named, split
from tongtu.registry import Registry

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan

#: beyond this many needs the page keeps the first candidates of each only; the workbook has all
FEW_NEEDS = 300
MANY_PAIRS = 3
_MARKS = {"le": "≤", "ge": "≥", "eq": "=", "approx": "≈", "between": "∈", "has": ""}


def needs(plan: Plan, registry: Registry) -> list[dict[str, Any]]:
    """Needs that the plan speaks of, by id, each with its candidates by rank."""
    pairs, unfilled, indicators = _pairs(plan), _unfilled(plan), _indicators(registry)
    return [
        {
            "id": row["need"],
            "title": named(row, "title"),
            "text": named(row, "text"),
            "org": row["organisation"],
            "direction": row["direction"],
            "budget": money(row["budget"], row["currency"]),
            "indicators": indicators.get(row["need"], []),
            "pairs": pairs.get(row["need"], []),
            "unfilled": unfilled.get(row["need"]),
        }
        for row in registry["needs"].iter_rows(named=True)
        if row["need"] in pairs or row["need"] in unfilled
    ]


def _pairs(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    frame = plan["pairs"]
    if frame["need"].n_unique() > FEW_NEEDS:
        frame = frame.filter(pl.col("rank") <= MANY_PAIRS)
    chosen = set(plan["allocation"].select("need", "achievement").iter_rows())
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame.sort("need", "rank").iter_rows(named=True):
        head, parts = split(row["why"])
        pair = {
            "achievement": row["achievement"],
            "score": row["score"],
            "met": row["indicators_met"],
            "unmet": row["indicators_unmet"],
            "unknown": row["indicators_unknown"],
            "why": head,
            "parts": parts,
            "allocated": (row["need"], row["achievement"]) in chosen,
        }
        found.setdefault(row["need"], []).append(pair)
    return found


def _unfilled(plan: Plan) -> dict[str, Pair]:
    return {row["need"]: both(row["why"]) for row in plan["unfilled"].iter_rows(named=True)}


def _indicators(registry: Registry) -> dict[str, list[Pair]]:
    """Need → its measurable indicators as people write them: 介电损耗 ≤ 0.002 (@10 GHz)."""
    found: dict[str, list[Pair]] = {}
    for row in registry["indicators"].filter(pl.col("subject_kind") == "need").iter_rows(named=True):
        tail = f"{_MARKS[row['operator']]} {_bounds(row)} {row['unit'] or ''}".strip()
        conditions = f" ({row['conditions']})" if row["conditions"] else ""
        pair = [f"{name} {tail}{conditions}" for name in named(row, "quantity")]
        found.setdefault(row["subject"], []).append(pair)
    return found


def _bounds(row: dict[str, Any]) -> str:
    low, high = row["low"], row["high"]
    if low is not None and high is not None and low != high:
        return f"{low:g}–{high:g}"
    one = high if row["operator"] == "le" or low is None else low
    return "" if one is None else f"{one:g}"


def achievements(plan: Plan, registry: Registry) -> dict[str, dict[str, Any]]:
    """Only those that the page speaks of."""
    wanted = pl.concat([plan["pairs"]["achievement"], plan["cases"]["achievement"]]).unique().to_frame("achievement")
    rows = registry["achievements"].join(wanted, on="achievement", how="semi").iter_rows(named=True)
    return {
        row["achievement"]: {"title": named(row, "title"), "org": row["organisation"], "trl": row["trl"]}
        for row in rows
    }
