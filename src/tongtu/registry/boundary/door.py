"""What one can do with a file of somebody else: read its tables, text, JSON or prose, and mark it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import orjson

from tongtu.registry.boundary import client, guard
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.prose import Prose
from tongtu.registry.boundary.refusal import fault, placed, raise_all, refused, unpack
from tongtu.terms.faults import Fault, FileRefused
from tongtu.terms.words import LANGUAGES

Cell = str | int | float | bool | None
_PLAIN = {str, int, float, bool, type(None)}
_PLAIN_PROSE = (".txt", ".md", ".markdown", *guard.DOCUMENTS)
"""Prose that needs no parser but those of tables, unless a record holds HTML."""
_MARKING_CPU = 280
_MARKING_SECONDS = 300.0
_PROSE_CPU_FLOOR = 8
"""Seconds: a PDF of few bytes may hold many pages."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, column-major: `columns[i][j]` stands in row `j + first_row` as Excel counts.

    All columns are equally long. Dates, times and durations are text (ISO 8601; `36:05:00`), an empty cell
    is None, an Excel error is its text (`#DIV/0!`), a formula its stored value. Text files hold only text.
    """

    name: str
    first_row: int
    columns: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Marked:
    """Where the marked workbook lies, and whether it is the one that came in or one built anew."""

    path: Path
    way: Literal["marked", "rebuilt"]


class _Sheets:
    """Gathers sheets; evens out columns where blocks of rows differ in width."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.sheets: list[Sheet] = []
        self._rows = 0

    def take(self, letter: bytes, payload: bytearray) -> None:
        value = orjson.loads(payload)
        if letter == b"F":
            self.faults += unpack(value, "")
        elif letter == b"S":
            self.sheets.append(Sheet(str(value["name"]), int(value["first_row"]), []))
            self._rows = 0
        else:
            self._extend(self.sheets[-1].columns, value)

    def _extend(self, columns: list[list[Cell]], block: list[list[Cell]]) -> None:
        rows = len(block[0])
        for column in block:
            if len(column) != rows or not set(map(type, column)) <= _PLAIN:
                raise ValueError("not columns of plain cells")
        columns += ([None] * self._rows for _ in range(len(block) - len(columns)))
        for column, more in zip(columns, block, strict=False):
            column.extend(more)
        for column in columns[len(block) :]:
            column.extend([None] * rows)
        self._rows += rows


