"""Everything a search needs to know of what is on offer, as arrays by line: made once, asked often.

A service that names no line is a line here like any other (see `offers`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tongtu.pilots.lines import areas
from tongtu.pilots.opening import Horizon, Span
from tongtu.pilots.search.offers import offers
from tongtu.pilots.search.places import Places
from tongtu.pilots.search.stated import REMEMBERED, Concepts, Stated, named_in, texts
from tongtu.pilots.search.values import Bools, Floats, Ints
from tongtu.pilots.stock import Stock
from tongtu.registry import Registry
from tongtu.terms import units
from tongtu.text import canonical, terms

if TYPE_CHECKING:
    from tongtu.packs import Pack

HORIZON_DAYS = 2 * 366
_NEVER = -2  # the number of a name that no line has
Row = Mapping[str, Any]


class Ground:
    """The lines in the order of `offers`, and what they state."""

    def __init__(self, registry: Registry, as_of: date | None, pack: Pack | None) -> None:
        lines = offers(registry)
        names = {} if pack is None else units.names(pack.vocabularies.get("unit", {}))
        concepts = Concepts.read(None if pack is None else pack.glossary)
        self.as_of = as_of
        self.lines: Sequence[Row] = lines.to_dicts()
        self.stated = Stated(registry, lines, names, concepts)
        self.slots = Slots(registry, lines, as_of, pack)
        self.tops = areas(registry)
        self.places = Places(registry["regions"], lines["region"].to_list())
        self.region = self.places.of(lines["region"].to_list())
        self._area, self._areas = _coded(lines["area"])
        self.price = lines["hourly_price"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        self.currency, self._currencies = _coded(lines["currency"])
        self._category, self._categories = _coded(lines["category"])
        self._serves, self._open_to_all = _directions(lines)
        self.batch_units = frozenset(lines["batch_unit"].drop_nulls())
        self._batches(lines)
        words, said = texts(registry, lines)
        self._postings, self._worded = _postings(words)
        #: the lines of which a text names a thing by any of its names
        self.names = lru_cache(REMEMBERED)(partial(named_in, pl.Series(said, dtype=pl.String)))

    def __len__(self) -> int:
        return len(self.lines)

    def serves(self, direction: str | None) -> tuple[Bools, Bools]:
        """Which lines may serve a direction, and of which it is known."""
        if direction is None:
            return np.ones(len(self), np.bool_), np.zeros(len(self), np.bool_)
        told = self._serves.get(direction, np.zeros(len(self), np.bool_))
        return told | self._open_to_all, told

    def does(self, categories: tuple[str, ...]) -> Floats:
        """1 or 0 as a line does a kind of validation asked for, NaN where either side is silent."""
        if not categories:
            return np.full(len(self), np.nan)
        does = np.isin(self._category, [self._categories.get(name, _NEVER) for name in categories])
        return np.where(self._category < 0, np.nan, does * 1.0)

    def runs(self, batch: float | None, unit: str | None) -> Floats:
        """1 or 0 as a batch lies in a line's range, NaN where the two cannot be compared."""
        if batch is None or unit is None:
            return np.full(len(self), np.nan)
        scale = self.stated.scale(unit)
        wanted = scale.base(batch)
        comparable = self._batch_dimension == self._dimension(scale.dimension)
        low, high = np.abs(self._batch_low) * 1e-9, np.abs(self._batch_high) * 1e-9
        runs = (wanted >= self._batch_low - low) & (wanted <= self._batch_high + high)
        known = comparable & ~np.isnan(self._batch_low) & ~np.isnan(self._batch_high)
        return np.where(known, runs * 1.0, np.nan)

    def shares(self, text: str | None) -> Floats:
        """The share of a text's words that a line has, NaN where either side has none."""
        asked = bag(canonical(text or ""))
        found = np.zeros(len(self))
        for term in sorted(asked):
            if term in self._postings:
                found[self._postings[term]] += 1.0
        return np.where(self._worded, found / len(asked), np.nan) if asked else np.full(len(self), np.nan)

    def same_area(self, region: str | None) -> Floats:
        """1 or 0 as a line lies in the area of a region, NaN where either is unknown."""
        area = self.tops.get(region or "", region)
        if not area:
            return np.full(len(self), np.nan)
        same = self._area == self._areas.get(area, _NEVER)
        return np.where(self._area < 0, np.nan, same * 1.0)

    def distance(self, region: str | None) -> Floats:
        """Kilometres from a region to each line, NaN where nobody can tell."""
        return self.places.distance(self.places.index.get(region or "", -1), self.region)

    def _batches(self, lines: pl.DataFrame) -> None:
        self._numbers: dict[str, int] = {}
        scales = [None if unit is None else self.stated.scale(unit) for unit in lines["batch_unit"]]
        self._batch_dimension = np.array([-1 if s is None else self._dimension(s.dimension) for s in scales], np.int64)
        ends = [lines[name].fill_null(float("nan")).to_list() for name in ("batch_min", "batch_max")]
        low, high = ([np.nan if s is None else s.base(v) for s, v in zip(scales, end, strict=True)] for end in ends)
        self._batch_low, self._batch_high = np.array(low, np.float64), np.array(high, np.float64)

    def _dimension(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))


