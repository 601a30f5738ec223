"""Simulation: 10,000 cases × 5 stages, a market factor and 37 sectors at each stage, against naive NumPy.

Equal draws: both make the same number of worlds of every case; the naive way draws five normals for each case and
world, ours one uniform number against chances that a matrix product gives. Equal error: what either way needs to know
the mean of the worst 5 % of the portfolio's value equally well. Ours is the whole call of `simulate` without the
stress: every measure, its curve, contributions and counts. Errors are root mean squares over replicates against a
reference of many more points; the naive way's, in blocks of 1,000 worlds, is scaled to our error by 1/worlds, as its
error falls with their root. All seconds are of the processor, medians, one thread.

A kernel compiled by numba (in `.venv-bench`) that draws the same worlds is named beside; it returns the portfolio's
value alone, where ours and the naive way are array code and ours keeps every case's loss and outcome.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from bench._simulation_naive import simulate as naive
from bench._turns import ROOT
from tongtu.risk.book import Book, book
from tongtu.risk.simulation import Factors, scenarios, simulate

PEERS = ROOT / ".venv-bench" / "bin" / "python"
CASES, STAGES, SECTORS, SEED = 10_000, 5, 37, 0
MARKET, SECTOR = 0.10, 0.15
WORLDS, POINTS, REPLICATES, REFERENCE, TURNS = 2_000, 4_096, 12, 1 << 17, 5
NAIVE_REPLICATES, BLOCK = 6, 1_000
LEVEL = 0.95
GOALS = {"ratio_equal_draws": 10.0, "ratio_equal_error": 100.0}


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is not used: the book is drawn here, from a fixed seed."""
    cases = CASES // (10 if quick else 1)
    p, cost, payoff, sector = _drawn(cases)
    ours = _book(p, cost, payoff, sector)
    factors = Factors(MARKET, SECTOR, 0.0, by_stage=True)
    turns, replicates = (1, 4) if quick else (TURNS, REPLICATES)

    progress("equal draws …")
    drawing = _timed(lambda: scenarios(ours, WORLDS, factors=factors, seed=SEED, costs=False, doubt=False), turns)
    plain, worths = [], []
    for k in range(3 if quick else NAIVE_REPLICATES):
        begun = time.process_time()
        worths.append(naive(p, cost, payoff, sector, MARKET, SECTOR, WORLDS, SEED + k))
        plain.append(time.process_time() - begun)
    peer = _numba(p, cost, payoff, sector)
    progress("reference …")
    size = REFERENCE // (8 if quick else 1)
    reference = _ours(ours, factors, size // 8, 8, SEED + 1_000)
    progress("equal error …")
    times, found = [], []
    for k in range(replicates):
        begun = time.process_time()
        found.append(_ours(ours, factors, POINTS, 1, SEED + k))
        times.append(time.process_time() - begun)

    truth = {name: reference.figure("value", name, level) for name, level in (("mean", None), ("cvar", LEVEL))}
    error = {name: _rms([one.figure("value", name, level) for one in found], truth[name])
             for name, level in (("mean", None), ("cvar", LEVEL))}  # fmt: skip
    worths = list(np.concatenate(worths).reshape(-1, BLOCK))
    worst = {"mean": _rms([float(w.mean()) for w in worths], truth["mean"]),
             "cvar": _rms([_cvar(w) for w in worths], truth["cvar"])}  # fmt: skip
    needed = median(plain) * BLOCK / WORLDS * (worst["cvar"] / error["cvar"]) ** 2
    figures = {
        "cases": cases, "worlds": WORLDS, "points": POINTS,
        "draws_seconds": round(drawing, 4), "naive_draws_seconds": round(median(plain), 4),
        "ratio_equal_draws": round(median(plain) / drawing, 1),
        **peer,
        "reference_mean": round(truth["mean"], 1), "reference_cvar": round(truth["cvar"], 1),
        "reference_cvar_se": round(_error(reference), 2),
        "simulate_seconds": round(median(times), 4),
        "rmse_mean": round(error["mean"], 2), "rmse_cvar": round(error["cvar"], 2),
        "naive_rmse_mean_1000": round(worst["mean"], 2), "naive_rmse_cvar_1000": round(worst["cvar"], 2),
        "naive_seconds_at_our_error": round(needed, 1),
        "ratio_equal_error": round(needed / median(times), 1),
    }  # fmt: skip
    return {"figures": figures, "goals": GOALS, "seed": SEED}


def _numba(p: Any, cost: Any, payoff: Any, sector: Any) -> dict[str, float]:
    """The peer's processor seconds for the same number of worlds; nothing where it is not installed."""
    if not PEERS.exists():
        return {}
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "book.npz"
        np.savez(source, p=p, cost=cost, payoff=payoff, sector=sector, market=MARKET, common=SECTOR)
        command = [PEERS, "-m", "bench._simulation_numba", source, str(WORLDS)]
        told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = json.loads(told)
    return {"numba_draws_seconds": round(found["seconds"], 4), "numba_mean": round(found["mean"], 1)}


def _drawn(cases: int) -> tuple[Any, Any, Any, Any]:
    """Odds, costs, payoffs and sectors of a book in which no case dominates."""
    rng = np.random.default_rng(SEED)
    p = rng.uniform(0.35, 0.9, (cases, STAGES))
    cost = rng.lognormal(0.0, 0.5, (cases, STAGES)) * np.array([1.0, 2.0, 4.0, 8.0, 12.0])
    payoff = rng.lognormal(np.log(300.0), 0.6, cases)
    return p, cost, payoff, rng.integers(0, SECTORS, cases)


def _book(p: Any, cost: Any, payoff: Any, sector: Any) -> Book:
    names = [f"C{k:05d}" for k in range(len(p))]
    cases = pl.DataFrame({"case": names, "direction": [f"D{s:02d}" for s in sector]}).with_columns(
        currency=pl.lit("CNY"), price_year=pl.lit(2026)
    )
    stages = pl.DataFrame({
        "case": np.repeat(names, STAGES), "order": np.tile(np.arange(STAGES), len(p)),
        "stage": np.tile([f"s{k}" for k in range(STAGES)], len(p)), "p": p.ravel(), "cost": cost.ravel(),
    })  # fmt: skip
    return book(cases, stages, pl.DataFrame({"case": names, "payoff": payoff}), currency="CNY")


def _ours(cases: Book, factors: Factors, points: int, sets: int, seed: int) -> Any:
    return simulate(cases, factors=factors, points=points, scramblings=sets, seed=seed, levels=(LEVEL,), doubt=False,
                    costs=False, stress=())  # fmt: skip


def _error(found: Any) -> float:
    same = (pl.col("measure") == "value") & (pl.col("figure") == "cvar")
    return float(found.figures.filter(same)["se"][0])


def _cvar(worth: Any) -> float:
    """Mean of the worst draws, as anybody takes it."""
    return float(np.sort(worth)[: round(len(worth) * (1 - LEVEL))].mean())


def _rms(values: list[float], truth: float) -> float:
    return float(np.sqrt(np.mean((np.array(values) - truth) ** 2)))


def _timed(work: Callable[[], object], turns: int) -> float:
    """Median processor seconds, after one turn that does not count."""
    work()
    taken = []
    for _ in range(turns):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return median(taken)
