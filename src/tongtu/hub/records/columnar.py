"""Rows to frames and back, column by column: no Python object per row, one statement for many rows.

Django's own objects cost 40 microseconds a row at our widths; a snapshot of a market or an import of a hundred
thousand rows would spend all its time on them. Queries are still Django's (so `visible_to` holds here as anywhere);
only the fetching and the storing are ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import polars as pl
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import F, QuerySet
from django.db.models.functions import Cast

_FETCHED = 20_000
_STORED = 5_000

_TYPES: dict[type[models.Field], Any] = {
    models.BigIntegerField: pl.Int64,
    models.PositiveIntegerField: pl.Int64,
    models.FloatField: pl.Float64,
    models.BooleanField: pl.Boolean,
    models.DateField: pl.Date,
    models.DateTimeField: pl.Datetime("us", "UTC"),
    models.JSONField: pl.List(pl.String),
}


def frame(rows: QuerySet, fields: Sequence[str]) -> pl.DataFrame:
    """The named fields of the rows of a query, in its order. Ids are text, a JSON field is a list of texts."""
    found = {name: _plain(rows.model._meta.get_field(name)) for name in fields}
    empty = pl.DataFrame(schema={name: _type(field) for name, field in found.items()})
    asked = [Cast(F(name), models.TextField()) if _is_day(field) else F(name) for name, field in found.items()]
    try:
        sql, values = rows.values_list(*asked).query.sql_with_params()
    except EmptyResultSet:
        return empty
    parts = [empty]
    with connections[rows.db].cursor() as cursor:
        cursor.execute(sql, values)
        while many := cursor.fetchmany(_FETCHED):
            columns = zip(found.items(), zip(*many, strict=True), strict=True)
            parts.append(pl.DataFrame({name: _read(name, field, cells) for (name, field), cells in columns}))
    return pl.concat(parts)


def insert(model: type[models.Model], rows: pl.DataFrame, same: Mapping[str, Any], using: str) -> None:
    """Stores the rows of a frame; `same` are values that all of them have."""
    fields = [model._meta.get_field(name) for name in (*rows.columns, *same)]
    table, columns = _quoted(model._meta.db_table, using), ", ".join(_quoted(f.column, using) for f in fields)
    if connections[using].vendor == "postgresql":
        _copy(f"COPY {table} ({columns}) FROM STDIN", _lines(fields, rows, [*same.values()], using), using)
        return
    _, cells = _cells(model, rows, same, using)
    _many(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})", cells, using)


def update(
    model: type[models.Model], rows: pl.DataFrame, same: Mapping[str, Any], where: Sequence[str], using: str
) -> int:
    """Writes the rows over those that agree with them in the columns `where`; how many there were."""
    fields, cells = _cells(model, rows.select([c for c in rows.columns if c not in where]), same, using)
    found, keys = _cells(model, rows.select(where), {}, using)
    written = ", ".join(f"{_quoted(field.column, using)} = %s" for field in fields)
    agreed = " AND ".join(f"{_quoted(field.column, using)} = %s" for field in found)
    sql = f"UPDATE {_quoted(model._meta.db_table, using)} SET {written} WHERE {agreed}"
    return _many(sql, ((*row, *key) for row, key in zip(cells, keys, strict=True)), using)


def _many(sql: str, rows: Iterable[tuple[Any, ...]], using: str) -> int:
    done = 0
    with connections[using].cursor() as cursor:
        for block in _blocks(rows):
            cursor.executemany(sql, block)
            done += cursor.rowcount
    return done


def _copy(sql: str, lines: pl.Series, using: str) -> None:
    """PostgreSQL's own way to take many rows; the driver's way to write one row costs more than all the rest."""
    with connections[using].cursor() as cursor, cursor.copy(sql) as copy:
        for at in range(0, len(lines), _STORED):
            copy.write("".join(lines.slice(at, _STORED).to_list()))


def _lines(fields: Sequence[models.Field], rows: pl.DataFrame, same: Sequence[Any], using: str) -> pl.Series:
    """The rows as lines of COPY's text format: tabs between values, a backslash before what would be misread."""
    cells = [_escaped(pl.Series(_written(f, c, using))) for f, c in zip(fields, rows.iter_columns(), strict=False)]
    cells += [_escaped(pl.Series([_said(value)], dtype=pl.String)).new_from_index(0, rows.height) for value in same]
    named = [cell.alias(str(i)) for i, cell in enumerate(cells)]
    return pl.DataFrame(named).select(pl.concat_str(pl.all(), separator="\t") + "\n").to_series()


