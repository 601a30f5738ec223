"""A network of lines with a plan that something happens to: lines shut, a booking, new jobs. Drawn, always the same."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.terms.calendar import WorkCalendar

FIRST = date(2026, 11, 23)
CALENDAR = WorkCalendar(settled=frozenset({2026, 2027}))
LINES, OPEN, SHUT, NEW = 30, 200, 3, 5


def network(shut: bool, seed: int = 0) -> Registry:
    """Thirty lines on six platforms, a third with changeovers; `shut`: three of them close for three weeks."""
    draw = random.Random(seed)
    platforms = [{"platform": f"P{i}", "organisation": "O", "name": f"P{i}", "kind": "pilot"} for i in range(6)]
    lines = [
        {
            "line": f"L{i:02}", "platform": f"P{i % 6}", "name": f"L{i:02}", "stage": "process",
            "directions": draw.sample([f"d{k}" for k in range(6)], 2), "hours_week": draw.choice([40.0, 80.0, 168.0]),
            "parallel": draw.choice([1, 1, 2]), "setup_days": draw.choice([0.0, 1.0]),
            "changeover_days": draw.choice([0.0, 0.0, 1.0]), "cleaning_days": draw.choice([0.0, 1.0]),
            "hourly_price": draw.randrange(100, 900) * 100, "currency": "CNY",
        }
        for i in range(LINES)
    ]  # fmt: skip
    days = {"date_from": FIRST + timedelta(days=20), "date_to": FIRST + timedelta(days=41)}
    closed = [{"line": f"L{i:02}", **days, "hours_week": 0.0} for i in range(SHUT if shut else 0)]
    return Registry({name: _table(name, rows) for name, rows in
                     (("platforms", platforms), ("lines", lines), ("openings", closed))})  # fmt: skip


def jobs(new: bool, seed: int = 1) -> pl.DataFrame:
    """Two stages for each of a hundred cases; `new`: five more."""
    draw = random.Random(seed)
    rows = [
        {
            "case": f"C{i // 2:03}", "stage": ("first", "second")[i % 2], "after": ["first"] if i % 2 else None,
            "direction": f"d{draw.randrange(6) if i % 2 == 0 else 0}", "hours": float(draw.randint(16, 200)),
            "earliest": FIRST + timedelta(days=1 + draw.randrange(60)), "priority": draw.random(),
        }
        for i in range(OPEN + (2 * NEW if new else 0))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"after": pl.List(pl.String)})


def _table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = noun(name).schema()
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)
