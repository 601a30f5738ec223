"""Weights and profiles that a committee's examples imply, and the examples that no weights can explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.document import Cell, Section, cell
from tongtu.chain.network.ground import Network
from tongtu.chain.network.pieces import (
    because,
    note,
    number,
    optima,
    paragraphs,
    quantity,
    section,
    share,
    table,
    with_id,
)
from tongtu.chain.report.spoken import pair

if TYPE_CHECKING:
    from tongtu.pilots.evaluation import Rubric, Tiers
    from tongtu.sorting import Learned

Row = dict[str, Any]


@dataclass(frozen=True)
class Learnt:
    network: Network
    rubric: Rubric
    found: Learned

    def sections(self) -> list[Section]:
        model = self.found.model
        total = sum(criterion.weight for criterion in model.criteria) or 1.0
        whole = sum(indicator.weight for indicator in self.rubric.scored) or 1.0
        profiles = {profile.category: profile.values for profile in model.profiles}
        rows = []
        for criterion in model.criteria:
            known = self.rubric[criterion.name]
            asked = [quantity(profiles[tier.name].get(criterion.name), known.unit) for tier in self.rubric.tiers[1:]]
            rows.append(
                [
                    cell(pair(known.label)),
                    cell(share(known.weight / whole)),
                    cell(share(criterion.weight / total)),
                    *asked,
                ]
            )
        heads = ("indicator", "rubric-weight/n", "learnt-weight/n", "learnt-key/n", "learnt-national/n")
        examples = [self._example(row) for row in self.found.examples.iter_rows(named=True)]
        told = ("platform", "given/day", "restored/day", "margin/n", "because/long")
        blocks = [note("learnt-is", level=model.cutting_level), *table(heads, rows, "nothing")]
        return [
            section(
                "learnt", [*blocks, *optima([self.found.solution, self.found.margin]), *paragraphs(self.found.notes)]
            ),
            section("examples", table(told, examples, "nothing")),
        ]

    def _example(self, row: Row) -> list[Cell]:
        own = row[self.found.examples.columns[0]]
        restored = cell(pair(self.rubric.label(row["restored"])), "bad" if row["doubted"] else "good")
        return [
            cell(with_id(self.network.name("platforms", own), own)),
            cell(pair(self.rubric.label(row["given"]))),
            restored,
            number(row["margin"], digits=3),
            because(row["why"], "bad" if row["doubted"] else ""),
        ]


def learnt(network: Network, tiers: Tiers, examples: pl.DataFrame) -> Learnt:
    """What examples (platform, category) imply for the rubric's own criteria, by the figures of this evaluation."""
    from tongtu import sorting

    rubric = tiers.rubric
    scored = [indicator.indicator for indicator in rubric.scored]
    figures = tiers.evaluation.filter(pl.col("indicator").is_in(scored))
    wide = figures.pivot("indicator", index="platform", values="value").select("platform", *scored)
    model = rubric.sorting
    network.tell("learning")
    found = sorting.learn(wide, examples, model.criteria, model.categories, progress=network.progress)
    return Learnt(network, rubric, found)
