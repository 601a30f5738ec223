"""Tiers: the textbook case, a peer on random cases, and a nation of platforms sorted in a thousand worlds.

    mcda 1.1.0   EUPL-1.2   ELECTRE TRI-B, both rules

The textbook case is that of the ELECTRE TRI 2.0a manual (Mousseau, Słowiński and Zielniewicz, 1999) with two
profiles. Random cases have thresholds, vetoes, rising and falling criteria; figures lie on a coarse grid, so that
many stand exactly on a limit. The peer lives in `.venv-bench` (see `bench/peers.txt`) and is timed without its start,
one alternative at a time and ten at once; the quicker counts. Ours sorts 2,400 by the last of these models, with
reasons (`ratio_mcda`), and in the draws of the nation (`ratio_mcda_in_draws`).

The nation: 2,400 platforms × 24 criteria × 2 profiles, 3 % of figures missing, every figure in an interval of its own,
and weights, level, all thresholds and all profiles doubted; the time is of the whole call, reasons included.
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

from bench._turns import ROOT
from tongtu.sorting import (
    Category,
    Criterion,
    Doubt,
    Profile,
    Sorting,
    acceptability,
    assign,
    credibility,
    level_interval,
    smallest_change,
    weight_change,
)

PEERS = ROOT / ".venv-bench" / "bin" / "python"
CASES, EACH, SEED = 40, 10, 0
PLATFORMS, CRITERIA, DRAWS, TURNS = 2_400, 24, 1_000, 5
SIGMA = {"a1_b2": 0.88, "b2_a1": 0.92, "a2_b1": 0.60, "a2_b2": 0.0, "a3_b1": 1.0, "a3_b2": 0.002}
TEXTBOOK = ["C3", "C1", "C2"], ["C3", "C3", "C2"]
GOALS = {
    **{f"sigma_{name}": value for name, value in SIGMA.items()},
    "textbook_differences": 0, "mcda_differences": 0, "nation_draws_seconds": 3.0, "ratio_mcda": 1000.0,
}  # fmt: skip


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is not used: everything is written or drawn here, from a fixed seed."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run scripts/bench tiers.")
    figures = _textbook()
    progress("mcda …")
    compared, rows, peer = _beside(CASES // (4 if quick else 1), 1 if quick else TURNS)
    progress("2,400 × 24 × 1,000 …")
    nation = _nation(1 if quick else TURNS)
    figures |= compared | nation
    quickest = min(peer["seconds"], peer["together"]) * 1e6
    figures["ratio_mcda"] = round(quickest / figures["ours_assignment_us"])
    figures["ratio_mcda_in_draws"] = round(quickest / figures["nation_draw_us"])
    return {"figures": figures, "goals": GOALS, "rows": rows, "peers": {"mcda": peer["mcda"]}, "seed": SEED}


def _textbook() -> dict[str, Any]:
    names = [f"g{i}" for i in range(1, 6)]
    bars = {"C2": (50, 48, 55, 55, 60), "C3": (70, 75, 80, 75, 85)}
    rows = {"a1": (75, 67, 85, 82, 90), "a2": (28, 35, 70, 90, 95), "a3": (45, 60, 55, 68, 60)}
    model = Sorting(
        tuple(Criterion(name, 1, indifference=5, preference=10, veto=30) for name in names),
        (Category("C1"), Category("C2"), Category("C3")),
        tuple(Profile(category, dict(zip(names, values, strict=True))) for category, values in bars.items()),
        0.75,
    )
    frame = pl.DataFrame({"id": list(rows), **{n: [row[i] for row in rows.values()] for i, n in enumerate(names)}})
    over, under = credibility(model, frame)
    sigma = {"a1_b2": over[0, 1], "b2_a1": under[0, 1], "a2_b1": over[1, 0], "a2_b2": over[1, 1],
             "a3_b1": over[2, 0], "a3_b2": over[2, 1]}  # fmt: skip
    found = assign(model, frame)
    differences = sum(
        a != b
        for rule, expected in zip(("pessimistic", "optimistic"), TEXTBOOK, strict=True)
        for a, b in zip(found[rule], expected, strict=True)
    )
    return {f"sigma_{name}": round(float(value), 3) for name, value in sigma.items()} | {
        "textbook_differences": differences
    }


def _beside(count: int, turns: int) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """Random cases of ours and of the peer; figures, a row per case that differs, and what the peer said."""
    rng = np.random.default_rng(SEED)
    models = [_drawn(rng) for _ in range(count)]
    frames = [_figures(rng, model) for model in models]
    written = [_written(n, model, frame) for n, (model, frame) in enumerate(zip(models, frames, strict=True))]
    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place) / "cases.json", Path(place) / "answers.json"
        source.write_text(json.dumps(written), encoding="utf-8")
        subprocess.run([PEERS, "-m", "bench._tiers_peers", source, target], cwd=ROOT, check=True)
        peer = json.loads(target.read_text(encoding="utf-8"))
    theirs = {(case, name): rules for case, name, *rules in peer["answers"]}
    differ, unlike = [], 0
    for n, (model, frame) in enumerate(zip(models, frames, strict=True)):
        order = {c.name: k for k, c in enumerate(model.categories)}
        for name, strict, lenient in assign(model, frame).select("id", "pessimistic", "optimistic").iter_rows():
            ours, other = [order[strict], order[lenient]], theirs[n, name]
            unlike += strict != lenient
            if ours != other:
                differ.append({"case": n, "subject": name, "ours": ours, "mcda": other})
    many = _figures(rng, models[-1], PLATFORMS)
    seconds = _timed(lambda: assign(models[-1], many), turns)
    figures = {
        "mcda_cases": len(theirs), "mcda_differences": len(differ), "mcda_cases_incomparable": unlike,
        "mcda_assignment_ms": round(peer["seconds"] * 1e3, 3),
        "mcda_together_ms": round(peer["together"] * 1e3, 3),
        "ours_assignment_us": round(seconds / PLATFORMS * 1e6, 2),
    }  # fmt: skip
    return figures, differ, peer


def _drawn(rng: np.random.Generator) -> Sorting:
    criteria = []
    for n in range(6):
        q = float(rng.integers(0, 3))
        p = q + float(rng.integers(0, 5))
        veto = p + float(rng.integers(1, 12)) if rng.random() < 0.6 else None
        criteria.append(Criterion(f"c{n}", float(rng.integers(1, 6)), indifference=q, preference=p, veto=veto,
                                  falling=bool(rng.random() < 0.3)))  # fmt: skip
    base = {c.name: float(rng.integers(6, 12)) for c in criteria}
    profiles = []
    for h in range(3):
        profiles.append(Profile(f"k{h + 1}", dict(base)))
        for c in criteria:
            base[c.name] += float(rng.integers(1, 5)) * (-1 if c.falling else 1)
    return Sorting(tuple(criteria), tuple(Category(f"k{h}") for h in range(4)), tuple(profiles), 0.7)


def _figures(rng: np.random.Generator, model: Sorting, size: int = EACH) -> pl.DataFrame:
    drawn = {c.name: rng.integers(0, 24, size).astype(float) for c in model.criteria}
    return pl.DataFrame({"id": [f"s{i:04d}" for i in range(size)], **drawn})


def _written(n: int, model: Sorting, frame: pl.DataFrame) -> dict[str, Any]:
    names = [c.name for c in model.criteria]
    fields = ("name", "weight", "indifference", "preference", "veto", "falling")
    return {
        "name": n, "level": model.cutting_level,
        "criteria": [{field: getattr(c, field) for field in fields} for c in model.criteria],
        "profiles": [[profile.values[name] for name in names] for profile in model.profiles],
        "rows": {row[0]: list(row[1:]) for row in frame.iter_rows()},
    }  # fmt: skip


def _nation(turns: int) -> dict[str, Any]:
    rng = np.random.default_rng(SEED)
    names = [f"c{n:02d}" for n in range(CRITERIA)]
    criteria = tuple(
        Criterion(n, float(w), indifference=2, preference=6, veto=45)
        for n, w in zip(names, rng.uniform(1, 5, CRITERIA), strict=True)
    )
    profiles = (Profile("key", dict.fromkeys(names, 50)), Profile("national", dict.fromkeys(names, 70)))
    model = Sorting(criteria, (Category("reserve"), Category("key"), Category("national")), profiles, 0.7)
    figures = np.clip(rng.normal(58, 14, (PLATFORMS, 1)) + rng.normal(0, 14, (PLATFORMS, CRITERIA)), 0, 100)
    figures[rng.random(figures.shape) < 0.03] = np.nan
    columns = {name: figures[:, j] for j, name in enumerate(names)}
    frame = pl.DataFrame({"id": [f"{i:04d}" for i in range(PLATFORMS)], **columns}).fill_nan(None)
    known = frame.unpivot(index="id", variable_name="criterion", value_name="x").drop_nulls()
    evidence = known.select("id", "criterion", low=pl.col("x") - 5, high=pl.col("x") + 3)
    doubt = Doubt(concentration=100, level=(0.65, 0.75), thresholds=0.2, profiles=dict.fromkeys(names, 3.0))
    seconds = _timed(lambda: acceptability(model, frame, doubt=doubt, evidence=evidence, draws=DRAWS, seed=SEED), turns)
    sorted_ = _timed(lambda: assign(model, frame), turns)
    return {
        "nation_draws_seconds": round(seconds, 3),
        "nation_draw_us": round(seconds / (PLATFORMS * DRAWS) * 1e6, 3),
        "nation_assign_seconds": round(sorted_, 4),
        "nation_weight_change_seconds": round(_timed(lambda: weight_change(model, frame), 1), 3),
        "nation_level_interval_seconds": round(_timed(lambda: level_interval(model, frame), 1), 3),
        "smallest_change_100_seconds": round(_timed(lambda: smallest_change(model, frame[:100]), 1), 3),
    }  # fmt: skip


def _timed(work: Callable[[], object], turns: int) -> float:
    """Median seconds, after one turn that does not count where there are several."""
    if turns > 1:
        work()
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)
