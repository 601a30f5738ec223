"""Between what a figure lies, as far as its evidence shows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from tongtu.sorting.figures import Figures, Floats, sign
from tongtu.sorting.model import Sorting
from tongtu.sorting.sound import fault
from tongtu.terms.faults import Fault, UsageFault

_COLUMNS = ("criterion", "low", "high")
_SHOWN = 5


def intervals(model: Sorting, figures: Figures, evidence: pl.DataFrame | None) -> tuple[Floats, Floats]:
    """Least and most of every figure, better always greater; missing figures stay missing. Raises UsageFault."""
    low, high = figures.values.copy(), figures.values.copy()
    if evidence is None:
        return low, high
    found = list(_faults(model, figures, evidence))
    if found:
        raise UsageFault(found)
    criteria = pl.DataFrame({"criterion": [c.name for c in model.criteria]}).with_row_index("_column")
    at = evidence.select(
        pl.col(figures.key, "criterion"), pl.col("low", "high").cast(pl.Float64)
    ).join(figures.ids.to_frame().with_row_index("_row"), on=figures.key).join(criteria, on="criterion")  # fmt: skip
    cell = at["_row"].to_numpy(), at["_column"].to_numpy()
    falling = np.array([c.falling for c in model.criteria])[cell[1]]
    least, most = at["low"].to_numpy(), at["high"].to_numpy()
    low[cell] = np.where(falling, -most, least)
    high[cell] = np.where(falling, -least, most)
    missing = np.isnan(figures.values)
    low[missing], high[missing] = np.nan, np.nan
    return low, high


def _faults(model: Sorting, figures: Figures, evidence: pl.DataFrame) -> Iterator[Fault]:
    absent = [name for name in (figures.key, *_COLUMNS) if name not in evidence.columns]
    if absent:
        yield fault("evidence-columns", names=absent)
        return
    given, wanted = evidence.schema[figures.key], figures.ids.dtype
    if given != wanted and evidence.height:
        yield fault("evidence-key", column=figures.key, given=str(given), wanted=str(wanted))
        return
    kinds = {name: evidence.schema[name] for name in ("low", "high")}
    text = [name for name, kind in kinds.items() if not (kind.is_numeric() or kind == pl.Null)]
    if text and evidence.height:
        yield fault("evidence-text", names=text)
        return
    unknown = sorted({str(one) for one in evidence["criterion"]} - {c.name for c in model.criteria})
    if unknown:
        yield fault("criteria-unknown", names=unknown)
    yield from _rows("evidence-stranger", evidence, ~evidence[figures.key].is_in(figures.ids.implode()))
    yield from _rows("evidence-twice", evidence, evidence.select(figures.key, "criterion").is_duplicated())
    low, high = (evidence[name].cast(pl.Float64) for name in ("low", "high"))
    sound = (low.is_finite() & high.is_finite() & (low <= high)).fill_null(False)
    yield from _rows("evidence-interval", evidence, ~sound)
    if not unknown:
        yield from _outside(model, figures, evidence)


def _outside(model: Sorting, figures: Figures, evidence: pl.DataFrame) -> Iterator[Fault]:
    """Figures that lie outside their own interval."""
    names = [c.name for c in model.criteria]
    signs = np.array([sign(c.falling) for c in model.criteria])
    wide = pl.DataFrame(figures.values * signs, schema=names, orient="row").with_columns(figures.ids)
    known = wide.unpivot(names, index=figures.key, variable_name="criterion", value_name="figure").fill_nan(None)
    both = evidence.join(known, on=[figures.key, "criterion"], how="left", maintain_order="left")
    outside = (both["figure"] < both["low"]) | (both["figure"] > both["high"])
    yield from _rows("evidence-outside", evidence, outside.fill_null(False))


def _rows(code: str, evidence: pl.DataFrame, wrong: pl.Series) -> Iterator[Fault]:
    rows = evidence.filter(wrong)
    if rows.height:
        shown = [" · ".join(map(str, row[:2])) for row in rows.select(evidence.columns[0], "criterion").rows()[:_SHOWN]]
        yield fault(code, rows=shown, n=rows.height)
