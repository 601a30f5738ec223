"""Small networks of lines, made from short rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from tongtu.registry import Registry, noun

Row = dict[str, Any]


def table(name: str, rows: Sequence[Row]) -> pl.DataFrame:
    """Rows of a noun; columns not given are null."""
    schema = noun(name).schema()
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


def network(**tables: Sequence[Row]) -> Registry:
    return Registry({name: table(name, rows) for name, rows in tables.items()})


def line(id: str, platform: str = "P1", **said: Any) -> Row:
    usual = {"name": f"产线{id}", "stage": "process", "hours_week": 40.0, "parallel": 1, "setup_days": 0.0}
    return {"line": id, "platform": platform, **usual, **said}


def platform(id: str = "P1", **said: Any) -> Row:
    return {"platform": id, "organisation": "O1", "name": f"平台{id}", "kind": "pilot", **said}


REGIONS = [
    {"region": "cn", "name": "全国"},
    {"region": "sd", "name": "山东", "parent": "cn"},
    {"region": "jn", "name": "济南", "parent": "sd"},
    {"region": "js", "name": "江苏", "parent": "cn"},
]
