"""Is the hub alive, and can it work? For those who watch over it; says nothing that a stranger must not know."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

#: a worker that was silent for so many seconds counts as gone
SILENT = 20.0
#: the hub is not ready with less than this free on the disk of its home
LEAST_DISK = 200 * 2**20
#: the most that the clocks of web server and database may differ, in seconds
CLOCKS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `ok`, and a figure with its unit."""

    name: str
    ok: bool
    value: float | None = None
    unit: str = ""

    def shown(self) -> dict[str, Any]:
        figure = {} if self.value is None else {self.unit: round(self.value, 3)}
        return {"ok": self.ok, **figure}


def findings() -> list[Finding]:
    """Every check; one that fails for whatever reason is a finding that is not ok."""
    checks = {"database": _database, "migrations": _migrations, "worker": _worker, "disk": _disk, "clock": _clock}
    return [_careful(name, check) for name, check in checks.items()]


def _careful(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception:  # a database that is gone raises whatever its driver likes
        return Finding(name, ok=False)


def _database() -> Finding:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return Finding("database", True, (time.perf_counter() - started) * 1000, "milliseconds")


def _migrations() -> Finding:
    """Whether the database has the tables this program expects."""
    from django.db.migrations.recorder import MigrationRecorder

    missing = expected() - set(MigrationRecorder(connection).applied_migrations())
    return Finding("migrations", not missing, len(missing), "missing")


@cache
def expected() -> frozenset[tuple[str, str]]:
    """The migrations of this program, as (app, name)."""
    from django.db.migrations.loader import MigrationLoader

    return frozenset(MigrationLoader(None).disk_migrations)


def _worker() -> Finding:
    from tongtu.hub.jobs.models import Worker

    seen = Worker.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if seen is None:
        return Finding("worker", ok=False)
    age = (timezone.now() - seen).total_seconds()
    return Finding("worker", age < SILENT, max(age, 0.0), "seconds")


def _disk() -> Finding:
    free = shutil.disk_usage(settings.HOME).free
    return Finding("disk", free >= LEAST_DISK, free // 2**20, "megabytes")


def _clock() -> Finding:
    """Deadlines of jobs are the database's time and those of pages the web server's: they must agree."""
    sql = "SELECT extract(epoch FROM clock_timestamp())"
    if connection.vendor == "sqlite":
        return Finding("clock", True, 0.0, "seconds")  # the same machine's
    with connection.cursor() as cursor:
        cursor.execute(sql)
        apart = abs(float(cursor.fetchone()[0]) - time.time())
    return Finding("clock", apart < CLOCKS, apart, "seconds")
