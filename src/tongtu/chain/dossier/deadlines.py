"""What falls due, for one subject or for everybody under the rules."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.compose import with_pack
from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, Table, cell, same
from tongtu.chain.dossier.pieces import by_pack, columns, day_of, foot, stamp
from tongtu.chain.dossier.subject import Subject, plausible
from tongtu.chain.law import rule_book
from tongtu.chain.report.spoken import Pair, both, words
from tongtu.registry import Registry
from tongtu.rules.asking import calendar
from tongtu.terms.why import Label

if TYPE_CHECKING:
    from tongtu.packs import Pack

_TONES: dict[str, Any] = {"closes": "bad", "call_closes": "bad", "expires": "warn", "update": "warn", "review": "warn"}


def deadlines(asked: Subject, until: date) -> Document:
    """Everything one subject has to do or may apply for, by date."""
    table = calendar(asked.book, asked.registry, asked.key, asked.as_of, until, asked.pack.calendar)
    title = words("dossier.deadlines-title", name=Label(*asked.name))
    return Document(title, stamp(asked), [agenda(table, asked.as_of, until)], foot(asked.pack, asked.as_of))


def all_deadlines(registry: Registry, pack: Pack, as_of: date, until: date) -> Document:
    """The same for everybody: every window of the rules, every call, what holders in the registry owe."""
    seen = with_pack(registry, pack).known(plausible(as_of))
    table = calendar(rule_book(pack), seen, None, as_of, until, pack.calendar)
    told = [words("dossier.as-of", day=as_of), by_pack(pack)]
    return Document(words("dossier.deadlines-all"), told, [agenda(table, as_of, until)], foot(pack, as_of))


def agenda(table: pl.DataFrame, first: date, last: date) -> Section:
    """A calendar as a section."""
    title = words("dossier.deadlines", first=first, last=last)
    if table.is_empty():
        return Section(title, [Paragraph(words("dossier.no-deadlines"), "soft")])
    rows = [_due(row) for row in table.iter_rows(named=True)]
    blocks: list[Block] = [Table(columns("on/day", "left/n", "kind/day", "because/long"), rows)]
    if table["provisional"].any():
        blocks.append(Paragraph(words("dossier.provisional"), "soft"))
    return Section(title, blocks)


def _due(row: dict[str, Any]) -> list[Cell]:
    kind = words(f"dossier.due-{row['kind'].replace('_', '-')}")
    return [cell(day_of(row["on"])), cell(_left(row)), cell(kind, _TONES.get(row["kind"], "")), cell(both(row["why"]))]


def _left(row: dict[str, Any]) -> Pair:
    if row["working_days_left"] is None:
        return same(str(row["days_left"]))
    mark = "*" if row["provisional"] else ""
    return words("dossier.days-left", n=row["days_left"], working=f"{row['working_days_left']}{mark}")
