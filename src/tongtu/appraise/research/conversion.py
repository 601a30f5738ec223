"""Which share of each track's projects reached an order or a line in production, and how sure that is.

Projects that ended lately had little time to convert. So the plain share stands beside the share within so many
years of the end, in which projects not followed that long are censored, not counted as failures (Kaplan-Meier).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from tongtu.appraise.research.coding import name
from tongtu.lifetimes import survival, wilson
from tongtu.terms.why import Ratio, Why

#: what counts as converted: an order or a line that runs, never a meeting, a contract or a listing
OUTCOMES = ("ordered", "produced")
_STAGES = ("first_order", "repeat_order")
_YEAR = 365.25
_FOUND: Mapping[str, Any] = {
    "track": pl.String, "projects": pl.Int64, "ended": pl.Int64, "running": pl.Int64, "undated": pl.Int64,
    "converted": pl.Int64, "early": pl.Int64, "share": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "within": pl.Float64, "within_low": pl.Float64, "within_high": pl.Float64, "followed": pl.Float64,
    "why": pl.String,
}  # fmt: skip


def conversions(
    projects: pl.DataFrame, cases: pl.DataFrame, achievements: pl.DataFrame, events: pl.DataFrame,
    outcomes: pl.DataFrame, contracts: pl.DataFrame, *, as_of: date, known_at: date | None = None,
) -> pl.DataFrame:  # fmt: skip
    """project, on: the first day on which anything that came out of a project was ordered or went into production.

    What came out of a project: the case it names, its outputs, achievements that name it, and their cases. An order
    counts from the log of a case, from a passed order stage in the outcomes, or from a register of contracts.
    """
    seen = known_at or as_of
    things = _things(projects, cases, achievements)
    told = [
        events.filter(pl.col("kind").is_in(OUTCOMES), _known(seen)).select(kind=pl.lit("case"), thing="case", on="on"),
        *_of(outcomes.filter(pl.col("stage").is_in(_STAGES), pl.col("result") == "passed", _known(seen)), "left"),
        *_of(contracts.filter(pl.col("order").is_in(["first", "repeat"]), _known(seen)), "signed"),
    ]
    days = pl.concat(told).drop_nulls().filter(pl.col("on") <= as_of)
    return things.join(days, on=["kind", "thing"]).group_by("project").agg(pl.col("on").min()).sort("project")


def conversion(
    projects: pl.DataFrame, converted: pl.DataFrame, *, as_of: date, years: float = 3.0, level: float = 0.95
) -> pl.DataFrame:
    """One row per track, unknown last.

    track, projects (begun), ended, running, undated (no end on record), converted (of those ended), early (converted
    while running or undated), share (converted over ended; Wilson's interval), within (share converted within `years`
    of the end, with its interval; null where nobody was followed that long), followed (median years since the end),
    why. A project that had converted before it ended counts as converted on that day.
    """
    begun = projects.filter(pl.col("start").is_null() | (pl.col("start") <= as_of)).select("project", "track", "end")
    rows = begun.join(converted, on="project", how="left").sort("project").with_columns(
        over=(pl.col("end") <= as_of).fill_null(False), done=pl.col("on").is_not_null()
    )  # fmt: skip
    tracks = rows["track"].unique().sort(nulls_last=True).to_list()
    found = [_track(track, rows.filter(pl.col("track").eq_missing(track)), as_of, years, level) for track in tracks]
    return pl.DataFrame(found, _FOUND, orient="row")


def _known(seen: date) -> pl.Expr:
    return pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= seen)


def _of(rows: pl.DataFrame, day: str) -> Iterator[pl.DataFrame]:
    """Rows that may name a case, an achievement or both, as kind, thing, on."""
    for kind in ("case", "achievement"):
        yield rows.select(kind=pl.lit(kind), thing=kind, on=day)


def _things(projects: pl.DataFrame, cases: pl.DataFrame, achievements: pl.DataFrame) -> pl.DataFrame:
    """project, kind, thing: what came out of each project."""
    named = achievements.select("project", thing="achievement")
    listed = projects.select("project", thing="outputs").explode("thing", empty_as_null=True)
    outputs = pl.concat([named, listed]).drop_nulls().unique()
    grown = outputs.join(cases.select("case", thing="achievement"), on="thing").select("project", thing="case")
    own = pl.concat([grown, projects.select("project", thing="case")]).drop_nulls().unique()
    return pl.concat([
        outputs.select("project", pl.lit("achievement").alias("kind"), "thing"),
        own.select("project", pl.lit("case").alias("kind"), "thing"),
    ])  # fmt: skip


def _track(track: str | None, rows: pl.DataFrame, as_of: date, years: float, level: float) -> tuple[Any, ...]:
    over = rows.filter("over")
    n, hits = over.height, int(over["done"].sum())
    low, high = (float(x[0]) for x in wilson([hits], [n], level)) if n else (None, None)
    within = _within(over, as_of, years, level)
    since = over.select((pl.lit(as_of) - pl.col("end")).dt.total_days() / _YEAR).to_series()
    running = rows.filter(~pl.col("over"), pl.col("end").is_not_null()).height
    early = int(rows.filter(~pl.col("over"))["done"].sum())
    followed = since.median()
    row = [track, rows.height, n, running, rows["end"].null_count(), hits, early, hits / n if n else None, low, high,
           *within, followed]  # fmt: skip
    why = _why(dict(zip(_FOUND, row, strict=False)), years)
    return (*row, why.to_json())


def _within(over: pl.DataFrame, as_of: date, years: float, level: float) -> tuple[float | None, ...]:
    """Kaplan-Meier with its interval; unknown unless some project ended at least so many years ago."""
    until = pl.coalesce("on", pl.lit(as_of))
    seen, ago = (
        over.select((day - pl.col("end")).dt.total_days() / _YEAR).to_series() for day in (until, pl.lit(as_of))
    )
    if not (ago >= years).any():
        return None, None, None
    curves = survival(seen.clip(0.0).to_numpy(), over["done"].to_numpy())
    still, low, high = (float(x[0]) for x in curves.at(years, level))
    return (None, None, None) if np.isnan(still) else (1 - still, 1 - high, 1 - low)


def _why(row: Mapping[str, Any], years: float) -> Why:
    told = {"track": name("track", row["track"]), "n": row["ended"], "converted": row["converted"]}
    if not row["ended"]:
        return Why("appraise_research.conversion-none", {**told, "n": row["projects"]})
    share = {f"{k}": Ratio(row[k]) for k in ("share", "low", "high")}
    parts = []
    if row["within"] is not None:
        inside = {"years": years, **{k: Ratio(row[f"within{s}"]) for k, s in
                                     (("share", ""), ("low", "_low"), ("high", "_high"))}}  # fmt: skip
        parts.append(Why("appraise_research.conversion-within", inside))
    else:
        parts.append(Why("appraise_research.conversion-short", {"years": years}))
    parts.append(Why("appraise_research.conversion-followed", {"years": round(float(row["followed"]), 1)}))
    beside = {"open": row["running"], "undated": row["undated"], "early": row["early"]}
    parts += [Why(f"appraise_research.conversion-{code}", {"n": n}) for code, n in beside.items() if n]
    return Why("appraise_research.conversion", {**told, **share}, tuple(parts))
