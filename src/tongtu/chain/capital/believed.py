"""The odds of a case as a section: ranges by stage, whose they are, and what a pilot run is said to change."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.chain.capital import pictures
from tongtu.chain.capital.ground import Capital
from tongtu.chain.capital.pieces import (
    LEAST,
    because,
    cell,
    facts,
    note,
    number,
    odds,
    percent,
    same,
    section,
    share,
    shares,
    table,
    words,
)
from tongtu.chain.dossier.charts import Bar, Bars, Lines, Segment, Series
from tongtu.chain.dossier.document import Block, Section
from tongtu.chain.report.spoken import Pair

Row = dict[str, Any]
#: causal shares that always stand side by side
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_MONTHS = (12, 24, 36, 60)


def believed(ground: Capital, own: str) -> list[Section]:
    """Odds by stage with estimand, effective sample and share of prior; and the published effect of pilot runs."""
    rows = ground.of(ground.odds, own).to_dicts()
    lines = [[cell(_stage(ground, row["stage"])), odds(row["p"], row["low"], row["high"], row["n_eff"]),
              number(row["n_eff"], digits=1), percent(row["prior_share"], 0), because(row["why"], ground)]
             for row in rows]  # fmt: skip
    heads = ("stage/day", "odds/n", "n-eff/n", "prior-share/n", "because/long")
    known = [row for row in rows if row["low"] is not None]
    found: list[Block] = [note("odds-are", least=int(LEAST)), *table(heads, lines, "nothing")]
    if known:
        found[1:1] = [_ranges(ground, known), _sources(ground, known)]
    return [section("odds", found), *_by_when(ground, own), *_pilot(ground, own)]


def _stage(ground: Capital, code: str) -> Pair:
    return words("capital.all-stages") if code == "all" else ground.network.label("stage", code)


def _ranges(ground: Capital, rows: list[Row]) -> Any:
    """The 80 % range of each stage; a point only where enough results stand behind it."""
    bars = [Bar(_stage(ground, row["stage"]), [Segment(row["low"], row["high"], int(row["stage"] == "all"))],
                same(f"{row['low']:.0%}–{row['high']:.0%}"),
                row["p"] if row["p"] is not None and row["n_eff"] >= LEAST else None) for row in rows]  # fmt: skip
    legend = [(words("capital.one-stage"), "c0"), (words("capital.all-stages"), "c1")]
    return pictures.chart("odds", Bars(shares("chance"), bars, legend))  # type: ignore[arg-type]


def _sources(ground: Capital, rows: list[Row]) -> Any:
    """How much of each figure is prior, how much results."""
    parts = [(_stage(ground, row["stage"]), (row["prior_share"] or 0.0, 1 - (row["prior_share"] or 0.0)),
              same(f"n = {row['n_eff']:.0f}")) for row in rows]  # fmt: skip
    names = [words("capital.prior"), words("capital.results")]
    return pictures.stacked("prior", shares("weight"), parts, names, ("c5", "c0"))


def _by_when(ground: Capital, own: str) -> list[Section]:
    """By which month a case that enters this stage has come through, open ones followed for as long as they were."""
    from tongtu.risk.odds import passage

    row = ground.rows[own]
    stages = ground.of(ground.stages, own).sort("order")["stage"].to_list()
    if row["start_stage"] is None or not stages:
        return []
    outcomes = ground.network.registry["outcomes"]
    found = passage(outcomes, as_of=ground.network.as_of, start=row["start_stage"], months=_MONTHS)
    known = found.filter(pl.col("stage").is_in(stages)).drop_nulls(["p", "months"])
    if known.is_empty():
        return []
    series = [Series(_stage(ground, str(stage)), [(0.0, 0.0), *part.sort("months").select("months", "p").rows()])
              for (stage,), part in known.group_by("stage", maintain_order=True)]  # fmt: skip
    picture = Lines(pictures.plain("months", 0.0), shares("chance-by"), series)
    return [section("by-when", [pictures.chart("by-when", picture)])]


def _pilot(ground: Capital, own: str) -> list[Section]:
    """The published rise as a prior, at every causal share, beside what selection alone would make of it."""
    from tongtu.risk.pilot_effect import pilot_effect, selection, sensitivity

    if "pilot" not in ground.of(ground.stages, own)["stage"].to_list():
        return []
    without, after, causal = ground.terms.pilot
    source = next(str(row["source"]) for row in ground.terms.rows if row["name"] == "pilot_with")
    effect = pilot_effect(without, after, causal_share=causal, source=source)
    steps = sensitivity(without, after, SHARES, source=source)
    lines = [[percent(row["causal_share"], 0), percent(row["p_without"], 0), percent(row["p_with"], 0),
              percent(row["uplift"], 0)] for row in steps.iter_rows(named=True)]  # fmt: skip
    alone = selection(without)
    chosen = [[number(row["correlation"]), percent(row["admitted"], 0), percent(row["p"], 0)]
              for row in alone.iter_rows(named=True)]  # fmt: skip
    told = facts(
        ("published", cell(same(f"{share(without, 0)[0]} → {share(after, 0)[0]}"), "warn")),
        ("causal-share", percent(causal, 0)),
        ("with-pilot", percent(effect.p_with, 0)),
        ("e-value", number(effect.e_value, digits=2)),
    )
    points = steps.select("causal_share", "p_with").rows()
    rule = [(0.0, without), (1.0, without)]
    picture = Lines(shares("causal-share"), shares("with-pilot"),
                    [Series(words("capital.with-pilot"), points),
                     Series(words("capital.without-pilot"), rule, "dashed", "soft")])  # fmt: skip
    return [section("pilot-effect", [
        note("pilot-effect-is"), told, pictures.chart("pilot", picture),
        *table(("causal-share/n", "without-pilot/n", "with-pilot/n", "uplift/n"), lines, "nothing"),
        note("selection-is"), *table(("correlation/n", "admitted/n", "selected/n"), chosen, "nothing"),
    ])]  # fmt: skip
