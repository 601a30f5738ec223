"""`Book`: the cases that money is to be placed on, as validated arrays every model of this room reads.

A case has stages still before it, each with a belief about its odds (Beta), a cost (10, 50 and 90 % points) and
a duration; what it brings once industrialised may be known (`payoff`). A case whose odds or cost are unknown is
no zero: it is left out and `left` says why. What cannot be right is refused, all of it at once.

Money is float64 minor units of one currency inside; a face hands out whole units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.budgets import Exchange
from tongtu.risk.order import in_order
from tongtu.risk.special import TENTH
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Label, Why

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CASES = {
    "case": pl.String(), "direction": pl.String(), "item": pl.String(), "currency": pl.String(),
    "price_year": pl.Int64(), "weight": pl.Float64(),
}  # fmt: skip
_STAGES: dict[str, Any] = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "p": pl.Float64(), "a": pl.Float64(),
    "b": pl.Float64(), "n_eff": pl.Float64(), "cost_low": pl.Float64(), "cost": pl.Float64(),
    "cost_high": pl.Float64(), "days_low": pl.Float64(), "days": pl.Float64(), "days_high": pl.Float64(),
}  # fmt: skip
_PAYOFFS = {"case": pl.String(), "payoff": pl.Float64(), "payoff_sd": pl.Float64()}
_POINTS = ("low", "", "high")  # 10, 50 and 90 %


@dataclass(frozen=True)
class Book:
    """Cases in the order of their ids; stage s of case i stands in row `start[i] + s` of the arrays by stage.

    By stage: `stage` (code into `stages`), `p` (mean of the belief, 0 < p < 1), `a`, `b` (its Beta; NaN where the
    odds are taken as known), `n_eff`, `cost` (median) with `cost_low`, `cost_high`, and days likewise (NaN unknown).
    By case: `payoff` and `payoff_sd` (minor units once all stages are passed, discounted by who valued it; NaN
    unknown), `weight`, `sector` and `technology` (codes into `sectors`, `technologies`; -1 none).
    """

    currency: str
    cases: tuple[str, ...]
    start: Ints
    stages: tuple[str, ...]
    stage: Ints
    p: Floats
    a: Floats
    b: Floats
    n_eff: Floats
    cost_low: Floats
    cost: Floats
    cost_high: Floats
    days_low: Floats
    days: Floats
    days_high: Floats
    payoff: Floats
    payoff_sd: Floats
    weight: Floats
    sectors: tuple[str, ...]
    sector: Ints
    technologies: tuple[str, ...]
    technology: Ints
    price_years: tuple[int, ...]
    #: cases left out: `case`, `why`
    left: pl.DataFrame
    #: what the reader must know of the whole
    notes: tuple[Why, ...] = ()

    def __len__(self) -> int:
        return len(self.cases)

    @cached_property
    def count(self) -> Ints:
        """How many stages each case has before it."""
        return np.diff(self.start)

    @cached_property
    def case(self) -> Ints:
        """The case of every row by stage."""
        return np.repeat(np.arange(len(self)), self.count)

    @cached_property
    def cost_sigma(self) -> Floats:
        """Standard deviation of the logarithm of each stage's cost, from its 10 and 90 % points; 0 where unknown."""
        known = (self.cost_low > 0) & (self.cost_high > self.cost_low)
        ratio = np.divide(self.cost_high, self.cost_low, out=np.ones_like(self.cost), where=known)
        return np.asarray(np.log(ratio) / (2 * TENTH))

    @cached_property
    def cost_mean(self) -> Floats:
        """Mean cost of each stage: the lognormal's, above the median."""
        return np.asarray(self.cost * np.exp(self.cost_sigma**2 / 2))

    @cached_property
    def total_cost(self) -> Floats:
        """Mean cost of all stages of each case."""
        return np.asarray(np.bincount(self.case, self.cost_mean, minlength=len(self)), np.float64)

    @cached_property
    def success(self) -> Floats:
        """Chance that each case passes all its stages: p of a stage is among those that enter it, so p multiply."""
        return np.asarray(np.multiply.reduceat(self.p, self.start[:-1])) if len(self) else np.zeros(0)

    def discounted(self, rate: float) -> Book:
        """The same book in present value: each stage's cost at the (real, yearly) rate over the planned days before it,
        the payoff over all of them. Without all its days a case's value is not known, and its costs stay as they are.
        """
        known = np.bincount(self.case, np.isnan(self.days), minlength=len(self)) == 0
        days = np.where(known[self.case], self.days, 0.0)
        until = np.cumsum(days)
        begun = np.r_[0.0, until][self.start[:-1]]
        stage = (1 + rate) ** -((until - days - begun[self.case]) / 365.25)
        end = np.where(known, (1 + rate) ** -(np.bincount(self.case, days, minlength=len(self)) / 365.25), np.nan)
        costs = {name: getattr(self, name) * stage for name in ("cost_low", "cost", "cost_high")}
        return replace(self, **costs, payoff=self.payoff * end, payoff_sd=np.nan_to_num(self.payoff_sd * end))

    def take(self, chosen: npt.NDArray[Any] | Iterable[int]) -> Book:
        """The book of some cases (mask or positions), in the order of ids; codes of groups stay as they are."""
        picked = np.asarray(chosen if isinstance(chosen, np.ndarray) else list(chosen))
        index = np.flatnonzero(picked) if picked.dtype == bool else np.unique(picked.astype(np.int64))
        count = self.count[index]
        start = np.r_[0, np.cumsum(count)].astype(np.int64)
        rows = np.arange(start[-1]) + np.repeat(self.start[index] - start[:-1], count)
        by_stage = ("stage", "p", "a", "b", "n_eff", "cost_low", "cost", "cost_high", "days_low", "days", "days_high")
        by_case = ("payoff", "payoff_sd", "weight", "sector", "technology")
        return replace(
            self, cases=tuple(self.cases[i] for i in index), start=start,
            **{name: getattr(self, name)[rows] for name in by_stage},
            **{name: getattr(self, name)[index] for name in by_case},
        )  # fmt: skip

    def only(self, cases: Iterable[str]) -> Book:
        """The book of the cases named."""
        named = set(cases)
        return self.take([k for k, case in enumerate(self.cases) if case in named])


