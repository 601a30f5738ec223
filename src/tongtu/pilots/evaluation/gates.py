"""Hard gates: conditions of the rules that no score makes up for. What is not known to hold has not been passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.pilots.evaluation.lawful import Lawful
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.rules.model import Criterion
from tongtu.terms.why import Why

GATES: Mapping[str, Any] = {
    "platform": pl.String, "tier": pl.String, "gate": pl.String, "verdict": pl.String, "citation": pl.String,
    "why": pl.String,
}  # fmt: skip
#: what weighs most first, where several gates of a tier stand
_WORST = ("unmet", "unknown", "manual", "met")


def gates(rubric: Rubric, lawful: Lawful, platforms: pl.Series) -> pl.DataFrame:
    """One row per platform, tier and gate, in this order, tiers from worst to best; columns as in `GATES`.

    `verdict`: met, unmet, unknown or manual, as the rules room judges; `citation`: the clause with its document and
    how well that is evidenced. Platforms the scheme does not apply to have no rows, nor does a day on which no
    version is in force.
    """
    asked = [(tier.name, path) for tier in rubric.tiers for path in rubric.gates.get(tier.name, ())]
    if lawful.judgement.version is None or not asked or platforms.is_empty():
        return pl.DataFrame(schema=GATES)
    order = pl.DataFrame(asked, schema={"tier": pl.String, "gate": pl.String}, orient="row").with_row_index("order")
    judged = lawful.judgement.criteria_of(platforms).rename({"criterion": "gate"})
    rows = judged.join(order, on=["tier", "gate"]).sort("platform", "order")
    clauses = {(tier.tier, one.path): one for tier, one, _ in lawful.judgement.version.criteria()}
    told = [_row(rubric, clauses[row["tier"], row["gate"]], row) for row in rows.iter_rows(named=True)]
    return pl.DataFrame(told, schema=GATES)


def _row(rubric: Rubric, clause: Criterion, row: Mapping[str, Any]) -> dict[str, Any]:
    verdict = Why(f"pilots_evaluation.verdict-{row['verdict'].replace('_', '-')}")
    names = {"tier": rubric.label(row["tier"]), "name": clause.label, "verdict": verdict}
    why = Why("pilots_evaluation.gate", names, (Why.from_json(row["why"]),))
    return {**{name: row.get(name) for name in GATES}, "citation": clause.cite.label().zh, "why": why.to_json()}


def standing(rubric: Rubric, found: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    """platform, and per tier the worst verdict on its gates; `met` where it has none.

    `covered` (platform, covers) tells whom the scheme applies to: true, false, or null where that is unknown.
    """
    rank = {verdict: n for n, verdict in enumerate(_WORST)}
    applies = found.filter(pl.col("verdict") != "not_applicable")
    worst = applies.with_columns(rank=pl.col("verdict").replace_strict(rank, return_dtype=pl.Int64))
    by_tier = worst.group_by("platform", "tier", maintain_order=True).agg(pl.col("rank").min())
    standing = covered
    for tier in rubric.tiers:
        own = by_tier.filter(pl.col("tier") == tier.name).select("platform", pl.col("rank").alias(tier.name))
        standing = standing.join(own, on="platform", how="left", maintain_order="left")
    unknown = rank["unknown"]
    return standing.with_columns(
        pl.when(pl.col("covers").is_null())
        .then(unknown)
        .otherwise(pl.col(tier.name).fill_null(rank["met"]))
        .replace_strict({n: verdict for verdict, n in rank.items()}, return_dtype=pl.String)
        .alias(tier.name)
        for tier in rubric.tiers
    )
