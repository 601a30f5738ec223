"""All cases side by side: their levels, how sure they are, what holds each down."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tongtu.chain.appraisal import pictures
from tongtu.chain.appraisal.ground import Appraisal
from tongtu.chain.appraisal.pieces import (
    Row,
    between,
    cell,
    chance,
    document,
    facts,
    joined,
    level,
    note,
    number,
    section,
    table,
    tell,
    words,
)
from tongtu.chain.dossier.document import Document


@dataclass(frozen=True)
class Overview:
    """`wholes`: the overall row of each case, with `binding` (dimensions that hold it down)."""

    ground: Appraisal
    wholes: list[Row]

    def document(self, most: int | None = None) -> Document:
        known = [row for row in self.wholes if row["level"] is not None]
        counted: dict[int | None, int] = {}
        for row in sorted(self.wholes, key=lambda one: (one["level"] is None, one["level"] or 0)):
            counted[row["level"]] = counted.get(row["level"], 0) + 1
        told = facts(
            ("cases", number(len(self.wholes))), ("with-level", number(len(known))),
            ("secured", number(sum(row["low"] == row["level"] for row in known))),
        )  # fmt: skip
        heads = ("case", "state", "stage", "known-level/day", "range/day", "chance/n", "weakest")
        rows = [self._row(row) for row in self.wholes]
        sections = [
            section("result", [told, pictures.counts(list(counted.items()))]),
            section("cases", [note("cases-are"), *table(heads, rows, "nothing", most)]),
        ]
        return document(self.ground.network, words("appraisal.overview-title"), sections)

    def _row(self, row: Row) -> list:  # type: ignore[type-arg]
        network, of = self.ground.network, self.ground.rows[row["case"]]
        binding = [network.label("maturity_dimension", code) for code in row["binding"]]
        return [
            cell(self.ground.name(row["case"])), cell(network.label("case_state", of["state"])),
            cell(network.label("stage", of["stage"])), level(row["level"]), between(row["low"], row["high"]),
            chance(row["p"]), cell(joined(binding)),
        ]  # fmt: skip


def overview(ground: Appraisal) -> Overview:
    """Every case of the ground, by id."""
    from tongtu.appraise.maturity import OVERALL

    tell(ground.network, "reading-all")
    table = ground.maturity
    held = table.filter("weakest").group_by("case", maintain_order=True).agg(binding="dimension")
    wholes = (
        table.filter(pl.col("dimension") == OVERALL).join(held, on="case", how="left", maintain_order="left")
        .join(ground.chances.select("case", "level", "p"), on=["case", "level"], how="left", maintain_order="left")
        .with_columns(pl.col("binding").fill_null(pl.lit([], pl.List(pl.String))))
    )  # fmt: skip
    return Overview(ground, wholes.to_dicts())
