"""Track record: what the holder of an answer, and its team or platform, has brought to success.

The share of results that succeeded, drawn towards what is usual (beta-binomial; Kleinman 1973 for its
spread): everyone → the holder → its own team or platform → the directions the question asks about, each
drawn towards the one before. A short record says little, a long one speaks for itself, and the counts
stand beside the share. Titles in force and services delivered add a part of what is missing to 1, so they
never lower it. Who has none of all this is unknown, neither good nor bad.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tongtu.match.signals.pairs import Kinds, at, listed
from tongtu.match.signals.results import deliveries, results, titles
from tongtu.match.signals.signal import Measure, Row, Scene, Signal, ours, result
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Ratio, Why

_FACTS = {
    "record_share": pl.Float64,
    "record_results": pl.Int64,
    "record_passed": pl.Int64,
    "record_usual": pl.Float64,
    "record_of": pl.String,
    "record_titles": pl.Int64,
    "record_delivered": pl.Int64,
}
_OWN = ("team", "platform")  # kinds with a record beside their holder's


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: the share of all results that succeeded, and how many results it is worth."""

    share: float
    strength: float


def usual(found: pl.DataFrame) -> Usual:
    """Prior from all results (see `results`): mean and spread between organisations, by moments."""
    given = ours("record")
    once = found.unique("result")["passed"]
    share = (float(once.sum()) + 0.5) / (once.len() + 1)  # Jeffreys, so that no share is certain
    groups = found.filter(kind="organisation").group_by("id").agg(n=pl.len(), s=pl.col("passed").sum())
    n, s = (groups.sort("id")[c].to_numpy().astype(float) for c in ("n", "s"))
    usually = Usual(share, given["strength"])
    if n.size < given["groups"]:
        return usually
    total, mean, free = n.sum(), s.sum() / n.sum(), n.size - 1
    scatter = (n * (s / n - mean) ** 2).sum()
    room = total - (n**2).sum() / total - free
    if not 0.0 < mean < 1.0 or room <= 0.0:
        return usually
    alike = (scatter / (mean * (1.0 - mean)) - free) / room
    alike = min(max(alike, 1.0 / 101.0), 1.0 / 3.0)  # worth 2 to 100 results
    return Usual(share, float(1.0 / alike - 1.0))


