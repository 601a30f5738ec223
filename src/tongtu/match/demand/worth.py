"""What a demand weighs: its voices, how pressing it is, what they would pay, and the pack's priorities.

    points = 100 · Σ weight · part / Σ weight (over the parts that are known) · priority

    size      (v - 1) / (v + 2) for v owner groups: one alone is no common demand, four count for half   0.50
    urgency   mean over owner groups of their most pressing need (low 0, medium ½, high 1)   0.25
    budget    share of the demands with a budget in that currency that have a smaller one (ties half)   0.25
    priority  product of the weights in force that a need meets, mean over its needs; 1 where none is met

Weights are ours. Currencies are never mixed: a budget is placed among budgets of its own currency. Each
addend is rounded before it is added, so the points shown add up to the points of the demand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import prod
from typing import Any

import polars as pl

from tongtu.match.demand.frames import BUDGETS, made
from tongtu.match.demand.seen import about, told
from tongtu.terms.money import Money
from tongtu.terms.why import Why

WEIGHTS = {"size": 0.5, "urgency": 0.25, "budget": 0.25}
_HALF = 4  # voices at which size counts for half
_PRESSING = {"low": 0.0, "medium": 0.5, "high": 1.0}
_DIGITS = 2

Row = Mapping[str, Any]


def budgets(book: pl.DataFrame, *, open_: bool) -> pl.DataFrame:
    """Frame of `BUDGETS`. `book`: demand, voice, amount, of; `open_`: the viewer may see budgets singly."""
    voiced = book.group_by("demand", "of", "voice").agg(
        pl.col("amount").max().alias("largest"),
        pl.col("amount").sum().alias("added"),
        pl.col("amount").count().alias("known"),
    )
    sums = voiced.filter(pl.col("known") > 0).group_by("demand", "of").agg(
        low=pl.col("largest").sum(), high=pl.col("added").sum(), known=pl.col("known").sum(),
        each=pl.col("added").sort(),
    )  # fmt: skip
    count = book.group_by("demand").agg(unknown=pl.col("amount").null_count(), size=pl.len())
    found = count.join(sums, on="demand", how="left").sort("demand", "of")
    return made([_budget(row, open_=open_) for row in found.iter_rows(named=True)], BUDGETS)


def _budget(row: Row, *, open_: bool) -> dict[str, object]:
    if not open_ and not told(row["each"] or [0]):
        return {"demand": row["demand"], "why": Why("match_demand.budget-hidden").to_json()}
    facts: dict[str, Any] = {"demand": row["demand"], "unknown": row["unknown"], "known": row["known"] or 0}
    if row["of"] is None:
        return {**facts, "why": Why("match_demand.budget-unknown", {"n": row["unknown"]}).to_json()}
    low, high = row["low"], None if row["unknown"] else row["high"]
    low, high = (low, high) if open_ else about(low, high)
    facts |= {"currency": row["of"], "low": low, "high": high}
    return {**facts, "why": _amounts(facts).to_json()}


def _amounts(row: Row) -> Why:
    low = Money(row["low"], row["currency"])
    if row["high"] is None:
        return Why("match_demand.budget-least", {"low": low, "n": row["unknown"]})
    if row["high"] == row["low"]:
        return Why("match_demand.budget-is", {"low": low})
    return Why("match_demand.budget-between", {"low": low, "high": Money(row["high"], row["currency"])})


class Ranking:
    """Points of demands and their reasons, from what the viewer may see."""

    def __init__(self, amounts: pl.DataFrame, priorities: pl.DataFrame, as_of: date) -> None:
        shown = amounts.filter(pl.col("low").is_not_null())
        smaller = (pl.col("low").rank("average").over("currency") - 0.5) / pl.len().over("currency")
        self._amounts: dict[str, list[dict[str, Any]]] = {}
        for row in shown.with_columns(place=smaller).sort("demand", "currency").iter_rows(named=True):
            self._amounts.setdefault(row["demand"], []).append(row)
        self._hidden = set(amounts.filter(pl.col("known").is_null())["demand"].to_list())
        begun = (pl.col("since") <= as_of).fill_null(True)
        lasting = (pl.col("until") >= as_of).fill_null(True)
        self._priorities = list(priorities.filter(begun & lasting).sort("priority").iter_rows(named=True))

    def of(self, row: Row, members: Sequence[Row]) -> tuple[float, tuple[Why, ...]]:
        """A demand's points, and the reasons whose points add up to them."""
        parts = {"size": self._size(row), "urgency": self._urgency(row, members), "budget": self._budget(row)}
        weight = sum(WEIGHTS[name] for name, (part, _) in parts.items() if part is not None)
        whys, total = [], 0.0
        for name, (part, why) in parts.items():
            if part is None:
                whys.append(why)
                continue
            points = round(100 * WEIGHTS[name] * part / weight, _DIGITS)
            total = round(total + points, _DIGITS)
            whys.append(Why(why.code, {**why.args, "points": points}, why.parts))
        extra = self._priority(members, total)
        if extra is not None:
            total = round(total + extra.args["points"], _DIGITS)
            whys.append(extra)
        return total, tuple(whys)

    def _size(self, row: Row) -> tuple[float | None, Why]:
        voices = row["voices"]
        if voices is None:  # one or two: which of them may not be told, nor be read from the points
            return 0.0, Why("match_demand.size-few")
        return (voices - 1) / (voices + _HALF - 2), Why("match_demand.size", {"n": voices})

    def _urgency(self, row: Row, members: Sequence[Row]) -> tuple[float | None, Why]:
        # only those who see urgency see it here, and they may also know whose it is
        loudest: dict[str, float] = {}
        for need in members:
            if need["urgency"] in _PRESSING:
                loudest[need["voice"]] = max(loudest.get(need["voice"], 0.0), _PRESSING[need["urgency"]])
        if not loudest:
            return None, Why("match_demand.urgency-unknown")
        mix = {name: row[f"urgency_{name}"] for name in ("high", "medium", "low", "unknown")}
        return sum(loudest.values()) / len(loudest), Why("match_demand.urgency", mix)

    def _budget(self, row: Row) -> tuple[float | None, Why]:
        found = self._amounts.get(row["demand"], [])
        if not found:
            hidden = row["demand"] in self._hidden
            return None, Why("match_demand.budget-hidden") if hidden else Why(
                "match_demand.budget-unknown", {"n": row["size"]}
            )
        return max(one["place"] for one in found), Why("match_demand.budget", {}, tuple(map(_amounts, found)))

    def _priority(self, members: Sequence[Row], total: float) -> Why | None:
        met = [self._met(need) for need in members]
        named = {p["priority"]: p for found in met for p in found}
        if not named:
            return None
        weight = sum(prod((p["weight"] for p in found), start=1.0) for found in met) / len(met)
        parts = tuple(
            Why("match_demand.priority-of", {key: p[key] for key in ("priority", "weight", "source")})
            for _, p in sorted(named.items())
        )
        args = {"weight": round(weight, 4), "points": round(total * (weight - 1), _DIGITS)}
        return Why("match_demand.priority", args, parts)

    def _met(self, need: Row) -> list[dict[str, Any]]:
        """Priorities a need meets; one that names a track is not for needs, which have none."""
        directions, regions = need["directions"] or [], need["regions"] or []
        return [
            p for p in self._priorities
            if p["track"] is None
            and (p["direction"] is None or p["direction"] in directions)
            and (p["region"] is None or p["region"] in regions)
        ]  # fmt: skip
