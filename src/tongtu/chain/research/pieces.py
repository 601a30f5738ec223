"""What the document on dual research is put together from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tongtu.chain.dossier.charts import Scale
from tongtu.chain.dossier.document import Block, Cell, Column, Paragraph, Section, Table, Tone, cell, joined, same
from tongtu.chain.dossier.room import Room
from tongtu.chain.network import Network
from tongtu.chain.network.pieces import DASH, number, sentence, share
from tongtu.chain.report.spoken import Pair, shown, words
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.money import Money

__all__ = [
    "DASH", "ROOM", "Block", "Cell", "Column", "Pair", "Paragraph", "Row", "Section", "Table", "Tone", "because",
    "cell", "facts", "figure", "in_order", "joined", "label", "money", "note", "number", "percent", "section",
    "sector", "sentence", "shares", "table", "title_of", "words",
]  # fmt: skip

Row = dict[str, Any]
ROOM = Room("research")
table, section, note, facts = ROOM.table, ROOM.section, ROOM.note, ROOM.facts
#: the order in which kinds of leads are told
SECTORS = ("institute", "university", "soe", "private", "foreign", "other")


def percent(value: float | None, tone: Tone = "", digits: int = 1) -> Cell:
    return cell(share(value, digits), tone) if value is not None else cell(DASH, "soft")


def money(minor: int | None, currency: str | None) -> Cell:
    if minor is None or currency is None:
        return cell(words("terms.unknown"), "soft")
    return cell(shown(Money(minor, currency)))


def figure(value: float | None, unit: str | None, tone: Tone = "") -> Cell:
    """A published figure: shares in percent with two decimals, money as an amount."""
    if value is None:
        return cell(DASH, "soft")
    if unit == "ratio":
        return cell(same(f"{value * 100:.2f}%"), tone)
    if unit and len(unit) == 3 and unit.isupper():
        return cell(shown(Money.of(round(value), unit)), tone)
    return cell(same(f"{value:,.4g} {unit or ''}".strip()), tone)


def because(stored: str | None, tone: Tone = "") -> Cell:
    return cell(sentence(stored), tone)


def label(network: Network, vocabulary: str, code: str | None) -> Pair:
    return words("research.unknown") if code is None else network.label(vocabulary, code)


def sector(code: str | None) -> Pair:
    return words(f"research.sector-{code}") if code else words("research.unknown")


def in_order(network: Network, vocabulary: str, codes: Iterable[Any]) -> list[Any]:
    """Codes as their vocabulary lists them, years upward, what is unknown last."""
    listed = list({**vocabularies(), **network.pack.vocabularies}.get(vocabulary, {}))
    place = {code: i for i, code in enumerate(listed)}
    return sorted(codes, key=lambda code: (code is None, place.get(code, len(place)), str(code)))


def title_of(network: Network, project: str) -> Pair:
    return network.name("projects", project, "title")


def shares(title: str, high: float | None = 1.0) -> Scale:
    """An axis of shares from nothing."""
    return Scale(words(f"research.{title}"), "share", low=0.0, high=high)
