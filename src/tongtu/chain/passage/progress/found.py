"""The figures of progress for the cases of a folder: engines composed, nothing computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from tongtu.chain.dossier.document import Document
from tongtu.chain.law import pathways
from tongtu.chain.network import Network
from tongtu.pathway import progress as engine
from tongtu.pathway.progress import OUTCOMES, By, Compression, Outcome
from tongtu.terms.why import Why

#: days after opening at which shares are told
WITHIN = 3 * 365


@dataclass(frozen=True)
class Progressed:
    """`cases` opened since the day asked (all of them where none was), `events` of those, `stays` of the whole log."""

    network: Network
    cases: pl.DataFrame
    events: pl.DataFrame
    stays: pl.DataFrame
    by: By | None
    since: date | None

    @cached_property
    def phases(self) -> dict[str, str]:
        """Stage id -> phase."""
        return {stage.id: stage.phase for path in pathways(self.network.pack).values() for stage in path.stages}

    @cached_property
    def histories(self) -> dict[Outcome, pl.DataFrame]:
        told: dict[str, Any] = {"as_of": self.network.as_of, "stages": self.phases}
        return {name: engine.histories(self.events, self.cases, self.stays, outcome=name, **told) for name in OUTCOMES}

    @cached_property
    def segments(self) -> pl.DataFrame:
        return engine.segments(self.events, self.cases, pathways(self.network.pack), as_of=self.network.as_of)

    @cached_property
    def spells(self) -> pl.DataFrame:
        return engine.spells(self.stays, "phase", self.network.as_of)

    @cached_property
    def contracts(self) -> pl.DataFrame:
        found = engine.traced(self.network.registry["contracts"], self.network.registry["cases"],
                              as_of=self.network.as_of, known_at=self.network.known_at)  # fmt: skip
        return found if self.since is None else found.filter(pl.col("signed") >= self.since)

    def compressed(self, histories: pl.DataFrame) -> Compression:
        """By year of opening where at least two years can be told, else the earlier half against the later."""
        by_year = engine.compression(histories, as_of=self.network.as_of)
        if by_year.cohorts["told"].sum() >= 2:
            return by_year
        halves = engine.compression(histories, as_of=self.network.as_of, unit="halves")
        return halves if halves.cohorts["told"].sum() >= 2 else by_year

    def document(self, most: int | None = None) -> Document:
        from tongtu.chain.passage.progress.costs import costs
        from tongtu.chain.passage.progress.pieces import told
        from tongtu.chain.passage.progress.speed import speed

        stamp = [told("of-cases", n=self.cases.height)]
        stamp += [] if self.since is None else [told("since", day=self.since)]
        foot = [told("estimand"), told("not-decided")]
        sections = [*speed(self, most), *costs(self, most)]
        return Document(told("title"), self.network.stamp(*stamp), sections, foot, told("brand"))


def progress(network: Network, *, by: By | None = None, since: date | None = None) -> Progressed:
    """Progress of the cases of a network. Raises UsageFault where it has no cases or no events."""
    network.filled("cases", "events")
    cases, events = network.registry["cases"], network.registry["events"]
    cases = cases.filter(pl.col("opened") <= network.as_of)
    if since is not None:
        cases = cases.filter(pl.col("opened") >= since)
    events = events.filter(pl.col("on") <= network.as_of).join(cases.select("case"), on="case", how="semi")
    if network.progress is not None:
        network.progress(0, 1, Why("passage_progress.reading", {"n": cases.height}))
    stays = engine.stays(events, cases, pathways(network.pack), as_of=network.as_of, known_at=network.known_at)
    return Progressed(network, cases, events, stays, by, since)