def book(
    cases: pl.DataFrame, stages: pl.DataFrame, payoffs: pl.DataFrame | None = None, *,
    currency: str, rates: pl.DataFrame | None = None, as_of: date | None = None,
) -> Book:  # fmt: skip
    """The book of these cases, money in `currency`.

    `cases`: `case`, `currency`, `price_year`, and if known `direction`, `item`, `weight` (1 where null). `stages`,
    one row per case and stage still before it: `case`, `order`, `stage`, `p` or `a` and `b`, `n_eff`, `cost_low`,
    `cost`, `cost_high` (minor units of the case's currency), `days_low`, `days`, `days_high`; a column `after`
    (stages that must come first) may stand in place of `order`; stages at one place follow each other by name.
    `payoffs`: `case`, `payoff`, `payoff_sd`. `rates` is the noun, read up to `as_of`.

    Raises DataRefused with everything that is wrong: columns missing, ids unknown or twice, stages twice or in a
    circle, odds outside 0..1 or at its ends, beliefs that are none, amounts below zero or out of order, money
    without currency or price year, currencies without a rate; UsageFault where rates come without a date.
    """
    _usable(rates, as_of)
    missing = [*_missing("cases", cases, ("case",)), *_missing("stages", stages, ("case", "stage"))]
    if payoffs is not None:
        missing += _missing("payoffs", payoffs, ("case",))
    if missing:
        raise DataRefused(missing)
    by_case = _typed(cases, _CASES).with_columns(currency=pl.col("currency").replace("", None))
    paid = _typed(payoffs, _PAYOFFS) if payoffs is not None else pl.DataFrame(schema=_PAYOFFS)
    faults: list[Fault] = []
    rows = in_order(_typed(stages, _STAGES, "after"), faults)
    _ids(by_case, rows, paid, faults)
    _odds(rows, faults)
    _amounts(rows, by_case, paid, faults)
    factor = _factors(by_case.filter(pl.col("case").is_in(rows["case"].implode())), currency, rates, as_of, faults)
    if faults:
        raise DataRefused(faults)
    return _arrays(by_case.sort("case"), _filled(rows), paid, currency, factor)


def _usable(rates: pl.DataFrame | None, as_of: date | None) -> None:
    if rates is not None and as_of is None:
        raise UsageFault.because("risk_simulation.rates-undated", "risk_simulation.rates-undated-repair")


def _missing(table: str, frame: pl.DataFrame, wanted: tuple[str, ...]) -> list[Fault]:
    absent = [name for name in wanted if name not in frame.columns]
    return [_fault("column-missing", table, absent[0], column=", ".join(absent), table=table)] if absent else []


def _typed(frame: pl.DataFrame, schema: dict[str, Any], *more: str) -> pl.DataFrame:
    """These columns in these types; absent ones null, NaN null, text that is no number refused."""
    kept = [pl.col(name) for name in more if name in frame.columns]
    try:
        cast = frame.select(
            *((pl.col(n) if n in frame.columns else pl.lit(None)).cast(t).alias(n) for n, t in schema.items()), *kept
        )
    except pl.exceptions.PolarsError:
        wrong = [n for n, t in schema.items() if n in frame.columns and _unreadable(frame[n], t)]
        raise DataRefused(_fault("unreadable", "", name, column=name) for name in wrong) from None
    return cast.with_columns(pl.selectors.float().fill_nan(None)) if frame.height else cast


