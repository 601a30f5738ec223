"""What comes out of a file with prose: runs of text in reading order and what the file says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

KINDS = ("title", "heading", "paragraph", "item", "cell", "note")
FORMATS = ("text", "html", "pdf", "docx", "feed", "json")


@dataclass(frozen=True, slots=True)
class Run:
    """A paragraph, heading, list item or cell, on one line and without blanks at its ends."""

    kind: str
    text: str
    level: int = 0
    """Of a heading, from 1."""
    page: int | None = None
    """Of a PDF, from 1."""
    row: int | None = None
    """Of a table's cell, from 0; the first cell of every table is 0, 0."""
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Prose:
    """One document as it stood in a file; a feed or a list of records holds several.

    Everything but the runs is a hint of the file's own, as written there and unchecked; empty where it says nothing.
    """

    runs: tuple[Run, ...]
    format: str
    title: str = ""
    published: str = ""
    outlet: str = ""
    address: str = ""
    language: str = ""
    encoding: str = ""
    unread: tuple[int, ...] = ()
    """Pages of a PDF that show something but hold no text."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Prose:
        """Raises ValueError, TypeError or KeyError for what is no such document: the child is not trusted."""
        runs = tuple(Run(**run) for run in value["runs"])
        prose = cls(**{**value, "runs": runs, "unread": tuple(value["unread"])})
        words = (prose.title, prose.published, prose.outlet, prose.address, prose.language, prose.encoding)
        numbers = [n for run in runs for n in (run.level, run.page, run.row, run.column) if n is not None]
        if (
            prose.format not in FORMATS
            or not all(isinstance(word, str) for word in words)
            or not all(run.kind in KINDS and isinstance(run.text, str) for run in runs)
            or not all(type(n) is int for n in (*numbers, *prose.unread))
        ):
            raise ValueError("no prose")
        return prose


def tidy(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Each line a run of its own, without blanks at its ends; empty ones left out."""
    return tuple(
        replace(run, text=line.strip()) for run in runs for line in run.text.splitlines() if line and not line.isspace()
    )
