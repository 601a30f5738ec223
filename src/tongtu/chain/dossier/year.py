"""What a year brought an organisation, and what it can expect next."""

from __future__ import annotations

from typing import Any

from tongtu.chain.dossier.benefits import benefits
from tongtu.chain.dossier.deadlines import agenda
from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, Table, cell, same
from tongtu.chain.dossier.pieces import columns, day_of, foot, stamp
from tongtu.chain.dossier.subject import Subject
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.rules.asking import year
from tongtu.rules.model import on_day
from tongtu.terms.money import Money
from tongtu.terms.why import Label

Row = dict[str, Any]


def of_year(asked: Subject, number: int) -> Document:
    """Titles, money decided and paid, hours and cases of a year; then what falls due and what is unlocked.

    Raises UsageFault for what is no organisation.
    """
    asked.require_organisation()
    found = year(asked.registry, asked.book, asked.key, number, asked.as_of, asked.pack.calendar)
    lines = [_gained(row) for row in found.gained.iter_rows(named=True)]
    gained: Block = Table(columns("kind/day", "on/day", "amount/n", "because/long"), lines)
    totals = Table(columns("kind/day", "count/n", "amount/n", "because/long"),
                   [_total(row) for row in found.totals.iter_rows(named=True)])  # fmt: skip
    ahead = on_day(asked.as_of.year + 1, (asked.as_of.month, asked.as_of.day))
    sections = [
        Section(words("dossier.totals"), [totals]),
        Section(words("dossier.gained"), [gained if lines else Paragraph(words("dossier.nothing-gained"), "soft")]),
        agenda(found.expected, asked.as_of, ahead),
        benefits(asked, set()),
    ]
    title = words("dossier.year-title", name=Label(*asked.name), year=str(number))
    return Document(title, stamp(asked), sections, foot(asked.pack, asked.as_of))


def _gained(row: Row) -> list[Cell]:
    kind = words(f"dossier.kind-{row['kind']}")
    return [cell(kind), cell(day_of(row["on"])), cell(_amount(row)), cell(both(row["why"]))]


def _total(row: Row) -> list[Cell]:
    count = words("terms.unknown") if row["count"] is None else same(str(row["count"]))
    return [cell(words(f"dossier.kind-{row['kind']}")), cell(count), cell(_amount(row)), cell(both(row["why"]))]


def _amount(row: Row) -> Pair:
    if row["amount"] is not None:
        return shown(Money(row["amount"], row["currency"]))
    return same("—") if row["hours"] is None else words("dossier.hours", n=row["hours"])
