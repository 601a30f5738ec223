"""Indicators of many needs as one: the tightest and the loosest that is demanded of each quantity."""

from __future__ import annotations

import polars as pl

from tongtu.match import indicators
from tongtu.match.demand.frames import INDICATORS
from tongtu.terms.why import Label, Quantity, Why

_EQUAL = 1e-9
_DIGITS = 10  # of a value converted between units
_SAME = ("demand", "key", "dimension", "under")


def shared(sheet: indicators.Sheet, demand_of: pl.DataFrame) -> pl.DataFrame:
    """Frame of `INDICATORS` for needs by `row` and the `demand` they stand in."""
    stated = keyed(sheet).join(demand_of, on="row").sort(*_SAME, "i")
    if stated.is_empty():
        return pl.DataFrame(schema=INDICATORS)
    units = stated.group_by(*_SAME, "unit", "factor", "offset", maintain_order=True).len()
    units = units.sort("len", "unit", descending=[True, False], nulls_last=True).unique(_SAME, keep="first")
    units = units.rename({"unit": "in", "factor": "by", "offset": "above"}).drop("len")
    known = pl.col("lo").is_not_null()
    found = stated.group_by(*_SAME, maintain_order=True).agg(
        pl.col("quantity").mode().sort().first(),
        pl.col("quantity_en").drop_nulls().mode().sort().first(),
        pl.col("conditions").drop_nulls().mode().sort().first(),
        needs=pl.col("row").n_unique().cast(pl.Int64),
        valued=pl.col("row").filter(known).n_unique().cast(pl.Int64),
        must=pl.col("row").filter(pl.col("must").fill_null(False)).n_unique().cast(pl.Int64),
        tight_low=pl.col("lo").max(), tight_high=pl.col("hi").min(),
        loose_low=pl.col("lo").min(), loose_high=pl.col("hi").max(),
    )  # fmt: skip
    over = pl.col("tight_low") - pl.col("tight_high")
    found = found.join(units, on=_SAME, how="left", maintain_order="left", nulls_equal=True).with_columns(
        contradicts=pl.when(pl.col("valued") > 0).then(over > _EQUAL * pl.col("tight_high").abs())
    )
    bounds = [back(name) for name in ("tight_low", "tight_high", "loose_low", "loose_high")]
    found = found.with_columns(pl.col("in").alias("unit")).with_columns(bounds)
    whys = [_why(row).to_json() for row in found.iter_rows(named=True)]
    found = found.with_columns(why=pl.Series(whys, dtype=pl.String))
    return found.select(pl.col(n).cast(t) for n, t in INDICATORS.items()).sort("demand", "key", "conditions", "unit")


def keyed(sheet: indicators.Sheet) -> pl.DataFrame:
    """A sheet's indicators, each with one `key`: the concept of its quantity, or else its name in one spelling."""
    named = sheet.keys.with_columns(known=pl.col("key").str.starts_with("="))
    one = named.sort("i", "known", "key", descending=[False, True, False]).unique("i", keep="first")
    return sheet.frame.join(one.select("i", "key"), on="i").sort("i")


def back(name: str) -> pl.Expr:
    """A value in SI, in the unit of its row (`by`, `above`); what is unbounded is null."""
    value = pl.when(pl.col(name).is_finite()).then((pl.col(name) - pl.col("above")) / pl.col("by"))
    return value.round_sig_figs(_DIGITS).alias(name)


def span(low: float | None, high: float | None, unit: str | None) -> Why:
    """An interval in words: at least, at most, between, exactly or any value."""
    least, most = (None if v is None else Quantity(v, unit or "") for v in (low, high))
    if least is None and most is None:
        return Why("match_demand.any-value")
    if least is None or most is None:
        return Why("match_demand.at-most" if least is None else "match_demand.at-least", {"value": most or least})
    if low == high:
        return Why("match_demand.exactly", {"value": least})
    return Why("match_demand.between", {"low": least, "high": most})


def name_of(row: dict[str, object]) -> Label:
    return Label(str(row["quantity"] or row["quantity_en"] or ""), str(row["quantity_en"] or ""))


def _why(row: dict[str, object]) -> Why:
    args = {"quantity": name_of(row), "n": row["needs"]}
    if not row["valued"]:
        return Why("match_demand.indicator-named", args)
    code = "match_demand.indicator-contradicts" if row["contradicts"] else "match_demand.indicator"
    if row["contradicts"]:
        # what each side insists on: at least the one bound, at most the other
        args |= {"low": Quantity(_number(row["tight_low"]), str(row["unit"] or "")),
                 "high": Quantity(_number(row["tight_high"]), str(row["unit"] or ""))}  # fmt: skip
    else:
        args |= {"tight": _span(row, "tight"), "loose": _span(row, "loose")}
    return Why(code, args)


def _span(row: dict[str, object], which: str) -> Why:
    low, high = (row[f"{which}_{end}"] for end in ("low", "high"))
    return span(None if low is None else _number(low), None if high is None else _number(high), str(row["unit"] or ""))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
