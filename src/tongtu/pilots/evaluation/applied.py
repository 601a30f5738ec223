"""A rubric applied to the platforms in question: whom it covers, and what the sorting room is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.pilots.evaluation.evaluate import Survey
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.pilots.evaluation.subjects import serving
from tongtu.terms.why import Label


@dataclass(frozen=True)
class Applied:
    """`directions`: labels of the pack's directions; `direction`: the one asked for, if any."""

    found: Survey
    as_of: date
    seed: int
    draws: int
    direction: str | None
    directions: Mapping[str, Label]

    @property
    def rubric(self) -> Rubric:
        return self.found.rubric

    @property
    def platforms(self) -> pl.DataFrame:
        return self.found.platforms.filter(serving(self.found.platforms, self.direction))

    def performance(self) -> pl.DataFrame:
        """Of those the scheme applies to, or may apply to."""
        covered = self.covers().filter(pl.col("covers").fill_null(True)).select("platform")
        return covered.join(self.found.performance(), on="platform", how="left", maintain_order="left")

    def covers(self) -> pl.DataFrame:
        """platform, covers: whether the scheme applies; null where that is unknown."""
        return self.found.lawful.covers(self.platforms["platform"])

    def evidence(self) -> pl.DataFrame:
        mine = self.performance()["platform"]
        return self.found.intervals().filter(pl.col("platform").is_in(mine.implode()))

    def previous(self) -> pl.DataFrame:
        """platform, category, since: the tier held now on this ladder."""
        names = [tier.name for tier in self.rubric.tiers]
        held = pl.col("tier").replace(dict(self.rubric.stands_for))
        on_ladder = pl.when(held.is_in(names)).then(held)
        return self.platforms.select("platform", category=on_ladder, since=pl.lit(None, pl.Date))
