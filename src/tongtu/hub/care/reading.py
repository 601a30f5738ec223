"""The log as pages: newest first, a page at a time, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from tongtu.hub.care.models import Event
from tongtu.registry.cells import as_text
from tongtu.registry.columns import nouns
from tongtu.terms.words import Lang, say, word
from tongtu.terms.words.catalogue import find

SIZE = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the time of its last line, and how many lines of that very time were shown.

    The number of a line would tell how many lines all other organisations have.
    """

    at: datetime
    shown: int

    def __str__(self) -> str:
        return f"{self.at.timestamp():.6f}-{self.shown}"


def cursor_of(text: str) -> Cursor | None:
    """A cursor of an address; None where it is none."""
    from datetime import UTC

    seconds, _, shown = text.partition("-")
    try:
        return Cursor(datetime.fromtimestamp(float(seconds), UTC), int(shown))
    except (ValueError, OverflowError, OSError):
        return None


def page(rows: QuerySet[Event], cursor: Cursor | None) -> tuple[list[Event], Cursor | None]:
    """One page of lines, and the cursor of the next one."""
    rows = rows.select_related("user", "organisation").order_by("-at", "-id")
    start = 0
    if cursor is not None:
        rows, start = rows.filter(at__lte=cursor.at), cursor.shown
    found = list(rows[start : start + SIZE + 1])
    lines = found[:SIZE]
    if len(found) <= SIZE:
        return lines, None
    last = lines[-1].at
    same = sum(line.at == last for line in lines)
    return lines, Cursor(last, same + (start if cursor is not None and cursor.at == last else 0))


HEADER = ("at", "person", "organisation", "action", "kind", "thing", "allowed", "why", "request")


class _Line:
    """What csv writes to, giving the line back."""

    def write(self, text: str) -> str:
        return text


def as_csv(rows: QuerySet[Event], lang: Lang) -> Iterator[str]:
    """Lines of a CSV file, oldest first; no text is taken for a formula."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([word(f"hub_care.{name}", lang) for name in HEADER])
    for event in rows.select_related("user", "organisation").order_by("at", "id").iterator(chunk_size=2_000):
        yield writer.writerow([as_text(cell) for cell in cells(event, lang)])


def cells(event: Event, lang: Lang) -> list[str]:
    """One line as text."""
    return [
        event.at.isoformat(timespec="seconds"),
        str(event.user or ""),
        event.organisation.title(lang) if event.organisation else "",
        action_word(event.action, lang),
        kind_word(event.kind, lang),
        event.thing,
        word("terms.yes" if event.allowed else "terms.no", lang),
        say(event.reason, lang) if event.reason else "",
        event.request,
    ]


def action_word(action: str, lang: Lang) -> str:
    """What was done: an action of the policy, or one that needs no permission."""
    return _word(("hub_policy", "hub_care"), f"action-{action}", lang) or action


def kind_word(kind: str, lang: Lang) -> str:
    """What it was done to: a noun, or something else that the hub keeps."""
    if kind in nouns():
        return nouns()[kind].label(lang)
    return _word(("hub_care",), f"kind-{kind}", lang) or kind


def _word(rooms: Sequence[str], name: str, lang: Lang) -> str | None:
    """The first room's word of this name."""
    codes = (f"{room}.{name.replace('_', '-')}" for room in rooms)
    return next((word(code, lang) for code in codes if find(code)), None)
