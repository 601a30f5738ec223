"""The network's side of the chain: what it lacks, progress towards goals, and each member's account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.links.passage import line_hours, pilot_jobs
from tongtu.chain.work import Outcome, Work
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from datetime import date

#: goal measure → (registry table, column, value) whose rows are counted
_COUNTED = {
    "platforms_national": ("platforms", "tier", "national"),
    "platforms_key": ("platforms", "tier", "key"),
    "platforms_reserve": ("platforms", "tier", "reserve"),
    "cases_done": ("cases", "state", "done"),
}


def goals(work: Work) -> Outcome:
    """Where each dated goal stands, by a published figure or measured on this registry; qualitative ones are shown."""
    from tongtu.appraise.research import target_gap

    published = target_gap(
        work.registry["statistics"], work.registry["goals"], as_of=work.as_of, scope=work.options.home
    )  # fmt: skip
    figures = {row["goal"]: row for row in published.iter_rows(named=True) if row["value"] is not None}
    rows = [
        _published(row, figures[row["goal"]]) if row["goal"] in figures else _goal(work, row)
        for row in work.registry["goals"].iter_rows(named=True)
    ]
    frame = pl.DataFrame(
        rows,
        schema_overrides={"deadline": pl.Date, "now": pl.Float64, "target": pl.Float64, "share": pl.Float64},
    )
    measured = sum(row["now"] is not None for row in rows)
    return Outcome({"goals": frame}, len(rows), measured, Why("chain.goals", {"n": len(rows), "measured": measured}))


def _goal(work: Work, row: dict[str, object]) -> dict[str, object]:
    now, target = _measured(work, row), row["target"]
    share = now / target if now is not None and isinstance(target, float) and target > 0 else None
    status = _status(row, now, share, work.as_of)
    args = {"source": row["source"], "grade": row["grade"], "scope": _scope(work, row)}
    return {"goal": row["goal"], "now": now, "target": target, "share": share, "deadline": row["deadline"],
            "status": status, "why": Why(f"chain.goal-{status.replace('_', '-')}", args).to_json()}  # fmt: skip


def _published(row: dict[str, object], figure: dict[str, Any]) -> dict[str, object]:
    """A goal that a published statistic measures: the newest vintage known on the day."""
    share = figure["value"] / figure["target"] if figure["target"] > 0 else None
    return {"goal": row["goal"], "now": figure["value"], "target": row["target"], "share": share,
            "deadline": row["deadline"], "status": figure["status"], "why": figure["why"]}  # fmt: skip


def _measured(work: Work, row: dict[str, object]) -> float | None:
    """The goal's measure counted in the registry, within the goal's direction and region; None where it cannot be."""
    counted = _COUNTED.get(str(row["measure"]))
    if counted is None or counted[0] not in work.registry:
        return None
    table, column, value = counted
    frame = work.registry[table].filter(pl.col(column) == value)
    if row["scope_direction"] and "directions" in frame.columns:
        frame = frame.filter(pl.col("directions").list.contains(str(row["scope_direction"])))
    if row["scope_region"] and "region" in frame.columns:
        frame = frame.filter(pl.col("region") == row["scope_region"])
    return float(frame.height)


def _status(row: dict[str, object], now: float | None, share: float | None, as_of: date) -> str:
    if row["measure"] == "qualitative" or row["target"] is None:
        return "qualitative"
    if now is None:
        return "not_measured"
    if share is not None and share >= 1:
        return "reached"
    return "missed" if row["deadline"] is not None and row["deadline"] < as_of else "under_way"  # type: ignore[operator]


def _scope(work: Work, row: dict[str, object]) -> Label:
    names = work.pack.vocabularies
    parts = [names.get(v, {}).get(str(row[f"scope_{v}"])) for v in ("region", "direction") if row[f"scope_{v}"]]
    found = [p for p in parts if p is not None]
    return Label("".join(p.zh for p in found) or "全部", " ".join(p.en for p in found) or "all")


def critical(work: Work) -> Outcome:
    """Items by how much would be lost without them and how long to replace them, with the needs that ask for each."""
    from tongtu.appraise.autonomy import criticality, graph_of

    registry = work.registry
    ranked = criticality(graph_of(registry, as_of=work.as_of, strict=False), work.options.home, seed=work.seed)
    asked = registry["needs"].group_by("item").agg(needs=pl.len().cast(pl.Int64))
    names = ("item", "autonomy", "criticality", "rank", "rank_low", "rank_high", "needs", "why")
    found = ranked.join(asked, on="item", how="left", maintain_order="left").with_columns(pl.col("needs").fill_null(0))
    known = found["rank"].drop_nulls().len()
    why = Why("chain.critical", {"n": found.height, "known": known})
    return Outcome({"critical": found.select(names)}, found.height, known, why)


def tracks(work: Work) -> Outcome:
    """Who leads which kind of research, by projects and by the state's money."""
    from tongtu.appraise.research import dual_tracks

    registry = work.registry
    found = dual_tracks(registry["projects"], registry["participants"], registry["organisations"])
    why = Why("chain.tracks", {"n": registry["projects"].height, "rows": found.height})
    return Outcome({"tracks": found}, registry["projects"].height, found.height, why)


