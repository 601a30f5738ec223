"""Database rows as a Registry: what engines read, and nothing that its readers may not know.

A snapshot stands for one disclosure class. Columns above the class are null in it, rows that are not open up to it are
absent, and so are references to what is absent: whoever may read the class may read every number that an engine makes
of the snapshot. Keys are uids, so that a result's rows are found again; the owners' own numbers stay with them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence

import polars as pl
from django.db.models import Q, QuerySet

from tongtu.hub.policy import columns as open_columns
from tongtu.hub.records.columnar import frame
from tongtu.hub.records.columns import field_name, is_lifecycle
from tongtu.hub.records.keys import anchors, kind_of, own_number, pointers
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.visible import strictest
from tongtu.registry.columns import DISCLOSURE, Column, Noun, noun
from tongtu.registry.columns import nouns as all_nouns
from tongtu.registry.frames import Registry

#: the hub's own fields, under names that no noun's column has
UID, TENANT, LIFECYCLE, REVISION = "_uid", "_tenant", "_lifecycle", "_revision"
_OWN = {UID: "uid", TENANT: "tenant", LIFECYCLE: "lifecycle", REVISION: "revision"}

#: the hub's states that the vocabulary of listings does not have -> those it has
_STATES = {"returned": "draft", "expiring": "published"}
_ASKED = 500

Ids = Iterable[uuid.UUID | str]
Frames = dict[str, pl.DataFrame]


def snapshot(
    nouns: Iterable[str] | None = None,
    *,
    clearance: str = "teaser",
    lifecycle: Sequence[str] = ("published", "expiring"),
    tenants: Ids | None = None,
    records: Ids | None = None,
) -> Registry:
    """The records of these nouns (all unless given) up to a disclosure class, in these states.

    `tenants`, `records`: only those of these organisations, only those with these uids. Keys and references are uids
    as text; a reference whose target is not in the snapshot is null, and a row that belongs to such a target
    (an indicator to its need) is absent. Core fields are never in it. The same rows give the same digest.
    """
    chosen = [*all_nouns()] if nouns is None else [*nouns]
    where = Q(lifecycle__in=lifecycle, disclosure__in=DISCLOSURE[: DISCLOSURE.index(clearance) + 1])
    if tenants is not None:
        where &= Q(tenant__in=[*tenants])
    wheres = [where] if records is None else [where & Q(pk__in=some) for some in _some(records)]
    return Registry(_closed({name: _known(noun(name), wheres, clearance) for name in chosen}))


def table(
    name: str, rows: QuerySet, clearance: str | None = None, extra: Sequence[str] = (UID, TENANT), core: bool = False
) -> pl.DataFrame:
    """Rows of a noun as a frame of its columns, behind the hub's own ones in `extra`.

    Columns above `clearance` are null; without one nothing is held back. The listing's state is the lifecycle.
    """
    found = noun(name)
    shown = set(open_columns(name, clearance)) if clearance else {c.name for c in found.columns}
    kept = [c for c in found.columns if c.name in shown and not is_lifecycle(c)]
    states = [c for c in found.columns if is_lifecycle(c)]
    wanted = dict.fromkeys([*extra, LIFECYCLE] if states else extra)
    fields = [*(_OWN[e] for e in wanted), *(field_name(c) for c in kept)]
    read = frame(rows, fields)
    read.columns = [*wanted, *(c.name for c in kept)]
    made = [_state(c) if c in states else pl.col(c.name) if c in kept else _null(c) for c in found.columns]
    read = read.select(*wanted, *made)
    if clearance and UID in extra:
        read = _raised(read, found, rows, clearance)
    return read.select(*extra, *(c.name for c in found.columns))


def _known(found: Noun, wheres: Sequence[Q], clearance: str) -> pl.DataFrame:
    """One noun of a snapshot under its uids; rows whose key is not open are absent."""
    manager = MODELS[found.name].objects
    parts = [table(found.name, manager.filter(where), clearance, (UID,)) for where in wheres]
    read = pl.concat(parts) if parts else table(found.name, manager.none(), clearance, (UID,))
    number = own_number(found)
    if number is not None:
        return read.with_columns(pl.col(UID).alias(number.name)).drop(UID)
    must = [key for key in found.key if found.column(key).required]
    return read.drop(UID).drop_nulls(must)


def _closed(frames: Frames) -> Frames:
    """Rows without the record they belong to left out, then references to what is not there."""
    known = {name: _ids(name, read) for name, read in frames.items()}
    again = True
    while again:
        again = False
        for name, read in frames.items():
            there = [_there(column, known).is_not_null() for column in anchors(name)]
            kept = read.filter(*there) if there else read
            if kept.height < read.height:
                frames[name], known[name], again = kept, _ids(name, kept), True
    return {name: read.with_columns(_references(name, known)) for name, read in frames.items()}


def _ids(name: str, read: pl.DataFrame) -> pl.Series:
    number = own_number(noun(name))
    return read[number.name] if number is not None else pl.Series([], dtype=pl.String)


def _references(name: str, known: dict[str, pl.Series]) -> Iterator[pl.Expr]:
    for column in noun(name).columns:
        if any(pointers(column)):
            yield _there(column, known).alias(column.name)


def _there(column: Column, known: dict[str, pl.Series]) -> pl.Expr:
    """The column's references with null where the target is not known."""
    targets = [(kind, known.get(name, pl.Series([], dtype=pl.String)).implode()) for name, kind in pointers(column)]
    if column.many:
        (_, ids), *_ = targets
        kept = pl.col(column.name).list.eval(pl.element().filter(pl.element().is_in(ids)))
        return pl.when(kept.list.len() > 0).then(kept)
    there = pl.lit(False)
    for kind, ids in targets:
        here = pl.col(column.name).is_in(ids)
        there = there | (here & (pl.col(kind_of(column)) == kind) if kind else here)
    return pl.when(there).then(pl.col(column.name))


def _raised(read: pl.DataFrame, found: Noun, rows: QuerySet, clearance: str) -> pl.DataFrame:
    """Null where a record's owner has put a field above the clearance: such records are few, and asked for apart."""
    shut: dict[str, list[str]] = {}
    for uid, raised in rows.exclude(raised={}).values_list("pk", "raised"):
        for column in found.columns:
            if DISCLOSURE.index(strictest(column.disclosure, raised.get(column.name, ""))) > DISCLOSURE.index(
                clearance
            ):
                shut.setdefault(column.name, []).append(str(uid))
    return read.with_columns(
        pl.when(~pl.col(UID).is_in(ids)).then(pl.col(name)).alias(name) for name, ids in shut.items()
    )


def _state(column: Column) -> pl.Expr:
    return pl.col(LIFECYCLE).replace(_STATES).alias(column.name)


def _null(column: Column) -> pl.Expr:
    return pl.lit(None, column.dtype()).alias(column.name)


def _some(ids: Ids) -> Iterator[list[str]]:
    """Ids in handfuls, since a statement takes only so many."""
    listed = sorted({str(i) for i in ids})
    yield from (listed[at : at + _ASKED] for at in range(0, len(listed), _ASKED))
