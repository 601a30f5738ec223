"""Rows of every table in one form that both databases read and write.

A value is text, a number, true or false, or null. Where the databases differ, the form is the one named here:

    uuid       32 hexadecimal digits            time       2026-11-22 10:00:00.000123, UTC
    bool       true, false                      date       2026-11-22
    json       its text                         bytes      base64

The reading and writing goes past the ORM: a backup must not depend on what the models have become since.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

CHUNK = 5_000
#: what everybody gets anew by signing in again, and what the migrations themselves write
LEFT_OUT = {"django_session", "usersessions_usersession"}

Row = list[Any]
Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name, its columns, and the kind of each: uuid, time, date, bool, json, bytes, plain."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    key: str

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, model: type[models.Model]) -> Table:
        fields = model._meta.concrete_fields
        kinds = tuple(_kind(f) for f in fields)
        return cls(model._meta.db_table, tuple(f.column for f in fields), kinds, model._meta.pk.column)


def tables() -> list[Table]:
    """Every table that is kept, by name."""
    found = (Table.of(m) for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy)
    return sorted((t for t in found if t.name not in LEFT_OUT), key=lambda t: t.name)


def quoted(names: Iterable[str]) -> str:
    """Names for a statement; they come from the models, or from a backup's manifest whose tables are the models'."""
    return ", ".join(f'"{name}"' for name in names)


_KINDS: tuple[tuple[type[models.Field], str], ...] = (
    (models.UUIDField, "uuid"),
    (models.DateTimeField, "time"),
    (models.DateField, "date"),
    (models.BooleanField, "bool"),
    (models.JSONField, "json"),
    (models.BinaryField, "bytes"),
)


def _kind(field: Any) -> str:
    while field.is_relation:
        field = field.target_field
    return next((kind for cls, kind in _KINDS if isinstance(field, cls)), "plain")


# --- reading ------------------------------------------------------------------------------------------------
class Reader:
    """Rows as they stood at one moment, while the hub goes on writing."""

    def rows(self, table: Table) -> Iterator[Row]:
        """Rows by their key."""
        columns = quoted(table.columns)
        changes = [(at, _READ[kind]) for at, kind in enumerate(table.kinds) if kind in _READ]
        for chunk in self.chunks(f'SELECT {columns} FROM "{table.name}" ORDER BY "{table.key}"'):
            for found in chunk:
                row = list(found)
                for at, change in changes:
                    if row[at] is not None:
                        row[at] = change(row[at])
                yield row

    def chunks(self, sql: str) -> Iterator[Iterable[Any]]:
        raise NotImplementedError


class FromSqlite(Reader):
    """Reads a copy of the database that SQLite itself made, so that nobody waits for the reading."""

    def __init__(self, copy: Path) -> None:
        self.connection = sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)

    def chunks(self, sql: str) -> Iterator[Iterable[Any]]:
        cursor = self.connection.execute(sql)
        while found := cursor.fetchmany(CHUNK):
            yield found

    def close(self) -> None:
        self.connection.close()


class FromPostgres(Reader):
    """Reads within one transaction that sees a single moment; the caller holds it open (`moment`)."""

    def chunks(self, sql: str) -> Iterator[Iterable[Any]]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(CHUNK):
                yield found

    @staticmethod
    def moment() -> Any:
        """A transaction in which every query sees the same rows."""
        return _Moment()


class _Moment(transaction.Atomic):
    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __enter__(self) -> None:
        super().__enter__()
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _time(value: Any) -> str:
    """SQLite keeps the text already; a value with no fraction has none in either database."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return str(value)


_READ: dict[str, Change] = {
    "uuid": lambda v: v if isinstance(v, str) and len(v) == 32 else str(v).replace("-", ""),
    "time": _time,
    "date": str,
    "bool": bool,
    "bytes": lambda v: base64.b64encode(bytes(v)).decode(),
}


# --- writing ------------------------------------------------------------------------------------------------
def write(table: Table, rows: Iterable[Row]) -> int:
    """Inserts rows within the caller's transaction; returns how many."""
    return _copy_in(table, rows) if connection.vendor == "postgresql" else _insert(table, rows)


def _insert(table: Table, rows: Iterable[Row]) -> int:
    """The driver's own many-row statement: Django's would count and check each value again."""
    bytes_at = [at for at, kind in enumerate(table.kinds) if kind == "bytes"]
    marks = ", ".join("?" * len(table.columns))
    found = _with_bytes(rows, bytes_at) if bytes_at else rows
    insert = f'INSERT INTO "{table.name}" ({quoted(table.columns)}) VALUES ({marks})'
    cursor = connection.connection.executemany(insert, found)
    return max(int(cursor.rowcount), 0)


def _copy_in(table: Table, rows: Iterable[Row]) -> int:
    columns = quoted(table.columns)
    bytes_at = [at for at, kind in enumerate(table.kinds) if kind == "bytes"]
    times = [at for at, kind in enumerate(table.kinds) if kind == "time"]
    count = 0
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in _with_bytes(rows, bytes_at) if bytes_at else rows:
            for at in times:
                if row[at] is not None:
                    row[at] += "+00"
            copy.write_row(row)
            count += 1
    return count


def _with_bytes(rows: Iterable[Row], places: list[int]) -> Iterator[Row]:
    for row in rows:
        for at in places:
            if row[at] is not None:
                row[at] = base64.b64decode(row[at])
        yield row


def stands(table: Table) -> bool:
    """Whether the database has this table with these columns and the kinds are known."""
    with connection.cursor() as cursor:
        if table.name not in connection.introspection.table_names(cursor):
            return False
        columns = {c.name for c in connection.introspection.get_table_description(cursor, table.name)}
    known = {kind for _, kind in _KINDS} | {"plain"}
    return set(table.columns) == columns and set(table.kinds) <= known and table.key in columns


def set_counters(kept: Iterable[Table]) -> None:
    """PostgreSQL's counters go on behind the highest number of each table; SQLite's do so by themselves."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in kept:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table.name}"', table.key])
            (counter,) = cursor.fetchone()
            if counter:
                key = quoted([table.key])
                last = f'SELECT setval(%s, COALESCE(MAX({key}), 1), MAX({key}) IS NOT NULL) FROM "{table.name}"'
                cursor.execute(last, [counter])
