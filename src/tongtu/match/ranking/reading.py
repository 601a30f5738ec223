"""The BEIR layout read into frames: texts as JSON lines, judgments as tab-separated lines (Thakur et al., 2021).

Every fault is told with its file and line; all of them are collected before any is raised.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

#: the column that holds the field by which `read_texts` is asked to group
PROFILE = "profile"
_MOST = 100  # faults told; the rest are counted


@dataclass
class _Page:
    """One file as it is read, and what is wrong with it."""

    path: Path
    faults: list[Fault] = field(default_factory=list)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Numbered lines that hold something; bytes that are no UTF-8 end the reading."""
        number = 0
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield number, line.rstrip("\r\n")
        except UnicodeDecodeError:
            self.wrong(number + 1, "not-utf8")
        except OSError as error:
            self.wrong(None, "unreadable", problem=error.strerror or type(error).__name__)

    def wrong(self, line: int | None, what: str, **args: object) -> None:
        self.faults.append(
            Fault(
                Why(f"match_ranking.{what}", args), Why(f"match_ranking.{what}-repair", args), str(self.path), row=line
            )
        )

    def end(self) -> None:
        """Raises DataRefused if anything was wrong."""
        if len(self.faults) > _MOST:
            more = Fault(Why("match_ranking.more-faults", {"n": len(self.faults) - _MOST}), file=str(self.path))
            self.faults = [*islice(self.faults, _MOST), more]
        if self.faults:
            raise DataRefused(self.faults)


def read_texts(path: Path, *, group: str | None = None) -> pl.DataFrame:
    """id, text (the title, if there is one, before the text) and, with `group`, the field so called as `profile`.

    A line is an object with `_id` and `text`; `title` and whatever else are optional. Raises DataRefused.
    """
    page = _Page(path)
    seen: dict[str, int] = {}
    rows: dict[str, list[str | None]] = {"id": [], "text": [], **({PROFILE: []} if group else {})}
    for number, line in page.lines():
        row = _object(page, number, line)
        if row is None:
            continue
        name = _text(row.get("_id"))
        if not name:
            page.wrong(number, "no-id")
        elif name in seen:
            page.wrong(number, "same-id", id=name, first=seen[name])
        elif (text := _written(row)) is None:
            page.wrong(number, "no-text", id=name)
        else:
            seen[name] = number
            found = (name, text, _text(row.get(group)) or None if group else None)
            for column, value in zip(rows.values(), found, strict=False):
                column.append(value)
    if not page.faults and not rows["id"]:
        page.wrong(None, "empty")
    if group and rows["id"] and not any(rows[PROFILE]):
        page.wrong(None, "no-group", field=group)
    page.end()
    return pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))


def read_judgments(path: Path, questions: Collection[str], documents: Collection[str]) -> pl.DataFrame:
    """question, document, relevance (not negative), from three tab-separated columns with or without a header.

    Ids have to be among `questions` and `documents`. Raises DataRefused.
    """
    page = _Page(path)
    asked, held = frozenset(questions), frozenset(documents)
    seen: dict[tuple[str, str], int] = {}
    rows: list[tuple[str, str, float]] = []
    for number, line in page.lines():
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1 and cells[0] in _HEADS:
            continue
        gain = _gain(cells[2]) if len(cells) == _CELLS else None
        if gain is None:
            page.wrong(number, "bad-judgment")
        elif cells[0] not in asked:
            page.wrong(number, "unknown-question", id=cells[0])
        elif cells[1] not in held:
            page.wrong(number, "unknown-document", id=cells[1])
        elif (cells[0], cells[1]) in seen:
            page.wrong(number, "same-judgment", first=seen[cells[0], cells[1]])
        else:
            seen[cells[0], cells[1]] = number
            rows.append((cells[0], cells[1], gain))
    page.end()
    schema = {"question": pl.String, "document": pl.String, "relevance": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


_HEADS = ("query-id", "query_id", "qid", "question")
_CELLS = 3


def _object(page: _Page, number: int, line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
        if "\\ud" in line.lower():
            json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict):
        return row
    page.wrong(number, "bad-line")
    return None


def _written(row: dict[str, Any]) -> str | None:
    """Title and text, or None where there is neither or one is no text."""
    parts = [row[name] for name in ("title", "text") if row.get(name) is not None]
    if not parts or not all(isinstance(part, str) for part in parts):
        return None
    return "\n".join(filter(None, parts))


def _text(value: object) -> str:
    """An id on one line; numbers are taken as they are written, anything else is none."""
    if isinstance(value, str):
        return "" if any(mark in value for mark in "\t\r\n") else value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _gain(cell: str) -> float | None:
    try:
        gain = float(cell)
    except ValueError:
        return None
    return gain if 0 <= gain < float("inf") else None
