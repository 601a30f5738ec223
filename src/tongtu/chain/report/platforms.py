"""The report's platforms: their tiers by the rubric beside the ones they hold, and where the network is to grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tongtu.chain.report.spoken import Pair, both, money, named, pair, words
from tongtu.registry import Registry
from tongtu.terms.why import Label

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan
    from tongtu.packs import Pack

Row = dict[str, Any]


def platform_tiers(plan: Plan) -> list[Row]:
    """A row per platform with what would lift it; those the rubric does not speak of come last."""
    lifts: dict[str, list[Row]] = {}
    for row in plan["tier_changes"].iter_rows(named=True):
        lifts.setdefault(row["platform"], []).append(row)
    rows = sorted(plan["tiers"].to_dicts(), key=lambda row: (row["strict"] is None, row["platform"]))
    return [{**row, "why": both(row["why"]), "lifts": _lift(lifts.get(row["platform"], []))} for row in rows]


def _lift(rows: list[Row]) -> Pair:
    """One figure that is enough, or the names of those that are only together."""
    if len(rows) <= 1:
        return both(rows[0]["why"]) if rows else ["", ""]
    names = Label("、".join(row["name"] for row in rows), ", ".join(row["name_en"] for row in rows))
    return words("report.lifts-together", n=len(rows), names=names)


def layout(plan: Plan, registry: Registry) -> list[Row]:
    """The actions in their order, with what each costs."""
    funds = {row["fund"]: named(row) for row in registry["funds"].iter_rows(named=True)}
    return [
        {**row, "why": both(row["why"]), "cost": money(row["cost"], row["currency"]),
         "payer": funds.get(row["payer"], ["", ""])}
        for row in plan["layout"].iter_rows(named=True)
    ]  # fmt: skip


def rubric_notice(pack: Pack) -> Pair:
    """What the rubric is, and that it is nobody's official one where it is ours."""
    from tongtu.pilots.evaluation import rubric_of

    rubric = rubric_of(pack)
    name, notice = pair(rubric.name), pair(rubric.notice)
    return [f"{name[0]} {rubric.version}：{notice[0]}", f"{name[1]} {rubric.version}: {notice[1]}"]
