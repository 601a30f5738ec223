"""The fork server: a small process that has loaded the parsers and nothing else, and forks per file.

It never touches a file itself. For each request it forks a child that gives up what it does not need
(open files, memory, time, core dumps) and works on one file; the server watches the child's resident
memory and clock, and reports its end. Polars and NumPy must not be loaded here: their threads and
reserved memory make a forked or memory-limited child hang.

Started by `client` as a module; it ends when its parent does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongtu.registry.boundary import tasks, warm

LENGTH = struct.Struct("<I")
_TICK_MS = 10
_IDLE_MS = 1000
_PAGE = resource.getpagesize()
_STATM = Path("/proc/self/statm").exists()
_HEAVY = ("polars", "numpy", "pandas", "scipy")


@dataclass(slots=True)
class _Child:
    pid: int
    verdict: int
    memory: int
    deadline: float
    why: str = ""


class Server:
    """One thread, one loop: requests, ends of children, and a look at each child every few milliseconds."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._parent = os.getppid()
        self._children: dict[int, _Child] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._poll.register(self._woken, select.POLLIN)

    def run(self) -> None:
        """Until the parent closes its end or is gone."""
        try:
            while self._turn():
                pass
        finally:
            for child in self._children.values():
                os.kill(child.pid, signal.SIGKILL)

    def _turn(self) -> bool:
        events = dict(self._poll.poll(_TICK_MS if self._children else _IDLE_MS))
        if self._woken.fileno() in events:
            with contextlib.suppress(BlockingIOError):
                while self._woken.recv(4096):
                    pass
        self._reap()
        self._watch(events)
        if self._control.fileno() in events and not self._accept():
            return False
        return os.getppid() == self._parent

    def _accept(self) -> bool:
        """Takes one request and forks its child; False at the end of the control stream."""
        head, fds, _, _ = socket.recv_fds(self._control, LENGTH.size, 3)
        if len(head) < LENGTH.size:
            return False
        job = json.loads(_exactly(self._control, LENGTH.unpack(head)[0]))
        source, answer, verdict = fds
        pid = os.fork()
        if pid == 0:
            _become_child(job, source, answer)
        os.close(source)
        os.close(answer)
        limits = job["limits"]
        deadline = time.monotonic() + limits["seconds"]
        self._children[pid] = _Child(pid, verdict, limits["memory_bytes"], deadline)
        self._poll.register(verdict, 0)  # asks for nothing, hears when the reader has gone
        return True

    def _reap(self) -> None:
        while self._children:
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._children.pop(pid)
            self._poll.unregister(child.verdict)
            peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
            verdict = {
                "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                "why": child.why or ("memory" if peak > child.memory else ""),
                "peak": peak,
                "cpu": used.ru_utime + used.ru_stime,
            }
            with contextlib.suppress(BrokenPipeError):
                os.write(child.verdict, json.dumps(verdict).encode())
            os.close(child.verdict)

    def _watch(self, events: dict[int, int]) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.verdict in events:
                child.why = "gone"
            elif now > child.deadline:
                child.why = "time"
            elif _STATM and _resident(child.pid) > child.memory:
                child.why = "memory"
            if child.why:
                os.kill(child.pid, signal.SIGKILL)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _become_child(job: dict[str, Any], source: int, answer: int) -> None:
    """Never returns: whatever happens, the process ends here, without clean-up it would share."""
    status = 1
    try:
        _confine(job["limits"], source, answer)
        tasks.perform(job, source, answer)
        status = 0
    finally:
        os._exit(status)


def _confine(limits: dict[str, Any], source: int, answer: int) -> None:
    """Gives up everything but two open files, a share of memory and time, and the right to outlive us."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    low, high = sorted((source, answer))
    for first, last in ((3, low), (low + 1, high), (high + 1, 4096)):
        os.closerange(first, last)
    _die_with_parent()
    cpu = limits["cpu_seconds"]
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_FSIZE, limits["unpacked_bytes"] + (64 << 20)),
        (resource.RLIMIT_AS, limits["address_bytes"]),
    ):
        with contextlib.suppress(ValueError):  # macOS knows some of these by name only
            resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    gc.disable()  # a short life that ends at once has nothing to collect


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _PRCTL(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        _PRCTL(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


_PRCTL: Any = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _exactly(sock: socket.socket, length: int) -> bytes:
    parts = b""
    while len(parts) < length:
        part = sock.recv(length - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts


def main(control: int, kind: str = "tables") -> None:
    """Says `ready` on the control socket, or what is wrong, and serves until the parent is gone."""
    with socket.socket(fileno=control) as sock:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        warm.up(kind)
        loaded = [name for name in _HEAVY if name in sys.modules]
        if loaded:
            sock.sendall(f"the fork server has loaded {', '.join(loaded)}".encode())
            return
        gc.collect()
        gc.freeze()  # what all children share is never looked at again
        sock.sendall(b"ready")
        with contextlib.suppress(EOFError, ConnectionError):
            Server(sock).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
