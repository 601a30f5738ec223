"""Which cases are looked at together: all, and one group for each value of a column; and visits made one spell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.terms.why import Why

By = Literal["direction", "pathway", "version", "organisation"]
BY: tuple[By, ...] = ("direction", "pathway", "version", "organisation")
#: what intervals cover unless asked otherwise
COVERAGE = 0.8
#: below so many cases nothing is said but the counts
LEAST = 5

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Row = dict[str, Any]


def grouped(cases: pl.DataFrame, by: By | None) -> pl.DataFrame:
    """case, group: a code of `by`; null where the case has none, or where all are looked at together."""
    match by:
        case None:
            key: pl.Expr = pl.lit(None, pl.String)
        case "version":
            key = pl.concat_str("pathway", pl.lit("@"), "pathway_version")
        case "organisation":
            key = pl.col("lead")
        case _:
            key = pl.col(by)
    return cases.select("case", group=key)


def parts(frame: pl.DataFrame, by: By | None) -> list[tuple[str | None, pl.DataFrame]]:
    """All rows (group null) and, where asked, the rows of each group in order. `frame` has the column group."""
    whole: list[tuple[str | None, pl.DataFrame]] = [(None, frame)]
    if by is None:
        return whole
    split = frame.drop_nulls("group").sort("group", maintain_order=True).partition_by("group", maintain_order=True)
    return whole + [(str(one["group"][0]), one) for one in split]


def coded(values: pl.Series, order: Sequence[str]) -> Ints:
    """[row] Place of each value in `order`; -1 elsewhere."""
    places = values.cast(pl.Enum(list(order)), strict=False).to_physical()
    return places.cast(pl.Int64).fill_null(-1).to_numpy()


def figure(value: Any) -> float | None:
    """A number, or nothing where it is none."""
    found = float(value)
    return found if np.isfinite(found) else None


def why(code: str, parts: Sequence[Why] = (), /, **args: Any) -> str:
    return Why(f"pathway_progress.{code}", args, tuple(parts)).to_json()


def frame(rows: Sequence[Row], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")


def spells(stays: pl.DataFrame, level: str, as_of: Any) -> pl.DataFrame:
    """All visits of a case (and branch) to a stage or phase made one: from its first entry to its last exit.

    case, at (the stage or phase), entered, left (null: it is there now), days, result, rounds. Being sent back and
    coming again is one spell with more rounds, not a failure. `stays` sorted as they come; spells are
    given back as they are, so that several questions can share them.
    """
    if "at" in stays.columns:
        return stays
    told = stays.drop_nulls(level).select("case", "branch", "entered", "left", "result", "round", at=level)
    if (
        level != "stage"
        and stays.select("pathway", "stage", level).unique().select("pathway", level).is_duplicated().any()
    ):
        told = told.sort("case", "branch", "at", "entered", "round")
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in ("case", "branch", "at"))
    first = told.select(~same.fill_null(False)).to_series()
    begins = first.arg_true()
    ends = pl.concat([begins.slice(1), pl.Series([told.height], dtype=begins.dtype)]) - 1 if told.height else begins
    last = told.select("left", "result")[ends]
    whole = told.select("case", "branch", "at", "entered")[begins].with_columns(
        last["left"], last["result"], rounds=(ends - begins + 1).cast(pl.Int64)
    )
    until = pl.col("left").fill_null(as_of)
    return whole.with_columns(days=(until - pl.col("entered")).dt.total_days())
