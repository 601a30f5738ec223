"""A drawn network for `scripts/bench platform-search`: platforms over prefectures, lines that state what they can do.

Nothing is taken from anywhere: regions lie at random points, quantities and their spans are those of ordinary lines.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from tongtu.registry import Registry, noun

DAY = date(2026, 7, 1)
DIRECTIONS, REGIONS, LINES = 37, 343, 3
STAGES = ("design", "function", "process", "adaptation", "production")
#: quantity, unit, least and most of what a line may reach, whether less is better
QUANTITIES = (
    ("温度", "temperature", "℃", 80.0, 2200.0, False), ("压力", "pressure", "MPa", 0.2, 60.0, False),
    ("纯度", "purity", "%", 95.0, 99.999, False), ("洁净度", "clean class", "级", 10.0, 100_000.0, True),
    ("真空度", "vacuum", "Pa", 1e-5, 10.0, True), ("容积", "volume", "L", 1.0, 5_000.0, False),
    ("幅宽", "width", "mm", 50.0, 1_600.0, False), ("转速", "speed", "rpm", 50.0, 20_000.0, False),
)  # fmt: skip
NAMED = ("ISO 9001", "CNAS", "氢气", "防爆", "氮化铝", "GMP")


def registry(platforms: int, seed: int = 0) -> Registry:
    draw = np.random.default_rng(seed)
    n = platforms * LINES
    home = np.repeat(np.arange(platforms), LINES)
    field = draw.integers(DIRECTIONS, size=platforms)
    return Registry({
        name: _table(name, rows)
        for name, rows in {
            "regions": _regions(draw), "platforms": _platforms(draw, field), "lines": _lines(draw, home, field),
            "indicators": _indicators(draw, n), "equipment": _equipment(draw, home),
            "services": _services(draw, home), "usage": _usage(draw, home),
        }.items()
    })  # fmt: skip


def _table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = noun(name).schema()
    used = {column: kind for column, kind in schema.items() if column in rows[0]}
    return pl.DataFrame(rows, schema=used)


def _regions(draw: np.random.Generator) -> list[dict[str, Any]]:
    tops = [{"region": "cn", "name": "全国", "parent": None, "latitude": None, "longitude": None}]
    areas = [{**tops[0], "region": f"A{i:02}", "name": f"省{i}", "parent": "cn"} for i in range(31)]
    cities = [
        {"region": f"C{i:03}", "name": f"市{i}", "parent": f"A{i % 31:02}",
         "latitude": float(draw.uniform(20, 48)), "longitude": float(draw.uniform(85, 128))}
        for i in range(REGIONS)
    ]  # fmt: skip
    return tops + areas + cities


def _platforms(draw: np.random.Generator, field: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"platform": f"PL{i:05}", "organisation": "O1", "name": f"中试平台{i}", "name_en": f"pilot platform {i}",
         "kind": "pilot", "directions": [f"d{f}"], "region": f"C{draw.integers(REGIONS):03}", "state": "published",
         "capability": f"提供{draw.choice(NAMED)}条件下的放大验证"}
        for i, f in enumerate(field)
    ]  # fmt: skip


def _lines(draw: np.random.Generator, home: np.ndarray, field: np.ndarray) -> list[dict[str, Any]]:
    words = ("流延", "烧结", "溅射", "发酵", "聚合", "挤出", "涂布", "封装", "焊接", "精馏", "结晶", "干燥")
    return [
        {"line": f"L{i:05}", "platform": f"PL{p:05}", "name": f"{draw.choice(words)}{draw.choice(words)}线",
         "stage": str(draw.choice(STAGES)), "process": f"{draw.choice(words)}与{draw.choice(words)}",
         "process_en": "tape casting and sintering", "directions": [f"d{field[p]}", f"d{draw.integers(DIRECTIONS)}"],
         "batch_min": 1.0, "batch_max": float(draw.integers(20, 2_000)), "batch_unit": "kg", "parallel": 1,
         "hours_week": None if draw.random() < 0.05 else float(draw.integers(4, 14) * 8),
         "setup_days": float(draw.integers(1, 8)), "hourly_price": int(draw.integers(200, 8_000)) * 100,
         "currency": "CNY", "price_year": 2026}
        for i, p in enumerate(home)
    ]  # fmt: skip


def _bound(draw: np.random.Generator, quantity: tuple[Any, ...]) -> tuple[str, float | None, float | None]:
    """A range, "at most" or "at least", somewhere in what such a line may reach."""
    *_, low, high, less = quantity
    reach = float(np.exp(draw.uniform(np.log(low), np.log(high))))
    kind = draw.random()
    if kind < 0.5:
        return "between", *((reach, high) if less else (low, reach))
    return ("le", None, reach) if less or kind < 0.8 else ("ge", reach, None)


def _indicators(draw: np.random.Generator, lines: int) -> list[dict[str, Any]]:
    rows = []
    for i in range(lines):
        for q in draw.choice(len(QUANTITIES), size=4, replace=False):
            zh, en, unit, *_ = QUANTITIES[q]
            operator, low, high = _bound(draw, QUANTITIES[q])
            rows.append({
                "indicator": f"I{i:05}-{q}", "subject_kind": "line", "subject": f"L{i:05}", "quantity": zh,
                "quantity_en": en, "operator": operator, "low": low, "high": high, "unit": unit,
                "conditions": "氮气气氛" if draw.random() < 0.1 else None,
            })  # fmt: skip
    return rows


def _equipment(draw: np.random.Generator, home: np.ndarray) -> list[dict[str, Any]]:
    sheets = [
        f"最高温度{t}℃，真空度≤{v} Pa；容积 {c} L"
        for t in range(200, 2001, 200)
        for v in ("1e-3", "0.1")
        for c in (10, 50, 200)
    ]
    return [
        {"equipment": f"E{i:05}-{k}", "platform": f"PL{p:05}", "line": f"L{i:05}", "name": "反应釜",
         "name_en": "reactor", "parameters": str(draw.choice(sheets))}
        for i, p in enumerate(home) for k in range(2)
    ]  # fmt: skip


def _services(draw: np.random.Generator, home: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"service": f"S{i:05}", "platform": f"PL{p:05}", "line": f"L{i:05}", "name": "放大验证服务",
         "category": str(draw.choice(STAGES)), "qualification": str(draw.choice(NAMED))}
        for i, p in enumerate(home)
    ]  # fmt: skip


def _usage(draw: np.random.Generator, home: np.ndarray) -> list[dict[str, Any]]:
    rows = []
    for i, p in enumerate(home):
        start = DAY + timedelta(int(draw.integers(-5, 60)))
        rows.append({"usage": f"U{i:05}", "line": f"L{i:05}", "platform": f"PL{p:05}", "hours": 40.0,
                     "date_from": start, "date_to": start + timedelta(int(draw.integers(1, 30)))})  # fmt: skip
    return rows


def request(draw: np.random.Generator, needs: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One request with so many requirements, the first of which must be met."""
    asked = pl.DataFrame([{
        "request": "R", "direction": f"d{draw.integers(DIRECTIONS)}" if draw.random() < 0.5 else None,
        "categories": [str(one) for one in draw.choice(STAGES, 2, replace=False)] if draw.random() < 0.5 else None,
        "process": "陶瓷流延与烧结", "batch": 20.0, "batch_unit": "kg", "region": f"C{draw.integers(REGIONS):03}",
        "hours": float(draw.integers(10, 120)),
    }], schema_overrides={"categories": pl.List(pl.String), "direction": pl.String})  # fmt: skip
    rows = []
    for n, q in enumerate(draw.choice(len(QUANTITIES), size=needs - 1, replace=False)):
        zh, en, unit, low, high, less = QUANTITIES[q]
        reach = float(np.exp(draw.uniform(np.log(low), np.log(high))))
        operator = "le" if less else "ge"
        low, high = (None, reach) if less else (reach, None)
        rows.append({"request": "R", "requirement": f"q{n}", "quantity": zh, "quantity_en": en, "operator": operator,
                     "low": low, "high": high, "unit": unit, "must": n == 0})  # fmt: skip
    rows.append({"request": "R", "requirement": "has", "quantity": str(draw.choice(NAMED)), "quantity_en": None,
                 "operator": "has", "low": None, "high": None, "unit": None, "must": False})  # fmt: skip
    return asked, pl.DataFrame(rows, schema_overrides={"low": pl.Float64, "high": pl.Float64, "unit": pl.String,
                                                       "quantity_en": pl.String})  # fmt: skip
