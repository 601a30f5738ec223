"""`scripts/bench matching-scale`: a million listings asked by a thousand questions, beside tantivy and bm25s.

Ours answers with an eligibility filter and with the facts that the reasons of the ten best need; the peers
give their ten best listings. Each engine is a process with one thread; their turns alternate. Then a nation's
needs are answered in one go (`_matching_nation`). `--data` names a folder that keeps what was drawn between runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import _matching_scale_drawn as drawn
from bench._turns import ROOT, Worker

PEERS = ROOT / ".venv-bench" / "bin" / "python"
LISTINGS, TURNS = 1_000_000, 5
GOALS = {
    "ratio_tantivy": 0.8, "ratio_bm25s": 0.8, "rss_ratio_bm25s": 0.25, "ours_p99_ms": 15.0, "ours_enter_max_ms": 100.0,
    "nation_minutes": 15.0,
}  # fmt: skip

Progress = Callable[..., None]


def run(data: Path | None, quick: bool, progress: Progress = print) -> dict[str, Any]:
    """Figures of the three engines, and of a whole nation."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run scripts/bench matching-scale.")
    os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    listings = LISTINGS // 20 if quick else LISTINGS
    with tempfile.TemporaryDirectory() as place:
        folder = (data or Path(place)) / f"listings-{listings}"
        progress("drawing …")
        drawn.draw(folder, listings)
        figures = _engines(folder, Path(place), 2 if quick else TURNS, progress)
        figures |= nation(data or Path(place), quick, progress)
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    return {"figures": {"listings": listings, **rounded}, "goals": GOALS, "seed": drawn.SEED}


def nation(folder: Path, quick: bool, progress: Progress) -> dict[str, Any]:
    """A nation's needs against its achievements with all default signals, by two processes; quick: a region's."""
    scale = "region" if quick else "nation"
    place, module = folder / scale, [sys.executable, "-m", "bench._matching_nation"]
    progress(f"{scale}: drawing …")
    subprocess.run([*module, "draw", str(place), scale], cwd=ROOT, check=True)
    progress(f"{scale}: answering …")
    told = subprocess.run([*module, str(place)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {f"nation_{name}": figure for name, figure in json.loads(told).items()}


def _engines(folder: Path, place: Path, turns: int, progress: Progress) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        workers = {}
        for name in ("ours", "tantivy", "bm25s"):
            python = sys.executable if name == "ours" else PEERS
            arguments = ("bench._matching_scale_engines", name, folder, place / name)
            workers[name] = stack.enter_context(Worker(python, *arguments))
            progress(f"{name}: building …")
            figures[f"{name}_build_seconds"] = workers[name].ask("build")["seconds"]
        _take_turns(list(workers.values()), turns, progress)
        for name, worker in workers.items():
            told = worker.ask("latency")
            figures |= {f"{name}_{figure}": value for figure, value in told.items()}
            figures[f"{name}_questions_per_second"] = drawn.QUESTIONS / median(worker.times)
            worker.ask(f"answers {place / name}.npy")
        figures |= {f"ours_threads_{figure}": value for figure, value in workers["ours"].ask("threads").items()}
        for name in ("ours", "tantivy"):
            progress(f"{name}: entering …")
            figures |= {f"{name}_enter_{figure}": value for figure, value in workers[name].ask("enter").items()}
    ours = figures["ours_questions_per_second"]
    figures |= {f"ratio_{peer}": ours / figures[f"{peer}_questions_per_second"] for peer in ("tantivy", "bm25s")}
    figures |= {
        f"processor_ratio_{peer}": figures[f"{peer}_processor_ms"] / figures["ours_processor_ms"]
        for peer in ("tantivy", "bm25s")
    }
    figures["build_ratio_tantivy"] = figures["ours_build_seconds"] / figures["tantivy_build_seconds"]
    figures["rss_ratio_bm25s"] = figures["ours_peak_mb"] / figures["bm25s_peak_mb"]
    return figures | _agreement(folder, *(np.load(f"{place / name}.npy") for name in workers))


def _take_turns(workers: list[Worker], turns: int, progress: Progress) -> None:
    """One turn of each that does not count, then as many as asked for, alternating."""
    for turn in range(turns + 1):
        progress(f"turn {turn} of {turns} …")
        for worker in workers:
            worker.turn()
            if not turn:
                worker.times.clear()


def _agreement(folder: Path, ours: np.ndarray, raw: np.ndarray, bm25s: np.ndarray) -> dict[str, Any]:
    """Shares of equal answers among the ten best: of the peers, and of ours where tantivy's are eligible."""
    with np.load(folder / "facts.npz") as stored:
        facts = {name: stored[name] for name in stored}
    missed = wrong = of = 0
    for question, mine, theirs in zip(drawn.questions(folder), ours.tolist(), raw.tolist(), strict=True):
        passed = {n for n in theirs if n >= 0 and _fits(facts, n, question)}
        missed += len(passed - set(mine))
        wrong += sum(not _fits(facts, n, question) for n in mine if n >= 0)
        of += len(passed)
    same = np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(raw, bm25s, strict=True)])
    return {"eligible_of_tantivy": of, "eligible_missed": missed, "ineligible_shown": wrong, "peers_agree": float(same)}


def _fits(facts: dict[str, np.ndarray], number: int, question: dict[str, Any]) -> bool:
    is_open, trl, owner = (facts[name][number] for name in ("open", "trl", "owner"))
    return bool(is_open) and trl in drawn.levels(question["trl_min"]) and owner not in question["barred"]
