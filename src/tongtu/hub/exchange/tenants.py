"""Whose each row is, and under which uid it stands: decided before anything refers to it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import polars as pl
from django.db.models import Q

from tongtu.hub.exchange.brought import BAD, Books, Brought
from tongtu.hub.exchange.importer import Importer
from tongtu.hub.exchange.lookup import FOUND, Lookup
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.adapt import LIFECYCLE, REVISION, TENANT, UID, table
from tongtu.hub.records.columnar import frame
from tongtu.hub.records.columns import field_name
from tongtu.hub.records.keys import TENANTS, follows, kind_of, named_by, own_number, pointers
from tongtu.hub.records.models import MODELS
from tongtu.registry.columns import Column, noun, nouns
from tongtu.registry.findings import Findings, Problem

#: the state of the record that a row belongs to; null where that record is new or there is none
PARENT = "_parent"
EXTRA = (UID, TENANT, REVISION, LIFECYCLE)
_NAME = 200
_ASKED = 500
#: from how many rows on all records of a tenant are read rather than asked for one by one
_MANY = 5_000


def in_order(books: Books) -> list[str]:
    """The nouns so that each comes after those its rows belong to; keys made of references come last."""
    return sorted(books, key=lambda name: (own_number(noun(name)) is None, _depth(name), [*nouns()].index(name)))


def _depth(name: str) -> int:
    column = follows(name)
    return 1 + max(_depth(target) for target, _ in pointers(column)) if column is not None else 0


def place(book: Brought, lookup: Lookup, importer: Importer, findings: Findings) -> pl.DataFrame:
    """The rows with tenant and uid, and the state of the record they belong to; the lookup learns their names."""
    name, rows = book.noun, book.table.frame
    if name == TENANTS:
        placed = _organisations(book, importer, findings)
    else:
        rows = rows.with_columns(_tenant(book, lookup, importer))
        number = own_number(noun(name))
        known = _by_number(name, number, rows) if number is not None else _nothing(rows)
        fresh = pl.Series(UID, [str(uuid.uuid4()) for _ in range(rows.height)], dtype=pl.String)
        placed = rows.with_columns(pl.select(pl.coalesce(known, fresh)).to_series().alias(UID))
    _learn(name, placed, lookup)
    return placed


def _learn(name: str, placed: pl.DataFrame, lookup: Lookup) -> None:
    number = own_number(noun(name))
    if number is None:
        return
    own = placed.select(pl.col(number.name).alias("typed"), pl.col(UID).alias("uid"), pl.col(TENANT).alias("tenant"),
                        pl.lit(None, pl.String).alias("lifecycle"))  # fmt: skip
    lookup.learn(name, own.select(*FOUND))
    if name == TENANTS:
        lookup.learn(name, own.with_columns(placed["uscc"].alias("typed")).select(*FOUND))


def _tenant(book: Brought, lookup: Lookup, importer: Importer) -> list[pl.Series]:
    """Tenant and parent's state of each row; the tenant is null where what should say so is not found."""
    rows, own = book.table.frame, pl.lit(importer.own).alias(TENANT)
    nothing = _nothing(rows).alias(PARENT)
    column = named_by(book.noun)
    if column is not None:
        typed = rows[column.name]
        found = lookup.resolve(TENANTS, typed)["tenant"]
        return [pl.select(pl.when(typed.is_null()).then(own).otherwise(found)).to_series().alias(TENANT), nothing]
    column = follows(book.noun)
    if column is None:
        return [pl.repeat(importer.own, rows.height, eager=True).alias(TENANT), nothing]
    tenant, state = nothing, nothing
    for target, kind in pointers(column):
        here = rows[column.name]
        if kind:
            here = here.set((rows[kind_of(column)] != kind).fill_null(True), None)
        owner = lookup.resolve(target, here)
        tenant, state = tenant.fill_null(owner["tenant"]), state.fill_null(owner["lifecycle"])
    return [tenant.alias(TENANT), state.alias(PARENT)]


def _by_number(name: str, number: Column, rows: pl.DataFrame) -> pl.Series:
    """The uid of the record that the row's tenant has under the row's number."""
    asked = rows.select(pl.col(TENANT), pl.col(number.name))
    field, manager = field_name(number), MODELS[name].objects
    parts = [pl.DataFrame(schema={"uid": pl.String, "tenant": pl.String, field: pl.String})]
    whole = rows.height > _MANY
    for some in handfuls(asked[TENANT] if whole else asked[number.name]):
        found = manager.filter(Q(tenant__in=some) if whole else Q(**{f"{field}__in": some}))
        parts.append(frame(found, ["uid", "tenant", field]))
    known = pl.concat(parts).unique(["tenant", field])
    left = [TENANT, number.name]
    return asked.join(known, left_on=left, right_on=["tenant", field], how="left", maintain_order="left")["uid"]


