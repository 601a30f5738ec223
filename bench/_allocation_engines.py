"""One engine of `bench allocation` in a process of its own: `python -m bench._allocation_engines ENGINE FOLDER`.

The market lies in FOLDER as arrays; time begins with them in memory and ends with the chosen edges as an array.
Seconds are the process's own (CPU), each engine having one thread: what else the machine does falls on none.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench._turns import peak_mb

STEPS = 1_000_000
HIGHS_LIMIT = 400.0  # seconds
NEWCOMERS = 40


def drawn(asks: int, answers: int, degree: int, folder: Path, seed: int = 1) -> int:
    """A market in which some answers are better than others for everyone; how many edges."""
    rng = np.random.default_rng(seed)
    left, right = np.repeat(np.arange(asks), degree), rng.integers(0, answers, asks * degree)
    pair = np.unique(left * answers + right)
    left, right = pair // answers, pair % answers
    score = np.round(0.6 * rng.random(len(pair)) + 0.4 * rng.random(answers)[right], 6)
    for name, array in (("left", left), ("right", right), ("score", score)):
        np.save(folder / f"{name}.npy", array)
    np.save(folder / "wants.npy", np.full(asks, 3))
    np.save(folder / "room.npy", np.full(answers, 20))
    return len(pair)


def _read(folder: Path) -> dict[str, Any]:
    return {name: np.load(folder / f"{name}.npy") for name in ("left", "right", "score", "wants", "room")}


def ours(m: dict[str, Any]) -> dict[str, float]:
    from ortools.graph.python import min_cost_flow  # noqa: F401  as in its own turn, time begins once it is there

    from tongtu.solve.flow import assign

    begun = time.process_time()
    found = assign(m["left"], m["right"], m["score"], m["wants"], m["room"])
    solved = time.process_time() - begun
    peak = peak_mb()
    price = found.price
    priced = time.process_time() - begun - solved
    return {
        "seconds": solved, "price_seconds": priced, "value": float(found.solution.value or 0.0),
        "bound": float(found.solution.bound or 0.0), "full": int((price > 0).sum()), "peak_mb": peak,
        "peak_with_prices_mb": peak_mb(),
    }  # fmt: skip


def ortools(m: dict[str, Any]) -> dict[str, float]:
    """SimpleMinCostFlow itself, source and sink and a way past for what stays unassigned."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    begun = time.process_time()
    n, k, total = len(m["wants"]), len(m["room"]), int(m["wants"].sum())
    source, sink = n + k, n + k + 1
    flow, none = SimpleMinCostFlow(), np.zeros(max(n, k), np.int64)
    cost = -np.rint(m["score"] * STEPS).astype(np.int64)
    edges = flow.add_arcs_with_capacity_and_unit_cost(m["left"], m["right"] + n, np.ones_like(cost), cost)
    flow.add_arcs_with_capacity_and_unit_cost(np.full(n, source), np.arange(n), m["wants"], none[:n])
    flow.add_arcs_with_capacity_and_unit_cost(np.arange(n, n + k), np.full(k, sink), m["room"], none[:k])
    flow.add_arcs_with_capacity_and_unit_cost(np.array([source]), np.array([sink]), np.array([total]), none[:1])
    flow.set_nodes_supplies(np.array([source, sink]), np.array([total, -total]))
    if flow.solve() != flow.OPTIMAL:
        raise ArithmeticError("SimpleMinCostFlow found no optimum")
    chosen = np.asarray(flow.flows(edges), bool)
    return {
        "seconds": time.process_time() - begun, "value": float(m["score"][chosen].sum()), "peak_mb": peak_mb(),
    }  # fmt: skip


