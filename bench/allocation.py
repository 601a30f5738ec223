"""A whole market cleared: 100,000 questions that want 3 each, 20,000 answers with 20 places, 5 million pairs.

Beside ours, on the same arrays, each in a process of its own, one after another:

    OR-Tools   SimpleMinCostFlow itself (ours calls it): what our wrapping costs; its total is the optimum
    HiGHS      interior point without crossover, one thread, stopped after 400 s if it has not ended

Seconds are CPU seconds of one thread. Ours and OR-Tools take turns and medians are compared. Prices of all full
answers, which the others do not give, are timed apart. Then one new need, a removed pair and a widened answer in a
standing optimum, whose value is compared with a full solve at the end; and, where the data is there, the published
MIDL 2018 scores (177 reviewers, 118 papers) under a floor of 80 % of the max-min bound.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bench._allocation_engines import drawn
from bench._turns import ROOT

TURNS = 2
GOALS = {
    "off_the_optimum": 0.001, "ratio_ortools": 1.3, "ratio_highs": 4.0, "memory_to_highs": 0.3,
    "repair_ms": 50.0, "midl_kept": 0.97, "midl_seconds": 5.0,
}  # fmt: skip


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data`: the folder that holds `assignment/midl`; by default the one beside the project."""
    asks, answers, turns = (8_000, 1_600, 1) if quick else (100_000, 20_000, TURNS)
    figures: dict[str, Any] = {}
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        figures["pairs"] = drawn(asks, answers, 50, folder)
        found: dict[str, list[dict[str, float]]] = {"ours": [], "ortools": [], "highs": []}
        for _ in range(turns):
            for engine in ("ours", "ortools"):
                progress(f"{engine} …")
                found[engine].append(asked(engine, folder))
        progress("highs …")
        found["highs"].append(asked("highs", folder))
        rows = [{"engine": name, **turn} for name, every in found.items() for turn in every]
        figures |= compared(found)
        progress("repair …")
        figures |= asked("repair", folder)
    midl = (data or ROOT.parent / "shared" / "data") / "assignment" / "midl"
    if midl.is_dir():
        progress("midl …")
        figures |= asked("midl", midl)
    figures = {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in figures.items()}
    return {"figures": figures, "goals": GOALS, "rows": rows, "seed": 1}


def compared(found: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    ours, ortools, highs = (found[name] for name in ("ours", "ortools", "highs"))
    seconds = {name: median(turn["seconds"] for turn in turns) for name, turns in found.items()}
    memory = {name: max(turn["peak_mb"] for turn in turns) for name, turns in found.items()}
    optimum = ortools[0]["value"]
    return {
        **{f"{name}_seconds": took for name, took in seconds.items()},
        **{f"{name}_peak_mb": peak for name, peak in memory.items()},
        "price_seconds": median(turn["price_seconds"] for turn in ours),
        "off_the_optimum": abs(optimum - ours[0]["value"]) / optimum,
        "highs_ended": highs[0]["ended"],
        "highs_off_the_optimum": abs(optimum - highs[0]["value"]) / optimum,
        "ratio_ortools": seconds["ours"] / seconds["ortools"],
        "ratio_highs": seconds["highs"] / seconds["ours"],
        "memory_to_highs": memory["ours"] / memory["highs"],
    }


def asked(engine: str, folder: Path) -> dict[str, float]:
    """One thread of numpy and of everything it calls."""
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-m", "bench._allocation_engines", engine, str(folder)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, env=os.environ | alone,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))
