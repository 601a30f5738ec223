"""What lines state: indicators of lines, services and platforms, and the data sheets of equipment, by line.

A statement of a service speaks for its line, of a platform (or of a service or a machine that names no line) for all
that the platform offers. Quantities are one where a name of either language is the same or the glossary knows both
names as one concept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import polars as pl

from tongtu import text as spelling
from tongtu.pilots.search.values import OPERATORS, Bools, Claims, Ints, Value, value
from tongtu.registry import Registry, concepts, written
from tongtu.registry.written import conditions
from tongtu.terms import units

Row = Mapping[str, Any]
REMEMBERED = 512  # quantities whose claims, and things whose lines, are kept together
_SPEAKERS = ("line", "service", "platform")
FACTS = ("quantity", "quantity_en", "operator", "low", "high", "unit", "conditions")


@dataclass(frozen=True, slots=True)
class Concepts:
    """The glossary's concepts by the names that are theirs alone, and all names of each, in canonical spelling."""

    of: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, glossary: pl.DataFrame | None) -> Concepts:
        own = {} if glossary is None else concepts.read(glossary).own
        of = {name.strip(): concept for name, concept in own.items()}
        names: dict[str, list[str]] = {}
        for name, concept in sorted(of.items()):
            names.setdefault(concept, []).append(name)
        return cls(of, {concept: tuple(found) for concept, found in names.items()})

    def keys(self, *names: str | None) -> tuple[str, ...]:
        """The names a quantity goes by, those of its concept included."""
        own = {spelling.canonical(name).strip() for name in names if name} - {""}
        return tuple(sorted({key for name in own for key in (name, *self.names.get(self.of.get(name, ""), ()))}))


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """Claims (their numbers `at`) and the `line` that each speaks for; a claim may stand twice."""

    at: Ints
    line: Ints
    claims: Claims

    def among(self, lines: Bools) -> Spoken:
        """Those that speak for some lines only, where it is worth the while to leave the others out."""
        chosen = np.flatnonzero(lines[self.line])
        if 2 * len(chosen) > len(self.line):
            return self
        return Spoken(self.at[chosen], self.line[chosen], self.claims[chosen])


class Stated:
    """All statements: `claims`, the `rows` they were made by, the `conditions` they hold under, and `of`, which finds
    them with the lines they speak for by the names of a quantity."""

    def __init__(self, registry: Registry, lines: pl.DataFrame, names: units.Names, concepts: Concepts) -> None:
        self.names, self.concepts = names, concepts
        #: what a reader of texts goes by
        self.known = written.known(registry, concepts.of, names)
        self.used = frozenset(registry["indicators"]["unit"].drop_nulls())
        self.rows: list[Row] = []
        self.conditions: list[str] = []
        self._under: Ints = np.empty(0, np.int64)
        self._scale = cache(lambda unit: units.scale(unit, names))
        self._dimensions: dict[str, int] = {}
        own, of_platform = _lines(lines)
        of_line = {line: np.array([i]) for line, i in own.items()}
        reached: list[Ints] = []
        values: list[Value] = []
        keyed: dict[str, list[int]] = {}
        keys = cache(concepts.keys)
        for row, at in _statements(registry, of_line, of_platform, self.known):
            for key in keys(row["quantity"], row["quantity_en"]):
                keyed.setdefault(key, []).append(len(values))
            values.append(value(row["operator"], row["low"], row["high"], self._scale(row["unit"] or "")))
            self.rows.append(row)
            reached.append(at)
        self.claims = self._arrays(values)
        self._hold_under()
        self._reach(reached, keyed)
        #: claims of quantities of these names
        self.of = lru_cache(REMEMBERED)(self._of)

    def _arrays(self, values: list[Value]) -> Claims:
        dimension = [self._dimensions.setdefault(one.dimension, len(self._dimensions)) for one in values]
        return Claims(
            np.array([one.operator for one in values], np.int64), np.array([one.low for one in values], np.float64),
            np.array([one.high for one in values], np.float64), np.array(dimension, np.int64),
            np.array([bool(row.get("text")) for row in self.rows], np.bool_),
        )  # fmt: skip

    def _hold_under(self) -> None:
        numbers: dict[str | None, int] = {}
        under = [numbers.setdefault(row["conditions"], len(numbers)) for row in self.rows]
        self.conditions = [self.under(said) for said in numbers]
        self._under = np.array(under, np.int64)

    def _reach(self, reached: list[Ints], keyed: Mapping[str, list[int]]) -> None:
        sizes = np.array([len(at) for at in reached], np.int64)
        line = np.concatenate([*reached, np.empty(0, np.int64)]).astype(np.int64)
        start = np.concatenate([[0], np.cumsum(sizes)])
        self._by_key: dict[str, tuple[Ints, Ints]] = {}
        for key, found in keyed.items():
            chosen = np.array(found, np.int64)
            claim = np.repeat(chosen, sizes[chosen])
            offset = np.arange(len(claim)) - np.repeat(np.cumsum(sizes[chosen]) - sizes[chosen], sizes[chosen])
            self._by_key[key] = claim, line[start[claim] + offset]

    def _of(self, keys: tuple[str, ...]) -> Spoken:
        found = [self._by_key[key] for key in keys if key in self._by_key]
        at = np.concatenate([np.empty(0, np.int64), *(one[0] for one in found)])
        line = np.concatenate([np.empty(0, np.int64), *(one[1] for one in found)])
        return Spoken(at, line, self.claims[at])

    def under(self, said: str | None) -> str:
        """Conditions in one spelling."""
        return conditions.canonical(said, self.names)

    def holds(self, asked: str, claims: Ints) -> Bools:
        """Whether each claim holds under what is asked: its own conditions answer all of it."""
        answers = np.array([conditions.answer(asked, own) for own in self.conditions], np.bool_)
        return answers[self._under[claims]]

    def scale(self, unit: str | None) -> units.Scale:
        found: units.Scale = self._scale(unit or "")
        return found

    def dimension(self, name: str) -> int:
        """The number of a dimension, -1 where no line states anything in it."""
        return self._dimensions.get(name, -1)


