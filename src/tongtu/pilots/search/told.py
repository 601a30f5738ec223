"""What a search answers, row by row, with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tongtu.pilots.search.asked import Request
from tongtu.pilots.search.ground import Ground
from tongtu.pilots.search.values import MET, NEARLY, OPEN, SILENT, STATUSES, UNLIKE, misses
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Ratio, Why

if TYPE_CHECKING:
    from tongtu.pilots.search.searcher import Answers, Weighed

COUNTS = ("met", "nearly", "unmet", "incomparable", "unknown")
_MARKS = ("direction", "category", "batch", "process", "near", "price", "free")
LINE: Mapping[str, Any] = {
    "request": pl.String, "rank": pl.Int64, "line": pl.String, "service": pl.String, "platform": pl.String,
    "score": pl.Float64, **dict.fromkeys(_MARKS, pl.Float64), **dict.fromkeys(COUNTS, pl.Int64), "km": pl.Float64,
    "start": pl.Date, "end": pl.Date, "cost": pl.Int64, "currency": pl.String, "price_year": pl.Int64, "why": pl.String,
}  # fmt: skip
REFUSED: Mapping[str, Any] = {
    "request": pl.String, "reason": pl.String, "requirement": pl.String, "lines": pl.Int64, "nearly": pl.Int64,
    "why": pl.String,
}  # fmt: skip
SHOWN: Mapping[str, Any] = {
    "request": pl.String, "line": pl.String, "service": pl.String, "requirement": pl.String, "must": pl.Boolean,
    "status": pl.String, "why": pl.String,
}  # fmt: skip

Row = Mapping[str, Any]


def frame(rows: Sequence[Row], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame({name: [row[name] for row in rows] for name in schema}, schema=dict(schema))


def line(ground: Ground, weighed: Weighed, at: int, rank: int, reasons: Sequence[Why]) -> Row:
    """A line that fits, as a row of `LINE`."""
    row, request = ground.lines[at], weighed.request
    marks = {name: _number(weighed.marks[name][at]) for name in _MARKS}
    statuses = [STATUSES[one.status[at]] for one in weighed.answers]
    slot = _slot(ground, request, at)
    km = _number(weighed.km[at])
    score = round(float(weighed.score[at]), 6)
    parts = [
        *(_mark(ground, request, at, name, marks[name], km) for name in _MARKS[:-1]),
        *([_free(ground, request, at, slot)] if ground.slots.known else ()),
        *reasons,
    ]
    why = Why("pilots_search.candidate", {**named(row), "score": Ratio(round(score, 4))}, tuple(parts))
    return {
        "request": request.request, "rank": rank, **_ids(row), "score": score,
        **marks, **{name: statuses.count(name) for name in COUNTS}, "km": None if km is None else round(km, 1),
        "start": None if slot is None else ground.slots.day(slot[0]),
        "end": None if slot is None else ground.slots.day(slot[1]), "cost": cost(row, request.hours),
        "currency": row["currency"], "price_year": row["price_year"], "why": why.to_json(),
    }  # fmt: skip


def refusals(weighed: Weighed) -> Iterator[Row]:
    """Rows of `REFUSED`."""
    labels = {one.requirement.id: one.requirement.label for one in weighed.answers}
    for reason, requirement, lines, nearly in weighed.refused:
        args: dict[str, Any] = {"n": lines}
        if requirement is not None:
            args |= {"quantity": labels[requirement], "nearly": nearly}
        code = "refused-must-nearly" if nearly else f"refused-{reason}"
        if not nearly:
            args.pop("nearly", None)
        yield {
            "request": weighed.request.request, "reason": reason, "requirement": requirement, "lines": lines,
            "nearly": nearly, "why": Why(f"pilots_search.{code}", args).to_json(),
        }  # fmt: skip


def requirements(ground: Ground, weighed: Weighed, at: int, reasons: Sequence[Why]) -> Iterator[Row]:
    """Rows of `SHOWN` of one line."""
    row = ground.lines[at]
    for one, reason in zip(weighed.answers, reasons, strict=True):
        yield {
            **_ids(row), "request": weighed.request.request, "requirement": one.requirement.id,
            "must": one.requirement.must, "status": STATUSES[one.status[at]],
            "why": reason.to_json(),
        }  # fmt: skip


def requirement_why(ground: Ground, answers: Answers, at: int) -> Why:
    """What is asked, what the line states, and what comes of it."""
    asked, status, which = answers.requirement, int(answers.status[at]), int(answers.claim[at])
    args: dict[str, Any] = {"quantity": asked.label, "asked": bound(asked.row)}
    if status == SILENT:
        return Why("pilots_search.silent", args)
    if which < 0:
        return Why("pilots_search.named", {"quantity": asked.label})
    claim = ground.stated.rows[which]
    args["stated"] = bound(claim)
    parts = (Why("pilots_search.from-text", {"name": _label(claim, "text")}),) if claim.get("text") else ()
    if status == NEARLY:
        share = float(misses(asked.value, ground.stated.claims[np.array([which])])[0])
        return Why("pilots_search.nearly", {**args, "miss": Ratio(round(share, 4))}, parts)
    return Why(f"pilots_search.{_code(ground, answers, at, status, which)}", args, parts)


def _code(ground: Ground, answers: Answers, at: int, status: int, which: int) -> str:
    if status == UNLIKE:
        one = np.array([which])
        same = ground.stated.holds(answers.requirement.under, one)[0]
        return "other-dimension" if same else "other-conditions"
    if status == OPEN:
        valued = isfinite(ground.stated.claims.low[which]) or isfinite(ground.stated.claims.high[which])
        return "left-open" if valued else "no-figure"
    return "met" if status == MET else "unmet"


def bound(row: Row) -> Why:
    """A bound in words: "at most 0.002", with its conditions."""
    unit = row["unit"] or ""
    low, high = (None if v is None else Quantity(v, unit) for v in (row["low"], row["high"]))
    args: dict[str, Any] = {}
    if row["operator"] == "between":
        args = {"low": low, "high": high}
    elif row["operator"] != "has":
        args = {"value": (high or low) if row["operator"] == "le" else (low or high)}
    said = Why(f"pilots_search.bound-{row['operator']}", args)
    return Why("pilots_search.under", {"bound": said, "conditions": row["conditions"]}) if row["conditions"] else said


def _ids(row: Row) -> dict[str, str | None]:
    return {name: row[name] for name in ("line", "service", "platform")}


def named(row: Row) -> dict[str, Label]:
    return {"line": _label(row, "name"), "platform": _label(row, "platform_name")}


def cost(row: Row, hours: float | None) -> int | None:
    """Minor units for so many hours; None where price, currency or hours are unknown."""
    if row["hourly_price"] is None or row["currency"] is None or hours is None:
        return None
    return int(row["hourly_price"] * hours + 0.5)


def _label(row: Row, name: str) -> Label:
    return Label(row[name] or "", row.get(f"{name}_en") or "")


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _slot(ground: Ground, request: Request, at: int) -> tuple[int, int] | None:
    if request.hours is None or not ground.slots.known:
        return None
    begin = 0 if request.earliest is None else ground.slots.index(request.earliest)
    return ground.slots.find(at, begin, request.hours, request.direction)


def _free(ground: Ground, request: Request, at: int, slot: tuple[int, int] | None) -> Why:
    slots = ground.slots
    if slot is not None:
        return Why("pilots_search.slot", {"start": slots.day(slot[0]), "end": slots.day(slot[1])})
    if not slots.stated[at]:
        return Why("pilots_search.unsaid-free")
    if request.hours is not None:
        return Why("pilots_search.no-slot", {"last": slots.day(slots.days - 1)})
    first = slots.first[at]
    return Why("pilots_search.full") if isnan(first) else Why("pilots_search.free", {"day": slots.day(int(first))})


def _mark(ground: Ground, request: Request, at: int, name: str, mark: float | None, km: float | None) -> Why:
    """One mark in words; a price and a distance are told even where there is nothing to compare them with."""
    row = ground.lines[at]
    if name == "price" and row["hourly_price"] is not None and row["currency"] is not None:
        total = cost(row, request.hours)
        hourly = {"price": Money(row["hourly_price"], row["currency"])}
        if total is None:
            return Why("pilots_search.mark-price", hourly)
        return Why("pilots_search.mark-cost", {**hourly, "cost": Money(total, row["currency"]), "hours": request.hours})
    if name == "near" and km is not None:
        return Why("pilots_search.distance", {"km": round(km)}) if km >= 1 else Why("pilots_search.here")
    if mark is None:
        return Why(f"pilots_search.unsaid-{name}")
    if name == "process":
        return Why("pilots_search.mark-process", {"share": Ratio(round(mark, 4))})
    if name == "batch":
        low, high = (Quantity(row[end], row["batch_unit"]) for end in ("batch_min", "batch_max"))
        return Why("pilots_search.mark-batch", {"low": low, "high": high})
    return Why(f"pilots_search.mark-{name}" if mark == 1.0 else f"pilots_search.not-{name}")