class _Document:
    """Gathers one value."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.value: Any = None

    def take(self, letter: bytes, payload: bytearray) -> None:
        value = orjson.loads(payload)
        if letter == b"F":
            self.faults += unpack(value, "")
        else:
            self.value = value


def read(path: Path, limits: Limits | None = None) -> list[Sheet]:
    """The sheets of a workbook, delimited text or JSON records, in their order.

    Formats: .xlsx .xlsm .xls .xlsb .ods, .csv .tsv .txt (UTF-8, UTF-16 with its mark, GB18030), .json and
    .jsonl. Limits default to those of uploads. Waits without holding the interpreter lock, so threads read
    several files at once. Raises FileRefused with all faults found; UsageFault where no child can be forked.
    """
    path = Path(path)
    with _opened(path, guard.TABLES, limits) as (source, limits):
        job = {"task": "sheets", "suffix": path.suffix.lower(), "stem": path.stem}
        answer = client.run(job, source, limits, _Sheets)
        raise_all(answer.faults)
        return answer.sheets


def read_text(path: Path, limits: Limits | None = None) -> str:
    """A text file of any suffix as characters, its encoding decided as in `text`. Raises FileRefused."""
    path = Path(path)
    with _opened(path, (), limits) as (source, limits):
        return str(_document({"task": "text"}, source, limits))


def read_json(path: Path, limits: Limits | None = None) -> Any:
    """A JSON document of any suffix as plain values; `.jsonl` as the list of its lines. Raises FileRefused."""
    path = Path(path)
    with _opened(path, (), limits) as (source, limits):
        return _document({"task": "json", "suffix": path.suffix.lower()}, source, limits)


def read_prose(path: Path, limits: Limits | None = None) -> tuple[Prose, ...]:
    """The documents of a file with prose, in their order; only feeds and JSON hold more than one.

    Formats: .txt .md (encodings as in `read`), .html .htm, .pdf, .docx, .rss .atom .xml, .json .jsonl. A file
    is read whole or not at all. Raises FileRefused with all faults found.
    """
    path = Path(path)
    limits = limits or Limits.upload()
    limits = limits.within(cpu_floor=max(limits.cpu_floor, _PROSE_CPU_FLOOR))
    with _opened(path, guard.PROSE, limits) as (source, limits):
        job = {"task": "prose", "suffix": path.suffix.lower()}
        answer = _document(job, source, limits, "tables" if job["suffix"] in _PLAIN_PROSE else "prose")
        try:
            return tuple(Prose.from_json(value) for value in answer)
        except (ValueError, TypeError, LookupError) as error:
            raise refused("unreadable", problem=f"answer: {type(error).__name__}") from None


def read_folder(folder: Path, limits: Limits | None = None) -> dict[str, tuple[Prose, ...]]:
    """The documents of all files with prose below a folder, by their relative paths, sorted.

    Hidden files, links and files of other suffixes are passed over. Raises FileRefused with the faults of all
    files, and where none is left to read.
    """
    folder = Path(folder)
    found: dict[str, tuple[Prose, ...]] = {}
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or path.suffix.lower() not in guard.PROSE:
            continue
        if any(part.startswith(".") for part in name.parts):
            continue
        try:
            found[name.as_posix()] = read_prose(path, limits)
        except FileRefused as refusal:
            faults += (replace(f, file=name.as_posix()) for f in refusal.faults)
    raise_all(faults if faults or found else [fault("prose-folder", known=guard.PROSE)])
    return found


def mark(path: Path, out: Path, faults: Iterable[Fault], limits: Limits | None = None) -> Marked:
    """Writes the workbook with its faulty cells filled and commented in Chinese and English.

    What openpyxl can keep (.xlsx and .xlsm of moderate size and number of faults) is the same workbook.
    Anything else is rebuilt: all values, the marks, and a sheet that lists the faults; then `out` ends in
    .xlsx whatever was asked. `out` appears whole or not at all. Raises FileRefused.
    """
    path, out = Path(path), Path(out)
    with _opened(path, guard.TABLES, limits) as (source, limits):
        patient = limits.within(
            cpu_seconds=max(limits.cpu_seconds, _MARKING_CPU),
            seconds=max(limits.seconds, _MARKING_SECONDS),
            memory_bytes=max(limits.memory_bytes, 1_800 << 20),
        )
        job = {"task": "mark", "suffix": path.suffix.lower(), "stem": path.stem, "marks": _marks(faults)}
        for way in ("marked", "rebuilt"):
            done = _try_marking({**job, "way": way}, source, patient, out)
            if done is not None:
                return done
        raise refused("unmarkable")


def _try_marking(job: dict[str, Any], source: int, limits: Limits, out: Path) -> Marked | None:
    """One way of marking, in a folder beside the result; None where this way is not for this file."""
    with tempfile.TemporaryDirectory(prefix=".marking-", dir=out.parent) as folder:
        draft = Path(folder) / "book.xlsx"
        try:
            said = _document({**job, "out": str(draft)}, source, limits)
        except FileRefused:
            if job["way"] == "rebuilt":
                raise
            return None
        if not said:
            return None
        goal = out if job["way"] == "marked" else out.with_suffix(".xlsx")
        draft.replace(goal)
        return Marked(goal, job["way"])


def _marks(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Faults as the child needs them: place and sentences."""
    return [
        {
            "sheet": f.sheet,
            "row": f.row,
            "column": f.column,
            "value": f.value,
            "said": [replace(f, file="", sheet="", row=None, column="").say(lang) for lang in LANGUAGES],
        }
        for f in faults
    ]


def _document(job: dict[str, Any], source: int, limits: Limits, kind: str = "tables") -> Any:
    answer = client.run(job, source, limits, _Document, kind)
    raise_all(answer.faults)
    return answer.value


@contextmanager
def _opened(path: Path, known: tuple[str, ...], limits: Limits | None) -> Iterator[tuple[int, Limits]]:
    """An ordinary file of a known suffix and allowed size, open; every refusal inside names the file.

    The child gets the open file, never a path: it cannot be led elsewhere, and the file cannot be swapped.
    """
    limits = limits or Limits.upload()
    try:
        if known and path.suffix.lower() not in known:
            raise refused("suffix", suffix=path.suffix, known=known)
        source = _open(path)
        try:
            size = os.fstat(source).st_size
            if size > limits.bytes:
                raise refused("size", size=size >> 20, limit=limits.bytes >> 20)
            yield source, limits.for_size(size)
        finally:
            os.close(source)
    except FileRefused as refusal:
        raise placed(refusal, path.name) from None


def _open(path: Path) -> int:
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for its writer.
        source = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise FileRefused(fault("open", problem=getattr(error, "strerror", None) or str(error))) from None
    if not stat.S_ISREG(os.fstat(source).st_mode):
        os.close(source)
        raise refused("not-a-file")
    return source
