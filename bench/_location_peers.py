"""spopt's p-median on one matrix, in the peers' environment: its model in PuLP, solved by the HiGHS of highspy."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np


def main(source: Path, count: int, most: float) -> None:
    from pulp import HiGHS
    from spopt.locate import PMedian

    distance = np.load(source)
    begun = time.perf_counter()
    model = PMedian.from_cost_matrix(distance, np.ones(len(distance)), count)
    built = time.perf_counter() - begun
    model = model.solve(HiGHS(msg=False, timeLimit=most, threads=1))
    seconds = time.perf_counter() - begun
    value = float(model.problem.objective.value())
    print(json.dumps({
        "value": value, "seconds": round(seconds, 3), "building": round(built, 3),
        "versions": {name: version(name) for name in ("spopt", "pulp", "highspy")},
    }))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
