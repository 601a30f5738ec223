"""What every document of an appraisal starts from: the cases of a network and what the engines say of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from tongtu.chain.appraisal.offers import offers
from tongtu.chain.appraisal.readings import readiness, readings
from tongtu.chain.network import Network
from tongtu.chain.report.spoken import Pair
from tongtu.terms.faults import UsageFault

Row = dict[str, Any]
_LISTED = 5


@dataclass(frozen=True)
class Appraisal:
    """`cases`: case, need, achievement, pathway, stage, state, direction, region. Everything else follows from them."""

    network: Network
    cases: pl.DataFrame
    home: str

    @cached_property
    def rows(self) -> dict[str, Row]:
        return {row["case"]: row for row in self.cases.iter_rows(named=True)}

    @cached_property
    def autonomy(self) -> pl.DataFrame:
        from tongtu.appraise.autonomy import autonomy

        return autonomy(self.cases, self.network.registry, home=self.home, as_of=self.network.as_of)

    @cached_property
    def readiness(self) -> pl.DataFrame:
        network = self.network
        return readiness(network.registry, network.pack, network.as_of, network.known_at)

    @cached_property
    def given(self) -> pl.DataFrame:
        return readings(self.cases, self.autonomy, self.readiness, self.network.as_of)

    @cached_property
    def maturity(self) -> pl.DataFrame:
        from tongtu.appraise.maturity import maturity

        return maturity(self.cases, self.network.registry, self.network.as_of, given=self.given)

    @cached_property
    def chances(self) -> pl.DataFrame:
        from tongtu.appraise.maturity import chances

        return chances(self.cases, self.network.registry, self.network.as_of, given=self.given)

    @cached_property
    def offers(self) -> pl.DataFrame:
        return offers(self.network.registry, self.network.pack.calendar, self.network.as_of)

    def name(self, own: str) -> Pair:
        """What a case is called: the title of its need, or of its achievement, with its id."""
        row = self.rows.get(own, {})
        for table, key in (("needs", row.get("need")), ("achievements", row.get("achievement"))):
            title = self.network.name(table, key, "title")
            if any(title) and title[0] != key:
                return [f"{title[0]}（{own}）", f"{title[1]} ({own})"]
        return [own, own]

    def one(self, said: str) -> str:
        """The id of a case by its id, its need or achievement, or the title of either. Raises UsageFault."""
        for column in ("case", "need", "achievement"):
            found = self.cases.filter(pl.col(column) == said)["case"].to_list()
            if len(found) == 1:
                return str(found[0])
        titled = [own for own in self.rows if said and any(said in side for side in self.name(own))]
        if len(titled) == 1:
            return titled[0]
        raise self.network.not_among("cases", said, titled or sorted(self.rows))

    def of(self, frame: pl.DataFrame, own: str) -> pl.DataFrame:
        """The rows of a case."""
        return frame.filter(pl.col("case") == own)


def appraisal(network: Network, *, home: str = "CN") -> Appraisal:
    """The ground for the other functions. Raises UsageFault where there is no case."""
    network.filled("cases")
    registry = network.registry
    needs = registry["needs"].select("need", of_need="direction", region="region")
    offered = registry["achievements"].select("achievement", of_result="direction", seat="region")
    cases = (
        registry["cases"].join(needs, on="need", how="left").join(offered, on="achievement", how="left")
        .select(
            "case", "need", "achievement", "pathway", "stage", "state", "track",
            direction=pl.coalesce("direction", "of_need", "of_result"), region=pl.coalesce("region", "seat"),
        )
        .sort("case")
    )  # fmt: skip
    if cases.is_empty():
        raise UsageFault.because("appraisal.no-cases", "appraisal.no-cases-repair")
    return Appraisal(network, cases, home)
