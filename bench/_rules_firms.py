"""Thirty threshold criteria, and random firms to ask them of. Money is in fen.

Importable without Tongtu; what makes its frames imports it where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tongtu.registry import Registry

SEED = 20_261_122
TIERS = ("giant", "srdi", "innovative")
WAN = 10_000 * 100  # 万元 in fen
#: ten figures, each asked of three tiers: (numerator, denominator or none, operator, a number per tier, unit)
THRESHOLDS: tuple[tuple[str, str | None, str, tuple[int, int, int], str], ...] = (
    ("revenue", None, ">=", (5000, 1000, 300), "万元"),
    ("main_revenue", "revenue", ">=", (80, 70, 60), "%"),
    ("total_debt", "total_assets", "<=", (70, 75, 80), "%"),
    ("rd_spend", "revenue", ">=", (5, 3, 2), "%"),
    ("rd_spend", None, ">=", (200, 100, 10), "万元"),
    ("segment_years", None, ">=", (3, 2, 1), ""),
    ("ip_class1_own", None, ">=", (3, 2, 1), ""),
    ("segment_share", None, ">=", (10, 5, 1), "%"),
    ("platform_score", None, ">=", (60, 50, 40), ""),
    ("employees", None, "<=", (1800, 1900, 1950), ""),
)
#: figures that some firms do not state
GAPS = ("rd_spend", "segment_share", "platform_score")
MISSING = 0.02


def thresholds() -> list[dict[str, Any]]:
    """The thirty criteria in plain numbers, tier by tier, for engines that know no units."""
    scale = {"万元": WAN, "%": 0.01, "": 1}
    return [
        {"top": top, "bottom": bottom, "op": op, "number": round(numbers[i] * scale[unit], 6), "tier": i}
        for i in range(len(TIERS))
        for top, bottom, op, numbers, unit in THRESHOLDS
    ]


def rule_text() -> str:
    """The same criteria as a rule file."""
    tiers = "\n".join(
        f"      - tier: {tier}\n        name: {{zh: {tier}, en: {tier}}}\n        all:\n"
        + "\n".join(
            f"          - {{id: c{k}, name: {{zh: 条件{k}, en: c{k}}}, "
            f"check: {f'{top} / {bottom}' if bottom else top} {op} {numbers[i]}{unit}}}"
            for k, (top, bottom, op, numbers, unit) in enumerate(THRESHOLDS)
        )
        for i, tier in enumerate(TIERS)
    )
    return _HEAD + tiers


_HEAD = """scheme: bench
name: {zh: 测量用, en: Bench}
subject: organisations
yearly: firm_years
currency: CNY
jurisdiction: CN
versions:
  - version: "1"
    in_force: [{from: 2020-01-01, purposes: [new]}]
    cite: {document: made up, article: "1", source: bench, grade: ours}
    tiers:
"""


def firms(n: int) -> dict[str, np.ndarray]:
    """Ten figures of each firm as floats, NaN where it states none."""
    draw = np.random.default_rng(SEED)
    revenue = np.floor(draw.lognormal(17.5, 1.2, n) * 100)
    assets = np.floor(revenue * draw.uniform(0.5, 3, n))
    found = {
        "revenue": revenue,
        "main_revenue": np.floor(revenue * draw.uniform(0.5, 1, n)),
        "total_debt": np.floor(assets * draw.uniform(0.1, 1, n)),
        "total_assets": assets,
        "rd_spend": np.floor(revenue * draw.uniform(0, 0.2, n)),
        "segment_years": draw.uniform(0, 20, n),
        "ip_class1_own": draw.integers(0, 20, n).astype(float),
        "segment_share": draw.uniform(0, 0.6, n),
        "platform_score": draw.uniform(30, 100, n),
        "employees": draw.integers(5, 2000, n).astype(float),
    }
    for name in GAPS:
        found[name][draw.random(n) < MISSING] = np.nan
    return found


def registry_of(figures: dict[str, np.ndarray]) -> Registry:
    """The firms of `firms` as records."""
    import polars as pl

    from tongtu.registry import Registry

    n = len(figures["revenue"])
    key = pl.Series("organisation", [f"F{i:07d}" for i in range(n)])
    organisations = pl.DataFrame({"organisation": key, "name": key}).with_columns(kind=pl.lit("sme"))
    years = pl.DataFrame({"organisation": key, **figures}).with_columns(
        pl.col(GAPS).fill_nan(None), year=pl.lit(2025), currency=pl.lit("CNY")
    )
    return Registry({"organisations": organisations, "firm_years": years})
