"""Money under a cap on the tail: 10,000 cases × 2,000 scenarios, 38 budgets, CVaR at 95 %, beside the textbook program.

    direct   the linear program of Rockafellar and Uryasev (2000), 20 million entries, in the same HiGHS (simplex,
             one thread); it gives a bound and shares, no choice of whole cases

Ours gives whole cases, their bound and the prices. Each engine runs in a process of its own on the same arrays; CPU
seconds are counted from the loaded arrays to the answer (building the program included), memory is the largest the
process ever held. Caps are 3, 6 and 10 % below the tail of the choice without a cap; ratios are at 3 %. Both bounds
must agree. Then 100,000 × 2,000, ours alone. Lastly the choice on fresh scenarios: what its tail and value become.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench._turns import ROOT

CASES, SCENARIOS, SECTORS, LARGE, TURNS, SEED = 10_000, 2_000, 37, 100_000, 5, 0
CAPS = (0.97, 0.94, 0.90)
LIMIT = 400.0  # seconds of wall clock after which the direct program is stopped
GOALS = {
    "ratio_cpu": 50.0, "ratio_memory": 8.0, "gap": 5e-4, "off_the_direct_bound": 1e-6, "large_peak_mb": 8_000.0,
    "over_the_cap": 0.0,
}  # fmt: skip


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is not used: cases and scenarios are drawn here, from a fixed seed."""
    cases, scenarios, turns = (2_000, 400, 1) if quick else (CASES, SCENARIOS, TURNS)
    figures: dict[str, Any] = {"cases": cases, "scenarios": scenarios}
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        progress("drawing …")
        drawn(folder, cases, scenarios)
        free = _asked("ours", folder, cap=1e300)
        over = 0.0
        for share in CAPS:
            cap = share * free["tail"]
            found = [_asked("ours", folder, cap=cap) for _ in range(turns)]
            progress(f"{share}: {found[0]}")
            rows.append({"cap": share, **found[0], "cpu": median(each["cpu"] for each in found)})
            over = max(over, (found[0]["tail"] - cap) / cap)
            if share == CAPS[0]:
                figures |= _fresh(folder, cap, cases, scenarios)
        progress("direct …")
        peer = _asked("direct", folder, cap=CAPS[0] * free["tail"])
        figures |= {
            "ours_cpu_seconds": rows[0]["cpu"], "direct_cpu_seconds": peer["cpu"],
            "ratio_cpu": peer["cpu"] / rows[0]["cpu"], "ours_peak_mb": rows[0]["peak_mb"],
            "direct_peak_mb": peer["peak_mb"], "ratio_memory": peer["peak_mb"] / rows[0]["peak_mb"],
            "gap": max(row["gap"] for row in rows), "over_the_cap": max(0.0, over),
        }  # fmt: skip
        if peer["bound"] is not None:
            figures["off_the_direct_bound"] = abs(rows[0]["bound"] / peer["bound"] - 1)
        large = 10_000 if quick else LARGE
        progress(f"{large:,} …")
        drawn(folder, large, scenarios)
        wide = _asked("ours", folder, cap=1e300)
        found_large = _asked("ours", folder, cap=CAPS[0] * wide["tail"])
        figures |= {f"large_{name}": found_large[name] for name in ("cpu", "peak_mb", "gap", "chosen")}
    figures = {name: float(f"{figure:.4g}") for name, figure in figures.items()}
    return {"figures": figures, "goals": GOALS, "rows": rows, "seed": SEED}


def drawn(folder: Path, cases: int, scenarios: int, seed: int = SEED, keep: bool = True) -> Any:
    """Cases that succeed together: a market, their sector and themselves decide; a loss is the cost of a failed one.

    The cases depend on SEED alone, the scenarios on `seed`; the matrix is made in blocks.
    """
    rng = np.random.default_rng(SEED)
    sector = rng.integers(0, SECTORS, cases)
    cost = np.round(rng.lognormal(14.0, 0.8, cases))
    chance = rng.beta(2.0, 6.0, cases)
    edge = _normal_quantile(chance)
    worlds = np.random.default_rng([SEED, seed])
    common = np.sqrt(0.10) * worlds.standard_normal(scenarios)
    common = common + np.sqrt(0.15) * worlds.standard_normal((SECTORS, scenarios))
    path = folder / ("loss.npy" if keep else "fresh.npy")
    loss = np.lib.format.open_memmap(path, "w+", np.float32, (cases, scenarios))
    for first in range(0, cases, 1_000):
        at = slice(first, min(first + 1_000, cases))
        own = worlds.standard_normal((at.stop - at.start, scenarios), np.float32)
        failed = common[sector[at]] + np.sqrt(0.75) * own > edge[at, None]
        loss[at] = failed * cost[at, None]
    loss.flush()
    if keep:
        share = np.array([0.25 * cost[sector == k].sum() for k in range(SECTORS)]).round()
        for name, array in (("value", chance), ("cost", cost), ("sector", sector), ("sectors", share)):
            np.save(folder / f"{name}.npy", array)
        (folder / "more.json").write_text(json.dumps({"total": round(0.15 * cost.sum()), "limit": LIMIT}))
    return loss


def _normal_quantile(chance: Any) -> Any:
    from scipy.special import ndtri

    return ndtri(chance)


def _asked(engine: str, folder: Path, cap: float) -> dict[str, Any]:
    more = json.loads((folder / "more.json").read_text()) | {"cap": cap}
    (folder / "more.json").write_text(json.dumps(more))
    command = [sys.executable, "-m", "bench._allocation_risk_direct", engine, str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _fresh(folder: Path, cap: float, cases: int, scenarios: int) -> dict[str, float]:
    """The chosen on scenarios of another seed: how far the tail passes the cap it was chosen under."""
    from tongtu.solve.tail import Losses, cvar

    taken = np.flatnonzero(np.load(folder / "option.npy") >= 0)
    other = drawn(folder, cases, scenarios, SEED + 1, keep=False)
    tail = cvar(Losses(other).along(taken, np.ones(len(taken))), 0.95)
    return {"fresh_tail_to_cap": tail / cap}
