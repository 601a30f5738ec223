"""PyJobShop on PSPLIB projects, in an environment that holds no Tongtu: JSON in on standard input, JSON out."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version


def main() -> None:
    given, found = json.load(sys.stdin), []
    for one in given["projects"]:
        begun = time.perf_counter()
        found.append({**_solved(one, given["seconds"], given["workers"]), "total": time.perf_counter() - begun})
    json.dump({"found": found, "versions": {name: version(name) for name in ("pyjobshop", "ortools")}}, sys.stdout)


def _solved(project: dict[str, list], seconds: float, workers: int) -> dict[str, float]:
    from pyjobshop import Model

    model = Model()
    resources = [model.add_renewable(capacity=most) for most in project["capacity"]]
    tasks = [model.add_task() for _ in project["durations"]]
    for task, duration, needs in zip(tasks, project["durations"], project["needs"], strict=True):
        model.add_mode(task, resources=resources, duration=duration, demands=needs)
    for task, waits in zip(tasks, project["after"], strict=True):
        for other in waits:
            model.add_end_before_start(tasks[other], task)
    result = model.solve(time_limit=seconds, num_workers=workers, display=False)
    return {"makespan": result.objective, "bound": result.lower_bound, "seconds": result.runtime}


if __name__ == "__main__":
    main()
