"""How many open listings have which values of the facets, as far as an asker reads them.

Rows are counted by all facets at once into cells; whatever somebody chooses is then a sum of cells. What strangers
read is the same for everybody of a class, so beyond some hundreds of rows the worker counts it now and then and
keeps the cells in a file. An asker's own view is that, less the rows of those near to them as strangers read
these, plus the same rows as this asker reads them. What is kept is made of one class alone, like an index, and is
counted anew when an index has followed a change.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from tongtu.hub.listings import index
from tongtu.hub.listings.kinds import Kind
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import STRANGER, far_parts, near_parts, reads, strictest, tops, visible_parts
from tongtu.hub.statements import Ids, fetch
from tongtu.registry.columns import DISCLOSURE

#: within so many days
SINCE = (7, 30, 90, 365)
#: the facet of the owner's kind, which is not a column of the listing
OWNER = "owner_kind"
#: fewer rows are counted for every page; up to so many are counted anew when one has changed
FEW, MANY = 500, 20_000

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


def tally(sight: Sight, of: Kind, choice: Choice, period: int, among: Iterable[Cell] | None = None) -> Tally:
    """The open rows that an asker may know of, counted; with `among` only those of these cells.

    A facet's own choice does not narrow its counts, those of the others do. `period` is a place in `Numbers`.
    """
    if among is not None:
        return _tallied(names(of), among, choice, period)
    found = Tally({name: Counter() for name in names(of)}, Counter(), 0)
    far = list(far_parts(sight, of.name))
    kept = [_kept(of, top) for _, top in far]
    if not far or None in kept:
        for rows, top in visible_parts(sight, of.name):
            found.add(_tallied(names(of), _count(of, rows, top), choice, period), 1)
        return found
    for place in filter(None, kept):
        found.add(_tallied_file(names(of), *place, choice, period), 1)
    near = sight.near(of.name)
    if not _differs(sight, of, near):
        return found
    for sign, parts in ((1, near_parts(sight, of.name)), (-1, ((rows & near, top) for rows, top in far))):
        for rows, top in parts:
            found.add(_tallied(names(of), _count(of, rows, top), choice, period), sign)
    return found


def _differs(sight: Sight, of: Kind, near: Q) -> bool:
    """Whether an open row near to the asker may count otherwise for them than for a stranger.

    It does where the asker reads other facets of such rows, or not all of the rows; else only where the row itself
    has raised something or is closed to strangers.
    """
    far = tops(sight, of.name, STRANGER)
    for _, context in sight.near_groups(of.name):
        own = tops(sight, of.name, context)
        if not all(_counts_alike(of, own.get(state), far.get(state)) for state in OPEN):
            return True
    least = min((DISCLOSURE.index(far[state]) for state in OPEN if state in far), default=-1)

    def other() -> QuerySet[Any]:
        rows = MODELS[of.name].objects.filter(near, lifecycle__in=OPEN)
        return rows.exclude(raised={}, disclosure__in=DISCLOSURE[: least + 1]).values_list("pk")[:1]

    return bool(sight.fetch(("differs", of.name, least), other))


def _counts_alike(of: Kind, own: str | None, far: str | None) -> bool:
    """Whether a row in which nothing is raised counts the same at both classes, where strangers know of it."""
    if own is None or far is None:
        return own is far
    return DISCLOSURE.index(own) >= DISCLOSURE.index(far) and _read_at(of, {}, own) == _read_at(of, {}, far)


def fitting(of: Kind, choice: Choice, period: int) -> Callable[[Cell], bool]:
    """Whether the rows of a cell are left by a choice and a period."""
    wanted = _wanted(names(of), choice)
    return lambda cell: bool(cell[1][period]) and not _wrong(cell[0], wanted)


def _wanted(named: Sequence[str], choice: Choice) -> list[tuple[int, frozenset[str]]]:
    return [(named.index(name), frozenset(codes)) for name, codes in choice]


def _wrong(values: Values, wanted: Iterable[tuple[int, frozenset[str]]]) -> list[int]:
    """The places of the facets that do not hold what was chosen."""
    return [place for place, codes in wanted if codes.isdisjoint(values[place])]


def _tallied(named: Sequence[str], cells: Iterable[Cell], choice: Choice, period: int) -> Tally:
    facets: list[dict[str, int]] = [{} for _ in named]
    sums, total = [0] * len(SINCE), 0
    wanted, every = _wanted(named, choice), range(len(named))
    for values, numbers in cells:
        wrong = _wrong(values, wanted) if wanted else ()
        if len(wrong) > 1:
            continue
        n = numbers[period]
        for place in wrong or every:
            held = facets[place]
            for code in values[place]:
                held[code] = held.get(code, 0) + n
        if not wrong:
            total += n
            sums = [a + b for a, b in zip(sums, numbers[1:], strict=True)]
    since = Counter(dict(zip(SINCE, sums, strict=True)))
    return Tally({name: Counter(held) for name, held in zip(named, facets, strict=True)}, since, total)


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


def _count(of: Kind, rows: Q, top: str) -> list[Cell]:
    """The rows of one part, added up by the database."""
    now = timezone.now()
    numbers = {"n": Count("pk")} | {
        f"n{days}": Count("pk", filter=Q(published_at__gte=now - timedelta(days=days))) for days in SINCE
    }
    chosen = MODELS[of.name].objects.filter(rows, lifecycle__in=OPEN)
    owner = owners().filter(pk=OuterRef("tenant_id")).values("kind")
    grouped = chosen.annotate(owner_kind=Subquery(owner[:1]), up=F("raised"))
    width = len(names(of))
    plainly = _read_at(of, {}, top)
    return [
        (_values(line[:width], _read_at(of, line[width], top) if line[width] else plainly), tuple(line[width + 1 :]))
        for line in grouped.values_list(*names(of), "up").annotate(**numbers).order_by()
    ]


def each(sight: Sight, of: Kind, uids: Sequence[Any]) -> dict[Any, Cell]:
    """A cell for each of these records that is open to the asker.

    They are fetched by nothing but their keys: beside other conditions SQLite prefers an index on these.
    """
    ids, model = Ids(uids), MODELS[of.name]
    columns = ("pk", "tenant_id", "lifecycle", "disclosure", "raised", "published_at", *of.facets)
    lines = fetch(("each", of.name), (ids,), lambda: model.objects.filter(pk__among=ids).values_list(*columns))
    houses = Ids({line[1] for line in lines})
    kinds = dict(fetch(("owners",), (houses,), lambda: owners().filter(pk__among=houses).values_list("pk", "kind")))
    now, found = timezone.now(), {}
    limits = [now - timedelta(days=days) for days in SINCE]
    plainly = {top: _read_at(of, {}, top) for top in DISCLOSURE}
    strangers: dict[tuple[str, str], str | None] = {}
    for pk, tenant, lifecycle, disclosure, raised, at, *held in lines:
        if lifecycle not in OPEN:
            continue
        row = _Stub(pk, of.name, tenant, lifecycle, disclosure)
        if sight.is_far(tenant, pk):  # what is read of a stranger's row follows from its state and class alone
            if (lifecycle, disclosure) not in strangers:
                strangers[lifecycle, disclosure] = reads(sight, row, "list")
            top = strangers[lifecycle, disclosure]
        else:
            top = reads(sight, row, "list")
        if top is not None:
            read = _read_at(of, raised, top) if raised else plainly[top]
            recent = 0 if at is None else sum([at >= limit for limit in limits])
            found[pk] = (_values([*held, kinds.get(tenant)], read), _NUMBERS[recent])
    return found


#: the numbers of one row, by how many of the periods it was published in: who is in a short one is in the longer ones
_NUMBERS = [(1, *(int(place >= len(SINCE) - n) for place in range(len(SINCE)))) for n in range(len(SINCE) + 1)]


class _Stub(NamedTuple):
    """As much of a listing as decides who reads it."""

    pk: Any
    noun: str
    tenant_id: Any
    lifecycle: str
    disclosure: str


def _values(held: Sequence[Any], read: Sequence[bool]) -> Values:
    """The codes of the facets; one that is not read counts as empty."""
    return tuple(
        [
            () if not open_ or v is None else (v,) if v and isinstance(v, str) else tuple(index.as_codes(v))
            for v, open_ in zip(held, read, strict=True)
        ]
    )


def _read_at(of: Kind, raised: Mapping[str, str], top: str) -> list[bool]:
    """Which facets are read at this class."""
    return [_is_read(of, name, raised, top) for name in names(of)]


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
