"""How sure a level is: P(level ≥ L), from readings of different grade and age.

What is estimated is the level the rule would give if every dimension's true level were known, with no dimension
above its upper end (nobody stands above their own claim). Before anything is read, every level from 0 to the top is
as likely as another, in each dimension by itself. A reading of grade g and age a is sound with probability
`sound(g) · 2^(−a / half-life)`; a sound one errs by k levels with weight `above^k` or `below^k`, any other says each
level alike. The posterior of a dimension is exact, and so is that of the whole: over dimensions independent of one
another the weight that agrees is convolved level by level, no draws are taken.

The usual Dirichlet posterior counts readings as though each drew its own level: two who disagree never come to an
agreement, and an old declaration weighs like an audit. We ask instead what each reading says of one true level (A. P.
Dawid and A. M. Skene, *Maximum likelihood estimation of observer error-rates*, 1979, with the error rates given by the
scale and not estimated). Error rates and half-lives are ours, so the figure is a belief; levels themselves do not
fade with age, only how sure one is of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.appraise.maturity.rule import Ints
from tongtu.appraise.maturity.scale import MaturityScale, Reading, maturity_scale
from tongtu.appraise.maturity.standing import said
from tongtu.appraise.maturity.table import placed
from tongtu.registry import Registry

Floats = npt.NDArray[np.float64]
_BLOCK = 4096
_CHANCES: Mapping[str, Any] = {"case": pl.String, "level": pl.Int64, "p": pl.Float64}
_POSTERIORS: Mapping[str, Any] = {
    "case": pl.String, "dimension": pl.String, "level": pl.Int64, "p": pl.Float64, "readings": pl.Int64,
}  # fmt: skip


def chances(
    cases: pl.DataFrame,
    registry: Registry,
    as_of: date,
    *,
    scale: MaturityScale | None = None,
    given: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """case, level (1 to the scale's top), p: how likely the whole stands at the level or higher. Arguments as for
    `maturity`; ordered by case and level."""
    scale = scale or maturity_scale()
    found = _Beliefs(cases, registry, as_of, scale, given)
    sure = [overall(block, scale) for block in found.blocks()]
    p = np.concatenate([np.zeros((0, scale.top)), *sure])
    return found.long(p, found.cases["case"], _CHANCES)


def posteriors(
    cases: pl.DataFrame,
    registry: Registry,
    as_of: date,
    *,
    scale: MaturityScale | None = None,
    given: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """case, dimension, level, p, readings: how likely each dimension stands at the level or higher, and how many
    readings say so (0: nothing but what was believed before)."""
    scale = scale or maturity_scale()
    found = _Beliefs(cases, registry, as_of, scale, given)
    size, top = len(scale.dimensions), max(d.top for d in scale.dimensions)
    p = np.concatenate([np.zeros((0, size, top + 1)), *found.blocks()])[:, :, 1:].reshape(-1, top)
    n = found.cases.height
    made = pl.DataFrame(
        {
            "case": found.cases["case"].gather(np.repeat(np.arange(n), size * top)),
            "dimension": pl.Series(np.tile(np.repeat(np.arange(size), top), n)),
            "level": np.tile(np.arange(1, top + 1), n * size),
            "p": p.ravel(),
            "readings": np.repeat(found.counts, top),
        }
    )
    names, tops = (dict(enumerate(column)) for column in zip(*((d.code, d.top) for d in scale.dimensions), strict=True))
    known = made.filter(pl.col("level") <= pl.col("dimension").replace_strict(tops, return_dtype=pl.Int64))
    coded = pl.col("dimension").replace_strict(names, return_dtype=pl.String)
    return known.with_columns(coded).select(pl.col(name).cast(kind) for name, kind in _POSTERIORS.items())


class _Beliefs:
    """Readings of every case, and what they leave to be believed of each dimension, block by block."""

    def __init__(
        self, cases: pl.DataFrame, registry: Registry, as_of: date, scale: MaturityScale, given: pl.DataFrame | None
    ) -> None:
        self.scale = scale
        self.errors = np.array([
            [kernel(scale.readings[grade], d.top, max(d.top for d in scale.dimensions)) for d in scale.dimensions]
            for grade in sorted(scale.caps)
        ])  # fmt: skip
        self.cases = cases.select("case", "achievement").unique("case", keep="first").sort("case")
        self.size, self.top = len(scale.dimensions), max(d.top for d in scale.dimensions)
        rows = placed(self.cases, said(self.cases, registry, scale, as_of, given), scale).filter("holds")
        self.upper = self._upper(rows)
        read = _once(rows.filter("reads"), registry)
        self.rows = read.with_columns(age=(pl.lit(as_of) - pl.col("on")).dt.total_days()).sort("at")
        counts = self.rows.group_by("at").agg(pl.len())
        self.counts = np.zeros(self.cases.height * self.size, np.int64)
        self.counts[counts["at"].to_numpy()] = counts["len"].to_numpy()

    def _upper(self, rows: pl.DataFrame) -> Ints:
        """No dimension is believed to stand above what is claimed of it, where anything is."""
        caps = pl.col("grade").replace_strict(dict(self.scale.caps), return_dtype=pl.Int64)
        ends = rows.group_by("at").agg(
            claimed=pl.col("level").filter("claims").max(),
            shown=pl.min_horizontal("level", caps).filter("supports").max(),
        ).drop_nulls("claimed")  # fmt: skip
        upper = np.tile(np.array([d.top for d in self.scale.dimensions]), self.cases.height)
        upper[ends["at"].to_numpy()] = ends.select(pl.max_horizontal("claimed", "shown")).to_series().to_numpy()
        return upper.reshape(-1, self.size)

    def blocks(self) -> list[Floats]:
        """P(dimension ≥ l) for l = 0 to the greatest top: cases × dimensions × levels."""
        ats = self.rows["at"].to_numpy()
        found = []
        for start in range(0, self.cases.height, _BLOCK):
            stop = min(start + _BLOCK, self.cases.height)
            low, high = np.searchsorted(ats, [start * self.size, stop * self.size])
            rows = self.rows.slice(int(low), int(high - low))
            found.append(self._block(rows, start, stop))
        return found

    def _block(self, rows: pl.DataFrame, start: int, stop: int) -> Floats:
        cells = (stop - start) * self.size
        likely = np.zeros((cells, self.top + 1))
        if rows.height:
            at = rows["at"].to_numpy() - start * self.size
            firsts = np.flatnonzero(np.diff(at, prepend=-1))
            likely[at[firsts]] = np.add.reduceat(np.log(self._likelihood(rows, at % self.size)), firsts, axis=0)
        tops = np.tile([d.top for d in self.scale.dimensions], stop - start)
        impossible = np.arange(self.top + 1)[None, :] > tops[:, None]
        weights = np.where(impossible, 0.0, np.exp(likely - likely.max(axis=1, keepdims=True)))
        tails = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
        tails = tails / tails[:, :1]
        beyond = np.arange(self.top + 1)[None, :] > self.upper[start:stop].reshape(-1, 1)
        tails[beyond] = 0.0
        tails[:, 0] = 1.0
        shaped: Floats = np.minimum(tails, 1.0).reshape(stop - start, self.size, self.top + 1)
        return shaped

    def _likelihood(self, rows: pl.DataFrame, dimension: Ints) -> Floats:
        """Of each reading, for every true level. A reading without a date counts as one half-life old."""
        grades = sorted(self.scale.caps)
        sound = np.array([self.scale.readings[g].sound for g in grades])
        half = np.array([d.half_life for d in self.scale.dimensions], float)[dimension]
        tops = np.array([d.top for d in self.scale.dimensions], float)[dimension]
        g = rows["grade"].replace_strict({one: n for n, one in enumerate(grades)}, return_dtype=pl.Int64).to_numpy()
        age = rows["age"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        age = np.maximum(np.where(np.isnan(age), half, age), 0.0)
        share = (sound[g] * 0.5 ** (age / half))[:, None]
        likely: Floats = share * self.errors[g, dimension, rows["level"].to_numpy()] + (1 - share) / (tops[:, None] + 1)
        return likely

    def long(self, p: Floats, ids: pl.Series, schema: Mapping[str, Any]) -> pl.DataFrame:
        levels = p.shape[1]
        return pl.DataFrame(
            {
                "case": ids.gather(np.repeat(np.arange(len(ids)), levels)),
                "level": np.tile(np.arange(1, levels + 1), len(ids)),
                "p": p.ravel(),
            },
            schema_overrides=dict(schema),
        )


def _once(rows: pl.DataFrame, registry: Registry) -> pl.DataFrame:
    """Without evidence that an assessment of the same dimension cites: one observation is not counted twice."""
    cited = registry["assessments"].select(source="assessment", evidence="evidence").explode("evidence").drop_nulls()
    through = rows.select("at", "source").join(cited, on="source").select("at", source="evidence").unique()
    return rows.join(through, on=["at", "source"], how="anti")


def kernel(reading: Reading, top: int, width: int) -> list[list[float]]:
    """[said][true] = P(a sound reading says so), for levels 0 to `top`; beyond it nothing is said or true."""
    found = [[0.0] * (width + 1) for _ in range(width + 1)]
    for true in range(top + 1):
        weights = [
            reading.above ** (heard - true) if heard >= true else reading.below ** (true - heard)
            for heard in range(top + 1)
        ]
        for heard, weight in enumerate(weights):
            found[heard][true] = weight / sum(weights)
    return found


def overall(tails: Floats, scale: MaturityScale) -> Floats:
    """P(overall ≥ L) for L = 1 to the top, from P(dimension ≥ l): cases × dimensions × levels from 0.

    For each L the weight that agrees is built up dimension by dimension; a gate that misses L by more than the
    tolerance takes its share of the cases out altogether.
    """
    total = sum(d.weight for d in scale.dimensions)
    need = int(np.ceil(scale.level * total - 1e-9))
    found = np.zeros((len(tails), scale.top))
    for level in range(1, scale.top + 1):
        agreed, built = np.ones((len(tails), 1)), 0
        for n, dimension in enumerate(scale.dimensions):
            reaches = tails[:, n, level, None]
            passes = tails[:, n, max(level - scale.tolerance, 0), None] if dimension.required else 1.0
            weight = dimension.weight
            grown = np.zeros((len(tails), built + weight + 1))
            grown[:, : built + 1] = agreed * (passes - reaches)
            grown[:, weight:] += agreed * reaches
            built += weight
            agreed = grown
        found[:, level - 1] = agreed[:, need:].sum(axis=1)
    clipped: Floats = np.clip(found, 0.0, 1.0)
    return clipped