def _escaped(cells: pl.Series) -> pl.Series:
    texts = cells.cast(pl.String)
    if cells.dtype == pl.String:
        for plain, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            texts = texts.str.replace_all(plain, written, literal=True)
    return texts.fill_null("\\N")


def _said(value: Any) -> str | None:
    """A value that all rows share, as COPY reads it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _blocks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    block: list[tuple[Any, ...]] = []
    for row in rows:
        block.append(row)
        if len(block) == _STORED:
            yield block
            block = []
    if block:
        yield block


def _cells(
    model: type[models.Model], rows: pl.DataFrame, same: Mapping[str, Any], using: str
) -> tuple[list[models.Field], Iterator[tuple[Any, ...]]]:
    """The fields, and their values row by row as the database takes them."""
    fields = [model._meta.get_field(name) for name in (*rows.columns, *same)]
    cells: list[Iterable[Any]] = [_written(f, c, using) for f, c in zip(fields, rows.iter_columns(), strict=False)]
    connection = connections[using]
    cells += [
        repeat(field.get_db_prep_save(value, connection), rows.height)
        for field, value in zip(fields[rows.width :], same.values(), strict=True)
    ]
    return fields, zip(*cells, strict=False)


def _written(field: models.Field, cells: pl.Series, using: str) -> list[Any]:
    match _plain(field):
        case models.UUIDField() if connections[using].vendor == "sqlite":
            return cells.str.replace_all("-", "", literal=True).to_list()
        case models.JSONField() if cells.dtype == pl.String:  # JSON already
            return cells.to_list()
        case models.JSONField():
            return [None if many is None else json.dumps(many) for many in cells.to_list()]
        case models.DateTimeField():
            adapt = connections[using].ops.adapt_datetimefield_value
            return [None if moment is None else adapt(moment) for moment in cells.to_list()]
        case models.DateField():
            return cells.dt.to_string("%Y-%m-%d").to_list()
    return cells.to_list()


def _read(name: str, field: models.Field, cells: tuple[Any, ...]) -> pl.Series:
    """A fetched column; SQLite keeps ids without hyphens, days and lists as text."""
    kind = _type(field)
    first = next((cell for cell in cells if cell is not None), None)
    if isinstance(field, models.UUIDField):
        if isinstance(first, str):
            return _hyphened(pl.Series(name, cells, dtype=pl.String))
        return pl.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=pl.String)
    if isinstance(field, models.JSONField):
        return pl.Series(name, cells, dtype=pl.String).str.json_decode(kind)
    if _is_day(field):
        return pl.Series(name, cells, dtype=pl.String).str.to_date("%Y-%m-%d")
    if isinstance(field, models.DateTimeField) and first is not None and first.tzinfo is None:
        return pl.Series(name, cells, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(field, models.BooleanField) and not isinstance(first, bool):
        return pl.Series(name, cells, dtype=pl.Int8).cast(pl.Boolean)
    return pl.Series(name, cells, dtype=kind)


def _hyphened(ids: pl.Series) -> pl.Series:
    parts = [ids.str.slice(start, length) for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
    return pl.select(pl.concat_str(parts, separator="-")).to_series().alias(ids.name)


def _plain(field: Any) -> models.Field:
    """The field itself, or for a foreign key the one it points to."""
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _is_day(field: models.Field) -> bool:
    """A day is fetched as text: a driver would make an object of each, one by one."""
    return type(field) is models.DateField


def _type(field: models.Field) -> Any:
    return next((kind for of, kind in _TYPES.items() if type(field) is of), pl.String)


def _quoted(name: str, using: str) -> str:
    return connections[using].ops.quote_name(name)
