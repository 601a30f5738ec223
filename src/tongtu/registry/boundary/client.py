"""The near side of the fork server: starts it, hands it files, waits for the answer, outlives its death.

One server per process and set of parsers, started at the first file that needs it and ended at exit. Any
thread may call `run`; it waits without holding the interpreter lock, and no more children work at once than
there are processors.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from tongtu.registry.boundary import wire
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.refusal import fault, refused
from tongtu.terms.faults import FileRefused, UsageFault

_LENGTH = struct.Struct("<I")
_START_SECONDS = 30.0
_GRACE_SECONDS = 10.0
_KEEP_PAGES = {"LD_BIND_NOW": "1", "MALLOC_MMAP_THRESHOLD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""A child works in blocks of rows; giving each block's pages back and fetching them anew costs a tenth."""
_MODULE = "tongtu.registry.boundary.server"


class Sink(Protocol):
    """Takes the frames of one answer."""

    def take(self, letter: bytes, payload: bytearray) -> None:
        """Raises ValueError, TypeError or LookupError for a frame that makes no sense."""


_S = TypeVar("_S", bound=Sink)


class _ServerLost(Exception):
    """The server ended before it answered."""


class _Server:
    """A running fork server and the socket it listens on."""

    def __init__(self, kind: str) -> None:
        self._sending = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-P", "-m", _MODULE, str(theirs.fileno()), kind]
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=_environment(), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._control.settimeout(_START_SECONDS)
        try:
            said = self._control.recv(1024)
        except OSError as error:
            said = str(error).encode()
        if said != b"ready":
            self.close()
            problem = said.decode("utf-8", "replace") or "it ended at once"
            raise UsageFault.because("boundary.server", "boundary.server-repair", problem=problem)
        self._control.settimeout(None)

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def submit(self, job: dict[str, Any], fds: list[int]) -> None:
        """Hands over a job and its three open files: source, answer, verdict. Raises _ServerLost."""
        body = json.dumps(job).encode()
        with self._sending:
            try:
                socket.send_fds(self._control, [_LENGTH.pack(len(body))], fds)
                self._control.sendall(body)
            except OSError:
                raise _ServerLost from None

    def disown(self) -> None:
        """In a forked copy of the process that started it: let go, without ending it."""
        self._control.close()
        self._process.returncode = 0

    def close(self, patience: float = 2.0) -> None:
        """Ends it: the closed socket is its sign to go, and to take its children along."""
        self._control.close()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    """What the server needs and no more: no secret of ours is within a parser's reach."""
    wanted = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in wanted if name in os.environ}
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**kept, **_KEEP_PAGES, "PYTHONPATH": paths, "PYTHONUTF8": "1", "RUST_BACKTRACE": "0"}


_starting = threading.Lock()
_servers: dict[str, _Server] = {}
_places = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


def _running(kind: str = "tables") -> _Server:
    """The server of this process for tables or prose, started or started anew."""
    with _starting:
        if kind in _servers and not _servers[kind].alive():
            _servers.pop(kind).close()
        if kind not in _servers:
            _servers[kind] = _Server(kind)
        return _servers[kind]


def _discard(lost: _Server) -> None:
    """Makes sure that a server which failed is gone, unless another thread has already seen to it."""
    with _starting:
        for kind in [kind for kind, server in _servers.items() if server is lost]:
            _servers.pop(kind).close(0)


def stop() -> None:
    """Ends the servers; the next file starts another."""
    with _starting:
        while _servers:
            _servers.popitem()[1].close()


def _forget() -> None:
    """In a forked copy of this process the server is the original's, and the locks may be held by nobody."""
    global _starting, _places  # noqa: PLW0603
    while _servers:
        _servers.popitem()[1].disown()
    _starting = threading.Lock()
    _places = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


atexit.register(stop)
if hasattr(os, "fork"):
    os.register_at_fork(after_in_child=_forget)


def run(job: dict[str, Any], source: int, limits: Limits, fresh: Callable[[], _S], kind: str = "tables") -> _S:
    """Works on one open file in a guarded child and returns the sink that `fresh` made, filled.

    `kind` is the server that forks the child: the one for prose has loaded parsers that tables do not need.
    A server that died is started anew and the file tried once more. Raises FileRefused, UsageFault.
    """
    if not hasattr(os, "fork"):
        raise UsageFault.because("boundary.platform", "boundary.platform-repair", platform=sys.platform)
    job = {**job, "limits": limits.to_json()}
    with _places:
        for _ in range(2):
            sink, server = fresh(), _running(kind)
            try:
                _converse(server, job, source, limits, sink)
                return sink
            except _ServerLost:
                _discard(server)
    raise refused("server-lost")


def _converse(server: _Server, job: dict[str, Any], source: int, limits: Limits, sink: Sink) -> None:
    ours, theirs = socket.socketpair()
    verdict, verdict_end = os.pipe()
    try:
        with ours:
            try:
                server.submit(job, [source, theirs.fileno(), verdict_end])
            finally:
                theirs.close()
                os.close(verdict_end)
            ours.settimeout(limits.seconds + _GRACE_SECONDS)
            ended = _listen(ours, limits, sink)
        _judge(_verdict(verdict), ended, limits)
    finally:
        os.close(verdict)


def _listen(sock: socket.socket, limits: Limits, sink: Sink) -> bool:
    """Feeds the sink; says whether the child came to its end. Raises FileRefused for a senseless answer."""
    try:
        for letter, payload in wire.frames(sock, limits.result_bytes + (1 << 20)):
            if letter == b"E":
                return True
            sink.take(letter, payload)
    except (TimeoutError, ConnectionError):
        return False
    except wire.TooMuch:
        raise refused("result", limit=limits.result_bytes >> 20) from None
    except (ValueError, TypeError, LookupError) as error:
        raise refused("unreadable", problem=f"answer: {type(error).__name__}") from None
    return False


def _verdict(pipe: int) -> dict[str, Any] | None:
    """How the child ended, from the server; None when the server is gone or stuck."""
    ready, _, _ = select.select([pipe], [], [], _GRACE_SECONDS)
    said = os.read(pipe, 4096) if ready else b""
    return json.loads(said) if said else None


def _judge(verdict: dict[str, Any] | None, ended: bool, limits: Limits) -> None:
    """Raises FileRefused for a child that was killed or died, _ServerLost for a server that did."""
    if verdict is None:
        raise _ServerLost
    for listener in listeners:
        listener(verdict)
    killed = signal.Signals(verdict["signal"]).name if verdict["signal"] else ""
    if verdict["why"] == "memory":
        raise FileRefused(fault("memory", limit=limits.memory_bytes >> 20))
    if verdict["why"] == "time" or killed == "SIGXCPU":
        raise FileRefused(fault("time", limit=limits.seconds, cpu=limits.cpu_seconds))
    if not ended:
        raise FileRefused(fault("died", signal=killed or "exit"))


listeners: list[Callable[[dict[str, Any]], None]] = []
"""Called with each child's end (`signal`, `why`, `peak` bytes, `cpu` seconds); measuring hooks in here."""