def _prepare(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
    found, counts, prior = scene.once(_history)
    rows = listed(offered, id=pl.String, kind=pl.String, organisation=pl.String)
    holders = _listings(rows, counts, prior, scene)
    fields = Kinds(listed(asked, directions=pl.List(pl.String)))
    finer = _by_direction(found, fields.values)

    def measure(pairs: pl.DataFrame) -> pl.DataFrame:
        every = pl.concat([pairs.select("n", "a"), at(holders, pairs["a"])], how="horizontal")
        every = every.with_columns(field=fields.of.gather(pairs["n"]))
        every = every.join(finer, on=["who", "field"], how="left", maintain_order="left")
        return result(_valued(every, prior), "record", _FACTS)

    return measure


def _history(scene: Scene) -> tuple[pl.DataFrame, pl.DataFrame, Usual]:
    """All results, counts of each party, and what is usual."""
    found = results(scene)
    counts = found.group_by("kind", "id").agg(n=pl.len().cast(pl.Int64), s=pl.col("passed").sum().cast(pl.Int64))
    return found, counts, usual(found)


def _listings(rows: pl.DataFrame, counts: pl.DataFrame, prior: Usual, scene: Scene) -> pl.DataFrame:
    """By row of the answer: whose record counts (who, of), its counts, its share, titles and deliveries."""
    own = pl.when(pl.col("kind").is_in(_OWN)).then("kind")
    rows = rows.with_columns(holder=pl.lit("organisation"), own=own)
    rows = rows.join(
        counts, left_on=["holder", "organisation"], right_on=["kind", "id"], how="left", maintain_order="left"
    )
    rows = rows.join(
        counts, left_on=["own", "id"], right_on=["kind", "id"], how="left", suffix="_own", maintain_order="left"
    )
    held, does = scene.once(titles), scene.once(deliveries)
    rows = rows.join(held, on="organisation", how="left", maintain_order="left")
    rows = rows.with_columns(
        doer=pl.when(pl.col("kind").is_in(["platform", "service"])).then("id").otherwise("organisation"),
        doing=pl.when(pl.col("kind").is_in(["platform", "service"])).then("kind").otherwise(pl.lit("organisation")),
    ).join(does, left_on=["doing", "doer"], right_on=["kind", "id"], how="left", maintain_order="left")
    share = _drawn(pl.col("n"), pl.col("s"), pl.lit(prior.share), prior.strength)
    itself = pl.col("n_own").is_not_null()
    return rows.select(
        share=pl.when(itself).then(_drawn(pl.col("n_own"), pl.col("s_own"), share, prior.strength)).otherwise(share),
        results=pl.coalesce("n_own", "n").fill_null(0),
        passed=pl.coalesce("s_own", "s").fill_null(0),
        of=pl.when(itself).then("own").otherwise("holder"),
        who=pl.when(itself).then(_who("own", "id")).otherwise(_who("holder", "organisation")),
        titles=pl.col("titles").fill_null(0),
        delivered=pl.col("delivered").fill_null(0),
    )


def _by_direction(found: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """who, field, met, made: results of each party in the directions of each kind of question, where enough."""
    asked = fields.select("directions", field="kind").explode("directions", empty_as_null=True).drop_nulls()
    told = found.select("direction", "passed", who=_who("kind", "id")).drop_nulls()
    counts = told.group_by("who", "direction").agg(n=pl.len().cast(pl.Int64), s=pl.col("passed").sum().cast(pl.Int64))
    met = asked.join(counts, left_on="directions", right_on="direction")
    sums = met.group_by("who", "field").agg(met=pl.col("n").sum(), made=pl.col("s").sum())
    return sums.filter(pl.col("met") >= ours("record")["enough"])


def _valued(every: pl.DataFrame, prior: Usual) -> pl.DataFrame:
    given = ours("record")
    finer = pl.col("met").is_not_null()
    share = (
        pl.when(finer).then(_drawn(pl.col("met"), pl.col("made"), pl.col("share"), prior.strength)).otherwise("share")
    )
    honour = given["title"] * (1.0 - 0.5 ** pl.col("titles"))
    work = given["delivered"] * pl.col("delivered") / (pl.col("delivered") + given["deliveries"])
    told = (pl.col("results") > 0) | (pl.col("titles") > 0) | (pl.col("delivered") > 0)
    value = 1.0 - (1.0 - share) * (1.0 - honour) * (1.0 - work)
    return every.with_columns(
        record=pl.when(told).then(value),
        record_share=pl.when(pl.col("results") > 0).then(share),
        record_results=pl.coalesce("met", "results"),
        record_passed=pl.coalesce("made", "passed"),
        record_usual=pl.lit(prior.share),
        record_of=pl.when(pl.col("results") == 0).then(None).when(finer).then(pl.lit("direction")).otherwise("of"),
        record_titles="titles",
        record_delivered="delivered",
    )


def _drawn(n: pl.Expr, s: pl.Expr, towards: pl.Expr, strength: float) -> pl.Expr:
    """A share drawn towards another as though that were worth `strength` results."""
    return (s.fill_null(0) + strength * towards) / (n.fill_null(0) + strength)


def _who(kind: str, key: str) -> pl.Expr:
    return pl.concat_str(kind, pl.lit(":"), key)


def _why(row: Row, names: Vocabularies) -> Why:
    if row["record"] is None:
        return Why("match_signals.record-unknown")
    parts = []
    for name in ("titles", "delivered"):
        if row[f"record_{name}"]:
            parts.append(Why(f"match_signals.record-{name}", {"n": row[f"record_{name}"]}))
    shares = {"usual": Ratio(round(row["record_usual"], 4))}
    if row["record_of"] is None:
        return Why("match_signals.record-no-results", shares, tuple(parts))
    shares["share"] = Ratio(round(row["record_share"], 4))
    counts = {"n": row["record_results"], "passed": row["record_passed"]}
    return Why(f"match_signals.record-{row['record_of']}", {**counts, **shares}, tuple(parts))


RECORD = Signal("record", _FACTS, _prepare, _why)
