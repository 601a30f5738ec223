"""What the engines of dual research find in the records of a network, and the document made of it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tongtu.appraise import research as engine
from tongtu.chain.dossier.document import Document
from tongtu.chain.network import Network
from tongtu.chain.report.spoken import words
from tongtu.chain.work import Options

#: converted within so many years of the end
YEARS = 3.0


@dataclass(frozen=True)
class Researched:
    """Frames as `appraise.research` describes them; `by_…` are leads split that way."""

    network: Network
    scope: str
    coded: pl.DataFrame
    findings: pl.DataFrame
    shares: engine.Shares
    leads: engine.Leading
    by_track: engine.Leading
    by_direction: engine.Leading
    by_year: engine.Leading
    by_both: engine.Leading
    checks: pl.DataFrame
    conversion: pl.DataFrame
    originality: pl.DataFrame
    gaps: pl.DataFrame
    vintages: pl.DataFrame
    dashboard: engine.Dashboard

    def document(self, most: int | None = None) -> Document:
        """The whole; tables of projects show the first `most` rows."""
        from tongtu.chain.research import national, projects

        sections = [
            projects.result(self), national.targets(self, most), national.paradox(self), national.trap(self),
            projects.shares(self), projects.leads(self), projects.split(self), projects.conversion(self),
            projects.checks(self, most), projects.coding(self, most), projects.originality(self, most),
            national.sources(self),
        ]  # fmt: skip
        foot = [words("research.ours"), words("research.no-score")]
        whose = words("research.of", n=self.coded.height)
        return Document(words("research.title"), self.network.stamp(whose), sections, foot, words("research.brand"))


def researched(network: Network, *, scope: str | None = None) -> Researched:
    """The projects of a network, and the published figures of `scope` (a jurisdiction; default: the chain's own).

    Nothing need be there: what is missing is said to be.
    """
    tables = network.registry
    days = {"as_of": network.as_of, "known_at": network.known_at}
    home = scope or Options().home
    projects, roles, kinds = tables["projects"], tables["participants"], tables["organisations"]
    coded = engine.coding(projects, tables["evidence"], **days)
    begun = projects.join(coded, on="project", how="semi")
    done = engine.conversions(begun, tables["cases"], tables["achievements"], tables["events"], tables["outcomes"],
                              tables["contracts"], **days)  # fmt: skip

    def led(*by: str) -> engine.Leading:
        return engine.leading(coded, roles, kinds, by=by)

    return Researched(
        network=network,
        scope=home,
        coded=coded,
        findings=engine.findings(coded),
        shares=engine.portfolio(coded),
        leads=led(),
        by_track=led("track"),
        by_direction=led("direction"),
        by_year=led("year"),
        by_both=led("direction", "year"),
        checks=engine.track_checks(begun, roles, kinds),
        conversion=engine.conversion(begun, done, as_of=network.as_of, years=YEARS),
        originality=engine.originality(begun, tables["evidence"], **days),
        gaps=engine.target_gap(tables["statistics"], tables["goals"], scope=home, **days),
        vintages=engine.vintages(tables["statistics"], known_at=network.known_at),
        dashboard=engine.dashboard(tables["statistics"], scope=home, **days),
    )
