"""Queries that every page asks, compiled once for each form they take.

Django's ORM spends more on making a statement than the database on answering it. `fetch` keeps the statement of a
queryset under a key and afterwards only fills in what differs from one asker to the next, `given`:

    fetch(("kin",), (own,), lambda: Organisation.objects.filter(parent=own).values_list("pk", "name"))

The key names everything that the form depends on; `given` everything else, which must be ids or keys. A statement that
holds an id, a time or a text of people which is not among `given` is never kept but asked anew each time, so a
forgotten argument costs time and cannot show one person's rows to another. PostgreSQL prepares these statements on
each connection.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import JSONField, Lookup, UUIDField
from django.db.models.query import QuerySet, ValuesListIterable, get_related_populators

#: kept statements; beyond them all are forgotten, which only costs making them again
MOST = 2_000
#: a longer list of ids is asked as it comes: its statement would hardly be met again
LONGEST = 64
_MARK = re.compile(r"%s|%%")
#: an id, a time, or anything that a person has written: all but codes
_OWN = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d{4}-\d\d-\d\d|[^!-?A-~]")


class Ids(tuple[Any, ...]):
    """Several ids as one of what is given, for `pk__among=ids`: a list of any length in one place of the statement."""

    def param(self) -> str:
        """As the database's own list: PostgreSQL's array, SQLite's JSON."""
        texts = [one.hex for one in self]
        return f"{{{','.join(texts)}}}" if connection.vendor == "postgresql" else json.dumps(texts)


@UUIDField.register_lookup
class Among(Lookup):  # type: ignore[misc]
    """`pk__among`: one of `Ids`."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        every = "ANY(%s::uuid[])" if connection.vendor == "postgresql" else "(SELECT value FROM json_each(%s))"
        return f"{left} {'=' if connection.vendor == 'postgresql' else 'IN'} {every}", [*params, self.rhs.param()]


One = uuid.UUID | str | Ids
Given = Sequence[One]
Build = Callable[[], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with the places that `given` fills, and how a line of the answer becomes a row."""

    sql: str
    places: tuple[tuple[int, bool], ...]  # which of `given`, and whether as text
    rows: Callable[[list[Any]], list[Any]]


_kept: dict[Hashable, Statement | None] = {}
_EMPTY = Statement("", (), lambda lines: [])
_NEW = Statement("", (), list)


def fetch(key: Hashable, given: Given, build: Build) -> list[Any]:
    """The rows of `build()`: models, or tuples of a `values_list`."""
    if len(given) > LONGEST:
        return list(build())
    places: dict[Any, int] = {}
    equal = tuple(-1 if isinstance(one, Ids) else places.setdefault(one, len(places)) for one in given)
    form = (connection.vendor, key, equal)
    found = _kept.get(form, _NEW)
    if found is _NEW:
        if len(_kept) >= MOST:
            _kept.clear()
        found = _kept[form] = _compiled(build(), given)
    if found is None:
        return list(build())
    return found.rows(_asked(found, given)) if found.sql else []


def first(key: Hashable, given: Given, build: Build) -> Any:
    """The first row, or None."""
    return next(iter(fetch(key, given, lambda: build()[:1])), None)


def _asked(statement: Statement, given: Given) -> list[Any]:
    native = connection.features.has_native_uuid_field
    filled = [_as_param(given[n], text, native) for n, text in statement.places]
    if connection.vendor == "postgresql" and not connection.queries_logged:
        return _prepared(statement.sql, filled)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, filled)
        return list(cursor.fetchall())


def _prepared(sql: str, filled: list[Any]) -> list[Any]:
    """Through a cursor of psycopg's own, which prepares; Django's reads times in Python, this one in C."""
    import psycopg

    connection.ensure_connection()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        oid = psycopg.adapters.types["timestamptz"].oid
        loader = psycopg.adapters.get_loader(oid, psycopg.pq.Format.TEXT)
        if loader is not None:
            cursor.adapters.register_loader(oid, loader)
        return cursor.execute(sql, filled).fetchall()


def _as_param(value: One, text: bool, native: bool) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Ids):
        return value.param()
    return str(value) if text else value if native else value.hex


# --- making one ---------------------------------------------------------------------------------------------


def _compiled(rows: QuerySet[Any], given: Given) -> Statement | None:
    """The statement of a queryset; None where something in it is neither given nor the same for everybody."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return _EMPTY
    found = _placed(sql, params, given)
    if found is None:
        return None
    return Statement(*found, _reader(rows, compiler))


def _placed(sql: str, params: Sequence[Any], given: Given) -> tuple[str, tuple[tuple[int, bool], ...]] | None:
    """The statement with its constants written out, and the places of what is given."""
    native = connection.features.has_native_uuid_field
    known = {repr(_as_param(value, text, native)): (n, text) for n, value in enumerate(given) for text in (True, False)}
    places, left = [], iter(params)
    constant = True

    def placed(mark: re.Match[str]) -> str:
        nonlocal constant
        if mark[0] == "%%":
            return "%%"
        param = next(left)
        if repr(param) in known:
            places.append(known[repr(param)])
            return "%s"
        constant = constant and _is_constant(param)
        return _literal(param).replace("%", "%%") if constant else ""

    text = _MARK.sub(placed, sql)
    return (text, tuple(places)) if constant else None


def _is_constant(param: Any) -> bool:
    """A word, number or truth value that is the same whoever asks."""
    plain = _json(param) or param
    return plain is None or (isinstance(plain, str | bool | int | float) and not _OWN.search(str(plain)))


def _json(param: Any) -> str:
    """What PostgreSQL's wrapper of a JSON value holds; "" for anything else."""
    return json.dumps(param.obj) if type(param).__name__ == "Jsonb" else ""


def _literal(param: Any) -> str:
    """A constant as SQL writes it."""
    if held := _json(param):
        return f"{_literal(held)}::jsonb"
    match param:
        case None:
            return "NULL"
        case bool():
            return str(param).upper()
        case int() | float():
            return repr(param)
    return "'" + str(param).replace("'", "''") + "'"


def _reader(rows: QuerySet[Any], compiler: Any) -> Callable[[list[Any]], list[Any]]:
    """From the lines of the database to models or tuples."""
    found = compiler.get_converters(e for e, *_ in compiler.select)
    converters = [(n, *each, isinstance(each[1].output_field, JSONField)) for n, each in found.items()]
    empty: dict[Any, Callable[[], Any]] = {"{}": dict, "[]": list}  # most of what is kept as JSON

    def converted(lines: list[Any]) -> Iterator[list[Any]]:
        for line in lines:
            values = list(line)
            for n, functions, expression, is_json in converters:
                if is_json and line[n] in empty:
                    values[n] = empty[line[n]]()
                    continue
                for function in functions:
                    values[n] = function(values[n], expression, connection)
            yield values

    if issubclass(rows._iterable_class, ValuesListIterable):
        return (lambda lines: [tuple(v) for v in converted(lines)]) if converters else list
    start, end = compiler.klass_info["select_fields"][0], compiler.klass_info["select_fields"][-1] + 1
    names = [field[0].target.attname for field in compiler.select[start:end]]
    model, using = compiler.klass_info["model"], rows.db
    related = get_related_populators(compiler.klass_info, compiler.select, using)

    def models(lines: list[Any]) -> list[Any]:
        found = []
        for values in converted(lines):
            made = model.from_db(using, names, values[start:end])
            for each in related:
                each.populate(values, made)
            found.append(made)
        return found

    return models