def _unreadable(column: pl.Series, kind: pl.DataType) -> bool:
    try:
        column.cast(kind)
    except pl.exceptions.PolarsError:
        return True
    return False


def _fault(code: str, table: str, at: str = "", /, **args: Any) -> Fault:
    code = f"risk_simulation.{code}"
    return Fault(Why(code, args), Why(f"{code}-repair", args), file=table, column=at)


def _each(frame: pl.DataFrame, when: pl.Expr, code: str, table: str, column: str, *named: str) -> list[Fault]:
    """A fault for every row of which `when` holds; its words take the row's `named` columns."""
    found = frame.filter(when).select(named).unique().sort(named)
    return [_fault(code, table, column, column=column, **row) for row in found.rows(named=True)]


def _ids(cases: pl.DataFrame, rows: pl.DataFrame, paid: pl.DataFrame, faults: list[Fault]) -> None:
    known = cases["case"].implode()
    for table, frame in (("cases", cases), ("stages", rows), ("payoffs", paid)):
        if frame["case"].null_count():
            faults.append(_fault("case-missing", table, "case", table=table))
    for table, frame in (("cases", cases), ("payoffs", paid)):
        faults += _each(frame, pl.col("case").is_duplicated() & pl.col("case").is_not_null(), "case-twice", table,
                        "case", "case")  # fmt: skip
    for table, frame in (("stages", rows), ("payoffs", paid)):
        stranger = pl.col("case").is_not_null() & ~pl.col("case").is_in(known)
        faults += _each(frame, stranger, "case-unknown", table, "case", "case")
    twice = pl.struct("case", "stage").is_duplicated() & pl.col("stage").is_not_null()
    faults += _each(rows, twice, "stage-twice", "stages", "stage", "case", "stage")


def _odds(rows: pl.DataFrame, faults: list[Fault]) -> None:
    named = ("case", "stage", "p")
    p, a, b = pl.col("p"), pl.col("a"), pl.col("b")
    faults += _each(rows, (p < 0) | (p > 1), "odds-outside", "stages", "p", *named)
    mended = (p * pl.col("n_eff") + 0.5) / (pl.col("n_eff") + 1)
    sure = rows.filter((p == 0) | (p == 1)).with_columns(better=mended.round(3), n=pl.col("n_eff").round(1))
    for row in sure.select(*named, "better", "n").unique().sort(named).rows(named=True):
        code = "odds-certain" if row["n"] is not None else "odds-certain-of-nothing"
        faults.append(_fault(code, "stages", "p", **{k: v for k, v in row.items() if v is not None}))
    half = a.is_null() != b.is_null()
    faults += _each(rows, half | (a <= 0) | (b <= 0) | a.is_infinite() | b.is_infinite(), "belief-none", "stages",
                    "a", "case", "stage", "a", "b")  # fmt: skip
    apart = (a > 0) & (b > 0) & (p > 0) & (p < 1) & ((p - a / (a + b)).abs() > 0.005)
    faults += _each(rows, apart, "belief-apart", "stages", "p", "case", "stage", "p", "a", "b")


def _amounts(rows: pl.DataFrame, cases: pl.DataFrame, paid: pl.DataFrame, faults: list[Fault]) -> None:
    for kind in ("cost", "days"):
        low, middle, high = (f"{kind}_{point}".rstrip("_") for point in _POINTS)
        for name in (low, middle, high):
            bad = (pl.col(name) < 0) | pl.col(name).is_infinite()
            faults += _each(
                rows.with_columns(amount=name), bad, "below-zero", "stages", name, "case", "stage", "amount"
            )
        falls = (pl.col(low) > pl.col(middle)) | (pl.col(middle) > pl.col(high)) | (pl.col(low) > pl.col(high))
        named = rows.with_columns(low=low, middle=middle, high=high)
        faults += _each(named, falls, "points-fall", "stages", middle, "case", "stage", "low", "middle", "high")
    spread = (pl.col("payoff_sd") < 0) | pl.col("payoff_sd").is_infinite() | pl.col("payoff").is_infinite()
    faults += _each(paid, spread, "payoff-wrong", "payoffs", "payoff_sd", "case")
    faults += _each(cases, (pl.col("weight") < 0) | pl.col("weight").is_infinite(), "weight-wrong", "cases", "weight",
                    "case", "weight")  # fmt: skip


