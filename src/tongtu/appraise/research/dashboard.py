"""The middle-technology trap and the innovation paradox as figures side by side, never as one score.

No quantitative index of the trap is agreed on. What its authors name stands here: the legs growth is said to stand on
(basic research, conversion, patient money) and what would show it. The paradox is effort that rises while results do
not. Which figures, and which direction is of concern, is our own choice (`terms.toml`). A figure that nobody
published is shown as missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.research.coding import name
from tongtu.appraise.research.targets import latest
from tongtu.appraise.research.terms import Indicator, terms
from tongtu.terms.why import Ratio, Why

_ROWS: Mapping[str, Any] = {
    "panel": pl.String, "role": pl.String, "measure": pl.String, "year": pl.Int64, "value": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "unit": pl.String, "since": pl.Int64, "until": pl.Int64,
    "change": pl.Float64, "trend": pl.String, "concern": pl.String, "concerned": pl.Boolean, "first": pl.Float64,
    "vintages": pl.Int64, "published": pl.Date, "source": pl.String, "grade": pl.String, "why": pl.String,
}  # fmt: skip
_PARADOX: Mapping[str, Any] = {
    "effort": pl.String, "result": pl.String, "since": pl.Int64, "until": pl.Int64, "effort_change": pl.Float64,
    "result_change": pl.Float64, "verdict": pl.String, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Dashboard:
    """`rows`: panel (paradox, trap), role (effort, result, leg), measure, year, value, low, high, unit, since, until,
    change (a year, least squares over the last years), trend (up, flat, down; null with fewer than two figures),
    concern (the direction that would worry), concerned, first (vintage), vintages, published, source, grade, why;
    figures that are missing stand with nulls.
    `paradox`: effort, result, since, until (years both are known), effort_change, result_change (a year, as a share of
    the mean), verdict (parted: effort rises and the result does not; together; effort_flat; unknown), why.
    """

    rows: pl.DataFrame
    paradox: pl.DataFrame


def dashboard(
    statistics: pl.DataFrame, *, as_of: date, known_at: date | None = None, scope: str
) -> Dashboard:  # fmt: skip
    """The figures of one country or region as known on the day."""
    known = latest(statistics, as_of=as_of, known_at=known_at, scope=scope)
    series = {one.measure: known.filter(pl.col("measure") == one.measure).sort("year") for one in terms().indicators}
    rows = [_row(one, series[one.measure]) for one in terms().indicators]
    sides = {role: [one.measure for one in terms().indicators if one.panel == "paradox" and one.role == role]
             for role in ("effort", "result")}  # fmt: skip
    pairs = [_pair(effort, result, series) for effort in sides["effort"] for result in sides["result"]]
    return Dashboard(pl.DataFrame(rows, _ROWS), pl.DataFrame(pairs, _PARADOX))


def _row(one: Indicator, series: pl.DataFrame) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_ROWS) | {
        "panel": one.panel, "role": one.role, "measure": one.measure, "concern": one.concern,
    }  # fmt: skip
    if not series.is_empty():
        now = series.row(-1, named=True)
        row |= {k: now[k] for k in ("year", "value", "low", "high", "unit", "first", "vintages", "published", "source",
                                    "grade")}  # fmt: skip
        row |= _trend(one, series)
    return row | {"why": _why(row).to_json()}


def _trend(one: Indicator, series: pl.DataFrame) -> dict[str, Any]:
    told = series.drop_nulls("value")
    window = told.filter(pl.col("year") >= (told["year"].max() or 0) - terms().years)  # type: ignore[operator]
    if window.height < 2:
        return {}
    change = _slope(window)
    trend = _way(change / _scale(window))
    span = {"since": window["year"][0], "until": window["year"][-1]}
    return {**span, "change": change, "trend": trend, "concerned": trend == one.concern}


def _slope(rows: pl.DataFrame, column: str = "value") -> float:
    """Change a year, by least squares."""
    found: float = rows.select(pl.cov("year", column) / pl.col("year").var()).item()
    return found


def _scale(rows: pl.DataFrame, column: str = "value") -> float:
    """What a change is measured by: the mean size of the figures."""
    return float(rows[column].abs().mean() or 1.0)  # type: ignore[arg-type]


def _way(relative: float) -> str:
    return "flat" if abs(relative) < terms().flat else "up" if relative > 0 else "down"


def _pair(effort: str, result: str, series: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    both = series[effort].select("year", effort="value").join(series[result].select("year", result="value"), on="year")
    both = both.drop_nulls().sort("year")
    row: dict[str, Any] = dict.fromkeys(_PARADOX) | {"effort": effort, "result": result, "verdict": "unknown"}
    if both.height >= 2:
        changes = {side: _slope(both, side) / _scale(both, side) for side in ("effort", "result")}
        rises = {side: _way(change) == "up" for side, change in changes.items()}
        verdict = "effort_flat" if not rises["effort"] else "together" if rises["result"] else "parted"
        row |= {"since": both["year"][0], "until": both["year"][-1], "effort_change": changes["effort"],
                "result_change": changes["result"], "verdict": verdict}  # fmt: skip
    told = {
        "effort": name("statistic", effort), "result": name("statistic", result), "since": row["since"],
        "until": row["until"], "effort_change": _ratio(row["effort_change"]),
        "result_change": _ratio(row["result_change"]),
    }  # fmt: skip
    return row | {"why": Why(f"appraise_research.paradox-{row['verdict'].replace('_', '-')}", told).to_json()}


def _ratio(value: float | None) -> Ratio | None:
    return None if value is None else Ratio(round(value, 4))


def _why(row: Mapping[str, Any]) -> Why:
    told = {"measure": name("statistic", row["measure"]), "year": row["year"]}
    if row["year"] is None:
        return Why("appraise_research.figure-missing", told)
    if row["trend"] is None:
        return Why("appraise_research.figure-alone", told)
    told |= {"since": row["since"], "until": row["until"], "trend": Why(f"appraise_research.trend-{row['trend']}")}
    return Why(f"appraise_research.figure-{'concern' if row['concerned'] else 'fine'}", told)
