"""Bringing a database to this program's tables, and refusing one that a newer program has changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from tongtu.hub.care.chain import LOCK
from tongtu.terms.faults import UsageFault


def upgrade() -> int:
    """Applies what is missing, in one process at a time; returns how many migrations that were.

    Before a SQLite database that holds something is changed, a copy is set aside in `home/before`. Raises UsageFault
    where the database cannot be reached, or knows migrations that this program does not (it is newer).
    """
    try:
        connection.ensure_connection()
    except OperationalError as error:
        problem = str(error).splitlines()[0]
        raise UsageFault.because("hub_care.no-database", "hub_care.no-database-repair", problem=problem) from error
    with _alone():
        executor = MigrationExecutor(connection)
        applied = set(executor.loader.applied_migrations)
        newer = sorted(f"{app}.{name}" for app, name in applied - set(executor.loader.disk_migrations))
        if newer:
            raise UsageFault.because("hub_care.newer-database", "hub_care.newer-database-repair", names=tuple(newer))
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not applied:
            _build(executor)
        elif plan:
            _set_aside()
            call_command("migrate", verbosity=0, interactive=False)
        return len(plan)


def _build(executor: MigrationExecutor) -> None:
    """An empty database gets all tables at once, as the models are, instead of by every migration in turn.

    A second instead of ten. A test holds the tables of both ways against each other; what our own migrations do
    beside the models (`RunSQL`, `RunPython`) is done here too.
    """
    recorder = MigrationRecorder(connection)
    models = [m for m in apps.get_models() if m._meta.managed and not m._meta.proxy]
    with connection.schema_editor() as editor:
        for model in (*models, recorder.Migration):
            editor.create_model(model)
        nodes = list(executor.loader.disk_migrations)
        recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in nodes)
        for app, name in sorted(nodes):
            for operation in executor.loader.disk_migrations[app, name].operations:
                if isinstance(operation, RunSQL | RunPython) and _ours(app):
                    operation.database_forwards(app, editor, _Now(), _Now())
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def _ours(app: str) -> bool:
    return apps.get_app_config(app).name.startswith("tongtu.")


class _Now:
    """The state of the models as a migration's function asks for it: as they are now."""

    apps = apps

    def clear_delayed_apps_cache(self) -> None:
        """There is nothing delayed in it."""


def migrated() -> dict[str, str]:
    """App -> the last migration that the database has."""
    found: dict[str, str] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found[app] = max(name, found.get(app, ""))
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """Two machines that start at once on one PostgreSQL migrate one after the other."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK + 1])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK + 1])


def _set_aside() -> None:
    if connection.vendor == "sqlite":
        place = Path(settings.HOME) / "before"
        place.mkdir(mode=0o700, exist_ok=True)
        copy_sqlite(place / f"{timezone.now():%Y%m%d-%H%M%S}.sqlite3")


def copy_sqlite(target: Path) -> None:
    """A consistent copy of the SQLite database while others write to it (SQLite's own online backup)."""
    with sqlite3.connect(target) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    copy.close()
    target.chmod(0o600)
