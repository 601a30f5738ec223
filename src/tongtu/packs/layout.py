"""What a pack consists of: its sheets and their columns, kept as data in `layout.csv`.

Types of a column: `id text list int float date source grade`, `code` and `codes` (one or several
entries of the vocabulary named under `of`), `ref` and `refs` (a key of the sheet named under `of`).
Columns marked `noun` are those of the registry's noun of the same name; the others say where a fact
comes from and stay with the pack.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MANIFEST = "pack.yaml"
CROSSWALKS = "crosswalks"
#: a pack without these says nothing about a jurisdiction
REQUIRED = ("directions", "regions", "vocabularies")
#: what a shipped fact may rest on: official, two sources, one source, our own
GRADES = ("A", "B", "C", "ours")
#: lists of the pack's own grammar, the same in every jurisdiction
CLOSED = {
    "day_kind": ("holiday", "workday"),
    "crosswalk_relation": ("exact", "close", "narrower", "broader", "related"),  # SKOS mapping properties
}
_PLURAL = ("list", "codes", "refs")


@dataclass(frozen=True, slots=True)
class Field:
    """One column of one sheet."""

    name: str
    kind: str
    of: str = ""
    required: bool = False
    key: bool = False
    noun: bool = False

    @property
    def many(self) -> bool:
        return self.kind in _PLURAL

    def dtype(self) -> pl.DataType:
        import polars as pl

        simple: dict[str, pl.DataType] = {"int": pl.Int64(), "float": pl.Float64(), "date": pl.Date()}
        return pl.List(pl.String) if self.many else simple.get(self.kind, pl.String())


Plan = tuple[Field, ...]


@cache
def layout() -> dict[str, Plan]:
    """Columns of every sheet by the sheet's name (the file's name without `.csv`)."""
    plans: dict[str, list[Field]] = {}
    with (Path(__file__).parent / "layout.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yes = {name: row[name] == "yes" for name in ("required", "key", "noun")}
            plans.setdefault(row["sheet"], []).append(Field(row["column"], row["type"], row["of"], **yes))
    return {name: tuple(fields) for name, fields in plans.items()}


def crosswalk(left: str, right: str) -> Plan:
    """Columns of a crosswalk: its first two are the vocabularies it joins."""
    return (
        Field(left, "code", left, required=True, key=True),
        Field(right, "code", right, required=True, key=True),
        Field("relation", "code", "crosswalk_relation", required=True),
        Field("source", "source", required=True),
        Field("grade", "grade", required=True),
        Field("note", "text"),
        Field("note_en", "text"),
    )
