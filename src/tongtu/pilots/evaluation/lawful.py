"""Figures and gates that the rules room measures and judges: nothing of a rule is written a second time here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from tongtu.pilots.evaluation.figures import MEASURED
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.registry import Registry
from tongtu.rules import Judgement, judge, logic
from tongtu.rules.columns import polars
from tongtu.rules.compiling import Compiler
from tongtu.rules.expressions import Input, Measure, inputs
from tongtu.rules.facts import items_below, row_terms
from tongtu.rules.model import Bands, Item, Linear


@dataclass(frozen=True)
class Lawful:
    """One scheme applied to every platform on a day, and what its items read."""

    judgement: Judgement
    registry: Registry

    @classmethod
    def of(cls, rubric: Rubric, registry: Registry, as_of: date, marks: pl.DataFrame | None) -> Lawful:
        found = judge(rubric.book, rubric.scheme.scheme, registry, as_of, marks=marks)
        return cls(found, registry)

    @cached_property
    def items(self) -> dict[str, Item]:
        """Items of the version in force, by path; empty where none is in force."""
        version = self.judgement.version
        parts = [part for score in version.scores for part in score.parts] if version is not None else []
        return {item.path: item for part in parts for item in items_below(part.items)}

    def reads(self, path: str) -> list[Input]:
        item = self.items.get(path)
        if item is None or not isinstance(item.scale, Bands | Linear):
            return []
        return list(inputs(item.scale.of))

    def table(self, path: str) -> str:
        """The table whose rows an item counts; '' where it reads the platform's own columns."""
        measure = self._counted(path)
        return measure.rows.noun if measure is not None and measure.rows is not None else ""

    def columns(self, path: str) -> list[str]:
        """The platform's own columns that an item reads."""
        return [read.field.name for read in self.reads(path) if read.field.measure is None]

    def measured(self, path: str, platforms: pl.Series) -> pl.DataFrame:
        """An item's figure of each of these platforms, in their order; columns as in `figures.MEASURED`."""
        observed = self._observed.filter(pl.col("item") == path).select("platform", low="observed", high="observed")
        found = pl.DataFrame({"platform": platforms}).join(observed, on="platform", how="left", maintain_order="left")
        found = found.join(self._rows_behind(path), on="platform", how="left", maintain_order="left")
        gap: pl.Expr = pl.when(pl.col("low").is_null()).then(pl.lit(self._gap(path)))
        if (table := self.table(path)) and table in self.registry:
            present = self.registry[table]["platform"].unique().implode()
            gap = pl.when(~pl.col("platform").is_in(present)).then(pl.lit(f"silent-{table}")).otherwise(gap)
        found = found.with_columns(gap=gap, n=pl.col("n").fill_null(0))
        return found.select(pl.col(name).cast(kind) for name, kind in MEASURED.items())

    @cached_property
    def _observed(self) -> pl.DataFrame:
        return self.judgement.scores.drop_nulls("item")

    def _gap(self, path: str) -> str:
        if self.judgement.version is None:
            return "no-version"
        table = self.table(path)
        if not table:
            return "blank"
        return "undecided" if table in self.registry else f"no-{table}"

    def _counted(self, path: str) -> Measure | None:
        return next((read.field.measure for read in self.reads(path) if read.field.measure is not None), None)

    def _rows_behind(self, path: str) -> pl.DataFrame:
        measure = self._counted(path)
        if measure is None or measure.rows is None:
            return pl.DataFrame(schema={"platform": pl.String, "n": pl.Int64})
        compiler = Compiler(self.judgement.as_of, self.judgement.scheme.currency)
        counts = polars(row_terms(measure, compiler)[0]).fill_null(False)
        rows = self.registry[measure.rows.noun].group_by(measure.rows.link, maintain_order=True)
        return rows.agg(n=counts.sum().cast(pl.Int64)).rename({measure.rows.link: "platform"})

    def covers(self, platforms: pl.Series) -> pl.DataFrame:
        """platform, covers: whether the scheme applies to each of these; null where that is unknown, or where no
        version is in force."""
        asked = pl.DataFrame({"platform": platforms})
        if self.judgement.version is None:
            return asked.with_columns(covers=pl.lit(None, pl.Boolean))
        code = pl.col("applies")
        applies = pl.when(code == logic.MET).then(True).when(code == logic.UNMET).then(False)
        found = self.judgement.codes.select("platform", covers=applies)
        return asked.join(found, on="platform", how="left", maintain_order="left")
