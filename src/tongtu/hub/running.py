"""A running hub: one process that keeps the web server and the workers of the table of jobs alive.

    start     settings checked, home made, database brought to this program's tables, children started
    web       gunicorn on a socket that the parent holds, so that a restart refuses no connection
    worker    `jobs.worker.Loop`

A child that dies is started again after a pause that doubles while it keeps dying. SIGTERM or Ctrl-C asks all of them
to finish and kills those that have not after half a minute. Children are forked from this process, so they share its
memory and start in no time; that needs a system with `fork`.
"""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tongtu import logs
from tongtu.config import settings
from tongtu.terms.faults import UsageFault

GRACE = 30.0  # seconds for the children to finish when they are asked to stop
LIVED = 30.0  # a child that lived so long had started well: the next pause is the shortest again
LONGEST_PAUSE = 30.0
THREADS = 4


@dataclass
class Child:
    """A process to keep alive: `run` is called in it and its return ends it."""

    name: str
    run: Callable[[], None]
    pid: int = 0
    started: float = 0.0
    deaths: int = 0
    due: float = field(default_factory=time.monotonic)

    def died(self, now: float) -> None:
        self.deaths = 1 if now - self.started > LIVED else self.deaths + 1
        self.due = now + min(0.25 * 2**self.deaths, LONGEST_PAUSE)
        self.pid = 0


def open_home() -> int:
    """Makes the home and locks it, so that two hubs never stand in one; returns the lock's descriptor.

    Raises UsageFault where another hub stands there.
    """
    home = Path(str(settings()["home"].value) or "hub").resolve()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise UsageFault.because("hub_care.home-taken", "hub_care.home-taken-repair", folder=str(home)) from None
    return lock


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises UsageFault where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UsageFault.because(
            "cli.port-taken", "cli.port-taken-repair", host=host, port=str(port), problem=str(error)
        ) from error
    listening.listen(1024)
    return listening


class Supervisor:
    """Keeps children alive until it is asked to stop."""

    def __init__(self, children: list[Child], closing: tuple[int, ...] = ()) -> None:
        self.children = children
        self.closing = closing  # descriptors that a child does not keep
        self.stopping = False
        self.log = logs.start(str(settings()["log_level"].value), str(settings()["log_format"].value))

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.stopping:
            self._start_due()
            self._reap()
            time.sleep(0.1)
        self._end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start_due(self) -> None:
        for child in self.children:
            if not child.pid and child.due <= time.monotonic():
                child.started = time.monotonic()
                child.pid = self._fork(child)

    def _fork(self, child: Child) -> int:
        from django.db import connections

        connections.close_all()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            for descriptor in self.closing:
                os.close(descriptor)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            _die_with(parent)
            child.run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            self.log.exception("child", extra={"worker": child.name})
        finally:
            os._exit(code)

    def _reap(self) -> None:
        for child in self.children:
            if child.pid and os.waitpid(child.pid, os.WNOHANG) != (0, 0):
                child.died(time.monotonic())
                if not self.stopping:
                    self.log.error("child-died", extra={"worker": child.name, "tries": child.deaths})

    def _end(self) -> None:
        """Asks everybody to finish, waits, and kills who has not."""
        self._send(signal.SIGTERM)
        until = time.monotonic() + GRACE
        while any(child.pid for child in self.children) and time.monotonic() < until:
            self._reap()
            time.sleep(0.05)
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        for child in self.children:
            if child.pid:
                os.kill(child.pid, number)


def _die_with(parent: int) -> None:
    """A child whose parent is killed ends too (Linux; elsewhere the lock of the home keeps a second hub away)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def web(listening: socket.socket, workers: int) -> None:
    """Gunicorn with threads, configured here and nowhere else."""
    from gunicorn.app.base import BaseApplication

    class Web(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _gunicorn(listening.fileno(), workers).items():
                self.cfg.set(name, value)

        def load(self) -> Callable[..., object]:
            from django.urls import get_resolver

            from tongtu.hub.wsgi import application

            _ = get_resolver().url_patterns  # read once here, not by the first visitor of each process
            _settle()
            return application  # type: ignore[no-any-return]

    sys.argv[1:] = []  # gunicorn would read our own command line
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    Web().run()


def _settle() -> None:
    """What stands once the program is loaded stays: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _gunicorn(descriptor: int, workers: int) -> dict[str, object]:
    memory = Path("/dev/shm")
    return {
        "bind": f"fd://{descriptor}",
        "worker_class": "gthread",
        "workers": workers,
        "threads": THREADS,
        "preload_app": False,  # an engine's threads do not survive a fork: each process loads what it needs itself
        "timeout": 60,
        "graceful_timeout": 20,
        "keepalive": 5,
        "loglevel": "warning",  # requests are logged by the hub itself
        "control_socket_disable": True,
        **({"worker_tmp_dir": str(memory)} if memory.is_dir() and os.access(memory, os.W_OK) else {}),
    }


def worker(name: str) -> None:
    """One worker process; beside its jobs it seals the log."""
    from tongtu.hub.care.chain import seal
    from tongtu.hub.jobs.worker import Loop

    Loop(name, chores=seal).run()


def children(listening: socket.socket, workers: int, job_workers: int) -> list[Child]:
    """The web server and the workers. A worker started again has the name of the dead one, and takes up its jobs."""
    here = f"{socket.gethostname()}-{os.getpid()}"
    names = [f"{here}-{number}" for number in range(1, job_workers + 1)]
    return [
        Child("web", lambda: web(listening, workers)),
        *(Child(name, lambda name=name: worker(name)) for name in names),  # type: ignore[misc]
    ]
