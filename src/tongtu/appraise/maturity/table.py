"""Industrial application maturity of each case: claimed beside supported, and a gate on the weakest link.

Ours, and said to be ours in every reason: no published index of industrial application maturity exists.
Levels are ordinal, so nothing is averaged (the System Readiness Level of Sauser et al. multiplies and averages them;
we do not): see `rule`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from tongtu.appraise.maturity import told
from tongtu.appraise.maturity.rule import Bools, Ints, Rule
from tongtu.appraise.maturity.scale import MaturityScale, maturity_scale
from tongtu.appraise.maturity.standing import said
from tongtu.registry import Registry

OVERALL = "overall"
MATURITY: Mapping[str, Any] = {
    "case": pl.String, "dimension": pl.String, "claimed": pl.Int64, "level": pl.Int64, "low": pl.Int64,
    "high": pl.Int64, "grade": pl.String, "weakest": pl.Boolean, "why": pl.String,
}  # fmt: skip
#: in whole columns of levels: nothing is known
NONE = -1


def maturity(
    cases: pl.DataFrame,
    registry: Registry,
    as_of: date,
    *,
    scale: MaturityScale | None = None,
    given: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The chain's table `maturity`: a row per case and dimension, then one named `overall`, by case.

    `cases` needs `case` and `achievement` (null where there is none). `given` are readings of other engines (columns
    of `standing.GIVEN`). Of a dimension, `level` is what evidence supports after the cap of its grade; [`low`, `high`]
    runs from there to what is claimed, or to the top of the scale where nothing is claimed. A dimension of which
    nothing is known is all null.

    Overall, by the scale's rule: `level` as far as is known (a dimension without evidence stands where it is claimed,
    or in nobody's way), null while no required dimension is known; `low` where what has no evidence counts as
    nothing, null where that reaches no level; `high` where each stands at its upper end. `weakest` marks what keeps
    the whole from the next level. `grade` is the best evidence behind the level, overall that of the binding
    dimension that is proved least. Raises DataRefused for evidence that no scale can hold.
    """
    scale = scale or maturity_scale()
    cases = cases.select("case", "achievement").unique("case", keep="first").sort("case")
    return tabled(cases, _cells(cases, said(cases, registry, scale, as_of, given), scale), scale)


def _cells(cases: pl.DataFrame, rows: pl.DataFrame, scale: MaturityScale) -> pl.DataFrame:
    """Every dimension of every case, in order: claimed, level, grade, said, lapsed; sources behind the level."""
    rows = placed(cases, rows, scale)
    caps = pl.col("grade").replace_strict(dict(scale.caps), return_dtype=pl.Int64)
    backed = rows.filter("holds", "supports").with_columns(said="level", level=pl.min_horizontal("level", caps))
    best = backed.group_by("at").agg(pl.col("level", "said").max())
    behind = backed.select("at", "level", "grade", "source").join(best.select("at", "level"), on=["at", "level"])
    grades = behind.group_by("at").agg(pl.col("grade").max())
    sources = told.listed(behind.drop_nulls("source").select("at", "source").unique())
    claimed = rows.filter("holds", "claims").group_by("at").agg(claimed=pl.col("level").max())
    lapsed = rows.filter(~pl.col("holds")).group_by("at").agg(lapsed=pl.len().cast(pl.Int64))
    grid = pl.DataFrame({"at": pl.int_range(cases.height * len(scale.dimensions), eager=True)})
    for part in (claimed, best, grades, sources, lapsed):
        grid = grid.join(part, on="at", how="left", maintain_order="left")
    return grid.with_columns(pl.col("lapsed", "n").fill_null(0))


def placed(cases: pl.DataFrame, rows: pl.DataFrame, scale: MaturityScale) -> pl.DataFrame:
    """With `at`: the place of a case's dimension among all, cases in their order."""
    order = {d.code: n for n, d in enumerate(scale.dimensions)}
    numbers = cases.select("case").with_row_index("n").with_columns(pl.col("n").cast(pl.Int64))
    dimension = pl.col("dimension").replace_strict(order, return_dtype=pl.Int64)
    return rows.join(numbers, on="case").with_columns(at=pl.col("n") * len(order) + dimension)


