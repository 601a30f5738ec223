"""The hub under load: a million records, ten thousand organisations, five hundred people at once.

For PostgreSQL and for SQLite in turn, with a hub of its own that is thrown away: it is filled, served by `tongtu serve`
with its two web processes and its worker, and asked over loopback by a process that keeps as many sessions as people.
Server, database and the asking process share the machine's cores. Then a cold start to the first page, and an import
of 100,000 rows through upload, dry run and storing, on an empty hub of each kind.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench._hub_import import write
from bench.crash import database_url

ROOT = Path(__file__).resolve().parents[1]
SESSIONS = {"postgresql": 500, "sqlite": 50}
SECONDS, STARTS, ROWS = 90.0, 3, 100_000
_PATIENCE = 60.0
GOALS = {
    **{
        f"{database}_{name}": goal
        for database in SESSIONS
        for name, goal in {"p95_ms": 300.0, "server_errors": 0, "import_rows_per_second": 5_000.0}.items()
    },
    "postgresql_requests_per_second": 150.0,
    "cold_start_seconds": 3.0,
}


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`quick` divides records and people by a hundred and asks for ten seconds."""
    parts, seconds, rows = (100, 10.0, 1_000) if quick else (1, SECONDS, ROWS)
    figures: dict[str, Any] = {}
    for database, sessions in SESSIONS.items():
        with tempfile.TemporaryDirectory() as folder, database_url(database, Path(folder)) as url:
            home = _environ(Path(folder) / "home", url)
            progress(f"{database}: filling …")
            filled = _called(["bench._hub_fill", str(parts)], home)
            progress(f"{database}: {filled['records']} records in {filled['fill_seconds']:.0f} s; asking …")
            with served(home) as port:
                people = json.dumps(filled["sessions"])
                found = _called(["bench._hub_load", str(port), str(sessions), str(seconds)], home, people)
            if database == "sqlite":
                figures["cold_start_seconds"] = sorted(_cold(home) for _ in range(STARTS))[STARTS // 2]
        figures |= {f"{database}_records": filled["records"], f"{database}_sessions": sessions}
        figures |= {f"{database}_{name}": value for name, value in found.items()}
        progress(f"{database}: an import of {rows} rows …")
        with tempfile.TemporaryDirectory() as folder, database_url(database, Path(folder)) as url:
            write(Path(folder) / "needs.xlsx", rows)
            brought = _called(["bench._hub_import", f"{folder}/needs.xlsx"], _environ(Path(folder) / "home", url))
        figures[f"{database}_import_rows_per_second"] = brought["per_second"]
    return {"figures": figures, "goals": GOALS}


def _environ(home: Path, url: str) -> dict[str, str]:
    return {**os.environ, "TONGTU_HOME": str(home), "TONGTU_DATABASE": url, "TONGTU_LOG_LEVEL": "error"}


def _called(module: list[str], environ: dict[str, str], sent: str = "") -> dict[str, Any]:
    """What a module of ours printed, run in a process of its own."""
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, env=environ, cwd=ROOT, input=sent, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


@contextmanager
def served(environ: dict[str, str]) -> Iterator[int]:
    """`tongtu serve` on a free port of loopback, from its first answer to its end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("tongtu")),
        "serve",
        "--home",
        environ["TONGTU_HOME"],
        "--port",
        str(port),
    ]
    hub = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _answered(hub, port)
        yield port
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait(timeout=_PATIENCE)


def _answered(hub: subprocess.Popen[bytes], port: int) -> None:
    """Waits for the first page."""
    until = time.monotonic() + _PATIENCE
    while hub.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=_PATIENCE) as page:
                page.read()
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the hub does not answer")


def _cold(environ: dict[str, str]) -> float:
    """Seconds from the command to the first page."""
    began = time.perf_counter()
    with served(environ):
        return time.perf_counter() - began
