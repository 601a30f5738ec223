"""People and teams who could fill a gap in staff: of the platform's directions, from elsewhere, without a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.pilots.lines import areas, in_area
from tongtu.registry import Registry
from tongtu.terms.why import Label, Ratio, Why
from tongtu.text import canonical, terms

PEOPLE: Mapping[str, Any] = {
    "platform": pl.String, "kind": pl.String, "candidate": pl.String, "organisation": pl.String,
    "directions": pl.List(pl.String), "overlap": pl.Float64, "same_area": pl.Boolean, "place": pl.Int64,
    "why": pl.String,
}  # fmt: skip
#: who runs lines, in the order in which they are asked
_ROLES = ("engineer", "technician", "researcher")
_MOST = 5
Row = Mapping[str, Any]


class Candidates:
    """Everybody who could be asked, by direction."""

    def __init__(self, registry: Registry, as_of: date) -> None:
        seats = registry["organisations"].select(
            "organisation", in_area("region", areas(registry)).alias("area"), "owner_group"
        )
        people = registry["people"].filter(pl.col("role").is_in(_ROLES)).select(
            pl.lit("person").alias("kind"), pl.col("person").alias("candidate"), "name", "name_en", "organisation",
            "role", "directions", pl.col("expertise").alias("skill"),
        )  # fmt: skip
        teams = registry["teams"].select(
            pl.lit("team").alias("kind"), pl.col("team").alias("candidate"), "name",
            pl.lit(None, pl.String).alias("name_en"), "organisation", pl.lit(None, pl.String).alias("role"),
            "directions", pl.col("capability").alias("skill"),
        )  # fmt: skip
        rows = pl.concat([people, teams]).drop_nulls("organisation")
        self.rows = rows.join(seats, on="organisation", how="left", maintain_order="left").to_dicts()
        self.words = [_words([row["skill"]]) for row in self.rows]
        self.by_direction: dict[str, list[int]] = {}
        for n, row in enumerate(self.rows):
            for direction in dict.fromkeys(row["directions"] or ()):
                self.by_direction.setdefault(direction, []).append(n)
        self.barred = _conflicts(registry, as_of)
        self.capability = _capability(registry)

    def of(self, weak: Row, wanted: float, directions: Mapping[str, Label]) -> list[Row]:
        """Rows of `PEOPLE`, best first: most directions shared, then skills in common with what the platform does,
        the same area, the role, the id; as many as are `wanted`, five at most. Nobody of the operator's own house, nor
        of an organisation in conflict with it."""
        house = weak["organisation"]
        asked = set(weak["directions"] or ())
        named = sorted({n for direction in asked for n in self.by_direction.get(direction, ())})
        own = self.capability.get(weak["platform"], frozenset())
        found = []
        for n in named:
            row = self.rows[n]
            if row["organisation"] == house or frozenset((house, row["organisation"])) in self.barred:
                continue
            overlap = len(own & self.words[n]) / len(self.words[n]) if self.words[n] and own else None
            same = row["area"] is not None and row["area"] == weak["area"]
            role = _ROLES.index(row["role"]) if row["role"] in _ROLES else len(_ROLES)
            shared = sorted(asked & set(row["directions"]))
            key = (-len(shared), -(overlap or 0.0), not same, role, row["kind"], row["candidate"])
            found.append((key, row, shared, overlap, same))
        found.sort(key=lambda one: one[0])
        most = round(max(1.0, min(wanted, float(_MOST))))
        return [self._row(weak, n, *one[1:], directions) for n, one in enumerate(found[:most], start=1)]

    def _row(
        self, weak: Row, place: int, row: Row, shared: list[str], overlap: float | None, same: bool,
        directions: Mapping[str, Label],
    ) -> Row:  # fmt: skip
        parts = [Why("pilots_diagnosis.person-skill", {"share": Ratio(round(overlap, 4))})] if overlap else []
        parts += [Why("pilots_diagnosis.person-area")] if same else []
        named = tuple(directions.get(code, Label(code)) for code in shared)
        who = Label(row["name"] or "", row["name_en"] or "")
        why = Why("pilots_diagnosis.person", {"name": who, "directions": named}, tuple(parts))
        return {
            "platform": weak["platform"], "kind": row["kind"], "candidate": row["candidate"],
            "organisation": row["organisation"], "directions": shared, "overlap": overlap, "same_area": same,
            "place": place, "why": why.to_json(),
        }  # fmt: skip


def _words(texts: Iterable[str | None]) -> frozenset[str]:
    """Pairs of characters and stems of words: single characters say too little."""
    found = terms(canonical(" ".join(text for text in texts if text)))
    return frozenset([gram for gram in found.han if len(gram) > 1] + found.latin)


def _capability(registry: Registry) -> dict[str, frozenset[str]]:
    said: dict[str, list[str | None]] = {}
    for platform, *texts in registry["platforms"].select("platform", "capability", "capability_en").iter_rows():
        said.setdefault(platform, []).extend(texts)
    for platform, *texts in registry["lines"].select("platform", "process", "process_en").iter_rows():
        said.setdefault(platform, []).extend(texts)
    return {platform: _words(texts) for platform, texts in said.items()}


def _conflicts(registry: Registry, as_of: date) -> set[frozenset[str]]:
    """Pairs of organisations in a declared conflict on the day."""
    begun = pl.col("since").is_null() | (pl.col("since") <= as_of)
    lasting = pl.col("until").is_null() | (pl.col("until") >= as_of)
    return {frozenset(pair) for pair in registry["conflicts"].filter(begun & lasting).select("a", "b").iter_rows()}
