"""The drill: a hub is backed up and restored, into either database, and is row for row the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

HERE = Path(__file__).parent
POSTGRES = os.environ.get("TONGTU_TEST_DATABASE") == "postgresql"
DATABASES = ("sqlite", "postgresql") if POSTGRES else ("sqlite",)
#: backups of landed versions, made by `hub_drill.py fill` and `tongtu backup`; each is upgraded by the test below
LANDED = sorted((HERE / "landed").glob("*.tongtu"))
ROOMS = ("people", "records", "jobs", "care", "exchange", "listings", "matches")

Hub = Callable[..., str]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Callable[[str, str], Hub]]:
    """`hub(name, database)` is a hub of its own; called with words, it runs `tongtu …` or a function of hub_drill."""
    made: list[str] = []

    def new(name: str, database: str) -> Hub:
        home = tmp_path / name
        url = ""
        if database == "postgresql":
            made.append(f"drill_{os.getpid()}_{name}")
            url = _database(made[-1])
        environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "tongtu.hub.settings", "TONGTU_LANG": "en"}
        environ |= {"TONGTU_HOME": str(home), "TONGTU_DATABASE": url}

        def call(*words: str, code: int = 0) -> str:
            command = [sys.executable, str(HERE / "hub_drill.py"), words[0]]
            if words[0] in ("backup", "restore"):
                command = [sys.executable, "-c", "from tongtu.cli import main; main()", *words]
            done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=tmp_path)
            assert done.returncode == code, done.stderr
            return done.stdout if code == 0 else done.stderr

        return call

    yield new
    for name in made:
        _sql(f'DROP DATABASE "{name}" WITH (FORCE)')


def _database(name: str) -> str:
    from django.conf import settings

    found = settings.DATABASES["default"]
    _sql(f'CREATE DATABASE "{name}"')
    port = f"&port={found['PORT']}" if found["PORT"] else ""
    who = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    return f"postgresql://{who}@/{name}?host={quote(found['HOST'], safe='')}{port}"


def _sql(text: str) -> None:
    import psycopg
    from django.conf import settings

    found = settings.DATABASES["default"]
    place = {"host": found["HOST"], "port": found["PORT"] or None, "user": found["USER"], "password": found["PASSWORD"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as connection:
        connection.execute(text)


@pytest.mark.slow
@pytest.mark.parametrize("source", DATABASES)
def test_the_drill(hub: Any, tmp_path: Path, source: str) -> None:
    old = hub("old", source)
    old("fill")
    before = json.loads(old("hashes"))
    assert [name for name, (rows, _) in before.items() if not rows and name.partition("_")[0] in ROOMS] == []
    old("backup", "hub.tongtu")
    assert (tmp_path / "hub.tongtu").stat().st_mode & 0o077 == 0
    for number, target in enumerate(DATABASES):
        new = hub(f"new{number}", target)
        new("restore", "hub.tongtu")
        after = json.loads(new("hashes"))
        assert _apart(before, after) == {"jobs_job"}, "only what has to run again differs"
        home = tmp_path / f"new{number}"
        assert (home / "attachments/ab/abcd").read_bytes() == bytes(range(256)) * 100
        assert (home / "keys/secret").read_text() == (tmp_path / "old/keys/secret").read_text()
        assert "has data already" in new("restore", "hub.tongtu", code=1)
        new("restore", "hub.tongtu", "--replace")
        assert _apart(after, json.loads(new("hashes"))) <= {"jobs_job"}
        new("fill")  # counters go on behind the highest number


def _apart(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


@pytest.mark.slow
def test_a_file_that_is_not_whole_is_refused_and_nothing_is_touched(hub: Any, tmp_path: Path) -> None:
    old, new = hub("old", "sqlite"), hub("new", "sqlite")
    old("fill")
    old("backup", "hub.tongtu")
    whole = (tmp_path / "hub.tongtu").read_bytes()
    new("build")
    before = new("hashes")
    for name, content in {
        "empty": b"",
        "text": b"not a backup",
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:],
    }.items():
        (tmp_path / name).write_bytes(content)
        assert "Repair" in new("restore", name, code=1), name
    forged = _with_member(tmp_path, "../../escaped")
    assert "Repair" in new("restore", forged, code=1)
    assert new("hashes") == before
    assert not list(tmp_path.rglob("escaped"))


def _with_member(folder: Path, name: str) -> str:
    """The backup with one more member, named in its manifest, that would be written outside of the home."""
    from hashlib import sha256

    with zipfile.ZipFile(folder / "hub.tongtu") as old, zipfile.ZipFile(folder / "forged", "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member == "manifest.json":
                manifest = json.loads(data)
                manifest["members"][name] = {"sha256": sha256(b"x").hexdigest()}
                data = json.dumps(manifest).encode()
            new.writestr(member, data)
        new.writestr(name, b"x")
    return "forged"


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_a_new_hub_has_the_tables_that_migrations_make(hub: Any, database: str) -> None:
    built, grown = hub("built", database), hub("grown", database)
    built("build")
    grown("migrate")
    one, other = json.loads(built("schema")), json.loads(grown("schema"))
    unused = {"auth_group_permissions"}  # its migrations number it by another kind of integer than its model does
    assert _apart(one, other) <= unused


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_a_backup_of_yesterday_is_restored_and_upgraded(hub: Any, database: str) -> None:
    old, new = hub("old", "sqlite"), hub("new", database)
    old("older")
    before = json.loads(old("hashes"))
    old("backup", "hub.tongtu")
    new("restore", "hub.tongtu")
    assert _apart(before, json.loads(new("hashes"))) == {"jobs_job"}
    last, missing = json.loads(new("applied"))
    assert missing == []
    assert last["account"] > "0008_z"


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("landed", LANDED, ids=lambda path: path.stem)
def test_every_landed_version_is_upgraded(hub: Any, landed: Path, database: str) -> None:
    with zipfile.ZipFile(landed) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    new = hub("new", database)
    new("restore", str(landed))
    assert json.loads(new("applied"))[1] == []
    kept = {about["table"]["name"]: about["rows"] for about in manifest["members"].values() if "table" in about}
    now = {name: rows for name, (rows, _) in json.loads(new("hashes")).items()}
    assert {name for name, rows in kept.items() if now.get(name, 0) < rows and name not in WRITTEN_BY_DJANGO} == set()


#: what Django writes by itself from the models of the day
WRITTEN_BY_DJANGO = {"django_content_type", "auth_permission"}
