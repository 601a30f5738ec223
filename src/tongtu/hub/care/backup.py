"""A hub in one file, and a hub out of that file, whichever of the two databases either stands on.

The file is a ZIP: `manifest.json` with the version, the migrations, and for every member its rows and SHA-256;
`tables/<name>.jsonl`, one row a line; `attachments/…`; `keys/…`. The rows are those of one moment, while people go on
working. A file that was cut off, changed or made by a newer program is refused before anything is touched; a restore
happens in one transaction, whole or not at all. Who has the file has the keys: guard it like them.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NoReturn

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tongtu.hub.care import tables
from tongtu.hub.care.tables import Row, Table
from tongtu.hub.care.upgrading import copy_sqlite, migrated, upgrade
from tongtu.terms.faults import DataRefused
from tongtu.terms.version import VERSION

FORMAT = 1
#: memory for SQLite's pages while a backup is loaded
CACHE = 512 * 2**20
FOLDERS = ("attachments", "keys")


@dataclass(frozen=True, slots=True)
class Kept:
    """What went into a backup or came out of it."""

    rows: int
    files: int


# --- into a file ---------------------------------------------------------------------------------------------
def backup(target: Path) -> Kept:
    """Writes the hub into `target`, which appears only when it is whole."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        draft.unlink()
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                kept = _fill(archive)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return kept


