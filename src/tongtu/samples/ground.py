"""What every table of a sample is made from: size, seed, date, lore, the pack's codes and the places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tongtu.samples.draw import Draw, Ints, take
from tongtu.samples.lore import Lore
from tongtu.samples.sizes import Size
from tongtu.terms.faults import TongtuError
from tongtu.terms.why import Label

Vocabularies = Mapping[str, Mapping[str, Label]]
#: the currency of every amount, and the minor units in one major unit
CURRENCY, MINOR = "CNY", 100
#: what a synthetic row says of its origin
SOURCE = "合成样例"


@dataclass(frozen=True, slots=True)
class Ground:
    """`regions`: the pack's codes with name, division, weight, platform_weight and pinyin, heaviest first."""

    size: Size
    seed: int
    as_of: date
    lore: Lore
    vocabularies: Vocabularies
    regions: pl.DataFrame

    def draw(self, name: str) -> Draw:
        return Draw(self.seed, name)

    def codes(self, vocabulary: str, wanted: list[str]) -> list[str]:
        """Those of the wanted codes that the vocabularies hold. Raises TongtuError where none is held."""
        held = self.vocabularies.get(vocabulary, {})
        found = [code for code in wanted if code in held]
        if not found:
            raise TongtuError.because(
                "samples.code-missing", "samples.code-missing-repair", vocabulary=vocabulary, codes=wanted
            )
        return found

    def region_codes(self, index: Ints) -> pl.Series:
        return take(self.regions["region"], index)

    def directions_of(self, field: Ints) -> pl.Series:
        """The directions a field belongs to, as the glossary has them; an empty list where it has none."""
        first = [self.lore.directions[int(subjects[0])].to_list() for subjects in self.lore.subjects]
        held = self.vocabularies.get("direction", {})
        kept = [[code for code in codes if code in held] for codes in first]
        return take(pl.Series(kept, dtype=pl.List(pl.String)), field)

    def topic_direction(self, concept: Ints) -> pl.Series:
        """A listing's own direction: the first of its concept, null where the concept has none."""
        return take(self.lore.directions, concept).list.get(0, null_on_oob=True)


def lay(size: Size, seed: int, as_of: date, lore: Lore, vocabularies: Vocabularies) -> Ground:
    """Raises TongtuError where the vocabularies know no region."""
    held = vocabularies.get("region", {})
    rows = [
        (code, place)
        for code, label in held.items()
        for place in lore.provinces.iter_rows(named=True)
        if label.zh.startswith(place["name"])
    ]
    if not rows:
        raise TongtuError.because("samples.no-regions", "samples.no-regions-repair")
    frame = pl.DataFrame([{"region": code, **place} for code, place in rows])
    # A province and a city in it may share a name; the first, shortest code is the province.
    frame = frame.sort(pl.col("region").str.len_chars(), "region").unique("name", keep="first", maintain_order=True)
    frame = frame.sort("weight", "region", descending=[True, False]).head(size.regions)
    return Ground(size, seed, as_of, lore, vocabularies, frame)


def money(values: Ints | pl.Series) -> pl.Series:
    """Yuan as minor units."""
    return pl.Series(values).cast(pl.Int64) * MINOR


def priced(ground: Ground, rows: int) -> dict[str, pl.Series]:
    """The two columns that stand beside every amount."""
    return {
        "currency": pl.Series([CURRENCY]).new_from_index(0, rows),
        "price_year": pl.Series([ground.as_of.year]).new_from_index(0, rows),
    }


def constant(text: str | None, rows: int) -> pl.Series:
    return pl.Series([text], dtype=pl.String).new_from_index(0, rows)


def none(rows: int) -> Ints:
    return np.full(rows, -1, dtype=np.int64)
