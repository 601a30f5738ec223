"""Gate decisions per second beside two peers, and a million cases' funnel and survival from their log.

    SpiffWorkflow 3.2.0          LGPL-3.0   BPMN: a user task and a gateway per gate
    python-statemachine 3.2.2    MIT        a state per gate

Eight gates in a row; decisions (go, hold, recycle, kill) drawn beforehand from a fixed seed. Every engine runs in a
process of its own on one core, turns alternate, medians are shown; the peers live in `.venv-bench` (`bench/peers.txt`).
They get fewer of the same cases, since they take longer, and must end each where ours does (`differences`). Ours steps
through the whole log, about two events per decision, and checks it; theirs move from state to state.
The million cases are drawn and reckoned by `bench/_pathways_log.py`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from bench._pathways_engines import GATES, Draws, decisions
from bench._turns import ROOT, Worker

PEERS = ROOT / ".venv-bench" / "bin" / "python"
NAMES = {"spiff": "SpiffWorkflow", "statemachine": "python-statemachine"}
CASES = {"ours": 20_000, "spiff": 150, "statemachine": 400}
WEIGHTS = {"go": 80, "hold": 8, "recycle": 8, "kill": 4}
SEED, TURNS, MILLION, REPLAYED = 8, 5, 1_000_000, 100_000
GOALS = {"decisions_per_second": 100_000, "differences_spiff": 0, "differences_statemachine": 0, "log_total_s": 10.0}


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is not used: everything is drawn from a fixed seed. `quick`: fewer cases, one turn."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run scripts/bench pathways.")
    part = 10 if quick else 1
    counts = {name: cases // part for name, cases in CASES.items()}
    progress("gate decisions …")
    figures = _decided(drawn(counts["ours"]), counts, 1 if quick else TURNS)
    progress("replay …")
    figures |= _replayed(REPLAYED // part)
    progress("a million cases …")
    found = _in_its_own_process(MILLION // part)
    figures |= {f"log_{name}": round(value, 3) for name, value in found.items()}
    return {"figures": figures, "goals": GOALS, "peers": _versions(), "seed": SEED}


def drawn(cases: int) -> Draws:
    """Each case's decisions, until the last gate is passed or the case is stopped."""
    rng = random.Random(SEED)
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    logs = []
    for _ in range(cases):
        log: list[str] = []
        while log.count("go") < GATES and "kill" not in log:
            log += rng.choices(names, weights)
        logs.append(log)
    return logs


def _decided(draws: Draws, counts: dict[str, int], turns: int) -> dict[str, Any]:
    """Decisions per second of the three, turns taken one after another, and where they end otherwise."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "draws.json"
        source.write_text(json.dumps(draws), encoding="utf-8")
        pythons = {"ours": sys.executable, "spiff": PEERS, "statemachine": PEERS}
        workers = {
            name: Worker(python, "bench._pathways_engines", name, source, counts[name])
            for name, python in pythons.items()
        }
        ends = {}
        try:
            for turn in range(turns + 1):
                for worker in workers.values():
                    worker.turn()
                    if not turn:
                        worker.times.clear()
            for name, worker in workers.items():
                worker.ask(f"answers {place}/{name}.npy")
                ends[name] = np.load(f"{place}/{name}.npy")
        finally:
            for worker in workers.values():
                worker.__exit__()
    rates = {name: decisions(draws[: counts[name]]) / median(worker.times) for name, worker in workers.items()}
    figures: dict[str, Any] = {"decisions": decisions(draws), "decisions_per_second": round(rates.pop("ours"))}
    for name, rate in rates.items():
        same = (ends["ours"][: counts[name]] == ends[name]).all(axis=1)
        figures |= {
            f"{name}_decisions_per_second": round(rate),
            f"ratio_{name}": round(figures["decisions_per_second"] / rate, 1),
            f"differences_{name}": int((~same).sum()),
        }
    return figures


def _replayed(cases: int) -> dict[str, float]:
    """Seconds to replay the log of many cases into states, stays and stored dates, with every event checked."""
    from time import perf_counter

    from bench._pathways_log import AS_OF
    from bench._pathways_log import drawn as logged
    from tongtu.chain.law import pathways
    from tongtu.packs import load
    from tongtu.pathway.cases import replay

    table, log = logged(cases)
    log = log.with_columns(reason=pl.when(pl.col("decision") != "go").then(pl.lit("as drawn")))
    cured = log.filter(pl.col("decision") == "recycle").with_columns(
        event=pl.col("event") + "r",
        kind=pl.lit("submitted"),
        decision=None,
        reason=None,
        on=pl.col("on").dt.offset_by("9d"),
    )
    log = pl.concat([log, cured.filter(pl.col("on") <= AS_OF)])
    begun = perf_counter()
    found = replay(log, table, pathways(load("cn")), as_of=AS_OF)
    seconds = perf_counter() - begun
    return {"replay_cases": cases, "replay_events": log.height, "replay_seconds": round(seconds, 2),
            "replay_events_per_second": round(log.height / seconds), "replay_faults": found.faults.height}  # fmt: skip


def _in_its_own_process(cases: int) -> dict[str, float]:
    """The million cases, so that what the other measurements left in memory plays no part."""
    code = f"import json; from bench._pathways_log import run; print(json.dumps(run({cases})))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def _versions() -> dict[str, str]:
    code = "import json; from importlib.metadata import version as v; print(json.dumps({n: v(n) for n in %r}))"
    names = list(NAMES.values())
    told = subprocess.run([PEERS, "-c", code % names], cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(told.stdout))
