"""Where to open sites: OR-Library's p-median and capacitated problems, and the national network, each with its bound.

`--data` is any folder of OR-Library files, in folders of their own or not; every file is known by its first line.
Published optima stand in a `.csv` (instance, optimum) or in OR-Library's own lists (`pmedopt.txt`). Where a file names
no capacity (capa, capb, capc), `--capacity` does: numbers, each tried on every such file, or `name=number` for one.

Rows give instance, value, bound and seconds of solving, and the second from which the answer was certified within
0.5 %. spopt (in `.venv-bench`, see `bench/peers.txt`) solves pmed10 and pmed20 from the same matrices.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench._turns import ROOT
from tongtu.solve import Solution
from tongtu.solve.location import Located, capacitated, kind_of, p_median, read_cap, read_optima, read_pmed
from tongtu.terms.faults import TongtuError
from tongtu.terms.why import Why

OPTIONS = {
    "capacity": "for files that name none: 8000 or 8000,10000 or capa=8000,capb=5000",
    "seconds": "longest time for one instance (default 600)",
}
PEERS = ROOT / ".venv-bench" / "bin" / "python"
PEER_SECONDS = 300.0
COMPARED = ("pmed10", "pmed20")
CERTIFIED = 0.005
QUICK = 200  # clients, at most, of what a quick run solves
GOALS = {
    "pmed_optimal_share": 1.0, "cap_optimal_share": 1.0, "off_the_published": 0, "pmed_slowest_seconds": 30.0,
    "pmed_certified_slowest_seconds": 5.0, "pmed10_times_spopt": 5.0, "pmed20_times_spopt": 5.0,
}  # fmt: skip

Capacities = Mapping[str, list[float]]


def run(
    data: Path | None, quick: bool, progress: Callable[..., None] = print, *,
    capacity: str | None = None, seconds: str = "600",
) -> dict[str, Any]:  # fmt: skip
    """`quick`: only instances of up to 200 clients, no peer, not the national network."""
    folder = data or ROOT.parent / "shared" / "data" / "location"
    files = [path for path in sorted(folder.rglob("*.txt"), key=_order) if kind_of(path)] if folder.is_dir() else []
    if not files:
        raise SystemExit(f"scripts/bench location --data FOLDER: no OR-Library file in {folder}")
    lists = [path for path in sorted(folder.rglob("*")) if path.suffix in (".csv", ".txt") and path not in files]
    optima = {name: value for path in lists for name, value in read_optima(path).items()}
    capacities, longest = _capacities(capacity), _number(seconds, "--seconds")
    rows, compared = [], {}
    for path in files:
        for problem in _problems(path, capacities, progress):
            if quick and problem.clients > QUICK:
                continue
            row = _row(problem, longest, optima.get(problem.name, optima.get(path.stem)))
            progress("  ".join(f"{key} {value}" for key, value in row.items()))
            rows.append(row)
            if problem.name in COMPARED and not quick:
                compared[problem.name] = _peer(problem, row["seconds"], progress)
    solved = {row["instance"].partition("-")[0] for row in rows}
    figures = {"refused_files": sum(path.stem not in solved for path in files)} if not quick else {}
    figures = {
        **figures,
        **_figures(rows),
        **{f"{name}_times_spopt": one["times"] for name, one in compared.items() if one},
    }
    goals = {name: goal for name, goal in GOALS.items() if name in figures}
    if data is None and not quick:
        figures, goals = _national(figures, goals, progress)
    return {"figures": figures, "goals": goals, "rows": rows, "peers": compared}


@dataclass(frozen=True)
class _Problem:
    name: str
    kind: str
    clients: int
    solve: Callable[..., Located]
    distance: np.ndarray | None = None
    count: int = 0


def _problems(path: Path, capacities: Capacities, progress: Callable[..., None]) -> Iterator[_Problem]:
    """The problems of one file: several where it leaves the capacity open, none where it holds faults."""
    named = capacities.get(path.stem, capacities.get("", []))
    try:
        if kind_of(path) == "pmed":
            graph = read_pmed(path)
            yield _Problem(path.stem, "pmed", len(graph.distance), _median(graph), graph.distance, graph.count)
            return
        text = path.read_text(encoding="utf-8").lower()
        for room in named if "capacity" in text and named else [None]:
            given = read_cap(path, room)
            name = path.stem if room is None else f"{path.stem}-{room:g}"
            yield _Problem(name, "cap", len(given.demand), _houses(given))
    except TongtuError as error:
        progress(error.say("en"))


def _median(graph: Any) -> Callable[..., Located]:
    return lambda **more: p_median(graph.distance, graph.count, **more)


def _houses(given: Any) -> Callable[..., Located]:
    return lambda **more: capacitated(given.cost, given.fixed, given.demand, given.capacity, **more)


def _row(problem: _Problem, longest: float, optimum: float | None) -> dict[str, Any]:
    begun, worked = time.perf_counter(), time.process_time()
    certified: list[float] = []

    def watch(done: int, total: int, what: Why | None = None) -> None:
        if what is not None and not certified:
            value, bound = what.args["value"], what.args["bound"]
            if value - bound <= CERTIFIED * abs(value):
                certified.append(time.perf_counter() - begun)

    solution: Solution = problem.solve(seconds=longest, progress=watch).solution
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    if not certified and (solution.gap or 0.0) <= CERTIFIED:
        certified.append(seconds)
    return {
        "instance": problem.name, "kind": problem.kind, "status": solution.status, "value": solution.value,
        "bound": solution.bound, "optimum": optimum, "seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3),
        "certified_seconds": round(certified[0], 3) if certified else None,
    }  # fmt: skip


def _figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for kind in ("pmed", "cap"):
        mine = [row for row in rows if row["kind"] == kind]
        if mine:
            figures[f"{kind}_instances"] = len(mine)
            figures[f"{kind}_optimal_share"] = sum(row["status"] == "optimal" for row in mine) / len(mine)
            figures[f"{kind}_slowest_seconds"] = max(row["seconds"] for row in mine)
            late = [row["certified_seconds"] for row in mine]
            figures[f"{kind}_certified_slowest_seconds"] = "never" if None in late else max(late)
    known = [row for row in rows if row["optimum"] is not None]
    figures["published"] = len(known)
    figures["off_the_published"] = sum(
        row["value"] is None or abs(row["value"] - row["optimum"]) > 1e-3 + 1e-9 * row["optimum"] for row in known
    )
    return figures


def _peer(problem: _Problem, ours: float, progress: Callable[..., None]) -> dict[str, Any]:
    """spopt's figures for the same matrix; empty where it is not there."""
    asked = [PEERS, "-c", "import spopt"]
    if not PEERS.exists() or subprocess.run(asked, capture_output=True, check=False).returncode:
        progress("spopt is not in .venv-bench: no comparison")
        return {}
    progress(f"spopt {problem.name} …")
    assert problem.distance is not None
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "distance.npy"
        np.save(source, problem.distance)
        command = [PEERS, "-W", "ignore", "-m", "bench._location_peers", source, str(problem.count), str(PEER_SECONDS)]
        told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    found = json.loads(told.splitlines()[-1])
    return {**found, "times": round(found["seconds"] / ours, 1)}


def _national(
    figures: dict[str, Any], goals: dict[str, Any], progress: Callable[..., None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    from bench import _location_national as national

    progress("national network …")
    return figures | national.measure(progress=progress), goals | national.GOALS


def _capacities(text: str | None) -> Capacities:
    """By instance, or under an empty name for every file."""
    found: dict[str, list[float]] = {}
    for part in (text or "").split(",") if text else []:
        name, _, number = part.rpartition("=")
        found.setdefault(name.strip(), []).append(_number(number, "--capacity"))
    return found


def _number(text: str, option: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise SystemExit(f"{option}: {text!r} is not a number above 0")
    return number


def _order(path: Path) -> tuple[str, int, str]:
    """pmed2 before pmed10."""
    number = re.search(r"(\d+)$", path.stem)
    return str(path.parent), int(number[1]) if number else 0, path.stem
