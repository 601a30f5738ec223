"""How far the best claim anywhere falls short of what is demanded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.match.demand.demanded import back, keyed, name_of, span
from tongtu.match.demand.frames import REACH
from tongtu.match.demand.ground import Ground
from tongtu.registry.written import conditions
from tongtu.terms import units
from tongtu.terms.why import Quantity, Ratio, Why

_EQUAL = 1e-9
_DIGITS = 6
_KEYS = ("demand", "key", "unit", "conditions")

Row = Mapping[str, Any]


def reach(stated: pl.DataFrame, related: pl.DataFrame, base: Ground) -> pl.DataFrame:
    """Columns of `REACH` with `demand` in place of `topic`, for indicators of demands (`frames.INDICATORS`).

    `related`: demand, achievement, for achievements on the demand's subject (a yield of 99 % in another trade is
    no answer). Demanded is what satisfies every need; where that is impossible, what satisfies at least one. The
    nearest claim is the best. A claim "at least 40" stands for 40: its owner promises no more.
    """
    wanted = _wanted(stated, base)
    best = _best(wanted, _claims(base).join(related, on="achievement"))
    found = wanted.join(best, on=_KEYS, how="left", nulls_equal=True).sort(*_KEYS)
    found = found.with_columns(
        low="low_written", high="high_written", best=back("best"),
        shortfall=(pl.col("gap") / pl.col("by")).round_sig_figs(_DIGITS), share=pl.col("share").round(_DIGITS),
    )  # fmt: skip
    whys = [_why(row).to_json() for row in found.iter_rows(named=True)]
    found = found.with_columns(why=pl.Series(whys, dtype=pl.String))
    columns = {"demand": pl.String, **{n: t for n, t in REACH.items() if n != "topic"}}
    return found.select(pl.col(n).cast(t) for n, t in columns.items())


def _wanted(stated: pl.DataFrame, base: Ground) -> pl.DataFrame:
    """Demanded bounds, as written and in SI (`low`, `high`; open ends infinite), with the unit's scale."""
    scales = {unit: units.scale(unit, base.also) for unit in stated["unit"].unique().to_list()}
    under = {c: conditions.canonical(c, base.also) for c in stated["conditions"].unique().to_list()}
    which = {
        end: pl.when(pl.col("contradicts")).then(f"loose_{end}").otherwise(f"tight_{end}") for end in ("low", "high")
    }
    found = stated.with_columns(
        _table("unit", {u: s.dimension for u, s in scales.items()}, pl.String).alias("dimension"),
        _table("unit", {u: s.factor for u, s in scales.items()}, pl.Float64).alias("by"),
        _table("unit", {u: s.offset for u, s in scales.items()}, pl.Float64).alias("above"),
        _table("conditions", under, pl.String).alias("under"),
        low_written=which["low"], high_written=which["high"],
    )  # fmt: skip
    low, high = (pl.col(f"{end}_written") * pl.col("by") + pl.col("above") for end in ("low", "high"))
    return found.with_columns(low=low.fill_null(float("-inf")), high=high.fill_null(float("inf")))


def _claims(base: Ground) -> pl.DataFrame:
    """key, dimension, under, first, last (SI), achievement: what open achievements claim."""
    offers = base.listed_frame("achievement")
    sheet = base.sheet("achievement", offers)
    at_least, at_most = pl.col("operator") == "ge", pl.col("operator") == "le"
    claims = keyed(sheet).filter(pl.col("lo").is_not_null(), pl.col("hi").is_not_null()).select(
        "key", "dimension", "under", "row",
        first=pl.when(at_most).then("hi").otherwise("lo"), last=pl.when(at_least).then("lo").otherwise("hi"),
    )  # fmt: skip
    return claims.join(offers.select("row", achievement="id"), on="row")


def _best(wanted: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Of each demanded quantity the claim least short: best (SI), gap (SI), share (of the bound), achievement."""
    valued = wanted.filter(pl.col("valued") > 0)
    both = valued.join(claims, on=["demand", "key", "dimension"], suffix="_claim")
    both = both.join(_answering(both), on=["under", "under_claim"], how="semi", maintain_order="left")
    too_low = pl.col("last") < pl.col("low")
    gap = pl.max_horizontal(pl.col("low") - pl.col("last"), pl.col("first") - pl.col("high"), 0.0)
    bound = pl.when(too_low).then(pl.col("low")).otherwise(pl.col("high"))
    side = pl.when(too_low | pl.col("high").is_infinite()).then("last").otherwise("first")
    both = both.with_columns(gap=gap, bound=bound, best=side)
    both = both.with_columns(gap=pl.when(pl.col("gap") <= _EQUAL * pl.col("bound").abs()).then(0.0).otherwise("gap"))
    both = both.with_columns(
        share=pl.when(pl.col("bound").is_finite() & (pl.col("bound") != 0)).then(pl.col("gap") / pl.col("bound").abs())
    )
    best = both.sort(*_KEYS, "gap", "achievement").unique(_KEYS, keep="first", maintain_order=True)
    return best.select(*_KEYS, "best", "gap", "share", "achievement")


def _answering(both: pl.DataFrame) -> pl.DataFrame:
    """under, under_claim: conditions demanded and claimed of which the second answer the first."""
    once = both.select("under", "under_claim").unique(maintain_order=True)
    told = [conditions.answer(asked, claimed) for asked, claimed in once.iter_rows()]
    return once.filter(pl.Series(told, dtype=pl.Boolean))


def _why(row: Row) -> Why:
    args = {"quantity": name_of(dict(row)), "demand": span(row["low"], row["high"], row["unit"])}
    if not row["valued"]:
        return Why("match_demand.reach-unvalued", {"quantity": args["quantity"]})
    if row["achievement"] is None:
        return Why("match_demand.reach-unclaimed", args)
    args["best"] = Quantity(row["best"], row["unit"] or "")
    if not row["shortfall"]:
        return Why("match_demand.reach-met", args)
    short = {"shortfall": Quantity(row["shortfall"], row["unit"] or "")}
    if row["share"] is None:
        return Why("match_demand.reach-short-by", {**args, **short})
    return Why("match_demand.reach-short", {**args, **short, "share": Ratio(row["share"])})


def _table(column: str, values: Mapping[Any, object], kind: type[pl.DataType]) -> pl.Expr:
    return pl.col(column).replace_strict(values, default=None, return_dtype=kind)
