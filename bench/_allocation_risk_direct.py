"""One engine on the bench's instance, in a process of its own: `python -m bench._allocation_risk_direct ENGINE FOLDER`.

`ours`    tongtu.solve.tail on the matrix as it stands
`direct`  the linear program of Rockafellar and Uryasev (2000) as it is written in the paper, handed to the same HiGHS:
          a share per item, the level t, an excess per scenario; written here from the paper, with nothing of ours

Prints figures as JSON: CPU seconds from the loaded arrays to the answer, the largest resident memory, value, bound.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench._turns import peak_mb

LEVEL = 0.95


def ours(folder: Path, more: dict[str, float]) -> dict[str, Any]:
    import highspy  # noqa: F401  loaded before the clock runs, as for the other

    from tongtu.solve.tail import Losses, Options, Row, Tail, select
    from tongtu.terms.why import Why

    loss, value, cost, sector = _arrays(folder)
    began = time.process_time()
    items = np.arange(len(value))
    rows = [Row(Why("bench.total"), items, cost, most=more["total"])]
    for k, most in enumerate(np.load(folder / "sectors.npy")):
        mine = np.flatnonzero(sector == k)
        rows.append(Row(Why("bench.sector"), mine, cost[mine], most=float(most)))
    found = select(len(items), Options(items, value), rows, Tail(Losses(loss), LEVEL, more["cap"]), problem="bench")
    spent = time.process_time() - began
    solution = found.solution
    np.save(folder / "option.npy", found.option)
    return {"value": solution.value, "bound": solution.bound, "gap": solution.gap, "tail": found.tail,
            "risk_price": found.risk, "chosen": int((found.option >= 0).sum()), "cpu": spent}  # fmt: skip


def direct(folder: Path, more: dict[str, float]) -> dict[str, Any]:
    import highspy

    loss, value, cost, sector = _arrays(folder)
    began = time.process_time()
    n, s = loss.shape
    caps = np.load(folder / "sectors.npy")
    first = 1 + len(caps)  # rows: total, sectors, the CVaR row, then one per scenario
    rows = first + 1 + s
    per_item = 2 + s
    index = np.empty((n, per_item), np.int32)
    index[:, 0], index[:, 1], index[:, 2:] = 0, 1 + sector, np.arange(first + 1, rows)
    entry = np.empty((n, per_item))
    entry[:, 0], entry[:, 1], entry[:, 2:] = cost, cost, loss
    excess = np.empty((s, 2), np.int32)
    excess[:, 0], excess[:, 1] = first, np.arange(first + 1, rows)
    level_rows = np.r_[first, np.arange(first + 1, rows)].astype(np.int32)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n + 1 + s, rows
    model.col_cost_ = np.r_[-value, np.zeros(1 + s)]
    model.col_lower_ = np.r_[np.zeros(n), -np.inf, np.zeros(s)]
    model.col_upper_ = np.r_[np.ones(n), np.full(1 + s, np.inf)]
    model.row_lower_ = np.full(rows, -np.inf)
    model.row_upper_ = np.r_[more["total"], caps, more["cap"], np.zeros(s)]
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    starts = np.r_[np.arange(n + 1) * per_item, n * per_item + 1 + s + 2 * np.arange(s + 1)]
    model.a_matrix_.start_ = starts
    model.a_matrix_.index_ = np.r_[index.ravel(), level_rows, excess.ravel()]
    share = np.tile([1 / ((1 - LEVEL) * s), -1.0], s)
    model.a_matrix_.value_ = np.r_[entry.ravel(), 1.0, np.full(s, -1.0), share]
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("parallel", "off")
    solver.setOptionValue("solver", "simplex")
    solver.setOptionValue("time_limit", more["limit"])
    solver.passModel(model)
    solver.run()
    done = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    bound = -solver.getInfo().objective_function_value if done else None
    return {"bound": bound, "ended": done, "cpu": time.process_time() - began}


def _arrays(folder: Path) -> tuple[Any, ...]:
    return tuple(np.load(folder / f"{name}.npy") for name in ("loss", "value", "cost", "sector"))


if __name__ == "__main__":
    place = Path(sys.argv[2])
    told = {"ours": ours, "direct": direct}[sys.argv[1]](place, json.loads((place / "more.json").read_text()))
    print(json.dumps(told | {"peak_mb": peak_mb()}))
