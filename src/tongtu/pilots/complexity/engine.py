"""`complexity`: every measure of one table, with intervals and reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.pilots.complexity import drawn as resampling
from tongtu.pilots.complexity.drawn import Drawn, Resample, interval, ranks
from tongtu.pilots.complexity.measures import Eigen, Fitness, advantage, density, eigen, fitness, has, proximity
from tongtu.pilots.complexity.table import Floats, Table, option_fault, read
from tongtu.solve import Progress
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

LEVEL = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Complexity:
    """What `complexity` returns; null is unknown, and `why` says why.

    `places`: place, value (all it has), diversity (products with advantage), eci, eci_low, eci_high, rank, rank_low,
    rank_high (1 = most complex), fitness, why. `products`: product, value, ubiquity, pci, pci_low, pci_high, rank,
    rank_low, rank_high, complexity (the fitness rounds' quality of a product), why. `pairs`: place, product, value
    (null = unknown), rca, advantage, density. Intervals are the central `level` of the `draws` resamples that had an
    answer. `second`: the second eigenvalue; `iterations` and `converged` tell of the fitness rounds.
    """

    places: pl.DataFrame
    products: pl.DataFrame
    pairs: pl.DataFrame
    second: float
    iterations: int
    converged: bool
    draws: int
    level: float
    _near: Floats
    _names: list[str]

    def proximity(self) -> pl.DataFrame:
        """product, other, proximity (0..1): each pair of products once."""
        first, second = np.triu_indices(len(self._names), 1)
        names = pl.Series(self._names, dtype=pl.String)
        return pl.DataFrame({"product": names[first], "other": names[second], "proximity": self._near[first, second]})


def complexity(
    frame: pl.DataFrame,
    *,
    threshold: float = 1.0,
    draws: int = 0,
    resample: Resample = "places",
    level: float = LEVEL,
    iterations: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Complexity:
    """The complexity of places and products from a frame place, product, value (amounts or counts, not negative).

    A place has a product where its advantage is at least `threshold`. `draws` > 0 adds intervals (see `drawn`);
    `poisson` needs counts. `iterations` = 0 leaves fitness out. Raises DataRefused for the frame, UsageFault for the
    options, each with every fault.
    """
    table = read(frame)
    _check(table, threshold, draws, resample, level)
    values = table.known
    ratio = advantage(values)
    held = has(ratio, threshold)
    found, rounds = eigen(held), fitness(held, iterations)
    near = proximity(held)
    others = resampling.drawn(table, threshold, draws, seed, resample, progress)
    return Complexity(
        _places(table, held, found, rounds, others, level),
        _products(table, held, found, rounds, others, level),
        _pairs(table, ratio, held, density(held, near)),
        found.value,
        rounds.iterations,
        rounds.converged,
        len(others.places),
        level,
        near,
        table.products,
    )


def _check(table: Table, threshold: float, draws: int, resample: Resample, level: float) -> None:
    wrong = [
        ("threshold", not threshold > 0, threshold),
        ("draws", draws < 0, draws),
        ("level", not 0 < level < 1, level),
        ("resample", resample not in ("places", "poisson"), resample),
    ]
    faults = [option_fault(name, value) for name, bad, value in wrong if bad]
    if draws > 0 and resample == "poisson" and not table.whole:
        faults.append(Fault(Why("pilots_complexity.no-counts"), Why("pilots_complexity.repair-counts")))
    if faults:
        raise UsageFault(faults)


def _places(table: Table, held: Floats, found: Eigen, rounds: Fitness, others: Drawn, level: float) -> pl.DataFrame:
    count = held.sum(axis=1)
    measured = _measured("eci", found.places, others.places, level)
    frame = pl.DataFrame({"place": pl.Series(table.places, dtype=pl.String), "value": _amounts(table.values, 1),
                          "diversity": count.astype(np.int64), **measured, "fitness": rounds.places})  # fmt: skip
    return _finished(frame, "place", "eci", "diversity", found.why)


def _products(table: Table, held: Floats, found: Eigen, rounds: Fitness, others: Drawn, level: float) -> pl.DataFrame:
    count = held.sum(axis=0)
    measured = _measured("pci", found.products, others.products, level)
    frame = pl.DataFrame({"product": pl.Series(table.products, dtype=pl.String), "value": _amounts(table.values, 0),
                          "ubiquity": count.astype(np.int64), **measured, "complexity": rounds.products})  # fmt: skip
    return _finished(frame, "product", "pci", "ubiquity", found.why)


def _amounts(values: Floats, axis: int) -> Floats:
    """Sums of what is known; NaN where nothing is."""
    return np.where(np.isnan(values).all(axis=axis), np.nan, np.nansum(values, axis=axis))


def _measured(name: str, values: Floats, draws: Floats, level: float) -> dict[str, pl.Series | Floats]:
    low, high = interval(draws, level)
    placed = ranks(values)
    first, last = interval(ranks(draws), level)
    return {
        name: values, f"{name}_low": low, f"{name}_high": high,
        "rank": placed, "rank_low": np.floor(first), "rank_high": np.ceil(last),
    }  # fmt: skip


def _finished(frame: pl.DataFrame, side: str, measure: str, count: str, without: Why | None) -> pl.DataFrame:
    """NaN as null, ranks as whole numbers, and the reason of each row."""
    numbers = pl.selectors.float().fill_nan(None)
    whole = pl.col("rank", "rank_low", "rank_high").cast(pl.Int64)
    told = frame.with_columns(numbers).with_columns(whole)
    of = told[measure].count()
    asked = told.select("value", count, measure, "rank", "rank_low", "rank_high")
    why = [_why(side, row, measure, count, of, without).to_json() for row in asked.iter_rows(named=True)]
    return told.with_columns(pl.Series("why", why, pl.String))


def _why(side: str, row: dict[str, object], measure: str, count: str, of: int, without: Why | None) -> Why:
    if row["value"] is None:
        return Why(f"pilots_complexity.{side}-unknown")
    if row[count] == 0:
        return Why(f"pilots_complexity.{side}-none")
    if without is not None or row[measure] is None:
        return Why("pilots_complexity.no-measure", {}, (without,) if without else ())
    parts: tuple[Why, ...] = ()
    if row["rank_low"] is not None:
        parts = (Why("pilots_complexity.rank-range", {"low": row["rank_low"], "high": row["rank_high"]}),)
    return Why(f"pilots_complexity.{side}-ranked", {"n": row[count], "rank": row["rank"], "of": of}, parts)


def _pairs(table: Table, ratio: Floats, held: Floats, dense: Floats) -> pl.DataFrame:
    n, m = table.values.shape
    names = pl.Series(table.places, dtype=pl.String), pl.Series(table.products, dtype=pl.String)
    unknown = np.isnan(table.values).ravel()
    frame = pl.DataFrame({
        "place": names[0].gather(np.repeat(np.arange(n), m)), "product": names[1].gather(np.tile(np.arange(m), n)),
        "value": table.values.ravel(), "rca": np.where(unknown, np.nan, ratio.ravel()), "density": dense.ravel(),
        "told": ~unknown & np.isfinite(ratio.ravel()), "held": held.ravel() > 0,
    })  # fmt: skip
    has = pl.when("told").then("held").alias("advantage")
    return frame.select(
        "place", "product", pl.col("value", "rca").fill_nan(None), has, pl.col("density").fill_nan(None)
    )
