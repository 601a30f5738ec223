"""Levels and chances as bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from tongtu.chain.appraisal.ground import Appraisal
from tongtu.chain.appraisal.pieces import Row, same, words
from tongtu.chain.dossier.charts import Bar, Bars, Scale, Segment
from tongtu.chain.dossier.charts.model import Colour
from tongtu.chain.dossier.document import Chart
from tongtu.chain.report.spoken import Pair
from tongtu.terms.why import Why

_TOP = 10.0
Legend = list[tuple[Pair, Colour]]


def dimensions(ground: Appraisal, rows: Sequence[Row], target: int | None) -> Chart:
    """Each dimension: what is supported, what evidence says beyond the cap of its grade, what is claimed."""
    bars = []
    for row in rows:
        shown, spoken, claimed = row["level"] or 0, said(row) or 0, row["claimed"] or 0
        ends = [0, shown, max(shown, spoken), max(shown, spoken, claimed)]
        pieces = [Segment(float(a), float(b), kind) for kind, (a, b) in enumerate(pairwise(ends)) if b > a]
        name = ground.network.label("maturity_dimension", row["dimension"])
        note = words("appraisal.weakest-mark") if row["weakest"] else ["", ""]
        if row["level"] is None:
            note = words("appraisal.nothing-shown")
        bars.append(Bar(name, pieces or [Segment(0.0, 0.0, 0)], note, None if target is None else float(target)))
    legend: Legend = [
        (words("appraisal.shown"), "good"),
        (words("appraisal.capped-off"), "warn"),
        (words("appraisal.claimed-only"), "soft"),
    ]
    scale = Scale(words("appraisal.levels"), low=0.0, high=_TOP)
    told = (
        words("appraisal.chart-dimensions-shows")
        if target is None
        else words("appraisal.chart-dimensions-target", target=target)
    )
    return Chart(words("appraisal.chart-dimensions"), Bars(scale, bars, legend), told)


def said(row: Row) -> int | None:
    """The level that evidence speaks of, before the cap of its grade."""
    why = Why.from_json(row["why"])
    found = [part.args["said"] for part in why.parts if part.code == "appraise.capped"]
    found.append(row["level"])
    highest: int | None = found[0]
    return highest


def chances(rows: pl.DataFrame, proved: int | None) -> Chart:
    """P(level ≥ L) of each level."""
    bars = [
        Bar(words("appraisal.at-least", low=row["level"], high=None),
            [Segment(0.0, row["p"], int((proved or 0) < row["level"]))], same(f"{row['p']:.0%}"))
        for row in rows.sort("level").iter_rows(named=True)
    ]  # fmt: skip
    legend: Legend = [(words("appraisal.proved-levels"), "good"), (words("appraisal.unproved-levels"), "c0")]
    picture = Bars(Scale(words("appraisal.chance"), "share", low=0.0, high=1.0), bars, legend)
    return Chart(words("appraisal.chart-chances"), picture, words("appraisal.chart-chances-shows"))


def counts(levels: Sequence[tuple[int | None, int]]) -> Chart:
    """How many cases stand at each level."""
    bars = [
        Bar(words("appraisal.no-level") if at is None else words("appraisal.level", level=at),
            [Segment(0.0, float(n), int(at is None))], same(str(n)))
        for at, n in levels
    ]  # fmt: skip
    legend: Legend = [(words("appraisal.with-level"), "c0"), (words("appraisal.no-level"), "soft")]
    picture = Bars(Scale(words("appraisal.cases"), low=0.0), bars, legend)
    return Chart(words("appraisal.chart-counts"), picture, words("appraisal.chart-counts-shows"))


def moves(rows: Sequence[tuple[Row, Pair]]) -> Chart:
    """A bar from the points under the old version to those under the new, with a tick where it ends."""
    kinds = {"rises": 0, "falls": 1, "holds": 2, "open": 2}
    bars = []
    for row, name in rows:
        before, after = ((row[f"{side}_low"] + row[f"{side}_high"]) / 2 for side in ("old", "new"))
        piece = Segment(min(before, after), max(before, after), kinds[row["move"]])
        note = words("appraisal.ranks-note", old=_rank(row, "old"), new=_rank(row, "new"))
        bars.append(Bar(name, [piece], note, after))
    colours: list[tuple[str, Colour]] = [("rises", "good"), ("falls", "bad"), ("open", "soft")]
    legend: Legend = [(words(f"appraisal.move-{name}"), colour) for name, colour in colours]
    picture = Bars(Scale(words("appraisal.points"), low=0.0), bars, legend, base=None)
    return Chart(words("appraisal.chart-moves"), picture, words("appraisal.chart-moves-shows"))


def _rank(row: Row, side: str) -> str:
    best, worst = row[f"{side}_best"], row[f"{side}_worst"]
    return str(best) if best == worst else f"{best}–{worst}"
