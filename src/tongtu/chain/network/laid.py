"""Where the network is to be strengthened, activated and supplemented: actions with proof, prices, why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.document import Cell, Document, Map, Section, Tile, Tone, cell, joined, same
from tongtu.chain.network.ground import Network
from tongtu.chain.network.pieces import (
    DASH,
    because,
    cost,
    day,
    document,
    facts,
    hours,
    kilometres,
    label,
    note,
    number,
    optima,
    paragraphs,
    section,
    share,
    state,
    table,
    with_id,
)
from tongtu.chain.report.spoken import Pair, words

if TYPE_CHECKING:
    from tongtu.pilots.layout import Layout
    from tongtu.pilots.layout.settings import Objective

Row = dict[str, Any]
#: share of its hours from which an area counts as well served, and from which as half served (ours)
WELL, HALF = 0.8, 0.4
_ACTIONS: dict[str, Tone] = {"strengthen": "good", "activate": "warn", "supplement": "bad"}
_DECISIONS: dict[str, Tone] = {"build": "bad", "strengthen": "good", "activate": "warn", "neighbour": "soft",
                               "enough": "good", "open": "bad"}  # fmt: skip


@dataclass(frozen=True)
class Laid:
    """`progress`: of the network towards its goals; `relatedness`: of regions to directions; `region`: the only area
    told of, where there is one."""

    network: Network
    found: Layout
    jobs: pl.DataFrame
    progress: pl.DataFrame
    relatedness: pl.DataFrame
    region: str | None = None

    def document(self, most: int | None = None) -> Document:
        if self.region is not None:
            return self.of_region(self.region, most)
        sections = [self._result(), self._map(), self._actions(self.found.actions, most), self._prices(most),
                    self._binding(most), self._regions(self.found.regions, most), self._fairness(most),
                    self._alternatives(most), self._rejected(most), self._progress(most)]  # fmt: skip
        if most is None:
            sections.append(self._coverage(self.found.coverage, None))
        return document(self.network, words("network.layout-title"), sections, self._head())

    def of_region(self, area: str, most: int | None = None) -> Document:
        """What one area builds, strengthens, or leaves to a neighbour, and what it is served."""
        title = words("network.layout-of", name=label(self.network.place(area)))
        mine = self.found.regions.filter(pl.col("area") == area)
        inside = {area, *mine["region"].drop_nulls()}
        actions = self.found.actions.filter(pl.col("region").is_in(list(inside)))
        cover = self.found.coverage.filter(pl.col("area") == area)
        shares = self.found.fairness.filter(pl.col("area") == area)
        sections = [
            self._regions(mine, most),
            self._actions(actions, most),
            self._shares(shares, most),
            self._coverage(cover, most),
            section("result", optima(self.found.solutions)),
        ]
        return document(self.network, title, sections, self._head())

    @property
    def areas(self) -> list[str]:
        """Areas that the layout says something of."""
        return sorted(self.found.regions["area"].drop_nulls().unique())

    def _head(self) -> Pair:
        first, last = self.found.periods[0], self.found.periods[-1]
        told = {"n": len(self.found.periods), "begin": first.begin, "end": last.end}
        return words("network.layout-head", **told, objective=label(words(f"network.objective-{self.found.objective}")))

    # ------------------------------------------------------------------------------------------ the whole

    def _result(self) -> Section:
        unknown = self.jobs["hours"].null_count()
        actions = self.found.actions
        counted = dict(actions.group_by("action").len().iter_rows())
        spent = actions.group_by("currency").agg(pl.col("cost").sum()).drop_nulls("currency").sort("currency")
        money = joined([cost(row["cost"], row["currency"]).text for row in spent.iter_rows(named=True)])
        told = facts(
            ("jobs-asked", cell(same(f"{self.jobs.height:,}"))),
            ("jobs-unknown", number(unknown, "warn" if unknown else "")),
            *((f"action-{name}", number(counted.get(name, 0))) for name in _ACTIONS),
            ("spent", cell(money)),
            ("covered-last", self._total()),
        )
        late = any(one.status == "stopped_by_time" for one in self.found.solutions)
        stopped = [note("stopped")] if late else []
        return section("result", [told, *optima(self.found.solutions), *stopped, *paragraphs(self.found.notes)])

    def _total(self) -> Cell:
        last = self._last(self.found.coverage)
        asked, covered = (float(last[name].sum() or 0.0) for name in ("demand", "covered"))
        return (
            cell(DASH)
            if not asked
            else cell([f"{t} ({covered:,.0f} / {asked:,.0f} h)" for t in share(covered / asked)])
        )

    def _map(self) -> Section:
        shares = {row["area"]: row for row in self._last(self.found.fairness).iter_rows(named=True)}
        tiles = [self._tile(row, shares.get(row["region"]))
                 for row in self.network.pack.sheet("tiles").iter_rows(named=True)]  # fmt: skip
        tones: tuple[Tone, ...] = ("good", "warn", "bad", "")
        legend = [
            (tone, words(f"network.map-{tone or 'quiet'}", well=f"{WELL:.0%}", half=f"{HALF:.0%}")) for tone in tones
        ]
        return section("map", [Map(tiles, legend)])

    def _tile(self, tile: Row, row: Row | None) -> Tile:
        name = [tile["zh"], tile["en"]]
        if row is None or not row["demand"]:
            return Tile(tile["tile_x"], tile["tile_y"], name, words("network.asks-nothing", name=label(name)))
        tone: Tone = "good" if row["share"] >= WELL else "warn" if row["share"] >= HALF else "bad"
        told = {"name": label(name), "covered": f"{row['covered']:,.0f}", "demand": f"{row['demand']:,.0f}"}
        return Tile(tile["tile_x"], tile["tile_y"], name, words("network.is-served", **told), tone)

    def _actions(self, frame: pl.DataFrame, most: int | None) -> Section:
        rows = [self._action(row) for row in frame.iter_rows(named=True)]
        heads = ("period/n", "action/day", "platform", "direction", "region/day", "payer", "cost/n", "hours-year/n",
                 "covered/n", "because/long")  # fmt: skip
        stuck = any(
            one.status == "infeasible" for one in self.found.solutions if one.problem.endswith((".total", ".worst"))
        )
        return section("actions", table(heads, rows, "no-actions-infeasible" if stuck else "no-actions", most))

    def _action(self, row: Row) -> list[Cell]:
        payer = self._payer(row)
        if not any(payer):
            payer = words("network.budget-given" if row["budget"] else "network.paid-elsewhere")
        what = state("action", row["action"], _ACTIONS)
        if row["committed"]:
            what = cell([f"{a}{b}" for a, b in zip(what.text, words("network.committed"), strict=True)], "soft")
        return [
            number(row["period"]),
            what,
            self._platform(row),
            cell(self.network.direction(row["direction"])),
            cell(self.network.place(row["region"])),
            cell(payer, "" if row["payer"] else "soft"),
            cost(row["cost"], row["currency"]),
            hours(row["hours"]),
            hours(row["covered"]),
            because(row["why"]),
        ]

    def _prices(self, most: int | None) -> Section:
        rows = [
            [
                number(row["period"]),
                cell(self._payer(row)),
                cost(row["left"], row["currency"]),
                number(row["price"], digits=2),
                because(row["why"]),
            ]
            for row in self.found.prices.iter_rows(named=True)
        ]
        heads = ("period/n", "payer", "left/n", "next-million/n", "because/long")
        return section("prices", [note("prices-are"), *table(heads, rows, "no-prices", most)])

    def _payer(self, row: Row) -> Pair:
        name = self.network.name("funds", row["payer"]) if row["payer"] else same("")
        return with_id(name, row["budget"]) if "left" in row and row["budget"] and any(name) else name

    def _binding(self, most: int | None) -> Section:
        rows = [self._limit(row) for row in self.found.binding.iter_rows(named=True)]
        heads = ("limit/day", "subject", "period/n", "slack/n", "price/n", "because/long")
        return section("binding", table(heads, rows, "nothing-binds", most))

    def _limit(self, row: Row) -> list[Cell]:
        known = self.found.prices.filter(pl.col("budget") == row["subject"]) if row["kind"] == "budget" else None
        if known is not None and known.height:
            slack = cost(int(row["slack"]), known["currency"][0])
        else:
            slack = number(row["slack"], digits=2)
        return [state("limit", row["kind"]), cell(self._subject(row)), number(row["period"]), slack,
                number(row["price"], digits=3), because(row["why"])]  # fmt: skip

    def _subject(self, row: Row) -> Pair:
        subject = str(row["subject"] or "")
        named = {"share": self.network.place, "redundancy": self.network.direction, "capacity": self._site}
        return named[row["kind"]](subject) if row["kind"] in named else same(subject)

    def _site(self, key: str) -> Pair:
        """A platform in one of its directions, or a new place: a direction in a region."""
        own, apart, direction = key.partition(":")
        if apart:
            return joined([self.network.name("platforms", own), self.network.direction(direction)], " · ", " · ")
        direction, _, region = key.partition("@")
        return joined([self.network.direction(direction), self.network.place(region)], " · ", " · ")

    def _regions(self, frame: pl.DataFrame, most: int | None) -> Section:
        rows = [self._decision(row) for row in frame.iter_rows(named=True)]
        heads = ("area/day", "region/day", "direction", "decision/day", "platform", "neighbour/day", "distance/n",
                 "demand/n", "covered/n", "because/long")  # fmt: skip
        return section("regions", table(heads, rows, "no-regions", most))

    def _decision(self, row: Row) -> list[Cell]:
        return [cell(self.network.place(row["area"])), cell(self.network.place(row["region"])),
                cell(self.network.direction(row["direction"])), state("decision", row["decision"], _DECISIONS),
                self._platform(row), cell(self.network.place(row["neighbour_region"])), kilometres(row["km"]),
                hours(row["demand"]), hours(row["covered"]), because(row["why"])]  # fmt: skip

    def _fairness(self, most: int | None) -> Section:
        last = self._last(self.found.fairness).filter(pl.col("demand") > 0).sort("share", "area", nulls_last=True)
        return self._shares(last, most)

    def _shares(self, frame: pl.DataFrame, most: int | None) -> Section:
        rows = [
            [
                cell(self.network.place(row["area"])),
                number(row["period"]),
                hours(row["demand"]),
                hours(row["covered"]),
                cell(share(row["share"], 0), self._tone(row["share"])),
                because(row["why"]),
            ]
            for row in frame.iter_rows(named=True)
        ]
        heads = ("area/day", "period/n", "demand/n", "covered/n", "share/n", "because/long")
        return section("fairness", table(heads, rows, "no-regions", most))

    def _alternatives(self, most: int | None) -> Section:
        rows = [
            [
                number(row["alternative"]),
                number(row["value"], digits=1),
                cell(share(row["loses"], 2)),
                state("swap", row["change"]),
                number(row["period"]),
                state("action", row["action"]),
                self._platform(row),
                cell(self.network.direction(row["direction"])),
                cell(self.network.place(row["region"])),
                because(row["why"]),
            ]
            for row in self.found.alternatives.iter_rows(named=True)
        ]
        heads = (
            "alternative/n",
            "value/n",
            "loses/n",
            "change/day",
            "period/n",
            "action/day",
            "platform",
            "direction",
            "region/day",
            "because/long",
        )
        return section("alternatives", table(heads, rows, "no-alternatives", most))

    def _rejected(self, most: int | None) -> Section:
        rows = [[state("action", row["action"]), self._platform(row), cell(self.network.direction(row["direction"])),
                 cell(self.network.place(row["region"])), cost(row["cost"], row["currency"]), hours(row["covered"]),
                 number(row["per_million"], digits=1), because(row["why"])]
                for row in self.found.rejected.iter_rows(named=True)]  # fmt: skip
        heads = ("action/day", "platform", "direction", "region/day", "cost/n", "would-cover/n", "per-million/n",
                 "because/long")  # fmt: skip
        return section("rejected", table(heads, rows, "nothing-rejected", most))

    def _coverage(self, frame: pl.DataFrame, most: int | None) -> Section:
        rows = [
            [
                number(row["period"]),
                cell(self.network.direction(row["direction"])),
                cell(self.network.place(row["region"])),
                hours(row["demand"]),
                number(row["unknown"] or None),
                hours(row["covered"]),
                cell(share(row["share"], 0), self._tone(row["share"])),
                number(row["suppliers"]),
                kilometres(row["nearest_km"]),
                because(row["why"]),
            ]
            for row in frame.iter_rows(named=True)
        ]
        heads = (
            "period/n",
            "direction",
            "region/day",
            "demand/n",
            "unknown/n",
            "covered/n",
            "share/n",
            "suppliers/n",
            "nearest/n",
            "because/long",
        )
        return section("coverage", table(heads, rows, "no-regions", most))

    def _progress(self, most: int | None) -> Section:
        known = self.progress.filter(pl.col("now") > 0)
        rows = [
            [
                state("group", row["group_kind"]),
                cell(self._group(row)),
                number(row["now"]),
                number(row["building"] or None),
                number(row["target"]),
                cell(share(row["share"], 0)),
                day(row["deadline"]) if row["deadline"] else cell(same("")),
                because(row["why"]),
            ]
            for row in known.iter_rows(named=True)
        ]
        heads = ("group/day", "name", "now/n", "building/n", "target/n", "share/n", "deadline/day", "because/long")
        return section("progress", table(heads, rows, "no-platforms", most))

    # ------------------------------------------------------------------------------------------ names

    def _group(self, row: Row) -> Pair:
        lists = {"tier": "platform_tier", "builder": "builder_kind", "field": "service_field"}
        if row["group_kind"] in lists:
            return self.network.label(lists[row["group_kind"]], row["group"])
        return self.network.name("regions" if row["group_kind"] == "region" else "directions", row["group"])

    def _platform(self, row: Mapping[str, Any]) -> Cell:
        if row["platform"] is None:
            named = row.get("action") or row.get("decision")
            return cell(words("network.new-platform") if named in ("supplement", "build") else same(""), "soft")
        return cell(with_id(self.network.name("platforms", row["platform"]), row["platform"]))

    def _last(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("period") == len(self.found.periods))

    def _tone(self, value: float | None) -> Tone:
        return "" if value is None else "good" if value >= WELL else "warn" if value >= HALF else "bad"


def laid(
    network: Network,
    demand: pl.DataFrame,
    *,
    periods: int | None = None,
    settings: Mapping[str, Any] | None = None,
    objective: Objective = "coverage",
    budgets: pl.DataFrame | None = None,
    directions: Iterable[str] | None = None,
    shares: Mapping[str, float] | None = None,
    region: str | None = None,
    redundancy: bool = True,
) -> Laid:
    """A layout of the folder's network for `demand` (direction, region, hours), proven as far as it says.

    `settings`: see `layout.Settings`; without `redundancy` bottleneck directions ask for one supplier like the others.
    Raises UsageFault for a region that is none, and what `layout` raises.
    """
    from tongtu.pilots import complexity, layout

    network.filled("platforms")
    where = None if region is None else network.code("region", region)
    network.tell("relatedness")
    related = complexity.relatedness(network.registry, network.as_of, network.seed, draws=0)
    network.tell("laying-out")
    found = layout.layout(
        network.registry, demand, network.pack, network.as_of, network.seed, periods=periods,
        settings=layout.Settings(**(settings or {})), objective=objective, budgets=budgets, relatedness=related,
        directions=None if directions is None else list(directions), shares=shares,
        bottlenecks=None if redundancy else (), progress=network.progress,
    )  # fmt: skip
    progress = layout.progress_of(network.registry, network.pack, network.as_of)
    made = Laid(network, found, demand, progress, related, where)
    if where is not None and where not in made.areas:
        raise network.not_among("regions", where, made.areas)
    return made
