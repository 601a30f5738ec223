"""Track record: what the holder of an answer, and its team or platform, has brought to success.

The share of results that succeeded, drawn towards what is usual (beta-binomial; Kleinman 1973 for its
spread): everyone → the holder → its own team or platform → the directions the question asks about, each
drawn towards the one before. A short record says little, a long one speaks for itself, and the counts
stand beside the share. Titles in force and services delivered add a part of what is missing to 1, so they
never lower it. Who has none of all this is unknown, neither good nor bad.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

import numpy as np
import polars as pl

from tongtu.match.signals.pairs import Floats, Kinds, beside, listed
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
_NONE = (np.nan, np.nan)
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


class History:
    """`counts`: kind, id, n, s of each party; `usual`: what is usual; `fields`: directions asked about, by number."""

    def __init__(self, found: pl.DataFrame) -> None:
        counted = {"n": pl.len().cast(pl.Int64), "s": pl.col("passed").sum().cast(pl.Int64)}
        self.counts = found.group_by("kind", "id").agg(**counted)
        self.usual = usual(found)
        self.fields = Kinds(["directions"])
        told = found.select("direction", "passed", who=_who("kind", "id")).drop_nulls()
        self._told: defaultdict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for direction, *party in told.group_by("direction", "who").agg(**counted).iter_rows():
            self._told[direction].append((party[0], party[1], party[2]))
        self._finer: dict[int, dict[str, tuple[float, float]]] = {}

    def finer(self, field: int) -> dict[str, tuple[float, float]]:
        """By party how many results it has in these directions and how many of them succeeded, where enough."""
        if field not in self._finer:
            sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
            for who, n, s in chain.from_iterable(self._told.get(d, ()) for d in self.fields.codes(field)[0] or ()):
                sums[who][0] += n
                sums[who][1] += s
            enough = ours("record")["enough"]
            self._finer[field] = {who: (met, made) for who, (met, made) in sums.items() if met >= enough}
        return self._finer[field]


def _asking(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    return pl.DataFrame({"field": scene.once(_history).fields.of(listed(listings, directions=pl.List(pl.String)))})


def _offering(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    rows = listed(listings, id=pl.String, kind=pl.String, organisation=pl.String)
    return _listings(rows, scene.once(_history), scene)


def _between(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
    history = scene.once(_history)

    def measure(found: pl.DataFrame) -> pl.DataFrame:
        every = beside(found, asked, offered)
        told = [history.finer(field).get(who, _NONE) for field, who in every[["field", "who"]].iter_rows()]
        met, made = np.array(told, np.float64).reshape(-1, 2).T
        return result(_valued(every, met, made, history.usual), "record", _FACTS)

    return measure


def _history(scene: Scene) -> History:
    return History(results(scene))


def _listings(rows: pl.DataFrame, history: History, scene: Scene) -> pl.DataFrame:
    """By row of the answer: whose record counts (who, of), its counts, its share, titles and deliveries."""
    counts, prior = history.counts, history.usual
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


def _valued(every: pl.DataFrame, met: Floats, made: Floats, prior: Usual) -> pl.DataFrame:
    """The signal and its facts; `met`, `made`: results in the question's directions, NaN where too few."""
    given, finer = ours("record"), ~np.isnan(met)
    held = {name: every[name].to_numpy() for name in ("share", "results", "passed", "titles", "delivered")}
    known = held["results"] > 0
    share = np.where(finer, (made + prior.strength * held["share"]) / (met + prior.strength), held["share"])
    honour = given["title"] * (1.0 - 0.5 ** held["titles"])
    work = given["delivered"] * held["delivered"] / (held["delivered"] + given["deliveries"])
    told = known | (held["titles"] > 0) | (held["delivered"] > 0)
    value = 1.0 - (1.0 - share) * (1.0 - honour) * (1.0 - work)
    numbers = {
        "record": np.where(told, value, np.nan),
        "record_share": np.where(known, share, np.nan),
        "record_results": np.where(finer, met, held["results"]),
        "record_passed": np.where(finer, made, held["passed"]),
        "record_usual": np.full(len(share), prior.share),
        "record_titles": held["titles"],
        "record_delivered": held["delivered"],
    }
    of = ["direction" if near else whose for near, whose in zip(finer.tolist(), every["of"], strict=True)]
    named = pl.Series("record_of", of, pl.String).set(pl.Series(~known), None)
    return pl.DataFrame(numbers, nan_to_null=True).hstack([named])


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


RECORD = Signal("record", _FACTS, _asking, _offering, _between, _why)
