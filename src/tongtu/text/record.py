"""The record of a live index: its documents by key and number, in SQLite, committed before the index is.

A row lives from the generation `since` until the generation `until`, which is empty while it can be found.
Rows that have ended stay until the next transaction, for whoever still searches the generation before. What
the index may lack after a crash are the rows that begin or end after `settled`, the last generation known
to be in it. Deleted texts are overwritten in the file (secure_delete).
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.text.index import Document, Kind, packed

FORMAT = 1
_MARK = 0x746F6E67  # "tong": told apart from other programs' SQLite files
_JOURNAL = 64 << 20  # bytes that the journal of a large commit is cut to afterwards
_TABLES = """
CREATE TABLE told (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
  number INTEGER PRIMARY KEY, key TEXT NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL,
  since INTEGER NOT NULL, until INTEGER
);
CREATE UNIQUE INDEX found ON documents (key) WHERE until IS NULL;
CREATE INDEX ended ON documents (until) WHERE until IS NOT NULL;
"""


@dataclass(slots=True)
class Told:
    """What the record tells of itself, committed with the documents."""

    generation: int = 0
    #: the last generation known to be in the index
    settled: int = 0
    #: where in the feed the caller stood
    position: str = ""
    #: number of the next document
    next: int = 0
    #: stamp of the index's last operation
    operation: int = -1
    #: number of the index's folder
    folder: int = 0
    #: documents, and the sums of their lengths by text field
    size: int = 0
    lengths: dict[str, int] = field(default_factory=dict)
    #: deleted since the index was built
    deleted: int = 0

    def count(self, document: Document, fields: Mapping[str, Kind], by: int) -> None:
        """A document more or less."""
        self.size += by
        for name, held in document.items():
            if fields[name] == "text":
                self.lengths[name] = self.lengths.get(name, 0) + by * len(packed(held).split())

    def means(self) -> dict[str, float]:
        """Mean length by text field."""
        return {name: total / max(self.size, 1) for name, total in self.lengths.items()}


class Record:
    """The documents and a few figures that are told with them. Not for several threads at once."""

    def __init__(self, path: Path | None, fields: Mapping[str, Kind], *, write: bool):
        """Opens or makes it. Raises DataRefused for what is not ours or is damaged, UsageFault for other fields."""
        self._where = str(path or "")
        self.path = path
        new = path is None or not path.exists()
        if new and not write:
            raise UsageFault.because("text.index-missing", "text.index-missing-repair", place=self._where)
        self._sql = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(fields, new=new, write=write)
        except sqlite3.Error as fault:
            self._sql.close()
            raise self.damaged(str(fault)) from fault
        except BaseException:
            self._sql.close()
            raise

    def _prepare(self, fields: Mapping[str, Kind], *, new: bool, write: bool) -> None:
        shape = orjson.dumps(dict(fields)).decode()
        self._sql.execute("PRAGMA secure_delete = ON")
        if write:
            self._sql.execute("PRAGMA journal_mode = WAL")
            self._sql.execute("PRAGMA synchronous = FULL")
            self._sql.execute(f"PRAGMA journal_size_limit = {_JOURNAL}")
        if new or (write and self._unfinished()):
            self._make(shape)
        if self._one("PRAGMA application_id") != _MARK or self._one("PRAGMA user_version") != FORMAT:
            raise DataRefused.because("text.index-foreign", "text.index-rebuild-repair", place=self._where)
        if write and self._one("PRAGMA quick_check(1)") != "ok":
            raise self.damaged("quick_check")
        if write and self._one("SELECT count(*) FROM documents WHERE until IS NULL") != self.told().size:
            raise self.damaged("count")
        if self._one("SELECT value FROM told WHERE name = 'fields'") != shape:
            raise UsageFault.because("text.index-fields", "text.index-rebuild-repair", place=self._where)

    def damaged(self, detail: str) -> DataRefused:
        """The fault that names this record as damaged."""
        refused = DataRefused.because(
            "text.index-damaged", "text.index-rebuild-repair", place=self._where, detail=detail
        )
        assert isinstance(refused, DataRefused)
        return refused

    def told(self) -> Told:
        """As last committed."""
        try:
            return Told(**orjson.loads(self._one("SELECT value FROM told WHERE name = 'told'")))
        except (sqlite3.DatabaseError, TypeError, orjson.JSONDecodeError) as fault:
            raise self.damaged(str(fault)) from fault

    def begin(self, settled: int) -> None:
        """Opens a transaction; rows that ended in a generation the index has are now overwritten."""
        self._sql.execute("BEGIN IMMEDIATE")
        self._sql.execute("DELETE FROM documents WHERE until <= ?", (settled,))

    def commit(self, told: Told) -> None:
        self._tell("told", orjson.dumps(told).decode())
        self._sql.execute("COMMIT")

    def rollback(self) -> None:
        self._sql.execute("ROLLBACK")

    def put(self, number: int, key: str, body: bytes, since: int) -> None:
        """Adds a row of a document that was `encoded`."""
        self._sql.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, NULL)", (number, key, body, _sum(number, key, body), since)
        )

    def end(self, number: int, until: int, since: int) -> None:
        """A row that began in this very transaction goes at once."""
        if since == until:
            self._sql.execute("DELETE FROM documents WHERE number = ?", (number,))
        else:
            self._sql.execute("UPDATE documents SET until = ? WHERE number = ?", (until, number))

    def find(self, key: str) -> tuple[int, Document, int] | None:
        """Number, document and `since` of a key."""
        rows = self._rows("SELECT number, key, body, crc, since FROM documents WHERE key = ? AND until IS NULL", key)
        return next(((number, document, since) for number, _, document, since in rows), None)

    def held(self, numbers: Sequence[int]) -> dict[int, tuple[str, Document]]:
        """Key and document by number; without those that a writer has meanwhile taken out."""
        among = f"number IN ({','.join('?' * len(numbers))})"
        rows = self._rows(f"SELECT number, key, body, crc, since FROM documents WHERE {among}", *numbers)
        return {number: (key, document) for number, key, document, _ in rows}

    def keys(self, numbers: Sequence[int]) -> dict[int, str]:
        """Key by number; without those that a writer has meanwhile taken out."""
        among = f"number IN ({','.join('?' * len(numbers))})"
        try:
            return dict(self._sql.execute(f"SELECT number, key FROM documents WHERE {among}", numbers))
        except sqlite3.DatabaseError as fault:
            raise self.damaged(str(fault)) from fault

    def any_number(self, generation: int) -> int | None:
        """The number of some document found in a generation."""
        ask = "SELECT number FROM documents WHERE until IS NULL AND since <= ? LIMIT 1"
        row = self._sql.execute(ask, (generation,)).fetchone()
        return int(row[0]) if row else None

    def documents(self) -> Iterator[tuple[int, str, Document, int]]:
        """(number, key, document, since) of all that can be found, by number."""
        return self._rows("SELECT number, key, body, crc, since FROM documents WHERE until IS NULL ORDER BY number")

    def touched(self, after: int) -> Iterator[tuple[int, Document | None]]:
        """What began or ended after a generation: (number, document), None for what has ended."""
        ended = self._sql.execute("SELECT number FROM documents WHERE until > ?", (after,)).fetchall()
        yield from ((number, None) for (number,) in ended)
        begun = "SELECT number, key, body, crc, since FROM documents WHERE since > ? AND until IS NULL ORDER BY number"
        yield from ((number, document) for number, _, document, _ in self._rows(begun, after))

    def close(self) -> None:
        self._sql.close()

    def _rows(self, ask: str, *given: object) -> Iterator[tuple[int, str, Document, int]]:
        try:
            for number, key, body, crc, since in self._sql.execute(ask, given):
                if crc != _sum(number, key, body):
                    raise self.damaged(key)
                yield number, key, orjson.loads(body), since
        except sqlite3.DatabaseError as fault:
            raise self.damaged(str(fault)) from fault

    def _one(self, ask: str) -> Any:
        return self._sql.execute(ask).fetchone()[0]

    def _tell(self, name: str, value: str) -> None:
        self._sql.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (name, value))

    def _make(self, shape: str) -> None:
        self._sql.execute("BEGIN IMMEDIATE")
        for statement in _TABLES.split(";\n"):
            self._sql.execute(statement)
        self._tell("fields", shape)
        self._tell("told", orjson.dumps(Told()).decode())
        self._sql.execute(f"PRAGMA application_id = {_MARK}")
        self._sql.execute(f"PRAGMA user_version = {FORMAT}")
        self._sql.execute("COMMIT")

    def _unfinished(self) -> bool:
        """Whether a crash took the making of it: no table is in it, no index beside it."""
        beside = self.path.parent.glob("words-*") if self.path else ()
        return not self._one("SELECT count(*) FROM sqlite_master") and not any(beside)


def encoded(document: Document) -> bytes:
    """A document, its texts packed, as it is kept. Raises TypeError for what no document may hold."""
    return orjson.dumps(document, default=list)


def _sum(number: int, key: str, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(f"{number} {key}".encode()))
