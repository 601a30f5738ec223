"""The report's risk: what the funded cases may lose and bring about together, by correlation; and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.charts.ticks import rounded
from tongtu.chain.report.spoken import both, money

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan

Row = dict[str, Any]


def together(plan: Plan) -> list[Row]:
    """A row per correlation, the factor model (null) first: mean and worst losses, mean and fewest outcomes."""
    figures: dict[float | None, dict[tuple[str, str], tuple[float, str | None]]] = {}
    for row in plan["risk"].iter_rows(named=True):
        figures.setdefault(row["rho"], {})[row["measure"], row["figure"]] = row["value"], row["unit"]
    return [_row(rho, found) for rho, found in sorted(figures.items(), key=lambda item: (item[0] is not None, item[0]))]


def _row(rho: float | None, found: dict[tuple[str, str], tuple[float, str | None]]) -> Row:
    amounts = {name: found["loss", figure] for name, figure in (("loss", "mean"), ("tail", "cvar"))}
    told = {name: money(_rounded(value), unit) for name, (value, unit) in amounts.items()}
    return {"rho": rho, **told, "cases": found["outcome", "mean"][0], "fewest": found["outcome", "cvar"][0] + 0.0}


def level(plan: Plan) -> float | None:
    """The level of the tail."""
    found: float | None = plan["risk"]["level"].drop_nulls().max()  # type: ignore[assignment]
    return found


def values(plan: Plan) -> list[Row]:
    """What the cases with known cash flows are worth today, the most first."""
    known = plan["values"].filter(pl.col("whole").is_not_null()).sort("whole", "case", descending=[True, False])
    names = ("gross", "rnpv", "low", "high", "whole")
    return [
        {"case": row["case"], **{name: money(_rounded(row[name]), row["currency"]) for name in names},
         "why": both(row["why"])}
        for row in known.iter_rows(named=True)
    ]  # fmt: skip


def _rounded(amount: float | None) -> int | None:
    """Three figures that count: more would pretend to know."""
    return None if amount is None else round(rounded(amount, 3))
