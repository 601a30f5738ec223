"""How many open listings have which values of the facets, as far as an asker reads them.

Rows are counted by all facets at once into cells; whatever somebody chooses is then a sum of cells. What strangers
read is the same for everybody of a class, so beyond some tens of thousands of rows the worker counts it now and then
and keeps the cells in a file. An asker's own view is that, less the rows of those near to them as strangers read
these, plus the same rows as this asker reads them. What is kept is made of one class alone, like an index.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from tongtu.hub.listings import index
from tongtu.hub.listings.kinds import Kind
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import far_parts, near_parts, strictest, visible_parts
from tongtu.registry.columns import DISCLOSURE

#: within so many days
SINCE = (7, 30, 90, 365)
#: the facet of the owner's kind, which is not a column of the listing
OWNER = "owner_kind"
#: so many rows are counted for every page
FEW = 20_000

#: the codes of every facet
Values = tuple[tuple[str, ...], ...]
#: how many rows have them: in all, and within each of `SINCE`
Numbers = tuple[int, ...]
Cell = tuple[Values, Numbers]
#: facet and the codes chosen in it, for each in which something is chosen
Choice = tuple[tuple[str, tuple[str, ...]], ...]


def names(of: Kind) -> tuple[str, ...]:
    """The facets of a kind, in the order of a cell's values."""
    return (*of.facets, OWNER)


@dataclass(slots=True)
class Tally:
    """Sums of cells under one choice: by facet and code, by period, and in all."""

    facets: dict[str, Counter[str]]
    since: Counter[int]
    total: int

    def add(self, other: Tally, sign: int) -> None:
        """Adds or takes away another; what was kept may be a little old, so a face shows nothing below zero."""
        for name, found in other.facets.items():
            self.facets[name].update({code: sign * n for code, n in found.items()})
        self.since.update({days: sign * n for days, n in other.since.items()})
        self.total += sign * other.total


def tally(sight: Sight, of: Kind, choice: Choice, period: int, hits: Sequence[Any] | None = None) -> Tally:
    """The open rows that an asker may know of, counted; with `hits` only those among them.

    A facet's own choice does not narrow its counts, those of the others do. `period` is a place in `Numbers`.
    """
    found = Tally({name: Counter() for name in names(of)}, Counter(), 0)
    far = list(far_parts(sight, of.name))
    kept = [_kept(of, top) for _, top in far] if hits is None else [None]
    if not far or None in kept:
        for rows, top in visible_parts(sight, of.name):
            found.add(_tallied(names(of), _count(of, rows, top, hits), choice, period), 1)
        return found
    for place in filter(None, kept):
        found.add(_tallied_file(names(of), *place, choice, period), 1)
    near = sight.near(of.name)
    for sign, parts in ((1, near_parts(sight, of.name)), (-1, ((rows & near, top) for rows, top in far))):
        for rows, top in parts:
            found.add(_tallied(names(of), _count(of, rows, top), choice, period), sign)
    return found


def _tallied(named: Sequence[str], cells: Iterable[Cell], choice: Choice, period: int) -> Tally:
    found = Tally({name: Counter() for name in named}, Counter(), 0)
    wanted = [(named.index(name), frozenset(codes)) for name, codes in choice]
    for values, numbers in cells:
        wrong = [place for place, codes in wanted if codes.isdisjoint(values[place])]
        if len(wrong) > 1:
            continue
        for place in wrong or range(len(named)):
            for code in values[place]:
                found.facets[named[place]][code] += numbers[period]
        if not wrong:
            found.total += numbers[period]
            found.since.update(dict(zip(SINCE, numbers[1:], strict=True)))
    return found


def keep(of: Kind, sight: Sight) -> int:
    """Counts what strangers with these roles read, and keeps it where it is much; the worker's. How many rows."""
    total = 0
    for rows, top in far_parts(sight, of.name):
        found, place = _count(of, rows, top), _place(of, top)
        total = sum(numbers[0] for _, numbers in found)
        if total < FEW:
            place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_suffix(".new")
        fresh.write_text(json.dumps(found), encoding="utf-8")
        os.replace(fresh, place)
    return total


def gate(name: str) -> str:
    """The column whose class says who may use a facet: the owner's kind is told with the owner."""
    return "organisation" if name == OWNER else name


def owners() -> QuerySet[Any]:
    """The organisations whose kind everybody may know."""
    return MODELS["organisations"].objects.filter(lifecycle__in=OPEN, raised__kind__isnull=True)


def _count(of: Kind, rows: Q, top: str, hits: Sequence[Any] | None = None) -> list[Cell]:
    """Rows of one part; a facet that is not read at `top` counts as empty."""
    now = timezone.now()
    numbers = {"n": Count("pk")} | {
        f"n{days}": Count("pk", filter=Q(published_at__gte=now - timedelta(days=days))) for days in SINCE
    }
    chosen = MODELS[of.name].objects.filter(rows, lifecycle__in=OPEN)
    chosen = chosen if hits is None else chosen.filter(pk__in=hits)
    owner = owners().filter(pk=OuterRef("tenant_id")).values("kind")
    grouped = chosen.annotate(owner_kind=Subquery(owner[:1]), up=F("raised"))
    found = []
    for line in grouped.values_list(*names(of), "up").annotate(**numbers).order_by():
        held, raised, counted = line[: len(names(of))], line[len(names(of))], line[len(names(of)) + 1 :]
        values = tuple(
            tuple(index.as_codes(v)) if _is_read(of, name, raised, top) else ()
            for name, v in zip(names(of), held, strict=True)
        )
        found.append((values, tuple(counted)))
    return found


def _is_read(of: Kind, name: str, raised: Mapping[str, str], top: str) -> bool:
    column = of.noun.column(gate(name))
    found = strictest(column.disclosure, raised.get(column.name, ""))
    return DISCLOSURE.index(found) <= DISCLOSURE.index(top)


def _place(of: Kind, top: str) -> Path:
    return index.folder(of, f"{top}.counts.json")


def _kept(of: Kind, top: str) -> tuple[Path, int] | None:
    """The file of what strangers read, and when it was written."""
    place = _place(of, top)
    try:
        return place, place.stat().st_mtime_ns
    except FileNotFoundError:
        return None


@lru_cache(maxsize=512)
def _tallied_file(named: Sequence[str], place: Path, changed: int, choice: Choice, period: int) -> Tally:
    """A kept file's sums, remembered by what was chosen: most people choose the same few things."""
    return _tallied(named, _read(place, changed), choice, period)


@lru_cache(maxsize=16)
def _read(place: Path, changed: int) -> list[Cell]:
    held = json.loads(place.read_text(encoding="utf-8"))
    return [(tuple(map(tuple, values)), tuple(numbers)) for values, numbers in held]
