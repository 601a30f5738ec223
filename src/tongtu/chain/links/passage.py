"""The passage's links: pairs become cases led through gates and placed on lines; where the cases of the log stand."""

from __future__ import annotations

import polars as pl

from tongtu.chain.law import pathways, rule_book
from tongtu.chain.tables import tables
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
        opened, work.registry, pathways(work.pack), work.pack.calendar, work.as_of, progress=work.progress,
        book=rule_book(work.pack),
    )  # fmt: skip
    why = Why("chain.laid-out", {"n": laid.cases.height, "steps": laid.steps.height, "holes": laid.holes.height})
    frames = {"cases": laid.cases, "steps": laid.steps, "holes": laid.holes}
    return Outcome(frames, opened.height, laid.cases.height, why)


def standing(work: Work) -> Outcome:
    """Where each case of the log stands and whom it waits for; how many pass each stage, and how long that takes."""
    from tongtu.pathway import cases, progress

    registry, paths = work.registry, pathways(work.pack)
    replayed = cases.replay(registry["events"], registry["cases"], paths, as_of=work.as_of)
    states = replayed.states.rename({"version": "pathway_version"}).select(*tables()["standing"].empty().columns)
    stays = progress.stays(registry["events"], registry["cases"], paths, as_of=work.as_of)
    passed = progress.funnel(stays, registry["cases"], as_of=work.as_of).drop("group")
    spent = progress.time_in_stage(stays, registry["cases"], as_of=work.as_of)
    queues = progress.bottlenecks(stays, registry["cases"], as_of=work.as_of)
    found = (
        passed.join(spent.select("at", days="median", days_low="low", days_high="high"), on="at", how="left")
        .join(queues.select("at", "share"), on="at", how="left")
        .rename({"at": "phase"})
    )
    open_ = states.filter(~pl.col("state").is_in(["done", "killed"]))["case"].n_unique()
    why = Why("chain.standing", {"n": registry["cases"].height, "open": open_, "late": int(states["overdue"].sum())})
    return Outcome({"standing": states, "progress": found}, registry["events"].height, registry["cases"].height, why)


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


def comparable(work: Work) -> pl.DataFrame:
    """The steps with each stage as the phase it is comparable to across pathways, which is what past results know."""
    return work["steps"].with_columns(stage="phase")


def line_hours(work: Work) -> pl.DataFrame:
    """Stages that run on pilot lines and the hours they typically take: pathway, stage, hours."""
    rows = [
        (path.id, stage.id, float(stage.lines.hours))
        for path in pathways(work.pack).values()
        for stage in path.stages
        if stage.lines is not None
    ]
    return pl.DataFrame(rows, {"pathway": pl.String, "stage": pl.String, "hours": pl.Float64}, orient="row")
