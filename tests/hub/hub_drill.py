"""A hub of its own in a process of its own, for tests that start, stop, back up and restore: `fill`, `hashes`, `jobs`.

Run as `python hub_drill.py WHAT` with TONGTU_HOME (and TONGTU_DATABASE) set.
"""

from __future__ import annotations

import json
import os
import random
import sys
import uuid
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")

TEXT = ["通途", "a'b\"c\\d", "line\nbreak\ttab", "=1+1", "𠮷🙂", "", "x" * 30]


def _kinds(field: Any, draw: random.Random) -> list[tuple[str, Any]]:
    """Kind of field -> an awkward value; the first that fits counts."""
    size = min(getattr(field, "max_length", None) or 32, 32)
    single = draw.randbytes(size // 2).hex() if field.unique or field.choices else draw.choice(TEXT)[:size]
    return [
        ("UUIDField", uuid.UUID(int=draw.getrandbits(128))),
        ("DateTimeField", datetime(2026, 1, 1, 23, 59, 59, draw.choice([0, 1, 123_000, 999_999]), tzinfo=UTC)),
        ("DateField", date(draw.randint(1, 9999), 2, 28)),
        ("BooleanField", draw.random() < 0.5),
        ("JSONField", draw.choice([{}, [], {"b": [1, 2.5, None, True], "a": "通途"}, "text", 7])),
        ("PositiveBigIntegerField", draw.randint(0, 2**62)),
        ("PositiveIntegerField", draw.randint(0, 30_000)),
        ("PositiveSmallIntegerField", draw.randint(0, 30_000)),
        ("BigIntegerField", draw.randint(-(2**62), 2**62)),
        ("SmallIntegerField", draw.randint(-30_000, 30_000)),
        ("IntegerField", draw.randint(-(2**31), 2**31 - 1)),
        ("FloatField", draw.choice([0.1, -1e300, 1 / 3, 2.0])),
        ("DecimalField", "1.25"),
        ("GenericIPAddressField", "10.0.0.1"),
        ("BinaryField", bytes(range(256))),
        ("CharField", single),
        ("Field", draw.choice(TEXT)),
    ]


def _value(field: Any, draw: random.Random) -> Any:
    from django.db import models

    if field.null and draw.random() < 0.3:
        return None
    return next(value for kind, value in _kinds(field, draw) if isinstance(field, getattr(models, kind)))


def _make(model: Any, draw: random.Random) -> bool:
    """One row, or False where something it points to is not there yet."""
    from django.db import IntegrityError, transaction

    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.is_relation:
            target = field.related_model._default_manager.values_list("pk", flat=True).first()
            if target is None and not field.null:
                return False
            values[field.attname] = target
        elif not (field.primary_key and field.get_internal_type().endswith("AutoField")):
            values[field.attname] = _value(field, draw)
    try:
        with transaction.atomic():
            model._base_manager.create(**values)
    except IntegrityError:
        pass  # a row like it is there already
    return True


def fill() -> None:
    """Rows with awkward values in every table."""
    from django.apps import apps

    from tongtu.hub.care.upgrading import upgrade

    upgrade()
    draw = random.Random(5)
    left = [m for m in apps.get_models() if m._meta.managed and m._meta.app_label not in ("contenttypes", "auth")]
    for _ in range(6):
        left = [m for m in left if not all(_make(m, draw) for _ in range(4))]
    assert not left, left
    from django.conf import settings

    place = settings.MEDIA_ROOT / "ab" / "abcd"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(bytes(range(256)) * 100)


def hashes() -> None:
    """Prints table -> [rows, hash of all rows], the same on both databases where the rows are."""
    from tongtu.hub.care import backup, tables

    found = {}
    with backup._reader() as reader:
        for table in tables.tables():
            rows = sorted(json.dumps(_plain(table, row), sort_keys=True) for row in reader.rows(table))
            found[table.name] = [len(rows), sha256("\n".join(rows).encode()).hexdigest()]
    print(json.dumps(found))


def _plain(table: Any, row: list[Any]) -> list[Any]:
    return [
        json.loads(value) if kind == "json" and value is not None else value
        for value, kind in zip(row, table.kinds, strict=True)
    ]


def schema() -> None:
    """Prints what the tables are, without the names of indexes."""
    from django.db import connection

    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = connection.introspection.get_table_description(cursor, table)
            limits = connection.introspection.get_constraints(cursor, table).values()
            found[table] = {
                "columns": sorted([c.name, str(c.type_code), bool(c.null_ok), c.display_size] for c in columns),
                "limits": sorted(
                    json.dumps({k: v for k, v in one.items() if k != "definition"}, default=str, sort_keys=True)
                    for one in limits
                ),
            }
    print(json.dumps(found))


def migrate() -> None:
    """Every migration in turn, as an old hub came by its tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def older() -> None:
    """A hub of yesterday: one migration behind, with rows."""
    from django.core.management import call_command

    fill()
    call_command("migrate", "account", "0008", verbosity=0)


def applied() -> None:
    """Prints the last migration of each app, and what is missing."""
    from tongtu.hub.care.health import expected
    from tongtu.hub.care.upgrading import migrated

    print(json.dumps([migrated(), sorted(expected() - {(a, n) for a, n in expected() if n <= migrated().get(a, "")})]))


def build() -> None:
    """All tables at once, as a new hub does."""
    from tongtu.hub.care.upgrading import upgrade

    upgrade()


if __name__ == "__main__":
    import django

    django.setup()
    globals()[sys.argv[1]]()
