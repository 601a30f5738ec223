"""What the document of progress is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tongtu.chain.dossier.charts import Bars, Gantt, Heat, Lines, Scale
from tongtu.chain.dossier.document import Block, Cell, Chart, Paragraph, Tone, cell, same
from tongtu.chain.dossier.room import Room
from tongtu.chain.network import Network
from tongtu.chain.network.pieces import sentence
from tongtu.chain.report.spoken import Pair, words

ROOM = Room("passage_progress")
columns, table, section, note, facts = ROOM.columns, ROOM.table, ROOM.section, ROOM.note, ROOM.facts
DASH = same("—")
Row = dict[str, Any]


def told(code: str, **args: Any) -> Pair:
    return words(f"passage_progress.{code}", **args)


def because(stored: str | None) -> Cell:
    return cell(sentence(stored), "soft")


def count(value: float | None, tone: Tone = "") -> Cell:
    return cell(DASH, "soft") if value is None else cell(same(f"{value:,.0f}"), tone)


def explained(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], nothing: str, most: int | None = None
) -> list[Block]:  # fmt: skip
    """A table whose last column explains; where it says the same of every row, it is said once below."""
    said = [row[-1].text for row in rows]
    if len(said) < 2 or any(one != said[0] for one in said):
        return table(heads, rows, nothing, most)
    return [*table(heads[:-1], [row[:-1] for row in rows], nothing, most), Paragraph(said[0], "soft")]


def unknown() -> Cell:
    return cell(words("terms.unknown"), "soft")


def share(value: float | None, low: float | None = None, high: float | None = None, tone: Tone = "") -> Cell:
    """A share with its interval; unknown where it is not told."""
    if value is None:
        return unknown()
    return cell(ranged(f"{value:.0%}", None if low is None else f"{low:.0%}", None if high is None else f"{high:.0%}"),
                tone)  # fmt: skip


def figure(value: float | None, low: float | None, high: float | None, digits: int = 0, tone: Tone = "") -> Cell:
    """A number with its interval; an end nobody was followed to stays open."""
    if value is None:
        return unknown()
    ends = [None if one is None else f"{one:,.{digits}f}" for one in (low, high)]
    return cell(ranged(f"{value:,.{digits}f}", *ends), tone)


def ranged(value: str, low: str | None, high: str | None) -> Pair:
    if low is None and high is None:
        return same(value)
    between = f"{low or '?'} – {high or '?'}"
    return [f"{value}（{between}）", f"{value} ({between})"]


def scale(code: str, kind: Any = "number", low: float | None = None, high: float | None = None) -> Scale:
    return Scale(told(code), kind, low=low, high=high)


def shares(code: str) -> Scale:
    return scale(code, "share", 0.0, 1.0)


def chart(code: str, picture: Lines | Bars | Heat | Gantt, **args: Any) -> Chart:
    """Its title under `chart-CODE`, what it shows under `chart-CODE-shows`."""
    return Chart(told(f"chart-{code}"), picture, told(f"chart-{code}-shows", **args))


def group_name(network: Network, by: str | None, code: str | None) -> Pair:
    """What a group is called: a direction, a pathway or its version, an organisation."""
    if code is None:
        return told("all-cases")
    match by:
        case "direction":
            return network.direction(code)
        case "organisation":
            return network.name("organisations", code)
    return same(code)


def phase(network: Network, code: str) -> Pair:
    return network.label("stage", code)
