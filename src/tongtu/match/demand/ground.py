"""What every question of this room starts from: the registry as the viewer sees it, and the glossary at work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.match import indicators, listings, sides
from tongtu.match.demand import alike
from tongtu.match.demand.seen import seen
from tongtu.registry import Registry, concepts
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.vocabularies import vocabularies as own_vocabularies
from tongtu.terms import units
from tongtu.terms.why import Label


@dataclass(frozen=True, slots=True)
class Ground:
    """`view`: the registry as the class may know it. `places`: concepts that say where a thing is used."""

    view: Registry
    known: concepts.Glossary
    also: units.Names
    places: frozenset[str]
    as_of: date

    def listed(self, kind: str, only: pl.DataFrame | None = None) -> listings.Side:
        """The open listings of a kind; those whose `id` stands in `only`, where it is given."""
        return listings.side(self.listed_frame(kind, only), kind, self.known)

    def listed_frame(self, kind: str, only: pl.DataFrame | None = None) -> pl.DataFrame:
        """The same listings as a frame (`sides.SCHEMA`), their texts not read."""
        frame = sides.listings(self.view, kind).filter(sides.is_open(self.as_of))
        if only is not None:
            frame = frame.join(only, on="id", how="semi", maintain_order="left")
        return frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))

    def sheet(self, kind: str, frame: pl.DataFrame) -> indicators.Sheet:
        """Indicators of listings of a kind (`sides.SCHEMA`)."""
        subjects = frame.select("row", subject="id")
        return indicators.sheet(self.view, kind, subjects, self.known, self.also)

    def rows(self, *given: listings.Side) -> list[alike.Rows]:
        return alike.rows_of(*given, places=self.places)

    def names(self, found: list[str]) -> tuple[Label, ...]:
        """Concepts in words."""
        return tuple(self.known.labels[concept] for concept in found)


def ground(
    registry: Registry, glossary: pl.DataFrame, as_of: date, see: str, vocabularies: Vocabularies | None
) -> Ground:
    """Raises UsageFault for a class that does not exist."""
    words = vocabularies if vocabularies is not None else own_vocabularies()
    return Ground(
        seen(registry, see),
        concepts.read(glossary),
        units.names(words.get("unit", {})),
        alike.applications(glossary),
        as_of,
    )
