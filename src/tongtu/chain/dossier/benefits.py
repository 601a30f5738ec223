"""What a subject could obtain: money, and access to resources."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.chain.dossier.document import Cell, Paragraph, Section, Table, cell, joined, same
from tongtu.chain.dossier.pieces import VERDICTS, Row, columns, day_of, tier_name, verdict
from tongtu.chain.dossier.subject import Subject
from tongtu.chain.report.spoken import Pair, shown, words
from tongtu.rules import Judgement
from tongtu.rules.asking.titles import held, valid
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Why


def benefits(asked: Subject, near: set[tuple[str, str]]) -> Section:
    """Grants of titles held, of tiers met or still open, and of those tiers (scheme, tier) that are `near`."""
    holds: set[tuple[Any, ...]] = set()
    if asked.noun == "organisations":
        titles = valid(held(asked.book, asked.registry, asked.key), asked.as_of)
        holds = set(titles.select("scheme", "tier").iter_rows())
    rows = []
    for judgement in asked.judgements.values():
        for row in judgement.grants.filter(pl.col("kind") != "title").to_dicts():
            place = (row["scheme"], row["tier"])
            status = "held" if place in holds else row["verdict"]
            if status in ("held", "met", "manual", "unknown") or (status == "unmet" and place in near):
                rows.append((status, judgement, row))
    order = ("held", *VERDICTS)
    rows.sort(key=lambda entry: order.index(entry[0]))
    if not rows:
        return Section(words("dossier.unlocked"), [Paragraph(words("dossier.nothing-unlocked"), "soft")])
    table = Table(columns("verdict/day", "grant", "amount/n", "until/day", "because/long"),
                  [_grant(*entry) for entry in rows])  # fmt: skip
    return Section(words("dossier.unlocked"), [Paragraph(words("dossier.unlocked-note"), "soft"), table])


def _grant(status: str, judgement: Judgement, row: Row) -> list[Cell]:
    why = Why.from_json(row["why"])
    state = cell(words("dossier.by-title"), "good") if status == "held" else verdict(status)
    said: list[Any] = [Label(*tier_name(judgement, row["tier"]))]
    because = [part for part in why.args["because"] if part != why.args["tier"]]
    if because and status in ("unmet", "unknown", "manual"):
        said.append(Why("dossier.open-are", {"names": because}))
    if row["amount_low"] != row["amount_high"] or (row["currency"] and row["amount_low"] is None):
        said.append(why.args["what"])
    reclaimed = why.args["reclaim"]
    said += [*why.parts, *([reclaimed] if reclaimed else []), why.args["by"]]
    told = joined([shown(one) for one in said], "；", "; ")
    return [state, cell(shown(why.args["name"])), cell(_amount(row)), cell(day_of(row["until"])),
            cell(told, "bad" if row["reclaimed"] == "met" else "")]  # fmt: skip


def _amount(row: Row) -> Pair:
    """Money, an interval of it, or how much of a resource."""
    if row["currency"] is not None:
        if row["amount_low"] is None:
            return words("terms.unknown")
        low, high = (shown(Money(row[side], row["currency"])) for side in ("amount_low", "amount_high"))
        amount = low if low == high else [f"{a} – {b}" for a, b in zip(low, high, strict=True)]
        return words("dossier.a-year", amount=Label(*amount)) if row["per"] == "year" else amount
    if row["quota"] is not None:
        return shown(Quantity(row["quota"], row["unit"] or ""))
    return same("—")
