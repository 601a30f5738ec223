"""What a member counts at home: sufficient statistics of its own results, cell by cell.

A project is a case, else an achievement, else the row itself; it is counted once at each stage, with its last
result there. So the figures of one project stand in at most one cell of each stage, where exactly one of the four
results goes up by one: that is the sensitivity on which the noise rests (`noise`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import polars as pl

from tongtu.risk.odds.counting import known
from tongtu.risk.share.floor import held_back
from tongtu.risk.share.refusal import refused
from tongtu.risk.share.taxonomy import CELL, FIGURES, OTHER, RESULTS, Taxonomy
from tongtu.terms.why import Why


@dataclass(frozen=True, slots=True)
class Counts:
    """What leaves the house, and what does not.

    `frame`: `stage, place, band, piloted` and the figures (Int64), one row per cell of the taxonomy, null where held
    back. `exact`: the same with nothing held back; it never leaves. `held`: the cells with projects that were held
    back, with `entered` and `why`. `left_out`: results that have no cell, as reasons. `whole`: nothing was held back,
    so that `frame` must be split into shares before anybody else sees it.
    """

    member: str
    round: str
    taxonomy: Taxonomy
    frame: pl.DataFrame
    whole: bool = False
    exact: pl.DataFrame = field(default_factory=pl.DataFrame)
    held: pl.DataFrame = field(default_factory=pl.DataFrame)
    left_out: tuple[Why, ...] = ()


def count(
    outcomes: pl.DataFrame, *, member: str, taxonomy: Taxonomy, round: str, as_of: date,
    places: Mapping[str, str], whole: bool = False,
) -> Counts:  # fmt: skip
    """The counts of one member for one round.

    `outcomes` is the noun; `places` maps a direction to its place in the taxonomy (unnamed ones to `other`). Cells
    with fewer than `taxonomy.floor` projects are held back, and further cells that would give them away
    (`floor.held_back`); days also where fewer than so many are closed. `whole` holds nothing back. Raises DataRefused
    where the member has no results or the round is no year.
    """
    _check_round(round)
    records = known(outcomes.filter(pl.col("member") == member), as_of, ("case", "achievement", "entered", "piloted"))
    if records.is_empty():
        raise refused("risk_share.no-results", member=member, n=outcomes.height)
    placed = _placed(records, taxonomy, places)
    kept = placed.filter(pl.col("stage").is_in(taxonomy.stages), pl.col("band").is_not_null())
    once = kept.sort("entered", "outcome").unique(["project", "stage"], keep="last")
    exact = _tallied(once, taxonomy)
    left_out = _left_out(records, placed, kept, once, taxonomy)
    if whole:
        return Counts(member, round, taxonomy, exact, True, exact, exact.clear().select(*CELL, "entered"), left_out)
    frame, held = held_back(exact, taxonomy)
    return Counts(member, round, taxonomy, frame, False, exact, held, left_out)


def _check_round(name: str) -> None:
    year, _, rest = name.partition("-")
    if len(year) != 4 or not year.isdecimal() or not year.isascii() or (not rest.isalnum() and name != year):
        raise refused("risk_share.round-wrong", round=name)


def _placed(records: pl.DataFrame, taxonomy: Taxonomy, places: Mapping[str, str]) -> pl.DataFrame:
    """Rows with project, cell, result as known on the day, and days where it is closed and dated."""
    listed = {direction: place for direction, place in places.items() if place in taxonomy.places}
    named = [pl.lit(name[0] + ":") + pl.col(name) for name in ("case", "achievement", "outcome")]
    spans = zip(pairwise(taxonomy.bands), taxonomy.band_names, strict=True)
    bands = {year: band for (first, after), band in spans for year in range(first, after)}
    result = pl.col("result").replace_strict(dict(enumerate(RESULTS)), return_dtype=pl.String)
    piloted = pl.when(pl.col("piloted")).then(pl.lit("yes")).when(~pl.col("piloted")).then(pl.lit("no"))
    days = pl.col("days").clip(upper_bound=taxonomy.days_cap).cast(pl.Int64)
    return records.select(
        "outcome", "stage", "entered", result.alias("result"),
        project=pl.coalesce(named),
        place=pl.col("direction").replace_strict(listed, default=OTHER, return_dtype=pl.String),
        band=pl.col("entered").dt.year().replace_strict(bands, default=None, return_dtype=pl.String),
        piloted=piloted.otherwise(pl.lit("unknown")),
        days=pl.when(pl.col("dated") & result.is_in(["passed", "failed"])).then(days),
    )  # fmt: skip


def _tallied(rows: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    tallied = rows.group_by(CELL).agg(
        pl.len().cast(pl.Int64).alias("entered"),
        *((pl.col("result") == name).sum().cast(pl.Int64).alias(name) for name in RESULTS),
        pl.col("days").count().cast(pl.Int64).alias("timed"),
        pl.col("days").sum().cast(pl.Int64),
    )
    joined = taxonomy.cells.join(tallied, on=CELL, how="left", maintain_order="left")
    return joined.with_columns(pl.col(FIGURES).fill_null(0))


def _left_out(
    records: pl.DataFrame, placed: pl.DataFrame, kept: pl.DataFrame, once: pl.DataFrame, taxonomy: Taxonomy
) -> tuple[Why, ...]:
    """Why results of the member are in no cell, or count less than a reader may think."""
    stage = placed.filter(~pl.col("stage").is_in(taxonomy.stages)).height
    alone = records.select((pl.col("case").is_null() & pl.col("achievement").is_null()).sum()).item()
    numbers = {
        "risk_share.out-stage": stage,
        "risk_share.out-band": placed.height - stage - kept.height,
        "risk_share.out-again": kept.height - once.height,
        "risk_share.out-alone": alone,
    }
    return tuple(Why(code, {"n": n}) for code, n in numbers.items() if n)
