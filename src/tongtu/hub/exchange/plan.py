"""What an import would do: which rows are new, which change a record, which change nothing, and which cannot be.

`plan` reads and writes nothing: the dry run shows it, and storing makes it again from the same rows on the day it
stores, so that whatever happened in between is seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.hub.exchange.brought import BAD, BLOCK, Books, Brought, wrong
from tongtu.hub.exchange.importer import Importer
from tongtu.hub.exchange.lookup import Lookup
from tongtu.hub.exchange.tenants import PARENT, existing, handfuls, in_order, place
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.records.adapt import LIFECYCLE, REVISION, TENANT, UID
from tongtu.hub.records.columns import is_lifecycle
from tongtu.hub.records.keys import TENANTS, kind_of, own_number, pointers
from tongtu.hub.records.models import MODELS
from tongtu.registry.columns import DISCLOSURE, Column, noun
from tongtu.registry.findings import Findings, Problem
from tongtu.terms.why import Label

STATUS, LEFT = "_status", "_left"
#: what stands before a column's name for what the record was
OLD = "old:"


@dataclass(slots=True)
class Plan:
    """The rows of each noun with uid, tenant, status (new, changed, unchanged), what is wrong with them, and what
    the record was before (`old:COLUMN`); the states that new records may be given."""

    rows: dict[str, pl.DataFrame]
    choices: list[str]

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows of each noun by what would become of them; `left`: stay out with others that hold a fault."""
        return {name: _counted(rows) for name, rows in self.rows.items()}

    def stored(self, name: str) -> pl.DataFrame:
        """The rows that may be stored."""
        return self.rows[name].filter(~pl.col(BAD) & ~pl.col(LEFT))


def plan(books: Books, importer: Importer, findings: Findings) -> Plan:
    """Raises nothing: every reason why a row cannot be stored becomes one of the findings."""
    lookup = Lookup(importer)
    order = in_order(books)
    placed = {name: place(books[name], lookup, importer, findings) for name in order}
    rows = {name: _planned(books[name], placed[name], lookup, importer, findings) for name in order}
    _leave(rows)
    kept = {name: rows[name] for name in books}
    tenants = {t for found in kept.values() for t in found[TENANT].drop_nulls().unique()}
    listing = {t for name, found in kept.items() if name in kinds() for t in found[TENANT].drop_nulls().unique()}
    choices = importer.states(sorted(tenants), listing) if tenants else []
    if not _owned(kept):
        choices = [state for state in choices if state != "published"]
    return Plan(kept, choices or ["draft"])


def _planned(book: Brought, rows: pl.DataFrame, lookup: Lookup, importer: Importer, findings: Findings) -> pl.DataFrame:
    """One noun: whose the rows are, what they refer to, what they change."""
    _strangers(book, rows, importer, findings)
    rows = _referring(book, rows, lookup, findings)
    old = existing(book.noun, rows)
    if own_number(book.table.noun) is None:
        rows = _matched(book, rows, old, findings)
    rows = _withheld(book, rows, importer, findings)
    rows = _core(book.noun, rows)
    rows = _compared(book, rows, old)
    _locked(book, rows, importer, findings)
    bad = rows[BAD] | wrong(book.table, findings)
    return rows.with_columns(bad.alias(BAD), pl.lit(False).alias(LEFT))


def _strangers(book: Brought, rows: pl.DataFrame, importer: Importer, findings: Findings) -> None:
    """Rows of organisations that the importer may not bring anything for."""
    column = book.table.noun.columns[0]
    for tenant in rows[TENANT].drop_nulls().unique().sort():
        here = rows[TENANT] == tenant
        if tenant != importer.own and not importer.others:
            book.table.report(findings, column, here, Problem.of("hub_exchange.other-tenant"))
        elif importer.top(book.noun, tenant) is None:
            reason = importer.why_not(book.noun, tenant).reason
            book.table.report(findings, column, here, Problem(reason))


def _referring(book: Brought, rows: pl.DataFrame, lookup: Lookup, findings: Findings) -> pl.DataFrame:
    """The rows with uids in place of what their cells name."""
    for column in book.table.noun.columns:
        targets = [*pointers(column)]
        if not targets or rows[column.name].null_count() == rows.height:
            continue
        resolved = _many(column, targets, rows, lookup) if column.many else _one(column, targets, rows, lookup)
        lost = rows[column.name].is_not_null() & resolved.is_null()
        if lost.any():
            book.table.report(findings, column, lost, _not_found(column, targets, lookup))
        rows = rows.with_columns(resolved.alias(column.name))
    return rows


