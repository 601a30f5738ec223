"""What platforms say of themselves, and the evidence behind it.

A platform states a figure in a column of its own row, or as an indicator of the platform (quantity: the indicator's
name or code). Evidence stands behind a figure when the indicator's row cites it, or its title names the figure; it
counts from its date until it lapses, and the best of several counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from tongtu.pilots.evaluation.rubric import Indicator
from tongtu.registry import Registry, noun
from tongtu.terms.money import exponent

DECLARED: dict[str, Any] = {"platform": pl.String, "declared": pl.Float64, "grade": pl.String}


class Declared:
    """The statements of a registry and their evidence, read once."""

    def __init__(self, registry: Registry, as_of: date, currency: str) -> None:
        self.platforms, self.currency = registry["platforms"], currency
        self.claims = registry["indicators"].filter(pl.col("subject_kind") == "platform")
        valid = registry["evidence"].filter(
            pl.col("subject_kind") == "platform",
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of),
            pl.coalesce("dated", "valid_from").is_null() | (pl.coalesce("dated", "valid_from") <= as_of),
        )
        self.evidence = valid.select("evidence", pl.col("subject").alias("platform"), "title", "grade")

    def of(self, indicator: Indicator, stated: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
        """platform, declared, grade: what each platform states; an evidenced claim comes before a bare column.

        `stated` (platform, stated) is read off the platform's `columns`: evidence that names one of them counts.
        """
        read = [noun("platforms").column(name) for name in columns]
        names = [indicator.label.zh, indicator.label.en, *(label for c in read for label in (c.zh, c.en))]
        found = self.platforms.select("platform")
        for part in (stated, self._claims(indicator), self._named(names)):
            found = found.join(part, on="platform", how="left", maintain_order="left")
        evidenced = pl.when(pl.col("cited").is_not_null()).then(pl.col("claimed"))
        declared = pl.coalesce(evidenced, "stated", "claimed")
        grade = pl.when(declared.is_not_null()).then(pl.max_horizontal("cited", "named"))
        return found.select("platform", declared=declared, grade=grade)

    def column(self, name: str) -> pl.DataFrame:
        """platform, stated: a column as a number, money in major units; null throughout where no column is named."""
        if not name:
            return self.platforms.select("platform", stated=pl.lit(None, pl.Float64))
        stated = pl.col(name).cast(pl.Float64)
        if noun("platforms").column(name).kind == "money":
            own = pl.col("currency").fill_null(self.currency) == self.currency
            stated = pl.when(own).then(stated / 10 ** exponent(self.currency))
        return self.platforms.select("platform", stated=stated)

    def _claims(self, indicator: Indicator) -> pl.DataFrame:
        """The figure stated as an indicator, and the best evidence it cites; of several the evidenced, then the
        more cautious."""
        about = pl.col("quantity").is_in(_names(indicator)) | pl.col("quantity_en").is_in(_names(indicator))
        rows = self.claims.filter(about).select(
            pl.col("subject").alias("platform"),
            pl.coalesce("low", "high").alias("claimed"),
            "evidence",
        )
        grades = self.evidence.select("evidence", pl.col("grade").alias("cited"))
        cited = rows.explode("evidence").join(grades, on="evidence", how="left")
        ordered = cited.sort(
            "platform", "cited", "claimed", descending=[False, True, indicator.falling], nulls_last=True
        )
        return ordered.unique("platform", keep="first", maintain_order=True).select("platform", "claimed", "cited")

    def _named(self, names: Iterable[str]) -> pl.DataFrame:
        """The best evidence whose title names the figure."""
        titles = pl.col("title").str.contains_any([name for name in names if name], ascii_case_insensitive=True)
        rows = self.evidence.filter(titles.fill_null(False))
        return rows.group_by("platform", maintain_order=True).agg(named=pl.col("grade").max())


def _names(indicator: Indicator) -> list[str]:
    return [name for name in (indicator.indicator, indicator.label.zh, indicator.label.en) if name]