def _coded(names: pl.Series) -> tuple[Ints, dict[str, int]]:
    """Names as numbers, -1 where there is none."""
    number = {name: i for i, name in enumerate(names.drop_nulls().unique().sort())}
    return np.array([number.get(name, -1) for name in names], np.int64), number


class Slots:
    """When lines are free next, from the timelines of the schedule; nothing is known without a day and a calendar."""

    def __init__(self, registry: Registry, lines: pl.DataFrame, as_of: date | None, pack: Pack | None) -> None:
        self._stock: Stock | None = None
        self.stated = lines["hours_week"].is_not_null().to_numpy()
        self.first: Floats = np.full(lines.height, np.nan)
        if as_of is not None and pack is not None:
            self._horizon = Horizon.of(pack.calendar, as_of, HORIZON_DAYS)
            self._stock = Stock(registry, lines, self._horizon)
            free = np.where(self.stated, self._stock.free_at_first, np.nan)
            self.first = np.where(free < self._horizon.days, free, np.nan)
            self.full = self.stated & ~(free < self._horizon.days)
        self.find = cache(self._find)

    @property
    def known(self) -> bool:
        return self._stock is not None

    @property
    def days(self) -> int:
        return self._horizon.days

    def index(self, day: date) -> int:
        return self._horizon.index(day)

    def day(self, index: int) -> date:
        return self._horizon.day(index)

    def wait(self, earliest: date | None) -> Floats:
        """Days from a day (or `as_of`) to each line's first free day, infinite where it is full, NaN where unknown."""
        if self._stock is None:
            return self.first
        begin = self.index(earliest) if earliest is not None else 0
        return np.where(self.full, np.inf, np.maximum(self.first - begin, 0.0))

    def _find(self, line: int, earliest: int, hours: float, direction: str | None) -> Span | None:
        """The next slot of so many hours; None where none ends within the horizon."""
        if self._stock is None or not self.stated[line]:
            return None
        return self._stock.timeline(line).find(earliest, hours, direction)


def bag(text: str) -> frozenset[str]:
    """Pairs of Chinese characters and stems of a canonical text; single characters say too little."""
    found = terms(text)
    return frozenset([gram for gram in found.han if len(gram) > 1] + found.latin)


def _directions(lines: pl.DataFrame) -> tuple[dict[str, Bools], Bools]:
    """Which lines serve each direction, and which say nothing of directions."""
    serves: dict[str, Bools] = {}
    silent = np.zeros(lines.height, np.bool_)
    for i, directions in enumerate(lines["directions"]):
        silent[i] = directions is None
        for direction in directions if directions is not None else ():
            serves.setdefault(direction, np.zeros(lines.height, np.bool_))[i] = True
    return serves, silent


def _postings(texts: Iterable[str]) -> tuple[dict[str, Ints], Bools]:
    """The lines that have each word, and which have any."""
    found: dict[str, list[int]] = defaultdict(list)
    worded = []
    for i, text in enumerate(texts):
        words = bag(text)
        worded.append(bool(words))
        for term in words:
            found[term].append(i)
    return {term: np.array(at, np.int64) for term, at in found.items()}, np.array(worded, np.bool_)
