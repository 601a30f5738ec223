"""Projects with scarce resources against best known values, beside PyJobShop; and a plan of 200 open jobs put right.

`--data` is a folder of PSPLIB `.sm` files, in folders of their own or not; best known values stand in a `.csv` beside
(file, value, low..high or ..high). Without `--every 1` a sample is solved: every sixteenth instance in the order of
their numbers, fixed before anything was measured. Gaps are to the best known value (the upper one where it is open).

Ours gets the clock (`--seconds`, default 30) and as many CP-SAT workers as `--workers` (default 2) beside its own
search; PyJobShop, in `.venv-bench`, gets the same clock and workers on the first instances that ours does not solve at
once. PyJobShop 0.0.9 brings OR-Tools of its own.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import fmean, median
from typing import Any

from bench import _scheduling_network as drawn
from bench._turns import ROOT
from tongtu import pilots
from tongtu.pilots.scheduling import Project, first_answer, read_sm, replan, solve
from tongtu.terms.faults import TongtuError

OPTIONS = {
    "seconds": "longest time for one instance (default 30)",
    "every": "solve every so manieth instance (default 16; 1 is all)",
    "workers": "workers of CP-SAT (default 2)",
    "peers": "instances that PyJobShop solves too (default 4; 0 is none)",
}
PEERS = ROOT / ".venv-bench" / "bin" / "python"
GOALS = {"mean_gap": 0.015, "first_slowest_seconds": 1.0, "off_the_published": 0, "replan_200_seconds": 2.0}
TURNS = 5


def run(
    data: Path | None, quick: bool, progress: Callable[..., None] = print, *,
    seconds: str = "30", every: str = "16", workers: str = "2", peers: str = "4",
) -> dict[str, Any]:  # fmt: skip
    """`quick`: every fortieth instance, 3 seconds each, no peer."""
    limit, step, threads = (3.0, 40, int(workers)) if quick else (float(seconds), max(int(every), 1), int(workers))
    folder = data or ROOT.parent / "shared" / "data" / "scheduling"
    files = sorted(folder.rglob("*.sm"), key=_order)[::step]
    if not files:
        raise SystemExit("scripts/bench scheduling --data FOLDER: no .sm file is there.")
    known, rows, projects = _known(folder), [], {}
    for path in files:
        row = _row(path, known, limit, threads, projects)
        rows.append(row)
        progress(" ".join(str(value) for value in row.values()))
    figures: dict[str, Any] = {**_figures(rows, limit), **_replanned()}
    found, versions = ({}, {}) if quick else _beside(rows, projects, limit, threads, int(peers), progress)
    return {"figures": figures | found, "goals": GOALS, "rows": rows, "peers": versions, "seed": 0}


def _order(path: Path) -> tuple[Any, ...]:
    """j602_10 behind j602_9."""
    return (str(path.parent), *(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)))


def _known(folder: Path) -> dict[str, tuple[int, int]]:
    """Lower and upper best known value by file name."""
    found = {}
    for path in sorted([*folder.glob("*.csv"), *folder.parent.glob("*.csv")]):
        with path.open(encoding="utf-8", newline="") as stream:
            for name, *_, value in (row for row in csv.reader(stream) if len(row) > 1):
                low, dots, high = value.strip().partition("..")
                best = high if dots else low
                if best.isdigit():
                    found[name.strip().removesuffix(".sm")] = int(low or 0), int(best)
    return found


def _row(
    path: Path, known: Mapping[str, tuple[int, int]], limit: float, workers: int, projects: dict[str, Project]
) -> dict[str, Any]:
    name = path.name.removesuffix(".sm")
    try:
        project = read_sm(path)
    except TongtuError as fault:
        raise SystemExit(fault.say("en")) from None
    begun = time.perf_counter()
    first = project.makespan(first_answer(project))
    at_once = time.perf_counter() - begun
    plan = solve(project, seconds=limit, workers=workers)
    total = time.perf_counter() - begun - at_once
    if project.violations(plan.starts):
        raise AssertionError(f"{name}: the plan breaks {project.violations(plan.starts)[:3]}")
    projects[name] = project
    low, best = known.get(name, (None, None))
    return {
        "instance": name, "tasks": len(project), "makespan": plan.makespan, "bound": int(plan.solution.bound or 0),
        "seconds": round(total, 3), "status": plan.solution.status, "best_low": low, "best": best,
        "gap": None if best is None else round(plan.makespan / max(best, 1) - 1, 5),
        "first": first, "first_seconds": round(at_once, 3),
    }  # fmt: skip


def _figures(rows: Sequence[Mapping[str, Any]], limit: float) -> dict[str, Any]:
    """`off_the_published`: plans below a proven lower value, or bounds above a known plan; there must be none."""
    judged = [row for row in rows if row["best"] is not None]
    wrong = [row for row in judged if row["makespan"] < row["best_low"] or row["bound"] > row["best"]]
    found: dict[str, Any] = {"instances": len(rows), "seconds_each": limit}
    if judged:
        found["mean_gap"] = round(fmean(row["gap"] for row in judged), 5)
        found["worst_gap"] = max(row["gap"] for row in judged)
        found["first_mean_gap"] = round(fmean(row["first"] / max(row["best"], 1) - 1 for row in judged), 5)
        found["best_reached_share"] = round(fmean(row["makespan"] <= row["best"] for row in judged), 3)
        found["off_the_published"] = len(wrong)
    found["proven_share"] = round(fmean(row["status"] == "optimal" for row in rows), 3)
    found["mean_seconds"] = round(fmean(row["seconds"] for row in rows), 2)
    found["first_slowest_seconds"] = max(row["first_seconds"] for row in rows)
    return found


def _replanned() -> dict[str, Any]:
    """Three of thirty lines shut for three weeks and five new cases: 200 open jobs put right."""
    before = pilots.schedule(drawn.network(False), drawn.jobs(False), drawn.CALENDAR, drawn.FIRST).slots
    changed, asked, times = drawn.network(True), drawn.jobs(True), []
    for _ in range(TURNS):
        begun = time.perf_counter()
        found = replan(changed, asked, before, drawn.CALENDAR, drawn.FIRST - timedelta(days=1))
        times.append(time.perf_counter() - begun)
    told = dict(found.moves["change"].value_counts().iter_rows())
    counts = {f"replan_{name}": told.get(name, 0) for name in ("kept", "moved", "added", "unplaced")}
    return {"replan_200_seconds": round(median(times), 3), **counts}


def _beside(
    rows: Sequence[Mapping[str, Any]], projects: Mapping[str, Project], limit: float, workers: int, most: int,
    progress: Callable[..., None],
) -> tuple[dict[str, Any], dict[str, str]]:  # fmt: skip
    """PyJobShop on the first instances that ours did not solve within a second."""
    hard = [row for row in rows if row["seconds"] > 1.0 and row["best"] is not None][:most]
    if not hard or not PEERS.exists():
        return {}, {}
    given = {
        "seconds": limit, "workers": workers,
        "projects": [
            {"durations": p.durations, "after": p.after, "needs": p.needs, "capacity": p.capacity}
            for p in (projects[row["instance"]] for row in hard)
        ],
    }  # fmt: skip
    progress(f"PyJobShop: {', '.join(row['instance'] for row in hard)} …")
    told = subprocess.run([PEERS, "-m", "bench._scheduling_peers"], cwd=ROOT, input=json.dumps(given),
                          stdout=subprocess.PIPE, text=True, check=True).stdout  # fmt: skip
    answer, figures = json.loads(told), {}
    for row, peer in zip(hard, answer["found"], strict=True):
        figures[f"{row['instance']}_gap_ours"] = row["gap"]
        figures[f"{row['instance']}_gap_pyjobshop"] = round(peer["makespan"] / row["best"] - 1, 5)
    figures["gap_ours_where_compared"] = round(fmean(row["gap"] for row in hard), 5)
    theirs = [peer["makespan"] / row["best"] - 1 for row, peer in zip(hard, answer["found"], strict=True)]
    figures["gap_pyjobshop_where_compared"] = round(fmean(theirs), 5)
    return figures, answer["versions"]
