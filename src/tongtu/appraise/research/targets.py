"""A published figure against its target, as it was known on a day: vintages are kept, never overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.research.coding import name
from tongtu.terms.why import Label, Ratio, Why

_GAPS: Mapping[str, Any] = {
    "goal": pl.String, "measure": pl.String, "scope": pl.String, "target": pl.Float64, "unit": pl.String,
    "deadline": pl.Date, "baseline": pl.Float64, "baseline_year": pl.Int64, "year": pl.Int64, "value": pl.Float64,
    "first": pl.Float64, "published": pl.Date, "vintages": pl.Int64, "gap": pl.Float64, "path": pl.Float64,
    "needed": pl.Float64, "pace": pl.Float64, "projected": pl.Float64, "status": pl.String, "source": pl.String,
    "grade": pl.String, "why": pl.String,
}  # fmt: skip


def vintages(statistics: pl.DataFrame, *, known_at: date, scope: str | None = None) -> pl.DataFrame:
    """All figures published by the day, with what each revised: measure, scope, year, published, vintage (1, 2, …),
    latest, value, low, high, revised (against the vintage before; null for the first), unit, source, grade."""
    key = ["measure", "scope", "year"]
    rows = statistics.filter(pl.col("published") <= known_at)
    if scope is not None:
        rows = rows.filter(pl.col("scope") == scope)
    count = pl.int_range(1, pl.len() + 1)
    return rows.sort(*key, "published").select(
        *key, "published", count.over(key).cast(pl.Int64).alias("vintage"),
        (count.over(key) == pl.len().over(key)).alias("latest"), "value", "low", "high",
        (pl.col("value") - pl.col("value").shift(1)).over(key).alias("revised"), "unit", "source", "grade",
    )  # fmt: skip


def latest(statistics: pl.DataFrame, *, as_of: date, known_at: date | None = None, scope: str) -> pl.DataFrame:
    """The newest vintage of every measure and year up to `as_of`, with `first` (the first value published) and
    `vintages`. A figure without a value (bounds alone) stays, with its bounds."""
    rows = vintages(statistics, known_at=known_at or as_of, scope=scope).filter(pl.col("year") <= as_of.year)
    key = ["measure", "year"]
    return rows.with_columns(
        pl.col("value").drop_nulls().first().over(key).alias("first"),
        pl.len().over(key).cast(pl.Int64).alias("vintages"),
    ).filter("latest")  # fmt: skip


def target_gap(
    statistics: pl.DataFrame, goals: pl.DataFrame, *, as_of: date, known_at: date | None = None, scope: str
) -> pl.DataFrame:
    """One row per goal with a number whose measure the statistics know, by deadline.

    goal, measure, scope, target, unit, deadline, baseline, baseline_year, year and value (the latest known on the
    day), first (its first vintage), published, vintages, gap (value less target), path (where a straight line from
    baseline to target would be in that year), needed (change a year from here to the deadline), pace (change a year
    since the baseline year, between figures as known now), projected (at that pace, at the deadline), status (reached,
    missed, under_way, unknown), source, grade (of the value), why.

    A target counts as a floor unless it lies below its baseline. Reached: the latest figure is there. Missed: the
    deadline's year has a figure and it is not. Past the deadline without that figure, or without any: unknown.
    Goals with a region stand in that region's figures; the others in those of `scope`. Figures in another unit than
    the goal's are left out, and the reason says so.
    """
    known = set(statistics["measure"])
    asked = goals.filter(
        pl.col("measure").is_in(known), pl.col("target").is_not_null(), pl.col("deadline").is_not_null()
    )
    found = []
    for goal in asked.sort("deadline", "goal").iter_rows(named=True):
        place = goal["scope_region"] or scope
        rows = latest(statistics, as_of=as_of, known_at=known_at, scope=place)
        figures = rows.filter(pl.col("measure") == goal["measure"]).drop_nulls("value").sort("year")
        told = figures.filter(pl.col("unit").eq_missing(goal["unit"]))
        found.append(_goal(goal, place, told.to_dicts(), as_of, figures.height - told.height))
    return pl.DataFrame(found, _GAPS)


def _goal(
    goal: Mapping[str, Any], scope: str, series: list[dict[str, Any]], as_of: date, foreign: int
) -> dict[str, Any]:
    """One row; `foreign`: figures in another unit, which say nothing of it."""
    end, begun = goal["deadline"].year, goal["baseline_on"].year if goal["baseline_on"] else None
    past = [row for row in series if row["year"] <= end]
    now = past[-1] if past else None
    row: dict[str, Any] = dict.fromkeys(_GAPS) | {
        "goal": goal["goal"], "measure": goal["measure"], "scope": scope, "target": goal["target"],
        "unit": goal["unit"], "deadline": goal["deadline"], "baseline": goal["baseline"], "baseline_year": begun,
    }  # fmt: skip
    if now is not None:
        row |= {k: now[k] for k in ("year", "value", "first", "published", "vintages", "source", "grade")}
        row |= {"gap": now["value"] - goal["target"], **_course(row, past, end)}
    row["status"] = _status(row, end, as_of)
    named = Label(goal["name"] or goal["goal"], goal["name_en"] or "")
    return row | {"why": _why(row, named, foreign).to_json()}


def _course(row: Mapping[str, Any], past: list[dict[str, Any]], end: int) -> dict[str, float]:
    """The straight line to the target, and the pace so far carried on."""
    year, value, begun, base = row["year"], row["value"], row["baseline_year"], row["baseline"]
    course: dict[str, float] = {}
    if begun is not None and base is not None and end > begun:
        course["path"] = base + (row["target"] - base) * (year - begun) / (end - begun)
    if year < end:
        course["needed"] = (row["target"] - value) / (end - year)
    start = next((one for one in past if begun is None or one["year"] >= begun), None)
    if start is not None and start["year"] < year:
        course["pace"] = (value - start["value"]) / (year - start["year"])
        course["projected"] = value + course["pace"] * (end - year)
    return course


def _status(row: Mapping[str, Any], end: int, as_of: date) -> str:
    if row["value"] is None:
        return "unknown"
    down = row["baseline"] is not None and row["target"] < row["baseline"]
    there = row["value"] <= row["target"] if down else row["value"] >= row["target"]
    if there:
        return "reached"
    if row["year"] == end:
        return "missed"
    return "unknown" if as_of > row["deadline"] else "under_way"


def _why(row: Mapping[str, Any], named: Label, foreign: int) -> Why:
    told = {"goal": named, "measure": name("statistic", row["measure"]), "target": _shown(row, "target"),
            "deadline": row["deadline"], "value": _shown(row, "value"), "year": row["year"],
            "published": row["published"], "gap": _points(row, "gap")}  # fmt: skip
    parts = [Why("appraise_research.target-units", {"n": foreign, "unit": row["unit"]})] if foreign else []
    if row["first"] is not None and row["first"] != row["value"]:
        parts.append(Why("appraise_research.target-revised", {"first": _shown(row, "first"), "n": row["vintages"]}))
    if row["status"] == "under_way" and row["projected"] is not None:
        parts.append(Why("appraise_research.target-course", {
            "needed": _points(row, "needed"), "pace": _points(row, "pace"), "projected": _shown(row, "projected"),
        }))  # fmt: skip
    return Why(f"appraise_research.target-{row['status'].replace('_', '-')}", told, tuple(parts))


def _shown(row: Mapping[str, Any], column: str) -> Any:
    value = row[column]
    return Ratio(value) if row["unit"] == "ratio" and value is not None else value


def _points(row: Mapping[str, Any], column: str) -> Any:
    """A difference of shares in percentage points."""
    value = row[column]
    if value is None:
        return None
    shares = row["unit"] == "ratio"
    return Why("appraise_research.points", {"points": round(value * 100, 2)}) if shares else value