def tabled(cases: pl.DataFrame, cells: pl.DataFrame, scale: MaturityScale) -> pl.DataFrame:
    """The table from its cells."""
    size = len(scale.dimensions)
    ends = Ends(cells, scale)
    grades = _grades(cells["grade"], scale)
    columns = {
        "claimed": _beside(ends.claimed, ends.all_claimed),
        "level": _beside(ends.level, ends.overall),
        "low": _beside(ends.level, ends.least),
        "high": _beside(ends.high, ends.most),
        "weakest": np.concatenate([ends.weakest, np.zeros((cases.height, 1), np.int64)], axis=1).ravel(),
    }
    places = np.arange(cells.height).reshape(-1, size)
    order = np.concatenate([places, cells.height + np.arange(cases.height)[:, None]], axis=1).ravel()
    whys = pl.concat([told.dimensions(cells, scale), told.overall(ends, scale)]).gather(order)
    best = np.concatenate([grades, ends.binding_grade(grades)[:, None]], axis=1).ravel()
    names = pl.Series([*(d.code for d in scale.dimensions), OVERALL])
    grade = pl.col("_grade").replace_strict(dict(enumerate(sorted(scale.caps))), default=None, return_dtype=pl.String)
    made = pl.DataFrame({**columns, "_grade": best}).with_columns(
        *(pl.when(pl.col(name) >= 0).then(name).alias(name) for name in ("claimed", "level", "low", "high")),
        case=cases["case"].gather(np.repeat(np.arange(cases.height), size + 1)),
        dimension=names.gather(np.tile(np.arange(size + 1), cases.height)),
        why=whys,
        grade=grade,
        weakest=pl.when(pl.col("weakest") >= 0).then(pl.col("weakest") == 1),
    )  # fmt: skip
    return made.select(pl.col(name).cast(kind) for name, kind in MATURITY.items())


class Ends:
    """What is claimed and shown of each case (rows) and dimension (columns), `NONE` where nothing is; and the whole."""

    def __init__(self, cells: pl.DataFrame, scale: MaturityScale) -> None:
        shape = (-1, len(scale.dimensions))
        rule = Rule(scale)
        self.required = rule.required
        self.claimed, self.level = (_known(cells[name]).reshape(shape) for name in ("claimed", "level"))
        tops = np.array([d.top for d in scale.dimensions])
        self.known = self.level >= 0
        reach = np.maximum(self.claimed, self.level)
        self.high = np.where((self.claimed < 0) & self.known, tops, reach)
        self.could = np.where(self.high < 0, tops, self.high)
        self.stands = np.where(self.known, self.level, self.could)
        self._whole(rule)
        self.binding = rule.binding(self.stands, self._found) & (self.overall >= 0)[:, None]
        open_ = self.required & ~self.known & ~self.binding
        self.weakest = np.where(open_, NONE, self.binding.astype(np.int64))

    def _whole(self, rule: Rule) -> None:
        found = rule.levels(self.stands)
        least = rule.levels(np.maximum(self.level, 0))
        most = rule.levels(self.could)
        gates = self.known[:, self.required]
        self._found = found
        self.overall = np.where(gates.any(axis=1) & (found > 0), found, NONE)
        self.least = np.where(least > 0, least, NONE)
        said = (self.high >= 0)[:, self.required].any(axis=1)
        self.most = np.where(said, most, NONE)
        claims = self.claimed[:, self.required]
        self.all_claimed = np.where((claims >= 0).all(axis=1), claims.min(axis=1, initial=99), NONE)

    @property
    def unknown(self) -> Bools:
        """Required dimensions without evidence; where that leaves the lower end below the level, the others too."""
        short = (self.least != self.overall)[:, None]
        found: Bools = ~self.known & (self.required | short)
        return found

    def binding_grade(self, grades: Ints) -> Ints:
        """The least grade among the dimensions that bind, or where none does among the gates."""
        free = ~self.binding.any(axis=1, keepdims=True)
        counted = np.where(self.binding | (free & self.required), grades, NONE)
        least = np.where(counted < 0, 99, counted).min(axis=1, initial=99)
        found: Ints = np.where((least < 99) & (self.overall >= 0), least, NONE)
        return found


def _known(column: pl.Series) -> Ints:
    found: Ints = column.fill_null(NONE).to_numpy().astype(np.int64)
    return found


def _grades(column: pl.Series, scale: MaturityScale) -> Ints:
    """Grades by their place among all, the least first."""
    order = {grade: n for n, grade in enumerate(sorted(scale.caps))}
    placed = column.replace_strict(order, default=None, return_dtype=pl.Int64)
    return _known(placed).reshape(-1, len(scale.dimensions))


def _beside(dimensions: Ints, whole: Ints) -> Ints:
    found: Ints = np.concatenate([dimensions, whole[:, None]], axis=1).ravel()
    return found
