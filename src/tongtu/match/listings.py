"""A side of the market made ready: its listings, their texts brought to one spelling, the concepts they name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from tongtu import text
from tongtu.match import sides
from tongtu.registry import Registry, concepts
from tongtu.solve.runner import Runner
from tongtu.text.forward import Forward

#: canonical texts → the concepts each names
Find = Callable[[list[str]], list[frozenset[str]]]

_TEXTS = ("title", "title_en", "text", "text_en")
# A word of the title says more of the subject than one of the description, so titles stand twice.
_TWICE = ("title", "title_en")
_PART = 20_000  # listings read at a time where there is somebody to share the work


class Bags:
    """The terms of texts by script, each text cut once, when the first is asked for."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    @cached_property
    def of(self) -> dict[str, Forward]:
        """Script → the terms of every text. By number and count they take a fifth of what the texts do."""
        found = {script: Forward() for script in text.Terms._fields}
        for written in self._texts:
            for forward, terms in zip(found.values(), text.terms(written), strict=True):
                forward.add(terms)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Texts that are cut are not needed any more."""
        return {"_texts": (), "of": self.of}

    @staticmethod
    def joined(parts: Sequence[Bags]) -> Bags:
        """Of texts that were cut in parts."""
        whole = Bags(())
        whole.of = {script: Forward.joined(part.of[script] for part in parts) for script in text.Terms._fields}
        return whole


@dataclass(frozen=True, slots=True)
class Side:
    """Listings of one kind in the order of their ids.

    `frame`: see `sides.SCHEMA`. `texts`: canonical text of each, `bags` its terms. `named`: concepts of each,
    `titled`: those of its title.
    """

    kind: str
    frame: pl.DataFrame
    texts: list[str]
    named: list[frozenset[str]]
    titled: list[frozenset[str]]
    bags: Bags

    @property
    def rows(self) -> int:
        return self.frame.height

    @property
    def subjects(self) -> pl.DataFrame:
        """subject, row: for tables that refer to these listings."""
        return self.frame.select("row", subject="id")

    def of(self, rows: pl.Series) -> pl.DataFrame:
        """Listings of these rows, each once, in their order: so that a handful asks for a handful only."""
        return self.frame[np.unique(rows.to_numpy())]

    def bare(self) -> Side:
        """Without what only reasons are made of: its texts, and the concepts of each listing."""
        silent = self.frame.with_columns(pl.lit(None, pl.String).alias(name) for name in _TEXTS)
        return Side(self.kind, silent, [], [], [], self.bags)

    def words(self, row: int) -> list[str]:
        """The terms of one listing, of either script."""
        return [term for terms in text.terms(self.texts[row]) for term in terms]

    def counts(self, row: int) -> dict[str, dict[str, int]]:
        """How often one listing has each term, by field of the index."""
        return {script: forward.counted(row) for script, forward in self.bags.of.items()}


class _Read(NamedTuple):
    """What is read of listings: see `Side`."""

    texts: list[str]
    named: list[frozenset[str]]
    titled: list[frozenset[str]]
    bags: Bags

    @staticmethod
    def joined(parts: Sequence[_Read]) -> _Read:
        texts, named, titled, bags = zip(*parts, strict=True)
        every = chain.from_iterable
        return _Read(list(every(texts)), list(every(named)), list(every(titled)), Bags.joined(bags))


def side(
    frame: pl.DataFrame,
    kind: str,
    glossary: concepts.Glossary,
    find: Find | None = None,
    runner: Runner | None = None,
) -> Side:
    """A side of the market from its listings (rows from 0 in their order).

    `find`: what finds the concepts that texts name, where there is something quicker than `concepts.find`. `runner`:
    who reads the texts, in parts; what is read does not depend on it.
    """
    read = partial(_read, find=find or partial(concepts.find, glossary=glossary))
    texts = frame[[*_TEXTS, "keywords"]]
    if runner is None or frame.height <= _PART:
        return Side(kind, frame, *read(texts))
    parts = [texts[first : first + _PART] for first in range(0, frame.height, _PART)]
    return Side(kind, frame, *_Read.joined(runner.map(read, parts)))


def _read(rows: pl.DataFrame, find: Find) -> _Read:
    texts = list(map(_canonical, rows.iter_rows()))
    titles = ["\n".join(filter(None, row)) for row in rows[list(_TWICE)].iter_rows()]
    return _Read(texts, find(texts), find(list(map(text.canonical, titles))), Bags(texts))


def written(row: dict[str, object]) -> list[str]:
    """Every text of a listing, as people wrote it."""
    return _parts([row[name] for name in _TEXTS], row["keywords"])


def open_needs(registry: Registry, as_of: date) -> pl.DataFrame:
    """Needs that ask for an answer at a date: rows of the noun."""
    asking = sides.listings(registry, "need").filter(sides.is_open(as_of)).select(need="id")
    return registry["needs"].join(asking, on="need", how="semi", maintain_order="left")


def _parts(texts: Sequence[object], keywords: object) -> list[str]:
    words = keywords if isinstance(keywords, list) else []
    return [str(part) for part in (*texts, *words) if part]


def _canonical(row: tuple[object, ...]) -> str:
    *texts, keywords = row
    twice = texts[: len(_TWICE)]
    return text.canonical("\n".join([*_parts(texts, keywords), *(str(title) for title in twice if title)]))
