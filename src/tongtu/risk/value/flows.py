"""Expected cash flows of the years after a case has succeeded: what success is worth on its day.

Low and high are points that are missed once in ten on either side, `likely` the middle: mean and variance weigh
the three by 0.3, 0.4 and 0.3 (Swanson's rule; Keefer and Bodily 1983). Years of one kind go up and down
together; kinds are independent of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.risk.budgets import Exchange
from tongtu.risk.costtime.checks import LARGEST, money_faults, rate_faults, read
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

#: What each kind of cash flow does to the result.
SIGNS = {"revenue": 1, "operating": -1, "investment": -1, "residual": 1}

_CASES = {
    "case": pl.String(), "need": pl.String(), "achievement": pl.String(), "currency": pl.String(),
    "price_year": pl.Int64(),
}  # fmt: skip
_FLOWS = {
    "cashflow": pl.String(), "case": pl.String(), "need": pl.String(), "achievement": pl.String(),
    "kind": pl.String(), "year": pl.Int64(), "low": pl.Float64(), "likely": pl.Float64(), "high": pl.Float64(),
    "currency": pl.String(), "price_year": pl.Int64(), "recorded_at": pl.Date(),
}  # fmt: skip
_PAYOFFS = ["case", "currency", "price_year", "gross", "payoff", "payoff_sd", "years", "why"]


def payoffs(
    cases: pl.DataFrame, flows: pl.DataFrame, *, rate: float, as_of: date, index: Mapping[int, float] | None = None,
    rates: pl.DataFrame | None = None,
) -> pl.DataFrame:  # fmt: skip
    """What success of each case is worth, discounted at the real yearly `rate` **to the date of success**.

    One row per case: `case, currency, price_year, gross` (not discounted), `payoff, payoff_sd` (Float64 minor
    units), `years` (how many have cash flows), `why`. Year y is discounted by (1 + rate)^y.

    `cases`: `case, need, achievement, currency, price_year`; without a currency the case takes that of its cash
    flows. `flows` is the noun `cashflows`; a row belongs to the case it names, else to the cases of its need and
    achievement (both, where both are given), and of one kind and year the most particular rows count: the case's
    own before the pair's before those of need or achievement alone. Rows recorded after `as_of` do not count.
    `index` (price level by year) converts price years, `rates` (the noun) currencies.

    Unknown: no cash flows, or price years that differ without an index. `payoff_sd` is null where a row has no
    range. Raises DataRefused with all faults.
    """
    yearly_ = yearly(cases, flows, as_of=as_of, index=index, rates=rates, rate=rate)
    table = read(cases, _CASES).sort("case")
    growth = (1 + rate) ** -pl.col("year").cast(pl.Float64)
    kinds = yearly_.group_by("case", "kind", maintain_order=True).agg(
        gross=pl.col("mean").sum(),
        payoff=(pl.col("mean") * growth).sum(),
        spread=pl.when(pl.col("sd").null_count() == 0).then((pl.col("sd") * growth).sum()),
        known=pl.col("mean").null_count() == 0,
        last=pl.col("year").max(),
        taken=pl.col("taken").first(),
        taken_year=pl.col("taken_year").first(),
        rows=pl.len(),
    )
    whole = kinds.group_by("case", maintain_order=True).agg(
        gross=pl.col("gross").sum(),
        payoff=pl.col("payoff").sum(),
        payoff_sd=pl.when(pl.col("spread").null_count() == 0).then((pl.col("spread") ** 2).sum().sqrt()),
        years=pl.col("last").max(),
        known=pl.col("known").all(),
        taken=pl.col("taken").first(),
        taken_year=pl.col("taken_year").first(),
        rows=pl.col("rows").sum(),
    )
    joined = table.join(whole, on="case", how="left", maintain_order="left")
    known = pl.col("known").fill_null(False)
    figures = (pl.when(known).then(pl.col(c)).alias(c) for c in ("gross", "payoff", "payoff_sd", "years"))
    place = (
        pl.coalesce("taken", "currency").alias("currency"),
        pl.coalesce("taken_year", "price_year").alias("price_year"),
    )
    found = joined.with_columns(*figures, *place)
    whys = [_why(row).to_json() for row in found.rows(named=True)]
    return found.with_columns(why=pl.Series(whys, dtype=pl.String)).select(_PAYOFFS)


def yearly(
    cases: pl.DataFrame, flows: pl.DataFrame, *, as_of: date, rate: float = 0.0,
    index: Mapping[int, float] | None = None, rates: pl.DataFrame | None = None,
) -> pl.DataFrame:  # fmt: skip
    """`case, year, kind, mean, sd, taken, taken_year`: expected cash flow (signed, minor units of `taken`, prices
    of `taken_year`) by year and kind, by case; means are null where price years cannot be converted."""
    table, rows = read(cases, _CASES).sort("case"), _latest(read(flows, _FLOWS), as_of)
    faults = [*rate_faults(rate), *_twice(table), *_faults(rows)]
    if faults:
        raise DataRefused(faults)
    matched = _matched(table, rows)
    matched = matched.with_columns(
        taken=pl.coalesce("case_currency", pl.col("currency").first().over("case")),
        taken_year=pl.coalesce("case_year", pl.col("price_year").max().over("case")),
    )
    matched = _converted(matched, Exchange(rates, as_of), index)
    sign = pl.col("kind").replace_strict(SIGNS, return_dtype=pl.Int64)
    low, middle, high = (pl.col(c) * pl.col("factor") for c in ("low", "likely", "high"))
    ranged = pl.col("low").is_not_null() & pl.col("high").is_not_null()
    mean = pl.when(ranged).then(0.3 * low + 0.4 * middle + 0.3 * high).otherwise(middle)
    spread = (0.3 * (low - mean) ** 2 + 0.4 * (middle - mean) ** 2 + 0.3 * (high - mean) ** 2).sqrt()
    return (
        matched.with_columns(mean=sign * mean, sd=pl.when(ranged).then(spread))
        .group_by("case", "year", "kind", maintain_order=True)
        .agg(
            mean=pl.when(pl.col("mean").null_count() == 0).then(pl.col("mean").sum()),
            sd=pl.when(pl.col("sd").null_count() == 0).then(pl.col("sd").sum()),
            taken=pl.col("taken").first(),
            taken_year=pl.col("taken_year").first(),
        )
        .sort("case", "kind", "year")
    )


def _latest(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    known = rows.filter(pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= as_of))
    return known.sort("cashflow", "recorded_at", nulls_last=False).unique("cashflow", keep="last", maintain_order=True)


def _matched(cases: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each case with its rows, by case, kind, year and row; of one kind and year the most particular only."""
    places = cases.rename({"currency": "case_currency", "price_year": "case_year"})
    own, need, offer = (pl.col(c).is_not_null() for c in ("case", "need", "achievement"))
    keys = {
        0: (own, ["case"]), 1: (~own & need & offer, ["need", "achievement"]),
        2: (~own & need & ~offer, ["need"]), 3: (~own & ~need & offer, ["achievement"]),
    }  # fmt: skip
    names = ["cashflow", "kind", "year", "low", "likely", "high", "currency", "price_year"]
    found = [
        places.join(rows.filter(which).select(*on, *names), on=on).with_columns(rank=pl.lit(min(level, 2)))
        for level, (which, on) in keys.items()
    ]
    both = pl.concat([f.select("case", "case_currency", "case_year", "rank", *names) for f in found])
    first = pl.col("rank") == pl.col("rank").min().over("case", "kind", "year")
    return both.filter(first).sort("case", "kind", "year", "cashflow")


