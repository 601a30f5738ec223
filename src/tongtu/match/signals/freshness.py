"""Freshness: a listing fades with age unless something shows that it lives.

    exp(-age / τ)      age: days since it was posted, renewed, or last took part in anything; τ by kind

The answer's freshness is what counts; the question is being asked now. A bottleneck or focus item does not
fall below a floor. A listing with no date has no known age.
"""

from __future__ import annotations

import polars as pl

from tongtu.match.signals.pairs import listed
from tongtu.match.signals.signal import Measure, Row, Scene, Schema, Signal, nothing, ours, result
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Why

_FACTS: Schema = {
    "freshness_days": pl.Int64,
    "freshness_since": pl.Date,
    "freshness_renewed": pl.Boolean,
    "freshness_floored": pl.Boolean,
}
_COLUMNS: Schema = {
    "id": pl.String,
    "kind": pl.String,
    "posted": pl.Date,
    "renewed": pl.Date,
    "bottleneck": pl.Boolean,
    "focus": pl.List(pl.String),
}
_IN_CASES = ("need", "achievement", "platform")  # nouns that a case names


def _offering(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    return result(_aged(listed(listings, **_COLUMNS), scene), "freshness", _FACTS)


def _between(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
    return lambda found: offered[found["a"]]


def _aged(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """Listings with their freshness and its facts."""
    given = ours("freshness")
    day = pl.lit(scene.as_of, pl.Date)
    known = [pl.when(pl.col(c) <= day).then(pl.col(c)) for c in ("posted", "renewed", "lived")]
    strategic = pl.col("bottleneck").fill_null(False) | (
        pl.col("focus").list.set_intersection(scene.once(_focus)).list.len() > 0
    ).fill_null(False)
    tau = pl.col("kind").replace_strict(given["kinds"], default=given["days"], return_dtype=pl.Float64)
    faded = (-pl.col("freshness_days") / tau.fill_null(given["days"])).exp()
    return (
        listings.join(scene.once(_lived), on=["kind", "id"], how="left", maintain_order="left")
        .with_columns(freshness_since=pl.max_horizontal(known), first=known[0])
        .with_columns(freshness_days=(day - pl.col("freshness_since")).dt.total_days())
        .with_columns(
            freshness_renewed=(pl.col("freshness_since") > pl.col("first")).fill_null(
                pl.col("freshness_since").is_not_null()
            ),
            freshness_floored=strategic & (faded < given["floor"]),
        )
        .with_columns(freshness=pl.when("freshness_floored").then(given["floor"]).otherwise(faded))
    )


def _focus(scene: Scene) -> list[str]:
    """Entries of the focus lists in force."""
    begun, lasting = (pl.col("since") <= scene.as_of).fill_null(True), (pl.col("until") >= scene.as_of).fill_null(True)
    return scene.table("focus").filter(begun, lasting)["entry"].unique().sort().to_list()


def _lived(scene: Scene) -> pl.DataFrame:
    """kind, id, lived: the last day on which a listing took part in something."""
    cases = scene.table("cases")
    events = scene.table("events").filter(scene.until("on")).select("case", day="on")
    happened = cases.select("case", *_IN_CASES).join(events, on="case")
    signs = [happened.select(pl.lit(kind).alias("kind"), id=kind, day="day") for kind in _IN_CASES]
    usage = scene.table("usage").filter(scene.until("date_from"))
    signs += [usage.select(pl.lit(kind).alias("kind"), id=kind, day="date_from") for kind in ("platform", "service")]
    outcomes = scene.table("outcomes").filter(scene.until("entered"))
    signs.append(outcomes.select(pl.lit("achievement").alias("kind"), id="achievement", day="entered"))
    return pl.concat(signs).drop_nulls().group_by("kind", "id").agg(lived=pl.col("day").max())


def _why(row: Row, names: Vocabularies) -> Why:
    if row["freshness"] is None:
        return Why("match_signals.freshness-unknown")
    code = "renewed" if row["freshness_renewed"] else "posted"
    said = Why(f"match_signals.freshness-{code}", {"n": row["freshness_days"], "since": row["freshness_since"]})
    floored = (Why("match_signals.freshness-floored"),) if row["freshness_floored"] else ()
    return Why(said.code, said.args, floored)


FRESHNESS = Signal("freshness", _FACTS, nothing, _offering, _between, _why)