def existing(name: str, placed: pl.DataFrame) -> pl.DataFrame:
    """The records that the rows may change, whole; where a key is made of references, all of the tenants' records."""
    manager = MODELS[name].objects
    parts = [table(name, manager.none(), extra=EXTRA)]
    if own_number(noun(name)) is None or placed.height > _MANY:
        parts += [table(name, manager.filter(tenant__in=some), extra=EXTRA) for some in handfuls(placed[TENANT])]
    else:
        parts += [table(name, manager.filter(pk__in=some), extra=EXTRA) for some in handfuls(placed[UID])]
    return pl.concat(parts)


def handfuls(values: pl.Series) -> list[Sequence[str]]:
    """Distinct values, some at a time, since a statement takes only so many."""
    distinct = values.drop_nulls().unique().sort().to_list()
    return [distinct[at : at + _ASKED] for at in range(0, len(distinct), _ASKED)]


def _organisations(book: Brought, importer: Importer, findings: Findings) -> pl.DataFrame:
    """Each row is a tenant: known by its credit code, by the number it was imported under, or new."""
    rows = book.table.frame
    known = _tenants(rows, importer) if importer.others else _oneself(rows, importer)
    column = book.table.noun.column("organisation")
    if not importer.others:
        stranger = Problem.of("hub_exchange.organisation-other", own=importer.organisation.name)
        book.table.report(findings, column, known.is_null(), stranger)
    uids = [uid or str(uuid.uuid4()) for uid in known.to_list()]
    tenant = pl.Series(UID, uids, dtype=pl.String)
    again = (tenant.is_duplicated() & ~tenant.is_first_distinct()) & ~rows[BAD]
    book.table.report(findings, column, again, Problem.of("hub_exchange.organisation-twice"))
    long = rows["name"].str.len_chars() > _NAME
    book.table.report(findings, book.table.noun.column("name"), long, Problem.of("hub_exchange.name-long", most=_NAME))
    nothing = _nothing(rows).alias(PARENT)
    return rows.with_columns(tenant, tenant.alias(TENANT), nothing)


def _nothing(rows: pl.DataFrame) -> pl.Series:
    return pl.repeat(None, rows.height, dtype=pl.String, eager=True)


def _oneself(rows: pl.DataFrame, importer: Importer) -> pl.Series:
    """The importer's own organisation where the row speaks of it; null elsewhere."""
    own = importer.organisation
    number = MODELS[TENANTS].objects.filter(pk=own.pk).values_list("organisation", flat=True).first()
    numbers = [str(own.pk), *(n for n in (number, own.uscc) if n)]
    code = rows["uscc"] == own.uscc if own.uscc else rows["uscc"].is_null() & False
    same = code.fill_null(False) | rows["organisation"].is_in(numbers) | (rows["name"] == own.name)
    other = (rows["uscc"] != own.uscc).fill_null(False) if own.uscc else pl.repeat(False, rows.height, eager=True)
    return pl.select(pl.when(same.fill_null(False) & ~other).then(pl.lit(importer.own))).to_series()


def _tenants(rows: pl.DataFrame, importer: Importer) -> pl.Series:
    """The organisation with the row's credit code, else the one that was imported under its number."""
    by_code: dict[str, str] = {}
    for some in handfuls(rows["uscc"]):
        found = Organisation.objects.filter(uscc__in=some).values_list("uscc", "pk")
        by_code |= {code: str(pk) for code, pk in found}
    by_number: dict[str, str] = {}
    mine = Q(batch__organisation=importer.own) | Q(tenant=importer.own)
    for some in handfuls(rows["organisation"]):
        found = MODELS[TENANTS].objects.filter(mine, organisation__in=some).order_by("pk")
        by_number |= {n: str(pk) for n, pk, code in found.values_list("organisation", "pk", "uscc") if not code}
        by_number |= {n: str(pk) for n, pk, code in found.values_list("organisation", "pk", "uscc") if code}
    codes, numbers = rows["uscc"].to_list(), rows["organisation"].to_list()
    found_by = [by_code.get(code) or by_number.get(number) for code, number in zip(codes, numbers, strict=True)]
    return pl.Series(found_by, dtype=pl.String)