def members(work: Work) -> Outcome:
    """One row per member organisation: what it asked, offered, owes and got."""
    registry, as_of = work.registry, work.as_of
    active = registry["memberships"].filter(
        (pl.col("since") <= as_of) & (pl.col("until").is_null() | (pl.col("until") >= as_of))
    )
    who = (
        active.select("organisation").unique().sort("organisation")
        if active.height
        else registry["organisations"].select("organisation")
    )
    cases, allocation = work["cases"], work["allocation"]
    needs, achievements = registry["needs"], registry["achievements"]
    parties = pl.concat(
        [cases.select("case", organisation="demander"), cases.select("case", organisation="holder")]
    ).unique()
    matched = pl.concat([
        allocation.join(needs, on="need").select("organisation", "need", "achievement"),
        allocation.join(achievements, on="achievement").select("organisation", "need", "achievement"),
    ]).unique()  # fmt: skip
    frame = who
    for name, source in (
        ("asked", needs),
        ("offered", achievements),
        ("matched", matched),
        ("cases", parties),
    ):
        frame = frame.join(
            source.group_by("organisation").len(name), on="organisation", how="left", maintain_order="left"
        )
    frame = frame.join(_funded(work, parties), on="organisation", how="left", maintain_order="left")
    frame = frame.join(_duties(work), on="organisation", how="left", maintain_order="left")
    counts = ["asked", "offered", "matched", "cases"]
    frame = frame.with_columns(pl.col(counts).fill_null(0), why=pl.lit(Why("chain.member").to_json()))
    frame = frame.with_columns(pl.col(counts).cast(pl.Int64))
    return Outcome({"members": frame}, who.height, frame.height, Why("chain.members", {"n": frame.height}))


def _funded(work: Work, parties: pl.DataFrame) -> pl.DataFrame:
    """Money of the funded cases an organisation takes part in, in the currency that most of it is in."""
    chosen = work["funding"].filter(pl.col("chosen")).select("case", "amount", "currency")
    total = parties.join(chosen, on="case").group_by("organisation", "currency").agg(funded=pl.col("amount").sum())
    most_first = total.sort("organisation", "funded", "currency", descending=[False, True, False])
    return most_first.unique("organisation", keep="first", maintain_order=True)


def _duties(work: Work) -> pl.DataFrame:
    """Duties of the period that `as_of` lies in: met where the registry shows enough, owed where it does not."""
    registry, as_of = work.registry, work.as_of
    duties = registry["duties"].filter((pl.col("period_from") <= as_of) & (pl.col("period_to") >= as_of))
    done = pl.concat([_done(duties, kind, source) for kind, source in _fulfilled(work).items()])
    counted = duties.select("duty", "organisation", "quantity").join(done, on="duty")
    return counted.group_by("organisation").agg(
        owes=(pl.col("done") < pl.col("quantity")).sum().cast(pl.Int64),
        met=(pl.col("done") >= pl.col("quantity")).sum().cast(pl.Int64),
    )


def _fulfilled(work: Work) -> dict[str, pl.DataFrame]:
    """Kind of duty → rows that fulfil it: organisation, on (date), amount. Answering in time needs the hub's record."""
    registry = work.registry
    usage = (
        registry["usage"]
        .filter(pl.col("external"))
        .join(registry["platforms"].select("platform", "organisation"), on="platform")
    )
    return {
        "needs_to_publish": registry["needs"].select("organisation", on="posted", amount=pl.lit(1.0)),
        "scenarios_to_open": registry["scenarios"].select("organisation", on="open_from", amount=pl.lit(1.0)),
        "hours_to_offer": usage.select("organisation", on="date_from", amount="hours"),
    }


def _done(duties: pl.DataFrame, kind: str, source: pl.DataFrame) -> pl.DataFrame:
    wanted = duties.filter(pl.col("kind") == kind).select("duty", "organisation", "period_from", "period_to")
    inside = wanted.join(source, on="organisation", how="left").with_columns(
        pl.when(pl.col("on").is_between("period_from", "period_to")).then("amount").otherwise(0.0).alias("amount")
    )
    return inside.group_by("duty").agg(done=pl.col("amount").sum())


def coverage(work: Work) -> Outcome:
    """Demand and capacity by direction and region, the four factors, the weakest named, and what to do."""
    from tongtu import pilots

    found = pilots.coverage(work.registry, line_demand(work), work.as_of)
    lacking = found.filter(pl.col("action").is_not_null() & (pl.col("action") != "none")).height
    why = Why("chain.covered", {"n": found.height, "lacking": lacking})
    return Outcome({"coverage": found}, work.registry["needs"].height, found.height, why)


