"""What the sections of the autonomy dossier are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tongtu.chain.dossier.charts import Flow, Lines
from tongtu.chain.dossier.document import Cell, Chart, Tone, cell, joined, same
from tongtu.chain.dossier.room import Room
from tongtu.chain.network.pieces import because, day, label, number, sentence, share
from tongtu.chain.report.spoken import Pair, words

__all__ = [
    "DASH", "ROOM", "Row", "arrowed", "because", "cell", "chained", "chart", "columns", "day", "facts", "fitting",
    "joined", "label", "listed", "note", "number", "percent", "same", "section", "sentence", "share", "span", "state",
    "table", "tone", "words", "yes_no",
]  # fmt: skip

Row = dict[str, Any]
ROOM = Room("supply")
columns, table, section, note, facts = ROOM.columns, ROOM.table, ROOM.section, ROOM.note, ROOM.facts
DASH = same("—")
#: ours: from here on a share counts as one's own, below the second as other people's
GOOD, BAD = 2 / 3, 1 / 3
_WIDE = 0.005


def tone(value: float | None) -> Tone:
    """How a share of autonomy is shown."""
    if value is None:
        return "soft"
    return "good" if value >= GOOD else "bad" if value < BAD else "warn"


def percent(value: float | None, digits: int = 0, toned: Tone = "") -> Cell:
    if value is None:
        return cell(words("terms.unknown"), "soft")
    return cell(share(value, digits), toned)


def span(point: float | None, low: float | None, high: float | None, toned: Tone = "") -> Cell:
    """A share with its interval where that is open: 31% (12–55%)."""
    if low is None or high is None:
        return percent(point, 0, toned)
    ends = f"{low * 100:.0f}%" if high - low < _WIDE else f"{low * 100:.0f}–{high * 100:.0f}%"
    if point is None:
        return cell(words("terms.unknown") if low <= 0 and high >= 1 else same(ends), "soft")
    if high - low < _WIDE:
        return percent(point, 0, toned)
    head = f"{point * 100:.0f}%"
    return cell([f"{head}（{ends}）", f"{head} ({ends})"], toned)


def fitting(point: float | None, low: float | None, high: float | None, digits: int = 2) -> Cell:
    """An index with its interval."""
    if point is None:
        if low is None or high is None or (low <= 0 and high >= 1):
            return cell(words("terms.unknown"), "soft")
        return cell(same(f"{low:.{digits}f}–{high:.{digits}f}"), "soft")
    head = f"{point:.{digits}f}"
    if low is None or high is None or high - low < _WIDE:
        return cell(same(head))
    ends = f"{low:.{digits}f}–{high:.{digits}f}"
    return cell([f"{head}（{ends}）", f"{head} ({ends})"])


def listed(names: Iterable[Pair], most: int | None = None) -> Pair:
    """Names one after another; beyond the most how many there are."""
    found = list(names)
    told = joined(found if most is None else found[:most])
    if most is not None and len(found) > most:
        return [f"{told[0]}等 {len(found)} 项", f"{told[1]} and {len(found) - most} more"]
    return told


def state(name: str, value: str | None, tones: dict[str, Tone] | None = None) -> Cell:
    """A word of a closed list: `supply.NAME-VALUE`."""
    if value is None:
        return cell(DASH, "soft")
    return cell(words(f"supply.{name}-{value.replace('_', '-')}"), (tones or {}).get(value, ""))


def yes_no(value: bool | None, good: bool | None = None) -> Cell:
    """Yes, no or unknown; `good`: which of the two is good."""
    if value is None:
        return cell(words("terms.unknown"), "soft")
    toned: Tone = "" if good is None else "good" if value == good else "bad"
    return cell(words("terms.yes" if value else "terms.no"), toned)


def chart(code: str, picture: Flow | Lines, **args: object) -> Chart:
    """Its title under `supply.chart-CODE`, what it shows under `supply.chart-CODE-shows`."""
    return Chart(words(f"supply.chart-{code}", **args), picture, words(f"supply.chart-{code}-shows", **args))


def chained(names: Iterable[str | None]) -> Pair:
    """Codes or names taken together: JP + US."""
    return same(" + ".join(name for name in names if name))


def arrowed(names: Sequence[Pair]) -> Pair:
    """A path in words."""
    return [" → ".join(name[side] for name in names) for side in (0, 1)]
