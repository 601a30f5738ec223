"""The guarded child and its server: killed in time, started anew, gone at the end, safe from threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from boundary_books import codes, written

from tongtu.registry import boundary
from tongtu.registry.boundary import Limits, client
from tongtu.terms.faults import FileRefused, UsageFault

linux = pytest.mark.skipif(sys.platform != "linux", reason="watches /proc")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    return path


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    """Takes the child half a second and a hundred megabytes."""
    path = tmp_path / "heavy.json"
    path.write_text("[" + ",".join(['{"a": [1, 2, 3], "b": "x"}'] * 300_000) + "]")
    return path


def refusal(path: Path, limits: Limits) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        boundary.read_json(path, limits)
    return caught.value


def server() -> psutil.Process:
    return psutil.Process(client._running().pid)


def children_end(process: psutil.Process) -> bool:
    deadline = time.monotonic() + 5
    while process.children() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not process.children()


def test_child_that_takes_too_long_is_killed(heavy: Path, table: Path) -> None:
    boundary.read(table)
    start = time.perf_counter()
    assert codes(refusal(heavy, Limits().within(seconds=0.1))) == ["time"]
    assert time.perf_counter() - start < 2
    assert children_end(server())
    assert boundary.read(table)[0].columns == [["a", "1"], ["b", "2"]]


@linux
def test_child_that_takes_too_much_is_killed(heavy: Path) -> None:
    assert codes(refusal(heavy, Limits().within(memory_bytes=60 << 20))) == ["memory"]
    assert codes(refusal(heavy, Limits().within(address_bytes=120 << 20)))[0] in ("memory", "died")


def test_cpu_limit(tmp_path: Path) -> None:
    path = tmp_path / "busy.json"
    path.write_text("[" + ",".join(['{"a": 1, "b": [2]}'] * 1_200_000) + "]")
    assert codes(refusal(path, Limits().within(cpu_seconds=1, cells=10**9))) in (["time"], ["memory"])


def test_result_limit(heavy: Path) -> None:
    assert codes(refusal(heavy, Limits().within(result_bytes=1000))) == ["result"]


@linux
def test_server_is_small_and_loads_no_frames() -> None:
    maps = Path(f"/proc/{server().pid}/maps").read_text()
    for heavy_library in ("polars", "numpy", "scipy", "openpyxl"):
        assert heavy_library not in maps
    assert server().memory_info().rss < 60 << 20


def test_server_refuses_to_start_with_frames_loaded(monkeypatch: pytest.MonkeyPatch, table: Path) -> None:
    client.stop()
    monkeypatch.setattr(client, "_MODULE", "no.such.module")
    with pytest.raises(UsageFault) as caught:
        boundary.read(table)
    assert caught.value.faults[0].what.code == "boundary.server"
    monkeypatch.undo()
    program = (
        "import socket, sys, numpy; from tongtu.registry.boundary import server; "
        "a, b = socket.socketpair(); server.main(b.detach()); print(a.recv(99).decode())"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "numpy" in said


def test_killed_server_is_started_anew(table: Path) -> None:
    boundary.read(table)
    first = server()
    first.kill()
    assert boundary.read(table)[0].columns == [["a", "1"], ["b", "2"]]
    assert server().pid != first.pid


def test_server_killed_at_work(heavy: Path) -> None:
    """The file is tried once more; whoever waits gets an answer either way."""
    boundary.read_json(heavy)
    killer = threading.Timer(0.15, lambda: os.kill(server().pid, signal.SIGKILL))
    killer.start()
    assert len(boundary.read_json(heavy)) == 300_000
    killer.join()


def test_threads(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{n}.xlsx", (f"s{n}", [["n"], [n]])) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(boundary.read, paths * 3))
    assert [(s.name, s.columns) for (s,) in found] == [(f"s{n}", [["n", float(n)]]) for n in range(40)] * 3
    assert children_end(server())


def test_descriptors_and_children_do_not_pile_up(table: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04junk")
    boundary.read(table)
    here, there = psutil.Process(), server()
    assert children_end(there)
    time.sleep(0.1)
    before = here.num_fds(), there.num_fds()
    for _ in range(30):
        boundary.read(table)
        with pytest.raises(FileRefused):
            boundary.read(broken)
    assert children_end(there)
    time.sleep(0.1)
    assert (here.num_fds(), there.num_fds()) == before


_SCRIPT = """
import sys, time
from pathlib import Path
from tongtu.registry import boundary
from tongtu.registry.boundary import client
boundary.read(Path(sys.argv[1]))
print(client._running().pid, flush=True)
{ending}
"""


@pytest.mark.parametrize("ending", ["", "time.sleep(60)", "import os; os._exit(1)"], ids=["exit", "killed", "abrupt"])
def test_server_ends_with_its_parent(table: Path, ending: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT.format(ending=ending), str(table)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    if "sleep" in ending:
        parent.kill()
    parent.wait(10)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def test_forked_process_gets_a_server_of_its_own(table: Path) -> None:
    program = _SCRIPT.format(
        ending="""
import os
pid = os.fork()
if pid == 0:
    boundary.read(Path(sys.argv[1]))
    ok = client._running().pid != os.getppid()
    client.stop()
    os._exit(0 if ok else 1)
assert os.waitpid(pid, 0)[1] == 0
boundary.read(Path(sys.argv[1]))
"""
    )
    subprocess.run([sys.executable, "-c", program, str(table)], check=True, capture_output=True, timeout=30)


def test_child_holds_nothing_of_ours(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGTU_SECRET", "hidden")
    client.stop()
    boundary.read(table)
    assert "TONGTU_SECRET" not in server().environ()


def test_without_fork_it_says_so(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(UsageFault) as caught:
        boundary.read(table)
    assert caught.value.faults[0].what.code == "boundary.platform"


def test_answer_that_makes_no_sense_is_refused(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A taken-over child may say what it likes: nothing but plain cells comes through."""
    from tongtu.registry.boundary import wire

    for frames in (
        [(b"C", b"[[1]]")],
        [(b"S", b'{"name": "s", "first_row": 1}'), (b"C", b'[[{"a": 1}]]')],
        [(b"S", b'{"name": "s", "first_row": 1}'), (b"C", b"[[1], [1, 2]]")],
        [(b"S", b"not json")],
        [(b"F", b'[{"what": "x"}]')],
        [(b"S", b"[]")],
    ):
        monkeypatch.setattr(wire, "frames", lambda *_, said=frames: iter([*said, (b"E", b"null")]))
        with pytest.raises(FileRefused):
            boundary.read(table)
