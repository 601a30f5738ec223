"""What is planned for each stage ahead: a case's cost shared out over its stages, and their days."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from tongtu.risk.costtime.checks import LARGEST, faults_of, read
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

_CASES = {
    "case": pl.String(), "direction": pl.String(), "planned_cost": pl.Int64(), "currency": pl.String(),
    "price_year": pl.Int64(), "basis": pl.String(),
}  # fmt: skip
_STEPS = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "start": pl.Date(), "due": pl.Date(),
    "verdict": pl.String(),
}  # fmt: skip
_SHARES = {"case": pl.String(), "stage": pl.String(), "share": pl.Float64()}


def planned(cases: pl.DataFrame, steps: pl.DataFrame, shares: pl.DataFrame | None) -> pl.DataFrame:
    """`case, direction, order, stage, start, planned_cost (Float64), planned_days, currency, price_year, basis,
    split` of every stage not yet met, by case and order; `split` is `shares`, `days` or `even`.

    Raises DataRefused with every fault of the three tables.
    """
    cases, steps = read(cases, _CASES).sort("case"), read(steps, _STEPS).sort("case", "order", "stage")
    given = read(shares if shares is not None else pl.DataFrame(schema=_SHARES), _SHARES)
    faults = [*_faults_of_cases(cases), *_faults_of_steps(steps, cases), *_faults_of_shares(given)]
    if faults:
        raise DataRefused(faults)
    laid = cases.join(_stages(steps), on="case", maintain_order="left_right")
    return _split(laid, given).filter(~pl.col("met")).drop("met")


def _stages(steps: pl.DataFrame) -> pl.DataFrame:
    """One row per case and stage: from its first start to its last due date, met when all its gates are."""
    return steps.group_by("case", "stage", maintain_order=True).agg(
        pl.col("order").min(),
        pl.col("start").min(),
        planned_days=(pl.col("due").max() - pl.col("start").min()).dt.total_days(),
        met=(pl.col("verdict") == "met").fill_null(False).all(),
    )


def _split(laid: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """The planned cost by explicit shares (a case's own before those for all), else by days, else evenly."""
    own = shares.filter(pl.col("case").is_not_null()).rename({"share": "own"})
    all_ = shares.filter(pl.col("case").is_null()).select("stage", common="share")
    weighed = laid.join(own, on=["case", "stage"], how="left", maintain_order="left").join(
        all_, on="stage", how="left", maintain_order="left"
    )
    complete = {c: (pl.col(c).is_not_null().all() & (pl.col(c).sum() > 0)).over("case") for c in ("own", "common")}
    by_days = ((pl.col("planned_days") > 0).fill_null(False).all()).over("case")
    weight = (
        pl.when(complete["own"]).then("own").when(complete["common"]).then("common")
        .when(by_days).then(pl.col("planned_days").cast(pl.Float64)).otherwise(1.0)
    )  # fmt: skip
    split = (
        pl.when(complete["own"] | complete["common"]).then(pl.lit("shares"))
        .when(by_days).then(pl.lit("days")).otherwise(pl.lit("even"))
    )  # fmt: skip
    part = pl.col("weight") / pl.col("weight").sum().over("case")
    return (
        weighed.with_columns(weight=weight, split=split)
        .with_columns(planned_cost=pl.col("planned_cost") * part)
        .drop("own", "common", "weight")
    )


def _faults_of_cases(cases: pl.DataFrame) -> Iterable[Fault]:
    known = pl.col("planned_cost").is_not_null()
    wrong = {
        "negative-plan": (pl.col("planned_cost") < 0) | (pl.col("planned_cost") > LARGEST),
        "no-currency": known & pl.col("currency").is_null(),
        "no-price-year": known & pl.col("price_year").is_null(),
    }
    yield from faults_of(cases, wrong, "case")
    for case in cases.filter(pl.col("case").is_null() | pl.col("case").is_duplicated())["case"].unique():
        yield Fault(Why("risk.case-twice", {"case": case}), Why("risk.case-twice-repair"))


def _faults_of_steps(steps: pl.DataFrame, cases: pl.DataFrame) -> Iterable[Fault]:
    strange = ~pl.col("case").is_in(cases["case"].drop_nulls().implode())
    wrong = {
        "unknown-case": strange.fill_null(True),
        "stage-nameless": pl.col("stage").is_null(),
        "due-before-start": pl.col("due") < pl.col("start"),
    }
    yield from faults_of(steps, wrong, "case", "stage")


def _faults_of_shares(shares: pl.DataFrame) -> Iterable[Fault]:
    usable = pl.col("share").is_finite() & (pl.col("share") >= 0)
    wrong = {"share-refused": ~usable.fill_null(False) | pl.struct("case", "stage").is_duplicated()}
    yield from faults_of(shares, wrong, "stage")
