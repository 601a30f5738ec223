"""What a case is worth, what the right to stop adds, whether a pilot run pays, and terms that both sides can sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.capital import pictures
from tongtu.chain.capital.ground import Capital
from tongtu.chain.capital.pieces import (
    DASH,
    because,
    cell,
    day,
    estimate,
    facts,
    much,
    note,
    number,
    percent,
    section,
    sentence,
    table,
    words,
)
from tongtu.chain.capital.swings import Swings, swings
from tongtu.chain.dossier.charts import Bar, Bars, Segment
from tongtu.chain.dossier.document import Block, Cell, Paragraph, Section
from tongtu.chain.report.spoken import Pair

if TYPE_CHECKING:
    from tongtu.risk.value import Deal, Valuation

Row = dict[str, Any]
#: pilot runs that are compared
_RUNS = (1, 2, 3, 5)
_TOTALS = ("gross", "rnpv", "whole")


@dataclass(frozen=True)
class Sides:
    """The two sides of a deal where they differ from the pack and the case: real yearly rates, by what factor each
    multiplies the cash flows it believes in, what each has without this deal (minor units)."""

    holder_rate: float | None = None
    taker_rate: float | None = None
    holder_factor: float = 1.0
    taker_factor: float = 1.0
    holder_alone: float | None = None
    taker_alone: float = 0.0


@dataclass(frozen=True)
class Worth:
    """`valued`, `deal`: see `risk.value`; `runs`: whether pilot runs pay; `swings`: what matters most."""

    ground: Capital
    own: str
    valued: Valuation
    runs: pl.DataFrame
    deal: Deal | None
    swings: Swings | None

    @property
    def currency(self) -> str:
        return str(self.valued.values["currency"][0] or self.ground.currency)

    def sections(self, most: int | None = None) -> list[Section]:
        found = [self._value(), self._gates(), self._pilot(), self._terms(), self._swings()]
        return [one for one in found if one is not None]

    # ------------------------------------------------------------------------------------------ value

    def _value(self) -> Section:
        row = self.valued.values.row(0, named=True)
        if row["rnpv"] is None:
            return section(
                "worth",
                [Paragraph(words("capital.no-value"), "warn"), Paragraph(sentence(row["why"], self.ground, self.own))],
            )
        told = facts(
            ("rnpv", estimate(row["rnpv"], self.currency, "good" if row["rnpv"] > 0 else "bad")),
            ("rnpv-range", cell([f"{a} – {b}" for a, b in zip(much(row["low"], self.currency),
                                                               much(row["high"], self.currency), strict=True)])),
            ("option-abandon", self._right(row["option_abandon"])),
            ("option-expand", self._right(row["option_expand"])),
            ("option-wait", self._right(row["option_wait"])),
            ("whole", estimate(row["whole"], self.currency)),
            ("volatility", percent(row["volatility"], 0)),
        )  # fmt: skip
        return section(
            "worth", [told, self._waterfall(), Paragraph(sentence(row["why"], self.ground, self.own), "soft")]
        )

    def _right(self, minor: int | None) -> Cell:
        return cell(words("capital.no-such-right"), "soft") if minor is None else estimate(minor, self.currency)

    def _waterfall(self) -> Block:
        """From what success would bring to what the case is worth today: odds, cost, time, rights."""
        bars, before = [], 0.0
        for row in self.valued.steps.sort("order").iter_rows(named=True):
            if row["total"] is None:
                continue
            total = float(row["total"])
            start = 0.0 if row["step"] in _TOTALS else before
            kind = 0 if row["step"] in _TOTALS else 1 if total < before else 2
            change = total if row["step"] in _TOTALS else total - before
            sign = "+" if kind == 2 else ""
            note = [f"{sign}{one}" for one in much(change, self.currency)]
            bars.append(Bar(self._step(row), [Segment(start, total, kind)], note))
            before = total
        legend = [(words("capital.total"), "c0"), (words("capital.less"), "c4"), (words("capital.more-value"), "c2")]
        scale = pictures.money("present-value", self.currency)
        return pictures.chart("waterfall", Bars(scale, bars, legend, linked=True))  # type: ignore[arg-type]

    def _step(self, row: Row) -> Pair:
        name = words(f"capital.step-{row['step']}")
        if row["stage"] is None:
            return name
        stage = self.ground.network.label("stage", row["stage"])
        return [f"{a}：{b}" if k == 0 else f"{a}: {b}" for k, (a, b) in enumerate(zip(name, stage, strict=True))]

    def _gates(self) -> Section | None:
        rows = [[cell(self.ground.network.label("stage", row["stage"])), day(row["start"]),
                 estimate(row["cost"], self.currency), estimate(row["value"], self.currency),
                 estimate(row["value_with_stop"], self.currency), self._go(row["go"]), because(row["why"], self.ground)]
                for row in self.valued.gates.sort("order").iter_rows(named=True)]  # fmt: skip
        if not rows or self.valued.values["rnpv"][0] is None:
            return None
        heads = ("stage/day", "start/day", "cost/n", "value-on/n", "value-stop/n", "go/day", "because/long")
        return section("gates", [note("gates-are"), *table(heads, rows, "nothing")])

    def _go(self, go: bool | None) -> Cell:
        if go is None:
            return cell(DASH, "soft")
        return cell(words("capital.go" if go else "capital.stop"), "good" if go else "bad")

    # ------------------------------------------------------------------------------------------ pilot, terms, swings

    def _pilot(self) -> Section | None:
        if self.runs.is_empty():
            return None
        rows = [[number(row["runs"]), number(row["needed"]), percent(row["chance_go"], 0),
                 *(estimate(row[name], self.currency) for name in ("evpi", "evsi", "delay", "cost")),
                 estimate(row["net"], self.currency, "good" if row["worth"] else "warn"),
                 because(row["why"], self.ground)]
                for row in self.runs.iter_rows(named=True)]  # fmt: skip
        heads = ("runs/n", "needed/n", "chance-go/n", "evpi/n", "evsi/n", "delay/n", "cost/n", "net/n", "because/long")
        return section("pilot-worth", [note("pilot-worth-is"), *table(heads, rows, "nothing")])

    def _terms(self) -> Section | None:
        deal = self.deal
        if deal is None:
            return None
        told = facts(
            ("gap-upfront", estimate(deal.gap_upfront, self.currency)),
            ("gap-left", estimate(deal.gap, self.currency, "good" if not deal.gap else "warn")),
        )
        lines = [[cell(words(f"capital.term-{row['term']}")), self._stage(row["stage"]), self._size(row),
                  estimate(row["holder_value"], self.currency), estimate(row["taker_value"], self.currency)]
                 for row in deal.terms.iter_rows(named=True)]  # fmt: skip
        sides = [[cell(words(f"capital.side-{row['side']}")),
                  *(estimate(row[name], self.currency) for name in ("alone", "before", "after", "gain")),
                  percent(row["loss_chance"], 0), estimate(row["worst"], self.currency)]
                 for row in deal.sides.iter_rows(named=True)]  # fmt: skip
        blocks: list[Block] = [note("terms-are"), told, Paragraph(sentence(deal.why, self.ground))]
        if deal.terms.is_empty():
            return section("terms", blocks)
        blocks += table(("term/day", "stage/day", "amount/n", "to-holder/n", "to-taker/n"), lines, "nothing")
        heads = ("side/day", "alone/n", "before/n", "after/n", "gain/n", "loss-chance/n", "worst/n")
        return section("terms", [*blocks, *table(heads, sides, "nothing"), *self._split(deal)])

    def _size(self, row: Row) -> Cell:
        return percent(row["share"], 2) if row["share"] is not None else estimate(row["amount"], self.currency)

    def _split(self, deal: Deal) -> list[Block]:
        """What each side ends with, by how far the case comes."""
        bars = []
        for row in deal.outcomes.iter_rows(named=True):
            end = words("capital.succeeds") if row["failed"] is None else words(
                "capital.fails-at", stage=_label(self.ground.network.label("stage", row["failed"])))  # fmt: skip
            side = words(f"capital.side-{row['side']}")
            name = [f"{a} · {b}" for a, b in zip(side, end, strict=True)]
            kind = 0 if row["side"] == "holder" else 1
            note = [f"{one}（{row['p']:.0%}）" if k == 0 else f"{one} ({row['p']:.0%})"
                    for k, one in enumerate(much(row["result"], self.currency))]  # fmt: skip
            bars.append(Bar(name, [Segment(0.0, float(row["result"]), kind)], note))
        legend = [(words("capital.side-holder"), "c2"), (words("capital.side-taker"), "c0")]
        scale = pictures.money("result-discounted", self.currency)
        return [pictures.chart("split", Bars(scale, bars, legend))]  # type: ignore[arg-type]

    def _stage(self, code: str | None) -> Cell:
        return cell(DASH if code is None else self.ground.network.label("stage", code))

    def _swings(self) -> Section | None:
        if self.swings is None:
            return None
        return self.swings.section()


def _label(said: Pair) -> Any:
    from tongtu.terms.why import Label

    return Label(*said)


def worth(ground: Capital, own: str, sides: Sides | None = None) -> Worth:
    """What one case of the ground is worth, at the rate assumed; with `sides`, terms between them."""
    from tongtu.risk import value

    network, registry = ground.network, ground.network.registry
    cases, stages = ground.of(ground.cases, own), ground.of(ground.stages, own)
    flows = registry["cashflows"]
    told: dict[str, Any] = {"as_of": network.as_of, "rates": registry["rates"]}
    valued = value.value(cases, stages, flows, rate=ground.terms.rate, **told)
    deal = None
    if valued.values["rnpv"][0] is not None:
        holder, taker = _sides(ground, own, sides or Sides())
        deal = value.staged_terms(own, cases, stages, flows, holder=holder, taker=taker, **told)
    runs = _runs(ground, own, stages)
    return Worth(ground, own, valued, runs, deal, swings(ground, own))


def _sides(ground: Capital, own: str, given: Sides) -> tuple[Any, Any]:
    """The holder believes the upper end of the odds' range, the taker the lower one; the holder could have the price it
    asks for the achievement."""
    from tongtu.risk.value import Side

    rate = ground.terms.rate
    rows = ground.of(ground.odds, own).filter(pl.col("stage") != "all").drop_nulls(["low", "high"])
    ends: list[Mapping[str, float]] = [dict(rows.select("stage", end).iter_rows()) for end in ("high", "low")]
    return (
        Side(_or(given.holder_rate, rate), ends[0], given.holder_factor, _or(given.holder_alone, _asked(ground, own))),
        Side(_or(given.taker_rate, rate), ends[1], given.taker_factor, given.taker_alone),
    )


def _or(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else given


def _asked(ground: Capital, own: str) -> float:
    """The price asked for the achievement, where it is in the case's currency; else nothing."""
    row = ground.rows[own]
    found = ground.network.registry["achievements"].filter(
        pl.col("achievement") == row["achievement"], pl.col("currency") == row["currency"]
    )["price"]  # fmt: skip
    return float(found[0]) if len(found) and found[0] is not None else 0.0


