"""A plan for each new place: what to build, who could build it, how it is to run. Data, for a face to print.

Every figure is the middle of peers in the direction with its range and their number, or the pack's own number and
said so. Nothing is promised: candidates are ranked by what the records show, and each mark can be counted by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.layout.names import Names
from tongtu.pilots.layout.reach import Map
from tongtu.pilots.layout.settings import SUPPLEMENT, Costs
from tongtu.registry import Registry
from tongtu.terms.money import Money
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.pilots.layout.engine import Layout

PLANS: Mapping[str, Any] = {
    "place": pl.String, "direction": pl.String, "region": pl.String, "period": pl.Int64, "investment": pl.Int64,
    "low": pl.Int64, "high": pl.Int64, "currency": pl.String, "peers": pl.Int64, "hours": pl.Float64,
    "builder": pl.String, "lead": pl.String, "payer": pl.String, "opens": pl.Date, "why": pl.String,
}  # fmt: skip
ROWS: Mapping[str, Any] = {
    "place": pl.String, "section": pl.String, "row": pl.Int64, "item": pl.String, "text": pl.String,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64, "unit": pl.String,
    "amount": pl.Int64, "currency": pl.String, "date_from": pl.Date, "date_to": pl.Date, "organisation": pl.String,
    "builder": pl.String, "score": pl.Float64, "why": pl.String,
}  # fmt: skip
_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of a plan. `text` names it; figures stand in the fields that fit; `why` says where they come from."""

    item: str
    text: Why
    why: Why
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str | None = None
    money: Money | None = None
    date_from: date | None = None
    date_to: date | None = None
    organisation: str | None = None
    builder: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """`code`: what | who | how."""

    code: str
    heading: Why
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A document's structure: a title, a summary, sections of rows. `head`: the row of the frame `plans`."""

    place: str
    title: Why
    summary: Why
    sections: tuple[Section, ...]
    head: Mapping[str, Any] = field(default_factory=dict)


def plans_of(
    registry: Registry, found: Layout, pack: Pack, as_of: date, relatedness: pl.DataFrame | None = None, top: int = 5
) -> tuple[Plan, ...]:
    """A plan for every place that the layout supplements, by period and place; committed builds have theirs.

    `top`: candidates named for each. Raises UsageFault where the pack lacks unit costs.
    """
    from tongtu.pilots.layout.builders import Builders
    from tongtu.pilots.layout.peers import Benchmarks

    wanted = found.actions.filter((pl.col("action") == SUPPLEMENT) & ~pl.col("committed")).sort("period", "place")
    costs, names, where = Costs.of(pack, as_of), Names.of(registry, pack), Map.of(registry)
    marks, builders = Benchmarks(registry, pack, costs), Builders(registry, names, where)
    density = _densities(relatedness)
    rows = []
    for action in wanted.iter_rows(named=True):
        related = next((d for r in where.above(action["region"]) if (d := density.get((r, action["direction"])))), None)
        begin = max(found.periods[action["period"] - 1].begin, as_of)
        what = Section("what", Why("pilots_layout.section-what"), tuple(marks.what(action, names)))
        who = Section("who", Why("pilots_layout.section-who"), tuple(builders.who(action, related, top)))
        how = Section("how", Why("pilots_layout.section-how"), tuple(_phases(costs, begin, action) + marks.how(action)))
        rows.append(_plan(action, names, (what, who, how)))
    return tuple(rows)


def plan_frames(found: Sequence[Plan]) -> dict[str, pl.DataFrame]:
    """The same as two frames: `plans`, a row per place, and `plan_rows`, in the order of the document."""
    lines = [
        _line(plan.place, section.code, k, row)
        for plan in found
        for section in plan.sections
        for k, row in enumerate(section.rows, 1)
    ]
    return {
        "plans": pl.DataFrame([dict(plan.head) for plan in found], schema=PLANS),
        "plan_rows": pl.DataFrame(lines, schema=ROWS),
    }


def _densities(frame: pl.DataFrame | None) -> dict[tuple[str, str], float]:
    if frame is None:
        return {}
    rows = frame.select("region", "direction", "density").drop_nulls().iter_rows()
    return {(region, direction): float(density) for region, direction, density in rows}


def _phases(costs: Costs, begin: date, action: Mapping[str, Any]) -> list[PlanRow]:
    """Preparing, building, trial runs, opening: months from the pack, dates from the period's beginning."""
    found, day = [], begin
    for phase in ("prepare", "build", "trial"):
        months = costs.number(f"months_{phase}", action["direction"])
        until = day + timedelta(round(months * _MONTH))
        why = Why("pilots_layout.from-pack")
        found.append(
            PlanRow(
                "phase",
                Why(f"pilots_layout.phase-{phase}"),
                why,
                value=months,
                unit="month",
                date_from=day,
                date_to=until,
            )
        )
        day = until + timedelta(1)
    found.append(PlanRow("opens", Why("pilots_layout.phase-open"), Why("pilots_layout.after-trial"), date_from=day))
    return found


def _plan(action: Mapping[str, Any], names: Names, sections: tuple[Section, ...]) -> Plan:
    rows = {row.item: row for section in reversed(sections) for row in reversed(section.rows)}
    cost, builder, lead, opens = (rows.get(item) for item in ("investment", "builder", "candidate", "opens"))
    args = {"region": names.region(action["region"]), "direction": names.direction(action["direction"])}
    money = cost.money if cost else None
    more = {
        "investment": money, "hours": action["hours"], "covered": action["covered"],
        "payer": names.fund(action["payer"]),
        "period": action["period"], "opens": opens and opens.date_from,
        "lead": names.organisation(lead.organisation) if lead and lead.organisation else Why("pilots_layout.nobody"),
    }  # fmt: skip
    summary = Why("pilots_layout.plan-summary", args | more)
    minor = [None if money is None or x is None else int(x) for x in ((cost.low, cost.high) if cost else (None, None))]
    head = {
        "place": action["place"], "direction": action["direction"], "region": action["region"],
        "period": action["period"], "investment": money and money.minor, "low": minor[0], "high": minor[1],
        "currency": money and money.currency, "peers": cost.n if cost else 0, "hours": action["hours"],
        "builder": builder.builder if builder else None, "lead": lead.organisation if lead else None,
        "payer": action["payer"], "opens": opens.date_from if opens else None, "why": summary.to_json(),
    }  # fmt: skip
    return Plan(action["place"], Why("pilots_layout.plan-title", args), summary, sections, head)


def _line(place: str, section: str, k: int, row: PlanRow) -> dict[str, Any]:
    return {
        "place": place, "section": section, "row": k, "item": row.item, "text": row.text.to_json(),
        "value": row.value, "low": row.low, "high": row.high, "n": row.n, "unit": row.unit,
        "amount": row.money.minor if row.money else None, "currency": row.money.currency if row.money else None,
        "date_from": row.date_from, "date_to": row.date_to, "organisation": row.organisation,
        "builder": row.builder, "score": row.score, "why": row.why.to_json(),
    }  # fmt: skip
