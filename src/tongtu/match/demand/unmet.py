"""`unmet`: demands nobody can meet, each as a proposed call or research topic.

A demand is unmet where none of its needs has an eligible answer at or above a floor, or where every answer it
has fails the same indicator. What is proposed depends on how near the nearest claim is (rule `ours`):

- something near stands at TRL 4 or above, or at a level nobody states: a *call* (揭榜): whoever is nearly there
  closes the gap;
- something near stands below TRL 4, or is not near enough: a *research topic*, applied basic;
- nothing shares the subject at all: a research topic, pure basic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu import text
from tongtu.match import indicators
from tongtu.match.demand import reach as reaching
from tongtu.match.demand.common import Demands
from tongtu.match.demand.frames import REACH, TOPICS, made
from tongtu.match.demand.ground import Ground, ground
from tongtu.registry import Registry, concepts
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Label, Ratio, Why

FLOOR = 0.5  # score from which an answer counts as one (ours)
NEAR = 0.25  # score from which an answer is near (ours)
_TESTED = 4  # TRL from which a claim has left the idea behind: validated in the laboratory
_SHORT = ("unmet", "nearly")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unmet:
    """Frames of `frames.TOPICS` and `REACH`."""

    topics: pl.DataFrame
    reach: pl.DataFrame


def unmet(
    demands: Demands,
    pairs: pl.DataFrame,
    refusals: pl.DataFrame,
    registry: Registry,
    glossary: pl.DataFrame,
    as_of: date,
    *,
    floor: float = FLOOR,
    near: float = NEAR,
    vocabularies: Vocabularies | None = None,
) -> Unmet:
    """Demands without an answer, ranked as the demands are, demands of a single need among them.

    `pairs`: need, achievement, score; `refusals`: need, achievement: as `match` returns them for the class of the
    demands' viewer, since a refusal may tell who is who. What is said of indicators is what that viewer may know.
    """
    base = ground(registry, glossary, as_of, demands.see, vocabularies)
    known = _candidates(demands, pairs, refusals, base, near)
    lacking = _lacking(known, demands, floor)
    failing = _all_fail(known, base)
    causes = lacking | {demand: "same_indicator" for demand in failing if demand not in lacking}
    wanted = demands.demands.filter(pl.col("demand").is_in(list(causes)))
    related = _related(wanted, known, base)
    reach = reaching.reach(demands.indicators.join(wanted, on="demand", how="semi"), related, base)
    touched = set(related["demand"].to_list())
    asked: dict[str, list[Why]] = {}
    for demand, why in reach.select("demand", "why").iter_rows():
        asked.setdefault(demand, []).append(Why.from_json(why))
    nearest = {row["demand"]: row for row in known.nearest.iter_rows(named=True)}
    rows = []
    for row in wanted.sort("rank").iter_rows(named=True):
        name = row["demand"]
        cause = _cause_why(causes[name], failing.get(name))
        proposed = _kind(nearest.get(name), touched=name in touched)
        rows.append(_topic(row, causes[name], proposed, nearest.get(name), (cause, *asked.get(name, ()))))
    topics = made(rows, TOPICS)
    named = topics.select("topic", "demand")
    reach = reach.join(named, on="demand").sort("topic", "key", "conditions", "unit")
    return Unmet(topics, reach.select(pl.col(n).cast(t) for n, t in REACH.items()))


def _related(wanted: pl.DataFrame, known: _Candidates, base: Ground) -> pl.DataFrame:
    """demand, achievement: open achievements on a demand's subject: its candidates, and those whose title names a
    concept that the title of its central need names (but for fields of use)."""
    about = _titled(base.listed_frame("achievement"), base).rename({"id": "achievement"})
    centres = base.listed_frame("need", wanted.select(id="centre"))
    asked = _titled(centres, base).join(wanted.select("demand", id="centre"), on="id")
    same = asked.join(about, on="concept").select("demand", "achievement")
    found = known.pairs.join(wanted, on="demand", how="semi").select("demand", "achievement")
    return pl.concat([same, found]).unique().sort("demand", "achievement")


def _titled(listed: pl.DataFrame, base: Ground) -> pl.DataFrame:
    """id, concept: what the titles of listings name, but for fields of use."""
    titles = ["\n".join(filter(None, row)) for row in listed.select("title", "title_en").iter_rows()]
    named = concepts.find([text.canonical(title) for title in titles], base.known)
    found = pl.Series([sorted(one - base.places) for one in named], dtype=pl.List(pl.String))
    return listed.select("id", concept=found).explode("concept").drop_nulls()


@dataclass(frozen=True, slots=True)
class _Candidates:
    """`pairs`: demand, need, achievement, score (null where refused), trl. `close`: those that are near enough or
    refused. `nearest`: the nearest of each demand, of those."""

    pairs: pl.DataFrame
    close: pl.DataFrame
    nearest: pl.DataFrame


def _candidates(
    demands: Demands, pairs: pl.DataFrame, refusals: pl.DataFrame, base: Ground, near: float
) -> _Candidates:
    refused = refusals.select("need", "achievement", score=pl.lit(None, pl.Float64))
    levels = base.view["achievements"].select("achievement", "trl", "title", "title_en")
    found = pl.concat([pairs.select("need", "achievement", "score"), refused])
    found = found.join(demands.members.select("demand", "need"), on="need").join(levels, on="achievement", how="left")
    found = found.unique(["demand", "need", "achievement"]).sort("demand", "need", "achievement")
    close = found.filter((pl.col("score") >= near) | pl.col("score").is_null())
    best = close.sort("demand", "score", "trl", "achievement", descending=[False, True, True, False], nulls_last=True)
    return _Candidates(found, close, best.unique("demand", keep="first", maintain_order=True))


def _lacking(known: _Candidates, demands: Demands, floor: float) -> dict[str, str]:
    """Demands without an answer, and in which way: nothing found, only refused ones, or none good enough."""
    by = known.pairs.group_by("demand").agg(best=pl.col("score").max(), found=pl.len())
    every = demands.demands.select("demand").join(by, on="demand", how="left").sort("demand")
    rows = every.filter(pl.col("best").is_null() | (pl.col("best") < floor)).iter_rows(named=True)
    return {row["demand"]: _cause(row) for row in rows}


def _cause(row: Row) -> str:
    if row["found"] is None:
        return "none"
    return "refused" if row["best"] is None else "below_floor"


def _all_fail(known: _Candidates, base: Ground) -> dict[str, Label]:
    """Demands of which every candidate near enough fails one and the same quantity, and its name."""
    candidates = known.close
    needs = base.listed_frame("need", candidates.select(id="need"))
    offers = base.listed_frame("achievement", candidates.select(id="achievement"))
    sheet = base.sheet("need", needs)
    numbered = candidates.join(needs.select(n="row", need="id"), on="need")
    numbered = numbered.join(offers.select(a="row", achievement="id"), on="achievement")
    if numbered.is_empty():
        return {}
    compared = indicators.compare(numbered, sheet, base.sheet("achievement", offers))
    keyed = compared.join(_quantities(sheet), on="i").join(numbered.select("n", "a", "demand"), on=["n", "a"])
    short = keyed.group_by("demand", "quantity").agg(
        failed=pl.struct("n", "a").filter(pl.col("status").is_in(_SHORT)).n_unique(),
        english=pl.col("quantity_en").drop_nulls().sort().first(),
    )
    total = numbered.group_by("demand").agg(total=pl.struct("n", "a").n_unique())
    whole = short.join(total, on="demand").filter(pl.col("failed") == pl.col("total")).sort("demand", "quantity")
    return {row["demand"]: Label(row["quantity"], row["english"] or "") for row in whole[::-1].iter_rows(named=True)}


def _quantities(sheet: indicators.Sheet) -> pl.DataFrame:
    return sheet.frame.select("i", "quantity", "quantity_en")


def _topic(
    row: Row, cause: str, proposed: tuple[str, str | None, str], nearest: Row | None, reasons: tuple[Why, ...]
) -> dict[str, object]:
    kind, track, rule = proposed
    label = Label(row["label"], row["label_en"] or "")
    first, *asked = reasons
    parts = (first, *_nearest_why(nearest), Why(rule, {"level": _TESTED}), *asked)
    voices = {"n": row["voices"]} if row["voices"] is not None else {}
    code = f"match_demand.topic-{kind.replace('_', '-')}{'' if voices else '-few'}"
    facts = nearest or {}
    return {
        **{name: row[name] for name in ("demand", "points", "needs", "voices", "concepts", "directions", "trl_target")},
        "topic": row["demand"].replace("CD-", "TP-", 1), "kind": kind, "track": track, "title": label.zh,
        "title_en": label.en or None, "cause": cause, "nearest": facts.get("achievement"),
        "nearest_score": facts.get("score"), "nearest_trl": facts.get("trl"),
        "why": Why(code, {"label": label, **voices}, parts).to_json(),
    }  # fmt: skip


def _kind(nearest: Row | None, *, touched: bool) -> tuple[str, str | None, str]:
    """kind, track, and the rule that says so; see the module's head. `touched`: something is on the subject."""
    if nearest is None and touched:
        return "research_topic", "applied_basic", "match_demand.rule-far"
    if nearest is None:
        return "research_topic", "pure_basic", "match_demand.rule-nothing"
    if nearest["trl"] is None:
        return "call", None, "match_demand.rule-level-unknown"
    if nearest["trl"] < _TESTED:
        return "research_topic", "applied_basic", "match_demand.rule-early"
    return "call", "industrialisation", "match_demand.rule-tested"


def _cause_why(cause: str, failing: Label | None) -> Why:
    if failing is not None:
        return Why("match_demand.cause-same-indicator", {"quantity": failing})
    return Why(f"match_demand.cause-{cause.replace('_', '-')}")


def _nearest_why(nearest: Row | None) -> list[Why]:
    if nearest is None:
        return []
    name = Label(nearest["title"] or nearest["achievement"], nearest["title_en"] or "")
    if nearest["score"] is None:
        return [Why("match_demand.nearest-refused", {"achievement": name, "trl": nearest["trl"]})]
    return [Why("match_demand.nearest", {"achievement": name, "score": Ratio(nearest["score"]), "trl": nearest["trl"]})]
