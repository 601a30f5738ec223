"""Hand-made listings for the tests of signals."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.match.sides import SCHEMA
from tongtu.match.signals import ALL, Scene, Signal
from tongtu.registry import Registry
from tongtu.terms.why import Why

AS_OF = date(2026, 5, 1)
DIRECTIONS = [
    {"direction": "ai", "name": "人工智能", "area": "future"},
    {"direction": "humanoid", "name": "人形机器人", "area": "future"},
    {"direction": "steel", "name": "钢铁", "area": "raw"},
]
#: a country of two regions, one with two cities; an old code of one of them
REGIONS = [
    {"region": "CN", "name": "国", "parent": None},
    {"region": "A", "name": "甲省", "parent": "CN"},
    {"region": "A1", "name": "甲一市", "parent": "A"},
    {"region": "A2", "name": "甲二市", "parent": "A"},
    {"region": "B", "name": "乙省", "parent": "CN"},
    {"region": "B1", "name": "乙一市", "parent": "B"},
    {"region": "A0", "name": "旧市", "parent": "B", "valid_to": date(2020, 1, 1), "successor": "A1"},
]


def listings(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Listings numbered in the order given; what is not said is null."""
    full = [{**dict.fromkeys(SCHEMA), "row": i, "id": f"L{i}", **row} for i, row in enumerate(rows)]
    return pl.DataFrame(full, schema=SCHEMA)


def scene(industries: pl.DataFrame | None = None, see: str = "core", **tables: list[dict[str, Any]]) -> Scene:
    rows = {"directions": DIRECTIONS, "regions": REGIONS, **tables}
    registry = Registry({name: pl.DataFrame(r, infer_schema_length=None) for name, r in rows.items() if r})
    return Scene(registry, AS_OF, see, *([] if industries is None else [industries]))


def every(asked: pl.DataFrame, offered: pl.DataFrame) -> pl.DataFrame:
    """All pairs."""
    return asked.select(n="row").join(offered.select(a="row"), how="cross")


def one(name: str, asked: Mapping[str, Any], offered: Mapping[str, Any], where: Scene | None = None) -> dict[str, Any]:
    """The row of one pair, with its reason under `why`, checked to be one the catalogue knows."""
    signal: Signal = ALL[name]
    left, right = listings(asked), listings(offered)
    row = signal(every(left, right), left, right, where or scene()).row(0, named=True)
    return {**row, "why": signal.why(row, {})}


def value(name: str, asked: Mapping[str, Any], offered: Mapping[str, Any], where: Scene | None = None) -> float | None:
    found: float | None = one(name, asked, offered, where)[name]
    return found


def codes(why: Why) -> list[str]:
    return [why.code, *(code for part in why.parts for code in codes(part))]
