"""The report's cases: each with its gates, pilot slots, odds, cost, maturity, autonomy and funding."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.report.spoken import Pair, both, money, words
from tongtu.terms.money import Money

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan

Row = dict[str, Any]
_KEPT = ("case", "need", "achievement", "demander", "holder", "direction")


def cases(plan: Plan) -> list[Row]:
    steps, slots, maturity = (_grouped(plan[table]) for table in ("steps", "slots", "maturity"))
    whole = _by_case(plan["odds"].filter(pl.col("stage") == "all"))
    costs, funding, autonomy = (_by_case(plan[table]) for table in ("estimates", "funding", "autonomy"))
    return [
        {
            **{name: row[name] for name in _KEPT},
            "id": row["case"],
            "start": _day(row["start"]),
            "finish": _day(row["finish"]),
            "why": both(row["why"]),
            "odds": _odds(whole.get(row["case"], {})),
            **_cost(costs.get(row["case"], {})),
            **_funding(funding.get(row["case"], {})),
            "steps": [_step(s) for s in steps.get(row["case"], [])],
            "slots": [slot(s) for s in slots.get(row["case"], [])],
            "maturity": [{**m, "why": both(m["why"])} for m in maturity.get(row["case"], [])],
            "autonomy": _autonomy(autonomy.get(row["case"])),
        }
        for row in plan["cases"].iter_rows(named=True)
    ]


def _by_case(frame: pl.DataFrame) -> dict[str, Row]:
    return {row["case"]: row for row in frame.iter_rows(named=True)}


def _grouped(frame: pl.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["case"], []).append(row)
    return found


def _odds(row: Row) -> Row:
    return {
        "p": row.get("p"),
        "low": row.get("low"),
        "high": row.get("high"),
        "n": row.get("n_eff"),
        "why": both(row.get("why")),
    }


def _cost(row: Row) -> Row:
    days = {"days_low": row.get("days_low"), "days_high": row.get("days_high")}
    if row.get("cost") is None:
        planned = row.get("cost_ask")
        said = (
            words("report.unknown-cost")
            if planned is None
            else words("report.planned-cost", amount=Money(planned, row["currency"]))
        )
        return {"cost": said, **days}
    low, median, high = (money(row[name], row["currency"]) for name in ("cost_low", "cost", "cost_high"))
    return {"cost": [f"{m} ({a} – {b})" for m, a, b in zip(median, low, high, strict=True)], **days}


def _funding(row: Row) -> Row:
    return {
        "chosen": bool(row.get("chosen")),
        "amount": money(row.get("amount"), row.get("currency")),
        "expected": row.get("expected"),
        "funding_why": both(row.get("why")),
    }


def _autonomy(row: Row | None) -> Pair:
    return both(row["why"]) if row is not None else words("report.no-autonomy")


def _step(row: Row) -> Row:
    plain = {name: row[name] for name in ("stage", "responsible", "verdict")}
    return {**plain, "due": _day(row["due"]), "why": both(row["why"])}


def slot(row: Row) -> Row:
    plain = {name: row[name] for name in ("case", "stage", "status", "platform", "line", "hours")}
    return {**plain, "start": _day(row["start"]), "end": _day(row["end"]), "why": both(row["why"])}


def stage_odds(plan: Plan) -> list[Row]:
    """One row per stage and direction: cases of one direction share their odds."""
    told = plan["odds"].filter(pl.col("stage") != "all").join(plan["cases"].select("case", "direction"), on="case")
    once = told.unique(["stage", "direction", "p", "low", "high"], maintain_order=True)
    return [
        {"stage": row["stage"], "direction": row["direction"], **_odds(row)}
        for row in once.sort("stage", "direction", maintain_order=True).iter_rows(named=True)
    ]


def _day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None