def line_demand(work: Work) -> pl.DataFrame:
    """Hours asked of lines: every job of a case, and for a need without a case what its stages typically take."""
    asked = pilot_jobs(work).select("direction", "region", "hours")
    waiting = work.registry["needs"].join(work["cases"], on="need", how="anti").select("direction", "region")
    typical = line_hours(work).group_by("pathway").agg(pl.col("hours").sum())["hours"].max()
    return pl.concat([asked, waiting.with_columns(hours=pl.lit(typical, pl.Float64))])


#: draws behind the acceptability of a tier: its interval is told, `tongtu pilots tier` draws more
_TIER_DRAWS = 300
#: the gap at which the chain is content; `tongtu pilots layout` proves more
_LAYOUT_GAP, _LAYOUT_NODES = 1e-3, 200


def tiers(work: Work) -> Outcome:
    """The tier of every platform by the pack's rubric, beside the one it has in the register."""
    from tongtu.pilots import evaluation

    found = evaluation.tiers(work.registry, work.pack, work.as_of, work.seed, draws=_TIER_DRAWS, progress=work.progress)
    names = [tier.name for tier in found.rubric.tiers]
    told = pl.coalesce(
        *(pl.when(pl.col("strict") == name).then(pl.col(f"share_{name}")) for name in names), pl.lit(None, pl.Float64)
    )
    kept = [
        "platform",
        "held",
        "tier",
        "gate",
        "strict",
        "lenient",
        "support",
        "missing",
        "level_low",
        "level_high",
        "why",
    ]
    ends = {"acceptability_low": "share_low", "acceptability_high": "share_high"}
    frame = found.tiers.select(*kept, acceptability=told, **{name: pl.col(end) for name, end in ends.items()})
    first = (pl.col("goal") == "next") & (pl.col("option") == 1) & pl.col("indicator").is_not_null()
    labels = {one.indicator: one.label for one in found.rubric.indicators}
    lifts = found.changes.filter(first).select(
        "platform", "target", "indicator", "value", "wanted", "unit", "how", "why",
        name=pl.col("indicator").replace_strict({k: v.zh for k, v in labels.items()}, return_dtype=pl.String),
        name_en=pl.col("indicator").replace_strict({k: v.say("en") for k, v in labels.items()}, return_dtype=pl.String),
    )  # fmt: skip
    decided = frame["tier"].count()
    told_of = {"n": frame.height, "decided": decided, "rubric": found.rubric.name}
    return Outcome({"tiers": frame, "tier_changes": lifts}, frame.height, decided, Why("chain.tiered", told_of))


def layout(work: Work) -> Outcome:
    """Where to strengthen, activate and supplement with the budgets, and how good that is.

    Cases and platforms compete for the same budgets: each is counted in full here, and the reason says how much of it
    the chosen cases take, because which of the two comes first is not for a program to say.
    """
    from tongtu.pilots import layout as engine
    from tongtu.pilots.complexity import relatedness

    asked = line_demand(work).drop_nulls(["direction", "region"])
    if asked.is_empty():
        return Outcome({}, 0, 0, Why("chain.laid-nothing"))
    related = relatedness(work.registry, work.as_of, work.seed, draws=0)
    settings = engine.Settings(alternatives=0, rejected=0, nodes=_LAYOUT_NODES, gap=_LAYOUT_GAP)
    told: dict[str, Any] = {"settings": settings, "relatedness": related, "progress": work.progress}
    found = engine.layout(work.registry, asked, work.pack, work.as_of, work.seed, **told)
    parts = [_shared(work)]
    if found.solution.status == "infeasible":  # two suppliers for bottlenecks is a rule that money may not reach
        given = tuple(Why("chain.relax", {"limit": r.limit, "by": r.by, "unit": r.unit}) for r in found.solution.relax)
        parts.append(Why("chain.laid-without", {}, given))
        found = engine.layout(work.registry, asked, work.pack, work.as_of, work.seed, bottlenecks=(), **told)
    frame = found.actions.drop("platform_name")
    why = Why("chain.laid-out-network", {"n": asked.height, "actions": frame.height}, tuple(parts))
    return Outcome({"layout": frame}, asked.height, frame.height, why, (found.solution,))


def _shared(work: Work) -> Why:
    """How much of the budgets the chosen cases take."""
    taken = work["funding"].filter(pl.col("chosen")).group_by("currency").agg(pl.col("amount").sum()).sort("currency")
    money = [Money(amount, currency) for currency, amount in taken.iter_rows()]
    return Why("chain.laid-shared", {"money": money}) if money else Why("chain.laid-alone")