def _lines(lines: pl.DataFrame) -> tuple[dict[str, int], dict[str, Ints]]:
    of_line = {line: i for i, line in enumerate(lines["line"]) if line is not None}
    of_platform: dict[str, list[int]] = {}
    for i, platform in enumerate(lines["platform"]):
        of_platform.setdefault(platform, []).append(i)
    return of_line, {platform: np.array(found, np.int64) for platform, found in of_platform.items()}


def _statements(
    registry: Registry, of_line: Mapping[str, Ints], of_platform: Mapping[str, Ints], known: written.Known
) -> Iterator[tuple[Row, Ints]]:  # fmt: skip
    """Every statement with the lines it speaks for, indicators by id first, then equipment by id."""
    services = registry["services"].select("service", "line", "platform").iter_rows()
    of_service = {service: of_line.get(line, of_platform.get(platform)) for service, line, platform in services}
    speaks: dict[str, Mapping[str, Ints | None]] = {"line": of_line, "service": of_service, "platform": of_platform}
    told = registry["indicators"].filter(pl.col("subject_kind").is_in(_SPEAKERS), pl.col("operator").is_in(OPERATORS))
    for row in told.select("subject_kind", "subject", *FACTS).iter_rows(named=True):
        at = speaks[row["subject_kind"]].get(row["subject"])
        if at is not None:
            yield row, at
    sheet = cache(lambda text: _sheet(text, known))
    kit = registry["equipment"].select("line", "platform", "name", "name_en", "parameters").drop_nulls("parameters")
    for line, platform, name, name_en, parameters in kit.iter_rows():
        at = of_line.get(line, of_platform.get(platform))
        if at is not None:
            for fact in sheet(parameters):
                yield {**fact, "text": name, "text_en": name_en}, at


def _sheet(text: str, known: written.Known) -> list[Row]:
    """What a data sheet states, as rows of indicators."""
    stated, _ = written.found(text, known, written.SHEET)
    return [dict(zip(FACTS, one.facts(), strict=True)) for one in stated]


def texts(registry: Registry, lines: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Of each line its words about the process (name, process, equipment), and all that is said of it, canonical."""
    own, by_platform = _lines(lines)
    process = [_joined(row) for row in lines.select("name", "name_en", "process", "process_en").iter_rows()]
    more: list[list[str]] = [[] for _ in process]
    kit = registry["equipment"].select("line", "name", "name_en", "parameters")
    for line, *said in kit.iter_rows():
        if line in own:
            process[own[line]] += " " + _joined(said)
    services = registry["services"].select("line", "platform", "name", "name_en", "qualification")
    unlined = registry["equipment"].filter(pl.col("line").is_null())
    platforms = registry["platforms"].select(pl.lit(None), "platform", "capability", "capability_en")
    for frame in (services, unlined.select("line", "platform", "name", "name_en", "parameters"), platforms):
        for line, platform, *said in frame.iter_rows():
            for i in [own[line]] if line in own else by_platform.get(platform, ()):
                more[i].append(_joined(said))
    spelt = cache(spelling.canonical)
    words = [spelt(one) for one in process]
    return words, [one + "".join(spelt(part) for part in parts) for one, parts in zip(words, more, strict=True)]


def _joined(said: Sequence[str | None]) -> str:
    return " ".join(one for one in said if one)


def named_in(told: pl.Series, keys: Sequence[str]) -> Bools:
    """Which texts name a thing by any of its names."""
    patterns = [spelling.phrase(key) for key in keys]
    if not patterns:
        return np.zeros(len(told), np.bool_)
    return told.str.contains_any(patterns).to_numpy()
