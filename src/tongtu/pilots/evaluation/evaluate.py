"""Indicators of the six dimensions: what the ledger shows, what platforms say, and which of the two counts.

    contested   a figure put in its place for an appeal
    ledger      computed from records; it beats what the platform says, and the difference is shown
    evidence    stated by the platform, with evidence that lifts the cap
    declared    stated by the platform; counts at most up to the rubric's cap
    (null)      unknown, with the reason

A figure is an interval: `value` is the end that is certain. What is stated counts from its cap to the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tongtu.pilots.evaluation import figures, reasons
from tongtu.pilots.evaluation.counting import counted
from tongtu.pilots.evaluation.declared import Declared
from tongtu.pilots.evaluation.lawful import Lawful
from tongtu.pilots.evaluation.ledger import Ledger
from tongtu.pilots.evaluation.peers import standing
from tongtu.pilots.evaluation.reading import rubric_of
from tongtu.pilots.evaluation.rubric import Indicator, Rubric
from tongtu.pilots.evaluation.subjects import check_contested, check_direction, serving
from tongtu.pilots.lines import offered_platforms
from tongtu.registry import Registry
from tongtu.solve import Progress, check

if TYPE_CHECKING:
    from tongtu.packs import Pack

EVALUATION: Mapping[str, Any] = {
    "platform": pl.String, "dimension": pl.String, "indicator": pl.String, "value": pl.Float64, "unit": pl.String,
    "low": pl.Float64, "high": pl.Float64, "source": pl.String, "grade": pl.String, "n": pl.Int64,
    "declared": pl.Float64, "median": pl.Float64, "place": pl.Int64, "peers": pl.Int64, "why": pl.String,
}  # fmt: skip


def evaluate(
    registry: Registry,
    pack: Pack,
    as_of: date,
    *,
    rubric: Rubric | None = None,
    known_at: date | None = None,
    direction: str | None = None,
    contested: pl.DataFrame | None = None,
    marks: pl.DataFrame | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """One row per offered platform and indicator, by platform, then in the order of the rubric; see `EVALUATION`.

    value      what counts, null where unknown; money in major units, shares from 0 to 1, yes and no as 1 and 0
    low, high  where it may lie; a null end is open
    source     contested | ledger | evidence | declared | null; `grade` of the evidence behind a statement
    n          rows of the ledger behind it; declared: what the platform states
    median     among the platforms of its kind that share a direction; `place` (1 is best) among the `peers` of them
               whose figure is known, itself included

    Rows recorded after `known_at` (default `as_of`) do not count. `direction` keeps the platforms of one direction;
    their peers stay. `contested` replaces figures: platform, indicator, value (null strikes a figure out), and where
    given `grade`, by which it is capped like a statement. Raises UsageFault for a direction that is unknown or has
    no platform, or contested figures that name no platform or indicator; PackRefused for the pack's rubric.
    """
    rubric = rubric or rubric_of(pack)
    found = survey(registry, as_of, rubric, known_at=known_at, contested=contested, marks=marks)
    check_direction(direction, found.platforms, pack)
    return found.frame(direction, check(progress))


@dataclass(frozen=True)
class Survey:
    """The figures of every offered platform, before they are put into rows."""

    rubric: Rubric
    platforms: pl.DataFrame
    lawful: Lawful
    counted: Mapping[str, pl.DataFrame]
    known: Registry

    def frame(self, direction: str | None, progress: Progress) -> pl.DataFrame:
        """`evaluate`'s table."""
        columns = [self.counted[i.indicator] for i in self.rubric.indicators]
        values = [frame["value"].fill_null(np.nan).to_numpy() for frame in columns]
        matrix = np.stack(values, axis=1) if values else np.empty((self.platforms.height, 0))
        around = standing(self.platforms, matrix, [i.falling for i in self.rubric.indicators])
        parts = []
        for n, (indicator, frame) in enumerate(zip(self.rubric.indicators, columns, strict=True)):
            progress(n, len(columns))
            placed = frame.with_columns(
                median=pl.Series(around[0][:, n], dtype=pl.Float64).fill_nan(None),
                place=pl.Series(around[1][:, n], dtype=pl.Int64),
                peers=pl.Series(around[2][:, n], dtype=pl.Int64),
                order=pl.lit(n),
            ).with_columns(place=pl.when(pl.col("place") > 0).then("place"))
            parts.append(self._rows(indicator, placed.filter(serving(self.platforms, direction))))
        progress(len(columns), len(columns))
        empty = pl.DataFrame(schema={**EVALUATION, "order": pl.Int32})
        return pl.concat([empty, *parts]).sort("platform", "order").drop("order")

    def _rows(self, indicator: Indicator, frame: pl.DataFrame) -> pl.DataFrame:
        whys = [reasons.figure(self.rubric, indicator, row).to_json() for row in frame.iter_rows(named=True)]
        return frame.with_columns(
            dimension=pl.lit(indicator.dimension),
            indicator=pl.lit(indicator.indicator),
            unit=pl.lit(indicator.unit or None, pl.String),
            why=pl.Series(whys, dtype=pl.String),
        ).select(*EVALUATION, pl.col("order").cast(pl.Int32))

    def performance(self) -> pl.DataFrame:
        """platform and a column per scored indicator: what the sorting room takes."""
        return self.platforms.select("platform").hstack(
            [self.counted[i.indicator]["value"].alias(i.indicator) for i in self.rubric.scored]
        )

    def intervals(self) -> pl.DataFrame:
        """platform, criterion, low, high: figures that are not certain, an open end at the far side of the profiles."""
        parts = [_interval(i, self.counted[i.indicator]) for i in self.rubric.scored]
        schema = {"platform": pl.String, "criterion": pl.String, "low": pl.Float64, "high": pl.Float64}
        return pl.concat([pl.DataFrame(schema=schema), *parts]).sort("platform", "criterion")