def _fill(archive: zipfile.ZipFile) -> Kept:
    members: dict[str, Any] = {}
    with _reader() as reader:
        migrations = migrated()
        for table in tables.tables():
            name = f"tables/{table.name}.jsonl"
            with archive.open(name, "w", force_zip64=True) as stream:
                members[name] = {**_write_rows(stream, reader.rows(table)), "table": table.as_data()}
    for path in _files():
        members[path] = _write_file(archive, path)
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "migrations": migrations,
        "members": members,
    }
    archive.writestr("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    return Kept(sum(m.get("rows", 0) for m in members.values()), sum("rows" not in m for m in members.values()))


@contextmanager
def _reader() -> Iterator[tables.Reader]:
    if connection.vendor == "postgresql":
        with tables.FromPostgres.moment():
            yield tables.FromPostgres()
        return
    with tempfile.TemporaryDirectory(dir=settings.HOME, prefix=".backup-") as folder:
        copy = Path(folder) / "copy.sqlite3"
        copy_sqlite(copy)
        reader = tables.FromSqlite(copy)
        try:
            yield reader
        finally:
            reader.close()


def _write_rows(stream: IO[bytes], rows: Iterable[Row]) -> dict[str, Any]:
    """Rows as lines, with their number and digest."""
    digest, count, lines = sha256(), 0, []
    for row in rows:
        lines.append(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        count += 1
        if len(lines) == tables.CHUNK:
            _put(stream, digest, lines)
    _put(stream, digest, lines)
    return {"rows": count, "sha256": digest.hexdigest()}


def _put(stream: IO[bytes], digest: Any, lines: list[bytes]) -> None:
    text = b"".join(lines)
    lines.clear()
    digest.update(text)
    stream.write(text)


def _files() -> list[str]:
    """Attachments and keys, by their place in the home."""
    home = Path(settings.HOME)
    return sorted(str(p.relative_to(home)) for f in FOLDERS for p in (home / f).rglob("*") if p.is_file())


def _write_file(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """A file as it is: attachments are compressed already, more often than not."""
    entry = zipfile.ZipInfo(name, date_time=timezone.now().timetuple()[:6])
    digest = sha256()
    with (Path(settings.HOME) / name).open("rb") as given, archive.open(entry, "w", force_zip64=True) as stream:
        while block := given.read(2**20):
            digest.update(block)
            stream.write(block)
    return {"sha256": digest.hexdigest()}


# --- out of a file -------------------------------------------------------------------------------------------
def restore(source: Path, replace: bool = False) -> Kept:
    """Puts the hub of a backup into this home and this database, and brings it to this program's tables.

    Raises DataRefused where the file is not whole, where it is newer than this program, and where data are there
    already (unless `replace`). Everybody has to sign in again; jobs that were running are tried again.
    """
    with _opened(source) as archive:
        manifest = _manifest(archive)
        _check(archive, manifest)
        _ready(manifest, replace)
        kept = _load(archive, manifest)
        _put_files(archive, manifest)
    upgrade()
    _rebuild()
    return kept


def _rebuild() -> None:
    """What is made from the rows is made anew: each room's task `<room>.rebuild`, as soon as the worker runs."""
    from tongtu.hub.jobs.queue import enqueue
    from tongtu.hub.jobs.tasks import tasks

    for name in sorted(tasks()):
        if name.endswith(".rebuild"):
            enqueue(name)


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise DataRefused.because(
            "hub_care.no-backup", "hub_care.no-backup-repair", file=str(source), problem=str(error)
        ) from error


def _refuse(code: str, **args: object) -> NoReturn:
    raise DataRefused.because(f"hub_care.{code}", f"hub_care.{code}-repair", **args)


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        manifest = orjson.loads(archive.read("manifest.json"))
        if manifest["format"] > FORMAT:
            _refuse("newer-backup", version=str(manifest["version"]))
        return dict(manifest)
    except (KeyError, TypeError, ValueError):
        _refuse("no-backup", file=str(archive.filename), problem="manifest.json")


def _check(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Reads the whole file once before anything is touched: every member is there and is what was written."""
    import zlib

    names = set(archive.namelist())
    for name, about in manifest["members"].items():
        digest = sha256()
        try:
            with archive.open(name) as stream:
                while block := stream.read(2**20):
                    digest.update(block)
        except (KeyError, zlib.error, zipfile.BadZipFile, EOFError):
            _refuse("broken-backup", name=name)
        if digest.hexdigest() != about["sha256"] or not _safe(name):
            _refuse("broken-backup", name=name)
    if extra := sorted(names - set(manifest["members"]) - {"manifest.json"}):
        _refuse("broken-backup", name=extra[0])


def _safe(name: str) -> bool:
    """A member's place lies in one of the folders it may lie in."""
    parts = Path(name).parts
    return parts[0] in (*FOLDERS, "tables") and ".." not in parts and not Path(name).is_absolute()


def _ready(manifest: dict[str, Any], replace: bool) -> None:
    """The database stands at the migrations of the backup, and is empty or may be emptied."""
    from django.core.management import call_command

    wanted = manifest["migrations"]
    if not migrated():
        if _known(wanted) == wanted:
            upgrade()
        else:
            for app, name in wanted.items():
                call_command("migrate", app, name, verbosity=0, interactive=False)
    if migrated() != wanted:
        _refuse("other-tables", version=str(manifest["version"]))
    if not replace and any(_holds_rows(table) for table in _there() if table.name not in WRITTEN_BY_MIGRATE):
        _refuse("not-empty", folder=str(settings.HOME))


#: tables that are filled in an empty hub already
WRITTEN_BY_MIGRATE = {"django_content_type", "auth_permission"}


def _known(wanted: dict[str, str]) -> dict[str, str]:
    """App -> this program's last migration; refuses where the backup has one that this program has not."""
    from django.db.migrations.loader import MigrationLoader

    known = set(MigrationLoader(connection).disk_migrations)
    if newer := [f"{app}.{name}" for app, name in wanted.items() if (app, name) not in known]:
        _refuse("newer-backup", version=", ".join(newer))
    last: dict[str, str] = {}
    for app, name in sorted(known):
        last[app] = name
    return {app: last[app] for app in wanted} if set(last) == set(wanted) else last


def _there() -> list[Table]:
    """The tables that this database has: at the migrations of an older hub it lacks some of today's."""
    names = set(connection.introspection.table_names())
    return [table for table in tables.tables() if table.name in names]


def _holds_rows(table: Table) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1')
        return cursor.fetchone() is not None


def _load(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> Kept:
    """All rows in one transaction, with every count compared before it is committed."""
    connection.disable_constraint_checking()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{CACHE >> 10}")  # keys are random: their indexes must fit
    rows = 0
    try:
        with transaction.atomic():
            _empty()
            for name, about in manifest["members"].items():
                if "table" not in about:
                    continue
                table = _table(about["table"], name)
                with io.BufferedReader(archive.open(name), 2**20) as stream:  # type: ignore[type-var]
                    written = tables.write(table, (orjson.loads(line) for line in stream))
                if written != about["rows"]:
                    _refuse("broken-backup", name=name)
                rows += written
            tables.set_counters(_there())
            with connection.cursor() as cursor:  # whoever held a lease is not there any more
                cursor.execute("UPDATE jobs_job SET leased_until = NULL, state = 'waiting' WHERE state = 'running'")
    finally:
        connection.enable_constraint_checking()
    return Kept(rows, sum("table" not in about for about in manifest["members"].values()))


def _table(given: dict[str, Any], member: str) -> Table:
    """The table a member is of: one that this database has, with just these columns."""
    with suppress(KeyError, TypeError):
        table = Table(given["name"], tuple(given["columns"]), tuple(given["kinds"]), given["key"])
        if tables.stands(table):
            return table
    _refuse("broken-backup", name=member)


def _empty() -> None:
    names = [t.name for t in _there()] + sorted(tables.LEFT_OUT)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {tables.quoted(names)}")
        else:
            for name in names:
                cursor.execute(f'DELETE FROM "{name}"')


def _put_files(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    home = Path(settings.HOME)
    for name, about in manifest["members"].items():
        if "table" in about:
            continue
        place = home / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = place.with_name(f".{place.name}.new")
        with archive.open(name) as given, draft.open("wb") as stream:
            shutil.copyfileobj(given, stream, 2**20)
        draft.chmod(0o600)
        draft.replace(place)
