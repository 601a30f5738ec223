"""Seeded draws, one stream per table, so that a change to one table leaves the others as they were."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Draw:
    """A random stream named after what it fills; every method draws whole columns."""

    def __init__(self, seed: int, name: str) -> None:
        self._rng: Any = np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))

    def below(self, high: int | Ints, n: int | None = None) -> Ints:
        """Integers from 0 up to, not including, `high`; `high` may be a column, then zero gives zero."""
        if isinstance(high, np.ndarray):
            return np.asarray(np.floor(self._rng.random(len(high)) * high), dtype=np.int64)
        return np.asarray(self._rng.integers(0, max(high, 1), size=n, dtype=np.int64))

    def between(self, low: int, high: int, n: int) -> Ints:
        """Integers from `low` to `high`, both included."""
        return np.asarray(self._rng.integers(low, high + 1, size=n, dtype=np.int64))

    def uniform(self, low: float, high: float, n: int) -> Floats:
        return np.asarray(self._rng.uniform(low, high, size=n))

    def normal(self, mean: float, deviation: float, n: int) -> Floats:
        return np.asarray(self._rng.normal(mean, deviation, size=n))

    def amounts(self, low: float, high: float, n: int, unit: float = 1.0) -> Ints:
        """Log-uniform amounts, rounded to two significant digits as people plan them, times `unit`."""
        raw = np.exp(self._rng.uniform(np.log(low), np.log(high), size=n))
        step = 10.0 ** (np.floor(np.log10(raw)) - 1)
        return np.asarray(np.round(np.round(raw / step) * step * unit), dtype=np.int64)

    def chance(self, p: float | Floats, n: int) -> Bools:
        return np.asarray(self._rng.random(n) < p)

    def which(self, weights: Sequence[float], n: int) -> Ints:
        """Indices by weight."""
        total = np.cumsum(np.asarray(weights, dtype=np.float64))
        return np.asarray(np.searchsorted(total, self._rng.random(n) * total[-1], side="right"), dtype=np.int64)

    def dealt(self, weights: Sequence[float], n: int) -> Ints:
        """Indices whose counts follow the weights by largest remainders, in random order."""
        exact = np.asarray(weights, dtype=np.float64) / sum(weights) * n
        count = np.floor(exact).astype(np.int64)
        count[np.argsort(count - exact, kind="stable")[: n - int(count.sum())]] += 1
        return np.repeat(np.arange(len(count)), count)[self.order(n)]

    def order(self, n: int) -> Ints:
        return np.asarray(self._rng.permutation(n), dtype=np.int64)

    def distinct(self, high: int, n: int) -> Ints:
        """n different integers below `high`, in random order."""
        return np.asarray(self._rng.choice(high, size=n, replace=False, shuffle=True), dtype=np.int64)

    def days(self, anchor: date, low: int, high: int, n: int) -> pl.Series:
        """Dates `low` to `high` days after `anchor` (negative: before)."""
        return dates(anchor, self.between(low, high, n))


class Echo(Draw):
    """Draws that depend on a row's number alone: equal rows draw alike, and parts of a table need no order.

    Each call mixes seed, name, a call counter and the row by splitmix64 (Steele, Lea and Flood 2014).
    """

    def __init__(self, seed: int, name: str, rows: Ints) -> None:
        self._rng = _Mixed((seed << 32) ^ zlib.crc32(name.encode()), rows)


class _Mixed:
    """The few methods of a NumPy generator that `Draw` calls, by row."""

    def __init__(self, start: int, rows: Ints) -> None:
        self._start, self._rows, self._calls = start, rows.astype(np.uint64), 0

    def random(self, size: int) -> Floats:
        self._calls += 1
        mix = (self._start + self._calls * 0x9E3779B97F4A7C15) % 2**64
        with np.errstate(over="ignore"):
            z = self._rows * np.uint64(0xD1B54A32D192ED03) + np.uint64(mix)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
        assert size == len(z), "an Echo draws one value a row"
        return np.asarray((z >> np.uint64(11)).astype(np.float64) / 2.0**53)

    def uniform(self, low: float, high: float, size: int) -> Floats:
        return np.asarray(low + self.random(size) * (high - low))

    def integers(self, low: int, high: int, size: int, dtype: type[np.int64] = np.int64) -> Ints:
        return np.asarray(low + np.floor(self.random(size) * (high - low)), dtype=dtype)


def dates(anchor: date, shift: Ints) -> pl.Series:
    """Dates so many days after `anchor`."""
    start = anchor.toordinal() - date(1970, 1, 1).toordinal()
    return pl.Series(start + np.asarray(shift, dtype=np.int64)).cast(pl.Int32).cast(pl.Date)


def ids(prefix: str, n: int) -> pl.Series:
    """`N0001`, `N0002`: as wide as the last one needs, so that text order is number order."""
    width = max(4, len(str(n)))
    return pl.select((pl.lit(prefix) + pl.int_range(1, n + 1).cast(pl.String).str.zfill(width)).alias("id")).to_series()


def take(values: Sequence[Any] | pl.Series, index: Ints) -> pl.Series:
    """Values at an index; a negative index gives null."""
    series = values if isinstance(values, pl.Series) else pl.Series(list(values))
    wanted = pl.Series(index).cast(pl.Int64)
    return series.gather(wanted.set(wanted < 0, None)) if (index < 0).any() else series.gather(wanted)


def lists(options: Sequence[Sequence[str]], index: Ints) -> pl.Series:
    """A list column whose rows are picked from given lists."""
    return take(pl.Series([list(o) for o in options], dtype=pl.List(pl.String)), index)


class Blocks:
    """Rows grouped by a key, for picking a random row of the wanted key.

    Where a key has no row the pick falls back on all rows.
    """

    def __init__(self, rows: Ints, keys: Ints, n_keys: int) -> None:
        order = np.argsort(keys, kind="stable")
        self._rows = rows[order]
        self._count = np.bincount(keys, minlength=n_keys).astype(np.int64)
        self._start = np.concatenate([[0], np.cumsum(self._count)[:-1]]).astype(np.int64)

    def pick(self, draw: Draw, keys: Ints) -> Ints:
        """One row for each wanted key."""
        if not len(self._rows):
            return np.full(len(keys), -1, dtype=np.int64)
        count = self._count[keys]
        within = self._rows[np.minimum(self._start[keys] + draw.below(count), len(self._rows) - 1)]
        anywhere = self._rows[draw.below(len(self._rows), len(keys))]
        return np.where(count > 0, within, anywhere)
