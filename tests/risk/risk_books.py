"""Small books of cases for the tests of simulation and tranches."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tongtu.risk.book import Book, book

KNOWN = {"currency": "CNY", "price_year": 2026}


def cases(*ids: str, **columns: Any) -> pl.DataFrame:
    """Cases by id; a column may be one value for all or one for each."""
    frame = pl.DataFrame({"case": list(ids)})
    given = {**KNOWN, **columns}
    return frame.with_columns(
        pl.Series(name, value) if isinstance(value, list) else pl.lit(value).alias(name)
        for name, value in given.items()
    )


def stages(*rows: tuple[Any, ...], **columns: Any) -> pl.DataFrame:
    """Rows (case, order, stage, p, cost)."""
    frame = pl.DataFrame(list(rows), ["case", "order", "stage", "p", "cost"], orient="row")
    return frame.with_columns(
        pl.Series(name, value) if isinstance(value, list) else pl.lit(value).alias(name)
        for name, value in columns.items()
    )


def alike(n: int, p: float, cost: float = 100.0, payoff: float | None = None) -> Book:
    """`n` cases of one stage, all the same."""
    ids = [f"C{k:04d}" for k in range(n)]
    paid = pl.DataFrame({"case": ids, "payoff": [payoff] * n}) if payoff is not None else None
    return book(cases(*ids), stages(*((i, 1, "pilot", p, cost) for i in ids)), paid, currency="CNY")


def drawn(
    n: int, seed: int = 0, *, sectors: int = 3, items: int = 2, width: int = 3, belief: float = 0.0,
    spread: float = 0.0, payoffs: bool = True,
) -> Book:  # fmt: skip
    """A mixed book: up to `width` stages, beliefs of this size, costs of this spread (of the logarithm)."""
    rng = np.random.default_rng(seed)
    ids = [f"C{k:04d}" for k in range(n)]
    direction = [f"D{k}" for k in rng.integers(0, sectors, n)]
    item = [f"I{k}" if k < items else None for k in rng.integers(0, 2 * items, n)]
    first = rng.integers(0, width, n)
    p, cost = rng.uniform(0.3, 0.9, (sectors, width)), rng.uniform(1e6, 5e6, (n, width))
    rows = [
        (case, k, f"s{k}", float(p[int(direction[i][1:]), k]), float(cost[i, k]))
        for i, case in enumerate(ids)
        for k in range(int(first[i]), width)
    ]
    frame = stages(*rows)
    if belief:
        frame = frame.with_columns(a=pl.col("p") * belief, b=(1 - pl.col("p")) * belief)
    if spread:
        step = float(np.exp(1.2815515655446004 * spread))
        frame = frame.with_columns(cost_low=pl.col("cost") / step, cost_high=pl.col("cost") * step)
    paid = pl.DataFrame({"case": ids, "payoff": rng.uniform(5e6, 5e7, n)}) if payoffs else None
    return book(cases(*ids, direction=direction, item=item), frame, paid, currency="CNY")
