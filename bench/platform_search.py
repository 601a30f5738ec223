"""Search over a drawn network of 2,400 platforms: how long one request takes once the index is prepared.

Each request asks for a direction or kinds of validation, words, a batch, hours, a place and three to seven
requirements, and gets five lines with their slots, distances, costs and reasons. Routes of three steps are timed too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench._platform_search_drawn import DAY, LINES, registry, request
from tongtu import packs
from tongtu.pilots.search import prepare

PLATFORMS, REQUESTS, ROUTES = 2_400, 200, 10
GOALS = {"search_p95_ms": 20}
SEED = 0


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is not used; `quick`: a fifth of the requests."""
    network = registry(PLATFORMS, SEED)
    progress(f"{PLATFORMS:,} platforms, {PLATFORMS * LINES:,} lines")
    begun = time.perf_counter()
    searcher = prepare(network, DAY, packs.load("cn"))
    prepared = time.perf_counter() - begun
    draw = np.random.default_rng(SEED)
    taken = [_search(searcher, draw) for _ in range(REQUESTS // (5 if quick else 1))]
    routed = [_route(searcher, draw) for _ in range(ROUTES // (5 if quick else 1))]
    wall, busy, found = (np.array(column) for column in zip(*(one[1:] for one in taken), strict=True))
    needs = np.array([one[0] for one in taken])
    figures = {
        "prepare_seconds": prepared, "search_median_ms": float(np.median(wall)),
        "search_p95_ms": float(np.quantile(wall, 0.95)), "search_most_ms": float(wall.max()),
        "search_median_processor_ms": float(np.median(busy)),
        "search_p95_processor_ms": float(np.quantile(busy, 0.95)),
        "route_median_ms": float(np.median(routed)), "found_share": float(found.mean()),
    }  # fmt: skip
    rows = [
        {
            "requirements": int(n),
            "requests": int((needs == n).sum()),
            "median_ms": round(float(np.median(wall[needs == n])), 2),
        }
        for n in np.unique(needs)
    ]
    return {"figures": figures, "goals": GOALS, "rows": rows, "seed": SEED}


def _search(searcher: Any, draw: np.random.Generator) -> tuple[int, float, float, bool]:
    """How many requirements, milliseconds on the wall and of the processor, and whether anything was found."""
    needs = int(draw.integers(3, 8))
    asked, required = request(draw, needs)
    begun, busy = time.perf_counter(), time.process_time()
    found = searcher.search(asked, required)
    wall, busy = time.perf_counter() - begun, time.process_time() - busy
    return needs, wall * 1000, busy * 1000, found.lines.height > 0


def _route(searcher: Any, draw: np.random.Generator) -> float:
    """Milliseconds for the five best ways through three steps."""
    steps = [request(draw, 3) for _ in range(3)]
    asked = pl.concat(one[0].with_columns(request=pl.lit(f"S{n}"), step=n) for n, one in enumerate(steps))
    required = pl.concat(one[1].with_columns(request=pl.lit(f"S{n}")) for n, one in enumerate(steps))
    begun = time.perf_counter()
    searcher.routes(asked, required, region="C000")
    return (time.perf_counter() - begun) * 1000
