"""A small case to value: three stages, five market years."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

TODAY = date(2026, 6, 30)
STAGES = ("pilot", "scale_up", "first_order")


def cases(**change: Any) -> pl.DataFrame:
    row = {"case": "c1", "need": "n1", "achievement": "a1", "currency": "CNY", "price_year": 2026}
    return pl.DataFrame([row | change], schema_overrides={"currency": pl.String, "price_year": pl.Int64})


def flows(revenue: int = 100_000_000, operating: int = 30_000_000, years: int = 5, **change: Any) -> pl.DataFrame:
    rows = [
        {
            "cashflow": f"{kind}{year}", "case": "c1", "need": None, "achievement": None, "kind": kind, "year": year,
            "low": round(likely * 0.6), "likely": likely, "high": round(likely * 1.4), "currency": "CNY",
            "price_year": 2026,
        } | change
        for year in range(1, years + 1)
        for kind, likely in (("revenue", revenue), ("operating", operating))
    ]  # fmt: skip
    text = dict.fromkeys(("case", "need", "achievement", "currency"), pl.String)
    return pl.DataFrame(rows, schema_overrides={**text, **dict.fromkeys(("low", "high", "price_year"), pl.Int64)})


def stages(*odds: float | None, case: str = "c1", cost: int | None = 20_000_000, **change: Any) -> pl.DataFrame:
    """Three stages of 365 days whose cost and time are certain, unless changed."""
    rows = [
        {
            "case": case, "order": k, "stage": stage, "p": p, "a": None, "b": None, "cost_low": None, "cost": cost,
            "cost_high": None, "days_low": None, "days": 365, "days_high": None, "start": None, "currency": "CNY",
            "price_year": 2026,
        } | change
        for k, (stage, p) in enumerate(zip(STAGES, odds or (0.5, 0.6, 0.8), strict=False))
    ]  # fmt: skip
    numbers = ("p", "a", "b", "cost_low", "cost", "cost_high", "days_low", "days", "days_high")
    return pl.DataFrame(
        rows,
        schema_overrides={
            **dict.fromkeys(numbers, pl.Float64),
            "start": pl.Date,
            "price_year": pl.Int64,
            "currency": pl.String,
        },
    )


def other_ids(letter: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The same cash flows under ids of their own."""
    return frame.with_columns(cashflow=pl.format(letter + "{}", "cashflow"))
