"""Who bears which part of the losses: layers, how often each is hurt, and how that depends on correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.capital import pictures
from tongtu.chain.capital.ground import Capital
from tongtu.chain.capital.pieces import (
    DASH,
    assumptions,
    because,
    cell,
    columns,
    document,
    estimate,
    facts,
    left_out,
    note,
    noted,
    number,
    percent,
    same,
    section,
    shares,
    table,
    words,
)
from tongtu.chain.dossier.charts import Bar, Bars, Lines, Scale, Segment, Series
from tongtu.chain.dossier.charts.model import PALETTE
from tongtu.chain.dossier.document import Cell, Chart, Column, Document, Section, Table
from tongtu.chain.report.spoken import Pair
from tongtu.terms.faults import UsageFault

if TYPE_CHECKING:
    from tongtu.risk.tranches import Tranched

Row = dict[str, Any]
#: level at which the tail of a layer is told
LEVEL = 0.99
#: what is shown of every layer at every correlation
_WHATS = ("pd", "el-share")
#: rows of figures that are no layer
_WHOLE = ("beyond", "portfolio")


@dataclass(frozen=True)
class Layered:
    """`found`: see `risk.tranches`; `structure`: the layers as they were given."""

    ground: Capital
    structure: pl.DataFrame
    found: Tranched

    def document(self, most: int | None = None) -> Document:
        sections = [self._layers(), self._figures(), self._by_rho(), self._curve(), left_out(self.ground, most),
                    assumptions(self.ground, "factor")]  # fmt: skip
        return document(self.ground, words("capital.tranches-title"), [s for s in sections if s is not None])

    def _layers(self) -> Section:
        layers, currency = self.found.layers, self.ground.currency
        told = facts(("cases-n", number(len(self.ground.book))), ("capital", estimate(self.found.capital, currency)))
        rows = [[cell(self._name(row["name"])), self._kind(row["kind"]), percent(row["attach"], 0),
                 percent(row["detach"], 0), estimate(row["amount"], currency), percent(row["price"], 2)]
                for row in layers.iter_rows(named=True)]  # fmt: skip
        heads = ("layer", "kind/day", "attach/n", "detach/n", "amount/n", "price/n")
        stack = layers.drop_nulls(["attach", "detach"]).sort("attach", "name")
        bars = [Bar(self._name(row["name"]), [Segment(row["attach"], row["detach"], k % len(PALETTE))])
                for k, row in enumerate(stack.iter_rows(named=True))]  # fmt: skip
        legend = [(same(""), colour) for colour in PALETTE]
        picture = [pictures.chart("layers", Bars(shares("share-of-capital"), bars, legend))] if bars else []
        only = note("tranches-only-share")
        return section("layers", [told, *picture, *table(heads, rows, "nothing"), only])

    def _figures(self) -> Section:
        model = self.found.figures.filter(pl.col("rho").is_null())
        rows = [[cell(self._name(row["name"])), percent(row["pd"], 2), self._loss(row["el"]),
                 percent(row["el_share"], 2), percent(row["lgd"], 1), percent(row["wiped"], 2),
                 self._loss(row["cvar"]), percent(row["break_even"], 2), percent(row["margin"], 2),
                 because(row["why"], self.ground)]
                for row in model.iter_rows(named=True)]  # fmt: skip
        heads = ("layer", "pd/n", "el/n", "el-share/n", "lgd/n", "wiped/n", "tail/n", "break-even/n", "margin/n",
                 "because/long")  # fmt: skip
        return section("layer-figures", [note("layer-figures-are", level=f"{LEVEL:.0%}"),
                                         *table(heads, rows, "nothing"), *noted(self.found.notes)])  # fmt: skip

    def _loss(self, minor: float | None) -> Cell:
        return estimate(minor, self.ground.currency) if minor is not None else cell(DASH, "soft")

    def _by_rho(self) -> Section:
        """Chance of being hurt and expected loss of each layer at each correlation: always shown."""
        plain = self.found.figures.drop_nulls("rho").sort("rho", maintain_order=True)
        names = self.found.layers["name"].to_list()
        rhos = plain["rho"].unique().sort().to_list()
        known = {(row["name"], row["rho"]): row for row in plain.iter_rows(named=True)}
        lines = [
            [cell(self._name(name)), cell(words(f"capital.{what}")),
             *(percent(known[name, rho][what.replace("-", "_")], 2) for rho in rhos)]
            for name in names for what in _WHATS
        ]  # fmt: skip
        heads = [*columns("layer", "figure/day"), *(Column(same(f"ρ = {rho:g}"), "n") for rho in rhos)]
        charts = [self._chart(what, names, rhos, known) for what in _WHATS]
        return section("by-rho", [note("by-rho-is"), *charts, Table(heads, lines)])

    def _chart(
        self, what: str, names: list[str], rhos: list[float], known: dict[tuple[str, float], Row]
    ) -> Chart:  # fmt: skip
        series = []
        for k, name in enumerate(names):
            points = [(rho, known[name, rho][what.replace("-", "_")]) for rho in rhos]
            series.append(Series(self._name(name), [p for p in points if p[1] is not None],
                                 colour=PALETTE[k % len(PALETTE)]))  # fmt: skip
        y = Scale(words(f"capital.{what}"), "share", low=0.0)
        return pictures.chart(f"{what}-rho", Lines(pictures.plain("rho", 0.0), y, series))

    def _curve(self) -> Section:
        """The loss of the whole that is not exceeded with a chance, by correlation."""
        rows = self.found.curve.filter(pl.col("name") == "portfolio").sort("rho", "chance", nulls_last=True)
        series = [Series(words("capital.factor-model") if rho is None else same(f"ρ = {rho:g}"),
                         part.select("borne", "chance").rows(), "dashed" if rho is None else "line")
                  for (rho,), part in rows.group_by("rho", maintain_order=True)]  # fmt: skip
        scale = Scale(words("capital.chance-within"), "share", low=0.5, high=1.0)
        picture = Lines(pictures.money("loss", self.ground.currency), scale, series)
        return section("layer-curve", [pictures.chart("layer-curve", picture)])

    def _name(self, own: str) -> Pair:
        rows = self.structure.filter(pl.col("name") == own)
        if own in _WHOLE:
            return words(f"capital.{own}")
        return [rows["zh"][0] or own, rows["en"][0] or own] if rows.height else [own, own]

    def _kind(self, code: str) -> Cell:
        return cell(self.ground.network.label("tranche_kind", code))


def layered(ground: Capital, *, structure: pl.DataFrame | None = None) -> Layered:
    """The layers of the pack, or those given, over the ground's cases. Raises DataRefused, UsageFault."""
    from tongtu.risk.tranches import tranches

    layers = ground.terms.structure if structure is None else structure
    if layers.is_empty():
        raise UsageFault.because("capital.no-layers", "capital.no-layers-repair")
    ground.network.tell("capital-layers")
    found = tranches(
        ground.book, layers.drop("zh", "en", "source", "grade", strict=False), factors=ground.factors,
        seed=ground.network.seed, level=LEVEL, progress=ground.network.progress,
    )  # fmt: skip
    return Layered(ground, layers, found)
