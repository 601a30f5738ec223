"""The report's cases of the log: where each stands, whom it waits for, how they pass each stage; critical items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.law import pathways
from tongtu.chain.report.spoken import Pair, both, money, names, pair, shown
from tongtu.registry import Registry

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan
    from tongtu.packs import Pack

Row = dict[str, Any]
_OVER = ("done", "killed")
_STANDING = ("case", "stage", "state", "since", "due", "waits_for", "waits_on", "overdue", "why")
_SHOWN = 20


def standing(plan: Plan) -> list[Row]:
    """Cases that are not over, those overdue first, then by their due date."""
    open_ = plan["standing"].filter(~pl.col("state").is_in(_OVER).fill_null(False))
    rows = open_.sort("overdue", "due", "case", descending=[True, False, False], nulls_last=True).select(_STANDING)
    return [{**row, **_days(row, "since", "due"), "why": both(row["why"])} for row in rows.iter_rows(named=True)]


def progress(plan: Plan) -> list[Row]:
    """A row per comparable stage, in the order of the passage."""
    return [{**row, "why": both(row["why"])} for row in plan["progress"].iter_rows(named=True)]


def critical(plan: Plan, registry: Registry) -> list[Row]:
    """The items that matter most, by rank; what cannot be ranked is left to the table."""
    known = plan["critical"].filter(pl.col("rank").is_not_null()).sort("rank", "item").head(_SHOWN)
    told = names(registry, "items")
    return [{**row, "name": told.get(row["item"], [row["item"]] * 2), "why": both(row["why"])}
            for row in known.iter_rows(named=True)]  # fmt: skip


def tracks(plan: Plan) -> list[Row]:
    """Who leads which kind of research."""
    return [
        {**row, "state_funds": _money(row), "why": both(row["why"])} for row in plan["tracks"].iter_rows(named=True)
    ]


def stage_names(pack: Pack) -> dict[str, Pair]:
    """Stages of the pack's pathways by id."""
    return {stage.id: pair(stage.label) for path in pathways(pack).values() for stage in path.stages}


def _money(row: Row) -> Pair:
    return shown(None) if row["state_funds"] is None else money(row["state_funds"], row["currency"])


def _days(row: Row, *columns: str) -> Row:
    return {name: row[name].isoformat() if row[name] else None for name in columns}
