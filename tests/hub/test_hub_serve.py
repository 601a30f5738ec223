"""`tongtu serve`: says every fault at once, starts, replaces a child that dies, and ends when asked to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil
import pytest

CALL = [sys.executable, "-c", "from tongtu.cli import main; main()", "serve"]
COLD_START = 3.0


def environ(home: Path, **settings: str) -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("TONGTU_")}
    named = {f"TONGTU_{name.upper()}": value for name, value in settings.items()}
    return {**plain, "DJANGO_SETTINGS_MODULE": "tongtu.hub.settings", "TONGTU_LANG": "en",
            "TONGTU_HOME": str(home), **named}  # fmt: skip


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[psutil.Process, str]]:
    """A hub that runs, and its address."""
    log = tmp_path / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*CALL, "--port", "0"], env=environ(tmp_path / "home"), stdout=subprocess.PIPE, stderr=stream, text=True
        )
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            break
    else:
        raise AssertionError(log.read_text())
    yield psutil.Process(process.pid), found[0]
    process.terminate()
    process.wait(40)
    process.stdout.close()


def answer(address: str) -> tuple[int, str]:
    try:
        with urlopen(address, timeout=10) as given:
            return given.status, given.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (URLError, OSError):
        return 0, ""


def until(happens: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not happens():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def ready(address: str) -> bool:
    return answer(address + "health/")[0] == 200


def heavy(process: psutil.Process) -> list[str]:
    """Engines that a process has loaded."""
    maps = {Path(m.path).name for m in process.memory_maps()}
    return sorted(m for m in maps if re.match(r"(_?polars|_?ortools|libortools|tantivy|_highs|_umath_linalg)", m))


def test_a_hub_runs_from_nothing_and_comes_back_from_every_death(hub: tuple[psutil.Process, str]) -> None:
    process, address = hub
    until(lambda: ready(address))
    assert answer(address)[0] == 200
    web, worker = process.children()
    worker.kill()
    until(lambda: len(process.children()) == 2 and ready(address))
    web.kill()
    until(lambda: answer(address)[0] == 200)
    everybody = process.children(recursive=True)
    process.terminate()
    assert process.wait(30) == 0
    assert psutil.wait_procs(everybody, timeout=5)[1] == []


def test_the_web_server_loads_no_engine_before_somebody_asks_for_one(hub: tuple[psutil.Process, str]) -> None:
    process, address = hub
    until(lambda: ready(address))
    web, _ = process.children()
    assert [name for one in (process, web, *web.children()) for name in heavy(one)] == []


def test_nobody_survives_a_killed_parent(hub: tuple[psutil.Process, str]) -> None:
    process, address = hub
    until(lambda: ready(address))
    everybody = process.children(recursive=True)
    process.kill()
    assert psutil.wait_procs(everybody, timeout=30)[1] == []


def test_ctrl_c_ends_it_quietly(hub: tuple[psutil.Process, str]) -> None:
    process, address = hub
    until(lambda: ready(address))
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_two_hubs_do_not_stand_in_one_home(hub: tuple[psutil.Process, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*CALL, "--port", "0"], env=environ(tmp_path / "home"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Another hub is running" in done.stderr


def test_every_fault_of_the_settings_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wrong = environ(tmp_path / "file", database="mysql://x", address="hub.example.org", mail="pop://x",
                    mail_from="nobody", job_workers="0")  # fmt: skip
    done = subprocess.run([*CALL, "--host", "0.0.0.0"], env=wrong, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("Repair") == 6
    assert "Traceback" not in done.stderr


def test_opening_a_hub_to_others_needs_its_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CALL, "--host", "0.0.0.0"], env=environ(tmp_path / "h"), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("Repair")) == (2, 1)


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    import sqlite3

    drill = [sys.executable, str(Path(__file__).parent / "hub_drill.py"), "build"]
    subprocess.run(drill, env=environ(tmp_path / "home"), check=True)
    with sqlite3.connect(tmp_path / "home" / "tongtu.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', '2030-01-01')"
        )
    database.close()
    done = subprocess.run(
        [*CALL, "--port", "0"], env=environ(tmp_path / "home"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "people.9999_later" in done.stderr


def test_a_log_says_what_went_wrong_but_not_what_somebody_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    from tongtu import logs

    logger = logs.start("warning", "json")
    try:
        raise ValueError("a secret of the firm")
    except ValueError:
        logger.exception("job", extra={"job": "7"})
    line = json.loads(capsys.readouterr().err)
    assert (line["error"], line["job"]) == ("ValueError", "7")
    assert "secret" not in json.dumps(line)
    logger.handlers.clear()
