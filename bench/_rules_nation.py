"""A nation of firms for the pack's own rules: every figure a rule may ask for, a few of them missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tongtu import packs
from tongtu.registry import Column, Registry, noun, vocabularies

SEED = 20_261_122
YEARS = (2023, 2024, 2025)
TABLES = ("organisations", "firm_years", "titles")
MISSING = 0.03
#: accounts as shares of revenue, lowest and highest; other money is drawn up to a tenth of it
_SHARES = {
    "main_revenue": (0.5, 1), "rd_spend": (0, 0.15), "total_cost": (0.6, 1), "total_assets": (0.5, 3),
    "total_debt": (0.1, 1.5), "net_assets": (-0.2, 1.5), "total_income": (1, 1.1), "high_tech_revenue": (0.3, 1),
    "rd_domestic": (0, 0.12),
}  # fmt: skip
_FIRST, _LAST = date(1990, 1, 1), date(2024, 1, 1)
_HIGHEST = {"employees": 900, "rd_staff": 200, "segment_years": 20, "segment_share": 0.3, "platform_score": 100}


def write(folder: Path, n: int) -> None:
    """`n` firms with the figures of three years each, and titles for a tenth, as Parquet files."""
    draw = np.random.default_rng(SEED)
    codes = {**vocabularies(), **packs.load("cn").vocabularies}
    key = pl.Series("organisation", [f"F{i:07d}" for i in range(n)])
    kinds = _among(draw, ["sme", "sme", "private", "private", "university"], n)
    firms = pl.DataFrame({**_drawn(draw, "organisations", n, codes), "organisation": key, "name": key, "kind": kinds})
    firms.write_parquet(folder / "organisations.parquet")
    years = [_figures(draw, key, year, codes) for year in YEARS]
    pl.concat(years).write_parquet(folder / "firm_years.parquet")
    held = np.sort(draw.choice(n, n // 10, replace=False))
    titles = pl.DataFrame(
        {
            "title": [f"T{i:07d}" for i in held],
            "organisation": key.gather(held),
            "kind": _among(draw, sorted(codes["title_kind"]), len(held)),
            "level": _among(draw, sorted(codes["level"]), len(held)),
        }
    ).with_columns(valid_from=pl.date(2024, 1, 1), valid_to=pl.date(2027, 12, 31))
    titles.write_parquet(folder / "titles.parquet")


def read(folder: Path) -> Registry:
    return Registry({name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES})


def _figures(draw: np.random.Generator, key: pl.Series, year: int, codes: Any) -> pl.DataFrame:
    n = len(key)
    drawn = _drawn(draw, "firm_years", n, codes)
    revenue = np.floor(draw.lognormal(17.5, 1.2, n) * 100)
    money = [c.name for c in noun("firm_years").columns if c.kind == "money"]
    drawn |= {name: np.floor(revenue * draw.uniform(*_SHARES.get(name, (0, 0.1)), n)) for name in money}
    frame = pl.DataFrame({**drawn, "revenue": revenue}).with_columns(pl.col(money).cast(pl.Int64))
    stated = {name: pl.Series(draw.random(n) >= MISSING) for name in frame.columns}
    gaps = [pl.when(stated[name]).then(pl.col(name)).alias(name) for name in frame.columns]
    return frame.with_columns(gaps).with_columns(key, year=pl.lit(year, pl.Int64), currency=pl.lit("CNY"))


def _drawn(draw: np.random.Generator, name: str, n: int, codes: Any) -> dict[str, Any]:
    """A value for each column of a kind that can be drawn."""
    columns = [c for c in noun(name).columns if c.name not in ("valid_from", "recorded_at")]
    found = {c.name: _values(draw, c, n, codes) for c in columns}
    return {column: values for column, values in found.items() if values is not None}


def _values(draw: np.random.Generator, column: Column, n: int, codes: Any) -> Any:
    match column.kind:
        case "int":
            return draw.integers(0, _HIGHEST.get(column.name, 9), n, endpoint=True)
        case "float" | "ratio":
            return draw.uniform(0, _HIGHEST.get(column.name, 1 if column.kind == "ratio" else 100), n)
        case "bool":
            return draw.random(n) < (0.9 if column.name in ("legal_person", "high_tech_field") else 0.05)
        case "code":
            return _among(draw, sorted(codes[column.of]), n) if codes.get(column.of) else None
        case "date":
            days = draw.integers(_FIRST.toordinal(), _LAST.toordinal(), n) - date(1970, 1, 1).toordinal()
            return pl.Series(days).cast(pl.Int32).cast(pl.Date)
    return None


def _among(draw: np.random.Generator, values: list[str], n: int) -> pl.Series:
    return pl.Series(values).gather(draw.integers(0, len(values), n))