def _one(column: Column, targets: list[tuple[str, str]], rows: pl.DataFrame, lookup: Lookup) -> pl.Series:
    found = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    for target, kind in targets:
        here = rows[column.name]
        if kind:
            here = here.set((rows[kind_of(column)] != kind).fill_null(True), None)
        found = found.fill_null(lookup.resolve(target, here)["uid"])
    return found


def _many(column: Column, targets: list[tuple[str, str]], rows: pl.DataFrame, lookup: Lookup) -> pl.Series:
    """Lists of uids; null where any entry of a list is not found."""
    (target, _), *_ = targets
    each = rows.select(column.name).with_row_index("row").explode(column.name).drop_nulls(column.name)
    each = each.with_columns(lookup.resolve(target, each[column.name])["uid"])
    found = each.group_by("row", maintain_order=True).agg(pl.col("uid"), pl.col("uid").null_count().alias("lost"))
    whole = found.select("row", pl.when(pl.col("lost") == 0).then(pl.col("uid")).alias("uid"))
    index = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    return index.join(whole, on="row", how="left", maintain_order="left")["uid"]


def _not_found(column: Column, targets: list[tuple[str, str]], lookup: Lookup) -> Any:
    names = [Label(noun(target).zh, noun(target).en) for target, _ in targets]
    doubtful = {typed for target, _ in targets for typed in lookup.doubtful.get(target, ())}
    absent = Problem.of("hub_exchange.reference", table=names[:1] if len(names) == 1 else names)
    several = Problem.of("hub_exchange.reference-doubtful", table=names)
    return lambda shown: several if shown in doubtful else absent


