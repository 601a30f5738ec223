"""The autonomy dossier of a workbook of items: what it says first, then the figures, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tongtu.chain.dossier.document import Block, Cell, Document, Section
from tongtu.chain.supply import choices, shares, shocks
from tongtu.chain.supply.ground import Supply
from tongtu.chain.supply.pictured import pictured
from tongtu.chain.supply.pieces import (
    arrowed,
    cell,
    facts,
    label,
    listed,
    section,
    span,
    tone,
    words,
)

_NAMED = 4


@dataclass(frozen=True)
class Told:
    """The dossier of one ground; `document` prints the first rows of its tables, or all."""

    ground: Supply

    def document(self, most: int | None = None) -> Document:
        ground = self.ground
        title = words("supply.title", item=label(ground.name(ground.target)))
        parts = [
            self._first(),
            section("graph", pictured(ground)),
            shares.autonomy(ground, most),
            shares.concentration(ground, most),
            shocks.cuts(ground, most),
            shocks.endurance(ground, most),
            shocks.disruption(ground, most),
            shocks.percolation(ground),
            choices.routes(ground, most),
            choices.bottlenecks(ground, most),
            choices.controls(ground, most),
            choices.imports(ground, most),
            shares.research(ground, most),
        ]
        stamp = words("supply.stamp", home=tuple(ground.home), items=len(ground.graph.items),
                      supplies=ground.graph.supplies.height)  # fmt: skip
        foot = [words("supply.ours"), words("supply.not-decided")]
        return Document(title, ground.network.stamp(stamp), [p for p in parts if p is not None], foot,
                        words("supply.brand"))  # fmt: skip

    def _first(self) -> Section:
        """What a reader wants to know before any table."""
        ground = self.ground
        node = ground.found.of(ground.target)
        point, low, high = node.autonomy
        path = ground.found.path(ground.target)
        rows: list[tuple[str, Cell]] = [
            ("which", cell(words("supply.which-asked" if ground.asked else "supply.which-weakest"), "soft")),
            ("autonomy", span(point, low, high, tone(point))),
            ("weakest-path", cell(arrowed(ground.names(path)) if len(path) > 1 else ["", ""])),
            ("weakest", cell(ground.name(node.weakest), "bad")),
            ("gaps", cell(listed(ground.names(node.gaps)), "warn")),
            ("concentrated", self._concentrated()),
            ("worst-place", self._worst()),
        ]
        blocks: list[Block] = [facts(*rows)]
        return section("first", blocks)

    def _concentrated(self) -> Cell:
        ground = self.ground
        rows = ground.by_place.filter(pl.col("item").is_in(sorted(ground.cone)))
        single = rows.filter(pl.col("single"), ~pl.col("largest").is_in(ground.home))
        tones = "bad" if single.height else ""
        return cell(words("supply.concentrated-count", n=single.height, of=rows.height), tones)  # type: ignore[arg-type]

    def _worst(self) -> Cell:
        """The foreign jurisdiction that takes most away when it alone stops."""
        ground = self.ground
        if not ground.alone:
            return cell(words("supply.no-foreign"), "good")
        place, left = ground.alone[0]
        share = left.of(ground.target)
        told = label(span(*share).text)
        return cell(words("supply.worst", place=place, share=told), tone(share.point))
