"""Lines for what a process needs: who meets what, price, distance, the next free slot, and why the others fall out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.document import Block, Cell, Document, Section, Tone, cell, joined, lean, same
from tongtu.chain.dossier.document import Table as Plain
from tongtu.chain.network.asking import ASKED
from tongtu.chain.network.ground import Network
from tongtu.chain.network.pieces import (
    DASH,
    because,
    columns,
    cost,
    day,
    document,
    facts,
    hours,
    kilometres,
    label,
    number,
    optima,
    section,
    state,
    table,
    with_id,
)
from tongtu.chain.report.spoken import Pair, both, named, shown, words
from tongtu.terms.why import Quantity, Why

if TYPE_CHECKING:
    from tongtu.pilots.search import Found, Routes

Row = dict[str, Any]
_STATUS: dict[str, Tone] = {"met": "good", "nearly": "warn", "unmet": "bad", "incomparable": "warn", "unknown": "soft"}
_COUNTS = ("met", "nearly", "unmet", "incomparable", "unknown")


@dataclass(frozen=True)
class Searched:
    """`requests` and `requirements` as they were asked; `routes`: of several steps, where they were asked for."""

    network: Network
    requests: pl.DataFrame
    requirements: pl.DataFrame
    found: Found
    routes: Routes | None = None

    def document(self, most: int | None = None) -> Document:
        """One request in full; many as a table of their best lines, then each in full in files."""
        asked = self.requests["request"].to_list()
        if self.routes is not None:
            return document(self.network, words("network.routes-title"), self._routed(self.routes, most))
        if len(asked) == 1:
            own = asked[0]
            title = words("network.search-title", name=label(self._called(own)))
            stamp = [] if own == ASKED else [same(own)]
            return document(self.network, title, self._single(own, deep=True), *stamp)
        sections = [self._overview(most)]
        if most is None:
            for own in asked:
                sections.append(Section(with_id(self._called(own), own), self._single(own, deep=False)))
        return document(self.network, words("network.search-all-title"), sections)

    # ------------------------------------------------------------------------------------------ one request

    def _single(self, own: str, *, deep: bool) -> list[Section]:
        row = self.requests.filter(pl.col("request") == own).row(0, named=True)
        lines = self.found.lines.filter(pl.col("request") == own).to_dicts()
        found = [section("asked", self._asked(row))]
        heads = ("rank/n", "line", "platform", "score/n", "met/n", "nearly/n", "unmet/n", "incomparable/n",
                 "not-known/n", "distance/n", "free/day", "price/n")  # fmt: skip
        found.append(section("lines", table(heads, [self._line(line) for line in lines], "no-lines")))
        if deep:
            found += [Section(*self._reasons(line)) for line in lines]
        refused = self.found.refused.filter(pl.col("request") == own)
        rows = [self._refused(line) for line in refused.iter_rows(named=True)]
        found.append(section("refused", table(("reason", "lines/n", "because/long"), rows, "nobody-refused")))
        return found

    def _asked(self, row: Row) -> list[Block]:
        network = self.network
        kinds = joined([network.label("service_category", one) for one in row.get("categories") or ()])
        batch = shown(Quantity(row["batch"], row["batch_unit"] or "")) if row.get("batch") is not None else same("")
        told = facts(
            ("direction", cell(network.direction(row.get("direction")))),
            ("categories", cell(kinds)),
            ("process", cell(same(row.get("process") or ""))),
            ("batch", cell(batch)),
            ("hours-asked", hours(row["hours"]) if row.get("hours") is not None else cell(same(""))),
            ("region", cell(network.place(row.get("region")))),
            ("earliest", day(row["earliest"]) if row.get("earliest") else cell(same(""))),
        )
        needed = self.requirements.filter(pl.col("request") == row["request"])
        rows = [self._requirement(one) for one in needed.iter_rows(named=True)]
        blocks: list[Block] = [told] if told.rows else []
        return [*blocks, *table(("requirement", "bound", "conditions", "must/day"), rows, "no-requirements")]

    def _requirement(self, row: Row) -> list[Cell]:
        from tongtu.match.indicators import bound

        asked = both(bound(row)) if row["operator"] != "has" else words("network.has")
        must = words("terms.yes") if row["must"] else same("")
        return [cell(named(row, "quantity")), cell(asked), cell(same(row["conditions"] or "")), cell(must, "warn")]

    def _line(self, row: Row) -> list[Cell]:
        counts = [cell(same(str(row[name])), _STATUS[name] if row[name] else "soft") for name in _COUNTS]
        free = same("—") if row["start"] is None else same(f"{row['start']} – {row['end']}")
        return [cell(same(str(row["rank"]))), self._named(row), self._home(row["platform"]),
                cell(same(f"{row['score'] * 100:.0f}%")), *counts, kilometres(row["km"]), cell(free),
                cost(row["cost"], row["currency"]) if row["cost"] is not None else cell(DASH, "soft")]  # fmt: skip

    def _reasons(self, row: Row) -> tuple[Pair, list[Block]]:
        mine = self.found.requirements.filter(pl.col("request") == row["request"], pl.col("line") == row["line"])
        stated = {Why.from_json(one) for one in mine["why"]}
        parts = [[cell(both(part))] for part in Why.from_json(row["why"]).parts if part not in stated]
        blocks: list[Block] = [lean(Plain(columns("because/long"), parts))] if parts else []
        lines = [[state("meets", one["status"], dict(_STATUS)), because(one["why"])] for one in mine.to_dicts()]
        blocks += table(("status/day", "because/long"), lines, "no-requirements") if lines else []
        name = label(self._named(row).text)
        return words(
            "network.ranked", rank=row["rank"], name=name, platform=label(self._home(row["platform"]).text)
        ), blocks

    def _refused(self, row: Row) -> list[Cell]:
        return [state("refused-for", row["reason"]), number(row["lines"]), because(row["why"])]

    # ------------------------------------------------------------------------------------------ many

    def _overview(self, most: int | None) -> Section:
        best = {row["request"]: row for row in self.found.lines.filter(pl.col("rank") == 1).iter_rows(named=True)}
        counted = dict(self.found.lines.group_by("request").len().iter_rows())
        rows = [self._best(own, best.get(own), counted.get(own, 0)) for own in self.requests["request"]]
        heads = ("request", "best-line", "platform", "score/n", "distance/n", "free/day", "price/n", "candidates/n")
        return section("best", table(heads, rows, "nobody-asks", most))

    def _best(self, own: str, row: Row | None, count: int) -> list[Cell]:
        asked = cell(with_id(self._called(own), own))
        if row is None:
            return [asked, cell(words("network.none"), "bad"), *[cell(DASH, "soft")] * 5, cell(same("0"), "bad")]
        whole = self._line(row)
        return [asked, whole[1], whole[2], whole[3], whole[-3], whole[-2], whole[-1], cell(same(str(count)))]

    # ------------------------------------------------------------------------------------------ routes

    def _routed(self, routes: Routes, most: int | None) -> list[Section]:
        steps = [cell(self._called(own)) for own in self.requests["request"]]
        rows = [
            [cell(same(str(place))), step, *self._step(own)]
            for place, (step, own) in enumerate(zip(steps, self.requests["request"], strict=True), start=1)
        ]
        found = [section("steps", table(("step/n", "request", "requirement/long"), rows, "nothing"))]
        ways = [self._way(row) for row in routes.routes.iter_rows(named=True)]
        heads = ("rank/n", "price/n", "distance/n", "days/n", "sites/n", "ready/day", "pareto/day", "because/long")
        found.append(section("routes", [*table(heads, ways, "no-routes", most), *optima([routes.solution])]))
        for row in routes.routes.iter_rows(named=True):
            legs = routes.legs.filter(pl.col("route") == row["route"])
            lines = [self._leg(leg) for leg in legs.sort("step").iter_rows(named=True)]
            told = (
                "step/n",
                "line",
                "platform",
                "start/day",
                "end/day",
                "price/n",
                "distance/n",
                "transport/n",
                "because/long",
            )
            found.append(section("route-of", table(told, lines, "nothing"), rank=row["rank"] or "–"))
        refused = [
            [cell(self._called(row["request"])), *self._refused(row)] for row in routes.refused.iter_rows(named=True)
        ]
        found.append(
            section("refused", table(("request", "reason", "lines/n", "because/long"), refused, "nobody-refused"))
        )
        return found

    def _step(self, own: str) -> list[Cell]:
        needed = self.requirements.filter(pl.col("request") == own)
        return [cell(joined([joined([c.text for c in self._requirement(row)[:2]], " ", " ")
                             for row in needed.iter_rows(named=True)], "；", "; "))]  # fmt: skip

    def _way(self, row: Row) -> list[Cell]:
        return [
            number(row["rank"]),
            cost(row["cost"], row["currency"]),
            kilometres(row["km"]),
            number(row["days"]),
            number(row["sites"]),
            day(row["end"]),
            cell(words("terms.yes") if row["pareto"] else same(""), "good"),
            because(row["why"]),
        ]

    def _leg(self, row: Row) -> list[Cell]:
        return [number(row["step"]), self._named(row), self._home(row["platform"]), day(row["start"]), day(row["end"]),
                cost(row["cost"], row.get("currency")), kilometres(row["km"]), number(row["transport_days"]),
                because(row["why"])]  # fmt: skip

    # ------------------------------------------------------------------------------------------ names

    def _called(self, own: str) -> Pair:
        if own == ASKED:
            return words("network.what-was-asked")
        known = self.network.name("needs", own, "title")
        if known[0] != own:
            return known
        process = self.requests.filter(pl.col("request") == own)["process"].to_list()
        return same(process[0]) if process and process[0] else same(own)

    def _named(self, row: Row) -> Cell:
        return cell(with_id(self.network.name("lines", row["line"]), row["line"]))

    def _home(self, own: str) -> Cell:
        place = self.network.registry["platforms"].filter(pl.col("platform") == own)["region"].to_list()
        where = self.network.place(place[0]) if place and place[0] else same("")
        return cell(joined([self.network.name("platforms", own), where], " · ", " · "))


def searched(
    network: Network, requests: pl.DataFrame, requirements: pl.DataFrame, *, top: int = 5
) -> Searched:  # fmt: skip
    """The `top` lines for each request. Raises UsageFault where there are no lines or nobody asks."""
    network.filled("platforms", "lines")
    _somebody(network, requests)
    searcher = _searcher(network)
    network.tell("searching")
    found = searcher.search(requests, requirements, top=top)
    return Searched(network, requests, requirements, found)


def routed(
    network: Network, steps: pl.DataFrame, requirements: pl.DataFrame, *, ways: int = 5, by: str = "cost",
    region: str | None = None,
) -> Searched:  # fmt: skip
    """Routes over several lines, one step each in their order."""
    network.filled("platforms", "lines")
    _somebody(network, steps)
    searcher = _searcher(network)
    network.tell("searching")
    found = searcher.routes(steps, requirements, k=ways, by=by, region=region)
    alone = searcher.search(steps.drop("step"), requirements, top=1)
    return Searched(network, steps, requirements, alone, found)


def _searcher(network: Network) -> Any:
    from tongtu.pilots.search import prepare

    network.tell("preparing")
    return prepare(network.registry, network.as_of, network.pack)


def _somebody(network: Network, requests: pl.DataFrame) -> None:
    from tongtu.terms.faults import UsageFault

    if requests.is_empty():
        raise UsageFault.because("network.nobody-asks", "network.nobody-asks-repair")
