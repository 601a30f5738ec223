"""What the sample knows of each field: concepts and their words, quantities, phrases, patterns, places.

Everything is data: the pack's glossary, and `data/` beside this file. Two vocabularies: `industry` is the
word a plant uses (the glossary's `zh`, `en`), `laboratory` the one a paper uses (`zh_alt`, `en_alt`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tongtu.samples.draw import Floats, Ints
from tongtu.terms.faults import TongtuError

#: how many quantities a concept's pool can hold
POOL = 10
_THINGS = ("material", "device", "system", "component")


@dataclass(frozen=True, slots=True)
class Words:
    """Forms of each concept; a laboratory has two, equal where the glossary knows only one."""

    zh: pl.Series
    zh_lab: tuple[pl.Series, pl.Series]
    en: pl.Series
    en_lab: tuple[pl.Series, pl.Series]


@dataclass(frozen=True, slots=True)
class Quantities:
    """Measurable properties; `pool[concept]` holds their indices, the concept's own before the general."""

    frame: pl.DataFrame
    low: Floats
    high: Floats
    lower_is_better: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    pool: Ints
    own: Ints
    total: Ints
    zh: pl.Series
    zh_lab: pl.Series
    en: pl.Series
    unit: pl.Series
    unit_zh: pl.Series
    unit_en: pl.Series
    conditions: pl.Series
    condition_count: Ints
    method: pl.Series


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What goes with what, each a list of numbers: companions and applications by family, settings by field."""

    companions: list[Ints]
    applications: list[Ints]
    settings: list[Ints]


@dataclass(frozen=True, slots=True)
class Lore:
    """`concepts` one row each, of three kinds by `role`: subject, application, property."""

    concepts: pl.DataFrame
    fields: pl.DataFrame
    words: Words
    field_of: Ints
    family_of: Ints
    is_thing: NDArray[np.bool_]
    is_material: NDArray[np.bool_]
    subjects: list[Ints]
    near: Neighbours
    quantities: Quantities
    problems: dict[str, pl.Series]
    approaches: dict[str, pl.Series]
    settings: pl.DataFrame
    provinces: pl.DataFrame
    patterns: dict[str, Any]
    names: dict[str, Any]

    @property
    def directions(self) -> pl.Series:
        return self.concepts["directions"]


def table(name: str) -> pl.DataFrame:
    """A table of `data/`; every column as text."""
    text = (resources.files(__package__) / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return pl.read_csv(text.encode(), infer_schema=False).fill_null("")


def _toml(name: str) -> dict[str, Any]:
    text = (resources.files(__package__) / "data" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read(glossary: pl.DataFrame) -> Lore:
    """Raises TongtuError where the glossary holds none of the concepts the sample writes about."""
    concepts = _concepts(glossary)
    fields = table("fields").with_columns(pl.col("weight", "batch_low", "batch_high").cast(pl.Float64))
    field_names = fields["field"].to_list()
    families = table("families")["family"].to_list()
    family_of = concepts["family"].replace_strict(
        {f: i for i, f in enumerate(families)}, default=-1, return_dtype=pl.Int64
    )
    numbers = {f: i for i, f in enumerate(field_names)}
    field_of = concepts["field"].replace_strict(numbers, default=-1, return_dtype=pl.Int64).to_numpy()
    subject = (concepts["role"] == "subject").to_numpy()
    subjects = [np.flatnonzero(subject & (field_of == i)) for i in range(len(field_names))]
    near = _neighbours(concepts, families, fields)
    if any(len(s) < 2 for s in subjects) or any(not len(found) for found in (*near.companions, *near.applications)):
        raise TongtuError.because("samples.glossary-thin", "samples.glossary-thin-repair")
    phrases = table("phrases")
    return Lore(
        concepts,
        fields,
        _words(concepts),
        field_of,
        family_of.to_numpy(),
        concepts["kind"].is_in(_THINGS).to_numpy(),
        (concepts["kind"] == "material").to_numpy(),
        subjects,
        near,
        _quantities(concepts),
        _phrases(phrases, families, "problem"),
        _phrases(phrases, families, "approach"),
        table("settings"),
        table("provinces").with_columns(pl.col("weight", "platform_weight").cast(pl.Float64)),
        _toml("patterns"),
        _toml("names"),
    )


def _concepts(glossary: pl.DataFrame) -> pl.DataFrame:
    lists = [_as_list(glossary, name) for name in ("zh_alt", "en_alt", "directions", "focus")]
    known = glossary.select("concept", "zh", "en", "kind", *lists)
    found = table("concepts").join(known, on="concept", how="inner", maintain_order="left")
    others = pl.col("kind").is_in(["application", "property"])
    role = pl.when(others).then(pl.col("kind")).otherwise(pl.lit("subject"))
    return found.with_columns(role.alias("role")).sort("concept")


def _neighbours(concepts: pl.DataFrame, families: list[str], fields: pl.DataFrame) -> Neighbours:
    number = {concept: i for i, concept in enumerate(concepts["concept"].to_list())}
    members: dict[str, list[int]] = {}
    for i, family in enumerate(concepts["family"].to_list()):
        members.setdefault(family, []).append(i)
    rows = table("families").rows_by_key("family", named=True, unique=True)
    companions = [[i for other in rows[f]["companions"].split(";") for i in members.get(other, [])] for f in families]
    applications = [[number[c] for c in rows[f]["applications"].split(";") if c in number] for f in families]
    groups = table("settings")["groups"].str.split(";")
    settings = [np.flatnonzero(groups.list.contains(g).to_numpy()) for g in fields["setting_group"].to_list()]
    return Neighbours([np.array(c) for c in companions], [np.array(a) for a in applications], settings)


def _as_list(glossary: pl.DataFrame, name: str) -> pl.Expr:
    if isinstance(glossary.schema[name], pl.List):
        return pl.col(name).fill_null([])
    return pl.when(pl.col(name).fill_null("") == "").then([]).otherwise(pl.col(name).str.split(";")).alias(name)


def _words(concepts: pl.DataFrame) -> Words:
    def lab(alternatives: str, own: str) -> tuple[pl.Series, pl.Series]:
        first = pl.coalesce(pl.col(alternatives).list.get(0, null_on_oob=True), own)
        second = pl.coalesce(pl.col(alternatives).list.get(1, null_on_oob=True), first)
        frame = concepts.select(first.alias("first"), second.alias("second"))
        return frame["first"], frame["second"]

    return Words(concepts["zh"], lab("zh_alt", "zh"), concepts["en"], lab("en_alt", "en"))


def _phrases(phrases: pl.DataFrame, families: list[str], part: str) -> dict[str, pl.Series]:
    """Two phrases a family, flat: family * 2 + variant."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in phrases.filter(pl.col("part") == part).iter_rows(named=True):
        found.setdefault(row["family"], []).append(row)
    empty = [{"zh": "", "en": ""}] * 2
    rows = [row for family in families for row in (found.get(family, empty) * 2)[:2]]
    return {lang: pl.Series([row[lang] for row in rows]) for lang in ("zh", "en")}


