"""What the documents of cases and pathways are put together from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tongtu.chain.dossier.document import Block, Cell, Document, Section, Tone, cell, same
from tongtu.chain.dossier.room import Room
from tongtu.chain.network import Network
from tongtu.chain.network.pieces import sentence
from tongtu.chain.report.spoken import Pair, words

ROOM = Room("passage")
columns, table, section, note, facts = ROOM.columns, ROOM.table, ROOM.section, ROOM.note, ROOM.facts
DASH = same("—")
STATES: dict[str, Tone] = {"open": "", "held": "warn", "recycled": "bad", "killed": "bad", "done": "good"}
DECISIONS: dict[str, Tone] = {"go": "good", "hold": "warn", "recycle": "warn", "kill": "bad"}
VERDICTS: dict[str, Tone] = {"met": "good", "unmet": "bad", "unknown": "warn", "manual": "warn"}


def document(network: Network, title: Pair, sections: Sequence[Section | None], *stamp: Pair) -> Document:
    kept = [one for one in sections if one is not None]
    foot = [words("passage.derived"), words("passage.not-decided")]
    return Document(title, network.stamp(*stamp), kept, foot, words("passage.brand"))


def told(code: str, **args: Any) -> Pair:
    return words(f"passage.{code}", **args)


def state(network: Network, code: str | None) -> Cell:
    if code is None:
        return cell(words("terms.unknown"), "warn")
    return cell(network.label("case_state", code), STATES.get(code, ""))


def decision(network: Network, code: str | None) -> Cell:
    return cell(network.label("decision", code), DECISIONS.get(code or "", "")) if code else cell(DASH, "soft")


def verdict(code: str) -> Cell:
    return cell(words(f"report.verdict-{code}"), VERDICTS.get(code, ""))


def day(value: date | None, late: bool | None = False) -> Cell:
    """A day; one that has passed without what was due is marked."""
    return cell(DASH, "soft") if value is None else cell(same(value.isoformat()), "bad" if late else "")


def count(value: int | None) -> Cell:
    return cell(DASH, "soft") if value is None else cell(same(f"{value:,}"))


def text(value: str | None, tone: Tone = "") -> Cell:
    """What a person wrote, the same in both languages."""
    return cell(same(value), tone) if value else cell(same(""))


def because(stored: Any, tone: Tone = "") -> Cell:
    return cell(sentence(stored), tone)


def stacked(*found: Block | None) -> list[Block]:
    return [one for one in found if one is not None]
