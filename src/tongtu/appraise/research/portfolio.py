"""Shares of a portfolio by track, Frascati class and quadrant: in projects and, currency by currency, in money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

CODINGS = ("track", "frascati", "quadrant")
Money = Literal["state_funds", "budget", "own_funds"]


@dataclass(frozen=True)
class Shares:
    """`counts`: coding, class, projects, share (of all), known_share (of those whose class is known).
    `funds`: coding, class, currency, projects, funds, share (of the known money in that currency), unknown (projects
    that do not say amount or currency; they stand under a null currency where it is missing).

    A class that is unknown is a row of its own, with a null class, last of its coding.
    """

    counts: pl.DataFrame
    funds: pl.DataFrame


def portfolio(coded: pl.DataFrame, money: Money = "state_funds") -> Shares:
    """Of a portfolio as `coding` gives it. Currencies are never added up."""
    counts = [_counts(coded, coding) for coding in CODINGS]
    funds = [_funds(coded, coding, money) for coding in CODINGS]
    return Shares(pl.concat(counts), pl.concat(funds))


def _counts(coded: pl.DataFrame, coding: str) -> pl.DataFrame:
    told = pl.when(pl.col("class").is_not_null()).then("projects")
    return (
        coded.group_by(pl.col(coding).alias("class")).agg(pl.len().cast(pl.Int64).alias("projects"))
        .sort("class", nulls_last=True)
        .select(pl.lit(coding).alias("coding"), "class", "projects", share=part(pl.col("projects")),
                known_share=part(told))
    )  # fmt: skip


def _funds(coded: pl.DataFrame, coding: str, money: str) -> pl.DataFrame:
    known = pl.when(pl.col("currency").is_not_null()).then(money)
    return (
        coded.group_by(pl.col(coding).alias("class"), "currency")
        .agg(
            pl.len().cast(pl.Int64).alias("projects"),
            pl.when(known.count() > 0).then(known.sum()).alias("funds"),
            known.null_count().cast(pl.Int64).alias("unknown"),
        )
        .sort("class", "currency", nulls_last=True)
        .select(
            pl.lit(coding).alias("coding"), "class", "currency", "projects", "funds",
            part(pl.col("funds")).over("currency").alias("share"), "unknown",
        )
    )  # fmt: skip


def part(figures: pl.Expr) -> pl.Expr:
    """A share of the whole; null where the whole is nothing."""
    return pl.when(figures.sum() > 0).then(figures / figures.sum())
