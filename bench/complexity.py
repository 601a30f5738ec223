"""Economic complexity on world trade, 1998 to 2000: the published figures, and ours beside `ecomplexity` 0.5.3.

`--data` is the folder of `world_trade_avg_1998_to_2000.rda` (pachadotdev/economiccomplexity, Apache-2.0); without it
`../shared/data/complexity` beside the project is taken. The published figures are those that the package's vignette
prints. The table is of one period, so which advantages came afterwards cannot be asked of it; instead a tenth of the
advantages is hidden, and density from the rest has to tell them from what is truly absent (`hidden_auc`).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from math import log10
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from bench._rda import read
from bench._turns import ROOT, Worker
from tongtu.pilots.complexity import complexity
from tongtu.pilots.complexity.forecast import judged
from tongtu.pilots.complexity.measures import advantage, density, fitness, proximity
from tongtu.pilots.complexity.table import read as table_of

PEERS = ROOT / ".venv-bench" / "bin" / "python"
FILE = "world_trade_avg_1998_to_2000.rda"
PCI = {"0011": -0.66657613, "0012": -1.62657599, "0013": -0.08149436, "0014": 0.19917280, "0015": 0.14935653}
ECI = {"afg": -0.5764283, "ago": -1.7770752, "aia": 1.4090414, "alb": -0.1732606, "and": 1.0772452}
PROXIMITY = {("0011", "0012"): 0.3658537, ("0011", "0013"): 0.1707317, ("0011", "0014"): 0.2439024}
FITNESS = {"afg": 0.78605655, "ago": 0.03999516, "alb": 1.24261128}
ROUNDS = 19  # the published fitness is called the 20th, its first being where it starts
GOALS = {"pci_digits": 7, "times_peer": 15}
SEED, HIDDEN, TURNS = 0, 0.1, 3


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`quick`: without the peer, which takes a while."""
    folder = data or ROOT.parent / "shared" / "data" / "complexity"
    if not (folder / FILE).exists():
        raise SystemExit(f"scripts/bench complexity --data FOLDER needs the folder of {FILE}.")
    if not quick and not PEERS.exists():
        raise SystemExit("scripts/bench complexity needs the peers of bench/peers.txt in .venv-bench.")
    columns = next(iter(read(folder / FILE).values()))
    frame = pl.DataFrame({"place": columns["country"], "product": columns["product"], "value": columns["value"]})
    progress(f"{frame.height:,} rows, {frame['place'].n_unique()} places, {frame['product'].n_unique()} products")
    rows, figures = _published(frame)
    figures |= _hidden(frame)
    if not quick:
        figures |= _against(frame, progress)
    return {"figures": figures, "goals": GOALS if not quick else {"pci_digits": 7}, "rows": rows, "seed": SEED}


def _published(frame: pl.DataFrame) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Each published figure beside ours; digits are places after the point on which all agree."""
    found = complexity(frame)
    table = table_of(frame)
    held = (np.nan_to_num(advantage(table.known)) >= 1.0) * 1.0
    rounds = fitness(held, ROUNDS, 0.0)
    places = dict(zip(table.places, rounds.places, strict=True))
    near = found.proximity()
    ours = {
        "pci": dict(found.products.select("product", "pci").iter_rows()),
        "eci": dict(found.places.select("place", "eci").iter_rows()),
        "proximity": {(a, b): v for a, b, v in near.filter(pl.col("product") == "0011").iter_rows()},
        "fitness": places,
    }
    published: dict[str, dict[Any, float]] = {"pci": PCI, "eci": ECI, "proximity": PROXIMITY, "fitness": FITNESS}
    rows = [
        {"measure": name, "of": "–".join(key) if isinstance(key, tuple) else key, "published": value,
         "ours": float(ours[name][key])}
        for name, values in published.items() for key, value in values.items()
    ]  # fmt: skip
    worst = {name: max(abs(row["published"] - row["ours"]) for row in rows if row["measure"] == name) for name in ours}
    figures = {f"{name}_digits": round(-log10(max(2 * off, 1e-15)), 2) for name, off in worst.items()}
    figures["fitness_rounds_to_converge"] = found.iterations if found.converged else -found.iterations
    return rows, figures


def _hidden(frame: pl.DataFrame) -> dict[str, float]:
    """How well density tells hidden advantages from absent ones."""
    held = np.nan_to_num(advantage(table_of(frame).known)) >= 1.0
    hidden = held & (np.random.default_rng(SEED).random(held.shape) < HIDDEN)
    left = (held & ~hidden) * 1.0
    dense = density(left, proximity(left), itself=False)
    found = judged(dense, hidden, (left == 0) & np.isfinite(dense), SEED)
    return {f"hidden_{name}": float(getattr(found, name) or 0.0) for name in ("auc", "low", "high")}


def _against(frame: pl.DataFrame, progress: Callable[..., None]) -> dict[str, float]:
    """Seconds of each from the long table to the measures, in turns, and where the two differ."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.npz"
        np.savez(table, place=frame["place"].to_numpy().astype(str), product=frame["product"].to_numpy().astype(str),
                 value=frame["value"].to_numpy())  # fmt: skip
        module = "bench._complexity_engines"
        with Worker(sys.executable, module, "ours", table) as ours, Worker(PEERS, module, "peer", table) as peer:
            ours.turn()
            ours.times.clear()
            for n in range(TURNS):
                progress(f"turn {n + 1} of {TURNS} …")
                for _ in range(TURNS):  # ours is short, so what else the machine does falls on it harder
                    ours.turn()
                peer.turn()
            fit = median(ours.ask("fitness")["seconds"] for _ in range(TURNS))
            answers = []
            for worker, name in ((ours, "ours"), (peer, "peer")):
                worker.ask(f"answers {folder}/{name}.npy")
                answers.append(np.load(Path(folder) / f"{name}.npy"))
            seconds = median(ours.times), median(peer.times)
    return {
        "seconds": seconds[0], "peer_seconds": seconds[1], "times_peer": round(seconds[1] / seconds[0], 3),
        "seconds_with_fitness": fit, **_apart(*answers),
    }  # fmt: skip


def _apart(ours: np.ndarray, peer: np.ndarray) -> dict[str, float]:
    """The largest difference of each measure, ECI and PCI standardised alike."""
    off = {}
    for column, name in enumerate(("eci", "pci", "density")):
        both = [values[:, column] for values in (ours, peer)]
        if name != "density":
            both = [(values - values.mean()) / values.std() for values in both]
        off[f"{name}_differs_by"] = float(np.abs(both[0] - both[1]).max())
    return off
