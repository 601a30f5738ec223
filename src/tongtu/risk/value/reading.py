"""The stage frame as value reads it, held against the cases and their cash flows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from tongtu.risk.costtime.checks import faults_of, read, stage_faults
from tongtu.risk.value.flows import payoffs
from tongtu.terms.faults import DataRefused, Fault

STAGES = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "p": pl.Float64(), "a": pl.Float64(),
    "b": pl.Float64(), "cost_low": pl.Float64(), "cost": pl.Float64(), "cost_high": pl.Float64(),
    "days_low": pl.Float64(), "days": pl.Float64(), "days_high": pl.Float64(), "start": pl.Date(),
    "currency": pl.String(), "price_year": pl.Int64(),
}  # fmt: skip


def accepted(
    cases: pl.DataFrame, stages: pl.DataFrame, flows: pl.DataFrame, *, rate: float, as_of: date,
    index: Mapping[int, float] | None, rates: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """The stage frame by case and order, and the cases' `payoffs`. Raises DataRefused with the faults of all
    three."""
    table = read(stages, STAGES).sort("case", "order", "stage")
    faults = list(_faults(table, cases))
    try:
        paid = payoffs(cases, flows, rate=rate, as_of=as_of, index=index, rates=rates)
    except DataRefused as refused:
        raise DataRefused([*refused.faults, *faults]) from None
    faults += _currencies(table, paid)
    if faults:
        raise DataRefused(faults)
    return table, paid


def _faults(stages: pl.DataFrame, cases: pl.DataFrame) -> Iterable[Fault]:
    strange = ~pl.col("case").is_in(cases["case"].drop_nulls().implode())
    wrong = {
        "unknown-case": strange.fill_null(True),
        "odds-refused": ~pl.col("p").is_between(0, 1),
        "belief-refused": ~((pl.col("a") > 0) & (pl.col("b") > 0)),
    }
    yield from faults_of(stages, wrong, "case", "stage")
    yield from stage_faults(stages)


def _currencies(stages: pl.DataFrame, paid: pl.DataFrame) -> Iterable[Fault]:
    """Stages whose cost is in another currency than the case's cash flows, or in none; `paid` as from
    `payoffs`."""
    both = stages.filter(pl.col("cost").is_not_null()).join(
        paid.select("case", taken="currency", taken_year="price_year"), on="case", maintain_order="left"
    )
    wrong = {
        "stage-currency": pl.col("currency") != pl.col("taken"),
        "no-currency": pl.coalesce("currency", "taken").is_null(),
        "no-price-year": pl.coalesce("price_year", "taken_year").is_null(),
    }
    yield from faults_of(both, wrong, "case", "currency", "taken")
