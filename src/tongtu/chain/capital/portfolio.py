"""Which cases the money takes under a cap on the tail of its loss: why, why not the others, what limits cost."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from tongtu.chain.capital import given as giving
from tongtu.chain.capital import pictures
from tongtu.chain.capital.ground import Capital
from tongtu.chain.capital.pieces import (
    DASH,
    amount,
    assumptions,
    because,
    cell,
    day,
    document,
    estimate,
    facts,
    left_out,
    much,
    note,
    noted,
    number,
    optimum,
    percent,
    same,
    section,
    table,
    value,
    whole_odds,
    words,
)
from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, Tone
from tongtu.chain.report.spoken import Pair
from tongtu.terms.faults import Fault, Infeasible
from tongtu.terms.money import Money
from tongtu.terms.why import Ratio, Why

if TYPE_CHECKING:
    from tongtu.risk.allocation import Allocation
    from tongtu.risk.simulation import Simulated

Row = dict[str, Any]
Objective = Literal["outcome", "value"]
#: how cases are grouped, and the list that names the groups
_GROUPS = (("track", "track"), ("kind", "industry_kind"), ("direction", ""), ("region", ""))
#: scenarios that the choice is made on, and steps of the frontier
SCENARIOS, STEPS = 2000, 7
_BY_RHO = ("rho/n", "expected-outcome/n", "expected-loss/n", "sd/n", "var/n", "tail/n")
_MEASURES: dict[str, Tone] = {"shrunk": "warn"}


@dataclass(frozen=True)
class Portfolio:
    """`found`: see `risk.allocation`; `simulated`: the chosen cases together, null where none is; `risks`: case, chance
    of failing, mean loss on failing."""

    ground: Capital
    found: Allocation
    simulated: Simulated | None
    risks: list[tuple[str, float, float]]
    objective: Objective
    cap: int | None
    money: int

    @property
    def level(self) -> float:
        return self.ground.terms.level

    def document(self, most: int | None = None) -> Document:
        sections = [self._result(), self._funded(most), self._declined(most), self._frontier(), self._prices(most),
                    self._groups(), *self._losses(), self._curse(), *self._heat(), left_out(self.ground, most),
                    assumptions(self.ground, "factor", "stress", "rate", "level", "stage_cost")]  # fmt: skip
        return document(self.ground, words("capital.portfolio-title"), [s for s in sections if s is not None],
                        self._head())  # fmt: skip

    def _head(self) -> Pair:
        return words(f"capital.head-{self.objective}", level=Ratio(self.level))

    # ------------------------------------------------------------------------------------------ the whole

    def _result(self) -> Section:
        cases = self.found.cases
        picked = cases.filter("chosen")
        currency = self.ground.currency
        told = facts(
            ("asking", number(self.ground.cases.height)),
            ("usable", number(len(self.ground.book))),
            ("funded", number(picked.height, "good" if picked.height else "warn")),
            ("money", amount(self.money, currency)),
            ("committed", self._money(picked, "committed")),
            ("reserved", self._money(picked, "reserved")),
            ("uncovered", self._money(picked, "uncovered", "warn")),
            ("expected-loss", estimate(self.found.expected_loss, currency)),
            ("tail", estimate(self.found.tail, currency)),
            ("loss-cap", amount(self.cap, currency) if self.cap is not None else cell(words("capital.no-loss-cap"))),
        )
        found: list[Block] = [told, *optimum(self.found.solution, self.ground, self.objective)]
        if self.objective == "outcome" and not self.ground.payoffs["payoff"].count():
            found.append(Paragraph(words("capital.no-cashflows"), "soft"))
        elif self.objective == "value":
            unknown = self.ground.payoffs["payoff"].null_count()
            found += [Paragraph(words("capital.some-cashflows", n=unknown), "warn")] if unknown else []
        return section("result", found)

    def _money(self, rows: pl.DataFrame, column: str, tone: Tone = "") -> Cell:
        """A sum in each currency; nothing where it is nothing."""
        sums = rows.group_by("currency").agg(pl.col(column).sum()).drop_nulls().sort("currency").rows()
        told = [estimate(total, currency).text for currency, total in sums if total]
        return cell([" + ".join(side) for side in zip(*told, strict=True)], tone) if told else cell(DASH, "soft")

    # ------------------------------------------------------------------------------------------ case by case

    def _funded(self, most: int | None) -> Section:
        picked = self.found.cases.filter("chosen").sort("tail", "case", descending=[True, False])
        rows = [[self._case(row["case"]), self._direction(row["case"]), self._fund(row["fund"]), day(row["start"]),
                 estimate(row["committed"], row["currency"]), estimate(row["reserved"], row["currency"]),
                 self._odds(row["case"]), value(row["value"], self.ground, self.objective),
                 estimate(row["tail"], self.ground.currency), because(row["why"], self.ground, row["case"])]
                for row in picked.iter_rows(named=True)]  # fmt: skip
        heads = ("case", "direction", "fund", "start/day", "committed/n", "reserved/n", "p/n", "value/n", "tail/n",
                 "because/long")  # fmt: skip
        found = table(heads, rows, "none-funded", most)
        parts = [(self.ground.short(row["case"]), max(row["tail"], 0.0), much(row["tail"], self.ground.currency))
                 for row in picked.iter_rows(named=True) if row["tail"]]  # fmt: skip
        scale = pictures.money("col-tail", self.ground.currency)
        picture = [pictures.contributions("tail", scale, parts)] if len(parts) > 1 else []
        return section("funded-cases", [*picture, *found])

    def _declined(self, most: int | None) -> Section:
        left = self.found.cases.filter(~pl.col("chosen")).sort("margin", "case", descending=[True, False],
                                                               nulls_last=True)  # fmt: skip
        asked = {row["case"]: row for row in self.ground.cases.iter_rows(named=True)}
        rows = [[self._case(row["case"]), self._direction(row["case"]), self._asked(asked[row["case"]]),
                 self._odds(row["case"]), value(row["value"], self.ground, self.objective),
                 value(row["money"], self.ground, self.objective), value(row["risk"], self.ground, self.objective),
                 because(row["why"], self.ground, row["case"])]
                for row in left.iter_rows(named=True)]  # fmt: skip
        heads = ("case", "direction", "planned/n", "p/n", "value/n", "elsewhere/n", "risk-price/n", "because/long")
        return section("declined", [note("declined-are"), *table(heads, rows, "all-funded", most)])

    def _asked(self, row: Row) -> Cell:
        return amount(row["planned_cost"], row["currency"])

    # ------------------------------------------------------------------------------------------ limits

    def _frontier(self) -> Section | None:
        rows = self.found.frontier
        if rows.is_empty():
            return None
        picked = self.found.solution.value
        at = None if self.cap is None or picked is None else (float(self.cap), picked)
        lines = [[estimate(row["cap"], self.ground.currency), value(row["value"], self.ground, self.objective),
                  value(row["bound"], self.ground, self.objective), percent(row["gap"], 2),
                  estimate(row["tail"], self.ground.currency), number(row["chosen"]),
                  number(row["per_million"], digits=4),
                  cell(words(f"network.status-{row['status'].replace('_', '-')}"))]
                 for row in rows.iter_rows(named=True)]  # fmt: skip
        heads = ("cap/n", "value/n", "bound/n", "gap/n", "tail/n", "chosen/n", "per-million/n", "status/day")
        return section("frontier", [note("frontier-is"), pictures.frontier(self.ground, rows, self.objective, at),
                                    *table(heads, lines, "nothing")])  # fmt: skip

    def _prices(self, most: int | None) -> Section:
        lines = [[self._fund(row["fund"]), cell(same(str(row["budget"]))), day(row["period_from"]),
                  amount(row["amount"], row["currency"]), estimate(row["committed"], row["currency"]),
                  estimate(row["reserved"], row["currency"]), estimate(row["left"], row["currency"]),
                  number(row["per_million"], digits=4)]
                 for row in self.found.budgets.iter_rows(named=True)]  # fmt: skip
        heads = ("fund", "budget/day", "from/day", "amount/n", "committed/n", "reserved/n", "left/n", "per-million/n")
        limits = [[cell(self._limit(row)), *(self._sized(row[name], row["unit"]) for name in ("size", "reached")),
                   cell(words("terms.yes" if row["binding"] else "terms.no"), "warn" if row["binding"] else ""),
                   number(row["price"], digits=4), because(row["why"], self.ground)]
                  for row in self.found.limits.iter_rows(named=True)]  # fmt: skip
        risk = [Paragraph(words("capital.risk-price-is", price=round(self.found.risk_price, 4),
                                million=Money.of(1_000_000, self.ground.currency)))]  # fmt: skip
        bound = table(("limit/long", "size/n", "reached/n", "binds/day", "price/n", "because/long"), limits,
                      "no-limits", most)  # fmt: skip
        return section("prices", [note("prices-are"), *risk, *table(heads, lines, "no-budgets", most), *bound])

    def _limit(self, row: Row) -> Pair:
        name = " ".join(str(one) for one in (row["limit"], row["year"]) if one is not None)
        return words(f"capital.limit-{row['kind'].replace('_', '-')}", name=name)

    def _sized(self, figure: float | None, unit: str) -> Cell:
        """A limit in its unit: money, a share, or cases."""
        if figure is None or not unit:
            return number(figure)
        return percent(figure) if unit == "share" else estimate(figure, unit)

    # ------------------------------------------------------------------------------------------ groups

    def _groups(self) -> Section:
        joined = self.found.cases.join(
            self.ground.cases.select("case", "direction", "region", "track", "kind"), on="case", how="left"
        )
        rows = []
        for name, vocabulary in _GROUPS:
            for (group,), part in joined.sort(name, nulls_last=True).group_by(name, maintain_order=True):
                picked = part.filter("chosen")
                rows.append([cell(words(f"capital.group-{name}")), cell(self._group(name, vocabulary, group)),
                             number(part.height), number(picked.height), self._money(picked, "committed"),
                             value(float(picked["value"].sum()), self.ground, self.objective),
                             estimate(float(picked["tail"].sum()), self.ground.currency)])  # fmt: skip
        heads = ("group/day", "name", "asking/n", "chosen/n", "committed/n", "value/n", "tail/n")
        return section("groups", table(heads, rows, "nothing"))

    def _group(self, name: str, vocabulary: str, code: Any) -> Pair:
        if code is None:
            return words("terms.unknown")
        network = self.ground.network
        return {"direction": network.direction, "region": network.place}[name](code) if not vocabulary else (
            network.label(vocabulary, code)
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------ risk

    def _losses(self) -> list[Section]:
        if self.simulated is None:
            return []
        run, level = self.simulated, self.level
        marks = [("expected-loss", run.figure("loss", "mean")), ("tail-at", run.figure("loss", "cvar", level))]
        marks += [("cap", float(self.cap))] if self.cap is not None else []
        curve = section("losses", [pictures.exceeding(self.ground, run.curve, marks), pictures.counts(run.counts),
                                   *noted(run.notes)])  # fmt: skip
        stressed = section("stress", [note("stress-is"), pictures.by_rho(self.ground, run.stress, level),
                                      *table(_BY_RHO, self._by_rho(run), "nothing")])  # fmt: skip
        return [curve, stressed]

    def _by_rho(self, run: Simulated) -> list[list[Cell]]:
        found = []
        for (rho,), rows in run.stress.sort("rho", nulls_last=False).group_by("rho", maintain_order=True):
            at = {(row["measure"], row["figure"], row["level"]): row["value"] for row in rows.iter_rows(named=True)}
            name = words("capital.factor-model") if rho is None else same(f"{rho:g}")
            currency = self.ground.currency
            found.append([cell(name), number(at.get(("outcome", "mean", None)), digits=2),
                          *(estimate(at.get(("loss", figure, level)), currency) for figure, level in
                            (("mean", None), ("sd", None), ("var", self.level), ("cvar", self.level)))])  # fmt: skip
        return found

    def _curse(self) -> Section | None:
        """What the choice promised on its own scenarios, and what it keeps on fresh ones."""
        if self.found.fresh.is_empty():
            return None
        rows = [[cell(words(f"capital.measure-{row['measure']}"), _MEASURES.get(row["measure"], "")),
                 *(self._measured(row["measure"], row[name]) for name in ("inside", "fresh", "low", "high")),
                 self._measured(row["measure"], row["difference"])]
                for row in self.found.fresh.iter_rows(named=True)]  # fmt: skip
        heads = ("measure/day", "inside/n", "fresh/n", "low/n", "high/n", "difference/n")
        return section("curse", [note("curse-is"), *table(heads, rows, "nothing")])

    def _measured(self, measure: str, figure: float | None) -> Cell:
        if measure in ("tail", "loss"):
            return estimate(figure, self.ground.currency) if figure is not None else cell(DASH, "soft")
        return value(figure, self.ground, self.objective)

    def _heat(self) -> list[Section]:
        picture = pictures.heat(self.ground, self.risks)
        return [] if picture is None else [section("heat", [note("heat-is"), picture])]

    # ------------------------------------------------------------------------------------------ names

    def _case(self, own: str) -> Cell:
        return cell(self.ground.name(own))

    def _odds(self, own: str) -> Cell:
        """A range, and a point only where enough results stand behind it; the choice itself reckons with the mean."""
        return whole_odds(self.ground, own)

    def _direction(self, own: str) -> Cell:
        return cell(self.ground.network.direction(self.ground.rows[own]["direction"]))

    def _fund(self, own: str | None) -> Cell:
        if own is None:
            return cell(DASH, "soft")
        return cell(words("capital.budget-given") if own == giving.ASKED else self.ground.network.name("funds", own))


def portfolio(
    ground: Capital, *, funds: pl.DataFrame | None = None, budgets: pl.DataFrame | None = None,
    minimums: pl.DataFrame | None = None, caps: pl.DataFrame | None = None, loss_cap: int | None = None,
    objective: Objective = "outcome", scenarios: int = SCENARIOS, steps: int = STEPS,
) -> Portfolio:  # fmt: skip
    """What to fund of the ground's cases, by the folder's budgets or those given.

    `minimums`, `caps`: floors and ceilings, see `given.limits`; `loss_cap`: minor units of the ground's currency on
    the tail average of the loss. Raises Infeasible, with the least that can be achieved, for a cap that is too tight,
    and where floors cannot be met; DataRefused, UsageFault.
    """
    from tongtu.risk.allocation import allocate
    from tongtu.risk.sensitivity import heat
    from tongtu.risk.simulation import scenarios as draw
    from tongtu.risk.simulation import simulate

    network, book, terms = ground.network, ground.book, ground.terms
    registry = network.registry
    if budgets is None:
        network.filled("funds", "budgets")
    funds = registry["funds"] if funds is None else funds
    budgets = registry["budgets"] if budgets is None else budgets
    network.tell("capital-choosing")
    drawn: dict[str, Any] = {"factors": ground.factors, "value": objective == "value", "progress": network.progress}
    inside, other = (draw(book, scenarios, seed=network.seed + k, **drawn) for k in (0, 1))
    attributes = ground.cases.select("case", "direction", "region", "track", "kind", "start_stage", "currency")
    found = allocate(
        book, inside, funds, budgets, registry["priorities"], as_of=network.as_of, attributes=attributes,
        stages=ground.stages, minimums=minimums, caps=caps, loss_cap=loss_cap, level=terms.level,
        objective=objective, rates=registry["rates"], rate=terms.rate, other=other, steps=steps,
        progress=network.progress,
    )  # fmt: skip
    if found.solution.status == "infeasible" and found.least is not None:
        raise _too_tight(found, loss_cap or 0, ground, terms.level)
    picked = found.cases.filter("chosen")["case"].to_list()
    run = None
    if picked:
        network.tell("capital-simulating")
        run = simulate(book.only(picked), factors=ground.factors, seed=network.seed, levels=(terms.level,),
                       stress=terms.stress, progress=network.progress)  # fmt: skip
    at = heat(book).points.select("case", "p_fail", "loss").drop_nulls().rows()
    return Portfolio(ground, found, run, at, objective, loss_cap,
                     giving.available(network, budgets, book.currency))  # fmt: skip


def _too_tight(found: Allocation, cap: int, ground: Capital, level: float) -> Infeasible:
    """The cap cannot be kept: what can, and which floor stands in its way."""
    assert found.least is not None
    currency = ground.currency
    told = {"cap": Money(cap, currency), "least": Money(_up(found.least.tail), currency), "level": Ratio(level)}
    parts = tuple(
        Why("capital.cap-floor", {"floor": limit, "tail": Money(_up(tail), currency)})
        for limit, tail in found.least.floors
    )
    return Infeasible(Fault(Why("capital.cap-too-tight", told, parts), Why("capital.cap-too-tight-repair", told)))


def _up(minor: float) -> int:
    """The next amount with four places that count: a cap at that amount can be kept."""
    if minor <= 0:
        return 0
    unit: int = 10 ** max(floor(log10(minor)) - 3, 0)
    return ceil(minor / unit - 1e-9) * unit
