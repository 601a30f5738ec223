"""A minimum-cost flow, here or in a process of its own that can be stopped.

OR-Tools' SimpleMinCostFlow (cost-scaling push-relabel; Goldberg 1997) neither reports progress nor listens while
it works, and holds the interpreter's lock, so a thread beside it would wait as well. Where somebody watches
(`progress` was given) and the network is large, the flow is therefore solved by a child process: the parent
asks `progress` several times a second, and when that raises Cancelled the child is killed. What it had done is
lost; nothing half-done is returned. The same arcs go to the same solver either way, so the answer is the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Waiting
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from tongtu.solve.market import Ints
from tongtu.solve.progress import Progress
from tongtu.terms.faults import TongtuError

#: arcs from which a watched flow is solved apart (a second's work or so)
LARGE = 300_000
_POLL = 0.2  # seconds between two questions to `progress`


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
            return self._apart(progress)
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

    def _apart(self, progress: Progress) -> Ints | None:
        child = subprocess.Popen(
            [sys.executable, "-m", "tongtu.solve.apart"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        try:
            with ThreadPoolExecutor(1) as reader:
                try:
                    answer = reader.submit(self._told, child)
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
        kind, data = said[:1], said[1:]
        if kind not in (b"+", b"-"):
            raise TongtuError.because("solve.flow-lost", "solve.worker-lost-repair")
        return np.frombuffer(data, np.int64).copy() if kind == b"+" else None

    def _told(self, child: subprocess.Popen[bytes]) -> bytes:
        assert child.stdin is not None
        assert child.stdout is not None
        parts = (self.tail, self.head, self.capacity, self.cost, self.supply)
        with suppress(BrokenPipeError):  # the child ended: what it said, or nothing, tells
            child.stdin.write(json.dumps([len(part) for part in parts]).encode() + b"\n")
            for part in parts:
                child.stdin.write(np.ascontiguousarray(part, np.int64).data)
        with suppress(BrokenPipeError):
            child.stdin.close()
        with child.stdout:
            said = child.stdout.read()
        child.wait()  # all is said: let it end by itself
        return said


def main() -> None:
    """In the child: a network on standard input; `+` and the flows, or `-`, on standard output."""
    source = sys.stdin.buffer
    lengths = json.loads(source.readline())
    parts = [np.frombuffer(source.read(8 * length), np.int64) for length in lengths]
    flow = Network(*parts).flow()
    sys.stdout.buffer.write(b"-" if flow is None else b"+" + flow.tobytes())


if __name__ == "__main__":
    main()