def survey(
    registry: Registry, as_of: date, rubric: Rubric, *, known_at: date | None = None,
    contested: pl.DataFrame | None = None, marks: pl.DataFrame | None = None,
) -> Survey:  # fmt: skip
    """Measures everything once; `evaluate` and `tiers` read it."""
    known = registry.known(as_of, known_at)
    platforms = offered_platforms(known).sort("platform")
    lawful = Lawful.of(rubric, known, as_of, marks)
    ledger = Ledger(known, as_of, rubric.currency, rubric.sme.kinds, rubric.sme.titles, rubric.produced)
    declared = Declared(known, as_of, rubric.currency)
    disputed = check_contested(contested, platforms, rubric)
    figured = {
        name: counted(rubric, indicator, frame, disputed)
        for indicator, frame in _measured(rubric, lawful, ledger, declared, platforms["platform"])
        for name in [indicator.indicator]
    }
    return Survey(rubric, platforms, lawful, figured, known)


def _measured(
    rubric: Rubric, lawful: Lawful, ledger: Ledger, declared: Declared, platforms: pl.Series
) -> Iterator[tuple[Indicator, pl.DataFrame]]:  # fmt: skip
    """Each indicator with what the ledger shows and what the platform states, in the order of `platforms`."""
    nothing = pl.DataFrame({"platform": platforms}).with_columns(
        low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64), n=pl.lit(0, pl.Int64), gap=pl.lit("blank")
    )
    for indicator in rubric.indicators:
        columns = [indicator.declared] if indicator.declared else []
        stated, shown = declared.column(indicator.declared), nothing
        if indicator.figure:
            shown = figures.measured(ledger, indicator.figure, indicator.years, platforms)
        elif indicator.item:
            shown = lawful.measured(indicator.item, platforms)
            if not lawful.table(indicator.item):  # it reads the platform's own row: a statement, not a record
                columns = [*columns, *lawful.columns(indicator.item)]
                stated, shown = shown.select("platform", stated="low"), nothing.with_columns(shown["gap"])
        said = declared.of(indicator, stated, columns)
        yield indicator, shown.join(said, on="platform", how="left", maintain_order="left")


def _interval(indicator: Indicator, frame: pl.DataFrame) -> pl.DataFrame:
    ends = [*indicator.at.values()]
    far = {"low": min(ends), "high": max(ends)}
    known = frame.filter(pl.col("source").is_not_null() & pl.col("unsure"))
    return known.select(
        "platform",
        criterion=pl.lit(indicator.indicator),
        low=pl.coalesce("low", pl.min_horizontal("high", pl.lit(far["low"]))),
        high=pl.coalesce("high", pl.max_horizontal("low", pl.lit(far["high"]))),
    )
