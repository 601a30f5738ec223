"""One case before those who would pay for it: odds by stage, cost and date together, worth, terms, tornado."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.capital import pictures
from tongtu.chain.capital.believed import believed
from tongtu.chain.capital.ground import Capital
from tongtu.chain.capital.pieces import (
    amount,
    assumptions,
    because,
    cell,
    day,
    document,
    estimate,
    facts,
    label,
    note,
    number,
    percent,
    section,
    shares,
    table,
    whole_odds,
    words,
)
from tongtu.chain.capital.worth import Worth, worth
from tongtu.chain.dossier.charts import Lines, Mark, Rule, Scale, Series
from tongtu.chain.dossier.document import Block, Document, Section
from tongtu.terms.why import Ratio

if TYPE_CHECKING:
    from tongtu.chain.capital.worth import Sides

Row = dict[str, Any]
#: chance with which cost and date are to hold together, and the lines that are drawn
_SHOWN = 0.96
CONFIDENCE, LEVELS = 0.7, (0.5, 0.7, 0.8)


@dataclass(frozen=True)
class Case:
    """`joint`, `curves`, `isolines`: see `risk.costtime`; `worth`: what it is worth and to whom."""

    ground: Capital
    own: str
    joint: Row
    curves: pl.DataFrame
    isolines: pl.DataFrame
    worth: Worth

    def document(self, most: int | None = None) -> Document:
        sections = [self._head(), *believed(self.ground, self.own), *self._together(), *self.worth.sections(most),
                    assumptions(self.ground, "rate", "pilot_effect", "stage_cost")]  # fmt: skip
        title = words("capital.case-title", name=label(self.ground.name(self.own)))
        return document(self.ground, title, sections)

    def _head(self) -> Section:
        row, network = self.ground.rows[self.own], self.ground.network
        stages = self.ground.of(self.ground.stages, self.own)
        told = facts(
            ("direction", cell(network.direction(row["direction"]))),
            ("region", cell(network.place(row["region"]))),
            ("track", cell(network.label("track", row["track"]))),
            ("at-stage", cell(network.label("stage", row["start_stage"]))),
            ("stages-ahead", number(stages.height)),
            ("planned", amount(row["planned_cost"], row["currency"])),
            ("whole-odds", whole_odds(self.ground, self.own)),
        )
        return section("result", [told])

    # ------------------------------------------------------------------------------------------ cost and time

    def _together(self) -> list[Section]:
        row, currency = self.joint, self.ground.currency
        money = row["currency"] or currency
        heads = ("what", "low/n", "middle/n", "high/n", "alone-at/n", "together-at/n")
        alone = {"cost": self._at("cost"), "days": self._at("days")}
        rows = [
            [cell(words("capital.cost")), *(estimate(row[f"cost{at}"], money) for at in ("_low", "", "_high")),
             estimate(alone["cost"], money), estimate(row["cost_joint"], money, "good")],
            [cell(words("capital.finish")), *(day(row[f"finish{at}"]) for at in ("_low", "", "_high")),
             day(alone["days"]), day(row["finish_joint"])],
        ]  # fmt: skip
        told = facts(
            ("both-at-each", percent(row["together"], 0, "warn")),
            ("each-must", percent(row["marginal"], 0)),
            ("cost-time-rho", number(row["rho"], digits=2)),
        )
        found: list[Block] = [note("joint-is", confidence=Ratio(CONFIDENCE)), *table(heads, rows, "nothing"), told,
                              *self._curves(money), *self._iso(money)]  # fmt: skip
        return [section("cost-time", found), section("stage-costs", self._stages(money))]

    def _at(self, what: str) -> Any:
        """The figure that holds alone with the confidence asked."""
        rows = self.curves.filter(pl.col("what") == what).sort("chance")
        near = rows.filter(pl.col("chance") >= CONFIDENCE - 1e-9).head(1)
        return near["cost" if what == "cost" else "finish"].to_list()[0] if near.height else None

    def _curves(self, currency: str) -> list[Block]:
        found: list[Block] = []
        rules = [Rule("y", CONFIDENCE, words("capital.confidence", share=Ratio(CONFIDENCE)))]
        cost = self.curves.filter(pl.col("what") == "cost").select("cost", "chance").drop_nulls().rows()
        if cost:
            planned = self.ground.rows[self.own]["planned_cost"]
            marks = [] if self.joint["cost_joint"] is None else [
                Rule("x", float(self.joint["cost_joint"]), words("capital.together-at"), "good")]  # fmt: skip
            marks += [] if planned is None else [Rule("x", float(planned), words("capital.planned"), "bad")]
            picture = Lines(pictures.money("cost", currency), shares("chance-within"),
                            [Series(words("capital.cost"), cost)], [*rules, *marks])  # fmt: skip
            found.append(pictures.chart("cost", picture))
        days = self.curves.filter(pl.col("what") == "days").select("finish", "chance").drop_nulls().rows()
        if days:
            end = self.joint["finish_joint"]
            marks = [] if end is None else [Rule("x", float(end.toordinal()), words("capital.together-at"), "good")]
            picture = Lines(Scale(words("capital.finish"), "day"), shares("chance-within"),
                            [Series(words("capital.finish"), [(float(d.toordinal()), p) for d, p in days])],
                            [*rules, *marks])  # fmt: skip
            found.append(pictures.chart("finish", picture))
        return found

    def _iso(self, currency: str) -> list[Block]:
        rows = self.isolines.drop_nulls(["finish", "cost"]).sort("level", "finish")
        if rows.is_empty():
            return []
        ends = self.curves.filter(pl.col("chance") >= _SHOWN)
        latest, dearest = ends["finish"].max(), ends["cost"].max()
        if latest is not None and dearest is not None:  # a far end says nothing and presses the rest together
            rows = rows.filter(pl.col("finish") <= latest, pl.col("cost") <= dearest)
        series = [Series(words("capital.held-with", share=Ratio(level)),
                         [(float(d.toordinal()), float(c)) for d, c in part.select("finish", "cost").rows()])
                  for (level,), part in rows.group_by("level", maintain_order=True)]  # fmt: skip
        marks = []
        if self.joint["finish_joint"] is not None and self.joint["cost_joint"] is not None:
            marks = [Mark(float(self.joint["finish_joint"].toordinal()), float(self.joint["cost_joint"]),
                          words("capital.together-at"))]  # fmt: skip
        picture = Lines(Scale(words("capital.finish"), "day"), pictures.money("cost", currency), series, marks=marks)
        return [pictures.chart("iso", picture)]

    def _stages(self, currency: str) -> list[Block]:
        rows = [[cell(self.ground.network.label("stage", row["stage"])),
                 *(estimate(row[f"cost{at}"], row["currency"] or currency) for at in ("_low", "", "_high")),
                 *(number(row[f"days{at}"]) for at in ("_low", "", "_high")), number(row["cost_n_eff"], digits=1),
                 because(row["why"], self.ground)]
                for row in self.ground.of(self.ground.stages, self.own).iter_rows(named=True)]  # fmt: skip
        heads = ("stage/day", "cost-low/n", "cost/n", "cost-high/n", "days-low/n", "days/n", "days-high/n", "n-eff/n",
                 "because/long")  # fmt: skip
        return table(heads, rows, "nothing")


def case(ground: Capital, said: str, *, sides: Sides | None = None) -> Case:
    """What is known and believed of one case, found by its id or the title of its need. Raises UsageFault."""
    from tongtu.risk import costtime

    own = ground.one(said)
    network = ground.network
    network.tell("capital-case")
    mine = ground.of(ground.stages, own)
    told: dict[str, Any] = {"together": ground.reference.together, "as_of": network.as_of,
                            "calendar": network.pack.calendar, "seed": network.seed}  # fmt: skip
    joint = costtime.joint(mine, confidence=CONFIDENCE, **told).row(0, named=True)
    curves, lines = costtime.curves(mine, **told), costtime.isolines(mine, levels=LEVELS, **told)
    return Case(ground, own, joint, curves, lines, worth(ground, own, sides))
