"""Work that cannot be stopped from outside, done here or in a process of its own that can be.

OR-Tools' SimpleMinCostFlow (cost-scaling push-relabel; Goldberg 1997) neither reports progress nor listens while
it works, and holds the interpreter's lock, so a thread beside it would wait as well. HiGHS listens between the
nodes of a search tree, but not while it cuts and dives at the root: six seconds of silence were measured on 9,000
columns. Where somebody watches (`progress` was given) and the work is large, it is therefore done by a child
process: the parent asks `progress` several times a second, and when that raises Cancelled the child is killed. What
it had done is lost; nothing half-done is returned. The same numbers go to the same solver either way, so the answer
is the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Waiting
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from tongtu.solve.market import Ints
from tongtu.solve.progress import Progress
from tongtu.terms.faults import TongtuError

Parts = Sequence[npt.NDArray[Any]]

#: arcs from which a watched flow is solved apart (a second's work or so)
LARGE = 300_000
_POLL = 0.2  # seconds between two questions to `progress`
#: what a child can do: arrays in, arrays out; None where there is no answer
_TASKS = {"flow": ("tongtu.solve.apart", "flow_of"), "program": ("tongtu.solve.linear", "answer_of")}


@dataclass(slots=True)
class Network:
    """Arcs with capacity and cost of a unit, and the supply of each node (negative: demand).

    Solving it here uses it up: its arrays are given back once the solver has its copy, a quarter of the peak.
    """

    tail: Ints
    head: Ints
    capacity: Ints
    cost: Ints
    supply: Ints

    def flow(self, progress: Progress | None = None) -> Ints | None:
        """Flow of least cost on each arc; None where there is none that meets every supply."""
        if progress is not None and len(self.tail) >= LARGE:
            parts = (self.tail, self.head, self.capacity, self.cost, self.supply)
            found = apart("flow", [np.asarray(part, np.int64) for part in parts], progress)
            return None if found is None else found[0].copy()
        return self._here()

    def _here(self) -> Ints | None:
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

        solver = SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(self.tail, self.head, self.capacity, self.cost)
        solver.set_nodes_supplies(np.arange(len(self.supply)), self.supply)
        self.tail = self.head = self.capacity = self.cost = self.supply = np.zeros(0, np.int64)
        status = solver.solve()
        if status == solver.INFEASIBLE:
            return None
        if status != solver.OPTIMAL:
            raise ArithmeticError(f"min-cost flow ended with {status}")
        return np.asarray(solver.flows(arcs), dtype=np.int64)


def flow_of(parts: Parts) -> Parts | None:
    """`Network.flow` on arrays."""
    found = Network(*parts).flow()
    return None if found is None else [found]


def apart(task: str, parts: Parts, progress: Progress) -> Parts | None:
    """What a child makes of these arrays. Raises Cancelled as `progress` does, TongtuError where the child is lost."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tongtu.solve.apart", task],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        with ThreadPoolExecutor(1) as reader:
            try:
                answer = reader.submit(_told, child, parts)
                while True:
                    progress(0, 1)
                    try:
                        said = answer.result(timeout=_POLL)
                        break
                    except Waiting:
                        continue
            finally:
                if child.poll() is None:
                    child.kill()
    finally:
        child.wait()
    if said is None:
        raise TongtuError.because("solve.flow-lost", "solve.worker-lost-repair")
    return None if said == () else said


def _told(child: subprocess.Popen[bytes], parts: Parts) -> Parts | None:
    """Hands the arrays over and reads what comes back; () for no answer, None where the child ended early."""
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError):  # the child ended: what it said, or nothing, tells
        _write(child.stdin, parts)
    with suppress(BrokenPipeError):
        child.stdin.close()
    with child.stdout:
        found = _read(child.stdout)
    child.wait()  # all is said: let it end by itself
    return found


def _write(stream: IO[bytes], parts: Parts | None) -> None:
    """A line that says what follows, then the arrays as they lie in memory."""
    kinds = None if parts is None else [(part.dtype.str, len(part)) for part in parts]
    stream.write(json.dumps(kinds).encode() + b"\n")
    for part in parts or ():
        stream.write(np.ascontiguousarray(part).data)


def _read(stream: IO[bytes]) -> Parts | None:
    """() where there is no answer, None where the stream ended before all was said."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    found = []
    for kind, length in json.loads(line) or ():
        dtype = np.dtype(kind)
        data = stream.read(dtype.itemsize * length)
        if len(data) < dtype.itemsize * length:
            return None
        found.append(np.frombuffer(data, dtype))
    return found or ()


def main(task: str) -> None:
    """In the child: arrays on standard input, the answer's on standard output."""
    module, name = _TASKS[task]
    work: Callable[[Parts], Parts | None] = getattr(import_module(module), name)
    given = _read(sys.stdin.buffer)
    assert given is not None, "the parent ended"
    _write(sys.stdout.buffer, work(given))


if __name__ == "__main__":
    main(sys.argv[1])
