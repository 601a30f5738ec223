"""The funnel, the days in each stage and the way to the first order of a million cases, from their log of events."""

from __future__ import annotations

import resource
from datetime import date
from time import perf_counter, process_time
from typing import Any

import numpy as np
import polars as pl

AS_OF = date(2026, 11, 20)
_STAGES = ("disclosure", "concept", "pilot", "scale_up", "first_order", "repeat_order")
_GATES = ("G1", "G2", "G3", "G4", "G5", "G6")
_DAYS = (50, 140, 200, 270, 150, 160)
_PASSES = (0.93, 0.82, 0.8, 0.78, 0.85, 0.9)
_RECYCLED = 0.12
_SPAN = 3_000  # days over which the cases were opened


def drawn(cases: int, seed: int = 8) -> tuple[pl.DataFrame, pl.DataFrame]:
    """cases and events as a registry would hold them (events by id, the columns that are used)."""
    rng = np.random.default_rng(seed)
    today = (AS_OF - date(1970, 1, 1)).days
    opened = today - rng.integers(0, _SPAN, cases)
    here, day = np.arange(cases), opened.copy()
    pieces = [_piece(here, day, "opened")]
    for stage, gate, days, passes in zip(_STAGES, _GATES, _DAYS, _PASSES, strict=True):
        due = day + round(days * 1.2)
        pieces.append(_piece(here, day, "entered", stage, due=due))
        day = day + np.maximum(rng.lognormal(np.log(days), 0.4, len(here)), 1).astype(np.int64)
        pieces.append(_piece(here, day, "submitted", stage))
        day = day + rng.integers(2, 25, len(here))
        again = rng.random(len(here)) < _RECYCLED
        pieces.append(_piece(here[again], day[again], "decided", stage, gate, "recycle"))
        day = day + again * rng.integers(20, 90, len(here))
        through = rng.random(len(here)) < passes
        pieces.append(_piece(here[~through], day[~through], "decided", stage, gate, "kill"))
        pieces.append(_piece(here[through], day[through], "decided", stage, gate, "go"))
        here, day = here[through], day[through]
        if stage in ("scale_up", "first_order", "repeat_order"):
            pieces.append(_piece(here, day, "produced" if stage == "scale_up" else "ordered", stage))
    pieces.append(_piece(here, day, "closed"))
    ids = pl.select(pl.format("K{}", pl.int_range(cases).cast(pl.String).str.zfill(7))).to_series()
    told = pl.concat(pieces).filter(pl.col("day") <= today).sort("day", "row", "order")
    events = told.select(
        pl.format("E{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)).alias("event"),
        case=ids.gather(told["row"]), kind=pl.col("kind").cast(pl.String), stage=pl.col("stage").cast(pl.String),
        gate=pl.col("gate").cast(pl.String), decision=pl.col("decision").cast(pl.String),
        on=pl.col("day").cast(pl.Int32).cast(pl.Date), due=pl.col("due").cast(pl.Int32).cast(pl.Date),
        recorded_at=pl.col("day").cast(pl.Int32).cast(pl.Date),
    )  # fmt: skip
    directions = np.array(["ic", "hydrogen", "biopharma", "steel", "ai"])[rng.integers(0, 5, cases)]
    return (
        pl.DataFrame({
            "case": ids, "pathway": ["standard"] * cases, "pathway_version": ["2026.1"] * cases,
            "direction": directions, "lead": [None] * cases, "opened": pl.Series(opened).cast(pl.Int32).cast(pl.Date),
        }, schema_overrides={"lead": pl.String}),
        events,
    )  # fmt: skip


_ORDER = ("opened", "entered", "submitted", "decided", "produced", "ordered", "closed")


def _piece(rows: Any, day: Any, kind: str, stage: str = "", gate: str = "", decision: str = "",
           due: Any = None) -> pl.DataFrame:  # fmt: skip
    n = len(rows)
    words = {"kind": kind, "stage": stage or None, "gate": gate or None, "decision": decision or None}
    return pl.DataFrame({"row": rows, "day": day, "due": pl.Series(due, dtype=pl.Int64) if due is not None else
                         pl.Series([None], dtype=pl.Int64).extend_constant(None, max(n - 1, 0)).head(n)}).with_columns(
        *(pl.lit(word, pl.Categorical()).alias(name) for name, word in words.items()),
        order=pl.lit(_STAGES.index(stage) * 10 if stage else 0 if kind == "opened" else 99, pl.Int64)
        + _ORDER.index(kind),
    )  # fmt: skip


def run(cases: int = 1_000_000) -> dict[str, float]:
    """Seconds of each step (wall clock and processor), resident memory in MB at the end, events and visits.

    The making of the log is not counted.
    """
    from tongtu.chain.law import pathways
    from tongtu.packs import load
    from tongtu.pathway import progress

    table, log = drawn(cases)
    known = pathways(load("cn"))
    found: dict[str, float] = {"cases": cases, "events": log.height, "memory_before_mb": _memory()}
    began, work = perf_counter(), process_time()
    visits = progress.stays(log, table, known, as_of=AS_OF)
    found["visits_s"] = perf_counter() - began
    spells, found["spells_s"] = _timed(lambda: progress.spells(visits, "phase", AS_OF))
    funnel, found["funnel_s"] = _timed(lambda: progress.funnel(spells, table, as_of=AS_OF))
    times, found["time_in_stage_s"] = _timed(lambda: progress.time_in_stage(spells, table, as_of=AS_OF))

    def way() -> pl.DataFrame:
        past = progress.histories(log, table, visits, as_of=AS_OF, outcome="first_order")
        return progress.reach(past, table, outcome="first_order")

    curve, found["survival_s"] = _timed(way)
    found |= {"total_s": perf_counter() - began, "cpu_s": process_time() - work, "memory_mb": round(_memory()),
              "visits": visits.height, "stages": funnel.height, "points": curve.height,
              "medians": times.height}  # fmt: skip
    return found


def _timed(work: Any) -> tuple[pl.DataFrame, float]:
    began = perf_counter()
    return work(), perf_counter() - began


def _memory() -> float:
    """Peak resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
