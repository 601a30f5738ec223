"""`plan` at demo and region scale: seconds per link, peak memory, and how much of the planted truth it finds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_RUN = """
import json, sys, time
from datetime import date
from tongtu import chain, packs, registry, samples
scale, as_of = sys.argv[1], date(2026, 11, 21)
pack = packs.load("cn")
vocabularies = {**registry.vocabularies(), **pack.vocabularies}
sample = samples.make(scale, 1, glossary=pack.glossary, vocabularies=vocabularies, as_of=as_of)
records = registry.Registry(sample.tables)
begun = time.perf_counter()
plan = chain.plan(records, pack, as_of=as_of)
seconds = time.perf_counter() - begun
fits = sample.truth["pairs"].filter("open")
share = lambda frame: frame.join(fits, on=["need", "achievement"], how="semi").height / fits.height
import polars as pl
top = plan["pairs"].filter(pl.col("rank") <= 10)
needs = fits["need"].n_unique()
placed = plan["allocation"].join(fits, on=["need", "achievement"], how="semi")["need"].n_unique() / needs
run = plan.run
print(json.dumps({"rows": records.rows, "seconds": seconds, "links": run["seconds"], "memory": run["peak_memory_mb"],
                  "top10": share(top), "allocated": placed, "digest": plan.digest()}))
"""


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """Each scale in a process of its own, so that peak memory is that scale's; region twice, for the digest."""
    figures: dict[str, float] = {}
    rows = []
    for scale in ("demo",) if quick else ("demo", "region"):
        progress(f"{scale} …")
        found = measure(scale)
        rows.append({"scale": scale, **found})
        figures |= {
            f"{scale}_rows": found["rows"],
            f"{scale}_seconds": round(found["seconds"], 2),
            f"{scale}_peak_mb": found["memory"],
            f"{scale}_planted_in_top10": round(found["top10"], 4),
            f"{scale}_needs_given_a_planted_pair": round(found["allocated"], 4),
        }
        figures |= {f"{scale}_{link}_seconds": seconds for link, seconds in found["links"].items()}
    if not quick:
        figures["region_same_digest_twice"] = int(measure("region")["digest"] == rows[-1]["digest"])
    goals = {
        "region_seconds": 60,
        "demo_planted_in_top10": 0.8,
        "region_planted_in_top10": 0.8,
        "region_same_digest_twice": 1,
    }
    return {"figures": figures, "goals": goals, "rows": rows}


def measure(scale: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", _RUN, scale], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))
