"""Engines that take turns: each lives in a process of its own and does its work once whenever it is told to.

Turns of two engines alternate, so that whatever else the machine does falls on both. Used from environments
that hold no Tongtu, so nothing but the standard library and numpy may be imported here.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Engine:
    """`ready` is not timed and gives what `work` is done on; `answers` reads the matrix from what `work` gave."""

    work: Callable[[Any], Any]
    answers: Callable[[Any], Any]
    ready: Callable[[], Any] = lambda: None
    #: more that can be asked for by name, each giving figures
    more: dict[str, Callable[[], dict[str, float]]] = field(default_factory=dict)


def serve(engine: Engine) -> None:
    """In the engine's process: obeys the lines it reads, one answer in JSON for each."""
    import numpy

    found: Any = None
    for line in sys.stdin:
        asked, _, rest = line.strip().partition(" ")
        if asked == "turn":
            given = engine.ready()
            begun = time.perf_counter()
            found = engine.work(given)
            told = {"seconds": time.perf_counter() - begun}
        elif asked == "answers":
            numpy.save(rest, engine.answers(found))
            told = {"peak_mb": peak_mb()}
        else:
            told = engine.more[asked]()
        print(json.dumps(told), flush=True)


class Worker:
    """In the measuring process: an engine at the other end of two pipes."""

    def __init__(self, python: Path | str, module: str, *arguments: object) -> None:
        command = [str(python), "-m", module, *map(str, arguments)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.times: list[float] = []

    def ask(self, line: str) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline()
        if not told:
            raise RuntimeError(f"{self._process.args} ended with {self._process.wait()}")
        return dict(json.loads(told))

    def turn(self) -> None:
        self.times.append(self.ask("turn")["seconds"])

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)


def alternate(ours: Worker, peer: Worker, turns: int) -> tuple[float, float]:
    """Median seconds of each, after one turn of each that does not count."""
    for worker in (ours, peer):
        worker.turn()
        worker.times.clear()
    for _ in range(turns):
        ours.turn()
        peer.turn()
    return median(ours.times), median(peer.times)


def peak_mb() -> float:
    """Largest resident memory of this program; Linux counts the parent's into `ru_maxrss`, and `VmHWM` does not."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
