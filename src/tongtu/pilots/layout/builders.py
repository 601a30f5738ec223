"""Who could build: modes that peers were built in, organisations by what they have done, funds that could join.

An organisation has five marks from 0 to 1: platforms it runs in the direction, achievements it holds, projects it
works in, people it has (each against the best candidate), and nearness (1 in the region, one half in the area). The
score is their mean: ours, and simple enough to be contested by counting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.plans import PlanRow
from tongtu.pilots.layout.reach import Map
from tongtu.pilots.lines import offered_lines, offered_platforms
from tongtu.registry import Registry
from tongtu.terms.why import Ratio, Why

MARKS = ("platforms", "achievements", "projects", "people")
#: kinds that pay, oversee or serve, and do not build
_NOT_BUILDERS = ("government", "fund", "bank", "insurer", "association", "provider")
_STAGE, _TRACK = "pilot", "industrialisation"


class Builders:
    """Counts by organisation and direction, made once for all plans."""

    def __init__(self, registry: Registry, names: Names, where: Map) -> None:
        self._registry, self._names, self._where = registry, names, where
        self._seats = dict(registry["organisations"].select("organisation", "region").iter_rows())
        self._kinds = dict(registry["organisations"].select("organisation", "kind").iter_rows())
        self._platforms = _platforms(registry)
        self._counts = _counts(registry, self._platforms)
        self._usual = _usual_mode(self._platforms, self._kinds)

    def who(self, action: Mapping[str, Any], related: float | None, top: int) -> list[PlanRow]:
        """Build modes of peers, then candidates, then payers that fit, then how related the region is."""
        rows = [*self._modes(action["direction"]), *self._candidates(action, top), *self._funds(action)]
        if related is not None:
            why = Why("pilots_layout.related", {"density": Ratio(related)})
            rows.append(PlanRow("relatedness", Why("pilots_layout.plan-related"), why, value=related, unit="ratio"))
        return rows

    def _modes(self, direction: str) -> list[PlanRow]:
        """Most frequent first; of all directions where this one has no platform that says."""
        said = self._platforms.drop_nulls("builder")
        mine = said.filter(pl.col("direction") == direction)
        code, peers = ("mode-peers", mine) if mine.height else ("mode-all", said)
        total = peers["platform"].n_unique()
        counted = peers.group_by("builder").agg(pl.col("platform").n_unique().alias("n"))
        return [
            PlanRow(
                "builder", Why("pilots_layout.named", {"name": self._names.word("builder_kind", builder)}),
                Why(f"pilots_layout.{code}", {"n": n, "all": total}), value=n / total, n=n, unit="ratio",
                builder=builder,
            )
            for builder, n in counted.sort("n", "builder", descending=[True, False]).iter_rows()
        ]  # fmt: skip

    def _candidates(self, action: Mapping[str, Any], top: int) -> list[PlanRow]:
        direction = action["direction"]
        counts = {
            who: figures for (who, d), figures in self._counts.items()
            if d == direction and self._kinds.get(who) not in _NOT_BUILDERS
        }  # fmt: skip
        best = {mark: max((f.get(mark, 0) for f in counts.values()), default=0) for mark in MARKS}
        scored = []
        for who, figures in counts.items():
            near = self._near(self._seats.get(who), action["region"])
            marks = [figures.get(mark, 0) / best[mark] if best[mark] else 0.0 for mark in MARKS]
            scored.append((-(sum(marks) + near) / (len(MARKS) + 1), who, near, figures))
        return [self._candidate(*row) for row in sorted(scored, key=lambda row: row[:2])[:top]]

    def _candidate(self, score: float, who: str, near: float, figures: Mapping[str, int]) -> PlanRow:
        args = {mark: figures.get(mark, 0) for mark in MARKS}
        code = "here" if near == 1 else "area" if near else "away"
        mode = self._usual.get(self._kinds.get(who) or "")
        why = Why("pilots_layout.candidate", args, (Why(f"pilots_layout.seat-{code}"),))
        text = Why("pilots_layout.named", {"name": self._names.organisation(who)})
        return PlanRow("candidate", text, why, score=round(-score, 4), organisation=who, builder=mode)

    def _near(self, seat: str | None, region: str) -> float:
        if seat is None:
            return 0.0
        if seat == region or region in self._where.above(seat):
            return 1.0
        return 0.5 if self._where.area_of(seat) == self._where.area_of(region) else 0.0

    def _funds(self, action: Mapping[str, Any]) -> list[PlanRow]:
        """The payer of the plan first, then funds whose directions, stages and tracks fit."""
        rows = []
        for fund in self._registry["funds"].sort("fund").iter_rows(named=True):
            fits = all(
                not fund[column] or wanted in fund[column]
                for column, wanted in (("directions", action["direction"]), ("stages", _STAGE), ("tracks", _TRACK))
            )
            if fund["fund"] == action["payer"] or fits:
                code = "payer" if fund["fund"] == action["payer"] else "funder"
                kind = self._names.word("fund_kind", fund["kind"])
                text = Why("pilots_layout.named", {"name": self._names.fund(fund["fund"])})
                why = Why(f"pilots_layout.plan-{code}", {"kind": kind})
                rows.append(PlanRow(code, text, why, organisation=fund["organisation"]))
        return sorted(rows, key=lambda row: row.item != "payer")


def _platforms(registry: Registry) -> pl.DataFrame:
    """platform, organisation, builder, direction: of the lines, or what the platform says."""
    facts = offered_platforms(registry)
    lines = offered_lines(registry).select("platform", pl.col("directions").alias("direction")).explode("direction")
    said = facts.select("platform", pl.col("directions").alias("direction")).explode("direction")
    pairs = pl.concat([lines, said]).drop_nulls().unique()
    return pairs.join(facts.select("platform", "organisation", "builder"), on="platform").sort("platform", "direction")


def _counts(registry: Registry, platforms: pl.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """(organisation, direction) → number of each mark."""
    work = registry["participants"].join(registry["projects"].select("project", "direction"), on="project")
    leads = registry["projects"].select("project", pl.col("lead").alias("organisation"), "direction")
    sources = {
        "platforms": platforms.select("organisation", "direction"),
        "achievements": registry["achievements"].select("organisation", "direction"),
        "projects": pl.concat([work.select("project", "organisation", "direction"), leads]).unique().drop("project"),
        "people": registry["people"].select("organisation", direction="directions").explode("direction"),
    }  # fmt: skip
    found: dict[tuple[str, str], dict[str, int]] = {}
    for mark, rows in sources.items():
        for who, direction, n in rows.drop_nulls().group_by("organisation", "direction").len().iter_rows():
            found.setdefault((who, direction), {})[mark] = n
    return found


def _usual_mode(platforms: pl.DataFrame, kinds: Mapping[str, str]) -> dict[str, str]:
    """Kind of organisation → the mode in which most of its platforms were built."""
    counted: dict[str, dict[str, int]] = {}
    for who, builder in (
        platforms.select("platform", "organisation", "builder")
        .unique()
        .drop_nulls()
        .select("organisation", "builder")
        .sort("organisation", "builder")
        .iter_rows()
    ):
        modes = counted.setdefault(kinds.get(who) or "", {})
        modes[builder] = modes.get(builder, 0) + 1
    return {kind: min(modes, key=lambda m: (-modes[m], m)) for kind, modes in counted.items() if kind}