def _converted(rows: pl.DataFrame, exchange: Exchange, index: Mapping[int, float] | None) -> pl.DataFrame:
    """With `factor`, what converts an amount into the case's currency and prices; null where prices cannot be."""
    levels = index or {}
    factors: list[float | None] = []
    faults = {}
    for row in rows.select("case", "currency", "taken", "price_year", "taken_year").rows(named=True):
        known = exchange.rate(row["currency"], row["taken"])
        if known is None:
            args = {c: row[c] for c in ("case", "currency", "taken")}
            faults[tuple(args.values())] = Fault(
                Why("risk_value.mixed-currency", args), Why("risk_value.mixed-currency-repair", args)
            )
        years = row["price_year"], row["taken_year"]
        prices = levels[years[1]] / levels[years[0]] if levels.keys() >= set(years) else None
        prices = 1.0 if years[0] == years[1] else prices
        factors.append(None if known is None or prices is None else known[0] * prices)
    if faults:
        raise DataRefused(faults.values())
    return rows.with_columns(factor=pl.Series(factors, dtype=pl.Float64))


def _twice(cases: pl.DataFrame) -> Iterable[Fault]:
    wrong = pl.col("case").is_null() | pl.col("case").is_duplicated()
    for case in cases.filter(wrong)["case"].unique(maintain_order=True):
        yield Fault(Why("risk.case-twice", {"case": case}), Why("risk.case-twice-repair"))


def _faults(rows: pl.DataFrame) -> Iterable[Fault]:
    nowhere = pl.all_horizontal(pl.col(c).is_null() for c in ("case", "need", "achievement"))
    low, middle, high = (pl.col(c) for c in ("low", "likely", "high"))
    negative = pl.any_horizontal(low < 0, middle < 0, high < 0)
    beyond = pl.any_horizontal(low > LARGEST, middle > LARGEST, high > LARGEST)
    wrong = {
        "flow-nowhere": nowhere,
        "flow-kind": ~pl.col("kind").is_in([*SIGNS]).fill_null(False),
        "flow-year": ~pl.col("year").is_between(1, 60).fill_null(False),
        "flow-likely": middle.is_null(),
        "flow-negative": negative,
        "flow-beyond": beyond,
        "flow-order": (low > middle) | (middle > high),
    }
    yield from money_faults(rows, wrong, "cashflow")


def _why(row: dict[str, Any]) -> Why:
    if row["rows"] is None:
        return Why("risk_value.no-flows")
    if row["payoff"] is None:
        return Why("risk_value.price-years")
    parts = () if row["payoff_sd"] is not None else (Why("risk_value.flows-no-range"),)
    return Why("risk_value.payoff", {"n": row["rows"], "years": row["years"]}, parts)
