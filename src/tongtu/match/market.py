"""The market at a date: both sides prepared once, then looked through and judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.match import concepts, eligible, indicators, listings, retrieve, score
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.solve import Progress
from tongtu.terms import units
from tongtu.terms.why import Label


@dataclass(frozen=True, slots=True)
class Judged:
    """Candidates with all that was found out about them.

    `pairs`: n, a, the signals, their contributions, `score`, counts of indicators, `refused`; by need, the
    best first. `compared`: see `indicators.SCHEMA`. `rules`: see `eligible.SCHEMA`.
    """

    pairs: pl.DataFrame
    compared: pl.DataFrame
    rules: pl.DataFrame

    def of(self, pairs: pl.DataFrame) -> Judged:
        """What concerns these pairs."""
        return Judged(pairs, *(f.join(pairs, on=["n", "a"], how="semi") for f in (self.compared, self.rules)))


class Market:
    """Needs that are open and all achievements; needs and achievements are numbered by id."""

    def __init__(self, registry: Registry, glossary: pl.DataFrame, as_of: date, words: Vocabularies) -> None:
        self.known = concepts.read(glossary)
        also = units.names(words.get("unit", {}))
        self.needs = listings.side(listings.open_needs(registry, as_of), "need", self.known)
        self.offers = listings.side(registry["achievements"], "achievement", self.known)
        self.demanded = indicators.sheet(registry, "need", self.needs.subjects, self.known, also)
        self.claimed = indicators.sheet(registry, "achievement", self.offers.subjects, self.known, also)
        self.areas = registry["directions"].select("direction", "area").drop_nulls()
        self.organisations = _organisations(registry)
        self.standing = eligible.standing(registry, self.offers.frame, as_of)
        claimed, asked = (
            s.quantities(n) for s, n in ((self.claimed, self.offers.rows), (self.demanded, self.needs.rows))
        )
        self.shelf = retrieve.Shelf(self.offers, claimed, self.standing.holders, self.standing.is_open)
        self.questions = [retrieve.question(self.needs, n, asked[n], self.shelf) for n in range(self.needs.rows)]

    def candidates(self, depth: int, top: int, tell: Progress) -> Judged:
        """The `depth` nearest achievements of each need, judged.

        Where so many of them are refused that fewer than `top` remain, a second search leaves out, inside
        the query, what is known beforehand to be refused.
        """
        asked = self.needs.frame.select("row", "organisation", "trl_min")
        found = self._look(asked, depth, tell, barred=False)
        judged = self.judge(found)
        crowded = judged.pairs.group_by("n").agg(eligible=(~pl.col("refused")).sum(), found=pl.len())
        short = crowded.filter(pl.col("eligible") < top, pl.col("found") >= depth).select(row="n")
        if short.is_empty():
            return judged
        more = self._look(asked.join(short, on="row", how="semi"), depth, tell, barred=True)
        return self.judge(pl.concat([found, more]).unique(["n", "a"], keep="first", maintain_order=True))

    def judge(self, found: pl.DataFrame) -> Judged:
        """Signals, score and eligibility of candidate pairs."""
        compared = indicators.compare(found, self.demanded, self.claimed)
        pairs = score.signals(found, self.needs, self.offers, self.areas)
        pairs = score.score(pairs.join(indicators.counts(compared), on=["n", "a"], how="left"))
        rules = eligible.refuse(found, self.needs.frame, self.standing)
        barred = pl.concat([rules.select("n", "a"), indicators.failed(compared).select("n", "a")]).unique()
        pairs = pairs.join(barred.with_columns(refused=True), on=["n", "a"], how="left")
        pairs = pairs.with_columns(pl.col("refused").fill_null(False))
        return Judged(pairs.sort("n", "score", "a", descending=[False, True, False]), compared, rules)

    def _look(self, asked: pl.DataFrame, depth: int, tell: Progress, *, barred: bool) -> pl.DataFrame:
        rows: list[retrieve.Candidate] = []
        for done, (n, organisation, trl_min) in enumerate(asked.iter_rows()):
            tell(done, asked.height)
            bar = retrieve.Bar(self.standing.related(organisation), trl_min) if barred else None
            rows += retrieve.look(self.questions[n], self.shelf, depth, bar)
        tell(asked.height, asked.height)
        return pl.DataFrame(rows, schema=retrieve.SCHEMA, orient="row")


def _organisations(registry: Registry) -> dict[str, Label]:
    rows = registry["organisations"].select("organisation", "name", "name_en").iter_rows()
    return {key: Label(name or key, name_en or "") for key, name, name_en in rows}