def _matched(book: Brought, rows: pl.DataFrame, old: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Rows of a noun whose key is made of references, under the uid of the record with the same key."""
    key = [TENANT, *book.table.noun.key]
    again = rows.select(~pl.struct(key).is_first_distinct()).to_series() & ~rows[BAD]
    book.table.report(findings, book.table.noun.columns[0], again, Problem.of("hub_exchange.same-key"))
    known = old.select(*key, pl.col(UID).alias("known")).unique(key)
    found = rows.join(known, on=key, how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(pl.coalesce("known", UID).alias(UID)).drop("known")


def _withheld(book: Brought, rows: pl.DataFrame, importer: Importer, findings: Findings) -> pl.DataFrame:
    """Fields above what the importer may bring for a row's organisation stay out, and that is said."""
    tops = {t: importer.top(book.noun, t) for t in rows[TENANT].drop_nulls().unique().sort()}
    for column in book.table.noun.columns:
        rank = DISCLOSURE.index(column.disclosure)
        shut = [
            t for t, top in tops.items() if top and DISCLOSURE.index(top) < min(rank, DISCLOSURE.index("commercial"))
        ]
        here = rows[TENANT].is_in(shut).fill_null(False) & rows[column.name].is_not_null()
        if shut and here.any():
            problem = Problem.of("hub_exchange.withheld", column=Label(column.zh, column.en))
            book.table.report(findings, column, here, problem, "error" if column.required else "warning")
            rows = rows.with_columns(rows[column.name].set(here, None) if not column.many else _emptied(column, here))
    return rows


def _emptied(column: Column, here: pl.Series) -> pl.Expr:
    return pl.when(~here).then(pl.col(column.name)).alias(column.name)


def _core(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """核心商密 are kept outside: what stands in such a field is replaced by its hash before anything is written."""
    shut: dict[str, list[str]] = {}
    for some in handfuls(rows[UID]) if MODELS[name].objects.exclude(raised={}).exists() else ():
        for uid, raised in MODELS[name].objects.filter(pk__in=some).exclude(raised={}).values_list("pk", "raised"):
            for column in (c for c, level in raised.items() if level == "core"):
                shut.setdefault(column, []).append(str(uid))
    for column in noun(name).columns:
        everywhere = column.disclosure == "core"
        if not everywhere and column.name not in shut:
            continue
        here = pl.lit(True) if everywhere else pl.col(UID).is_in(shut[column.name])
        text = column.dtype() == pl.String
        hashed = pl.col(column.name).map_elements(_hash, return_dtype=pl.String) if text else pl.lit(None)
        rows = rows.with_columns(pl.when(here).then(hashed).otherwise(pl.col(column.name)).alias(column.name))
    return rows


def _hash(text: str) -> str:
    return text if text.startswith("sha256:") else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _compared(book: Brought, rows: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """The rows beside what they would change; a column the file does not have stays as it was."""
    columns = [c for c in book.table.noun.columns if not is_lifecycle(c)]
    before = old.select(UID, REVISION, LIFECYCLE, *(pl.col(c.name).alias(OLD + c.name) for c in columns))
    both = rows.join(before, on=UID, how="left", maintain_order="left")
    both = both.with_columns(_kept(c, book) for c in columns)
    if book.noun == TENANTS:  # an organisation known by its credit code keeps the number it gave itself
        both = both.with_columns(pl.coalesce(OLD + "organisation", "organisation").alias("organisation"))
    differs = pl.any_horizontal(pl.col(c.name).ne_missing(pl.col(OLD + c.name)) for c in columns)
    status = pl.when(pl.col(REVISION).is_null()).then(pl.lit("new")).when(differs).then(pl.lit("changed"))
    return both.with_columns(status.otherwise(pl.lit("unchanged")).alias(STATUS))


def _kept(column: Column, book: Brought) -> pl.Expr:
    """The new value, or the old one for rows of sheets that do not have the column."""
    money = {c.name for c in book.table.noun.columns if c.kind == "money"}
    absent = [
        i for i, given in enumerate(book.given)
        if column.name not in given and not (column.kind == "currency" and given & money)
    ]  # fmt: skip
    if not absent:
        return pl.col(column.name)
    old = pl.col(OLD + column.name)
    return pl.when(pl.col(BLOCK).is_in(absent)).then(old).otherwise(pl.col(column.name)).alias(column.name)


def _locked(book: Brought, rows: pl.DataFrame, importer: Importer, findings: Findings) -> None:
    """Changes of records, and additions to records, that stand in a state in which this importer may not touch them."""
    column = book.table.noun.columns[0]
    touched = pl.coalesce(pl.col(LIFECYCLE), pl.col(PARENT))
    asked = rows.filter(pl.col(STATUS) != "unchanged").select(TENANT, touched.alias("state")).unique()
    for tenant, state in asked.drop_nulls().sort(TENANT, "state").iter_rows():
        decision = importer.edits(book.noun, tenant, state) if state else True
        if not decision:
            here = rows.select((pl.col(STATUS) != "unchanged") & (pl.col(TENANT) == tenant) & (touched == state))
            problem = Problem(decision.reason)  # type: ignore[union-attr]
            book.table.report(findings, column, here.to_series(), problem)


def _leave(rows: dict[str, pl.DataFrame]) -> None:
    """Rows that refer to a new row which is not stored stay out with it, and so on until none is left."""
    again = True
    while again:
        gone = pl.concat([_gone(found) for found in rows.values()]).implode() if rows else pl.Series([[]])
        again = False
        for name, found in rows.items():
            lost = found.select(pl.any_horizontal(pl.lit(False), *_lost(name, gone))).to_series() & ~found[LEFT]
            if (lost & ~found[BAD]).any():
                rows[name], again = found.with_columns((found[LEFT] | (lost & ~found[BAD])).alias(LEFT)), True


def _gone(found: pl.DataFrame) -> pl.Series:
    return found.filter((pl.col(BAD) | pl.col(LEFT)) & (pl.col(STATUS) == "new"))[UID]


def _lost(name: str, gone: pl.Series) -> Iterator[pl.Expr]:
    yield pl.col(TENANT).is_in(gone).fill_null(False)
    for column in noun(name).columns:
        if any(pointers(column)):
            one = pl.col(column.name)
            there = one.list.eval(pl.element().is_in(gone)).list.any() if column.many else one.is_in(gone)
            yield there.fill_null(False)


def _owned(rows: dict[str, pl.DataFrame]) -> bool:
    """Whether every new achievement comes with its owner: without a chain of ownership none is published."""
    made = rows.get("achievements")
    if made is None:
        return True
    new = made.filter(pl.col(STATUS) == "new")[UID]
    chain = rows.get("ownership")
    owners = (
        chain.filter(pl.col("right") == "owner")["achievement"] if chain is not None else pl.Series([], dtype=pl.String)
    )
    return bool(new.is_in(owners.implode()).all())


def _counted(rows: pl.DataFrame) -> dict[str, int]:
    kinds: Iterable[tuple[str, pl.Expr]] = (
        *((status, (pl.col(STATUS) == status) & ~pl.col(BAD)) for status in ("new", "changed", "unchanged")),
        ("wrong", pl.col(BAD)), ("left", pl.col(LEFT)),
    )  # fmt: skip
    return {name: int(rows.select(which.sum()).item() or 0) for name, which in kinds}
