"""One definition per column, kept as data in `nouns/*.csv`.

The same definition drives the import template, validation, the engines' schema, forms, the API and
the docs. `nouns/_nouns.csv` lists the nouns with their key; each noun's own file lists its columns:

    name, type, required, zh, en, constraint, disclosure, note_zh, note_en

Types: `id text long list int float ratio money bool date year uscc patent orcid ror division
currency unit subject`, `ref:NOUN` and `refs:NOUN` (one or several keys of another noun), `code:VOCAB`
and `codes:VOCAB` (one or several entries of a vocabulary, see `vocabularies`).
Constraints: `>=0`, `>0`, `>=1`, `LOW..HIGH`, or `>=COLUMN` of the same row.
Disclosure classes, from open to closed: public, teaser, restricted, commercial (普通商密), core (核心商密).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from tongtu.terms.words import Lang

if TYPE_CHECKING:
    import polars as pl

DISCLOSURE = ("public", "teaser", "restricted", "commercial", "core")
_PLURAL = ("list", "refs", "codes")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a noun; `kind` is the type without its parameter, `of` the parameter."""

    noun: str
    name: str
    kind: str
    of: str
    required: bool
    zh: str
    en: str
    constraint: str
    disclosure: str
    note_zh: str = ""
    note_en: str = ""

    def label(self, lang: Lang = "zh") -> str:
        return self.zh if lang == "zh" else self.en

    @property
    def many(self) -> bool:
        """True where a cell holds several values."""
        return self.kind in _PLURAL

    def dtype(self) -> pl.DataType:
        """The Polars type of this column in a Registry frame."""
        import polars as pl

        match self.kind:
            case "int" | "year" | "money":
                return pl.Int64()
            case "float" | "ratio":
                return pl.Float64()
            case "bool":
                return pl.Boolean()
            case "date":
                return pl.Date()
        return pl.List(pl.String) if self.many else pl.String()


@dataclass(frozen=True, slots=True)
class Noun:
    """A table: its columns in order, and the columns that make its key."""

    name: str
    zh: str
    en: str
    key: tuple[str, ...]
    group: str
    columns: tuple[Column, ...]

    def label(self, lang: Lang = "zh") -> str:
        return self.zh if lang == "zh" else self.en

    def column(self, name: str) -> Column:
        """Raises KeyError when the noun has no such column."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def schema(self) -> dict[str, pl.DataType]:
        return {c.name: c.dtype() for c in self.columns}

    def empty(self) -> pl.DataFrame:
        """A frame of this noun with no rows."""
        import polars as pl

        return pl.DataFrame(schema=self.schema())


@cache
def nouns() -> dict[str, Noun]:
    """Every noun by name, in the order of `_nouns.csv`."""
    folder = resources.files(__package__) / "nouns"
    found = {}
    for row in _rows(folder / "_nouns.csv"):
        name = row["noun"]
        columns = tuple(_column(name, r) for r in _rows(folder / f"{name}.csv"))
        found[name] = Noun(name, row["zh"], row["en"], tuple(row["key"].split("+")), row["group"], columns)
    return found


def noun(name: str) -> Noun:
    """One noun; raises KeyError when there is none of that name."""
    return nouns()[name]


def _column(noun_name: str, row: dict[str, str]) -> Column:
    kind, _, of = row["type"].partition(":")
    return Column(
        noun_name, row["name"], kind, of, row["required"] == "yes", row["zh"], row["en"],
        row["constraint"], row["disclosure"], row["note_zh"], row["note_en"],
    )  # fmt: skip


def _rows(file: Traversable) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