def _runs(ground: Capital, own: str, stages: pl.DataFrame) -> pl.DataFrame:
    """Whether runs of the pilot stage pay as information on the stages after it.

    The belief is that of all later stages together, worth the least of their effective samples; what going on costs
    is what those stages are expected to cost when each is reached.
    """
    from tongtu.risk.costtime import expected
    from tongtu.risk.value import pilot_runs

    rows = stages.sort("order").to_dicts()
    at = next((i for i, row in enumerate(rows) if row["stage"] == "pilot"), None)
    paid = ground.of(ground.payoffs, own)["payoff"].to_list()
    if at is None or at + 1 == len(rows) or not paid or paid[0] is None:
        return pl.DataFrame()
    means, days = (expected(*(stages.sort("order")[f"{what}{end}"].cast(pl.Float64).to_numpy()
                              for end in ("_low", "", "_high"))) for what in ("cost", "days"))  # fmt: skip
    later = rows[at + 1 :]
    if any(row["p"] is None for row in later) or not means.size:
        return pl.DataFrame()
    reach, stake, years = 1.0, 0.0, 0.0
    for k, row in enumerate(later, start=at + 1):
        stake += reach * float(means[k]) / (1 + ground.terms.rate) ** years
        reach *= row["p"]
        years += float(days[k]) / 365.25
    n = min(row["n_eff"] for row in later)
    frame = pl.DataFrame([{
        "case": own, "a": reach * n, "b": (1 - reach) * n, "gain": paid[0] / (1 + ground.terms.rate) ** years,
        "stake": stake, "pilot_cost": float(means[at]), "pilot_days": float(days[at]),
        "currency": rows[at]["currency"] or ground.currency,
    }])  # fmt: skip
    return pilot_runs(frame, rate=ground.terms.rate, runs=_RUNS)
