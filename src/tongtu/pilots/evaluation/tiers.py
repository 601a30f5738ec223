"""Which tier each platform belongs to: hard gates, then sorting, then how firm the answer is.

Sorting, never ranking: a platform's tier depends on its own figures and the rubric alone, not on who else applies.
The strict rule decides and the lenient one stands beside it; what is unknown supports nothing under the strict rule.
Docs: docs/decisions/0017-tiers.md. Sources of the methods: see `tongtu.sorting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from tongtu import sorting
from tongtu.pilots.evaluation import changes as changed
from tongtu.pilots.evaluation.applied import Applied
from tongtu.pilots.evaluation.deciding import decide
from tongtu.pilots.evaluation.evaluate import survey
from tongtu.pilots.evaluation.gates import gates
from tongtu.pilots.evaluation.reading import rubric_of
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.pilots.evaluation.subjects import check_direction
from tongtu.pilots.evaluation.ties import ties
from tongtu.registry import Registry
from tongtu.solve import Progress, check
from tongtu.sorting import Difference, Steady
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

Goal = Literal["next", "top"]
_STEPS = 8
_OPTIONS = 3


@dataclass(frozen=True)
class Appeal:
    """The same day and rubric, with contested figures put in place.

    `rows`: platform, indicator, before, after, tier_before, tier_after, why, one row per contested figure.
    `difference`: everything that changed in the sorting; `before`: the table of tiers without the contested figures.
    """

    rows: pl.DataFrame
    difference: Difference
    before: pl.DataFrame


@dataclass(frozen=True)
class Tiers:
    """The answer; every table is ordered by platform.

    tiers       platform, held, tier, gate, strict, lenient, support, missing, share_TIER (one per tier), share_low,
                share_high, level_low, level_high, change, gap, statement, fills, order, why
    gates       see `gates.GATES`
    changes     platform, tier, target, goal, option, size, indicator, value, wanted, by, unit, how, why
    without     platform, dimension, strict, lenient, shift, why
    evaluation  see `evaluate`
    """

    rubric: Rubric
    tiers: pl.DataFrame
    gates: pl.DataFrame
    changes: pl.DataFrame
    without: pl.DataFrame
    evaluation: pl.DataFrame
    appeal: Appeal | None = None


def tiers(
    registry: Registry,
    pack: Pack,
    as_of: date,
    seed: int = 0,
    *,
    rubric: Rubric | None = None,
    known_at: date | None = None,
    direction: str | None = None,
    contested: pl.DataFrame | None = None,
    marks: pl.DataFrame | None = None,
    draws: int = 1000,
    goals: Sequence[Goal] = ("next",),
    progress: Progress | None = None,
) -> Tiers:
    """The tier of every offered platform that the rubric's scheme applies to; others have a row that says so.

    In `Tiers.tiers`:
    held       the tier it has in the register, on this ladder; null where none
    tier       what is decided: strict figures, kept at the lower level where held, within what the gates allow; null
               where a gate of the lowest tier is not passed
    gate       what the gates say: met; unmet, unknown or manual where they keep the tier below the figures
    strict, lenient   by either rule; `missing` figures are unknown
    support    weight behind the next tier's profile (behind its own at the top), 0..1
    share_TIER share of `draws` (weights, thresholds, level, open figures) in which the strict rule gives the tier;
               `share_low`, `share_high`: 95 % interval of that of `strict`
    level_low, level_high   cutting levels between which `strict` holds
    change     new | promoted | kept | demoted, by the levels for rising and staying, before the gates
    gap, statement, fills   the tie-break: computed, as accepted by a person, as it counts
    order      place within its tier by support, then by the tie-break; equals share it

    `changes` tells for each of the `goals` (the next tier, the top one) the smallest change of one indicator, up to
    three such options, or where none suffices the fewest together; `how`: `raise` the figure, `show` a missing one, or
    `prove` a statement that evidence would let count.
    `contested` and `marks` as in `evaluate` and `rules.judge`. Raises UsageFault and PackRefused as `evaluate` does.
    """
    rubric, report = rubric or rubric_of(pack), check(progress)
    found = survey(registry, as_of, rubric, known_at=known_at, contested=contested, marks=marks)
    check_direction(direction, found.platforms, pack)
    report(1, _STEPS)
    names = pack.vocabularies.get("direction", {})
    work = Applied(found, as_of, seed, draws, direction, names)
    answer, appeal = _answer(work, goals, report), None
    if contested is not None:
        plain = survey(registry, as_of, rubric, known_at=known_at, marks=marks)
        appeal = _appeal(work, replace(work, found=plain), answer)
    evaluation = found.frame(direction, check(None))
    report(_STEPS, _STEPS)
    return Tiers(rubric, *answer, evaluation, appeal)


Answer = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]


def _answer(work: Applied, goals: Sequence[Goal], report: Progress) -> Answer:
    """tiers, gates, changes, without."""
    rubric, model, platforms = work.rubric, work.rubric.sorting, work.platforms
    performance = work.performance()
    told = gates(rubric, work.found.lawful, platforms["platform"])
    sorted_ = sorting.assign(model, performance)
    steady = Steady(rubric.cutting_level, rubric.keep_level)
    held = sorting.hold(model, performance, work.previous(), steady=steady, as_of=work.as_of)
    report(2, _STEPS)
    firm = sorting.acceptability(
        model, performance, doubt=rubric.doubt, evidence=work.evidence(), draws=work.draws, seed=work.seed
    )
    report(4, _STEPS)
    levels = sorting.level_interval(model, performance).filter(pl.col("rule") == "pessimistic")
    smallest = sorting.smallest_change(model, performance, moves=changed.moves(rubric), most=_OPTIONS, goals=goals)
    moves = changed.table(rubric, work.found, smallest)
    report(6, _STEPS)
    dimensions = {i.indicator: i.dimension for i in rubric.scored}
    labels = {d.dimension: d.label for d in rubric.dimensions}
    without = sorting.without_dimensions(model, performance, dimensions, labels)
    without = without.rename({"pessimistic": "strict", "optimistic": "lenient"})
    tied = ties(rubric, work.found.lawful, work.found.known, platforms, work.as_of)
    decided = decide(work, told, sorted_, held, firm, levels, tied)
    report(7, _STEPS)
    return decided, told, moves, without


def _appeal(after: Applied, before: Applied, answer: Answer) -> Appeal:
    was = _answer(before, (), check(None))[0]
    difference = sorting.differ(after.rubric.sorting, before.performance(), after.performance())
    joined = was.select("platform", tier_before="tier").join(
        answer[0].select("platform", tier_after="tier"), on="platform", maintain_order="left"
    )
    rows = []
    for indicator in after.rubric.indicators:
        name = indicator.indicator
        now, then = after.found.counted[name], before.found.counted[name]
        pairs = now.select("platform", "contested", "struck", after="value").with_columns(before=then["value"])
        disputed = pairs.filter(pl.col("contested").is_not_null() | pl.col("struck").fill_null(False))
        for row in disputed.join(joined, on="platform", maintain_order="left").iter_rows(named=True):
            rows.append({**row, "indicator": name, "why": _appeal_why(after.rubric, name, row).to_json()})
    schema: Mapping[str, Any] = {
        "platform": pl.String, "indicator": pl.String, "before": pl.Float64, "after": pl.Float64,
        "tier_before": pl.String, "tier_after": pl.String, "why": pl.String,
    }  # fmt: skip
    kept = [{name: row[name] for name in schema} for row in rows]
    return Appeal(pl.DataFrame(kept, schema=schema).sort("platform", maintain_order=True), difference, was)


def _appeal_why(rubric: Rubric, name: str, row: Mapping[str, Any]) -> Why:
    from tongtu.pilots.evaluation.reasons import shown

    indicator = rubric[name]
    args = {"name": indicator.label, "before": shown(row["before"], indicator), "after": shown(row["after"], indicator)}
    if row["tier_before"] == row["tier_after"]:
        return Why("pilots_evaluation.appeal-same", args)
    tiers = {key: _tier(rubric, row[f"tier_{when}"]) for key, when in (("was", "before"), ("tier", "after"))}
    return Why("pilots_evaluation.appeal-changed", {**args, **tiers})


def _tier(rubric: Rubric, name: str | None) -> object:
    return Why("pilots_evaluation.no-tier") if name is None else rubric.label(name)