def highs(m: dict[str, Any]) -> dict[str, float]:
    """HiGHS' interior point method without crossover, one thread, stopped after `HIGHS_LIMIT` seconds."""
    import highspy

    begun = time.process_time()
    n, k, e = len(m["wants"]), len(m["room"]), len(m["score"])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = e, n + k
    model.col_cost_, model.col_lower_, model.col_upper_ = -m["score"], np.zeros(e), np.ones(e)
    model.row_lower_, model.row_upper_ = np.full(n + k, -np.inf), np.r_[m["wants"], m["room"]].astype(float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(0, 2 * e + 1, 2)
    model.a_matrix_.index_ = np.column_stack([m["left"], m["right"] + n]).ravel().astype(np.int32)
    model.a_matrix_.value_ = np.ones(2 * e)
    solver = highspy.Highs()
    settings = {
        "output_flag": False, "solver": "ipm", "run_crossover": "off", "threads": 1, "parallel": "off",
        "time_limit": HIGHS_LIMIT,
    }  # fmt: skip
    for name, value in settings.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    del model
    solver.run()
    ended = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    value = float(m["score"] @ np.asarray(solver.getSolution().col_value))
    return {"seconds": time.process_time() - begun, "value": value, "ended": int(ended), "peak_mb": peak_mb()}


def repair(m: dict[str, Any]) -> dict[str, float]:
    """New needs one after another into a standing optimum, then other small changes; a full solve at the end."""
    from tongtu.solve.flow import assign, best
    from tongtu.solve.repair import Clearing

    found = assign(m["left"], m["right"], m["score"], m["wants"], m["room"])
    begun = time.process_time()
    clearing = Clearing(found)
    ready = time.process_time() - begun
    del found
    rng, degree = np.random.default_rng(2), len(m["score"]) // len(m["wants"])
    added, removed, widened = [], [], []
    for _ in range(NEWCOMERS):
        others = np.sort(rng.choice(len(m["room"]), degree, replace=False))
        score = rng.random(degree).round(6)
        added.append(_timed(lambda o=others, s=score: clearing.add_left(o, s, 3)))
        one = int(rng.choice(clearing.chosen))
        removed.append(_timed(lambda edge=one: clearing.remove([edge])))
        node = int(rng.integers(len(m["room"])))
        widened.append(_timed(lambda j=node: clearing.right_most(j, 21)))
    full = best(clearing.market()).solution.value or 0.0
    return {
        "repair_ready_seconds": ready, "repair_ms": float(np.median(added)), "repair_worst_ms": max(added),
        "repair_removed_pair_ms": float(np.median(removed)), "repair_one_more_place_ms": float(np.median(widened)),
        "repair_off_the_full_solve": abs(full - clearing.value), "repair_peak_mb": peak_mb(),
    }  # fmt: skip


def _timed(work: Any) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def midl(folder: Path) -> dict[str, float]:
    """Papers ask, reviewers answer: everyone at 80 % of the max-min bound."""
    from tongtu.solve.fair import fair
    from tongtu.solve.lottery import lottery
    from tongtu.solve.market import Loads, Market

    score = np.load(folder / "scores.npy").T
    paper, reviewer = (axis.ravel() for axis in np.indices(score.shape))
    covers = np.load(folder / "covs.npy").astype(np.int64)
    least, most = (np.load(folder / f"{name}.npy").astype(np.int64) for name in ("loads-lb", "loads"))
    market = Market(paper, reviewer, score.ravel(), Loads(covers, covers), Loads(least, most))
    begun = time.process_time()
    found = fair(market)
    seconds = time.process_time() - begun
    drawn_ = _timed(lambda: lottery(market, cap=0.5, seed="1"))
    return {
        "midl_seconds": seconds, "midl_kept": found.kept, "midl_gap": found.solution.gap or 0.0,
        "midl_max_min_bound": found.bound, "midl_worst_off": float(found.reached.min()),
        "midl_kept_at_cap_half": lottery(market, cap=0.5, seed="1").kept, "midl_lottery_seconds": drawn_ / 1000,
    }  # fmt: skip


if __name__ == "__main__":
    name, place = sys.argv[1], Path(sys.argv[2])
    engines = {"ours": ours, "ortools": ortools, "highs": highs, "repair": repair}
    print(json.dumps(midl(place) if name == "midl" else engines[name](_read(place))))
