"""Lays a pathway under each case: where it enters, what is left, by when, by whom, with whose help.

Evidence places a case, not the order of stages: a stage whose gate the evidence already satisfies is
met and not planned again, and a stage that lacks its evidence is planned even where a later one is
met (a pilot run does not prove freedom to operate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pathway.choose import choose
from tongtu.pathway.model import Pathway
from tongtu.pathway.planner import Case, Planner
from tongtu.registry import Registry
from tongtu.solve import Progress
from tongtu.solve import check as checked

if TYPE_CHECKING:
    from tongtu.rules import RuleBook
    from tongtu.terms.calendar import WorkCalendar

Schema = Mapping[str, Any]

_GIVEN: Schema = {
    "case": pl.String, "need": pl.String, "achievement": pl.String, "demander": pl.String,
    "holder": pl.String, "direction": pl.String, "region": pl.String, "score": pl.Float64,
}  # fmt: skip
_TAKEN: Schema = {**_GIVEN, "lane": pl.String}
_CASE: Schema = {
    **_GIVEN, "pathway": pl.String, "pathway_version": pl.String, "start": pl.Date, "finish": pl.Date,
    "why": pl.String,
}  # fmt: skip
_STEP: Schema = {
    "case": pl.String, "order": pl.Int64, "stage": pl.String, "phase": pl.String, "gate": pl.String, "start": pl.Date,
    "due": pl.Date, "responsible": pl.String, "services": pl.List(pl.String), "verdict": pl.String,
    "why": pl.String,
}  # fmt: skip
_HOLE: Schema = {
    "stage": pl.String, "gate": pl.String, "service": pl.String, "direction": pl.String,
    "cases": pl.Int64, "why": pl.String,
}  # fmt: skip
_SAID = ("organisation", "direction", "region", "cooperation")
_REPORT_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """What `lay_out` returns.

    `cases`, `steps`: as the chain's tables, sorted by case and order.
    `holes`: stage, gate, service, direction, cases, why: a service that nobody offers in a direction,
    and how many cases need it.
    """

    cases: pl.DataFrame
    steps: pl.DataFrame
    holes: pl.DataFrame


def lay_out(
    cases: pl.DataFrame,
    registry: Registry,
    pathways: Mapping[str, Pathway],
    calendar: WorkCalendar,
    as_of: date,
    progress: Progress | None = None,
    *,
    book: RuleBook | None = None,
) -> Layout:
    """Stages, gates and dates of every case.

    `cases` needs `case`, `need`, `achievement`; `demander`, `holder`, `direction`, `region`, `score` are
    kept where given and otherwise taken from the need, then from the achievement. `lane` puts a case on a fast
    lane of its pathway. `book` judges what gates ask of the
    rules; without it that is unknown. Raises PackRefused
    where no default pathway is in force on `as_of`, UsageFault where dates leave the calendar.
    """
    cases = _completed(cases, registry)
    chosen = choose(cases, pathways, as_of)
    planner = Planner(cases, registry, calendar, as_of, book)
    told, total = checked(progress), cases.height
    told(0, total)
    joined = cases.join(chosen, on="case", maintain_order="left")
    for done, row in enumerate(joined.iter_rows(named=True), start=1):
        case = Case(row["case"], row["achievement"], row["direction"], row["region"], row["lane"])
        dated = planner.plan(case, pathways[row["pathway"]], row["why"])
        planner.cases.append({name: row[name] for name in _GIVEN} | dated)
        if done % _REPORT_EVERY == 0 or done == total:
            told(done, total)
    return Layout(
        pl.DataFrame(planner.cases, schema=_CASE),
        pl.DataFrame(planner.steps, schema=_STEP),
        pl.DataFrame(planner.holes(), schema=_HOLE).sort("stage", "service", "direction"),
    )


def _completed(cases: pl.DataFrame, registry: Registry) -> pl.DataFrame:
    """The cases with what their need and achievement say, sorted by case."""
    kept = [name for name in _TAKEN if name in cases.columns]
    both = cases.select(pl.col(name).cast(_TAKEN[name]) for name in kept)
    for noun, side in (("needs", "need"), ("achievements", "achievement")):
        said = (pl.col(name).alias(f"{side}_{name}") for name in _SAID)
        both = both.join(registry[noun].select(side, *said), on=side, how="left")
    sources = {
        "demander": ["need_organisation"],
        "holder": ["achievement_organisation"],
        "direction": ["need_direction", "achievement_direction"],
        "region": ["need_region", "achievement_region"],
    }
    filled = [pl.coalesce([name] * (name in kept) + said).alias(name) for name, said in sources.items()]
    absent = [pl.lit(None, _TAKEN[name]).alias(name) for name in ("score", "lane") if name not in kept]
    return both.with_columns(*filled, *absent).sort("case")
