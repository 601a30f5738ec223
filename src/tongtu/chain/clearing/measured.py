"""How well the market works: figures by direction, words only one side uses, indicators nobody meets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import document, label, listed, section, table
from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, cell, same
from tongtu.chain.report.spoken import Pair, both, named, shown, words
from tongtu.match.health import Health, health

Row = dict[str, Any]
#: measures in the order people ask for them; figures of time are days, all others shares
MEASURES = ("fill-rate", "days-to-answer", "stale-needs", "stale-achievements", "unmet-indicators",
            "divergence-terms", "divergence-concepts")  # fmt: skip
_DAYS = "days-to-answer"
_DEPTH = 10


@dataclass(frozen=True)
class Measured:
    clearing: Clearing
    found: Health

    def document(self, most: int | None = None) -> Document:
        sections = [self._whole(), self._by_direction(), self._short(most), self._terms(most)]
        sections += map(self._measure, MEASURES) if most is None else []
        return document(self.clearing, words("clearing.health-title"), sections, scored=False)

    def _whole(self) -> Section:
        """The market as a whole, a line a measure."""
        whole = self.found.figures.filter(pl.col("direction").is_null())
        rows = [self._figure(row, words(f"clearing.measure-{row['measure']}"))
                for measure in MEASURES for row in whole.filter(pl.col("measure") == measure).to_dicts()]  # fmt: skip
        return section("whole", table(("measure", "value/n", "interval/n", "because/long"), rows, "no-figures"))

    def _by_direction(self) -> Section:
        """Every measure of every direction, a dash where there is too little to tell."""
        figures = self.found.figures.filter(pl.col("direction").is_not_null())
        known = {(row["direction"], row["measure"]): row["value"] for row in figures.iter_rows(named=True)}
        rows = []
        for direction in sorted({direction for direction, _ in known}):
            values = [known.get((direction, measure)) for measure in MEASURES]
            figures_of = [same("—") if v is None else (_days if m == _DAYS else percent)(v)
                          for m, v in zip(MEASURES, values, strict=True)]  # fmt: skip
            rows.append([cell(self._direction(direction)), *map(cell, figures_of)])
        heads = ("direction", *(f"{measure}/n" for measure in MEASURES))
        return section("by-direction", table(heads, rows, "no-direction"))

    def _measure(self, measure: str) -> Section:
        """A measure by direction; directions with too few listings are named and left."""
        figures = self.found.figures.filter(pl.col("measure") == measure, pl.col("direction").is_not_null())
        known = figures.filter(pl.col("value").is_not_null())
        known = known.sort("value", "direction", descending=[measure != "fill-rate", False])
        rows = [self._figure(row, self._direction(row["direction"])) for row in known.iter_rows(named=True)]
        blocks: list[Block] = table(("direction", "value/n", "interval/n", "because/long"), rows, "no-direction")
        few = figures.filter(pl.col("value").is_null())["direction"].to_list()
        if few:
            names = label(listed(map(self._direction, few)))
            blocks.append(Paragraph(words("clearing.too-few", n=len(few), names=names), "soft"))
        return section(f"measure-{measure}", blocks)

    def _figure(self, row: Row, name: Pair) -> list[Cell]:
        said = _days if row["measure"] == _DAYS else percent
        value = cell(said(row["value"]), "" if row["value"] is not None else "soft")
        ends = [row["low"], row["high"]]
        between = same("—")
        if row["value"] is not None and None not in ends:
            between = [f"{low} – {high}" for low, high in zip(*map(said, ends), strict=True)]
        return [cell(name), value, cell(between), cell(both(row["why"]))]

    def _direction(self, code: str) -> Pair:
        return self.clearing.directions.get(code, [code, code])

    def _terms(self, most: int | None) -> Section:
        whole = self.found.terms.filter(pl.col("direction").is_null())
        rows = [
            [cell(words(f"clearing.side-{row['side']}")), cell(same(row["term"])), cell(percent(row["share"])),
             cell(percent(row["other_share"])), cell(same(row["bridge"] or "—"))]
            for row in whole.iter_rows(named=True)
        ]  # fmt: skip
        heads = ("side/day", "term", "share/n", "other-share/n", "bridge")
        return section("terms", [Paragraph(words("clearing.terms-are"), "soft"), *table(heads, rows, "no-terms", most)])

    def _short(self, most: int | None) -> Section:
        """Indicators nobody meets, the most wanted first: where research should go next."""
        short = self.found.shortfalls.filter(pl.col("unmet") > 0)
        short = short.sort("unmet", "demanded", "direction", "key", descending=[True, True, False, False])
        rows = [
            [cell(self._direction(row["direction"])), cell(named(row, "quantity")),
             *(cell(same(str(row[name]))) for name in ("demanded", "judged", "unmet", "nearly"))]
            for row in short.iter_rows(named=True)
        ]  # fmt: skip
        heads = ("direction", "indicator", "demanded/n", "judged/n", "nobody-meets/n", "of-them-nearly/n")
        return section("shortfalls", table(heads, rows, "no-shortfalls", most))


def measured(clearing: Clearing, *, seed: int = 0) -> Measured:
    """Raises UsageFault where there are no needs or no achievements."""
    pairs = clearing.matched(_DEPTH).pairs
    found = health(clearing.registry, clearing.pack.glossary, clearing.as_of, pairs=pairs, see=clearing.see,
                   seed=seed, vocabularies=clearing.vocabularies)  # fmt: skip
    return Measured(clearing, found)


def _days(value: float | None) -> Pair:
    return words("terms.unknown") if value is None else shown(round(value))