def _factors(
    cases: pl.DataFrame, currency: str, rates: pl.DataFrame | None, as_of: date | None, faults: list[Fault]
) -> dict[str, float]:
    """What one minor unit of each currency is in the book's."""
    for name in ("currency", "price_year"):
        faults += _each(cases, pl.col(name).is_null(), f"no-{name.replace('_', '-')}", "cases", name, "case")
    exchange = Exchange(rates, as_of or date.max)
    factor: dict[str, float] = {}
    for (foreign,), group in cases.drop_nulls("currency").group_by("currency", maintain_order=True):
        found = exchange.rate(str(foreign), currency)
        if found is None:
            some = tuple(group["case"].sort().head(5))
            faults.append(_fault("no-rate", "cases", "currency", foreign=foreign, currency=currency, cases=some))
        else:
            factor[str(foreign)] = found[0]
    return factor


def _filled(rows: pl.DataFrame) -> pl.DataFrame:
    """Middle from the outer points where only they are known; odds from their belief."""
    middle = pl.coalesce("cost", (pl.col("cost_low") * pl.col("cost_high")).sqrt(), "cost_low", "cost_high")
    return rows.with_columns(
        p=pl.coalesce(pl.when(pl.col("a") > 0).then(pl.col("a") / (pl.col("a") + pl.col("b"))), "p"), cost=middle
    )


def _arrays(
    cases: pl.DataFrame, rows: pl.DataFrame, paid: pl.DataFrame, currency: str, factor: dict[str, float]
) -> Book:
    per_case = rows.group_by("case").agg(
        stages=pl.col("stage").sort_by("order"),
        odds=pl.col("stage").filter(pl.col("p").is_null()),
        costs=pl.col("stage").filter(pl.col("cost").is_null()),
    )
    joined = cases.join(per_case, on="case", how="left").join(paid, on="case", how="left").sort("case")
    whole = (pl.col("odds").list.len() == 0) & (pl.col("costs").list.len() == 0)
    kept = joined.filter(whole)
    left = pl.DataFrame(
        [(row["case"], _left(row).to_json()) for row in joined.filter(~whole.fill_null(False)).rows(named=True)],
        {"case": pl.String(), "why": pl.String()}, orient="row",
    )  # fmt: skip
    used = kept.select("case", "currency").join(rows, on="case").sort("case", "order")
    money = used["currency"].replace_strict(factor, return_dtype=pl.Float64()).to_numpy() if used.height else 1.0
    own = kept["currency"].replace_strict(factor, return_dtype=pl.Float64()).to_numpy() if kept.height else 1.0
    count = kept["stages"].list.len().to_numpy() if kept.height else np.zeros(0, np.int64)
    stages, stage = _coded(used["stage"])
    sectors, sector = _coded(kept["direction"])
    technologies, technology = _coded(kept["item"])
    years = tuple(sorted(kept["price_year"].drop_nulls().unique()))
    numbers = {name: _numbers(used[name]) for name in list(_STAGES)[3:]}
    for name in ("cost_low", "cost", "cost_high"):
        numbers[name] = numbers[name] * money
    return Book(
        currency=currency, cases=tuple(kept["case"]), start=np.r_[0, np.cumsum(count)].astype(np.int64),
        stages=stages, stage=stage, **numbers,
        payoff=_numbers(kept["payoff"]) * own,
        payoff_sd=np.nan_to_num(_numbers(kept["payoff_sd"])) * own,
        weight=np.nan_to_num(_numbers(kept["weight"]), nan=1.0),
        sectors=sectors, sector=sector, technologies=technologies, technology=technology, price_years=years, left=left,
        notes=(Why("risk_simulation.price-years", {"years": years}),) if len(years) > 1 else (),
    )  # fmt: skip


def _left(row: dict[str, Any]) -> Why:
    if row["stages"] is None:
        return Why("risk_simulation.left-no-stage")
    names = vocabularies()["stage"]
    parts = [
        Why(f"risk_simulation.left-{kind}", {"stages": tuple(names.get(one, Label(one)) for one in row[kind])})
        for kind in ("odds", "costs") if row[kind]
    ]  # fmt: skip
    return Why("risk_simulation.left", {}, tuple(parts))


def _numbers(column: pl.Series) -> Floats:
    return np.array(column.cast(pl.Float64()).fill_null(float("nan")).to_numpy(), np.float64)


def _coded(column: pl.Series) -> tuple[tuple[str, ...], Ints]:
    """Names in order and the code of each row; -1 for null."""
    names = column.drop_nulls().unique().sort()
    codes = column.replace_strict(names, pl.Series(range(len(names)), dtype=pl.Int64()), default=None)
    return tuple(names), codes.cast(pl.Int64()).fill_null(-1).to_numpy().astype(np.int64)
