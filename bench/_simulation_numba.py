"""The same worlds by numba, as somebody who knows it would: one uniform for a case and world, Φ from a table, and no
stage looked at once the case has failed. Run in `.venv-bench`: `python -m bench._simulation_numba BOOK.npz WORLDS`.
"""

from __future__ import annotations

import json
import sys
import time
from statistics import NormalDist, median

import numpy as np
from numba import njit

REACH, STEP, TURNS = 8.0, 512, 5


@njit(cache=False)
def worths(limit, cost, payoff, sector, whole, sectors, scale, table, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    worlds, (cases, stages) = len(whole), limit.shape
    found = np.zeros(worlds)
    for world in range(worlds):
        for case in range(cases):
            chance, alive = np.random.random(), 1.0
            for stage in range(stages):
                found[world] -= cost[case, stage]
                x = (limit[case, stage] + whole[world, stage] + sectors[world, sector[case], stage]) * scale
                at = min(max((x + REACH) * STEP, 0.0), 2 * REACH * STEP - 1)
                low = int(at)
                alive *= table[low] + (at - low) * (table[low + 1] - table[low])
                if chance >= alive:
                    break
            else:
                found[world] += payoff[case]
    return found


def main(source: str, worlds: int) -> None:
    book = np.load(source)
    normal = NormalDist()
    limit = np.array([[normal.inv_cdf(value) for value in row] for row in book["p"]])
    table = np.array([normal.cdf(k / STEP - REACH) for k in range(int(2 * REACH * STEP) + 1)])
    market, common = float(book["market"]), float(book["common"])
    rng = np.random.default_rng(0)
    seconds = []
    for turn in range(TURNS + 1):
        begun = time.process_time()
        whole = np.sqrt(market) * rng.standard_normal((worlds, limit.shape[1]))
        sectors = np.sqrt(common) * rng.standard_normal((worlds, int(book["sector"].max()) + 1, limit.shape[1]))
        scale = 1 / np.sqrt(1 - market - common)
        found = worths(limit, book["cost"], book["payoff"], book["sector"], whole, sectors, scale, table, turn)
        seconds.append(time.process_time() - begun)
    print(json.dumps({"seconds": median(seconds[1:]), "mean": float(found.mean())}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
