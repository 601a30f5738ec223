"""The kinds of listings, read from `kinds.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

from tongtu.registry.columns import Column, Noun, noun


@dataclass(frozen=True, slots=True)
class Field:
    """A column as a form asks it. `most`: characters, 0 without a limit; `scale`: what one unit of money stands for."""

    column: Column
    most: int = 0
    scale: int = 10_000

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True, slots=True)
class Child:
    """A noun whose rows belong to a listing; `parent` is the column that names it."""

    noun: Noun
    parent: str
    ask: tuple[Field, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A noun that is listed. `level`: its column of technology readiness, "" where it has none."""

    noun: Noun
    title: str
    text: str
    subject: str
    schema: str
    level: str
    lasts: timedelta
    warns: timedelta
    short: tuple[Field, ...]
    more: tuple[Field, ...]
    known: tuple[str, ...]
    facets: tuple[str, ...]
    children: tuple[Child, ...]
    matched: bool

    @property
    def name(self) -> str:
        return self.noun.name

    @property
    def about(self) -> str:
        """The code of a sentence on what is listed here."""
        return f"hub_listings.about-{self.name}"

    @property
    def code_new(self) -> str:
        """The code of the words for making a new one."""
        return f"hub_listings.new-{self.name}"

    @property
    def asked(self) -> tuple[Field, ...]:
        return self.short + self.more


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its noun, in the order people see them."""
    read = tomllib.loads((resources.files(__package__) / "kinds.toml").read_text(encoding="utf-8"))
    children = {name: _child(name, row) for name, row in read.pop("children").items()}
    return {name: _kind(name, row, children) for name, row in read.items()}


def kind(name: str) -> Kind:
    """One kind; raises KeyError for a noun that is not listed."""
    return kinds()[name]


def _kind(name: str, row: Mapping[str, Any], children: Mapping[str, Child]) -> Kind:
    found = noun(name)
    return Kind(
        found, row["title"], row["text"], row["subject"], row["schema"], row["level"],
        timedelta(row["days"]), timedelta(row["warn"]), _fields(found, row["short"]), _fields(found, row["more"]),
        tuple(row["known"]), tuple(row["facets"]), tuple(children[c] for c in row["children"]),
        row.get("matched", False),
    )  # fmt: skip


def _child(name: str, row: Mapping[str, Any]) -> Child:
    found = noun(name)
    return Child(found, row["parent"], _fields(found, row["ask"], row.get("yuan", ())), tuple(row["known"]))


def _fields(found: Noun, asked: Mapping[str, int], yuan: tuple[str, ...] = ()) -> tuple[Field, ...]:
    return tuple(Field(found.column(c), most, 1 if c in yuan else 10_000) for c, most in asked.items())
