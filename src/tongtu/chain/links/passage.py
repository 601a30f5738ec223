"""The passage's links: each proposed pair becomes a case, is led through gates, and is placed on pilot lines."""

from __future__ import annotations

import polars as pl

from tongtu.chain.law import pathways
from tongtu.chain.work import Outcome, Work
from tongtu.terms.why import Why


def cases(work: Work) -> pl.DataFrame:
    """One case for each allocated pair. Its id is made of both ids, so that two plans can be compared."""
    needs = work.registry["needs"].select("need", demander="organisation", direction="direction", region="region")
    offers = work.registry["achievements"].select(
        "achievement", holder="organisation", offered="direction", seat="region"
    )
    joined = work["allocation"].drop("why").join(needs, on="need").join(offers, on="achievement")
    return joined.select(
        "need", "achievement", "demander", "holder", "score",
        case=pl.format("{}+{}", "need", "achievement"),
        direction=pl.coalesce("direction", "offered"),
        region=pl.coalesce("region", "seat"),
    ).sort("case")  # fmt: skip


def pathway(work: Work) -> Outcome:
    from tongtu import pathway

    opened = cases(work)
    laid = pathway.lay_out(
        opened, work.registry, pathways(work.pack), work.pack.calendar, work.as_of, progress=work.progress
    )
    why = Why("chain.laid-out", {"n": laid.cases.height, "steps": laid.steps.height, "holes": laid.holes.height})
    frames = {"cases": laid.cases, "steps": laid.steps, "holes": laid.holes}
    return Outcome(frames, opened.height, laid.cases.height, why)


def slots(work: Work) -> Outcome:
    """Every stage still open that runs on a pilot line asks for one; each line's hours are given out once."""
    from tongtu import pilots

    jobs = pilot_jobs(work)
    found = pilots.schedule(work.registry, jobs, work.pack.calendar, work.as_of, progress=work.progress)
    placed = found.slots.filter(pl.col("status") == "placed").height
    why = Why("chain.slotted", {"n": jobs.height, "placed": placed})
    return Outcome({"slots": found.slots}, jobs.height, placed, why, (found.solution,))


def pilot_jobs(work: Work) -> pl.DataFrame:
    """Machine time that the open stages ask for; the better the match, the earlier its turn."""
    from tongtu import pathway

    jobs = pathway.jobs(work["cases"], work["steps"], pathways(work.pack))
    return jobs.join(work["cases"].select("case", priority="score"), on="case", maintain_order="left")


def line_hours(work: Work) -> pl.DataFrame:
    """Stages that run on pilot lines and the hours they typically take: pathway, stage, hours."""
    rows = [
        (path.id, stage.id, float(stage.lines.hours))
        for path in pathways(work.pack).values()
        for stage in path.stages
        if stage.lines is not None
    ]
    return pl.DataFrame(rows, {"pathway": pl.String, "stage": pl.String, "hours": pl.Float64}, orient="row")
