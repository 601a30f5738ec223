"""The outcome pact on real results: what privacy costs, what an attacker reaches, how long sharing takes.

Results: 21,191 Phase I awards of 1983–1993 and whether a Phase II followed (`--data`, `sbir_phase1_to_phase2…csv`).
Cells are agency component × how many awards the firm had before (0, 1–2, 3–9, 10 or more), 71 of them; rates are
fitted on 1983–1991 and scored on 1992–1993. ε is for one project, which has one row here. Noise is drawn anew 30 times
from a seed. Beside ours stand clipping (the noisy counts taken as exact) and what was measured before: trials and
successes released with ε/2 each, clipped. `cost` is log loss on the later years over that of exact counts; where the
later years depart from the earlier (here the base rate foretells them better than cells do), noise may even help, so
`apart` stands beside it: the expected loss if exact counts were right, never below zero. `rolling` repeats it with
every year from 1987 on foretold from those before.

Attackers, both with the likelihood ratio. `usual`: knows the project looked for and the rate of its cell, and of every
other project only that it took part with chance one half; the project is drawn at random, or from the cells with
fewest. `all_known`: knows every other project, so that one figure has two possible values; nobody does better, the
bound is 1/2 + tanh(ε/2)/2. The goal 0.55 is met against the usual one; against the other it needs ε = 0.2.

Sharing: 100 members × 200 cells × 6 figures, split, added and summed, and one release by OpenDP, where installed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tongtu.risk.pooling import pool
from tongtu.risk.share import (
    Counts,
    Taxonomy,
    add,
    discrete_laplace,
    open_ledger,
    partial,
    pool_noisy,
    release,
    seeded,
    split,
    worst_auc,
)
from tongtu.risk.share.taxonomy import FIGURES, RESULTS

FILE = "sbir_phase1_to_phase2_1983_1993.csv"
#: the scale of the noise by what is asked for; six rows: a project that may count at all six stages
SCALES = {"eps_2": 0.5, "eps_1": 1.0, "eps_0.5": 2.0, "eps_0.1": 10.0, "eps_1_six_rows": 6.0}
EPSILONS = (2.0, 1.0, 0.5, 0.1)
DRAWS, SEED, TURNS = 30, 0, 3
MEMBERS, CELLS = 100, 200
GOALS = {
    "cells": 71, "cost_eps_1": 0.001, "rolling_cost_eps_1": 0.001, "auc_usual_eps_1": 0.55, "sharing_seconds": 5.0,
}  # fmt: skip

Floats = Any


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    if data is None or not (data / FILE).exists():
        raise SystemExit(f"Name the folder that holds {FILE}: scripts/bench pact --data ../shared/data/risk")
    table = _table(data / FILE)
    draws = 5 if quick else DRAWS
    progress(f"{table.height:,} results in {table['cell'].n_unique()} cells …")
    figures: dict[str, Any] = {
        "cells": table["cell"].n_unique(),
        "median_cell": table.group_by("cell").len()["len"].median(),
    }
    figures |= _costs(table, table["split"] == "train", draws)
    years = range(1990, 1994) if quick else range(1987, 1994)
    figures |= _rolling(table, years, draws // 5)
    progress("attacks …")
    figures |= _attacks(table, 20_000 if quick else 200_000)
    progress(f"{MEMBERS} members × {CELLS} cells …")
    figures |= _sharing()
    return {"figures": figures, "goals": GOALS, "seed": SEED}


def _table(path: Path) -> pl.DataFrame:
    found = pl.read_csv(path, columns=["year", "branch", "firm_p1_prior", "y", "split"])
    experience = pl.col("firm_p1_prior").cut([0, 2, 9], labels=["0", "1-2", "3-9", "10+"]).cast(pl.String)
    return found.with_columns(cell=pl.concat_str([pl.col("branch").fill_null("-"), experience], separator=" · "))


def _counted(table: pl.DataFrame, known: pl.Series) -> tuple[Floats, Floats, Floats, Floats]:
    """Passed and failed per cell among the known, and cell number and result of every other row."""
    names = table.select("cell").unique().sort("cell").with_row_index("at")
    placed = table.with_columns(at=pl.col("cell").replace_strict(names["cell"], names["at"]))
    k, f = (
        np.bincount(placed.filter(known & (pl.col("y") == y))["at"], minlength=names.height).astype(np.int64)
        for y in (1, 0)
    )
    rest = placed.filter(~known)
    return k, f, rest["at"].to_numpy(), rest["y"].to_numpy()


def _loss(p: Floats, at: Floats, y: Floats) -> float:
    p = np.clip(p[at], 1e-6, 1 - 1e-6)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())


def _ways(k: Floats, f: Floats, scale: float, seed: int) -> dict[str, Floats]:
    """Rates from one release, by how it is made and read."""
    noise = seeded(seed)
    noisy = noise(np.array([k, f]), scale)
    clipped = np.maximum(noisy, 0).astype(float)
    tried, won = np.maximum(noise(np.array([k + f, k]), 2 * scale), 0).astype(float)
    return {
        "ours": pool_noisy(noisy[0], noisy[1], scale).mean[:-1],
        "clipped": pool(clipped[0], clipped.sum(axis=0)).mean[:-1],
        "before": pool(np.minimum(won, tried), tried).mean[:-1],
    }


def _costs(table: pl.DataFrame, known: pl.Series, draws: int) -> dict[str, Any]:
    k, f, at, y = _counted(table, known)
    exact = pool(k.astype(float), (k + f).astype(float)).mean[:-1]
    base = _loss(np.full(len(k), k.sum() / (k + f).sum()), at, y)
    figures: dict[str, Any] = {"loss_base_rate": round(base, 5), "loss_exact_counts": round(_loss(exact, at, y), 5)}
    for name, scale in SCALES.items():
        found = [_ways(k, f, scale, SEED + seed) for seed in range(draws)]
        for way in ("ours", "clipped", "before"):
            losses = np.array([_loss(one[way], at, y) for one in found])
            also = "" if way == "ours" else f"{way}_"
            figures[f"cost_{also}{name}"] = round(float(losses.mean()) - _loss(exact, at, y), 5)
            figures[f"sd_{also}{name}"] = round(float(losses.std()), 5)
            figures[f"apart_{also}{name}"] = round(float(np.mean([_apart(exact, one[way], k + f) for one in found])), 5)
    return figures


def _apart(exact: Floats, noisy: Floats, n: Floats) -> float:
    """Expected loss in log score if the rates of exact counts are right: never below zero, whatever the years bring."""
    q = np.clip(noisy, 1e-6, 1 - 1e-6)
    gap = exact * np.log(exact / q) + (1 - exact) * np.log((1 - exact) / (1 - q))
    return float((gap * n).sum() / n.sum())


def _rolling(table: pl.DataFrame, years: range, draws: int) -> dict[str, Any]:
    """Every year from those before it; costs over exact counts, averaged over results."""
    lost = {"ours": 0.0, "clipped": 0.0, "before": 0.0, "base": 0.0}
    rows = 0
    for year in years:
        seen = table.filter(pl.col("year") <= year)
        k, f, at, y = _counted(seen, seen["year"] < year)
        exact = _loss(pool(k.astype(float), (k + f).astype(float)).mean[:-1], at, y)
        for seed in range(max(draws, 1)):
            for way, p in _ways(k, f, 1.0, SEED + seed).items():
                lost[way] += (_loss(p, at, y) - exact) * len(y) / max(draws, 1)
        lost["base"] += (_loss(np.full(len(k), k.sum() / (k + f).sum()), at, y) - exact) * len(y)
        rows += len(y)
    names = {
        "ours": "rolling_cost_eps_1",
        "clipped": "rolling_cost_clipped_eps_1",
        "before": "rolling_cost_before_eps_1",
    }
    return {names.get(way, "rolling_base_over_exact"): round(value / rows, 5) for way, value in lost.items()}


# ------------------------------------------------------------------------------------------------------------ attacks


def _attacks(table: pl.DataFrame, draws: int) -> dict[str, Any]:
    k, f, *_ = _counted(table, pl.Series([True]).new_from_index(0, table.height))
    counts = np.r_[k, f]
    rng, noise = np.random.default_rng(SEED), seeded(SEED + 1)
    figures: dict[str, Any] = {}
    for epsilon in EPSILONS:
        name = f"eps_{epsilon:g}"
        usual = np.array([_usual(int(n), epsilon, rng, noise, draws // 10) for n in counts if n > 0])
        weight = counts[counts > 0] / counts.sum()
        figures[f"auc_usual_{name}"] = round(float(usual @ weight), 4)
        small = counts[counts > 0] <= np.quantile(counts[counts > 0], 0.1)
        figures[f"auc_usual_smallest_tenth_of_cells_{name}"] = round(float(usual[small].mean()), 4)
        figures[f"auc_all_known_{name}"] = round(_all_known(epsilon, noise, draws), 4)
        figures[f"auc_bound_{name}"] = round(worst_auc(epsilon), 4)
    return figures


def _usual(n: int, epsilon: float, rng: np.random.Generator, noise: Any, draws: int) -> float:
    """One figure of `n` projects, the one looked for among them; each other one took part with chance one half."""
    inside, outside = (noise(rng.binomial(n - 1, 0.5, draws) + one, 1 / epsilon) for one in (1, 0))
    return _auc(_ratio(inside, n, epsilon), _ratio(outside, n, epsilon))


def _ratio(seen: Floats, n: int, epsilon: float) -> Floats:
    """Likelihood with the project over that without, given the figure."""
    from scipy.stats import binom

    others = np.arange(n)
    chance = binom.pmf(others, n - 1, 0.5)
    kept = chance > 1e-12
    low, high = seen.min() - 1, seen.max()
    grid = np.arange(low, high + 1)
    plain = np.exp(-epsilon * np.abs(grid[:, None] - others[kept])) @ chance[kept]
    return plain[seen - 1 - low] / plain[seen - low]


def _all_known(epsilon: float, noise: Any, draws: int) -> float:
    zero = np.zeros(draws, np.int64)
    inside, outside = noise(zero + 1, 1 / epsilon), noise(zero, 1 / epsilon)
    return _auc(*(np.exp(epsilon * (np.abs(x) - np.abs(x - 1))) for x in (inside, outside)))


def _auc(inside: Floats, outside: Floats) -> float:
    """Ties, up to rounding, count half."""
    inside, outside = np.round(inside, 9), np.sort(np.round(outside, 9))
    below, upto = np.searchsorted(outside, inside, "left"), np.searchsorted(outside, inside, "right")
    return float((below + upto).mean() / 2 / len(outside))


# ------------------------------------------------------------------------------------------------------------ sharing


def _sharing() -> dict[str, Any]:
    taxonomy = Taxonomy("bench", ("pilot",), (*(f"p{k:02d}" for k in range(66)), "other"), (2021, 2026))
    rng = np.random.default_rng(SEED)
    members = [_drawn(f"M{k:03d}", taxonomy, rng) for k in range(MEMBERS)]
    taken: dict[str, list[float]] = {"split": [], "sum": [], "all": []}
    for _ in range(TURNS):
        begun = time.perf_counter()
        parts = [split(one, MEMBERS) for one in members]
        made = time.perf_counter()
        total = add([partial([shares[j] for shares in parts]) for j in range(MEMBERS)], taxonomy)
        ended = time.perf_counter()
        for name, seconds in (("split", made - begun), ("sum", ended - made), ("all", ended - begun)):
            taken[name].append(seconds)
    exact = sum(one.frame["entered"].sum() for one in members)
    figures: dict[str, Any] = {
        "sharing_cells": taxonomy.cells.height, "sharing_error": abs(int(total.frame["entered"].sum()) - int(exact)),
        "sharing_seconds": round(float(np.median(taken["all"])), 3),
        "split_seconds_per_member": round(float(np.median(taken["split"])) / MEMBERS, 5),
        "sum_seconds": round(float(np.median(taken["sum"])), 3),
    }  # fmt: skip
    if find_spec("opendp") is None:
        return figures
    discrete_laplace(np.zeros(2, np.int64), 1.0)
    with tempfile.TemporaryDirectory() as place, open_ledger(Path(place) / "ledger") as ledger:
        begun = time.perf_counter()
        made_ = release(total, taxonomy, epsilon=1.0, ledger=ledger, on=date(2026, 1, 1))
        figures["release_seconds"] = round(time.perf_counter() - begun, 4)
        figures["released_figures"] = made_.frame.height * len(RESULTS)
    return figures


def _drawn(member: str, taxonomy: Taxonomy, rng: np.random.Generator) -> Counts:
    frame = taxonomy.cells.with_columns(
        pl.Series(name, rng.poisson(5, taxonomy.cells.height), pl.Int64) for name in RESULTS
    ).with_columns(entered=pl.sum_horizontal(RESULTS), timed=pl.col("passed"), days=pl.col("passed") * 100)
    return replace(Counts(member, "2026", taxonomy, frame.select(*taxonomy.cells.columns, *FIGURES), whole=True))
