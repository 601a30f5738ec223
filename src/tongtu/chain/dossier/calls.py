"""Funding calls open to an organisation: verdict, deadline, what is missing, an outline as far as it fills in."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Document,
    Facts,
    Paragraph,
    Section,
    Table,
    cell,
    joined,
    lean,
    same,
)
from tongtu.chain.dossier.gaps import missing
from tongtu.chain.dossier.pieces import columns, foot, stamp, verdict
from tongtu.chain.dossier.subject import Subject
from tongtu.chain.report.spoken import Pair, both, money, named, shown, words
from tongtu.rules.asking import calls, outline
from tongtu.terms.why import Label, Why

Row = dict[str, Any]
#: days before a deadline from which it is marked
_SOON = 30


def open_calls(asked: Subject) -> Document:
    """Every call open on the day, those it qualifies for first. Raises UsageFault for what is no organisation."""
    asked.require_organisation()
    found = calls(asked.book, asked.registry, asked.key, asked.as_of)
    sections = [_call(asked, row, found.gaps) for row in found.calls.iter_rows(named=True)]
    if not sections:
        sections = [Section(words("dossier.calls"), [Paragraph(words("dossier.no-calls"), "soft")])]
    title = words("dossier.calls-title", name=Label(*asked.name))
    return Document(title, stamp(asked), sections, foot(asked.pack, asked.as_of))


def _call(asked: Subject, row: Row, gaps: pl.DataFrame) -> Section:
    facts: list[tuple[Pair, Cell]] = [
        (words("dossier.issuer"), cell(same(row["issuer"] or "—"))),
        (words("dossier.call-amount"), cell(money(row["amount"], row["currency"]))),
        (words("dossier.call-closes"), _closes(row)),
        (words("dossier.because"), cell(both(row["why"]))),
    ]
    judged_alone = row["subject"] in (None, asked.key)
    if row["tier"] is not None and row["subject"] != asked.key:
        applied = words("dossier.call-blank") if judged_alone else same(row["subject"])
        facts.insert(3, (words("dossier.call-with"), cell(applied)))
    blocks: list[Block] = [Facts(facts), *_gaps(row, gaps)]
    if row["verdict"] != "not_applicable" and row["tier"] is not None:
        blocks.append(_outline(asked, row))
    title = named(row, "title")
    return Section(joined([title, same(row["call"])], " · ", " · "), blocks, verdict(row["verdict"]))


def _closes(row: Row) -> Cell:
    if row["closes"] is None:
        return cell(words("terms.unknown"), "soft")
    said = words("dossier.call-days", day=row["closes"], n=row["days_left"])
    return cell(said, "warn" if row["days_left"] < _SOON else "")


def _gaps(row: Row, gaps: pl.DataFrame) -> list[Block]:
    if gaps.is_empty() or row["tier"] is None:
        return []
    mine = gaps.filter(
        pl.col("call") == row["call"], pl.col("subject").eq_missing(row["subject"]), pl.col("tier") == row["tier"]
    )
    lines = [missing(line, None) for line in mine.to_dicts()]
    return [lean(Table(columns("verdict/day", "criterion", "now", "asked", "short", "by"), lines))] if lines else []


def _outline(asked: Subject, row: Row) -> Section:
    """The application's fields in the order of a form; an empty one names who has to supply it."""
    table = outline(asked.book, asked.registry, asked.key, row["call"], asked.as_of, subject=row["subject"])
    empty = table["value"].null_count()
    lines = []
    for line in table.iter_rows(named=True):
        why = Why.from_json(line["why"])
        content = cell(shown(why.args["value"])) if "value" in why.args else _empty(why)
        lines.append([cell(words(f"dossier.part-{line['part']}"), "soft"), cell(shown(why.args["name"])), content])
    head = Paragraph(words("dossier.filled", n=table.height - empty, empty=empty), "soft")
    return Section(words("dossier.outline"), [head, Table(columns("part/day", "item", "value/long"), lines)])


def _empty(why: Why) -> Cell:
    return cell(words("dossier.to-fill", who=why.args["who"]), "warn")