def _quantities(concepts: pl.DataFrame) -> Quantities:
    frame = table("quantities").with_columns(pl.col("low", "high").cast(pl.Float64))
    scopes = [scope.split(";") for scope in frame["scope"].to_list()]
    pool, own, total = _pool(concepts, scopes)
    units = {row["unit"]: row for row in table("units").iter_rows(named=True)}
    unit = frame["unit"].to_list()
    shown = {lang: pl.Series([units[u][lang] if u in units else u for u in unit]) for lang in ("zh", "en")}
    other = {row["zh"]: (row["zh_alt"] or [row["zh"]])[0] for row in concepts.iter_rows(named=True)}
    conditions = frame.select(
        pl.when(pl.col("conditions") == "").then([]).otherwise(pl.col("conditions").str.split(";"))
    ).to_series()
    return Quantities(
        frame,
        frame["low"].to_numpy(),
        frame["high"].to_numpy(),
        (frame["better"] == "low").to_numpy(),
        frame["unit"].is_in(["count", "cycle", "bit", "rpm"]).to_numpy(),
        pool,
        own,
        total,
        frame["zh"],
        pl.Series([other.get(z, z) for z in frame["zh"].to_list()]),
        frame["en"],
        frame["unit"],
        shown["zh"],
        shown["en"],
        conditions,
        conditions.list.len().to_numpy().astype(np.int64),
        frame["method"],
    )


def _pool(concepts: pl.DataFrame, scopes: list[list[str]]) -> tuple[Ints, Ints, Ints]:
    by_scope: dict[str, list[int]] = {}
    for number, scope in enumerate(scopes):
        for entry in scope:
            by_scope.setdefault(entry, []).append(number)
    pool = np.full((concepts.height, POOL), -1, dtype=np.int64)
    own, total = np.zeros(concepts.height, dtype=np.int64), np.zeros(concepts.height, dtype=np.int64)
    for i, row in enumerate(concepts.iter_rows(named=True)):
        mine = [*by_scope.get(row["concept"], []), *by_scope.get(row["family"], [])]
        general = by_scope.get(f"kind:{row['kind']}", [])
        both = list(dict.fromkeys([*mine, *general]))[:POOL]
        pool[i, : len(both)] = both
        own[i], total[i] = min(len(set(mine)), POOL), len(both)
    return pool, own, total
