"""Supply graphs drawn from a seed, as the registry's tables, and small ones answered by trying every world."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Collection
from statistics import median
from typing import Any

import numpy as np
import polars as pl

DEPTH, PLACES = 20, ("CN", "US", "JP", "DE", "NL", "KR", "SG", "GB")
SUPPLY = {"item": pl.String, "supplier": pl.String, "jurisdiction": pl.String, "share": pl.Float64}
PART = {"item": pl.String, "component": pl.String, "route": pl.String}


def tables(size: int, seed: int) -> dict[str, pl.DataFrame]:
    """`size` items in twenty tiers: one or two routes of one to four inputs each, one to four suppliers, a twentieth of
    them with a substitute from the lowest tier; a third of the shares are ranges, and some are not attributed."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"i{k:06d}" for k in range(size)])
    tier = np.arange(size) * DEPTH // size
    above = np.flatnonzero(tier > 0)
    two = rng.random(len(above)) < 0.2
    item = np.concatenate([above, above[two]])
    route = np.where(np.arange(len(item)) < len(above), "a", "b")
    count = rng.integers(1, 5, len(item))
    user, by = np.repeat(item, count), np.repeat(route, count)
    below = tier[user] * size // DEPTH
    part = (rng.random(len(user)) ** 0.5 * below).astype(int)
    components = pl.DataFrame({"item": ids[user], "component": ids[part], "route": by}).unique(maintain_order=True)
    held = np.repeat(np.arange(size), rng.integers(1, 5, size))
    weight = rng.random(len(held))
    share = weight / np.bincount(held, weight)[held] * rng.choice([1.0, 0.95], size, p=[0.8, 0.2])[held]
    firm = rng.integers(0, max(20, size // 4), len(held))
    ranged = rng.random(len(held)) < 1 / 3
    supplies = pl.DataFrame(
        {
            "item": ids[held], "supplier": [f"s{k}" for k in firm],
            "jurisdiction": np.array(PLACES)[firm % len(PLACES)], "share": share,
            "share_low": np.where(ranged, share * 0.9, np.nan), "share_high": np.where(ranged, share * 1.1, np.nan),
        }
    ).fill_nan(None).unique(["item", "supplier"], keep="first", maintain_order=True)  # fmt: skip
    swapped = rng.choice(above, size // 20, replace=False)
    substitutes = pl.DataFrame(
        {
            "item": ids[swapped], "substitute": ids[rng.integers(0, size // DEPTH, len(swapped))],
            "performance": rng.uniform(0.5, 1.0, len(swapped)), "switch_days": rng.uniform(10, 400, len(swapped)),
            "qualified": True,
        }
    )  # fmt: skip
    items = pl.DataFrame(
        {
            "item": ids, "stock_days": rng.integers(0, 60, size).astype(float),
            "recovery_days": rng.integers(20, 200, size).astype(float), "value_share": rng.random(size),
            "substitute_days": rng.uniform(30, 900, size),
        }
    )  # fmt: skip
    return {"supplies": supplies, "components": components, "substitutes": substitutes, "items": items}


def timed(work: Callable[[], object], turns: int = 5) -> float:
    """Median seconds, after one turn that does not count where there are several."""
    if turns > 1:
        work()
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)


class Small:
    """A handful of items, read again for every question."""

    def __init__(self, seed: int, size: int = 7) -> None:
        chance = random.Random(seed)
        items = [f"i{k}" for k in range(size)]
        self.top = items[-1]
        self.supplies = [
            (item, f"s{s}", "ABC"[s % 3], 1.0) for item in items for s in chance.sample(range(9), chance.randint(1, 2))
        ]
        self.parts = [
            (items[k], items[u], route)
            for k in range(1, size)
            for route in "xy"[: chance.randint(0, 2)]
            for u in sorted({chance.randrange(k), chance.randrange(k)})
        ]
        self.chances = {name: round(chance.random() / 2, 3) for name in [*(f"s{s}" for s in range(9)), *"ABC"]}

    def tables(self) -> dict[str, pl.DataFrame]:
        whole = pl.DataFrame(self.supplies, SUPPLY, orient="row")
        shared = whole.with_columns(pl.col("share") / pl.len().over("item"))
        return {"supplies": shared, "components": pl.DataFrame(self.parts, PART, orient="row")}

    def outages(self) -> pl.DataFrame:
        known = {name for row in self.supplies for name in row[1:3]}
        rows = [("supplier" if name.startswith("s") else "jurisdiction", name, p) for name, p in self.chances.items()]
        return pl.DataFrame([row for row in rows if row[1] in known], ["kind", "id", "probability"], orient="row")

    def has(self, item: str, out: Collection[str]) -> bool:
        rows = [row for row in self.supplies if row[0] == item]
        if all(supplier in out or place in out for _, supplier, place, _ in rows):
            return False
        routes: dict[str, list[str]] = {}
        for user, part, route in self.parts:
            if user == item:
                routes.setdefault(route, []).append(part)
        return not routes or any(all(self.has(u, out) for u in needed) for needed in routes.values())

    def available(self) -> float:
        """Probability that the top item can be had: every world, one after another."""
        inside = {self.top}
        for user, part, _ in sorted(self.parts, reverse=True):
            inside |= {part} if user in inside else set()
        names = sorted({name for row in self.supplies if row[0] in inside for name in row[1:3]})
        total = 0.0
        for states in itertools.product([False, True], repeat=len(names)):
            weight = 1.0
            for name, out in zip(names, states, strict=True):
                weight *= self.chances[name] if out else 1 - self.chances[name]
            if self.has(self.top, {name for name, out in zip(names, states, strict=True) if out}):
                total += weight
        return total

    def cut(self, by: int) -> set[tuple[Any, ...]]:
        """Minimal cuts of one or two holders, by trying all."""
        names = sorted({row[by] for row in self.supplies})
        one = {(name,) for name in names if not self.has(self.top, {name})}
        two = {pair for pair in itertools.combinations(names, 2) if not self.has(self.top, set(pair))}
        return one | {pair for pair in two if not any((name,) in one for name in pair)}
